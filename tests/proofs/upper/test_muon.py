"""T5 says what it should: whole runs of Muon with real polar factors, every path of the noise."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.geometry import MATRIX, polar_map
from proofs.upper.muon import ALPHA, GAMMA, NOISE, STATEMENT, T5, T5_EXACT, TOTAL
from signcheck.kernel.terms import COLUMNS, ROWS
from signcheck.simulate.muon import Muon, newton_schulz

SHAPES = st.sampled_from([(1, 1), (2, 2), (2, 3), (3, 2)])


class Quadratics:
    """f(X) = sum of <P_k, X>^2/2, smooth with L = sum of |P_k|_*^2, and two-point noise."""

    def __init__(self, shape: tuple[int, int], seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.parts = rng.normal(size=(2, *shape))
        self.start = rng.normal(size=shape)
        self.noise = rng.normal(size=shape) * rng.choice([0.0, 0.3, 1.0])
        self.L = float(sum(MATRIX.norm(p) ** 2 for p in self.parts))

    def gap(self) -> float:
        return float(sum(np.vdot(p, self.start) ** 2 for p in self.parts) / 2)

    def grad(self, x: np.ndarray) -> np.ndarray:
        return sum(np.vdot(p, x) * p for p in self.parts)

    def sigma(self) -> np.ndarray:
        """The noise is +N or -N with probability 1/2, so Sigma = (N N^T)^(1/2)."""
        return np.linalg.svd(self.noise, compute_uv=False)


def inexact(g: np.ndarray, alpha: float, gamma: float) -> np.ndarray:
    """Singular values between alpha and gamma in place of 1."""
    left, values, right = np.linalg.svd(g, full_matrices=False)
    sizes = np.linspace(gamma, alpha, values.size) if values.size > 1 else np.array([alpha])
    return (left * np.where(values > 1e-12, sizes, 0.0)) @ right


def average(f: Quadratics, eta: float, steps: int, batch: int, alpha: float, gamma: float) -> float:
    """avg_T over all paths of the noise, each equally likely."""
    coins = list(product((-1.0, 1.0), repeat=batch)) if f.noise.any() else [(0.0,)]
    total, points = 0.0, [f.start]
    for _ in range(steps):
        total += float(np.mean([MATRIX.norm(f.grad(x)) for x in points]))
        points = [
            x - eta * inexact(f.grad(x) + np.mean(calls) * f.noise, alpha, gamma)
            for x in points
            for calls in coins
        ]
    return total / steps


@given(
    SHAPES,
    st.integers(0, 10**6),
    st.sampled_from([(1, 1), (3, 1), (4, 2), (2, 3)]),
    st.sampled_from([(1.0, 1.0), (0.5, 1.2), (0.7, 0.7)]),
    st.sampled_from([0.02, 0.2, 1.0]),
)
def test_whole_runs_stay_below_the_bound(shape, seed, sizes, quality, eta) -> None:
    f, (steps, batch), (alpha, gamma) = Quadratics(shape, seed), sizes, quality
    numbers = {"L": f.L, "Delta": f.gap(), "eta": eta, "T": steps, "B": batch, "sigma": f.sigma()}
    assert T5.bound is not None
    bound = T5.bound.value(**numbers, alpha=alpha, gamma=gamma)
    assert average(f, eta, steps, batch, alpha, gamma) <= bound * (1 + 1e-12)


@pytest.mark.parametrize("scale", [1.0, 3.0])
def test_the_bound_is_nearly_attained_by_a_scaled_polar_factor(scale: float) -> None:
    """One step of eta/scale from the distance eta/2: f = x^2/2 flips between +-eta/2 for ever."""
    f = Quadratics((1, 1), 0)
    f.parts, f.noise = np.array([[[1.0]], [[0.0]]]), np.zeros((1, 1))
    f.start, f.L = np.array([[0.5]]), 1.0
    numbers = {"L": 1, "Delta": f.gap(), "eta": 1 / scale, "T": 40, "B": 1, "sigma": [0.0]}
    assert T5.bound is not None
    bound = T5.bound.value(**numbers, alpha=scale, gamma=scale)
    found = average(f, 1 / scale, 40, 1, scale, scale)
    assert 0.98 * bound < found <= bound
    for wrong in (bound - 1e-2, T5.bound.value(**{**numbers, "L": 0.5}, alpha=scale, gamma=scale)):
        assert found > wrong


def test_alpha_and_gamma_default_to_the_exact_polar_factor() -> None:
    numbers = {"L": 2, "Delta": 3, "eta": 0.1, "T": 50, "B": 4, "sigma": [0.3, 0.1]}
    assert T5.bound is not None
    assert T5_EXACT.bound is not None
    exact = T5_EXACT.bound.value(**numbers)
    assert T5.bound.value(**numbers) == exact == pytest.approx(3 / 5 + 0.1 + 0.2)
    assert T5.bound.value(**numbers, alpha=0.5, gamma=1.2) == pytest.approx(6 / 5 + 0.288 + 0.48)
    assert set(T5.bound.keys) - set(T5_EXACT.bound.keys) == {"alpha", "gamma"}
    assert "nuclear" in T5.bound.keys["L"].text


def test_the_statement_speaks_of_matrices() -> None:
    used = STATEMENT.conclusion.free().union(*(h.free() for h in STATEMENT.hypotheses.values()))
    assert {ROWS, COLUMNS, ALPHA, GAMMA} <= used
    assert all(atom in sample.values for sample in T5.samples() for atom in (TOTAL, NOISE))


def test_a_run_through_the_simulator_uses_the_polar_factor_that_svd_gives() -> None:
    """The engine's shortcut and a real decomposition take the same path on a dense instance."""
    run = next(run for run in T5.runs if run.batch > 1)
    instance, eta = run.instance, run.parameters["eta"]
    x = y = np.array(instance.x0)
    method, rng = Muon(eta), hardinstances.rng.Stream(5)
    for _ in range(30):
        g = instance.oracle(x, run.batch, rng)
        x = method.step(x, g, None)[0]
        y = y - eta * polar_map(g, tolerance=1e-9)
        assert np.abs(x - y).max() < 1e-9
        assert MATRIX.norm(instance.grad(x)) == pytest.approx(instance.stationarity(x), rel=1e-7)


@given(st.integers(0, 10**6))
def test_a_newton_schulz_step_has_an_alpha_and_a_gamma(seed: int) -> None:
    g = np.random.default_rng(seed).normal(size=(3, 4))
    out = newton_schulz(g)
    assert MATRIX.dual(out) <= 1.2024
    assert np.vdot(g, out) >= 0.679 * MATRIX.norm(g)
