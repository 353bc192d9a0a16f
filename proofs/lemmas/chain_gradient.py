"""While the last link of a chain is hidden, the gradient is large: |grad f|_1 >= lam/be.

The first link with |y_i| < 1 has Psi(y_(i-1)) >= 1 on one of the two sides and Phi'(y_i) > 1; what
it passes on has the same sign. Source: theory sheet, section 5.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import X
from proofs.lemmas.basics import ZERO, I, minus_above
from proofs.lemmas.chain_function import (
    BE,
    GRADIENT,
    LAM,
    ONE,
    OWN,
    PASSED,
    PHI,
    SLOPE,
    Chain,
    M,
    N,
    bell,
    large_bump,
    not_negative,
    on_line,
    range_of,
    scaled,
)
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Big, Co, Val
from signcheck.proof import Proof


def summand(i: sp.Expr, power: int) -> sp.Expr:
    """|(grad f)_i| or its square."""
    slope = Co(GRADIENT, i)
    return sp.Abs(slope) if power == 1 else slope**2


def size_of(power: int) -> sp.Expr:
    """|grad f|_1, or the sum of the squares of its coordinates."""
    return N1(GRADIENT) if power == 1 else Big(summand(I, 2), I, ZERO, DIM)


@cache
def below_size(power: int) -> k.Theorem:
    """0 <= m < d |- one coordinate's size, or square, is at most that of the gradient."""
    p = Proof()
    low, high = map(p.given, range_of(ZERO, DIM, M))

    def total(n: sp.Expr) -> sp.Expr:
        return Big(summand(I, power), I, ZERO, n)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Le(summand(M, power), total(n))

    base = p.linear(claim(M + 1), p.range_step(total(M + 1)), slack=[total(M)])
    known, later = p.assume(claim(N)), p.assume(k.Le(M + 1, N))
    q = p.having(p.linear(k.Le(ZERO, N), low, later, slack=[ONE]))
    step = q.linear(claim(N + 1), known, q.range_step(total(N + 1)), slack=[summand(N, power)])
    every = p.induction(base, step, N, M + 1, None)
    whole = p.instantiate(every, DIM, facts=[*p.facts, p.integer_gap(high)])
    if power == 2:
        return whole
    goal = k.Le(summand(M, 1), size_of(1))
    return p.linear(goal, whole, p.by_coordinates(size_of(1)))


def _coordinate_size(
    p: Proof, held: dict[str, k.Theorem], own: k.Theorem, m: sp.Expr, power: int
) -> k.Theorem:
    """From bell(y_m) <= own_m: (lam/be) own_m <= |grad f|_1, or its square, for 0 <= m < d."""
    member = k.specialise(below_size(power), {M: m})
    member = k.cut(member, *(f for f in p.facts if f.concl in member.hyps))
    mine, slope = Val(OWN(m), X), Co(GRADIENT, m)
    least = (LAM / BE) * mine
    steep = p.linear(
        k.Le(least, -slope),
        p.instantiate(held["gradient"], X, m),
        (LAM / BE, _passed_on(p, held, m)),
        label="one coordinate",
    )
    if power == 1:
        return p.linear(k.Le(least, size_of(1)), steep, minus_above(slope), member)
    positive = p.linear(k.Le(ZERO, mine), own, slack=[bell(scaled(m))])
    q = p.having(positive)
    q = q.having(q.linear(k.Le(ZERO, -slope), steep, slack=[least]))
    return q.linear(k.Le(least**2, size_of(2)), (-slope + least, steep), member)


