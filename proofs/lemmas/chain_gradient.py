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


@cache
def below_l1() -> k.Theorem:
    """0 <= m < d |- |u_m| <= |u|_1."""
    u = k.Sym("u", "rvector")
    p = Proof()
    low, high = map(p.given, range_of(ZERO, DIM, M))

    def total(n: sp.Expr) -> sp.Expr:
        return Big(sp.Abs(Co(u, I)), I, ZERO, n)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Le(sp.Abs(Co(u, M)), total(n))

    base = p.linear(claim(M + 1), p.range_step(total(M + 1)), slack=[total(M)])
    known, later = p.assume(claim(N)), p.assume(k.Le(M + 1, N))
    q = p.having(p.linear(k.Le(ZERO, N), low, later, slack=[ONE]))
    step = q.linear(claim(N + 1), known, q.range_step(total(N + 1)), slack=[sp.Abs(Co(u, N))])
    every = p.induction(base, step, N, M + 1, None)
    whole = p.instantiate(every, DIM, facts=[*p.facts, p.integer_gap(high)])
    return p.linear(k.Le(sp.Abs(Co(u, M)), N1(u)), whole, p.by_coordinates(N1(u)))


def _coordinate_size(p: Proof, held: dict[str, k.Theorem], own: k.Theorem, m: sp.Expr) -> k.Theorem:
    """From bell(y_m) <= own_m: (lam/be) bell(y_m) <= |grad f|_1, for 0 <= m < d."""
    positive = _passed_on(p, held, m)
    size = k.specialise(below_l1(), {k.Sym("u", "rvector"): GRADIENT, M: m})
    size = k.cut(size, *(f for f in p.facts if f.concl in size.hyps))
    return p.linear(
        k.Le((LAM / BE) * bell(scaled(m)), N1(GRADIENT)),
        p.instantiate(held["gradient"], X, m),
        minus_above(Co(GRADIENT, m)),
        size,
        (LAM / BE, own),
        (LAM / BE, positive),
        label="one coordinate",
    )


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


def _far_out(p: Proof, small: k.Theorem, size: k.Theorem, m: sp.Expr) -> k.Theorem:
    """From |grad f|_1 < lam/be: be**2 <= x_m**2."""
    goal = k.Le(ONE, scaled(m) ** 2)

    def side(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return case
        inside = r.linear(k.Lt(ZERO, (1 - scaled(m) ** 2) / 2), case)
        grown = r.monotone(inside, "exp")
        false = r.certificate(
            k.Lt(ZERO, ZERO), [(LAM / BE, grown), (1, size), (1, small)], label="steep inside"
        )
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
def large_gradient() -> k.Theorem:
    """For all x with x_(d-1) = 0: lam/be <= |grad f(x)|_1."""
    chain = Chain()
    p, held = chain.p, chain.held
    long = p.given(k.Le(ONE, DIM))
    last = p.assume(k.Eq(Co(X, DIM - 1), ZERO))
    goal = k.Le(LAM / BE, N1(GRADIENT))

    def contradiction(q: Proof, small: k.Theorem) -> k.Theorem:
        if isinstance(small.concl, k.Le):
            return small
        first = q.having(q.linear(k.Lt(ZERO, DIM), long, slack=[ONE]), q.linear(k.Le(ZERO, ZERO)))
        own = first.linear(
            k.Le(bell(scaled(ZERO)), Val(OWN(ZERO), X)), first.instantiate(held["first link"], X)
        )
        size = _coordinate_size(first, held, own, ZERO)
        base = _far_out(first, small, size, ZERO)
        later = [q.assume(k.Le(ZERO, N)), q.assume(k.Lt(N + 1, DIM))]
        known = q.assume(k.Le(ONE, scaled(N) ** 2))
        r = q.having(*later)
        r = r.having(
            r.linear(k.Le(ONE, N + 1), later[0]), r.linear(k.Le(ZERO, N + 1), later[0], slack=[ONE])
        )
        size = _coordinate_size(r, held, _own_far(r, held, known, N + 1), N + 1)
        far = p.induction(base, _far_out(r, small, size, N + 1), N, ZERO, DIM, label="links")
        ends = [q.linear(k.Le(ZERO, DIM - 1), long), q.linear(k.Lt(DIM - 1, DIM), slack=[ONE])]
        there = q.instantiate(far, DIM - 1, facts=[*q.facts, *ends])
        false = q.certificate(k.Lt(ZERO, ZERO), [(1, there), (scaled(DIM - 1) / BE, last)], [ONE])
        return q.absurd(false, goal)

    steep = p.split(goal, k.Lt(N1(GRADIENT), LAM / BE), contradiction)
    return p.generalise(steep, X, last.concl)
