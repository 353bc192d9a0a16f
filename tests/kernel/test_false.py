"""Ways of proving False that have to fail, each at the step that would be wrong.

Where the comment says "held once", an earlier kernel let the attempt through to the end.
"""

from __future__ import annotations

from collections import deque

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, TRIVIAL, Big, Co, Ex, Ind, Noo, Past, Prod

ZERO, ONE, HALF = sp.Integer(0), sp.Integer(1), sp.Rational(1, 2)
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


# ---------------------------------------------------------------- arithmetic


def test_division_by_what_may_be_zero() -> None:
    # x/x - 1 = 0 is true, but 1/x at x = 0 would give 0 = 1.
    with pytest.raises(ProofError, match="division by x"):
        k.identity(1 / x + ONE, (x + 1) / x)


def test_a_multiplier_that_may_divide_by_zero() -> None:
    zero = k.assume(k.Eq(x, ZERO))
    with pytest.raises(ProofError, match="division by x"):
        k.certificate(k.Eq(ONE, ZERO), [(1 / x, zero)])


def test_a_root_of_a_negative_number() -> None:
    with pytest.raises(ProofError, match="needs a base"):
        k.identity(sp.sqrt(x) ** 3, x * sp.sqrt(x))


def test_a_logarithm_of_what_may_be_negative() -> None:
    with pytest.raises(ProofError, match="log of x"):
        k.identity(sp.log(x), sp.log(x))


def test_a_negative_multiplier() -> None:
    small = k.sign_fact(k.Le(ZERO, ONE))
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.certificate(k.Le(ONE, ZERO), [(-1, small)])


def test_an_unstated_sign() -> None:
    with pytest.raises(ProofError, match="not shown to be non-negative"):
        k.certificate(k.Le(ZERO, x), [], [x])


def test_a_sign_that_another_symbol_of_that_name_has() -> None:
    # The real x is positive, the integer x is another symbol.
    integer = k.Sym("x", "int")
    fact = k.assume(k.Lt(ZERO, integer))
    with pytest.raises(ProofError, match="does not follow"):
        k.sign_fact(k.Lt(ZERO, x), facts=[fact])


def test_a_certificate_that_does_not_add_up() -> None:
    less = k.assume(k.Le(a, b))
    with pytest.raises(ProofError, match="does not add up") as caught:
        k.certificate(k.Le(a, b - 1), [(1, less)])
    assert caught.value.residual != ""


def test_strictness_out_of_nothing() -> None:
    less = k.assume(k.Le(ZERO, x))
    with pytest.raises(ProofError, match="nothing in the certificate"):
        k.certificate(k.Lt(ZERO, x), [(1, less)])


def test_strictness_with_a_multiplier_that_may_vanish() -> None:
    less, known = k.assume(k.Lt(ZERO, x)), k.assume(k.Le(ZERO, y))
    with pytest.raises(ProofError, match="nothing in the certificate"):
        k.certificate(k.Lt(ZERO, x * y), [(y, less)], facts=[known])


def test_an_equation_from_an_inequality() -> None:
    with pytest.raises(ProofError, match="follows from equations"):
        k.certificate(k.Eq(a, b), [(1, k.assume(k.Le(a, b)))])


def test_a_vector_as_multiplier() -> None:
    equal = k.assume(k.Eq(u, v))
    with pytest.raises(REFUSED):
        k.certificate(k.Le(ZERO, ZERO), [(u, equal), (-u, equal)])


def test_premises_in_a_container_that_nobody_looks_into() -> None:
    # held once: the hypothesis of a premise inside a deque was lost
    contradiction = k.assume(FALSE)
    for container in (deque, set, frozenset, iter):
        with pytest.raises(REFUSED):
            k.certificate(FALSE, container([(1, contradiction)]))
    kept = k.certificate(FALSE, [(1, contradiction)])
    assert kept.hyps == {FALSE}


def test_a_float_is_taken_as_the_decimal_it_prints() -> None:
    with pytest.raises(ProofError, match="not identical"):
        k.identity(sp.Float(0.1) * 3, sp.Rational(30000001, 100000000))
    assert k.identity(sp.Float(0.1) * 3, sp.Rational(3, 10)).concl == k.Eq(
        sp.Rational(3, 10), sp.Rational(3, 10)
    )


# ---------------------------------------------------------------- logic


def test_circular_use_keeps_its_hypothesis() -> None:
    thm = k.cut(k.assume(FALSE), k.assume(FALSE))
    assert thm.hyps == {FALSE}
    with pytest.raises(ProofError, match="no hypothesis to discharge"):
        k.cut(k.sign_fact(k.Le(ZERO, ONE)), k.assume(FALSE))


