"""Predictions against the closed forms of the theory sheet, which they never use."""

from __future__ import annotations

import math

import pytest

from hardinstances.errors import InputError
from signcheck.rates.predictions import Bounds, cheapest_sgd, newton_schulz, steps_to_reach


@pytest.mark.parametrize(("d", "k"), [(2, 1), (8, 1), (100, 1), (100, 4)])
def test_the_cheapest_sgd_costs_what_theory_says(d: int, k: int) -> None:
    """16/pi (d - k) L Delta S^2/eps^4 as eps -> 0."""
    eps = 0.01
    found = cheapest_sgd(d, k, eps)
    leading = 16.0 / math.pi * (d - k) / eps**4
    assert found.steps * found.batch == pytest.approx(leading, rel=0.02)
    assert found.eta < 0.4


def test_unreachable_stationarity_is_said_so() -> None:
    with pytest.raises(InputError, match="raise eps"):
        cheapest_sgd(10**6, 1, 1e-6)


def test_bounds_are_read_off_and_scaled_to_the_wrong_side() -> None:
    numbers = {"L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 100, "B": 1, "sigma": [(0.0, 2), (0.1, 3)]}
    value = Bounds().value("T1", **numbers)
    assert value == pytest.approx(1 / 10 + 0.05 + 0.3)
    assert Bounds(0.95).value("T1", **numbers) == pytest.approx(0.95 * value)
    floor = Bounds().value("T2b", **numbers)
    assert Bounds(0.95).value("T2b", **numbers) == pytest.approx(floor / 0.95)
    with pytest.raises(InputError, match="states no number"):
        Bounds().value("T1c", **numbers)


def test_steps_to_reach_is_the_first_that_does() -> None:
    assert steps_to_reach(0.1, lambda t: math.sqrt(2 / t)) == 200
    assert steps_to_reach(2.0, lambda t: 1.0 / t) == 1
    with pytest.raises(InputError, match="is above 1 after"):
        steps_to_reach(1.0, lambda _t: 2.0, most=100)


def test_newton_schulz_constants_are_those_of_the_sheet_rounded_to_the_safe_side() -> None:
    for rank, alpha in ((2, 0.6815), (16, 0.6779), (128, 0.6518)):
        found, gamma = newton_schulz(rank)
        assert found == pytest.approx(alpha, abs=1e-4)
        assert 1.20236 < gamma <= 1.2024
