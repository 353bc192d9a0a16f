"""Points of R^d: linear algebra by coordinates, norms, and the integral along a segment."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, Big, Co, Grad, Inner, Noo, Sgn, Val

ZERO, ONE = sp.Integer(0), sp.Integer(1)
a, b, s = k.Sym("a"), k.Sym("b"), k.Sym("s")
u, v, z = (k.Sym(name, "rvector") for name in "uvz")
x, y = k.Sym("x", "vector"), k.Sym("y", "vector")
f = k.Sym("f", "function")
i, j = k.Sym("i", "int"), k.Sym("j", "int")
POINTS = st.lists(st.lists(st.integers(-3, 3), min_size=3, max_size=3), min_size=3, max_size=3)


def numbers(term: sp.Expr, vectors: dict[sp.Expr, list[int]]) -> sp.Expr:
    """A scalar term with Inner, Co and norms of concrete vectors in R^3 put in."""
    if isinstance(term, Inner):
        left, right = (coordinates(t, vectors) for t in term.args)
        return sp.Add(*(p * q for p, q in zip(left, right, strict=True)))
    if isinstance(term, Co):
        return coordinates(term.args[0], vectors)[int(term.args[1])]
    return term.func(*(numbers(t, vectors) for t in term.args)) if term.args else term


def coordinates(vector: sp.Expr, vectors: dict[sp.Expr, list[int]]) -> list[sp.Expr]:
    if vector in vectors:
        return list(map(sp.Integer, vectors[vector]))
    if isinstance(vector, Sgn):
        return [sp.sign(c) for c in coordinates(vector.args[0], vectors)]
    if isinstance(vector, sp.Add):
        return [
            sp.Add(*c) for c in zip(*(coordinates(t, vectors) for t in vector.args), strict=True)
        ]
    inside = [t for t in vector.args if t.has(*vectors)]
    scale = sp.Mul(*(t for t in vector.args if not t.has(*vectors)))
    return [scale * c for c in coordinates(inside[0], vectors)]


@given(POINTS, st.integers(-2, 2), st.integers(0, 2))
def test_linearity_in_coordinates(points, c, place) -> None:
    vectors = dict(zip((u, v, z), points, strict=True))
    left, right = u + c * v - a * z, 2 * u - (v + z) / 3
    inner = k.inner_linear(Inner(left, right)).concl
    assert sp.expand(numbers(inner.lhs, vectors) - numbers(inner.rhs, vectors)) == 0
    one = k.coordinate(Co(left + 3 * Sgn(v), sp.Integer(place))).concl
    assert sp.expand(numbers(one.lhs, vectors) - numbers(one.rhs, vectors)) == 0


def test_linearity_needs_linear_terms() -> None:
    with pytest.raises(ProofError, match="not an inner product"):
        k.inner_linear(a)
    with pytest.raises(ProofError, match="not a coordinate"):
        k.coordinate(a)
    with pytest.raises(ProofError, match="division by a"):
        k.inner_linear(Inner(u / a, v))
    with pytest.raises((ProofError, InputError)):
        k.coordinate(Co(u * v, i))
    with pytest.raises((ProofError, InputError)):
        k.coordinate(Co(u + 1, i))


def test_norms_and_products_by_coordinates() -> None:
    assert k.by_coordinates(N1(u)).concl.rhs == Big(sp.Abs(Co(u, i)), i, ZERO, DIM)
    assert k.by_coordinates(Inner(u, v)).concl.rhs == Big(Co(u, i) * Co(v, i), i, ZERO, DIM)
    with pytest.raises(ProofError, match="neither an inner product"):
        k.by_coordinates(Noo(u))
    family = k.Sym("g", "fam:rvector")
    with pytest.raises(ProofError, match="mentions the index"):
        k.by_coordinates(N1(family(i)))
    with pytest.raises(ProofError, match="mentions the index"):
        k.coordinate_below_norm(family(i))


def test_the_largest_coordinate_is_the_largest() -> None:
    every = k.coordinate_below_norm(u)
    assert every.concl.guards == (k.Le(ZERO, i), k.Lt(i, DIM))
    with pytest.raises(ProofError, match="is not shown"):
        k.instantiate(every, j)
    shown = k.instantiate(every, j, facts=[k.assume(k.Le(ZERO, j)), k.assume(k.Lt(j, DIM))])
    assert shown.concl == k.Le(sp.Abs(Co(u, j)), Noo(u))


def _slope_bound(bound: sp.Expr, *guards: k.Formula) -> k.Theorem:
    slope = Inner(Grad(f, x + s * (y - x)), y - x)
    return k.assume(k.ForAll(s, guards, k.Le(slope, bound)))


@given(st.lists(st.fractions(-3, 3, max_denominator=5), min_size=1, max_size=4))
def test_the_integral_of_a_polynomial(coefficients: list[Fraction]) -> None:
    terms = [sp.Rational(c.numerator, c.denominator) * s**p for p, c in enumerate(coefficients)]
    bound = a + sp.Add(*terms)
    thm = k.segment(_slope_bound(bound, k.Le(ZERO, s), k.Le(s, ONE)), f, x, y)
    gain = Val(f, y) - Val(f, x)
    assert thm.concl.lhs == gain
    assert sp.expand(thm.concl.rhs - sp.integrate(bound, (s, 0, 1))) == 0


def test_the_integral_from_below() -> None:
    slope = Inner(Grad(f, x + s * (y - x)), y - x)
    below = k.assume(k.ForAll(s, (), k.Le(a * s, slope)))
    assert k.segment(below, f, x, y).concl == k.Le(a / 2, Val(f, y) - Val(f, x))


def test_segments_that_are_none() -> None:
    inside = (k.Le(ZERO, s), k.Le(s, ONE))
    slope = Inner(Grad(f, x + s * (y - x)), y - x)
    attempts = [
        (_slope_bound(a, k.Le(ZERO, s), k.Le(2 * s, ONE)), "does not cover"),
        (_slope_bound(a, k.Lt(ZERO, s)), "does not cover"),
        (_slope_bound(sp.sqrt(1 + s**2), *inside), "not a polynomial|needs a base"),
        (_slope_bound(sp.Abs(s), *inside), "not a polynomial"),
        (k.assume(k.ForAll(s, inside, k.Le(slope + 1, a))), "does not bound the slope"),
        (k.assume(k.ForAll(s, inside, k.Lt(slope, a))), "for all real s"),
        (k.assume(k.Le(slope, a)), "for all real s"),
    ]
    for thm, why in attempts:
        with pytest.raises(ProofError, match=why):
            k.segment(thm, f, x, y)
    with pytest.raises(ProofError, match="does not bound the slope"):
        k.segment(_slope_bound(a), f, y, x)
    other = k.Sym("g", "function")
    with pytest.raises(ProofError, match="does not bound the slope"):
        k.segment(_slope_bound(a), other, x, y)


def test_an_end_of_the_segment_may_not_move() -> None:
    moving = s * y
    slope = Inner(Grad(f, x + s * (moving - x)), moving - x)
    thm = k.assume(k.ForAll(s, (), k.Le(slope, a)))
    with pytest.raises(ProofError, match="occurs in an end"):
        k.segment(thm, f, x, moving)
