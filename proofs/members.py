"""Exact class members and laws on which the lemmas are evaluated, both sides, in rationals.

The quadratics have the smoothness that enumeration finds, so A1 holds by construction; the laws
have two points. Some are tight: there the two sides agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import sympy as sp

from signcheck.experiment import Evaluation

Vector = tuple[Fraction, ...]
Matrix = tuple[Vector, ...]

SIGNS = (1, -1, 1)
START: Vector = (Fraction(2), Fraction(-1, 3), Fraction(5, 7))
RANK_ONE: Matrix = tuple(tuple(Fraction(a * b, 9) for b in SIGNS) for a in SIGNS)
"""L_oo-to-1 constant 1, attained along SIGNS."""
FULL: Matrix = tuple(tuple(Fraction(n) for n in row) for row in ((2, 1, 0), (1, 3, -1), (0, -1, 1)))
TINY = Fraction(1, 10**6)


def _times(matrix: Matrix, x: Vector) -> Vector:
    return tuple(_dot(row, x) for row in matrix)


def _dot(u: Vector, v: Vector) -> Fraction:
    return sum((a * b for a, b in zip(u, v, strict=True)), Fraction(0))


def _smoothness(matrix: Matrix) -> Fraction:
    """max |H v|_1 over |v|_oo <= 1: a convex function, so its maximum is at a vector of signs."""
    corners = product((Fraction(-1), Fraction(1)), repeat=len(matrix))
    return max(sum(map(abs, _times(matrix, v)), Fraction(0)) for v in corners)


def _exact(number: Fraction) -> sp.Rational:
    return sp.Rational(number.numerator, number.denominator)


def _values(**atoms: tuple[Any, Fraction]) -> dict[Any, sp.Rational]:
    return {atom: _exact(number) for atom, number in atoms.values()}


def _shown(**numbers: Any) -> Mapping[str, Any]:
    return {name: str(number) for name, number in numbers.items()}


def descent(smoothness: Any, remainder: Any, length: Any) -> tuple[Evaluation, ...]:
    """f = <x, H x>/2 for L0: remainder <x' - x, H (x' - x)>/2, tight along the signs."""

    def at(name: str, matrix: Matrix, step: Vector) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            there = tuple(a + b for a, b in zip(START, step, strict=True))
            gradient = _times(matrix, START)
            rise = (_dot(there, _times(matrix, there)) - _dot(START, gradient)) / 2
            return _values(
                L=(smoothness, _smoothness(matrix)),
                remainder=(remainder, abs(rise - _dot(gradient, step))),
                length=(length, max(map(abs, step))),
            )

        return Evaluation(name, _shown(H=[list(map(str, row)) for row in matrix]), values)

    signs = tuple(Fraction(s, 5) for s in SIGNS)
    return (
        at("quadratic of rank 1", RANK_ONE, signs),
        at("quadratic of rank 3", FULL, (Fraction(1), Fraction(1, 2), Fraction(-1, 4))),
    )


def gap(smoothness: Any, norm: Any, value: Any, infimum: Any) -> tuple[Evaluation, ...]:
    """The same functions for L0-gap, with infimum 0 (H is positive semidefinite)."""

    def at(name: str, matrix: Matrix) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            gradient = _times(matrix, START)
            return _values(
                L=(smoothness, _smoothness(matrix)),
                norm=(norm, sum(map(abs, gradient), Fraction(0))),
                value=(value, _dot(START, gradient) / 2),
                infimum=(infimum, Fraction(0)),
            )

        return Evaluation(name, _shown(H=[list(map(str, row)) for row in matrix]), values)

    return at("quadratic of rank 1", RANK_ONE), at("quadratic of rank 3", FULL)


def laws(mean: Any, bias: Any, deviation: Any) -> tuple[Evaluation, ...]:
    """Two-point laws for L1: Y = low with probability q, else high."""

    def of(name: str, low: Fraction, high: Fraction, q: Fraction) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            average = q * low + (1 - q) * high
            variance = q * (low - average) ** 2 + (1 - q) * (high - average) ** 2
            sign = q * _sign(low) + (1 - q) * _sign(high)
            atoms = _values(mean=(mean, average), bias=(bias, sign))
            return {**atoms, deviation: sp.sqrt(_exact(variance))}

        return Evaluation(name, _shown(low=low, high=high, q=q), values)

    return (
        of("two-point law, fair", -TINY, 2 + TINY, Fraction(1, 2)),
        of("two-point law, skew", Fraction(-1), Fraction(3), Fraction(1, 4)),
    )


def _sign(x: Fraction) -> int:
    return (x > 0) - (x < 0)


def pairs(true: Any, seen: Any) -> tuple[Evaluation, ...]:
    """Numbers a and m for L1-pointwise: nearly tight where m has just passed zero."""

    def at(a: Fraction, m: Fraction) -> Evaluation:
        shown = _shown(a=a, m=m)
        return Evaluation(f"a = {a}, m = {m}", shown, lambda: _values(a=(true, a), m=(seen, m)))

    return at(Fraction(1), -TINY), at(Fraction(-2), Fraction(1))
