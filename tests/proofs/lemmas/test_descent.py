"""L0 says what it should: both sides on exact functions, its hypothesis checked on them, too."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp
from hypothesis import given

from proofs.assumptions import A1, F, L, X, Y
from proofs.lemmas.descent import L0
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Noo, Val
from tests.proofs.exact import Q, Ridges, Vec, parabola
from tests.proofs.members import segments, some
from tests.proofs.model import Model

STATEMENT = L0.statement
RISE, SLOPE = Val(F, Y) - Val(F, X), Inner(Grad(F, X), Y - X)


@given(segments())
def test_it_holds_wherever_its_hypotheses_do(model: Model) -> None:
    assert all(model.holds(h) for h in STATEMENT.hypotheses.values())
    assert not model.refutes(STATEMENT.conclusion)


HALF = L / 2 * Noo(Y - X) ** 2
FALSE = {
    "a smaller constant": k.Le(sp.Abs(RISE - SLOPE), sp.Rational(49, 50) * HALF),
    "a quarter": k.Le(sp.Abs(RISE - SLOPE), HALF / 2),
    "no slope": k.Le(sp.Abs(RISE), HALF),
    "slope at the other end": k.Le(sp.Abs(RISE - Inner(Grad(F, Y), X - Y)), HALF),
    "length to the first power": k.Le(sp.Abs(RISE - SLOPE), L / 2 * Noo(Y - X)),
    "the converse": k.Le(HALF, sp.Abs(RISE - SLOPE)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    found = some(segments(), lambda model: model.refutes(FALSE[name]))
    assert all(found.holds(h) for h in STATEMENT.hypotheses.values())


def test_it_is_attained() -> None:
    w, x = Vec([Q(1), Q(-2)]), Vec([Q(1), Q(1)])
    ridge, y = Ridges(((parabola(Q(3)), w),)), x + w.signs
    model = Model([Q(1)], values={L: ridge.smoothness, X: x, Y: y}, function=ridge, points=[x, y])
    (demand,) = model.demands(STATEMENT.conclusion)
    assert demand == 0


def test_the_hypothesis_sees_a_constant_that_is_too_small() -> None:
    def rough(model: Model) -> bool:
        small = {**model.values, L: Q(9, 10) * model.values[L]}
        return not replace(model, values=small).holds(A1)

    assert some(segments(), rough)
