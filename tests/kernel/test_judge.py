"""Side conditions: a yes is never wrong at any point that satisfies the facts."""

from __future__ import annotations

import pytest
import sympy as sp
from hypothesis import given, reject
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.kernel.judge import Judge
from signcheck.kernel.terms import N1, TRIVIAL, Big, Ex, Ind, Noo, Past, Prod, Val
from tests.kernel.strategies import Tree, UndefinedError, at, points, term_of, trees, w, x, y, z

ZERO, ONE = sp.Integer(0), sp.Integer(1)
i, j, n = (k.Sym(name, "int") for name in "ijn")
X, F, G = k.Sym("X", "random"), k.Sym("F", "sigma"), k.Sym("G", "sigma")
s, c = k.Sym("s", "fam:real"), k.Sym("c", "fam:random")
# 0 < x, 0 <= y, z < 0; nothing is known of w.
SIGNS = {"x": ">", "y": ">=", "z": "<"}


def held(*formulas: k.Formula) -> list[k.Theorem]:
    return [k.assume(f) for f in formulas]


def known() -> Judge:
    return Judge(held(k.Lt(ZERO, x), k.Le(ZERO, y), k.Lt(z, ZERO)))


@given(trees(), points(**SIGNS))
def test_a_sign_is_never_wrong(tree: Tree, point) -> None:
    term = term_of(tree)
    judge = known()
    try:
        judge.defined(term)
        value = tree.value(point)
    except (ProofError, UndefinedError):
        reject()
    if judge.nonneg(term):
        assert value >= 0
    if judge.pos(term):
        assert value > 0
    if judge.nonzero(term):
        assert value != 0
    if judge.holds(k.Le(term, ZERO)):
        assert value <= 0


@given(trees(), points(**SIGNS))
def test_what_is_defined_has_a_value(tree: Tree, point) -> None:
    term = term_of(tree)
    try:
        known().defined(term)
    except ProofError:
        reject()
    # Sympy may cancel what had no value before; what it left has one.
    assert at(term, point).is_Rational


@given(trees(piecewise=False), st.sampled_from([x, y, z, w]))
def test_squares_and_sums_of_non_negative_terms_are_seen(tree: Tree, symbol: k.Sym) -> None:
    term = term_of(tree)
    try:
        known().defined(term)
    except ProofError:
        reject()
    judge = known()
    assert judge.nonneg(sp.Pow(symbol, 2))
    assert judge.nonneg(sp.Abs(term))
    assert judge.nonneg(sp.Abs(term) + sp.Pow(symbol, 4))


# ---------------------------------------------------------------- by form


@pytest.mark.parametrize(
    "term",
    [
        ONE,
        x,
        1 / x,
        x * y,
        -x * z,
        z**2,
        1 / z**2,
        z**3 * z,
        sp.sqrt(y),
        sp.sqrt(x + y),
        x**w,
        sp.exp(w),
        sp.log(1 + y + x),
        sp.Max(w, x),
        sp.Min(x, y),
        Ind(w),
        N1(k.Sym("u", "vector")),
        Noo(k.Sym("u", "rvector")),
        sp.Pow(w, 2) * x,
        Ex(X**2, F),
        Big(i**2, i, -n, n),
        Big(i, i, ZERO, n),
        Prod(x, i, ZERO, n),
    ],
)
def test_non_negative_by_form(term: sp.Expr) -> None:
    assert known().nonneg(term)


@pytest.mark.parametrize(
    "term",
    [
        -ONE,
        w,
        z,
        1 / w**2,
        w * x,
        sp.sqrt(w),
        w ** sp.Rational(2, 3),
        sp.log(1 + w),
        sp.log(y),
        sp.Max(w, z),
        sp.Min(x, w),
        x - y,
        y**w,
        sp.sign(x),
        Ex(X, F),
        Big(i, i, -n, n),
        Big(w, i, ZERO, n),
        Val(k.Sym("f", "function"), k.Sym("u", "vector")),
        X,
    ],
)
def test_not_shown_to_be_non_negative(term: sp.Expr) -> None:
    assert not known().nonneg(term)


def test_zero_is_not_positive() -> None:
    judge = known()
    assert not judge.pos(ZERO)
    assert not judge.pos(y)
    assert not judge.pos(Ind(w))
    assert not judge.pos(w**2)
    assert not judge.nonzero(y)
    assert judge.pos(x + y)
    assert judge.nonzero(z)
    assert judge.nonzero(z * x)
    assert not judge.nonzero(z + x)
    assert not judge.pos(Prod(y, i, ZERO, n))


def test_a_difference_that_is_a_fact() -> None:
    judge = Judge(held(k.Le(w, x**2)))
    assert judge.nonneg(x**2 - w)
    assert not judge.pos(x**2 - w)
    assert not judge.nonneg(w - x**2)


# ---------------------------------------------------------------- facts for all indices


