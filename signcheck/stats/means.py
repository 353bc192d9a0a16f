"""Confidence intervals for the mean of independent bounded variables, vectorised over t.

Every function takes the sample mean (and variance) of ``n`` independent copies of a variable that
lies in ``[low, high]`` surely, and returns a two-sided :class:`Interval` that misses the true mean
with probability at most ``error``. Entries of an array argument are separate means; an interval
covers each of them with that probability, so a caller who needs all of them at once divides the
error by their number first, or calls :func:`simultaneous`.

Sources: Hoeffding, JASA 58 (1963), theorems 1 and 2 (the Chernoff form and the quadratic form);
Maurer and Pontil, COLT 2009, theorem 4 (the empirical Bernstein inequality).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hardinstances.errors import InputError

Floats: TypeAlias = NDArray[np.float64]

_BISECTIONS = 60  # halvings of [0, 1]: below the spacing of doubles near 1


@dataclass(frozen=True)
class Sample:
    """Streamed statistics of ``n`` independent copies of a variable with known range.

    Attributes
    ----------
    mean, variance
        Sample mean and unbiased sample variance, arrays of one shape (one entry a time t).
    n
        Number of independent copies.
    low, high
        Sure bounds of the variable, broadcast to the same shape.

    Raises
    ------
    InputError
        If ``n < 1``, a range is empty, a mean leaves its range by more than rounding, or a number
        is not finite.
    """

    mean: Floats
    variance: Floats
    n: int
    low: Floats
    high: Floats

    def __post_init__(self) -> None:
        if self.n < 1:
            raise InputError(f"A sample needs at least one copy, not n={self.n}.")
        arrays = np.broadcast_arrays(self.mean, self.variance, self.low, self.high)
        for name, value in zip(("mean", "variance", "low", "high"), arrays, strict=True):
            array = np.array(value, dtype=np.float64)
            if not np.all(np.isfinite(array)):
                raise InputError(f"The {name} of a sample must be finite; drop or fix the run.")
            object.__setattr__(self, name, array)
        _check_range(self)

    @classmethod
    def known(cls, values: ArrayLike) -> Sample:
        """Values known without sampling (a deterministic run): ranges of a single point."""
        array = np.array(values, dtype=np.float64)
        return cls(array, np.zeros_like(array), 1, array, array)

    @property
    def span(self) -> Floats:
        """Length of the range, ``high - low``."""
        return self.high - self.low

    @property
    def fraction(self) -> Floats:
        """The mean on the unit scale; 0 where the range is a single point."""
        return np.clip(_unit(self.mean - self.low, self.span), 0.0, 1.0)

    @property
    def fraction_variance(self) -> Floats:
        """The variance on the unit scale; 0 where the range is a single point."""
        return _unit(self.variance, self.span**2)


@dataclass(frozen=True)
class Interval:
    """Lower and upper confidence limits (arrays of one shape) and the probability of missing."""

    low: Floats
    high: Floats
    error: float

    @property
    def width(self) -> Floats:
        """``high - low``, entry by entry."""
        return self.high - self.low


IntervalRule: TypeAlias = Callable[[Sample, float], Interval]


def hoeffding(sample: Sample, error: float) -> Interval:
    """Hoeffding's interval: radius ``span * sqrt(ln(2/error)/(2 n))``, whatever the variance."""
    radius = math.sqrt(math.log(2.0 / checked_error(error)) / (2.0 * sample.n))
    return _on_scale(sample, sample.fraction - radius, sample.fraction + radius, error)


def empirical_bernstein(sample: Sample, error: float) -> Interval:
    """Maurer and Pontil's interval, ``error/2`` on either side.

    On the unit scale the radius is ``sqrt(2 V l/n) + 7 l/(3 (n-1))`` with ``l = ln(4/error)`` and
    V the unbiased sample variance: narrow where the variance is small. ``n = 1`` gives the range.
    """
    log = math.log(4.0 / checked_error(error))
    if sample.n < 2:
        return _on_scale(sample, np.zeros_like(sample.mean), np.ones_like(sample.mean), error)
    radius = np.sqrt(2.0 * sample.fraction_variance * log / sample.n)
    radius = radius + 7.0 * log / (3.0 * (sample.n - 1))
    return _on_scale(sample, sample.fraction - radius, sample.fraction + radius, error)


def chernoff(sample: Sample, error: float) -> Interval:
    """Hoeffding's theorem 1: the means m with ``n kl(mean, m) <= ln(2/error)``.

    kl is the relative entropy of two coins; by Pinsker's inequality the interval lies inside
    :func:`hoeffding`'s. Near the ends of the range its width falls like 1/n.
    """
    level = math.log(2.0 / checked_error(error)) / sample.n
    low, high = _kl_limits(sample.fraction, level)
    return _on_scale(sample, low, high, error)


