"""The exact law of a walk, against binomials, enumeration and rational arithmetic."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.simulate.lattice import walk_means


def fair(steps: int) -> np.ndarray:
    return np.full(2 * steps - 1, 0.5)


def test_fair_walk_is_binomial() -> None:
    steps = 40
    heights = np.zeros(2 * steps - 1)
    heights[steps - 1] = 1.0  # indicator of the start: the mean is the return probability
    got = walk_means(heights, fair(steps), fair(steps), steps)
    for t in range(steps):
        expected = 0.0 if t % 2 else math.comb(t, t // 2) / 2**t
        assert got.mean[t] == pytest.approx(expected, abs=1e-14)
    assert got.slack < 1e-12


def test_mean_distance_of_a_fair_walk() -> None:
    steps = 200
    heights = np.abs(np.arange(-steps + 1, steps, dtype=np.float64))
    mean = walk_means(heights, fair(steps), fair(steps), steps).mean
    # E|S_{2n}| = 2n binom(2n, n)/4^n.
    for n in (1, 10, 99):
        assert mean[2 * n] == pytest.approx(2 * n * math.comb(2 * n, n) / 4**n, rel=1e-12)


def exact_means(
    heights: list[Fraction], down: list[Fraction], up: list[Fraction], steps: int
) -> list[Fraction]:
    law = [Fraction(0)] * len(heights)
    law[steps - 1] = Fraction(1)
    means = []
    for _ in range(steps):
        means.append(sum((p * h for p, h in zip(law, heights, strict=True)), Fraction(0)))
        following = [Fraction(0)] * len(law)
        for k, p in enumerate(law):
            if p:
                following[k] += p * (1 - down[k] - up[k])
                if k > 0:
                    following[k - 1] += p * down[k]
                if k < len(law) - 1:
                    following[k + 1] += p * up[k]
        law = following
    return means


@given(data=st.data(), steps=st.integers(1, 9))
def test_agrees_with_rational_arithmetic_within_its_slack(data: st.DataObject, steps: int) -> None:
    cells = 2 * steps - 1
    numerators = st.lists(st.integers(0, 8), min_size=cells, max_size=cells)
    heights = [Fraction(n, 3) for n in data.draw(numerators)]
    down = [Fraction(n, 16) for n in data.draw(numerators)]
    up = [Fraction(n, 16) for n in data.draw(numerators)]
    expected = exact_means(heights, down, up, steps)
    got = walk_means(*(np.array([float(v) for v in a]) for a in (heights, down, up)), steps)
    for value, truth in zip(got.mean, expected, strict=True):
        assert abs(Fraction(float(value)) - truth) <= Fraction(got.slack) + Fraction(1, 10**15)


def test_sure_moves_stay_sure() -> None:
    """Down, down, ... at the price of one cell a step: no mass is ever lost."""
    steps = 1_000
    heights = np.arange(2 * steps - 1, dtype=np.float64)
    got = walk_means(heights, np.ones(2 * steps - 1), np.zeros(2 * steps - 1), steps)
    assert np.array_equal(got.mean, np.arange(steps - 1, -1, -1, dtype=np.float64))


def test_dropped_mass_is_stated() -> None:
    steps = 21_000  # long enough for the compiled loop
    got = walk_means(np.ones(2 * steps - 1), fair(steps), fair(steps), steps)
    assert np.all(np.abs(got.mean - 1.0) <= got.slack)
    assert got.slack < 1e-10


@pytest.mark.parametrize("steps", [1, 2, 300])
def test_the_compiled_loop_gives_the_same_means(
    monkeypatch: pytest.MonkeyPatch, steps: int
) -> None:
    rng = np.random.default_rng(steps)
    heights, down = rng.random(2 * steps - 1), rng.random(2 * steps - 1)
    up = (1.0 - down) * rng.random(2 * steps - 1)
    plain = walk_means(heights, down, up, steps)
    monkeypatch.setattr("signcheck.simulate.lattice.COMPILED_FROM", 0)
    np.testing.assert_allclose(walk_means(heights, down, up, steps).mean, plain.mean, rtol=1e-13)


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="at least one step"):
        walk_means(np.ones(1), np.ones(1), np.ones(1), 0)
    with pytest.raises(InputError, match="visits 3 cells"):
        walk_means(np.ones(1), np.ones(1), np.ones(1), 2)
    with pytest.raises(InputError, match="sum to at most 1"):
        walk_means(np.ones(3), np.ones(3), np.full(3, 0.1), 2)
    with pytest.raises(InputError, match="at least 0"):
        walk_means(-np.ones(3), fair(2), fair(2), 2)