def _passed_on(p: Proof, held: dict[str, k.Theorem], m: sp.Expr) -> k.Theorem:
    """0 <= passed_m."""
    goal = k.Le(ZERO, Val(PASSED(m), X))

    def side(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return r.linear(goal, r.instantiate(held["nothing after the last"], X, m))
        y, z = scaled(m), scaled(m + 1)
        signs = [r.instantiate(not_negative("Psi'"), s) for s in (y, -y)]
        signs += [r.instantiate(held["Phi >= 0"], s) for s in (z, -z)]
        products = [on_line(SLOPE, s * y) * on_line(PHI, s * z) for s in (1, -1)]
        return r.having(*signs).linear(
            goal, r.instantiate(held["passed on"], X, m), slack=products, label="passed on"
        )

    return p.split(k.Le(DIM - 1, m), k.Lt(m, DIM - 1), side)


def _far_out(
    p: Proof, small: k.Theorem, size: k.Theorem, own: k.Theorem, m: sp.Expr, power: int
) -> k.Theorem:
    """From |grad f|_1 < lam/be and bell(y_m) <= own_m: be**2 <= x_m**2."""
    goal = k.Le(ONE, scaled(m) ** 2)
    mine = Val(OWN(m), X)

    def side(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return case
        inside = r.linear(k.Lt(ZERO, (1 - scaled(m) ** 2) / 2), case)
        above_one = r.linear(k.Lt(ONE, mine), r.monotone(inside, "exp"), own, label="steep inside")
        weight = (LAM / BE) ** power * (1 if power == 1 else mine + 1)
        pairs = [(weight, above_one), (1, size), (1, small)]
        false = r.having(above_one).certificate(k.Lt(ZERO, ZERO), pairs, label="too steep")
        return r.absurd(false, goal)

    return p.split(goal, k.Lt(scaled(m) ** 2, ONE), side)


def _own_far(p: Proof, held: dict[str, k.Theorem], before: k.Theorem, m: sp.Expr) -> k.Theorem:
    """From 1 <= y_(m-1)**2: bell(y_m) <= own_m, since Psi is at least 1 on one of the two sides."""
    y, weight = scaled(m - 1), bell(scaled(m))
    goal = k.Le(weight, Val(OWN(m), X))
    signs = {s: p.instantiate(not_negative("Psi"), s * y) for s in (1, -1)}
    own = p.instantiate(held["next links"], X, m)

    def on_side(r: Proof, case: k.Theorem, side: int) -> k.Theorem:
        past = r.linear(k.Le(ONE, side * y), case)
        large = r.having(past).instantiate(large_bump(), side * y)
        return r.linear(goal, own, (weight, large), (weight, signs[-side]), label="own slope")

    def below(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return on_side(r, case, -1)
        inside = r.having(r.linear(k.Lt(ZERO, 1 + y), case))
        false = inside.certificate(k.Lt(ZERO, ZERO), [(1, before)], [(1 - y) * (1 + y)])
        return r.absurd(false, goal)

    def either(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return on_side(r, case, 1)
        r = r.having(r.linear(k.Lt(ZERO, 1 - y), case))
        return r.split(k.Le(y, -ONE), k.Lt(-ONE, y), below)

    return p.split(k.Le(ONE, y), k.Lt(y, ONE), either)


@cache
def large_gradient(power: int = 1) -> k.Theorem:
    """For all x with x_(d-1) = 0: lam/be <= |grad f(x)|_1; power 2: the same of squares."""
    chain = Chain()
    p, held = chain.p, chain.held
    long = p.given(k.Le(ONE, DIM))
    last = p.assume(k.Eq(Co(X, DIM - 1), ZERO))
    goal = k.Le((LAM / BE) ** power, size_of(power))

    def contradiction(q: Proof, small: k.Theorem) -> k.Theorem:
        if isinstance(small.concl, k.Le):
            return small
        first = q.having(q.linear(k.Lt(ZERO, DIM), long, slack=[ONE]), q.linear(k.Le(ZERO, ZERO)))
        own = first.linear(
            k.Le(bell(scaled(ZERO)), Val(OWN(ZERO), X)), first.instantiate(held["first link"], X)
        )
        size = _coordinate_size(first, held, own, ZERO, power)
        base = _far_out(first, small, size, own, ZERO, power)
        later = [q.assume(k.Le(ZERO, N)), q.assume(k.Lt(N + 1, DIM))]
        known = q.assume(k.Le(ONE, scaled(N) ** 2))
        r = q.having(*later)
        r = r.having(
            r.linear(k.Le(ONE, N + 1), later[0]), r.linear(k.Le(ZERO, N + 1), later[0], slack=[ONE])
        )
        own = _own_far(r, held, known, N + 1)
        size = _coordinate_size(r, held, own, N + 1, power)
        step = _far_out(r, small, size, own, N + 1, power)
        far = p.induction(base, step, N, ZERO, DIM, label="links")
        ends = [q.linear(k.Le(ZERO, DIM - 1), long), q.linear(k.Lt(DIM - 1, DIM), slack=[ONE])]
        there = q.instantiate(far, DIM - 1, facts=[*q.facts, *ends])
        false = q.certificate(k.Lt(ZERO, ZERO), [(1, there), (scaled(DIM - 1) / BE, last)], [ONE])
        return q.absurd(false, goal)

    steep = p.split(goal, k.Lt(goal.rhs, goal.lhs), contradiction)
    return p.generalise(steep, X, last.concl)
