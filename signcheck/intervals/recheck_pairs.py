"""The claims of ``chain_pairs`` once more: mpmath's interval arithmetic, rectangles cut in thirds.

Phi comes from its power series instead of an error function, the margin from the evaluator of
``recheck_chain``; the rectangles are others.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise
from typing import Any

import mpmath

from hardinstances.errors import ProofError
from signcheck.intervals.chain import Certificate
from signcheck.intervals.chain_pairs import PairAtoms
from signcheck.intervals.recheck_chain import evaluate
from signcheck.kernel import ForAll, Formula, Le

__all__ = ["recheck_pair"]

END, SERIES_END, SERIES_TERMS, SERIES_BITS = 13, 6, 120, 200
TURN = Fraction(9, 16)
SMALLEST = Fraction(1, 10**6)
MAX_CELLS = 60_000
Interval = Any  # mpmath ships no types
Curves = dict[str, Interval]
Side = tuple[Fraction, Fraction]


def recheck_pair(claim: Formula, atoms: PairAtoms) -> Certificate:
    """Certify ``for all s: for all r: lhs <= rhs`` with mpmath.iv.

    Raises
    ------
    ProofError
        If a rectangle is left on which the claim is not shown.
    """
    body = claim.body.body if isinstance(claim, ForAll) and isinstance(claim.body, ForAll) else None
    if not isinstance(body, Le):
        raise ProofError(f"{claim} is no inequality for all s and r.", residual=str(claim))
    margin = body.rhs - body.lhs

    def least(cell: tuple[Side, Side]) -> Interval:
        curves = [{1: _curves(*side), -1: _curves(-side[1], -side[0])} for side in cell]
        return evaluate(margin, {a: curves[i][sign][name] for a, (name, sign, i) in atoms.items()})

    edges = [Fraction(e) for e in (-END, -1)] + [-TURN, -Fraction(1, 2), Fraction(1, 2), TURN]
    edges += [Fraction(1), Fraction(END)]
    sides = [*pairwise(edges)]
    sides += [(Fraction(END), Fraction(END + 1)), (-Fraction(END + 1), -Fraction(END))]
    pending, used = [(x, y) for x in sides for y in sides], 0
    while pending:
        cell = pending.pop()
        used += 1
        if least(cell).a >= 0:
            continue
        if used > MAX_CELLS:
            raise ProofError(f"{claim} is not rechecked near {cell}.", residual=str(cell))
        pending += _thirds(cell, least)
    return Certificate(claim, "mpmath intervals, thirds of rectangles", used)


def _thirds(
    cell: tuple[Side, Side], least: Callable[[tuple[Side, Side]], Interval]
) -> list[tuple[Side, Side]]:
    """The rectangle cut across the side whose width blurs the margin more."""
    free = [abs(low + high) < 2 * END and high - low > SMALLEST for low, high in cell]
    if not any(free):
        raise ProofError(f"the claim is not rechecked at {cell}.", residual=str(cell))
    middles = [((low + high) / 2,) * 2 for low, high in cell]
    thin = ((middles[0], cell[1]), (cell[0], middles[1]))
    blurred = [
        least(part).delta if inside else None for part, inside in zip(thin, free, strict=True)
    ]
    place = 0 if blurred[1] is None or (blurred[0] is not None and blurred[0] <= blurred[1]) else 1
    low, high = cell[place]
    cuts = [low + (high - low) * k / 3 for k in range(4)]
    parts = list(pairwise(cuts))
    return [(part, cell[1]) if place == 0 else (cell[0], part) for part in parts]


def _number(x: Fraction) -> Interval:
    return mpmath.iv.mpf(x.numerator) / x.denominator


@cache
def _curves(low: Fraction, high: Fraction) -> Curves:
    """The curves over low <= s <= high; beyond END by what they are there."""
    iv = mpmath.iv
    whole = iv.mpf([_number(low).a, _number(high).b])
    middle = _number((low + high) / 2)
    step = whole - middle
    if abs(low + high) > 2 * END:
        return _beyond(low > 0)
    bell, over = iv.exp((1 - middle**2) / 2), _bell(whole)
    flat = bell - whole * over * step
    bend = -middle * bell + (whole**2 - 1) * over * step
    phi = iv.mpf([_phi(low).a, _phi(high).b])
    return {"Phi": phi, "dPhi": flat, "ddPhi": bend, **_bumps(low, high)}


def _bell(s: Interval) -> Interval:
    iv, size = mpmath.iv, abs(s)
    return iv.mpf([iv.exp((1 - size.b**2) / 2).a, iv.exp((1 - size.a**2) / 2).b])


def _beyond(right: bool) -> Curves:
    """Ranges for s > END, or s < -END."""
    iv, end = mpmath.iv, mpmath.iv.mpf(END)
    bell, top = iv.exp((1 - end**2) / 2), iv.sqrt(2 * iv.pi * iv.e)
    gap = (bell / end).b  # the tail of the bell is at most bell/s
    bend = iv.mpf([(-end * bell).a, 0])
    out = {"dPhi": iv.mpf([0, bell.b]), "ddPhi": bend if right else -bend}
    if not right:
        zero = iv.mpf(0)
        return {**out, "Phi": iv.mpf([0, gap]), "Psi": zero, "dPsi": zero, "ddPsi": zero}
    at = _bump(end)
    bumps = {
        "Psi": iv.mpf([at["Psi"].a, iv.e.b]),
        "dPsi": iv.mpf([0, at["dPsi"].b]),
        "ddPsi": iv.mpf([at["ddPsi"].a, 0]),
    }
    return {**out, **bumps, "Phi": iv.mpf([(top - gap).a, top.b])}


@cache
def _phi(s: Fraction) -> Interval:
    """Phi(s) = Phi(0) + sqrt(e) sum of (-1)**n s**(2n+1)/(2**n n! (2n+1)); the tail beyond 6."""
    iv = mpmath.iv
    top = iv.sqrt(2 * iv.pi * iv.e)
    if abs(s) > SERIES_END:
        rest = (iv.exp((1 - iv.mpf(SERIES_END) ** 2) / 2) / SERIES_END).b
        return iv.mpf([(top - rest).a, top.b]) if s > 0 else iv.mpf([0, rest])
    saved, iv.prec = iv.prec, SERIES_BITS
    try:
        x = _number(s)
        power, total = x, x
        for n in range(1, SERIES_TERMS):
            power = -power * x * x / (2 * n)
            total += power / (2 * n + 1)
        # Beyond n = 18 the terms fall and alternate: the rest is below the next one.
        rest = abs(power * x * x / (2 * SERIES_TERMS)).b
        value = iv.sqrt(2 * iv.pi * iv.e) / 2 + iv.sqrt(iv.e) * (total + iv.mpf([-rest, rest]))
    finally:
        iv.prec = saved
    return iv.mpf([value.a, value.b])


def _bumps(low: Fraction, high: Fraction) -> Curves:
    """Psi, Psi', Psi'' over an interval; up to 9/16 all are 0 or rise."""
    iv = mpmath.iv
    names = ("Psi", "dPsi", "ddPsi")
    if high <= Fraction(1, 2):
        return dict.fromkeys(names, iv.mpf(0))
    if low < TURN:
        at = _bump(_number(min(high, TURN)))
        if high <= TURN:
            return {name: iv.mpf([0, at[name].b]) for name in names}
        rest = _bumps(TURN, high)
        return {n: iv.mpf([min(0, rest[n].a), max(at[n].b, rest[n].b)]) for n in names}
    middle = _number((low + high) / 2)
    whole = iv.mpf([_number(low).a, _number(high).b])
    at, over, step = _bump(middle), _bump(whole), whole - middle
    slopes = ("dPsi", "ddPsi", "dddPsi")
    return {n: at[n] + over[d] * step for n, d in zip(names, slopes, strict=True)}


def _bump(s: Interval) -> Curves:
    iv = mpmath.iv
    w = 1 / (2 * s - 1)
    v = w**2
    value = iv.exp(1 - v)
    first = value * 4 * w * v
    return {
        "Psi": value,
        "dPsi": first,
        "ddPsi": value * v**2 * (16 * v - 24),
        "dddPsi": first * v * (16 * v**2 - 72 * v + 48),
    }
