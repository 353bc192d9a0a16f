"""Levels that SGD with a constant stepsize and batch cannot beat; step schedules are not covered.

Source: theory sheet, section 4 (T3).
"""

from __future__ import annotations

from types import MappingProxyType

import sympy as sp

from hardinstances.conditions import (
    EXCEEDED,
    MORE_GAP,
    POSITIVE_CLASS,
    at_least_one,
    inside,
    moves,
    positive,
    symbols,
)
from hardinstances.level import Condition, Level, Part

__all__ = ["SGD_NOISE_FLOOR", "SGD_RAMPS", "SGD_UNSTABLE", "STATIONARY_FLOOR", "STATIONARY_SLOPES"]

_L, _Delta, _eta, _T, _B, _delta = sp.symbols("L Delta eta T B delta")
_d, _k, _S2, _top, _low = sp.symbols("d k S2 top low")
_METHODS = "SGD with constant stepsize and batch"
_STEP = "stepsize of SGD [length^2/value]"

_noisy_step = _eta * (1 - _delta) * _L
_stationary_part = _eta * _S2**2 / (2 * _B * (2 - _noisy_step * _top))
_room = _Delta - _stationary_part

STATIONARY_SLOPES = sp.sqrt(_room / (_eta * (_T - 1) / (_d - _k) + 1 / (2 * _delta * _L)))
"""What the d - k long slopes contribute while they last."""

STATIONARY_FLOOR = _S2 * sp.sqrt(2 * _noisy_step / (sp.pi * _B * (2 - _noisy_step * _low)))
"""What the k noisy quadratics contribute at every step."""

SGD_NOISE_FLOOR = Level(
    name="sgd-noise-floor",
    theorem="T3",
    methods=_METHODS,
    expr=STATIONARY_SLOPES + STATIONARY_FLOOR,
    symbols=symbols(
        "L", "Delta", "eta", "T", "B", "delta", "d", "k", "S2", "top", "low", eta=_STEP
    ),
    integers=frozenset({"T", "B", "d", "k"}),
    free=MappingProxyType({"delta": (0.0, 1.0)}),
    regime=(
        *POSITIVE_CLASS,
        at_least_one(_T),
        at_least_one(_B),
        *inside(_delta, sp.S.One),
        at_least_one(_k),
        Condition("k < d", _d - _k - 1, strict=False, sentence="k must be below the dimension d."),
        positive(_S2),
        positive(_low),
        Condition("low <= top", _top - _low, strict=False, sentence="low must not exceed top."),
        Condition("top <= 1", 1 - _top, strict=False, sentence="top must not exceed 1."),
        Condition(
            "stable",
            2 - _noisy_step * _top,
            strict=True,
            sentence="The stepsize eta times the largest curvature must stay below 2: lower eta.",
        ),
        Condition(
            "gap",
            _room,
            strict=False,
            sentence=EXCEEDED,
            budget="gap",
            parts=(
                Part(
                    "the noise around the minimum",
                    _stationary_part,
                    moves(eta="lower eta", B="raise B", sigma="lower sigma", Delta=MORE_GAP),
                ),
            ),
        ),
    ),
)
"""T3: ``min_{t<T} E|grad f(x_t)|_1`` is at least this.

Curvature goes to the noisy coordinates in proportion to ``sigma_i^2``. The sheet's sum over them is
replaced by its value at the smallest and largest share, so that the level has no index; with one
noisy coordinate, or equal ones, nothing is lost.
"""

SGD_RAMPS = Level(
    name="sgd-ramps",
    theorem="T3-ramps",
    methods=_METHODS,
    expr=sp.sqrt(_Delta / (_eta * (_T - 1) / _d + 1 / (2 * _L))),
    symbols=symbols("L", "Delta", "eta", "T", "d", eta=_STEP),
    integers=frozenset({"T", "d"}),
    free=MappingProxyType({}),
    regime=(*POSITIVE_CLASS, at_least_one(_T), at_least_one(_d)),
)
"""T3 without noise: d equal ramps share all of L."""

SGD_UNSTABLE = Level(
    name="sgd-unstable",
    theorem="T3-unstable",
    methods=_METHODS,
    expr=sp.sqrt(2 * _L * _Delta),
    symbols=symbols("L", "Delta", "eta", eta=_STEP),
    integers=frozenset(),
    free=MappingProxyType({}),
    regime=(
        *POSITIVE_CLASS,
        Condition(
            "eta >= 2/L",
            _eta * _L - 2,
            strict=False,
            sentence="The stepsize eta must be at least 2/L for SGD never to improve: raise eta.",
        ),
    ),
)
"""T3 for ``eta >= 2/L``: on one quadratic SGD never improves, at the largest level there is."""
