"""Certified ranges of a Newton-Schulz schedule: q = p_n o ... o p_1 on [0, 1], every p_k odd.

A matrix step O = q(G/|G|_F) acts on singular values in [0, 1]. What T5 needs of it follows from a
bound gamma of |q| and a minorant q(s) >= min(level, slope s): both are certified here in ball
arithmetic, on intervals that are cut in two, by the mean value form q(X) in q(c) + q'(X)(X - c).
``newton_schulz_recheck`` checks the same claims in other arithmetic on other intervals.

Source: theory sheet, T10; K. Jordan et al., "Muon", 2024 (the reference coefficients).
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Any

import flint

from hardinstances.errors import InputError, ProofError

__all__ = [
    "REFERENCE",
    "REFERENCE_MINORANT",
    "Minorant",
    "Schedule",
    "ball",
    "certify_minorant",
    "certify_size",
    "extreme",
    "float_value",
    "schedule_of",
]

Schedule = tuple[tuple[Fraction, ...], ...]
"""Coefficients of s, s^3, s^5, ... for each iteration, in order."""

PRECISION = 100
CELLS, WIDTH, HUGE = 400_000, Fraction(1, 2**50), 10**6
TOLERANCE = Fraction(1, 10**7)
ZERO, ONE = Fraction(0), Fraction(1)


def exact(value: Any) -> Fraction:
    """A coefficient as the decimal that it prints as; raises InputError for anything else."""
    try:
        return Fraction(str(value))
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(
            f"{value!r} is not a finite number: give decimals or fractions."
        ) from error


def schedule_of(coefficients: Sequence[Sequence[Any]]) -> Schedule:
    """A schedule from its coefficients, one row (of s, s^3, s^5, ...) an iteration.

    Raises
    ------
    InputError
        If there is no row, or a row is empty or holds something else than finite numbers.
    """
    rows = tuple(tuple(map(exact, row)) for row in coefficients)
    if not rows or not all(rows):
        raise InputError(
            "A schedule needs at least one iteration with at least one coefficient, got "
            f"{[list(map(str, row)) for row in rows]}: write coefficients=3.4445,-4.775,2.0315."
        )
    return rows


REFERENCE: Schedule = schedule_of([["3.4445", "-4.7750", "2.0315"]] * 5)
"""Five times p(s) = 3.4445 s - 4.7750 s^3 + 2.0315 s^5, as in Muon and torch.optim.Muon."""


@dataclass(frozen=True)
class Minorant:
    """q(s) >= min(level, slope s) for 0 <= s <= 1; both positive."""

    level: Fraction
    slope: Fraction

    @property
    def knee(self) -> Fraction:
        """Where the two pieces meet."""
        return self.level / self.slope


REFERENCE_MINORANT = Minorant(Fraction(6818, 10000), Fraction(450))
"""The minorant of T10 for the reference schedule."""


# ---------------------------------------------------------------- evaluation


def number(value: Fraction) -> flint.arb:
    """The ball around an exact rational."""
    return flint.arb(flint.fmpq(value.numerator, value.denominator))


def ball(low: Fraction, high: Fraction) -> flint.arb:
    """The smallest ball that contains an interval."""
    return number(low).union(number(high))


def value_and_slope(schedule: Schedule, x: flint.arb) -> tuple[flint.arb, flint.arb]:
    """Enclosures of q and q' on a ball, by the chain rule."""
    slope = flint.arb(1)
    for row in schedule:
        square = x * x
        even, derivative = flint.arb(0), flint.arb(0)
        for power in range(len(row) - 1, -1, -1):
            coefficient = number(row[power])
            even = even * square + coefficient
            derivative = derivative * square + (2 * power + 1) * coefficient
        x, slope = x * even, slope * derivative
    return x, slope


def ratio(schedule: Schedule, x: flint.arb) -> flint.arb:
    """Enclosure of q(s)/s, which is a product of even polynomials and has a value at 0."""
    product = flint.arb(1)
    for row in schedule:
        square, even = x * x, flint.arb(0)
        for coefficient in reversed(row):
            even = even * square + number(coefficient)
        x, product = x * even, product * even
    return product


def float_value(schedule: Schedule, s: Any) -> Any:
    """q(s) in float64, a number or an array, without any guarantee."""
    for row in schedule:
        total = 0.0 * s
        for coefficient in reversed(row):
            total = total * s * s + float(coefficient)
        s = s * total
    return s


def _mean_value(schedule: Schedule, low: Fraction, high: Fraction) -> flint.arb:
    """Enclosure of q on [low, high]."""
    whole, middle = ball(low, high), number((low + high) / 2)
    natural, slope = value_and_slope(schedule, whole)
    around = value_and_slope(schedule, middle)[0] + slope * (whole - middle)
    return around.intersection(natural) if around.overlaps(natural) else around


