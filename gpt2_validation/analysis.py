"""Numbers from committed logs: curves, tokens to reach a loss, intervals over seeds, verdicts."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation import checkpoint

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from gpt2_validation.plan import Logged

_CONFIDENCE = 0.95
_SMOOTHING = 5


@dataclass(frozen=True)
class Spread:
    """Mean over seeds with its 95 % t-interval; with one value the interval is infinite."""

    mean: float
    low: float
    high: float
    count: int

    def text(self, digits: int = 3) -> str:
        """Mean and half-width for a table."""
        if math.isnan(self.mean):
            return "-"
        if self.count == 1:
            return f"{self.mean:.{digits}f} (1 seed)"
        return f"{self.mean:.{digits}f} ± {(self.high - self.low) / 2:.{digits}f} ({self.count})"

    def bounds(self) -> str:
        """The interval for a table."""
        return f"[{self.low:.3g}, {self.high:.3g}]" if math.isfinite(self.low) else "none"


def spread(values: Sequence[float], error: float = 1 - _CONFIDENCE) -> Spread:
    """Student's interval for the mean of independent values (one a seed).

    It misses the mean with probability ``error`` if the values are normal.
    """
    data = np.asarray(values, dtype=np.float64)
    if len(data) == 0 or not np.isfinite(data).all():
        return Spread(math.nan, -math.inf, math.inf, len(data))
    mean = float(data.mean())
    if len(data) == 1:
        return Spread(mean, -math.inf, math.inf, 1)
    from scipy import stats

    quantile = float(stats.t.ppf(1 - error / 2, len(data) - 1))
    half = quantile * float(data.std(ddof=1)) / math.sqrt(len(data))
    return Spread(mean, mean - half, mean + half, len(data))


@dataclass(frozen=True)
class Curves:
    """One run's logs as arrays; losses in nats a token."""

    entry: Logged
    tokens: NDArray[np.float64]
    train: NDArray[np.float64]
    evaluated: NDArray[np.float64]
    validation: NDArray[np.float64]
    measurements: list[dict[str, Any]]

    @property
    def arm(self) -> str:
        """Name of the arm."""
        return str(self.entry.settings["arm"]["name"])

    @property
    def seed(self) -> int:
        """Seed of the run."""
        return int(self.entry.settings["seed"])

    def smooth_train(self) -> NDArray[np.float64]:
        """Trailing mean of the training loss over five log rows (50 steps)."""
        sums = np.cumsum(np.concatenate(([0.0], self.train)))
        ends = np.arange(1, len(self.train) + 1)
        starts = np.maximum(0, ends - _SMOOTHING)
        return np.asarray((sums[ends] - sums[starts]) / (ends - starts))

    def tokens_to(self, level: float) -> float:
        """Tokens until the smoothed training loss first is at most ``level``; infinite if never."""
        below = np.flatnonzero(self.smooth_train() <= level)
        return float(self.tokens[below[0]]) if len(below) else math.inf

    def passes(self) -> float:
        """Passes over the training corpus."""
        return float(checkpoint.read_rows(self.entry.path / "log.csv")[-1]["passes"])

    def tokens_per_second(self) -> float:
        """Median throughput over the log's rows, measurements and saving left out."""
        return median_speed(self.entry.path)


def median_speed(folder: Path) -> float:
    """Median tokens a second over the rows of a run's log."""
    rows = checkpoint.read_rows(folder / "log.csv")
    return float(np.median([row["tokens_per_second"] for row in rows]))


def read_curves(entry: Logged) -> Curves:
    """Read one run's logs."""
    rows = checkpoint.read_rows(entry.path / "log.csv")
    evaluations = checkpoint.read_rows(entry.path / "evaluations.csv")
    return Curves(
        entry,
        np.array([row["tokens"] for row in rows], dtype=np.float64),
        np.array([row["train_loss"] for row in rows], dtype=np.float64),
        np.array([row["tokens"] for row in evaluations], dtype=np.float64),
        np.array([row["validation_loss"] for row in evaluations], dtype=np.float64),
        checkpoint.read_json_lines(entry.path / "measurements.jsonl"),
    )


@dataclass(frozen=True)
class Comparison:
    """A prediction beside a measurement, with ``agree``, ``disagree`` or ``cannot tell``.

    ``interval`` is the one that the verdict rests on; it misses with probability ``error`` at most,
    which is its share of the error of all comparisons.
    """

    question: str
    predicted: str
    measured: str
    interval: str
    error: float
    verdict: str
    comment: str


def at_least(interval: Spread, bound: float) -> str:
    """Whether a measured mean is at least ``bound``, judged by its interval."""
    if interval.low >= bound:
        return "agree"
    return "disagree" if interval.high < bound else "cannot tell"


def at_most(interval: Spread, bound: float) -> str:
    """Whether a measured mean is at most ``bound``, judged by its interval."""
    if interval.high <= bound:
        return "agree"
    return "disagree" if interval.low > bound else "cannot tell"


def within(interval: Spread, reference: float, tolerance: float) -> str:
    """Whether a measured mean equals a reference that is itself known to ``tolerance``."""
    low, high = reference - tolerance, reference + tolerance
    if interval.high < low or interval.low > high:
        return "disagree"
    return "agree" if low <= interval.low and interval.high <= high else "cannot tell"


def ahead(first: str, second: str, differences: Spread) -> str:
    """Which of two arms has the lower loss, from paired differences ``first - second``."""
    if differences.high < 0:
        return f"{first} is ahead"
    if differences.low > 0:
        return f"{second} is ahead"
    return "cannot tell"
