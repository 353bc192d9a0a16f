"""Exponents of power laws, with intervals that know about noise in x and in y.

The fit is a straight line through the logarithms of the means of each grid point. When x is
measured too, least squares would flatten the slope, so the line is Deming's: it minimises the
distances to the points in units of their own noise (Deming, Statistical Adjustment of Data, 1943).
The interval comes from the bootstrap over seeds (Efron and Tibshirani 1993, chapter 13), point by
point, with x and y of one seed kept together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hardinstances.errors import InputError
from signcheck.stats.means import checked_error

if TYPE_CHECKING:
    from collections.abc import Sequence

Floats: TypeAlias = NDArray[np.float64]

_BLOCK = 2**22  # resampled entries held at once


@dataclass(frozen=True)
class Exponent:
    """A fitted power law ``y = exp(intercept) x^slope``.

    Attributes
    ----------
    slope, intercept
        Of the line through the logarithms.
    ci
        Confidence limits of the slope; both equal the slope if nothing was sampled.
    error_probability
        Nominal probability that ``ci`` misses the slope of the true means; 0 if exact.
    sampled
        Number of grid points with sampling noise.
    """

    slope: float
    intercept: float
    ci: tuple[float, float]
    error_probability: float
    sampled: int

    def covers(self, slope: float) -> bool:
        """Whether ``slope`` lies in the interval."""
        return self.ci[0] <= slope <= self.ci[1]


def fit_exponent(
    x: Sequence[ArrayLike],
    y: Sequence[ArrayLike],
    *,
    error: float = 0.05,
    resamples: int = 2000,
    seed: int = 0,
) -> Exponent:
    """Fit ``log E y`` against ``log E x`` over a grid.

    Parameters
    ----------
    x, y
        One entry a grid point: a positive number known exactly, or an array of one value a seed
        (shape (n,), n >= 2). Where both are arrays they belong to the same seeds.
    error
        Wanted error probability of the interval.
    resamples, seed
        Size of the bootstrap and the seed of its generator.

    Raises
    ------
    InputError
        If there are fewer than two different x, a mean is not positive, an array is too short, or
        x and y of one point have different numbers of seeds.
    """
    checked_error(error)
    columns = _grid(x, y)
    log_x, log_y = (np.log([float(c.mean()) for c in side]) for side in columns)
    if len(set(log_x.tolist())) < 2:
        raise InputError("A slope needs at least two different x; widen the grid.")
    ratio = _noise_ratio(columns)
    slope, intercept = _deming(log_x[:, None], log_y[:, None], ratio)
    sampled = sum(1 for a, b in zip(*columns, strict=True) if a.size > 1 or b.size > 1)
    centre = float(slope[0])
    if not sampled:
        return Exponent(centre, float(intercept[0]), (centre, centre), 0.0, 0)
    rng = np.random.default_rng(seed)
    replicas = [_resample(a, b, resamples, rng) for a, b in zip(*columns, strict=True)]
    many_x, many_y = (np.log(np.stack([r[side] for r in replicas])) for side in (0, 1))
    slopes, _ = _deming(many_x, many_y, ratio)
    low, high = np.quantile(slopes, [error / 2.0, 1.0 - error / 2.0])
    return Exponent(centre, float(intercept[0]), (float(low), float(high)), error, sampled)


def _grid(x: Sequence[ArrayLike], y: Sequence[ArrayLike]) -> tuple[list[Floats], list[Floats]]:
    if len(x) != len(y):
        raise InputError(f"The grid has {len(x)} values of x but {len(y)} of y; pair them up.")
    columns = ([_column(v) for v in x], [_column(v) for v in y])
    for a, b in zip(*columns, strict=True):
        if a.size > 1 and b.size > 1 and a.size != b.size:
            raise InputError(
                f"One grid point has {a.size} seeds in x and {b.size} in y; they must be the same."
            )
    return columns


def _column(values: ArrayLike) -> Floats:
    array = np.array(values, dtype=np.float64)
    if array.ndim > 1 or (array.ndim == 1 and array.size < 2):
        raise InputError(
            f"A sampled grid point needs one value a seed from at least 2 seeds, "
            f"not an array of shape {array.shape}."
        )
    if not np.all(np.isfinite(array)) or not float(array.mean()) > 0.0:
        raise InputError("A power law needs positive finite means; drop the failed grid point.")
    return array.reshape(-1)


def _relative_variance(column: Floats) -> float:
    """Variance of log(mean), to first order."""
    if column.size < 2:
        return 0.0
    return float(column.var(ddof=1) / column.size / column.mean() ** 2)


def _noise_ratio(columns: tuple[list[Floats], list[Floats]]) -> float:
    """Noise variance of log y over that of log x, pooled over the grid; inf if x is exact."""
    noise_x, noise_y = (sum(_relative_variance(c) for c in side) for side in columns)
    return noise_y / noise_x if noise_x > 0.0 else np.inf


def _deming(x: Floats, y: Floats, ratio: float) -> tuple[Floats, Floats]:
    """Slopes and intercepts of lines through the columns of x and y, shape (points, lines)."""
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    xx = np.square(x - mean_x).sum(axis=0)
    yy = np.square(y - mean_y).sum(axis=0)
    xy = ((x - mean_x) * (y - mean_y)).sum(axis=0)
    if np.isinf(ratio):
        slope = xy / xx
    else:
        excess = yy - ratio * xx
        root = np.sqrt(np.square(excess) + 4.0 * ratio * np.square(xy))
        # Two forms of one root: take the one without cancellation.
        stable = np.where(excess >= 0.0, excess + root, root - excess)
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.where(excess >= 0.0, stable / (2.0 * xy), 2.0 * ratio * xy / stable)
    return slope, mean_y - slope * mean_x


def _resample(
    x: Floats, y: Floats, resamples: int, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Bootstrap means of one grid point, ``resamples`` of each side.

    Deviations are stretched by sqrt(n/(n-1)), since resampling n values shrinks their variance.
    """
    n = max(x.size, y.size)
    if n == 1:
        return np.full(resamples, x[0]), np.full(resamples, y[0])
    stretch = np.sqrt(n / (n - 1.0))
    pair = np.stack([np.broadcast_to(x, (n,)), np.broadcast_to(y, (n,))])
    centre = pair.mean(axis=1, keepdims=True)
    means = np.empty((2, resamples))
    block = max(_BLOCK // n, 1)
    for start in range(0, resamples, block):
        chosen = rng.integers(0, n, size=(min(block, resamples - start), n))
        means[:, start : start + len(chosen)] = pair[:, chosen].mean(axis=2)
    stretched = centre + stretch * (means - centre)
    # A mean resampled below zero has no logarithm: leave such a replica where the data put it.
    safe = np.where(stretched > 0.0, stretched, centre)
    return safe[0], safe[1]
