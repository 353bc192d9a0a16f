"""Claims on a Newton-Schulz schedule for every s in [0, 1], certified by ball arithmetic.

A claim is a kernel formula: for all z0 in [0, 1] and z1 = p_1(z0), ..., zn = p_n(z_{n-1}), every
p_k odd, either min(level, slope z0) <= zn or |zn| <= gamma. The schedule and the numbers are read
off the formula itself, so what is certified is what a theorem takes as a hypothesis.
``newton_schulz_recheck`` checks the same numbers with other arithmetic and another subdivision.

Source: theory sheet, T10.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.intervals.chain import Certificate
from signcheck.intervals.newton_schulz import (
    Minorant,
    Schedule,
    certify_minorant,
    certify_size,
)
from signcheck.kernel import Eq, ForAll, Formula, Le

__all__ = ["Claim", "certify", "read"]


@dataclass(frozen=True)
class Claim:
    """What a formula says of a schedule.

    Attributes
    ----------
    schedule
        Coefficients of each polynomial.
    bound
        The minorant of q, or the gamma that bounds |q|.
    """

    schedule: Schedule
    bound: Minorant | Fraction


def _refuse(claim: Formula, why: str) -> ProofError:
    return ProofError(
        f"{claim} is no claim on a Newton-Schulz schedule: {why}.", residual=str(claim)
    )


def read(claim: Formula) -> Claim:
    """The schedule and the numbers of a claim.

    Raises
    ------
    ProofError
        If the formula has another form.
    """
    if not isinstance(claim, ForAll):
        raise _refuse(claim, "it is not for all starting points")
    start = last = claim.var
    zero, one = sp.Integer(0), sp.Integer(1)
    if claim.guards != (Le(zero, start), Le(start, one)) or start.sort != "real":
        raise _refuse(claim, "its start does not range over [0, 1]")
    rows, body = [], claim.body
    seen = {start}
    while isinstance(body, ForAll):
        rows.append(_row(claim, body, last))
        last, body = body.var, body.body
        if last in seen:
            raise _refuse(claim, f"{last} stands for two values")
        seen.add(last)
    if not rows or not isinstance(body, Le):
        raise _refuse(claim, "it has no polynomial or no inequality")
    schedule = tuple(rows)
    if body.lhs == sp.Abs(last) and body.rhs.is_Rational:
        return Claim(schedule, _fraction(body.rhs))
    if body.rhs == last and isinstance(body.lhs, sp.Min):
        levels = [a for a in body.lhs.args if a.is_Rational]
        slopes = [a / start for a in body.lhs.args if not a.is_Rational]
        if len(levels) == len(slopes) == 1 and slopes[0].is_Rational:
            return Claim(schedule, Minorant(_fraction(levels[0]), _fraction(slopes[0])))
    raise _refuse(claim, f"{body} bounds q neither from below, by a level and a slope, nor in size")


def _fraction(value: Any) -> Fraction:
    return Fraction(int(value.p), int(value.q))


def _row(claim: Formula, step: ForAll, before: Any) -> tuple[Fraction, ...]:
    """Coefficients of one odd polynomial, from ``after == p(before)``."""
    if step.var.sort != "real" or len(step.guards) != 1:
        raise _refuse(claim, f"{step.var} is not given by one equation")
    (equation,) = step.guards
    if not isinstance(equation, Eq) or equation.lhs != step.var:
        raise _refuse(claim, f"{equation} does not give {step.var}")
    if equation.rhs.free_symbols != {before} or not equation.rhs.is_polynomial(before):
        raise _refuse(claim, f"{equation.rhs} is no polynomial in {before}")
    coefficients = sp.Poly(equation.rhs, before).all_coeffs()[::-1]
    if any(coefficients[::2]) or not all(c.is_Rational for c in coefficients):
        raise _refuse(claim, f"{equation.rhs} is not odd with rational coefficients")
    return tuple(map(_fraction, coefficients[1::2]))


def certify(claim: Formula) -> Certificate:
    """Certify a claim with python-flint, on intervals that are cut in two.

    Raises
    ------
    ProofError
        If the formula is no such claim, or an interval is left on which it is not shown.
    """
    found = read(claim)
    if isinstance(found.bound, Minorant):
        cells = certify_minorant(found.schedule, found.bound)
    else:
        cells = certify_size(found.schedule, found.bound)
    return Certificate(claim, "ball arithmetic, bisection in s, mean value form", cells)
