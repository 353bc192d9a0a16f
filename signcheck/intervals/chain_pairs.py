"""Claims on two neighbouring links of a chain, for all real s and r, by ball arithmetic.

As in ``chain``, a claim is a kernel formula and is evaluated as it stands; its atoms are curves at
+-s or +-r. A cell is a rectangle. On each of its sides a curve is enclosed by its value in the
middle and its slope over the side, so that cells stay large near the top of |Psi''|.

Source: theory sheet, T8 (potential function).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from math import inf, isnan
from typing import Any

import flint
import sympy as sp

from hardinstances.errors import ProofError
from signcheck.intervals.chain import Balls, Certificate
from signcheck.kernel import ForAll, Formula, Le

__all__ = ["PairAtoms", "certify_pair"]

PairAtoms = Mapping[Any, tuple[str, int, int]]
"""Subterm -> (curve, side, which of the two numbers: 0 or 1)."""

TURN, END = Fraction(9, 16), Fraction(12)
"""Up to TURN (v = 64) the bumps are 0 or rise; beyond END everything is bounded by its end."""
MAX_CELLS = 400_000
SMALLEST = Fraction(1, 10**6)
BUMPS = ("Psi", "dPsi", "ddPsi")
Side = tuple[Fraction, Fraction]


def certify_pair(claim: Formula, atoms: PairAtoms) -> Certificate:
    """Certify ``for all s: for all r: lhs <= rhs`` with python-flint.

    Raises
    ------
    ProofError
        If a rectangle is left on which the balls do not show the claim.
    """
    body = claim.body.body if isinstance(claim, ForAll) and isinstance(claim.body, ForAll) else None
    if not isinstance(body, Le):
        raise ProofError(f"{claim} is no inequality for all s and r.", residual=str(claim))
    margin = body.rhs - body.lhs
    edges = [-END, -2 * TURN, -TURN, -Fraction(1, 2), Fraction(1, 2), TURN, 2 * TURN, END]
    sides = [(-END - 1, -END), *pairwise(edges), (END, END + 1)]
    names, evaluate = list(atoms.values()), _compiled(margin, list(atoms))

    def least(cell: tuple[Side, Side]) -> flint.arb:
        curves = [_curves(*side) for side in cell]
        return evaluate(*(curves[i][name if side > 0 else f"-{name}"] for name, side, i in names))

    pending, used = [(x, y) for x in sides for y in sides], 0
    while pending:
        cell = pending.pop()
        used += 1
        # A rectangle may be too large for any number: then this is False, too.
        if least(cell) >= 0:
            continue
        if used > MAX_CELLS:
            raise ProofError(f"{claim} is not certified near {cell}.", residual=str(cell))
        pending += _halves(cell, least)
    return Certificate(claim, "ball arithmetic on rectangles, mean-value form", used)


def _compiled(margin: Any, atoms: list[Any]) -> Callable[..., flint.arb]:
    """The margin as a function of balls for its atoms; its rational constants become balls."""
    names = [sp.Symbol(f"a{place}") for place in range(len(atoms))]
    plain = margin.xreplace(dict(zip(atoms, names, strict=True)))
    numbers = sorted(plain.atoms(sp.Rational) - {sp.S.NegativeOne}, key=str)
    constants = [sp.Symbol(f"c{place}") for place in range(len(numbers))]
    opened = plain.xreplace(dict(zip(numbers, constants, strict=True)))
    modules = [{"Abs": abs, "Max": lambda x, y: x.max(y), "Min": lambda x, y: x.min(y)}]
    function = sp.lambdify([*constants, *names], opened, modules=modules)
    return partial(function, *(flint.arb(flint.fmpq(int(n.p), int(n.q))) for n in numbers))


def _halves(
    cell: tuple[Side, Side], least: Callable[[tuple[Side, Side]], flint.arb]
) -> list[tuple[Side, Side]]:
    """The rectangle cut across the side whose width blurs the margin more."""
    inside = [abs(low + high) < 2 * END and high - low > SMALLEST for low, high in cell]
    if not any(inside):
        raise ProofError(f"the claim is not certified at {cell}.", residual=str(cell))
    middles = [((low + high) / 2,) * 2 for low, high in cell]
    thin = ((middles[0], cell[1]), (cell[0], middles[1]))
    blurred = [
        float(least(part).rad()) if free else inf for part, free in zip(thin, inside, strict=True)
    ]
    # Both unknown: the longer side.
    place = 0 if blurred[0] <= blurred[1] else 1
    if any(map(isnan, blurred)) or (blurred[0] == blurred[1] == inf and all(inside)):
        place = 0 if cell[0][1] - cell[0][0] >= cell[1][1] - cell[1][0] else 1
    low, high = cell[place]
    middle = middles[place][0]
    parts = ((low, middle), (middle, high))
    return [(part, cell[1]) if place == 0 else (cell[0], part) for part in parts]


def _number(x: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(x.numerator, x.denominator))


def _between(low: Any, high: Any) -> flint.arb:
    return flint.arb(low).union(flint.arb(high))


@cache
def _curves(low: Fraction, high: Fraction) -> Balls:
    """All curves over low <= s <= high at s and, with a minus sign in the name, at -s."""
    here, there = _bumps(low, high), _bumps(-high, -low)
    out = {**here, **{f"-{name}": ball for name, ball in there.items()}}
    for sign, ends in (("", (low, high)), ("-", (-high, -low))):
        out |= {f"{sign}{name}": ball for name, ball in _bells(*ends).items()}
    return out


def _bells(low: Fraction, high: Fraction) -> Balls:
    """Phi, which rises, Phi' and Phi'' over an interval."""
    root = (flint.arb.pi() * flint.arb(1).exp() / 2).sqrt()

    def phi(s: flint.arb) -> flint.arb:
        return root * (1 + (s / flint.arb(2).sqrt()).erf())

    def bell(s: flint.arb) -> flint.arb:
        return ((1 - s * s) / 2).exp()

    if low >= END or high <= -END:
        end = bell(_number(END))
        out = _number(END) * end
        bend = _between(-out, 0) if low >= END else _between(0, out)
        tops = (
            _between(phi(_number(END)), 2 * root) if low >= END else _between(0, phi(-_number(END)))
        )
        return {"Phi": tops, "dPhi": _between(0, end), "ddPhi": bend}
    a, b = _number(low), _number(high)
    middle, whole = (a + b) / 2, _between(a, b)
    flat = bell(middle) - whole * bell(whole) * (whole - middle)
    bend = -middle * bell(middle) + (whole * whole - 1) * bell(whole) * (whole - middle)
    return {"Phi": _between(phi(a), phi(b)), "dPhi": flat, "ddPhi": bend}


