"""The chain families: plain, gated, and rotated flat.

Source: theory sheet, section 5 (T8, T8-flat).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.chain_bounds import GAP, SLOPE, SMOOTHNESS
from hardinstances.chain_instance import ChainCertificate, ChainInstance
from hardinstances.errors import InputError
from hardinstances.exact import rational, round_down, round_up
from hardinstances.flat import FlatRotation
from hardinstances.levels_chain import CHAIN, FLAT_CHAIN, GATED_CHAIN

if TYPE_CHECKING:
    from hardinstances.level import Level

__all__ = ["chain", "flat_chain", "gated_chain"]


def _build(
    level: Level,
    numbers: dict[str, Any],
    *,
    p: float = 1.0,
    rotation: FlatRotation | None = None,
) -> ChainInstance:
    import numpy as np

    level_value = level.value(**numbers)
    numbers = {n: int(v) if n in level.integers else float(v) for n, v in numbers.items()}
    K, L, Delta = numbers["K"], Fraction(numbers["L"]), Fraction(numbers["Delta"])
    d = K if rotation is None else rotation.d
    scale = round_down(Delta / (GAP * K))
    width = round_up(sp.sqrt(rational(SMOOTHNESS * d * Fraction(scale) / L)))
    # Entries of size 1/sqrt(d) with fourth moments like Gaussian ones: |U g|_1 >= sqrt(d/3) |g|_2.
    gain = 1.0 if rotation is None else round_down(sp.sqrt(sp.Rational(d, 3)))
    certificate = ChainCertificate(
        K=K,
        d=d,
        scale=Fraction(scale),
        width=Fraction(width),
        weight=Fraction(gain) * (1 - Fraction(numbers.get("rho", 0))),
        curvature_budget=L,
        gap_budget=Delta,
        level_value=level_value,
        rotation=rotation,
    )
    certificate.verify()
    noise = float(SLOPE) * scale / width * math.sqrt((1 - p) / p) * (1 + 2.0**-50)
    return ChainInstance(
        id=level.name,
        K=K,
        scale=scale,
        width=width,
        p=p,
        sigma=np.full(d, noise),
        rotation=rotation,
        level=level,
        level_numbers=numbers,
        level_value=level_value,
        parameters={**numbers, "p": p} if level is GATED_CHAIN else numbers,
        certificate=certificate,
    )


def chain(*, L: float, Delta: float, K: int) -> ChainInstance:
    """A chain of length K without noise (T8).

    Parameters
    ----------
    L, Delta
        Smoothness (value/length^2) and gap (value) of the class.
    K
        Length, and the number of steps that it lasts.

    Raises
    ------
    InputError
        If a parameter is out of range.
    """
    return _build(CHAIN, {"L": L, "Delta": Delta, "K": K})


def gated_chain(*, L: float, Delta: float, K: int, p: float, rho: float = 0.1) -> ChainInstance:
    """A chain whose next link a call shows with probability p only (T8).

    Parameters
    ----------
    L, Delta, K
        As in :func:`chain`.
    p
        Probability that a call shows the next link.
    rho
        Probability of finishing too early that the level allows for.

    Raises
    ------
    InputError
        If a parameter is out of range, or no oracle call is covered: ``K <= ln(1/rho)``.
    """
    number = isinstance(p, (int, float)) and not isinstance(p, bool)
    if not number or not 0 < p < 1:
        raise InputError(f"p must lie strictly between 0 and 1, got {p!r}.")
    numbers = {"L": L, "Delta": Delta, "K": K, "rho": rho}
    GATED_CHAIN.check(numbers)
    if math.log(1 / rho) >= K:
        raise InputError(
            f"K = {K} does not exceed ln(1/rho) = {math.log(1 / rho):.4g}, so no oracle call is "
            "covered: raise K or rho."
        )
    return _build(GATED_CHAIN, numbers, p=float(p))


def flat_chain(*, L: float, Delta: float, K: int) -> ChainInstance:
    """A chain rotated into ``4^m >= (K+1)^2`` dimensions with flat columns (T8-flat).

    Parameters as in :func:`chain`.

    Raises
    ------
    InputError
        If a parameter is out of range or K is above 255.
    """
    FLAT_CHAIN.check({"L": L, "Delta": Delta, "K": K})
    return _build(FLAT_CHAIN, {"L": L, "Delta": Delta, "K": K}, rotation=FlatRotation.of(int(K)))
