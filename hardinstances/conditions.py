"""The symbols of the levels with their units, and the conditions that many regimes share."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

import sympy as sp

from hardinstances.level import Condition

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "EXCEEDED",
    "LOWER_ETA",
    "MORE_GAP",
    "POSITIVE_CLASS",
    "at_least_one",
    "inside",
    "moves",
    "not_negative",
    "positive",
    "symbols",
]

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
        "d": "dimension [1]",
        "k": "number of coordinates with noise [1]",
        "S2": "Euclidean norm of sigma over the k coordinates [value/length]",
        "K": "length of the chain [1]",
        "top": "largest share of a coordinate in S2^2 [1]",
        "low": "smallest share of a coordinate in S2^2 [1]",
    }
)
"""Every symbol of the levels with its unit."""


def symbols(*names: str, **other: str) -> Mapping[str, str]:
    """The symbols of a level with their descriptions; ``other`` replaces a description."""
    return MappingProxyType({name: other.get(name, SYMBOLS[name]) for name in names})


def positive(symbol: sp.Symbol) -> Condition:
    """``symbol > 0``."""
    sentence = f"{symbol} must be positive: it is a {SYMBOLS[symbol.name].split(',')[0]}."
    return Condition(f"{symbol} > 0", symbol, strict=True, sentence=sentence)


def not_negative(symbol: sp.Symbol) -> Condition:
    """``symbol >= 0``."""
    sentence = f"{symbol} must not be negative: it is the {SYMBOLS[symbol.name]}."
    return Condition(f"{symbol} >= 0", symbol, strict=False, sentence=sentence)


def at_least_one(symbol: sp.Symbol) -> Condition:
    """``symbol >= 1``."""
    sentence = f"{symbol} must be at least 1: it is the {SYMBOLS[symbol.name]}."
    return Condition(f"{symbol} >= 1", symbol - 1, strict=False, sentence=sentence)


def inside(symbol: sp.Symbol, high: sp.Rational) -> tuple[Condition, Condition]:
    """``0 < symbol < high``."""
    sentence = f"{symbol} must lie strictly between 0 and {high}: it is the {SYMBOLS[symbol.name]}."
    return (
        Condition(f"{symbol} > 0", symbol, strict=True, sentence=sentence),
        Condition(f"{symbol} < {high}", high - symbol, strict=True, sentence=sentence),
    )


def moves(**parameters: str) -> Mapping[str, str]:
    """Parameter -> the move that frees budget, best one first."""
    return MappingProxyType(parameters)


MORE_GAP = "raise Delta"
LOWER_ETA = moves(eta="lower the stepsize eta", Delta=MORE_GAP)
EXCEEDED = "The gap budget Delta is exceeded"
POSITIVE_CLASS = tuple(positive(sp.Symbol(name)) for name in ("L", "Delta", "eta"))
"""The conditions that every level has."""
