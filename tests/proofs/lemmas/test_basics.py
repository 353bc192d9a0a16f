"""The small facts say what their users read, and rest on nothing."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import ProofError
from proofs.lemmas.basics import ZERO, Y, log_below
from signcheck import kernel as k
from signcheck.proof import Proof


def test_the_logarithm_rests_on_no_axiom_and_no_hypothesis() -> None:
    thm = log_below()
    assert thm.concl == k.ForAll(Y, (k.Le(ZERO, Y),), k.Le(sp.log(1 + Y), Y))
    assert not thm.hyps
    assert thm.axioms == frozenset()


@given(y=st.fractions(0, 10**9, max_denominator=10**9))
@settings(deadline=None)
def test_the_logarithm_is_below_its_tangent(y: Fraction) -> None:
    body = log_below().concl.body  # type: ignore[attr-defined]
    at = {Y: sp.Rational(y.numerator, y.denominator)}
    # Exact until the logarithm: in doubles 1 + y rounds away from y, upwards too.
    assert sp.N(body.rhs.subs(at) - body.lhs.subs(at), 30) >= 0
    assert float(body.lhs.subs(at)) == pytest.approx(math.log1p(y), abs=1e-12)


@pytest.mark.parametrize("steeper", [sp.log(1 + Y) + Y**2, 2 * sp.log(1 + Y)], ids=str)
def test_a_false_tangent_is_refused(steeper: sp.Expr) -> None:
    p = Proof()
    low = p.assume(k.Le(ZERO, Y))
    q = p.having(low)
    with pytest.raises(ProofError):
        q.sign_fact(k.Le(ZERO, sp.together(sp.diff(Y - steeper, Y))))
