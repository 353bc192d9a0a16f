"""Commands that distrust: ``signcheck recheck`` and ``signcheck mutate``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hardinstances.errors import InputError
from signcheck.cli_common import AsJson, progress

commands = typer.Typer()


@commands.command()
def recheck(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...")],
    as_json: AsJson = False,
) -> int:
    """Check exported proofs again, without kernel and sympy; 1 if a step was not rechecked."""
    import json

    from signcheck.export.reader import read_file

    found = [read_file(path) for path in files]
    if as_json:
        typer.echo(json.dumps([verdict.plain() for verdict in found]))
    else:
        for line in (line for verdict in found for line in verdict.text()):
            typer.echo(line)
    return 1 if any(verdict.not_rechecked for verdict in found) else 0


@commands.command()
def mutate(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    as_json: AsJson = False,
    out: Annotated[Path | None, typer.Option(help="Folder for a file a theorem.")] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep what is still true there.")
    ] = False,
    workers: Annotated[int, typer.Option(help="Processes, with --out.")] = 1,
) -> int:
    """Try every stronger variant of statements and certificates; 1 if one survives unlisted."""
    import json

    from signcheck import registry
    from signcheck.mutate_report import examine, text

    names = list(dict.fromkeys(ids or registry.ids()))
    if out is None:
        if resume or workers != 1:
            raise InputError("--resume and --workers need a folder: name it with --out.")
        found = [examine(registry.load(name)) for name in names]
    else:
        from signcheck.mutate_folder import run

        with progress() as shown:
            found = run(names, out, resume=resume, workers=workers, progress=shown)
    if as_json:
        typer.echo(json.dumps([line.plain() for line in found]))
    else:
        for row in text(found):
            typer.echo(row)
    return 0 if all(line.ok for line in found) else 1
