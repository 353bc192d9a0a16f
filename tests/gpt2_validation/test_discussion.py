"""The discussion says what the logs say, and falls silent where they say nothing."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gpt2_validation.analysis import Curves, read_curves
from gpt2_validation.cli import app
from gpt2_validation.discussion import BASELINE, baseline, discuss, read_baseline
from gpt2_validation.plan import RESULTS, logged

if TYPE_CHECKING:
    from pathlib import Path

    from gpt2_validation.data import Corpus

ENTRIES = logged([RESULTS / "runs"])
CORPUS = next(iter(ENTRIES.values())).settings["corpus"]


@pytest.fixture(scope="module")
def curves() -> list[Curves]:
    return [
        read_curves(e) for e in ENTRIES.values() if e.finished and e.settings["phase"] != "tuning"
    ]


def test_token_frequencies_are_the_empirical_entropy(corpus: Corpus) -> None:
    found = baseline(corpus)
    train, validation = corpus.train.astype(int), corpus.validation.astype(int)
    size = max(train.max(), validation.max()) + 1
    total = train.size + size
    counts = dict.fromkeys(range(size), 1)
    for t in train.tolist():
        counts[t] += 1
    by_hand = [-math.log(counts[t] / total) for t in validation.tolist()]
    assert found["frequencies_loss"] == pytest.approx(np.mean(by_hand), rel=1e-12)
    assert found["corpus"] == corpus.digest


def test_the_committed_baseline_is_of_the_runs_corpus(tmp_path: Path) -> None:
    assert read_baseline(RESULTS, CORPUS) == pytest.approx(7.274, abs=5e-4)
    assert read_baseline(RESULTS, "another") is None
    assert read_baseline(tmp_path, CORPUS) is None


def test_the_lead_and_the_separation_are_those_of_the_logs(curves: list[Curves]) -> None:
    text = discuss(curves, None)
    small, count = map(int, re.findall(r"below 1 at (\d+) of (\d+)", text)[0])
    rows = [r for c in curves if c.arm == "sgd" for r in c.measurements]
    assert count == len(rows)
    assert small == sum(r["separation"]["corrected"] < 1 for r in rows)
    low, high = map(float, re.findall(r"needed (\S+) to (\S+) times SignSGD's", text)[0])
    sgd, sign = ({c.seed: c for c in curves if c.arm == arm} for arm in ("sgd", "signsgd"))
    at_seven = [sgd[s].tokens_to(7.0) / sign[s].tokens_to(7.0) for s in (1, 2, 3)]
    assert low - 0.05 <= np.mean(at_seven) <= high + 0.05


def test_a_collapsed_arm_is_named_only_beside_the_loss_of_frequencies(curves: list[Curves]) -> None:
    frequencies = read_baseline(RESULTS, CORPUS)
    assert frequencies is not None
    words = "has stopped learning"
    assert words in discuss(curves, frequencies)
    assert words not in discuss(curves, None)
    assert words not in discuss(curves, frequencies - 1.0)
    learning = [replace(c, validation=c.validation - 1.0) for c in curves]
    assert words not in discuss(learning, frequencies)
    assert words not in discuss([c for c in curves if c.arm != "paper-sgd"], frequencies)


def test_nothing_is_said_of_arms_that_were_not_run(curves: list[Curves]) -> None:
    assert discuss([], 7.0) == ""
    alone = discuss([c for c in curves if c.arm == "signsgd"], 7.0)
    assert "Momentum" not in alone
    assert "leads" not in alone


def test_the_command_measures_the_baseline(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    monkeypatch.setattr("gpt2_validation.data.load_corpus", lambda _path: corpus)
    done = CliRunner().invoke(app, ["baseline", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / BASELINE).read_text()) == baseline(corpus)
