"""What a run says about a bound: one rule, one frozen record with its reason.

A bound is *refuted* only by an interval that lies wholly on its wrong side, beyond the rounding
allowance; it is *consistent* only with an interval no wider than 1 % of the bound; anything in
between is *inconclusive*, and a run that crashed or gave NaN is *errored*. "Consistent" never
means "proved": that word belongs to the kernel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, TypeAlias

from hardinstances.errors import InputError

Sense: TypeAlias = Literal["upper", "lower"]

MAX_RELATIVE_WIDTH = 0.01
"""Widest interval, as a fraction of the bound, that may still count as consistent."""

ROUNDING_ALLOWANCE = 1e-9
"""Relative rounding error granted to a measurement before it can refute a bound."""


class Verdict(StrEnum):
    """The four things a run can say."""

    REFUTED = "refuted"
    CONSISTENT = "consistent"
    INCONCLUSIVE = "inconclusive"
    ERRORED = "errored"


@dataclass(frozen=True)
class Judgement:
    """One bound against one run.

    Attributes
    ----------
    verdict
        See :class:`Verdict`.
    sense
        ``"upper"`` (the true value must not exceed the bound) or ``"lower"``.
    bound, measured
        The bound and the point estimate, in units of |grad f|_1; ``measured`` is NaN if errored.
    ratio
        ``measured / bound``.
    ci
        Confidence limits of the measured quantity (equal for a deterministic run).
    error_probability
        Probability that ``ci`` misses the true value; 0 for a deterministic run.
    family_size
        Number of checks over which the error was controlled.
    reason
        The verdict in a sentence.
    """

    verdict: Verdict
    sense: Sense
    bound: float
    measured: float
    ratio: float
    ci: tuple[float, float]
    error_probability: float
    family_size: int
    reason: str

    def to_json(self) -> dict[str, Any]:
        """The record as plain JSON values; numbers that are not finite become None."""
        return {
            "sense": self.sense,
            "bound": _finite(self.bound),
            "measured": _finite(self.measured),
            "ratio": _finite(self.ratio),
            "ci": [_finite(self.ci[0]), _finite(self.ci[1])],
            "verdict": self.verdict.value,
            "error_probability": self.error_probability,
            "family_size": self.family_size,
            "reason": self.reason,
        }


def judge(
    sense: Sense,
    bound: float,
    measured: float,
    ci: tuple[float, float],
    *,
    error_probability: float,
    family_size: int = 1,
    max_relative_width: float = MAX_RELATIVE_WIDTH,
    rounding: float = ROUNDING_ALLOWANCE,
) -> Judgement:
    """Compare an interval with a bound.

    Parameters
    ----------
    sense, bound, measured, ci, error_probability, family_size
        As in :class:`Judgement`; the bound is a positive number.
    max_relative_width, rounding
        The two tolerances, as fractions of the bound.

    Raises
    ------
    InputError
        If the sense is unknown or the bound is not a positive finite number.
    """
    check_claim(sense, bound)
    low, high = ci
    if not (math.isfinite(measured) and math.isfinite(low) and math.isfinite(high)):
        return errored(sense, bound, "the run gave a value that is not finite", family_size)
    if low > high:
        raise InputError(f"A confidence interval must not be empty: [{low!r}, {high!r}].")
    verdict, reason = _decide(sense, bound, ci, max_relative_width, rounding)
    if error_probability > 0.0:
        reason += f" (error probability {error_probability:.2g} for this check)"
    return Judgement(
        verdict, sense, bound, measured, measured / bound, (low, high),
        error_probability, family_size, reason,
    )  # fmt: skip


def errored(sense: Sense, bound: float, reason: str, family_size: int = 1) -> Judgement:
    """Judgement of a run that crashed or gave no number; it counts for and against nothing."""
    nan = math.nan
    return Judgement(Verdict.ERRORED, sense, bound, nan, nan, (nan, nan), 0.0, family_size, reason)


def check_claim(sense: str, bound: float) -> None:
    """Raise InputError unless the sense is known and the bound a positive finite number."""
    if sense not in ("upper", "lower"):
        raise InputError(f"The sense of a bound is 'upper' or 'lower', not {sense!r}.")
    if not (math.isfinite(bound) and bound > 0.0):
        raise InputError(
            f"A run can only be judged against a positive finite bound, not {bound!r}; "
            "choose parameters inside the bound's regime."
        )


def _decide(
    sense: Sense, bound: float, ci: tuple[float, float], max_width: float, rounding: float
) -> tuple[Verdict, str]:
    low, high = ci
    limit = bound * (1.0 + rounding if sense == "upper" else 1.0 - rounding)
    if sense == "upper" and low > limit:
        return Verdict.REFUTED, f"the value is at least {low:.6g}, above the bound {bound:.6g}"
    if sense == "lower" and high < limit:
        return Verdict.REFUTED, f"the value is at most {high:.6g}, below the bound {bound:.6g}"
    width = (high - low) / bound
    if not width <= max_width:
        return Verdict.INCONCLUSIVE, (
            f"the interval is {100 * width:.3g} % of the bound wide, "
            f"more than {100 * max_width:.3g} %: use more seeds"
        )
    return Verdict.CONSISTENT, f"[{low:.6g}, {high:.6g}] does not contradict {bound:.6g}"


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
