"""Commands that distrust: ``signcheck recheck``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signcheck.cli_common import AsJson

commands = typer.Typer()


@commands.command()
def recheck(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    as_json: AsJson = False,
) -> None:
    """Check exported proofs (signcheck export json) again, without the kernel and sympy."""
    import json

    from signcheck.export.reader import read_file

    found = [read_file(path) for path in files]
    if as_json:
        typer.echo(json.dumps([verdict.plain() for verdict in found]))
        return
    for verdict in found:
        for line in verdict.text():
            typer.echo(line)
