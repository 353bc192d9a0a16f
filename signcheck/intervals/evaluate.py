"""Enclosure of a closed term: every rounding is inside the ball that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import flint
import sympy as sp

from hardinstances.errors import InputError

PRECISION = 160


def enclose(term: Any, values: Mapping[Any, Any]) -> flint.arb:
    """Ball that contains the value of ``term`` at exact ``values``.

    Parameters
    ----------
    term
        Kernel term or plain sympy expression.
    values
        Replacement for atoms (symbols, or whole subterms such as a sum or an expectation): exact
        rationals, or balls.

    Raises
    ------
    InputError
        If an atom has no value, or an operation has no finite enclosure (division by a ball that
        contains zero, root of a negative number).
    """
    with flint.ctx.workprec(PRECISION):
        ball = _enclose(sp.sympify(term), values)
    if not ball.is_finite():
        raise InputError(f"{term} has no finite enclosure at these values: check its domain.")
    return ball


def _enclose(term: Any, values: Mapping[Any, Any]) -> flint.arb:
    if term in values:
        value = values[term]
        return value if isinstance(value, flint.arb) else _number(sp.sympify(value))
    if term.is_Rational:
        return _number(term)
    if term is sp.pi:
        return flint.arb.pi()
    parts = [_enclose(a, values) for a in term.args]
    if isinstance(term, sp.Add):
        return sum(parts, flint.arb(0))
    if isinstance(term, sp.Mul):
        out = flint.arb(1)
        for part in parts:
            out *= part
        return out
    if isinstance(term, sp.Pow):
        return _power(term, parts)
    simple = {sp.exp: "exp", sp.log: "log", sp.Abs: "__abs__", sp.erf: "erf"}
    if type(term) in simple:
        called: flint.arb = getattr(parts[0], simple[type(term)])()
        return called
    if isinstance(term, (sp.Min, sp.Max)):
        out = parts[0]
        for part in parts[1:]:
            out = out.min(part) if isinstance(term, sp.Min) else out.max(part)
        return out
    raise InputError(f"{term} has no value here: give one for it.")


def _power(term: sp.Pow, parts: list[flint.arb]) -> flint.arb:
    base, exponent = parts
    if isinstance(term.exp, sp.Integer):
        return _integer_power(base, int(term.exp))
    if term.exp == sp.Rational(1, 2):
        return base.sqrt()
    return base**exponent


def _integer_power(base: flint.arb, n: int) -> flint.arb:
    """By multiplication: the library's power has no value at a ball around zero."""
    if n < 0:
        return 1 / _integer_power(base, -n)
    out = flint.arb(1)
    for bit in f"{n:b}":
        out = out * out * base if bit == "1" else out * out
    return out


def _number(value: Any) -> flint.arb:
    if not value.is_Rational:
        raise InputError(f"{value} is not an exact rational number: give a fraction.")
    return flint.arb(flint.fmpq(int(value.p), int(value.q)))
