"""The one-dimensional profiles: curvature, gap and the values that trajectories meet.

Every fact is about the ``Profile`` object that the simulator runs; its pieces are integrated
exactly by the kernel. Source: theory sheet, section 2.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from hardinstances.profiles import MEANDER, OSCILLATOR, QUADRATIC, RAMP, WELLS
from proofs.lemmas.basics import ZERO
from signcheck import kernel as k
from signcheck.kernel.terms import Prof
from signcheck.proof import Proof

A, C, H, CURVE, DEPTH, ETA = (k.Sym(s) for s in ("a", "c", "h", "l", "D", "eta"))
PERIOD = k.Sym("H")
Y, POINT = k.Sym("y"), k.Sym("x", "random")
N = k.Sym("n", "int")

PARAMETERS: dict[str, tuple[sp.Expr, ...]] = {
    "oscillator": (CURVE, H),
    "quadratic": (CURVE, H),
    "ramp": (A, CURVE, DEPTH),
    "wells": (C, CURVE, ETA),
    "meander": (A, CURVE, PERIOD),
}
HYPOTHESES: dict[str, tuple[k.Relation, ...]] = {
    "oscillator": (k.Lt(ZERO, CURVE),),
    "quadratic": (k.Lt(ZERO, CURVE),),
    "ramp": (k.Le(ZERO, A), k.Lt(ZERO, CURVE), k.Le(ZERO, DEPTH)),
    "wells": (k.Le(ZERO, C), k.Lt(ZERO, CURVE), k.Lt(ZERO, ETA), k.Le(C / CURVE, ETA / 2)),
    "meander": (
        *(k.Le(ZERO, A), k.Lt(ZERO, CURVE), k.Lt(ZERO, PERIOD)),
        k.Le(A / CURVE, PERIOD / 2),
    ),
}
PROFILES = {p.name: p for p in (OSCILLATOR, QUADRATIC, RAMP, WELLS, MEANDER)}
START_PIECE = {"oscillator": 0, "quadratic": 0, "ramp": 2, "wells": 2, "meander": 1}


def symbol(name: str, x: sp.Expr, *parameters: sp.Expr) -> sp.Expr:
    """The derivative of a brick at x, as a term."""
    return Prof(k.profile_symbol(PROFILES[name]), x, *(parameters or PARAMETERS[name]))


def _start(name: str) -> Proof:
    p = Proof()
    for hypothesis in HYPOTHESES[name]:
        fact = p.given(hypothesis)
    if name == "meander":
        p.facts.append(p.linear(k.Le(ZERO, PERIOD - 2 * A / CURVE), (2, fact)))
    return p


@cache
def lipschitz(name: str) -> k.Theorem:
    """The derivative of the brick is l-Lipschitz."""
    return _start(name).profile_lipschitz(PROFILES[name], PARAMETERS[name], CURVE)


@cache
def gap(name: str) -> k.Theorem:
    """The gap of the brick is what its profile says, by exact integration of its pieces."""
    p, profile, parameters = _start(name), PROFILES[name], PARAMETERS[name]
    own = dict(zip(profile.parameters, parameters, strict=True))
    gamma = sp.sympify(profile.gap).xreplace(own)
    goals = k.gap_goals(profile, parameters, gamma, START_PIECE[name])
    bounds = [_gap_piece(p, goal, gamma, name) for goal in goals]
    return p.profile_gap(
        lipschitz(name), profile, parameters, gamma, START_PIECE[name], bounds, label=f"gap {name}"
    )


def _gap_piece(p: Proof, goal: k.Formula, gamma: sp.Expr, name: str) -> k.Theorem:
    """One goal of the gap: a quadratic in y on an interval."""
    assert isinstance(goal, k.ForAll)
    assert isinstance(goal.body, k.Relation)
    guards = [k.assume(g, facts=p.facts) for g in goal.guards]
    q = p.having(*guards)
    slack = {
        "oscillator": [CURVE * Y**2],
        "quadratic": [CURVE * Y**2],
        "ramp": [A**2 / CURVE, CURVE * (Y + DEPTH + A / CURVE) ** 2],
        "wells": [gamma, CURVE * (Y - C / CURVE) ** 2, CURVE * (Y + C / CURVE) ** 2],
        "meander": [A**2 / CURVE, *(CURVE * (Y + s * PERIOD / 2) ** 2 for s in (1, -1))],
    }[name]
    products: list[Any] = [(A, g) for g in guards] if name == "ramp" else []
    if name == "wells":
        low, high = guards
        products = [(C, low), (C, high), (CURVE * Y, high), (-CURVE * Y, low)]
    if name == "meander":
        low, high = guards
        edges = [(CURVE * (Y + PERIOD / 2), high), (CURVE * (PERIOD / 2 - Y), low)]
        products = [(A, low), (A, high), *edges, (A, p.facts[-1])]
    body = q.linear(goal.body, *products, slack=slack, label=f"{name} below its start")
    return q.generalise(body, Y, *goal.guards)


@cache
def ramp_flat() -> k.Theorem:
    """For all y with -D <= y: ramp'(y) == a."""
    p = _start("ramp")
    inside = k.Le(-DEPTH, Y)
    value = p.having(p.assume(inside)).piece_value(
        lipschitz("ramp"), RAMP, PARAMETERS["ramp"], 2, Y
    )
    return p.generalise(value, Y, inside)


