"""The GPU engine against the reference engine, on a GPU or through Triton's interpreter.

Not collected by itself: :mod:`tests.simulate.test_gpu` runs it with TRITON_INTERPRET=1 in a process
of its own, since Triton reads that once, at its first import. On a machine with a GPU,
``python -m pytest tests/simulate/gpu_cases.py`` runs it there.
"""

from __future__ import annotations

import math
import os
from typing import Any

import numpy as np
import pytest

from hardinstances import make
from hardinstances.errors import DeviceError, InputError
from hardinstances.instance import Instance
from signcheck.simulate import SGD, Method, MomentumSGD, Muon, SignSGD, Signum, simulate
from signcheck.simulate.dense import simulate_dense
from signcheck.simulate.gpu import simulate_gpu

INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"
DEVICE = "cpu" if INTERPRETED else "cuda"
T = 14  # no multiple of four
ETA = math.sqrt(2 / T)
METHODS = [SignSGD(ETA), Signum(ETA, 0.5), SGD(0.1), MomentumSGD(0.1, 0.5)]


def noisy_instance(n: int = 3, B: int = 1) -> Instance:
    sigma = np.array([0.0, 0.0] + [ETA / 2 / n * math.sqrt(B)] * n)
    return make("signsgd-tight", L=1.0, Delta=1.0, eta=ETA, T=T, sigma=sigma, B=B, rho=0.8)


def both(instance: Instance, method: Method, dtype: str, **size: Any) -> tuple[Any, Any]:
    size = {"steps": T, "seeds": 5, "seed": 1, **size}
    slow = simulate(instance, method, dtype=dtype, **size)
    return slow, simulate_gpu(instance, method, dtype=dtype, device=DEVICE, **size)


@pytest.mark.parametrize("method", METHODS, ids=lambda m: m.name)
def test_two_point_runs_are_the_references(method: Method) -> None:
    """In float64 a sum of five numbers is the only rounding: one point off would show."""
    slow, fast = both(noisy_instance(), method, "float64")
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-14)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=1e-14)
    assert ("interpreter" in fast.device) == INTERPRETED
    assert (fast.engine, fast.calls) == ("gpu", slow.calls)


def test_points_are_the_references_bit_for_bit() -> None:
    """One coordinate and one copy at a time: the statistic is then a single |f'|."""
    instance = make("lattice-wells", L=1.0, Delta=1.0, eta=ETA, d=1)
    for method in (SignSGD(ETA), SGD(0.3), MomentumSGD(0.3, 0.5)):
        for dtype in ("float64", "float32"):
            slow, fast = both(instance, method, dtype)
            np.testing.assert_array_equal(fast.mean, slow.mean)


def test_single_precision_rounds_only_the_sums() -> None:
    slow, fast = both(noisy_instance(), SignSGD(ETA), "float32")
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=2e-7)


def test_many_coordinates_make_many_programs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signcheck.simulate.gpu.LANES", 16)
    slow, fast = both(noisy_instance(18), SignSGD(ETA), "float64")
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-13)
    slow, fast = both(noisy_instance(2), SignSGD(ETA), "float64", seeds=21)
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-13)
    np.testing.assert_allclose(fast.variance, slow.variance, rtol=1e-8, atol=1e-18)


def test_launches_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = both(noisy_instance(), SignSGD(ETA), "float64")[1]
    monkeypatch.setattr("signcheck.simulate.gpu._MOST_STEPS", 8)
    parts = both(noisy_instance(), SignSGD(ETA), "float64")[1]
    np.testing.assert_array_equal(parts.mean, whole.mean)
    np.testing.assert_allclose(parts.averages, whole.averages, rtol=1e-15)


def test_masked_batches_are_drawn_at_once() -> None:
    slow, fast = both(noisy_instance(B=4), SignSGD(ETA), "float64", batch=4)
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-14)


def test_grouped_and_ungrouped_runs_are_identical() -> None:
    """On a GPU at d = 10^5, under the interpreter at d = 100."""
    d = 100 if INTERPRETED else 100_000
    instance = make(
        "sgd-noise-floor", L=1.0, Delta=1.0, eta=0.05, T=T, sigma=[0.4] + [0.0] * (d - 1)
    )
    size = {"steps": T, "seeds": 3, "dtype": "float64", "device": DEVICE}
    once, each = (simulate_gpu(instance, SGD(0.05), **size, grouped=way) for way in (True, False))
    np.testing.assert_allclose(once.mean, each.mean, rtol=1e-12)
    np.testing.assert_allclose(once.averages, each.averages, rtol=1e-12)


