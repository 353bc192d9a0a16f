"""Run every cell that is not in the records yet, on several processes."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from signcheck.gauntlet.arenas import find_arena
from signcheck.gauntlet.cells import Cell, make_cell
from signcheck.gauntlet.entries import find_entry
from signcheck.records import Records

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from signcheck.gauntlet.arenas import Arena
    from signcheck.gauntlet.entries import Entry
    from signcheck.gauntlet.plan import Plan

__all__ = ["PACKAGES", "header", "open_records", "run_cells"]

PACKAGES = ("numpy", "pytorch_optimizer", "torch")
"""The packages whose versions decide a result."""

_IN_FLIGHT = 4
"""Cells handed out ahead, for each process."""


def header(plan: Plan, arenas: Sequence[Arena], command: str) -> dict[str, Any]:
    """First line of the records: settings, versions, and what started the run."""
    import platform

    # The local suffix of a build (+cpu) says where it runs, not what it computes.
    versions = {name: metadata.version(name).partition("+")[0] for name in PACKAGES}
    grid = {arena.name: asdict(arena) for arena in arenas}
    return {
        "plan": plan.settings(),
        "versions": versions,
        "instances": {name: _plain(values) for name, values in grid.items()},
        "command": command,
        "device": f"cpu ({platform.machine()})",
        "python": platform.python_version(),
    }


def open_records(path: Path, header: dict[str, Any]) -> Records:
    """The file of finished cells, new or continued; errors as :class:`Records`."""
    decides = ("plan", "versions", "instances")
    return Records(path, header, decides=decides, names=("optimizer", "instance"))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """As it will be read back from JSON."""
    found = {name: list(v) if isinstance(v, tuple) else v for name, v in values.items()}
    found["parameters"] = {
        name: list(v) if isinstance(v, tuple) else v for name, v in values["parameters"]
    }
    return found


def _work(optimizer: str, instance: str, plan: Plan) -> Cell:
    return make_cell(find_entry(optimizer), find_arena(plan, instance), plan)


def run_cells(
    records: Records,
    entries: Sequence[Entry],
    arenas: Sequence[Arena],
    plan: Plan,
    *,
    workers: int = 1,
    progress: Callable[[int, int, str], object] | None = None,
) -> None:
    """Run the missing cells and append each when it is finished.

    Parameters
    ----------
    workers
        Processes; with 1 the cells run in this one.
    progress
        Called with the number of finished cells, of all cells, and the name of the last.

    Raises
    ------
    InputError
        If ``workers`` is not a positive integer.
    """
    if isinstance(workers, bool) or workers < 1:
        raise InputError(f"workers must be a positive integer, got {workers!r}.")
    pending = [
        (entry.name, arena.name)
        for entry in entries
        for arena in arenas
        if (entry.name, arena.name) not in records.cells
    ]
    total = len(entries) * len(arenas)
    done = total - len(pending)

    def finished(cell: Cell) -> None:
        nonlocal done
        records.add(cell)
        done += 1
        if progress is not None:
            progress(done, total, f"{cell['optimizer']} on {cell['instance']}")

    if progress is not None:
        progress(done, total, "")
    if workers == 1 or len(pending) <= 1:
        for optimizer, instance in pending:
            finished(_work(optimizer, instance, plan))
        return
    _run_parallel(partial(_work, plan=plan), pending, workers, finished)


def _run_parallel(
    work: Callable[[str, str], Cell],
    pending: Sequence[tuple[str, str]],
    workers: int,
    finished: Callable[[Cell], None],
) -> None:
    from multiprocessing import get_context

    # Children read these when their libraries load. They are spawned: a forked child would inherit
    # thread pools without their threads.
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    before = {name: os.environ.get(name) for name in threads}
    os.environ.update(threads)
    waiting = iter(pending)
    pool = ProcessPoolExecutor(workers, get_context("spawn"))
    try:
        running = {
            pool.submit(work, *task) for task in itertools.islice(waiting, workers * _IN_FLIGHT)
        }
        while running:
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                finished(future.result())
                running |= {pool.submit(work, *task) for task in itertools.islice(waiting, 1)}
    finally:
        pool.shutdown(cancel_futures=True)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
