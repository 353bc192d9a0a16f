"""The simple walk on a cycle: within a parity class its law never rises with the distance from 0.

``r(t, k)`` is a function on the cycle of 2 h cells that each step replaces by the mean of its two
neighbours: the law of the walk started at 0, or the mean of a function over a walk that is shifted
by k cells. All facts are inductions on t. Source: theory sheet, section 3 (proof of T2).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, left, right, unfold
from signcheck import kernel as k
from signcheck.kernel.terms import Big
from signcheck.proof import Premise, Proof

ONE = sp.Integer(1)
R, A, G = (k.Sym(s, "fam:real") for s in ("r", "a", "g"))
HALF, CELL, J, N, t = (k.Sym(s, "int") for s in ("h", "k", "j", "n", "t"))
C = k.Sym("c")
NOW = (k.Le(ZERO, t),)
IN_CLASS = (k.Le(ZERO, J), k.Lt(J, HALF))

HYPOTHESES: dict[str, k.Formula] = {
    "h >= 1": k.Le(ONE, HALF),
    "step": k.ForAll(
        t,
        NOW,
        k.ForAll(CELL, (), k.Eq(R(t + 1, CELL), (R(t, CELL + 1) + R(t, CELL - 1)) / 2)),
    ),
    "even": k.ForAll(CELL, (), k.Eq(R(ZERO, -CELL), R(ZERO, CELL))),
    "cycle": k.ForAll(CELL, (), k.Eq(R(ZERO, CELL + 2 * HALF), R(ZERO, CELL))),
    "start": k.ForAll(
        CELL,
        (k.Le(ZERO, CELL), k.Lt(CELL, HALF - 1)),
        k.Le(R(ZERO, CELL + 2), R(ZERO, CELL)),
    ),
}
FALLS = (k.Le(-ONE, CELL), k.Lt(CELL, HALF))


def falls(time: sp.Expr) -> k.Formula:
    """r(time, k + 2) <= r(time, k) for all -1 <= k < h."""
    return k.ForAll(CELL, FALLS, k.Le(R(time, CELL + 2), R(time, CELL)))


def class_sum(time: sp.Expr, parity: int) -> sp.Expr:
    """Sum of r over the cells 2 j + parity, 0 <= j < h."""
    return Big(R(time, 2 * J + parity), J, ZERO, HALF)


def _start(*names: str) -> tuple[Proof, list[k.Theorem]]:
    p = Proof()
    return p, [p.given(HYPOTHESES[name]) for name in names]


@cache
def symmetry(name: str) -> k.Theorem:
    """For all t >= 0: r(t, -k) == r(t, k) ("even"), or r(t, k + 2 h) == r(t, k) ("cycle")."""
    p, (base, step) = _start(name, "step")
    moved = -CELL if name == "even" else CELL + 2 * HALF

    def claim(time: sp.Expr) -> k.Formula:
        return k.ForAll(CELL, (), k.Eq(R(time, moved), R(time, CELL)))

    known, later = p.assume(claim(t)), p.assume(NOW[0])
    q = p.having(later)
    ends = [q.instantiate(step, t, place) for place in (moved, CELL)]
    near = [(sp.Rational(1, 2), q.instantiate(known, CELL + side)) for side in (1, -1)]
    next_one = q.linear(k.Eq(R(t + 1, moved), R(t + 1, CELL)), *ends, *near)
    return p.induction(
        base, q.generalise(next_one, CELL), t, ZERO, None, label=f"{name} at every time"
    )


Middle = Callable[[Proof, k.Theorem, k.Theorem], k.Theorem]


def _everywhere(p: Proof, time: sp.Expr, middle: Middle) -> k.Theorem:
    """``falls(time)`` from a proof for 0 <= k, k < h - 1: by symmetry it turns at 0 and at h."""
    goal = k.Le(R(time, CELL + 2), R(time, CELL))
    low, high = (p.assume(g) for g in FALLS)
    even, cycle = (p.instantiate(symmetry(name), time) for name in ("even", "cycle"))

    def turn(q: Proof, here: k.Theorem, *facts: k.Theorem) -> k.Theorem:
        place = right(here)
        there = [unfold(R(time, CELL + extra), here, p=q) for extra in (2, 0)]
        level = q.linear(k.Le(R(time, place + 2), R(time, place)), *facts)
        return q.linear(goal, *there, level)

    def at_zero(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return turn(q, q.antisymmetry(case, low), q.instantiate(even, ONE))
        natural = q.linear(k.Le(ZERO, CELL), q.integer_gap(case))

        def at_half(r: Proof, side: k.Theorem) -> k.Theorem:
            if isinstance(side.concl, k.Lt):
                return middle(r, natural, side)
            last = r.antisymmetry(r.linear(k.Le(CELL, HALF - 1), r.integer_gap(high)), side)
            around = [r.instantiate(cycle, 1 - HALF), r.instantiate(even, HALF - 1)]
            return turn(r, last, *around)

        return q.having(natural).split(k.Le(HALF - 1, CELL), k.Lt(CELL, HALF - 1), at_half)

    whole = p.having(low, high).split(k.Le(CELL, -ONE), k.Lt(-ONE, CELL), at_zero)
    return p.generalise(whole, CELL, *FALLS)


@cache
def falling() -> k.Theorem:
    """For all t >= 0 and -1 <= k < h: r(t, k + 2) <= r(t, k)."""
    p, (step, first) = _start("step", "start")
    base = _everywhere(p, ZERO, lambda q, *_: q.instantiate(first, CELL))
    known, later = p.assume(falls(t)), p.assume(NOW[0])
    p = p.having(later)

    def middle(q: Proof, low: k.Theorem, high: k.Theorem) -> k.Theorem:
        drops = []
        for side in (-1, 1):
            place = CELL + side
            inside = [
                q.linear(k.Le(-ONE, place), low, slack=[ONE]),
                q.linear(k.Lt(place, HALF), high, slack=[ONE]),
            ]
            drops.append((sp.Rational(1, 2), q.having(*inside).instantiate(known, place)))
        steps = [q.instantiate(step, t, place) for place in (CELL + 2, CELL)]
        return q.linear(k.Le(R(t + 1, CELL + 2), R(t + 1, CELL)), *steps, *drops)

    return p.induction(
        base, _everywhere(p, t + 1, middle), t, ZERO, None, label="falls in its class"
    )


# ---------------------------------------------------------------- 0 is the highest of its class


@cache
def highest() -> k.Theorem:
    """For all t >= 0 and 0 <= j < h: r(t, 2 j) <= r(t, 0)."""
    p = Proof(k.assume(NOW[0]))
    falls_now = p.instantiate(falling(), t)

    def claim(j: sp.Expr) -> k.Formula:
        """On the way out, which is all that the guard without k says."""
        return k.ForAll(CELL, (k.Le(2 * j, HALF + 1),), k.Le(R(t, 2 * j), R(t, ZERO)))

    base = p.generalise(p.linear(k.Le(R(t, ZERO), R(t, ZERO))), CELL, claim(ZERO).guards[0])  # type: ignore[attr-defined]
    known, later = p.assume(claim(J)), p.assume(k.Le(ZERO, J))
    guard = p.assume(k.Le(2 * (J + 1), HALF + 1))
    q = p.having(later)
    inside = [
        q.linear(k.Le(-ONE, 2 * J), later, slack=[ONE]),
        q.linear(k.Lt(2 * J, HALF), guard, slack=[ONE]),
        q.linear(k.Le(2 * J, HALF + 1), guard, slack=[sp.Integer(2)]),
    ]
    q = q.having(*inside)
    further = q.linear(
        k.Le(R(t, 2 * J + 2), R(t, ZERO)),
        q.instantiate(falls_now, 2 * J),
        q.instantiate(known, ZERO),
    )
    step = q.generalise(further, CELL, guard.concl)
    outward = p.induction(base, step, J, ZERO, None, label="on the way out")
    return p.generalise(_all_around(p, outward), t, *NOW, label="0 is highest in its class")


def _all_around(p: Proof, outward: k.Theorem) -> k.Theorem:
    """For 0 <= j < h from ``outward``: beyond h lies the other side of 0."""
    low, high = (p.assume(g) for g in IN_CLASS)
    even, cycle = (p.instantiate(symmetry(name), t) for name in ("even", "cycle"))
    goal = k.Le(R(t, 2 * J), R(t, ZERO))

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return q.instantiate(q.instantiate(outward, J), ZERO)
        back = q.linear(k.Le(ZERO, HALF - J), high)
        near = q.linear(k.Le(2 * HALF - 2 * J, HALF + 1), side, slack=[sp.Integer(2)])
        q = q.having(back, near)
        there = q.instantiate(q.instantiate(outward, HALF - J), ZERO)
        around = [
            q.instantiate(cycle, 2 * J - 2 * HALF),
            q.instantiate(even, 2 * HALF - 2 * J),
        ]
        return q.linear(goal, *around, there)

    q = p.having(low, high)
    whole = q.split(k.Le(2 * J, HALF + 1), k.Lt(HALF + 1, 2 * J), case)
    return p.generalise(whole, J, *IN_CLASS)


# ---------------------------------------------------------------- sums over a class


@cache
def shifted_sum() -> k.Theorem:
    """For all n >= 0: the sum of a(j + 1) - a(j) over 0 <= j < n is a(n) - a(0)."""
    p = Proof()

    def claim(n: sp.Expr) -> k.Relation:
        ahead, here = (Big(A(J + extra), J, ZERO, n) for extra in (1, 0))
        return k.Eq(ahead, here + A(n) - A(ZERO))

    empty = [p.range_empty(A(J + extra), J, ZERO, "sum") for extra in (1, 0)]
    base = p.linear(claim(ZERO), *empty)
    known, later = p.assume(claim(N)), p.assume(k.Le(ZERO, N))
    q = p.having(later)
    grown = [q.range_step(Big(A(J + extra), J, ZERO, N + 1)) for extra in (1, 0)]
    return p.induction(base, q.linear(claim(N + 1), known, *grown), N, ZERO, None)


def _passed(p: Proof, time: sp.Expr, parity: int) -> k.Theorem:
    """The next sum over a class is the sum over the other class now; ``time`` is now."""
    _, (step,) = _start("step")
    place = 2 * J + parity
    inside = p.having(*map(k.assume, IN_CLASS))
    each = inside.generalise(inside.instantiate(step, time, place), J, *IN_CLASS)
    total = p.sum_mono(each)
    shift = p.specialise(shifted_sum(), {A: ((J,), R(time, place - 1))})
    back = p.instantiate(p.instantiate(symmetry("cycle"), time), sp.Integer(parity - 1))
    other = class_sum(time, 1 - parity)
    parts: list[Premise] = [
        total,
        p.sum_linear(right(total)),
        (sp.Rational(1, 2), p.instantiate(shift, HALF)),
    ]
    return p.linear(k.Eq(left(total), other), *parts, (sp.Rational(1, 2), back))


@cache
def kept() -> k.Theorem:
    """c <= both class sums at 0 |- for all t >= 0: c <= the smaller class sum."""
    p, _ = _start("h >= 1")
    start = [p.given(k.Le(C, class_sum(ZERO, parity))) for parity in (0, 1)]

    def smaller(time: sp.Expr) -> sp.Expr:
        return sp.Min(class_sum(time, 0), class_sum(time, 1))

    base = _below_min(p, *start)
    known, later = p.assume(k.Le(C, smaller(t))), p.assume(NOW[0])
    q = p.having(later)
    sums = [
        q.linear(
            k.Le(C, class_sum(t + 1, parity)),
            known,
            q.min_bound(smaller(t), class_sum(t, 1 - parity)),
            _passed(q, t, parity),
        )
        for parity in (0, 1)
    ]
    return p.induction(base, _below_min(q, *sums), t, ZERO, None, label="class sums are kept")


def _below_min(p: Proof, first: k.Theorem, second: k.Theorem) -> k.Theorem:
    """From c <= a and c <= b: c <= min(a, b)."""
    a, b = right(first), right(second)
    goal = k.Le(left(first), sp.Min(a, b))

    def case(q: Proof, _: k.Theorem) -> k.Theorem:
        return q.linear(goal, q.function_value(sp.Min(a, b)), first, second)

    return p.split(k.Le(a, b), k.Lt(b, a), case)


@cache
def stays_high() -> k.Theorem:
    """c <= both class sums at 0 |- for all t >= 0: c <= h r(t, 0)."""
    p, _ = _start("h >= 1")
    p = p.having(p.assume(NOW[0]))
    both = p.instantiate(kept(), t)
    tops = p.sum_mono(p.instantiate(highest(), t))
    even = class_sum(t, 0)
    goal = k.Le(C, HALF * R(t, ZERO))
    top = p.linear(goal, both, p.min_bound(right(both), even), tops, p.sum_linear(right(tops)))
    return p.generalise(top, t, *NOW, label="0 has its share of the class")


@cache
def by_potential() -> k.Theorem:
    """c - (g(j+1) - g(j)) <= a(j) for 0 <= j < h |- c h - (g(h) - g(0)) <= sum of the a(j)."""
    p, _ = _start("h >= 1")
    each = p.given(k.ForAll(J, IN_CLASS, k.Le(C - (G(J + 1) - G(J)), A(J))))
    total = p.sum_mono(each)
    shift = p.instantiate(p.specialise(shifted_sum(), {A: G}), HALF)
    goal = k.Le(C * HALF - (G(HALF) - G(ZERO)), right(total))
    return p.linear(goal, total, p.sum_linear(left(total)), shift)
