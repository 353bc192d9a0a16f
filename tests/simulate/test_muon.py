"""Muon: the exact polar factor is SignSGD on the diagonal; Newton-Schulz is its polynomial."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances import make
from hardinstances.errors import InputError
from hardinstances.instance import Instance
from signcheck.simulate import Muon, NewtonSchulzMuon, SignSGD, Signum, check, simulate
from signcheck.simulate.muon import REFERENCE_SCHEDULE, newton_schulz

T = 100
ETA = math.sqrt(2 / T)
SIGMA = np.array([0.0, 0.0, 0.3, 0.2]) * ETA


def matrix_instance(rotation: int | None, rows: int = 4, columns: int = 5) -> Instance:
    numbers = {"L": 1.0, "Delta": 1.0, "eta": ETA, "T": T, "sigma": SIGMA}
    return make("muon-tight", **numbers, rows=rows, columns=columns, rotation=rotation)


def vector_instance() -> Instance:
    return make("signsgd-tight", L=1.0, Delta=1.0, eta=ETA, T=T, sigma=SIGMA)


@pytest.mark.parametrize("rotation", [None, 3])
@pytest.mark.parametrize("beta", [0.0, 0.5])
def test_exact_muon_is_the_sign_method_on_the_diagonal(rotation: int | None, beta: float) -> None:
    vector = SignSGD(ETA) if beta == 0.0 else Signum(ETA, beta)
    inner = simulate(vector_instance(), vector, steps=T, seeds=6)
    outer = simulate(matrix_instance(rotation), Muon(ETA, beta), steps=T, seeds=6)
    np.testing.assert_allclose(outer.averages, inner.averages, rtol=1e-8)
    np.testing.assert_allclose(outer.mean, inner.mean, rtol=1e-8)
    assert outer.low is not None
    np.testing.assert_allclose(outer.low, inner.low, rtol=1e-8)


def test_the_svd_gives_what_the_shortcut_gives() -> None:
    instance = matrix_instance(3)
    short = simulate(instance, Muon(ETA), steps=T, seeds=5)
    long = simulate(instance, Muon(ETA), steps=T, seeds=5, sign_shortcut=False)
    np.testing.assert_allclose(short.averages, long.averages, rtol=1e-8)


def test_the_level_is_judged_on_matrices() -> None:
    instance = matrix_instance(2)
    judged = check(instance, Muon(ETA), instance.level_value, "lower", steps=T, error=1e-2)
    assert judged.verdict == "consistent"
    broken = check(instance, Muon(ETA), 1.05 * instance.level_value, "lower", steps=T, error=1e-2)
    assert broken.verdict == "refuted"


def polynomial(s: np.ndarray) -> np.ndarray:
    for a, b, c in REFERENCE_SCHEDULE:
        s = a * s + b * s**3 + c * s**5
    return s


@given(rows=st.integers(1, 5), columns=st.integers(1, 5), seed=st.integers(0, 100))
def test_newton_schulz_acts_on_the_singular_values(rows: int, columns: int, seed: int) -> None:
    m = np.random.default_rng(seed).standard_normal((2, rows, columns))
    left, s, right = np.linalg.svd(m, full_matrices=False)
    s = s / np.sqrt((s**2).sum(axis=-1, keepdims=True))
    np.testing.assert_allclose(
        newton_schulz(m), (left * polynomial(s)[:, None, :]) @ right, atol=1e-9
    )


def test_newton_schulz_leaves_zero_where_it_is() -> None:
    stack = np.stack([np.zeros((3, 2)), np.eye(3, 2)])
    found = newton_schulz(stack)
    assert np.array_equal(found[0], np.zeros((3, 2)))
    assert np.all(np.isfinite(found[1]))


def test_newton_schulz_runs_but_has_no_sure_range() -> None:
    summary = simulate(matrix_instance(3), NewtonSchulzMuon(ETA, 0.9), steps=20, seeds=3)
    assert np.all(np.isfinite(summary.mean))
    assert summary.low is None


@pytest.mark.parametrize("method", [Muon(ETA), Muon(ETA, 0.5), NewtonSchulzMuon(ETA)])
def test_vectors_are_refused_where_copies_would_become_rows(method: Muon) -> None:
    with pytest.raises(InputError, match=r"has vectors of shape \(4,\) .* take signsgd or signum"):
        simulate(vector_instance(), method, steps=3, seeds=2)


@pytest.mark.parametrize("method", [SignSGD(ETA), Signum(ETA, 0.5)])
def test_matrices_are_refused_by_signs_of_entries(method: SignSGD) -> None:
    with pytest.raises(InputError, match=r"has matrices of shape \(4, 5\) .* take muon"):
        simulate(matrix_instance(3), method, steps=3, seeds=2)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="positive stepsize"):
        Muon(0.0)
    with pytest.raises(InputError, match="list of triples"):
        NewtonSchulzMuon(0.1, schedule=())
    with pytest.raises(InputError, match="list of triples"):
        NewtonSchulzMuon(0.1, schedule=((1.0, math.nan, 0.0),))
