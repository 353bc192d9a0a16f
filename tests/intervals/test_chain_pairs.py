"""The potential-function certificate: certified twice, refuted below 109, true of what is run."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.chain_function import chain_grad
from hardinstances.errors import ProofError
from proofs.lemmas import chain_potential as cp
from proofs.lemmas.chain_certified import ATOMS
from proofs.lemmas.chain_function import S
from signcheck import kernel as k
from signcheck.intervals import chain_pairs, recheck_pairs
from signcheck.intervals.chain_pairs import certify_pair
from signcheck.intervals.recheck_chain import recheck
from signcheck.intervals.recheck_pairs import recheck_pair
from tests.intervals.test_chain import curves

STEP = 1e-6


def with_constant(constant: int) -> k.Formula:
    body = k.Le(cp.entries(S, cp.R) + cp.potential(cp.R), constant + cp.potential(S))
    return k.ForAll(S, (), k.ForAll(cp.R, (), body))


def test_the_claims_are_certified() -> None:
    link, highest = cp.certificates()
    assert link.claim == cp.LINK_CLAIM == with_constant(112)
    assert highest.claim == cp.POTENTIAL_CLAIM
    assert link.cells > 1000


@pytest.mark.slow
def test_mpmath_agrees_with_other_rectangles() -> None:
    found = recheck_pair(cp.LINK_CLAIM, cp.PAIR_ATOMS)
    assert found.cells != cp.certificates()[0].cells
    assert found.method != cp.certificates()[0].method


def test_mpmath_agrees_on_the_height_of_the_potential() -> None:
    assert recheck(cp.POTENTIAL_CLAIM, ATOMS).claim == cp.POTENTIAL_CLAIM


def test_below_what_equal_links_need_the_claim_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(chain_pairs, "MAX_CELLS", 5000)
    with pytest.raises(ProofError, match="not certified"):
        certify_pair(with_constant(108), cp.PAIR_ATOMS)


def test_without_the_potential_133_is_not_enough(monkeypatch) -> None:
    monkeypatch.setattr(chain_pairs, "MAX_CELLS", 5000)
    plain = k.ForAll(S, (), k.ForAll(cp.R, (), k.Le(cp.entries(S, cp.R), 133)))
    with pytest.raises(ProofError, match="not certified"):
        certify_pair(plain, cp.PAIR_ATOMS)


def test_other_formulas_are_refused() -> None:
    for checker in (certify_pair, recheck_pair):
        with pytest.raises(ProofError, match="no inequality"):
            checker(cp.POTENTIAL_CLAIM, cp.PAIR_ATOMS)


@given(low=st.fractions(-11, 11), width=st.fractions(0, 1), share=st.floats(0, 1))
@settings(deadline=None)
def test_both_enclosures_hold_what_is_run(low: Fraction, width: Fraction, share: float) -> None:
    high = low + width
    true = curves(float(low) + share * float(width))
    balls, intervals = chain_pairs._curves(low, high), recheck_pairs._curves(low, high)
    for name, value in true.items():
        slack = 1e-6 * (1 + abs(value))
        ball, interval = balls[name], intervals[name]
        if ball.is_finite():
            assert abs(float(ball.mid()) - value) <= float(ball.rad()) + slack
        assert interval.a - slack <= value <= interval.b + slack


def potential(s: float) -> float:
    found = curves(abs(s))
    return max(0.0, 3.6 * abs(found["ddPsi"]) + 3 * found["dPsi"] - 99)


@given(seed=st.integers(0, 2**32), size=st.integers(1, 8))
@settings(deadline=None)
def test_all_entries_of_the_hessian_together(seed: int, size: int) -> None:
    """sum_ij |H_ij| of the chain that is run, by differences, at points near the steep bends."""
    rng = np.random.default_rng(seed)
    y = rng.choice([0.0, 0.7, 0.72, 0.76, -0.76, 0.9, 5.0], size=size) + 0.02 * rng.normal(
        size=size
    )
    unit = STEP * np.eye(size)
    rows = [chain_grad(np, y + e) - chain_grad(np, y - e) for e in unit]
    total = np.abs(rows).sum() / (2 * STEP)
    assert total <= 112 * size * (1 + 1e-6)
    telescoped = 112 * (size - 1) + potential(y[0]) - potential(y[-1]) + 1
    assert total <= telescoped * (1 + 1e-6) + 1e-3


def test_equal_links_need_108_already() -> None:
    y = np.full(400, 0.7644)
    rows = [
        chain_grad(np, y + STEP * np.eye(400)[i]) - chain_grad(np, y - STEP * np.eye(400)[i])
        for i in range(400)
    ]
    assert 108 < np.abs(rows).sum() / (2 * STEP) / 400 < 109
