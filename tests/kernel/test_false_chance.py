"""Ways of proving False through chance: expectations, cases, independence, laws.

Where the comment says "held once", an earlier kernel let the attempt through to the end.
"""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, TRIVIAL, Co, Ex, Noo, Past, Prod

ZERO, ONE, TWO, HALF = sp.Integer(0), sp.Integer(1), sp.Integer(2), sp.Rational(1, 2)
FALSE = k.Lt(ONE, ZERO)
REFUSED = (ProofError, InputError)

a, b, c, x, y, z = (k.Sym(name) for name in "abcxyz")
X, W = k.Sym("X", "random"), k.Sym("W", "random")
Y = k.Sym("Y", "fam:random")
w = k.Sym("w", "fam:real")
u, v = k.Sym("u", "rvector"), k.Sym("v", "rvector")
F, G = k.Sym("F", "sigma"), k.Sym("G", "sigma")
i, j, m, n = (k.Sym(name, "int") for name in "ijmn")

# A fair coin: satisfiable hypotheses, so a proof of False from them would be a hole.
COIN = {"mean": k.Eq(Ex(X, TRIVIAL), ZERO), "square": k.Eq(X**2, ONE)}


def expectation(bound: sp.Expr, facts: list[k.Theorem] = ()) -> k.Theorem:
    """E[X - bound] == -bound, for the coin."""
    opened = k.expect_linear(Ex(X - bound, TRIVIAL), facts=facts)
    return k.certificate(
        k.Eq(Ex(X - bound, TRIVIAL), -bound), [(1, opened), (1, k.assume(COIN["mean"]))]
    )


def test_expectation_under_a_split() -> None:
    case = k.suppose(k.Le(HALF, X))
    with pytest.raises(ProofError, match="in one case only"):
        k.expect_mono(case, TRIVIAL)
    with pytest.raises(ProofError, match="in one case only"):
        k.expect_equal(Ex(1 / X, F), Ex(1 / X, F), facts=[case])


def test_the_sign_of_an_expectation_under_a_split() -> None:
    # held once: 0 <= E[X - 1/2] where 1/2 <= X
    case = k.suppose(k.Le(HALF, X))
    with pytest.raises(ProofError, match="does not follow"):
        k.sign_fact(k.Le(ZERO, Ex(X - HALF, TRIVIAL)), facts=[case])
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.certificate(
            k.Le(ZERO, -HALF), [(1, expectation(HALF))], [Ex(X - HALF, TRIVIAL)], facts=[case]
        )


def test_a_random_condition_of_a_for_all() -> None:
    # held once: for all n with 1/2 <= X: 1/2 <= E X, used where 1/2 <= X
    mean = k.expect_mono(k.assume(k.Le(HALF, X)), TRIVIAL)
    with pytest.raises(REFUSED):
        k.generalise(mean, n, k.Le(HALF, X))
    with pytest.raises(REFUSED):
        k.ForAll(n, (k.Le(HALF, X),), k.Le(ZERO, n))


def test_a_hypothesis_discharged_in_one_case() -> None:
    mean = k.expect_mono(k.assume(k.Le(HALF, X)), TRIVIAL)
    with pytest.raises(ProofError, match="random split"):
        k.cut(mean, k.suppose(k.Le(HALF, X)))


def test_an_induction_that_starts_in_one_case() -> None:
    # held once: Y(0) = X, Y(n+1) = E Y(n) carries 1/2 <= X over to 1/2 <= E X
    def phi(t: sp.Expr) -> k.Le:
        return k.Le(HALF, Y(t))

    start = k.assume(k.Eq(Y(0), X))
    base = k.certificate(phi(ZERO), [(1, k.suppose(k.Le(HALF, X))), (-1, start)])
    known = k.expect_mono(k.assume(phi(n)), TRIVIAL)
    half = k.expect_linear(Ex(HALF, TRIVIAL))
    update = k.instantiate(k.assume(k.ForAll(m, (), k.Eq(Y(m + 1), Ex(Y(m), TRIVIAL)))), n)
    step = k.certificate(phi(n + 1), [(1, known), (-1, half), (-1, update)])
    with pytest.raises(ProofError, match="in one case only"):
        k.induction(base, step, n, ZERO, None)


