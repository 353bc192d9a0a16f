"""Rules of logic: what each is for, and the first thing one would try to get out of it."""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Past, Val

ZERO, ONE, TWO = sp.Integer(0), sp.Integer(1), sp.Integer(2)
x, y, c = (k.Sym(name) for name in "xyc")
X, F = k.Sym("X", "random"), k.Sym("F", "sigma")
n, m, t = (k.Sym(name, "int") for name in "nmt")
w, Y = k.Sym("w", "fam:real"), k.Sym("Y", "fam:random")
u, U, f = k.Sym("u", "vector"), k.Sym("U", "rvector"), k.Sym("f", "function")


def test_assume_and_suppose() -> None:
    thm = k.assume(k.Le(x, y))
    assert (thm.hyps, thm.concl) == ({k.Le(x, y)}, k.Le(x, y))
    case = k.suppose(k.Lt(x, y))
    assert (case.hyps, k.sequent(case).splits) == (frozenset(), {k.Lt(x, y)})
    with pytest.raises(ProofError, match="can be split on"):
        k.suppose(k.Eq(x, y))
    with pytest.raises(ProofError, match="division by"):
        k.suppose(k.Le(1 / x, y))


def test_cut_discharges_hypotheses_and_splits() -> None:
    small = k.assume(k.Le(ZERO, ONE))
    proved = k.sign_fact(k.Le(ZERO, ONE))
    assert k.cut(small, proved).hyps == frozenset()
    case = k.suppose(k.Le(ZERO, ONE))
    assert k.sequent(k.cut(case, proved)).splits == frozenset()
    # What the lemma itself rests on comes along.
    lemma = k.certificate(k.Le(ZERO, ONE), [(0, k.assume(k.Le(x, y)))], [ONE])
    assert k.cut(small, lemma).hyps == {k.Le(x, y)}


def test_cut_under_a_case_that_only_numbers_decide() -> None:
    """A case about numbers holds for all outcomes or for none: it may discharge a hypothesis."""
    mean = k.expect_mono(k.assume(k.Le(ZERO, x * X**2)), TRIVIAL)
    case = k.suppose(k.Le(ZERO, x))
    fact = k.sign_fact(k.Le(ZERO, x * X**2), facts=[case])
    done = k.cut(mean, fact)
    assert done.hyps == frozenset()
    assert k.sequent(done).splits == {k.Le(ZERO, x)}


def test_specialise_changes_hypotheses_and_conclusion_alike() -> None:
    thm = k.certificate(k.Le(2 * x, 2 * y), [(2, k.assume(k.Le(x, y)))])
    moved = k.specialise(thm, {x: c + 1, y: x})
    assert moved.hyps == {k.Le(c + 1, x)}
    assert moved.concl == k.Le(2 * (c + 1), 2 * x) or moved.concl == k.Le(2 * c + 2, 2 * x)
    split = k.specialise(k.suppose(k.Le(x, y)), {x: c})
    assert k.sequent(split).splits == {k.Le(c, y)}


@pytest.mark.parametrize("value", [X, u, F, Ex(X, F), w, sp.Float("nan"), sp.oo])
def test_specialise_keeps_sorts(value: sp.Expr) -> None:
    with pytest.raises((ProofError, InputError)):
        k.specialise(k.assume(k.Le(x, y)), {x: value})


def test_generalise_and_instantiate() -> None:
    thm = k.certificate(k.Le(ZERO, 2 * x), [(2, k.assume(k.Le(ZERO, x)))])
    every = k.generalise(thm, x, k.Le(ZERO, x))
    assert every.hyps == frozenset()
    assert k.instantiate(every, y**2).concl == k.Le(ZERO, 2 * y**2)
    assert k.instantiate(every, y, facts=[k.assume(k.Le(ZERO, y))]).hyps == {k.Le(ZERO, y)}
    with pytest.raises(ProofError, match="is not shown"):
        k.instantiate(every, y)
    with pytest.raises(ProofError, match="not a for-all"):
        k.instantiate(thm, y)
    with pytest.raises(ProofError, match="not a for-all"):
        k.instantiate(every, y**2, y**2)


