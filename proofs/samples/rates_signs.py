"""Parameters at which the rates of sign methods are tried: runs that meet a level, or nearly."""

from __future__ import annotations

from typing import Any

import sympy as sp

from hardinstances.levels import LATTICE_TIGHT, SIGNSGD_FOREVER
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T, lifted
from proofs.samples.common import R, describe
from proofs.samples.rates import above
from signcheck.intervals import enclose
from signcheck.theory import Sample


def kappa_samples() -> list[Sample]:
    """Batches; ln 2 is met in the limit."""
    return [Sample(f"B = {batch}", {B: R(batch)}) for batch in (1, 2, 10**12)]


def lattice_rate_samples(eps: Any) -> list[Sample]:
    """Noiseless runs at the stepsize where slope and swing are equal."""
    out = []
    for steps in (1, 10**6, 10**10):
        for share in (R(1, 100), R(1, 2)):
            eta = R(str(sp.N(sp.sqrt(R(2) / steps), 30)))
            values = {L: R(1), DELTA: R(1), ETA: eta, T: R(steps), DELTA_SHARE: share}
            level = enclose(lifted(LATTICE_TIGHT.expr), values)
            out.append(Sample(describe(values), {**values, eps: above(level)}))
    return out


def cycle_rate_samples(eps: Any, total: Any, count: Any, theta: Any) -> list[Sample]:
    """Noisy runs of SignSGD with a large batch, where all three parts matter."""
    out = []
    for steps in (10**10, 10**14):
        for share in (R(1, 100), R(1, 10)):
            eta = R(str(sp.N(sp.sqrt(R(2) / steps), 30)))
            values = {L: R(1), DELTA: R(1), ETA: eta, T: R(steps), DELTA_SHARE: share, RHO: share}
            values |= {B: R(10) ** 12, total: 2 * eta * 10**6, count: R(1), theta: R(1, 1000)}
            values[TAU] = eta / 10**6
            term = lifted(SIGNSGD_FOREVER.expr, S=total, n=count)
            out.append(Sample(describe(values), {**values, eps: above(enclose(term, values))}))
    return out
