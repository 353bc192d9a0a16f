"""Exact arithmetic: certificates that are found and checked, and ones that are off by a little."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import Ind
from tests.kernel.strategies import Tree, UndefinedError, at, points, term_of, trees, w, x, y, z

ZERO, ONE, TWO = sp.Integer(0), sp.Integer(1), sp.Integer(2)
n = k.Sym("n", "int")
X = k.Sym("X", "random")
SMALL = st.fractions(-5, 5, max_denominator=6)


def rational(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


# ---------------------------------------------------------------- identity


@given(trees(), trees(), points())
def test_an_identity_that_is_accepted_is_true(one: Tree, other: Tree, point) -> None:
    left, right = term_of(one), term_of(other)
    for a, b in ((left, right), (left, sp.expand(left))):
        try:
            k.identity(a, b)
        except ProofError:
            continue
        if b is right:
            try:
                assert one.value(point) == other.value(point)
            except UndefinedError:
                continue


def test_identity_keeps_the_two_sides() -> None:
    thm = k.identity((x + y) ** 2, x**2 + 2 * x * y + y**2)
    assert thm.concl == k.Eq((x + y) ** 2, x**2 + 2 * x * y + y**2)
    assert "identity" in k.sequent(thm).detail
    with pytest.raises(ProofError, match="not identical") as caught:
        k.identity((x + y) ** 2, x**2 + y**2)
    assert caught.value.residual


# ---------------------------------------------------------------- certificates


@given(st.lists(SMALL, min_size=3, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3))
def test_multipliers_have_to_be_exactly_right(weights, moved) -> None:
    """sum of w_k (b_k - a_k) is accepted with these multipliers, and with no others."""
    pairs = [(x, y), (y, z), (z, w)]
    weights = [abs(v) for v in weights]
    premises = [k.assume(k.Le(a, b)) for a, b in pairs]
    right = sum(rational(v) * b for v, (_, b) in zip(weights, pairs, strict=True))
    left = sum(rational(v) * a for v, (a, _) in zip(weights, pairs, strict=True))
    goal = k.Le(left, right)
    combination = [(rational(v), p) for v, p in zip(weights, premises, strict=True)]
    assert k.certificate(goal, combination).concl == goal
    changed = [(v + int(off), p) for (v, p), off in zip(combination, moved, strict=True)]
    if any(moved):
        with pytest.raises(ProofError, match="does not add up"):
            k.certificate(goal, changed)


@given(st.lists(SMALL, min_size=2, max_size=2))
def test_a_negative_multiplier_needs_an_equation(weights) -> None:
    a, b = map(rational, weights)
    equal, less = k.assume(k.Eq(x, y)), k.assume(k.Le(z, w))
    goal = k.Le(a * x + b * z, a * y + b * w)
    if b >= 0:
        assert k.certificate(goal, [(a, equal), (b, less)]).concl == goal
    else:
        with pytest.raises(ProofError, match="not shown to be non-negative"):
            k.certificate(goal, [(a, equal), (b, less)])


def test_squares_as_slack() -> None:
    amgm = k.Le(2 * x * y, x**2 + y**2)
    assert k.certificate(amgm, [], [(x - y) ** 2]).concl == amgm
    with pytest.raises(ProofError, match="does not add up"):
        k.certificate(k.Le(2 * x * y, x**2 + y**2 - 1), [], [(x - y) ** 2])
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.certificate(k.Le(x**2 + y**2, 2 * x * y), [], [-((x - y) ** 2)])


def test_a_multiplier_by_known_sign() -> None:
    less, positive = k.assume(k.Le(x, y)), k.assume(k.Lt(ZERO, z))
    thm = k.certificate(k.Le(x / z, y / z), [(1 / z, less)], facts=[positive])
    assert thm.hyps == {less.concl, positive.concl}
    with pytest.raises(ProofError):
        k.certificate(k.Le(x / z, y / z), [(1 / z, less)])


def test_strict_goals() -> None:
    strict, weak = k.assume(k.Lt(x, y)), k.assume(k.Le(x, y))
    assert k.certificate(k.Lt(x, y), [(1, strict)]).concl == k.Lt(x, y)
    assert k.certificate(k.Lt(x, y + 1), [(1, weak)], [ONE]).concl == k.Lt(x, y + 1)
    with pytest.raises(ProofError, match="strict"):
        k.certificate(k.Lt(x, y), [(1, weak)])
    with pytest.raises(ProofError, match="strict"):
        k.certificate(k.Lt(x, y + z**2), [(1, weak)], [z**2])
    with pytest.raises(ProofError, match="strict"):
        k.certificate(k.Lt(ZERO, ZERO), [(0, strict)])


def test_what_a_certificate_remembers() -> None:
    less = k.assume(k.Le(x, y))
    detail = k.sequent(k.certificate(k.Le(x, y + 1), [(1, less)], [ONE])).detail
    assert detail["multipliers"] == ["1"]
    assert detail["slack"] == ["1"]
    assert detail["terms"] == ((ONE,), (ONE,))


def test_premises_have_to_be_relations() -> None:
    with pytest.raises(ProofError, match="is not a relation"):
        k.certificate(k.Le(x, y), [(1, k.assume(k.ForAll(x, (), k.Le(x, y))))])


# ---------------------------------------------------------------- functions


@given(trees(piecewise=False, inverse=False), points(x=">", y=">=", z="<"))
def test_values_of_functions_are_true(tree: Tree, point) -> None:
    facts = [k.assume(f) for f in (k.Lt(ZERO, x), k.Le(ZERO, y), k.Lt(z, ZERO))]
    term = term_of(tree)
    for function in (sp.Abs, sp.sign, Ind):
        inside = function(term)
        if not isinstance(inside, function):
            continue  # sympy moved a factor out
        try:
            value = k.function_value(inside, facts=facts).concl.rhs
        except ProofError:
            continue
        number = at(inside.args[0], point)
        expected = int(bool(number >= 0)) if function is Ind else function(number)
        assert at(value, point) == expected


def test_function_values_need_a_case() -> None:
    for term in (sp.Abs(x), sp.sign(x), sp.Max(x, y), sp.Min(x, y), Ind(x)):
        with pytest.raises(ProofError, match="do not settle"):
            k.function_value(term)
    with pytest.raises(ProofError, match="not a function"):
        k.function_value(sp.exp(x))
    less = k.assume(k.Le(x, y))
    assert k.function_value(sp.Max(x, y), facts=[less]).concl.rhs == y
    assert k.function_value(sp.Min(x, y), facts=[less]).concl.rhs == x
    weak = [k.assume(k.Le(ZERO, x))]
    assert k.function_value(Ind(x), facts=weak).concl.rhs == 1
    with pytest.raises(ProofError, match="do not settle"):
        k.function_value(sp.sign(x), facts=weak)
    with pytest.raises(ProofError, match="do not settle"):
        k.function_value(Ind(-x), facts=weak)


def test_bounds_of_indicators_and_of_min_and_max() -> None:
    assert k.between(Ind(X)).concl == k.Le(Ind(X), ONE)
    with pytest.raises(ProofError, match="not an indicator"):
        k.between(X)
    assert k.min_bound(sp.Min(x, y), x).concl == k.Le(sp.Min(x, y), x)
    assert k.min_bound(sp.Max(x, y), x).concl == k.Le(x, sp.Max(x, y))
    for term, member in [(sp.Min(x, y), z), (x, x), (sp.Abs(x), x)]:
        with pytest.raises(ProofError, match="not a member"):
            k.min_bound(term, member)


def test_monotone_functions() -> None:
    less, equal = k.assume(k.Le(x, y)), k.assume(k.Eq(x, y))
    assert k.monotone(less, "exp").concl == k.Le(sp.exp(x), sp.exp(y))
    assert k.monotone(k.assume(k.Lt(x, y)), "exp").concl == k.Lt(sp.exp(x), sp.exp(y))
    assert k.monotone(equal, "exp").concl == k.Eq(sp.exp(x), sp.exp(y))
    with pytest.raises(ProofError, match="sqrt needs"):
        k.monotone(less, "sqrt")
    weak = [k.assume(k.Le(ZERO, x))]
    assert k.monotone(less, "sqrt", facts=weak).concl == k.Le(sp.sqrt(x), sp.sqrt(y))
    with pytest.raises(ProofError, match="log needs"):
        k.monotone(less, "log", facts=weak)
    strict = [k.assume(k.Lt(ZERO, x))]
    assert k.monotone(less, "log", facts=strict).concl == k.Le(sp.log(x), sp.log(y))
    with pytest.raises(ProofError, match="is not exp, sqrt or log"):
        k.monotone(less, "cos")
    with pytest.raises(ProofError, match="not a relation"):
        k.monotone(k.assume(k.ForAll(x, (), k.Le(x, y))), "exp")


def test_root_power() -> None:
    positive = [k.assume(k.Lt(ZERO, x)), k.assume(k.Lt(ZERO, n))]
    assert k.root_power(x, n, facts=positive).concl == k.Eq((x ** (1 / n)) ** n, x)
    assert k.root_power(x, n, -1, facts=positive).concl == k.Eq((x ** (-1 / n)) ** n, 1 / x)
    for base, power, sign in [(y, n, 1), (x, z, 1), (x, n, 2), (x, n, 0), (x, -n, 1)]:
        with pytest.raises(ProofError, match="the root needs"):
            k.root_power(base, power, sign, facts=positive)


def test_antisymmetry_and_sign_facts() -> None:
    low, high = k.assume(k.Le(x, y)), k.assume(k.Le(y, x))
    assert k.antisymmetry(low, high).concl == k.Eq(x, y)
    for pair in [(low, low), (k.assume(k.Lt(x, y)), high), (low, k.assume(k.Le(y, z)))]:
        with pytest.raises(ProofError, match="two halves"):
            k.antisymmetry(*pair)
    assert k.sign_fact(k.Le(x, x + 1)).concl == k.Le(x, x + 1)
    for relation in (k.Le(x, y), k.Lt(x, x), k.Lt(ZERO, x**2), k.Eq(x, x)):
        with pytest.raises(ProofError, match="does not follow"):
            k.sign_fact(relation)
