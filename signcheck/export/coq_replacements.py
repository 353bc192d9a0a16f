"""What ``specialise`` and ``instantiate`` put in for variables, as the rules were called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from signcheck.kernel import Sym, Theorem, sequent
from signcheck.kernel.terms import exact

__all__ = ["instances", "replacements"]


def replacements(thm: Theorem) -> Mapping[Sym, Any]:
    """The mapping of a ``specialise`` step, from symbols to terms."""
    positional, named = sequent(thm).arguments
    mapping = named["mapping"] if "mapping" in named else positional[1]
    return {symbol: _exactly(value) for symbol, value in mapping.items()}


def instances(thm: Theorem) -> list[Any]:
    """The values of an ``instantiate`` step, the outermost first."""
    return [_exactly(value) for value in sequent(thm).arguments[0][1:]]


def _exactly(value: Any) -> Any:
    """An exact term; a family's replacement, indices and body, stays a pair."""
    return (value[0], exact(value[1])) if isinstance(value, tuple) else exact(value)
