"""Predictions: numbers read off the Bound objects, and settings found by searching in them.

Where a theorem is not installed, its number is the certified level of the hard instance, which is
the same expression (see :mod:`signcheck.bound`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from hardinstances.errors import BudgetError, InputError
from signcheck import registry
from signcheck.rates.plan import Cell, Check, Sense, spread

if TYPE_CHECKING:
    from hardinstances.instance import Instance

__all__ = ["Bounds", "Setting", "cheapest_sgd", "newton_schulz", "steps_to_reach"]

_RATIOS, _SHARES, _HALVINGS = 41, 25, 60
_FARTHEST = math.log(1e14)
_STIFF = 0.4
"""Largest eta L that is searched: beyond it SGD's noise grows faster than its steps."""

SLACK = 0.005
"""A setting may cost that much more than the cheapest if it takes fewer steps."""


class Bounds:
    """The Bound objects.

    Parameters
    ----------
    scale
        Factor on every upper bound, and divisor of every lower one; anything but 1 is a test that
        broken bounds are found.
    """

    def __init__(self, scale: float = 1.0) -> None:
        self._scale = scale

    def value(self, theorem: str, **numbers: Any) -> float:
        """A bound at given numbers; ``sigma`` may hold pairs. Errors as in ``Bound.evaluate``."""
        bound = registry.load(theorem).bound
        if bound is None:
            raise InputError(f"{theorem} states no number: choose another theorem.")
        if "sigma" in numbers:
            numbers["sigma"] = spread(numbers["sigma"])
        given = {name: value for name, value in numbers.items() if name in bound.keys}
        return self.scaled(bound.value(**given), bound.sense)

    def scaled(self, value: float, sense: Sense) -> float:
        """A bound as it is to be claimed."""
        return value * self._scale if sense == "upper" else value / self._scale

    def check(self, cell: Cell, theorem: str, sense: Sense) -> Check:
        """The claim that a cell obeys the bound that was predicted for it."""
        return Check(cell.name, theorem, sense, cell.predicted[theorem])

    def certified(self, theorem: str, instance: Instance) -> float:
        """A lower bound at the parameters of its hard instance.

        The formula of the theorem that the instance certifies, not the best of all formulas.

        Raises
        ------
        InputError
            If the theorem is installed and has no such formula.
        """
        level = instance.level
        if level is None:
            raise InputError(f"{instance.id} certifies no level: choose another instance.")
        bound = registry.load(theorem).bound if theorem in registry.ids() else None
        if bound is not None and all(v.level.expr != level.expr for v in bound.variants):
            raise InputError(f"{theorem} has no formula for the instance {instance.id}.")
        return self.scaled(instance.level_value, "lower")


@dataclass(frozen=True)
class Setting:
    """A tuned method: stepsize, batch, steps to reach eps, the adversary's share of curvature."""

    eta: float
    batch: int
    steps: int
    delta: float


def cheapest_sgd(d: int, k: int, eps: float) -> Setting:
    """SGD's stepsize and batch with the fewest calls on the T3 instance rebuilt for each of them.

    L = Delta = |sigma|_2 = 1 and k equal noisy coordinates. The search reads T3's level over a grid
    of eta/B and of B, the adversary's share and the number of steps solved for each; of all
    settings within 0.5 % of the cheapest, the one with the fewest steps is taken.

    Raises
    ------
    InputError
        If no setting reaches ``eps``.
    """
    import numpy as np

    largest = max(_STIFF / (math.pi * eps**2 * 0.25), 1.0)
    batches = np.unique(np.geomspace(1, largest, 60).round())[:, None, None]
    ratios = np.linspace(0.1, 0.5, _RATIOS)[None, :, None] * math.pi * eps**2
    etas = ratios * batches
    shares = np.geomspace(1e-4, 0.5, _SHARES)[None, None, :]
    low, high = np.zeros(etas.shape), np.full(etas.shape, _FARTHEST)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        levels = _floor(d, k, eta=etas, T=np.exp(middle), B=batches, delta=shares)
        covered = np.nan_to_num(levels, nan=0.0).max(axis=2, keepdims=True) > eps
        low, high = np.where(covered, middle, low), np.where(covered, high, middle)
    steps = np.exp(high)[..., 0]
    reached = (high[..., 0] < _FARTHEST) & (etas[..., 0] < _STIFF)
    costs = np.where(reached, steps * batches[..., 0], np.inf)
    if not np.isfinite(costs).any():
        raise InputError(f"No constant stepsize and batch reach {eps:g} at d = {d}: raise eps.")
    near = costs <= (1.0 + SLACK) * costs.min()
    row, column = np.unravel_index(int(np.where(near, steps, np.inf).argmin()), steps.shape)
    eta, count = float(etas[row, column, 0]), float(steps[row, column])
    levels = _floor(d, k, eta=eta, T=count, B=batches[row, 0, 0], delta=shares[0, 0])
    share = float(shares[0, 0, int(np.nan_to_num(levels).argmax())])
    return Setting(eta, int(batches[row, 0, 0]), round(count), share)


def _floor(d: int, k: int, **arrays: Any) -> Any:
    """T3's level with k equal noisy coordinates at L = Delta = |sigma|_2 = 1."""
    from hardinstances.levels import SGD_NOISE_FLOOR

    return SGD_NOISE_FLOOR.values(
        L=1.0, Delta=1.0, d=d, k=k, S2=1.0, top=1.0 / k, low=1.0 / k, **arrays
    )


@cache
def newton_schulz(rank: int) -> tuple[float, float]:
    """alpha and gamma of T10 for the reference schedule on matrices of that rank at most.

    Certified in ball arithmetic and rounded to the safe side; ``signcheck newton-schulz`` checks
    the same numbers a second time in other arithmetic.

    Raises
    ------
    ProofError
        If they cannot be certified.
    """
    from signcheck.intervals.newton_schulz import REFERENCE_MINORANT
    from signcheck.intervals.newton_schulz_alpha import alpha

    found = float(alpha(REFERENCE_MINORANT, rank).lower())
    return math.nextafter(found, 0.0), _gamma()


@cache
def _gamma() -> float:
    from signcheck.intervals.newton_schulz import (
        ONE,
        REFERENCE,
        REFERENCE_MINORANT,
        ZERO,
        certify_minorant,
        extreme,
    )

    certify_minorant(REFERENCE, REFERENCE_MINORANT)
    return math.nextafter(float(extreme(REFERENCE, ZERO, ONE, 1).upper()), 2.0)


def steps_to_reach(eps: float, value: Any, most: int = 2**40) -> int:
    """The least T at which a decreasing bound is at most ``eps``, by bisection.

    Raises
    ------
    InputError
        If it is above ``eps`` at ``most`` steps, too.
    """

    def holds(steps: int) -> bool:
        try:
            return bool(value(steps) <= eps)
        except BudgetError:
            return False

    low, high = 0, 1
    while not holds(high):
        low, high = high, 2 * high
        if high > most:
            raise InputError(f"The bound is above {eps:g} after {most} steps: raise eps.")
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