def test_cases_that_do_not_exhaust() -> None:
    goal = k.Le(ZERO, sp.Abs(x))
    low = k.sign_fact(goal)
    for split, other in [
        (k.Lt(x, ZERO), k.Lt(ZERO, x)),
        (k.Le(x, ZERO), k.Lt(ONE, x)),
        (k.Le(x, ZERO), k.Lt(x, ZERO)),
        (k.Eq(x, ZERO), k.Lt(ZERO, x)),
    ]:
        with pytest.raises(ProofError, match="do not exhaust"):
            k.cases(low, low, split, other)


def test_one_case_is_not_the_whole() -> None:
    split, other = k.Le(x, ZERO), k.Lt(ZERO, x)
    with pytest.raises(ProofError, match="two branches prove different things"):
        k.cases(k.suppose(split), k.suppose(other), split, other)
    # The second branch rests on the first case, too: that case stays open.
    low = k.sign_fact(split, facts=[k.suppose(split)])
    assert k.sequent(k.cases(low, low, split, other)).splits == {split}


def test_generalising_a_symbol_that_a_hypothesis_fixes() -> None:
    with pytest.raises(ProofError, match="is free in the hypothesis"):
        k.generalise(k.assume(k.Le(ONE, x)), x)
    with pytest.raises(ProofError, match="is free in the hypothesis"):
        k.generalise(k.suppose(k.Le(ONE, x)), x)


def test_generalising_a_random_variable() -> None:
    with pytest.raises(ProofError, match="is random"):
        k.generalise(k.sign_fact(k.Le(ZERO, X**2)), X)


def test_a_condition_that_is_not_shown() -> None:
    every = k.generalise(k.assume(k.Le(ONE, x)), x, k.Le(ONE, x))
    with pytest.raises(ProofError, match="is not shown"):
        k.instantiate(every, ZERO)


def test_capture_by_a_sum() -> None:
    # sum over i < n of c is n c; putting i for c may not give sum over i < n of i = n i.
    known = k.assume(k.Le(ZERO, n))
    total = k.sum_linear(Big(c, i, ZERO, n), facts=[known])
    moved = k.specialise(total, {c: i})
    left, right = moved.concl.lhs, moved.concl.rhs
    assert right == n * i
    assert left.args[1] != i
    assert left.args[0] == i
    with pytest.raises(ProofError, match="not identical"):
        k.identity(left, Big(i, i, ZERO, n))


def test_capture_by_a_for_all() -> None:
    # for all x with x <= c: x <= c; with x for c it may not become a statement about x alone.
    every = k.generalise(k.assume(k.Le(x, c)), x, k.Le(x, c))
    moved = k.specialise(every, {c: x})
    inner = moved.concl
    assert inner.var != x
    assert inner.body == k.Le(inner.var, x)


def test_a_family_may_not_capture_either() -> None:
    # Y(j) := j i under a sum over i: the outer i is not the summation index.
    total = k.assume(k.Eq(Big(w(i), i, ZERO, n), c))
    moved = k.specialise(total, {w: ((j,), j * i)})
    body, index, *_ = moved.concl.lhs.args
    assert index != i
    assert body == index * i


def test_independence_may_not_capture() -> None:
    indep = k.Independent(Y(i), i, n, F)
    moved = indep.subst({n: i + 5})
    assert moved.index != i
    assert moved.count == i + 5
    with pytest.raises(InputError):
        k.Independent(Y(i), i, i + 5, F)


def test_absurd_needs_a_false_number() -> None:
    with pytest.raises(ProofError, match="is true"):
        k.absurd(k.sign_fact(k.Le(ZERO, ONE)), FALSE)
    with pytest.raises(ProofError, match="not a relation between numbers"):
        k.absurd(k.assume(k.Lt(x, x - 1)), FALSE)


def test_rewriting_backwards_or_with_an_inequality() -> None:
    main = k.assume(k.Eq(a, c))
    with pytest.raises(ProofError, match="not an equation"):
        k.rewrite(main, k.assume(k.Le(a, b)))
    assert k.rewrite(main, k.assume(k.Eq(b, a))).concl == k.Eq(a, c)


def test_rewriting_a_bound_index() -> None:
    equation = k.assume(k.Eq(i, ZERO))
    total = k.assume(k.Eq(Big(w(i), i, ZERO, n), c))
    assert k.rewrite(total, equation).concl == total.concl
    mentions = k.assume(k.Eq(c, w(i)))
    inside = k.assume(k.Eq(Big(c, i, ZERO, n), b))
    assert k.rewrite(inside, mentions).concl == inside.concl


# ---------------------------------------------------------------- undefined values


