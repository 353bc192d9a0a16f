"""L0-gap says what it should: both sides on exact functions with a known lower end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from proofs.assumptions import FSTAR, INFIMUM, F, L, X
from proofs.lemmas.gap import L0_GAP, NORM
from signcheck import kernel as k
from signcheck.kernel.terms import Val
from tests.proofs.exact import Q, Ridges, Vec, parabola
from tests.proofs.members import segments, some
from tests.proofs.model import Model

STATEMENT = L0_GAP.statement
GAP = Val(F, X) - FSTAR


@given(segments())
def test_it_holds_wherever_its_hypotheses_do(model: Model) -> None:
    assert all(model.holds(h) for h in STATEMENT.hypotheses.values())
    assert not model.refutes(STATEMENT.conclusion)


FALSE = {
    "a larger constant": k.Le(NORM**2 / (2 * L) * Q(51, 50), GAP),
    "without the half": k.Le(NORM**2 / L, GAP),
    "norm to the first power": k.Le(NORM / (2 * L), GAP),
    "smoothness squared": k.Le(NORM**2 / (2 * L**2), GAP),
    "the converse": k.Le(GAP, NORM**2 / (2 * L)),
}


@pytest.mark.parametrize("name", FALSE)
def test_a_false_variant_is_refuted_in_the_same_budget(name: str) -> None:
    found = some(segments(), lambda model: model.refutes(FALSE[name]))
    assert all(found.holds(h) for h in STATEMENT.hypotheses.values())


def test_it_is_attained_by_every_parabola() -> None:
    f = Ridges(((parabola(Q(5, 3)), Vec([Q(1), Q(-2), Q(0)])),))
    x = Vec([Q(1, 7), Q(3), Q(9)])
    model = Model([Q(1)], values={L: f.smoothness, X: x, FSTAR: Q(0)}, function=f, points=[x])
    (demand,) = model.demands(STATEMENT.conclusion)
    assert demand.contains(0)
    assert demand.rad() < 1e-30


def test_the_hypothesis_sees_an_infimum_that_is_too_high() -> None:
    """Where 'fstar' is above a value of f, the hypothesis is false, and so is the conclusion."""

    def high(model: Model) -> bool:
        lifted = replace(model, values={**model.values, FSTAR: Q(1, 10)})
        return not lifted.holds(INFIMUM) and lifted.refutes(STATEMENT.conclusion)

    assert some(segments(), high)
