"""Several processes: torchrun gives the one-process curve, the driver makes what fits."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from gpt2_validation import checkpoint
from gpt2_validation.data import load_corpus
from gpt2_validation.driver import run_next
from gpt2_validation.plan import seconds_needed
from gpt2_validation.prepare import prepare
from gpt2_validation.protocol import make_run, protocol, shape
from tests.helpers.isolated import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "steps": 6,
    "sequences": 4,
    "microbatch": 2,
    "log_every": 2,
    "evaluate_every": 6,
    "evaluate_sequences": 4,
    "checkpoint_every": 2,
}
MEASURE = {"minibatches": 4, "sequences": 2, "jackknife": 4, "every": 6, "smoothness_sequences": 2}


@pytest.fixture
def moby(tmp_path: Path) -> Path:
    prepare("moby-dick", [], tmp_path / "moby", cache=tmp_path)
    return tmp_path / "moby"


@pytest.mark.slow
def test_two_processes_train_and_measure_like_one(moby: Path, tmp_path: Path) -> None:
    text = json.dumps(SETTINGS | {"model_preset": "nano", "measure": MEASURE})
    command = ["-m", "gpt2_validation", "train", "signsgd", "1e-3", "--corpus", str(moby)]
    command += ["--device", "cpu", "--set", text, "--out"]
    launch = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    rows, phis = [], []
    for name, prefix in (("one", []), ("two", launch)):
        done = subprocess.run(
            [sys.executable, *prefix, *command, str(tmp_path / name)],
            cwd=ROOT,
            env={**os.environ, "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        folder = tmp_path / name / "final-signsgd-0.001-s1"
        rows.append([row["train_loss"] for row in checkpoint.read_rows(folder / "log.csv")])
        measured = checkpoint.read_json_lines(folder / "measurements.jsonl")
        phis.append([row["phi"]["corrected"] for row in measured])
    assert rows[1] == pytest.approx(rows[0], rel=1e-5)
    assert len(rows[0]) == 3
    assert phis[1] == pytest.approx(phis[0], rel=1e-2)


@pytest.mark.slow
def test_the_driver_makes_what_fits_and_only_that(moby: Path, tmp_path: Path) -> None:
    changes = SETTINGS | {"shape": shape("nano")}
    common = {"workers": 1, "device": "cpu", "arms": ["sgd"], "changes": changes}
    made = run_next(moby, tmp_path / "r", ["tuning"], budget=100.0, **common)
    assert len(made) == len(protocol()["tuning"]["grid"]["sgd"])
    assert all("complete at step 6" in line for line in made)
    late = run_next(moby, tmp_path / "late", ["tuning"], budget=1.0, speed=1.0, **common)
    assert all("not started" in line for line in late)
    assert not (tmp_path / "late").exists()


def test_a_measured_run_needs_more_time(moby: Path) -> None:
    digest = load_corpus(moby).digest
    final = make_run("final", "sgd", 0.1, 1, digest)
    training = final.steps * final.tokens_per_step / 5e5
    assert training < seconds_needed(final, 5e5) < 2 * training
