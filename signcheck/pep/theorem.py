"""From a certificate to a Theorem of the proof kernel.

The Theorem speaks about the values f_{i,k}, slopes g_{i,k} and curvatures l_i > 0 of one coordinate
a pattern at its distinct points. Its hypotheses are instances of L0-tent and L0-gap in one
dimension, the signs of the steps, the two budgets and tau <= |grad f(x_t)|_1 for all t < T; its
conclusion is tau <= bound Delta/eta. The kernel sees every multiplier and every square; that the
patterns listed are all that can occur is what :func:`signcheck.pep.certificate.verify` adds.

Source: theory sheet, T9; the combination is the one of :mod:`signcheck.pep.bound`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.pep.bound import Multipliers, flow
from signcheck.pep.certificate import Certificate, verify
from signcheck.pep.columns import Column, make_column
from signcheck.pep.files import statement as in_words
from signcheck.theory import Statement, Theory, check

__all__ = ["theorem_of", "theory_of"]

MOST_COLUMNS = 64

L, DELTA, ETA, TAU = (k.Sym(name) for name in ("L", "Delta", "eta", "tau"))
ZERO = sp.Integer(0)
Weighted = tuple[Any, k.Formula]


def _q(number: Fraction) -> sp.Rational:
    return sp.Rational(number.numerator, number.denominator)


@dataclass(frozen=True)
class _Coordinate:
    """Symbols and weighted hypotheses of one column.

    ``combination`` lists (multiplier, hypothesis), ``squares`` the non-negative rest of
    ``earned <= gap multiplier * f(x_0)/eta + budget * l * eta``.
    """

    column: Column
    slopes: tuple[k.Sym, ...]
    start: k.Sym
    curvature: k.Sym
    combination: tuple[Weighted, ...]
    squares: tuple[Any, ...]
    earned: Any

    def level(self, t: int) -> Any:
        """|g| of this coordinate at step t."""
        return sp.Abs(self.slopes[self.column.layout.visits[t]])

    def sign(self, t: int) -> k.Le:
        """The sign that g has at step t."""
        slope = self.slopes[self.column.layout.visits[t]]
        return k.Le(ZERO, self.column.pattern.gradients[t] * slope)


def _tents(
    column: Column, m: Multipliers, flows: Sequence[Fraction], f: Any, g: Any, l: Any
) -> list[Weighted]:
    found: list[Weighted] = []
    for e, (phi, extra, r) in enumerate(zip(flows, m.edges, column.layout.distances, strict=True)):
        length = _q(r) * ETA
        excess = f[e + 1] - f[e] - length * (g[e] + g[e + 1]) / 2
        tent = l * length**2 / 4 - (g[e + 1] - g[e]) ** 2 / (4 * l)
        found.append((_q(max(phi, Fraction(0)) + extra) / ETA, k.Le(excess, tent)))
        found.append((_q(max(-phi, Fraction(0)) + extra) / ETA, k.Le(-excess, tent)))
    return found


def _squares(
    linear: Sequence[Any], diagonal: Sequence[Any], coupling: Sequence[Any], g: Any, unit: Any
) -> tuple[list[Any], Any]:
    """Completed squares of Q(g)/unit - linear.g, from the left, and the constant that is left."""
    squares, spent = [], ZERO
    slope, square = linear[0], diagonal[0]
    for e in range(len(g)):
        link = coupling[e] if e < len(coupling) else ZERO
        joint = square + link
        if joint:
            ahead = link * g[e + 1] if link else ZERO
            squares.append(joint * (g[e] - (ahead + slope * unit / 2) / joint) ** 2 / unit)
            spent += slope**2 / (4 * joint)
        if e + 1 < len(g):
            carry = link / joint if joint else ZERO
            slope = linear[e + 1] + slope * carry
            square = diagonal[e + 1] + square * carry
    return squares, spent


def _coordinate(certificate: Certificate, index: int) -> _Coordinate:
    problem, m = certificate.problem, certificate.columns[index]
    column = make_column(m.pattern, problem)
    n, places = len(column.layout.points), column.layout
    f = tuple(k.Sym(f"f_{index}_{p}") for p in range(n))
    g = tuple(k.Sym(f"g_{index}_{p}") for p in range(n))
    l = k.Sym(f"l_{index}")
    flows = flow(column, m, certificate.gap)
    parts = _tents(column, m, flows, f, g, l)
    parts += [(_q(y) / ETA, k.Le(g[p] ** 2 / (2 * l), f[p])) for p, y in enumerate(m.points)]
    linear, earned = [ZERO] * n, ZERO
    for t, (slope, weight, q) in enumerate(
        zip(m.pattern.gradients, certificate.weights, m.signs, strict=True)
    ):
        at = places.visits[t]
        earned += slope * _q(weight) * g[at]
        linear[at] += slope * _q(weight + q)
        parts.append((_q(q), k.Le(ZERO, slope * g[at])))
    for t, multiplier in enumerate(m.momenta):
        past = zip(places.visits, problem.momentum_weights(t), strict=False)
        momentum = dict.fromkeys(range(n), ZERO)
        for p, weight in past:
            momentum[p] += m.pattern.steps[t] * _q(weight)
        parts.append((_q(multiplier), k.Le(ZERO, sum(c * g[p] for p, c in momentum.items()))))
        linear = [c + _q(multiplier) * momentum[p] for p, c in enumerate(linear)]
    for e, (phi, r) in enumerate(zip(flows, places.distances, strict=True)):
        linear[e] += _q(phi * r / 2)
        linear[e + 1] += _q(phi * r / 2)
    tents = [_q(abs(phi) + 2 * extra) for phi, extra in zip(flows, m.edges, strict=True)]
    squares, spent = _squares(
        linear, [_q(y) / 2 for y in m.points], [u / 4 for u in tents], g, l * ETA
    )
    spent += sum(u * _q(r) ** 2 / 4 for u, r in zip(tents, places.distances, strict=True))
    squares.append((_q(certificate.budget) - spent) * l * ETA)
    used = tuple((weight, hyp) for weight, hyp in parts if weight != 0)
    return _Coordinate(
        column, g, f[places.start], l, used, tuple(s for s in squares if s != 0), earned
    )


def _hypotheses(
    certificate: Certificate, coordinates: Sequence[_Coordinate]
) -> dict[str, k.Formula]:
    """Everything that the proof uses, and nothing else."""
    found: dict[str, k.Formula] = {
        "eta > 0": k.Lt(ZERO, ETA),
        "stepsize": k.Eq(L * ETA**2, _q(certificate.problem.kappa) * DELTA),
        "gap": k.Le(sum(c.start for c in coordinates), DELTA),
        "curvature": k.Le(sum(c.curvature for c in coordinates), L),
    }
    for i, c in enumerate(coordinates):
        found[f"l_{i} > 0"] = k.Lt(ZERO, c.curvature)
        for _, hypothesis in c.combination:
            found[f"{i}: {hypothesis}"] = hypothesis
        for t, weight in enumerate(certificate.weights):
            if weight:
                found[f"{i}: {c.sign(t)}"] = c.sign(t)
    for t, weight in enumerate(certificate.weights):
        if weight:
            found[f"level {t}"] = k.Le(TAU, sum(c.level(t) for c in coordinates))
    if certificate.bound > certificate.gap + certificate.problem.kappa * certificate.budget:
        found["Delta > 0"] = k.Lt(ZERO, DELTA)
    return found


def _prover(
    certificate: Certificate, coordinates: Sequence[_Coordinate]
) -> Callable[[Statement], k.Theorem]:
    gap, budget = _q(certificate.gap), _q(certificate.budget)
    ours = _hypotheses(certificate, coordinates)

    def prove(goal: Statement) -> k.Theorem:
        p, _ = goal.proof("eta > 0", "stepsize", "gap", "curvature")
        held = {thm.concl: thm for thm in p.facts}

        def given(formula: k.Formula) -> k.Theorem:
            if formula not in held:
                raise ProofError(
                    f"the proof uses the hypothesis {formula}, which the statement does not have.",
                    step="hypotheses",
                    residual=str(formula),
                )
            return held[formula]

        parts: list[tuple[Any, k.Theorem]] = []
        for i, c in enumerate(coordinates):
            claim = k.Le(c.earned, gap * c.start / ETA + budget * c.curvature * ETA)
            combination = [(weight, given(hyp)) for weight, hyp in c.combination]
            parts.append((1, p.certificate(claim, combination, c.squares, label=f"coordinate {i}")))
        for t, weight in enumerate(certificate.weights):
            if weight == 0:
                continue
            parts.append((_q(weight), given(ours[f"level {t}"])))
            for c in coordinates:
                # That sign alone: a tie has both, and |g| = g would not match what was earned.
                size = k.function_value(c.level(t), facts=(given(c.sign(t)),))
                parts.append((_q(weight), size))
        parts.append((gap / ETA, given(ours["gap"])))
        parts.append((budget * ETA, given(ours["curvature"])))
        parts.append((budget / ETA, given(ours["stepsize"])))
        rest = _q(certificate.bound) - gap - _q(certificate.problem.kappa) * budget
        slack = [rest * DELTA / ETA] if rest else []
        return p.certificate(goal.conclusion, parts, slack, label="sum over coordinates")

    return prove


def theory_of(certificate: Certificate, name: str = "T9") -> Theory:
    """The certificate as a theory: statement and a proof that the kernel checks when it is run.

    Parameters
    ----------
    certificate
        Of the separable class, full patterns only, at most 64 of them.
    name
        Id of the theory.

    Raises
    ------
    CertificateError
        If the certificate does not verify.
    InputError
        If it has prefixes or too many columns for a proof that somebody may want to read.
    """
    verify(certificate)
    if any(column.future for column in certificate.columns):
        raise InputError(
            "This certificate covers patterns by prefixes; a Theorem is made from full patterns: "
            "solve with pattern=reachable or name the patterns."
        )
    if len(certificate.columns) > MOST_COLUMNS:
        raise InputError(
            f"The certificate has {len(certificate.columns)} columns; a Theorem is made for at "
            f"most {MOST_COLUMNS}: shorten the horizon or name the patterns."
        )
    coordinates = [_coordinate(certificate, i) for i in range(len(certificate.columns))]
    statement = Statement(
        hypotheses=_hypotheses(certificate, coordinates),
        conclusion=k.Le(TAU, _q(certificate.bound) * DELTA / ETA),
    )
    return Theory(
        id=name,
        title=in_words(certificate),
        kind="upper",
        statement=statement,
        prove=_prover(certificate, coordinates),
        source="theory sheet, T9",
    )


def theorem_of(certificate: Certificate) -> k.Theorem:
    """The Theorem of a certificate, proved now and compared with its statement.

    Raises
    ------
    ProofError
        If the kernel refuses a step; otherwise as :func:`theory_of`.
    """
    theory = theory_of(certificate)
    return check(theory.id, theory.statement, theory.prove)
