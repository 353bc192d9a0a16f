"""The dense engine on CPU tensors against the reference engine; no GPU is used here."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from hardinstances import make
from hardinstances.errors import DeviceError, InputError
from hardinstances.geometry import polar_map
from hardinstances.instance import Instance
from hardinstances.rng import Stream
from signcheck.simulate import (
    SGD,
    Method,
    MomentumSGD,
    Muon,
    NewtonSchulzMuon,
    SignSGD,
    Summary,
    simulate,
)
from signcheck.simulate.dense import simulate_dense

T = 24
ETA = math.sqrt(2 / T)
SIGMA = [0.0, 0.0, 0.3 * ETA, 0.2 * ETA, 0.0]  # the last coordinate is flat


def tight(**more: Any) -> Instance:
    numbers = {"L": 1.0, "Delta": 1.0, "eta": ETA, "T": T, "sigma": SIGMA, "rho": 0.8}
    return make("muon-tight", **numbers, **{"rotation": 1, **more})


def wells() -> Instance:
    return make(
        "lattice-wells-matrix", L=1.0, Delta=1.0, eta=ETA, d=3, rows=5, columns=4, rotation=2
    )


def floor() -> Instance:
    numbers = {"L": 1.0, "Delta": 1.0, "eta": 0.05, "T": T, "sigma": [0.4, 0.2, 0.0, 0.0]}
    return make("sgd-noise-floor-matrix", **numbers, rotation=3)


def diagonal() -> Instance:
    return tight(rotation=None, rows=6, columns=7)


MADE: list[Callable[[], Instance]] = [tight, wells, floor, diagonal]
# Momentum 0.3: with 0.5 some momenta on the lattice cancel to 0, and rounding decides their sign.
METHODS = [Muon(ETA), Muon(ETA, 0.3), SGD(0.05), MomentumSGD(0.05, 0.5)]


def both(instance: Instance, method: Method, **size: Any) -> tuple[Summary, Summary]:
    size = {"steps": T, "seeds": 7, "seed": 3, **size}
    fast = simulate_dense(instance, method, device="cpu", **size)
    return simulate(instance, method, **size), fast


def assert_alike(slow: Summary, fast: Summary, rtol: float = 1e-11) -> None:
    np.testing.assert_allclose(fast.averages, slow.averages, rtol=rtol)
    np.testing.assert_allclose(fast.mean, slow.mean, rtol=rtol)
    np.testing.assert_allclose(fast.variance, slow.variance, rtol=max(1e-6, 1e3 * rtol), atol=1e-18)
    assert (fast.low is None) == (slow.low is None)
    if fast.low is not None:
        np.testing.assert_allclose(fast.low, slow.low, rtol=rtol)
        np.testing.assert_allclose(fast.high, slow.high, rtol=rtol)


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
@pytest.mark.parametrize("method", METHODS, ids=lambda m: f"{m.name}-{getattr(m, 'beta', 0)}")
@pytest.mark.parametrize("shortcut", [True, False])
def test_runs_are_the_references(
    made: Callable[[], Instance], method: Method, shortcut: bool
) -> None:
    slow, fast = both(made(), method, sign_shortcut=shortcut)
    assert_alike(slow, fast)
    assert (fast.engine, fast.calls, fast.device) == ("torch", slow.calls, slow.device)
    assert "torch" in fast.versions


def test_noise_reaches_the_copies() -> None:
    """Else agreement would say nothing about the noise."""
    found = simulate_dense(tight(), Muon(ETA), steps=T, seeds=7, device="cpu", sign_shortcut=False)
    assert np.unique(found.averages).size == 7
    assert found.variance[-1] > 0.0


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_newton_schulz_runs_are_the_references(made: Callable[[], Instance]) -> None:
    """Its steps enlarge rounding almost 500 times each, so few of them are made."""
    slow, fast = both(made(), NewtonSchulzMuon(ETA, 0.9), steps=6)
    assert_alike(slow, fast, rtol=1e-9)
    assert fast.low is None or not np.any(slow.variance)


@pytest.mark.parametrize("method", [Muon(ETA), Muon(ETA, 0.3), SGD(0.05)], ids=lambda m: m.name)
@pytest.mark.parametrize("made", [lambda: tight(B=4), floor])
def test_batches_are_the_references(method: Method, made: Callable[[], Instance]) -> None:
    assert_alike(*both(made(), method, batch=4))
    assert_alike(*both(made(), method, batch=3))


def test_windows_seeds_and_progress_are_the_references() -> None:
    told: list[int] = []
    slow, fast = both(tight(), Muon(ETA, 0.3), window=5, first=2)
    assert_alike(slow, fast)
    assert fast.mean.shape == (5,)
    part = simulate_dense(
        tight(), Muon(ETA, 0.3), steps=T, seeds=3, seed=3, first=4, device="cpu",
        progress=told.append,
    )  # fmt: skip
    np.testing.assert_allclose(part.averages, fast.averages[2:5], rtol=1e-12)
    assert told == [3] * T


def test_chunks_change_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = both(tight(), Muon(ETA, 0.3))[1]
    monkeypatch.setattr("signcheck.simulate.dense.CHUNK_ENTRIES", 60)
    assert_alike(both(tight(), Muon(ETA, 0.3))[1], whole)


def test_single_precision_is_that_of_the_reference() -> None:
    slow, fast = both(floor(), SGD(0.05), dtype="float32")
    assert_alike(slow, fast, rtol=1e-5)
    assert not np.array_equal(fast.mean, both(floor(), SGD(0.05))[1].mean)


@pytest.mark.parametrize("method", [Muon(ETA), NewtonSchulzMuon(ETA)], ids=lambda m: m.name)
def test_steps_of_tensors_are_those_of_arrays_also_where_singular_values_vanish(
    method: Method,
) -> None:
    rng = np.random.default_rng(0)
    g = rng.standard_normal((4, 5, 3))
    g[0] = 0.0
    g[1] = np.outer(g[1, :, 0], g[1, 0])  # of rank one
    g[2, :, 2] = 0.0
    x = rng.standard_normal(g.shape)
    expected, _ = method.step(x, g, None)
    found: Any = method.step(torch.from_numpy(x), torch.from_numpy(g), None)[0]  # type: ignore[arg-type]
    assert isinstance(found, torch.Tensor)
    np.testing.assert_allclose(found.numpy(), expected, atol=1e-13)
    np.testing.assert_array_equal(found.numpy()[0], x[0])
    if isinstance(method, Muon):
        lengths = np.linalg.svd((x - expected) / ETA, compute_uv=False)
        np.testing.assert_allclose(lengths.sum(axis=1), [0, 1, 2, 3], atol=1e-12)


@pytest.mark.parametrize("made", MADE, ids=lambda made: made.__name__)
def test_nothing_of_a_step_stays_on_the_host(made: Callable[[], Instance]) -> None:
    """On torch's device without memory, elementwise work with a host's tensor is an error."""
    instance = made()
    x: Any = torch.empty((3, *instance.shape), dtype=torch.float64, device="meta")
    stream = Stream(np.arange(3))
    found = [
        instance.oracle(x, 2, stream), instance.sign_oracle(x, instance.batch or 1, stream),
        polar_map(x), instance.inner.grad(instance.diagonal(x)), instance.stationarity(x),  # type: ignore[attr-defined]
    ]  # fmt: skip
    for method in (*METHODS, NewtonSchulzMuon(ETA)):
        found.extend(method.step(x, x, x))
    assert {tensor.device.type for tensor in found} == {"meta"}


def test_a_diverging_run_says_so() -> None:
    found = simulate_dense(floor(), SGD(1e300), steps=T, seeds=2, device="cpu")
    assert "left the finite numbers at step" in found.failure
    assert np.isnan(found.averages).all()


def test_what_it_cannot_run_is_refused() -> None:
    size: dict[str, Any] = {"steps": 3, "seeds": 2, "device": "cpu"}
    vector = make("lattice-wells", L=1.0, Delta=1.0, eta=ETA, d=3)
    with pytest.raises(InputError, match="lattice-wells is none"):
        simulate_dense(vector, SGD(0.1), **size)
    with pytest.raises(InputError, match=r"runs muon, .* not signsgd"):
        simulate_dense(tight(), SignSGD(ETA), **size)
    with pytest.raises(InputError, match="float64 or float32"):
        simulate_dense(tight(), Muon(ETA), dtype="float16", **size)
    with pytest.raises(InputError, match="window must be"):
        simulate_dense(tight(), Muon(ETA), window=0, **size)
    for device in ("tpu", "cpu:0", "cuda:", "cuda:x"):
        with pytest.raises(InputError, match=f"cpu, cuda or cuda:N, not on '{device}'"):
            simulate_dense(tight(), Muon(ETA), **{**size, "device": device})


def test_a_missing_gpu_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    with pytest.raises(DeviceError, match="There is no cuda here"):
        simulate_dense(tight(), Muon(ETA), steps=3, seeds=2)
    monkeypatch.setattr("torch.cuda.is_available", lambda: True)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with pytest.raises(DeviceError, match="There is no cuda:1 here"):
        simulate_dense(tight(), Muon(ETA), steps=3, seeds=2, device="cuda:1")