def _bumps(low: Fraction, high: Fraction) -> Balls:
    """Psi, Psi', Psi'' over an interval."""
    zero = flint.arb(0)
    if high <= Fraction(1, 2):
        return dict.fromkeys(BUMPS, zero)
    if low < TURN:
        if high > TURN:
            parts = (_bumps(low, TURN), _bumps(TURN, high))
            return {name: parts[0][name].union(parts[1][name]) for name in BUMPS}
        top = _bump(_number(high))
        return {name: _between(0, top[name]) for name in BUMPS}
    if low >= END:
        end = _bump(_number(END))
        e = flint.arb(1).exp()
        return {
            "Psi": _between(end["Psi"], e),
            "dPsi": _between(0, end["dPsi"]),
            "ddPsi": _between(end["ddPsi"], 0),
        }
    a, b = _number(low), _number(high)
    middle, whole = (a + b) / 2, _between(a, b)
    at, over, step = _bump(middle), _bump(whole), whole - middle
    return {
        "Psi": at["Psi"] + over["dPsi"] * step,
        "dPsi": at["dPsi"] + over["ddPsi"] * step,
        "ddPsi": at["ddPsi"] + over["dddPsi"] * step,
    }


def _bump(s: flint.arb) -> Balls:
    """Psi and three derivatives at s > 1/2."""
    w = 1 / (2 * s - 1)
    v = w * w
    value = (1 - v).exp()
    first = 4 * w * v
    return {
        "Psi": value,
        "dPsi": value * first,
        "ddPsi": value * v * v * (16 * v - 24),
        "dddPsi": value * first * v * (16 * v * v - 72 * v + 48),
    }
