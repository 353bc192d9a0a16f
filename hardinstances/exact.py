"""Exact rationals: evaluation, safe rounding to float64, sums and one comparison of roots.

Every float64 is a rational number. Parameters of an instance are rounded to the side that keeps
the instance inside its class, so that a certificate can be exact about the numbers that are run.
"""

from __future__ import annotations

import math
import sys
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING

import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = [
    "compiled",
    "evaluate",
    "nearest_float",
    "rational",
    "round_down",
    "round_up",
    "sum_upward",
    "within_root_of_two",
]

_DIGITS = 60
_EXACT_TERMS = 512
_GUARD_BITS = 256


def evaluate(expr: sp.Expr, numbers: Mapping[sp.Symbol, Fraction]) -> Fraction:
    """A rational function at exact rationals, as a Fraction.

    Raises
    ------
    InputError
        If the expression holds anything but rationals, symbols given in ``numbers``, sums,
        products and integer powers.
    """
    if isinstance(expr, sp.Rational):
        return Fraction(int(expr.p), int(expr.q))
    if isinstance(expr, sp.Symbol) and expr in numbers:
        return numbers[expr]
    if isinstance(expr, sp.Add):
        return sum((evaluate(arg, numbers) for arg in expr.args), Fraction(0))
    if isinstance(expr, sp.Mul):
        return math.prod((evaluate(arg, numbers) for arg in expr.args), start=Fraction(1))
    if isinstance(expr, sp.Pow) and isinstance(expr.exp, sp.Integer):
        base = evaluate(expr.base, numbers)
        if base == 0 and int(expr.exp) < 0:
            raise InputError(f"{expr} divides by zero at the given numbers: change them.")
        return base ** int(expr.exp)
    raise InputError(f"{expr} has no exact rational value: only rational functions have one.")


class _FractionPrinter(PythonCodePrinter):  # type: ignore[misc]
    """Prints numbers as Fractions, so that no division is ever one of floats."""

    def _print_Rational(self, expr: sp.Rational) -> str:
        return f"Fraction({expr.p}, {expr.q})"

    def _print_Integer(self, expr: sp.Integer) -> str:
        return f"Fraction({expr.p})"

    def _print_Pow(self, expr: sp.Pow, **_: object) -> str:
        if not isinstance(expr.exp, sp.Integer):
            raise InputError(
                f"{expr} has no exact rational value: only rational functions have one."
            )
        return f"({self._print(expr.base)})**({int(expr.exp)})"


@cache
def compiled(expr: sp.Expr, symbols: tuple[sp.Symbol, ...]) -> Callable[..., Fraction]:
    """A rational function as a function of Fractions: :func:`evaluate`, fast for many points."""
    function: Callable[..., Fraction] = sp.lambdify(
        symbols, expr, modules={"Fraction": Fraction}, printer=_FractionPrinter
    )
    return function


def rational(value: Fraction | float) -> sp.Rational:
    """The exact sympy rational of a float, int or Fraction."""
    fraction = Fraction(value)
    return sp.Rational(fraction.numerator, fraction.denominator)


def nearest_float(expr: sp.Expr) -> float:
    """A real number as float64; raises InputError where float64 overflows or loses digits."""
    exact = sp.N(expr, _DIGITS)
    nearest = float(exact)
    if not math.isfinite(nearest) or (exact != 0 and abs(nearest) < sys.float_info.min):
        raise InputError(f"{sp.N(exact, 6)} does not fit a float64: rescale the problem.")
    return nearest


def _rounded(expr: sp.Expr | Fraction, towards: float) -> float:
    if isinstance(expr, Fraction):
        expr = rational(expr)
    exact = sp.N(expr, _DIGITS)
    nearest = nearest_float(exact)
    wrong_side = rational(nearest) > exact if towards < 0 else rational(nearest) < exact
    return math.nextafter(nearest, towards) if wrong_side else nearest


def round_down(expr: sp.Expr | Fraction) -> float:
    """The largest float64 not above a real number (decided with 60 digits)."""
    return _rounded(expr, -math.inf)


def round_up(expr: sp.Expr | Fraction) -> float:
    """The smallest float64 not below a real number (decided with 60 digits)."""
    return _rounded(expr, math.inf)


def sum_upward(terms: Iterable[tuple[Fraction, int]]) -> Fraction:
    """Sum of ``term * count`` over non-negative terms: exact up to 512 of them.

    Beyond that, denominators without a common factor would grow without limit, so each term is
    rounded up by less than ``2^-256`` of the largest one.
    """
    weighted = [term * count for term, count in terms]
    if len(weighted) <= _EXACT_TERMS:
        return sum(weighted, Fraction(0))
    largest = max(weighted)
    if largest == 0:
        return Fraction(0)
    bits = _GUARD_BITS - (largest.numerator.bit_length() - largest.denominator.bit_length())
    scale = Fraction(2) ** bits
    return sum(math.ceil(term * scale) for term in weighted) / scale


def within_root_of_two(ratio: Fraction, batch: int) -> bool:
    """Whether ``ratio <= 2^(1/batch) - 1``, decided exactly.

    Most ratios are below a rational bound that was proved once; for the others see :func:`_within`.
    """
    return ratio <= _below_root(batch) or _within(ratio, batch)


@cache
def _below_root(batch: int) -> Fraction:
    """A rational number below ``2^(1/batch) - 1``, by about a part in 10^50; 0 if unproved."""
    import mpmath

    with mpmath.workdps(70):
        near = mpmath.expm1(mpmath.log(2) / batch) * (1 - mpmath.mpf(10) ** -50)
        candidate = Fraction(int(mpmath.floor(near * mpmath.mpf(2) ** 200)), 2**200)
    return candidate if _within(candidate, batch) else Fraction(0)


def _within(ratio: Fraction, batch: int) -> bool:
    """``(1 + ratio)^batch <= 2`` by interval arithmetic, by integers if that cannot tell."""
    from mpmath import iv

    before, iv.prec = iv.prec, 400
    try:
        left = batch * iv.log(1 + iv.mpf(ratio.numerator) / iv.mpf(ratio.denominator))
        gap = iv.log(2) - left
        if gap.a > 0 or gap.b < 0:
            return bool(gap.a > 0)
    finally:
        iv.prec = before
    return bool((1 + ratio) ** batch <= 2)
