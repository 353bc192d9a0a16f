"""(i) Practical Muon (Newton-Schulz steps) against T5 with certified alpha and gamma.

Dense conjugated instances that are tight for exact Muon. The stepsize is T5's best, so its value
falls like T^(-1/2) without noise; with noise the batch grows with T and batches are drawn call by
call, since the steps are no polar factors. T5 is an upper bound: its slope is matched because the
instance scales with the stepsize, its constant is not attained.
"""

from __future__ import annotations

import math
from typing import Any

from signcheck.rates.experiments.common import CLASS, NOISELESS, Sigma, equal_noise
from signcheck.rates.plan import Cell, Curve, Part, Point
from signcheck.rates.predictions import Bounds, newton_schulz
from signcheck.rates.sizes import Size

STEPS = {"quick": (250, 1000, 4000), "full": (250, 1000, 4000, 16_000)}
RANKS = {"quick": (3, 6), "full": (3, 6, 16, 32)}
NOISY = {"quick": ((64, 2), (256, 8)), "full": ((64, 2), (256, 8), (1024, 32))}
NOISE = 0.5
"""|Sigma|_* over sqrt(B), in units of the stepsize."""

SEEDS = 64
EXTRA = {"rotation": 1}
DELTA, RHO = 0.1, 0.5


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    steps = [_cell(bounds, f"i/T={T}", T, 1, 2, NOISELESS) for T in STEPS[size.name]]
    ranks = [
        _cell(bounds, f"i/r={r}", 500, 1, r, ((0.0, r),), family="lattice-wells-matrix")
        for r in RANKS[size.name]
    ]
    noisy = []
    for T, B in NOISY[size.name]:
        sigma = equal_noise(2, NOISE * math.sqrt(2.0 / T) * math.sqrt(B))
        noisy.append(_cell(bounds, f"i/noisy/T={T}", T, B, 4, sigma, rho=RHO))
    text = "stationarity [value/length]"
    curves = tuple(
        Curve(name, "steps T", text, _points(cells), "T5", exponent)
        for name, cells, exponent in (
            ("without noise", steps, -0.5),
            ("with noise", noisy, None),
        )
    )
    checks = tuple(bounds.check(cell, "T5", "upper") for cell in (*steps, *ranks))
    return Part("i", "Practical Muon against T5", (*steps, *ranks, *noisy), curves, checks)


def _points(cells: list[Cell]) -> tuple[Point, ...]:
    return tuple(Point(float(cell.steps), (cell.name,)) for cell in cells)


def _cell(
    bounds: Bounds,
    name: str,
    steps: int,
    batch: int,
    rank: int,
    sigma: Sigma,
    family: str = "muon-tight",
    **shares: float,
) -> Cell:
    alpha, gamma = newton_schulz(rank)
    # The stepsize that makes the first two terms of T5 equal.
    eta = math.sqrt(2.0 / steps) / gamma
    parameters: dict[str, Any] = {**CLASS, "eta": eta, **EXTRA}
    numbers: dict[str, Any] = {**CLASS, "eta": eta, "T": steps, "B": batch, "sigma": sigma}
    if family == "muon-tight":
        parameters |= {"T": steps, "B": batch, "sigma": sigma, "delta": DELTA, **shares}
    else:
        parameters |= {"d": rank}
    predicted = {"T5": bounds.value("T5", **numbers, alpha=alpha, gamma=gamma)}
    noisy = any(value > 0 for value, _ in sigma)
    return Cell(
        name, family, parameters, {"name": "muon-newton-schulz", "eta": eta}, steps, batch,
        SEEDS if noisy else 1, predicted, calls=True,
    )  # fmt: skip
