"""T8-A0, T8-A1, T8-A2: their formulas are those of the chain that is run, and they hold on it."""

from __future__ import annotations

import math

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain import gated_chain
from hardinstances.chain_function import chain_grad, chain_value
from hardinstances.errors import ProofError
from proofs.assumptions import F, X
from proofs.lemmas.chain_function import I
from proofs.lemmas.chain_rows import DERIVATIVES, rows
from proofs.lower.chain_class import GAP_STATEMENT, SMOOTH_STATEMENT, T8_A0, T8_A1
from proofs.lower.chain_oracle import NOISE, NOISE_STATEMENT, T8_A2, unbiased
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Ex, Val
from signcheck.theory import check
from tests.proofs.lower.chain_model import Model, own
from tests.proofs.lower.test_chain import body_of, points

STEP = 1e-6


def part(y: np.ndarray, i: int, *, mine: bool) -> float:
    """own_i or passed_i at y."""
    return own(y, i) if mine else -float(chain_grad(np, y)[i]) - own(y, i)


@given(model=points(), share=st.floats(0, 0.999), seed=st.integers(0, 2**32))
@settings(deadline=None)
@pytest.mark.parametrize("name", DERIVATIVES)
def test_the_derivatives_are_those_of_the_parts(name, model, share, seed) -> None:
    """A central difference along v; kinks there are none, Psi is smooth."""
    size = model.y.size
    v = np.random.default_rng(seed).uniform(-1, 1, size)
    ranges = {"derivative of the next links": (1, size), "derivative of the first link": (0, 1)}
    ranges["nothing changes after the last"] = (size - 1, size)
    low, high = ranges.get(name, (0, size - 1))
    place = low + int(share * (high - low))
    mine = "link" in name
    at = [part(model.y + s * STEP * v / model.be, place, mine=mine) for s in (1, -1)]
    slope = (at[0] - at[1]) / (2 * STEP)
    stated = Model(model.y, model.lam, model.be, v=v).number(
        body_of(DERIVATIVES[name]).rhs, {I: place}
    )
    assert stated == pytest.approx(slope, rel=1e-4, abs=1e-4)


@given(model=points())
@settings(deadline=None)
def test_the_value_is_that_of_the_chain_without_its_start(model: Model) -> None:
    body = body_of(GAP_STATEMENT.hypotheses["value"])
    zero = np.zeros(model.y.size)
    here = Model(model.y, model.lam, model.be, y=zero)
    start = model.lam * float(chain_value(np, zero))
    assert body.lhs == Val(F, X)
    assert here.number(body.rhs) == pytest.approx(here.number(Val(F, X)) - start, abs=1e-9)


@given(model=points(), seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_gap_and_smoothness_hold_on_the_instance(model: Model, seed: int) -> None:
    instance = gated_chain(L=2, Delta=3, K=model.y.size, p=0.5, rho=0.9)
    rng = np.random.default_rng(seed)
    x, z = model.y * instance.width, rng.uniform(-2, 2, model.y.size) * instance.width
    assert instance.value(instance.x0) - instance.value(x) <= 3
    apart = np.abs(instance.grad(x) - instance.grad(z)).sum()
    assert apart <= 2 * np.abs(x - z).max() * (1 + 1e-12)


def test_the_gap_is_nearly_attained_and_the_rows_are_not_far_from_it() -> None:
    """Out at 40 a long chain has used 99.9 % of Delta; no constant much below 145 bounds a row."""
    instance = gated_chain(L=1, Delta=1, K=3000, p=0.5, rho=0.9)
    far = np.full(3000, 40.0) * instance.width
    assert 0.998 < instance.value(instance.x0) - instance.value(far) <= 1
    y = np.array([6.0, 0.76, 8.0])
    bent = [(part(y + s * STEP * np.eye(3)[1], 1, mine=False)) for s in (1, -1)]
    assert abs(bent[0] - bent[1]) / (2 * STEP) > 0.9 * 137.3


@given(p=st.floats(0.05, 0.95), model=points())
@settings(deadline=None)
def test_the_gated_oracle_is_unbiased_within_its_variance(p: float, model: Model) -> None:
    """Mean and variance of the two outcomes of the gate, exactly."""
    instance = gated_chain(L=1, Delta=1, K=model.y.size, p=p, rho=0.9)
    x = model.y * instance.width
    slope = instance.grad(x)
    beyond = np.arange(1, model.y.size + 1) > instance.progress(x, 0.25)
    outcomes = [np.where(beyond, slope * z / p, slope) for z in (1, 0)]
    mean = p * outcomes[0] + (1 - p) * outcomes[1]
    assert np.allclose(mean, slope, atol=1e-12)
    variance = p * (outcomes[0] - slope) ** 2 + (1 - p) * (outcomes[1] - slope) ** 2
    symbols = dict.fromkeys(NOISE.free_symbols - {DIM}, 1)
    most = float(NOISE.subs({**symbols, DIM: model.y.size})) ** 2 * (1 - p) / p
    assert (variance <= most * (1 + 1e-9)).all()
    assert instance.sigma[0] ** 2 == pytest.approx(most, rel=1e-6)
    assert np.count_nonzero(variance > 1e-30) <= 1


def test_the_oracle_is_unbiased_in_the_kernel() -> None:
    assert isinstance(unbiased().concl, k.Eq)
    assert isinstance(unbiased().concl.lhs, Ex)
    assert isinstance(unbiased().concl.lhs.args[0], Co)
    assert unbiased().hyps <= frozenset(NOISE_STATEMENT.hypotheses.values())


def test_the_rows_bound_both_signs() -> None:
    assert len(rows()) == 4
    assert math.isclose(8.5 + 137.3, 145.8)


@pytest.mark.parametrize("theory", [T8_A0, T8_A1, T8_A2], ids=lambda theory: theory.id)
def test_nothing_is_taken_on_trust_and_stronger_claims_fail(theory) -> None:
    assert theory.theorem.axioms == frozenset()
    conclusion = theory.statement.conclusion
    stronger = theory.statement.claiming(k.Le(conclusion.lhs, conclusion.rhs * sp.Rational(9, 10)))
    with pytest.raises(ProofError):
        check(theory.id, stronger, theory.prove)


def test_a1_has_the_form_of_the_class() -> None:
    assert str(SMOOTH_STATEMENT.conclusion).startswith("N1(")
    assert len([n for n in SMOOTH_STATEMENT.hypotheses if n.startswith("certified")]) == 6
