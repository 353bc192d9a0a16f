"""Which runs the protocol asks for, which are done, and what comes next."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gpt2_validation import checkpoint
from gpt2_validation.protocol import Run, make_run, protocol
from gpt2_validation.records import FINISHED
from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RESULTS = Path(__file__).parent / "results"
_WIDEN = 2


@dataclass(frozen=True)
class Logged:
    """A run's committed or local log directory."""

    path: Path
    record: dict[str, Any]

    @property
    def settings(self) -> dict[str, Any]:
        """The run's resolved settings."""
        return dict(self.record["settings"])

    @property
    def finished(self) -> bool:
        """Whether the run is complete or has diverged."""
        return self.record["status"] in FINISHED

    def validation(self) -> float:
        """Last validation loss, nats a token; infinite if the run diverged."""
        rows = checkpoint.read_rows(self.path / "evaluations.csv")
        if self.record["status"] == "diverged" or not rows:
            return math.inf
        return float(rows[-1]["validation_loss"])


def logged(folders: Iterable[Path]) -> dict[str, Logged]:
    """All logs below the folders, by the digest of their settings; a finished one wins."""
    found: dict[str, Logged] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/run.json")):
            entry = Logged(path.parent, json.loads(path.read_text()))
            known = found.get(entry.record["run"])
            if known is None or (entry.finished and not known.finished):
                found[entry.record["run"]] = entry
    return found


def tuning_runs(arm: str, corpus: str, logs: dict[str, Logged]) -> list[Run]:
    """The arm's tuning runs: its grid, widened and refined by rule as results come in.

    While the best stepsize lies at an edge, the grid grows by its own ratio there; where the next
    larger stepsize diverged, the geometric mean of the two is tried as well.
    """
    initial = sorted(protocol()["tuning"]["grid"][arm])
    grid, ratio = list(initial), initial[1] / initial[0]
    for _ in range(_WIDEN):
        losses = {s: _loss(_tuning(arm, s, corpus), logs) for s in grid}
        known = {s: loss for s, loss in losses.items() if loss is not None}
        if len(known) < len(grid) or not any(map(math.isfinite, known.values())):
            break
        best = grid.index(min(grid, key=lambda s: known[s]))
        added = []
        if best == 0:
            added.append(grid[0] / ratio)
        if best == len(grid) - 1:
            added.append(grid[-1] * ratio)
        elif math.isinf(known[grid[best + 1]]):
            added.append(math.sqrt(grid[best] * grid[best + 1]))
        grid = sorted({*grid, *(_round(stepsize) for stepsize in added)})
        if not added:
            break
    # The middle first: if time runs out, the likeliest stepsizes are the ones that are known.
    center = initial[len(initial) // 2]
    grid.sort(key=lambda stepsize: abs(math.log(stepsize / center)))
    return [_tuning(arm, stepsize, corpus) for stepsize in grid]


def _round(stepsize: float) -> float:
    return float(f"{stepsize:.2g}")


def _tuning(arm: str, stepsize: float, corpus: str) -> Run:
    return make_run("tuning", arm, stepsize, protocol()["tuning"]["seed"], corpus)


def _loss(run: Run, logs: dict[str, Logged]) -> float | None:
    entry = logs.get(run.digest)
    return entry.validation() if entry is not None and entry.finished else None


def selected(arm: str, corpus: str, logs: dict[str, Logged]) -> float | None:
    """The tuned stepsize (lowest validation loss of the finished tuning runs), or None before."""
    runs = tuning_runs(arm, corpus, logs)
    losses = {run.stepsize: _loss(run, logs) for run in runs}
    finite = {s: loss for s, loss in losses.items() if loss is not None and math.isfinite(loss)}
    if len([loss for loss in losses.values() if loss is not None]) < 2 or not finite:
        return None
    return min(finite, key=lambda stepsize: finite[stepsize])


def all_runs(corpus: str, logs: dict[str, Logged], phases: Sequence[str]) -> list[Run]:
    """Runs of the phases, in the order in which they should be made.

    Final runs come seed by seed, so that every arm has its first before one has its second. A final
    run whose stepsize is not tuned yet is not listed.

    Raises
    ------
    InputError
        If a phase is unknown.
    """
    unknown = sorted(set(phases) - {"tuning", "final", "paper"})
    if unknown:
        msg = f"There is no phase {unknown[0]!r}. Use tuning, final or paper."
        raise InputError(msg)
    table = protocol()
    runs: list[Run] = []
    if "tuning" in phases:
        for arm in table["tuning"]["grid"]:
            runs += tuning_runs(arm, corpus, logs)
    if "final" in phases:
        runs += _final_runs(corpus, logs)
    if "paper" in phases:
        for arm in table["paper"]["arms"]:
            stepsize = table["arms"][arm]["stepsize"]
            runs.append(make_run("paper", arm, stepsize, table["paper"]["seed"], corpus))
    return runs


def _final_runs(corpus: str, logs: dict[str, Logged]) -> list[Run]:
    table = protocol()["final"]
    stepsizes = {arm: selected(arm, corpus, logs) for arm in table["order"]}
    runs = []
    for turn in range(max(len(seeds) for seeds in table["seeds"].values())):
        for arm in table["order"]:
            seeds, stepsize = table["seeds"][arm], stepsizes[arm]
            if stepsize is not None and turn < len(seeds):
                runs.append(make_run("final", arm, stepsize, seeds[turn], corpus))
    return runs


def missing(runs: Sequence[Run], logs: dict[str, Logged]) -> list[Run]:
    """The runs that are not finished."""
    return [run for run in runs if run.digest not in logs or not logs[run.digest].finished]


def seconds_needed(run: Run, speed: float) -> float:
    """Estimate of a run's duration at ``speed`` tokens per second, measurements included."""
    training = run.steps * run.tokens_per_step / speed
    count = sum(run.measure.due(step, run.steps) for step in range(run.steps + 1))
    tokens = run.measure.minibatches + run.measure.jackknife
    measuring = count * (tokens * run.measure.sequences * run.shape.context / (0.5 * speed) + 2.0)
    evaluating = (run.steps / run.evaluate_every + 1) * 1.0
    return training + measuring + evaluating
