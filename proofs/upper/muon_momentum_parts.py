"""The two parts of the error m_t - grad f(x_t) of Muon with momentum: drift and noise.

The noise part is a sequence of matrices defined by recursion; the drift is what is left. Inner
products with one matrix at a time keep the drift free of entries; the noise is taken row by row.
Source: theory sheet, section 1 (proof of T1m, with nuclear norms).
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import ETA, SIGMA, B, F, L
from proofs.lemmas.basics import ZERO, I, U, V, left, right, unfold
from proofs.lemmas.matrix import (
    IN_ROWS,
    S,
    across,
    at_entry,
    below_polar,
    down,
    expected_across,
    in_row,
    norm_of_multiple,
    summed_across,
)
from proofs.lemmas.matrix import J as COLUMN
from proofs.lemmas.matrix_moment import F as GIVEN
from proofs.lemmas.matrix_moment import N as MATRIX
from proofs.lemmas.matrix_moment import S as SIZES
from proofs.lemmas.matrix_moment import nuclear_moment
from proofs.lemmas.matrix_noise import GAMMA
from proofs.lemmas.moments import BETA
from proofs.upper.momentum_parts import START, TAIL, m, now
from proofs.upper.muon import STATEMENT as T5_STATEMENT
from proofs.upper.muon import out
from proofs.upper.muon_oracle import (
    MATRIX_ORACLE,
    NOISE,
    always,
    mean_of_batch,
    rows_of_batch,
)
from proofs.upper.oracle import HERE, NOW, THERE, g, t, x
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, En, Ex, Grad, Inner, Nuc, Op, Past, Pol
from signcheck.proof import Premise, Proof

ERROR = k.Sym("N", "fam:rvector")
W = k.Sym("w", "rvector")
LEVEL = NOISE / sp.sqrt(B)
"""s = |Sigma|_*/sqrt(B)."""
DRIFT = BETA * L * ETA * GAMMA / (1 - BETA)
"""Bound on the drift of the gradient that the momentum lags behind."""


def gradient(s: sp.Expr) -> sp.Expr:
    """The gradient at step s."""
    return Grad(F, x(s))


def drift(s: sp.Expr) -> sp.Expr:
    """The error without its noise part."""
    return m(s) - gradient(s) - ERROR(s)


def noise_size(s: sp.Expr) -> sp.Expr:
    """Bound on E|N(s)|_*."""
    return LEVEL * (BETA**s * sp.sqrt(START) + sp.sqrt(TAIL))


MOMENTUM: dict[str, k.Formula] = {
    "beta > 0": k.Lt(ZERO, BETA),
    "beta < 1": k.Lt(BETA, 1),
    "momentum starts": k.Eq(m(0), g(0)),
    "momentum": always(k.Eq(m(t + 1), BETA * m(t) + (1 - BETA) * g(t + 1))),
    "g known": always(k.Measurable(g(t), Past(t + 1))),
}
ERROR_RULES = (
    k.Eq(ERROR(0), g(0) - gradient(ZERO)),
    always(k.Eq(ERROR(t + 1), BETA * ERROR(t) + (1 - BETA) * (g(t + 1) - gradient(t + 1)))),
)


def held(p: Proof, name: str) -> k.Theorem:
    """The assumed hypothesis of that name."""
    both = {**MATRIX_ORACLE, **MOMENTUM}
    return p.fact(both[name] if name in both else T5_STATEMENT.hypotheses[name], name)


def paired(p: Proof, equation: k.Theorem, w: sp.Expr) -> k.Theorem:
    """From a == b between matrices: <a, w> == <b, w>, expanded."""
    turned = unfold(Inner(left(equation), W), equation, p=p)
    return p.specialise(p.chain(turned, p.inner_linear(right(turned))), {W: w})


def later(p: Proof) -> Proof:
    """With 0 <= t and 0 <= t + 1."""
    q = now(p)
    return q.having(q.linear(k.Le(ZERO, t + 1), q.facts[-1], slack=[1]))


def at_step(p: Proof, thm: k.Theorem, s: sp.Expr) -> k.Theorem:
    """A theorem for the free t >= 0 at the step s."""
    return p.instantiate(p.generalise(thm, t, *NOW), s)


# ---------------------------------------------------------------- drift


def gradient_moves(p: Proof) -> k.Theorem:
    """|grad f(x_t) - grad f(x_{t+1})|_* <= L eta gamma, for t >= 0."""
    update, small = (p.instantiate(held(p, name), t) for name in ("update", "|O|_op <= gamma"))
    smooth = p.instantiate(held(p, "A1"), HERE, THERE)
    length = unfold(Op(HERE - THERE), update, p=p)
    scaled = k.specialise(norm_of_multiple(), {S: ETA, U: out(t)})
    scaled = k.cut(scaled, p.sign_fact(k.Le(ZERO, ETA)))
    parts: list[Premise] = [smooth, (L, length), (L, scaled), (L * ETA, small)]
    goal = k.Le(Nuc(gradient(t) - gradient(t + 1)), L * ETA * GAMMA)
    return p.linear(goal, *parts, label="the gradient moves by L eta gamma")


def drift_bound(p: Proof) -> k.Theorem:
    """For all t >= 0: |D(t)|_* <= beta L eta gamma/(1 - beta)."""
    start, rule = map(p.assume, ERROR_RULES)

    def claim(s: sp.Expr) -> k.Le:
        return k.Le(Nuc(drift(s)), DRIFT)

    polar = Pol(drift(ZERO))
    parts = [p.polar_pairing(drift(ZERO)), p.inner_linear(Inner(drift(ZERO), polar))]
    first = [paired(p, thm, polar) for thm in (held(p, "momentum starts"), start)]
    base = p.linear(claim(ZERO), *parts, *first, slack=[DRIFT], label="no drift at the start")
    q = now(p)
    new, old, change = drift(t + 1), drift(t), gradient(t) - gradient(t + 1)
    polar = Pol(new)
    moved = [q.instantiate(thm, t) for thm in (held(q, "momentum"), rule)]
    pieces: list[Premise] = [
        q.polar_pairing(new),
        q.inner_linear(Inner(new, polar)),
        *(paired(q, thm, polar) for thm in moved),
        *((BETA, q.inner_linear(Inner(part, polar))) for part in (old, change)),
        *((BETA, q.specialise(below_polar(), {U: part, V: new})) for part in (old, change)),
        (BETA, q.assume(claim(t))),
        (BETA, gradient_moves(q)),
    ]
    step = q.linear(claim(t + 1), *pieces, label="drift contracts")
    return p.induction(base, step, t, ZERO, None, label="drift")


def split_error(p: Proof) -> k.Theorem:
    """|m - grad|_* <= |D|_* + |N|_*, for the free t."""
    error, parts = m(t) - gradient(t), (drift(t), ERROR(t))
    polar = Pol(error)
    return p.linear(
        k.Le(Nuc(error), Nuc(drift(t)) + Nuc(ERROR(t))),
        p.polar_pairing(error),
        *(p.inner_linear(Inner(part, polar)) for part in (error, drift(t))),
        *(p.specialise(below_polar(), {U: part, V: error}) for part in parts),
        label="error = drift + noise",
    )


# ---------------------------------------------------------------- what is known


def direction_known(p: Proof) -> k.Theorem:
    """For all t >= 0: m(t) is known given past t + 1."""
    seen = held(p, "g known")
    base = p.known_equal(p.instantiate(seen, ZERO), held(p, "momentum starts"))
    q = later(p)
    moved = q.instantiate(held(q, "momentum"), t)
    old = q.known_later(q.assume(k.Measurable(m(t), Past(t + 1))), Past(t + 2))
    new = q.having(old, q.instantiate(seen, t + 1)).known(right(moved), Past(t + 2))
    step = q.known_equal(new, moved)
    return p.induction(base, step, t, ZERO, None, label="the direction is known")


def error_known(p: Proof) -> k.Theorem:
    """For all t >= 0: N(t) is known given past t + 1."""
    start, rule = map(p.assume, ERROR_RULES)

    def inputs(q: Proof, s: sp.Expr) -> list[k.Theorem]:
        point = q.instantiate(held(q, "x known"), s)
        return [q.known_later(point, Past(s + 1)), q.instantiate(held(q, "g known"), s)]

    base = p.having(*inputs(p, ZERO)).known(right(start), Past(1))
    base = p.known_equal(base, start)
    q = later(p)
    moved = q.instantiate(rule, t)
    old = q.known_later(q.assume(k.Measurable(ERROR(t), Past(t + 1))), Past(t + 2))
    new = q.having(old, *inputs(q, t + 1)).known(right(moved), Past(t + 2))
    return p.induction(base, q.known_equal(new, moved), t, ZERO, None, label="noise part is known")


# ---------------------------------------------------------------- noise, row by row


def entry(matrix: sp.Expr) -> sp.Expr:
    """Entry (i, j)."""
    return En(matrix, I, COLUMN)


def entry_of(p: Proof, equation: k.Theorem) -> k.Theorem:
    """From a == b between matrices: a_ij == b_ij, expanded."""
    turned = unfold(entry(left(equation)), equation, p=p)
    return p.chain(turned, p.coordinate(right(turned)))


def fresh(s: sp.Expr) -> sp.Expr:
    """Entry of the noise of the batch mean at step s."""
    return entry(g(s)) - entry(gradient(s))


def fresh_power(p: Proof, s: sp.Expr) -> k.Theorem:
    """E sum over j of n_ij**2 <= sigma_i**2/B at step s, for the free row i."""
    spread = p.instantiate(at_step(p, rows_of_batch(now(p)), s), I)
    whole = p.expect_mono(spread, TRIVIAL)
    return p.linear(
        k.Le(Ex(across(fresh(s) ** 2), TRIVIAL), SIGMA(I) ** 2 / B),
        whole,
        p.tower(left(whole)),
        p.expect_linear(right(whole)),
    )


def noise_power(p: Proof) -> k.Theorem:
    """For all t >= 0: E sum_j N(t)_ij**2 <= (sigma_i**2/B)(beta**(2 t) START + TAIL), i free."""
    start, rule = map(p.assume, ERROR_RULES)
    q = in_row(p)
    v = SIGMA(I) ** 2 / B

    def claim(s: sp.Expr) -> k.Le:
        moment = Ex(across(entry(ERROR(s)) ** 2), TRIVIAL)
        return k.Le(moment, v * (BETA ** (2 * s) * START + TAIL))

    first = entry_of(at_entry(p), start)
    square = q.linear(k.Eq(left(first) ** 2, fresh(ZERO) ** 2), (left(first) + fresh(ZERO), first))
    taken = q.expect_mono(summed_across(q, square), TRIVIAL)
    base = q.linear(claim(ZERO), taken, fresh_power(q, ZERO), label="noise at the start")
    r = later(q)
    step = _power_step(r, r.instantiate(rule, t), claim(t), claim(t + 1), error_known(p))
    return q.induction(base, step, t, ZERO, None, label="power of the noise part")


def _power_step(
    q: Proof, moved: k.Theorem, before: k.Le, after: k.Le, known: k.Theorem
) -> k.Theorem:
    s, old, noise = t + 1, entry(ERROR(t)), fresh(t + 1)
    column = q.having(*at_entry(Proof()).facts[2:])
    new = entry_of(column, moved)
    square = column.linear(k.Eq(left(new) ** 2, right(new) ** 2), (left(new) + right(new), new))
    sums = summed_across(q, square)
    terms = [across(e) for e in (old**2, old * noise, noise**2)]
    weights = (BETA**2, 2 * BETA * (1 - BETA), (1 - BETA) ** 2)
    whole = q.linear(
        k.Eq(left(sums), sp.Add(*(w * e for w, e in zip(weights, terms, strict=True)))),
        sums,
        q.sum_linear(right(sums)),
        *((w, q.sum_linear(e)) for w, e in zip(weights, terms, strict=True)),
    )
    taken = q.expect_mono(whole, TRIVIAL)
    cross = _no_cross_term(q, known)
    parts = [q.expect_linear(Ex(e, TRIVIAL)) for e in terms]
    pieces: list[Premise] = [taken, q.expect_linear(right(taken))]
    pieces += list(zip(weights, (q.assume(before), cross, fresh_power(q, s)), strict=True))
    pieces += list(zip(weights, parts, strict=True))
    return q.linear(after, *pieces, label="noise part")


def _no_cross_term(q: Proof, known: k.Theorem) -> k.Theorem:
    """E sum over j of N(t)_ij n_ij == 0: the old part is known when the fresh noise is drawn."""
    s, past = t + 1, Past(t + 1)
    old, noise = entry(ERROR(t)), fresh(t + 1)
    column = q.having(*at_entry(Proof()).facts[2:])
    mean = column.instantiate(at_step(q, mean_of_batch(now(q)), s), I, COLUMN)
    seen = column.having(q.instantiate(known, t), q.instantiate(held(q, "x known"), s))
    product = seen.linear(
        k.Eq(Ex(old * noise, past), ZERO), seen.expect_linear(Ex(old * noise, past)), (old, mean)
    )
    outer = column.expect_mono(product, TRIVIAL)
    vanish = column.linear(
        k.Eq(Ex(old * noise, TRIVIAL), ZERO),
        column.tower(left(outer)),
        outer,
        column.expect_linear(Ex(ZERO, TRIVIAL)),
    )
    total = expected_across(q, vanish)
    return q.linear(k.Eq(left(total), ZERO), total, q.sum_linear(right(total)))


def noise_norm(p: Proof) -> k.Theorem:
    """For all t >= 0: E|N(t)|_* <= s (beta**t sqrt(START) + sqrt(TAIL))."""
    q = now(p)
    row = in_row(q)
    a, b = BETA**t * sp.sqrt(START), sp.sqrt(TAIL)
    s = SIGMA(I) / sp.sqrt(B) * (a + b)
    power = row.instantiate(noise_power(p), t)
    square = row.linear(
        k.Le(left(power), s**2), power, slack=[2 * SIGMA(I) ** 2 / B * a * b], label="a**2 + b**2"
    )
    lemma = q.specialise(nuclear_moment(), {MATRIX: ERROR(t), SIZES: ((I,), s), GIVEN: TRIVIAL})
    each = [q.generalise(thm, I, *IN_ROWS) for thm in (square, row.sign_fact(k.Le(ZERO, s)))]
    norm = k.cut(lemma, *each)
    goal = k.Le(Ex(Nuc(ERROR(t)), TRIVIAL), noise_size(t))
    return p.generalise(q.linear(goal, norm, q.sum_linear(down(s))), t, *NOW)
