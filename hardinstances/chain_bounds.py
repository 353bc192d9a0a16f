"""The three constants of the chain function, proved by ball arithmetic when they are needed.

With ``v = 1/(2x-1)^2`` for ``x > 1/2``: ``Psi = e exp(-v)``, ``Psi' = 4 e v^(3/2) exp(-v)``,
``Psi'' = e exp(-v) (16 v^3 - 24 v^2)``; ``Phi' = sqrt(e) exp(-x^2/2)``, ``Phi'' = -x Phi'``. Of
``Psi(x)`` and ``Psi(-x)`` only one is not 0: each bound is a supremum over one number.

Source: theory sheet, T8; Carmon, Duchi, Hinder, Sidford 2020.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from hardinstances.errors import CertificateError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["GAP", "SLOPE", "SMOOTHNESS", "verify_constants"]

GAP = Fraction(1124, 100)
"""``F_K(0) - inf F_K <= GAP*K``."""

SLOPE = Fraction(2145, 100)
"""``|grad F_K|_oo <= SLOPE``."""

SMOOTHNESS = Fraction(146)
"""Rows of the Hessian have absolute sums of at most this."""

_FAR = Fraction(1, 400)
"""``v`` below which ``x > 10``."""

_NEAR = Fraction(60)
"""``v`` above which everything that holds Psi is below 1e-17."""

_CELLS = 400_000


def _verify_supremum(
    name: str, function: Callable[[Any], Any], low: Fraction, high: Fraction, limit: Fraction
) -> None:
    """Prove ``function <= limit`` on ``[low, high]`` by bisection; raises CertificateError."""
    from flint import arb, fmpq

    bound = arb(fmpq(limit.numerator, limit.denominator))
    pending, used = [(low, high)], 0
    while pending:
        left, right = pending.pop()
        used += 1
        middle, radius = (left + right) / 2, (right - left) / 2
        ball = arb(
            fmpq(middle.numerator, middle.denominator), fmpq(radius.numerator, radius.denominator)
        )
        if bound - function(ball) > 0:
            continue
        if used > _CELLS:
            raise CertificateError(f"{name} <= {float(limit)} could not be proved near {left}.")
        pending += [(left, middle), (middle, right)]


def _parts(v: Any) -> tuple[Any, Any, Any, Any]:
    """``Psi', |Psi''|, Phi', |Phi''|`` at the ``x > 1/2`` that belongs to a ball ``v > 0``."""
    from flint import arb

    x = (1 + 1 / v.sqrt()) / 2
    small = arb(1).exp() * (-v).exp()
    bell = (arb(1) / 2 - x**2 / 2).exp()
    return 4 * small * v * v.sqrt(), small * v**2 * abs(16 * v - 24), bell, x * bell


def _slope(v: Any) -> Any:
    from flint import arb

    first, _, bell, _ = _parts(v)
    return arb(1).exp() * bell + (2 * arb.pi() * arb(1).exp()).sqrt() * first


def _row(v: Any) -> Any:
    from flint import arb

    e = arb(1).exp()
    first, second, bell, bent = _parts(v)
    diagonal = e * bent + (2 * arb.pi() * e).sqrt() * second
    return diagonal + (54 / e).sqrt() * bell + e.sqrt() * first


@cache
def verify_constants() -> None:
    """Prove GAP, SLOPE and SMOOTHNESS.

    Raises
    ------
    CertificateError
        Naming the constant that could not be proved.
    """
    from flint import arb, fmpq

    e = arb(1).exp()
    gap = arb(fmpq(GAP.numerator, GAP.denominator))
    # F_K(0) <= 0 and every one of the K terms is at least -sup Psi sup Phi.
    if not gap - e * (2 * arb.pi() * e).sqrt() > 0:
        raise CertificateError(f"The gap constant {float(GAP)} could not be proved.")
    for name, function, limit in (
        ("The slope constant", _slope, SLOPE),
        ("The smoothness constant", _row, SMOOTHNESS),
    ):
        _verify_supremum(name, function, _FAR, _NEAR, limit)
        # |x| <= 1/2, or v outside the interval: there Phi' <= sqrt(e), |Phi''| <= 1, and Psi' and
        # |Psi''| rise in v below FAR and fall in v above NEAR, so they are largest at those ends.
        level = arb(fmpq(limit.numerator, limit.denominator))
        ends = [_parts(arb(fmpq(v.numerator, v.denominator)))[:2] for v in (_FAR, _NEAR)]
        small = sum((e.sqrt() + (2 * arb.pi() * e).sqrt()) * (f + s) for f, s in ends)
        outside = e * e.sqrt() + e + (54 / e).sqrt() * e.sqrt() + small
        if not level - outside > 0:
            raise CertificateError(f"{name} {float(limit)} could not be proved outside.")
