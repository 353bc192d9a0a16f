"""T1 (SignSGD): avg_T <= Delta/(eta T) + L eta/2 + |sigma|_1/sqrt(B), with corollaries (a) to (c).

Source: theory sheet, section 1; rates up to constants in arXiv:2605.06615.
"""

from __future__ import annotations

import sympy as sp

from proofs import experiments
from proofs.assumptions import (
    A1,
    DELTA,
    ETA,
    FSTAR,
    INFIMUM,
    SIGMA,
    B,
    F,
    L,
    T,
    X,
    Y,
    at_least_one,
    positive,
)
from proofs.lemmas.basics import DIM, ZERO, I, U, above, left, right, unfold
from proofs.lemmas.batch import A as MEAN_OF_CALL
from proofs.lemmas.batch import CALL, J, V, batch_mean, batch_variance
from proofs.lemmas.batch import F as GIVEN
from proofs.lemmas.descent import L0
from proofs.lemmas.sign_noise import L1, A, S
from proofs.lemmas.sign_noise import Y as DRAW
from proofs.lemmas.signs import COORDINATES, length_of_sign_step
from proofs.lemmas.signs import ETA as SCALE
from proofs.samples import upper_samples
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Grad, Inner, Noo, Past, Sgn, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

x, g = k.Sym("x", "fam:rvector"), k.Sym("g", "fam:rvector")
G = k.Sym("G", "fam:rvector")
t, n = k.Sym("t", "int"), k.Sym("n", "int")
NOW, PAST = (k.Le(ZERO, t),), Past(t)
CALLS = (k.Le(ZERO, J), k.Lt(J, B))

# ---------------------------------------------------------------- statement

GRADIENT = Grad(F, x(t))
SLOPE = Co(GRADIENT, I)
ONE_CALL = Co(G(t, J), I)
NOISE = Big(SIGMA(I), I, ZERO, DIM)
TOTAL = Big(Ex(N1(GRADIENT), TRIVIAL), t, ZERO, T)
AVERAGE = TOTAL / T


def always(*body: k.Formula) -> k.Formula:
    """For all t >= 0 and all coordinates i (and, if two are given, all calls of the batch)."""
    return k.ForAll(t, NOW, k.ForAll(I, COORDINATES, body[0]))


STATEMENT = Statement(
    hypotheses={
        **positive(L, ETA),
        **at_least_one(T, B),
        "A0": k.Le(Val(F, x(0)) - FSTAR, DELTA),
        "infimum": INFIMUM,
        "A1": A1,
        "sigma >= 0": k.ForAll(I, COORDINATES, k.Le(ZERO, SIGMA(I))),
        "A2 mean": always(k.ForAll(J, CALLS, k.Eq(Ex(ONE_CALL, PAST), SLOPE))),
        "A2 variance": always(
            k.ForAll(J, CALLS, k.Le(Ex((ONE_CALL - SLOPE) ** 2, PAST), SIGMA(I) ** 2))
        ),
        "A2 independent": always(k.Independent(ONE_CALL, J, B, PAST)),
        "batch": always(k.Eq(Co(g(t), I), Big(ONE_CALL, J, ZERO, B) / B)),
        "update": k.ForAll(t, NOW, k.Eq(x(t + 1), x(t) - ETA * Sgn(g(t)))),
        "x known": k.ForAll(t, NOW, k.Measurable(x(t), PAST)),
    },
    conclusion=k.Le(
        AVERAGE,
        DELTA / (ETA * T) + sp.Rational(1, 2) * L * ETA + NOISE / sp.sqrt(B),
    ),
)

RIGHT = STATEMENT.conclusion.rhs  # type: ignore[attr-defined]
"""The bound as a term."""

# ---------------------------------------------------------------- proof


def one_step(p: Proof) -> k.Theorem:
    """f(x') <= f(x) - eta sum g_i sign(m_i) + L eta**2/2, surely."""
    update = p.instantiate(_named(p, "update"), t)
    here, there = x(t), x(t + 1)
    everywhere = k.generalise(k.generalise(L0.theorem, Y), X)
    descent = p.instantiate(everywhere, here, there, label="L0 along the step")
    remainder = Val(F, there) - Val(F, here) - Inner(GRADIENT, there - here)
    move = -ETA * Sgn(g(t))
    inner = unfold(Inner(GRADIENT, there - here), update)
    length = unfold(Noo(there - here), update)
    short = k.specialise(length_of_sign_step(), {SCALE: ETA, U: g(t)})
    short = k.cut(short, p.sign_fact(k.Le(0, ETA)))
    reach = p.chain(length, short)
    square = p.linear(
        k.Le(Noo(there - here) ** 2, ETA**2), (Noo(there - here) + ETA, reach), label="length"
    )
    product = Co(GRADIENT, I) * Co(Sgn(g(t)), I)
    opened = unfold(product, p.coordinate(Co(Sgn(g(t)), I)))
    sums = p.sum_mono(p.generalise(opened, I, *COORDINATES))
    return p.linear(
        k.Le(Val(F, there), Val(F, here) - ETA * right(sums) + L * ETA**2 / 2),
        above(remainder),
        descent,
        inner,
        p.inner_linear(Inner(GRADIENT, move)),
        (ETA, p.by_coordinates(Inner(GRADIENT, Sgn(g(t))))),
        (ETA, sums),
        (L, square),
        label="one step",
    )


def _named(p: Proof, name: str) -> k.Theorem:
    """The assumed hypothesis of that name."""
    return p.fact(STATEMENT.hypotheses[name], name)


