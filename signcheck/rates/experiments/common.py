"""Cells that several experiments share: SignSGD on its tight instance, SGD on its noise floor.

L = Delta = 1 everywhere: other values only rescale points and functions.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from signcheck.rates.plan import Cell, Point, spread
from signcheck.rates.predictions import Bounds, Setting, cheapest_sgd
from signcheck.rates.sizes import WINDOWS, Size

__all__ = [
    "CLASS", "NOISELESS", "Sigma", "best_stepsize", "equal_noise", "matched_batch", "sgd_cells",
    "sgd_point", "tight_cell",
]  # fmt: skip

Sigma: TypeAlias = Sequence[tuple[float, int]]

CLASS = {"L": 1.0, "Delta": 1.0}
NOISELESS: Sigma = ((0.0, 2),)

NARROW = (0.87, 1.15)
"""Numbers of steps, as factors of the predicted one, between which a crossing is measured."""


def best_stepsize(steps: int) -> float:
    """SignSGD's stepsize in T1a."""
    return math.sqrt(2.0 / steps)


def matched_batch(steps: int, noise: float) -> int:
    """The batch of T1b at N = T B calls: descent and noise cost the same."""
    return max(round(noise**2 * steps / 2.0), 1)


def equal_noise(count: int, total: float) -> Sigma:
    """``count`` equal noisy coordinates of l1 norm ``total``, after two noiseless ones."""
    return ((0.0, 2), (total / count, count))


def tight_cell(
    name: str,
    bounds: Bounds,
    *,
    steps: int,
    batch: int,
    sigma: Sigma,
    seeds: int,
    eta: float | None = None,
    family: str = "signsgd-tight",
    method: str = "signsgd",
    extra: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Cell:
    """SignSGD on the instance that is tight for it, with T1 and T2 predicted; Muon with T5 and T6.

    ``extra`` are parameters of the family beside those of the bound; ``delta`` and ``rho`` are
    chosen by the instance where they are left out.
    """
    import hardinstances

    eta = best_stepsize(steps) if eta is None else eta
    shared = {**CLASS, "eta": eta, "T": steps, "B": batch}
    given = {n: settings.pop(n) for n in ("delta", "rho") if n in settings}
    made = hardinstances.make("signsgd-tight", **shared, **given, sigma=spread(sigma))
    chosen = {n: made.parameters[n] for n in ("delta", "rho", "tau") if n in made.parameters}
    parameters = {**shared, **chosen, "sigma": sigma}
    above, below = ("T1", "T2") if method == "signsgd" else ("T5-exact", "T6")
    predicted = {above: bounds.value(above, **parameters), below: bounds.certified(below, made)}
    return Cell(
        name, family, parameters | dict(extra or {}), {"name": method, "eta": eta}, steps, batch,
        seeds, predicted, **settings,
    )  # fmt: skip


def sgd_cells(
    name: str,
    size: Size,
    bounds: Bounds,
    setting: Setting,
    *,
    d: int,
    k: int,
    family: str = "sgd-noise-floor",
    extra: Mapping[str, Any] | None = None,
    seeds: int | None = None,
) -> tuple[Cell, Cell]:
    """SGD just before and after it reaches eps, each on the T3 instance built for that run."""
    import hardinstances

    found = []
    for label, factor in zip(("before", "after"), NARROW, strict=True):
        steps = max(round(setting.steps * factor / WINDOWS), 1) * WINDOWS
        parameters = {
            **CLASS, "eta": setting.eta, "T": steps, "B": setting.batch,
            "sigma": ((1.0 / math.sqrt(k), k), (0.0, d - k)), "delta": setting.delta, "k": k,
        }  # fmt: skip
        made = hardinstances.make(
            "sgd-noise-floor", **{**parameters, "sigma": spread(parameters["sigma"])}
        )
        predicted = {"T3": bounds.certified("T3", made)}
        count = size.copies(setting.steps, k) if seeds is None else seeds
        method = {"name": "sgd", "eta": setting.eta}
        found.append(
            Cell(
                f"{name}/{label}", family, parameters | dict(extra or {}), method, steps,
                setting.batch, count, predicted,
            )
        )  # fmt: skip
    return found[0], found[1]


def sgd_point(
    name: str, size: Size, bounds: Bounds, *, d: int, k: int, eps: float, x: float
) -> tuple[Point, tuple[Cell, Cell]]:
    """The calls that tuned SGD needs to reach ``eps`` with k equal noisy coordinates of d."""
    cells = sgd_cells(name, size, bounds, cheapest_sgd(d, k, eps), d=d, k=k)
    return Point(x, tuple(cell.name for cell in cells), eps), cells
