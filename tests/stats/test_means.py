"""Intervals for bounded means: formulas, coverage, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.stats.means import (
    IntervalRule,
    Sample,
    chernoff,
    concentrated,
    empirical_bernstein,
    hoeffding,
    narrowest,
    simultaneous,
)

RULES = [hoeffding, empirical_bernstein, chernoff, narrowest]


def unit_sample(mean: float, n: int, variance: float = 0.0) -> Sample:
    return Sample(np.array([mean]), np.array([variance]), n, np.zeros(1), np.ones(1))


def coin_samples(p: float, n: int, runs: int, seed: int) -> Sample:
    """``runs`` independent experiments of ``n`` p-coins each, one entry an experiment."""
    mean = np.random.default_rng(seed).binomial(n, p, size=runs) / n
    variance = mean * (1.0 - mean) * n / (n - 1)
    return Sample(mean, variance, n, np.zeros(runs), np.ones(runs))


def test_hoeffding_radius_is_the_formula() -> None:
    interval = hoeffding(unit_sample(0.5, 1000), 0.01)
    radius = math.sqrt(math.log(200.0) / 2000.0)
    assert interval.low[0] == pytest.approx(0.5 - radius, rel=1e-12)
    assert interval.high[0] == pytest.approx(0.5 + radius, rel=1e-12)


def test_empirical_bernstein_radius_is_the_formula() -> None:
    interval = empirical_bernstein(unit_sample(0.5, 1001, 0.04), 0.01)
    log = math.log(400.0)
    radius = math.sqrt(2 * 0.04 * log / 1001) + 7 * log / (3 * 1000)
    assert interval.high[0] - 0.5 == pytest.approx(radius, rel=1e-12)


def test_chernoff_limit_solves_its_equation_at_an_end_of_the_range() -> None:
    interval = chernoff(unit_sample(1.0, 500), 1e-6)
    assert interval.high[0] == 1.0
    # kl(1, m) = -ln m, so the lower limit is known in closed form.
    assert interval.low[0] == pytest.approx((2e6) ** (-1 / 500), rel=1e-12)


@given(mean=st.floats(0.0, 1.0), n=st.integers(1, 10**6), error=st.floats(1e-12, 0.5))
def test_chernoff_lies_inside_hoeffding(mean: float, n: int, error: float) -> None:
    inner, outer = chernoff(unit_sample(mean, n), error), hoeffding(unit_sample(mean, n), error)
    assert outer.low[0] - 1e-12 <= inner.low[0] <= mean <= inner.high[0] <= outer.high[0] + 1e-12


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("p", [0.002, 0.3, 0.97])
def test_coverage_is_at_least_what_is_stated(rule: IntervalRule, p: float) -> None:
    runs, error = 20_000, 0.1
    interval = rule(coin_samples(p, 200, runs, seed=7), error)
    missed = np.mean((interval.low > p) | (interval.high < p))
    assert missed <= error + 4 * math.sqrt(error * (1 - error) / runs)


def test_coverage_test_can_fail() -> None:
    """At a tenth of the seeds that it claims, the interval misses far too often."""
    sample = coin_samples(0.3, 20, 20_000, seed=7)
    boasting = Sample(sample.mean, sample.variance, 200, sample.low, sample.high)
    interval = chernoff(boasting, 0.1)
    assert np.mean((interval.low > 0.3) | (interval.high < 0.3)) > 0.2


def test_small_variance_pays() -> None:
    quiet, loud = unit_sample(0.5, 10_000, 1e-4), unit_sample(0.5, 10_000, 0.25)
    assert empirical_bernstein(quiet, 1e-3).width[0] < 0.2 * hoeffding(quiet, 1e-3).width[0]
    assert empirical_bernstein(loud, 1e-3).width[0] > hoeffding(loud, 1e-3).width[0]


@pytest.mark.parametrize("rule", RULES)
def test_ranges_scale_and_shift(rule: IntervalRule) -> None:
    unit = rule(unit_sample(0.25, 50, 0.01), 0.05)
    moved = rule(
        Sample(np.array([3.5]), np.array([0.04]), 50, np.array([3.0]), np.array([5.0])), 0.05
    )
    assert moved.low[0] == pytest.approx(3.0 + 2.0 * unit.low[0], rel=1e-12)
    assert moved.high[0] == pytest.approx(3.0 + 2.0 * unit.high[0], rel=1e-12)


@pytest.mark.parametrize("rule", RULES)
def test_one_copy_says_no_more_than_its_error_allows(rule: IntervalRule) -> None:
    interval = rule(unit_sample(0.5, 1), 0.01)
    assert interval.low[0] <= 0.01
    assert interval.high[0] >= 0.99


def test_simultaneous_covers_all_times_at_once() -> None:
    rng = np.random.default_rng(3)
    times, n, runs, error, missed = 50, 100, 2_000, 0.2, 0
    for _ in range(runs):
        mean = rng.binomial(n, 0.9, size=times) / n
        sample = Sample(mean, mean * (1 - mean), n, np.zeros(times), np.ones(times))
        interval = simultaneous(sample, error, chernoff)
        missed += bool(np.any((interval.low > 0.9) | (interval.high < 0.9)))
    assert missed / runs <= error


def test_entries_that_are_known_cost_no_error() -> None:
    low, high = np.array([0.0, 2.0, 3.0]), np.array([1.0, 2.0, 3.0])
    sample = Sample(np.array([0.5, 2.0, 3.0]), np.zeros(3), 100, low, high)
    interval = simultaneous(sample, 0.01)
    assert interval.width[1] == interval.width[2] == 0.0
    assert interval.width[0] == narrowest(unit_sample(0.5, 100), 0.01).width[0]


def test_known_values_have_zero_width() -> None:
    sample = Sample.known([0.25, 0.5])
    assert np.all(simultaneous(sample, 0.01).width == 0.0)


@pytest.mark.parametrize("error", [0.0, 1.0, -0.1, math.nan])
def test_an_error_that_is_no_probability_is_refused(error: float) -> None:
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        narrowest(unit_sample(0.5, 10), error)


def test_a_sample_outside_its_range_is_refused() -> None:
    with pytest.raises(InputError, match="outside its stated range"):
        unit_sample(1.1, 10)
    with pytest.raises(InputError, match="must be finite"):
        unit_sample(math.nan, 10)
    with pytest.raises(InputError, match="at least one copy"):
        unit_sample(0.5, 0)
    with pytest.raises(InputError, match="negative"):
        unit_sample(0.5, 10, -1.0)
    with pytest.raises(InputError, match="empty"):
        Sample(np.zeros(1), np.zeros(1), 10, np.ones(1), np.zeros(1))


def test_gaussian_tails_are_covered_and_no_wider_than_they_must_be() -> None:
    rng = np.random.default_rng(4)
    n, error, scale = 50, 0.05, np.array([0.5, 2.0])
    missed = np.zeros(2)
    for _ in range(1000):
        values = scale * rng.standard_normal((n, 2))
        sample = Sample(values.mean(axis=0), values.var(axis=0), n, -9.0 * scale, 9.0 * scale)
        found = concentrated(scale)(sample, error)
        missed += (found.low > 0.0) | (found.high < 0.0)
    assert np.all(missed <= 1000 * error)
    assert np.all(missed >= 1)
    with pytest.raises(InputError, match="strictly between 0 and 1"):
        concentrated(scale)(sample, 0.0)
