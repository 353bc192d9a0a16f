"""What all samples share: scales, rational stepsizes, short descriptions."""

from __future__ import annotations

from typing import Any

import sympy as sp

from signcheck import kernel as k

R = sp.Rational
TINY = R(1, 1000)
SCALES = (R(1), R(10) ** 6, R(1, 10**6))
FAR = (R(10) ** 300, R(1, 10**300))
"""So far out that a power moved by 2 % shows, whatever the constant: 10**6 = 10**(300/50)."""
Numbers = dict[Any, Any]


def stepsize(smoothness: Any, gap: Any, steps: int, factor: Any) -> Any:
    """A rational close to factor * sqrt(2 Delta/(L T))."""
    return R(str(sp.N(factor * sp.sqrt(2 * gap / (smoothness * steps)), 20)))


def describe(atoms: Numbers) -> str:
    """Short text of the plain parameters."""
    plain = {s.name: v for s, v in atoms.items() if isinstance(s, k.Sym)}
    return " ".join(f"{name}={float(v):.4g}" for name, v in plain.items())
