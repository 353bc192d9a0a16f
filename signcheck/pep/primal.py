"""From a float optimum to an exact instance: round, restore feasibility, scale into the class.

Source: theory sheet, T9.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from hardinstances.errors import CertificateError
from signcheck.pep.bound import ZERO
from signcheck.pep.columns import Column
from signcheck.pep.rebuild import Instance, Run, SlopeFunction, worst_slope

if TYPE_CHECKING:
    from signcheck.pep.problem import SignProblem
    from signcheck.pep.sign_pep import Solution

__all__ = ["attained", "rebuild", "witness"]

GRID = 10**15
# Slopes are moved this far into their sign constraints, in units of sqrt(L Delta): the first
# margin at which the method plays what was planned is taken. The momenta of Signum meet theirs to
# the solver's tolerance only, which the first margins do not cover.
MARGINS = (1e-12, 1e-11, 1e-10, 1e-9, 1e-8)
# Columns with less curvature than this carry solver noise only (unit: L).
NEGLIGIBLE = 1e-9


def _round(value: float) -> Fraction:
    return Fraction(round(value * GRID), GRID)


def _inside(column: Column, problem: SignProblem) -> list[float] | None:
    """Slopes at the points that satisfy every sign constraint with margin 1, if there are any.

    A point that is asked for both signs keeps slope 0 (a tie).
    """
    import numpy as np
    from scipy.optimize import linprog

    places, pattern = column.layout, column.pattern
    wanted: dict[int, int] = {}
    for k, slope in zip(places.visits, pattern.gradients, strict=True):
        wanted[k] = slope if wanted.get(k, slope) == slope else 0
    if problem.beta is None:
        return [float(wanted[k]) for k in range(len(places.points))]
    rows = np.zeros((column.known, len(places.points)))
    for t, sign in enumerate(pattern.steps):
        for k, weight in zip(places.visits, problem.momentum_weights(t), strict=False):
            rows[t, k] -= sign * float(weight)
    bounds = [{1: (1, None), -1: (None, -1), 0: (0, 0)}[wanted[k]] for k in sorted(wanted)]
    found = linprog(np.zeros(rows.shape[1]), A_ub=rows, b_ub=-np.ones(column.known), bounds=bounds)
    return None if found.x is None else [float(v) for v in found.x]


def _slopes(
    column: Column,
    values: Sequence[float],
    direction: Sequence[float],
    scale: float,
    margin: float,
) -> list[Fraction]:
    """Rounded slopes, pushed inside the sign constraints by the margin."""
    signs = dict(zip(column.layout.visits, column.pattern.gradients, strict=True))
    slopes = []
    for k, (value, inner) in enumerate(zip(values, direction, strict=True)):
        moved = scale * (max(signs[k] * value, 0.0) * signs[k] + margin * inner)
        slopes.append(_round(moved) if inner else ZERO)
    return slopes


def _envelope(values: Sequence[Fraction], reach: Sequence[Fraction]) -> list[Fraction]:
    """Largest sequence below ``values`` whose neighbours differ by at most ``reach``."""
    lowered = list(values)
    for k, step in enumerate(reach):
        lowered[k + 1] = min(lowered[k + 1], lowered[k] + step)
    for k in range(len(reach) - 1, -1, -1):
        lowered[k] = min(lowered[k], lowered[k + 1] + reach[k])
    return lowered


def _within(
    column: Column, slopes: Sequence[Fraction], curvature: Fraction, tiny: Fraction
) -> list[Fraction]:
    """Slopes moved by the solver's error in |g - g'| <= l r, on their side of 0.

    The signs give each slope a lower and an upper end (a tie both, 0); the envelopes of the ends
    are as steep as l allows, and so is the envelope of slopes that were put between them.
    """
    places = column.layout
    signs = dict(zip(places.visits, column.pattern.gradients, strict=True))
    far = max(map(abs, slopes)) + tiny
    ends = [
        (ZERO, ZERO) if g == 0 else (tiny, far) if signs[k] > 0 else (-far, -tiny)
        for k, g in enumerate(slopes)
    ]
    reach = [curvature * r for r in places.distances]
    high = _envelope([end for _, end in ends], reach)
    low = [-v for v in _envelope([-end for end, _ in ends], reach)]
    between = [min(max(g, a), b) for g, a, b in zip(slopes, low, high, strict=True)]
    return _envelope(between, reach)


def _function(
    column: Column, slopes: Sequence[Fraction], curvature: Fraction, tiny: Fraction
) -> SlopeFunction:
    """The worst function with these slopes, with a little more curvature where they need it."""
    moved = _within(column, slopes, curvature, tiny) if curvature > 0 else list(slopes)
    needed = [
        abs(b - a) / r for a, b, r in zip(moved, moved[1:], column.layout.distances, strict=False)
    ]
    return worst_slope(column.layout, moved, max([curvature, *needed]))


def rebuild(solution: Solution, margin: float = MARGINS[0]) -> Instance:
    """An exact member of the class that comes as close to the optimum as rounding allows.

    Parameters
    ----------
    solution
        Output of :func:`signcheck.pep.sign_pep.solve`; prefixes are left out.
    margin
        How far slopes are moved into their sign constraints (unit sqrt(L Delta)).

    Returns
    -------
    An instance that passes :meth:`Instance.verify`; its levels are computed by playing it.

    Raises
    ------
    CertificateError
        If no full pattern carries any curvature, or the scaled function does not verify.
    """
    table = solution.table
    problem, h = table.problem, table.scale
    patterns, functions = [], []
    for index, column in enumerate(table.columns):
        share = float(solution.curvature[index])
        values = [float(v) for v in solution.slopes[table.g_slices[index]]]
        if column.future or share < NEGLIGIBLE or not any(values):
            continue
        direction = _inside(column, problem)
        if direction is None or not any(direction):
            continue
        slopes = _slopes(column, values, direction, h, margin)
        patterns.append(column.pattern)
        # The move inside needs curvature of its own, or the next line would undo it.
        bend = (
            margin * max(map(abs, direction)) * 2 * h / float(min(column.layout.distances or [1]))
        )
        least = max(_round(margin * h), Fraction(1, GRID))
        functions.append(_function(column, slopes, _round(share * h * h + bend), least))
    if not functions:
        raise CertificateError("No coordinate of the optimum could be rebuilt: nothing is claimed.")
    raw = Instance(problem, tuple(patterns), tuple(functions))
    factor = min(problem.kappa / raw.curvature, 1 / raw.gap)
    instance = Instance(problem, raw.patterns, tuple(f.scaled(factor) for f in functions))
    instance.verify()
    return instance


def attained(instance: Instance, *, break_ties: bool) -> Run:
    """The run of the method, which has to follow the patterns.

    Raises
    ------
    CertificateError
        If the method does not play the patterns that the function was built for.
    """
    run = instance.play(break_ties=break_ties)
    for wanted, played in zip(instance.patterns, run.patterns, strict=True):
        if wanted.steps != played.steps:
            raise CertificateError(
                f"On the rebuilt function the method plays {played.text} instead of {wanted.text}."
            )
    return run


def witness(solution: Solution, *, break_ties: bool) -> tuple[Instance, Run]:
    """Rebuild at the smallest margin at which the planned patterns are played.

    Parameters
    ----------
    solution
        As for :func:`rebuild`.
    break_ties
        Whether sign(0) follows the pattern.

    Raises
    ------
    CertificateError
        If no margin works; the message is that of the largest one.
    """
    for margin in MARGINS[:-1]:
        try:
            instance = rebuild(solution, margin)
            return instance, attained(instance, break_ties=break_ties)
        except CertificateError:
            continue
    instance = rebuild(solution, MARGINS[-1])
    return instance, attained(instance, break_ties=break_ties)
