"""Make the missing runs, one process a GPU, inside a time budget."""

from __future__ import annotations

import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

from gpt2_validation.data import load_corpus
from gpt2_validation.plan import RESULTS, all_runs, logged, missing, seconds_needed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gpt2_validation.protocol import Run

SPEED = 400_000.0
_START = 45.0


def run_next(
    corpus_path: Path,
    out: Path,
    phases: Sequence[str],
    *,
    budget: float,
    workers: int,
    device: str = "auto",
    arms: Sequence[str] = (),
    seeds: Sequence[int] = (),
    speed: float = SPEED,
    changes: dict[str, Any] | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> list[str]:
    """Make as many missing runs as fit into ``budget`` seconds; returns a line for each.

    Parameters
    ----------
    out
        Where the runs' directories go; runs that are finished there or in the committed results are
        not made again.
    workers
        Processes, each with a GPU of its own where there are GPUs.
    arms, seeds
        Keep only these (all if empty).
    speed
        Expected tokens per second of one process, to decide whether a run still fits.
    changes
        Overrides of the runs' fields, for rehearsals with a tiny model.
    """
    deadline = time.monotonic() + budget
    digest = load_corpus(corpus_path).digest
    known = logged([RESULTS / "runs", out])
    runs = missing(all_runs(digest, known, phases), known)
    runs = [r for r in runs if not arms or r.arm.name in arms]
    runs = [r for r in runs if not seeds or r.seed in seeds]
    context = multiprocessing.get_context("spawn")
    queue, lines = context.Queue(), context.Queue()
    for run in runs:
        queue.put(run)
    arguments = (queue, lines, corpus_path, out, device, deadline, speed, changes or {})
    pool = [context.Process(target=_work, args=(n, *arguments)) for n in range(workers)]
    for process in pool:
        process.start()
    found: list[str] = []
    open_workers = workers
    while open_workers:
        line = _next_line(lines, pool)
        if line is None:
            open_workers -= 1
            continue
        found.append(line)
        report(line)
    for process in pool:
        process.join()
    return found


def _next_line(lines: Any, pool: Sequence[Any]) -> str | None:
    import queue

    while True:
        try:
            line: str | None = lines.get(timeout=2.0)
        except queue.Empty:
            if not any(process.is_alive() for process in pool):
                return None
        else:
            return line


def _work(
    number: int,
    jobs: Any,
    lines: Any,
    corpus_path: Path,
    out: Path,
    device: str,
    deadline: float,
    speed: float,
    changes: dict[str, Any],
) -> None:
    # The GPU is chosen before torch starts CUDA in this process.
    os.environ["CUDA_VISIBLE_DEVICES"] = str(number)
    try:
        _work_loop(number, jobs, lines, corpus_path, out, device, deadline, speed, changes)
    except BaseException as error:  # a worker that dies must say so
        lines.put(f"worker {number} stopped: {type(error).__name__}: {error}")
        raise
    finally:
        lines.put(None)


def _work_loop(
    number: int,
    jobs: Any,
    lines: Any,
    corpus_path: Path,
    out: Path,
    device: str,
    deadline: float,
    speed: float,
    changes: dict[str, Any],
) -> None:
    import dataclasses
    import queue

    from gpt2_validation.train import Trainer, choose_device

    place = choose_device(device)
    corpus = load_corpus(corpus_path)
    start = _START if place.type == "cuda" else 0.0
    while True:
        try:
            planned: Run = jobs.get(timeout=1.0)
        except queue.Empty:
            return
        run = dataclasses.replace(planned, **changes)
        left = deadline - time.monotonic()
        need = seconds_needed(run, speed) + start
        if need > left:
            lines.put(f"{run.name}: not started, needs about {need:.0f} s of the {left:.0f} s left")
            continue
        began = time.monotonic()
        trainer = Trainer(run, corpus, out / run.name, place, compiled=place.type == "cuda")
        status = trainer.fit(deadline=deadline)
        start = 3.0
        lines.put(_line(number, trainer, status, time.monotonic() - began))


def _line(number: int, trainer: Any, status: str, seconds: float) -> str:
    log = trainer.log
    loss = log.rows[-1]["train_loss"] if log.rows else float("nan")
    last = log.evaluations[-1]["validation_loss"] if log.evaluations else float("nan")
    rates = sorted(row["tokens_per_second"] for row in log.rows)
    rate = rates[len(rates) // 2] if rates else 0
    measured = [row["seconds"] for row in log.measurements]
    mean = sum(measured) / len(measured) if measured else 0.0
    return (
        f"[{number}] {trainer.run.name}: {status} at step {trainer.step}, train {loss:.4f}, "
        f"validation {last:.4f}, {rate} tokens/s, {len(measured)} measurements of {mean:.1f} s, "
        f"{seconds:.0f} s in all"
    )
