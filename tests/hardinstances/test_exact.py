"""Safe rounding, exact sums and the comparison of roots, against plain exact arithmetic."""

import math
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.exact import (
    compiled,
    evaluate,
    rational,
    round_down,
    round_up,
    sum_upward,
    within_root_of_two,
)

fractions = st.fractions(Fraction(1, 10**6), Fraction(10**6))


@given(fractions)
def test_rounding_brackets_the_number_within_one_unit(x):
    low, high = round_down(x), round_up(x)
    assert Fraction(low) <= x <= Fraction(high)
    assert high in (low, math.nextafter(low, math.inf))


@given(fractions)
def test_rounded_roots_are_on_their_side(x):
    root = sp.sqrt(rational(x))
    assert Fraction(round_down(root)) ** 2 <= x <= Fraction(round_up(root)) ** 2


@given(st.lists(st.tuples(fractions, st.integers(1, 5)), max_size=20))
def test_short_sums_are_exact(terms):
    assert sum_upward(terms) == sum((t * n for t, n in terms), Fraction(0))


def test_long_sums_are_upper_bounds_and_tight():
    terms = [(Fraction(1, 2 * k + 1), 1) for k in range(1500)]
    exact = sum((t for t, _ in terms), Fraction(0))
    bound = sum_upward(terms)
    assert exact <= bound <= exact * (1 + Fraction(1, 2**200))
    assert bound.denominator.bit_length() < 400


@given(ratio=st.fractions(Fraction(1, 1000), Fraction(2)), batch=st.integers(1, 40))
def test_comparison_of_roots(ratio, batch):
    assert within_root_of_two(ratio, batch) == ((1 + ratio) ** batch <= 2)


def test_comparison_of_roots_at_equality_and_next_to_it():
    assert within_root_of_two(Fraction(1), 1)
    assert not within_root_of_two(Fraction(1) + Fraction(1, 10**300), 1)
    assert within_root_of_two(Fraction(1) - Fraction(1, 10**300), 1)


def test_evaluate_knows_rational_functions_only():
    x, y = sp.symbols("x y")
    numbers = {x: Fraction(1, 3), y: Fraction(-2)}
    assert evaluate(x**2 / y + 3, numbers) == Fraction(1, 9) / -2 + 3
    for bad in (sp.sqrt(x), sp.log(x), sp.Symbol("z"), x ** sp.Rational(1, 2)):
        with pytest.raises(InputError, match="rational"):
            evaluate(bad, numbers)
    with pytest.raises(InputError, match="zero"):
        evaluate(1 / x, {x: Fraction(0)})


@given(x=fractions, y=fractions)
def test_compiled_functions_are_exact(x, y):
    a, b = sp.symbols("a b")
    for expr in (a * b / 3 + a**2 / (2 * b), sp.Rational(1, 7) - b, sp.Integer(2), a**-3):
        value = compiled(expr, (a, b))(x, y)
        assert value == evaluate(expr, {a: x, b: y})
        assert isinstance(value, Fraction)
    with pytest.raises(InputError, match="rational"):
        compiled(sp.sqrt(a), (a, b))


def test_what_does_not_fit_a_float_is_refused():
    for bad in (sp.Integer(10) ** 400, sp.Integer(10) ** -400):
        with pytest.raises(InputError, match="rescale"):
            round_down(bad)
    assert round_down(Fraction(0)) == 0.0
