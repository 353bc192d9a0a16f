"""numba, imported when the first loop is compiled and not before."""

from __future__ import annotations

from typing import Any


def jit(function: Any, **options: Any) -> Any:
    """numba.njit that drops the interpreter lock and divides as IEEE 754 does."""
    import numba

    return numba.njit(nogil=True, error_model="numpy", **options)(function)
