"""Masking noise: its symbolic law, its samples, and the fair coin."""

import math

import numpy as np
import pytest
import sympy as sp
import torch
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from hardinstances.noise import BATCH, HIT, MASKED_LIMIT, MASKING, MEAN, TAU, MaskingNoise
from hardinstances.rng import Stream

BATCHES = [1, 2, 3, 16, 64, 1000]


def test_law_is_a_law_with_the_right_mean():
    assert sp.simplify(sum(MASKING.probabilities) - 1) == 0
    assert sp.simplify(MASKING.expectation(lambda outcome: outcome) - MEAN) == 0


@pytest.mark.parametrize("batch", BATCHES)
def test_variance_is_within_sigma_exactly_up_to_the_stated_slope(batch):
    variance = MASKING.expectation(lambda outcome: (outcome - MEAN) ** 2).subs(BATCH, batch)
    sigma = sp.Symbol("sigma", positive=True)
    limit = MASKED_LIMIT.subs({BATCH: batch, "sigma": sigma})
    at_limit = variance.subs(MEAN, limit - TAU).subs(TAU, sp.Rational(1, 7))
    assert sp.N(at_limit.subs(sigma, 3) - 9, 30) == pytest.approx(0, abs=1e-25)
    beyond = variance.subs(MEAN, limit * 1.001 - TAU).subs({TAU: sp.Rational(1, 7), sigma: 3})
    assert sp.N(beyond) > 9


@pytest.mark.parametrize("batch", BATCHES)
def test_coin_is_fair_and_one_hit_outweighs_all_misses(batch):
    assert sp.simplify((1 - HIT.subs(BATCH, batch)) ** batch - sp.Rational(1, 2)) == 0
    large = MASKING.outcomes[0].subs({BATCH: batch, MEAN: 0, TAU: 1})
    assert sp.N(large, 30) > batch - 1


@given(
    mean=st.floats(-2, 2), tau=st.floats(1e-6, 1), batch=st.sampled_from(BATCHES),
    hit=st.booleans(),
)  # fmt: skip
def test_compiled_outcomes_are_the_symbolic_ones(mean, tau, batch, hit):
    noise = MaskingNoise(np.ones(1), tau, batch)
    got = noise.outcome(np.array([mean]), np.array([hit]))[0]
    symbolic = MASKING.outcomes[0 if hit else 1]
    numbers = {MEAN: sp.Float(abs(mean), 40), TAU: sp.Float(tau, 40), BATCH: batch}
    expected = float(sp.N(symbolic.subs(numbers), 30))
    assert got == pytest.approx(math.copysign(1, mean) * expected, rel=1e-12)


def draw(noise, mean, batch, step, count):
    stream, coordinates = Stream(11), np.arange(count)
    means = np.full(count, mean)
    calls = [noise.sample(means, coordinates, stream, step, call) for call in range(batch)]
    return np.stack(calls)


@pytest.mark.parametrize("batch", [1, 2, 16])
@pytest.mark.parametrize("mean", [0.5, -0.3, 0.0])
def test_single_calls_are_unbiased_with_the_stated_variance(batch, mean):
    count = 200_000 // batch
    noise = MaskingNoise(np.ones(count), 0.05, batch)
    sample = draw(noise, mean, batch, 0, count).ravel()
    q = float(noise.hit)
    variance = (abs(mean) + 0.05) ** 2 * (1 - q) / q
    assert abs(sample.mean() - mean) < 5 * math.sqrt(variance / sample.size)
    fourth = (1 - q) * q * ((1 - q) ** 3 + q**3) * ((abs(mean) + 0.05) / q) ** 4
    spread = math.sqrt(max(fourth - variance**2, 0.0) / sample.size)
    # At B = 1 the squared deviation is a constant, so only its rounding is left.
    assert abs(((sample - mean) ** 2).mean() - variance) < 5 * spread + 1e-6


@pytest.mark.parametrize("batch", [1, 2, 16])
@pytest.mark.parametrize("mean", [0.5, -0.3, 0.0])
def test_one_draw_sign_has_the_law_of_the_sign_of_the_mean_of_b_calls(batch, mean):
    count = 40_000
    noise = MaskingNoise(np.ones(count), 1e-3, batch)
    by_calls = np.sign(draw(noise, mean, batch, 3, count).mean(axis=0))
    at_once = noise.sample_sign(np.full(count, mean), np.arange(count), Stream(5), 3, batch)
    for signs in (by_calls, at_once):
        assert set(np.unique(signs)) == {-1.0, 1.0}
        # A fair coin: five standard deviations.
        assert abs(signs.mean()) < 5 / math.sqrt(count)


def test_one_draw_sign_is_the_sign_of_the_call_at_batch_one():
    count = 1000
    noise = MaskingNoise(np.ones(count), 1e-3, 1)
    for mean in (0.4, -0.4, 0.0):
        call = draw(noise, mean, 1, 2, count)[0]
        coin = noise.sample_sign(np.full(count, mean), np.arange(count), Stream(11), 2, 1)
        np.testing.assert_array_equal(np.sign(call), coin)


def test_torch_draws_the_same():
    noise = MaskingNoise(np.ones(50), 0.01, 4)
    mean = np.linspace(-1, 1, 50)
    ours = noise.sample(mean, np.arange(50), Stream(1), 6, 2)
    theirs = noise.sample(torch.from_numpy(mean), np.arange(50), Stream(1), 6, 2)
    np.testing.assert_allclose(theirs.numpy(), ours, rtol=1e-15)


@pytest.mark.parametrize(
    ("sigma", "tau", "batch", "message"),
    [
        ([1.0], 0.0, 1, "tau"),
        ([1.0], math.nan, 1, "tau"),
        ([0.0], 0.1, 1, "sigma"),
        ([math.inf], 0.1, 1, "sigma"),
        ([1.0], 0.1, 0, "B must"),
        ([1.0], 0.1, 1.5, "B must"),
    ],
)
def test_bad_parameters_are_refused(sigma, tau, batch, message):
    with pytest.raises(InputError, match=message):
        MaskingNoise(sigma, tau, batch)
