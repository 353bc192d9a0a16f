"""The dual bound in exact rationals: multipliers in, a proved number out.

In normal form (Delta = eta = 1, sum of curvatures <= kappa) let w >= 0 sum to one and, for one
coordinate, let y >= 0 multiply f_k >= g_k^2/(2l), u = phi+ + e and v = phi- + e (e >= 0) the two
tents of an edge, q >= 0 the sign constraints s g >= 0 and p >= 0 those on momenta. The values f
cancel iff phi is the running sum of [start] beta - y and sum y = beta. What is left is, with l = 1
by homogeneity, alpha = sum (u+v) r^2/4 + max_g (c.g - Q(g)) where Q is the tridiagonal form
sum (u+v)(g_k - g_{k+1})^2/4 + sum y_k g_k^2/2, and so
    sum_t w_t |g_t| <= beta f(x_0) + alpha l      for every function that follows the pattern.
Summing over coordinates, min_t |grad f(x_t)|_1 <= beta + alpha kappa in units of Delta/eta.
A prefix adds its future steps: the chain multiplier phi_t is the sum of later y, and a_t >= 0
contributes max((w_t - phi_t eta_t)_+^2/(2 y_t)) and phi_t D_t (see :mod:`signcheck.pep.columns`).

Source: theory sheet, T9, L0, L0-tent, L0-gap. Only +, *, / on Fractions is used here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from hardinstances.errors import CertificateError
from signcheck.pep.columns import Column, descent_constants, make_column
from signcheck.pep.patterns import Pattern
from signcheck.pep.problem import SignProblem

__all__ = ["Multipliers", "column_budget", "maximum_of_form"]

ZERO = Fraction(0)


@dataclass(frozen=True)
class Multipliers:
    """Non-negative multipliers of one column, exact.

    Attributes
    ----------
    pattern
        Full pattern or prefix.
    points
        y at the distinct points, in increasing order of position.
    edges
        e between neighbours: what both tents get on top of the flow.
    signs, momenta
        q and p at the known steps (p is empty for SignSGD).
    future
        y at the future steps of a prefix (empty for a full pattern).
    """

    pattern: Pattern
    points: tuple[Fraction, ...]
    edges: tuple[Fraction, ...]
    signs: tuple[Fraction, ...]
    momenta: tuple[Fraction, ...]
    future: tuple[Fraction, ...]


def maximum_of_form(
    linear: Sequence[Fraction], diagonal: Sequence[Fraction], coupling: Sequence[Fraction]
) -> Fraction:
    """``max_g linear.g - sum diagonal_k g_k^2 - sum coupling_k (g_k - g_{k+1})^2``, exactly.

    Parameters
    ----------
    linear, diagonal
        n numbers each; ``diagonal >= 0``.
    coupling
        n-1 numbers >= 0.

    Raises
    ------
    CertificateError
        If the maximum is infinite.
    """
    total, slope, square = ZERO, linear[0], diagonal[0]
    # Eliminate g_k from the left: it sees slope*g - square*g^2 - link*(g - next)^2.
    for k, link in enumerate([*coupling, None]):
        if link is None or link == 0:
            if square == 0 and slope != 0:
                raise CertificateError(
                    f"The dual form is unbounded: point {k} has slope {slope} and no curvature."
                )
            total += slope * slope / (4 * square) if square else ZERO
            if link is not None:
                slope, square = linear[k + 1], diagonal[k + 1]
            continue
        joint = square + link
        total += slope * slope / (4 * joint)
        slope = linear[k + 1] + slope * link / joint
        square = diagonal[k + 1] + square * link / joint
    return total


def flow(column: Column, multipliers: Multipliers, beta: Fraction) -> list[Fraction]:
    """phi on the edges; raises unless the values f cancel."""
    outflow = list(multipliers.points)
    outflow[column.layout.visits[-1]] += sum(multipliers.future, ZERO)
    running, edges = ZERO, []
    for k, leaving in enumerate(outflow):
        running += (beta if k == column.layout.start else ZERO) - leaving
        edges.append(running)
    if edges.pop() != 0:
        raise CertificateError(
            f"In the column {multipliers.pattern.text} the multipliers of the gap sum to "
            f"{sum(outflow, ZERO)}, not to {beta}: the values f do not cancel."
        )
    return edges


def _check_shape(column: Column, m: Multipliers, problem: SignProblem) -> None:
    n = len(column.layout.points)
    momenta = 0 if problem.beta is None else column.known
    expected = (n, n - 1, column.known, momenta, column.future)
    groups = (m.points, m.edges, m.signs, m.momenta, m.future)
    if tuple(map(len, groups)) != expected:
        raise CertificateError(
            f"The column {m.pattern.text} has {tuple(map(len, groups))} multipliers where "
            f"{expected} are needed."
        )
    if any(value < 0 for group in groups for value in group):
        raise CertificateError(f"The column {m.pattern.text} has a negative multiplier.")


def _linear(
    column: Column,
    m: Multipliers,
    problem: SignProblem,
    weights: Sequence[Fraction],
    edges: Sequence[Fraction],
) -> list[Fraction]:
    """c: what multiplies g at every point."""
    places, linear = column.layout, [ZERO] * len(column.layout.points)
    for t, slope in enumerate(m.pattern.gradients):
        linear[places.visits[t]] += slope * (weights[t] + m.signs[t])
    for t, multiplier in enumerate(m.momenta):
        for k, weight in zip(places.visits, problem.momentum_weights(t), strict=False):
            linear[k] += m.pattern.steps[t] * multiplier * weight
    for k, (phi, distance) in enumerate(zip(edges, places.distances, strict=True)):
        linear[k] += phi * distance / 2
        linear[k + 1] += phi * distance / 2
    return linear


def _future(
    column: Column, m: Multipliers, problem: SignProblem, weights: Sequence[Fraction]
) -> Fraction:
    """What the open steps of a prefix add to alpha."""
    constants, total, later = descent_constants(problem), ZERO, sum(m.future, ZERO)
    for j, y in enumerate(m.future):
        t = column.known + j
        later -= y
        last = t == problem.horizon - 1
        excess = weights[t] - (ZERO if last else later * problem.steps[t])
        total += ZERO if last else later * constants[t]
        if excess > 0:
            if y == 0:
                raise CertificateError(
                    f"In the prefix {m.pattern.text} step {t} has weight but no gap multiplier."
                )
            total += excess * excess / (2 * y)
    return total


def column_budget(
    problem: SignProblem, m: Multipliers, weights: Sequence[Fraction], beta: Fraction
) -> Fraction:
    """The least alpha with ``sum_t w_t |g_t| <= beta f(x_0) + alpha l`` that ``m`` proves.

    Raises
    ------
    CertificateError
        If a multiplier is negative, missing, or the values f do not cancel.
    """
    column = make_column(m.pattern, problem)
    _check_shape(column, m, problem)
    edges = flow(column, m, beta)
    tents = [abs(phi) + 2 * e for phi, e in zip(edges, m.edges, strict=True)]
    linear = _linear(column, m, problem, weights, edges)
    spread = sum((u * r * r / 4 for u, r in zip(tents, column.layout.distances, strict=True)), ZERO)
    form = maximum_of_form(linear, [y / 2 for y in m.points], [u / 4 for u in tents])
    return spread + form + _future(column, m, problem, weights)
