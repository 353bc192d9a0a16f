"""Parameters at which the rates are tried: runs that meet a level exactly, or nearly."""

from __future__ import annotations

from typing import Any

import sympy as sp

from hardinstances.levels_sgd import SGD_NOISE_FLOOR, SGD_RAMPS
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T, lifted
from proofs.lower.sgd_instance import COORDINATES, LOW, POWER_ROOT, TOP, N
from proofs.samples.common import SCALES, R, describe
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample


def calls_samples(noise: Any, eps: Any) -> list[Sample]:
    """T and B at the largest values that rounding allows."""
    out = []
    for scale in SCALES:
        for small in (R(1, 100), R(1)):
            values = {L: scale, DELTA: R(1), noise: R(2), eps: small}
            values |= {T: 8 * scale / small**2 + 1, B: 16 / small**2 + 1}
            out.append(Sample(describe(values), values))
    zero = {L: R(1), DELTA: R(1), noise: R(0), eps: R(1), T: R(1), B: R(1)}
    return [*out, Sample("one step, no noise", zero)]


def floor_rate_samples(eps: Any) -> list[Sample]:
    """Runs whose level is eps, at the stepsize and batch where slopes and floor are equal."""
    out = []
    for small in (R(1, 1000), R(1, 10**5)):
        for share in (R(1, 100), R(1, 4)):
            base = {L: R(1), DELTA: R(1), DELTA_SHARE: share, POWER_ROOT: R(1), TOP: R(1)}
            base |= {LOW: R(1), N: R(1), DIM: R(2), B: R(1)}
            eta = R(str(sp.N(sp.pi * small**2 / (4 * (1 - share)), 30)))
            steps = sp.ceiling(4 / (small**2 * eta))
            values = {**base, ETA: eta, T: steps}
            level = enclose(lifted(SGD_NOISE_FLOOR.expr, **COORDINATES.symbols), values)
            out.append(Sample(describe(values), {**values, eps: above(level)}))
    return out


def ramps_rate_samples(eps: Any) -> list[Sample]:
    """Runs whose level is eps, at the largest stepsize: the rate is met up to rounding."""
    out = []
    for scale in SCALES:
        for d in (R(1), R(5)):
            for steps in (1, 1000):
                values = {L: scale, DELTA: R(1), ETA: 2 / scale, T: R(steps), DIM: d}
                level = enclose(lifted(SGD_RAMPS.expr, d=DIM), values)
                out.append(Sample(describe(values), {**values, eps: above(level)}))
    return out


def above(level: Any) -> Any:
    """A rational just above a ball."""
    top = level.upper().fmpq()
    return R(int(top.p), int(top.q)) * (1 + R(1, 10**20))


def squares_samples(total: Any, power: Any, eps: Any) -> list[Sample]:
    """f = 0, and quadratics that stay above eps for one step, for T3u-rate."""
    values = {L: R(1), DELTA: R(1), power: R(1), DIM: R(1), eps: R(1, 2), total: R(0)}
    values[T] = R(1000)
    return [Sample("f = 0", values)]
