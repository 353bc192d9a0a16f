"""(g) Calls to reach eps = 0.3 against the rank r: exponent 1 in r - 1 for SGD, 0 for Muon.

(b) on matrices: dense conjugated instances, one noisy singular direction for SGD (T7),
|Sigma|_* = 1 spread over r/2 directions for exact Muon (T6). Every step goes through the dense
oracle.
"""

from __future__ import annotations

from signcheck.rates.experiments.common import equal_noise, matched_batch, sgd_cells, tight_cell
from signcheck.rates.plan import Cell, Curve, Part, Point
from signcheck.rates.predictions import Bounds, cheapest_sgd
from signcheck.rates.sizes import Size

EPS = 0.3
RANKS = {"quick": (2, 3, 5), "full": (2, 4, 8, 16, 32)}
OWN = {"quick": (4, 8), "full": (4, 8, 16, 32)}
OWN_STEPS = (36, 52)
ROTATION = {"rotation": 1}
SEEDS = 1024
"""Copies times rank: longer runs average over more steps by themselves."""

OWN_SEEDS = 2048


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells: list[Cell] = []
    sgd, muon = [], []
    for r in RANKS[size.name]:
        pair = sgd_cells(
            f"g/sgd/r={r}", size, bounds, cheapest_sgd(r, 1, EPS), d=r, k=1,
            family="sgd-noise-floor-matrix", extra=ROTATION, seeds=SEEDS // r,
        )  # fmt: skip
        sgd.append(Point(r - 1.0, tuple(cell.name for cell in pair), EPS))
        cells += pair
    for r in OWN[size.name]:
        runs = [
            tight_cell(
                f"g/muon/r={r}/T={steps}", bounds, steps=steps, batch=matched_batch(steps, 1.0),
                sigma=((0.0, r - r // 2), *equal_noise(r // 2, 1.0)[1:]), seeds=OWN_SEEDS,
                family="muon-tight", method="muon", extra=ROTATION,
            )
            for steps in OWN_STEPS
        ]  # fmt: skip
        muon.append(Point(r / 2.0, tuple(cell.name for cell in runs), EPS))
        cells += runs
    text = "oracle calls to reach eps"
    curves = (
        Curve("SGD", "r - 1", text, tuple(sgd), "T3", 1.0),
        Curve("Muon, own instance", "noisy directions r/2", text, tuple(muon), "T6", 0.0),
    )
    own = [cell for cell in cells if "T6" in cell.predicted]
    checks = [bounds.check(cell, "T5-exact", "upper") for cell in own]
    checks += [bounds.check(cell, "T6", "lower") for cell in own]
    return Part("g", "Calls to reach eps against the rank", tuple(cells), curves, tuple(checks))
