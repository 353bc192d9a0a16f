"""Countermodels satisfy what they have to satisfy, and are not found where there are none."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from signcheck import kernel as k
from signcheck.countermodel import countermodel, effort
from signcheck.kernel.terms import Ex

ZERO = sp.Integer(0)
x, y, z = (k.Sym(name) for name in "xyz")
X, F = k.Sym("X", "random"), k.Sym("F", "sigma")
n = k.Sym("n", "int")


def value(term: sp.Expr, point: dict[str, float]) -> float:
    names = {s: point[str(s)] for s in (x, y, z, n, Ex(X, F)) if str(s) in point}
    return float(term.xreplace(names))


@given(st.integers(-3, 3), st.integers(-3, 3), st.integers(-5, 5))
def test_what_is_found_breaks_the_goal_and_keeps_the_premises(a: int, b: int, c: int) -> None:
    goal = k.Le(a * x + b * y, c)
    premises = [k.Le(ZERO, x), k.Eq(z, x + y), k.Lt(y, 3)]
    found = countermodel(goal, premises[:2], premises[2:])
    if found is None:
        return
    assert value(goal.lhs - goal.rhs, found) > 0
    assert found["x"] >= 0
    assert found["z"] == pytest.approx(found["x"] + found["y"])
    assert found["y"] < 3


@pytest.mark.parametrize(
    ("goal", "premises"),
    [
        (k.Le(x, y), []),
        (k.Le(x, y - 1), [k.Le(x, y)]),
        (k.Lt(x, y), [k.Le(x, y), k.Le(y, x)]),
        (k.Eq(x, y), [k.Le(x, y)]),
        (k.Le(x**2, x), [k.Lt(ZERO, x)]),
        (k.Le(Ex(X, F), x), [k.Le(ZERO, Ex(X, F))]),
        (k.Le(x / n, y), [k.Le(1, n), k.Le(x, y)]),
        (k.Le(sp.Abs(x), x), []),
    ],
)
def test_easy_ones_are_found(goal: k.Relation, premises: list[k.Formula]) -> None:
    assert countermodel(goal, premises, []) is not None


@pytest.mark.parametrize(
    ("goal", "premises"),
    [
        (k.Le(x, y), [k.Le(x, y)]),
        (k.Le(2 * x * y, x**2 + y**2), []),
        (k.Le(ZERO, sp.Abs(x)), []),
        (k.Le(x, z), [k.Eq(x, y), k.Le(y, z)]),
        (k.Le(1, n), [k.Lt(ZERO, n)]),
    ],
)
def test_true_goals_have_none(goal: k.Relation, premises: list[k.Formula]) -> None:
    assert countermodel(goal, premises, []) is None


def test_integers_stay_integers() -> None:
    found = countermodel(k.Le(n, x), [], [])
    assert found is not None
    assert found["n"] == int(found["n"])


def test_a_seed_fixes_the_search_and_effort_bounds_it() -> None:
    goal = k.Le(x**2, y)
    assert countermodel(goal, [], [], seed=3) == countermodel(goal, [], [], seed=3)
    with effort(0):
        assert countermodel(goal, [], []) is None
    assert countermodel(goal, [], []) is not None


def test_points_without_a_value_are_passed_over() -> None:
    found = countermodel(k.Le(sp.sqrt(x), y), [], [])
    assert found is not None
    assert found["x"] >= 0
