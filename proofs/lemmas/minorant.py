"""How well a step follows its matrix, from a minorant of what it does to singular values.

Singular values s_i >= 0 of a matrix with Frobenius norm F become o_i >= min(level, slope s_i/F).
With c and e such that level = 2 c e + (r - 1) c**2 and slope = e**2 + r c**2, every z = s_i/F in
[0, 1] has z o_i >= 2 c e z + r c**2 z**2 - c**2: below the knee the difference is (e z - c)**2,
above it c**2 (1 - z)(1 + r z). Summed over i the last two terms cancel, so 2 c e is an alpha. For
F = 0 the z_i may be any numbers of [0, 1]: all s_i are 0.

Source: theory sheet, T10; the certificate replaces its reduction to one variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, I, claimed, right
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, as_level, variant_of
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
from signcheck.theory import Sample, Statement, Theory

ONE = sp.Integer(1)
S, O, Z = (k.Sym(name, "fam:real") for name in ("s", "o", "z"))
"""Singular values of the matrix, those of the step, and s(i)/F (any numbers where F is 0)."""
R, FROBENIUS, LEVEL, SLOPE = k.Sym("r", "int"), k.Sym("F"), k.Sym("level"), k.Sym("slope")
C, E = k.Sym("c"), k.Sym("e")
ANY = {symbol: k.Sym(symbol.name, "fam:random") for symbol in (S, O, Z)}
ANY |= {FROBENIUS: k.Sym("F", "random")}
"""The same of a random matrix: what holds of them holds surely."""
SHARE, OUT = k.Sym("z", "random"), k.Sym("out", "random")
IN_RANK = (k.Le(ZERO, I), k.Lt(I, R))


def total(body: sp.Expr) -> sp.Expr:
    """Sum over the singular values."""
    return Big(body, I, ZERO, R)


def ranked(body: k.Formula) -> k.Formula:
    """For all singular values i."""
    return k.ForAll(I, IN_RANK, body)


def minorant(z: sp.Expr) -> sp.Expr:
    """min(level, slope z)."""
    return sp.Min(LEVEL, SLOPE * z)


NUCLEAR, SQUARES, PAIRING = total(S(I)), total(S(I) ** 2), total(S(I) * O(I))
"""|G|_*, |G|_F**2 and <G, O>."""
RANK: dict[str, k.Formula] = {"r >= 1": k.Le(ONE, R)}
NORM: dict[str, k.Formula] = {"Frobenius norm": k.Eq(FROBENIUS**2, SQUARES)}
RANGE: dict[str, k.Formula] = {
    "level > 0": k.Lt(ZERO, LEVEL),
    "level <= slope": k.Le(LEVEL, SLOPE),
}
MATRIX: dict[str, k.Formula] = {
    **RANK,
    "F >= 0": k.Le(ZERO, FROBENIUS),
    **NORM,
    "normalised": ranked(k.Eq(FROBENIUS * Z(I), S(I))),
    "z >= 0": ranked(k.Le(ZERO, Z(I))),
    "z <= 1": ranked(k.Le(Z(I), ONE)),
    "minorant": ranked(k.Le(minorant(Z(I)), O(I))),
}
"""A matrix of rank at most r, which may be 0, and the step."""

_FAR, _NEAR = sp.sqrt(SLOPE + R * LEVEL), sp.sqrt(SLOPE - LEVEL)
ROOTS = {C: LEVEL / (_FAR + _NEAR), E: (_FAR + R * _NEAR) / (R + 1)}
"""The c and e that belong to a level and a slope."""
ALPHA = LEVEL - (R - 1) * ROOTS[C] ** 2
"""2 c e."""
ROOT_EQUATIONS = (
    k.Eq(LEVEL, 2 * C * E + (R - 1) * C**2),
    k.Eq(SLOPE, E**2 + R * C**2),
)
STATEMENT = Statement(hypotheses={**MATRIX, **RANGE}, conclusion=k.Le(ALPHA * NUCLEAR, PAIRING))


# ---------------------------------------------------------------- one singular value


@cache
def tangent() -> k.Theorem:
    """2 c e z + r c**2 z**2 - c**2 <= z out, for out >= min(level, slope z) and z in [0, 1]."""
    p, z = Proof(), SHARE
    for h in (k.Le(ZERO, z), k.Le(z, ONE), *RANK.values()):
        p.given(h)
    level, slope = map(p.given, ROOT_EQUATIONS)
    high = p.given(k.Le(minorant(z), OUT))
    goal = k.Le(2 * C * E * z + R * C**2 * z**2 - C**2, z * OUT)

    def case(q: Proof, _: k.Theorem) -> k.Theorem:
        value = q.function_value(minorant(z))
        if right(value) == LEVEL:
            rest, weights = C**2 * (1 - z) * (1 + R * z), (z, level)
        else:
            rest, weights = (E * z - C) ** 2, (z**2, slope)
        where = "above the knee" if right(value) == LEVEL else "below the knee"
        return q.linear(goal, (z, high), (z, value), weights, slack=[rest], label=where)

    return p.split(k.Le(LEVEL, SLOPE * z), k.Lt(SLOPE * z, LEVEL), case)


# ---------------------------------------------------------------- all of them


def surely(name: str) -> k.Formula:
    """A hypothesis on the matrix, of a random one."""
    return MATRIX[name].subst(ANY)


def _squares_cover(p: Proof) -> k.Theorem:
    """F <= sum of s(i) z(i): both are F times the sum of z(i)**2, which is 1 unless F is 0."""
    s, z, f = ANY[S](I), ANY[Z](I), ANY[FROBENIUS]
    goal = k.Le(f, total(s * z))
    norm = p.fact(surely("Frobenius norm"), "Frobenius norm")
    own = p.instantiate(p.fact(surely("normalised"), "normalised"), I)
    squares, products = (
        p.sum_mono(p.generalise(p.linear(k.Eq(lhs, rhs), (factor, own)), I, *IN_RANK))
        for lhs, rhs, factor in ((s**2, f * s * z, s), (s * z, f * z**2, z))
    )

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            none = q.antisymmetry(side, q.fact(surely("F >= 0"), "F >= 0"))
            opened = q.sum_linear(right(products))
            return q.linear(goal, products, opened, none, (total(z**2), none))
        opened = q.sum_linear(right(squares))
        return q.linear(goal, *((1 / f, x) for x in (norm, squares, opened)), label="F > 0")

    return p.split(k.Le(f, ZERO), k.Lt(ZERO, f), case)


@cache
def aligned() -> k.Theorem:
    """(level - (r - 1) c**2) |G|_* <= <G, O>, surely, for a random matrix and its step."""
    p = Proof()
    held = {name: p.given(surely(name)) for name in MATRIX}
    level, slope = map(p.given, ROOT_EQUATIONS)
    q = p.having(*map(k.assume, IN_RANK))
    own = {n: q.instantiate(held[n], I) for n in ("normalised", "z >= 0", "z <= 1", "minorant")}
    s, z, o, f = ANY[S](I), ANY[Z](I), ANY[O](I), ANY[FROBENIUS]
    touch = q.specialise(tangent(), {SHARE: z, OUT: o}, label="tangent")
    parts = [held["r >= 1"], level, slope, *own.values()]
    touch = k.cut(touch, *(x for x in parts if x.concl in touch.hyps))
    each = q.linear(
        k.Le(2 * C * E * s + R * C**2 * s * z - C**2 * f, s * o),
        (f, touch),
        *((factor, own["normalised"]) for factor in (2 * C * E, R * C**2 * z, o)),
    )
    summed = p.sum_mono(p.generalise(each, I, *IN_RANK))
    return p.linear(
        k.Le((LEVEL - (R - 1) * C**2) * total(s), total(s * o)),
        summed,
        *map(p.sum_linear, summed.concl.terms()),
        (R * C**2, _squares_cover(q)),
        (total(s), level),
        label="the costs cancel",
    )


@cache
def surely_aligned() -> k.Theorem:
    """alpha |G|_* <= <G, O>, surely: ``aligned`` with the c and e of level and slope."""
    p = Proof()
    low, order = map(p.given, RANGE.values())
    p = p.having(k.assume(MATRIX["r >= 1"]), p.linear(k.Lt(ZERO, SLOPE), low, order))
    chosen = p.specialise(aligned(), ROOTS, label="c and e")
    return k.cut(chosen, *(p.identity(*h.subst(ROOTS).terms()) for h in ROOT_EQUATIONS))


def prove(statement: Statement) -> k.Theorem:
    """The tangent at every singular value; what it costs sums to nothing."""
    p = statement.proof()[0]
    back = {random: symbol for symbol, random in ANY.items()}
    found = p.specialise(surely_aligned(), back)
    found = k.cut(found, *(x for x in p.facts if x.concl in found.hyps))
    q = p.having(p.linear(k.Lt(ZERO, SLOPE), *(p.fact(h, n) for n, h in RANGE.items())))
    return q.linear(claimed(statement), found, label="alpha")


# ---------------------------------------------------------------- the number


def alpha_of(theorem: str, methods: str, statement: Statement) -> Bound:
    """The factor of |G|_* in a conclusion alpha |G|_* <= <G, O>.

    Its formula raises ProofError if the conclusion has another form.
    """

    def variants() -> tuple[Variant, ...]:
        expr = as_level(claimed(statement).lhs / NUCLEAR)
        return (variant_of(theorem, methods, statement, expr),)

    return Bound(theorem, "lower", variants)


def _samples() -> Sequence[Sample]:
    from proofs.samples.newton_schulz import minorant_samples

    return minorant_samples()


T10_MINORANT = Theory(
    id="T10-minorant",
    title="a step with o >= min(level, slope s/F): <G, O> >= alpha(r, level, slope) |G|_*",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=_samples,
    bound=alpha_of("T10-minorant", "a matrix step with such a minorant", STATEMENT),
)
