"""Evaluation of profiles: one list of pieces, integrated once, on arrays and on exact rationals.

Arrays may be numpy's or torch's, on any device, with any leading batch axes; parameters are
numbers or one number per coordinate and are cast to the dtype and device of ``x``. The expressions
are rational functions, so the generated code uses arithmetic operators only and is the same for
every kind of array.

Source: theory sheet, section 2 (the pieces are in :mod:`hardinstances.profiles`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.errors import CertificateError, InputError
from hardinstances.exact import evaluate

if TYPE_CHECKING:
    from hardinstances.profiles import Piece, Profile

_X = sp.Dummy("x")


@dataclass(frozen=True)
class _Symbolic:
    """Per piece: left end (None if unbounded), derivative and value in ``_X``; cell integral."""

    left: tuple[sp.Expr | None, ...]
    derivatives: tuple[sp.Expr, ...]
    values: tuple[sp.Expr, ...]
    offset: sp.Expr
    cell: sp.Expr


def _antiderivative(piece: Piece, constant: sp.Expr) -> sp.Expr:
    step = _X - piece.anchor
    return constant + piece.value * step + piece.slope * step**2 / 2


def _is_nonnegative(profile: Profile, expr: sp.Expr) -> bool:
    """Whether ``expr >= 0`` follows from non-negative parameters or from one requirement.

    Called on distances to the end of a piece only, so an infinite one is +oo.
    """
    if expr.has(sp.S.Infinity, sp.S.NegativeInfinity):
        return True
    if any(sp.simplify(expr - known) == 0 for known in profile.requires):
        return True
    positive = {
        symbol: sp.Dummy(symbol.name, positive=symbol not in profile.signed or None)
        for symbol in profile.parameters
    }
    return bool(sp.expand(expr.xreplace(positive)).is_nonnegative)


def _start_piece(profile: Profile) -> int:
    for index, piece in enumerate(profile.pieces):
        if _is_nonnegative(profile, profile.start - piece.lo) and _is_nonnegative(
            profile, piece.hi - profile.start
        ):
            return index
    raise InputError(
        f"No piece of profile {profile.name!r} provably contains its start {profile.start}: "
        "give the inequality that puts it there in `requires`."
    )


@cache
def _symbolic(profile: Profile) -> _Symbolic:
    """Integrate the pieces from left to right, continuously, with infimum 0."""
    values = [_antiderivative(profile.pieces[0], sp.S.Zero)]
    for before, after in zip(profile.pieces, profile.pieces[1:], strict=False):
        free = _antiderivative(after, sp.S.Zero)
        jump = values[-1].subs(_X, before.hi) - free.subs(_X, after.lo)
        values.append(free + sp.expand(jump))
    if profile.antiperiod is not None:
        values = [v - values[0].subs(_X, profile.pieces[0].lo) for v in values]
    at_start = values[_start_piece(profile)].subs(_X, profile.start)
    half = profile.pieces[-1].hi
    return _Symbolic(
        left=tuple(None if p.lo is sp.S.NegativeInfinity else p.lo for p in profile.pieces),
        derivatives=tuple(p.value + p.slope * (_X - p.anchor) for p in profile.pieces),
        values=tuple(values),
        offset=sp.simplify(profile.gap - at_start),
        cell=sp.S.Zero if profile.antiperiod is None else sp.expand(values[-1].subs(_X, half)),
    )


Compiled = tuple[Callable[..., Any], ...]


@cache
def _compiled(profile: Profile, kind: str) -> Compiled:
    parts = _symbolic(profile)
    expressions = parts.derivatives if kind == "derivative" else parts.values
    return tuple(sp.lambdify((_X, *profile.parameters), e, modules="math") for e in expressions)


@cache
def _compiled_shape(profile: Profile) -> tuple[tuple[Callable[..., Any] | None, ...], Compiled]:
    parts = _symbolic(profile)
    left = tuple(
        None if e is None else sp.lambdify(profile.parameters, e, modules="math")
        for e in parts.left
    )
    period = sp.S.Zero if profile.antiperiod is None else profile.antiperiod
    rest = (period, parts.offset, parts.cell)
    return left, tuple(sp.lambdify(profile.parameters, e, modules="math") for e in rest)


def _check_names(profile: Profile, parameters: Mapping[str, Any]) -> None:
    expected = [symbol.name for symbol in profile.parameters]
    if sorted(expected) != sorted(parameters):
        raise InputError(
            f"Profile {profile.name!r} has the parameters {', '.join(expected)}; "
            f"got {', '.join(sorted(parameters)) or 'none'}: give exactly these."
        )


def _arrays(profile: Profile, x: Any, parameters: Mapping[str, Any]) -> tuple[Any, Any, list[Any]]:
    """The array namespace of ``x``, ``x`` itself, and the parameters cast to it, in order."""
    import numpy as np
    from array_api_compat import array_namespace, device, is_array_api_obj, is_numpy_array

    _check_names(profile, parameters)
    if not is_array_api_obj(x):
        x = np.asarray(x, dtype=np.float64)
    xp = array_namespace(x)
    given = (parameters[symbol.name] for symbol in profile.parameters)
    # A copy only where numpy's array would be handed on: torch refuses read-only memory.
    copying = not is_numpy_array(x)
    writable = (np.array(p) if copying and is_numpy_array(p) else p for p in given)
    cast = [xp.asarray(p, dtype=x.dtype, device=device(x)) for p in writable]
    return xp, x, cast


def _select(profile: Profile, kind: str, xp: Any, x: Any, cast: list[Any]) -> Any:
    """The piece that holds ``x``, by one comparison a joint (a joint belongs to both sides)."""
    left, _ = _compiled_shape(profile)
    pieces = _compiled(profile, kind)
    # 0 for numbers, nan for nan and infinity: a diverged point must not look stationary.
    zero = x - x
    result = pieces[0](x, *cast) + zero
    for edge, piece in zip(left[1:], pieces[1:], strict=True):
        assert edge is not None
        result = xp.where(x >= edge(*cast), piece(x, *cast) + zero, result)
    return result


def _fold(xp: Any, x: Any, period: Any) -> tuple[Any, Any]:
    """Position in the cell around the nearest multiple of ``period``, and whether it is odd."""
    cell = xp.floor(x / period + 0.5)
    return x - cell * period, cell - 2 * xp.floor(cell / 2) > 0.5


def derivative(profile: Profile, x: Any, parameters: Mapping[str, Any]) -> Any:
    """``f'(x)``.

    Parameters
    ----------
    x
        Array of any shape (numpy or torch), or a number; a length.
    parameters
        One entry per parameter of the profile: a number, or an array that broadcasts against x.

    Returns
    -------
    Array of the shape of ``x`` broadcast with the parameters, in value/length.

    Raises
    ------
    InputError
        If the names are not exactly the profile's.
    """
    xp, x, cast = _arrays(profile, x, parameters)
    if profile.antiperiod is None:
        return _select(profile, "derivative", xp, x, cast)
    _, (period, _, _) = _compiled_shape(profile)
    inside, odd = _fold(xp, x, period(*cast))
    slope = _select(profile, "derivative", xp, inside, cast)
    return xp.where(odd, -slope, slope)


def value(profile: Profile, x: Any, parameters: Mapping[str, Any]) -> Any:
    """``f(x) - inf f``: the pieces integrated exactly, with ``f(start)`` equal to the gap.

    Shapes and errors as in :func:`derivative`; unit: value.
    """
    xp, x, cast = _arrays(profile, x, parameters)
    _, (period, offset, cell) = _compiled_shape(profile)
    if profile.antiperiod is None:
        return _select(profile, "value", xp, x, cast) + offset(*cast)
    inside, odd = _fold(xp, x, period(*cast))
    integral = _select(profile, "value", xp, inside, cast)
    return xp.where(odd, cell(*cast) - integral, integral) + offset(*cast)


@cache
def start_derivative(profile: Profile) -> sp.Expr:
    """``f'(start)`` as an expression in the parameters."""
    piece = profile.pieces[_start_piece(profile)]
    return sp.simplify(piece.value + piece.slope * (profile.start - piece.anchor))


