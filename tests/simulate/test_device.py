"""Which engine a run gets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hardinstances import make
from hardinstances.errors import DeviceError, InputError
from hardinstances.instance import Instance
from signcheck.simulate import SGD, Muon, NewtonSchulzMuon, SignSGD
from signcheck.simulate.dense import simulate_dense
from signcheck.simulate.device import run

T = 12
ETA = math.sqrt(2 / T)
SIGMA = [0.0, 0.0, 0.02]


@pytest.fixture(autouse=True)
def _no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signcheck.simulate.device.has_gpu", lambda: False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)


def tight(family: str = "signsgd-tight", **more: Any) -> Instance:
    return make(family, L=1.0, Delta=1.0, eta=ETA, T=T, sigma=SIGMA, **more)


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_separable_runs_get_the_compiled_loop(device: Any) -> None:
    assert run(tight(), SignSGD(ETA), device=device, steps=T, seeds=3).engine == "cpu"


def test_what_has_no_loop_gets_the_reference() -> None:
    muon = run(tight("muon-tight"), Muon(ETA), steps=T, seeds=3)
    batch = run(tight(B=2), SGD(ETA), steps=T, seeds=3, batch=2)
    assert [muon.engine, batch.engine] == ["reference", "reference"]


def test_the_engines_tell_the_same_story() -> None:
    found = run(tight(), SignSGD(ETA), steps=T, seeds=9, seed=4)
    reference = run(tight("muon-tight"), Muon(ETA), steps=T, seeds=9, seed=4)
    np.testing.assert_allclose(found.mean, reference.mean, rtol=1e-9)


@pytest.mark.parametrize("device", ["auto", "cuda"])
def test_matrices_go_to_a_gpu_that_is_there(monkeypatch: pytest.MonkeyPatch, device: Any) -> None:
    monkeypatch.setattr("signcheck.simulate.device.has_gpu", lambda: True)

    def on_cpu(*given: Any, **size: Any) -> Any:
        return simulate_dense(*given, **size, device="cpu")

    monkeypatch.setattr("signcheck.simulate.dense.simulate_dense", on_cpu)
    for method in (Muon(ETA), Muon(ETA, 0.3), NewtonSchulzMuon(ETA), SGD(ETA)):
        found = run(tight("muon-tight", rotation=1), method, device=device, steps=T, seeds=3)
        assert found.engine == "torch"
    there = run(tight("muon-tight", rotation=1), Muon(ETA), device="cpu", steps=T, seeds=3)
    assert there.engine == "reference"


def test_what_no_engine_of_a_gpu_runs_is_refused_or_left_to_the_reference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("signcheck.simulate.device.has_gpu", lambda: True)
    chain = make("gated-chain", L=1.0, Delta=1.0, K=6, p=0.3)
    assert run(chain, SGD(0.01), steps=3, seeds=2).engine == "reference"
    with pytest.raises(InputError, match="is not separable"):
        run(chain, SGD(0.01), device="cuda", steps=3, seeds=2)


def test_a_gpu_that_is_not_there_and_unknown_devices_are_refused() -> None:
    with pytest.raises(DeviceError, match="There is no cuda here"):
        run(tight(), SignSGD(ETA), device="cuda", steps=T, seeds=3)
    with pytest.raises(DeviceError, match="There is no cuda here"):
        run(tight("muon-tight"), Muon(ETA), device="cuda", steps=T, seeds=3)
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        run(tight(), SignSGD(ETA), device="tpu", steps=T, seeds=3)  # type: ignore[arg-type]
