"""Commands that write proofs for other checkers: ``signcheck export coq | json``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(help="Write proofs for other checkers.")


@commands.command("coq")
def export_coq(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID|CERTIFICATE.json...")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("coq"),
    enclosures: Annotated[bool, typer.Option(help="Files for coq-interval instead.")] = False,
) -> None:
    """One Coq file a theorem: leaves, skeleton, listed hypotheses, an example."""
    from signcheck.export.coq import theories, write, write_enclosures

    if enclosures:
        typer.echo(f"for coq-interval: {', '.join(write_enclosures(out))}")
        return
    for file in write(theories(ids or ()), out):
        trusted = ", ".join(f"{rule} {n}" for rule, n in sorted(file.trusted.items())) or "none"
        typer.echo(f"{file.name}: {file.leaves} leaves, {file.lemmas} steps; on trust: {trusted}")


@commands.command("json")
def export_json(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("json"),
) -> None:
    """One JSON file a theorem: every step of its proof, for signcheck recheck."""
    from signcheck import registry
    from signcheck.export.json import write

    for path in write([registry.load(name) for name in ids or registry.ids()], out):
        typer.echo(str(path))
