"""Verdicts of an experiment: bounds under Holm's procedure, exponents by their fits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from hardinstances.errors import DataError, InputError
from signcheck.rates.measure import Result
from signcheck.rates.plan import Cell, Check, Crossing, Part, Plan
from signcheck.rates.reading import CurveReading, crossing_at, read_curve
from signcheck.stats.families import Evidence, holm
from signcheck.stats.means import Sample, concentrated, narrowest
from signcheck.stats.verdict import ROUNDING_ALLOWANCE, Judgement, Verdict

__all__ = [
    "ERROR",
    "TOLERANCE",
    "CrossingReading",
    "CurveVerdict",
    "PartReport",
    "judge_part",
    "judge_plan",
]

ERROR = 0.01
"""Error probability of an experiment: half for its bounds, half for its exponents."""

TOLERANCE = 0.02
"""How far exponents may lie apart: measured, predicted on the grid, and asymptotic."""

WIDEST = 0.06
"""Widest interval of a slope that may still be called consistent."""


@dataclass(frozen=True)
class CurveVerdict:
    """A curve, whether its exponents agree, and why.

    A curve without exponent has no verdict: nothing is claimed about it that could fail.
    """

    reading: CurveReading
    verdict: Verdict | None
    reason: str


@dataclass(frozen=True)
class CrossingReading:
    """Where a curve exceeds a level.

    Attributes
    ----------
    crossing
        What was asked.
    measured
        The least integer of the grid at which the curve exceeds the level.
    at, ci
        The abscissa where they are equal, on straight lines in logarithms, and its interval.
    verdict, reason
        Consistent if every integer of the interval gives the expected one.
    """

    crossing: Crossing
    measured: int
    at: float
    ci: tuple[float, float]
    verdict: Verdict
    reason: str


@dataclass(frozen=True)
class PartReport:
    """An experiment judged.

    Attributes
    ----------
    part
        What was planned.
    judgements
        One a check, in order.
    curves, crossings
        Curves and crossings, in order.
    failures
        What could not be judged, in sentences.
    """

    part: Part
    judgements: tuple[Judgement, ...]
    curves: tuple[CurveVerdict, ...]
    crossings: tuple[CrossingReading, ...]
    failures: tuple[str, ...]

    @property
    def verdict(self) -> Verdict:
        """The worst of all: refuted before errored before inconclusive before consistent."""
        every = [j.verdict for j in self.judgements]
        every += [c.verdict for c in self.curves if c.verdict is not None]
        every += [c.verdict for c in self.crossings]
        every += [Verdict.ERRORED] * bool(self.failures)
        for worst in (Verdict.REFUTED, Verdict.ERRORED, Verdict.INCONCLUSIVE):
            if worst in every:
                return worst
        return Verdict.CONSISTENT


def judge_plan(plan: Plan, results: Mapping[str, Result]) -> list[PartReport]:
    """Every experiment of a plan, each at the error probability :data:`ERROR`."""
    return [judge_part(part, plan.cells, results, seed=plan.seed) for part in plan.parts]


def judge_part(
    part: Part, cells: Mapping[str, Cell], results: Mapping[str, Result], *, seed: int
) -> PartReport:
    """One experiment; half of :data:`ERROR` for its bounds, half nominally for its exponents."""
    failures: list[str] = []
    judgements = holm([_evidence(check, results) for check in part.checks], ERROR / 2)
    sampled = sum(curve.exponent is not None for curve in part.curves) + len(part.crossings)
    error = ERROR / 2 / max(sampled, 1)
    curves: list[CurveVerdict] = []
    for curve in part.curves:
        try:
            found = read_curve(curve, cells, results, error=error, seed=seed)
        except (DataError, InputError) as failure:
            failures.append(f"{curve.name}: {failure}")
            continue
        curves.append(CurveVerdict(found, *_compare(found)))
    by_name = {curve.reading.curve.name: curve.reading for curve in curves}
    crossings: list[CrossingReading] = []
    for crossing in part.crossings:
        try:
            crossings.append(_cross(crossing, by_name, error, seed))
        except (InputError, KeyError) as failure:
            failures.append(f"{crossing.name}: {failure}")
    return PartReport(part, tuple(judgements), tuple(curves), tuple(crossings), tuple(failures))


def _evidence(check: Check, results: Mapping[str, Result]) -> Evidence:
    """What a cell says about a bound."""
    result = results.get(check.cell)
    if result is None:
        return Evidence(check.sense, check.bound, None, failure=f"{check.cell} was not run")
    if result["failure"]:
        return Evidence(check.sense, check.bound, None, failure=result["failure"])
    n, windows, deviation = len(result["values"]), result["windows"], result["deviation"]
    if check.calls is not None:
        # A claim about the chance that a run takes longer than so many calls.
        later = np.array([float(np.mean(np.array(result["values"]) > check.calls))])
        spread = later * (1.0 - later) * n / max(n - 1, 1)
        sample = Sample(later, spread, n, np.zeros(1), np.ones(1))
        return Evidence(check.sense, check.bound, sample, max_relative_width=1.0)
    if check.sense == "lower":
        mean, variance = np.array(windows["mean"]), np.array(windows["variance"])
        scale = None if deviation is None else deviation["windows"]
        low, high = windows.get("low"), windows.get("high")
    else:
        values = np.array(result["values"])
        mean = np.array([values.mean()])
        variance = np.array([values.var(ddof=1) if n > 1 else 0.0])
        scale = None if deviation is None else [deviation["average"]]
        low, high = [result["low"]], [result["high"]]
    if scale is not None:
        # The rule reads tails, not the range, which Gaussian noise does not have.
        sample = Sample(mean, variance, n, np.zeros_like(mean), 2.0 * mean)
        return Evidence(check.sense, check.bound, sample, rule=concentrated(scale))
    if low is None or high is None or low[0] is None:
        reason = f"no sure range of the statistic is known for {check.cell}"
        return Evidence(check.sense, check.bound, None, failure=reason)
    sample = Sample(mean, variance, n, np.array(low), np.array(high))
    rounding = max(ROUNDING_ALLOWANCE, 2.0 * result["slack"] / check.bound)
    return Evidence(check.sense, check.bound, sample, rule=narrowest, rounding=rounding)


def _compare(found: CurveReading) -> tuple[Verdict | None, str]:
    """Whether the measured slope, the Bound's on the grid and the asymptotic one agree."""
    fit, predicted, exponent = found.fit, found.predicted, found.curve.exponent
    if fit is None or predicted is None or exponent is None:
        return None, "drawn, not judged"
    low, high = fit.ci
    text = f"slope {fit.slope:.5f} [{low:.5f}, {high:.5f}], predicted {predicted.slope:.5f}"
    if low > predicted.slope + TOLERANCE or high < predicted.slope - TOLERANCE:
        return Verdict.REFUTED, f"{text}: they differ by more than {TOLERANCE}"
    if abs(fit.slope - exponent) > TOLERANCE:
        return Verdict.INCONCLUSIVE, f"{text}: not within {TOLERANCE} of {exponent:g}"
    if abs(fit.slope - predicted.slope) > TOLERANCE or high - low > WIDEST:
        return Verdict.INCONCLUSIVE, f"{text}: too uncertain, use more copies"
    if fit.sampled and not fit.covers(predicted.slope):
        return Verdict.INCONCLUSIVE, f"{text}: the interval misses the prediction"
    return Verdict.CONSISTENT, text


