"""(b) Calls to reach eps = 0.3 against the dimension: exponent 1 in d - 1 for SGD, 0 for SignSGD.

SGD is tuned and its T3 instance, with one noisy coordinate, rebuilt for every stepsize, batch and
number of steps. SignSGD runs on that same instance, and on its own (T2) with |sigma|_1 = 1 spread
over d/2 coordinates; its stepsize and batch are those of T1.
"""

from __future__ import annotations

from dataclasses import replace

from signcheck.rates.experiments.common import (
    best_stepsize,
    equal_noise,
    matched_batch,
    sgd_point,
    tight_cell,
)
from signcheck.rates.plan import Cell, Curve, Part, Point
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size

EPS = 0.3
DIMENSIONS = {"quick": (2, 10, 100, 1000), "full": (2, 10, 100, 1000, 10_000, 100_000)}
OWN = {"quick": (4, 40, 400), "full": (4, 40, 400, 4000, 100_000)}
CHECKED = 400
"""Largest dimension whose runs are also held against T1 and T3 themselves."""

STEPS = (4, 8, 16, 32, 64, 128)
OWN_STEPS = (36, 52)
OWN_SEEDS = 2048


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells: list[Cell] = []
    own_cells: list[Cell] = []
    sgd, same, own = [], [], []
    guaranteed = bounds.value("T1c-calls", L=1.0, Delta=1.0, eps=EPS, sigma=[(1.0, 1)])
    for d in DIMENSIONS[size.name]:
        point, pair = sgd_point(f"b/sgd/d={d}", size, bounds, d=d, k=1, eps=EPS, x=d - 1.0)
        sgd.append(point)
        runs = [_on_the_same(pair[1], steps, d) for steps in STEPS]
        names = tuple(cell.name for cell in runs)
        same.append(Point(d - 1.0, names, EPS, predicted=guaranteed))
        cells += [*pair, *runs]
        if d <= CHECKED:
            cells += [replace(c, name=f"{c.name}/law", measure="law", seeds=1) for c in pair]
    for d in OWN[size.name]:
        sigma = ((0.0, d - d // 2), *equal_noise(d // 2, 1.0)[1:])
        runs = [
            tight_cell(
                f"b/own/d={d}/T={steps}", bounds, steps=steps, batch=matched_batch(steps, 1.0),
                sigma=sigma, seeds=OWN_SEEDS if d <= CHECKED else 128,
            )
            for steps in OWN_STEPS
        ]  # fmt: skip
        own.append(Point(d / 2.0, tuple(cell.name for cell in runs), EPS))
        own_cells += runs
    texts = ("oracle calls to reach eps",)
    curves = (
        Curve("SGD", "d - 1", *texts, tuple(sgd), "T3", 1.0),
        Curve("SignSGD, same instance", "d - 1", *texts, tuple(same), "T1c-calls", 0.0),
        Curve("SignSGD, own instance", "noisy coordinates d/2", *texts, tuple(own), "T2", 0.0),
    )
    checks = [bounds.check(c, "T3", "lower") for c in cells if c.measure == "law"]
    checks += [bounds.check(c, "T1", "upper") for c in own_cells if c.seeds >= OWN_SEEDS]
    title = "Calls to reach eps against the dimension"
    return Part("b", title, (*cells, *own_cells), curves, tuple(checks))


def _on_the_same(cell: Cell, steps: int, d: int) -> Cell:
    """SignSGD on the instance that was built for an SGD run."""
    return Cell(
        f"b/same/d={d}/T={steps}", cell.family, cell.parameters,
        {"name": "signsgd", "eta": best_stepsize(steps)}, steps, matched_batch(steps, 1.0), 2048,
    )  # fmt: skip
