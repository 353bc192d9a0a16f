"""Dual norm pairs and the maps that attain them: l1/l_oo with sign, nuclear/spectral with polar.

``<u, map(u)> = norm(u)`` and ``dual(map(u)) <= 1``, for numpy and torch arrays on any device.
Vectors are the last axis, matrices the last two; leading axes are independent.

Source: theory sheet, sections 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MATRIX", "VECTOR", "DualPair", "polar_map", "sign_map"]


def _namespace(x: Any) -> Any:
    from array_api_compat import array_namespace

    return array_namespace(x)


def sign_map(x: Any) -> Any:
    """Entrywise sign with ``sign(0) = 0``, same shape."""
    return _namespace(x).sign(x)


def _singular_values(x: Any) -> Any:
    return _namespace(x).linalg.svdvals(x)


def polar_map(x: Any, tolerance: float | None = None) -> Any:
    """``U V^T`` over the non-zero singular values of ``x = U S V^T``, shape ``(..., m, n)``.

    A library's full polar factor puts an arbitrary isometry where ``x`` vanishes; this one is 0
    there, as the theorems need.

    Parameters
    ----------
    tolerance
        Singular values up to this share of the largest count as zero; ``max(m, n)`` times the
        machine epsilon when left out.
    """
    xp = _namespace(x)
    if tolerance is None:
        tolerance = max(x.shape[-2:]) * float(xp.finfo(x.dtype).eps)
    left, values, right = xp.linalg.svd(x, full_matrices=False)
    largest = xp.max(values, axis=-1, keepdims=True)
    kept = xp.astype((values > tolerance * largest) & (values > 0), x.dtype)
    return (left * kept[..., None, :]) @ right


def _l1(x: Any) -> Any:
    xp = _namespace(x)
    return xp.sum(xp.abs(x), axis=-1)


def _l_oo(x: Any) -> Any:
    xp = _namespace(x)
    return xp.max(xp.abs(x), axis=-1)


def _nuclear(x: Any) -> Any:
    return _namespace(x).sum(_singular_values(x), axis=-1)


def _spectral(x: Any) -> Any:
    return _namespace(x).max(_singular_values(x), axis=-1)


@dataclass(frozen=True)
class DualPair:
    """The norm that measures gradients, the dual norm that measures steps, and their duality map.

    Parameters
    ----------
    name
        ``"vector"`` or ``"matrix"``.
    axes
        Number of trailing axes of a point.
    norm, dual
        ``(..., *point) -> (...)``.
    direction
        ``(..., *point) -> (..., *point)`` with ``<u, direction(u)> = norm(u)`` and dual norm <= 1.
    """

    name: str
    axes: int
    norm: Callable[[Any], Any]
    dual: Callable[[Any], Any]
    direction: Callable[[Any], Any]


VECTOR = DualPair("vector", 1, _l1, _l_oo, sign_map)
"""l1 for gradients, l_oo for steps, the sign map."""

MATRIX = DualPair("matrix", 2, _nuclear, _spectral, polar_map)
"""Nuclear norm for gradients, spectral norm for steps, the polar map."""
