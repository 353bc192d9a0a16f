"""Bounds at every point of a chain: Psi on both sides, and the slope of a coordinate.

Source: theory sheet, section 5 (T8).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from proofs.assumptions import F, X
from proofs.lemmas.basics import ZERO, I
from proofs.lemmas.chain_certified import (
    STEEPEST,
    TOP_PHI,
    TOP_PSI,
    chosen,
)
from proofs.lemmas.chain_function import (
    BE,
    CURVES,
    HALF,
    LAM,
    LINKS,
    ONE,
    OWN,
    PASSED,
    PSI,
    SCALES,
    SLOPE,
    bell,
    not_negative,
    on_line,
    range_of,
    scaled,
)
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Grad, Val
from signcheck.proof import Proof

NUMBERS = chosen("Psi <= 2.7183", "Phi <= 4.1328")
SLOPE_NUMBERS = {**NUMBERS, **chosen("slope <= 21.4")}


def given(*groups: dict[str, k.Formula]) -> tuple[Proof, dict[str, k.Theorem]]:
    """A proof from named hypotheses."""
    p = Proof()
    held: dict[str, k.Theorem] = {}
    for group in groups:
        held |= {name: p.given(formula) for name, formula in group.items()}
    return p, held


def at(p: Proof, held: dict[str, k.Theorem], name: str, s: sp.Expr) -> k.Theorem:
    """A certified number, or a curve's sign, at s."""
    if name in ("Psi", "Psi'"):
        return p.instantiate(not_negative(name), s)
    return p.instantiate(held[f"certified: {name}"], s)


@cache
def one_side() -> k.Theorem:
    """For all s: Psi(-s) + Psi(s) <= 2.7183, since one of them is 0."""
    p, held = given(CURVES, NUMBERS)
    s = k.Sym("s")
    total = k.Le(on_line(PSI, -s) + on_line(PSI, s), TOP_PSI)
    zero = held["Psi is 0 up to 1/2"]

    def side(q: Proof, case: k.Theorem) -> k.Theorem:
        sign = -1 if isinstance(case.concl, k.Le) else 1  # the side that may be positive
        small = q.linear(k.Le(-sign * s, HALF), case, slack=[HALF, ONE])
        none = q.having(small).instantiate(zero, -sign * s)
        return q.linear(total, none, at(q, held, "Psi <= 2.7183", sign * s))

    return p.generalise(p.split(k.Le(s, ZERO), k.Lt(ZERO, s), side), s)


# ---------------------------------------------------------------- slope


def by_place(
    p: Proof, special: k.Relation, other: k.Relation, prove: Callable[[Proof, bool], k.Theorem]
) -> k.Theorem:
    """Prove the same of a coordinate at the end of the chain and of one that is not."""
    return p.split(special, other, lambda q, case: prove(q, isinstance(case.concl, k.Le)))


