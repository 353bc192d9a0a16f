"""How many seeds a verdict costs, before it is run.

The number comes from a pilot (other seeds) or from theory, never from the data that are judged:
stopping when the interval looks good would void its error probability.
"""

from __future__ import annotations

import math

import numpy as np

from hardinstances.errors import InputError
from signcheck.stats.means import IntervalRule, Sample, checked_error, narrowest, simultaneous

MAX_SEEDS = 100_000_000


def seeds_for(
    pilot: Sample,
    width: float,
    error: float,
    *,
    rule: IntervalRule = narrowest,
    margin: float = 1.0,
    max_seeds: int = MAX_SEEDS,
) -> int:
    """Smallest number of seeds whose simultaneous intervals are at most ``width`` wide.

    Assumes that the run repeats the pilot's means and ``margin`` times its variances. An interval
    narrower than the distance of a broken bound from the truth also refutes it with probability at
    least ``1 - error``, so this is the sample size for a wanted power, too.

    Parameters
    ----------
    pilot
        Means, variances and ranges expected of the run (its ``n`` is ignored).
    width
        Wanted width in units of the variable, > 0.
    error
        Error probability of all entries together.
    margin
        Factor on the pilot's variances, >= 1: a pilot sees rare events too seldom.
    max_seeds
        Largest number that may be returned.

    Raises
    ------
    InputError
        If ``width`` is not positive, ``margin < 1``, or more than ``max_seeds`` would be needed.
    """
    checked_error(error)
    if not (math.isfinite(width) and width > 0.0):
        raise InputError(f"The wanted width must be a positive number, not {width!r}.")
    if not margin >= 1.0:
        raise InputError(f"A planning margin below 1 plans too few seeds; got {margin!r}.")
    likely = _likely(pilot, margin)

    def enough(n: int) -> bool:
        trial = Sample(likely.mean, likely.variance, n, likely.low, likely.high)
        return float(simultaneous(trial, error, rule).width.max()) <= width

    high = 1
    while not enough(high):
        high *= 2
        if high > max_seeds:
            raise InputError(
                f"An interval of width {width:.3g} needs more than {max_seeds} seeds; "
                "ask for a wider one or a larger error probability."
            )
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def cautious(pilot: Sample) -> Sample:
    """A pilot with larger variances, for events that its few copies may have missed.

    On the unit scale V becomes ``V + 2 sqrt(V/n) + 2/n``: an event of probability V has left V n
    traces in n copies, give or take twice the root of that, and two.
    """
    n, unit = float(pilot.n), pilot.fraction_variance
    larger = (unit + 2.0 * np.sqrt(unit / n) + 2.0 / n) * pilot.span**2
    return Sample(pilot.mean, larger, pilot.n, pilot.low, pilot.high)


def _likely(pilot: Sample, margin: float) -> Sample:
    """The pilot with its variances enlarged and its means moved inwards to match.

    A variable in [0, 1] with mean p has variance at most p (1 - p), so a mean at an end of the
    range would contradict the enlarged variance.
    """
    fraction, variance = pilot.fraction, np.minimum(margin * pilot.fraction_variance, 0.25)
    inner = 0.5 * (1.0 - np.sqrt(np.maximum(1.0 - 4.0 * variance, 0.0)))
    moved = np.clip(fraction, inner, 1.0 - inner)
    return Sample(
        pilot.low + moved * pilot.span, variance * pilot.span**2, pilot.n, pilot.low, pilot.high
    )
