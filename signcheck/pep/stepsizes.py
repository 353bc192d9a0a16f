"""Outer searches: the best constant stepsize for a horizon, and the best stepsize sequence.

Every value on the way is a solver's number; the ends that are reported are bracketed exactly by
:func:`signcheck.pep.worst_case.worst_case`. The searches are deterministic (no random start).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from hardinstances.errors import InputError, SolverError
from signcheck.pep.patterns import Pattern, scope_patterns
from signcheck.pep.problem import Number, SignProblem, make_problem, rational
from signcheck.pep.sign_pep import solve
from signcheck.pep.worst_case import ENUMERATE, WorstCase, worst_case

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["BestSequence", "best_constant", "best_sequence"]

# Stepsizes relative to sqrt(2 Delta/(L T)) that the search starts from.
GRID = tuple(2 ** (k / 2) for k in range(-5, 6))
DIGITS = 10**9

Scope = tuple[str, Sequence[Pattern]]


def _value(problem: SignProblem, scope: Scope) -> float:
    """Worst case in units of sqrt(L Delta), without certificate."""
    patterns: Sequence[Pattern] | None = scope[1]
    if scope[0] != "given":
        patterns = scope_patterns(problem, scope[0], ENUMERATE)
    if patterns is None:
        raise InputError(
            f"T = {problem.horizon} has more than {ENUMERATE} patterns of scope {scope[0]!r}: "
            "search the best stepsize at a shorter horizon or with pattern=reachable."
        )
    return solve(problem, patterns).value


def _minimise(function: Callable[[float], float], low: float, high: float) -> float:
    """Golden section on a bracket; the function is unimodal on it as far as the grid saw."""
    ratio = (math.sqrt(5) - 1) / 2
    a, b = low, high
    c, d = b - ratio * (b - a), a + ratio * (b - a)
    at_c, at_d = function(c), function(d)
    while b - a > 1e-6:
        if at_c < at_d:
            b, d, at_d = d, c, at_c
            c = b - ratio * (b - a)
            at_c = function(c)
        else:
            a, c, at_c = c, d, at_d
            d = a + ratio * (b - a)
            at_d = function(d)
    return (a + b) / 2


def best_constant(problem: SignProblem, scope: str, patterns: Sequence[Pattern] = ()) -> WorstCase:
    """The constant stepsize with the smallest worst case found, and that worst case, bracketed.

    Parameters
    ----------
    problem
        Its stepsize is ignored.
    scope, patterns
        As in :func:`signcheck.pep.worst_case.worst_case`.

    Returns
    -------
    The worst case at the best stepsize; ``result.problem.eta`` is that stepsize, a rational
    number of nine digits times sqrt(2 Delta/(L T)).
    """
    T = problem.horizon

    def at(ratio: float) -> SignProblem:
        exact = Fraction(round(ratio * DIGITS), DIGITS)
        ones = (Fraction(1),) * (T - 1)
        return replace(problem, steps=ones, kappa=2 * exact**2 / T)

    def value(log: float) -> float:
        return _value(at(math.exp(log)), (scope, patterns))

    logs = [math.log(ratio) for ratio in GRID]
    values = [value(log) for log in logs]
    k = values.index(min(values))
    low, high = logs[max(k - 1, 0)], logs[min(k + 1, len(logs) - 1)]
    return worst_case(at(math.exp(_minimise(value, low, high))), scope, patterns)


@dataclass(frozen=True)
class BestSequence:
    """The end of a sequence search.

    Attributes
    ----------
    case
        Bracketed worst case of the best sequence found.
    steps
        That sequence, lengths.
    evaluations
        Programs solved.
    """

    case: WorstCase
    steps: tuple[Fraction, ...]
    evaluations: int


def best_sequence(
    T: int,
    scope: str = "reachable",
    *,
    L: Number = 1,
    Delta: Number = 1,
    start: Sequence[float] | None = None,
    evaluations: int = 400,
) -> BestSequence:
    """Search stepsize sequences of SignSGD for a small worst case (Nelder-Mead on logarithms).

    Parameters
    ----------
    T
        Horizon, 2 <= T, with at most 2048 patterns of the scope at generic stepsizes.
    scope
        ``"reachable"`` or ``"all"``.
    start
        T-1 stepsizes in units of sqrt(2 Delta/(L T)); constant where left out.
    evaluations
        Most programs to solve.

    Raises
    ------
    InputError
        For T < 2, where no stepsize matters.
    """
    import numpy as np
    from scipy.optimize import minimize

    if T < 2:
        raise InputError(f"T = {T} has no stepsize that matters: give T >= 2.")
    unit = math.sqrt(2 / T * float(rational(Delta, "Delta") / rational(L, "L")))

    def build(logs: Iterable[float]) -> tuple[SignProblem, tuple[Fraction, ...]]:
        steps = tuple(Fraction(round(unit * math.exp(x) * 10**5), 10**5) for x in logs)
        return make_problem(T, L=L, Delta=Delta, eta=steps), steps

    def value(logs: NDArray[np.float64]) -> float:
        try:
            return _value(build(logs)[0], (scope, ()))
        except SolverError:
            # Points that almost coincide can be too much for the solver; nothing is claimed there.
            return math.inf

    first = np.zeros(T - 1) if start is None else np.log(np.asarray(start, float))
    simplex = np.vstack([first, *(first + 0.15 * row for row in np.eye(T - 1))])
    found = minimize(
        value,
        first,
        method="Nelder-Mead",
        options={
            "initial_simplex": simplex,
            "maxfev": evaluations,
            "xatol": 1e-5,
            "fatol": 1e-8,
            "adaptive": True,
        },
    )
    problem, steps = build(found.x.tolist())
    return BestSequence(worst_case(problem, scope), steps, int(found.nfev))