def test_a_for_all_fact_needs_its_guards() -> None:
    every = k.ForAll(i, (k.Le(ZERO, i), k.Lt(i, n)), k.Le(ZERO, s(i)))
    judge = Judge(held(every))
    assert not judge.nonneg(s(j))
    assert not judge.nonneg(s(n))
    ready = Judge(held(every, k.Le(ZERO, j), k.Lt(j, n)))
    assert ready.nonneg(s(j))
    assert {f.concl for f in ready.used} == {every, k.Le(ZERO, j), k.Lt(j, n)}


def test_a_sum_knows_the_range_of_its_index_only() -> None:
    every = k.ForAll(i, (k.Le(ZERO, i), k.Lt(i, n)), k.Le(ZERO, s(i)))
    judge = Judge(held(every))
    assert judge.nonneg(Big(s(j), j, ZERO, n))
    assert judge.nonneg(Big(s(i), i, ZERO, n))
    assert not judge.nonneg(Big(s(j), j, ZERO, n + 1))
    assert not judge.nonneg(Big(s(j), j, -ONE, n))
    assert not judge.nonneg(Big(s(j + 1), j, ZERO, n))


def test_a_fact_about_a_namesake_of_the_index_is_not_about_the_index() -> None:
    judge = Judge(held(k.Le(ZERO, i), k.Lt(ZERO, i)))
    assert judge.nonneg(i)
    assert not judge.nonneg(Big(i, i, -n, n))
    with pytest.raises(ProofError, match="division by i"):
        judge.defined(Big(1 / i, i, -n, n))


def test_nested_indices_of_one_name() -> None:
    # The inner i runs from -n: that the outer one starts at 0 does not help.
    inner = Big(i, i, -n, n)
    assert not known().nonneg(Big(inner, i, ZERO, n))
    assert known().nonneg(Big(Big(i, i, ZERO, n), i, -n, n))


# ---------------------------------------------------------------- chance


def test_facts_of_one_random_case_stay_outside_an_expectation() -> None:
    case = k.suppose(k.Le(ZERO, X))
    judge = Judge([case])
    assert judge.nonneg(X)
    assert not judge.nonneg(Ex(X, F))
    with pytest.raises(ProofError):
        judge.defined(Ex(sp.sqrt(X), F))
    assert Judge(held(k.Le(ZERO, X))).nonneg(Ex(X, F))
    number = k.suppose(k.Le(ZERO, w))
    assert Judge([number]).nonneg(Ex(w * X**2, F))


def test_what_is_known() -> None:
    judge = Judge(
        held(k.Measurable(X, F), k.ForAll(n, (k.Le(ZERO, n),), k.Measurable(c(n), Past(n))))
    )
    assert judge.measurable(w, F)
    assert judge.measurable(sp.exp(X) + w * sp.Abs(X), F)
    assert judge.measurable(Ex(k.Sym("Y", "random"), F), F)
    assert judge.measurable(Ex(X, TRIVIAL), G)
    assert judge.measurable(c(0), Past(0))
    assert judge.measurable(Big(X, i, ZERO, n), F)
    assert not judge.measurable(X, G)
    assert not judge.measurable(Ex(X, F), G)
    assert not judge.measurable(c(n), Past(n))
    assert not judge.measurable(c(1), Past(0))
    assert not judge.measurable(c(0), Past(1))
    assert not judge.measurable(X + k.Sym("Y", "random"), F)
    ready = Judge([*(f for _, f in judge.facts), *held(k.Le(ZERO, n))])
    assert ready.measurable(c(n), Past(n))


# ---------------------------------------------------------------- formulas that make sense


def test_guards_count_inside_a_for_all_and_nowhere_else() -> None:
    judge = known()
    judge.makes_sense(k.ForAll(w, (k.Lt(ZERO, w),), k.Le(1 / w, x)))
    with pytest.raises(ProofError, match="division by w"):
        judge.makes_sense(k.ForAll(w, (k.Le(ZERO, w),), k.Le(1 / w, x)))
    with pytest.raises(ProofError, match="division by w"):
        judge.makes_sense(k.ForAll(w, (k.Le(1 / w, x), k.Lt(ZERO, w)), k.Le(w, x)))
    # The x of the for-all is not the x that is known to be positive.
    with pytest.raises(ProofError, match="division by x"):
        judge.makes_sense(k.ForAll(x, (), k.Le(1 / x, y)))
    assert judge.used == []


def test_laws_and_independence_make_sense() -> None:
    with pytest.raises(ProofError, match="division by w"):
        known().makes_sense(k.Law(X, F, (1 / w, ZERO), (ONE, ZERO)))
    with pytest.raises(ProofError, match="division by i"):
        known().makes_sense(k.Independent(c(i) / i, i, n, F))
    known().makes_sense(k.Independent(c(i) / (i + 1), i, n, F))
