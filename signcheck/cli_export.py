"""Commands that write proofs for other checkers: ``signcheck export coq``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

commands = typer.Typer(help="Write proofs for other checkers.")


@commands.command("coq")
def export_coq(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID|CERTIFICATE.json...")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("coq"),
) -> None:
    """One Coq file a theorem: leaves, skeleton, listed hypotheses, an example."""
    from signcheck.export.coq import theories, write

    for file in write(theories(ids or ()), out):
        trusted = ", ".join(f"{rule} {n}" for rule, n in sorted(file.trusted.items())) or "none"
        typer.echo(f"{file.name}: {file.leaves} leaves, {file.lemmas} steps; on trust: {trusted}")