def test_several_values_open_several_for_alls() -> None:
    both = k.ForAll(x, (), k.ForAll(y, (k.Le(x, y),), k.Le(w(0), x * y)))
    assert k.instantiate(k.assume(both), ZERO, ONE).concl == k.Le(w(0), ZERO)
    with pytest.raises(ProofError, match="is not shown"):
        k.instantiate(k.assume(both), ONE, ZERO)


def test_a_pointwise_statement_holds_at_random_values() -> None:
    convex = k.ForAll(x, (), k.Le(ZERO, x**2))
    thm = k.generalise(k.sign_fact(k.Le(ZERO, x**2)), x)
    assert thm.concl == convex
    assert k.instantiate(thm, X).concl == k.Le(ZERO, X**2)
    lower = k.ForAll(u, (), k.Le(c, Val(f, u)))
    assert k.instantiate(k.assume(lower), U).concl == k.Le(c, Val(f, U))


@pytest.mark.parametrize(
    "formula",
    [
        k.ForAll(x, (), k.Le(ZERO, Ex(x**2, TRIVIAL))),
        k.ForAll(x, (), k.Le(X, x**2 + X)),
        k.ForAll(x, (), k.Measurable(x, F)),
        k.ForAll(x, (), k.Lipschitz(k.Sym("P", "profile"), (x,), c)),
    ],
)
def test_other_statements_do_not(formula: k.Formula) -> None:
    with pytest.raises(ProofError, match="does not have the sort"):
        k.instantiate(k.assume(formula), X)


def test_a_hypothesis_about_chance_makes_a_statement_not_pointwise() -> None:
    thm = k.generalise(k.certificate(k.Le(ZERO, x**2), [(0, k.assume(k.Le(ZERO, X)))], [x**2]), x)
    with pytest.raises(ProofError, match="does not have the sort"):
        k.instantiate(thm, X)


def test_cases() -> None:
    low, high = k.Le(x, ZERO), k.Lt(ZERO, x)
    goal = k.Le(ZERO, sp.Abs(x))
    branches = []
    for case in (low, high):
        value = k.function_value(sp.Abs(x), facts=[k.suppose(case)])
        branches.append(
            k.certificate(goal, [(-1, value)], [value.concl.rhs], facts=[k.suppose(case)])
        )
    thm = k.cases(*branches, low, high)
    assert thm.concl == goal
    assert not k.sequent(thm).splits
    swapped = k.cases(*branches, high, low)
    assert k.sequent(swapped).splits == {low, high}


def test_absurd_and_integer_gap() -> None:
    false = k.assume(k.Le(ONE, ZERO))
    assert k.absurd(false, k.Eq(x, y)).concl == k.Eq(x, y)
    assert k.integer_gap(k.assume(k.Lt(n, m))).concl == k.Le(n + 1, m)
    for relation in (k.Lt(x, n), k.Le(n, m), k.Lt(n / 2, m), k.Lt(w(0), n)):
        with pytest.raises(ProofError, match="strict relation between integers"):
            k.integer_gap(k.assume(relation))


def _doubling() -> tuple[k.Theorem, k.Theorem]:
    """w(0) >= 1 and w(t+1) = 2 w(t) give w(t) >= 1."""
    base = k.assume(k.Le(ONE, w(0)))
    update = k.assume(k.ForAll(t, (k.Le(ZERO, t),), k.Eq(w(t + 1), 2 * w(t))))
    known, later = k.assume(k.Le(ONE, w(t))), k.assume(k.Le(ZERO, t))
    here = k.instantiate(update, t, facts=[later])
    step = k.certificate(k.Le(ONE, w(t + 1)), [(-1, here), (2, known)], [ONE])
    return base, step


def test_induction() -> None:
    base, step = _doubling()
    thm = k.induction(base, step, t, ZERO, None)
    assert thm.concl == k.ForAll(t, (k.Le(ZERO, t),), k.Le(ONE, w(t)))
    assert k.Le(ONE, w(t)) not in thm.hyps
    assert k.Le(ZERO, t) not in thm.hyps
    bounded = k.induction(base, step, t, ZERO, n)
    assert bounded.concl.guards == (k.Le(ZERO, t), k.Lt(t, n))


