"""Chains: the function against mpmath, its constants under attack, and who respects them."""

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances import chain_bounds
from hardinstances.chain_function import AT_ZERO, chain_grad, chain_value
from hardinstances.errors import CertificateError, InputError
from hardinstances.flat import FlatRotation
from hardinstances.rng import Stream

entries = st.floats(-3, 3).map(lambda v: round(v, 3))
chains = st.lists(entries, min_size=1, max_size=6)


def reference(x):
    def psi(t):
        return mpmath.exp(1 - 1 / (2 * t - 1) ** 2) if t > 0.5 else mpmath.mpf(0)

    def phi(t):
        return mpmath.sqrt(mpmath.e) * mpmath.sqrt(2 * mpmath.pi) * mpmath.ncdf(t)

    total = -psi(1) * phi(x[0])
    for before, here in itertools.pairwise(x):
        total += psi(-before) * phi(-here) - psi(before) * phi(here)
    return total


@given(chains)
def test_value_against_mpmath(x):
    assert chain_value(np, np.array(x)) == pytest.approx(float(reference(x)), abs=1e-12)


@given(chains)
def test_gradient_is_that_of_the_value(x):
    point = torch.tensor(x, dtype=torch.float64, requires_grad=True)
    chain_value(torch, point).backward()
    np.testing.assert_allclose(
        chain_grad(torch, point.detach()).numpy(), point.grad.numpy(), atol=1e-11
    )
    np.testing.assert_allclose(chain_grad(np, np.array(x)), point.grad.numpy(), atol=1e-11)


def test_start_constant():
    assert chain_value(np, np.zeros(9)) == pytest.approx(AT_ZERO, rel=1e-15)


@given(data=st.data(), K=st.integers(1, 7))
def test_constants_under_attack(data, K):
    """Gap, slope and rows of the Hessian (by differences) at points where the links are active."""
    active = st.one_of(st.floats(-1.6, 1.6), st.sampled_from([0.0, 0.72, -0.72, 0.55, 1.0]))
    x = np.array(data.draw(st.lists(active, min_size=K, max_size=K)))
    assert AT_ZERO - chain_value(np, x) <= float(chain_bounds.GAP) * K
    assert np.abs(chain_grad(np, x)).max() <= float(chain_bounds.SLOPE)
    step = 1e-6 * np.eye(K)
    rows = (chain_grad(np, x + step) - chain_grad(np, x - step)) / 2e-6
    assert np.abs(rows).sum(axis=1).max() <= float(chain_bounds.SMOOTHNESS) + 1e-3


def test_constants_are_proved_and_smaller_ones_are_not(monkeypatch):
    chain_bounds.verify_constants()
    for name, smaller in (("GAP", 11), ("SLOPE", 21), ("SMOOTHNESS", 144)):
        with monkeypatch.context() as patch:
            patch.setattr(chain_bounds, name, Fraction(smaller))
            patch.setattr(chain_bounds, "_CELLS", 3000)
            with pytest.raises(CertificateError, match="constant"):
                chain_bounds.verify_constants.__wrapped__()


FAMILIES = {
    "chain": {},
    "gated-chain": {"p": 0.2, "rho": 0.2},
    "flat-chain": {},
}


@pytest.mark.parametrize("family", FAMILIES)
@given(K=st.integers(2, 7), L=st.floats(0.1, 10), Delta=st.floats(0.1, 10), seed=st.integers(0, 99))
def test_class_and_level(family, K, L, Delta, seed):
    instance = hardinstances.make(family, L=L, Delta=Delta, K=K, **FAMILIES[family])
    instance.verify()
    assert float(instance.certificate.level) == pytest.approx(instance.level_value, rel=1e-12)
    assert instance.stationarity(instance.x0) >= instance.level_value
    assert instance.value(instance.x0) <= Delta * (1 + 1e-12)
    rng = np.random.default_rng(seed)
    x, y = (instance.width * rng.normal(size=instance.d) for _ in range(2))
    assert instance.value(x) >= 0
    slack = 1e-12 * np.abs(instance.grad(x)).sum()
    difference = np.abs(instance.grad(x) - instance.grad(y)).sum()
    assert difference <= L * np.abs(x - y).max() + slack


@given(seed=st.integers(0, 50))
def test_gated_oracle_is_unbiased_within_sigma_and_hides_the_next_link(seed):
    instance = hardinstances.make("gated-chain", L=1.0, Delta=1.0, K=6, p=0.2, rho=0.2)
    rng = np.random.default_rng(seed)
    x = instance.width * np.where(np.arange(6) < rng.integers(0, 6), 1.0, rng.uniform(-0.2, 0.2, 6))
    calls = 5000
    sample = instance.oracle(np.tile(x, (calls, 1)), 1, Stream(seed))
    truth = instance.grad(x)
    error = np.abs(sample.mean(axis=0) - truth)
    assert np.all(error <= 5 * sample.std(axis=0) / math.sqrt(calls) + 1e-12)
    progress = int(instance.progress(x, 0.25))
    noisy = np.flatnonzero(sample.std(axis=0) > 1e-12)
    assert set(noisy) <= {progress}
    # The exact variance at that coordinate.
    for i in noisy:
        assert truth[i] ** 2 * (1 - 0.2) / 0.2 <= instance.sigma[i] ** 2


