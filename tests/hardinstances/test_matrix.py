"""Matrix versions: the same function of rotated diagonals, and Muon on them is SignSGD."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.catalogue import CATALOGUE
from hardinstances.errors import CertificateError, InputError
from hardinstances.geometry import polar_map
from hardinstances.rng import Stream

NUMBERS = {"L": 1.0, "Delta": 1.0, "eta": 0.05, "T": 300, "sigma": [0.02, 0.0, 0.01, 0.0], "B": 2}
SHAPES = st.sampled_from(
    [
        {},
        {"rows": 6},
        {"rows": 4, "columns": 7},
        {"rotation": 1},
        {"rows": 5, "columns": 6, "rotation": 2},
    ]
)


@cache
def made(shape):
    return hardinstances.make("muon-tight", **NUMBERS, **dict(shape))


def muon(**shape):
    return made(tuple(shape.items()))


@given(shape=SHAPES, seed=st.integers(0, 20))
def test_smoothness_spectral_to_nuclear(shape, seed):
    instance = muon(**shape)
    rng = np.random.default_rng(seed)
    x, step = (rng.normal(size=instance.shape) for _ in range(2))
    y = x + 10.0 ** rng.uniform(-3, 1) * step
    difference = np.linalg.norm(instance.grad(x) - instance.grad(y), "nuc")
    bound = float(instance.certificate.L) * np.linalg.norm(x - y, 2)
    assert difference <= bound * (1 + 1e-10)


@given(shape=SHAPES, seed=st.integers(0, 20))
def test_gradient_is_that_of_the_value(shape, seed):
    instance = muon(**shape)
    rng = np.random.default_rng(seed)
    x = torch.tensor(rng.normal(size=instance.shape), requires_grad=True)
    instance.value(x).backward()
    np.testing.assert_allclose(instance.grad(x.detach()).numpy(), x.grad.numpy(), atol=1e-12)


@given(shape=SHAPES, seed=st.integers(0, 20))
def test_stationarity_is_the_nuclear_norm(shape, seed):
    instance = muon(**shape)
    x = np.random.default_rng(seed).normal(size=(2, *instance.shape))
    expected = [np.linalg.norm(g, "nuc") for g in instance.grad(x)]
    np.testing.assert_allclose(instance.stationarity(x), expected, rtol=1e-9)


@given(shape=SHAPES)
def test_noise_is_within_sigma_in_loewner_order(shape):
    instance = muon(**shape)
    calls = 4000
    x = np.tile(instance.x0, (calls, 1, 1))
    noise = instance.oracle(x, 1, Stream(1)) - instance.grad(x[0])
    second = np.einsum("nij,nkj->ik", noise, noise) / calls
    allowed = instance.Sigma @ instance.Sigma.T
    # The laws are two-point; the sample's second moment is within a tenth of sigma^2 here.
    assert np.linalg.eigvalsh(allowed - second).min() >= -0.1 * np.square(instance.sigma).max()
    np.testing.assert_allclose(
        np.linalg.svd(instance.Sigma)[1], np.sort(instance.sigma)[::-1], atol=1e-12
    )


@pytest.mark.parametrize("shape", [{}, {"rows": 6, "columns": 5, "rotation": 4}])
def test_muon_on_the_matrix_is_signsgd_on_the_vector(shape):
    instance = muon(**shape)
    vector = hardinstances.make("signsgd-tight", **NUMBERS)
    x, y = np.array(instance.x0), np.array(vector.x0)
    streams = Stream(3), Stream(3)
    for _ in range(40):
        assert instance.stationarity(x) == pytest.approx(vector.stationarity(y), rel=1e-9)
        x = x - NUMBERS["eta"] * polar_map(instance.oracle(x, 2, streams[0]), tolerance=1e-9)
        y = y - NUMBERS["eta"] * np.sign(vector.oracle(y, 2, streams[1]))
    assert instance.level_value == vector.level_value


@pytest.mark.parametrize("shape", [{}, {"rows": 6, "columns": 5, "rotation": 4}])
def test_polar_shortcut_is_the_polar_factor(shape):
    instance = hardinstances.make("muon-tight", **{**NUMBERS, "B": 1}, **shape)
    at_once = instance.sign_oracle(instance.x0, 1, Stream(5))
    by_svd = polar_map(instance.oracle(instance.x0, 1, Stream(5)), tolerance=1e-9)
    np.testing.assert_allclose(at_once, by_svd, atol=1e-8)


def test_theorems_are_those_for_matrices():
    assert muon().theorem == "T6"
    floor = hardinstances.make(
        "sgd-noise-floor-matrix", L=1, Delta=1, eta=0.1, T=9, sigma=[0.5, 0, 0]
    )
    assert floor.theorem == "T7"
    assert hardinstances.make("stiff-quadratic-matrix", d=9).theorem is None
    wells = hardinstances.make("lattice-wells-matrix", L=1, Delta=1, eta=0.1)
    assert wells.theorem == "T6b"
    for family in CATALOGUE.values():
        if family.id.endswith("-matrix") or family.id.startswith("muon"):
            assert family.theorem is None or family.theorem.startswith(("T6", "T7"))


def test_dense_instances_are_dense_and_their_start_too():
    instance = muon(rotation=1)
    assert np.all(instance.grad(instance.x0) != 0)
    assert np.all(instance.x0 != 0)
    assert instance.value(instance.x0) == pytest.approx(1.0)


@given(shape=SHAPES)
def test_the_start_lies_on_the_diagonal(shape):
    instance = muon(**shape)
    for x in (instance.x0, torch.tensor(instance.x0)):
        found = instance.diagonal(x[None])
        assert type(found) is type(x)
        np.testing.assert_allclose(found, instance.inner.x0[None], atol=1e-14)
    with pytest.raises(InputError, match="last axes must be"):
        instance.diagonal(np.zeros((2, 9)))


def test_shapes_that_do_not_fit_are_refused():
    for shape in ({"rows": 3}, {"columns": 3.5}, {"rows": True}):
        with pytest.raises(InputError, match="integer of at least 4"):
            muon(**shape)
    with pytest.raises(InputError, match="last axes must be"):
        muon().grad(np.zeros((4, 5)))
    with pytest.raises(InputError, match="seed"):
        muon(rotation=-1)


def test_a_basis_that_is_not_orthonormal_is_refused():
    instance = muon(rotation=1)
    with pytest.raises(CertificateError, match="orthonormal"):
        replace(instance, left=instance.left * 1.001).verify()
