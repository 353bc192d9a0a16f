"""One cell of the table: an optimizer on an instance, its stepsize tuned, then run on other seeds.

A cell is a plain dictionary of JSON values, so that it can be appended to a file as one line.
"""

from __future__ import annotations

import contextlib
import io
import time
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from hardinstances.errors import InputError, OptimizerError
from signcheck.gauntlet import drive
from signcheck.gauntlet.membership import belongs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from hardinstances.instance import Instance
    from signcheck.gauntlet.arenas import Arena
    from signcheck.gauntlet.entries import Entry
    from signcheck.gauntlet.plan import Plan

__all__ = ["Cell", "clip_level", "make_cell", "readings"]

Cell = dict[str, Any]
"""Keys: ``optimizer``, ``instance``, ``status`` (``ran``, ``diverged``, ``errored``, ``not run``),
``reason``, ``tuning`` (one entry a stepsize), and for a cell that ran ``lr``, ``level``,
``reached``, ``ratio``, ``covered`` (whether the level covers every final run), ``seeds``, and where
a verdict is to be sampled ``samples`` (seeds x readings)."""

_WARNINGS_KEPT = 3
_DIGITS = 9


def readings(curve: NDArray[np.float64], block: int) -> NDArray[np.float64]:
    """Means of consecutive blocks, the rest at the end left out; ``(N,) -> (N // block,)``."""
    count = curve.size // block
    means: NDArray[np.float64] = curve[: count * block].reshape(count, block).mean(axis=1)
    return means


def clip_level(arena: Arena, instance: Instance) -> float | None:
    """Where the stationarity is cut off for the verdict, None if it is not.

    On the gated chain it exceeds ``level/(1 - rho)`` surely until the chain is finished, so the
    theorem bounds the expectation cut off there as well, and the variable becomes bounded.
    """
    if arena.name != "gated-chain":
        return None
    return instance.level_value / (1.0 - float(instance.parameters["rho"]))


def make_cell(entry: Entry, arena: Arena, plan: Plan) -> Cell:
    """Tune and run; whatever the optimizer does is recorded, never raised."""
    cell: Cell = {"optimizer": entry.name, "instance": arena.name}
    if entry.refusal:
        return cell | {"status": "not run", "reason": entry.refusal}
    began = time.process_time()
    output = io.StringIO()
    with (
        warnings.catch_warnings(record=True) as caught,
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(output),
    ):
        warnings.simplefilter("always")
        cell |= _tuned_and_run(entry, arena, plan)
    texts = dict.fromkeys(" ".join(str(w.message).split())[:200] for w in caught)
    if texts:
        cell["warnings"] = list(texts)[:_WARNINGS_KEPT]
    return cell | {"cpu_seconds": round(time.process_time() - began, 3)}


def _tuned_and_run(entry: Entry, arena: Arena, plan: Plan) -> Cell:
    tuning = [_tuning_row(entry, arena, plan, lr) for lr in arena.stepsizes]
    candidates = [row for row in tuning if row["status"] == "ran"]
    if not candidates:
        return _failure(tuning) | {"tuning": tuning}
    best = min(candidates, key=lambda row: row["reached"])
    try:
        return _final(entry, arena, plan, best["lr"]) | {"tuning": tuning}
    except drive.DivergedError as error:
        status, reason = "diverged", str(error)
    except OptimizerError as error:
        status, reason = "errored", str(error)
    return {"status": status, "reason": reason, "lr": best["lr"], "tuning": tuning}


def _failure(tuning: Sequence[Cell]) -> Cell:
    """Status of a cell none of whose stepsizes ran: diverged only if none failed otherwise."""
    failed = [row for row in tuning if row["status"] in ("errored", "diverged")]
    if not failed:
        return {"status": "not run", "reason": "no stepsize of the grid has a certified level"}
    worst = next((row for row in failed if row["status"] == "errored"), failed[0])
    return {"status": worst["status"], "reason": worst["reason"]}


def _tuning_row(entry: Entry, arena: Arena, plan: Plan, lr: float) -> Cell:
    row: Cell = {"lr": lr}
    try:
        instance = arena.build(lr)
    except InputError as error:
        return row | {"status": "no level", "reason": str(error)}
    count = plan.tuning_seeds if arena.noisy else 1
    seeds = [plan.noise_seed("tuning", entry.name, arena.name, k) for k in range(count)]
    try:
        traces = [drive.run(instance, entry, lr, arena.steps, seed) for seed in seeds]
    except drive.DivergedError as error:
        return row | {"status": "diverged", "reason": str(error)}
    except OptimizerError as error:
        return row | {"status": "errored", "reason": str(error)}
    reached = float(np.mean([readings(t.curve, arena.block) for t in traces], axis=0).min())
    covered = all(belongs(trace, arena.methods, lr) for trace in traces)
    return row | {
        "status": "ran",
        "reached": _short(reached),
        "level": _short(instance.level_value),
        "ratio": _short(reached / instance.level_value),
        "covered": covered,
    }


def _final(entry: Entry, arena: Arena, plan: Plan, lr: float) -> Cell:
    instance = arena.build(lr)
    pooled = clip_level(arena, instance)
    curves: list[NDArray[np.float64]] = []
    covered = True

    def more(count: int) -> None:
        nonlocal covered
        for index in range(len(curves), count):
            seed = plan.noise_seed("final", entry.name, arena.name, index)
            trace = drive.run(instance, entry, lr, arena.steps, seed)
            covered = covered and belongs(trace, arena.methods, lr)
            curves.append(trace.curve)

    more(plan.final_seeds if arena.noisy else 1)
    # Which cells get more seeds depends on the update rule alone, not on what was reached.
    if covered and arena.noisy and pooled is None:
        more(plan.judged_seeds)
    table = np.array([readings(curve, arena.block) for curve in curves])
    reached = float(table.mean(axis=0).min())
    cell: Cell = {
        "status": "ran",
        "lr": lr,
        "level": instance.level_value,
        "reached": reached,
        "ratio": _short(reached / instance.level_value),
        "covered": covered,
        "seeds": len(curves),
    }
    if covered and arena.noisy:
        if pooled is not None:
            cut = [readings(np.minimum(curve, pooled), arena.block) for curve in curves]
            table = np.array(cut)
        cell["samples"] = [[_short(value) for value in row] for row in table.tolist()]
    return cell


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
