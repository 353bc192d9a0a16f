"""Streaming moments against the two-pass formulas."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.simulate.streams import Moments, Windows


@given(
    sizes=st.lists(st.integers(1, 7), min_size=1, max_size=6),
    offset=st.sampled_from([0.0, 1.0, 1e8]),
    split=st.integers(0, 6),
)
def test_any_chunks_give_the_two_pass_moments(sizes: list[int], offset: float, split: int) -> None:
    rng = np.random.default_rng(sum(sizes))
    chunks = [offset + rng.standard_normal((n, 3)) for n in sizes]
    first, second = Moments(3), Moments(3)
    for index, chunk in enumerate(chunks):
        for t in range(3):
            (first if index < split else second).add(t, chunk[:, t])
    first.merge(second)
    values = np.concatenate(chunks)
    assert np.all(first.count == len(values))
    np.testing.assert_allclose(first.mean, values.mean(axis=0), rtol=1e-14)
    np.testing.assert_array_equal(first.least, values.min(axis=0))
    np.testing.assert_array_equal(first.largest, values.max(axis=0))
    if len(values) > 1:
        # At offset 1e8 the textbook E x^2 - (E x)^2 would be off by its own size.
        np.testing.assert_allclose(
            first.variance, values.var(axis=0, ddof=1), rtol=1e-6, atol=1e-12
        )


def test_one_value_has_no_variance() -> None:
    moments = Moments(1)
    moments.add(0, np.array([3.0]))
    assert moments.variance[0] == 0.0


def test_runs_of_different_length_do_not_merge() -> None:
    with pytest.raises(InputError, match="same number of steps"):
        Moments(2).merge(Moments(3))


@pytest.mark.parametrize("window", [1, 3, 4, 100])
def test_windows_are_averages_over_steps_whatever_the_pieces(window: int) -> None:
    rng = np.random.default_rng(0)
    rows, quiet = rng.normal(size=(10, 50)), rng.normal(size=10)
    windows = Windows(10, window)
    for copies in (slice(0, 30), slice(30, 50)):
        for start in (0, 4, 5):
            stop = {0: 4, 4: 5, 5: 10}[start]
            windows.extend(start, rows[start:stop, copies], quiet[start:stop])
    edges = [*range(0, 10, window), 10]
    expected = np.array([rows[a:b].mean(axis=0) for a, b in itertools.pairwise(edges)])
    np.testing.assert_allclose(windows.moments.mean, expected.mean(axis=1), rtol=1e-12)
    np.testing.assert_allclose(windows.moments.variance, expected.var(axis=1, ddof=1), rtol=1e-12)
    steady = [quiet[a:b].mean() for a, b in itertools.pairwise(edges)]
    np.testing.assert_allclose(windows.quiet, steady, rtol=1e-12)


@pytest.mark.parametrize("window", [0, -3, 1.5, True])
def test_a_window_is_a_positive_integer(window: object) -> None:
    with pytest.raises(InputError, match="window must be a positive integer"):
        Windows(10, window)
