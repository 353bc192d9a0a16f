"""Laws and runs of Muon, on singular values: at scale c the output is c times the polar factor."""

from __future__ import annotations

from typing import Any

from proofs.assumptions import ETA
from proofs.samples.broken import base, stuck
from proofs.samples.common import SCALES, TINY, R
from proofs.samples.first_order import momentum_samples
from proofs.samples.signsgd import upper_samples
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample


def noise_samples(alpha: Any, gamma: Any, norm: Any, through: Any, trace: Any) -> list[Sample]:
    """One singular value that is -0.001 or 2.001 with probability 1/2, for L1-matrix."""
    atoms = (alpha, gamma, norm, through, trace)

    def at(name: str, *numbers: Any, breaks: str = "") -> Sample:
        return Sample(name, dict(zip(atoms, map(R, numbers), strict=True)), breaks=breaks)

    out = [
        at(f"G = {s} * (-0.001 or 2.001), output times {c}", c, c, s, 0, (1 + TINY) * s)
        for s in SCALES
        for c in SCALES
    ]
    # A second singular value without noise: a part of <M, E O> that costs nothing.
    out.append(at("G = diag(-0.001 or 2.001, 1000)", 1, 1, 1001, 1000, 1 + TINY))
    out.append(at("G = 0", 1, 1, 0, 0, 1))
    out.append(at("G = 1, output 2 for alpha = 1", 1, 2, 1, 2, 0))
    out.append(at("tr S = -1", 1, 1, 0, 0, -1, breaks="S >= 0"))
    out.append(at("G = -0.001", 1, 1, 1, -1, R(1, 10), breaks="mean"))
    out.append(at("G = -1 or 3 w.p. 1/2", 1, 1, 1, 0, R(1, 2), breaks="second moment"))
    out.append(at("output -5 or 1", 1, 1, 1, -2, 1 + TINY, breaks="|O|_op <= gamma"))
    out.append(at("output -1 at G = 1", 1, 1, 1, -1, 0, breaks="alignment"))
    return out


def pointwise_samples(alpha: Any, gamma: Any, norm: Any, pairing: Any, error: Any) -> list[Sample]:
    """One singular value of M, and G on the other side of zero."""
    atoms = (alpha, gamma, norm, pairing, error)

    def at(name: str, *numbers: Any, breaks: str = "") -> Sample:
        return Sample(name, dict(zip(atoms, map(R, numbers), strict=True)), breaks=breaks)

    out = [
        at(f"M = {s}, G = {-TINY * s}, output times {c}", c, c, s, -c * s, (1 + TINY) * s)
        for s in SCALES
        for c in SCALES
    ]
    # For alpha < gamma the output may exceed what alignment asks for once G has passed zero.
    out += [
        at(f"M = 1, G = {-TINY}, output -{c} for alpha = 1", 1, c, 1, -c, 1 + TINY)
        for c in (10, 100)
    ]
    out.append(at("M = 0, G = 1", 1, 1, 0, 0, 1))
    out.append(at("output -5", 1, 1, 1, -5, 1 + TINY, breaks="|O|_op <= gamma"))
    out.append(at("M = G = 1, output -1", 1, 1, 1, -1, 0, breaks="alignment"))
    return out


def _breaks(sample: Sample) -> str:
    """The hypothesis of the same meaning for matrices."""
    return sample.breaks.replace("A2 variance", "A2 second moment")


OUTPUTS = {
    "alignment": "f = x**2/2 from 1/2, output 0",
    "|O|_op <= gamma": "f = x**2/2 from 1/2, output 100 sign(m): x flips its sign",
}
"""Outputs of which one hypothesis fails, on runs where |f'| = 1/2 at every step."""


def _scaled(samples: list[Sample], alpha: Any, gamma: Any) -> list[Sample]:
    """Runs of sign steps on singular values as c times the polar factor with stepsize eta/c."""
    out = []
    for sample in samples:
        for c in (R(1), R(1, 100), R(100)) if not sample.breaks else (R(1),):
            values = {**sample.values, alpha: c, gamma: c}
            values[ETA] = values[ETA] / c
            out.append(
                Sample(f"{sample.name}, output times {c}", values, sample.caps, _breaks(sample))
            )
    return out


def muon_samples(average: Any, noise: Any, alpha: Any, gamma: Any) -> list[Sample]:
    """SignSGD on singular values: c times the polar factor with stepsize eta/c, for T5."""
    still = {**base(), noise: R(0), alpha: R(1), gamma: R(1)}
    broken = stuck(OUTPUTS, still, average, R(1, 2), OUTPUTS)
    return _scaled(upper_samples(average, noise), alpha, gamma) + broken


def muon_momentum_samples(
    average: Any, noise: Any, beta: Any, alpha: Any, gamma: Any
) -> list[Sample]:
    """Signum on singular values, for T5m; at beta = 1/10 the average follows the flips."""
    still = {**base(), noise: R(0), beta: R(1, 10), alpha: R(1), gamma: R(1)}
    broken = stuck(OUTPUTS, still, average, R(1, 2), OUTPUTS)
    return _scaled(momentum_samples(average, noise, beta), alpha, gamma) + broken


def for_matrices(samples: list[Sample]) -> list[Sample]:
    """The same members, the broken hypothesis by its name for matrices."""
    return [Sample(s.name, s.values, s.caps, _breaks(s)) for s in samples]


def polar_momentum_samples(average: Any, noise: Any, beta: Any) -> list[Sample]:
    """Signum on singular values, for T5m with the exact polar factor."""
    return for_matrices(momentum_samples(average, noise, beta))


def polar_samples(average: Any, noise: Any) -> list[Sample]:
    """SignSGD on singular values, for T5 with the exact polar factor."""
    return for_matrices(upper_samples(average, noise))


def on_singular_values(samples: list[Sample], rank: Any, caps: dict[str, Any]) -> list[Sample]:
    """Runs on coordinates as runs on as many singular values, for T7."""
    out = []
    for sample in samples:
        values = dict(sample.values)
        if DIM in values:
            values[rank] = values.pop(DIM)
        out.append(Sample(sample.name, values, caps, sample.breaks))
    return out
