"""Definitions by recursion, and equations that look like one but may have no solution."""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Past

ZERO, ONE, TWO = sp.Integer(0), sp.Integer(1), sp.Integer(2)
t, s, i, n = (k.Sym(name, "int") for name in "tsin")
D, w = k.Sym("D", "fam:real"), k.Sym("w", "fam:real")
R = k.Sym("R", "fam:random")
X = k.Sym("X", "random")
NOW = (k.Le(ZERO, t),)


def recursion(a: sp.Expr, r: sp.Expr, head: k.Sym = D) -> tuple[k.Formula, k.Formula]:
    return k.Eq(head(0), a), k.ForAll(t, NOW, k.Eq(head(t + 1), r))


def consequence(start: k.Formula, step: k.Formula, goal: k.Formula) -> k.Theorem:
    """goal with both defining equations as hypotheses, which it does not use."""
    proved = k.sign_fact(goal)
    for extra in (start, step):
        held = k.assume(extra)
        if extra.random():
            equation = k.instantiate(held, ZERO) if isinstance(extra, k.ForAll) else held
            proved = k.certificate(goal, [(1, proved), (0, equation)])
        else:
            every = k.generalise(proved, k.Sym("spare", "int"), extra)
            proved = k.instantiate(every, ZERO, facts=[held])
    return proved


def test_a_sequence_that_exists_is_dropped() -> None:
    start, step = recursion(ONE, 2 * D(t) + w(t))
    thm = consequence(start, step, k.Le(ZERO, ONE))
    assert thm.hyps == {start, step}
    assert k.recursion(thm, D, start, step).hyps == frozenset()


def test_a_family_of_sequences() -> None:
    guards = (k.Le(ZERO, i), k.Lt(i, n))
    start = k.ForAll(i, guards, k.Eq(D(0, i), w(i)))
    step = k.ForAll(t, NOW, k.ForAll(i, guards, k.Eq(D(t + 1, i), D(t, i) / 2)))
    thm = consequence(start, step, k.Le(ZERO, ONE))
    assert k.recursion(thm, D, start, step).hyps == frozenset()


@pytest.mark.parametrize(
    ("a", "r", "why"),
    [
        # held once: D(1) = 1 + D(0) D(1) with D(0) = 1, hidden by putting 0 for D(t)
        (ONE, 1 + D(t) * D(t + 1), "from"),
        # held once: D(1) = 1 + D(0) + D(1), hidden below a sum that binds t
        (ZERO, 1 + Big(D(t), t, ZERO, TWO), "from"),
        (ONE, D(t + 1) + 1, "from"),
        (ONE, D(t - 1), "from"),
        (ONE, D(0), "from"),
        (D(1) + 1, D(t), "at 0"),
        (D(0) + 1, D(t), "at 0"),
        # held once: a number that is as random as a coin
        (ZERO, X, "is not random"),
        (X, D(t), "is not random"),
        (ZERO, D(t) + R(t), "is not random"),
    ],
)
def test_equations_that_may_have_no_solution(a: sp.Expr, r: sp.Expr, why: str) -> None:
    start, step = recursion(a, r)
    thm = consequence(start, step, k.Le(ZERO, ONE))
    with pytest.raises(ProofError, match=why):
        k.recursion(thm, D, start, step)


def test_a_random_sequence_may_be_random() -> None:
    start, step = recursion(X, R(t) / 2 + k.Sym("Q", "fam:random")(t), R)
    thm = consequence(start, step, k.Le(ZERO, ONE))
    assert k.recursion(thm, R, start, step).hyps == frozenset()


def test_an_index_that_is_the_time() -> None:
    start = k.ForAll(t, NOW, k.Eq(D(0, t), ONE))
    step = k.ForAll(t, NOW, k.ForAll(t, NOW, k.Eq(D(t + 1, t), D(t, t))))
    thm = consequence(start, step, k.Le(ZERO, ONE))
    with pytest.raises(ProofError, match="from"):
        k.recursion(thm, D, start, step)


def test_a_sequence_that_something_else_speaks_of() -> None:
    start, step = recursion(ONE, 2 * D(t))
    thm = consequence(start, step, k.Le(ZERO, ONE))
    fixed = k.generalise(thm, s, k.Eq(D(3), ZERO))
    loaded = k.instantiate(fixed, ZERO, facts=[k.assume(k.Eq(D(3), ZERO))])
    with pytest.raises(ProofError, match="outside of its definition"):
        k.recursion(loaded, D, start, step)
    about = consequence(start, step, k.Le(ZERO, D(1) ** 2))
    with pytest.raises(ProofError, match="outside of its definition"):
        k.recursion(about, D, start, step)


def test_shapes_that_are_no_recursion() -> None:
    start, step = recursion(ONE, 2 * D(t))
    thm = consequence(start, step, k.Le(ZERO, ONE))
    real = k.Sym("c")
    for head, first, then in [
        (k.Sym("D", "fam:int"), start, step),
        (real, start, step),
        (D, start, k.Eq(D(1), ONE)),
        (D, start, k.ForAll(t, (), k.Eq(D(t + 1), 2 * D(t)))),
        (D, start, k.ForAll(t, (k.Le(ONE, t),), k.Eq(D(t + 1), 2 * D(t)))),
        (D, k.Le(D(0), ONE), step),
        (D, k.ForAll(i, (), k.Eq(D(0, i), ONE)), step),
        (D, k.ForAll(real, (), k.Eq(D(0), ONE)), step),
        (D, k.Eq(D(1), ONE), step),
    ]:
        with pytest.raises((ProofError, InputError)):
            k.recursion(thm, head, first, then)


def test_what_is_known_stays_known() -> None:
    fact = k.assume(k.Measurable(R(t), Past(t)))
    assert k.known_later(fact, Past(t + 1)).concl == k.Measurable(R(t), Past(t + 1))
    with pytest.raises(ProofError, match="come before"):
        k.known_later(fact, Past(t - 1))
    with pytest.raises(ProofError, match="come before"):
        k.known_later(fact, Past(s))
    with pytest.raises(ProofError, match="given a past"):
        k.known_later(k.assume(k.Measurable(R(t), k.Sym("F", "sigma"))), Past(t))
    with pytest.raises(ProofError, match="given a past"):
        k.known_later(fact, k.Sym("F", "sigma"))
