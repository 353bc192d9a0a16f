"""What ``signcheck gauntlet`` does: run what is missing, write the files, print the claims."""

from __future__ import annotations

import json
import os
import shlex
import sys
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from hardinstances.errors import InputError
from signcheck.gauntlet.plan import FULL, QUICK, Plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from rich.console import Console

    from signcheck.gauntlet.report import Report

__all__ = ["command"]

MAX_WORKERS = 4
"""Processes that are started unasked."""


def command(
    *,
    out: Path | None,
    quick: bool,
    seed: int,
    workers: int,
    only: Sequence[str],
    instances: Sequence[str],
    console: Console,
) -> int:
    """Run the gauntlet into a folder, or go on with one that was interrupted.

    Writes ``cells.jsonl`` (finished cells), ``report.md``, ``report.json`` and ``heatmap.png``.

    Parameters
    ----------
    out
        Folder, made if it is not there; below ``runs`` when left out.
    quick
        The short plan.
    seed
        All noise is derived from it.
    workers
        Processes; 0 takes one a core, at most four.
    only, instances
        Parts of optimizers' names, and names of instances; everything when empty.
    console
        Where the summary goes.

    Returns
    -------
    The exit code: 1 if a level was refuted, else 0.

    Raises
    ------
    InputError
        If an argument cannot be used, or the folder holds results of other settings.
    """
    from signcheck.gauntlet.arenas import arenas, choose
    from signcheck.gauntlet.campaign import header, open_records, run_cells
    from signcheck.gauntlet.entries import entries, select
    from signcheck.gauntlet.heatmap import draw
    from signcheck.gauntlet.report import Report

    plan = replace(QUICK if quick else FULL, seed=seed)
    columns, rows = choose(plan, instances), select(only)
    out = out or Path("runs", "gauntlet-quick" if quick else "gauntlet")
    workers = workers or min(os.cpu_count() or 1, MAX_WORKERS)
    _folder(out)
    line = _line(plan, out)
    records = open_records(out / "cells.jsonl", header(plan, arenas(plan), line))
    with _progress() as progress:
        run_cells(records, rows, columns, plan, workers=workers, progress=progress)
    report = Report(header(plan, arenas(plan), line), rows, columns, records.cells)
    if len(rows) == len(entries()) and len(columns) == len(arenas(plan)):
        _write(out / "report.md", "\n".join(report.markdown()) + "\n")
        _write(out / "report.json", json.dumps(report.to_json(), indent=1, allow_nan=False) + "\n")
        draw(report, out / "heatmap.png")
    _print(report, console, out)
    return 0 if report.ok else 1


def _line(plan: Plan, out: Path) -> str:
    """The command as it can be typed again."""
    words = ["signcheck", "gauntlet", "--out", str(out), "--seed", str(plan.seed)]
    return shlex.join(words + (["--quick"] if plan.name == QUICK.name else []))


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made ({error.strerror}): name a folder.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error


@contextmanager
def _progress() -> Iterator[Callable[[int, int, str], object] | None]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stdout.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = (
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def show(done: int, total: int, name: str) -> None:
            bar.update(task, completed=done, total=total, description=name)

        yield show


def _print(report: Report, console: Console, out: Path) -> None:
    from rich.table import Table
    from rich.text import Text

    from signcheck.gauntlet.report import interval_text

    table = Table(box=None, pad_edge=False)
    table.add_column("optimizer")
    for arena in report.arenas:
        table.add_column(arena.name, justify="right")
    for row in report.rows():
        table.add_row(*(Text(text) for text in row))
    console.print(table)
    console.print(
        "\nReached stationarity over the certified level; *: the level covers the method."
    )
    for line in report.problems():
        console.print(line, markup=False)
    console.print()
    claims = Table(box=None, pad_edge=False)
    for name in ("what must happen", "cells", "runs", "least ratio", "interval", "verdict"):
        claims.add_column(name)
    for claim in report.claims:
        least = "" if not claim.judgements else f"{claim.least:.6f}"
        numbers = str(claim.covered), str(claim.runs), least, interval_text(claim)
        claims.add_row(claim.sentence, *numbers, claim.verdict)
    console.print(claims)
    console.print(f"\n{report.error_sentence()}")
    console.print(f"Files: {out}", soft_wrap=True)
