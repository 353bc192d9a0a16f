"""The contenders do the same work; the report says what was measured and what was missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import speed
from benchmarks.ceilings import Ceilings
from benchmarks.contenders import KINDS, Problem, contenders


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_contenders_agree_on_the_stationarity(kind: Any) -> None:
    """After 400 steps of a tenth of the range the means over 200 copies are close."""
    problem = Problem(kind, 20, 200, eta=0.02)
    runners = contenders(problem, "cpu", compiled=False)
    found = {name: run(400) for name, run in runners.items()}
    assert found["eager"] == pytest.approx(found["engine"], rel=0.05)
    # One copy: no more than the right size.
    assert found["paper"] == pytest.approx(found["engine"], rel=0.6)


@pytest.fixture
def content(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(speed, "measure_ceilings", lambda _device: Ceilings(1e10, 1e11, 1e9))
    monkeypatch.setattr(speed, "BRIEF", 0.002)
    return speed.measure("cpu", brief=True, compiled=False, sizes=[(10, 10)])


def test_a_measurement_is_plain_data_with_every_contender(content: dict[str, Any]) -> None:
    assert json.loads(json.dumps(content)) == content
    assert [row["contender"] for row in content["rows"]] == ["engine", "eager", "paper"] * 2
    for row in content["rows"]:
        assert 0 < row["slowest"] <= row["rate"] <= row["fastest"]
    for comparison in content["comparisons"]:
        rates = {r["contender"]: r["rate"] for r in content["rows"]
                 if r["noise"] == comparison["noise"]}  # fmt: skip
        assert comparison["ratios"]["eager"] == rates["engine"] / rates["eager"]
        assert comparison["targets"] == []


def test_the_report_names_met_and_missed_targets(content: dict[str, Any]) -> None:
    missed = {"unit": " times eager torch", "target": 7.0, "reached": 3.5, "met": False}
    content["comparisons"][0]["targets"] = [missed]
    content["comparisons"][1]["targets"] = [missed | {"reached": 8.0, "met": True}]
    text = speed.report(content)
    assert "missed by 50%" in text
    assert "target 7: met" in text
    assert text.count("| engine |") == 2


def test_targets_are_those_of_the_device_and_the_size() -> None:
    rows = [
        {"lanes": lanes, "noise": "gaussian", "contender": name, "rate": rate}
        for lanes in (10_000, 1_000_000)
        for name, rate in (("engine", 5e11), ("eager", 1e11))
    ]
    ceilings = Ceilings(1e12, 1e13, None)
    small, large = speed._comparisons("cuda", rows, ceilings)
    assert small["targets"] == []
    assert [(t["target"], t["reached"], t["met"]) for t in large["targets"]] == [
        (4e11, 5e11, True), (6.0, 5.0, False),
    ]  # fmt: skip
    small, large = speed._comparisons("cpu", rows, ceilings)
    assert [(t["target"], t["met"]) for t in small["targets"]] == [(5.0, True)]
    assert [(t["target"], t["met"]) for t in large["targets"]] == [(7.0, False)]


def test_the_command_writes_both_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: dict[str, Any]
) -> None:
    monkeypatch.setattr(speed, "measure", lambda *_args, **_options: content)
    assert speed.main(["--out", str(tmp_path), "--brief"]) == 0
    assert json.loads((tmp_path / "cpu-brief.json").read_text()) == content
    assert (tmp_path / "cpu-brief.md").read_text() == speed.report(content)
