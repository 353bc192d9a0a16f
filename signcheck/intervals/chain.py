"""Claims on the chain's curves for every real s, certified by ball arithmetic.

A claim is a kernel formula, ``lhs <= rhs`` or the same for all s, whose atoms are the curves Psi,
Phi and their derivatives at s or at -s. The formula itself is evaluated, so what is certified is
what a theorem takes as a hypothesis. With v = 1/(2 s - 1)**2 for s > 1/2: Psi = e exp(-v), Psi' =
4 e v**(3/2) exp(-v), Psi'' = e exp(-v)(16 v**3 - 24 v**2); all three are 0 for s <= 1/2. Phi' =
sqrt(e) exp(-s**2/2), Phi'' = -s Phi', 0 < Phi < sqrt(2 pi e). ``recheck_chain`` checks the same
claims with other arithmetic and another subdivision.

Source: theory sheet, T8; Carmon, Duchi, Hinder, Sidford 2020 (the curves).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from typing import Any

import flint

from hardinstances.errors import ProofError
from signcheck.intervals.evaluate import enclose
from signcheck.kernel import ForAll, Formula, Le

__all__ = ["CURVES", "Certificate", "certify"]

CURVES = ("Psi", "dPsi", "ddPsi", "Phi", "dPhi", "ddPhi")
FAR, NEAR = Fraction(1, 400), Fraction(60)
"""v below FAR (s > 10.5) and above NEAR (s < 0.565): there the curves are bounded by their ends."""
CELLS = 200_000
Balls = dict[str, flint.arb]
Atoms = Mapping[Any, tuple[str, int]]


@dataclass(frozen=True)
class Certificate:
    """How a claim was certified.

    Attributes
    ----------
    claim
        The formula.
    method
        Arithmetic and subdivision, in words.
    cells
        Number of intervals that were evaluated.
    """

    claim: Formula
    method: str
    cells: int


def certify(claim: Formula, atoms: Atoms | None = None) -> Certificate:
    """Certify ``lhs <= rhs``, for all real s where it is a for-all, with python-flint.

    Parameters
    ----------
    claim
        A ``Le``, or a ``ForAll`` over one real number without conditions.
    atoms
        Subterms of the claim -> (curve, side): the curve at ``side * s``, side 1 or -1.

    Raises
    ------
    ProofError
        If an interval is left on which the balls do not show the claim.
    """
    body = _body(claim)
    margin = body.rhs - body.lhs
    if not isinstance(claim, ForAll):
        _positive(margin, {}, "everywhere", claim)
        return Certificate(claim, "one ball", 1)
    known, cells = dict(atoms or {}), 2
    top = Fraction(57, 100)
    parts: list[tuple[Callable[[flint.arb], Balls], tuple[Fraction, Fraction], int]] = [
        (_inner, (Fraction(-1, 2), Fraction(1, 2)), 1)
    ]
    for side in (1, -1):
        _positive(margin, _values(known, _far(), side), "v -> 0", claim)
        parts += [(_outer, (FAR, NEAR), side), (_near, (Fraction(1, 2), top), side)]
    for curves, ends, side in parts:
        cells += _bisect(partial(_cell, known, curves, side), ends, margin, claim)
    return Certificate(claim, "ball arithmetic, bisection in v", cells)


def _body(claim: Formula) -> Le:
    body = claim.body if isinstance(claim, ForAll) else claim
    if not isinstance(body, Le) or (isinstance(claim, ForAll) and claim.var.sort != "real"):
        raise ProofError(f"{claim} is no inequality for all real numbers.", residual=str(claim))
    return body


def _positive(margin: Any, values: Mapping[Any, Any], where: str, claim: Formula) -> None:
    if not enclose(margin, values) >= 0:
        raise ProofError(
            f"{claim} is not certified at {where}: weaken its constant.", residual=where
        )


def _bisect(
    values: Callable[[flint.arb], Mapping[Any, Any]],
    ends: tuple[Fraction, Fraction],
    margin: Any,
    claim: Formula,
) -> int:
    """Number of cells that together cover the interval, each with a margin >= 0."""
    pending, used = [ends], 0
    while pending:
        low, high = pending.pop()
        used += 1
        if enclose(margin, values(_ball(low, high))) >= 0:
            continue
        if used > CELLS or high - low < Fraction(1, 10**7):
            raise ProofError(
                f"{claim} is not certified near {float(low):.9g}: weaken its constant.",
                residual=str(low),
            )
        middle = (low + high) / 2
        pending += [(low, middle), (middle, high)]
    return used


# ---------------------------------------------------------------- curves


def _number(x: Fraction) -> flint.arb:
    return flint.arb(flint.fmpq(x.numerator, x.denominator))


def _ball(low: Fraction, high: Fraction) -> flint.arb:
    middle, radius = (low + high) / 2, (high - low) / 2
    return flint.arb(
        flint.fmpq(middle.numerator, middle.denominator),
        flint.fmpq(radius.numerator, radius.denominator),
    )


def _between(low: Any, high: Any) -> flint.arb:
    return flint.arb(low).union(flint.arb(high))


def _phi() -> flint.arb:
    """The range of Phi."""
    top = (2 * flint.arb.pi() * flint.arb(1).exp()).sqrt()
    return _between(0, top)


def _values(atoms: Atoms, curves: Balls, side: int) -> dict[Any, flint.arb]:
    """Balls for the atoms at ``side * s``, s in the cell of ``curves`` (s >= -1/2)."""
    out = {}
    for atom, (name, sign) in atoms.items():
        mirrored = sign * side < 0
        out[atom] = curves[f"-{name}" if mirrored else name]
    return out


def _cell(
    atoms: Atoms, curves: Callable[[flint.arb], Balls], side: int, ball: flint.arb
) -> dict[Any, flint.arb]:
    return _values(atoms, curves(ball), side)


def _both(s: flint.arb, psi: flint.arb, first: flint.arb, second: flint.arb) -> Balls:
    bell = (flint.arb(1) / 2 - s * s / 2).exp()
    return _table(psi, first, second, bell, -s * bell)


def _table(
    psi: flint.arb, first: flint.arb, second: flint.arb, bell: flint.arb, bend: flint.arb
) -> Balls:
    zero = flint.arb(0)
    here = {"Psi": psi, "dPsi": first, "ddPsi": second}
    there = dict.fromkeys(("-Psi", "-dPsi", "-ddPsi"), zero)
    even = {"Phi": _phi(), "-Phi": _phi(), "dPhi": bell, "-dPhi": bell}
    return {**here, **there, **even, "ddPhi": bend, "-ddPhi": -bend}


def _outer(v: flint.arb) -> Balls:
    """Curves at the s > 1/2 that belong to v > 0."""
    s = (1 + 1 / v.sqrt()) / 2
    small = (1 - v).exp()
    return _both(s, small, 4 * small * v * v.sqrt(), small * v * v * (16 * v - 24))


def _inner(s: flint.arb) -> Balls:
    """Curves at |s| <= 1/2."""
    zero = flint.arb(0)
    return _both(s, zero, zero, zero)


def _far() -> Balls:
    """Curves for 0 < v <= FAR: Phi' and s Phi' fall for s > 1, Psi' and |Psi''| rise with v."""
    v = _number(FAR)
    s = (1 + 1 / v.sqrt()) / 2
    e, bell = flint.arb(1).exp(), (flint.arb(1) / 2 - s * s / 2).exp()
    return _table(
        _between((1 - v).exp(), e),
        _between(0, 4 * e * v * v.sqrt()),
        _between(-24 * e * v * v, 0),
        _between(0, bell),
        _between(-s * bell, 0),
    )


def _near(s: flint.arb) -> Balls:
    """Curves for 1/2 < s with v >= NEAR, which reaches below s = 0.57: v**3 exp(-v) falls."""
    v = _number(NEAR)
    small = (1 - v).exp()
    psi, first, second = small, 4 * small * v * v.sqrt(), 16 * small * v**3
    return _both(s, _between(0, psi), _between(0, first), _between(0, second))
