"""T8-A1-sharp: the smaller constant holds on the chain that is run and rests on its certificate."""

from __future__ import annotations

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain import gated_chain
from hardinstances.errors import ProofError
from proofs.lower.chain_sharp import CLAIMS, SMALL, STATEMENT, T8_A1_SHARP, form_below, triple
from signcheck import kernel as k
from signcheck.theory import check


@given(seed=st.integers(0, 2**32), size=st.integers(1, 8))
@settings(deadline=None)
def test_the_chain_is_that_smooth(seed: int, size: int) -> None:
    """At pairs of near points by the steep bends, where the change is largest."""
    instance = gated_chain(L=2, Delta=1, K=size, p=0.5, rho=0.9)
    rng = np.random.default_rng(seed)
    y = rng.choice([0.0, 0.7, 0.7644, -0.76, 5.0], size=size) + 0.02 * rng.normal(size=size)
    near = y + 10.0 ** rng.uniform(-5, 0.5) * rng.choice([-1.0, 1.0], size=size)
    x, z = y * instance.width, near * instance.width
    change = np.abs(instance.grad(x) - instance.grad(z)).sum()
    assert change <= 2 * 112 / 146 * np.abs(x - z).max() * (1 + 1e-6) + 1e-12


@given(f=st.floats(0, 4), w=st.floats(-4, 4), e=st.floats(-1, 1), v=st.floats(-4, 4))
def test_the_product_of_three(f: float, w: float, e: float, v: float) -> None:
    assert f * w * e * v <= f * abs(w) * abs(v) + 1e-9
    assert isinstance(triple().concl, k.Le)


def test_the_proof_rests_on_the_certified_claims_and_no_axiom() -> None:
    assert T8_A1_SHARP.theorem.axioms == frozenset()
    assert set(CLAIMS.values()) <= T8_A1_SHARP.theorem.hyps
    assert SMALL in form_below().hyps
    assert SMALL not in T8_A1_SHARP.theorem.hyps


@pytest.mark.parametrize("factor", [sp.Rational(99, 100), sp.Rational(108, 112)])
def test_a_smaller_constant_is_not_proved(factor) -> None:
    conclusion = STATEMENT.conclusion
    assert isinstance(conclusion, k.Le)
    stronger = STATEMENT.claiming(k.Le(conclusion.lhs, factor * conclusion.rhs))
    with pytest.raises(ProofError):
        check("T8-A1-sharp", stronger, T8_A1_SHARP.prove)
