"""Exact algebra against values: equal means equal wherever there is a value."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, reject
from hypothesis import strategies as st

from signcheck import kernel as k
from signcheck.kernel.algebra import Fractions, coefficients, difference, split_power
from tests.kernel.strategies import (
    Tree,
    UndefinedError,
    at,
    points,
    same,
    term_of,
    trees,
    w,
    x,
    y,
    z,
)

ZERO, ONE = sp.Integer(0), sp.Integer(1)
n = k.Sym("n", "int")


@given(trees(), points())
def test_sympy_keeps_the_value_of_what_was_written(tree: Tree, point) -> None:
    """What sympy does to a term while it is built changes no value that the term had."""
    term = term_of(tree)
    try:
        value = tree.value(point)
    except UndefinedError:
        reject()
    assert same(at(term, point), value)


@given(trees(), trees(), points())
def test_equal_terms_have_equal_values(one: Tree, other: Tree, point) -> None:
    left, right = term_of(one), term_of(other)
    try:
        values = one.value(point), other.value(point)
    except UndefinedError:
        reject()
    if difference(left, right) == 0:
        assert values[0] == values[1]


@given(trees(), points())
def test_a_rearranged_term_is_found_equal_and_a_changed_one_is_not(tree: Tree, point) -> None:
    term = term_of(tree)
    for rearranged in (sp.expand(term), sp.together(term), sp.factor(term)):
        if rearranged.has(sp.zoo, sp.nan) or term.has(sp.Max, sp.Min, sp.Abs, sp.sign):
            continue
        assert difference(term, rearranged) == 0
    assert difference(term, term + 1) != 0
    assert difference(term, term + w**7) != 0


@given(trees(piecewise=False), points())
def test_quotients_of_polynomials_have_the_values_of_their_terms(tree: Tree, point) -> None:
    term = term_of(tree)
    field = Fractions.over(term)
    numerator, denominator = field.convert(term)
    values = [at(g, point) for g in field.order]
    # With no symbol at all the ring has one idle generator.
    bottom = denominator(*values) if values else denominator.coeff(1)
    top = numerator(*values) if values else numerator.coeff(1)
    try:
        value = tree.value(point)
    except UndefinedError:
        reject()
    if bottom != 0:
        assert same(sp.sympify(top) / sp.sympify(bottom), value)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sp.sqrt(x) ** 2, x),
        (sp.sqrt(x) ** 3, x * sp.sqrt(x)),
        (1 / sp.sqrt(x), sp.sqrt(x) / x),
        ((sp.sqrt(x) - sp.sqrt(y)) ** 2, x + y - 2 * sp.sqrt(x) * sp.sqrt(y)),
        (sp.sqrt(x + sp.sqrt(y)) ** 4, (x + sp.sqrt(y)) ** 2),
        (sp.Pow(x, sp.Rational(1, 3)) ** 4, x * sp.Pow(x, sp.Rational(1, 3))),
        (sp.sqrt(8), 2 * sp.sqrt(2)),
        (sp.Pow(x, n + 2), x**2 * sp.Pow(x, n)),
        (sp.Pow(x, -n) * sp.Pow(x, n), ONE),
        (sp.Pow(x, 2 * n), sp.Pow(x, n) ** 2),
    ],
)
def test_roots_and_powers_that_agree(left: sp.Expr, right: sp.Expr) -> None:
    assert difference(left, right) == 0


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (sp.sqrt(x**2), x),
        (sp.sqrt(x) * sp.sqrt(y), 1 + sp.sqrt(x * y)),
        (sp.sqrt(x), x),
        (sp.Pow(x, n), x**2),
        (sp.Abs(x), x),
        (sp.Abs(x) ** 2, -(x**2)),
        (sp.sign(x) ** 2, ONE),
        (sp.Max(x, y), x),
        (x * y, y * z),
    ],
)
def test_terms_that_do_not_agree(left: sp.Expr, right: sp.Expr) -> None:
    assert difference(left, right) != 0


def test_split_power_multiplies_back() -> None:
    for exponent in (sp.Rational(-3, 2), n + 2, 2 * n - sp.Rational(1, 2), -n / 3, (n + 1) / 2):
        parts = split_power(sp.Pow(x, exponent))
        total = sum(p.exp * q if isinstance(p, sp.Pow) else sp.Integer(q) for p, q in parts)
        assert sp.expand(total - exponent) == 0
        assert all((p.base if isinstance(p, sp.Pow) else p) == x for p, _ in parts)


@given(trees(piecewise=False, inverse=False))
def test_coefficients_add_up_to_the_term(tree: Tree) -> None:
    term = term_of(tree)
    parts, denominator = coefficients(term, lambda g: g in (x, y))
    total = sp.Add(*(c * sp.Mul(*(g**e for g, e in monomial)) for monomial, c in parts.items()))
    assert sp.expand(total / denominator - term) == 0
    for c in parts.values():
        assert not c.has(x, y)


def test_a_chosen_generator_may_not_stand_below() -> None:
    with pytest.raises(ValueError, match="denominator"):
        coefficients(1 / (x + y), lambda g: g == x)


@given(st.integers(1, 5))
def test_reduce_to_keeps_the_value(power: int) -> None:
    field = Fractions.over(sp.sqrt(x))
    root = field.elements[sp.sqrt(x)]
    reduced = field.reduce_to(root**power)
    assert reduced is not None
    assert sp.expand(reduced.as_expr(*field.order) - sp.sqrt(x) ** power) == 0
    below = Fractions.over(sp.sqrt(1 / x))
    square = below.elements[sp.sqrt(1 / x)] ** 2
    assert below.reduce_to(square) is None
