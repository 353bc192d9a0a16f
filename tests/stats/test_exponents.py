"""Fitted exponents: exact laws, coverage, and noise in x."""

from __future__ import annotations

import math

import numpy as np
import pytest

from hardinstances.errors import InputError
from signcheck.stats.exponents import fit_exponent

GRID = np.array([10.0, 30.0, 100.0, 300.0, 1000.0])


def noisy(truth: np.ndarray, n: int, spread: float, rng: np.random.Generator) -> list[np.ndarray]:
    return [value * (1.0 + spread * (rng.random(n) - 0.5)) for value in truth]


def test_an_exact_power_law_is_recovered_with_zero_width() -> None:
    fit = fit_exponent(list(GRID), list(3.0 * GRID**-0.25))
    assert fit.slope == pytest.approx(-0.25, abs=1e-12)
    assert math.exp(fit.intercept) == pytest.approx(3.0)
    assert fit.ci == (fit.slope, fit.slope)
    assert (fit.error_probability, fit.sampled) == (0.0, 0)


@pytest.mark.parametrize("noise_in_x", [False, True])
def test_coverage_is_close_to_nominal(noise_in_x: bool) -> None:
    rng, missed, runs = np.random.default_rng(0), 0, 200
    for run in range(runs):
        x = noisy(GRID, 40, 1.0, rng) if noise_in_x else list(GRID)
        y = noisy(GRID**-0.5, 40, 1.0, rng)
        missed += not fit_exponent(x, y, error=0.1, resamples=400, seed=run).covers(-0.5)
    assert missed / runs <= 0.1 + 3 * math.sqrt(0.1 * 0.9 / runs)


def test_intervals_are_not_wide_enough_to_cover_anything() -> None:
    rng = np.random.default_rng(1)
    fit = fit_exponent(list(GRID), noisy(GRID**-0.5, 400, 1.0, rng))
    assert fit.covers(-0.5)
    assert not fit.covers(-0.48)
    assert fit.ci[1] - fit.ci[0] < 0.03


def test_noise_in_x_does_not_flatten_the_slope() -> None:
    """On a short grid with loud x, least squares is biased; the fit is not."""
    rng, grid = np.random.default_rng(2), np.geomspace(1.0, 1.5, 30)
    fits, flat = [], []
    for run in range(100):
        x, y = noisy(grid, 4, 1.0, rng), noisy(grid, 4, 0.1, rng)
        fits.append(fit_exponent(x, y, resamples=10, seed=run).slope)
        log_x, log_y = (np.log([v.mean() for v in side]) for side in (x, y))
        flat.append(np.polyfit(log_x, log_y, 1)[0])
    assert np.mean(flat) < 0.7
    assert np.mean(fits) == pytest.approx(1.0, abs=0.12)


def test_exact_points_may_stand_beside_sampled_ones() -> None:
    rng = np.random.default_rng(3)
    y: list[object] = list(2.0 * GRID)
    y[0] = noisy(np.array([2.0 * GRID[0]]), 50, 0.5, rng)[0]
    fit = fit_exponent(list(GRID), y)  # type: ignore[arg-type]
    assert fit.sampled == 1
    assert fit.ci[0] < 1.0 < fit.ci[1]


def test_the_same_seed_gives_the_same_interval() -> None:
    y = noisy(GRID, 30, 1.0, np.random.default_rng(4))
    assert fit_exponent(list(GRID), y, seed=5) == fit_exponent(list(GRID), y, seed=5)
    assert fit_exponent(list(GRID), y, seed=5) != fit_exponent(list(GRID), y, seed=6)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="two different x"):
        fit_exponent([1.0, 1.0], [1.0, 2.0])
    with pytest.raises(InputError, match="positive finite means"):
        fit_exponent([1.0, 2.0], [1.0, -2.0])
    with pytest.raises(InputError, match="positive finite means"):
        fit_exponent([1.0, 2.0], [1.0, math.nan])
    with pytest.raises(InputError, match="at least 2 seeds"):
        fit_exponent([1.0, 2.0], [1.0, [2.0]])
    with pytest.raises(InputError, match="pair them up"):
        fit_exponent([1.0, 2.0], [1.0])
    with pytest.raises(InputError, match="must be the same"):
        fit_exponent([1.0, [1.0, 2.0]], [1.0, [1.0, 2.0, 3.0]])
