"""Certificates of worst-case bounds: build from a float dual, verify exactly, JSON round trip.

A certificate states, in normal form, that no function of the class keeps |grad f(x_t)|_1 above
``bound`` Delta/eta at every t < T, for the patterns of its scope. It is checked by Fractions
alone: multipliers non-negative, weights summing to one, every pattern covered by one column, and
gap + kappa * budget <= bound, where the budget of each column is recomputed.

Source: theory sheet, T9; the inequality behind a column is in :mod:`signcheck.pep.bound`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from hardinstances.errors import CertificateError
from signcheck.pep.bound import ZERO, Multipliers, column_budget
from signcheck.pep.patterns import Pattern, children
from signcheck.pep.problem import SignProblem

if TYPE_CHECKING:
    from signcheck.pep.sign_pep import Solution

__all__ = ["Certificate", "certify", "verify"]

# Multipliers are rounded to this grid; each costs the bound about one unit of it.
GRID = 10**13
# A multiplier y of a point is lifted to one of these where the form would be (nearly) singular.
LIFTS = (0.0, 1e-12, 1e-10, 1e-8)


@dataclass(frozen=True)
class Certificate:
    """A bound with its multipliers; nothing in it is believed before :func:`verify`.

    Attributes
    ----------
    problem
        Method, horizon, stepsizes and class.
    scope
        ``"given"``: functions each of whose coordinates follows one of the patterns in
        ``columns``; ``"reachable"``: every separable function, sign(0) = 0; ``"all"``: every
        separable function, sign(0) = 0 or broken at will into -1 or 1. For Signum the last two
        leave out runs in which a momentum is exactly 0 (and stays unbroken).
    bound
        In units of Delta/eta.
    weights
        w_0, ..., w_{T-1}, summing to one.
    gap, budget
        beta and alpha of :mod:`signcheck.pep.bound`.
    columns
        One entry a pattern or prefix.
    """

    problem: SignProblem
    scope: str
    bound: Fraction
    weights: tuple[Fraction, ...]
    gap: Fraction
    budget: Fraction
    columns: tuple[Multipliers, ...]

    @property
    def value(self) -> float:
        """The bound on min_t |grad f(x_t)|_1 in the user's units, as a float."""
        return float(self.bound) * self.problem.unit


def _round(value: float) -> Fraction:
    return Fraction(round(max(value, 0.0) * GRID), GRID)