def check_gap(profile: Profile) -> None:
    """Derive ``f(start) - inf f`` from the pieces and compare it with the stated gap.

    The infimum is located first: at the root of a single rising piece, or, when ``f' >= 0`` at all
    joints (so on all pieces, being linear between them), at the left end of the pieces, where
    :func:`_symbolic` puts the value 0; across an antiperiodic joint ``f'`` changes sign.

    Raises
    ------
    CertificateError
        If the infimum cannot be located or the gap differs.
    """
    parts = _symbolic(profile)
    first, last = profile.pieces[0], profile.pieces[-1]
    if len(profile.pieces) == 1 and _is_nonnegative(profile, first.slope) and first.slope != 0:
        infimum = parts.values[0].subs(_X, first.anchor - first.value / first.slope)
    else:
        ends = [p.value + p.slope * (p.hi - p.anchor) for p in profile.pieces[:-1]]
        bounded = profile.antiperiod is not None
        flat_ends = first.slope == 0 and first.value == 0 and last.slope == 0
        if bounded:
            ends += [
                p.value + p.slope * (e - p.anchor) for p, e in ((first, first.lo), (last, last.hi))
            ]
        elif not flat_ends:
            raise CertificateError(
                f"The infimum of profile {profile.name!r} is not at its left end."
            )
        if not all(_is_nonnegative(profile, sp.simplify(end)) for end in ends):
            raise CertificateError(f"The derivative of profile {profile.name!r} changes sign.")
        infimum = sp.S.Zero
    start = parts.values[_start_piece(profile)].subs(_X, profile.start)
    if sp.simplify(start - infimum - profile.gap) != 0:
        raise CertificateError(f"The stated gap of profile {profile.name!r} is not its integral.")


def _exact(
    profile: Profile, kind: str, x: Fraction, parameters: Mapping[str, Fraction]
) -> Fraction:
    _check_names(profile, parameters)
    numbers = {symbol: Fraction(parameters[symbol.name]) for symbol in profile.parameters}
    parts = _symbolic(profile)
    inside, odd = Fraction(x), False
    if profile.antiperiod is not None:
        period = evaluate(profile.antiperiod, numbers)
        cell = math.floor(inside / period + Fraction(1, 2))
        inside, odd = inside - cell * period, cell % 2 == 1
    index = max(
        i for i, e in enumerate(parts.left) if e is None or i == 0 or inside >= evaluate(e, numbers)
    )
    point = {**numbers, _X: inside}
    if kind == "derivative":
        slope = evaluate(parts.derivatives[index], point)
        return -slope if odd else slope
    integral = evaluate(parts.values[index], point)
    whole = evaluate(parts.cell, numbers) - integral if odd else integral
    return whole + evaluate(parts.offset, numbers)


def exact_derivative(profile: Profile, x: Fraction, parameters: Mapping[str, Fraction]) -> Fraction:
    """``f'(x)`` at one exact rational; errors as in :func:`derivative`."""
    return _exact(profile, "derivative", x, parameters)


def exact_value(profile: Profile, x: Fraction, parameters: Mapping[str, Fraction]) -> Fraction:
    """``f(x) - inf f`` at one exact rational; errors as in :func:`derivative`."""
    return _exact(profile, "value", x, parameters)
