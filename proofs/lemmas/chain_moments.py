"""Flat rotations keep the l1 norm large: |U h|_1 >= sqrt(D/3) |h|_2, and U^T undoes U.

The rows' fourth moment is at most 3 times the square of the second, and |z| >= 3 z**2/(2 q) -
z**4/(2 q**3) turns both into the bound (fourth-moment method). Source: theory sheet, T8-flat.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, by_sign, right
from proofs.lemmas.basics import Z as POINT
from proofs.lemmas.chain_rotation import (
    COLUMN,
    IN_COLUMNS,
    IN_ROWS,
    LAST,
    ONE,
    ROTATION,
    ROWS,
    Columns,
    H,
    N,
    R,
    U,
    empty,
    flattened,
    image,
    over_rows,
    square_of,
    summed,
    with_one,
    within,
)
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.proof import Premise, Proof


@cache
def second_moment() -> k.Theorem:
    """For all n <= K: sum_r V_n**2 == sum of the first h_i**2."""
    c = Columns()

    def term(v: sp.Expr) -> sp.Expr:
        return v**2

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), square_of(n))

    p = c.p
    none = p.range_empty(H(COLUMN) ** 2, COLUMN, ZERO, "sum")
    base = p.linear(claim(ZERO), *empty(p, term), none)
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(ZERO, N), k.Lt(N + 1, DIM + 1)))
    q = p.having(low, p.linear(k.Lt(N, DIM), inside))
    step = q.linear(
        claim(N + 1),
        summed(q, N, term),
        old,
        (H(N), _diagonal(q, with_one(1))),
        (H(N) ** 2, unit_column(q, c)),
        q.range_step(square_of(N + 1)),
        label="second moment",
    )
    return p.induction(base, step, N, ZERO, DIM + 1)


def _diagonal(q: Proof, every: k.Theorem) -> k.Theorem:
    """A sum that vanishes for all n <= k, at n = k."""
    moved = q.specialise(every, {LAST: N})
    moved = k.cut(moved, *(f for f in q.facts if f.concl in moved.hyps))
    return q.instantiate(moved, N, facts=[*q.facts, q.linear(k.Lt(N, N + 1), slack=[ONE])])


def unit_column(q: Proof, c: Columns) -> k.Theorem:
    """sum_r U(r, n)**2 == 1."""
    long = q.fact(ROTATION["D >= 1"], "D >= 1")
    room = q.having(q.linear(k.Le(ZERO, ROWS), long, slack=[ONE]))
    return flattened(room, c.held["flat entries"], ONE, N)


@cache
def fourth_moment() -> k.Theorem:
    """For all n <= K: sum_r V_n**4 <= 3 (sum of the first h_i**2)**2/D."""
    c = Columns()

    def term(v: sp.Expr) -> sp.Expr:
        return v**4

    def claim(n: sp.Expr) -> k.Relation:
        return k.Le(over_rows(term(image(n))), 3 * square_of(n) ** 2 / ROWS)

    p = c.p
    base = p.linear(claim(ZERO), *empty(p, term), slack=[square_of(ZERO) ** 2 / ROWS])
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(ZERO, N), k.Lt(N + 1, DIM + 1)))
    q = p.having(low, p.linear(k.Lt(N, DIM), inside))
    flat, v = c.held["flat entries"], image(N)
    early = q.linear(k.Lt(N, DIM + 1), inside, slack=[ONE])
    known = q.instantiate(second_moment(), N, facts=[*q.facts, early])
    grown = q.range_step(square_of(N + 1))
    more = square_of(N + 1) + square_of(N) + H(N) ** 2
    parts: list[Premise] = [
        (H(N), _diagonal(q, with_one(3))),
        (H(N) ** 2, flattened(q, flat, v**2, N)),
        (H(N) ** 2 / ROWS, known),
        (H(N) ** 3, flattened(q, flat, v * U(R, N), N)),
        (H(N) ** 3 / ROWS, _diagonal(q, with_one(1))),
        (H(N) ** 4, flattened(q, flat, U(R, N) ** 2, N)),
        (H(N) ** 4 / ROWS, unit_column(q, c)),
        (more / ROWS, grown),
    ]
    slack = [H(N) ** 4 / ROWS]
    step = q.linear(claim(N + 1), summed(q, N, term), old, *parts, slack=slack, label="kurtosis")
    return p.induction(base, step, N, ZERO, DIM + 1)


# ---------------------------------------------------------------- the norm


@cache
def tangent() -> k.Theorem:
    """0 < q |- 3 z**2/(2 q) - z**4/(2 q**3) <= |z|: equality at |z| = q."""
    q = k.Sym("q")
    p = Proof()
    p.given(k.Lt(ZERO, q))
    goal = k.Le(3 * POINT**2 / (2 * q) - POINT**4 / (2 * q**3), sp.Abs(POINT))

    def case(r: Proof) -> k.Theorem:
        value = r.function_value(sp.Abs(POINT))
        size = right(value)
        slack = [size * (size - q) ** 2 * (size + 2 * q) / q**3]
        if size == -POINT:
            slack = [-POINT * (POINT + q) ** 2 * (2 * q - POINT) / q**3]
        return r.linear(goal, value, slack=slack, label="tangent")

    return by_sign(p, POINT, case)


@cache
def flat_norm() -> k.Theorem:
    """0 < |h|**2 |- |h|**2/q <= sum_r |V_K|, q = sqrt(3 |h|**2/D); the left is sqrt(D/3) |h|."""
    c = Columns()
    total, row = square_of(DIM), image(DIM)
    p = c.p
    long = p.given(k.Le(ONE, DIM))
    p.given(k.Lt(ZERO, total))
    rows = p.linear(k.Lt(ZERO, ROWS), p.fact(ROTATION["D >= 1"], "D >= 1"), slack=[ONE])
    p = p.having(rows)
    q = sp.sqrt(3 * total / ROWS)
    ends = [p.linear(k.Le(ZERO, DIM), long, slack=[ONE]), p.linear(k.Lt(DIM, DIM + 1), slack=[ONE])]
    second, fourth = (
        p.having(*ends).instantiate(moment(), DIM) for moment in (second_moment, fourth_moment)
    )
    below = p.specialise(tangent(), {k.Sym("q"): q, POINT: row})
    below = k.cut(below, p.sign_fact(k.Lt(ZERO, q)))
    sums = p.sum_mono(p.generalise(below, R, *IN_ROWS))
    opened = p.sum_linear(sums.concl.lhs)  # type: ignore[attr-defined]
    # The roots in q have denominators, so the weights are given and not searched.
    weights = [(1, sums), (-1, opened), (-3 / (2 * q), second), (1 / (2 * q**3), fourth)]
    return p.certificate(
        k.Le(total / q, over_rows(sp.Abs(row))), weights, label="fourth-moment method"
    )


@cache
def back() -> k.Theorem:
    """For all 0 <= k < K: sum_r V_K U_k == h_k."""
    c = Columns()
    p = c.p.having(*map(c.p.assume, IN_COLUMNS))

    def term(v: sp.Expr) -> sp.Expr:
        return v * U(R, LAST)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), H(LAST))

    before = p.instantiate(
        with_one(1), LAST, facts=[*p.facts, p.linear(k.Lt(LAST, LAST + 1), slack=[ONE])]
    )
    own = k.specialise(_own(c), {N: LAST})
    own = k.cut(own, *(f for f in p.facts if f.concl in own.hyps))
    base = p.linear(claim(LAST + 1), summed(p, LAST, term), before, (H(LAST), own))
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(LAST + 1, N), k.Lt(N + 1, DIM + 1)))
    q = p.having(p.linear(k.Le(ZERO, N), low, p.facts[-2], slack=[ONE]))
    q = q.having(q.linear(k.Lt(N, DIM), inside), q.linear(k.Lt(LAST, N), low, slack=[ONE]))
    next_one = (H(N), c.two(q, LAST, N))
    step = q.linear(claim(N + 1), summed(q, N, term), old, next_one, label="other columns")
    every = p.induction(base, step, N, LAST + 1, DIM + 1)
    top = [p.integer_gap(p.facts[-1]), p.linear(k.Lt(DIM, DIM + 1), slack=[ONE])]
    whole = p.having(*top).instantiate(every, DIM)
    return p.generalise(whole, LAST, *IN_COLUMNS)


def _own(c: Columns) -> k.Theorem:
    """sum_r U_n**2 == 1, for 0 <= n < K."""
    return unit_column(c.p.having(*map(c.p.assume, within(N, DIM))), c)


@cache
def bessel() -> k.Theorem:
    """h_k == sum_r U(r, k) w_r for all k < K |- sum_k h_k**2 <= sum_r w_r**2."""
    c = Columns()
    p = c.p
    move = k.Sym("w", "fam:real")
    seen = p.given(k.ForAll(LAST, IN_COLUMNS, k.Eq(H(LAST), over_rows(U(R, LAST) * move(R)))))

    def term(v: sp.Expr) -> sp.Expr:
        return v * move(R)

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(over_rows(term(image(n))), square_of(n))

    none = p.range_empty(H(COLUMN) ** 2, COLUMN, ZERO, "sum")
    base = p.linear(claim(ZERO), *empty(p, term), none)
    old, low, inside = (p.assume(f) for f in (claim(N), k.Le(ZERO, N), k.Lt(N + 1, DIM + 1)))
    q = p.having(low, p.linear(k.Lt(N, DIM), inside))
    grown = [summed(q, N, term), q.range_step(square_of(N + 1))]
    step = q.linear(claim(N + 1), *grown, old, (H(N), q.instantiate(seen, N)), label="Bessel")
    every = p.induction(base, step, N, ZERO, DIM + 1)
    long = p.given(k.Le(ONE, DIM))
    ends = [p.linear(k.Le(ZERO, DIM), long, slack=[ONE]), p.linear(k.Lt(DIM, DIM + 1), slack=[ONE])]
    r = p.having(*ends)
    mixed, second = r.instantiate(every, DIM), r.instantiate(second_moment(), DIM)
    inner = p.having(*map(p.assume, IN_ROWS))
    gap = inner.linear(
        k.Le(2 * move(R) * image(DIM) - image(DIM) ** 2, move(R) ** 2),
        slack=[(move(R) - image(DIM)) ** 2],
    )
    sums = p.sum_mono(p.generalise(gap, R, *IN_ROWS))
    opened = p.sum_linear(sums.concl.lhs)  # type: ignore[attr-defined]
    goal = k.Le(square_of(DIM), over_rows(move(R) ** 2))
    return p.linear(goal, sums, opened, mixed, second, label="Bessel")
