"""Separation R of SGD from SignSGD for a noise vector (theorem T4), and ``signcheck separation``.

``R(sigma) = max over 1 <= k < d of (d - k) S_k^2 / (2 pi |sigma|_1^2)``, S_k^2 the sum of the k
largest sigma_i^2. The factor for one k is one expression, ``FACTOR``: the theorems in
``proofs/separation.py`` speak of it and the numbers here evaluate it.

Both (d - k) and S_k^2 are concave and positive, so their product rises to its maximum and then
falls: the best k is found from sums over blocks of a sorted vector.

Source: theory sheet, sections 0 and 4.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "ASSUMPTIONS",
    "FACTOR",
    "QUIET_FACTOR",
    "Separation",
    "compiled_factor",
    "separation",
    "separation_of_file",
]

FACTOR: sp.Expr = (
    (sp.Symbol("d") - sp.Symbol("k"))
    * sp.Symbol("S2") ** 2
    / (2 * sp.pi * sp.Symbol("|sigma|_1") ** 2)
)
"""SGD's lower bound over SignSGD's upper bound in oracle calls, as eps -> 0, for one k."""

QUIET_FACTOR: sp.Expr = sp.Symbol("d") / 4
"""The same without noise, in steps."""

ASSUMPTIONS = (
    "worst case against worst case over the class A0, A1, A2",
    "constant stepsize and batch for both methods; step schedules are not covered",
    "eps -> 0 at fixed sigma, L and Delta",
    "sigma_i^2 bounds the variance of coordinate i of the noise at every point",
)

_BLOCK = 1 << 16
_UNIT = 2.0**-53


@dataclass(frozen=True)
class Separation:
    """Density and separation of one noise vector.

    Attributes
    ----------
    d
        Number of coordinates.
    l1, l2
        Norms in the unit of sigma.
    phi, effective
        Noise density, in [1/d, 1], and d phi; None without noise.
    R, best_k
        Separation factor and the number of noisy coordinates that gives it; without noise the
        factor d/4 and 0.
    verdict
        One sentence.
    assumptions
        Under which the verdict holds.
    relative_error
        No printed number is off by more than this share from rounding.
    """

    d: int
    l1: float
    l2: float
    phi: float | None
    effective: float | None
    R: float
    best_k: int
    verdict: str
    assumptions: tuple[str, ...]
    relative_error: float


@cache
def compiled_factor() -> Callable[..., float]:
    """:data:`FACTOR` as a function of d, k, S_k and |sigma|_1."""
    names = [sp.Symbol(name) for name in ("d", "k", "S2", "|sigma|_1")]
    compiled: Callable[..., float] = sp.lambdify(names, FACTOR, modules="math")
    return compiled


def separation(sigma: ArrayLike) -> Separation:
    """Phi, the effective number of noisy coordinates, R and the best k of a noise vector.

    Parameters
    ----------
    sigma
        Standard deviations, shape ``(d,)``, finite and not negative; float32 and float64 are used
        as they are. Sums are taken in float64 over blocks and added without rounding.

    Raises
    ------
    InputError
        If ``sigma`` is empty, no vector of real numbers, not finite, or negative somewhere.
    """
    values = _checked(sigma)
    ascending = np.sort(values)
    largest = float(ascending[-1])
    if largest == 0.0:
        return _quiet(ascending.size)
    # A power of two: dividing by it is exact and keeps every square in range.
    scale = 2.0 ** (math.frexp(largest)[1] - 1)
    d = int(ascending.size)
    sums, energies = _block_sums(ascending, scale)
    l1, energy = math.fsum(sums), math.fsum(energies)
    if not math.isfinite(l1 * scale):
        raise InputError(
            f"The entries of sigma add up to more than a float holds (the largest is "
            f"{largest:.3g}): divide sigma by a constant, R and phi do not change."
        )
    best_k, inside = _best(ascending, energies, scale) if d > 1 else (0, 0.0)
    factor = compiled_factor()(d, best_k, math.sqrt(inside), l1)
    phi = min(1.0, l1**2 / (d * energy))
    return Separation(
        d=d,
        l1=l1 * scale,
        l2=math.sqrt(energy) * scale,
        phi=phi,
        effective=d * phi,
        R=factor,
        best_k=best_k,
        verdict=_verdict(factor, best_k),
        assumptions=ASSUMPTIONS,
        relative_error=(4 * _BLOCK + 64) * _UNIT,
    )


def _verdict(factor: float, best_k: int) -> str:
    if factor > 1:
        return (
            f"SGD's worst case needs at least {factor:.4g} times the oracle calls of SignSGD's, "
            f"shown by noise on the {best_k} largest coordinates."
        )
    return (
        f"The factor {factor:.4g} does not exceed 1, so T4 does not separate the methods here; it "
        "does not say that SGD is better either."
    )


def _quiet(d: int) -> Separation:
    factor = float(QUIET_FACTOR.subs(sp.Symbol("d"), d))
    more = "needs at least" if factor > 1 else "is shown to need only"
    verdict = f"Without noise SGD's worst case {more} {factor:.4g} times the steps of SignSGD's."
    return Separation(d, 0.0, 0.0, None, None, factor, 0, verdict, ASSUMPTIONS, 0.0)


def _blocks(ascending: NDArray[Any], scale: float) -> Any:
    """Blocks from the largest entries down, each descending, as float64 without the scale."""
    for end in range(ascending.size, 0, -_BLOCK):
        block = ascending[max(0, end - _BLOCK) : end][::-1]
        yield block.astype(np.float64) / scale


def _block_sums(ascending: NDArray[Any], scale: float) -> tuple[list[float], list[float]]:
    sums, energies = [], []
    for block in _blocks(ascending, scale):
        sums.append(float(block.sum()))
        energies.append(float(np.square(block).sum()))
    return sums, energies


def _best(ascending: NDArray[Any], energies: list[float], scale: float) -> tuple[int, float]:
    """The best k and S_k^2 without the scale: where (d - k - 1) s_{k+1}^2 first falls below S_k^2.

    Up to that k every further coordinate pays; past it none does.
    """
    d, before = ascending.size, 0.0
    for number, block in enumerate(_blocks(ascending, scale)):
        start = number * _BLOCK
        last = start + block.size == d
        # Does the entry after this block, as the next one, still pay?
        following = 0.0 if last else float(ascending[d - start - block.size - 1]) / scale
        through = math.fsum(energies[: number + 1])
        if last or (d - start - block.size - 1) * following**2 < through:
            energy = before + np.cumsum(np.square(block))
            k = start + 1 + np.arange(block.size)
            values = np.where(k < d, (d - k) * energy, -1.0)
            place = int(np.argmax(values))
            return start + place + 1, float(energy[place])
        before = through
    raise InputError("sigma has no coordinate: give at least one.")


def _checked(sigma: ArrayLike) -> NDArray[Any]:
    try:
        values = np.asarray(sigma)
    except ValueError as error:
        raise InputError(f"sigma cannot be read as numbers ({error}): give a list.") from error
    if values.dtype not in (np.float32, np.float64):
        if values.dtype.kind not in "fiu":
            raise InputError(f"sigma holds {values.dtype} entries: give real numbers.")
        values = values.astype(np.float64)
    if values.ndim != 1 or values.size == 0:
        raise InputError(f"sigma has shape {values.shape}: give one entry for each coordinate.")
    low, high = float(values.min()), float(values.max())
    if not (low >= 0.0 and math.isfinite(high)):  # nan fails the first comparison
        bad = int(np.argmax(~(np.isfinite(values) & (values >= 0))))
        raise InputError(
            f"sigma[{bad}] is {values[bad]}: every entry must be finite and not negative."
        )
    return values


def separation_of_file(path: Path) -> Separation:
    """``separation`` of a vector in a ``.npy`` file, which is mapped into memory.

    Raises
    ------
    InputError
        If the file cannot be read as one vector of numbers; otherwise as :func:`separation`.
    """
    try:
        values = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"{path} cannot be read as a .npy file ({error}): check it.") from error
    if not isinstance(values, np.ndarray):
        raise InputError(f"{path} holds no array: save one vector with numpy.save.")
    if values.ndim == 2:
        raise InputError(
            f"{path} has shape {values.shape}: for gradients, one a row, use signcheck density."
        )
    return separation(values)
