"""(c) Calls to reach eps against the noise density phi at |sigma|_2 = 1: the price of spreading.

k equal noisy coordinates of d have phi = k/d and |sigma|_1^2 = d phi: SignSGD pays in proportion to
phi (T2 on its own instance, T1 from above), SGD in proportion to d - k, which hardly moves (T3).
"""

from __future__ import annotations

import math

from signcheck.rates.experiments.common import equal_noise, matched_batch, sgd_point, tight_cell
from signcheck.rates.plan import Cell, Curve, Part, Point
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size

EPS, SIGN_EPS = 0.3, 0.1
"""For SGD, and for SignSGD, whose batches are then large enough for kappa_B to stand still."""

DIMENSION = {"quick": 512, "full": 1024}
COUNTS = {"quick": (1, 2, 4, 8), "full": (1, 2, 4, 8, 16, 32)}
OWN_STEPS = (480, 660)


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    d = DIMENSION[size.name]
    cells: list[Cell] = []
    sgd, sign = [], []
    for k in COUNTS[size.name]:
        phi = k / d
        point, pair = sgd_point(f"c/sgd/k={k}", size, bounds, d=d, k=k, eps=EPS, x=phi)
        total = math.sqrt(k)
        runs = [
            tight_cell(
                f"c/signsgd/k={k}/T={steps}", bounds, steps=steps,
                batch=matched_batch(steps, total),
                sigma=((0.0, d - k), *equal_noise(k, total)[1:]), seeds=max(8192 // k, 2048),
            )
            for steps in OWN_STEPS
        ]  # fmt: skip
        sgd.append(point)
        sign.append(Point(phi, tuple(cell.name for cell in runs), SIGN_EPS))
        cells += [*pair, *runs]
    texts = ("density phi", "oracle calls to reach eps")
    curves = (
        Curve("SignSGD", *texts, tuple(sign), "T2", 1.0),
        Curve("SGD", *texts, tuple(sgd), "T3", 0.0),
    )
    checks = [bounds.check(cell, "T1", "upper") for cell in cells if "T1" in cell.predicted]
    return Part("c", "Calls against the noise density", tuple(cells), curves, tuple(checks))
