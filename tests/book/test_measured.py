"""Two devices beside each other, and reports of speed, as texts of pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed_report import report
from tools import book_measured


def written(folder: Path, device: str, plan: str = "p", **changes: Any) -> Path:
    curve = {
        "name": "SGD", "slope": 1.0, "predicted_slope": 1.0, "ci": [0.9, 1.1],
        "verdict": "consistent",
    }  # fmt: skip
    drawn = {"name": "drawn", "verdict": None, "reason": "not judged"}
    check = {
        "cell": "b/d=2", "theorem": "T1", "sense": "upper", "bound": 1.0, "measured": 0.25,
    } | changes  # fmt: skip
    report = [
        {"experiment": "b", "verdict": "consistent", "curves": [curve, drawn], "checks": [check]}
    ]
    folder.mkdir()
    (folder / "report.json").write_text(json.dumps(report))
    (folder / "manifest.json").write_text(json.dumps({"plan": plan, "devices": [device]}))
    return folder


def test_the_same_numbers_are_counted(tmp_path: Path) -> None:
    one, two = written(tmp_path / "a", "cpu"), written(tmp_path / "b", "H100")
    text = book_measured.beside(one, two)
    assert "1 experiments are consistent on cpu and consistent on H100" in text
    assert "1 times a measured number is held against a bound; 1 times it is the same" in text
    assert "It differs" not in text
    assert text.count("1.00000 [0.90000, 1.10000] consistent") == 2
    assert "drawn" not in text


def test_other_numbers_are_named(tmp_path: Path) -> None:
    one = written(tmp_path / "a", "cpu")
    two = written(tmp_path / "b", "H100", measured=0.2)
    text = book_measured.beside(one, two)
    assert "0 times it is the same" in text
    assert "It differs, relatively, in `b/d=2` (0.2)" in text
    assert "a factor of 4.00 or more from its bound" in text
    with pytest.raises(ValueError, match="different checks"):
        book_measured.beside(one, written(tmp_path / "c", "H100", theorem="T2"))


def test_other_plans_and_absent_results_are_not_compared(tmp_path: Path) -> None:
    one, two = written(tmp_path / "a", "cpu"), written(tmp_path / "b", "H100", plan="q")
    assert "different plans" in book_measured.beside(one, two)
    assert book_measured.beside(one, tmp_path / "none") == book_measured.NONE
    assert book_measured.speed(tmp_path / "none.md") == book_measured.NONE


def test_a_report_of_speed_keeps_its_tables_without_headings(tmp_path: Path) -> None:
    path = tmp_path / "cuda.md"
    path.write_text("# Speed on X\n\n| a |\n|---|\n\n## Targets\n\n- met\n")
    assert book_measured.speed(path) == "*Speed on X.*\n\n| a |\n|---|\n\n**Targets.**\n\n- met\n"


def verdicts(comparisons: list[Any]) -> list[tuple[str, str]]:
    """Where and with which verdict the lines of the targets have to begin and end."""
    return [
        (
            f"- {c['noise']}, {c['lanes']} lanes: {t['reached']:.3g}{t['unit']} ",
            f", target {t['target']:.3g}: "
            + (
                "met"
                if t["reached"] >= t["target"]
                else f"missed by {100 * (1 - t['reached'] / t['target']):.2g}%"
            ),
        )
        for c in comparisons
        for t in c["targets"]
    ]


def target_lines(report: str) -> list[str]:
    """The lines of a report of speed that name a target."""
    return [line for line in report.splitlines() if re.search(r", target \S+: ", line)]


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_committed_speeds_say_whether_they_met_their_targets(device: str) -> None:
    """A target may be missed, but then the page has to say by how much."""
    path = book_measured.ROOT / f"results/benchmarks/{device}.json"
    expected = verdicts(json.loads(path.read_text("utf-8"))["comparisons"])
    lines = target_lines(path.with_suffix(".md").read_text("utf-8"))
    assert len(expected) == len(lines) == 4
    for line, (begins, ends) in zip(lines, expected, strict=True):
        assert line.startswith(begins)
        assert line.endswith(ends)


def test_a_missed_target_is_said_with_its_amount() -> None:
    """The same check on the record of a CPU whose engine had been slower, target by target."""
    path = book_measured.ROOT / "results/benchmarks/cpu.json"
    record = json.loads(path.read_text("utf-8"))
    targets = [target for c in record["comparisons"] for target in c["targets"]]
    targets[0]["reached"], targets[0]["met"] = 0.9 * targets[0]["target"], False
    lines = target_lines(report(record))
    expected = verdicts(record["comparisons"])
    assert lines[0].endswith("missed by 10%")
    for line, (begins, ends) in zip(lines, expected, strict=True):
        assert line.startswith(begins)
        assert line.endswith(ends)


def test_committed_rates_of_both_devices_are_one_plan() -> None:
    text = book_measured.make(Path())[1]["rates_devices"]
    assert "consistent on cpu" in text
    assert "consistent on NVIDIA H100" in text
