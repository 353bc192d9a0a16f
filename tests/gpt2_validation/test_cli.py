"""The command line: one sentence for an error, no traceback, logs where it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.isolated import run_command

if TYPE_CHECKING:
    from pathlib import Path

MAIN = "gpt2_validation.cli:main"


@pytest.mark.parametrize(
    ("arguments", "code", "word"),
    [
        (("prepare", "--source", "wikipedia"), 2, "unknown"),
        (("prepare", "--source", "files", "/no/such/file"), 1, "cannot be read"),
        (("plan", "--corpus", "/no/such/corpus"), 1, "no prepared corpus"),
        (("train", "sgd", "0.1", "--corpus", "/no/such/corpus"), 1, "no prepared corpus"),
        (("report", "--results", "/no/such/results"), 1, "no finished run"),
    ],
)
def test_bad_input_is_one_sentence(arguments: tuple[str, ...], code: int, word: str) -> None:
    done = run_command(MAIN, *arguments)
    assert done.returncode == code
    assert word in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.slow
def test_prepare_train_and_plan(tmp_path: Path) -> None:
    corpus, out = str(tmp_path / "moby"), str(tmp_path / "runs")
    made = run_command(MAIN, "prepare", "--out", corpus)
    assert "corpus b2196cf3e6169a1d" in made.stdout
    settings = (
        '{"model_preset": "nano", "steps": 4, "sequences": 2, "log_every": 2, "microbatch": 2, '
        '"evaluate_every": 4, "evaluate_sequences": 2, "checkpoint_every": 2}'
    )
    common = ("train", "signsgd", "1e-3", "--phase", "tuning", "--corpus", corpus, "--out", out)
    bad = run_command(MAIN, *common, "--set", '{"speed": 3}')
    assert bad.returncode == 2
    assert "no setting 'speed'" in bad.stderr
    done = run_command(MAIN, *common, "--device", "cpu", "--set", settings)
    assert done.returncode == 0, done.stderr
    assert "complete at step 4" in done.stdout
    assert (tmp_path / "runs" / "tuning-signsgd-0.001-s1" / "log.csv").exists()
    listed = run_command(MAIN, "plan", "--corpus", corpus, "--out", out)
    assert "missing" in listed.stdout
