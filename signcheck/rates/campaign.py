"""Run the cells of a plan that are missing: here, or on any ``concurrent.futures`` executor.

A cell's numbers depend on the cell, the seed and the kind of device alone, so it does not matter
where it runs, nor how often: a lost worker's cells are handed out again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, wait
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from signcheck.rates.measure import Result, measure
from signcheck.records import Records

if TYPE_CHECKING:
    from pathlib import Path

    from signcheck.rates.plan import Plan

__all__ = ["MAX_RESTARTS", "cluster", "open_records", "processes", "run_plan"]

MAX_RESTARTS = 3
"""How often a broken pool of workers is replaced before the run gives up."""

CONNECT = "10s"
"""How long a Dask scheduler may take to answer."""

Progress = Callable[[int, int, str], object]


def open_records(path: Path, header: Mapping[str, Any], *, resume: bool) -> Records:
    """The file of finished cells, new or, with ``resume``, continued.

    ``header`` holds the plan's digest, versions and kind of device, which decide the numbers.
    Errors as :class:`signcheck.records.Records`.
    """
    decides = ("plan", "versions", "device")
    return Records(path, header, decides=decides, names=("name",), resume=resume)


def run_plan(
    plan: Plan,
    records: Records,
    *,
    device: str = "auto",
    pool: Callable[[], Executor] | None = None,
    progress: Progress | None = None,
) -> None:
    """Run every cell that the records do not hold, and append each when it is finished.

    Parameters
    ----------
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    pool
        Makes an executor; without one the cells run here, in order. A pool that breaks (a killed
        process) is made again, up to :data:`MAX_RESTARTS` times.
    progress
        Called with the number of finished cells, of all cells, and the name of the last.

    Raises
    ------
    InputError
        If a cell cannot be run, or workers keep dying.
    """
    total = len(plan.cells)

    def finished(result: Result) -> None:
        records.add(result)
        if progress is not None:
            progress(len(records.cells), total, result["name"])

    if progress is not None:
        progress(len(records.cells), total, "")
    work = partial(measure, seed=plan.seed, device=device)
    if pool is None:
        for content in _missing(plan, records):
            finished(work(content))
        return
    for _ in range(MAX_RESTARTS + 1):
        try:
            with pool() as executor:
                _hand_out(executor, work, _missing(plan, records), finished)
        except BrokenExecutor:
            continue
        return
    raise InputError(
        f"Workers died {MAX_RESTARTS + 1} times; {len(records.cells)} of {total} cells are "
        "finished: look for what kills them (memory?) and go on with --resume."
    )


def _missing(plan: Plan, records: Records) -> list[dict[str, Any]]:
    pending = [asdict(cell) for name, cell in plan.cells.items() if name not in records.cells]
    # Long ones first, so that no worker is left with one at the end; their order changes no number.
    return sorted(pending, key=lambda cell: -cell["steps"] * cell["seeds"])


def _hand_out(
    executor: Executor,
    work: Callable[[dict[str, Any]], Result],
    pending: list[dict[str, Any]],
    finished: Callable[[Result], None],
) -> None:
    running: set[Future[Result]] = {executor.submit(work, content) for content in pending}
    try:
        while running:
            ready, running = wait(running, return_when=FIRST_COMPLETED)
            for future in ready:
                finished(future.result())
    finally:
        for future in running:
            future.cancel()


def processes(workers: int) -> Callable[[], Executor]:
    """Makes pools of local processes with one thread each for linear algebra.

    Raises
    ------
    InputError
        If ``workers`` is not a positive integer.
    """
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise InputError(f"workers must be a positive integer, got {workers!r}.")

    def pool() -> Executor:
        from concurrent.futures import ProcessPoolExecutor
        from multiprocessing import get_context

        # Spawned: a forked child would inherit thread pools without their threads.
        return ProcessPoolExecutor(workers, get_context("spawn"))

    return pool


@contextmanager
def cluster(address: str) -> Iterator[Callable[[], Executor]]:
    """Makes executors of a running Dask cluster, which replaces lost workers by itself.

    Raises
    ------
    InputError
        If ``distributed`` is not installed or no scheduler answers at the address.
    """
    try:
        from distributed import Client
    except ImportError as missing:
        raise InputError(
            "A Dask cluster needs the package distributed: install signcheck[cluster]."
        ) from missing
    try:
        client: Any = Client(  # type: ignore[no-untyped-call]
            address, timeout=CONNECT, set_as_default=False
        )
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(
            f"No Dask scheduler answers at {address!r} ({error}): start one with dask-scheduler."
        ) from error
    try:
        yield partial(client.get_executor, pure=False)
    finally:
        client.close()
