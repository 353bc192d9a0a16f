"""Commands that measure: ``signcheck pep``, ``smoothness``, ``density`` and ``gauntlet``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from signcheck.cli_common import AsJson, Pairs, console, print_result, split_pairs, writable

commands = typer.Typer()


@commands.command()
def pep(
    pairs: Pairs = None,
    certificate: Annotated[Path | None, typer.Option(help="Write the exact certificate.")] = None,
    plot: Annotated[Path | None, typer.Option(help="Draw the worst function.")] = None,
    as_json: AsJson = False,
) -> None:
    """Exact worst case of a sign method without noise, for instance: pep T=8 pattern=all."""
    from signcheck.pep.commands import pep_command

    for path in (certificate, plot):
        if path is not None:
            writable(path)
    print_result(
        pep_command(split_pairs(pairs), certificate=certificate, plot=plot), as_json=as_json
    )


@commands.command()
def smoothness(pairs: Pairs = None, as_json: AsJson = False) -> None:
    """The l_oo-to-l1 constant of matrix=, quadratic= (FILE.npy or 1,2;3,4) or function=."""
    from signcheck.pep.commands import smoothness_command

    print_result(smoothness_command(split_pairs(pairs)), as_json=as_json)


@commands.command()
def density(
    target: Annotated[str, typer.Argument(metavar="FILE.npy|MODULE:FUNCTION|NUMBERS")],
    as_json: AsJson = False,
) -> None:
    """Noise density phi and separation R of a vector, of gradients in a file, or of a model."""
    from dataclasses import asdict

    from signcheck.density import density_from_factory, density_from_file, density_of

    found: Any
    if target.endswith(".npy"):
        found = density_from_file(Path(target))
    elif ":" in target:
        found = density_from_factory(target)
    else:
        from hardinstances.cli import parse_value

        found = density_of(parse_value("sigma", "vector", target))
    print_result(asdict(found), as_json=as_json)


@commands.command()
def gauntlet(
    quick: Annotated[bool, typer.Option("--quick", help="Everything once, shorter.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder to write, or to go on with.")] = None,
    only: Annotated[list[str] | None, typer.Option(help="Part of an optimizer's name.")] = None,
    instance: Annotated[list[str] | None, typer.Option(help="Name of an instance.")] = None,
    seed: Annotated[int, typer.Option(help="All noise is derived from it.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes; 0 takes one a core, at most 4.")] = 0,
) -> int:
    """Every optimizer of torch.optim and pytorch_optimizer against the hard instances."""
    from signcheck.gauntlet.command import command

    names = {"only": only or (), "instances": instance or ()}
    return command(out=out, quick=quick, seed=seed, workers=workers, console=console(), **names)
