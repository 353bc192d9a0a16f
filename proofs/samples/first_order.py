"""Quadratics under SGD and wells under Signum: members on which T3u and T1m are tried."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from proofs.assumptions import DELTA, ETA, B, L, T
from proofs.samples.broken import UNDER_SGD, nothing_moves, stuck
from proofs.samples.broken import base as plain
from proofs.samples.common import SCALES, Numbers, R, describe
from proofs.samples.signsgd import level_of, points
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample

BREAKABLE = ("A0", "infimum", "A1", "A2 mean", "A2 variance", "batch", "update")


def _quadratic_runs() -> Iterator[tuple[str, Numbers]]:
    """SGD on f = L x**2/2 without noise, one step from x = 1: everything is exact."""
    for curve in SCALES:
        for step in (R(1, 10**6), R(1), R(2) - R(1, 10**6)):
            gap = curve / 2
            values = {L: curve, DELTA: gap, ETA: step / curve, T: R(1), B: R(1)}
            yield f"f = {curve} x**2/2 from 1, eta L = {step}", values


def sgd_samples(total: Any, power: Any) -> list[Sample]:
    """Quadratics for the l2 form of T3u, without noise and with Gaussian noise in the long run."""
    out = [Sample(name, {**v, total: v[L] ** 2, power: R(0)}) for name, v in _quadratic_runs()]
    steps = 10**12
    for curve in SCALES:
        for noise in SCALES:
            step = R(1, 100) / curve
            # Stationary second moment of x under Gaussian noise of variance s**2 on L x**2/2.
            moment = step * noise / (curve * (2 - step * curve))
            values = {L: curve, DELTA: curve * moment / 2, ETA: step, T: R(steps), B: R(1)}
            values |= {total: steps * curve**2 * moment, power: noise}
            out.append(Sample(f"stationary f = {curve} x**2/2, variance {noise}", values))
    zero = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1), total: R(0), power: R(0)}
    still = plain() | {power: R(0)}
    out += stuck(BREAKABLE, still, total, R(1, 4), UNDER_SGD) + nothing_moves(still, total)
    out.append(Sample("f = 0, L eta = 3", zero | {ETA: R(3)}, breaks="L eta < 2"))
    alike = next(s for s in out if s.values[power] == 1)
    text = f"{alike.name}, each call 10**12 times"
    out.append(Sample(text, {**alike.values, B: R(10) ** 12}, breaks="A2 independent"))
    return [*out, Sample("f = 0", zero)]


def sgd_l1_samples(total: Any, power: Any) -> list[Sample]:
    """The same quadratics in d equal coordinates, for T3u."""
    out = []
    for name, v in _quadratic_runs():
        for d in (1, 100):
            # d equal coordinates share L and the gap: |grad|_1 at the start is L.
            values = {**v, DELTA: v[L] / 2, total: v[L], power: R(0), DIM: R(d)}
            out.append(Sample(f"{name} in {d} coordinates", values))
    zero = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1), total: R(0), power: R(0)}
    still = plain() | {power: R(0), DIM: R(1)}
    out += stuck(BREAKABLE, still, total, R(1, 2), UNDER_SGD)
    return [*out, Sample("f = 0", {**zero, DIM: R(1)})]


def momentum_samples(average: Any, noise: Any, beta: Any) -> list[Sample]:
    """f = 0, wells and ramps under Signum, for T1m: exact, but tight at small beta only."""
    base = {L: R(1), DELTA: R(1), ETA: R(1, 100), T: R(10**4), B: R(1), noise: R(1)}
    out = [Sample("f = 0", {**base, average: R(0), beta: R(1, 2)})]
    for share in (R(1, 10), R(9, 10)):
        for scale in SCALES:
            # Delta covers the gap of the wells, L eta**2/8.
            values = {**base, L: scale, DELTA: scale, noise: scale, beta: share}
            values[average] = scale * values[ETA] / 2 * int(values[T])
            out.append(Sample(f"wells under Signum, L = {scale}, beta = {share}", values))
    out += _long_ramps(average, noise, beta)
    far = {**base, DELTA: R(1, 100), T: R(1), ETA: R(1), noise: R(0), beta: R(1, 10)}
    for name in ("A0", "infimum"):
        values = {**far, average: R(10)}
        out.append(Sample("f = x**2/2 from x = 10, one step", values, breaks=name))
    still = {**plain(), noise: R(0), beta: R(1, 10)}
    names = ("A1", "A2 mean", "A2 variance", "batch", "update", "momentum starts")
    return out + stuck(names, still, average, R(1, 2))


def _long_ramps(average: Any, noise: Any, beta: Any) -> list[Sample]:
    """The level of T2c, which holds for Signum, at a momentum that costs T1m nothing."""
    out = []
    for values in points():
        if values["S"] == 0:
            known = {s: v for s, v in values.items() if s != "S"}
            known |= {noise: R(0), beta: R(1, 10**12), average: level_of(values) * int(values[T])}
            out.append(Sample(f"lattice-tight at {describe(known)} under Signum", known))
    return out
