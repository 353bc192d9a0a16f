"""Numbers at which the separation theorems are tried: shapes of sigma."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.assumptions import DELTA, L, T
from proofs.samples.common import R
from proofs.samples.rates import floor_rate_samples, ramps_rate_samples
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample


def ratio_samples(eps: Any, noise: Any, steps: Any, batch: Any) -> list[Sample]:
    """Runs of SGD at its level beside SignSGD with as many calls as rounding allows."""
    out = []
    for sample in floor_rate_samples(eps):
        values = dict(sample.values)
        small = values[eps]
        values[noise] = R(1)
        values[steps] = sp.floor(8 * values[L] * values[DELTA] / small**2 + 1)
        values[batch] = sp.floor(4 / small**2 + 1)
        out.append(Sample(sample.name, values))
    return out


def quiet_ratio_samples(eps: Any, steps: Any) -> list[Sample]:
    """The same without noise."""
    out = []
    for sample in ramps_rate_samples(eps):
        values = dict(sample.values)
        values[steps] = sp.floor(2 * values[L] * values[DELTA] / values[eps] ** 2 + 1)
        if values[T] > 1:
            out.append(Sample(sample.name, values))
    return out


def single_samples() -> list[Sample]:
    """One noisy coordinate of eight, the fewest that separate, and of many."""
    return [Sample(f"1 of {d}", {DIM: R(d)}) for d in (8, 9, 1000)]


def equal_samples(count: Any) -> list[Sample]:
    """As many equal coordinates as the theorem allows, but for one in ten million."""
    pairs = ((1, 8), (1373000, 10000001), (1, 1000))
    return [Sample(f"{n} of {d}", {DIM: R(d), count: R(n)}) for n, d in pairs]


def ordered_samples(count: Any, level: Any, top: Any, power: Any, norm: Any) -> list[Sample]:
    """Constant vectors, where the order says least, and unit vectors; k around the middle."""
    out = []
    for d, n in ((2, 1), (100, 50), (3, 1), (101, 50), (101, 51)):
        base = {DIM: R(d), count: R(n), level: R(1), top: R(n), power: R(d), norm: R(d)}
        out.append(Sample(f"ones, {n} of {d}", base))
        sparse = {**base, level: R(0), top: R(1), power: R(1), norm: R(1)}
        out.append(Sample(f"a unit vector, {n} of {d}", sparse))
    return out
