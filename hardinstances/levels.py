"""Certified levels: the stationarity that a named class of methods provably cannot beat.

Each level is one symbolic expression. The instance that attains it evaluates it, the theorem in
``proofs/`` proves exactly it, and its numbers, its regime and its error sentences come from here.

Units: ``f`` is a value, ``x`` a length, the level an l1 norm of a gradient (value/length).

Source: theory sheet, section 3 (T2 with a sharper constant inside the logarithm, T2b, T2c).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy as sp

from hardinstances.level import Condition, Level, Part

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
_MORE_GAP = "raise Delta"


def _moves(**moves: str) -> Mapping[str, str]:
    return MappingProxyType(moves)


_LOWER_ETA = _moves(eta="lower the stepsize eta", Delta=_MORE_GAP)
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
_well_gap = Part("the well", _wells_part, _LOWER_ETA)

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
            parts=(Part("n*tau", _n * _tau, _moves(tau="lower tau", sigma="raise sigma")),),
        ),
        Condition(
            "gap",
            _noisy_gap,
            strict=False,
            sentence=_GAP_SENTENCE,
            budget="gap",
            parts=(
                Part("the oscillator", _swing_part, _LOWER_ETA),
                Part(
                    "the length of the noisy slopes",
                    _b * _Dn,
                    _moves(rho="raise rho", eta="lower eta", sigma="lower sigma", Delta=_MORE_GAP),
                ),
                Part(
                    "the bend of the noisy slopes",
                    _b**2 / (2 * _delta * _L),
                    _moves(delta="raise delta", sigma="lower sigma", Delta=_MORE_GAP),
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
