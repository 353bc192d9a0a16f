"""(a) Stationarity of SignSGD against oracle calls: exponent -1/2 without noise, -1/4 with it.

Prediction: T2 on the grid (T1a and T1b give the same exponents from above). The stepsize is T1a's;
the batch is four times T1b's, so that the walks' share of T2, which Hoeffding's inequality makes a
little too small, changes less along the grid than the sampling interval can see.
"""

from __future__ import annotations

from signcheck.rates.experiments.common import NOISELESS, matched_batch, tight_cell
from signcheck.rates.plan import Curve, Part, Point
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size, walk_seeds

STEPS = {"quick": (1000, 3162, 10_000, 31_622), "full": (1000, 10_000, 100_000, 1_000_000)}
SIGMA = ((0.0, 2), (0.5, 1), (0.3, 1), (0.2, 1))
DELTA, RHO = 0.05, 0.01
"""Shares fixed along the grid, so that what Hoeffding's inequality gives away is the same at every
point and does not bend the line."""


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    quiet = [
        tight_cell(f"a/noiseless/T={steps}", bounds, steps=steps, batch=1, sigma=NOISELESS, seeds=1)
        for steps in STEPS[size.name]
    ]
    noise = 2.0 * sum(value * count for value, count in SIGMA)
    noisy = [
        tight_cell(
            f"a/noisy/T={steps}", bounds, steps=steps, batch=matched_batch(steps, noise),
            sigma=SIGMA, seeds=walk_seeds(0.35, RHO), delta=DELTA, rho=RHO,
        )
        for steps in STEPS[size.name]
    ]  # fmt: skip
    curves = []
    for name, mine, exponent in (("without noise", quiet, -0.5), ("with noise", noisy, -0.25)):
        points = tuple(Point(float(cell.cost), (cell.name,)) for cell in mine)
        curves.append(
            Curve(name, "oracle calls N", "stationarity [value/length]", points, "T2", exponent)
        )
    cells = (*quiet, *noisy)
    checks = [bounds.check(cell, "T2", "lower") for cell in cells]
    checks += [bounds.check(cell, "T1", "upper") for cell in cells]
    return Part("a", "Stationarity against oracle calls", cells, tuple(curves), tuple(checks))
