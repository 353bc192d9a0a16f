"""The discussion says what the logs say, and falls silent where they say nothing."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

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


def rows_of(curves: list[Curves], arm: str) -> list[dict[str, Any]]:
    return [row for c in curves if c.arm == arm for row in c.measurements]


def test_the_lead_and_the_separation_are_those_of_the_logs(curves: list[Curves]) -> None:
    text = discuss(curves, None)
    above, count = map(int, re.findall(r"above 1 at (\d+) of (\d+)", text)[0])
    rows = rows_of(curves, "sgd")
    assert count == len(rows)
    assert above == sum(r["separation"]["corrected"] > 1 for r in rows)
    low, high = map(float, re.findall(r"needed (\S+) to (\S+) times SignSGD's", text)[0])
    sgd, sign = ({c.seed: c for c in curves if c.arm == arm} for arm in ("sgd", "signsgd"))
    means = [np.mean([sgd[s].tokens_to(x) / sign[s].tokens_to(x) for s in (1, 2, 3)])
             for x in (7.5, 7.0)]  # fmt: skip
    assert [low, high] == pytest.approx(sorted(means), abs=0.05)
    larger, late = map(int, re.findall(r"at (\d+) of (\d+) measurements. Where", text)[0])
    noise = math.sqrt(16 / 128)
    first = [r for r in rows if r["step"] <= 1000]
    assert late == len(first)
    assert larger == sum(r["gradient_l1_low"] > noise * r["l1"]["corrected"] for r in first)


def test_the_headings_follow_the_numbers(curves: list[Curves]) -> None:
    assert "SignSGD leads, by more than R" in discuss(curves, None)
    swapped = [c for c in curves if c.arm not in ("sgd", "signsgd")]
    names = {"sgd": "signsgd", "signsgd": "sgd"}
    for c in curves:
        if c.arm in names:
            arm = c.entry.settings["arm"] | {"name": names[c.arm]}
            entry = replace(
                c.entry, record=c.entry.record | {"settings": c.entry.settings | {"arm": arm}}
            )
            swapped.append(replace(c, entry=entry))
    assert "Neither SignSGD nor SGD leads" in discuss(swapped, None)


def test_momentum_and_the_ends_of_phi_are_those_of_the_logs(curves: list[Curves]) -> None:
    text = discuss(curves, None)
    by_arm = {c.arm: c for c in curves if c.seed == 1}
    slow, fast, plain = (by_arm[arm] for arm in ("sgd-momentum", "signum", "signsgd"))
    for other, words in ((fast, "Signum's"), (plain, "those of SignSGD")):
        ratios = [slow.tokens_to(x) / other.tokens_to(x) for x in (7.5, 7, 6.5, 6, 5.5, 5)]
        low, high = map(float, re.findall(rf"(\d\S+) to (\S+) times {words}", text)[0])
        assert [low, high] == pytest.approx([min(ratios), max(ratios)], abs=0.05)
    ends = {c.arm: c.measurements[-1]["phi"] for c in curves if not c.arm.startswith("paper")}
    least = min(ends, key=lambda arm: float(ends[arm]["corrected"]))
    assert f"{ends[least]['corrected']:.2f} [{ends[least]['low']:.2f}" in text
    assert f"(`{least}`)" in text


def test_a_collapsed_arm_is_named_only_beside_the_loss_of_frequencies(curves: list[Curves]) -> None:
    frequencies = read_baseline(RESULTS, CORPUS)
    assert frequencies is not None
    words = "ends at the frequencies of the tokens"
    text = discuss(curves, frequencies)
    assert words in text
    rows = rows_of(curves, "paper-sgd")
    first = int(re.findall(r"from step (\d+) on", text)[0])
    assert all((r["phi"]["corrected"] < 0.029) == (r["step"] >= first) for r in rows)
    about = int(re.findall(r"about ([\d,]+) of them", text)[0].replace(",", ""))
    assert about == pytest.approx(rows[-1]["effective"]["corrected"], rel=0.05)
    assert words not in discuss(curves, None)
    assert words not in discuss(curves, frequencies - 1.0)
    learning = [replace(c, validation=c.validation - 1.0) for c in curves]
    assert words not in discuss(learning, frequencies)
    assert words not in discuss([c for c in curves if c.arm != "paper-sgd"], frequencies)


def test_the_widest_interval_is_named(curves: list[Curves]) -> None:
    text = discuss(curves, None)
    rows = [r for c in curves for r in c.measurements]
    warned, count = map(int, re.findall(r"(\d+) of (\d+) measurements carry", text)[0])
    assert (warned, count) == (sum(bool(r["warnings"]) for r in rows), len(rows))
    widest = max(rows, key=lambda r: float(r["phi"]["high"] - r["phi"]["low"]))["phi"]
    assert f"[{widest['low']:.2f}, {widest['high']:.2f}]" in text
    assert ("is no measurement" in text) == (widest["low"] < 0 or widest["high"] > 1)


def test_nothing_is_said_of_arms_that_were_not_run(curves: list[Curves]) -> None:
    assert discuss([], 7.0) == ""
    alone = discuss([c for c in curves if c.arm == "signsgd"], 7.0)
    assert "omentum" not in alone
    assert "lead" not in alone


def test_the_command_measures_the_baseline(
    corpus: Corpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from typer.testing import CliRunner

    monkeypatch.setattr("gpt2_validation.data.load_corpus", lambda _path: corpus)
    done = CliRunner().invoke(app, ["baseline", "--results", str(tmp_path)])
    assert done.exit_code == 0, done.output
    assert json.loads((tmp_path / BASELINE).read_text()) == baseline(corpus)