# ---------------------------------------------------------------- certificates


def show(
    enclosure: Callable[[Fraction, Fraction], flint.arb],
    least: Fraction,
    low: Fraction,
    high: Fraction,
    claim: str,
) -> int:
    """Certify ``enclosure >= least`` on [low, high] by bisection; the number of intervals.

    Raises
    ------
    ProofError
        Naming the claim and an interval on which it is not shown.
    """
    pending, cells = [(low, high)], 0
    bound = number(least)
    while pending:
        a, b = pending.pop()
        cells += 1
        if enclosure(a, b) >= bound:
            continue
        middle = (a + b) / 2
        there = enclosure(middle, middle)
        if there < bound or b - a < WIDTH or cells > CELLS:
            raise ProofError(
                f"{claim} is not shown: at s = {float(middle):.8g} the value is {there.str(8)}. "
                "Lower the claim.",
                step=claim,
                residual=there.str(12),
            )
        pending += [(a, middle), (middle, b)]
    return cells


def extreme(schedule: Schedule, low: Fraction, high: Fraction, sign: int) -> flint.arb:
    """Enclosure of max q (``sign`` 1) or min q (``sign`` -1) on [low, high], about 1e-7 wide.

    Raises
    ------
    ProofError
        If too many intervals are needed: the polynomials grow too fast.
    """
    with flint.ctx.workprec(PRECISION):
        for part in range(1, 9):
            there = value_and_slope(schedule, number(low + (high - low) * part / 8))[0]
            if not abs(there) < HUGE:
                raise ProofError("The range of the schedule is not enclosed: it grows too fast.")
        order = count()
        best: flint.arb = sign * value_and_slope(schedule, number(high))[0]
        queue = [_entry(schedule, low, high, sign, next(order))]
        while queue:
            top, _, a, b = heapq.heappop(queue)
            upper = -top
            if upper - best.lower() <= number(TOLERANCE) or next(order) > CELLS // 4:
                break
            middle = (a + b) / 2
            here = sign * value_and_slope(schedule, number(middle))[0]
            if here.lower() > best.lower():
                best = here
            for ends in ((a, middle), (middle, b)):
                heapq.heappush(queue, _entry(schedule, *ends, sign, next(order)))
        found = best.lower().union(upper)
        if not found.is_finite() or next(order) > CELLS // 4:
            raise ProofError("The range of the schedule is not enclosed: it grows too fast.")
        return sign * found


def _entry(
    schedule: Schedule, low: Fraction, high: Fraction, sign: int, order: int
) -> tuple[Any, int, Fraction, Fraction]:
    upper = (sign * _mean_value(schedule, low, high)).upper()
    if not upper.is_finite():
        raise ProofError("The range of the schedule is not enclosed: it grows too fast.")
    return -upper, order, low, high


def certify_minorant(schedule: Schedule, minorant: Minorant) -> int:
    """Certify q(s) >= min(level, slope s) on [0, 1]; the number of intervals.

    Raises
    ------
    ProofError
        If it is not shown somewhere, or level and slope are not positive with a knee below 1.
    """
    if not (minorant.level > 0 and minorant.slope > 0 and minorant.knee <= 1):
        raise ProofError(
            f"min({float(minorant.level)}, {float(minorant.slope)} s) is no minorant with a rise "
            "and a level: both must be positive and meet before 1."
        )

    def rise(a: Fraction, b: Fraction) -> flint.arb:
        return ratio(schedule, ball(a, b))

    def height(a: Fraction, b: Fraction) -> flint.arb:
        return _mean_value(schedule, a, b)

    with flint.ctx.workprec(PRECISION):
        knee = minorant.knee
        cells = show(rise, minorant.slope, ZERO, knee, f"q(s)/s >= {float(minorant.slope):.6g}")
        return cells + show(height, minorant.level, knee, ONE, f"q >= {float(minorant.level):.6g}")


def certify_size(schedule: Schedule, gamma: Fraction) -> int:
    """Certify |q| <= gamma on [0, 1]; the number of intervals.

    Raises
    ------
    ProofError
        If it is not shown somewhere.
    """
    cells = 0
    with flint.ctx.workprec(PRECISION):
        for sign in (1, -1):

            def room(a: Fraction, b: Fraction, sign: int = sign) -> flint.arb:
                return -sign * _mean_value(schedule, a, b)

            claim = f"{'-' if sign > 0 else ''}q >= {-float(gamma):.6g}"
            cells += show(room, -gamma, ZERO, ONE, claim)
    return cells
