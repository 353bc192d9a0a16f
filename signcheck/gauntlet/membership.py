"""Whether a run was one of the methods that a level covers, read off the run itself.

Nothing is taken from an optimizer's name: every step of the run has to obey the definition of the
class. For the levels that hold surely (lattice, chains) this is all that the theorem needs; for
those in expectation the update rule has to be obeyed in every run of the cell.

Source: theory sheet, T2, T2b, T2c, T3, T6, T8, T8-flat.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.geometry import polar_map

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from signcheck.gauntlet.arenas import MethodClass
    from signcheck.gauntlet.drive import Trace

__all__ = ["belongs"]

EXACT = 1e-10
"""Rounding, as a share of the stepsize: far below what moves a level by its allowance."""

CLOSE = 1e-6
"""Relative error of an update that is done in single precision, or through an SVD."""


def belongs(trace: Trace, methods: MethodClass, lr: float) -> bool:
    """Whether every step of a run with stepsize ``lr`` obeys the definition of a class."""
    return _TESTS[methods](trace, lr)


def _moves(trace: Trace) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """Moves and gradients step by step, flat; None unless each step used one gradient."""
    one_each = np.array_equal(trace.calls, np.arange(trace.calls.size))
    if not one_each or not np.array_equal(trace.points, trace.measured):
        return None
    moves = np.diff(trace.points, axis=0)
    return moves, trace.gradients


def _lattice(trace: Trace, lr: float) -> bool:
    """Iterates on ``x_0 + lr Z^d``, moves of at most ``lr`` per coordinate."""
    offsets = (trace.measured - trace.measured[0]) / lr
    on_lattice = np.abs(offsets - np.round(offsets)).max() <= EXACT
    short = np.abs(np.diff(offsets, axis=0)).max() <= 1 + EXACT
    return bool(on_lattice and short)


def _follows(trace: Trace, wanted: Callable[[Any], Any], lr: float, room: float) -> bool:
    """Whether ``x_{t+1} - x_t = -lr wanted(g_t)`` for all t, up to ``room * lr``."""
    found = _moves(trace)
    if found is None:
        return False
    moves, gradients = found
    return bool(np.abs(moves + lr * wanted(gradients)).max() <= room * lr)


def _signsgd(trace: Trace, lr: float) -> bool:
    """``x_{t+1} = x_t - lr sign(g_t)`` with sign(0) = 0."""
    return _follows(trace, np.sign, lr, EXACT)


def _exact_muon(trace: Trace, lr: float) -> bool:
    """``X_{t+1} = X_t - lr polar(G_t)``, 0 on zero singular values."""
    return trace.points.ndim == 3 and _follows(trace, polar_map, lr, CLOSE)


def _sgd(trace: Trace, lr: float) -> bool:
    """``x_{t+1} = x_t - lr g_t``."""
    found = _moves(trace)
    if found is None:
        return False
    moves, gradients = found
    size = lr * np.abs(gradients) + np.abs(trace.points[:-1])
    return bool((np.abs(moves + lr * gradients) <= CLOSE * size).all())


def _zero_respecting(trace: Trace, _lr: float) -> bool:
    """A coordinate moves only after some gradient was not 0 there."""
    seen = np.zeros((trace.calls[-1] + 1, *trace.points.shape[1:]), dtype=bool)
    seen[1:] = np.logical_or.accumulate(trace.gradients != 0, axis=0)
    start = trace.points[0]
    allowed = seen[trace.calls]
    moved = (trace.points != start) | (trace.measured != start)
    return not bool((moved & ~allowed).any())


def _linear_span(trace: Trace, lr: float) -> bool:
    """``x_t - x_0`` is a linear combination of the gradients seen before.

    Up to ``CLOSE * lr``, whatever the size of ``x_t``: far below a chain's links, which do not
    react to less than half their length. Far out, rounding alone is longer and leaves the span.
    """
    size = trace.points[0].size
    gradients = trace.gradients.reshape(-1, size)
    start = trace.points[0].reshape(size)
    for points in (trace.points, trace.measured):
        for point, calls in zip(points.reshape(-1, size), trace.calls, strict=True):
            move = point - start
            basis = np.linalg.svd(gradients[:calls], full_matrices=False)[2] if calls else None
            rest = move if basis is None else move - basis.T @ (basis @ move)
            if np.abs(rest).max() > CLOSE * lr:
                return False
    return True


_TESTS: Mapping[MethodClass, Callable[[Trace, float], bool]] = {
    "lattice": _lattice,
    "SignSGD": _signsgd,
    "SGD": _sgd,
    "zero-respecting": _zero_respecting,
    "linear span": _linear_span,
    "exact Muon": _exact_muon,
}
