"""The bricks against their description in the theory sheet, in exact rationals."""

from dataclasses import FrozenInstanceError
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.exact import evaluate
from hardinstances.profiles import OSCILLATOR, PROFILES
from tests.strategies import bricks, rationals


def sign(cell):
    return 1 if cell % 2 == 0 else -1


def described(name, x, p):
    """The sheet's formulas for f', written down a second time."""
    if name in {"oscillator", "quadratic"}:
        return p["l"] * x
    if name == "ramp":
        return min(p["a"], max(Fraction(0), p["a"] + p["l"] * (x + p["D"])))
    if name == "wells":
        j = (x / p["eta"] + Fraction(1, 2)).__floor__()
        return sign(j) * max(p["c"] - p["l"] * abs(x - j * p["eta"]), Fraction(0))
    half = p["H"] / 2
    j = (x / p["H"] + Fraction(1, 2)).__floor__()
    return sign(j) * min(p["b"], p["l"] * (half - abs(x - j * p["H"])))


@given(brick=bricks(), x=rationals())
def test_derivative_is_the_one_described(brick, x):
    profile, parameters = brick
    assert profile.exact_derivative(x, parameters) == described(profile.name, x, parameters)


@given(brick=bricks(), x=rationals(), y=rationals())
def test_derivative_is_lipschitz_with_the_stated_curvature(brick, x, y):
    profile, p = brick
    curvature = evaluate(profile.curvature, {s: p[s.name] for s in profile.parameters})
    difference = profile.exact_derivative(x, p) - profile.exact_derivative(y, p)
    assert abs(difference) <= curvature * abs(x - y)


@given(brick=bricks(), x=rationals())
def test_value_is_an_antiderivative_with_infimum_zero(brick, x):
    profile, p = brick
    step = Fraction(1, 1000)
    # The integral of a Lipschitz f' over a step differs from the midpoint rule by l step^2/4.
    curvature = evaluate(profile.curvature, {s: p[s.name] for s in profile.parameters})
    rise = profile.exact_value(x + step, p) - profile.exact_value(x, p)
    middle = profile.exact_derivative(x + step / 2, p) * step
    assert abs(rise - middle) <= curvature * step**2 / 4
    assert profile.exact_value(x, p) >= 0


@given(brick=bricks())
def test_gap_is_the_value_at_the_start_and_zero_is_attained(brick):
    profile, p = brick
    numbers = {s: p[s.name] for s in profile.parameters}
    start, gap = evaluate(profile.start, numbers), evaluate(profile.gap, numbers)
    assert profile.exact_value(start, p) == gap
    lowest = {
        "oscillator": Fraction(0),
        "quadratic": Fraction(0),
        "ramp": -p.get("D", 0) - p.get("a", 0) / p["l"],
        "wells": -p.get("eta", Fraction(0)) / 2,
        "meander": -p.get("H", Fraction(0)) / 2,
    }[profile.name]
    assert profile.exact_value(lowest, p) == 0


@given(brick=bricks(), x=rationals(), k=st.integers(-4, 4))
def test_antiperiod(brick, x, k):
    profile, p = brick
    if profile.antiperiod is None:
        assert profile.pieces[0].lo == -sp.oo
        assert profile.pieces[-1].hi == sp.oo
        return
    period = evaluate(profile.antiperiod, {s: p[s.name] for s in profile.parameters})
    here, there = (profile.exact_derivative(y, p) for y in (x, x + k * period))
    assert there == sign(k) * here
    assert profile.exact_value(x + 2 * k * period, p) == profile.exact_value(x, p)


def test_symbols_carry_no_assumptions():
    for profile in PROFILES.values():
        for symbol in profile.parameters:
            assert symbol == sp.Symbol(symbol.name)


def test_catalogue_is_read_only():
    with pytest.raises(TypeError):
        PROFILES["mine"] = OSCILLATOR
    with pytest.raises(FrozenInstanceError):
        OSCILLATOR.gap = sp.S.Zero
