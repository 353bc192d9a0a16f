"""Expectations, checked on finite probability spaces by enumeration."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Past, Prod
from tests.kernel.strategies import Tree, term_of, trees

ZERO, ONE, HALF = sp.Integer(0), sp.Integer(1), sp.Rational(1, 2)
a, b, p = (k.Sym(name) for name in "abp")
X, W = k.Sym("X", "random"), k.Sym("W", "random")
Y = k.Sym("Y", "fam:random")
F, G = k.Sym("F", "sigma"), k.Sym("G", "sigma")
i, j, n, t = (k.Sym(name, "int") for name in "ijnt")
BITS = st.lists(st.integers(-3, 3), min_size=4, max_size=4)


def average(term: sp.Expr, atoms: dict[sp.Expr, list[int]]) -> sp.Expr:
    """E over four equally likely outcomes, inner expectations (given nothing) first."""
    inner = {e: average(e.args[0], atoms) for e in term.atoms(Ex)}
    flat = term.xreplace(inner)
    values = [flat.xreplace({s: sp.Integer(v[q]) for s, v in atoms.items()}) for q in range(4)]
    return sp.Add(*values) / 4


@given(st.integers(-3, 3), st.integers(-3, 3), BITS, BITS)
def test_linearity_on_four_outcomes(c, d, first, second) -> None:
    body = c * X**2 + a * X * W - d * W + b
    thm = k.expect_linear(Ex(body, TRIVIAL))
    atoms = {X: first, W: second}
    sides = [
        side.xreplace({e: average(e.args[0], atoms) for e in side.atoms(Ex)})
        for side in thm.concl.terms()
    ]
    assert sp.expand(sides[0] - sides[1]) == 0


def test_known_factors_move_out_and_others_stay() -> None:
    known = [k.assume(k.Measurable(X, F))]
    thm = k.expect_linear(Ex(X * W + X**2, F), facts=known)
    assert thm.concl.rhs == X * Ex(W, F) + X**2
    assert thm.hyps == {known[0].concl}
    sums = k.expect_linear(Ex(Big(Y(i), i, ZERO, n) * X, F), facts=known)
    assert sums.concl.rhs == X * Big(Ex(Y(i), F), i, ZERO, n)


def test_a_sum_whose_index_the_past_mentions_stays_inside() -> None:
    thm = k.expect_linear(Ex(Big(Y(i), i, ZERO, n), Past(i)))
    assert thm.concl.rhs == Ex(Big(Y(i), i, ZERO, n), Past(i))


def test_linearity_needs_values_and_no_random_denominator() -> None:
    with pytest.raises(ProofError, match="division by"):
        k.expect_linear(Ex(X / a, F))
    with pytest.raises(ProofError, match="denominator"):
        k.expect_linear(
            Ex(W / (1 + X**2), F), facts=[k.certificate(k.Lt(ZERO, 1 + X**2), [], [ONE, X**2])]
        )
    with pytest.raises(ProofError, match="not an expectation"):
        k.expect_linear(X)


def test_monotonicity() -> None:
    less = k.assume(k.Lt(X, W))
    assert k.expect_mono(less, F).concl == k.Le(Ex(X, F), Ex(W, F))
    assert k.expect_mono(k.assume(k.Eq(X, W)), F).concl == k.Eq(Ex(X, F), Ex(W, F))
    with pytest.raises(ProofError, match="not a relation"):
        k.expect_mono(k.assume(k.Measurable(X, F)), F)
    with pytest.raises(InputError):
        k.expect_mono(less, a)
    number = k.certificate(k.Le(a * X**2, b), [(1, k.assume(k.Le(a * X**2, b)))], facts=[])
    assert k.expect_mono(number, F).concl.rhs == Ex(b, F)


def test_a_case_about_numbers_covers_all_outcomes() -> None:
    case = k.suppose(k.Le(ZERO, a))
    thm = k.expect_mono(k.certificate(k.Le(ZERO, a * X**2), [(X**2, case)]), F)
    assert k.sequent(thm).splits == {k.Le(ZERO, a)}


def test_tower_and_equal_integrands() -> None:
    assert k.tower(Ex(Ex(X, F), TRIVIAL)).concl.rhs == Ex(X, TRIVIAL)
    assert k.tower(Ex(Ex(X, F), F)).concl.rhs == Ex(X, F)
    with pytest.raises(ProofError, match="expectation of an expectation"):
        k.tower(Ex(X, F))
    thm = k.expect_equal(Ex((X + 1) ** 2, F), Ex(X**2 + 2 * X + 1, F))
    assert isinstance(thm.concl, k.Eq)
    with pytest.raises(ProofError, match="not identical"):
        k.expect_equal(Ex(X**2, F), Ex(X, F))
    with pytest.raises(ProofError, match="same sigma-algebra"):
        k.expect_equal(Ex(X, F), Ex(X, G))


# ---------------------------------------------------------------- finite laws


@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(1, 4)), min_size=1, max_size=4),
    trees(piecewise=False, inverse=False),
)
def test_an_expectation_over_a_finite_law_is_its_sum(atoms, tree: Tree) -> None:
    total = sum(weight for _, weight in atoms)
    values = tuple(sp.Integer(v) for v, _ in atoms)
    chances = tuple(sp.Rational(weight, total) for _, weight in atoms)
    law = k.law(k.Law(X, F, values, chances))
    body = term_of(tree).xreplace({k.Sym("x"): X})
    thm = k.expect_finite(law, Ex(body, F))
    expected = sum(q * body.xreplace({X: v}) for v, q in zip(values, chances, strict=True))
    assert sp.expand(thm.concl.rhs - expected) == 0
    support = sp.Mul(*(X - v for v in values))
    assert k.law_support(law, support).concl == k.Eq(support, ZERO)


def test_laws_with_symbols() -> None:
    facts = [k.assume(k.Le(ZERO, p)), k.assume(k.Le(ZERO, 1 - p))]
    law = k.law(k.Law(X, F, (a, b), (p, 1 - p)), facts=facts)
    thm = k.expect_finite(law, Ex((X - a) ** 2, F))
    assert sp.expand(thm.concl.rhs - (1 - p) * (b - a) ** 2) == 0
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.law(k.Law(X, F, (a, b), (p, 1 - p)), facts=facts[:1])
    with pytest.raises(ProofError, match="sum to one"):
        k.law(k.Law(X, F, (a, b), (p, p)), facts=facts)
    with pytest.raises(ProofError, match="is not a law"):
        k.law_support(k.assume(k.Le(X, a)), X)


def test_a_variable_below_a_binder_is_not_replaced() -> None:
    member = k.Law(Y(i), F, (ZERO, ONE), (HALF, HALF))
    with pytest.raises(ProofError, match="below a binder"):
        k.expect_finite(k.law(member), Ex(Big(Y(i), i, ZERO, n), F))
    with pytest.raises(ProofError, match="below a binder"):
        k.expect_finite(k.law(k.Law(X, F, (ZERO, ONE), (HALF, HALF))), Ex(Ex(X, G) * X, F))


def test_values_that_only_chance_knows() -> None:
    # A law that was assumed and never checked gives nothing either.
    odd = k.assume(k.Law(X, F, (W, -W), (HALF, HALF)))
    with pytest.raises(ProofError, match="not known given"):
        k.expect_finite(odd, Ex(X, F))
    odd = k.assume(k.Law(X, F, (ZERO, ONE), (W, 1 - W)))
    with pytest.raises(ProofError, match="not known given"):
        k.expect_finite(odd, Ex(X, F))


# ---------------------------------------------------------------- independence


def _independent(count: sp.Expr = n) -> k.Theorem:
    return k.assume(k.Independent(Y(i), i, count, F))


def test_products_of_independent_variables() -> None:
    facts = [k.assume(k.Le(ZERO, n))]
    thm = k.expect_product(_independent(), Y(i) ** 2 + a, n, facts=facts)
    assert thm.concl == k.Eq(
        Ex(Prod(Y(i) ** 2 + a, i, ZERO, n), F), Prod(Ex(Y(i) ** 2 + a, F), i, ZERO, n)
    )
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_product(_independent(), Y(i), n)
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_product(_independent(), Y(i), n + 1, facts=facts)
    with pytest.raises(ProofError, match="does not state independence"):
        k.expect_product(k.assume(k.Le(X, a)), Y(i), n, facts=facts)
    with pytest.raises(ProofError, match="depends on more"):
        k.expect_product(_independent(), Y(i) + X, n, facts=facts)


def test_pairs_of_independent_variables() -> None:
    thm = k.expect_pair(_independent(sp.Integer(3)), Y(0) + a, Y(2) ** 2, ZERO, sp.Integer(2))
    assert thm.concl.rhs == Ex(Y(0) + a, F) * Ex(Y(2) ** 2, F)
    with pytest.raises(ProofError, match="depends on more"):
        k.expect_pair(_independent(sp.Integer(3)), Y(0), Y(0) + Y(2), ZERO, sp.Integer(2))
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_pair(_independent(sp.Integer(3)), Y(0), Y(3), ZERO, sp.Integer(3))
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_pair(_independent(), Y(i), Y(j), i, j)
    with pytest.raises(ProofError, match="does not state independence"):
        k.expect_pair(k.assume(k.Le(X, a)), Y(0), Y(1), ZERO, ONE)


def test_pairs_agree_with_enumeration() -> None:
    """E[g(Y_0) h(Y_1)] = E g E h on the product of two three-point laws."""
    law = {-1: Fraction(1, 2), 0: Fraction(1, 6), 2: Fraction(1, 3)}

    def mean(g) -> Fraction:
        return sum(q * g(v) for v, q in law.items())

    both = sum(law[u] * law[v] * (u**2 + 1) * (v - 3) for u, v in product(law, repeat=2))
    assert both == mean(lambda u: u**2 + 1) * mean(lambda v: v - 3)
    # On one and the same variable that is false: the rule must ask for different members.
    same = mean(lambda u: (u**2 + 1) * (u - 3))
    assert same != mean(lambda u: u**2 + 1) * mean(lambda v: v - 3)
