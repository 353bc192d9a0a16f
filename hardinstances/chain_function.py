"""The chain function of T8 and its gradient, on numpy and torch arrays.

``F_K(x) = -Psi(1) Phi(x_1) + sum_i [Psi(-x_{i-1}) Phi(-x_i) - Psi(x_{i-1}) Phi(x_i)]``.

Source: theory sheet, section 5; Carmon, Duchi, Hinder, Sidford 2020.
"""

from __future__ import annotations

import math
from typing import Any

__all__ = ["AT_ZERO", "chain_grad", "chain_value"]

AT_ZERO = -math.sqrt(math.e * math.pi / 2)
"""``F_K(0) = -Psi(1) Phi(0)``."""


def _erf(xp: Any, x: Any) -> Any:
    if hasattr(xp, "special"):
        return xp.special.erf(x)
    from scipy.special import erf

    return erf(x)


def _psi(xp: Any, x: Any) -> tuple[Any, Any]:
    """Psi and its derivative, both 0 for ``x <= 1/2``."""
    inside = x > 0.5
    u = xp.where(inside, 2 * x - 1, xp.ones_like(x))
    value = xp.where(inside, xp.exp(1 - 1 / u**2), xp.zeros_like(x))
    return value, value * 4 / u**3


def _phi(xp: Any, x: Any) -> tuple[Any, Any]:
    """Phi and its derivative."""
    value = math.sqrt(math.e * math.pi / 2) * (1 + _erf(xp, x / math.sqrt(2)))
    return value, math.sqrt(math.e) * xp.exp(-(x**2) / 2)


def _links(xp: Any, x: Any) -> tuple[Any, Any, Any, Any, Any, Any, Any]:
    """What both the value and the gradient of F_K need, for ``(..., K)``.

    ``before`` holds ``x_{i-1}`` with a 1 in front, which is the chain's fixed first link.
    """
    before = xp.concat([xp.ones_like(x[..., :1]), x[..., :-1]], axis=-1)
    up, down = _psi(xp, before), _psi(xp, -before)
    plus, minus = _phi(xp, x), _phi(xp, -x)
    return (*up, *down, plus[0], minus[0], plus[1])


def chain_value(xp: Any, x: Any) -> Any:
    """``F_K(x)`` for ``(..., K)``, shape ``(...)``."""
    up, _, down, _, plus, minus, _ = _links(xp, x)
    return xp.sum(down * minus - up * plus, axis=-1)


def chain_grad(xp: Any, x: Any) -> Any:
    """``grad F_K(x)`` for ``(..., K)``."""
    up, up_slope, down, down_slope, plus, minus, bell = _links(xp, x)
    own = -(up + down) * bell
    # The derivative with respect to x_{i-1} of link i; link 1 has a constant there.
    through = -(down_slope * minus + up_slope * plus)[..., 1:]
    return own + xp.concat([through, xp.zeros_like(x[..., :1])], axis=-1)