@cache
def ramp_range() -> tuple[k.Theorem, k.Theorem]:
    """0 <= ramp'(x) and ramp'(x) <= a, everywhere."""
    value, bend = symbol("ramp", POINT), -DEPTH - A / CURVE
    goals = (k.Le(ZERO, value), k.Le(value, A))

    def on_piece(q: Proof, goal: k.Relation, piece: int) -> k.Theorem:
        here = q.piece_value(lipschitz("ramp"), RAMP, PARAMETERS["ramp"], piece, POINT)
        facts = [(CURVE, f) for f in q.facts if POINT in f.concl.free()]
        return q.linear(goal, here, *facts, slack=[A])

    def below(goal: k.Relation) -> Any:
        def prove(q: Proof, case: k.Theorem) -> k.Theorem:
            if isinstance(case.concl, k.Lt):
                q = q.having(q.linear(k.Le(bend, POINT), case))
                q = q.having(*(q.linear(k.Le(POINT, -DEPTH), f) for f in _upper(q)))
                return on_piece(q, goal, 1)
            return on_piece(q, goal, 0)

        return prove

    def _upper(q: Proof) -> list[k.Theorem]:
        return [f for f in q.facts if f.concl == k.Lt(POINT, -DEPTH)]

    def whole(goal: k.Relation) -> k.Theorem:
        def prove(q: Proof, case: k.Theorem) -> k.Theorem:
            if isinstance(case.concl, k.Le):
                return on_piece(q, goal, 2)
            return q.split(k.Le(POINT, bend), k.Lt(bend, POINT), below(goal))

        return _start("ramp").split(k.Le(-DEPTH, POINT), k.Lt(POINT, -DEPTH), prove)

    return whole(goals[0]), whole(goals[1])


@cache
def wells_on_lattice(side: int) -> k.Theorem:
    """For all n >= 0: |wells'(side n eta)| == c, for side 1 or -1."""
    p = _start("wells")

    def size(n: sp.Expr) -> sp.Expr:
        return sp.Abs(symbol("wells", side * n * ETA))

    bottom = p.piece_value(lipschitz("wells"), WELLS, PARAMETERS["wells"], 2, ZERO)
    value = p.linear(k.Eq(symbol("wells", ZERO), C), bottom)
    base = p.linear(k.Eq(size(ZERO), C), absolute(value), p.function_value(sp.Abs(C)))
    known = p.assume(k.Eq(size(N), C))
    from_here = N * ETA if side > 0 else -N * ETA - ETA
    turn = p.antiperiod(lipschitz("wells"), WELLS, PARAMETERS["wells"], from_here)
    same = p.identity(side * N * ETA + side * ETA, side * (N + 1) * ETA)
    moved = p.rewrite(absolute(turn), same)
    step = p.linear(k.Eq(size(N + 1), C), moved, known, label="next lattice point")
    return p.induction(base, step, N, ZERO, None)


def absolute(equation: k.Theorem) -> k.Theorem:
    """From a == b: |a| == |b|."""
    assert isinstance(equation.concl, k.Eq)
    size = sp.Abs(equation.concl.lhs)
    mark = k.Sym("mark", "random")
    held = k.rewrite(k.assume(k.Eq(mark, size)), equation)
    return k.cut(k.specialise(held, {mark: size}), k.identity(size, size))
