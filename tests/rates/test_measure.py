"""Single cells: what is stored of a run, and the tails that Gaussian noise is granted."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from hardinstances.errors import InputError
from signcheck.rates.experiments.common import sgd_cells
from signcheck.rates.measure import instance_of, measure, method_of
from signcheck.rates.plan import Cell
from signcheck.rates.predictions import Bounds, cheapest_sgd
from signcheck.rates.sizes import QUICK, WINDOWS
from signcheck.simulate.dense import simulate_dense
from signcheck.simulate.law import exact_law
from tests.rates.small import chain_part, small_plan


def noisy_cell() -> Cell:
    return small_plan().parts[0].cells[1]


def sgd_cell(seeds: int) -> Cell:
    setting = cheapest_sgd(4, 1, 0.5)
    return sgd_cells("c", QUICK, Bounds(), setting, d=4, k=1, seeds=seeds)[0]


def test_a_result_is_plain_data_and_comes_back_the_same() -> None:
    first, second = (measure(asdict(noisy_cell()), 0, "cpu") for _ in range(2))
    assert json.loads(json.dumps(first)) == first == second
    assert measure(asdict(noisy_cell()), 1, "cpu")["values"] != first["values"]


def test_windows_and_values_tell_of_one_run() -> None:
    cell = noisy_cell()
    found = measure(asdict(cell), 0, "cpu")
    assert len(found["values"]) == cell.seeds
    assert len(found["windows"]["mean"]) == WINDOWS
    assert np.mean(found["values"]) == pytest.approx(np.mean(found["windows"]["mean"]))
    assert found["low"] < np.mean(found["values"]) <= found["high"] * (1 + 1e-12)


def test_drawing_call_by_call_has_the_same_mean() -> None:
    cell = replace(noisy_cell(), seeds=400)
    at_once = np.array(measure(asdict(cell), 0, "cpu")["values"])
    each = np.array(measure(asdict(replace(cell, calls=True)), 0, "cpu")["values"])
    assert not np.array_equal(at_once, each)
    error = np.hypot(at_once.std(), each.std()) / 20
    assert abs(at_once.mean() - each.mean()) <= 4 * error


def test_grouping_changes_no_number_at_a_thousand_coordinates(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("signcheck.rates.measure.SMALL", 0)
    parameters = {**sgd_cell(4).parameters, "sigma": ((1.0, 1), (0.0, 999)), "k": 1}
    cell = replace(sgd_cell(4), parameters=parameters)
    once, whole = (measure(asdict(replace(cell, grouped=g)), 0, "cpu") for g in (True, False))
    assert once["engine"] == "cpu"
    np.testing.assert_allclose(once["values"], whole["values"], rtol=1e-12)


def test_samples_scatter_around_the_exact_law() -> None:
    cell = sgd_cell(300)
    sampled = measure(asdict(cell), 0, "cpu")
    exact = measure(asdict(replace(cell, measure="law", seeds=1)), 0, "cpu")
    error = np.std(sampled["values"]) / np.sqrt(300)
    assert abs(np.mean(sampled["values"]) - exact["values"][0]) <= 4 * error


def test_the_exact_law_keeps_its_least_step() -> None:
    cell = replace(sgd_cell(4), measure="law", seeds=1)
    found = measure(asdict(cell), 0, "cpu")
    steps = exact_law(instance_of(cell), method_of(cell), steps=cell.steps, batch=cell.batch).mean
    assert cell.steps > WINDOWS
    least = [steps.min()]
    assert found["windows"] == {"mean": least, "variance": [0.0], "low": least, "high": least}
    # Below every average over a window, which would hide a dip.
    assert least[0] < min(part.mean() for part in np.array_split(steps, WINDOWS))
    assert found["low"] == found["high"] == pytest.approx(found["values"][0])


def test_gaussian_tails_are_no_thinner_than_granted_and_not_much_thicker() -> None:
    """The Lipschitz constant bounds the standard deviation, within a small factor."""
    found = measure(asdict(sgd_cell(400)), 0, "cpu")
    granted = found["deviation"]
    spread = np.std(found["values"])
    assert spread <= granted["average"] <= 4 * spread
    windows = np.sqrt(found["windows"]["variance"])
    assert np.all(windows <= np.array(granted["windows"]) * 1.1)
    assert np.all(np.array(granted["windows"]) <= 8 * windows)


def test_a_chain_is_finished_no_sooner_than_proved() -> None:
    part = chain_part()
    found = measure(asdict(part.cells[0]), 0, "cpu")
    calls = np.array(found["values"])
    assert calls.min() >= 6
    # K geometric waits of mean 1/p.
    assert calls.mean() == pytest.approx(6 / 0.3, rel=0.2)


def test_a_diverging_cell_says_so() -> None:
    cell = replace(sgd_cell(4), method={"name": "sgd", "eta": 1e30})
    with np.errstate(all="ignore"):
        found = measure(asdict(cell), 0, "cpu")
    assert "left the finite numbers" in found["failure"]
    assert found["values"] == []
    assert json.dumps(found, allow_nan=False)


def test_large_matrices_go_to_a_gpu_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("signcheck.simulate.device.has_gpu", lambda: True)

    def on_cpu(*given: Any, **size: Any) -> Any:
        return simulate_dense(*given, **size, device="cpu")

    monkeypatch.setattr("signcheck.simulate.dense.simulate_dense", on_cpu)
    numbers = {"L": 1.0, "Delta": 1.0, "eta": 0.3, "d": 3, "rotation": 1}
    cell = Cell(
        "g", "lattice-wells-matrix", numbers, {"name": "muon", "eta": 0.3}, steps=40, batch=1,
        seeds=6,
    )  # fmt: skip
    small = measure(asdict(cell), 0, "cuda")
    monkeypatch.setattr("signcheck.rates.measure.DENSE", 54)
    found = [measure(asdict(cell), 0, device) for device in ("auto", "cuda", "cpu")]
    assert [f["engine"] for f in (small, *found)] == ["reference", "torch", "torch", "reference"]
    np.testing.assert_allclose(found[0]["values"], small["values"], rtol=1e-10)
    assert measure(asdict(replace(cell, seeds=5)), 0, "cuda")["engine"] == "reference"


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InputError, match="There is no method 'adamw'"):
        method_of(replace(noisy_cell(), method={"name": "adamw", "eta": 0.1}))
