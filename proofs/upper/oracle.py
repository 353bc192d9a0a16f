"""The run of a first-order method with a noisy oracle: assumptions, descent, moments, telescope.

What T1 and T3u share: the class A0 to A2, the batch of B calls, the descent along a step and the
sum over the steps. Source: theory sheet, sections 0 and 1.
"""

from __future__ import annotations

import sympy as sp

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
from proofs.lemmas.basics import ZERO, I, above, left, right
from proofs.lemmas.batch import CALL, J, V, batch_mean, batch_variance
from proofs.lemmas.batch import A as MEAN_OF_CALL
from proofs.lemmas.batch import F as GIVEN
from proofs.lemmas.descent import L0
from proofs.lemmas.signs import COORDINATES
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Co, Ex, Grad, Inner, Past, Val
from signcheck.proof import Premise, Proof

x, g = k.Sym("x", "fam:rvector"), k.Sym("g", "fam:rvector")
G = k.Sym("G", "fam:rvector")
t, n = k.Sym("t", "int"), k.Sym("n", "int")
NOW, PAST = (k.Le(ZERO, t),), Past(t)
CALLS = (k.Le(ZERO, J), k.Lt(J, B))
GRADIENT = Grad(F, x(t))
SLOPE = Co(GRADIENT, I)
ONE_CALL = Co(G(t, J), I)
HERE, THERE = x(t), x(t + 1)
VALUE, NEXT_VALUE = Ex(Val(F, HERE), TRIVIAL), Ex(Val(F, THERE), TRIVIAL)


def always(body: k.Formula) -> k.Formula:
    """For all t >= 0 and all coordinates i."""
    return k.ForAll(t, NOW, k.ForAll(I, COORDINATES, body))


ORACLE: dict[str, k.Formula] = {
    **positive(L, ETA),
    **at_least_one(T, B),
    "A0": k.Le(Val(F, x(0)) - FSTAR, DELTA),
    "infimum": INFIMUM,
    "A1": A1,
    "A2 mean": always(k.ForAll(J, CALLS, k.Eq(Ex(ONE_CALL, PAST), SLOPE))),
    "A2 variance": always(
        k.ForAll(J, CALLS, k.Le(Ex((ONE_CALL - SLOPE) ** 2, PAST), SIGMA(I) ** 2))
    ),
    "A2 independent": always(k.Independent(ONE_CALL, J, B, PAST)),
    "batch": always(k.Eq(Co(g(t), I), Big(ONE_CALL, J, ZERO, B) / B)),
    "x known": k.ForAll(t, NOW, k.Measurable(x(t), PAST)),
}
"""A0 to A2, the batch mean g(t) of the calls G(t, k), and x(t) known before step t."""


def update_rule(step: sp.Expr) -> dict[str, k.Formula]:
    """x(t+1) == x(t) + step, for all t >= 0."""
    return {"update": k.ForAll(t, NOW, k.Eq(THERE, HERE + step))}


def named(p: Proof, name: str) -> k.Theorem:
    """The assumed hypothesis of the oracle of that name."""
    return p.fact(ORACLE[name], name)


def descent(p: Proof) -> list[k.Theorem]:
    """f(x') - f(x) - <grad f(x), x' - x> <= its size <= (L/2)|x' - x|_oo**2, surely."""
    everywhere = k.generalise(k.generalise(L0.theorem, Y), X)
    along = p.instantiate(everywhere, HERE, THERE, label="L0 along the step")
    return [above(Val(F, THERE) - Val(F, HERE) - Inner(GRADIENT, THERE - HERE)), along]


def batch_moments(q: Proof) -> tuple[k.Theorem, k.Theorem]:
    """E[m_i | past] == grad_i and E[(m_i - grad_i)**2 | past] <= sigma_i**2/B, for the free i."""
    mean, variance, independent, batch = (
        q.instantiate(named(q, name), t, I)
        for name in ("A2 mean", "A2 variance", "A2 independent", "batch")
    )
    known = q.known(SLOPE, PAST)
    to = {MEAN_OF_CALL: SLOPE, GIVEN: PAST, CALL: ((J,), ONE_CALL), V: SIGMA(I) ** 2}
    parts = [known, mean, independent]
    average = q.specialise(batch_mean(), to)
    average = k.cut(average, *(h for h in parts if h.concl in average.hyps))
    spread = k.cut(q.specialise(batch_variance(), to), *parts, variance)
    m = Co(g(t), I)
    inner = left(spread).args[0]
    centred = q.linear(k.Eq(m - SLOPE, inner.base), batch)
    squared = q.linear(k.Eq((m - SLOPE) ** 2, inner), (m - SLOPE + right(centred), centred))
    moment = k.Le(Ex((m - SLOPE) ** 2, PAST), SIGMA(I) ** 2 / B)
    return (
        q.chain(q.expect_mono(batch, PAST), average),
        q.linear(moment, q.expect_mono(squared, PAST), spread),
    )


def whole_expectation(
    p: Proof, conditional: k.Theorem, bound: sp.Expr, *more: Premise
) -> k.Theorem:
    """From E[f(x') | past] <= b: E f(x') <= E b, written as ``bound`` with more equations."""
    taken = p.expect_mono(conditional, TRIVIAL)
    opened = p.expect_linear(right(taken))
    goal = k.Le(NEXT_VALUE, bound)
    return p.linear(goal, taken, p.tower(left(taken)), opened, *more, label="expected step")


def telescope(
    p: Proof, step: k.Theorem, measure: sp.Expr, rate: sp.Expr, cost: sp.Expr
) -> k.Theorem:
    """rate * sum over t < T of measure <= Delta + T * cost.

    ``step``: E f(x') <= E f(x) - rate * measure + cost, for the free t >= 0.
    """

    def total(m: sp.Expr) -> sp.Expr:
        return Big(measure, t, ZERO, m)

    def claim(m: sp.Expr) -> k.Le:
        gain = Ex(Val(F, x(0)), TRIVIAL) - Ex(Val(F, x(m)), TRIVIAL)
        return k.Le(rate * total(m), gain + m * cost)

    base = p.linear(claim(ZERO), (rate, p.range_empty(measure, t, ZERO, "sum")))
    every = p.generalise(step, t, *NOW)
    known, later = p.assume(claim(n)), p.assume(k.Le(ZERO, n))
    q = p.having(later)
    longer = (rate, q.range_step(total(n + 1)))
    grown = q.linear(claim(n + 1), known, q.instantiate(every, n), longer, label="telescoping step")
    sums = p.induction(base, grown, n, ZERO, None, label="telescope")
    end = p.expect_mono(p.instantiate(named(p, "infimum"), x(T)), TRIVIAL)
    start = p.linear(k.Le(Val(F, x(0)), FSTAR + DELTA), named(p, "A0"))
    start = p.expect_mono(start, TRIVIAL)
    constants = [p.expect_linear(left(end)), p.expect_linear(right(start))]
    goal = k.Le(rate * total(T), DELTA + T * cost)
    return p.linear(goal, p.instantiate(sums, T), end, start, *constants, label="gap")
