"""Flat rotations: orthonormal columns with entries ``+-1/sqrt(d)``, rows 4-wise independent.

Rows are pairs ``(a, b)`` of elements of GF(2^m), columns elements ``c != 0``, the sign is
``(-1)^trace(a c + b c^3)``: the dual of a two-error correcting BCH code, whose distance 5 is the
independence of any four columns.

Source: theory sheet, T8-flat.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from hardinstances.errors import CertificateError, InputError

__all__ = ["FlatRotation"]

_IRREDUCIBLE = {
    1: 0b11,
    2: 0b111,
    3: 0b1011,
    4: 0b10011,
    5: 0b100101,
    6: 0b1000011,
    7: 0b10000011,
    8: 0b100011011,
}
"""An irreducible polynomial over GF(2) of each degree, bit i for x^i."""


def _multiply(a: int, b: int, degree: int) -> int:
    """Product in GF(2^degree)."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a >> degree:
            a ^= _IRREDUCIBLE[degree]
        b >>= 1
    return product


def _trace(a: int, degree: int) -> int:
    """``a + a^2 + a^4 + ...``, which is 0 or 1."""
    total = 0
    for _ in range(degree):
        total ^= a
        a = _multiply(a, a, degree)
    return total


@dataclass(frozen=True)
class FlatRotation:
    """``U`` in ``R^{d x K}``, ``d = 4^degree``, ``K < 2^degree``."""

    K: int
    degree: int

    @classmethod
    def of(cls, K: int) -> FlatRotation:
        """The smallest one with K columns; raises InputError beyond 255."""
        degree = max(1, K.bit_length())
        if degree not in _IRREDUCIBLE:
            raise InputError(f"A flat chain has at most 255 links, got K = {K}: lower K.")
        return cls(K, degree)

    @property
    def d(self) -> int:
        """Number of rows."""
        return int(4**self.degree)

    @cached_property
    def signs(self) -> Any:
        """Entries times ``sqrt(d)``, int8 ``(d, K)``."""
        import numpy as np

        size, m = 2**self.degree, self.degree
        trace = np.array([_trace(a, m) for a in range(size)], dtype=np.int8)
        table = np.array(
            [[_multiply(a, c, m) for c in range(size)] for a in range(size)], dtype=np.int64
        )
        columns = np.arange(1, self.K + 1)
        cubes = table[columns, table[columns, columns]]
        first, second = trace[table[:, columns]], trace[table[:, cubes]]
        bits = first[:, None, :] ^ second[None, :, :]
        return (1 - 2 * bits).reshape(self.d, self.K).astype(np.int8)

    def inward(self, x: Any) -> Any:
        """``U^T x`` for ``(..., d)``, shape ``(..., K)``."""
        return x @ self._matrix_like(x)

    def outward(self, g: Any) -> Any:
        """``U g`` for ``(..., K)``, shape ``(..., d)``."""
        return g @ self._matrix_like(g).T

    def _matrix_like(self, x: Any) -> Any:
        from array_api_compat import array_namespace, device

        xp = array_namespace(x)
        place = (xp.__name__, x.dtype, str(device(x)))
        if place not in self._matrices:
            signs = xp.asarray(self.signs, device=device(x))
            # sqrt(4^degree) is a power of two, so the entries are exact.
            self._matrices[place] = xp.astype(signs, x.dtype) / 2.0**self.degree
        return self._matrices[place]

    @cached_property
    def _matrices(self) -> dict[Any, Any]:
        return {}

    def verify(self) -> None:
        """Check orthonormality in integers, and that no four columns or fewer multiply to 1.

        Raises
        ------
        CertificateError
            If either fails.
        """
        import numpy as np

        signs = self.signs.astype(np.float64)
        # Sums of at most 4^8 terms of size 1 are exact in float64.
        if not np.array_equal(signs.T @ signs, self.d * np.eye(self.K)):
            raise CertificateError("The columns of the flat rotation are not orthonormal.")
        seen: set[tuple[int, int]] = {(0, 0)}
        labels = []
        for c in range(1, self.K + 1):
            cube = _multiply(c, _multiply(c, c, self.degree), self.degree)
            labels.append((c, cube))
        for i, (c, cube) in enumerate(labels):
            for other, other_cube in labels[:i]:
                pair = (c ^ other, cube ^ other_cube)
                if pair in seen:
                    raise CertificateError("Four columns of the flat rotation are dependent.")
                seen.add(pair)
        if seen & set(labels):
            raise CertificateError("Three columns of the flat rotation are dependent.")
