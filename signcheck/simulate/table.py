"""A table of checks: bounds against runs, with the error controlled over all of them.

Each run gets the smallest number of seeds that lets its interval be narrow enough, planned from a
pilot on other copies, so that the judged data never decide how many of them there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from hardinstances.errors import CertificateError, InputError
from signcheck.simulate.engine import check_counts, simulate
from signcheck.simulate.law import exact_law
from signcheck.stats.families import Evidence, holm
from signcheck.stats.means import checked_error
from signcheck.stats.planning import cautious, seeds_for
from signcheck.stats.verdict import (
    MAX_RELATIVE_WIDTH,
    ROUNDING_ALLOWANCE,
    Judgement,
    Sense,
    check_claim,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hardinstances.instance import Instance
    from signcheck.simulate.methods import Method
    from signcheck.simulate.summary import Summary
    from signcheck.stats.means import Sample

Engine: TypeAlias = Literal["reference", "exact-law"]

FAMILY_ERROR = 1e-3
"""Probability that any true bound of a table is refuted."""

PILOT_SEEDS = 256
MAX_PILOT = 4096
PILOT_FIRST = 2**31
"""The pilot's copies lie above every copy that is judged."""

PLANNED_WIDTH = 0.8 * MAX_RELATIVE_WIDTH
MAX_SEEDS = 20_000
"""A check that would need more runs with this many, and then says that it is inconclusive."""


@dataclass(frozen=True)
class Check:
    """One bound and the run that is to test it.

    Attributes
    ----------
    instance, method, steps, batch
        The run.
    bound, sense
        ``"lower"``: min over t < steps of E|grad f(x_t)|_1 is at least ``bound``; ``"upper"``: the
        average over t is at most ``bound``. In value/length.
    engine
        ``"reference"`` samples through the oracle; ``"exact-law"`` evolves the law of SignSGD.
    """

    instance: Instance
    method: Method
    steps: int
    batch: int
    bound: float
    sense: Sense
    engine: Engine = "reference"

    def __post_init__(self) -> None:
        check_claim(self.sense, self.bound)
        check_counts(steps=self.steps, batch=self.batch)

    def sample(self, summary: Summary) -> Sample:
        """What this check looks at in a run."""
        return summary.at_each_time() if self.sense == "lower" else summary.over_time()


@dataclass(frozen=True)
class Row:
    """A check, its verdict, and the run behind it (None if it crashed)."""

    check: Check
    judgement: Judgement
    summary: Summary | None


def run_table(
    checks: Sequence[Check],
    *,
    error: float = FAMILY_ERROR,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> list[Row]:
    """Run and judge all checks; true bounds are all spared with probability 1 - ``error``.

    Parameters
    ----------
    checks
        Checks on the very same objects (instance and method) with equal steps and batch share
        one run.
    error
        Family-wise error probability (Holm).
    seed
        Number of the experiment; the same seed gives the same table.
    progress
        Called after each check with the checks done and their total.

    Raises
    ------
    InputError
        If no sure range of the statistic is known for a run.
    """
    share = checked_error(error) / max(len(checks), 1)
    runs = _Runs(seed)
    table: list[tuple[Evidence, Summary | None]] = []
    for done, row in enumerate(checks, start=1):
        table.append(runs.attempt(row, share))
        if progress is not None:
            progress(done, len(checks))
    judgements = holm([found for found, _ in table], error)
    summaries = [summary for _, summary in table]
    return [Row(*row) for row in zip(checks, judgements, summaries, strict=True)]


def check(
    instance: Instance,
    method: Method,
    bound: float,
    sense: Sense,
    *,
    steps: int,
    batch: int = 1,
    engine: Engine = "reference",
    error: float = FAMILY_ERROR,
    seed: int = 0,
) -> Judgement:
    """One bound against one run: a table of a single row; parameters as in :class:`Check`."""
    single = Check(instance, method, steps, batch, bound, sense, engine)
    return run_table([single], error=error, seed=seed)[0].judgement


def plan(check: Check, error: float, *, seed: int = 0) -> int:
    """Seeds for an interval of 0.8 % of the bound at ``error``, from a pilot; 1 without noise.

    At most ``MAX_SEEDS``, whatever the width they reach.

    Raises
    ------
    InputError
        If no sure range of the statistic is known.
    """
    return _planned(check, _Runs(seed).pilot(check, error), error)


def evidence(check: Check, summary: Summary) -> Evidence:
    """What a run says about a check, to be judged with the rest of its table."""
    if summary.failure:
        return Evidence(check.sense, check.bound, None, failure=summary.failure)
    # A measurement may be off by its stated slack: twice that cannot refute anything.
    rounding = max(ROUNDING_ALLOWANCE, 2.0 * summary.slack / check.bound)
    return Evidence(check.sense, check.bound, check.sample(summary), rounding=rounding)


class _Runs:
    """Runs and pilots of one table; checks that ask for the same one share it."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._runs: dict[tuple[object, ...], Summary] = {}
        self._pilots: dict[tuple[object, ...], Summary] = {}

    def attempt(self, check: Check, error: float) -> tuple[Evidence, Summary | None]:
        """Plan, run and read off a check; a run that crashes leaves evidence that says so."""
        try:
            summary = self._run(check, _planned(check, self.pilot(check, error), error))
        except (ArithmeticError, RuntimeError, CertificateError) as crash:
            failure = f"the run crashed: {crash}"
            return Evidence(check.sense, check.bound, None, failure=failure), None
        return evidence(check, summary), summary

    def pilot(self, check: Check, error: float) -> Summary:
        """A run on copies that are never judged, about as large as the one that it plans.

        A small one sees too little of what is rare; it tells how large the second must be.
        """
        key = _key(check)
        if key not in self._pilots:
            self._pilots[key] = self._simulate(check, PILOT_SEEDS, PILOT_FIRST)
        first = self._pilots[key]
        wanted = min(_planned(check, first, error), MAX_PILOT)
        if wanted > first.seeds > 1:
            self._pilots[key] = self._simulate(check, wanted, PILOT_FIRST)
        return self._pilots[key]

    def _run(self, check: Check, seeds: int) -> Summary:
        """A run with at least ``seeds`` copies; a pilot without noise is already the run."""
        key = _key(check)
        pilot = self._pilots[key]
        if pilot.failure or pilot.seeds == 1:
            return pilot
        if key not in self._runs or self._runs[key].seeds < seeds:
            self._runs[key] = self._simulate(check, seeds, 0)
        return self._runs[key]

    def _simulate(self, check: Check, seeds: int, first: int) -> Summary:
        if check.engine == "exact-law":
            return exact_law(check.instance, check.method, steps=check.steps, batch=check.batch)
        return simulate(
            check.instance,
            check.method,
            steps=check.steps,
            batch=check.batch,
            seeds=seeds,
            seed=self._seed,
            first=first,
        )


def _key(check: Check) -> tuple[object, ...]:
    return id(check.instance), check.method, check.steps, check.batch, check.engine


def _planned(check: Check, pilot: Summary, error: float) -> int:
    if pilot.failure or pilot.seeds == 1:
        return 1
    sample = cautious(check.sample(pilot))
    try:
        return seeds_for(
            sample,
            PLANNED_WIDTH * check.bound,
            error,
            max_seeds=MAX_SEEDS,
        )
    except InputError:
        return MAX_SEEDS
