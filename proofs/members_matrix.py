"""Exact laws of 2x2 matrices on which the matrix lemmas are evaluated, both sides.

All numbers are exact: for A of order two |A|_*^2 = |A|_F^2 + 2 |det A|, the polar factor of an
invertible A is (A + sign(det A) cof A)/|A|_*, and tr S for S^2 = E N N^T follows the same formula.
Some laws are tight: there the two sides agree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sympy as sp

from signcheck.experiment import Evaluation

R = sp.Rational
TINY = R(1, 10**6)
Law = Sequence[tuple[Any, Any]]
"""Pairs (probability, matrix)."""


def nuclear(a: Any) -> Any:
    """Nuclear norm of a 2x2 matrix."""
    return sp.sqrt(a.norm() ** 2 + 2 * abs(a.det()))


def polar(a: Any) -> Any:
    """Polar factor of an invertible 2x2 matrix."""
    cofactors = sp.Matrix([[a[1, 1], -a[1, 0]], [-a[0, 1], a[0, 0]]])
    return (a + sp.sign(a.det()) * cofactors) / nuclear(a)


def trace_of_root(square: Any) -> Any:
    """tr S for the symmetric S >= 0 of order two with S**2 = ``square``."""
    return sp.sqrt(square.trace() + 2 * sp.sqrt(square.det()))


def rotated(first: Any, second: Any) -> Any:
    """A matrix with the singular values |first| and |second|, dense."""
    left = sp.Matrix([[3, -4], [4, 3]]) / 5
    right = sp.Matrix([[5, 12], [-12, 5]]) / 13
    return left * sp.diag(first, second) * right


def mean(law: Law) -> Any:
    """Expectation of the matrix."""
    return sum((p * g for p, g in law), sp.zeros(2, 2))


def noise(law: Law) -> Any:
    """E N N^T for the matrix minus its mean."""
    center = mean(law)
    return sum((p * (g - center) * (g - center).T for p, g in law), sp.zeros(2, 2))


def inner(a: Any, b: Any) -> Any:
    """Trace inner product."""
    return (a.T * b).trace()


LAWS: Mapping[str, Law] = {
    "two singular values, fair": (
        (R(1, 2), rotated(-TINY, -TINY)),
        (R(1, 2), rotated(2 + TINY, 2 + TINY)),
    ),
    "one singular value, fair": (
        (R(1, 2), rotated(-TINY, 1)),
        (R(1, 2), rotated(2 + TINY, 1)),
    ),
    "not commuting": (
        (R(1, 3), sp.Matrix([[1, 2], [0, 1]])),
        (R(2, 3), sp.Matrix([[0, -1], [3, 1]])),
    ),
}


def laws(alpha: Any, gamma: Any, norm: Any, through: Any, trace: Any) -> tuple[Evaluation, ...]:
    """The laws for L1-matrix, with the polar factor times ``scale`` as the output."""

    def of(name: str, law: Law, scale: Any) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            center = mean(law)
            out = sum((p * scale * polar(g) for p, g in law), sp.zeros(2, 2))
            return {
                alpha: scale,
                gamma: scale,
                norm: nuclear(center),
                through: inner(center, out),
                trace: trace_of_root(noise(law)),
            }

        shown = {"alpha": str(scale), "gamma": str(scale), "law": str([list(g) for _, g in law])}
        return Evaluation(name, shown, values)

    return tuple(of(name, law, R(1) if n else R(3)) for n, (name, law) in enumerate(LAWS.items()))


def pairs(alpha: Any, gamma: Any, norm: Any, pairing: Any, error: Any) -> tuple[Evaluation, ...]:
    """Matrices M and G for L1-pointwise: nearly tight where G has just passed zero."""

    def at(name: str, m: Any, g: Any) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            return {
                alpha: R(1),
                gamma: R(1),
                norm: nuclear(m),
                pairing: inner(m, polar(g)),
                error: nuclear(g - m),
            }

        return Evaluation(name, {"M": str(list(m)), "G": str(list(g))}, values)

    return (
        at("just past zero", rotated(1, 2), rotated(-TINY, -TINY)),
        at("not commuting", sp.Matrix([[1, 2], [0, 1]]), sp.Matrix([[0, -1], [3, 1]])),
    )


def spectral(a: Any) -> Any:
    """Spectral norm of a 2x2 matrix."""
    square = a.norm() ** 2
    return sp.sqrt((square + sp.sqrt(square**2 - 4 * a.det() ** 2)) / 2)


def descent(smoothness: Any, remainder: Any, length: Any) -> tuple[Evaluation, ...]:
    """Quadratics for L0-matrix: f = <P, X>^2/2 has L = |P|_*^2, f = |X|_F^2/2 has L = 2.

    The first is tight along the polar factor of P, the second along an orthogonal matrix.
    """
    direction = rotated(1, 2)

    def at(name: str, value: Any, constant: Any, step: Any) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            # The remainder of a quadratic is its value at the step.
            return {smoothness: constant, remainder: abs(value(step)), length: spectral(step)}

        return Evaluation(name, {"step": str(list(step))}, values)

    def along(x: Any) -> Any:
        return inner(direction, x) ** 2 / 2

    def square(x: Any) -> Any:
        return inner(x, x) / 2

    return (
        at("<P, X>^2/2 along the polar factor", along, nuclear(direction) ** 2, polar(direction)),
        at("<P, X>^2/2 elsewhere", along, nuclear(direction) ** 2, sp.Matrix([[1, 0], [2, 1]])),
        at("|X|_F^2/2 along an orthogonal matrix", square, R(2), rotated(R(1, 3), R(1, 3))),
    )


def gap(smoothness: Any, norm: Any, value: Any, infimum: Any) -> tuple[Evaluation, ...]:
    """The same quadratics for L0-matrix-gap: tight for <P, X>^2/2, whose gradient is <P, X> P."""
    direction, point = rotated(1, 2), sp.Matrix([[2, 0], [-1, 1]])

    def at(name: str, constant: Any, height: Any, gradient: Any) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            return {smoothness: constant, norm: nuclear(gradient), value: height, infimum: R(0)}

        return Evaluation(name, {"X": str(list(point))}, values)

    along = inner(direction, point)
    return (
        at("<P, X>^2/2", nuclear(direction) ** 2, along**2 / 2, along * direction),
        at("|X|_F^2/2", R(2), inner(point, point) / 2, point),
    )
