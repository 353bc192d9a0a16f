"""Plan, comparisons, report and smoke test, on the committed logs and tiny runs."""

from __future__ import annotations

import json
import math
import shutil
from typing import TYPE_CHECKING

import numpy as np
import pytest

from gpt2_validation import plan
from gpt2_validation.analysis import Spread, ahead, at_least, at_most, read_curves, spread, within
from gpt2_validation.discussion import BASELINE
from gpt2_validation.loop import (
    ERROR,
    LEVELS,
    comparisons,
    right_side,
    run_of,
    tokens_ratios,
)
from gpt2_validation.plan import RESULTS, all_runs, logged, missing, selected, tuning_runs
from gpt2_validation.protocol import protocol
from gpt2_validation.report import build
from gpt2_validation.smoke import SHORT, compact, smoke
from gpt2_validation.targets import target_rows
from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from gpt2_validation.data import Corpus

LOGS = logged([RESULTS / "runs"])
CORPUS = next(iter(LOGS.values())).settings["corpus"]


def test_committed_logs_are_runs_of_the_protocol() -> None:
    planned = {run.digest: run for run in all_runs(CORPUS, LOGS, ("tuning", "final", "paper"))}
    for digest, entry in LOGS.items():
        assert digest in planned, entry.path.name
        assert planned[digest].name == entry.path.name
        assert entry.finished
        assert entry.record["attempts"][-1]["device"].startswith("NVIDIA")
    left = missing(list(planned.values()), LOGS)
    assert len(left) == len(planned) - len(LOGS)


def test_selection_takes_the_best_finished_stepsize() -> None:
    for arm in protocol()["tuning"]["grid"]:
        best = selected(arm, CORPUS, LOGS)
        losses = {
            entry.settings["stepsize"]: entry.validation()
            for entry in LOGS.values()
            if entry.settings["phase"] == "tuning" and entry.settings["arm"]["name"] == arm
        }
        assert losses[best] == min(losses.values())
        grid = sorted(losses)
        assert grid[0] < best < grid[-1] or best == max(s for s in grid if losses[s] < math.inf)
    assert selected("sgd", CORPUS, {}) is None


def test_an_optimum_at_the_edge_widens_the_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    losses = {0.1: 7.0, 0.3: 7.5, 1.0: math.inf}
    monkeypatch.setattr(plan, "_loss", lambda run, _: losses.get(run.stepsize))
    assert {run.stepsize for run in tuning_runs("sgd", CORPUS, {})} == {0.033, 0.1, 0.3, 1.0}
    losses |= {0.033: 7.2}
    assert len(tuning_runs("sgd", CORPUS, {})) == 4
    losses[0.3] = math.inf
    assert 0.17 in {run.stepsize for run in tuning_runs("sgd", CORPUS, {})}
    with pytest.raises(InputError, match="no phase"):
        all_runs(CORPUS, {}, ("warm",))


def test_intervals_and_verdicts() -> None:
    three = spread([1.0, 2.0, 3.0])
    assert (three.mean, three.count) == (2.0, 3)
    assert three.high - three.mean == pytest.approx(4.302653 / math.sqrt(3), rel=1e-6)
    one = spread([2.0])
    for judge in (lambda s: at_least(s, 0.0), lambda s: at_most(s, 9.0), lambda s: within(s, 2, 1)):
        assert judge(one) == "cannot tell"
    assert ahead("a", "b", one) == "cannot tell"
    narrow = Spread(2.0, 1.9, 2.1, 3)
    assert [at_least(narrow, x) for x in (1.0, 2.0, 3.0)] == ["agree", "cannot tell", "disagree"]
    assert [at_most(narrow, x) for x in (1.0, 2.0, 3.0)] == ["disagree", "cannot tell", "agree"]
    assert [within(narrow, x, 0.2) for x in (2, 2.2, 3)] == ["agree", "cannot tell", "disagree"]
    assert ahead("a", "b", Spread(-1, -2, -0.5, 3)) == "a is ahead"
    assert ahead("a", "b", Spread(1, 0.5, 2, 3)) == "b is ahead"
    assert math.isnan(spread([1.0, math.inf]).mean)


def finals() -> list:
    return [read_curves(e) for e in LOGS.values() if e.settings["phase"] == "final"]


def test_right_side_is_the_telescoped_sum() -> None:
    (curves,) = [c for c in finals() if c.arm == "signsgd" and c.seed == 1]
    side, run = right_side(curves), run_of(curves)
    assert run.digest == curves.entry.record["run"]
    eta = np.array([run.stepsize_at(step) for step in range(run.steps)])
    gap, squares = curves.validation[0], np.square(eta).sum()
    by_hand = (gap + side.smoothness / 2 * squares) / eta.sum() + side.noise
    assert side.bound == pytest.approx(by_hand, rel=1e-3)
    assert side.bound >= by_hand * (1 - 1e-12)
    assert side.gap + side.drift + side.noise == pytest.approx(by_hand)
    assert 0 < side.low <= side.high


