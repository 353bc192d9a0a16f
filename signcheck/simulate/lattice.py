"""The exact law of a SignSGD coordinate: a Markov chain on the lattice x_0 + eta Z.

On a separable instance a coordinate under SignSGD moves by -eta, 0 or eta with probabilities that
depend on its own position alone. Its distribution evolves by a banded matrix, so E|f'(x_t)| comes
out without sampling error. Every operation adds or multiplies numbers >= 0, hence the relative
rounding error is at most a few units in the last place per step, and it is stated.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

Floats: TypeAlias = NDArray[np.float64]

COMPILED_FROM = 20_000
"""Number of steps beyond which the compiled loop pays for importing numba."""

_CUTOFF = 1e-40  # mass below which an outermost cell is dropped; the total loss is stated
_EPS = float(np.finfo(np.float64).eps)


@dataclass(frozen=True)
class LatticeMeans:
    """Expectations along a walk and how far rounding may have moved them.

    Attributes
    ----------
    mean
        E h(x_t) for t = 0, ..., T-1, shape (T,).
    slack
        Absolute bound on the error of every entry, from rounding and dropped mass.
    """

    mean: Floats
    slack: float


def walk_means(heights: Floats, down: Floats, up: Floats, steps: int) -> LatticeMeans:
    """E h(x_t) for a walk that starts in the middle cell.

    Parameters
    ----------
    heights
        h >= 0 on the cells, shape (2 steps - 1,): cell ``steps - 1 + k`` stands for x_0 + k eta.
    down, up
        Probabilities of moving one cell to the left and to the right, same shape.
    steps
        Number T of times t = 0, ..., T-1.

    Raises
    ------
    InputError
        If shapes disagree, heights are negative, or the probabilities are none.
    """
    _check(heights, down, up, steps)
    pad = [np.concatenate([[0.0], a, [0.0]]) for a in (heights, down, up)]
    evolve: Callable[..., Any] = _evolve_rows if steps <= COMPILED_FROM else _kernel()
    mean, lost = evolve(*pad, steps, _CUTOFF)
    # Per step a probability is a sum of three products: at most 5 roundings; the mean adds one
    # product and one addition a cell.
    relative = (5.0 * steps + 2.0 * heights.size) * _EPS
    slack = relative * float(np.max(mean)) + float(lost) * float(np.max(heights))
    return LatticeMeans(mean, slack)


def _check(heights: Floats, down: Floats, up: Floats, steps: int) -> None:
    if steps < 1:
        raise InputError(f"A walk needs at least one step, not {steps}.")
    cells = (2 * steps - 1,)
    if not heights.shape == down.shape == up.shape == cells:
        raise InputError(
            f"A walk of {steps} steps visits {cells[0]} cells; got arrays of shapes "
            f"{heights.shape}, {down.shape} and {up.shape}."
        )
    if not (np.all(np.isfinite(heights)) and np.all(heights >= 0.0)):
        raise InputError("The heights on the lattice must be finite and at least 0.")
    if not (np.all(down >= 0.0) and np.all(up >= 0.0) and np.all(down + up <= 1.0 + 4 * _EPS)):
        raise InputError("The probabilities of a step must be at least 0 and sum to at most 1.")


@cache
def _kernel() -> Callable[..., Any]:
    """Compiled on first use: numba takes a second to import."""
    import numba

    compiled: Callable[..., Any] = numba.njit(cache=False, nogil=True)(_evolve)
    return compiled


def _evolve_rows(
    heights: Floats, down: Floats, up: Floats, steps: int, cutoff: float
) -> tuple[Floats, float]:
    """Evolve the law as :func:`_evolve` does, a step at a time on the whole window."""
    mean, stay = np.zeros(steps), np.maximum(1.0 - down - up, 0.0)
    law = np.zeros(heights.size)
    low = high = heights.size // 2
    law[low] = 1.0
    lost = 0.0
    for t in range(steps):
        here = slice(low, high + 1)
        mean[t] = law[here] @ heights[here]
        if t == steps - 1:
            break
        falling, rising = law[here] * down[here], law[here] * up[here]
        law[here] *= stay[here]
        law[low - 1 : high] += falling
        law[low + 1 : high + 2] += rising
        low, high = low - 1, high + 1
        while low < high and law[low] < cutoff:
            lost, law[low], low = lost + law[low], 0.0, low + 1
        while high > low and law[high] < cutoff:
            lost, law[high], high = lost + law[high], 0.0, high - 1
    return mean, float(lost)


def _evolve(
    heights: Floats, down: Floats, up: Floats, steps: int, cutoff: float
) -> tuple[Floats, float]:
    """Evolve the law cell by cell inside the window [low, high] that carries it."""
    mean = np.zeros(steps)
    start = heights.size // 2
    law, following = np.zeros(heights.size), np.zeros(heights.size)
    law[start] = 1.0
    low = high = start
    lost = 0.0
    for t in range(steps):
        total = 0.0
        for k in range(low, high + 1):
            total += law[k] * heights[k]
        mean[t] = total
        if t == steps - 1:
            break
        low, high = low - 1, high + 1
        for k in range(low, high + 1):
            stay = max(1.0 - down[k] - up[k], 0.0)
            value = law[k] * stay
            if k > 0:
                value += law[k - 1] * up[k - 1]
            if k < law.size - 1:
                value += law[k + 1] * down[k + 1]
            following[k] = value
        law, following = following, law
        while low < high and law[low] < cutoff:
            lost += law[low]
            law[low] = 0.0
            following[low] = 0.0
            low += 1
        while high > low and law[high] < cutoff:
            lost += law[high]
            law[high] = 0.0
            following[high] = 0.0
            high -= 1
    return mean, lost
