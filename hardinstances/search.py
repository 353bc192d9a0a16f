"""The adversary's choice: the free parameters that make a level largest.

Any choice gives a valid level, so a search in floating point loses nothing but a little hardness.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from hardinstances.levels import Level

__all__ = ["Best", "best"]

_POINTS = 61
_ZOOMS = 24


@dataclass(frozen=True)
class Best:
    """Free parameters found, and the level there."""

    parameters: Mapping[str, float]
    value: float


def best(level: Level, fixed: Mapping[str, float], free: Sequence[str] = ("delta", "rho")) -> Best:
    """Maximise ``level`` over ``free``, deterministically.

    A grid in ``log(p/(high-p))`` over each free parameter, then zooms around the best point.
    Names in ``free`` that the level does not have, or that ``fixed`` already sets, are passed over.

    Raises
    ------
    InputError
        If a parameter is neither fixed nor free, unknown, or not a number.
    BudgetError
        If no choice of the free parameters fits the budgets.
    """
    import numpy as np

    for name, value in fixed.items():
        level.rational(name, value)
    names = [name for name in free if name in level.free and name not in fixed]
    missing = [n for n in level.symbols if n not in fixed and n not in names]
    if missing:
        raise InputError(f"{level.name} needs {', '.join(missing)}: give a number for each.")
    high = {name: level.free[name][1] for name in names}
    # Logits of p/high: from 1e-9 of the interval's length to the same distance from its end.
    centre = dict.fromkeys(names, 0.0)
    width = 20.7
    # Larger shares and probabilities only free budget, so this corner fits whenever anything does.
    found = {name: float(high[name] / (1 + np.exp(-width))) for name in names}
    top = -np.inf
    for _ in range(_ZOOMS):
        axes = [centre[name] + np.linspace(-width, width, _POINTS) for name in names]
        grid = np.meshgrid(*axes, indexing="ij")
        points = {n: high[n] / (1 + np.exp(-g)) for n, g in zip(names, grid, strict=True)}
        values = level.values(**fixed, **points)
        if not np.all(np.isnan(values)):
            index = np.unravel_index(np.nanargmax(values), values.shape)
            if values[index] > top:
                top = float(values[index])
                found = {name: float(points[name][index]) for name in names}
                centre = {n: float(g[index]) for n, g in zip(names, grid, strict=True)}
        width /= 2
    numbers = {**fixed, **found}
    level.check(numbers, searched=names)
    return Best(found, level.value(**numbers))
