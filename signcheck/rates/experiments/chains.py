"""(h) Gated chains: no zero-respecting method finishes within (K - ln(1/rho))/(2p) oracle calls.

Prediction: T8 through the instance, which counts the covered calls. With probability 1 - rho a run
is not finished by then; the calls that are needed grow like K and like 1/p.
"""

from __future__ import annotations

from typing import Any, cast

from signcheck.rates.experiments.common import CLASS
from signcheck.rates.plan import Cell, Check, Curve, Part, Point
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size

RHO = 0.5
LENGTHS = {"quick": (50, 200), "full": (50, 100, 200)}
GATES = {"quick": (0.1, 0.025), "full": (0.1, 0.05, 0.025)}
SEEDS = 512
WIDTHS = 1.5
"""Stepsize of the sign methods in units of the chain's width: one step opens the next link."""

METHODS: dict[str, tuple[dict[str, Any], ...]] = {
    "quick": ({"name": "signsgd"},),
    "full": ({"name": "signsgd"}, {"name": "signum", "beta": 0.5}),
}


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells: list[Cell] = []
    curves: list[Curve] = []
    lengths, gates = LENGTHS[size.name], GATES[size.name]
    for method in METHODS[size.name]:
        mine = {
            (K, p): _cell(method, K, p)
            for K, p in [*((K, gates[0]) for K in lengths), *((lengths[0], p) for p in gates[1:])]
        }
        cells += mine.values()
        label = str(method["name"])
        for text, exponent, grid in (
            ("K", 1.0, [(float(K), (K, gates[0])) for K in lengths]),
            ("p", -1.0, [(p, (lengths[0], p)) for p in gates]),
        ):
            points = tuple(Point(x, (mine[key].name,)) for x, key in grid)
            name, calls = f"{label} against {text}", "oracle calls to finish the chain"
            curves.append(Curve(name, text, calls, points, "T8", exponent))
    chance = bounds.scaled(1.0 - RHO, "lower")
    checks = [Check(c.name, "T8", "lower", chance, calls=c.predicted["T8"]) for c in cells]
    return Part("h", "Progress on gated chains", tuple(cells), tuple(curves), tuple(checks))


def _cell(method: dict[str, Any], K: int, p: float) -> Cell:
    import hardinstances

    parameters = {**CLASS, "K": K, "p": p, "rho": RHO}
    instance = cast("Any", hardinstances.make("gated-chain", **parameters))
    settings = {**method, "eta": WIDTHS * instance.width}
    covered = instance.covered_steps(1) - 1
    name = f"h/{method['name']}/K={K}/p={p:g}"
    # Twice the mean of K geometric waits: a run that is cut off there only lowers what is measured.
    steps = round(2 * K / p)
    return Cell(
        name, "gated-chain", parameters, settings, steps, 1, SEEDS,
        {"T8": float(covered)}, measure="progress",
    )  # fmt: skip
