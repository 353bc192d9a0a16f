"""The semidefinite relaxation of the l_oo-to-l1 norm: solved in floats, certified in integers.

max over unit vectors of sum H_ij <u_i, v_j> bounds max over signs of y.H x, and its dual is
min (sum a + sum b)/2 with [[diag a, -H], [-H^T, diag b]] positive semidefinite (Grothendieck 1953).
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Array = NDArray[np.float64]

__all__ = ["ascend", "certified_upper", "relax"]

# Bits of the grid of the Cholesky factor in the certificate.
FACTOR_BITS = 44
SWEEPS = 20_000


def ascend(array: Array, x: Array) -> Array:
    """Local search for signs x with large |H x|_1.

    Alternates y = sign(H x), x = sign(H^T y), then flips single signs, until nothing improves.
    """
    import numpy as np

    while True:
        value = np.abs(array @ x).sum()
        y = np.where(array @ x >= 0, 1.0, -1.0)
        swapped = np.where(y @ array >= 0, 1.0, -1.0)
        if np.abs(array @ swapped).sum() > value * (1 + 1e-14):
            x = swapped
            continue
        flips = np.abs((array @ x)[:, None] - 2 * array * x).sum(axis=0)
        k = int(flips.argmax())
        if flips[k] <= value * (1 + 1e-14):
            return x
        x = x.copy()
        x[k] = -x[k]


def relax(array: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Unit vectors V (rows) of the relaxation and its dual diagonals, by alternating maximisation.

    Rank sqrt(2 (d + n)) leaves no spurious maximum generically (Burer and Monteiro 2005).
    """
    import numpy as np

    d, n = array.shape
    rank = math.ceil(math.sqrt(2 * (d + n))) + 1
    v = rng.standard_normal((n, rank))
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    previous = -math.inf
    for _ in range(SWEEPS):
        pull = array @ v
        a = np.linalg.norm(pull, axis=1)
        u = pull / np.maximum(a, 1e-300)[:, None]
        back = array.T @ u
        b = np.linalg.norm(back, axis=1)
        v = back / np.maximum(b, 1e-300)[:, None]
        value = float(b.sum())
        if value - previous <= 1e-13 * value:
            break
        previous = value
    return v, np.linalg.norm(array @ v, axis=1), b


def _grid_matrix(values: NDArray[np.floating[Any]], bits: int) -> Any:
    """Doubles rounded to multiples of 2^-bits, as an integer matrix of python-flint."""
    import flint
    import numpy as np

    # Scaling by a power of two and rint are exact, so int() sees the rounded number itself.
    scaled = np.rint(np.ldexp(values, bits))
    return flint.fmpz_mat([[int(x) for x in row] for row in scaled.tolist()])


def certified_upper(array: Array, a: Array, b: Array) -> Fraction:
    """A proved bound (sum a + sum b + (d+n) shift)/2 from near-optimal dual diagonals.

    M = [[diag a, -H], [-H^T, diag b]] + shift I >= 0 is shown by M = R R^T + E with R a rounded
    Cholesky factor, E exact and shift I + E diagonally dominant. Then y.H x <= the bound for all
    signs, as (y, x) M (y, x) >= 0. All is scaled by a power of two to entries of order one.
    """
    import numpy as np

    d, n = array.shape
    power = math.frexp(float(np.abs(array).max()))[1]
    diagonal = np.ldexp(np.concatenate([a, b]), -power)
    dual = np.diag(diagonal)
    dual[:d, d:] = -np.ldexp(array, -power)
    dual[d:, :d] = dual[:d, d:].T
    lift = max(-float(np.linalg.eigvalsh(dual)[0]), 0.0) + 1e-11 * float(diagonal.max() + 1)
    dual += lift * np.eye(d + n)
    factor = _grid_matrix(np.linalg.cholesky(dual), FACTOR_BITS)
    product = (factor * factor.transpose()).tolist()
    target = _grid_matrix(dual, 2 * FACTOR_BITS).tolist()
    residual = max(
        sum(abs(int(x) - int(y)) for x, y in zip(*rows, strict=True))
        for rows in zip(target, product, strict=True)
    )
    # One more unit an entry covers the rounding of H to the grid of the target.
    shift = residual + d + n
    total = sum(int(target[i][i]) + shift for i in range(d + n))
    return Fraction(2) ** power * Fraction(total, 2 << (2 * FACTOR_BITS))
