"""The shorthand for proofs: it finds multipliers, passes facts along and never decides itself."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.linear_program import feasible
from signcheck.proof import Proof, _eliminate
from tests.kernel.strategies import x, y, z

ZERO, ONE = sp.Integer(0), sp.Integer(1)
w = k.Sym("w")
SMALL = st.fractions(0, 5, max_denominator=6)


def q(value: Fraction) -> sp.Rational:
    return sp.Rational(value.numerator, value.denominator)


# ---------------------------------------------------------------- finding multipliers


@given(st.lists(SMALL, min_size=3, max_size=3))
def test_hidden_multipliers_are_found(weights) -> None:
    """A goal that was built from premises is proved from them."""
    p = Proof()
    premises = [p.given(f) for f in (k.Le(x, y**2), k.Eq(y, z), k.Le(ZERO, w - x))]
    sides = [(f.concl.lhs, f.concl.rhs) for f in premises]
    goal = k.Le(
        sum(q(v) * low for v, (low, _) in zip(weights, sides, strict=True)),
        sum(q(v) * high for v, (_, high) in zip(weights, sides, strict=True)),
    )
    assert p.linear(goal, *premises).concl == goal


@given(SMALL, SMALL)
def test_the_sign_of_an_equation_is_free(a: Fraction, b: Fraction) -> None:
    p = Proof()
    equal, less = p.given(k.Eq(x, y)), p.given(k.Le(z, w))
    goal = k.Le(q(b) * z + q(a) * y, q(b) * w + q(a) * x)
    assert p.linear(goal, equal, less).hyps <= {equal.concl, less.concl}


def test_multipliers_without_a_unique_solution() -> None:
    """Elimination alone would pick a negative multiplier here; the linear program does not."""
    p = Proof()
    held = [p.given(f) for f in (k.Le(x, y), k.Le(y, z), k.Le(x, z), k.Le(2 * x, y + z))]
    goal = k.Le(3 * x, y + 2 * z)
    assert p.linear(goal, *held).concl == goal


def test_a_factor_multiplies_its_premise() -> None:
    p = Proof(k.assume(k.Lt(ZERO, w)))
    less = k.assume(k.Le(x, y))
    assert p.linear(k.Le(2 * w * x, 2 * w * y), (w, less)).concl == k.Le(2 * w * x, 2 * w * y)
    with pytest.raises(ProofError, match="does not add up"):
        Proof().linear(k.Le(2 * w * x, 2 * w * y), (w, less))


def test_slack_is_used_if_it_is_non_negative_only() -> None:
    p = Proof()
    goal = k.Le(2 * x * y, x**2 + y**2)
    assert p.linear(goal, slack=[(x - y) ** 2, -(x**2)]).concl == goal
    with pytest.raises(ProofError, match="does not add up"):
        p.linear(k.Le(x, x + y), slack=[y])


@pytest.mark.parametrize(
    "goal",
    [k.Le(x, y - 1), k.Le(y, x), k.Lt(x, y), k.Eq(x, y), k.Le(2 * x, y), k.Le(x, w)],
)
def test_what_does_not_follow_is_refused(goal: k.Relation) -> None:
    p = Proof()
    with pytest.raises(ProofError) as caught:
        p.linear(goal, p.given(k.Le(x, y)), label="wish")
    assert caught.value.step == "wish"


def test_a_failure_comes_with_numbers_that_explain_it() -> None:
    p = Proof()
    with pytest.raises(ProofError) as caught:
        p.linear(k.Le(x, y - 1), p.given(k.Le(x, y)), label="too strong")
    point = caught.value.counterexample
    assert point is not None
    assert point["x"] <= point["y"] + 1e-12
    assert point["x"] > point["y"] - 1


def test_no_numbers_where_the_goal_is_true_but_not_linear() -> None:
    p = Proof()
    with pytest.raises(ProofError) as caught:
        p.linear(k.Le(2 * x * y, x**2 + y**2))
    assert caught.value.counterexample is None


# ---------------------------------------------------------------- chains, cases, facts


def test_chains() -> None:
    links = [k.assume(f) for f in (k.Le(x, y), k.Eq(y, z), k.Lt(z, w))]
    thm = Proof().chain(*links)
    assert thm.concl == k.Le(x, w)
    assert thm.hyps == {link.concl for link in links}
    assert Proof().chain(links[1]).concl == k.Eq(y, z)
    with pytest.raises(ProofError, match="does not add up"):
        Proof().chain(links[0], links[2])


def test_cases_discharge_themselves() -> None:
    goal = k.Le(x, sp.Abs(x))

    def branch(p: Proof, case: k.Theorem) -> k.Theorem:
        return p.linear(goal, p.function_value(sp.Abs(x)), case, (2, case))

    thm = Proof().split(k.Le(x, ZERO), k.Lt(ZERO, x), branch)
    assert thm.concl == goal
    assert not thm.hyps
    assert not k.sequent(thm).splits


def test_facts_are_passed_along_and_only_the_needed_ones_stay() -> None:
    p = Proof()
    p.given(k.Lt(ZERO, x))
    p.given(k.Lt(ZERO, y))
    thm = p.identity(1 / x + 1, (1 + x) / x)
    assert thm.hyps == {k.Lt(ZERO, x)}
    more = p.having(k.assume(k.Le(ZERO, z)))
    assert len(more.facts) == 3
    assert len(p.facts) == 2
    with pytest.raises(AttributeError, match="no rule 'guess'"):
        p.guess(x)


def test_nothing_is_decided_outside_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """With wrong multipliers from a broken search, the kernel still refuses."""
    from signcheck import proof

    monkeypatch.setattr(proof, "_solve", lambda *_: [Fraction(2)])
    p = Proof()
    with pytest.raises(ProofError, match="does not add up"):
        p.linear(k.Le(x, y), p.given(k.Le(x, y)))


# ---------------------------------------------------------------- the linear algebra inside

ROWS = st.lists(
    st.lists(st.fractions(-3, 3, max_denominator=4), min_size=3, max_size=3), max_size=4
)


@given(ROWS, st.lists(SMALL, min_size=3, max_size=3))
def test_solutions_solve(matrix, weights) -> None:
    rows = [
        [sum((w * a for w, a in zip(weights, row, strict=True)), Fraction(0)), *row]
        for row in matrix
    ]
    found = _eliminate([row[:] for row in rows], 3)
    assert found is not None
    for target, *row in rows:
        assert sum((w * a for w, a in zip(found, row, strict=True)), Fraction(0)) == target


def test_no_solution_is_none() -> None:
    assert _eliminate([[Fraction(1), Fraction(0)]], 1) is None
    assert feasible([[Fraction(-1), Fraction(1)]], [False]) is None
    assert feasible([[Fraction(-1), Fraction(1)]], [True]) == [Fraction(-1)]


@given(
    ROWS, st.lists(SMALL, min_size=3, max_size=3), st.lists(st.booleans(), min_size=3, max_size=3)
)
def test_feasible_weights_are_exact_and_have_their_signs(matrix, weights, free) -> None:
    rows = [
        [sum((w * a for w, a in zip(weights, row, strict=True)), Fraction(0)), *row]
        for row in matrix
    ]
    found = feasible(rows, free) if rows else None
    if found is None:
        return
    for target, *row in rows:
        assert sum((w * a for w, a in zip(found, row, strict=True)), Fraction(0)) == target
