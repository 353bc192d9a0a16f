"""The claims on a Newton-Schulz schedule once more: mpmath's intervals, cut in three.

Nothing is shared with ``newton_schulz`` but the claims: other arithmetic (53 bits, outward
rounding), other intervals, the polynomials in another order of operations. Source: T10.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

from hardinstances.errors import ProofError

__all__ = ["recheck_alpha", "recheck_minorant", "recheck_range", "recheck_size"]

CELLS, FINEST = 60_000, Fraction(1, 10**13)
Ends = tuple[Fraction, Fraction]


def _interval(low: Fraction, high: Fraction) -> Any:
    from mpmath import iv

    ends = (iv.mpf(x.numerator) / iv.mpf(x.denominator) for x in (low, high))
    first, last = ends
    return iv.mpf([first.a, last.b])


def _polynomial(row: Sequence[Fraction], x: Any) -> tuple[Any, Any]:
    """An odd polynomial and its derivative, power by power."""
    square, power = x**2, _interval(Fraction(1), Fraction(1))
    total, slope = x * 0, x * 0
    for place, coefficient in enumerate(row):
        c = _interval(coefficient, coefficient)
        total, slope = total + c * power, slope + (2 * place + 1) * c * power
        power = power * square
    return total * x, slope


def _steps(schedule: Sequence[Sequence[Fraction]], low: Fraction, high: Fraction) -> Any:
    """q on an interval: each step by its own mean value form, then the whole by the chain rule."""
    x, middle = _interval(low, high), _interval((low + high) / 2, (low + high) / 2)
    start, center, slope = x, middle, x * 0 + 1
    for row in schedule:
        value, derivative = _polynomial(row, x)
        around = _polynomial(row, center)[0] + derivative * (x - center)
        slope, center = slope * derivative, _polynomial(row, center)[0]
        x = _cut(value, around)
    return _cut(x, center + slope * (start - middle))


def _cut(first: Any, second: Any) -> Any:
    from mpmath import iv

    low, high = max(first.a, second.a), min(first.b, second.b)
    return iv.mpf([low, high]) if low <= high else first


def _quotient(schedule: Sequence[Sequence[Fraction]], low: Fraction, high: Fraction) -> Any:
    """q(s)/s as a product of even polynomials."""
    x, product = _interval(low, high), _interval(Fraction(1), Fraction(1))
    for row in schedule:
        square, even = x**2, x * 0
        power = _interval(Fraction(1), Fraction(1))
        for coefficient in row:
            even, power = even + _interval(coefficient, coefficient) * power, power * square
        x, product = x * even, product * even
    return product


def _above(enclosure: Callable[[Fraction, Fraction], Any], least: Fraction, ends: Ends) -> int:
    """Cells in which ``enclosure >= least`` was shown on [low, high]."""
    bound, pending, cells = _interval(least, least).b, [ends], 0
    while pending:
        low, high = pending.pop()
        cells += 1
        if enclosure(low, high).a >= bound:
            continue
        middle, third = (low + high) / 2, (high - low) / 3
        if enclosure(middle, middle).b < bound or third < FINEST or cells > CELLS:
            raise ProofError(
                f"mpmath does not confirm a bound of {float(least):.8g} near {float(middle):.8g}: "
                "report this if ball arithmetic accepted it.",
                residual=str(float(middle)),
            )
        pending += [(low, low + third), (low + third, high - third), (high - third, high)]
    return cells


def recheck_minorant(
    schedule: Sequence[Sequence[Fraction]], level: Fraction, slope: Fraction
) -> int:
    """Confirm q(s) >= min(level, slope s) on [0, 1]; the number of intervals.

    Raises
    ------
    ProofError
        If it is not confirmed.
    """
    knee = level / slope

    def value(low: Fraction, high: Fraction) -> Any:
        return _steps(schedule, low, high)

    def rise(low: Fraction, high: Fraction) -> Any:
        return _quotient(schedule, low, high)

    return _above(rise, slope, (Fraction(0), knee)) + _above(value, level, (knee, Fraction(1)))


def recheck_size(schedule: Sequence[Sequence[Fraction]], gamma: Fraction) -> int:
    """Confirm |q| <= gamma on [0, 1]; the number of intervals.

    Raises
    ------
    ProofError
        If it is not confirmed.
    """

    def value(low: Fraction, high: Fraction) -> Any:
        return _steps(schedule, low, high)

    def minus(low: Fraction, high: Fraction) -> Any:
        return -_steps(schedule, low, high)

    whole = (Fraction(0), Fraction(1))
    return _above(minus, -gamma, whole) + _above(value, -gamma, whole)


def recheck_range(
    schedule: Sequence[Sequence[Fraction]], gamma: Fraction, level: Fraction, slope: Fraction
) -> int:
    """Confirm |q| <= gamma and q(s) >= min(level, slope s) on [0, 1]; the number of intervals.

    Raises
    ------
    ProofError
        If an inequality is not confirmed.
    """
    return recheck_minorant(schedule, level, slope) + recheck_size(schedule, gamma)


def recheck_alpha(level: Fraction, slope: Fraction, rank: int, alpha: Fraction) -> int:
    """Confirm that the quotient of T10's reduction is at least alpha; the number of intervals.

    With w on [0, 1] itself in place of the rational parameter; sqrt(1 - w^2) as an interval.

    Raises
    ------
    ProofError
        If it is not confirmed.
    """
    from mpmath import iv

    if rank * (level / slope) ** 2 >= 1 and slope**2 < alpha**2 * rank:
        raise ProofError(f"{rank} equal singular values give less than {float(alpha):.8g}.")
    l, k, a = (_interval(x, x) for x in (level, slope, alpha))
    root = iv.sqrt(iv.mpf(rank - 1))

    def margin(low: Fraction, high: Fraction) -> Any:
        w = _interval(low, high)
        rest = 1 - w**2
        sigma = iv.sqrt(iv.mpf([max(rest.a, 0), rest.b]))
        middle = _interval((low + high) / 2, (low + high) / 2)
        # In w the part without sigma is a parabola: its mean value form is sharp.
        parabola = k * middle**2 - a * root * middle + (2 * k * w - a * root) * (w - middle)
        return (l - a) * sigma + parabola

    return _above(margin, Fraction(0), (Fraction(0), Fraction(1)))
