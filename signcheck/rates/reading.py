"""From cells to the ordinates of a curve: one measured number a copy, and the prediction.

Where the ordinate is the cost at which a method reaches eps, it is a function of several means. Its
jackknife pseudo-values (Tukey 1958) stand for the copies then: their mean is the ordinate and their
variance that of its estimate, so the bootstrap over copies reads it like any other measurement.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import DataError, InputError
from signcheck.rates.measure import Result
from signcheck.rates.plan import Cell, Curve, Point
from signcheck.stats.exponents import Exponent, fit_exponent

__all__ = [
    "CurveReading",
    "Reading",
    "cost_to_reach",
    "crossing_at",
    "predicted_at",
    "read_curve",
    "read_point",
]

Floats: TypeAlias = NDArray[np.float64]

REACH = 0.5
"""How far, in log cost, a crossing may lie outside the measured costs."""

RESAMPLES = 4000


@dataclass(frozen=True)
class Reading:
    """A point of a curve as measured.

    Attributes
    ----------
    x, predicted
        Abscissa, and the ordinate that the Bound gives.
    values
        One number a copy; a single one if nothing is random.
    """

    x: float
    predicted: float
    values: Floats

    @property
    def measured(self) -> float:
        """The ordinate."""
        return float(self.values.mean())

    @property
    def deviation(self) -> float:
        """Standard error of the ordinate."""
        n = self.values.size
        return float(self.values.std(ddof=1) / math.sqrt(n)) if n > 1 else 0.0


@dataclass(frozen=True)
class CurveReading:
    """A curve as measured, and its two fits; None where it is not fitted."""

    curve: Curve
    points: tuple[Reading, ...]
    fit: Exponent | None
    predicted: Exponent | None


def cost_to_reach(eps: float, costs: Sequence[float], values: Sequence[float]) -> float:
    """The cost at which ``values`` fall to ``eps``, on straight lines in logarithms.

    The last pair of neighbours on both sides of ``eps`` counts; if there is none, the outer line
    nearest to it is prolonged a little.

    Raises
    ------
    InputError
        If the values are not positive, or stay on one side too far away.
    """
    if not all(math.isfinite(v) and v > 0 for v in (*costs, *values, eps)):
        raise InputError(f"Costs and values must be positive numbers, got {values!r}.")
    x, y = np.log(costs), np.log(values) - math.log(eps)
    inside = [i for i in range(len(y) - 1) if y[i] >= 0 >= y[i + 1] and y[i] > y[i + 1]]
    at = inside[-1] if inside else (len(y) - 2 if y[-1] > 0 else 0)
    slope = (y[at + 1] - y[at]) / (x[at + 1] - x[at])
    found = x[at] - y[at] / slope if slope < 0 else math.inf
    if not x[0] - REACH <= found <= x[-1] + REACH:
        raise InputError(
            f"The stationarity {eps:.4g} is not reached between the costs {costs[0]:.6g} and "
            f"{costs[-1]:.6g}, where {values[0]:.4g} and {values[-1]:.4g} were found: widen them."
        )
    return math.exp(found)


def crossing_at(x: Sequence[float], y: Sequence[float], level: float) -> float:
    """Where a rising curve first reaches ``level``, on straight lines in logarithms.

    Raises
    ------
    InputError
        If it does not rise through the level on its grid.
    """
    rises = [i for i in range(len(x) - 1) if y[i] <= level < y[i + 1]]
    if not rises:
        raise InputError(f"The curve does not cross {level:.6g} on its grid: widen it.")
    i = rises[0]
    share = np.log(level / y[i]) / np.log(y[i + 1] / y[i])
    return float(np.exp(np.log(x[i]) + share * np.log(x[i + 1] / x[i])))


def predicted_at(point: Point, theorem: str, cells: Mapping[str, Cell]) -> float:
    """The ordinate that the Bound gives at a point; errors as in :func:`cost_to_reach`."""
    if point.predicted is not None:
        return point.predicted
    chosen = [cells[name] for name in point.cells]
    values = [cell.predicted[theorem] for cell in chosen]
    if point.eps is None:
        return values[0]
    return cost_to_reach(point.eps, [float(cell.cost) for cell in chosen], values)


def read_point(
    point: Point, theorem: str, cells: Mapping[str, Cell], results: Mapping[str, Result]
) -> Reading:
    """What a point measured.

    Raises
    ------
    DataError
        If a cell is missing or failed.
    """
    samples = [_values(results, name) for name in point.cells]
    predicted = predicted_at(point, theorem, cells)
    if point.eps is None:
        return Reading(point.x, predicted, samples[0])
    costs = [float(cells[name].cost) for name in point.cells]
    return Reading(point.x, predicted, _pseudo_values(point.eps, costs, samples))


def _values(results: Mapping[str, Result], name: str) -> Floats:
    if name not in results:
        raise DataError(f"The cell {name} was not run: continue with --resume.")
    if results[name]["failure"]:
        raise DataError(f"The cell {name} failed: {results[name]['failure']}")
    return np.array(results[name]["values"], dtype=np.float64)


def _pseudo_values(eps: float, costs: list[float], samples: list[Floats]) -> Floats:
    n = max(sample.size for sample in samples)
    if any(sample.size not in (1, n) for sample in samples):
        raise InputError("The cells of one point need equal numbers of copies: plan them so.")
    means = [float(sample.mean()) for sample in samples]
    whole = cost_to_reach(eps, costs, means)
    if n == 1:
        return np.array([whole])
    found = np.empty(n)
    for i in range(n):
        without = [
            (m * n - float(s[i])) / (n - 1) if s.size == n else m
            for m, s in zip(means, samples, strict=True)
        ]
        found[i] = n * whole - (n - 1) * cost_to_reach(eps, costs, without)
    # Centred on the estimate: the jackknife's own correction is below the sampling error.
    centred: Floats = found + (whole - found.mean())
    return centred


def read_curve(
    curve: Curve,
    cells: Mapping[str, Cell],
    results: Mapping[str, Result],
    *,
    error: float,
    seed: int,
) -> CurveReading:
    """A curve's points and fits, the interval at ``error``; errors as in :func:`read_point`."""
    points = tuple(read_point(point, curve.theorem, cells, results) for point in curve.points)
    if curve.exponent is None:
        return CurveReading(curve, points, None, None)
    x = [point.x for point in points]
    measured = [p.values if p.values.size > 1 else float(p.values[0]) for p in points]
    fit = fit_exponent(x, measured, error=error, resamples=RESAMPLES, seed=seed)
    predicted = fit_exponent(x, [point.predicted for point in points])
    return CurveReading(curve, points, fit, predicted)
