"""The Gaussian law of SGD: folded normals, the noise floor of T3, and sampling beside it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad

from hardinstances import make
from hardinstances.errors import InputError
from hardinstances.instance import Instance
from signcheck.simulate import SGD, SignSGD, check, exact_law, simulate
from signcheck.simulate.cpu import simulate_cpu
from signcheck.simulate.gaussian import folded_mean

T = 400


def floor(**changes: Any) -> Instance:
    numbers: dict[str, Any] = {"L": 1.0, "Delta": 1.0, "eta": 0.05, "T": T}
    return make("sgd-noise-floor", **{**numbers, "sigma": [0.4, 0.2, 0.0, 0.0], **changes})


@given(mean=st.floats(-5.0, 5.0), deviation=st.floats(1e-3, 3.0))
def test_folded_mean_is_the_integral(mean: float, deviation: float) -> None:
    def weighted(z: float) -> float:
        return abs(mean + deviation * z) * math.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)

    zero = -mean / deviation
    middle = [p for p in (zero,) if -12.0 < p < 12.0]
    integral = quad(weighted, -12.0, 12.0, points=middle or None, epsabs=1e-12)[0]
    found = folded_mean(np.array(mean), np.array(deviation))
    assert float(found) == pytest.approx(integral, rel=1e-8, abs=1e-10)


def test_folded_mean_without_spread_is_the_absolute_value() -> None:
    found = folded_mean(np.array([-2.0, 0.0, 3.0]), np.zeros(3))
    np.testing.assert_array_equal(found, [2.0, 0.0, 3.0])


def test_the_noise_floor_holds_at_every_step_and_is_close() -> None:
    instance = floor(k=2)
    law = exact_law(instance, SGD(0.05), steps=T)
    assert law.minimum >= instance.level_value
    assert law.minimum <= 1.1 * instance.level_value
    assert law.slack < 1e-10 * law.minimum


@pytest.mark.parametrize("batch", [pytest.param(1, marks=pytest.mark.slow), 4])
def test_sampling_agrees_with_the_law(batch: int) -> None:
    instance, n = floor(), 4000
    law = exact_law(instance, SGD(0.05), steps=T, batch=batch)
    run = simulate_cpu(instance, SGD(0.05), steps=T, batch=batch, seeds=n)
    spread = np.sqrt(run.variance / n) + 1e-12
    assert np.max(np.abs(run.mean - law.mean) / spread) < 5.5
    wrong = exact_law(instance, SGD(0.05), steps=T, batch=2)
    assert np.max(np.abs(run.mean - wrong.mean) / spread) > 10.0


def test_the_reference_engine_agrees_too() -> None:
    instance, n = floor(), 2000
    law = exact_law(instance, SGD(0.05), steps=100)
    run = simulate(instance, SGD(0.05), steps=100, seeds=n)
    spread = np.sqrt(run.variance / n) + 1e-12
    assert np.max(np.abs(run.mean - law.mean) / spread) < 5.5


def test_signs_of_gaussian_batches_are_a_chain_on_the_lattice() -> None:
    instance, n = floor(), 3000
    law = exact_law(instance, SignSGD(0.05), steps=100, batch=3)
    run = simulate(instance, SignSGD(0.05), steps=100, batch=3, seeds=n)
    spread = np.sqrt(run.variance / n) + 1e-12
    assert np.max(np.abs(run.mean - law.mean) / spread) < 5.5
    assert np.ptp(law.mean) > 0.1


@pytest.mark.parametrize(("factor", "verdict"), [(1.0, "consistent"), (1.12, "refuted")])
def test_the_floor_is_judged_without_sampling(factor: float, verdict: str) -> None:
    instance = floor()
    judged = check(
        instance, SGD(0.05), factor * instance.level_value, "lower", steps=T, engine="exact-law"
    )
    assert judged.verdict == verdict


def test_a_stepsize_beyond_stability_never_improves_and_overflow_is_refused() -> None:
    instance = floor(eta=2.5)
    law = exact_law(instance, SGD(2.5), steps=20)
    assert law.minimum >= instance.level_value * (1 - 1e-12)
    with pytest.raises(InputError, match="leaves the finite numbers"):
        exact_law(instance, SGD(1e9), steps=T)
