"""The exact law against sampling through the oracle, and against what the theory says."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest

import hardinstances
from hardinstances.errors import InputError
from hardinstances.instance import Instance
from hardinstances.noise import MaskingNoise
from hardinstances.vector import lattice_tight, lattice_wells, signsgd_tight
from signcheck.simulate import SGD, SignSGD, Signum, check, exact_law, simulate
from signcheck.simulate.law import sign_law
from signcheck.stats import simultaneous

T = 200
ETA = math.sqrt(2 / T)


def noisy_instance(B: int, T: int = T) -> Instance:
    eta = math.sqrt(2 / T)
    sigma = np.array([0.0, 0.0, 0.5, 0.3, 0.2]) * eta / 2 * math.sqrt(B)
    return signsgd_tight(L=1.0, Delta=1.0, eta=eta, T=T, sigma=sigma, B=B, rho=0.9)


def test_without_noise_it_is_the_reference_engine() -> None:
    for instance in (
        lattice_tight(L=1.0, Delta=1.0, eta=ETA, T=T, d=5),
        lattice_wells(L=1.0, Delta=1.0, eta=ETA, d=3),
    ):
        law = exact_law(instance, SignSGD(ETA), steps=T)
        run = simulate(instance, SignSGD(ETA), steps=T, seeds=1)
        np.testing.assert_allclose(law.mean, run.mean, rtol=1e-12)
        assert law.slack < 1e-10 * law.minimum


@pytest.mark.parametrize(("B", "batch"), [(1, 1), (4, 4), (4, 16), (4, 5)])
def test_sampling_through_the_oracle_covers_the_law(B: int, batch: int) -> None:
    """The batch the noise is made for, and others, where the signs are biased coins."""
    instance = noisy_instance(B)
    law = exact_law(instance, SignSGD(ETA), steps=T, batch=batch)
    run = simulate(instance, SignSGD(ETA), steps=T, batch=batch, seeds=3000, sign_shortcut=False)
    interval = simultaneous(run.at_each_time(), 1e-6)
    assert np.all(interval.low - 1e-12 <= law.mean)
    assert np.all(law.mean <= interval.high + 1e-12)
    # The check has teeth: the law moves by many interval widths in the course of the run.
    assert np.ptp(law.mean) > 2.0 * np.max(interval.width)


def test_other_batches_have_another_law() -> None:
    instance = noisy_instance(4)
    masked, seen = (exact_law(instance, SignSGD(ETA), steps=T, batch=b) for b in (4, 16))
    assert seen.mean[-1] < 0.9 * masked.mean[-1]


@pytest.mark.parametrize("B", [1, 2, 16, 64])
def test_masked_signs_are_fair_coins(B: int) -> None:
    noise = MaskingNoise(sigma=np.ones(3), tau=1e-6, B=B)
    down, up = sign_law(noise, np.array([0.2, -0.2, 0.0]) / math.sqrt(B), B)
    np.testing.assert_array_equal(down, 0.5)
    np.testing.assert_array_equal(up, 0.5)


@pytest.mark.parametrize("tau", [1e-6, 0.3])
@pytest.mark.parametrize("batch", [1, 2, 3, 5])
def test_sign_law_is_the_enumeration_of_all_batches(tau: float, batch: int) -> None:
    """A large tau lets several misses outweigh a hit, so more than one hit is needed."""
    noise = MaskingNoise(sigma=np.ones(2), tau=tau, B=2)
    slopes = np.array([0.05, -0.05])
    q = float(noise.hit)
    expected = np.zeros((2, 2))
    for hits in product([False, True], repeat=batch):
        weight = math.prod(q if hit else 1.0 - q for hit in hits)
        mean = sum(noise.outcome(slopes, np.array([hit, hit])) for hit in hits)
        expected[0] += weight * (mean > 0)
        expected[1] += weight * (mean < 0)
    np.testing.assert_allclose(sign_law(noise, slopes, batch), expected, rtol=1e-12)


def test_equal_coordinates_are_evolved_once_and_counted() -> None:
    one = signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=[0.0, 0.0, 0.03])
    many = signsgd_tight(L=1.0, Delta=1.0, eta=ETA, T=T, sigma=[0.0, 0.0] + [0.003] * 10)
    laws = [exact_law(instance, SignSGD(ETA), steps=T) for instance in (one, many)]
    np.testing.assert_allclose(laws[0].mean, laws[1].mean, rtol=1e-4)
    run = simulate(many, SignSGD(ETA), steps=T, seeds=3000)
    interval = simultaneous(run.at_each_time(), 1e-6)
    assert np.all((interval.low <= laws[1].mean) & (laws[1].mean <= interval.high + 1e-12))


@pytest.mark.parametrize("B", [1, 16, 64])
def test_tight_instances_are_judged_without_sampling(B: int) -> None:
    steps = 1000
    eta = math.sqrt(2 / steps)
    sigma = np.array([0.0, 0.0, 0.5, 0.3, 0.2]) * eta / 2 * math.sqrt(B)
    instance = signsgd_tight(L=1.0, Delta=1.0, eta=eta, T=steps, sigma=sigma, B=B)
    judged = [
        check(
            instance, SignSGD(eta), factor * instance.level_value, "lower",
            steps=steps, batch=B, engine="exact-law",
        )
        for factor in (1.0, 1.005)
    ]  # fmt: skip
    assert [j.verdict.value for j in judged] == ["consistent", "refuted"]
    assert judged[0].error_probability == 0.0
    assert 1.0 < judged[0].ratio < 1.005


def test_other_methods_and_counts_are_refused() -> None:
    with pytest.raises(InputError, match="known for SignSGD and SGD"):
        exact_law(noisy_instance(1), Signum(ETA, 0.5), steps=T)
    with pytest.raises(InputError, match="quadratics under Gaussian noise"):
        exact_law(noisy_instance(1), SGD(ETA), steps=T)
    with pytest.raises(InputError, match="separable instances"):
        exact_law(hardinstances.make("chain", L=1.0, Delta=1.0, K=3), SignSGD(ETA), steps=T)
    with pytest.raises(InputError, match="positive integer"):
        exact_law(noisy_instance(1), SignSGD(ETA), steps=0)
