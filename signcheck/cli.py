"""Command line: ``signcheck verify | bound | show | audit | pep | density | gauntlet | ...``.

A new command goes into the ``commands`` of a ``cli_*.py`` (of its own: one more add_typer below).

Everything heavy is imported by the command that needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hardinstances.errors import InputError, ProjectError
from signcheck import (
    cli_check,
    cli_export,
    cli_measure,
    cli_newton_schulz,
    cli_proof,
    cli_rates,
    cli_separation,
)
from signcheck.cli_common import AsJson, Pairs, console, progress, split_pairs, writable, write

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
# Without a name the commands become commands of signcheck itself; --help keeps this order.
app.add_typer(cli_proof.commands)
app.add_typer(cli_check.commands)
app.add_typer(cli_measure.commands)
app.add_typer(cli_separation.commands)
app.add_typer(cli_rates.commands)
app.add_typer(cli_newton_schulz.commands)
app.add_typer(cli_export.commands, name="export")

MAX_WORKERS = 4


@app.callback(invoke_without_command=True)
def signcheck(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Machine-checked bounds for sign-based optimizers, and what runs say about them."""
    if version:
        from signcheck import __version__

        typer.echo(__version__)
        raise typer.Exit
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())
        raise typer.Exit(2)


@app.command()
def verify(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    to: Annotated[Path | None, typer.Option("--json", help="Write the table here.")] = None,
    seed: Annotated[int, typer.Option(help="Number of the sampled runs.")] = 0,
) -> int:
    """Prove theorems, run their hard instances, and judge the bounds."""
    from signcheck.table import print_report, to_json
    from signcheck.verify import verify as run

    if to is not None:
        writable(to)
    with progress() as shown:
        report = run(
            ids or (), seed=seed, workers=min(os.cpu_count() or 1, MAX_WORKERS), progress=shown
        )
    print_report(report, console())
    if to is not None:
        write(to, to_json(report))
    return 0 if report.ok else 1


@app.command()
def bound(
    id_: Annotated[str, typer.Argument(metavar="ID")], pairs: Pairs = None, as_json: AsJson = False
) -> None:
    """The number of a theorem, for instance: bound T1 L=1 Delta=1 eta=0.04 T=1000 B=1 sigma=0."""
    from signcheck.table import plain

    texts = split_pairs(pairs)
    found = evaluate(id_, texts)
    content = {"theorem": id_, "value": found.value}
    if found.variant:
        content |= {"variant": found.variant}
    content |= plain(found.parameters)
    if as_json:
        typer.echo(json.dumps(content))
        return
    typer.echo(f"{found.value:.12g}")
    for name, value in list(content.items())[2:]:
        typer.echo(f"  {name} = {value}")


def evaluate(theorem_id: str, texts: dict[str, str]) -> Any:
    """The bound of a theorem at key=value texts; raises InputError."""
    from hardinstances.cli import parse_value
    from signcheck import registry

    theory = registry.load(theorem_id)
    if theory.bound is None:
        raise InputError(
            f"{theorem_id} states no number of its own: see signcheck show {theorem_id}."
        )
    keys = theory.bound.keys
    for name in texts:
        if name not in keys:
            raise InputError(f"{theorem_id} has no key {name!r}: its keys are {', '.join(keys)}.")
    numbers = {name: parse_value(name, keys[name].kind, text) for name, text in texts.items()}
    return theory.bound.evaluate(**numbers)


def main() -> None:
    """Run the command line: bad input prints one sentence and exits with 2, no traceback."""
    try:
        code = app(standalone_mode=False)
        sys.stdout.flush()
    except ProjectError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # The reader (head, say) has left; Python would complain when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except (typer.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        # click's own usage errors: unknown command or option, missing argument.
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        typer.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
