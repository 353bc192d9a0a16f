"""Ways of proving False through undefined values, sums, induction and names.

Where the comment says "held once", an earlier kernel let the attempt through to the end.
"""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, N1, TRIVIAL, Big, Co, Ex, Ind

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
