"""Formulas: equality is structural, printing total, substitution capture-free, nothing mutable."""

from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
import sympy as sp

from hardinstances.errors import ForgeryError, InputError
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Past

ZERO, ONE = sp.Integer(0), sp.Integer(1)
x, y, c = (k.Sym(name) for name in "xyc")
X, F, G = k.Sym("X", "random"), k.Sym("F", "sigma"), k.Sym("G", "sigma")
i, n, t = (k.Sym(name, "int") for name in "int")
u = k.Sym("u", "vector")
P = k.Sym("P#1", "profile")
w, Y = k.Sym("w", "fam:real"), k.Sym("Y", "fam:random")
Z, V = k.Sym("z", "fam:real"), k.Sym("v", "fam:real")
RULE = k.ForAll(t, (k.Le(ZERO, t),), k.Eq(Z(t + 1), Z(t) - c))
METHOD = k.Dynamics("drift", Z, V, (RULE,), n)
ALL = [
    k.Le(x, y),
    k.Lt(x, y),
    k.Eq(u, 2 * u),
    k.Measurable(X, F),
    k.Law(X, F, (ZERO, x), (y, 1 - y)),
    k.Independent(Y(i), i, n, F),
    k.Lipschitz(P, (x, y), c),
    k.GapAtMost(P, (x,), c),
    k.ForAll(x, (k.Le(ZERO, x),), k.Lt(ZERO, x + y)),
    k.Attained(x, y, (c,), METHOD, n, x * y, sure=True),
]


@pytest.mark.parametrize("formula", ALL, ids=lambda f: type(f).__name__)
def test_printing_hashing_and_identity_substitution(formula: k.Formula) -> None:
    assert str(formula)
    assert hash(formula) == hash(formula.subst({}))
    assert formula.subst({}) == formula
    for symbol in formula.free():
        if symbol.sort == "real":
            assert formula.subst({symbol: symbol}) == formula
            moved = formula.subst({symbol: k.Sym("elsewhere")})
            assert moved != formula
            assert symbol not in moved.free()


@pytest.mark.parametrize("formula", ALL, ids=lambda f: type(f).__name__)
def test_formulas_are_frozen(formula: k.Formula) -> None:
    name = dataclasses.fields(formula)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(formula, name, getattr(formula, name))


def test_relations_of_different_kinds_are_different() -> None:
    assert len({k.Le(x, y), k.Lt(x, y), k.Eq(x, y), k.Le(y, x)}) == 4
    assert k.Lipschitz(P, (x,), c) != k.GapAtMost(P, (x,), c)
    assert k.Le(x, 0.5) == k.Le(x, sp.Rational(1, 2))


def test_no_formula_can_be_added() -> None:
    for base in (k.Formula, k.Le, k.ForAll):
        with pytest.raises(ForgeryError, match="cannot be added"):
            type("Mine", (base,), {"__module__": "mine"})


@pytest.mark.parametrize(
    "make",
    [
        lambda: k.Le(u, u),
        lambda: k.Le(x, F),
        lambda: k.Eq(u, x),
        lambda: k.Eq(F, F),
        lambda: k.Measurable(X, x),
        lambda: k.Measurable(F, F),
        lambda: k.Law(X, x, (ZERO,), (ONE,)),
        lambda: k.Law(X, F, (u,), (ONE,)),
        lambda: k.Law(X, F, (ZERO, ONE), (ONE,)),
        lambda: k.Independent(Y(i), x, n, F),
        lambda: k.Independent(Y(i), i, x, F),
        lambda: k.Independent(Y(i), i, i, F),
        lambda: k.Independent(Y(i), i, n, Past(i)),
        lambda: k.Lipschitz(x, (), c),
        lambda: k.Lipschitz(P, (u,), c),
        lambda: k.ForAll(P, (), k.Le(x, y)),
        lambda: k.ForAll(x, (k.Le(ZERO, X),), k.Le(x, y)),
        lambda: k.ForAll(x, ("guard",), k.Le(x, y)),
        lambda: k.ForAll(x + 1, (), k.Le(x, y)),
        lambda: k.ForAll(TRIVIAL, (), k.Le(x, y)),
        lambda: k.Attained(X, y, (c,), METHOD, n, x, sure=True),
        lambda: k.Attained(x, y, (c,), METHOD, x, x, sure=True),
        lambda: k.Attained(x, u, (c,), METHOD, n, x, sure=True),
    ],
)
def test_formulas_that_make_no_sense(make) -> None:
    with pytest.raises(InputError):
        make()


def test_containers_become_tuples() -> None:
    law = k.Law(X, F, [ZERO, 1], [0.5, 0.5])
    assert law.values == (ZERO, ONE)
    assert law.probabilities == (sp.Rational(1, 2), sp.Rational(1, 2))
    assert k.Lipschitz(P, [x], 2).parameters == (x,)
    assert replace(METHOD, rules=[RULE]) == METHOD


# ---------------------------------------------------------------- binders


def test_a_for_all_renames_its_variable_when_it_has_to() -> None:
    formula = k.ForAll(x, (k.Le(ZERO, x),), k.Le(x, c))
    moved = formula.subst({c: x + 1})
    assert moved.var != x
    assert moved.guards == (k.Le(ZERO, moved.var),)
    assert moved.body == k.Le(moved.var, x + 1)
    assert formula.subst({x: y}) == formula
    assert moved.free() == {x}


def test_nested_for_alls() -> None:
    formula = k.ForAll(x, (), k.ForAll(y, (), k.Le(x + y, c)))
    moved = formula.subst({c: x * y})
    outer, inner = moved.var, moved.body.var
    assert len({outer, inner, x, y}) == 4
    assert moved.body.body == k.Le(outer + inner, x * y)
    shadow = k.ForAll(x, (), k.ForAll(x, (), k.Le(x, c)))
    assert shadow.subst({c: x}).free() == {x}


def test_independence_binds_its_index() -> None:
    formula = k.Independent(Y(i) * x, i, n, F)
    assert formula.free() == {Y, x, n, F}
    moved = formula.subst({x: i})
    assert moved.index != i
    assert moved.member == Y(moved.index) * i
    assert formula.subst({F: G}).given == G


def test_rewriting_reaches_relations_only() -> None:
    assert k.Le(x, y).replace(x, c) == k.Le(c, y)
    for formula in ALL[3:]:
        with pytest.raises(InputError, match="is not supported"):
            formula.replace(x, c)


def test_what_is_random() -> None:
    assert k.Le(X, y).random()
    assert k.ForAll(x, (), k.Le(X, x)).random()
    assert not k.Le(Ex(X, TRIVIAL), y).random()
    assert not ALL[-1].random()


# ---------------------------------------------------------------- methods and claims


def test_private_families_of_a_method() -> None:
    assert METHOD.private() == {Z, V}
    assert METHOD.free() == {c, n}
    moved = METHOD.subst({c: x, n: sp.Integer(3)})
    assert moved.free() == {x}
    assert moved.batch == 3
    for mapping in ({Z: ((i,), x)}, {c: Z(0)}, {V: Z}):
        with pytest.raises(InputError, match="private family"):
            METHOD.subst(mapping)


def test_a_claim_prints_everything_that_it_says() -> None:
    text = str(ALL[-1])
    for part in (str(RULE), "drift", f"{n} oracle calls", "gap y", "smoothness x", "x*y"):
        assert part in text
    assert "in expectation" in str(replace(ALL[-1], sure=False))
