"""How well a step follows its matrix, from a minorant of what it does to singular values.

Singular values s_i >= 0 of a matrix with Frobenius norm F become o_i >= min(level, slope s_i/F).
With c and e such that level = 2 c e + (r - 1) c**2 and slope = e**2 + r c**2, every z = s_i/F in
[0, 1] has z o_i >= 2 c e z + r c**2 z**2 - c**2: below the knee the difference is (e z - c)**2,
above it c**2 (1 - z)(1 + r z). Summed over i the last two terms cancel, so 2 c e is an alpha.

Source: theory sheet, T10; the certificate replaces its reduction to one variable.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import MappingProxyType

import sympy as sp

from hardinstances.level import Condition, Level
from proofs.lemmas.basics import ZERO, I, claimed, right
from proofs.lemmas.roots import below
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, as_level
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
from signcheck.theory import Sample, Statement, Theory

ONE = sp.Integer(1)
S, O = k.Sym("s", "fam:real"), k.Sym("o", "fam:real")
"""Singular values of the matrix and of the step."""
R, N = k.Sym("r", "int"), k.Sym("n", "int")
FROBENIUS, LEVEL, SLOPE = k.Sym("F"), k.Sym("level"), k.Sym("slope")
C, E = k.Sym("c"), k.Sym("e")
Z, OUT = k.Sym("z"), k.Sym("out")
J = k.Sym("j", "int")
IN_RANK = (k.Le(ZERO, I), k.Lt(I, R))


def total(body: sp.Expr) -> sp.Expr:
    """Sum over the singular values."""
    return Big(body, I, ZERO, R)


NUCLEAR, SQUARES, PAIRING = total(S(I)), total(S(I) ** 2), total(S(I) * O(I))
"""|G|_*, |G|_F**2 and <G, O>."""

MATRIX: dict[str, k.Formula] = {
    "r >= 1": k.Le(ONE, R),
    "F > 0": k.Lt(ZERO, FROBENIUS),
    "singular values": k.ForAll(I, IN_RANK, k.Le(ZERO, S(I))),
    "Frobenius norm": k.Eq(FROBENIUS**2, SQUARES),
}
"""A matrix of rank at most r by its singular values."""


def minorant(z: sp.Expr) -> sp.Expr:
    """min(level, slope z)."""
    return sp.Min(LEVEL, SLOPE * z)


_FAR, _NEAR = sp.sqrt(SLOPE + R * LEVEL), sp.sqrt(SLOPE - LEVEL)
ROOTS = {C: LEVEL / (_FAR + _NEAR), E: (_FAR + R * _NEAR) / (R + 1)}
"""The c and e that belong to a level and a slope."""
ALPHA = LEVEL - (R - 1) * ROOTS[C] ** 2
"""2 c e."""
ROOT_EQUATIONS = (
    k.Eq(LEVEL, 2 * C * E + (R - 1) * C**2),
    k.Eq(SLOPE, E**2 + R * C**2),
)

RANGE: dict[str, k.Formula] = {
    "level > 0": k.Lt(ZERO, LEVEL),
    "level <= slope": k.Le(LEVEL, SLOPE),
}
STATEMENT = Statement(
    hypotheses={
        **MATRIX,
        **RANGE,
        "minorant": k.ForAll(I, IN_RANK, k.Le(minorant(S(I) / FROBENIUS), O(I))),
    },
    conclusion=k.Le(ALPHA * NUCLEAR, PAIRING),
)


# ---------------------------------------------------------------- one singular value


@cache
def member_below_sum() -> k.Theorem:
    """For all j with 0 <= j < r: s(j)**2 <= sum of s(i)**2 over i < r."""
    p = Proof()
    low, high = (k.assume(h.subst({I: J})) for h in IN_RANK)
    q = p.having(low, high)

    def squares(n: sp.Expr) -> sp.Expr:
        return Big(S(I) ** 2, I, ZERO, n)

    own, beyond = S(J) ** 2, N + J + 1
    base = q.linear(k.Le(own, squares(J + 1)), q.range_step(squares(J + 1)), slack=[squares(J)])
    t = q.having(q.assume(k.Le(ZERO, N)))
    known = t.assume(k.Le(own, squares(beyond)))
    grown = t.range_step(squares(beyond + 1))
    step = t.linear(k.Le(own, squares(beyond + 1)), grown, known, slack=[S(beyond) ** 2])
    every = q.induction(base, step, N, ZERO, None, label="a square is below the sum")
    rest = q.linear(k.Le(ZERO, R - J - 1), q.integer_gap(high))
    whole = q.having(rest).instantiate(every, R - J - 1)
    return q.generalise(whole, J, low.concl, high.concl)


@cache
def tangent() -> k.Theorem:
    """2 c e z + r c**2 z**2 - c**2 <= z out, for out >= min(level, slope z) and z in [0, 1]."""
    p = Proof()
    for h in (k.Le(ZERO, Z), k.Le(Z, ONE), MATRIX["r >= 1"]):
        p.given(h)
    level = p.given(ROOT_EQUATIONS[0])
    slope = p.given(ROOT_EQUATIONS[1])
    high = p.given(k.Le(minorant(Z), OUT))
    goal = k.Le(2 * C * E * Z + R * C**2 * Z**2 - C**2, Z * OUT)

    def case(q: Proof, _: k.Theorem) -> k.Theorem:
        value = q.function_value(minorant(Z))
        if right(value) == LEVEL:
            rest, weights = C**2 * (1 - Z) * (1 + R * Z), (Z, level)
        else:
            rest, weights = (E * Z - C) ** 2, (Z**2, slope)
        where = "above the knee" if right(value) == LEVEL else "below the knee"
        return q.linear(goal, (Z, high), (Z, value), weights, slack=[rest], label=where)

    return p.split(k.Le(LEVEL, SLOPE * Z), k.Lt(SLOPE * Z, LEVEL), case)


def sizes(p: Proof) -> tuple[k.Theorem, k.Theorem]:
    """0 <= s(i)/F <= 1 for the i of ``p``, from the facts about the matrix."""
    z = S(I) / FROBENIUS
    q = p.having(p.instantiate(p.fact(MATRIX["singular values"], "singular values"), I))
    norm = p.fact(MATRIX["Frobenius norm"], "Frobenius norm")
    square = q.instantiate(member_below_sum(), I)
    square = q.linear(k.Le(S(I) ** 2, FROBENIUS**2), square, norm)
    size = below(q, S(I), FROBENIUS, square)
    return q.sign_fact(k.Le(ZERO, z)), q.linear(k.Le(z, ONE), (1 / FROBENIUS, size))


def prove(statement: Statement) -> k.Theorem:
    """The tangent at every singular value; what it costs sums to nothing."""
    p, (high,) = statement.proof("minorant")
    q = p.having(*map(k.assume, IN_RANK))
    q = q.having(*sizes(q))
    z, f = S(I) / FROBENIUS, FROBENIUS
    level, slope = (q.assume(h) for h in ROOT_EQUATIONS)
    tangents = q.specialise(tangent(), {Z: z, OUT: O(I)}, label="tangent")
    parts = [*q.facts, level, slope, q.instantiate(high, I)]
    tangents = k.cut(tangents, *(t for t in parts if t.concl in tangents.hyps))
    each = q.linear(
        k.Le(2 * C * E * f * S(I) + R * C**2 * S(I) ** 2 - C**2 * f**2, f * S(I) * O(I)),
        (f**2, tangents),
    )
    summed = p.sum_mono(p.generalise(each, I, *IN_RANK))
    whole = p.linear(
        k.Le((LEVEL - (R - 1) * C**2) * NUCLEAR, PAIRING),
        (1 / f, summed),
        *((1 / f, p.sum_linear(side)) for side in summed.concl.terms()),
        (R * C**2 / f, p.fact(MATRIX["Frobenius norm"], "Frobenius norm")),
        (NUCLEAR, level),
        label="the costs cancel",
    )
    low, order = (p.fact(STATEMENT.hypotheses[name], name) for name in RANGE)
    roots = p.having(p.linear(k.Lt(ZERO, SLOPE), low, order))
    chosen = roots.specialise(whole, ROOTS, label="c and e")
    equations = [h.subst(ROOTS) for h in ROOT_EQUATIONS]
    found = k.cut(chosen, *(roots.identity(*h.terms()) for h in equations))
    return roots.linear(claimed(statement), found, label="alpha")


# ---------------------------------------------------------------- the number

WORDS = {
    "r": "largest rank of the matrix [1]",
    "level": "least of the step's singular values, but for small ones [1]",
    "slope": "least growth of a small singular value, after division by |G|_F [1]",
}
CONDITIONS = (
    Condition("r >= 1", sp.Symbol("r") - 1, strict=False, sentence="r must be at least 1."),
    Condition("level > 0", sp.Symbol("level"), strict=True, sentence="level must be positive."),
    Condition(
        "level <= slope",
        sp.Symbol("slope") - sp.Symbol("level"),
        strict=False,
        sentence="level must not exceed slope.",
    ),
)


def alpha_of(theorem: str, methods: str, statement: Statement) -> Bound:
    """The factor of |G|_* in a conclusion alpha |G|_* <= <G, O>.

    Its formula raises ProofError if the conclusion has another form.
    """

    def variants() -> tuple[Variant, ...]:
        expr = as_level(claimed(statement).lhs / NUCLEAR)
        used = {s.name for s in expr.free_symbols}
        level = Level(
            name=theorem,
            theorem=theorem,
            methods=methods,
            expr=expr,
            symbols=MappingProxyType({n: text for n, text in WORDS.items() if n in used}),
            integers=frozenset({"r"}) & used,
            free=MappingProxyType({}),
            regime=tuple(c for c in CONDITIONS if {s.name for s in c.expr.free_symbols} <= used),
        )
        return (Variant("", level),)

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
