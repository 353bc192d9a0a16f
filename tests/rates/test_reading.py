"""Costs to reach a level, their pseudo-values, and curves."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import DataError, InputError
from signcheck.rates.plan import Cell, Curve, Point
from signcheck.rates.reading import cost_to_reach, read_curve, read_point


@given(
    scale=st.floats(0.1, 10.0), power=st.floats(0.1, 2.0), cost=st.floats(1.1, 1.9),
)  # fmt: skip
def test_power_laws_are_crossed_exactly(scale: float, power: float, cost: float) -> None:
    costs = [1.0, 1.5, 2.0]
    eps = scale * cost**-power
    found = cost_to_reach(eps, costs, [scale * c**-power for c in costs])
    assert found == pytest.approx(cost, rel=1e-9)


def test_the_last_crossing_counts() -> None:
    assert 4.0 < cost_to_reach(1.0, [1, 2, 4, 8], [2.0, 0.5, 1.5, 0.5]) < 8.0


def test_a_crossing_far_outside_is_refused() -> None:
    assert cost_to_reach(0.9, [1.0, 2.0], [2.0, 1.0]) > 2.0
    with pytest.raises(InputError, match="is not reached between the costs 1 and 2"):
        cost_to_reach(0.1, [1.0, 2.0], [2.0, 1.0])
    with pytest.raises(InputError, match="is not reached"):
        cost_to_reach(0.5, [1.0, 2.0], [1.0, 1.0])
    with pytest.raises(InputError, match="positive numbers"):
        cost_to_reach(0.5, [1.0, 2.0], [1.0, float("nan")])


def cells_and_results(n: int, seed: int) -> tuple[dict[str, Cell], dict[str, dict[str, object]]]:
    """Two cells of cost 100 and 200 whose means are 1.2 and 0.85, and predictions beside them."""
    rng = np.random.default_rng(seed)
    cells, results = {}, {}
    for name, steps, mean in (("low", 100, 1.2), ("high", 200, 0.85)):
        method = {"name": "sgd", "eta": 0.1}
        cells[name] = Cell(name, "family", {}, method, steps, 1, n, {"T3": mean})
        values = (mean * (1 + 0.1 * rng.standard_normal(n))).tolist()
        results[name] = {"values": values, "failure": ""}
    return cells, results


def test_pseudo_values_have_the_spread_of_the_estimate() -> None:
    """Their standard error against the spread over many independent repetitions."""
    point = Point(1.0, ("low", "high"), eps=1.0)
    readings = [read_point(point, "T3", *cells_and_results(50, seed)) for seed in range(200)]
    spread = np.std([reading.measured for reading in readings])
    stated = np.mean([reading.deviation for reading in readings])
    assert stated == pytest.approx(spread, rel=0.15)
    assert readings[0].predicted == pytest.approx(cost_to_reach(1.0, [100, 200], [1.2, 0.85]))
    assert np.mean([r.measured for r in readings]) == pytest.approx(readings[0].predicted, rel=0.01)


def test_missing_and_failed_cells_are_named() -> None:
    cells, results = cells_and_results(5, 0)
    point = Point(1.0, ("low", "high"), eps=1.0)
    results["low"]["failure"] = "it diverged"
    with pytest.raises(DataError, match="low failed: it diverged"):
        read_point(point, "T3", cells, results)
    del results["low"]
    with pytest.raises(DataError, match="low was not run"):
        read_point(point, "T3", cells, results)


def test_a_curve_is_fitted_twice() -> None:
    cells, results = {}, {}
    rng = np.random.default_rng(3)
    for x in (1, 10, 100):
        cells[str(x)] = Cell(str(x), "f", {}, {}, x, 1, 64, {"T2": 2.0 * x**0.5})
        noise = 1 + 0.05 * rng.standard_normal(64)
        results[str(x)] = {"values": (2.0 * x**0.5 * noise).tolist(), "failure": ""}
    points = tuple(Point(float(x), (str(x),)) for x in (1, 10, 100))
    curve = Curve("c", "x", "y", points, "T2", 0.5)
    found = read_curve(curve, cells, results, error=0.01, seed=0)
    assert found.fit is not None
    assert found.predicted is not None
    assert found.predicted.slope == pytest.approx(0.5)
    assert found.fit.covers(0.5)
    assert found.fit.sampled == 3