def test_a_replacement_that_has_a_value_in_one_case() -> None:
    # held once: X W == 1 becomes trivial for W = 1/X where 0 < X, and speaks of all outcomes
    both = k.assume(k.Eq(X * W, ONE))
    case = k.suppose(k.Lt(ZERO, X))
    with pytest.raises(ProofError, match="in one case only"):
        k.specialise(both, {W: 1 / X}, facts=[case])


def test_rewriting_with_one_case() -> None:
    case = k.suppose(k.Le(ONE, X))
    value = k.antisymmetry(k.suppose(k.Le(X, ONE)), case)
    with pytest.raises(ProofError, match="one case only"):
        k.rewrite(k.assume(COIN["mean"]), value)


def test_a_random_value_for_a_number() -> None:
    # E[c W] == c E[W] for every number c, but not for c := X
    moved = k.expect_linear(Ex(c * W, TRIVIAL))
    assert moved.concl == k.Eq(Ex(c * W, TRIVIAL), c * Ex(W, TRIVIAL))
    with pytest.raises(ProofError, match="may not stand for c"):
        k.specialise(moved, {c: X})
    with pytest.raises(ProofError, match="does not have the sort"):
        k.instantiate(k.generalise(moved, c), X)
    assert k.instantiate(k.generalise(moved, c), TWO).concl.rhs == 2 * Ex(W, TRIVIAL)


def test_a_random_value_where_each_number_has_its_own_null_set() -> None:
    # |X - c| > 0 almost surely for every c is possible; at c = X it is not.
    hypothesis = k.ForAll(c, (), k.Lt(ZERO, sp.Abs(X - c)))
    with pytest.raises(ProofError, match="does not have the sort"):
        k.instantiate(k.assume(hypothesis), X)


def test_a_factor_that_is_not_known() -> None:
    opened = k.expect_linear(Ex(X * W, F))
    assert opened.concl == k.Eq(Ex(X * W, F), Ex(X * W, F))


def test_the_tower_in_the_wrong_order() -> None:
    with pytest.raises(ProofError, match="know less"):
        k.tower(Ex(Ex(X, Past(n)), Past(n + 1)))
    with pytest.raises(ProofError, match="know less"):
        k.tower(Ex(Ex(X, F), G))
    assert k.tower(Ex(Ex(X, Past(n + 1)), Past(n))).concl.rhs == Ex(X, Past(n))


def _calls() -> k.Theorem:
    return k.assume(k.Independent(Y(i), i, TWO + 3, F))


def test_independence_of_what_else_is_random() -> None:
    # held once: a probe at 0 hid the other factor, and E[W**2] = E[W]**2 for Y = 1
    with pytest.raises(ProofError, match="depends on more"):
        k.expect_pair(_calls(), Y(0) * W, Y(1) * W, ZERO, ONE)
    with pytest.raises(ProofError, match="depends on more"):
        k.expect_product(_calls(), Y(i) * Y(i + 1), TWO)


def test_independence_with_what_is_known_of_one_member_only() -> None:
    # held once: W(i) known for one i was taken for all of them
    family = k.Sym("V", "fam:random")
    one = k.assume(k.Measurable(family(i), F))
    with pytest.raises(ProofError, match="depends on more"):
        k.expect_product(_calls(), Y(i) * family(i), TWO, facts=[one])


def test_independence_of_a_member_and_itself() -> None:
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_pair(_calls(), Y(1), Y(1), ONE, ONE)
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_pair(_calls(), Y(1), Y(5), ONE, sp.Integer(5))
    with pytest.raises(ProofError, match="is not shown"):
        k.expect_product(_calls(), Y(i), sp.Integer(6))


