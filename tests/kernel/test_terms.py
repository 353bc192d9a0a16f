"""Terms: sorts, free symbols, chance, and a substitution that captures nothing."""

from __future__ import annotations

import copy
import pickle

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import ForgeryError, InputError
from signcheck import kernel as k
from signcheck.kernel.substitution import fits, free_in_values, fresh, replace, subst
from signcheck.kernel.terms import (
    DIM,
    N1,
    TRIVIAL,
    Ap,
    Big,
    Co,
    Ex,
    Grad,
    Ind,
    Inner,
    Noo,
    Past,
    Prod,
    Sgn,
    Val,
    exact,
    free,
    is_int,
    is_random,
    sort_of,
)

ZERO, ONE = sp.Integer(0), sp.Integer(1)
x, y, c = (k.Sym(name) for name in "xyc")
X, F = k.Sym("X", "random"), k.Sym("F", "sigma")
u, U, f = k.Sym("u", "vector"), k.Sym("U", "rvector"), k.Sym("f", "function")
i, j, n, m = (k.Sym(name, "int") for name in "ijnm")
w, Y = k.Sym("w", "fam:real"), k.Sym("Y", "fam:random")


# ---------------------------------------------------------------- symbols


def test_symbols_are_equal_iff_name_and_sort_are() -> None:
    assert k.Sym("x") == x
    assert k.Sym("x", "int") != x
    assert k.Sym("x") != sp.Symbol("x")
    assert len({k.Sym("x", sort) for sort in ("real", "int", "random", "vector")}) == 4
    assert sp.expand((x + k.Sym("x", "int")) ** 2).count(x) > 0


def test_symbols_carry_no_assumption() -> None:
    for symbol in (x, i, X):
        assert symbol.is_positive is None
        assert symbol.is_real is None
        assert symbol.is_integer is None
    assert sp.sqrt(x**2) != x
    assert sp.Abs(x) != x


def test_symbols_survive_copies_and_cannot_be_subclassed() -> None:
    assert copy.deepcopy(X) == X
    assert pickle.loads(pickle.dumps(X)) == X
    assert pickle.loads(pickle.dumps(X)).sort == "random"
    with pytest.raises(ForgeryError):
        type("Odd", (k.Sym,), {})
    with pytest.raises(InputError, match="unknown sort"):
        k.Sym("x", "complex")
    with pytest.raises(InputError, match="unknown sort"):
        k.Sym("x", "fam:profile")


# ---------------------------------------------------------------- sorts


@pytest.mark.parametrize(
    ("term", "sort"),
    [
        (x, "real"),
        (X, "real"),
        (i, "real"),
        (sp.Rational(1, 3), "real"),
        (x * X + 2, "real"),
        (u + 2 * U, "vector"),
        (N1(U) * u, "vector"),
        (Val(f, u), "real"),
        (Grad(f, u), "vector"),
        (Inner(u, U), "real"),
        (Noo(u), "real"),
        (Sgn(U), "vector"),
        (Co(u, i + 1), "real"),
        (Ex(X, Past(n)), "real"),
        (Past(n + 1), "sigma"),
        (Ind(X), "real"),
        (w(i), "real"),
        (k.Sym("v", "fam:rvector")(0), "vector"),
        (Big(w(i), i, ZERO, n), "real"),
        (sp.Max(x, X), "real"),
        (sp.log(x), "real"),
        (f, "function"),
        (w, "fam:real"),
    ],
)
def test_sorts(term: sp.Expr, sort: str) -> None:
    assert sort_of(term) == sort


@pytest.mark.parametrize(
    "term",
    [
        u * U,
        u + 1,
        u**2,
        sp.Abs(u),
        sp.exp(F + x),
        Val(f, x),
        Val(u, u),
        Grad(x, u),
        Inner(u, x),
        N1(x),
        Co(u, x),
        Co(u, sp.Rational(1, 2)),
        Ex(X, x),
        Ex(u, F),
        Past(x),
        Ind(u),
        w(x),
        w(X),
        x(i),
        Ap(ONE, i),
        Big(w(i), i, ZERO, x),
        Big(u, i, ZERO, n),
        Big(w(i), n + 1, ZERO, n),
        Big(w(i), DIM, ZERO, n),
        Prod(w(i), x, ZERO, n),
        sp.E,
        sp.I,
        sp.zoo,
        sp.oo,
        sp.nan,
        sp.Float(0.5),
        sp.Symbol("x"),
        sp.sin(x),
        sp.Piecewise((x, x > 0), (y, True)),
        sp.factorial(n),
        k.Sym("Q", "profile")(x),
    ],
)
def test_terms_that_make_no_sense(term: sp.Expr) -> None:
    with pytest.raises(InputError, match="not well sorted"):
        sort_of(term)


def test_integers_by_form() -> None:
    for term in (ZERO, n, n + 2 * m, n * m, n**2, k.Sym("q", "fam:int")(3)):
        assert is_int(term)
    for term in (x, n / 2, 1 / n, n**m, sp.Rational(1, 2), w(i), sp.Abs(n), X, 2**n):
        assert not is_int(term)


def test_chance() -> None:
    for term in (X, X + x, U, Y(0), Ex(X, F), N1(U), Val(f, U), Big(Y(i), i, ZERO, n)):
        assert is_random(term)
    for term in (x, u, w(i), Ex(X, TRIVIAL), Past(n), Val(f, u), Big(w(i), i, ZERO, n)):
        assert not is_random(term)


