"""Which engine a run gets."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from hardinstances import make
from hardinstances.errors import DeviceError, InputError
from hardinstances.instance import Instance
from signcheck.simulate import SGD, Muon, SignSGD
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


def test_a_gpu_that_is_not_there_and_unknown_devices_are_refused() -> None:
    with pytest.raises(DeviceError, match="There is no cuda here"):
        run(tight(), SignSGD(ETA), device="cuda", steps=T, seeds=3)
    with pytest.raises(InputError, match="auto, cpu or cuda"):
        run(tight(), SignSGD(ETA), device="tpu", steps=T, seeds=3)  # type: ignore[arg-type]