def test_a_law_that_is_none() -> None:
    for probabilities in [(HALF, HALF / 2), (-ONE, TWO), (a, 1 - a)]:
        with pytest.raises(ProofError):
            k.law(k.Law(X, F, (ZERO, ONE), probabilities))
    with pytest.raises(ProofError, match="not known given"):
        k.law(k.Law(X, F, (W, -W), (HALF, HALF)))
    with pytest.raises(InputError):
        k.Law(X, F, (ZERO, ONE), (ONE,))


def test_an_expectation_of_more_than_the_law() -> None:
    fair = k.law(k.Law(X, F, (-ONE, ONE), (HALF, HALF)))
    assert k.expect_finite(fair, Ex(X, F)).concl.rhs == 0
    with pytest.raises(ProofError, match="not known given"):
        k.expect_finite(fair, Ex(X * W, F))
    with pytest.raises(ProofError, match="not an expectation given"):
        k.expect_finite(fair, Ex(X, G))
    with pytest.raises(ProofError, match="does not vanish"):
        k.law_support(fair, X - 1)


def test_a_random_bound_of_a_tail() -> None:
    # held once: P(S >= |S|) <= exp(-S**2/(2n))
    S, xi, t = k.Sym("S", "fam:random"), k.Sym("xi", "fam:random"), k.Sym("t", "int")
    now = (k.Le(ZERO, t),)
    parts = [
        k.Eq(S(0), ZERO),
        k.ForAll(t, now, k.Eq(S(t + 1), S(t) + xi(t))),
        k.ForAll(t, now, k.Eq(xi(t) ** 2, ONE)),
        k.ForAll(t, now, k.Eq(Ex(xi(t), Past(t)), ZERO)),
        k.ForAll(t, now, k.Measurable(S(t), Past(t))),
    ]
    held = [k.assume(p) for p in parts]
    assert k.hoeffding(*held, S, xi, ONE, TWO).axioms == {"Hoeffding"}
    for steps, level in [
        (ONE, sp.Abs(S(1))),
        (ONE, -ONE),
        (ZERO, ONE),
        (n, ONE),
        (HALF, ONE),
        (ONE, a),
    ]:
        with pytest.raises(ProofError):
            k.hoeffding(*held, S, xi, steps, level)
    for place in range(5):
        wrong = [*held]
        wrong[place] = k.assume(k.Eq(ZERO, ZERO))
        with pytest.raises(ProofError, match="is needed"):
            k.hoeffding(*wrong, S, xi, ONE, ONE)


def test_norms_of_some_coordinates_only() -> None:
    size = k.Le(sp.Abs(Co(u, i)), c)
    known = k.assume(k.Le(ZERO, c))
    some = k.assume(k.ForAll(i, (k.Le(ONE, i), k.Lt(i, DIM)), size))
    with pytest.raises(ProofError, match="does not cover"):
        k.norm_from_coordinates(some, facts=[known])
    every = k.assume(k.ForAll(i, (k.Le(ZERO, i), k.Lt(i, DIM)), size))
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.norm_from_coordinates(every)
    assert k.norm_from_coordinates(every, facts=[known]).concl == k.Le(Noo(u), c)
    bound = k.assume(k.ForAll(i, (k.Le(ZERO, i), k.Lt(i, DIM)), k.Le(sp.Abs(Co(u, i)), w(i))))
    with pytest.raises(ProofError, match="by one number"):
        k.norm_from_coordinates(bound)


def test_products_have_the_same_binder_rules() -> None:
    empty = k.range_empty(w(i), i, ZERO, "product")
    assert empty.concl == k.Eq(Prod(w(i), i, ZERO, ZERO), ONE)
    with pytest.raises(ProofError, match="neither a sum nor a product"):
        k.range_empty(w(i), i, ZERO, "integral")
