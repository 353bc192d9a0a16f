"""Error control over a whole table of checks.

A table holds many bounds; each true bound must survive, and the probability that any of them is
refuted must stay below one stated level. :func:`bonferroni` gives every check the same share, so
that all intervals of the table hold at once. :func:`holm` (Holm, Scand. J. Statist. 6, 1979) hands
the share of refuted bounds on to the others: the same guarantee against wrong refutations, more
power, and the very same intervals as Bonferroni when nothing is refuted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from hardinstances.errors import InputError
from signcheck.stats.means import IntervalRule, Sample, checked_error, narrowest, simultaneous
from signcheck.stats.verdict import (
    MAX_RELATIVE_WIDTH,
    ROUNDING_ALLOWANCE,
    Judgement,
    Sense,
    check_claim,
    errored,
    judge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Evidence:
    """A bound and what a run measured, ready to be judged at any error probability.

    The measured quantity is the least of the means in ``sample``: min_T when the sample has one
    entry a time t (the intervals are simultaneous in t, because the least of T sample means is
    biased low), avg_T when its only entry is the per-seed average over t.

    Attributes
    ----------
    sense, bound
        As in :class:`~signcheck.stats.verdict.Judgement`.
    sample
        The measurement; None if the run failed, and then ``failure`` says how.
    failure
        Why there is no measurement.
    max_relative_width, rounding
        Tolerances of :func:`~signcheck.stats.verdict.judge`.
    rule
        How an interval for one mean is made.

    Raises
    ------
    InputError
        If the claim is not one that a run can meet.
    """

    sense: Sense
    bound: float
    sample: Sample | None
    failure: str = ""
    max_relative_width: float = MAX_RELATIVE_WIDTH
    rounding: float = ROUNDING_ALLOWANCE
    rule: IntervalRule = narrowest

    def __post_init__(self) -> None:
        check_claim(self.sense, self.bound)
        if self.sample is None and not self.failure:
            raise InputError("Evidence without a sample must say what failed.")

    @property
    def is_exact(self) -> bool:
        """Whether every entry is known without sampling error."""
        return self.sample is not None and not np.any(self.sample.span > 0.0)

    def judge(self, error: float, family_size: int = 1) -> Judgement:
        """Judgement whose interval misses the true value with probability at most ``error``."""
        if self.sample is None:
            return errored(self.sense, self.bound, self.failure, family_size)
        interval = simultaneous(self.sample, error, self.rule)
        return judge(
            self.sense,
            self.bound,
            float(self.sample.mean.min()),
            (float(interval.low.min()), float(interval.high.min())),
            error_probability=0.0 if self.is_exact else error,
            family_size=family_size,
            max_relative_width=self.max_relative_width,
            rounding=self.rounding,
        )

    def against(self, bound: float) -> Evidence:
        """The same run, held against another bound."""
        return replace(self, bound=bound)


def bonferroni(table: Sequence[Evidence], error: float) -> list[Judgement]:
    """Judge all checks at ``error / len(table)``: all intervals hold at once.

    Checks without sampling error take no share of ``error``.
    """
    checked_error(error)
    size = max(_sampled(table), 1)
    return [evidence.judge(error / size, size) for evidence in table]


def holm(table: Sequence[Evidence], error: float) -> list[Judgement]:
    """Judge all checks so that any true bound is refuted with probability at most ``error``.

    Step-down: every check is tried at ``error / m`` with m the number of sampled checks not yet
    refuted; each refutation lowers m for the rest, until a round refutes nothing new.
    """
    judgements = bonferroni(table, error)
    size = max(_sampled(table), 1)
    remaining = size
    while True:
        refuted = sum(
            1
            for evidence, judgement in zip(table, judgements, strict=True)
            if judgement.verdict == "refuted" and not evidence.is_exact
        )
        if refuted == size - remaining or refuted == size:
            return judgements
        remaining = size - refuted
        judgements = [
            judgement if judgement.verdict == "refuted" else evidence.judge(error / remaining, size)
            for evidence, judgement in zip(table, judgements, strict=True)
        ]


def _sampled(table: Sequence[Evidence]) -> int:
    return sum(1 for evidence in table if evidence.sample is not None and not evidence.is_exact)
