"""The meander: its range on the whole line, and its size between two turns.

Source: theory sheet, section 2.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.profiles import MEANDER
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, abs_below
from proofs.lemmas.bricks import CURVE, PERIOD, Y, absolute
from proofs.lemmas.bricks import A as SLOPE
from signcheck import kernel as k
from signcheck.proof import Proof

ONE = sp.Integer(1)
X, N = k.Sym("x"), k.Sym("n", "int")
PARAMETERS = bricks.PARAMETERS["meander"]
IN_CELL = (k.Le(-PERIOD / 2, Y), k.Le(Y, PERIOD / 2))


def derivative(x: sp.Expr) -> sp.Expr:
    """The meander's derivative at x, for the brick's own parameters."""
    return bricks.symbol("meander", x)


def _start() -> Proof:
    p = Proof()
    for hypothesis in bricks.HYPOTHESES["meander"]:
        p.given(hypothesis)
    return p


def _value(p: Proof, piece: int, x: sp.Expr) -> k.Theorem:
    return p.piece_value(bricks.lipschitz("meander"), MEANDER, PARAMETERS, piece, x)


@cache
def size_in_cell() -> k.Theorem:
    """For all |y| <= H/2: |meander'(y)| <= a."""
    p = _start()
    low, high = (p.assume(g) for g in IN_CELL)
    goal = k.Le(sp.Abs(derivative(Y)), SLOPE)
    bend = SLOPE / CURVE - PERIOD / 2

    def bounded(q: Proof, piece: int, *where: k.Theorem) -> k.Theorem:
        value = _value(q, piece, Y)
        room = [(CURVE, f) for f in where]
        up = q.linear(k.Le(derivative(Y), SLOPE), value, *room)
        down = q.linear(k.Le(-derivative(Y), SLOPE), value, *room, slack=[SLOPE])
        return abs_below(up, down)

    def right_half(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return bounded(q, 1)
        later = q.linear(k.Le(-bend, Y), case)
        return bounded(q.having(later), 2, later, high)

    def whole(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return bounded(q, 0, low, case)
        q = q.having(q.linear(k.Le(bend, Y), case))
        return q.split(k.Le(Y, -bend), k.Lt(-bend, Y), right_half)

    inside = p.having(low, high).split(k.Le(Y, bend), k.Lt(bend, Y), whole)
    assert inside.concl == goal
    return p.generalise(inside, Y, *IN_CELL)


@cache
def same_size_later() -> k.Theorem:
    """For all y and n >= 0: |meander'(y + n H)| == |meander'(y)|."""
    p = _start()

    def claim(n: sp.Expr) -> k.Relation:
        return k.Eq(sp.Abs(derivative(Y + n * PERIOD)), sp.Abs(derivative(Y)))

    base = p.identity(claim(ZERO).lhs, claim(ZERO).rhs)
    here = Y + N * PERIOD
    turn = absolute(p.antiperiod(bricks.lipschitz("meander"), MEANDER, PARAMETERS, here))
    moved = p.rewrite(turn, p.identity(here + PERIOD, Y + (N + 1) * PERIOD))
    step = p.linear(claim(N + 1), moved, p.assume(claim(N)))
    return p.generalise(p.induction(base, step, N, ZERO, None), Y)


@cache
def size() -> k.Theorem:
    """For all x: |meander'(x)| <= a, by the cell in which x lies."""
    p = _start()
    turns = X / PERIOD + sp.Rational(1, 2)
    low, high = p.assume(k.Le(N, turns)), p.assume(k.Lt(turns, N + 1))
    place = X - N * PERIOD
    inside = [
        p.linear(k.Le(-PERIOD / 2, place), (PERIOD, low)),
        p.linear(k.Le(place, PERIOD / 2), (PERIOD, high)),
    ]
    small = p.having(*inside).instantiate(size_in_cell(), place)
    goal = k.Le(sp.Abs(derivative(X)), SLOPE)

    def case(q: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            same = q.instantiate(q.instantiate(same_size_later(), place), N)
        else:
            q = q.having(q.linear(k.Le(ZERO, -N), side))
            same = q.instantiate(q.instantiate(same_size_later(), X), -N)
        return q.linear(goal, same, small)

    whole = p.split(k.Le(ZERO, N), k.Lt(N, ZERO), case)
    return p.generalise(p.floor(whole, N, turns), X, label="|meander'| <= b everywhere")


@cache
def size_between_turns(side: int) -> k.Theorem:
    """For all 0 <= y <= H/2: |meander'(side y)| == min(a, l (H/2 - y)), for side 1 or -1."""
    p = _start()
    guards = (k.Le(ZERO, Y), k.Le(Y, PERIOD / 2))
    low, high = (p.given(g) for g in guards)
    x, edge, room = side * Y, PERIOD / 2 - SLOPE / CURVE, CURVE * (PERIOD / 2 - Y)
    least, value = sp.Min(SLOPE, room), derivative(x)

    def case(q: Proof, where: k.Theorem) -> k.Theorem:
        if isinstance(where.concl, k.Le):
            near = q.linear(k.Le(Y, edge), (1 / CURVE, where))
            ends = [
                q.linear(k.Le(a, b), near, low, slack=[edge]) for a, b in ((-edge, x), (x, edge))
            ]
            slope = _value(q.having(*ends), 1, x)
            positive = q.linear(k.Le(ZERO, value), slope, slack=[SLOPE])
        else:
            far = q.linear(k.Le(edge, Y), (1 / CURVE, where))
            ends = [far] if side > 0 else [q.linear(k.Le(x, -edge), far)]
            ends += [] if side > 0 else [q.linear(k.Le(-PERIOD / 2, x), high)]
            slope = _value(q.having(*ends), 1 + side, x)
            positive = q.linear(k.Le(ZERO, value), slope, (CURVE, high))
        sizes = [q.having(positive).function_value(sp.Abs(value)), q.function_value(least)]
        return q.linear(k.Eq(sp.Abs(value), least), slope, *sizes)

    whole = p.split(k.Le(SLOPE, room), k.Lt(room, SLOPE), case)
    return p.generalise(whole, Y, *guards, label="|meander'| between two turns")
