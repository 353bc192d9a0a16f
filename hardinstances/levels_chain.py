"""Levels of the chains: no method that only moves where it has seen a gradient beats them in time.

Source: theory sheet, section 5 (T8, T8-flat).
"""

from __future__ import annotations

from types import MappingProxyType

import sympy as sp

from hardinstances.chain_bounds import GAP, SMOOTHNESS
from hardinstances.conditions import at_least_one, inside, positive, symbols
from hardinstances.exact import rational
from hardinstances.level import Level

__all__ = ["CHAIN", "FLAT_CHAIN", "GATED_CHAIN"]

_L, _Delta, _K, _rho = sp.symbols("L Delta K rho")
_UNIT = sp.sqrt(_L * _Delta / (rational(GAP) * rational(SMOOTHNESS)))
_CLASS = (positive(_L), positive(_Delta), at_least_one(_K))

CHAIN = Level(
    name="chain",
    theorem="T8-quiet",
    methods="every zero-respecting method, for K steps",
    expr=_UNIT / _K,
    symbols=symbols("L", "Delta", "K"),
    integers=frozenset({"K"}),
    free=MappingProxyType({}),
    regime=_CLASS,
)
"""T8-quiet: ``|grad f(x_t)|_1`` exceeds this while ``t < K``, surely."""

GATED_CHAIN = Level(
    name="gated-chain",
    theorem="T8",
    methods="every zero-respecting method, for (K - ln(1/rho))/(2p) oracle calls",
    expr=(1 - _rho) * _UNIT / _K,
    symbols=symbols(
        "L", "Delta", "K", "rho", rho="probability that the chain is finished too early [1]"
    ),
    integers=frozenset({"K"}),
    free=MappingProxyType({}),
    regime=(*_CLASS, *inside(_rho, sp.S.One)),
)
"""T8: ``E|grad f|_1`` exceeds this at every point reached with that many calls."""

FLAT_CHAIN = Level(
    name="flat-chain",
    theorem="T8-flat",
    methods="every linear-span method (gradient descent, momentum, Nesterov), for K steps",
    expr=_UNIT / sp.sqrt(3 * _K),
    symbols=symbols("L", "Delta", "K"),
    integers=frozenset({"K"}),
    free=MappingProxyType({}),
    regime=_CLASS,
)
"""T8-flat: ``|grad f(x_t)|_1`` exceeds this while ``t < K``, surely; not for sign methods."""
