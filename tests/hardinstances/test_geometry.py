"""Duality of the norm pairs, and the polar map on singular matrices."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from hardinstances.geometry import MATRIX, VECTOR, polar_map, sign_map

numbers = st.floats(-100, 100, allow_subnormal=False).map(lambda v: round(v, 3))
PAIRS = {"vector": (VECTOR, (5,)), "matrix": (MATRIX, (3, 4))}


@pytest.mark.parametrize("name", PAIRS)
@given(data=st.data())
def test_duality(name, data):
    pair, shape = PAIRS[name]
    u, v = (data.draw(arrays(np.float64, shape, elements=numbers)) for _ in range(2))
    assert abs((u * v).sum()) <= pair.norm(u) * pair.dual(v) * (1 + 1e-12) + 1e-9
    direction = pair.direction(u)
    assert (u * direction).sum() == pytest.approx(pair.norm(u), rel=1e-9, abs=1e-9)
    assert pair.dual(direction) <= 1 + 1e-12


@pytest.mark.parametrize("name", PAIRS)
def test_leading_axes_and_torch(name):
    pair, shape = PAIRS[name]
    x = np.random.default_rng(0).normal(size=(2, 3, *shape))
    for function in (pair.norm, pair.dual, pair.direction):
        together = function(x)
        np.testing.assert_allclose(together[1, 2], function(x[1, 2]), rtol=1e-12)
        np.testing.assert_allclose(function(torch.from_numpy(x)).numpy(), together, rtol=1e-10)


def test_sign_of_zero_is_zero():
    np.testing.assert_array_equal(sign_map(np.array([-2.0, 0.0, -0.0, 3.0])), [-1, 0, 0, 1])


@given(arrays(np.float64, 4, elements=st.sampled_from([-1.5, 0.0, 1e-3, 2.0])))
def test_polar_factor_of_a_diagonal_matrix_is_the_diagonal_of_signs(g):
    np.testing.assert_allclose(polar_map(np.diag(g)), np.diag(np.sign(g)), atol=1e-14)


@given(rank=st.integers(0, 3), seed=st.integers(0, 50))
def test_polar_factor_vanishes_where_the_matrix_does(rank, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(4, rank)) @ rng.normal(size=(rank, 3))
    singular = np.linalg.svd(polar_map(x), compute_uv=False)
    np.testing.assert_allclose(singular, [1.0] * rank + [0.0] * (3 - rank), atol=1e-9)
