"""What a certified level is: one expression, its symbols with units, and where it is proved.

Source: architecture of the project; the levels themselves are in :mod:`hardinstances.levels`.
"""

from __future__ import annotations

import math
import numbers as numeric_tower
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

import mpmath
import sympy as sp

from hardinstances.errors import BudgetError, InputError
from hardinstances.exact import nearest_float, rational

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

__all__ = ["Condition", "Level", "Part"]


@dataclass(frozen=True)
class Part:
    """One consumer of a budget.

    Parameters
    ----------
    name
        What it is, for the error sentence.
    expr
        How much of the budget it takes.
    moves
        Parameter -> the move that frees budget, best one first.
    """

    name: str
    expr: sp.Expr
    moves: Mapping[str, str]


@dataclass(frozen=True)
class Condition:
    """A condition ``expr >= 0`` (``expr > 0`` if ``strict``) of a regime.

    Parameters
    ----------
    name
        Short, for proofs and tables.
    sentence
        What is wrong when it fails.
    budget
        ``"gap"``, ``"curvature"`` or ``"variance"`` when the condition is a budget, else None.
    parts
        The consumers of that budget; the error names the largest one.
    """

    name: str
    expr: sp.Expr
    strict: bool
    sentence: str
    budget: str | None = None
    parts: tuple[Part, ...] = ()

    def holds(self, value: sp.Expr | float) -> bool:
        """Whether a value of ``expr`` satisfies the condition (nan does not)."""
        return bool(value > 0) if self.strict else bool(value >= 0)

    def failure(
        self,
        numbers: Mapping[sp.Symbol, sp.Expr],
        value: sp.Expr,
        searched: Collection[str] = (),
    ) -> InputError:
        """The error to raise at ``numbers``, where ``expr`` is ``value``.

        ``searched`` holds the parameters that were tried in full, so moving them cannot help.
        """
        if self.budget is None:
            return InputError(self.sentence)
        missing = -float(value)
        sizes = [float(sp.N(part.expr.subs(numbers), 20)) for part in self.parts]
        worst = self.parts[max(range(len(sizes)), key=sizes.__getitem__)]
        moves = {name: move for name, move in worst.moves.items() if name not in searched}
        tried = f", whatever {' and '.join(searched)}," if searched else ","
        return BudgetError(
            f"{self.sentence} by {missing:.6g}{tried} of which {worst.name} takes "
            f"{max(sizes):.6g}: {' or '.join(moves.values())}.",
            budget=self.budget,
            excess=missing,
            parameter=next(iter(moves)),
        )


