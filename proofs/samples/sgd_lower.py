"""Parameters of SGD runs at which the levels of T3 are tried against L0-gap and T3u.

At T = 1 with nearly all of the curvature on the ramps the slopes are as steep as a gap allows; over
many steps in many coordinates without noise they are as steep as T3u allows. The noise floor of T3
is not tight, so nothing here refutes its constant; its powers are tried far out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.samples.common import FAR, SCALES, TINY, Numbers, R, describe
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample

START = {"L0-gap": sp.sqrt(2 * L * DELTA)}


def _points() -> Iterator[Numbers]:
    for smoothness in SCALES:
        for gap in SCALES:
            base = {L: smoothness, DELTA: gap, B: R(1)}
            for steps, share in ((1, 1 - TINY), (1, 1 - TINY / 100), (1000, TINY), (1000, R(1, 2))):
                for pace in (R(1, 10), R(1)):
                    yield {**base, T: R(steps), DELTA_SHARE: share, ETA: pace / smoothness}


def _many_coordinates() -> Numbers:
    """A long run whose ramps share the gap among a million coordinates."""
    small = {L: R(1), DELTA: R(1), B: R(1), ETA: TINY}
    return {**small, T: R(10) ** 15, DELTA_SHARE: R(1, 2), DIM: R(10) ** 6}


def _far_out() -> Iterator[Numbers]:
    """A thousand steps with as much noise as signal, at the ends of all scales."""
    for smoothness in map(sp.sqrt, FAR):
        for gap in map(sp.sqrt, FAR):
            for batch in (R(1), FAR[0]):
                rest = {T: R(1000), DELTA_SHARE: R(1, 2), ETA: 1 / smoothness, DIM: R(3)}
                yield {L: smoothness, DELTA: gap, B: batch, **rest}


def _caps() -> tuple[dict[str, Any], Any]:
    """What no member exceeds (T3u for eta < 2/L), and the atom |sigma|_2**2 of T3u."""
    from proofs.upper.sgd import MEAN_SQUARE, POWER

    return {**START, "T3u": sp.sqrt(DIM * MEAN_SQUARE)}, POWER


def sgd_level_samples(root: Any, top: Any, low: Any, k: Any, atoms: dict[Any, Any]) -> list[Sample]:
    """One noisy coordinate; ``atoms`` are sums over K as terms without an index."""
    out = []
    runs = [({**v, DIM: R(3)}, n) for v in _points() for n in (TINY**2, R(1, 2))]
    runs += [(_many_coordinates(), TINY**6), *((v, sp.sqrt(v[B]) / 2) for v in _far_out())]
    caps, power = _caps()
    for values, noise in runs:
        size = noise * sp.sqrt(values[L] * values[DELTA])
        point = {**values, root: size, top: R(1), low: R(1), k: R(1)}
        sums = {atom: term.xreplace(point) for atom, term in atoms.items()}
        known = {**point, **_balls(sums), power: size**2}
        out.append(Sample(describe(point), known, caps))
    return out


def _balls(sums: dict[Any, Any]) -> dict[Any, Any]:
    from signcheck.intervals import enclose

    return {atom: enclose(term, {}) for atom, term in sums.items()}


def quiet_level_samples() -> list[Sample]:
    """Runs without noise, in one, in three and in a million coordinates."""
    runs = [{**v, DIM: d} for v in _points() for d in (R(1), R(3))]
    runs += [_many_coordinates(), *_far_out()]
    caps, power = _caps()
    return [Sample(describe(v), {**v, power: R(0)}, caps) for v in runs]


def unstable_samples() -> list[Sample]:
    """Stepsizes from 2/L on; and one below, where SGD improves."""
    out = []
    for values in _points():
        for pace in (R(2), R(20)):
            point = {**values, ETA: pace / values[L]}
            out.append(Sample(describe(point), point, START))
    return out