def test_induction_does_not_use_the_last_step_twice() -> None:
    """A step for t + 1 < n proves the claim below n only."""
    base, inside = k.sign_fact(k.Le(ZERO, ONE)), k.assume(k.Lt(t + 1, n))
    step = k.certificate(k.Le(t + 1, n), [(1, inside)])
    start = k.assume(k.Le(ZERO, n))
    thm = k.induction(start, step, t, ZERO, n)
    assert thm.concl == k.ForAll(t, (k.Le(ZERO, t), k.Lt(t, n)), k.Le(t, n))
    with pytest.raises(ProofError, match="is free in another hypothesis"):
        k.induction(start, step, t, ZERO, None)
    with pytest.raises(ProofError, match="does not lead from the base"):
        k.induction(base, step, t, ZERO, n)


def test_induction_wants_an_integer() -> None:
    base, step = _doubling()
    for index, lo in [(x, ZERO), (t, sp.Rational(1, 2)), (t, x)]:
        with pytest.raises(ProofError):
            k.induction(base, step, index, lo, None)


def test_rewrite() -> None:
    equal = k.assume(k.Eq(x, y + 1))
    thm = k.rewrite(k.assume(k.Le(x**2, Ex(x * X, F))), equal)
    assert thm.concl == k.Le((y + 1) ** 2, Ex((y + 1) * X, F))
    assert equal.concl in thm.hyps
    with pytest.raises(InputError, match="is not supported"):
        k.rewrite(k.assume(k.Measurable(X, F)), k.assume(k.Eq(X, x)))


def test_known_and_known_equal() -> None:
    fact = k.assume(k.Measurable(X, F))
    assert k.known(X**2 + x, F, facts=[fact]).concl == k.Measurable(X**2 + x, F)
    with pytest.raises(ProofError, match="is not shown to be known"):
        k.known(X, F)
    equal = k.assume(k.Eq(Y(0), X))
    assert k.known_equal(fact, equal).concl == k.Measurable(Y(0), F)
    with pytest.raises(ProofError, match="does not identify"):
        k.known_equal(fact, k.assume(k.Eq(Y(0), Y(1))))
    with pytest.raises(ProofError, match="does not identify"):
        k.known_equal(fact, k.assume(k.Le(Y(0), X)))
    one_case = k.antisymmetry(k.suppose(k.Le(Y(0), X)), k.suppose(k.Le(X, Y(0))))
    with pytest.raises(ProofError, match="in one case only"):
        k.known_equal(fact, one_case)


def test_vanishing() -> None:
    """x <= y + c for all c > 0 gives x <= y."""
    hypothesis = k.ForAll(c, (k.Lt(ZERO, c),), k.Le(x, y + c * X**2 + 3 * c**2))
    assert k.vanishing(k.assume(hypothesis)).concl == k.Le(x, y)
    for wrong in (
        k.ForAll(c, (k.Lt(ZERO, c), k.Lt(c, ONE)), k.Le(x, y + c)),
        k.ForAll(c, (k.Lt(ONE, c),), k.Le(x, y + c)),
        k.ForAll(c, (k.Lt(ZERO, c),), k.Lt(x, y + c)),
        k.ForAll(c, (k.Lt(ZERO, c),), k.Le(x + c, y + c)),
        k.ForAll(n, (k.Lt(ZERO, n),), k.Le(x, y + n)),
        k.ForAll(c, (k.Lt(ZERO, c),), k.Le(x, y + sp.sqrt(c))),
        k.ForAll(c, (k.Lt(ZERO, c),), k.Le(x, y + sp.sign(c) - 1)),
        k.ForAll(c, (k.Lt(ZERO, c),), k.Le(x, y + 1 / c)),
    ):
        with pytest.raises(ProofError):
            k.vanishing(k.assume(wrong))


def test_the_past_grows() -> None:
    assert k.tower(Ex(Ex(X, Past(n + 2)), Past(n))).concl.rhs == Ex(X, Past(n))
    with pytest.raises(ProofError):
        k.tower(Ex(Ex(X, Past(n)), Past(m)))
    shown = k.tower(Ex(Ex(X, Past(n)), Past(m)), facts=[k.assume(k.Le(m, n))])
    assert shown.hyps == {k.Le(m, n)}
