"""Certified levels: the stationarity that a named class of methods provably cannot beat.

Each level is one symbolic expression. The instance that attains it evaluates it, the theorem in
``proofs/`` proves exactly it, and its numbers, its regime and its error sentences come from here.

Units: ``f`` is a value, ``x`` a length, the level an l1 norm of a gradient (value/length).

Source: theory sheet, section 3 (T2 with a sharper constant inside the logarithm, T2b, T2c).
"""

from __future__ import annotations

import math
import numbers as numeric_tower
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.errors import BudgetError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "LATTICE_TIGHT",
    "LATTICE_WELLS",
    "LEVELS",
    "SIGNSGD_TIGHT",
    "Condition",
    "Level",
    "Part",
]


@dataclass(frozen=True)
class Part:
    """One consumer of a budget: what it needs, and the parameter whose move frees it."""

    name: str
    expr: sp.Expr
    parameter: str
    advice: str


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

    def failure(self, numbers: Mapping[sp.Symbol, sp.Expr], value: sp.Expr) -> InputError:
        """The error to raise at ``numbers``, where ``expr`` is ``value``."""
        if self.budget is None:
            return InputError(self.sentence)
        missing = -float(value)
        sizes = [float(sp.N(part.expr.subs(numbers), 20)) for part in self.parts]
        worst = self.parts[max(range(len(sizes)), key=sizes.__getitem__)]
        return BudgetError(
            f"{self.sentence} by {missing:.6g}: {worst.name} alone takes {max(sizes):.6g}; "
            f"{worst.advice}.",
            budget=self.budget,
            excess=missing,
            parameter=worst.parameter,
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
        point = self._point(numbers)
        self._check_regime(point)
        return float(sp.N(self.expr.subs(point), 30))

    def exact(self, **rationals: Fraction | int) -> sp.Expr:
        """The level at exact rationals, as an exact sympy number; errors as in :meth:`value`."""
        point = self._point(rationals)
        self._check_regime(point)
        return self.expr.subs(point)

    def _point(self, given: Mapping[str, Any]) -> dict[sp.Symbol, sp.Rational]:
        for name in given:
            if name not in self.symbols:
                raise InputError(
                    f"{self.name} has no parameter {name!r}: its parameters are "
                    f"{', '.join(self.symbols)}."
                )
        missing = [name for name in self.symbols if name not in given]
        if missing:
            raise InputError(f"{self.name} needs {', '.join(missing)}: give a number for each.")
        return {sp.Symbol(n): _rational(n, v, n in self.integers) for n, v in given.items()}

    def _check_regime(self, point: Mapping[sp.Symbol, sp.Rational]) -> None:
        for condition in self.regime:
            value = sp.N(condition.expr.subs(point), 30)
            if not condition.holds(value):
                raise condition.failure(point, value)

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


def _rational(name: str, value: Any, integer: bool) -> sp.Rational:
    if isinstance(value, bool) or not isinstance(value, numeric_tower.Real):
        raise InputError(f"{name} must be a real number, got {value!r}: give one number.")
    if not isinstance(value, Fraction) and not math.isfinite(value):
        raise InputError(f"{name} must be finite, got {value}: give a finite number.")
    fraction = Fraction(value) if isinstance(value, (int, Fraction)) else Fraction(float(value))
    if integer and fraction.denominator != 1:
        raise InputError(f"{name} must be an integer, got {value}: round it.")
    return sp.Rational(fraction.numerator, fraction.denominator)


_L, _Delta, _T, _B, _S, _n = (sp.Symbol(name) for name in ("L", "Delta", "T", "B", "S", "n"))
_eta, _delta, _rho, _tau = (sp.Symbol(name) for name in ("eta", "delta", "rho", "tau"))

SYMBOLS: Mapping[str, str] = MappingProxyType(
    {
        "L": "smoothness, l_oo to l1 [value/length^2]",
        "Delta": "gap f(x_0) - inf f [value]",
        "eta": "stepsize, the move of a coordinate in a step [length]",
        "T": "number of steps [1]",
        "B": "batch, oracle calls in a step [1]",
        "delta": "share of the curvature given to a ramp [1]",
        "rho": "probability that a noisy coordinate may have left its slope [1]",
        "S": "l1 norm of sigma without its two smallest entries [value/length]",
        "n": "number of noisy coordinates [1]",
        "tau": "offset of the masking noise, 0 for the supremum [value/length]",
    }
)
"""Every symbol of the levels with its unit."""


def _symbols(*names: str) -> Mapping[str, str]:
    return MappingProxyType({name: SYMBOLS[name] for name in names})


def _positive(symbol: sp.Symbol) -> Condition:
    sentence = f"{symbol} must be positive: it is a {SYMBOLS[symbol.name].split(',')[0]}."
    return Condition(f"{symbol} > 0", symbol, strict=True, sentence=sentence)


def _not_negative(symbol: sp.Symbol) -> Condition:
    sentence = f"{symbol} must not be negative: it is the {SYMBOLS[symbol.name]}."
    return Condition(f"{symbol} >= 0", symbol, strict=False, sentence=sentence)


def _at_least_one(symbol: sp.Symbol) -> Condition:
    sentence = f"{symbol} must be at least 1: it is the {SYMBOLS[symbol.name]}."
    return Condition(f"{symbol} >= 1", symbol - 1, strict=False, sentence=sentence)


def _inside(symbol: sp.Symbol, high: sp.Rational) -> tuple[Condition, Condition]:
    sentence = f"{symbol} must lie strictly between 0 and {high}: it is the {SYMBOLS[symbol.name]}."
    return (
        Condition(f"{symbol} > 0", symbol, strict=True, sentence=sentence),
        Condition(f"{symbol} < {high}", high - symbol, strict=True, sentence=sentence),
    )


def _ramp_slope(budget: sp.Expr) -> sp.Expr:
    """Slope ``a >= 0`` of the noiseless ramp: ``a^2/(2 delta L) + a eta (T-1) = budget``."""
    drop = _delta * _L * _eta * (_T - 1)
    return sp.sqrt(drop**2 + 2 * _delta * _L * budget) - drop


_core = (_positive(_L), _positive(_Delta), _positive(_eta))
_GAP_SENTENCE = "The gap budget Delta is exceeded"

LATTICE_WELLS = Level(
    name="lattice-wells",
    theorem="T2b",
    methods="every method on the lattice x_0 + eta Z^d that moves by at most eta a coordinate",
    expr=sp.Min(_L * _eta / 2, sp.sqrt(2 * _L * _Delta)),
    symbols=_symbols("L", "Delta", "eta"),
    integers=frozenset(),
    free=MappingProxyType({}),
    regime=_core,
)
"""T2b: ``|grad f(x_t)|_1`` equals this at every t, surely, whatever batch, momentum or noise."""

_wells_part = (1 - _delta) * _L * _eta**2 / 8
_well_gap = Part("the well", _wells_part, "eta", "lower the stepsize eta or raise Delta")

LATTICE_TIGHT = Level(
    name="lattice-tight",
    theorem="T2c",
    methods="every method on the lattice x_0 + eta Z^d that moves by at most eta a coordinate",
    expr=_ramp_slope(_Delta - _wells_part) + (1 - _delta) * _L * _eta / 2,
    symbols=_symbols("L", "Delta", "eta", "T", "delta"),
    integers=frozenset({"T"}),
    free=MappingProxyType({"delta": (0.0, 1.0)}),
    regime=(
        *_core,
        _at_least_one(_T),
        *_inside(_delta, sp.S.One),
        Condition(
            "gap",
            _Delta - _wells_part,
            strict=False,
            sentence=_GAP_SENTENCE,
            budget="gap",
            parts=(_well_gap,),
        ),
    ),
)
"""T2c: ``|grad f(x_t)|_1`` is at least this for every t < T, surely."""

MASKED_SLOPE = _S * sp.sqrt(sp.Integer(2) ** (1 / _B) - 1) - _n * _tau
"""Total slope of the noisy coordinates that masking noise hides from a batch of B calls."""

ESCAPE_LENGTH = _eta * sp.sqrt(2 * (_T - 1) * sp.log(1 / _rho))
"""A fair walk of t < T steps of size eta is below minus this with probability at most rho."""

_b, _Dn = MASKED_SLOPE, ESCAPE_LENGTH
_swing_part = (1 - 2 * _delta) * _L * _eta**2 / 8
_noisy_gap = _Delta - _swing_part - _b * _Dn - _b**2 / (2 * _delta * _L)

SIGNSGD_TIGHT = Level(
    name="signsgd-tight",
    theorem="T2",
    methods="SignSGD with constant stepsize and batch",
    expr=_ramp_slope(_noisy_gap) + (1 - 2 * _delta) * _L * _eta / 2 + (1 - _rho) * _b,
    symbols=_symbols("L", "Delta", "eta", "T", "B", "delta", "rho", "S", "n", "tau"),
    integers=frozenset({"T", "B", "n"}),
    free=MappingProxyType({"delta": (0.0, 0.5), "rho": (0.0, 1.0)}),
    regime=(
        *_core,
        _at_least_one(_T),
        _at_least_one(_B),
        *_inside(_delta, sp.Rational(1, 2)),
        *_inside(_rho, sp.S.One),
        _not_negative(_S),
        _not_negative(_n),
        _not_negative(_tau),
        Condition(
            "masked slope",
            _b,
            strict=False,
            sentence="The variance budget sigma is exceeded",
            budget="variance",
            parts=(Part("the offset n*tau", _n * _tau, "tau", "lower tau"),),
        ),
        Condition(
            "gap",
            _noisy_gap,
            strict=False,
            sentence=_GAP_SENTENCE,
            budget="gap",
            parts=(
                Part("the oscillator", _swing_part, "eta", "lower the stepsize eta or raise Delta"),
                Part(
                    "the length of the noisy slopes",
                    _b * _Dn,
                    "rho",
                    "raise rho, lower eta, T or sigma, or raise Delta",
                ),
                Part(
                    "the bend of the noisy slopes",
                    _b**2 / (2 * _delta * _L),
                    "delta",
                    "raise delta, lower sigma, or raise Delta",
                ),
            ),
        ),
    ),
)
"""T2, finite horizon: ``min_{t<T} E|grad f(x_t)|_1`` is at least this.

The sheet has ``2/rho`` in the logarithm, for the probability that the walk was ever below; each
``E f'(x_t)`` needs the law of ``x_t`` only, so Hoeffding's inequality alone, with ``1/rho``, does.
"""

LEVELS: Mapping[str, Level] = MappingProxyType(
    {level.name: level for level in (LATTICE_WELLS, LATTICE_TIGHT, SIGNSGD_TIGHT)}
)
"""Every level by name."""