def _cross(
    crossing: Crossing, curves: Mapping[str, CurveReading], error: float, seed: int
) -> CrossingReading:
    points = curves[crossing.curve].points
    level = crossing.level
    flat = curves[level].points[0].values if isinstance(level, str) else np.array([float(level)])
    rng = np.random.default_rng(seed)
    at = crossing_at([p.x for p in points], [p.measured for p in points], float(flat.mean()))
    replicas = []
    for _ in range(2000):
        means = [_resampled(p.values, rng) for p in points]
        replicas.append(crossing_at([p.x for p in points], means, _resampled(flat, rng)))
    low, high = np.quantile(replicas, [error / 2, 1 - error / 2])
    integers = {int(np.floor(value)) + 1 for value in (low, at, high)}
    measured = int(np.floor(at)) + 1
    text = f"exceeded from {measured} on, equal at {at:.3f} [{low:.3f}, {high:.3f}]"
    verdict = Verdict.CONSISTENT if integers == {crossing.expected} else Verdict.INCONCLUSIVE
    if crossing.expected not in range(min(integers), max(integers) + 1):
        verdict = Verdict.REFUTED
    return CrossingReading(crossing, measured, at, (float(low), float(high)), verdict, text)


def _resampled(values: Any, rng: np.random.Generator) -> float:
    return float(values[rng.integers(0, values.size, values.size)].mean())
