"""T2-skew-A1: the skewed instance has smoothness L.

Source: theory sheet, section 3 (T2-skew).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import DELTA_SHARE, F, L, X, Y
from proofs.lemmas.basics import (
    ZERO,
    I,
    S,
    W,
    Z,
    above,
    abs_below,
    abs_of_multiple,
    claimed,
    left,
    minus_above,
    right,
    unfold,
)
from proofs.lower.signsgd_skew_class import (
    BEND,
    CURVE,
    IN_SLOPES,
    LAST,
    NUMBERS,
    ONE,
    WEIGHT,
    WIDTH,
    cut,
    cut_value,
    inside,
    place,
    raised,
    three_places,
)
from proofs.samples.skew import skew_smooth_samples
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Big, Co, Grad, Noo
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory


@cache
def cut_moves_less() -> k.Theorem:
    """cut(z) - cut(w) <= |z - w|: the nine places of z and w."""
    goal = k.Le(cut(Z) - cut(W), sp.Abs(Z - W))

    def first(p: Proof) -> k.Theorem:
        mine = cut_value(p, Z)

        def second(q: Proof) -> k.Theorem:
            pieces = [*mine, *cut_value(q, W), above(Z - W), minus_above(Z - W), *q.facts]
            return q.linear(goal, *pieces, slack=[sp.Abs(Z - W), ONE])

        return three_places(p, W, second)

    return three_places(Proof(), Z, first)


GRADIENT: dict[str, k.Formula] = {
    "slopes": k.ForAll(
        X, (), k.ForAll(I, IN_SLOPES, k.Eq(Co(Grad(F, X), I), WEIGHT(I) * cut(raised(X))))
    ),
    "oscillator": k.ForAll(X, (), k.Eq(Co(Grad(F, X), LAST), CURVE * Co(X, LAST))),
    "w >= 0": k.ForAll(I, IN_SLOPES, k.Le(ZERO, WEIGHT(I))),
    "sum of w": k.Eq(Big(WEIGHT(I), I, ZERO, LAST), WIDTH),
}
SMOOTH_STATEMENT = Statement(
    hypotheses={**NUMBERS, **GRADIENT},
    conclusion=k.Le(N1(Grad(F, X) - Grad(F, Y)), L * Noo(X - Y)),
)


def _ends(p: Proof) -> Proof:
    """With 0 <= d - 1 and d - 1 < d."""
    long = p.fact(NUMBERS["d >= 1"], "d >= 1")
    return p.having(p.linear(k.Le(ZERO, LAST), long), p.linear(k.Lt(LAST, DIM), slack=[ONE]))


def inner_moves(p: Proof) -> k.Theorem:
    """|s(x) - s(y)| <= W |x - y|_oo."""
    q = inside(p)
    size, weight = Noo(X - Y), q.instantiate(p.fact(GRADIENT["w >= 0"], "w >= 0"), I)
    q = q.having(weight)
    small = q.instantiate(q.coordinate_below_norm(X - Y), I)
    opened = q.coordinate(Co(X - Y, I))
    difference = Co(X, I) - Co(Y, I)
    sides = []
    for sign in (1, -1):
        bound = above(sign * Co(X - Y, I))
        each = q.linear(
            k.Le(sign * WEIGHT(I) * difference, WEIGHT(I) * size),
            *((WEIGHT(I), thm) for thm in (bound, small, opened)),
        )
        sums = p.sum_mono(p.generalise(each, I, *IN_SLOPES))
        sides.append(
            p.linear(
                k.Le(sign * (place(X) - place(Y)), WIDTH * size),
                sums,
                p.sum_linear(left(sums)),
                p.sum_linear(right(sums)),
                (size, p.fact(GRADIENT["sum of w"], "sum of w")),
            )
        )
    return abs_below(*sides)


def _last(p: Proof, turn: sp.Expr) -> list[k.Theorem]:
    """The oscillator's derivative changes by at most (1-delta) L |x - y|_oo."""
    size, lag = Noo(X - Y), Co(X, LAST) - Co(Y, LAST)
    slope = p.fact(GRADIENT["oscillator"], "oscillator")
    here, there = (p.instantiate(slope, x) for x in (X, Y))
    entry = p.linear(k.Eq(Co(turn, LAST), CURVE * lag), p.coordinate(Co(turn, LAST)), here, there)
    scale = k.cut(
        p.specialise(abs_of_multiple(), {S: CURVE, Z: lag}), p.sign_fact(k.Le(ZERO, CURVE))
    )
    moved = p.coordinate(Co(X - Y, LAST))
    small = p.instantiate(p.coordinate_below_norm(X - Y), LAST)
    same = p.chain(unfold(sp.Abs(left(moved)), moved, p=p))
    bound = p.linear(k.Le(sp.Abs(lag), size), small, same)
    opened = unfold(sp.Abs(left(entry)), entry, p=p)
    return [p.linear(k.Le(sp.Abs(left(entry)), CURVE * size), opened, scale, (CURVE, bound))]


