"""Parameters of SGD runs at which the levels of T3 are tried against L0-gap.

At T = 1 with nearly all of the curvature on the ramps the slopes are as steep as a gap allows. The
noise floor of T3 is not tight, so nothing here refutes its constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sympy as sp

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.samples.common import SCALES, TINY, Numbers, R, describe
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


def sgd_level_samples(root: Any, top: Any, low: Any, k: Any, atoms: dict[Any, Any]) -> list[Sample]:
    """One noisy coordinate of three; ``atoms`` are sums over K as terms without an index."""
    out = []
    for values in _points():
        for noise in (TINY**2, R(1, 2)):
            size = noise * sp.sqrt(values[L] * values[DELTA])
            point = {**values, root: size, top: R(1), low: R(1), k: R(1), DIM: R(3)}
            sums = {atom: term.xreplace(point) for atom, term in atoms.items()}
            out.append(Sample(describe(point), {**point, **_balls(sums)}, START))
    return out


def _balls(sums: dict[Any, Any]) -> dict[Any, Any]:
    from signcheck.intervals import enclose

    return {atom: enclose(term, {}) for atom, term in sums.items()}


def quiet_level_samples() -> list[Sample]:
    """Runs without noise, in one and in three coordinates."""
    return [
        Sample(describe({**v, DIM: d}), {**v, DIM: d}, START)
        for v in _points()
        for d in (R(1), R(3))
    ]


def unstable_samples() -> list[Sample]:
    """Stepsizes from 2/L on; and one below, where SGD improves."""
    out = []
    for values in _points():
        for pace in (R(2), R(20)):
            point = {**values, ETA: pace / values[L]}
            out.append(Sample(describe(point), point, START))
    return out
