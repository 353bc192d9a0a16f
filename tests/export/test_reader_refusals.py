"""What the reader refuses: rules that are abused and terms that no kernel would write."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from signcheck.export.reader.check import RULES
from signcheck.export.reader.terms import Refused, Terms
from tests.helpers.reader_terms import Table, move, step

X, Y, Z = sp.symbols("x y z")

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


# ---------------------------------------------------------------- what no file may slip in


def test_no_number_is_e() -> None:
    t = Table()
    for power, value in ((Fraction(1), 4), (Fraction(1, 2), 2), (Fraction(2), 16)):
        assert not t.same(t.make("exp", t.num(power)), t.num(value))


@pytest.mark.parametrize("seed", range(16))
def test_a_coordinate_of_a_sign_is_no_constant(seed: int) -> None:
    t = Terms(seed)
    u, i, n = t.sym("u", "vector"), t.sym("i", "int"), t.sym("n", "int")
    first, second = (t.make("Co", t.make("Sgn", u), k) for k in (i, n))
    assert t.same(first, t.make("sign", t.make("Co", u, i)))
    assert not t.same(first, t.one)
    assert not t.same(first, t.num(-1))
    assert not t.same(t.make("Mul", first, second), t.one)


def test_points_and_formulas_are_no_numbers() -> None:
    t = Table()
    u, v = t.sym("u", "vector"), t.sym("v", "vector")
    x, formula = t.of("x"), t.relation("Le", 0, "x")
    assert t.is_term("Mul", [x, v])
    assert not t.is_term("Mul", [u, v])
    assert not t.is_term("Add", [x, v])
    assert not t.is_term("N1", [x])
    assert not t.is_term("Abs", [v])
    assert not t.is_term("Add", [x, formula])
    assert not t.is_term("Le", [u, v])
    assert t.is_term("Eq", [u, v])
    with pytest.raises(TypeError):
        t.same(t.make("Mul", u, v), v)


def ends(t: Table, symbol: int) -> tuple[Any, ...]:
    """A profile that is -a on the left of 0 and, wrongly joined, a on the right."""
    low, high = t.make("oo", Fraction(-1)), t.make("oo", Fraction(1))
    zero, a = t.zero, t.sym("parameter a", "real")
    left = (low, zero, zero, zero, t.minus(zero, a))
    return symbol, (a,), (left, (zero, high, zero, zero, a)), None, zero


def test_a_profile_has_no_value_at_infinity() -> None:
    t = Table()
    symbol, a = t.sym("step", "profile"), t.sym("a", "real")
    profile = ends(t, symbol)
    premise = step(t.make("Lipschitz", symbol, a, t.zero))
    infinite, minus = t.make("oo", Fraction(1)), t.num(-1)
    value = RULES["piece_value"]
    assert value(move(t, premise.claim), premise, profile, (a,), t.zero, minus) is not None
    for k in (t.zero, t.one):
        with pytest.raises(Refused, match="infinite"):
            value(move(t, premise.claim), premise, profile, (a,), k, infinite)


def test_a_symbol_that_may_be_replaced_is_no_profile() -> None:
    t = Table()
    symbol, a = t.sym("z", "real"), t.sym("a", "real")
    premise = step(t.make("Lipschitz", symbol, a, t.zero))
    with pytest.raises(Refused, match="none of a profile"):
        RULES["piece_value"](
            move(t, premise.claim), premise, ends(t, symbol), (a,), t.zero, t.num(-1)
        )
