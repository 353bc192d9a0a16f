"""Pricing: how much curvature a pattern could still use at given multipliers.

At weights w and gap multiplier beta, a column is worth the maximum of
``sum_t w_t |g_t| - beta f(x_0)`` over functions of curvature one that follow its pattern. All
columns of a table are priced in one solve, since they share no variable.

Source: theory sheet, T9; column generation as in Gilmore and Gomory (1961).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signcheck.pep.columns import Table, make_table
from signcheck.pep.patterns import Pattern, is_consistent
from signcheck.pep.problem import SignProblem
from signcheck.pep.sign_pep import build_core, run_solver

if TYPE_CHECKING:
    from signcheck.pep.sign_pep import Vector

__all__ = ["neighbours", "price", "staircases"]

PRICING_TOLERANCES = (1e-9, 1e-8)


def _worth(table: Table, weights: Vector, gap: float) -> Vector:
    import cvxpy as cp
    import numpy as np

    m, T = len(table.columns), table.problem.horizon
    core = build_core(table, np.ones(m))
    starts = np.asarray(table.starts)
    objective = weights @ core.level - gap * cp.sum(core.f[starts])
    run_solver(cp.Problem(cp.Maximize(objective), list(core.rows.values())), PRICING_TOLERANCES)
    worth: Vector = -gap * np.asarray(core.f.value)[starts]
    earned = (weights @ table.level_g.matrix(table.n_g, T)) * np.asarray(core.g.value)
    np.add.at(worth, np.asarray(table.owner["g"]), earned)
    if core.a is not None:
        later = (weights @ table.level_a.matrix(table.n_a, T)) * np.asarray(core.a.value)
        np.add.at(worth, np.asarray(table.owner["a"]), later)
    return worth


def price(problem: SignProblem, patterns: Sequence[Pattern], weights: Vector, gap: float) -> Vector:
    """Worth of each pattern or prefix, in the units of ``Solution.budget``.

    Parameters
    ----------
    problem
        Method, horizon, stepsizes.
    patterns
        Full patterns or prefixes, at least one.
    weights, gap
        Multipliers of a :class:`signcheck.pep.sign_pep.Solution`, which need not price these.

    Raises
    ------
    SolverError
        If the solver fails.
    """
    return _worth(make_table(problem, patterns), weights, gap)


def staircases(problem: SignProblem) -> list[Pattern]:
    """k signs + and then alternation, k = 1, ..., T: all that constant SignSGD can play (T9)."""
    T = problem.horizon
    signs = [(1,) * k + tuple((-1) ** (j + 1) for j in range(T - k)) for k in range(1, T + 1)]
    return [Pattern(s, s) for s in signs]


def neighbours(pattern: Pattern, problem: SignProblem, scope: str) -> list[Pattern]:
    """Patterns one move away: one sign, or all signs from t on, flipped; or one step delayed."""
    found: list[Pattern] = []

    def keep(steps: tuple[int, ...], slopes: tuple[int, ...]) -> None:
        candidate = Pattern(steps, slopes)
        if scope == "all" or is_consistent(candidate, problem):
            found.append(candidate)

    s, c = pattern.steps, pattern.gradients
    for t in range(1, problem.horizon):
        for end in {t + 1, problem.horizon}:
            flipped = s[:t] + tuple(-v for v in s[t:end]) + s[end:]
            slopes = c[:t] + tuple(-v for v in c[t:end]) + c[end:]
            keep(flipped, slopes)
            if problem.beta is not None:
                keep(s, slopes)
        keep(s[:t] + s[t - 1 : -1], c[:t] + c[t - 1 : -1])
    return found
