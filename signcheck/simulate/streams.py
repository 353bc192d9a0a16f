"""Streaming moments: means and variances over seeds without keeping the seeds.

Chan, Golub and LeVeque's pairwise form of Welford's recursion, so that chunks of seeds may be
merged in any order without cancellation.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError

Floats: TypeAlias = NDArray[np.float64]


class Moments:
    """Running mean, variance, least and largest value of ``times`` variables.

    Parameters
    ----------
    times
        Number of variables (steps t); memory is proportional to it alone.
    """

    def __init__(self, times: int) -> None:
        self.count = np.zeros(times, dtype=np.int64)
        self.mean = np.zeros(times)
        self._squares = np.zeros(times)
        self.least = np.full(times, np.inf)
        self.largest = np.full(times, -np.inf)

    def add(self, t: int, values: Floats) -> None:
        """Take in the values (n,) of variable ``t`` for n more seeds."""
        self.extend(t, values[None, :])

    def extend(self, t: int, rows: Floats) -> None:
        """Take in the values (k, n) of variables ``t, ..., t + k - 1`` for n more seeds."""
        mean = rows.mean(axis=1)
        squares = np.square(rows - mean[:, None]).sum(axis=1)
        self.absorb(t, rows.shape[1], mean, squares, rows.min(axis=1), rows.max(axis=1))

    def absorb(
        self, t: int, n: int, mean: Floats, squares: Floats, least: Floats, largest: Floats
    ) -> None:
        """Take in n seeds of variables ``t, t + 1, ...`` by mean, squared deviations and range."""
        at = slice(t, t + mean.size)
        self._merge(at, n, mean, squares)
        self.least[at] = np.minimum(self.least[at], least)
        self.largest[at] = np.maximum(self.largest[at], largest)

    def merge(self, other: Moments) -> None:
        """Take in another set of seeds of the same variables."""
        if other.mean.shape != self.mean.shape:
            raise InputError(
                f"Moments of {self.mean.size} and {other.mean.size} variables do not merge: "
                "run both with the same number of steps."
            )
        self._merge(slice(None), other.count, other.mean, other._squares)
        self.least = np.minimum(self.least, other.least)
        self.largest = np.maximum(self.largest, other.largest)

    @property
    def variance(self) -> Floats:
        """Unbiased sample variance; 0 while a variable has fewer than two values."""
        return self._squares / np.maximum(self.count - 1, 1)

    def _merge(self, at: slice, count: object, mean: object, squares: object) -> None:
        n = np.asarray(count, dtype=np.float64)
        old = self.count[at].astype(np.float64)
        total = np.maximum(old + n, 1.0)
        shift = np.asarray(mean, dtype=np.float64) - self.mean[at]
        self.mean[at] += shift * n / total
        self._squares[at] += np.asarray(squares) + shift**2 * old * n / total
        self.count[at] += n.astype(np.int64)


class Windows:
    """Moments of averages over consecutive steps, taken in as the steps come.

    Parameters
    ----------
    steps
        Number T of steps of a run.
    window
        Steps in a window, >= 1; the last window may be shorter.

    Memory is one number a copy and a few a window, however many steps there are.

    Raises
    ------
    InputError
        If ``window`` is not a positive integer.
    """

    def __init__(self, steps: int, window: int) -> None:
        if isinstance(window, bool) or not isinstance(window, int) or window < 1:
            raise InputError(f"window must be a positive integer, not {window!r}.")
        self._steps, self._window = steps, window
        self.moments = Moments(-(-steps // window))
        self.quiet = np.zeros(self.moments.mean.size)
        self._pending: Any = 0.0

    def extend(self, start: int, rows: Any, quiet: Floats) -> None:
        """Take in the steps ``start, ...`` of some copies: rows (k, n), quiet part (k,).

        The rows may be numpy arrays or torch tensors; the copies of one set come step after step,
        from the first to the last, before those of the next set do.
        """
        if self._window == 1:
            self._absorb(start, rows)
            self.quiet[start : start + len(quiet)] = quiet
            return
        stop = start + len(quiet)
        at = start
        while at < stop:
            number = at // self._window
            first = number * self._window
            end = min(first + self._window, self._steps)
            upto = min(end, stop)
            if at == first:
                self._pending = 0.0
                self.quiet[number] = 0.0
            self._pending = self._pending + rows[at - start : upto - start].sum(0)
            self.quiet[number] += quiet[at - start : upto - start].sum() / (end - first)
            if upto == end:
                self._absorb(number, (self._pending / (end - first))[None, :])
            at = upto

    def _absorb(self, at: int, rows: Any) -> None:
        if isinstance(rows, np.ndarray):
            self.moments.extend(at, rows)
            return
        # On a device: only k numbers of each kind travel.
        mean = rows.mean(1)
        squares = ((rows - mean[:, None]) ** 2).sum(1)
        parts = (mean, squares, rows.amin(1), rows.amax(1))
        self.moments.absorb(at, rows.shape[1], *(part.cpu().numpy() for part in parts))
