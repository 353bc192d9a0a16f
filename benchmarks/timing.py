"""Alternating timings: contenders take turns, which spreads slow periods over all of them.

A slow moment shorter than a turn hits one turn of one contender: the median over the turns drops
it. The order rotates from turn to turn, so that a disturbance that comes back does not always find
the same contender.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["ROUNDS", "Timing", "alternate"]

ROUNDS = 7
"""Turns of every contender; the median counts."""

MOST_STEPS = 2**22
"""Steps of a turn, at most."""


@dataclass(frozen=True)
class Timing:
    """What a contender took.

    Attributes
    ----------
    steps
        Steps of a turn.
    seconds
        Wall time of every turn.
    """

    steps: int
    seconds: tuple[float, ...]

    def rate(self, lanes: int) -> float:
        """Coordinate-steps a second: the median over the turns."""
        return lanes * self.steps / statistics.median(self.seconds)

    def spread(self, lanes: int) -> tuple[float, float]:
        """The slowest and the fastest turn; coordinate-steps a second."""
        return lanes * self.steps / max(self.seconds), lanes * self.steps / min(self.seconds)


def alternate(
    contenders: Mapping[str, Callable[[int], object]],
    *,
    seconds: float,
    rounds: int = ROUNDS,
    clock: Callable[[], float] = time.perf_counter,
) -> dict[str, Timing]:
    """Time contenders in turns; every turn starts with the next of them.

    Parameters
    ----------
    contenders
        Functions of a number of steps, which return when the work is done.
    seconds
        Aimed at for one turn; the number of steps follows from a first, untimed call.
    rounds
        Turns of each.
    clock
        Seconds.
    """
    steps = {name: _calibrated(work, seconds, clock) for name, work in contenders.items()}
    for name, work in contenders.items():
        work(steps[name])  # loops are compiled for some numbers of steps, this one perhaps
    found: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        first = turn % max(len(names), 1)
        for name in names[first:] + names[:first]:
            start = clock()
            contenders[name](steps[name])
            found[name].append(clock() - start)
    return {name: Timing(steps[name], tuple(found[name])) for name in contenders}


def _calibrated(work: Callable[[int], object], seconds: float, clock: Callable[[], float]) -> int:
    """Steps that take about ``seconds``, a multiple of four; compiles and warms up on the way.

    The cost of a step is read off a difference, so that what a call costs before its first step
    does not make turns too short; every number of steps is run once before it is timed, so that
    compiling is not taken for work. A turn that still comes out short (something else was slow for
    a moment) is made longer.
    """

    def timed(steps: int) -> float:
        work(steps)
        start = clock()
        work(steps)
        return clock() - start

    steps = 8
    before = timed(steps)
    while True:
        steps *= 4
        taken = timed(steps)
        if taken - before >= 0.25 * seconds or steps >= MOST_STEPS:
            break
        before = taken
    steps = _four(seconds * 0.75 * steps / max(taken - before, 1e-9))
    while steps < MOST_STEPS and (taken := timed(steps)) < 0.5 * seconds:
        steps = _four(steps * seconds / max(taken, 1e-9))
    return steps


def _four(steps: float) -> int:
    """The nearest multiple of four, from 4 up to the most steps of a turn."""
    return min(max(round(steps / 4), 1) * 4, MOST_STEPS)
