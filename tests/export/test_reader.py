"""The parts of the reader: what it takes for equal and what it takes for positive."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signcheck.export.reader.judge import Fact, Judge
from signcheck.export.reader.terms import Refused
from signcheck.export.reader.worlds import PRIMES
from tests.helpers.reader_terms import Table

X, Y, Z = sp.symbols("x y z")

# ---------------------------------------------------------------- equality in worlds


def test_the_primes_are_what_the_argument_needs() -> None:
    for p in PRIMES:
        assert sp.isprime(p)
        assert sp.isprime((p - 1) // 2)
        assert p % 8 == 7
        assert all(pow(q, (p - 1) // 2, p) == 1 for q in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31))
    assert len(set(PRIMES)) == len(PRIMES)
    assert min(PRIMES) > 2**126


@pytest.mark.parametrize(
    ("a", "b", "same"),
    [
        ("(x + y)**2", "x**2 + 2*x*y + y**2", True),
        ("(x + y)**2", "x**2 + 2*x*y + 51*y**2/50", False),
        ("(x**2 - y**2)/(x - y)", "x + y", True),
        ("sqrt(x)*sqrt(y)", "sqrt(x*y)", True),
        ("sqrt(x**2)", "x", False),
        ("sqrt(x**2)", "Abs(x)", True),
        ("sqrt(2)*sqrt(8)", "4", True),
        ("sqrt(41026)*sqrt(x/41026)", "sqrt(x)", True),
        ("sqrt(x + y)", "sqrt(x) + sqrt(y)", False),
        ("(x**(1/n))**n", "x", True),
        ("x**(t + 1)", "x*x**t", True),
        ("x**(2*t)", "x**t", False),
        ("exp(x + y)", "exp(x)*exp(y)", True),
        ("exp(-log(x))", "1/x", True),
        ("exp(x)", "exp(y)", False),
        ("log(x*y)", "log(x)", False),
        ("Abs(x*y)", "Abs(x)*Abs(y)", True),
        ("Abs(x + y)", "Abs(x) + Abs(y)", False),
        ("Abs(x)*sign(x)", "x", True),
        ("sign(x)", "1", False),
        ("Max(x, y)", "Max(y, x)", True),
        ("Max(x, y)", "x", False),
    ],
)
def test_equality_of_known_pairs(a: str, b: str, same: bool) -> None:
    t = Table()
    with sp.evaluate(False):  # noqa: FBT003 - sympy takes it so
        assert t.same(t.of(a), t.of(b)) is same


EXPRESSIONS = st.recursive(
    st.sampled_from([X, Y, Z, sp.Integer(2), sp.Rational(-1, 3)]),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda p: p[0] + p[1]),
        st.tuples(inner, inner).map(lambda p: p[0] * p[1]),
        inner.map(lambda x: 1 / (x**2 + 1)),
    ),
    max_leaves=8,
)


@given(EXPRESSIONS, EXPRESSIONS)
@settings(max_examples=80, deadline=None)
def test_rational_functions_are_told_apart_as_sympy_tells_them(a: Any, b: Any) -> None:
    t = Table()
    assert t.same(t.of(a), t.of(b)) == (sp.together(a - b).expand() == 0 or sp.cancel(a - b) == 0)
    assert t.same(t.of(a * b), t.of(sp.expand(a * b)))


@given(EXPRESSIONS, st.fractions(min_value=-5, max_value=5, max_denominator=50))
@settings(max_examples=60, deadline=None)
def test_no_nudge_is_overlooked(a: Any, c: Fraction) -> None:
    assume(c != 1)
    assume(sp.cancel(a) != 0)
    t = Table()
    assert not t.same(t.of(a), t.make("Mul", t.num(c), t.of(a)))


# ---------------------------------------------------------------- signs


@pytest.mark.parametrize(
    ("term", "facts", "answers"),
    [
        ("x", (), (False, False)),
        ("x", (("Le", 0, "x"),), (True, False)),
        ("x", (("Lt", 0, "x"),), (True, True)),
        ("x - y", (("Le", "y", "x"),), (True, False)),
        ("y - x", (("Le", "y", "x"),), (False, False)),
        ("x**2", (), (True, False)),
        ("x**2 + 1", (), (True, True)),
        ("x**3", (), (False, False)),
        ("x*y", (("Le", 0, "x"), ("Le", 0, "y")), (True, False)),
        ("-x", (("Le", 0, "x"),), (False, False)),
        ("1/x", (("Lt", 0, "x"),), (True, True)),
        ("1/x", (("Le", 0, "x"),), (False, False)),
        ("log(x)", (("Le", 1, "x"),), (True, False)),
        ("Min(x, y)", (("Lt", 0, "x"),), (False, False)),
        ("Max(x, y)", (("Lt", 0, "x"),), (True, True)),
        ("exp(x)", (), (True, True)),
    ],
)
def test_signs(
    term: str, facts: tuple[tuple[str, Any, Any], ...], answers: tuple[bool, bool]
) -> None:
    t = Table()
    judge = Judge(t, [Fact(t.relation(*f), sure=True) for f in facts])
    x = t.of(term)
    assert (judge.nonneg(x), judge.pos(x)) == answers


@pytest.mark.parametrize("term", ["1/x", "sqrt(x)", "log(x)", "x**y", "1/(x - y)"])
def test_what_may_have_no_value_is_refused(term: str) -> None:
    t = Table()
    with pytest.raises(Refused):
        Judge(t, []).defined(t.of(term))
    facts = [Fact(t.relation("Lt", 0, "x"), sure=True), Fact(t.relation("Lt", "y", "x"), sure=True)]
    Judge(t, facts).defined(t.of(term))
