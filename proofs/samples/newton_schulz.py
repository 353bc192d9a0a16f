"""Spectra at which T10 is tried: few values where q is low, one large and many small, broken steps.

A spectrum is a list of (singular value, how often); a step maps s/F to a singular value of O. All
sums are balls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import sympy as sp

from proofs.assumptions import T
from proofs.lemmas.minorant import FROBENIUS, LEVEL, NUCLEAR, PAIRING, ROOTS, SLOPE, SQUARES, C, E
from proofs.lemmas.minorant import R as RANK
from proofs.samples.broken import base, stuck
from proofs.samples.common import FAR, R
from proofs.samples.matrix import for_matrices
from signcheck.intervals import enclose
from signcheck.intervals.newton_schulz import REFERENCE, Minorant, value_and_slope
from signcheck.theory import Sample

Numbers = dict[Any, Any]
Spectrum = Sequence[tuple[Any, int]]
Step = Callable[[Any], Any]

RANKS = (1, 2, 16, 128, 4096)
MINORANTS = ((R(3409, 5000), R(450)), (R(1, 2), R(1)), (R(1), R(1)), (R(1, 1000), R(1, 2)))
ONE = ((R(1), 1),)
LOWEST = tuple((R(s), n) for s, n in (("0.9011", 1), ("0.2611", 2), ("0.2111", 1), ("0.083", 1)))
"""Close to a norm of 1, every value near a minimum of q, where it is 0.6818 to 0.69."""
HIGHEST = ((R(1), 1), (R(411, 10**5), 1))
"""The second value lies where q is largest."""


def matrix(spectrum: Spectrum, step: Step, norm: Any = None) -> Numbers:
    """The atoms of a statement; ``norm`` stands in the place of the Frobenius norm."""
    squares = sum(s**2 * n for s, n in spectrum)
    length = enclose(sp.sqrt(squares) if norm is None else norm, {})
    aligned = [enclose(s * n, {}) * step(enclose(s, {}) / length) for s, n in spectrum]
    return {
        RANK: R(sum(n for _, n in spectrum)),
        FROBENIUS: length,
        SQUARES: enclose(squares, {}),
        NUCLEAR: enclose(sum(s * n for s, n in spectrum), {}),
        PAIRING: sum(aligned, enclose(R(0), {})),
    }


def touching(rank: int, level: Any, slope: Any) -> Spectrum:
    """One large singular value, the others where the tangent touches, or all of them equal."""
    at = {RANK: R(rank), LEVEL: level, SLOPE: slope}
    z = sp.N((ROOTS[C] / ROOTS[E]).xreplace(at), 15)
    if rank == 1 or rank * z**2 >= 1:
        return ((R(1), rank),)
    return ((R(1), 1), (R(str(sp.N(z / sp.sqrt(1 - (rank - 1) * z**2), 12))), rank - 1))


def q(s: Any) -> Any:
    """The reference schedule at a ball."""
    return value_and_slope(REFERENCE, s)[0]


# ---------------------------------------------------------------- steps that a minorant bounds


def _least(level: Any, slope: Any, z: Any) -> Any:
    """min(level, slope z) of balls."""
    return level.min(slope * z)


def minorant_samples() -> list[Sample]:
    """Steps o = min(level, slope s/F) for T10-minorant, and members that break a hypothesis."""
    out = []
    for level, slope in MINORANTS:
        least = partial(_least, enclose(level, {}), enclose(slope, {}))
        for rank in RANKS:
            values = matrix(touching(rank, level, slope), least)
            name = f"rank {rank}, o = min({level}, {slope} s/F)"
            out.append(Sample(name, {**values, LEVEL: level, SLOPE: slope}))
    numbers, minus = {LEVEL: R(1, 2), SLOPE: R(1)}, ((R(-1), 1),)
    broken: dict[str, tuple[str, Spectrum, Step, Any]] = {
        "F >= 0": ("s = -1, F = -1, z = 1, o = 100", minus, lambda _: 100, R(-1)),
        "z >= 0": ("s = -1, F = 1, z = -1, o = 100", minus, lambda _: 100, None),
        "Frobenius norm": ("s = 1, F = 1000, o = z = 1/1000", ONE, lambda z: z, R(1000)),
        "normalised": ("s = 1, F = 1, o = z = 1/1000", ONE, lambda z: z / 1000, None),
        "minorant": ("s = 1, o = 0", ONE, lambda _: 0, None),
    }
    for dropped, (name, spectrum, step, norm) in broken.items():
        values = matrix(spectrum, step, norm)
        out.append(Sample(name, {**values, **numbers}, breaks=dropped))
    return out


# ---------------------------------------------------------------- the reference schedule


def step_samples(minorant: Minorant) -> list[Sample]:
    """The reference schedule itself for T10, and members that break a hypothesis."""
    level, slope = (R(x.numerator, x.denominator) for x in (minorant.level, minorant.slope))
    out = [Sample("five values where q is low", matrix(LOWEST, q))]
    for rank in RANKS:
        values = matrix(touching(rank, level, slope), q)
        out.append(Sample(f"rank {rank}, one large and equal small values", values))
    out += [Sample(f"one singular value {float(s):g}", matrix(((s, 1),), q)) for s in FAR]
    broken: dict[str, tuple[str, Step, Any]] = {
        "F > 0": ("s = 1, F = -1", q, R(-1)),
        "Frobenius norm": ("s = 1, F = 1000", q, R(1000)),
        "normalised": ("s = 1, x(0) = 0", lambda _: q(enclose(R(0), {})), None),
        "steps": ("s = 1, x(5) = 0", lambda _: 0, None),
        "output": ("s = 1, o = 0", lambda _: 0, None),
    }
    for dropped, (name, step, norm) in broken.items():
        out.append(Sample(name, matrix(ONE, step, norm), breaks=dropped))
    return out


def range_samples(size: Any) -> list[Sample]:
    """The largest value of the reference schedule for T10-range, and broken members."""
    out = []
    for spectrum in (ONE, LOWEST, HIGHEST):
        values = matrix(spectrum, q)
        values[size] = abs(q(enclose(spectrum[-1][0], {}) / values[FROBENIUS]))
        out.append(Sample(f"s = {', '.join(str(float(s)) for s, _ in spectrum)}", values))
    two = enclose(R(2), {})
    broken = {
        "Frobenius norm": ("s = 2, F = 1", matrix(((R(2), 1),), q, R(1)) | {size: q(two)}),
        "normalised": ("s = 1, x(0) = 2", matrix(ONE, q) | {size: q(two)}),
        "steps": ("s = 1, x(5) = 2", matrix(ONE, q) | {size: two}),
        "output": ("s = 1, o = 2", matrix(ONE, q) | {size: two}),
        "j >= 0": ("s = 1, o(-1) = 2", matrix(ONE, q) | {size: two}),
        "j < r": ("s = 1, o(1) = 2", matrix(ONE, q) | {size: two}),
    }
    return out + [Sample(name, values, breaks=n) for n, (name, values) in broken.items()]


# ---------------------------------------------------------------- Muon with such steps

STILL = ("A0", "infimum", "A2 mean", "A2 variance", "batch", "update")
"""What ``broken.ALIKE`` breaks with runs that move by at most eta in each step."""
NO_STEP = {
    "|G|_*": "s = z = 0 and O = 0",
    "<G, O>": "O = 0 with o = 1",
    "normalised": "z = 0 and O = 0",
    "minorant": "O = 0",
}


def muon_samples(total: Any, noise: Any, gamma: Any) -> list[Sample]:
    """f = 0, and 1 x 1 matrices on which a broken method stays at |f'| = 1/2."""
    out = []
    numbers = {**base(), LEVEL: R(1, 2), SLOPE: R(1), gamma: R(1)}
    for rank in (1, 4096):
        for spread in (R(0), R(1)):
            values = {**numbers, total: R(0), noise: spread, RANK: R(rank)}
            out.append(Sample(f"f = 0, r = {rank}, |Sigma|_* = {spread}", values))
    values = {**numbers, noise: R(0), RANK: R(1)}
    out += for_matrices(stuck(STILL, values, total, R(1, 2)))
    stays = {**values, total: values[T] / 2}
    out += [
        Sample(f"f = x**2/2 from 1/2, {why}", stays, breaks=name) for name, why in NO_STEP.items()
    ]
    return out