def _no_zero() -> k.Theorem:
    """z y == 1, y == 0 |- 0 == 1."""
    product, zero = k.assume(k.Eq(z * y, ONE)), k.assume(k.Eq(y, ZERO))
    return k.certificate(k.Eq(ZERO, ONE), [(1, product), (-z, zero)])


def test_specialising_to_a_quotient_that_may_not_exist() -> None:
    # held once: z := 1/y made z y == 1 trivial, and then y := 0 gave 0 == 1
    with pytest.raises(ProofError, match="division by y"):
        k.specialise(_no_zero(), {z: 1 / y})
    fact = k.assume(k.Lt(ZERO, y))
    assert fact.concl in k.specialise(_no_zero(), {z: 1 / y}, facts=[fact]).hyps


def test_instantiating_with_a_quotient_that_may_not_exist() -> None:
    # held once
    every = k.generalise(_no_zero(), z, k.Eq(z * y, ONE))
    with pytest.raises(ProofError, match="division by y"):
        k.instantiate(every, 1 / y)


def test_a_family_with_an_undefined_member() -> None:
    total = k.assume(k.Eq(Big(w(i), i, ZERO, n), c))
    with pytest.raises(ProofError, match="division by i"):
        k.specialise(total, {w: ((i,), 1 / i)})
    # What is known of the i outside says nothing about the index.
    with pytest.raises(ProofError, match="division by i"):
        k.specialise(total, {w: ((i,), 1 / i)}, facts=[k.assume(k.Lt(ZERO, i))])


def test_a_hypothesis_without_a_value_somewhere() -> None:
    # held once: for all n: w(n) == 1/n, taken at n = 0 after multiplying by n, gives 0 == 1
    with pytest.raises(ProofError, match="division by n"):
        k.assume(k.ForAll(n, (), k.Eq(w(n), 1 / n)))
    guarded = k.ForAll(n, (k.Lt(ZERO, n),), k.Eq(w(n), 1 / n))
    assert k.assume(guarded).concl == guarded


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: k.function_value(Ind(sp.Abs(1 / y))),
        lambda: k.between(Ind(1 / y)),
        lambda: k.min_bound(sp.Min(1 / y, x), x),
        lambda: k.coordinate_below_norm(u / y),
        lambda: k.by_coordinates(N1(u / y)),
        lambda: k.range_empty(1 / y, i, ZERO, "sum"),
        lambda: k.range_step(Big(1 / i, i, ZERO, n + 1), facts=[k.assume(k.Le(ZERO, n))]),
        lambda: k.root_power(sp.exp(1 / y), n, facts=[k.assume(k.Le(ONE, n))]),
        lambda: k.known(1 / y, F),
        lambda: k.generalise(k.sign_fact(k.Le(ZERO, ONE)), x, k.Le(1 / y, x)),
    ],
)
def test_no_rule_states_anything_about_an_undefined_term(attempt) -> None:
    with pytest.raises(ProofError, match="division by"):
        attempt()


# ---------------------------------------------------------------- sums and induction


def test_a_sum_over_a_reversed_range() -> None:
    # sum over 0 <= i < n of 1 is n only if n >= 0: at n = -1 the empty sum is 0.
    with pytest.raises(ProofError, match="may be reversed"):
        k.sum_linear(Big(ONE, i, ZERO, n))
    with pytest.raises(ProofError, match="is not shown"):
        k.range_step(Big(w(i), i, ZERO, n + 1))


def test_a_product_over_a_reversed_range() -> None:
    # prod over 0 <= i < n of 2 is 2**n only if n >= 0.
    each = k.generalise(k.identity(ONE + 1, sp.Integer(2)), i, k.Le(ZERO, i), k.Lt(i, n))
    with pytest.raises(ProofError, match="must be positive"):
        k.constant_product(each)


def test_a_coefficient_that_depends_on_the_index() -> None:
    known = k.assume(k.Le(ZERO, n))
    opened = k.sum_linear(Big(i * w(i), i, ZERO, n), facts=[known])
    assert opened.concl.rhs == Big(i * w(i), i, ZERO, n)


def test_the_wrong_index_range() -> None:
    half = k.generalise(k.assume(k.Le(ONE, w(i))), i, k.Le(ONE, w(i)), k.Le(ZERO, i), k.Lt(i, m))
    with pytest.raises(ProofError, match="not a range"):
        k.sum_mono(half)
    low = k.ForAll(i, (k.Le(ZERO, i),), k.Le(ZERO, w(i)))
    with pytest.raises(ProofError, match="one lower and one upper"):
        k.sum_mono(k.assume(low))
    moving = k.ForAll(i, (k.Le(ZERO, i), k.Lt(i, 2 * i)), k.Le(ZERO, w(i)))
    with pytest.raises(ProofError, match="one lower and one upper"):
        k.sum_mono(k.assume(moving))


