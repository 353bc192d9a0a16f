"""T5-newton-schulz: whole runs with the real steps, the link to T10, and its numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.geometry import MATRIX
from proofs.lemmas import minorant as lemma
from proofs.newton_schulz import NEWTON_SCHULZ, T10
from proofs.samples.newton_schulz import NO_STEP
from proofs.upper.muon import T5, TOTAL
from proofs.upper.muon_newton_schulz import SPECTRUM, STATEMENT, T5_NEWTON_SCHULZ
from proofs.upper.muon_oracle import NOISE
from signcheck import kernel as k
from signcheck import mutate
from signcheck.mutate import Mutant
from signcheck.simulate.muon import newton_schulz

BOUND = T5_NEWTON_SCHULZ.bound
POINT = {"L": 2, "Delta": 3, "eta": 0.1, "T": 50, "B": 4, "sigma": [0.3, 0.1]}


@given(st.integers(1, 5000))
@settings(deadline=None)
def test_what_is_left_out_is_what_t10_certifies(rank: int) -> None:
    quality = {"alpha": T10.bound.value(r=rank), "gamma": float(NEWTON_SCHULZ.gamma)}
    assert BOUND.value(**POINT, r=rank) == pytest.approx(T5.bound.value(**POINT, **quality))
    assert {n for n, key in BOUND.keys.items() if not key.required} == {"level", "slope", "gamma"}


def test_other_steps_bring_their_own_numbers() -> None:
    own = {"level": 0.96, "slope": 56, "gamma": 1.001}
    alpha = lemma.T10_MINORANT.bound.value(r=16, level=0.96, slope=56)
    wanted = T5.bound.value(**POINT, alpha=alpha, gamma=1.001)
    assert BOUND.value(**POINT, r=16, **own) == pytest.approx(wanted)
    assert wanted < BOUND.value(**POINT, r=16)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"r": 0}, "r must be at least 1"),
        ({"level": 0}, "level must be positive"),
        ({"slope": 0.5}, "level <= slope"),
        ({"gamma": 0}, "gamma must be positive"),
        ({"alpha": 0.5}, "no key 'alpha'"),
    ],
)
def test_bad_input_yields_no_number(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        BOUND.value(**{**POINT, "r": 2} | change)


# ---------------------------------------------------------------- falsification


@given(st.integers(0, 10**6), st.sampled_from([(1, 1), (2, 3), (4, 4)]), st.integers(1, 30))
@settings(deadline=None)
def test_no_run_without_noise_is_worse(seed: int, shape: tuple[int, int], steps: int) -> None:
    """f(X) = sum of <P_k, X>^2/2 under the real steps; it starts at its own gap."""
    rng = np.random.default_rng(seed)
    parts = rng.normal(size=(2, *shape))
    x = rng.normal(size=shape)
    smooth = float(sum(MATRIX.norm(p) ** 2 for p in parts))
    gap = float(sum(np.vdot(p, x) ** 2 for p in parts) / 2)
    eta = float(np.sqrt(2 * gap / (smooth * steps)))
    total = 0.0
    for _ in range(steps):
        g = sum(np.vdot(p, x) * p for p in parts)
        total += float(MATRIX.norm(g))
        x = x - eta * newton_schulz(g)
    numbers = {"L": smooth, "Delta": gap, "eta": eta, "T": steps, "B": 1, "sigma": [0.0]}
    assert total / steps <= BOUND.value(**numbers, r=min(shape)) * (1 + 1e-9)


@given(st.integers(0, 10**6), st.sampled_from([(2, 3), (16, 9)]), st.booleans())
@settings(deadline=None)
def test_the_hypotheses_on_singular_values_hold_of_matrices(seed, shape, nothing) -> None:
    g = np.zeros(shape) if nothing else np.random.default_rng(seed).normal(size=shape)
    left, s, right = np.linalg.svd(g, full_matrices=False)
    norm = float(np.linalg.norm(g))
    z = s / norm if norm else np.zeros_like(s)
    out = newton_schulz(g)
    o = np.diagonal(left.T @ out @ right.T)
    assert s.sum() == pytest.approx(MATRIX.norm(g))
    assert s @ o == pytest.approx(np.vdot(g, out), abs=1e-12)
    assert norm**2 == pytest.approx(s @ s)
    assert np.all((z >= 0) & (z <= 1 + 1e-12))
    assert np.all(np.minimum(0.6818, 450 * z) <= o + 1e-9)
    assert MATRIX.dual(out) <= float(NEWTON_SCHULZ.gamma)


# ---------------------------------------------------------------- statement and proof


def test_the_alignment_of_t5_is_gone_and_the_spectrum_is_there() -> None:
    names = set(STATEMENT.hypotheses)
    assert names >= {*SPECTRUM, "|O|_op <= gamma", "r >= 1", "level <= slope", "A2 second moment"}
    assert not names & {"alignment", "alpha > 0"}
    assert T5_NEWTON_SCHULZ.theorem.axioms == T5.theorem.axioms


def test_the_run_is_consistent_and_has_the_bound_of_t5() -> None:
    (run,) = T5_NEWTON_SCHULZ.runs
    own, general = (run.numbers(theory.bound) for theory in (T5_NEWTON_SCHULZ, T5))
    assert own["r"] == 2
    assert BOUND.value(**own) == pytest.approx(T5.bound.value(**general))


@pytest.mark.parametrize("dropped", [s.breaks for s in T5_NEWTON_SCHULZ.samples() if s.breaks])
def test_without_a_hypothesis_the_claim_is_refuted(dropped: str) -> None:
    mutant = Mutant(f"without {dropped}", STATEMENT.without(dropped), dropped)
    assert mutate.refutation(mutant, mutate._members(T5_NEWTON_SCHULZ, dropped))


def test_samples_name_what_they_break() -> None:
    broken = {sample.breaks for sample in T5_NEWTON_SCHULZ.samples()} - {""}
    assert broken <= set(STATEMENT.hypotheses)
    assert set(NO_STEP) <= broken
    assert all({TOTAL, NOISE} <= set(sample.values) for sample in T5_NEWTON_SCHULZ.samples())
    assert isinstance(STATEMENT.conclusion, k.Le)
