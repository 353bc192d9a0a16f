"""The one-dimensional bricks: every separable hard instance is a sum of these.

A brick is its derivative, and the derivative is piecewise linear. That single symbolic list of
pieces is integrated and evaluated on numbers, arrays and exact rationals by
:mod:`hardinstances.piecewise`, and it is what the proofs of the lower bounds read.

Units: ``x`` is a length, ``f`` is a value; a slope (curvature) is value/length^2, a derivative is
value/length.

Source: theory sheet, section 2.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import sympy as sp

if TYPE_CHECKING:
    from collections.abc import Mapping
    from fractions import Fraction

__all__ = ["MEANDER", "OSCILLATOR", "PROFILES", "QUADRATIC", "RAMP", "WELLS", "Piece", "Profile"]


@dataclass(frozen=True)
class Piece:
    """``f'(x) = value + slope*(x - anchor)`` for ``lo <= x <= hi``.

    ``lo`` and ``hi`` may be minus and plus infinity; all five are expressions in the parameters
    of the profile. ``value`` is a derivative, ``slope`` a curvature, the others are lengths.
    """

    lo: sp.Expr
    hi: sp.Expr
    slope: sp.Expr
    anchor: sp.Expr
    value: sp.Expr


@dataclass(frozen=True)
class Profile:
    """A function of one variable with a piecewise linear, continuous derivative and infimum 0.

    Parameters
    ----------
    name
        Key in :data:`PROFILES`.
    parameters
        Plain symbols (no assumptions); they stand for numbers >= 0 unless ``signed``.
    pieces
        In increasing order. They cover the real line, or exactly one cell
        ``[-antiperiod/2, antiperiod/2]``.
    antiperiod
        ``f'(x + antiperiod) = -f'(x)``, or None.
    start
        Where a method is started.
    curvature
        Best Lipschitz constant of ``f'``.
    gap
        ``f(start) - inf f``.
    requires
        Expressions that have to be >= 0 for the pieces to be in order.
    signed
        The parameters that may be negative.
    """

    name: str
    parameters: tuple[sp.Symbol, ...]
    pieces: tuple[Piece, ...]
    antiperiod: sp.Expr | None
    start: sp.Expr
    curvature: sp.Expr
    gap: sp.Expr
    requires: tuple[sp.Expr, ...] = ()
    signed: frozenset[sp.Symbol] = frozenset()

    @cached_property
    def _hash(self) -> int:
        return hash((self.name, self.parameters, self.pieces, self.antiperiod, self.gap))

    def __hash__(self) -> int:
        # Computed once: the caches of compiled pieces ask for it in every evaluation.
        return self._hash

    def derivative(self, x: Any, parameters: Mapping[str, Any]) -> Any:
        """``f'(x)`` on an array; see :func:`hardinstances.piecewise.derivative`."""
        from hardinstances import piecewise

        return piecewise.derivative(self, x, parameters)

    def value(self, x: Any, parameters: Mapping[str, Any]) -> Any:
        """``f(x) - inf f`` on an array; see :func:`hardinstances.piecewise.value`."""
        from hardinstances import piecewise

        return piecewise.value(self, x, parameters)

    def exact_derivative(self, x: Fraction, parameters: Mapping[str, Fraction]) -> Fraction:
        """``f'(x)`` in exact rationals."""
        from hardinstances import piecewise

        return piecewise.exact_derivative(self, x, parameters)

    def exact_value(self, x: Fraction, parameters: Mapping[str, Fraction]) -> Fraction:
        """``f(x) - inf f`` in exact rationals."""
        from hardinstances import piecewise

        return piecewise.exact_value(self, x, parameters)


_a, _b, _c, _h, _l, _s = (sp.Symbol(name) for name in "abchls")
_D, _H, _eta = sp.Symbol("D"), sp.Symbol("H"), sp.Symbol("eta")
_zero, _half = sp.S.Zero, sp.Rational(1, 2)
_minus_oo, _oo = sp.S.NegativeInfinity, sp.S.Infinity

OSCILLATOR = Profile(
    name="oscillator",
    parameters=(_l, _h),
    pieces=(Piece(_minus_oo, _oo, _l, _zero, _zero),),
    antiperiod=None,
    start=_h,
    curvature=_l,
    gap=_l * _h**2 / 2,
)
"""``f = (l/2) x^2`` from ``h``: sign steps of size ``2 h`` flip between ``h`` and ``-h``."""

RAMP = Profile(
    name="ramp",
    parameters=(_a, _l, _D),
    pieces=(
        Piece(_minus_oo, -_D - _a / _l, _zero, _zero, _zero),
        Piece(-_D - _a / _l, -_D, _l, -_D, _a),
        Piece(-_D, _oo, _zero, _zero, _a),
    ),
    antiperiod=None,
    start=_zero,
    curvature=_l,
    gap=_a * _D + _a**2 / (2 * _l),
)
"""Slope ``a`` down to ``-D``, then a bend of curvature ``l`` into the flat."""

WELLS = Profile(
    name="wells",
    parameters=(_c, _l, _eta),
    pieces=(
        Piece(-_eta / 2, -_c / _l, _zero, _zero, _zero),
        Piece(-_c / _l, _zero, _l, _zero, _c),
        Piece(_zero, _c / _l, -_l, _zero, _c),
        Piece(_c / _l, _eta / 2, _zero, _zero, _zero),
    ),
    antiperiod=_eta,
    start=_zero,
    curvature=_l,
    gap=_c**2 / (2 * _l),
    requires=(_l * _eta / 2 - _c,),
)
"""``f' = (-1)^j max(c - l|x - j eta|, 0)`` near ``j eta``: ``|f'| = c`` on the lattice."""

MEANDER = Profile(
    name="meander",
    parameters=(_b, _l, _H),
    pieces=(
        Piece(-_H / 2, _b / _l - _H / 2, _l, -_H / 2, _zero),
        Piece(_b / _l - _H / 2, _H / 2 - _b / _l, _zero, _zero, _b),
        Piece(_H / 2 - _b / _l, _H / 2, -_l, _H / 2, _zero),
    ),
    antiperiod=_H,
    start=_zero,
    curvature=_l,
    gap=_b * _H / 2 - _b**2 / (2 * _l),
    requires=(_H / 2 - _b / _l,),
)
"""``f' = b`` between turning zones around ``+-H/2``, with the sign reversed in the next cell."""

QUADRATIC = Profile(
    name="quadratic",
    parameters=(_l, _s),
    pieces=(Piece(_minus_oo, _oo, _l, _zero, _zero),),
    antiperiod=None,
    start=_s,
    curvature=_l,
    gap=_l * _s**2 / 2,
    signed=frozenset({_s}),
)
"""``f = (l/2) x^2`` from ``s``, of either sign."""

PROFILES: Mapping[str, Profile] = MappingProxyType(
    {profile.name: profile for profile in (OSCILLATOR, RAMP, WELLS, MEANDER, QUADRATIC)}
)
"""Every brick by name."""