def _round_up(value: Fraction) -> Fraction:
    return Fraction(-(-value.numerator * GRID // value.denominator), GRID)


def _balance(points: list[Fraction], future: list[Fraction], beta: Fraction) -> None:
    """Make all y sum to beta by moving the largest of them (in place)."""
    group = points if max(points) >= max(future, default=ZERO) else future
    at = group.index(max(group))
    group[at] += beta - sum(points, ZERO) - sum(future, ZERO)


def _proposal(solution: Solution, index: int, beta: Fraction, lift: float) -> Multipliers:
    """Rounded multipliers of one column; values f cancel exactly by construction."""
    table = solution.table
    column, h = table.columns[index], table.scale
    points = [_round(h * y + lift) for y in solution.points[table.g_slices[index]]]
    future = [_round(h * y + lift) for y in solution.future[table.a_slices[index]]]
    _balance(points, future, beta)
    here = table.e_slices[index]
    pairs = zip(solution.rising[here], solution.falling[here], strict=True)
    steps = table.q_slices[index]
    return Multipliers(
        pattern=column.pattern,
        points=tuple(points),
        edges=tuple(_round(h * min(u, v)) for u, v in pairs),
        signs=tuple(_round(q) for q in solution.signs[steps]),
        momenta=tuple(_round(p) for p in solution.momenta[steps])
        if table.problem.beta is not None
        else (),
        future=tuple(future),
    )


def _best(
    solution: Solution, index: int, weights: Sequence[Fraction], beta: Fraction, budget: Fraction
) -> tuple[Fraction, Multipliers]:
    """The first repair of a column that stays within the budget, else the best one."""
    found: list[tuple[Fraction, Multipliers]] = []
    for lift in LIFTS:
        proposal = _proposal(solution, index, beta, lift)
        try:
            found.append((column_budget(solution.table.problem, proposal, weights, beta), proposal))
        except CertificateError:
            continue
        if found[-1][0] <= budget:
            return found[-1]
    if not found:
        pattern = solution.table.columns[index].pattern.text
        raise CertificateError(
            f"The float dual of the column {pattern} could not be repaired into rationals: "
            "nothing is claimed; move eta towards sqrt(2 Delta/(L T))."
        )
    return min(found, key=lambda item: item[0])


def certify(solution: Solution, scope: str) -> Certificate:
    """Round, repair and verify the dual of a solution.

    Parameters
    ----------
    solution
        Output of :func:`signcheck.pep.sign_pep.solve`.
    scope
        What the columns cover: ``"given"``, ``"reachable"`` or ``"all"``.

    Raises
    ------
    CertificateError
        If the dual cannot be repaired, or its columns do not cover the scope.
    """
    problem, h = solution.table.problem, solution.table.scale
    rounded = [_round(w) for w in solution.weights]
    total = sum(rounded, ZERO)
    if total == 0:
        raise CertificateError(
            "All level multipliers of the float dual vanish: nothing is claimed."
        )
    weights = tuple(w / total for w in rounded)
    beta = max(_round(h * solution.gap), Fraction(1, GRID))
    target = _round(solution.budget / h)
    columns, budget = [], ZERO
    for index in range(len(solution.table.columns)):
        needed, multipliers = _best(solution, index, weights, beta, target)
        columns.append(multipliers)
        budget = max(budget, needed)
    budget = _round_up(budget)
    bound = _round_up(beta + problem.kappa * budget)
    certificate = Certificate(problem, scope, bound, weights, beta, budget, tuple(columns))
    verify(certificate)
    return certificate


def _check_cover(certificate: Certificate) -> None:
    """Every pattern of the scope begins with exactly one column."""
    listed = {column.pattern for column in certificate.columns}
    if len(listed) != len(certificate.columns):
        raise CertificateError("The certificate lists a pattern twice.")
    T = certificate.problem.horizon
    if certificate.scope == "given":
        short = [p.text for p in listed if len(p.steps) != T]
        if short or not listed:
            raise CertificateError(f"A given pattern has T = {T} signs; found {short or 'none'}.")
        return
    if certificate.scope not in {"reachable", "all"}:
        raise CertificateError(f"The scope {certificate.scope!r} is not given, reachable or all.")
    stack = [Pattern((), ())]
    used = 0
    while stack:
        prefix = stack.pop()
        if prefix in listed:
            used += 1
        elif len(prefix.steps) == T:
            raise CertificateError(f"No column covers the pattern {prefix.text}.")
        else:
            stack.extend(children(prefix, certificate.problem, certificate.scope))
    if used != len(listed):
        raise CertificateError(f"{len(listed) - used} columns lie outside the scope.")


def verify(certificate: Certificate) -> Fraction:
    """Check a certificate from scratch in exact rationals and return its bound.

    Returns
    -------
    The proved bound on min_t |grad f(x_t)|_1, in units of Delta/eta.

    Raises
    ------
    CertificateError
        With the first thing that does not check.
    """
    problem, weights = certificate.problem, certificate.weights
    if len(weights) != problem.horizon or any(w < 0 for w in weights) or sum(weights, ZERO) != 1:
        raise CertificateError(
            f"The {len(weights)} level weights are not T = {problem.horizon} non-negative numbers "
            "that sum to one."
        )
    if certificate.gap < 0:
        raise CertificateError(f"The gap multiplier {certificate.gap} is negative.")
    _check_cover(certificate)
    for column in certificate.columns:
        needed = column_budget(problem, column, weights, certificate.gap)
        if needed > certificate.budget:
            raise CertificateError(
                f"The column {column.pattern.text} needs the curvature multiplier "
                f"{float(needed):.15g}, above the {float(certificate.budget):.15g} claimed."
            )
    proved = certificate.gap + problem.kappa * certificate.budget
    if proved > certificate.bound:
        raise CertificateError(
            f"The multipliers prove {float(proved):.15g} Delta/eta, "
            f"not the {float(certificate.bound):.15g} claimed."
        )
    return certificate.bound
