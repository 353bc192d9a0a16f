"""``signcheck newton-schulz``: gamma, minorant and alpha of a schedule, each certified twice.

Numbers are rounded to the safe side: gamma up, level, slope and alpha down. They hold for exact
arithmetic and without an eps; a run in bfloat16 is measured, not covered. Source: T10.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hardinstances.errors import InputError, ProofError
from signcheck.intervals.newton_schulz import (
    ONE,
    REFERENCE,
    REFERENCE_MINORANT,
    ZERO,
    Minorant,
    Schedule,
    certify_minorant,
    exact,
    extreme,
    float_value,
    schedule_of,
)
from signcheck.intervals.newton_schulz_alpha import alpha, check_rank

__all__ = ["Report", "command", "minorant_of", "report"]

RANKS = (2, 16, 128, 768, 4096, 16384)
STEPS = 5
DIGITS = 6
SCOPE = "exact arithmetic, no eps, G divided by its Frobenius norm"


@dataclass(frozen=True)
class Report:
    """What is certified of a schedule.

    Attributes
    ----------
    coefficients
        Of s, s^3, s^5, ... for each iteration.
    gamma
        |O|_op <= gamma: an upper bound of |q| on [0, 1], rounded up.
    lowest
        A lower bound of q on [0, 1], rounded down.
    level, slope
        q(s) >= min(level, slope s) on [0, 1]; None if no such minorant exists.
    alpha
        <G, O> >= alpha |G|_* for rank at most r, by r, rounded down; empty without a minorant.
    checked_by
        Arithmetic and number of intervals, one entry a checker.
    scope
        What the numbers hold for.
    """

    coefficients: tuple[tuple[str, ...], ...]
    gamma: float
    lowest: float
    level: float | None
    slope: float | None
    alpha: Mapping[str, float]
    checked_by: Mapping[str, str]
    scope: str = SCOPE


def down(value: Fraction, digits: int = DIGITS) -> Fraction:
    """The largest decimal with so many places that is not above."""
    return Fraction(math.floor(value * 10**digits), 10**digits)


def up(value: Fraction, digits: int = DIGITS) -> Fraction:
    """The smallest decimal with so many places that is not below."""
    return -down(-value, digits)


def _text(value: Fraction) -> str:
    """The shortest decimal if that is the number itself."""
    decimal = str(float(value))
    return decimal if Fraction(decimal) == value else str(value)


def _ends(found: Any) -> tuple[Fraction, Fraction]:
    """Rational ends of a ball."""
    ends = (found.lower().fmpq(), found.upper().fmpq())
    low, high = (Fraction(int(x.p), int(x.q)) for x in ends)
    return low, high


def minorant_of(schedule: Schedule, rank: int = 128) -> Minorant | None:
    """A certified minorant min(level, slope s), chosen for large alpha(rank); None if q is not
    positive on (0, 1].

    The reference schedule has that of T10. For others a scan in float64 proposes one, which counts
    only once it is certified.

    Raises
    ------
    ProofError
        If what the scan proposes cannot be certified.
    """
    if schedule == REFERENCE:
        return REFERENCE_MINORANT
    import numpy as np

    points = np.unique(
        np.concatenate([np.geomspace(1e-7, 1, 40_000), np.linspace(1e-4, 1, 40_000)])
    )
    values = float_value(schedule, points)
    if not np.all(np.isfinite(values)) or values.min() <= 0:
        return None
    levels = np.minimum.accumulate(values[::-1])[::-1]
    slopes = np.minimum.accumulate(values / points)
    levels = np.minimum(levels, slopes)
    w = np.linspace(0, 1, 201)[:, None]
    chosen = np.linspace(0, points.size - 1, 2_000).astype(int)
    sigma, root = np.sqrt(1 - w**2), math.sqrt(max(rank - 1, 1))
    quality = ((levels[chosen] * sigma + slopes[chosen] * w**2) / (sigma + root * w)).min(axis=0)
    best = chosen[int(np.argmax(quality))]
    for slack in (1e-4, 1e-3, 1e-2):
        level = down(Fraction(float(levels[best]) * (1 - slack)))
        slope = down(Fraction(float(slopes[best]) * (1 - slack)))
        try:
            certify_minorant(schedule, Minorant(level, slope))
        except (ProofError, ZeroDivisionError):
            continue
        return Minorant(level, slope)
    raise ProofError(
        f"No minorant of the schedule could be certified near level {levels[best]:.4g} and slope "
        f"{slopes[best]:.4g}: its values are too close to 0."
    )


def report(schedule: Schedule = REFERENCE, ranks: Sequence[int] = RANKS) -> Report:
    """Certify gamma, a minorant and alpha, by ball arithmetic and again by mpmath's intervals.

    Raises
    ------
    InputError
        On a rank out of range.
    ProofError
        If a bound cannot be certified, or the second checker does not confirm it.
    """
    from signcheck.intervals.newton_schulz_recheck import recheck_alpha, recheck_range

    for rank in ranks:
        check_rank(rank)
    top, bottom = (extreme(schedule, ZERO, ONE, sign) for sign in (1, -1))
    lowest, highest = _ends(bottom)[0], _ends(top)[1]
    gamma = up(max(highest, -lowest))
    minorant = minorant_of(schedule, max(ranks, default=2))
    rows = tuple(tuple(map(_text, row)) for row in schedule)
    # q(0) = 0, and a minorant shows that it is the smallest value.
    low = 0.0 if minorant else float(down(lowest))
    if minorant is None:
        return Report(rows, float(gamma), low, None, None, {}, {"balls": "range of q"})
    level, slope = minorant.level, minorant.slope
    cells = certify_minorant(schedule, minorant)
    again = recheck_range(schedule, gamma, level, slope)
    by_rank: dict[str, float] = {}
    for rank in ranks:
        safe = down(_ends(alpha(minorant, rank))[0])
        again += recheck_alpha(level, slope, rank, safe) if rank > 1 else 0
        by_rank[str(rank)] = float(safe)
    checked = {"balls": f"{cells} intervals", "mpmath": f"{again} intervals, cut in three"}
    return Report(rows, float(gamma), low, float(level), float(slope), by_rank, checked)


def command(pairs: Mapping[str, str]) -> Report:
    """The report for ``coefficients=`` (rows parted by ;), ``steps=`` and ``r=``.

    One row is repeated ``steps`` times (5 when left out).

    Raises
    ------
    InputError
        On an unknown key or a value that is no list of numbers.
    """
    unknown = sorted(set(pairs) - {"coefficients", "steps", "r"})
    if unknown:
        raise InputError(f"newton-schulz has no key {unknown[0]!r}: use coefficients, steps and r.")
    rows = [
        [exact(part.strip()) for part in row.split(",")]
        for row in pairs.get("coefficients", "3.4445,-4.7750,2.0315").split(";")
    ]
    if "steps" in pairs and len(rows) > 1:
        raise InputError(f"steps repeats one row of coefficients, got {len(rows)} rows: drop it.")
    steps = _whole("steps", pairs["steps"]) if "steps" in pairs else STEPS
    if not 1 <= steps <= 20:
        raise InputError(f"steps must be from 1 to 20, got {steps}.")
    ranks = [_whole("r", part) for part in pairs["r"].split(",")] if "r" in pairs else list(RANKS)
    return report(schedule_of(rows * steps if len(rows) == 1 else rows), ranks)


def _whole(name: str, text: str) -> int:
    try:
        return int(text)
    except ValueError as error:
        raise InputError(f"{name} must be an integer, got {text!r}.") from error
