"""Command line: ``signcheck verify | bound | show | audit | pep | density | gauntlet | ...``.

Everything heavy is imported by the command that needs it, so that ``--help`` answers at once.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hardinstances.errors import InputError, ProjectError

if TYPE_CHECKING:
    from rich.console import Console

    from signcheck.verify import Progress

app = typer.Typer(
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)

export = typer.Typer(
    add_completion=False, rich_markup_mode=None, help="Write proofs for other checkers."
)
app.add_typer(export, name="export")

Pairs = Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
MAX_WORKERS = 4
PLAIN_WIDTH = 1000
"""Columns where no terminal sets them: no cell of the table is broken."""


def _console() -> Console:
    """Standard output: no colour and no folding when it is not a terminal."""
    from rich.console import Console

    terminal = sys.stdout.isatty()
    return Console(
        force_terminal=terminal, no_color=not terminal, width=None if terminal else PLAIN_WIDTH
    )


@contextmanager
def _progress() -> Iterator[Progress | None]:
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


def _writable(path: Path) -> None:
    if path.is_dir() or not path.absolute().parent.is_dir():
        raise InputError(f"{path} cannot be written: name a file in a folder that exists.")


def _write(path: Path, content: Any) -> None:
    try:
        path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}): name another.") from error


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
        _writable(to)
    with _progress() as progress:
        report = run(
            ids or (), seed=seed, workers=min(os.cpu_count() or 1, MAX_WORKERS), progress=progress
        )
    print_report(report, _console())
    if to is not None:
        _write(to, to_json(report))
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


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    as_latex: Annotated[bool, typer.Option("--latex", help="Print LaTeX source.")] = False,
) -> None:
    """Statement, hypotheses, numbered steps with their certificates, axioms."""
    from signcheck import registry

    theory = registry.load(id_)
    if as_latex:
        from signcheck.latex import latex

        typer.echo(latex(theory))
        return
    from signcheck.show import text

    typer.echo(text(theory))


@app.command()
def audit() -> None:
    """What has to be trusted: rules, axioms, kernel, and what each theorem uses."""
    from signcheck.audit import audit as lines

    for line in lines():
        typer.echo(line)


@export.command("coq")
def export_coq(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID|CERTIFICATE.json...")] = None,
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("coq"),
) -> None:
    """One Coq file a theorem: leaves, skeleton, listed hypotheses, an example."""
    from signcheck.export.coq import theories, write

    for file in write(theories(ids or ()), out):
        trusted = ", ".join(f"{rule} {n}" for rule, n in sorted(file.trusted.items())) or "none"
        typer.echo(f"{file.name}: {file.leaves} leaves, {file.lemmas} steps; on trust: {trusted}")


@app.command()
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
            _writable(path)
    _print(pep_command(split_pairs(pairs), certificate=certificate, plot=plot), as_json=as_json)


@app.command()
def smoothness(pairs: Pairs = None, as_json: AsJson = False) -> None:
    """The l_oo-to-l1 constant of matrix=, quadratic= (FILE.npy or 1,2;3,4) or function=."""
    from signcheck.pep.commands import smoothness_command

    _print(smoothness_command(split_pairs(pairs)), as_json=as_json)


@app.command()
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
    _print(asdict(found), as_json=as_json)


@app.command()
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
    return command(out=out, quick=quick, seed=seed, workers=workers, console=_console(), **names)


def _print(content: dict[str, Any], *, as_json: bool) -> None:
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
