"""The exact law of an SGD coordinate: a quadratic under Gaussian noise stays Gaussian.

On f = (l/2) x^2 a step is x <- (1 - eta l) x - eta s Z with s = sigma/sqrt(B), so x_t is normal;
its mean and variance follow a recursion and E|l x_t| is the mean of a folded normal law. A
coordinate without noise moves surely, whatever its profile.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError
from hardinstances.noise import GaussianNoise

if TYPE_CHECKING:
    from hardinstances.blocks import Block

Floats: TypeAlias = NDArray[np.float64]

_EPS = float(np.finfo(np.float64).eps)


def folded_mean(mean: Floats, deviation: Floats) -> Floats:
    """E|N(mean, deviation^2)|, entry by entry; exact limits where the deviation is 0."""
    from scipy.special import erf

    spread = np.where(deviation > 0.0, deviation, 1.0)
    ratio = np.abs(mean) / spread
    found = spread * math.sqrt(2.0 / math.pi) * np.exp(-0.5 * ratio**2)
    found = found + np.abs(mean) * erf(ratio / math.sqrt(2.0))
    return np.where(deviation > 0.0, found, np.abs(mean))


def sgd_means(
    block: Block, members: NDArray[np.int64], eta: float, steps: int, batch: int
) -> tuple[Floats, Floats]:
    """E|f_i'(x_t)| of some coordinates of a block, (T, n), and the slack of each, (n,).

    Raises
    ------
    InputError
        If a coordinate is noisy and not a quadratic under Gaussian noise, or diverges.
    """
    numbers = {
        name: np.broadcast_to(values, (block.size,))[members]
        for name, values in block.parameters.items()
    }
    start = block.start()[members]
    if block.noise is None:
        return _sure(block, numbers, start, eta, steps)
    if not (isinstance(block.noise, GaussianNoise) and len(block.profile.pieces) == 1):
        raise InputError(
            f"The exact law of SGD is known for quadratics under Gaussian noise, not for block "
            f"{block.name!r} ({block.profile.name} under {type(block.noise).__name__}): use the "
            "reference engine."
        )
    curvature = np.asarray(block.profile.derivative(np.ones_like(start), numbers))
    sigma = np.broadcast_to(block.noise.sigma, (block.size,))[members] / math.sqrt(batch)
    return _normal(curvature, sigma, start, eta, steps)


def _normal(
    curvature: Floats, sigma: Floats, start: Floats, eta: float, steps: int
) -> tuple[Floats, Floats]:
    shrink = 1.0 - eta * curvature
    powers = np.arange(steps, dtype=np.float64)[:, None]
    # v_t = (eta sigma)^2 (1 + q + ... + q^(t-1)) with q = shrink^2, as -expm1 keeps q near 1 exact.
    log = 2.0 * np.log(np.maximum(np.abs(shrink), 1e-300))
    with np.errstate(invalid="ignore", divide="ignore", over="ignore", under="ignore"):
        total = np.where(log == 0.0, powers, np.expm1(powers * log) / np.expm1(log))
        deviation = eta * sigma * np.sqrt(total)
        found = curvature * folded_mean(shrink**powers * start, deviation)
    if not np.all(np.isfinite(found)):
        raise InputError(f"SGD with eta={eta:.6g} leaves the finite numbers; lower its stepsize.")
    # shrink is rounded once; its T-th power multiplies that by T.
    return found, (4.0 * steps + 32.0) * _EPS * found.max(axis=0)


def _sure(
    block: Block, numbers: dict[str, Floats], start: Floats, eta: float, steps: int
) -> tuple[Floats, Floats]:
    found, x = np.empty((steps, start.size)), start
    with np.errstate(over="ignore", invalid="ignore"):
        for t in range(steps):
            slope = np.asarray(block.profile.derivative(x, numbers), dtype=np.float64)
            found[t] = np.abs(slope)
            x = x - eta * slope
    if not np.all(np.isfinite(x)):
        raise InputError(f"SGD with eta={eta:.6g} leaves the finite numbers; lower its stepsize.")
    return found, (4.0 * steps + 32.0) * _EPS * found.max(axis=0)