@pytest.mark.parametrize(("dtype", "rtol"), [("float64", 1e-12), ("float32", 2e-5)])
def test_gaussian_runs_agree_to_rounding(dtype: str, rtol: float) -> None:
    instance = make("sgd-noise-floor", L=1.0, Delta=1.0, eta=0.05, T=T, sigma=[0.4, 0.2, 0.0, 0.0])
    slow, fast = both(instance, SGD(0.05), dtype, seeds=20)
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=rtol)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=rtol)


@pytest.mark.parametrize("method", [Muon(ETA), Muon(ETA, 0.3), SGD(0.1)], ids=lambda m: m.name)
def test_matrices_of_all_copies_agree_to_rounding(method: Method) -> None:
    """Ranks below and above 32, where the batched decomposition on a GPU changes its algorithm."""
    for n, batch in ((3, 1), (3, 2), (34, 1)):
        sigma = np.array([0.0, 0.0] + [ETA / 2 / n] * n)
        numbers = {"L": 1.0, "Delta": 1.0, "eta": ETA, "T": T, "sigma": sigma, "rho": 0.8}
        instance = make("muon-tight", **numbers, rows=n + 3, rotation=1)
        size: dict[str, Any] = {"steps": T, "seeds": 5, "batch": batch, "sign_shortcut": False}
        slow = simulate(instance, method, **size)
        fast = simulate_dense(instance, method, device=DEVICE, **size)
        np.testing.assert_allclose(fast.averages, slow.averages, rtol=1e-9)
        np.testing.assert_allclose(fast.mean, slow.mean, rtol=1e-9)
        assert fast.engine == "torch"


def test_a_diverging_run_says_so() -> None:
    instance = make("sgd-noise-floor", L=1.0, Delta=1.0, eta=0.05, T=T, sigma=[0.4, 0.2, 0.0, 0.0])
    with np.errstate(all="ignore"):
        summary = simulate_gpu(instance, SGD(1e30), steps=T, seeds=2, device=DEVICE)
    assert "left the finite numbers" in summary.failure


def test_what_it_cannot_run_is_refused() -> None:
    with pytest.raises(InputError, match="float64 or float32"):
        simulate_gpu(noisy_instance(), SGD(0.1), steps=3, seeds=2, dtype="float16", device=DEVICE)
    with pytest.raises(InputError, match="use the reference engine"):
        simulate_gpu(noisy_instance(B=4), SGD(0.1), steps=3, seeds=2, batch=4, device=DEVICE)
    matrix = make("lattice-wells-matrix", L=1.0, Delta=1.0, eta=ETA, d=3, rotation=1)
    with pytest.raises(InputError, match="not separable"):
        simulate_gpu(matrix, SGD(0.1), steps=3, seeds=2, device=DEVICE)


def test_a_missing_gpu_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match="There is no cuda here"):
        simulate_gpu(noisy_instance(), SGD(0.1), steps=3, seeds=2, device="cuda")
    monkeypatch.delenv("TRITON_INTERPRET", raising=False)
    with pytest.raises(DeviceError, match="interpreter"):
        simulate_gpu(noisy_instance(), SGD(0.1), steps=3, seeds=2, device="cpu")


def test_windows_are_the_references() -> None:
    slow, fast = both(noisy_instance(), SignSGD(ETA), "float64", window=4)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=1e-13)
    np.testing.assert_allclose(fast.low, slow.low, rtol=1e-13)


def test_no_step_is_made_after_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """A launch may be longer than what is left: SGD that grows would overflow in it."""
    instance = make("lattice-wells", L=1.0, Delta=1.0, eta=ETA, d=1)
    monkeypatch.setattr("signcheck.simulate.gpu._MOST_STEPS", 4)
    slow, fast = both(instance, SGD(0.3), "float64", steps=9)
    np.testing.assert_array_equal(fast.mean, slow.mean)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_logarithm_is_right_up_to_one_and_down_to_the_least_word(dtype: str) -> None:
    import torch

    from tests.simulate.gpu_kernels import logarithms

    rng = np.random.default_rng(3)
    words = np.concatenate([
        2.0 ** np.arange(33), 2.0**32 - 2.0 ** np.arange(32), rng.uniform(0, 2**32, 4031),
    ])  # fmt: skip
    u = torch.from_numpy(np.minimum((words + 0.5) / 2**32, 1.0).astype(dtype)).to(DEVICE)
    found = torch.empty_like(u)
    logarithms[(u.numel() // 1024,)](u, found, LANES=1024)
    exact = np.log(u.cpu().numpy().astype(np.float64))
    assert float(exact.max()) == 0.0
    rtol = 1.2e-7 if dtype == "float32" else 1e-15
    np.testing.assert_allclose(found.cpu().numpy(), exact, rtol=rtol, atol=0.0)