def own_at_most(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """own_i <= 2.7183 bell(y_i), for 0 <= i < d among the facts."""
    goal = k.Le(Val(OWN(I), X), TOP_PSI * bell(scaled(I)))

    def prove(q: Proof, first: bool) -> k.Theorem:
        if first:
            now = q.antisymmetry(q.facts[-1], q.fact(k.Le(ZERO, I), "0 <= i"))
            start = q.linear(
                k.Le(Val(OWN(ZERO), X), TOP_PSI * bell(scaled(ZERO))),
                q.instantiate(held["first link"], X),
                slack=[bell(scaled(ZERO))],
            )
            return at_zero(q, start, goal, now)
        q = q.having(q.integer_gap(q.facts[-1]))
        sides = q.instantiate(brought(q, one_side()), scaled(I - 1))
        own = q.instantiate(held["next links"], X, I)
        return q.linear(goal, own, (bell(scaled(I)), sides), label="own slope")

    return by_place(p, k.Le(I, ZERO), k.Lt(ZERO, I), prove)


def at_zero(q: Proof, start: k.Theorem, goal: k.Relation, now: k.Theorem) -> k.Theorem:
    """The goal, from what was proved of coordinate 0 and i == 0."""
    low, high = k.Sym("low", "random"), k.Sym("high", "random")
    marks = [q.assume(k.Eq(low, goal.lhs)), q.assume(k.Eq(high, goal.rhs))]
    moved = [q.rewrite(mark, now) for mark in marks]
    whole = q.linear(k.Le(low, high), start, *moved)
    back = q.specialise(whole, {low: goal.lhs, high: goal.rhs})
    return k.cut(back, *(q.identity(side, side) for side in goal.terms()))


def brought(p: Proof, thm: k.Theorem) -> k.Theorem:
    """A lemma with the signs of the scales discharged by the facts of ``p``."""
    return k.cut(thm, *(f for f in p.facts if f.concl in thm.hyps and f.concl in SCALES.values()))


def passed_at_most(p: Proof, held: dict[str, k.Theorem]) -> tuple[k.Theorem, k.Theorem]:
    """0 <= passed_i <= 4.1328 (Psi'(y_i) + Psi'(-y_i)), for 0 <= i < d among the facts."""
    y, z = scaled(I), scaled(I + 1)
    value = Val(PASSED(I), X)
    signs = {s: at(p, held, "Psi'", s * y) for s in (1, -1)}
    slopes = {s: on_line(SLOPE, s * y) for s in (1, -1)}
    goals = (k.Le(ZERO, value), k.Le(value, TOP_PHI * (slopes[1] + slopes[-1])))
    q = p.having(*signs.values())

    def prove(goal: k.Relation) -> Callable[[Proof, bool], k.Theorem]:
        def inside(r: Proof, last: bool) -> k.Theorem:
            if last:
                nothing = r.instantiate(held["nothing after the last"], X, I)
                return r.linear(goal, nothing, slack=[TOP_PHI * f for f in slopes.values()])
            tops = [(slopes[s], at(r, held, "Phi <= 4.1328", s * z)) for s in (1, -1)]
            lows = [(slopes[s], r.instantiate(held["Phi >= 0"], s * z)) for s in (1, -1)]
            return r.linear(goal, r.instantiate(held["passed on"], X, I), *tops, *lows)

        return inside

    ends = (k.Le(DIM - 1, I), k.Lt(I, DIM - 1))
    low, high = (by_place(q, *ends, prove(goal)) for goal in goals)
    return low, high


@cache
def slope_at_most() -> k.Theorem:
    """For all x, 0 <= i < d: |(grad f(x))_i| <= 21.4 lam/be, as squares."""
    p, held = given(SCALES, CURVES, LINKS, SLOPE_NUMBERS)
    q = p.having(*map(p.assume, range_of(ZERO, DIM)))
    own, (low, high) = own_at_most(q, held), passed_at_most(q, held)
    steep = q.instantiate(held["certified: slope <= 21.4"], scaled(I))
    total = Val(OWN(I), X) + Val(PASSED(I), X)
    first = _own_not_negative(q, held)
    most = q.linear(k.Le(total, STEEPEST), own, high, steep, label="steepest")
    r = q.having(first, low)
    square = r.linear(
        k.Le(total**2, STEEPEST**2), (total + STEEPEST, most), label="square of the slope"
    )
    slope = Co(Grad(F, X), I)
    size = LAM / BE
    out = r.linear(
        k.Le(slope**2, (STEEPEST * size) ** 2),
        (slope - size * total, q.instantiate(held["gradient"], X, I)),
        (size**2, square),
        label="steepest slope",
    )
    return p.generalise(p.generalise(out, X), I, *range_of(ZERO, DIM))


def _own_not_negative(p: Proof, held: dict[str, k.Theorem]) -> k.Theorem:
    """0 <= own_i."""
    goal = k.Le(ZERO, Val(OWN(I), X))

    def prove(q: Proof, first: bool) -> k.Theorem:
        if first:
            now = q.antisymmetry(q.facts[-1], q.fact(k.Le(ZERO, I), "0 <= i"))
            start = q.linear(
                k.Le(ZERO, Val(OWN(ZERO), X)),
                q.instantiate(held["first link"], X),
                slack=[bell(scaled(ZERO))],
            )
            return at_zero(q, start, goal, now)
        q = q.having(q.integer_gap(q.facts[-1]))
        signs = [at(q, held, "Psi", s * scaled(I - 1)) for s in (1, -1)]
        own = q.instantiate(held["next links"], X, I)
        return q.linear(goal, own, *((bell(scaled(I)), sign) for sign in signs))

    return by_place(p, k.Le(I, ZERO), k.Lt(ZERO, I), prove)
