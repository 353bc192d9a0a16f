"""Ways of proving False that have to fail, each at the step that would be wrong.

Where the comment says "held once", an earlier kernel let the attempt through to the end.
"""

from __future__ import annotations

from collections import deque

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import Big

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
