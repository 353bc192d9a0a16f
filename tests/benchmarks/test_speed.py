"""The contenders do the same work; the report says what was measured and what was missed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks import speed, speed_report
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
    assert "missed by 50%\n" in text
    assert "target 7: met\n" in text
    assert text.count("| engine |") == 2


def test_a_target_is_reported_with_the_least_luck(content: dict[str, Any]) -> None:
    for row in content["rows"]:
        row["slowest"], row["fastest"] = 90.0, (120.0 if row["contender"] == "engine" else 30.0)
    rate = {"unit": speed_report.RATE, "target": 99.0, "reached": 100.0, "met": True}
    ratio = {"unit": " times eager torch", "target": 4.1, "reached": 4.09, "met": False}
    content["comparisons"][0]["targets"] = [rate, ratio]
    first, second = speed.report(content).splitlines()[-2:]
    assert first.endswith(": 100 coordinate-steps/s (slowest turn 90), target 99: met")
    assert "4.09 times eager torch (3 if the engine's slowest turn met eager's fastest)" in second
    assert second.endswith("target 4.1: missed by 0.24%")


def sized(**rates: tuple[float, float]) -> list[dict[str, Any]]:
    """Rows of 10 x 10 and of 100 x 100 lanes; steps a second at either size."""
    return [
        {"noise": "gaussian", "d": d, "lanes": d * d, "contender": name, "slowest": 1.0,
         "fastest": 1.0, "rate": steps[d == 100] * (d if name == "paper" else d * d)}
        for d in (10, 100) for name, steps in rates.items()
    ]  # fmt: skip


def test_who_takes_the_same_time_at_every_size_is_bound_by_launches() -> None:
    rows = sized(engine=(90.0, 3.0), eager=(10.0, 5.1), compile=(10.0, 5.0), paper=(4.0, 7.9))
    assert speed_report.launch_bound(rows) == {"gaussian": ["eager", "paper"]}
    assert speed_report.launch_bound(rows[:4]) == {}


def test_the_report_says_who_is_bound_by_launches_and_what_a_step_takes() -> None:
    content = {
        "command": "x", "device": "NVIDIA H100", "turns": 7,
        "ceilings": {"bytes_per_second": 1.0, "flops_per_second": 1.0, "words_per_second": None},
        "rows": sized(engine=(90.0, 3.0), eager=(10.0, 9.0), paper=(4.0, 0.5)),
        "comparisons": [
            {"lanes": lanes, "noise": "gaussian", "ratios": {}, "engine_share_of_arithmetic": 0.5,
             "engine_share_of_generator": None, "memory_bound_of_eager": 8e4, "targets": []}
            for lanes in (100, 10_000)
        ],
    }  # fmt: skip
    text = speed.report(content)
    assert "not by the device: eager (gaussian). " in text
    assert "between 100 and 10000 lanes" in text
    steps = [line.split(" | ")[6] for line in text.splitlines() if line.count(" | ") == 7][1:]
    assert steps == ["11111", "100000", "250000", "333333", "111111", "2000000"]
    assert "At 10000 lanes (gaussian) they take 0.08 MB, which the 50 MB of" in text
    assert "eager was measured 12.5% above that bound." in text
    assert text.count("measured 12.5%") == text.count("At 1") == 1
    assert "torch.compile" not in text
    content["rows"] = sized(engine=(90.0, 3.0), eager=(10.0, 1.0), compile=(9.0, 1.0))
    text = speed.report(content)
    assert "ound by launches" not in text
    assert "above that bound" not in text
    assert "not the most that torch.compile could do" in text


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_a_committed_report_is_that_of_its_record(device: str) -> None:
    path = Path(__file__).parents[2] / f"results/benchmarks/{device}.json"
    record = json.loads(path.read_text("utf-8"))
    assert path.with_suffix(".md").read_text("utf-8") == speed.report(record)


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