def price_of_noise(p: Proof) -> k.Theorem:
    """For all i: |grad_i| - grad_i E[sign(m_i) | past] <= sigma_i/sqrt(B)."""
    q = p.having(*map(k.assume, COORDINATES))
    mean, variance, independent, batch = (
        q.instantiate(q.instantiate(_named(p, name), t), I)
        for name in ("A2 mean", "A2 variance", "A2 independent", "batch")
    )
    known = q.known(SLOPE, PAST)
    to = {MEAN_OF_CALL: SLOPE, GIVEN: PAST, CALL: ((J,), ONE_CALL), V: SIGMA(I) ** 2}
    parts = [known, mean, independent]
    average = k.specialise(batch_mean(), to)
    average = k.cut(average, *(h for h in parts if h.concl in average.hyps))
    spread = k.cut(k.specialise(batch_variance(), to), *parts, variance)
    m, s = Co(g(t), I), SIGMA(I) / sp.sqrt(B)
    m_mean = q.chain(q.expect_mono(batch, PAST), average)
    centred = q.linear(k.Eq(m - SLOPE, left(spread).args[0].base), batch)
    squared = q.linear(
        k.Eq((m - SLOPE) ** 2, left(spread).args[0]),
        (m - SLOPE + right(centred), centred),
    )
    m_spread = q.linear(
        k.Le(Ex((m - SLOPE) ** 2, PAST), s**2), q.expect_mono(squared, PAST), spread
    )
    lemma = q.specialise(L1.theorem, {A: SLOPE, DRAW: m, S: s, GIVEN: PAST}, label="L1")
    lemma = k.cut(lemma, q.sign_fact(k.Le(0, s)), m_mean, m_spread)
    return q.generalise(lemma, I, *COORDINATES)


def expected_step(p: Proof) -> k.Theorem:
    """E f(x') <= E f(x) - eta E|grad f(x)|_1 + eta |sigma|_1/sqrt(B) + L eta**2/2."""
    surely = one_step(p)
    given = p.expect_mono(surely, PAST)
    opened = p.expect_linear(right(given))
    products = next(s for s in right(opened).atoms(Big))
    q = p.having(*map(k.assume, COORDINATES))
    inside = q.expect_linear(products.args[0])
    inside = p.sum_mono(p.generalise(inside, I, *COORDINATES))
    priced = p.sum_mono(price_of_noise(p))
    conditional = p.linear(
        k.Le(
            Ex(Val(F, x(t + 1)), PAST),
            Val(F, x(t)) - ETA * N1(GRADIENT) + ETA * NOISE / sp.sqrt(B) + L * ETA**2 / 2,
        ),
        given,
        opened,
        (ETA, inside),
        (ETA, priced),
        (ETA, p.sum_linear(left(priced))),
        (ETA, p.sum_linear(right(priced))),
        (ETA, p.by_coordinates(N1(GRADIENT))),
        label="conditional step",
    )
    taken = p.expect_mono(conditional, TRIVIAL)
    return p.linear(
        k.Le(
            Ex(Val(F, x(t + 1)), TRIVIAL),
            Ex(Val(F, x(t)), TRIVIAL)
            - ETA * Ex(N1(GRADIENT), TRIVIAL)
            + ETA * NOISE / sp.sqrt(B)
            + L * ETA**2 / 2,
        ),
        taken,
        p.tower(left(taken)),
        p.expect_linear(right(taken)),
        label="expected step",
    )


def telescoped(p: Proof) -> k.Theorem:
    """eta sum over t < n of E|grad|_1 <= E f(x_0) - E f(x_n) + n (...), for all n >= 0."""
    cost = ETA * NOISE / sp.sqrt(B) + L * ETA**2 / 2

    def total(m: sp.Expr) -> sp.Expr:
        return Big(Ex(N1(GRADIENT), TRIVIAL), t, ZERO, m)

    def claim(m: sp.Expr) -> k.Le:
        gain = Ex(Val(F, x(0)), TRIVIAL) - Ex(Val(F, x(m)), TRIVIAL)
        return k.Le(ETA * total(m), gain + m * cost)

    empty = p.range_empty(Ex(N1(GRADIENT), TRIVIAL), t, ZERO, "sum")
    base = p.linear(claim(ZERO), (ETA, empty))
    now = k.assume(k.Le(ZERO, t))
    step = p.generalise(expected_step(p.having(now)), t, *NOW)
    known, later = p.assume(claim(n)), p.assume(k.Le(ZERO, n))
    q = p.having(later)
    grown = q.linear(
        claim(n + 1),
        known,
        q.instantiate(step, n),
        (ETA, q.range_step(total(n + 1))),
        label="telescoping step",
    )
    return p.induction(base, grown, n, ZERO, None, label="telescope")


def prove(statement: Statement) -> k.Theorem:
    """Descent, price of noise, tower, telescope, gap."""
    p = statement.proof()[0]
    gap, infimum = _named(p, "A0"), _named(p, "infimum")
    whole = p.instantiate(telescoped(p), T)
    end = p.expect_mono(p.instantiate(infimum, x(T)), TRIVIAL)
    start = p.expect_mono(p.linear(k.Le(Val(F, x(0)), FSTAR + DELTA), gap), TRIVIAL)
    constants = [p.expect_linear(left(end)), p.expect_linear(right(start))]
    parts = ((1 / (ETA * T), part) for part in (whole, end, start, *constants))
    return p.linear(statement.conclusion, *parts, label="divide by eta T")


T1 = Theory(
    id="T1",
    title="SignSGD: avg E|grad f|_1 <= Delta/(eta T) + L eta/2 + |sigma|_1/sqrt(B)",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: upper_samples(TOTAL, NOISE),
    bound=upper("T1", "SignSGD with constant stepsize and batch", STATEMENT),
    runs=experiments.UPPER,
)
