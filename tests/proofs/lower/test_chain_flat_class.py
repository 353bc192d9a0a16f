"""T8-flat-A1: the form is the Hessian's, its bound is not far from attained, and A1 holds."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain import flat_chain
from hardinstances.chain_function import chain_grad
from hardinstances.errors import ProofError
from proofs.lemmas.chain_form import BOTH, form_below, one_link, young
from proofs.lemmas.chain_moments import bessel
from proofs.lower.chain_flat_class import STATEMENT, T8_FLAT_A1, lengths, norm_of_change
from signcheck import kernel as k
from signcheck.theory import check

STEP = 1e-6


def hessian(y: np.ndarray) -> np.ndarray:
    """Hessian of F_K by central differences of its gradient."""
    unit = np.eye(y.size)
    rows = [chain_grad(np, y + STEP * e) - chain_grad(np, y - STEP * e) for e in unit]
    return np.array(rows) / (2 * STEP)


@given(seed=st.integers(0, 2**32), size=st.integers(1, 6), balance=st.floats(0.1, 10))
@settings(deadline=None)
def test_the_form_is_bounded_by_the_rows(seed: int, size: int, balance: float) -> None:
    """The conclusion of the lemma with random weights, at points near the steepest bends."""
    rng = np.random.default_rng(seed)
    y = rng.choice([0.0, 0.7, 0.76, -0.76, 1.0, 6.0], size=size) + 0.02 * rng.normal(size=size)
    e, v = rng.normal(size=(2, size))
    most = float(BOTH) * (balance * (e @ e) + (v @ v) / balance) / 2
    assert abs(e @ hessian(y) @ v) <= most * (1 + 1e-6)


def test_the_norm_of_the_hessian_is_not_far_below_the_bound() -> None:
    norm = np.abs(np.linalg.eigvalsh(hessian(np.array([6.0, 0.76, 8.0])))).max()
    assert 0.9 * float(BOTH) < norm <= float(BOTH)


@given(seed=st.integers(0, 2**32), links=st.sampled_from([1, 3, 7]))
@settings(deadline=None)
def test_the_rotated_chain_is_smooth(seed: int, links: int) -> None:
    instance = flat_chain(L=2, Delta=1, K=links)
    rng = np.random.default_rng(seed)
    inner = rng.uniform(-1.5, 1.5, size=(2, links)) * instance.width
    x, z = instance.rotation.outward(inner)
    apart = np.abs(instance.grad(x) - instance.grad(z)).sum()
    assert apart <= 2 * np.abs(x - z).max() * (1 + 1e-9)


@given(
    f=st.floats(0, 5),
    w=st.floats(-5, 5),
    e=st.floats(-5, 5),
    v=st.floats(-5, 5),
    c=st.floats(0.1, 5),
)
def test_young(f: float, w: float, e: float, v: float, c: float) -> None:
    assert f * w * e * v <= f * abs(w) * (c * e**2 + v**2 / c) / 2 + 1e-9
    assert isinstance(young().concl, k.Le)


@given(seed=st.integers(0, 2**32))
@settings(deadline=None)
def test_bessel_on_the_rotation(seed: int) -> None:
    instance = flat_chain(L=1, Delta=1, K=7)
    move = np.random.default_rng(seed).normal(size=instance.d)
    inner = instance.rotation.inward(move)
    assert inner @ inner <= move @ move
    assert not bessel().axioms


def test_the_lemmas_are_about_all_points() -> None:
    assert isinstance(form_below().concl, k.ForAll)
    assert callable(one_link)
    known = frozenset(STATEMENT.hypotheses.values())
    for thm in (norm_of_change(), lengths()):
        extra = {str(h) for h in thm.hyps - known}
        assert extra <= {"0 < lam", "0 < be"}
        assert not thm.axioms


def test_independence_of_four_columns_is_not_needed_for_smoothness() -> None:
    assert "4-wise independent rows" not in STATEMENT.hypotheses
    assert "orthogonal columns" in STATEMENT.hypotheses


@pytest.mark.parametrize("factor", [sp.Rational(99, 100), sp.Rational(1, 2)])
def test_a_smaller_constant_is_not_proved(factor) -> None:
    conclusion = STATEMENT.conclusion
    assert isinstance(conclusion, k.Le)
    stronger = STATEMENT.claiming(k.Le(conclusion.lhs, factor * conclusion.rhs))
    with pytest.raises(ProofError):
        check("T8-flat-A1", stronger, T8_FLAT_A1.prove)