def test_an_index_that_is_no_symbol() -> None:
    # held once: "sum over n + 1" of n + 1 was n (n + 1) by one rule and >= 0 by another
    for index in (n + 1, ONE, DIM, x):
        with pytest.raises(InputError):
            k.sign_fact(k.Le(ZERO, Big(n + 1, index, ZERO, m)))


def test_induction_from_the_wrong_base() -> None:
    def phi(t: sp.Expr) -> k.Le:
        return k.Le(ONE, w(t))

    base, step = k.assume(phi(ONE)), k.assume(phi(n))
    every = k.assume(k.ForAll(m, (), k.Eq(w(m), w(m + 1))))
    grow = k.certificate(phi(n + 1), [(1, step), (1, k.instantiate(every, n))])
    assert k.induction(base, grow, n, ONE, None).concl.guards == (k.Le(ONE, n),)
    with pytest.raises(ProofError, match="does not lead from the base"):
        k.induction(base, grow, n, ZERO, None)


def test_induction_whose_step_needs_more_than_it_may() -> None:
    # The step is proved for n = 3 only.
    here = k.assume(k.Eq(n, sp.Integer(3)))
    step = k.certificate(k.Le(n + 1, sp.Integer(4)), [(1, here)])
    base = k.sign_fact(k.Le(ZERO, sp.Integer(4)))
    with pytest.raises(ProofError, match="is free in another hypothesis"):
        k.induction(base, step, n, ZERO, None)
    early = k.certificate(k.Le(n + 1, sp.Integer(4)), [(1, k.assume(k.Le(n, sp.Integer(3))))])
    with pytest.raises(ProofError, match="is free in another hypothesis"):
        k.induction(base, early, n, ZERO, None)


def test_induction_over_a_moving_range() -> None:
    # held once: lo may not depend on the index, hi neither
    thm = k.sign_fact(k.Le(ZERO, w(n + 1) ** 2))
    assert k.induction(k.sign_fact(k.Le(ZERO, w(0) ** 2)), thm, n, ZERO, None).hyps == frozenset()
    for lo, hi in [(n, None), (2 * n**2 - 6, None), (ZERO, n + 5)]:
        with pytest.raises(ProofError):
            k.induction(k.sign_fact(k.Le(ZERO, w(lo) ** 2)), thm, n, lo, hi)


def test_induction_over_the_dimension() -> None:
    with pytest.raises(ProofError, match="integer index"):
        k.induction(k.sign_fact(k.Le(ZERO, ONE)), k.sign_fact(k.Le(ZERO, ONE)), DIM, ZERO, None)


def test_a_limit_of_what_is_no_polynomial() -> None:
    known = k.assume(k.Lt(ZERO, c))
    far = k.certificate(k.Le(ZERO, 1 / c), [], [1 / c], facts=[known])
    with pytest.raises(ProofError):
        k.vanishing(k.generalise(far, c, k.Lt(ZERO, c)))
    sign = k.certificate(k.Le(ONE, sp.sign(c)), [(-1, k.function_value(sp.sign(c), facts=[known]))])
    with pytest.raises(ProofError, match="not a polynomial"):
        k.vanishing(k.generalise(sign, c, k.Lt(ZERO, c)))


# ---------------------------------------------------------------- constants and names


def test_the_trivial_sigma_algebra_is_no_variable() -> None:
    # held once: E[E[X|F] | G] == E[X | G] for any G
    thm = k.tower(Ex(Ex(X, F), TRIVIAL))
    with pytest.raises(REFUSED):
        k.specialise(thm, {TRIVIAL: G})
    with pytest.raises(REFUSED):
        k.generalise(thm, TRIVIAL)


def test_the_dimension_is_no_variable() -> None:
    # held once: |u|_1 over five and over six coordinates
    for thm in (k.by_coordinates(N1(u)), k.coordinate_below_norm(u)):
        with pytest.raises(REFUSED):
            k.specialise(thm, {DIM: sp.Integer(5)})
        with pytest.raises(REFUSED):
            k.generalise(thm, DIM)


def test_a_family_is_not_a_number() -> None:
    with pytest.raises(InputError):
        k.Le(ZERO, x(3))
    with pytest.raises(InputError):
        k.Le(ZERO, w)
    with pytest.raises(InputError):
        k.Le(ZERO, w(x))


def test_a_vector_is_not_a_number() -> None:
    for term in (u, u * v, u + 1, sp.Abs(u), N1(x), Co(u, x), Ex(u, F)):
        with pytest.raises(InputError):
            k.Le(ZERO, term)


# ---------------------------------------------------------------- chance


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


TWO = sp.Integer(2)


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
