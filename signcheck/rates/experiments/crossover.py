"""(e) One noisy coordinate: from which dimension on SGD costs more than SignSGD.

Once against the number of calls that T1 guarantees, once against what SignSGD is measured to need
on its own hard instance. The grid of dimensions is fixed; the crossing is read off between them,
from the predictions when planning and from the measurements when judging.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from signcheck.rates.experiments.common import (
    equal_noise,
    matched_batch,
    sgd_point,
    tight_cell,
)
from signcheck.rates.plan import Cell, Crossing, Curve, Part, Point
from signcheck.rates.predictions import Bounds, steps_to_reach
from signcheck.rates.reading import crossing_at, predicted_at
from signcheck.rates.sizes import Size

EPS = {"quick": (0.1,), "full": (0.1, 0.01)}
DIMENSIONS = (4, 5, 6, 7, 8, 9)
AROUND = (0.8, 1.25)


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells: list[Cell] = []
    curves: list[Curve] = []
    crossings: list[Crossing] = []
    for eps in EPS[size.name]:
        points = []
        for d in DIMENSIONS:
            name = f"e/eps={eps:g}/sgd/d={d}"
            point, pair = sgd_point(name, size, bounds, d=d, k=1, eps=eps, x=d - 1.0)
            points.append(Point(float(d), point.cells, eps))
            cells += pair
        runs = _sign(bounds, eps)
        cells += runs
        costs = "oracle calls to reach eps"
        sgd, sign = f"SGD, eps = {eps:g}", f"SignSGD, eps = {eps:g}"
        own = Point(3.0, tuple(cell.name for cell in runs), eps)
        rising = Curve(sgd, "dimension d", costs, tuple(points), "T3", None)
        curves += [rising, Curve(sign, "dimension d", costs, (own,), "T2", None)]
        by_name = {cell.name: cell for cell in cells}
        calls = bounds.value("T1c-calls", L=1.0, Delta=1.0, eps=eps, sigma=[(1.0, 1)])
        first = first_above(rising, calls, by_name)
        crossings.append(Crossing(f"against T1, eps = {eps:g}", sgd, calls, first))
        first = first_above(rising, predicted_at(own, "T2", by_name), by_name)
        crossings.append(Crossing(f"against SignSGD, eps = {eps:g}", sgd, sign, first))
    return Part(
        "e", "Crossover with one noisy coordinate", tuple(cells), tuple(curves), (),
        tuple(crossings),
    )  # fmt: skip


def first_above(curve: Curve, level: float, cells: Mapping[str, Cell]) -> int:
    """The least integer dimension at which the predicted curve exceeds the level."""
    ordinates = [predicted_at(point, curve.theorem, cells) for point in curve.points]
    return math.floor(crossing_at([point.x for point in curve.points], ordinates, level)) + 1


def _sign(bounds: Bounds, eps: float) -> list[Cell]:
    """SignSGD at T1b's batch, around the number of steps at which T1 reaches ``eps``."""

    def guaranteed(steps: int) -> float:
        numbers = {"L": 1.0, "Delta": 1.0, "T": steps, "B": matched_batch(steps, 1.0)}
        return bounds.value("T1a", **numbers, sigma=[(1.0, 1)])

    centre = steps_to_reach(eps, guaranteed) * 0.8
    found = []
    for factor in AROUND:
        steps = round(centre * factor / 2) * 2
        found.append(
            tight_cell(
                f"e/eps={eps:g}/signsgd/T={steps}", bounds, steps=steps,
                batch=matched_batch(steps, 1.0), sigma=equal_noise(1, 1.0), seeds=4096,
            )
        )  # fmt: skip
    return found
