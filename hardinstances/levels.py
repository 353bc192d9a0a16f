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

from hardinstances.conditions import (
    EXCEEDED,
    LOWER_ETA,
    MORE_GAP,
    POSITIVE_CLASS,
    at_least_one,
    inside,
    moves,
    not_negative,
    symbols,
)
from hardinstances.level import Condition, Level, Part
from hardinstances.levels_chain import CHAIN, FLAT_CHAIN, GATED_CHAIN
from hardinstances.levels_sgd import SGD_NOISE_FLOOR, SGD_RAMPS, SGD_UNSTABLE

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "CHAIN",
    "FLAT_CHAIN",
    "GATED_CHAIN",
    "LATTICE_TIGHT",
    "LATTICE_WELLS",
    "LEVELS",
    "SGD_NOISE_FLOOR",
    "SGD_RAMPS",
    "SGD_UNSTABLE",
    "SIGNSGD_FOREVER",
    "SIGNSGD_TIGHT",
    "Condition",
    "Level",
    "Part",
]


_L, _Delta, _T, _B, _S, _n = (sp.Symbol(name) for name in ("L", "Delta", "T", "B", "S", "n"))
_eta, _delta, _rho, _tau = (sp.Symbol(name) for name in ("eta", "delta", "rho", "tau"))


def _ramp_slope(budget: sp.Expr) -> sp.Expr:
    """Slope ``a >= 0`` of the noiseless ramp: ``a^2/(2 delta L) + a eta (T-1) = budget``."""
    drop = _delta * _L * _eta * (_T - 1)
    return sp.sqrt(drop**2 + 2 * _delta * _L * budget) - drop


LATTICE_WELLS = Level(
    name="lattice-wells",
    theorem="T2b",
    methods="every method on the lattice x_0 + eta Z^d that moves by at most eta a coordinate",
    expr=sp.Min(_L * _eta / 2, sp.sqrt(2 * _L * _Delta)),
    symbols=symbols("L", "Delta", "eta"),
    integers=frozenset(),
    free=MappingProxyType({}),
    regime=POSITIVE_CLASS,
)
"""T2b: ``|grad f(x_t)|_1`` equals this at every t, surely, whatever batch, momentum or noise."""

_wells_part = (1 - _delta) * _L * _eta**2 / 8
_well_gap = Part("the well", _wells_part, LOWER_ETA)

LATTICE_TIGHT = Level(
    name="lattice-tight",
    theorem="T2c",
    methods="every method on the lattice x_0 + eta Z^d that moves by at most eta a coordinate",
    expr=_ramp_slope(_Delta - _wells_part) + (1 - _delta) * _L * _eta / 2,
    symbols=symbols("L", "Delta", "eta", "T", "delta"),
    integers=frozenset({"T"}),
    free=MappingProxyType({"delta": (0.0, 1.0)}),
    regime=(
        *POSITIVE_CLASS,
        at_least_one(_T),
        *inside(_delta, sp.S.One),
        Condition(
            "gap",
            _Delta - _wells_part,
            strict=False,
            sentence=EXCEEDED,
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
    symbols=symbols("L", "Delta", "eta", "T", "B", "delta", "rho", "S", "n", "tau"),
    integers=frozenset({"T", "B", "n"}),
    free=MappingProxyType({"delta": (0.0, 0.5), "rho": (0.0, 1.0)}),
    regime=(
        *POSITIVE_CLASS,
        at_least_one(_T),
        at_least_one(_B),
        *inside(_delta, sp.Rational(1, 2)),
        *inside(_rho, sp.S.One),
        not_negative(_S),
        not_negative(_n),
        not_negative(_tau),
        Condition(
            "masked slope",
            _b,
            strict=False,
            sentence="The variance budget sigma is exceeded",
            budget="variance",
            parts=(Part("n*tau", _n * _tau, moves(tau="lower tau", sigma="raise sigma")),),
        ),
        Condition(
            "gap",
            _noisy_gap,
            strict=False,
            sentence=EXCEEDED,
            budget="gap",
            parts=(
                Part("the oscillator", _swing_part, LOWER_ETA),
                Part(
                    "the length of the noisy slopes",
                    _b * _Dn,
                    moves(rho="raise rho", eta="lower eta", sigma="lower sigma", Delta=MORE_GAP),
                ),
                Part(
                    "the bend of the noisy slopes",
                    _b**2 / (2 * _delta * _L),
                    moves(delta="raise delta", sigma="lower sigma", Delta=MORE_GAP),
                ),
            ),
        ),
    ),
)
"""T2, finite horizon: ``min_{t<T} E|grad f(x_t)|_1`` is at least this.

The sheet has ``2/rho`` in the logarithm, for the probability that the walk was ever below; each
``E f'(x_t)`` needs the law of ``x_t`` only, so Hoeffding's inequality alone, with ``1/rho``, does.
"""

_turning_part = _b * (_b / (_delta * _L) + 2 * _eta) / _rho
_forever_gap = _Delta - _swing_part - _turning_part

SIGNSGD_FOREVER = Level(
    name="signsgd-tight-forever",
    theorem="T2-cycle",
    methods="SignSGD with constant stepsize and batch",
    expr=_ramp_slope(_forever_gap) + (1 - 2 * _delta) * _L * _eta / 2 + (1 - _rho) * _b,
    symbols=SIGNSGD_TIGHT.symbols,
    integers=SIGNSGD_TIGHT.integers,
    free=SIGNSGD_TIGHT.free,
    regime=(
        *SIGNSGD_TIGHT.regime[:-1],
        Condition(
            "gap",
            _forever_gap,
            strict=False,
            sentence=EXCEEDED,
            budget="gap",
            parts=(
                Part("the oscillator", _swing_part, LOWER_ETA),
                Part(
                    "the noisy meanders",
                    _turning_part,
                    moves(rho="raise rho", sigma="lower sigma", eta="lower eta", Delta=MORE_GAP),
                ),
            ),
        ),
    ),
)
"""T2, every horizon: as :data:`SIGNSGD_TIGHT`, but the noise costs the same gap at every T."""

_ALL = (
    LATTICE_WELLS,
    LATTICE_TIGHT,
    SIGNSGD_TIGHT,
    SIGNSGD_FOREVER,
    SGD_NOISE_FLOOR,
    SGD_RAMPS,
    SGD_UNSTABLE,
    CHAIN,
    GATED_CHAIN,
    FLAT_CHAIN,
)
LEVELS: Mapping[str, Level] = MappingProxyType({level.name: level for level in _ALL})
"""Every level by name."""