def test_comparisons_cover_the_three_questions() -> None:
    found = comparisons(finals())
    assert {c.verdict for c in found} <= {"agree", "disagree", "cannot tell"}
    text = " ".join(c.question for c in found)
    assert all(word in text for word in ("T1", "T4", "Density phi"))
    assert comparisons([]) == []


def test_no_more_than_the_stated_error_is_spent() -> None:
    """Three questions share it; a question's comparisons are those that its design allows."""
    found = comparisons(finals())
    assert all(c.error > 0 for c in found)
    # Every loss of T4 counts, reached or not, and every density of an arm that was not run.
    assert 2 * found[0].error == pytest.approx(ERROR / 3)
    t4 = [c for c in found if c.question.startswith("T4")]
    assert len(LEVELS) * t4[0].error == pytest.approx(ERROR / 3)
    density = [c for c in found if c.question.startswith("Density")]
    assert 9 * density[0].error == pytest.approx(ERROR / 3)
    assert sum(c.error for c in found) <= ERROR * (1 + 1e-12)


def test_an_interval_is_as_wide_as_its_error_asks() -> None:
    values = [1.0, 2.0, 4.0]
    usual, wide = spread(values), spread(values, 0.001)
    assert usual == spread(values, 0.05)
    from scipy import stats

    half = stats.t.ppf(1 - 0.0005, 2) * np.std(values, ddof=1) / math.sqrt(3)
    assert wide.high - wide.mean == pytest.approx(half)
    assert spread([1.0]).bounds() == "none"


def test_a_loss_that_sgd_never_reaches_bounds_the_ratio() -> None:
    first = [c for c in finals() if c.arm == "sgd"]
    second = [c for c in finals() if c.arm == "signsgd"]
    ratios = tokens_ratios(first, second, 5.0)
    by_seed = {c.seed: c for c in second}
    assert ratios == [c.tokens[-1] / by_seed[c.seed].tokens_to(5.0) for c in first]
    assert all(math.isnan(r) for r in tokens_ratios(first, second, 1.0))
    found = [c for c in comparisons(finals()) if "at least" in c.measured]
    assert found
    assert all(c.verdict != "disagree" for c in found)


def test_targets_are_held_against_the_logs(tmp_path: Path) -> None:
    tuning = [entry for entry in LOGS.values() if entry.settings["phase"] == "tuning"]
    rows = target_rows(finals(), tuning, RESULTS)
    assert [row[3] for row in rows] == ["met", "met", "met"]
    speeds = [c.tokens_per_second() for c in finals() if c.arm == "signsgd"]
    assert rows[0][1] == f"{min(speeds):,.0f}"
    assert target_rows([], tuning, tmp_path) == []


def test_report_is_rebuilt_from_the_logs_alone(tmp_path: Path) -> None:
    copy = tmp_path / "results"
    shutil.copytree(RESULTS / "runs", copy / "runs")
    shutil.copy(RESULTS / BASELINE, copy)
    shutil.copytree(RESULTS / "bench", copy / "bench")
    page = build(copy).read_text()
    assert page == (RESULTS / "README.md").read_text()
    for name in ("loss.png", "density.png", "bound.png", "tuning.png"):
        assert (copy / name).stat().st_size > 5000
        assert f"({name})" in page
    assert json.loads((copy / "comparisons.json").read_text())
    with pytest.raises(DataError, match="no finished run"):
        build(tmp_path)


def test_short_smoke_test_runs_to_the_end(tmp_path: Path) -> None:
    from gpt2_validation.prepare import prepare
    from gpt2_validation.smoke import ARMS, describe

    prepare("moby-dick", [], tmp_path / "moby", cache=tmp_path)
    outcome = smoke(tmp_path / "moby", tmp_path / "out", SHORT)
    assert outcome.verdict in ("signsgd is ahead", "sgd is ahead", "cannot tell")
    for arm in ARMS:
        losses = outcome.tried[arm]
        assert max(losses) >= 999 * min(losses)
        assert (
            losses[outcome.stepsizes[arm]]
            == min(losses.values())
            < math.log(SHORT.shape.vocabulary)
        )
        assert min(losses) < outcome.stepsizes[arm] < max(losses)
        value, low, high = outcome.phi[arm]
        assert low <= value <= high
    assert outcome.figure.stat().st_size > 5000
    assert len(describe(outcome)) == 4
    assert outcome.losses["sgd"].count == len(SHORT.seeds)


def test_compact_keeps_frequent_tokens_apart(corpus: Corpus) -> None:
    small = compact(corpus, 16)
    assert set(np.unique(small.train)) == set(range(16))
    assert small.digest != corpus.digest
    kept = small.train > 0
    pairs = set(zip(small.train[kept].tolist(), corpus.train[kept].tolist(), strict=True))
    assert len(pairs) == 15
