"""The command line: plans, refusals, files."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hardinstances.errors import DeviceError, InputError
from signcheck.cli import app
from signcheck.rates.command import command
from signcheck.rates.experiments import MODULES, make_plan
from signcheck.rates.plan import read_plan
from signcheck.rates.sizes import QUICK


def test_the_plan_can_be_written_alone(tmp_path: Path) -> None:
    done = CliRunner().invoke(
        app, ["rates", "--quick", "--plan-only", "--only", "f", "--out", str(tmp_path)]
    )
    assert done.exit_code == 0, done.output
    plan = read_plan(tmp_path / "plan.json")
    assert plan.digest == make_plan(QUICK, only="f").digest
    assert not (tmp_path / "cells.jsonl").exists()


@pytest.mark.slow
def test_an_experiment_leaves_its_files(tmp_path: Path) -> None:
    said: list[str] = []
    assert command(only="d", quick=True, device="cpu", out=tmp_path, say=said.append) == 0
    assert said[0] == "(d) Tightness of T1 and T2: consistent"
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        "plan.json", "cells.jsonl", "points.csv", "checks.csv", "report.json", "report.md",
        "manifest.json", "terms.csv", "d.png",
    }  # fmt: skip
    with (tmp_path / "terms.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 9
    for row in rows:
        # T1 is tight in every term: nothing above it, little below.
        assert 0.85 <= float(row["noiseless_share"]) <= 1.0
        assert 0.8 <= float(row["noise_share"]) <= 1.0
    about = json.loads((tmp_path / "manifest.json").read_text())
    assert about["command"].startswith("signcheck rates --out")
    assert about["seed"] == 0
    assert set(about["versions"]) >= {"python", "numpy"}
    assert "consistent" in (tmp_path / "report.md").read_text()


def test_bad_input_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="There is no experiment 'z'"):
        command(only="z", out=tmp_path)
    with pytest.raises(InputError, match="device is auto, cpu or cuda"):
        command(device="tpu", out=tmp_path)
    with pytest.raises(InputError, match="not both"):
        command(workers=2, dask="tcp://x", out=tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot be made"):
        command(only="f", quick=True, out=tmp_path / "file")
    monkeypatch.setattr("signcheck.simulate.device.has_gpu", lambda: False)
    with pytest.raises(DeviceError, match="no CUDA device"):
        command(only="f", quick=True, device="cuda", out=tmp_path)


def test_experiments_go_by_letter_and_by_name() -> None:
    assert make_plan(QUICK, only="floor").digest == make_plan(QUICK, only="f").digest
    assert list(MODULES) == sorted(MODULES)
