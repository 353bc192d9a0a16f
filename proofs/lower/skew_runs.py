"""SignSGD on the skewed instance with one noisy coordinate, in its exact law, for T2-skew.

The sign of a batch mean is negative with probability pi wherever s is, and x_1 moves unless psi' is
0: the number of moves of x_1 and the place of the walk are a Markov chain on a grid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from proofs.assumptions import DELTA_SHARE, ETA, RHO, TAU, B, L
from signcheck.experiment import Evaluation

SETTINGS = tuple(
    {"L": 1.0, "eta": 0.02, "T": steps, "B": batch, "delta": 0.2, "rho": rho, "sigma": sigma}
    for steps, batch, rho, sigma in ((1, 1, 0.5, 1.0), (100, 4, 0.3, 2.0), (200, 64, 0.1, 3.0))
)
OFFSET = 1e-3
"""tau of the noise."""


def slopes(batch: int, sigma: float, offset: float = OFFSET) -> tuple[float, float]:
    """a and b of the instance, in value/length."""
    b = sigma / math.sqrt(2 * batch - 1) - offset
    return (2 * (1 - 1 / (2 * batch)) ** batch - 1) * b, b


def reached(setting: Mapping[str, float]) -> float:
    """E|grad f(x_T)|_1 in value/length, in float64; nothing is sampled."""
    import numpy as np

    eta, steps, batch = setting["eta"], int(setting["T"]), int(setting["B"])
    a, b = slopes(batch, setting["sigma"])
    width, chance = a + b, (1 - 1 / (2 * batch)) ** batch
    depth = eta * width * math.sqrt(steps / setting["rho"])
    bend = setting["delta"] * setting["L"] / width**2
    moves, walk = np.arange(steps + 1)[:, None], np.arange(-steps, steps + 1)[None, :]
    slope = np.clip(1 + bend * (eta * (b * walk - a * moves) + depth), 0.0, 1.0)
    law = np.zeros((steps + 1, 2 * steps + 1))
    law[0, steps] = 1.0
    for _ in range(steps):
        # A state that holds no mass may lie at the edge: nothing is rolled around it.
        drawn = chance * np.roll(law, 1, axis=1) + (1 - chance) * np.roll(law, -1, axis=1)
        still = np.roll(np.where(slope > 0, 0.0, law), 1, axis=1) * chance
        still += np.roll(np.where(slope > 0, 0.0, law), -1, axis=1) * (1 - chance)
        law = np.roll(drawn - still, 1, axis=0) + still
    curve = (1 - setting["delta"]) * setting["L"]
    return curve * eta / 2 + width * float((law * slope).sum())


def runs(stationarity: Any, total: Any, count: Any) -> tuple[Evaluation, ...]:
    """T2-skew at the last step that it is asked for; ``total`` is the sum of the sigma_i."""

    def at(setting: Mapping[str, float]) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            names = {L: "L", ETA: "eta", B: "B", DELTA_SHARE: "delta", RHO: "rho"}
            numbers: dict[Any, Any] = {atom: setting[name] for atom, name in names.items()}
            numbers |= {TAU: OFFSET, total: setting["sigma"], count: 1}
            return {**numbers, stationarity: reached(setting)}

        name = f"skewed slope, B = {setting['B']:g}, {setting['T']:g} steps, exact law"
        return Evaluation(name, {**setting, "tau": OFFSET}, values)

    return tuple(map(at, SETTINGS))
