"""The parts of the reader: what it takes for equal, what it takes for positive, what it refuses."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from signcheck.export.reader.check import RULES, Move, Step
from signcheck.export.reader.judge import Fact, Judge
from signcheck.export.reader.terms import Refused, Terms
from signcheck.export.reader.worlds import PRIMES

NOTHING: frozenset[int] = frozenset()
X, Y, Z = sp.symbols("x y z")


class Table(Terms):
    """Terms written as sympy expressions."""

    def of(self, e: Any) -> int:
        """The row of a sympy expression; every symbol is real, t and n are integers."""
        e = sp.sympify(e, {"N": sp.Symbol("N"), "E": sp.Symbol("E")})
        if e.is_Symbol:
            return self.sym(e.name, "int" if e.name in ("t", "n") else "real")
        if e.is_Rational:
            return self.num(Fraction(int(e.p), int(e.q)))
        return self.make(type(e).__name__, *map(self.of, e.args))

    def relation(self, kind: str, a: Any, b: Any) -> int:
        return self.make(kind, self.of(a), self.of(b))


def move(t: Terms, claim: int, *facts: int) -> Move:
    judge = Judge(t, [Fact(f, sure=True) for f in facts])
    return Move(t, judge, claim, NOTHING, NOTHING, lambda formula: formula)


def step(claim: int, *hyps: int, splits: tuple[int, ...] = ()) -> Step:
    return Step(claim, frozenset(hyps), frozenset(splits), frozenset())


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


# ---------------------------------------------------------------- rules that are abused


def test_a_random_variable_does_not_replace_a_number() -> None:
    t = Table()
    x, noise = t.sym("x", "real"), t.sym("w", "random")
    thm = step(t.relation("Le", 0, "x"), t.relation("Le", 0, "x"))
    with pytest.raises(Refused, match="sort"):
        RULES["specialise"](move(t, thm.claim), thm, {x: noise})


def test_a_variable_of_a_hypothesis_is_not_generalised() -> None:
    t = Table()
    claim = t.relation("Le", 0, "x")
    with pytest.raises(Refused, match="free"):
        RULES["generalise"](move(t, claim), step(claim, claim), t.sym("x", "real"))


def test_an_expectation_needs_what_holds_surely() -> None:
    t = Table()
    w = t.sym("w", "random")
    claim = t.make("Le", t.zero, w)
    thm = step(claim, splits=(claim,))
    with pytest.raises(Refused, match="one case"):
        move(t, claim).surely(thm)


def test_an_induction_needs_its_base_and_its_step() -> None:
    t = Table()
    n, zero = t.sym("t", "int"), t.zero
    phi = t.relation("Le", 0, "t")
    after = t.relation("Le", 0, "t + 1")
    claim = t.make("ForAll", n, phi, t.make("Le", zero, n))
    base, good = step(t.relation("Le", 0, 0)), step(after, phi)
    assert RULES["induction"](move(t, claim), base, good, n, zero, None) == claim
    for other in (
        step(after, phi, t.relation("Le", "t", 5)),
        step(t.relation("Le", 0, "t + 2"), phi),
    ):
        with pytest.raises(Refused):
            RULES["induction"](move(t, claim), base, other, n, zero, None)
    with pytest.raises(Refused, match="base"):
        RULES["induction"](move(t, claim), step(t.relation("Le", 1, 0)), good, n, zero, None)


def test_a_certificate_may_not_turn_an_inequality_round() -> None:
    t = Table()
    premise = step(t.relation("Le", "x", "y"))
    goal = t.relation("Le", "y", "x")
    with pytest.raises(Refused, match="negative"):
        RULES["certificate"](move(t, goal), goal, ((t.num(-1), premise),))
    strict = t.relation("Lt", "x", "y")
    with pytest.raises(Refused, match="strict"):
        RULES["certificate"](move(t, strict), strict, ((t.one, premise),))


def test_a_sum_over_a_range_that_may_be_reversed_does_not_count() -> None:
    t = Table()
    i, n = t.sym("i", "int"), t.sym("n", "int")
    total = t.make("Big", t.one, i, t.zero, n)
    claim = t.make("Eq", total, n)
    with pytest.raises(Refused):
        RULES["sum_linear"](move(t, claim), total)
    RULES["sum_linear"](move(t, claim, t.make("Le", t.zero, n)), total)


def test_a_mean_moves_past_what_is_known_only() -> None:
    t = Table()
    past, a, w = t.sym("F", "sigma"), t.sym("a", "random"), t.sym("w", "random")
    term = t.make("Ex", t.make("Mul", a, w), past)
    claim = t.make("Eq", term, t.make("Mul", a, t.make("Ex", w, past)))
    with pytest.raises(Refused):
        RULES["expect_linear"](move(t, claim), term)
    RULES["expect_linear"](move(t, claim, t.make("Measurable", a, past)), term)
    product = t.make("Mul", t.make("Ex", a, past), t.make("Ex", w, past))
    wrong = t.make("Eq", term, product)
    with pytest.raises(Refused):
        RULES["expect_linear"](move(t, wrong), term)


def test_substitution_captures_nothing() -> None:
    t = Table()
    i, n = t.sym("i", "int"), t.sym("n", "int")
    body = t.make("Mul", i, n)
    total = t.make("Big", body, i, t.zero, t.num(3))
    put = t.put(total, {n: i})
    assert i in t.free(put)
    assert not t.same(put, t.make("Big", t.make("Pow", i, t.num(2)), i, t.zero, t.num(3)))


@pytest.mark.parametrize("j", [1, 2, 3, 4, 5])
def test_what_is_wrong_for_one_pattern_of_signs_only_is_refused(j: int) -> None:
    """The product of |x_k| - x_k vanishes unless all x_k are negative."""
    t = Table()
    symbols = [t.of(sp.Symbol(f"y{k}")) for k in range(j)]
    factors = [t.minus(t.make("Abs", x), x) for x in symbols]
    assert not t.same(t.make("Mul", *factors), t.zero)
    roots = [t.make("Pow", t.make("Pow", x, t.num(2)), t.num(Fraction(1, 2))) for x in symbols]
    assert not t.same(t.make("Mul", *roots), t.make("Mul", *symbols))
