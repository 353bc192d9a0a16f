"""A progress bar with loss and tokens per second; plain lines when the output is no terminal."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gpt2_validation.protocol import Run

_LINES = 10


@contextmanager
def bar(run: Run) -> Iterator[Callable[[dict[str, Any]], None]]:
    """Context that yields a function taking a row of the training log."""
    if os.environ.get("RANK", "0") != "0":
        yield lambda _: None
    elif sys.stdout.isatty():
        yield from _rich_bar(run)
    else:
        yield lambda row: _line(run, row)


def _line(run: Run, row: dict[str, Any]) -> None:
    if row["step"] % (run.log_every * max(1, run.steps // run.log_every // _LINES)) == 0:
        typer.echo(f"{run.name}: step {row['step']}/{run.steps}, {_numbers(row)}")


def _numbers(row: dict[str, Any]) -> str:
    return f"loss {row['train_loss']:.4f}, {row['tokens_per_second']:,} tokens/s"


def _rich_bar(run: Run) -> Iterator[Callable[[dict[str, Any]], None]]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns) as progress:
        task = progress.add_task(run.name, total=run.steps)

        def report(row: dict[str, Any]) -> None:
            text = f"{run.name} {_numbers(row)}"
            progress.update(task, completed=row["step"], description=text)

        yield report