def test_a_float_is_the_decimal_it_prints() -> None:
    assert exact(0.1) == sp.Rational(1, 10)
    assert exact(x + 0.25) == x + sp.Rational(1, 4)
    assert exact(3) is sp.Integer(3)


# ---------------------------------------------------------------- free symbols and substitution


def test_free_symbols() -> None:
    total = Big(w(i) * i + x, i, n, m)
    assert free(total) == {w, x, n, m}
    assert free(Big(i, i, i, n)) == {i, n}
    assert free(Ex(X, Past(n))) == {X, n}


def test_substitution_is_simultaneous() -> None:
    assert subst(x + 2 * y, {x: y, y: x}) == y + 2 * x


def test_a_bound_index_is_left_alone() -> None:
    assert subst(Big(i * x, i, ZERO, n), {i: m}) == Big(i * x, i, ZERO, n)
    assert subst(Big(i * x, i, i, n), {i: m}) == Big(i * x, i, m, n)


@pytest.mark.parametrize("binder", [Big, Prod])
def test_capture_is_avoided_by_renaming(binder: type) -> None:
    body, index, lo, hi = subst(binder(x + i, i, ZERO, n), {x: 3 * i, n: i}).args
    assert index not in (i, n)
    assert body == 3 * i + index
    assert (lo, hi) == (ZERO, i)


def test_a_family_takes_its_indices_before_the_outer_ones() -> None:
    nested = Big(Big(w(i, j), j, ZERO, i), i, ZERO, n)
    out = subst(nested, {w: ((j, i), 10 * j + i + m)})
    body = out.args[0].args[0]
    outer, inner = out.args[1], out.args[0].args[1]
    assert body == 10 * outer + inner + m


def test_a_familys_free_symbols_are_not_captured() -> None:
    out = subst(Big(w(i), i, ZERO, n), {w: ((j,), j * i)})
    assert out.args[1] != i
    assert out.args[0] == out.args[1] * i
    assert free_in_values({w: ((j,), j * i)}) == {i}


def test_a_family_with_the_wrong_number_of_indices() -> None:
    with pytest.raises(InputError, match="has 2 indices"):
        subst(w(i, j), {w: ((i,), x)})


def test_constants_are_not_replaced() -> None:
    for constant, value in [(DIM, n), (TRIVIAL, F)]:
        with pytest.raises(InputError, match="are fixed"):
            subst(N1(u) + Ex(X, TRIVIAL), {constant: value})


def test_fresh_names_are_fresh() -> None:
    taken = frozenset({x, k.Sym("x_1"), k.Sym("x_2", "int")})
    assert fresh(x, taken).name == "x_3"
    assert fresh(i, frozenset()).sort == "int"


def test_replace_does_not_reach_below_a_binder_of_its_symbols() -> None:
    assert replace(x + Ex(x * X, F), x, y) == y + Ex(y * X, F)
    assert replace(Big(w(i), i, ZERO, n), w(i), x) == Big(w(i), i, ZERO, n)
    assert replace(Big(x, i, ZERO, n), x, w(i)) == Big(x, i, ZERO, n)
    assert replace(Big(w(j) + i, i, ZERO, n), w(j), x) == Big(x + i, i, ZERO, n)
    assert replace(Big(w(i), i, ZERO, n), n, m) == Big(w(i), i, ZERO, m)


@pytest.mark.parametrize(
    ("symbol", "value", "fine"),
    [
        (x, y + 1, True),
        (x, i, True),
        (x, X, False),
        (x, u, False),
        (x, F, False),
        (X, x, True),
        (X, X**2, True),
        (i, n + 1, True),
        (i, x, False),
        (i, n / 2, False),
        (u, 2 * u, True),
        (u, U, False),
        (k.Sym("V", "rvector"), U + u, True),
        (F, Past(n), True),
        (F, TRIVIAL, True),
        (F, x, False),
        (f, k.Sym("g", "function"), True),
        (f, x, False),
        (w, k.Sym("v", "fam:real"), True),
        (w, Y, False),
        (Y, w, True),
        (w, ((i,), i + x), True),
        (w, ((i,), X), False),
        (Y, ((i,), X), True),
        (Y, ((i, j), X * i), True),
        (w, ((i, i), x), False),
        (w, ((x,), x), False),
        (w, ((DIM,), x), False),
        (w, ((i,), x, y), False),
        (w, x, False),
        (k.Sym("q", "fam:int"), ((i,), i + 1), True),
        (k.Sym("q", "fam:int"), ((i,), x), False),
        (DIM, n, False),
        (TRIVIAL, F, False),
        (k.Sym("P", "profile"), k.Sym("Q", "profile"), False),
    ],
)
def test_what_may_stand_for_a_symbol(symbol: k.Sym, value: object, fine: bool) -> None:
    assert fits(symbol, value) is fine


@given(st.lists(st.sampled_from([i, j, n, m]), min_size=2, max_size=2, unique=True))
def test_renaming_a_bound_index_changes_nothing_else(pair) -> None:
    """A sum and its renaming agree when they are written out."""
    index, other = pair
    total = Big(w(index) * index, index, ZERO, sp.Integer(3))
    moved = subst(Big(w(index) * index + x, index, ZERO, sp.Integer(3)), {x: other})
    body, bound, *_ = moved.args
    values = [body.xreplace({bound: sp.Integer(q)}) for q in range(3)]
    assert values == [w(q) * q + other for q in range(3)]
    assert total.args[1] == index
