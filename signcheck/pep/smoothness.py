"""The constant of A1 for a quadratic: the l_oo-to-l1 norm of its matrix, enclosed exactly.

|H|_{oo->1} = max over x in {-1,1}^n of |H x|_1 = max over signs x, y of y.H x. It is what A1 asks
of f(x) = x.H x/2 + b.x, and computing it is NP-hard. Up to 24 columns (or rows) all sign vectors
are tried; beyond, the value lies between a local search and the semidefinite relaxation of
Grothendieck's inequality, both ends certified in rational arithmetic. Their ratio is at most
pi/(2 ln(1 + sqrt 2)) = 1.7823 (Krivine 1979), pi/2 for positive semidefinite H (Nesterov 1998).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from hardinstances.errors import CertificateError, InputError
from signcheck.pep.relaxation import ascend, certified_upper, relax

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

__all__ = ["KRIVINE", "Smoothness", "smoothness_of_matrix", "smoothness_of_quadratic"]

ENUMERATE = 24
LARGEST = 500
KRIVINE = math.pi / (2 * math.log(1 + math.sqrt(2)))
# Bits kept of the largest entry when a matrix is put on an integer grid for enumeration.
BITS = 52
# Sign vectors that are evaluated in exact rationals where the grid cannot tell them apart.
CANDIDATES = 200


@dataclass(frozen=True)
class Smoothness:
    """An enclosure of the l_oo-to-l1 norm.

    Attributes
    ----------
    lower, upper
        Exact ends, in the unit of the matrix (value/length^2 for a Hessian).
    signs
        x in {-1, 1}^n with |H x|_1 = lower.
    method
        ``"enumeration"`` or ``"semidefinite relaxation"``.
    ratio_limit
        What upper/lower could be at most if the relaxation were solved exactly and the lower
        end were the norm itself; 1 for enumeration.
    """

    lower: Fraction
    upper: Fraction
    signs: tuple[int, ...]
    method: str
    ratio_limit: float

    @property
    def exact(self) -> bool:
        """Whether the two ends agree."""
        return self.lower == self.upper

    @property
    def value(self) -> float:
        """The upper end: a valid L, rounded up."""
        return math.nextafter(float(self.upper), math.inf) if not self.exact else float(self.upper)


def _checked(matrix: ArrayLike, name: str) -> Array:
    import numpy as np

    try:
        array: Array = np.asarray(matrix, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name} is not an array of numbers: give a d x n matrix.") from None
    if array.ndim != 2 or 0 in array.shape:
        raise InputError(f"{name} has the shape {array.shape}: give a d x n matrix, d, n >= 1.")
    if not np.isfinite(array).all():
        raise InputError(f"{name} holds nan or infinity: its norm is not a number.")
    if max(array.shape) > LARGEST:
        raise InputError(
            f"{name} has the shape {array.shape}: the certificate is made for at most "
            f"{LARGEST} rows and columns; split the function into blocks and add their constants."
        )
    return array


def _integers(array: Array, bits: int) -> tuple[NDArray[np.int64], Fraction, Fraction]:
    """Q, unit, error with |H - unit*Q| <= error entry by entry (error 0 where H fits the grid)."""
    import numpy as np

    largest = float(np.abs(array).max())
    exponent = bits - math.frexp(largest)[1] if largest else 0
    unit = Fraction(2) ** -exponent
    scaled = np.ldexp(array, exponent)
    rounded = np.rint(scaled)
    error = Fraction(0) if np.array_equal(scaled, rounded) else unit / 2
    return rounded.astype(np.int64), unit, error


def _sum_of_abs(array: Array, signs: NDArray[np.int64]) -> Fraction:
    """|H x|_1 exactly."""
    total = Fraction(0)
    for row in array.tolist():
        products = (Fraction(entry) * int(s) for entry, s in zip(row, signs, strict=True) if entry)
        total += abs(sum(products, Fraction(0)))
    return total


def _all_signs(count: int) -> NDArray[np.int64]:
    """All sign vectors of a length, one a row, in binary order."""
    import numpy as np

    codes = np.arange(1 << count, dtype=np.int64)[:, None]
    return 1 - 2 * ((codes >> np.arange(count, dtype=np.int64)) & 1)


def _near_best(
    grid: NDArray[np.int64], slack: int
) -> tuple[int, list[tuple[int, int]], NDArray[np.int64], NDArray[np.int64]]:
    """Largest |Q x|_1, the x within ``slack`` of it, and the two halves that index them.

    The first sign is fixed to +. The list is cut at ``CANDIDATES`` entries.
    """
    import numpy as np

    n = grid.shape[1]
    half = min(n, 12)
    low = _all_signs(half - 1)
    low = np.hstack([np.ones((len(low), 1), np.int64), low])
    high = _all_signs(n - half)
    low_sums, high_sums = low @ grid[:, :half].T, high @ grid[:, half:].T
    best, near = -1, list[tuple[int, int, int]]()
    for k, shift in enumerate(high_sums):
        sums = np.abs(low_sums + shift).sum(axis=1)
        top = int(sums.max())
        if top < best - slack:
            continue
        if top > best:
            best = top
            near = [entry for entry in near if entry[0] >= best - slack]
        if len(near) <= CANDIDATES:
            near += [(int(sums[j]), int(j), k) for j in np.flatnonzero(sums >= best - slack)]
    return best, [(j, k) for _, j, k in near], low, high


def _enumerate(array: Array) -> Smoothness:
    """Every sign vector, on an integer grid; those that rounding could confuse are redone exactly.

    With more than ``CANDIDATES`` of them (many ties and too many bits) the ends differ by the
    rounding of the grid.
    """
    import numpy as np

    rows, n = array.shape
    room = 62 - math.ceil(math.log2(rows * n + 1))
    grid, unit, error = _integers(array, min(BITS, room))
    best, near, low, high = _near_best(grid, rows * n if error else 0)
    complete = len(near) <= CANDIDATES
    tries = [
        np.concatenate([low[j], high[k]]) for j, k in near[: max(CANDIDATES, 1) if error else 1]
    ]
    values = [_sum_of_abs(array, signs) for signs in tries]
    lower = max(values)
    signs = tries[values.index(lower)]
    upper = lower if complete or not error else max(lower, best * unit + error * rows * n)
    return Smoothness(lower, upper, tuple(int(s) for s in signs), "enumeration", 1.0)


def _relaxed(array: Array, seed: int, restarts: int) -> Smoothness:
    import numpy as np

    rng = np.random.default_rng(seed)
    v, a, b = relax(array, rng)
    best: Array = np.ones(array.shape[1])
    value = -1.0
    for k in range(restarts):
        start = v @ rng.standard_normal(v.shape[1]) if k % 2 == 0 else rng.standard_normal(len(v))
        x = ascend(array, np.where(start >= 0, 1.0, -1.0))
        reached = float(np.abs(array @ x).sum())
        if reached > value:
            best, value = x, reached
    signs = best.astype(np.int64)
    lower, upper = _sum_of_abs(array, signs), certified_upper(array, a, b)
    if upper < lower:
        raise CertificateError(f"The certified bound {upper} is below the value {lower}.")
    symmetric = array.shape[0] == array.shape[1] and np.array_equal(array, array.T)
    positive = symmetric and float(np.linalg.eigvalsh(array)[0]) >= 0
    limit = math.pi / 2 if positive else KRIVINE
    return Smoothness(lower, upper, tuple(signs.tolist()), "semidefinite relaxation", limit)


def smoothness_of_matrix(
    matrix: ArrayLike, *, seed: int = 0, restarts: int = 40, enumerate_up_to: int = ENUMERATE
) -> Smoothness:
    """Enclose |H|_{oo->1} = max of |H x|_1 over |x|_oo <= 1.

    Parameters
    ----------
    matrix
        d x n, finite.
    seed, restarts
        Of the local search beyond enumeration.
    enumerate_up_to
        Most columns (or rows) for which all sign vectors are tried; at most 24.

    Raises
    ------
    InputError
        If the matrix is empty, not two-dimensional, not finite or too large.
    """
    import numpy as np

    array = _checked(matrix, "The matrix")
    if not 0 <= enumerate_up_to <= ENUMERATE:
        raise InputError(f"enumerate_up_to = {enumerate_up_to} is outside [0, {ENUMERATE}].")
    if restarts < 1:
        raise InputError(f"restarts = {restarts}: the local search needs at least one start.")
    if not array.any():
        ones = (1,) * array.shape[1]
        return Smoothness(Fraction(0), Fraction(0), ones, "enumeration", 1.0)
    if array.shape[1] <= enumerate_up_to:
        return _enumerate(array)
    if array.shape[0] <= enumerate_up_to:
        turned = _enumerate(np.ascontiguousarray(array.T))
        x = np.where(np.asarray(turned.signs, float) @ array >= 0, 1, -1)
        lower = _sum_of_abs(array, x)
        return Smoothness(
            lower, max(turned.upper, lower), tuple(x.tolist()), turned.method, turned.ratio_limit
        )
    return _relaxed(array, seed, restarts)


def smoothness_of_quadratic(matrix: ArrayLike, *, seed: int = 0, restarts: int = 40) -> Smoothness:
    """The best A1 constant of f(x) = x.A x/2 + b.x, enclosed: that of (A + A^T)/2.

    Raises
    ------
    InputError
        If A is not square; otherwise as :func:`smoothness_of_matrix`.
    """
    array = _checked(matrix, "The matrix of the quadratic")
    if array.shape[0] != array.shape[1]:
        raise InputError(f"The matrix of a quadratic is square; this one is {array.shape}.")
    doubled = array + array.T
    return smoothness_of_matrix(doubled / 2, seed=seed, restarts=restarts)
