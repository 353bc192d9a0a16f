"""L0-tent says what it should: both sides on exact functions, and equality on a tent."""

from __future__ import annotations

import pytest
from hypothesis import given

from proofs.assumptions import F, L, X, Y
from proofs.lemmas.tent import L0_TENT
from signcheck import kernel as k
from signcheck.kernel.terms import Grad, Inner, Noo, Val
from tests.proofs.exact import Q, Ridges, Vec, wave
from tests.proofs.members import segments, some
from tests.proofs.model import Model

STATEMENT = L0_TENT.statement
START, END = (Inner(Grad(F, at), Y - X) for at in (X, Y))
R = Noo(Y - X)
CHORD = Val(F, X) + (START + END) / 2
ROOF = L / 4 * R**2
LOSS = (START - END) ** 2 / (4 * L * R**2)


@given(segments())
def test_it_holds_wherever_its_hypotheses_do(model: Model) -> None:
    assert all(model.holds(h) for h in STATEMENT.hypotheses.values())
    assert not model.refutes(STATEMENT.conclusion)


FALSE = {
    "a lower roof": k.Le(Val(F, Y), CHORD + ROOF / 2 - LOSS),
    "a larger loss": k.Le(Val(F, Y), CHORD + ROOF - 2 * LOSS),
    "the first slope only": k.Le(Val(F, Y), Val(F, X) + START + ROOF - LOSS),
    "no roof": k.Le(Val(F, Y), CHORD),
    "the converse": k.Le(CHORD + ROOF - LOSS, Val(F, Y)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    found = some(segments(), lambda model: model.refutes(FALSE[name]))
    assert all(found.holds(h) for h in STATEMENT.hypotheses.values())


@pytest.mark.parametrize("end", [Q(1, 2), Q(3, 2), Q(2), Q(5, 2)])
def test_it_is_attained_where_the_slope_rises_and_falls(end: Q) -> None:
    f = Ridges(((wave(Q(3), Q(1)), Vec([Q(1), Q(1)])),))
    x, y = Vec([Q(0), Q(0)]), Vec([end / 2, end / 2])
    model = Model([Q(1)], values={L: f.smoothness, X: x, Y: y}, function=f, points=[x, y])
    (demand,) = model.demands(STATEMENT.conclusion)
    assert demand.contains(0)
    assert demand.rad() < 1e-30
