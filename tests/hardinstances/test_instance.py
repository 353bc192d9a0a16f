"""One instance on every kind of array, and what it refuses."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.catalogue import CATALOGUE
from hardinstances.errors import InputError
from hardinstances.rng import Stream
from tests.strategies import points, vector_instances

NOISY = {"L": 1.0, "Delta": 1.0, "eta": 0.04, "T": 500, "sigma": [0.03, 0.0, 0.02, 0.0, 0.01]}


@pytest.fixture(scope="module")
def noisy():
    return hardinstances.make("signsgd-tight", **NOISY, B=4)


@given(data=st.data(), instance=vector_instances())
def test_numpy_and_torch_agree(data, instance):
    x = np.stack([data.draw(points(instance)) for _ in range(2)])
    ours, theirs = x, torch.from_numpy(x)
    np.testing.assert_allclose(instance.value(theirs).numpy(), instance.value(ours), rtol=1e-12)
    np.testing.assert_allclose(instance.grad(theirs).numpy(), instance.grad(ours), rtol=1e-12)
    batch = instance.batch or 1
    for oracle in (instance.oracle, instance.sign_oracle):
        np.testing.assert_allclose(
            oracle(theirs, batch, Stream(4)).numpy(), oracle(ours, batch, Stream(4)), rtol=1e-12
        )


@given(data=st.data(), instance=vector_instances())
def test_batches_of_points_are_points(data, instance):
    x = np.stack([data.draw(points(instance)) for _ in range(6)]).reshape(2, 3, instance.d)
    values, slopes = instance.value(x), instance.grad(x)
    assert values.shape == (2, 3)
    assert slopes.shape == x.shape
    for i, j in ((0, 0), (1, 2)):
        np.testing.assert_array_equal(instance.grad(x[i, j]), slopes[i, j])
        np.testing.assert_array_equal(instance.value(x[i, j]), values[i, j])


@given(data=st.data(), instance=vector_instances())
def test_value_is_the_integral_of_the_gradient(data, instance):
    x, y = data.draw(points(instance)), data.draw(points(instance))
    # Gauss-Legendre on many short segments; f' is Lipschitz, so the error is at most L h^2.
    nodes, weights = np.polynomial.legendre.leggauss(2)
    pieces = 4000
    s = (np.arange(pieces)[:, None] + (nodes + 1) / 2).ravel() / pieces
    path = x + s[:, None] * (y - x)
    integral = (instance.grad(path) @ (y - x)) @ np.tile(weights / 2, pieces) / pieces
    error = float(instance.certificate.L) * np.abs(y - x).max() ** 2 / pieces
    assert abs(instance.value(y) - instance.value(x) - integral) <= error + 1e-12


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("family", sorted(CATALOGUE))
def test_a_diverged_point_never_looks_stationary(family, bad):
    numbers = {
        "L": 1.0, "Delta": 1.0, "eta": 0.1, "T": 9, "sigma": [0.01, 0.0, 0.0, 0.0], "K": 3,
        "p": 0.5, "d": 3,
    }  # fmt: skip
    keys = CATALOGUE[family].keys
    if family.startswith("sparse"):
        numbers["sigma"] = 1.0
    instance = hardinstances.make(family, **{n: v for n, v in numbers.items() if n in keys})
    x = np.array(instance.x0)
    for index in np.ndindex(*instance.shape):
        point = x.copy()
        point[index] = bad
        with np.errstate(invalid="ignore"):
            assert not np.isfinite(instance.stationarity(point))
            assert not np.isfinite(instance.value(point))


def test_stream_of_a_row_is_the_stream_of_its_seed(noisy):
    x = np.tile(noisy.x0, (3, 1))
    rows = noisy.oracle(x, 4, Stream(np.array([5, 6, 7])))
    for row, seed in enumerate((5, 6, 7)):
        np.testing.assert_array_equal(rows[row], noisy.oracle(noisy.x0, 4, Stream(seed)))


def test_each_call_of_the_oracle_moves_the_stream_on(noisy):
    stream = Stream(1)
    draws = [noisy.oracle(noisy.x0, 4, stream) for _ in range(40)]
    assert stream.step == 40
    assert len({tuple(d) for d in draws}) > 1
    np.testing.assert_array_equal(draws[7], noisy.oracle(noisy.x0, 4, Stream(1, step=7)))


def test_oracle_averages_single_calls(noisy):
    block = noisy.blocks[2]
    slopes = noisy.grad(noisy.x0)[block.coordinates]
    calls = [block.noise.sample(slopes, block.coordinates, Stream(9), 0, call) for call in range(7)]
    got = noisy.oracle(noisy.x0, 7, Stream(9))[block.coordinates]
    np.testing.assert_allclose(got, np.mean(calls, axis=0), rtol=1e-13)


@pytest.mark.parametrize("batch", [1, 4])
def test_sign_shortcut_against_single_calls(batch):
    """The law of the sign of a batch mean, from one draw and from ``batch`` draws."""
    instance = hardinstances.make("signsgd-tight", **NOISY, B=batch)
    rows = 20_000
    x = np.tile(instance.x0, (rows, 1))
    slow = np.sign(instance.oracle(x, batch, Stream(1)))
    fast = instance.sign_oracle(x, batch, Stream(2))
    noiseless = np.setdiff1d(np.arange(5), instance.blocks[2].coordinates)
    np.testing.assert_array_equal(slow[:, noiseless], fast[:, noiseless])
    if batch == 1:
        np.testing.assert_array_equal(np.sign(instance.oracle(x, 1, Stream(2))), fast)
    for signs in (slow, fast):
        noisy_signs = signs[:, instance.blocks[2].coordinates]
        assert np.all(np.abs(noisy_signs) == 1)
        # Five standard deviations of a fair coin, for means and for pairs of coordinates.
        assert np.all(np.abs(noisy_signs.mean(axis=0)) < 5 / math.sqrt(rows))
        product = (noisy_signs[:, 0] * noisy_signs[:, 1]).mean()
        assert abs(product) < 5 / math.sqrt(rows)


def test_library_generators_draw_the_seed_once(noisy):
    first = noisy.oracle(noisy.x0, 2, np.random.default_rng(3))
    again = noisy.oracle(noisy.x0, 2, np.random.default_rng(3))
    np.testing.assert_array_equal(first, again)
    theirs = noisy.oracle(noisy.x0, 2, torch.Generator().manual_seed(1))
    assert theirs.shape == (5,)


def test_single_precision_stays_single(noisy):
    x = torch.tensor(np.array(noisy.x0), dtype=torch.float32)
    for result in (noisy.value(x), noisy.grad(x), noisy.oracle(x, 2, Stream(1))):
        assert result.dtype == torch.float32
    assert noisy.grad(np.asarray(noisy.x0, dtype=np.float32)).dtype == np.float32


def test_start_is_read_only(noisy):
    with pytest.raises(ValueError, match="read-only"):
        noisy.x0[0] = 1.0


def test_lists_of_numbers_are_points(noisy):
    np.testing.assert_array_equal(noisy.grad([0.0] * 5), noisy.grad(np.zeros(5)))


@pytest.mark.parametrize("shape", [(), (4,), (5, 4), (6,)])
def test_wrong_shapes_are_refused(noisy, shape):
    for function in (noisy.value, noisy.grad, lambda x: noisy.oracle(x, 1, Stream(1))):
        with pytest.raises(InputError, match="last axis must be 5"):
            function(np.zeros(shape))


def test_integer_points_are_refused(noisy):
    with pytest.raises(InputError, match="floating"):
        noisy.grad(np.zeros(5, dtype=int))


@pytest.mark.parametrize("batch", [0, -1, 1.5, True, None])
def test_bad_batches_are_refused(noisy, batch):
    with pytest.raises(InputError, match="batch must be"):
        noisy.oracle(noisy.x0, batch, Stream(1))


def test_sign_shortcut_is_for_its_own_batch(noisy):
    with pytest.raises(InputError, match="B=3"):
        noisy.sign_oracle(noisy.x0, 3, Stream(1))
