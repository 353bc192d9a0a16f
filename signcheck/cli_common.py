"""What the commands share: ``key=value`` arguments, the console, files, printed results."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from signcheck.verify import Progress

__all__ = [
    "AsJson",
    "Pairs",
    "console",
    "print_result",
    "progress",
    "split_pairs",
    "writable",
    "write",
]

Pairs = Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
PLAIN_WIDTH = 1000
"""Columns where no terminal sets them: no cell of the table is broken."""


def console() -> Console:
    """Standard output: no colour and no folding when it is not a terminal."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(
        force_terminal=terminal, no_color=not terminal, width=None if terminal else PLAIN_WIDTH
    )


@contextmanager
def progress() -> Iterator[Progress | None]:
    """Something that shows what is being done, on a terminal only."""
    if not sys.stdout.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda name, done, total: bar.update(
            task, description=name, completed=done, total=total
        )


def split_pairs(pairs: list[str] | None) -> dict[str, str]:
    """``key=value`` arguments as texts; raises InputError on anything else or a repeated key."""
    found: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, text = pair.partition("=")
        if not (name and equals and text):
            raise InputError(f"{pair!r} is not key=value: write, for instance, L=1.")
        if name in found:
            raise InputError(f"{name} is given twice: give it once.")
        found[name] = text
    return found


def writable(path: Path) -> None:
    """Raises InputError unless a file can be put at the path; called before the work begins."""
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"{path} cannot be written: name a file in a folder that exists.")


def write(path: Path, content: Any) -> None:
    """Put JSON at the path; raises InputError where the system refuses."""
    try:
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): name another.") from error


def print_result(content: dict[str, Any], *, as_json: bool) -> None:
    """A result as JSON or as lines ``name = value``, nested ones indented."""
    from signcheck.table import plain

    if as_json:
        typer.echo(json.dumps(plain(content)))
        return
    for line in _lines(plain(content), ""):
        typer.echo(line)


def _lines(content: dict[str, Any], indent: str) -> Iterator[str]:
    for name, value in content.items():
        if isinstance(value, dict):
            yield f"{indent}{name}"
            yield from _lines(value, indent + "  ")
        else:
            yield f"{indent}{name} = {value}"