@dataclass(frozen=True, eq=False)
class Level:
    """A certified level as one expression over plain symbols, with units and regime.

    Parameters
    ----------
    name
        Key in :data:`LEVELS`.
    theorem
        Id of the theorem that proves it.
    methods
        The class of methods that cannot beat it, in words.
    expr
        The level; value/length.
    symbols
        Name of each symbol -> description with its unit.
    integers
        The symbols that stand for integers.
    free
        Symbols that the adversary chooses -> open interval to search.
    regime
        Where the level is proved, checked in order.
    """

    name: str
    theorem: str
    methods: str
    expr: sp.Expr
    symbols: Mapping[str, str]
    integers: frozenset[str]
    free: Mapping[str, tuple[float, float]]
    regime: tuple[Condition, ...]

    def value(self, **numbers: float) -> float:
        """The level at given numbers, correct to float64 rounding.

        Raises
        ------
        InputError
            On an unknown or missing key, a value that is no finite number, a fraction where an
            integer is due, or numbers outside the regime (:class:`BudgetError` if a budget fails).
        """
        point = self.check(numbers)
        with mpmath.workdps(_DIGITS):
            return nearest_float(sp.Float(self._precise[0](*_precise_numbers(point)), _DIGITS))

    def exact(self, **rationals: Fraction | int) -> sp.Expr:
        """The level at exact rationals, as an exact sympy number; errors as in :meth:`value`."""
        point = self.check(rationals)
        return self.expr.subs(point)

    def rational(self, name: str, value: Any) -> sp.Rational:
        """One parameter as an exact rational; raises InputError if it is unknown or unusable."""
        if name not in self.symbols:
            raise InputError(
                f"{self.name} has no parameter {name!r}: its parameters are "
                f"{', '.join(self.symbols)}."
            )
        return _rational(name, value, integer=name in self.integers)

    def _point(self, given: Mapping[str, Any]) -> dict[sp.Symbol, sp.Rational]:
        point = {name: self.rational(name, value) for name, value in given.items()}
        missing = [name for name in self.symbols if name not in given]
        if missing:
            raise InputError(f"{self.name} needs {', '.join(missing)}: give a number for each.")
        return {sp.Symbol(name): point[name] for name in self.symbols}

    def check(
        self, numbers: Mapping[str, Any], searched: Collection[str] = ()
    ) -> dict[sp.Symbol, sp.Rational]:
        """The numbers as exact rationals, if they are complete and inside the regime.

        ``searched`` as in :meth:`Condition.failure`; errors as in :meth:`value`.
        """
        point = self._point(numbers)
        with mpmath.workdps(_DIGITS):
            precise = _precise_numbers(point)
            for condition, compiled in zip(self.regime, self._precise[1], strict=True):
                value = compiled(*precise)
                if abs(value) < _NEXT_TO_ZERO:
                    value = sp.N(condition.expr.subs(point), _DIGITS)
                if not condition.holds(value):
                    raise condition.failure(point, value, searched)
        return point

    @cached_property
    def _precise(self) -> tuple[Any, list[Any]]:
        """The level and the conditions for mpmath numbers in the order of the symbols."""
        names = [sp.Symbol(name) for name in self.symbols]
        conditions = [condition.expr for condition in self.regime]
        return (
            sp.lambdify(names, self.expr, modules="mpmath"),
            [sp.lambdify(names, condition, modules="mpmath") for condition in conditions],
        )

    @cached_property
    def _compiled(self) -> tuple[Any, Any]:
        names = [sp.Symbol(name) for name in self.symbols]
        conditions = [condition.expr for condition in self.regime]
        return (
            sp.lambdify(names, self.expr, modules="numpy"),
            sp.lambdify(names, conditions, modules="numpy"),
        )

    def values(self, **arrays: Any) -> Any:
        """The level on broadcasting numpy arrays, nan outside the regime (for searches and plots).

        Plain float64 evaluation: use :meth:`value` for a number to report.
        """
        import numpy as np

        level, conditions = self._compiled
        ordered = [np.asarray(arrays[name], dtype=np.float64) for name in self.symbols]
        with np.errstate(all="ignore"):
            inside = np.asarray(True)  # noqa: FBT003 - an array, not a flag
            for condition, value in zip(self.regime, conditions(*ordered), strict=True):
                inside = inside & ((value > 0) if condition.strict else (value >= 0))
            return np.where(inside, level(*ordered), np.nan)


_DIGITS = 50
_NEXT_TO_ZERO = 1e-35
"""Below this, a condition is decided by exact substitution."""


def _precise_numbers(point: Mapping[sp.Symbol, sp.Rational]) -> list[Any]:
    """Exact rationals as mpmath numbers of the working precision."""
    return [mpmath.mpf(int(number.p)) / int(number.q) for number in point.values()]


def _rational(name: str, value: Any, *, integer: bool) -> sp.Rational:
    if isinstance(value, bool) or not isinstance(value, numeric_tower.Real):
        raise InputError(f"{name} must be a real number, got {value!r}: give one number.")
    if not isinstance(value, Fraction) and not math.isfinite(value):
        raise InputError(f"{name} must be finite, got {value}: give a finite number.")
    fraction = Fraction(value) if isinstance(value, (int, Fraction)) else Fraction(float(value))
    if integer and fraction.denominator != 1:
        raise InputError(f"{name} must be an integer, got {value}: round it.")
    return rational(fraction)
