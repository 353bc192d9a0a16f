"""Roots, exponentials and logarithms: what sympy does to them changes no real value."""

from __future__ import annotations

import mpmath
import pytest
import sympy as sp
from hypothesis import given, reject
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.algebra import difference
from signcheck.kernel.judge import Judge
from signcheck.kernel.terms import sort_of
from tests.kernel.strategies import SYMBOLS, UndefinedError, points, w, x, y, z

ZERO = sp.Integer(0)
SIGNS = {"x": ">", "y": ">=", "z": "<"}
Formula = tuple  # (name, parts...), a term as it was written down


def build(tree: Formula) -> sp.Expr:
    name, *parts = tree
    if name == "leaf":
        return parts[0]
    if name in ("root", "pow"):
        return sp.Pow(build(parts[0]), parts[1])
    args = [build(p) for p in parts]
    functions = {"add": sp.Add, "mul": sp.Mul, "exp": sp.exp, "log": sp.log, "abs": sp.Abs}
    return functions[name](*args)


def value(tree: Formula, point: dict[sp.Expr, mpmath.mpf]) -> mpmath.mpf:
    """The value with 40 digits; raises UndefinedError where there is none."""
    name, *parts = tree
    if name == "leaf":
        leaf = parts[0]
        return point[leaf] if leaf in point else mpmath.mpf(int(leaf.p)) / int(leaf.q)
    if name in ("root", "pow"):
        base, exponent = value(parts[0], point), parts[1]
        whole = exponent.is_Integer
        if (base < 0 and not whole) or (base == 0 and exponent < 0):
            raise UndefinedError
        return mpmath.power(base, mpmath.mpf(int(exponent.p)) / int(exponent.q))
    args = [value(p, point) for p in parts]
    if name == "log" and args[0] <= 0:
        raise UndefinedError
    functions = {
        "add": lambda a, b: a + b,
        "mul": lambda a, b: a * b,
        "exp": mpmath.exp,
        "log": mpmath.log,
        "abs": abs,
    }
    return functions[name](*args)


LEAVES = st.sampled_from([*SYMBOLS, sp.Integer(2), sp.Rational(1, 2), sp.Integer(-1)])
ROOTS = st.sampled_from([sp.Rational(p, q) for p, q in ((1, 2), (1, 3), (3, 2), (-1, 2), (2, 3))])
POWERS = st.sampled_from([sp.Integer(e) for e in (2, -1, -2, 3)])


def _extend(inner):
    return st.one_of(
        st.tuples(st.sampled_from(["add", "mul"]), inner, inner),
        st.tuples(st.just("root"), inner, ROOTS),
        st.tuples(st.just("pow"), inner, POWERS),
        st.tuples(st.sampled_from(["exp", "log", "abs"]), inner),
    )


FORMULAS = st.recursive(st.tuples(st.just("leaf"), LEAVES), _extend, max_leaves=5)


def written(tree: Formula, point) -> tuple[sp.Expr, mpmath.mpf]:
    """Term and value; trees without a value or with huge ones are passed over."""
    with mpmath.workdps(40):
        numbers = {s: mpmath.mpf(v.numerator) / v.denominator for s, v in point.items()}
        try:
            number = value(tree, numbers)
            term = build(tree)
            sort_of(term)
        except (UndefinedError, InputError, OverflowError):
            reject()
        if not mpmath.isfinite(number) or not 1e-30 < abs(number) + 1e-20 < 1e30:
            reject()
        return term, number


def close(term: sp.Expr, number: mpmath.mpf, point) -> bool:
    here = term.xreplace({s: sp.Rational(v.numerator, v.denominator) for s, v in point.items()})
    found = sp.N(here, 40)
    with mpmath.workdps(40):
        gap = abs(mpmath.mpmathify(found) - number)
        return bool(gap <= mpmath.mpf(10) ** -20 * (1 + abs(number)))


@given(FORMULAS, points(**SIGNS))
def test_building_a_term_keeps_its_value(tree: Formula, point) -> None:
    term, number = written(tree, point)
    assert close(term, number, point)


@given(FORMULAS, points(**SIGNS))
def test_signs_of_roots_and_exponentials_are_never_wrong(tree: Formula, point) -> None:
    term, number = written(tree, point)
    judge = Judge([k.assume(f) for f in (k.Lt(ZERO, x), k.Le(ZERO, y), k.Lt(z, ZERO))])
    try:
        judge.defined(term)
    except ProofError:
        reject()
    if judge.nonneg(term):
        assert number >= -(mpmath.mpf(10) ** -30)
    if judge.pos(term):
        assert number > 0
    if judge.nonzero(term):
        assert number != 0


@given(FORMULAS, FORMULAS, points(**SIGNS))
def test_equal_terms_have_equal_values(one: Formula, other: Formula, point) -> None:
    left, first = written(one, point)
    right, second = written(other, point)
    if difference(left, right) == 0:
        assert abs(first - second) <= mpmath.mpf(10) ** -20 * (1 + abs(first))


@pytest.mark.parametrize(
    "term",
    [sp.sqrt(w), sp.sqrt(z), 1 / sp.sqrt(y), sp.log(w), sp.log(y), w ** sp.Rational(2, 3), y**w],
)
def test_what_may_have_no_real_value_is_refused(term: sp.Expr) -> None:
    judge = Judge([k.assume(f) for f in (k.Lt(ZERO, x), k.Le(ZERO, y), k.Lt(z, ZERO))])
    with pytest.raises(ProofError):
        judge.defined(term)
