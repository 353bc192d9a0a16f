"""Balls contain the values they stand for, and no number comes out of bad input."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import flint
import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck import intervals
from signcheck.intervals import enclose
from signcheck.kernel.terms import N1, TRIVIAL, Big, Ex, Grad, Sym

x, y, B = Sym("x"), Sym("y"), Sym("B", "int")
SYMBOLS = (x, y)
DIGITS = 120
TIGHT = Fraction(1, 10**30)
"""Relative width that 160 bits leave after a few dozen operations."""

numbers = st.fractions(Fraction(-50), Fraction(50), max_denominator=60)
positives = st.fractions(Fraction(1, 60), Fraction(50), max_denominator=60)


def exact(number: Fraction | int) -> sp.Rational:
    """For sympy."""
    return sp.Rational(Fraction(number).numerator, Fraction(number).denominator)


def holds(ball: flint.arb, value: mpmath.mpf) -> bool:
    """Whether the ball contains a value known to ``DIGITS`` digits."""
    with flint.ctx.workprec(500):
        true = flint.arb(mpmath.nstr(value, DIGITS)) * flint.arb(1, 10.0 ** (8 - DIGITS))
        return bool(ball.overlaps(true))


def narrow(ball: flint.arb) -> bool:
    """Whether the ball is as small as its precision allows, up to a few operations."""
    return bool(ball.rad() <= flint.arb(10) ** -30 * abs(ball).upper() + flint.arb(10) ** -40)


# ---------------------------------------------------------------- values


@st.composite
def rational_terms(draw: Any, depth: int = 3) -> Any:
    """Sums, products and integer powers."""
    if depth == 0 or draw(st.booleans()):
        return draw(st.one_of(st.sampled_from(SYMBOLS), numbers.map(exact)))
    parts = [draw(rational_terms(depth - 1)) for _ in range(2)]
    kind = draw(st.sampled_from(["+", "*", "power", "abs", "min", "max"]))
    if kind == "power":
        return parts[0] ** draw(st.integers(0, 5))
    if kind == "abs":
        return sp.Abs(parts[0])
    return {"+": sp.Add, "*": sp.Mul, "min": sp.Min, "max": sp.Max}[kind](*parts)


@given(rational_terms(), numbers, numbers)
def test_a_rational_value_is_inside(term: Any, a: Fraction, b: Fraction) -> None:
    values = {x: exact(a), y: exact(b)}
    ball = enclose(term, values)
    true = sp.sympify(term).xreplace(values)
    assert true.is_Rational
    with flint.ctx.workprec(4000):
        assert (ball - flint.fmpq(int(true.p), int(true.q))).contains(0)


@given(rational_terms(), numbers, numbers)
def test_dividing_by_a_value_is_multiplying_by_its_inverse(
    term: Any, a: Fraction, b: Fraction
) -> None:
    values = {x: exact(a), y: exact(b)}
    true = sp.sympify(term).xreplace(values)
    if true == 0:
        return
    inverse = enclose(1 / sp.sympify(term), values)
    with flint.ctx.workprec(4000):
        assert (inverse * flint.fmpq(int(true.p), int(true.q)) - 1).contains(0)


ROOTS = {
    "sqrt(x)": (sp.sqrt(x), mpmath.sqrt),
    "x**(1/4)": (sp.root(x, 4), lambda v: mpmath.root(v, 4)),
    "x**(-3/2)": (x ** sp.Rational(-3, 2), lambda v: 1 / mpmath.sqrt(v) ** 3),
    "x**(51/50)": (x ** sp.Rational(51, 50), lambda v: mpmath.power(v, mpmath.mpf(51) / 50)),
    "log(x)": (sp.log(x), mpmath.log),
    "exp(-x)": (sp.exp(-x), lambda v: mpmath.exp(-v)),
    "2**(1/x)": (sp.Integer(2) ** (1 / x), lambda v: mpmath.power(2, 1 / v)),
    "x**-x": (x**-x, lambda v: mpmath.power(v, -v)),
    "sqrt(2**(1/x) - 1)": (
        sp.sqrt(2 ** (1 / x) - 1),
        lambda v: mpmath.sqrt(mpmath.power(2, 1 / v) - 1),
    ),
    "sqrt(2 (x + 1) log(1 + 1/x))": (
        sp.sqrt(2 * (x + 1) * sp.log(1 + 1 / x)),
        lambda v: mpmath.sqrt(2 * (v + 1) * mpmath.log(1 + 1 / v)),
    ),
}


@pytest.mark.parametrize("name", ROOTS)
def test_roots_powers_and_logarithms_agree_with_mpmath(name: str) -> None:
    term, reference = ROOTS[name]

    @given(positives)
    def check(value: Fraction) -> None:
        ball = enclose(term, {x: exact(value)})
        with mpmath.workdps(DIGITS + 10):
            true = reference(mpmath.mpf(value.numerator) / value.denominator)
        assert holds(ball, true)
        assert narrow(ball)

    check()


def test_a_wrong_value_is_outside() -> None:
    """The comparison with mpmath can fail."""
    ball = enclose(sp.sqrt(x), {x: 2})
    with mpmath.workdps(DIGITS):
        assert holds(ball, mpmath.sqrt(2))
        assert not holds(ball, mpmath.sqrt(2) * (1 + mpmath.mpf(10) ** -40))


def test_cancellation_widens_the_ball_and_loses_nothing() -> None:
    """x + sqrt(x**2 + 1) - 2 x at x = 10**30: about 5e-31."""
    ball = enclose(sp.sqrt(x**2 + 1) - x, {x: 10**30})
    assert ball.contains(flint.arb("5e-31"))
    assert not narrow(ball)


def test_large_and_small_numbers_keep_their_digits() -> None:
    for power in (-200, 0, 200):
        ball = enclose(sp.sqrt(x) / 3, {x: exact(Fraction(10) ** power)})
        with flint.ctx.workprec(400):
            assert (3 * ball - flint.arb(10) ** (power // 2)).contains(0)
            assert narrow(ball * flint.arb(10) ** (-power // 2))


# ---------------------------------------------------------------- atoms


def test_whole_subterms_may_be_given() -> None:
    f, t, T = Sym("f", "function"), Sym("t", "int"), Sym("T", "int")
    size = Ex(N1(Grad(f, Sym("x", "fam:rvector")(t))), TRIVIAL)
    total = Big(size, t, 0, T)
    assert enclose(total / T, {total: 3, T: 4}) == flint.arb(3) / 4
    with pytest.raises(InputError, match="has no value here"):
        enclose(total / T, {T: 4})


def test_a_given_subterm_goes_before_its_parts() -> None:
    assert enclose(sp.sqrt(x) + 1, {sp.sqrt(x): 5, x: 4}) == 6


def test_a_ball_is_passed_through_with_its_width() -> None:
    wide = flint.arb(1, 0.25)
    ball = enclose(2 * x + 1, {x: wide})
    assert ball.contains(flint.arb(2.5))
    assert ball.contains(flint.arb(3.5))
    assert not ball.contains(flint.arb(3.6))


@given(numbers, st.fractions(Fraction(0), Fraction(2), max_denominator=8))
def test_the_ball_of_a_ball_contains_every_point_of_it(mid: Fraction, radius: Fraction) -> None:
    wide = flint.arb(flint.fmpq(mid.numerator, mid.denominator), float(radius))
    term = x**2 - 3 * sp.Abs(x) + sp.Min(x, 1)
    ball = enclose(term, {x: wide})
    for share in (-1, Fraction(-1, 3), 0, Fraction(1, 2), 1):
        true = term.xreplace({x: exact(mid + share * Fraction(float(radius)))})
        with flint.ctx.workprec(4000):
            assert (ball - flint.fmpq(int(true.p), int(true.q))).contains(0)


@pytest.mark.parametrize(
    "term", [x, x + y, sp.sign(x), sp.pi * x, sp.Heaviside(x), Ex(x, TRIVIAL), B], ids=str
)
def test_an_atom_without_a_value_is_an_error(term: Any) -> None:
    with pytest.raises(InputError, match="has no value here: give one"):
        enclose(term, {y: 1} if term != x + y else {x: 1})


def test_a_symbol_of_another_sort_is_another_symbol() -> None:
    with pytest.raises(InputError, match="has no value here"):
        enclose(Sym("x", "int"), {x: 1})
    with pytest.raises(InputError, match="has no value here"):
        enclose(sp.Symbol("x"), {x: 1})


# ---------------------------------------------------------------- domains


@pytest.mark.parametrize(
    ("term", "values"),
    [
        (1 / x, {x: 0}),
        (1 / x, {x: flint.arb(0, 1)}),
        (1 / (x - y), {x: sp.Rational(1, 3), y: sp.Rational(1, 3)}),
        (x**-2, {x: flint.arb(1, 2)}),
        (sp.sqrt(x), {x: -1}),
        (sp.sqrt(x), {x: flint.arb(0, 1)}),
        (sp.root(x, 4), {x: -16}),
        (x**y, {x: -2, y: sp.Rational(1, 2)}),
        (sp.log(x), {x: 0}),
        (sp.log(x), {x: -1}),
        (sp.log(x), {x: flint.arb(1, 2)}),
        (2 ** (1 / x), {x: 0}),
        (x, {x: flint.arb("nan")}),
        (sp.Max(x, 1), {x: flint.arb("nan")}),
        (x - x + y, {y: flint.arb("inf")}),
        (sp.exp(sp.exp(x)), {x: 10**6}),
    ],
    ids=str,
)
def test_outside_the_domain_there_is_no_number(term: Any, values: dict[Any, Any]) -> None:
    with pytest.raises(InputError, match="has no finite enclosure at these values"):
        enclose(term, values)


def test_zero_to_the_power_zero_is_one() -> None:
    assert enclose(x**0, {x: 0}) == 1
    assert enclose(x**2, {x: 0}) == 0
    assert enclose(sp.sqrt(x), {x: 0}) == 0


# ---------------------------------------------------------------- floats


@pytest.mark.parametrize(
    "value",
    [0.5, 0.1, math.nan, math.inf, np.float64(0.25), sp.Float("0.5"), sp.oo, sp.nan, sp.pi],
    ids=repr,
)
def test_a_float_is_refused_as_a_value(value: Any) -> None:
    with pytest.raises(InputError, match="not an exact rational number: give a fraction"):
        enclose(x, {x: value})


def test_a_float_inside_a_term_is_refused() -> None:
    with pytest.raises(InputError, match="has no value here"):
        enclose(0.1 * x, {x: 1})


@given(st.floats(-1e6, 1e6, allow_nan=False))
def test_a_float_given_as_a_fraction_is_that_number(value: float) -> None:
    ball = enclose(x, {x: exact(Fraction(value))})
    assert ball == flint.arb(value)


@pytest.mark.parametrize("value", [3, Fraction(1, 3), sp.Rational(1, 3), np.int64(3)], ids=repr)
def test_whole_numbers_and_fractions_are_exact_values(value: Any) -> None:
    ball = enclose(3 * x, {x: value})
    assert ball.contains(flint.arb(int(3 * value)))


# ---------------------------------------------------------------- the module


def test_the_precision_of_the_caller_is_left_alone() -> None:
    before = flint.ctx.prec
    enclose(sp.sqrt(x), {x: 2})
    with pytest.raises(InputError):
        enclose(sp.sqrt(x), {x: -2})
    assert flint.ctx.prec == before
    with flint.ctx.workprec(20):
        assert narrow(enclose(sp.sqrt(x), {x: 2}))


def test_one_function_is_exported() -> None:
    assert intervals.__all__ == ["enclose"]