def narrowest(sample: Sample, error: float) -> Interval:
    """Intersection of :func:`chernoff` and :func:`empirical_bernstein` at ``error/2`` each.

    The union bound pays for looking at both, so the choice is honest however the data fall.
    """
    first = chernoff(sample, checked_error(error) / 2.0)
    second = empirical_bernstein(sample, error / 2.0)
    low, high = np.maximum(first.low, second.low), np.minimum(first.high, second.high)
    # Both contain the sample mean up to rounding, so their intersection is never empty by more.
    return Interval(np.minimum(low, sample.mean), np.maximum(high, sample.mean), error)


def concentrated(deviations: ArrayLike) -> IntervalRule:
    """The rule ``mean +- deviation*sqrt(2 ln(2/error)/n)`` for variables with Gaussian tails.

    Parameters
    ----------
    deviations
        Positive numbers s, one an entry, with ``E exp(a (X - E X)) <= exp(a^2 s^2/2)`` for all a:
        the Lipschitz constant of X as a function of independent standard normals is one.

    The sample's range is not read, so it may be nominal.
    """
    scale = np.asarray(deviations, dtype=np.float64)

    def rule(sample: Sample, error: float) -> Interval:
        radius = scale * math.sqrt(2.0 * math.log(2.0 / checked_error(error)) / sample.n)
        return Interval(sample.mean - radius, sample.mean + radius, error)

    return rule


def simultaneous(sample: Sample, error: float, rule: IntervalRule = narrowest) -> Interval:
    """Intervals that cover all entries of ``sample.mean`` at once with probability 1 - ``error``.

    Union bound over the entries whose range is not a single point: an entry that is known surely
    cannot be missed. The dependence between entries may be anything.
    """
    random_entries = max(int(np.count_nonzero(sample.span > 0.0)), 1)
    inner = rule(sample, checked_error(error) / random_entries)
    return Interval(inner.low, inner.high, error)


def checked_error(error: float) -> float:
    """``error`` itself, if it is a probability strictly between 0 and 1; else InputError."""
    if not 0.0 < error < 1.0:
        raise InputError(f"An error probability lies strictly between 0 and 1, not {error!r}.")
    return error


def _check_range(sample: Sample) -> None:
    if np.any(sample.high < sample.low):
        raise InputError("The range of a sample is empty (high < low); swap the two bounds.")
    if np.any(sample.variance < 0.0):
        raise InputError("A sample variance is negative; it must be a sum of squares over n - 1.")
    slack = 1e-9 * np.maximum(np.abs(sample.low), np.abs(sample.high))
    outside = np.maximum(sample.low - sample.mean, sample.mean - sample.high)
    if np.any(outside > slack):
        raise InputError(
            f"A sample mean lies {float(outside.max()):.3g} outside its stated range; "
            "the range must hold surely, so restate it."
        )


def _unit(values: Floats, span: Floats) -> Floats:
    return np.divide(values, span, out=np.zeros_like(values), where=span > 0.0)


def _on_scale(sample: Sample, low: Floats, high: Floats, error: float) -> Interval:
    """Map unit-scale limits back to the variable's range; a single-point range stays a point."""
    low, high = np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)
    return Interval(sample.low + low * sample.span, sample.high - (1.0 - high) * sample.span, error)


def _kl_limits(p: Floats, level: float) -> tuple[Floats, Floats]:
    """Farthest q below and above p with kl(p, q) <= level, by bisection, rounded outwards."""
    entropy = -_xlog(p) - _xlog(1.0 - p)
    ends = np.stack([np.zeros_like(p), np.ones_like(p)])
    inside, outside = np.stack([p, p]), ends.copy()
    # kl is a difference of numbers up to 1 here: the slack covers its rounding, outwards.
    level += 1e-15 + 1e-12 * level
    with np.errstate(divide="ignore", invalid="ignore"):
        for _ in range(_BISECTIONS):
            middle = 0.5 * (inside + outside)
            close = -entropy - p * np.log(middle) - (1.0 - p) * np.log1p(-middle) <= level
            inside, outside = np.where(close, middle, inside), np.where(close, outside, middle)
    low, high = np.where(np.stack([p, p]) == ends, ends, outside)
    return low, high


def _xlog(p: Floats) -> Floats:
    return p * np.log(np.where(p > 0.0, p, 1.0))