@given(x=st.lists(st.sampled_from([0.0, 0.2, 0.3, -0.6, 1.0]), min_size=6, max_size=6))
def test_progress_and_the_zero_chain_property(x):
    instance = hardinstances.make("chain", L=1.0, Delta=1.0, K=6)
    point = instance.width * np.array(x)
    for threshold in (0.0, 0.25, 0.5):
        large = [i + 1 for i, v in enumerate(x) if abs(point[i] / instance.width) > threshold]
        assert instance.progress(point, threshold) == max(large, default=0)
    assert instance.progress(instance.grad(point), 0.0) <= instance.progress(point, 0.5) + 1
    if abs(x[-1]) < 1:
        assert instance.stationarity(point) > instance.level_value


@pytest.mark.parametrize("optimizer", ["SGD", "Adam", "Adagrad"])
def test_zero_respecting_optimizers_stay_above_the_level(optimizer):
    instance = hardinstances.make("chain", L=1.0, Delta=1.0, K=12)
    rate = {"SGD": instance.width / instance.level_value}.get(optimizer, instance.width)
    curve = hardinstances.run(
        instance, lambda p: getattr(torch.optim, optimizer)(p, lr=rate), 12, seeds=[0]
    )
    assert curve.covered
    assert curve.stationarity.min() > instance.level_value


def test_gated_chain_holds_sign_descent_for_the_covered_calls():
    instance = hardinstances.make("gated-chain", L=1.0, Delta=1.0, K=20, p=0.1, rho=0.1)
    steps, seeds = instance.covered_steps(1), 300
    assert steps == math.floor((20 - math.log(10)) / 0.2) + 1
    x, stream = np.zeros((seeds, 20)), Stream(1)
    finished = 0.0
    for _ in range(steps):
        finished = (instance.progress(x, 0.0) == 20).mean()
        x = x - instance.width * np.sign(instance.oracle(x, 1, stream))
    # At most rho of the runs may finish; five standard deviations above that.
    assert finished <= 0.1 + 5 * math.sqrt(0.09 / seeds)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
def test_linear_span_methods_stay_above_the_flat_level(momentum):
    instance = hardinstances.make("flat-chain", L=1.0, Delta=1.0, K=7)
    for rate in np.geomspace(0.1, 1e3, 9):
        curve = hardinstances.run(
            instance,
            lambda p, rate=rate: torch.optim.SGD(p, lr=rate * 64, momentum=momentum),
            7,
            seeds=[0],
        )
        assert curve.stationarity.min() > instance.level_value


@pytest.mark.parametrize("K", [1, 2, 3, 7, 15, 20])
def test_flat_rotation(K):
    rotation = FlatRotation.of(K)
    rotation.verify()
    assert rotation.d >= (K + 1) ** 2
    g = np.random.default_rng(K).normal(size=(50, K))
    outer = rotation.outward(g)
    assert np.all(
        np.abs(outer).sum(axis=-1) >= math.sqrt(rotation.d / 3) * np.linalg.norm(g, axis=-1)
    )
    np.testing.assert_allclose(rotation.inward(outer), g, atol=1e-12)


def test_flat_rotation_with_a_wrong_sign_is_refused():
    rotation = FlatRotation.of(3)
    broken = rotation.signs.copy()
    broken[0, 0] *= -1
    rotation.__dict__["signs"] = broken
    with pytest.raises(CertificateError, match="orthonormal"):
        rotation.verify()


def test_certificates_that_overstate_are_refused():
    certificate = hardinstances.make("chain", L=1.0, Delta=1.0, K=5).certificate
    for change, message in (
        ({"scale": certificate.scale * 2}, "budget"),
        ({"width": certificate.width / 2}, "curvature"),
        ({"level_value": certificate.level_value * 1.01}, "level"),
    ):
        with pytest.raises(CertificateError, match=message):
            replace(certificate, **change).verify()


@pytest.mark.parametrize(
    ("family", "parameters", "message"),
    [
        ("chain", {"K": 0}, "K must be at least 1"),
        ("chain", {"K": 2.5}, "K must be an integer"),
        ("gated-chain", {"K": 5, "p": 0.0}, "p must lie"),
        ("gated-chain", {"K": 5, "p": 1.0}, "p must lie"),
        ("gated-chain", {"K": 5, "p": math.nan}, "p must lie"),
        ("gated-chain", {"K": 2, "p": 0.1, "rho": 0.01}, "no oracle call is covered"),
        ("gated-chain", {"K": 5, "p": 0.1, "rho": 1.0}, "rho must lie"),
        ("flat-chain", {"K": 256}, "at most 255"),
    ],
)
def test_bad_parameters_are_one_sentence(family, parameters, message):
    with pytest.raises(InputError, match=message):
        hardinstances.make(family, L=1.0, Delta=1.0, **parameters)
