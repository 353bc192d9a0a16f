"""The command ``signcheck rates``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signcheck.cli_common import progress

commands = typer.Typer()


@commands.command()
def rates(
    only: Annotated[str, typer.Option(help="Letter or name of one experiment.")] = "",
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder to write.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with the folder.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="The short grids.")] = False,
    seed: Annotated[int, typer.Option(help="All noise is derived from it.")] = 0,
    workers: Annotated[int, typer.Option(help="Local processes; 0 stays in this one.")] = 0,
    dask: Annotated[str, typer.Option(help="Address of a Dask scheduler.")] = "",
    plan_only: Annotated[
        bool, typer.Option("--plan-only", help="Write the predictions and stop.")
    ] = False,
) -> int:
    """Measure exponents, constants and crossovers, and hold them against the bounds."""
    from signcheck.rates.command import command

    with progress() as bar:
        told = None if bar is None else lambda done, total, name: bar(name, done, total)
        return command(
            only=only, device=device, out=out, resume=resume, quick=quick, seed=seed,
            workers=workers, dask=dask, plan_only=plan_only, say=typer.echo, progress=told,
        )  # fmt: skip
