"""Members and runs on which T2-skew and the three lemmas on its instance are tried.

All numbers are exact: parameters, gradients of the instance at two points, outcomes of the noise.
"""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from proofs.samples.common import SCALES, TINY, Numbers, R
from signcheck.theory import Sample


def skew_smooth_samples(change: Any, length: Any, width: Any) -> list[Sample]:
    """The slope where it bends: all coordinates moved by r, those with w_i the same way."""
    out = []
    for smoothness in SCALES:
        for share in (R(1, 10), R(9, 10)):
            for steep in SCALES:
                for r in (R(1), TINY):
                    # Within the bend psi' changes by c W r, and every coordinate by w_i times that.
                    step = r * steep / (share * smoothness)
                    values: Numbers = {L: smoothness, DELTA_SHARE: share, width: steep}
                    values |= {change: smoothness * step, length: step}
                    where = f"L = {float(smoothness):g}, W = {float(steep):g}"
                    out.append(Sample(f"inside the bend, {where}", values))
    # Within the bend at L = 1, delta = 1/2, W = 1, all moves of size 1/10.
    one: Numbers = {L: R(1), DELTA_SHARE: R(1, 2), width: R(1), length: R(1, 10)}
    out.append(Sample("w = (-1, 2), moved by (-r, r)", {**one, change: R(1, 2)}, breaks="w >= 0"))
    out.append(Sample("one weight, w = 2", {**one, change: R(1, 4)}, breaks="sum of w"))
    far = {**one, change: R(21, 20)}
    out.append(Sample("oscillator of curvature 10", far, breaks="oscillator"))
    out.append(Sample("a slope of curvature 10", far, breaks="slopes"))
    return out


ABOVE = 1 + R(1, 10**20)
"""Room for the rounding of a hypothesis that would otherwise hold with equality."""


def skew_gap_samples(start: Any, far: Any, width: Any, depth: Any) -> list[Sample]:
    """Where psi' = 0 and the oscillator is at its minimum the whole gap is spent."""
    out = []
    for smoothness in SCALES:
        for share in (R(1, 10), R(9, 10)):
            for size in SCALES:
                values: Numbers = {L: smoothness, DELTA_SHARE: share, width: size, depth: size}
                values |= {ETA: size / smoothness}
                swing = (1 - share) * smoothness * values[ETA] ** 2 / 8
                gap = swing + size + size**2 / (2 * share * smoothness)
                values |= {DELTA: gap * ABOVE, start: gap, far: R(0)}
                where = f"L = {float(smoothness):g}, W = D = {float(size):g}"
                out.append(Sample(f"from the start to the minimum, {where}", values))
    spent = dict(out[0].values)
    lower = {**spent, DELTA: spent[DELTA] / 2}
    out.append(Sample("half of the gap is allowed", lower, breaks="gap"))
    above = {**spent, start: 2 * spent[DELTA]}
    out += [Sample(f"another {name}", above, breaks=name) for name in ("start", "value")]
    out.append(Sample("slopes started far out", above, breaks="start of the slopes"))
    return out


def _variance(u: Any, batch: Any) -> Any:
    return (u + TINY) ** 2 * (2 * batch - 1)


def skew_noise_samples(mean: Any, sigma: Any, other: Any, error: Any) -> list[Sample]:
    """The variance (u + tau)**2 (2 B - 1), all of it allowed, around u and around v."""
    out = []
    for u in (R(0), *SCALES):
        for batch in (R(1), R(2), R(64)):
            for v in (u, u + 1, u - 10**6):
                spread = _variance(u, batch)
                values: Numbers = {mean: u, TAU: TINY, B: batch, other: v}
                values |= {error: spread + (u - v) ** 2, sigma: sp.sqrt(spread) * ABOVE}
                out.append(Sample(f"u = {float(u):g}, v = {float(v):g}, B = {batch}", values))
    loud: Numbers = {mean: R(1), TAU: TINY, B: R(4), sigma: R(1), other: R(1)}
    loud[error] = _variance(R(1), R(4))
    out.append(Sample("sigma = 1 at u = 1, B = 4", loud, breaks="masked"))
    out.append(Sample("another law", {**loud, mean: R(1, 4)}, breaks="law of a call"))
    return out


def skew_samples(stationarity: Any, hidden: Any, count: Any, total: Any) -> list[Sample]:
    """Runs at T = 1 and B = 1 of the sure member: every slope at its start, nothing has moved.

    ``hidden`` is the sum of the sigma_i. E|grad f(x_1)|_1 is at most what it was at x_0.
    """
    out = []
    for smoothness in SCALES:
        for size in SCALES:
            values: Numbers = {L: smoothness, ETA: size / smoothness, T: R(1), B: R(1)}
            values |= {DELTA_SHARE: TINY, RHO: TINY, TAU: TINY * size, count: R(1)}
            slope = size - TINY * size
            values |= {hidden: size, total: slope}
            # At B = 1 the noise is a fair coin and a = 0: W = b.
            values[stationarity] = (1 - TINY) * size / 2 + slope
            where = f"L = {float(smoothness):g}, sigma = {float(size):g}"
            out.append(Sample(f"one step, {where}", values))
    return out