def prove_smooth(statement: Statement) -> k.Theorem:
    """A coordinate of a slope changes by w_i times psi', the last one by (1-delta) L."""
    p = _ends(statement.proof()[0])
    p = p.having(p.linear(k.Lt(ZERO, 1 - DELTA_SHARE), p.fact(NUMBERS["delta < 1"], "delta < 1")))
    size, turn = Noo(X - Y), Grad(F, X) - Grad(F, Y)
    change = cut(raised(X)) - cut(raised(Y))
    sides = []
    for one, other in ((X, Y), (Y, X)):
        moved = p.specialise(cut_moves_less(), {Z: raised(one), W: raised(other)})
        sides.append(moved)
    lag = place(X) - place(Y)
    scaled = p.specialise(abs_of_multiple(), {S: BEND, Z: lag})
    scaled = k.cut(scaled, p.sign_fact(k.Le(ZERO, BEND)))
    same = p.identity(raised(X) - raised(Y), BEND * lag)
    reach = unfold(sp.Abs(left(same)), same, p=p)
    bends = abs_below(*sides, *p.facts)
    bound = p.linear(
        k.Le(sp.Abs(change), BEND * WIDTH * size), bends, reach, scaled, (BEND, inner_moves(p))
    )
    q = inside(p)
    weight = q.instantiate(p.fact(GRADIENT["w >= 0"], "w >= 0"), I)
    q = q.having(weight)
    slopes = p.fact(GRADIENT["slopes"], "slopes")
    here, there = (q.instantiate(slopes, x, I) for x in (X, Y))
    entry = q.linear(k.Eq(Co(turn, I), WEIGHT(I) * change), q.coordinate(Co(turn, I)), here, there)
    scale = k.cut(q.specialise(abs_of_multiple(), {S: WEIGHT(I), Z: change}), weight)
    each = q.linear(
        k.Le(sp.Abs(Co(turn, I)), WEIGHT(I) * BEND * WIDTH * size),
        unfold(sp.Abs(left(entry)), entry, p=q),
        scale,
        (WEIGHT(I), bound),
    )
    sums = p.sum_mono(p.generalise(each, I, *IN_SLOPES))
    return p.linear(
        claimed(statement),
        p.by_coordinates(N1(turn)),
        p.range_step(Big(sp.Abs(Co(turn, I)), I, ZERO, DIM)),
        sums,
        p.sum_linear(right(sums)),
        (BEND * WIDTH * size, p.fact(GRADIENT["sum of w"], "sum of w")),
        *_last(p, turn),
        label="T2-skew-A1",
    )


T2_SKEW_A1 = Theory(
    id="T2-skew-A1",
    title="the skewed instance: |grad f(x) - grad f(y)|_1 <= L |x - y|_oo",
    kind="lemma",
    statement=SMOOTH_STATEMENT,
    prove=prove_smooth,
    samples=lambda: skew_smooth_samples(N1(Grad(F, X) - Grad(F, Y)), Noo(X - Y), WIDTH),
)
