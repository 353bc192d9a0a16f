"""Runs of SignSGD over many scales: upper bounds are tried on the hard instances, levels on T1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sympy as sp

from hardinstances.errors import InputError
from hardinstances.levels import LATTICE_TIGHT, SIGNSGD_TIGHT
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from proofs.samples.broken import base, nothing_moves, stuck
from proofs.samples.common import SCALES, TINY, Numbers, R, describe, stepsize
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.theory import Sample


def _named(values: Numbers) -> Numbers:
    """The same numbers for the plain symbols of a Level."""
    return {sp.Symbol(s.name): v for s, v in values.items() if isinstance(s, k.Sym)}


BREAKABLE = ("A2 mean", "A2 variance", "batch", "update")


@cache
def points() -> tuple[Numbers, ...]:
    """Parameters of SignSGD runs over many scales, with and without noise."""
    return tuple(_points())


def _points() -> Iterator[Numbers]:
    for smoothness in SCALES:
        for gap in SCALES:
            for factor in (R(1), R(1, 20), R(20)):
                steps = 10**12
                eta = stepsize(smoothness, gap, steps, factor)
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(steps)}
                base |= {DELTA_SHARE: TINY, RHO: TINY}
                yield {**base, B: R(1), "S": R(0)}
                for batch in (R(1), R(10) ** 12):
                    noise = smoothness * eta / 2 * stepsize(R(2), R(1), 1, R(1)) * sp.sqrt(batch)
                    yield {**base, B: batch, "S": 4 * noise}


def level_of(values: Numbers) -> Any:
    """Ball of the proved lower bound on SignSGD at these parameters."""
    plain = _named(values)
    if values["S"] == 0:
        return enclose(LATTICE_TIGHT.expr, plain)
    slack = {"S": values["S"], "n": R(1), "tau": values["S"] / 10**9}
    return enclose(SIGNSGD_TIGHT.expr, plain | {sp.Symbol(s): v for s, v in slack.items()})


def upper_samples(average: Any, noise: Any) -> list[Sample]:
    """Hard instances as members on which an upper bound on SignSGD is tried."""
    out = []
    for values in points():
        try:
            level = level_of(values)
        except InputError:
            continue
        atoms = {s: v for s, v in values.items() if isinstance(s, k.Sym)}
        atoms |= {average: level * int(values[T]), noise: values["S"]}
        kind = "signsgd-tight" if values["S"] else "lattice-tight"
        out.append(Sample(f"{kind} at {describe(atoms)}", atoms))
    one = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1)}
    zero = {average: R(0), noise: R(0)}
    out.append(Sample("f = 0", one | zero))
    far = one | {DELTA: R(1, 100), average: R(10), noise: R(0)}
    start = "f = x**2/2 from x = 10, one step"
    out += [Sample(start, far, breaks=name) for name in ("A0", "infimum")]
    curved = {L: R(1, 100), DELTA: R(1, 8), ETA: R(1), T: R(1000), B: R(1)}
    curved |= {average: R(500), noise: R(0)}
    out.append(Sample("f = x**2/2 from x = 1/2, eta = 1", curved, breaks="A1"))
    negative = one | {DELTA: R(1, 10**3), ETA: R(1, 10), average: R(0), noise: R(-1)}
    out.append(Sample("f = 0, sigma = -1", negative, breaks="sigma >= 0"))
    calm = base() | {noise: R(0)}
    out += stuck(BREAKABLE, calm, average, R(1, 2)) + nothing_moves(calm, average)
    return out + [_all_alike(sample) for sample in out if sample.values.get(noise, 0) > 0]


def _all_alike(sample: Sample) -> Sample:
    """A noisy run with a batch of one, as a batch of 10**12 calls that are all the same."""
    values = dict(sample.values)
    if values[B] != 1:
        return sample
    return Sample(f"{sample.name}, each call 10**12 times", values | {B: R(10) ** 12},
                  breaks="A2 independent")  # fmt: skip


def lower_samples(
    caps: dict[str, Any], noise: Any, kept: Any = None, n: Any = None
) -> list[Sample]:
    """Parameters at which a level is tried against what T1 and L0-gap prove from above."""
    out = []
    for values in (*points(), *_short_runs(), *_no_gap_left()):
        if kept is None and values["S"] != 0:
            continue
        if kept is not None and values["S"] == 0:
            continue
        atoms = {s: v for s, v in values.items() if isinstance(s, k.Sym)}
        atoms[noise] = values["S"]
        if kept is not None:
            atoms |= {kept: values["S"], n: R(1), TAU: values["S"] / 10**9}
        out.append(Sample(describe(atoms), atoms, caps))
    return out


def _short_runs() -> Iterator[Numbers]:
    """One or two steps, where the ramp has nearly all of the curvature."""
    for smoothness in SCALES:
        for gap in SCALES:
            for steps in (1, 2):
                eta = stepsize(smoothness, gap, steps, R(1))
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(steps), RHO: TINY, B: R(1)}
                for share in (1 - TINY, R(1, 2) - TINY):
                    for factor in (R(1), R(1, 1000)):
                        yield {**base, ETA: eta * factor, DELTA_SHARE: share, "S": R(0)}


def _no_gap_left() -> Iterator[Numbers]:
    """Stepsizes at which the wells alone use up the gap: L eta**2/8 = Delta, and beyond."""
    for smoothness in SCALES:
        for eta in SCALES:
            for factor in (R(1) + TINY, R(1, 10), R(10)):
                gap = smoothness * eta**2 / 8 * factor
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(10) ** 12, B: R(1), RHO: TINY}
                yield {**base, DELTA_SHARE: TINY / 1000, "S": R(0)}
            share = TINY / 10
            gap = smoothness * eta**2 / 8 * (1 - share) * (1 + TINY**4)
            base = {L: smoothness, DELTA: gap, ETA: eta, T: R(1), B: R(1), RHO: TINY}
            yield {**base, DELTA_SHARE: share, "S": R(0)}


def best_stepsize_samples(average: Any, noise: Any) -> list[Sample]:
    """The hard instances at eta = sqrt(2 Delta/(L T)), a ball around the root, for T1a."""
    out = []
    for sample in upper_samples(average, noise):
        if sample.breaks or not _at_best(sample.values):
            continue
        values = dict(sample.values)
        values[ETA] = enclose(sp.sqrt(2 * DELTA / (L * T)), values)
        if values[average] != 0:
            values[average] = level_of(values | {"S": values[noise]}) * int(values[T])
        out.append(Sample(sample.name, values))
    values = base() | {noise: R(0)}
    values[ETA] = enclose(sp.sqrt(2 * DELTA / (L * T)), values)
    return out + stuck(("A0", "infimum", "A1", *BREAKABLE), values, average, R(1, 2))


def _at_best(values: Mapping[Any, Any]) -> bool:
    ratio = values[ETA] ** 2 * values[L] * values[T] / (2 * values[DELTA])
    return bool(abs(ratio - 1) < R(1, 10**12))


def best_batch_samples(average: Any, noise: Any, calls: Any) -> list[Sample]:
    """The hard instances with sigma chosen so that a batch of one is best, for T1b."""
    out: list[Sample] = []
    for sample in best_stepsize_samples(average, noise):
        values = dict(sample.values)
        if sample.breaks or values[B] != 1 or values[noise] == 0:
            continue
        values |= {noise: enclose(sp.sqrt(2 * L * DELTA / T), values), calls: values[T]}
        if (
            not out
        ):  # the level bounds the average from below only, so this one refutes the converse
            out.append(Sample("f = 0", values | {average: R(0)}))
        level = level_of(values | {"S": values[noise]})
        out.append(Sample(sample.name, values | {average: level * int(values[T])}))
    values = base() | {calls: base()[T]}
    values[noise] = enclose(sp.sqrt(2 * L * DELTA / T), values)
    out += stuck(("A0", "infimum", "A1", *BREAKABLE), values, average, R(1, 2))
    once = base() | {T: R(1), average: R(1, 2), calls: R(10) ** 9}
    for name, more in (("N = T B", {B: R(1)}), ("best batch", {B: R(10) ** 9})):
        tiny = once | more
        tiny[noise] = enclose(sp.sqrt(2 * L * DELTA / R(10) ** 9), tiny)
        out.append(Sample("f = x**2/2 from 1/2, one step", tiny, breaks=name))
    return out


def budget_samples(average: Any, noise: Any, eps: Any) -> list[Sample]:
    """f = 0 and eps = 1, for T1c."""
    values = {average: R(0), noise: R(0), eps: R(1), T: R(8), B: R(1), L: R(1), DELTA: R(1)}
    still = base() | {noise: R(0), eps: R(1, 10)}
    out = [Sample("f = 0", values)]
    out += stuck(("A0", "infimum", "A1", *BREAKABLE), still, average, R(1, 2))
    once = still | {T: R(1), average: R(1, 2)}
    out.append(Sample("f = x**2/2 from 1/2, one step", once, breaks="enough steps"))
    out.append(Sample("f = 0, eps = -1", values | {eps: R(-1)}, breaks="eps > 0"))
    return out
