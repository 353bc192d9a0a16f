"""What the tests of lower bounds share: levels as balls, caps from above, membership."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any

import flint
import sympy as sp

from proofs.lower.lattice import CAPS
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.theory import Statement
from tests.proofs.exact import Q
from tests.proofs.model import rational

Exact = Mapping[Any, Any]


def kernel(numbers: Exact) -> dict[Any, Any]:
    """Fractions and integers for the kernel's symbols; balls stay."""
    return {
        s: v if isinstance(v, flint.arb) else rational(Q(v))  # both sorts are exact
        for s, v in numbers.items()
    }


def level(statement: Statement, numbers: Exact) -> flint.arb:
    """The level that a statement claims."""
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    return enclose(claim.level, kernel(numbers))


def broken(statement: Statement, numbers: Exact) -> list[str]:
    """Names of the hypotheses between parameters that are certainly false."""
    out = []
    for name, formula in statement.hypotheses.items():
        if not isinstance(formula, k.Relation):
            continue
        gap = enclose(formula.rhs - formula.lhs, kernel(numbers))
        if gap < 0 or (isinstance(formula, k.Lt) and gap == 0):
            out.append(name)
    return out


def exceeds_a_cap(term: Any, numbers: Exact) -> bool:
    """Whether a level is more than T1 or L0-gap allow to any member of the class."""
    values = kernel(numbers)
    asked = enclose(term, values)
    return any(asked > enclose(cap, values) for cap in CAPS.values())


# ---------------------------------------------------------------- instances


def rows(instance: Any) -> list[tuple[Any, dict[str, Fraction], Any, int]]:
    """Profile, exact parameters, sigma and multiplicity of each different coordinate."""
    return [
        (block.profile, _named(block.profile, row), sigma, count)
        for block in instance.blocks
        for row, sigma, count in block.rows()
    ]


def _named(profile: Any, row: Sequence[Fraction]) -> dict[str, Fraction]:
    return {symbol.name: number for symbol, number in zip(profile.parameters, row, strict=True)}


def starting_point(profile: Any, row: Mapping[str, Fraction]) -> Fraction:
    """Where a method is started in this coordinate."""
    names = {s: rational(row[s.name]) for s in profile.parameters}
    start = sp.sympify(profile.start).xreplace(names)
    return Q(int(start.p), int(start.q))


def slopes(profile: Any, row: Mapping[str, Fraction], eta: Fraction, reach: int) -> list[Fraction]:
    """f' at the lattice points from ``-reach`` to ``reach`` around the start, exactly."""
    x0 = starting_point(profile, row)
    return [profile.exact_derivative(x0 + j * eta, row) for j in range(-reach, reach + 1)]


def spends(instance: Any, at: Sequence[Fraction]) -> tuple[Fraction, Fraction]:
    """Steepest change of f' seen on a grid, and f(x_0), both summed over the coordinates."""
    curvature, gap = Q(0), Q(0)
    for profile, row, _, count in rows(instance):
        gap += count * profile.exact_value(starting_point(profile, row), row)
        graph = [(x, profile.exact_derivative(x, row)) for x in at]
        curvature += count * max(abs(b - a) / (y - x) for (x, a), (y, b) in pairwise(graph))
    return curvature, gap
