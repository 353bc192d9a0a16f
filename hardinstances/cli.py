"""Command line: ``hardinstances list | show | make | run``; see the help of each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hardinstances.errors import InputError, ProjectError

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Hard instances with certificates for first-order optimizers.",
)


def parse_value(name: str, kind: str, text: str) -> Any:
    """A command-line value of a key's kind; raises InputError.

    A vector is a comma-separated list of numbers or the path of a ``.npy`` file.
    """
    if kind == "vector":
        if text.endswith(".npy"):
            return _read_npy(name, text)
        return [_number(name, part) for part in text.split(",")]
    if kind == "integer":
        try:
            return int(text)
        except ValueError as error:
            raise InputError(f"{name} must be an integer, got {text!r}.") from error
    return _number(name, text)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{name} must be a number, got {text!r}.") from error


def _read_npy(name: str, text: str) -> Any:
    import numpy as np

    try:
        values = np.load(text, allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(
            f"{name}: {text} cannot be read as a .npy file: check the path."
        ) from error
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "fiu":
        raise InputError(f"{name}: {text} holds no numeric array: save one with numpy.save.")
    return values


def parse_parameters(family_id: str, pairs: list[str]) -> dict[str, Any]:
    """``key=value`` arguments as keyword arguments of a family; raises InputError."""
    from hardinstances.catalogue import find

    family = find(family_id)
    parameters: dict[str, Any] = {}
    for pair in pairs:
        name, equals, text = pair.partition("=")
        if not equals or not text:
            raise InputError(f"{pair!r} is not key=value: write, for instance, L=1.")
        if name not in family.keys:
            raise InputError(
                f"{family.id} has no parameter {name!r}: its parameters are "
                f"{', '.join(family.keys)}."
            )
        if name in parameters:
            raise InputError(f"{name} is given twice: give it once.")
        parameters[name] = parse_value(name, family.keys[name].kind, text)
    return parameters


@app.command("list")
def list_() -> None:
    """Every instance: id, theorem, the methods that it defeats."""
    from hardinstances.catalogue import CATALOGUE

    width = max(len(family_id) for family_id in CATALOGUE)
    for family in CATALOGUE.values():
        typer.echo(f"{family.id:<{width}}  {family.theorem or '-':<8} {family.defeats}")


@app.command()
def show(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the instance of these parameters to a picture file.")
    ] = None,
) -> None:
    """What an instance defeats and why, its parameters, its level, pictures of its profiles."""
    from hardinstances import picture
    from hardinstances.catalogue import find
    from hardinstances.catalogue import make as make_instance
    from hardinstances.profiles import PROFILES

    family = find(id_)
    if plot is not None:
        picture.plot_profiles(make_instance(id_, **parse_parameters(id_, pairs or [])), plot)
    typer.echo(family.id + (f" (theorem {family.theorem})" if family.theorem else ""))
    typer.echo(f"  defeats  {family.defeats}")
    typer.echo(f"  why      {family.why}")
    if family.level is not None:
        typer.echo(f"  level    {family.level.expr}")
    typer.echo("  parameters")
    width = max(len(name) for name in family.keys)
    for name, key in family.keys.items():
        typer.echo(f"    {name:<{width}}  {key.text}")
    for name in family.profiles:
        typer.echo(f"  {name}, the derivative (o is the start)")
        for line in picture.sketch(PROFILES[name]).splitlines():
            typer.echo(f"    {line}".rstrip())


@app.command()
def make(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")] = None,
    out: Annotated[Path | None, typer.Option(help="Write it to this .npz or .json file.")] = None,
) -> None:
    """Make and certify an instance, print its certificate, and write it with --out."""
    from hardinstances.catalogue import make as make_instance
    from hardinstances.catalogue import save

    instance = make_instance(id_, **parse_parameters(id_, pairs or []))
    if out is not None:
        save(instance, out)
    certificate = instance.certificate
    typer.echo(f"{instance.id}, points of shape {instance.shape}, certificate verified")
    if instance.level is not None:
        typer.echo(f"  level  {instance.level_value:.12g} (theorem {instance.theorem})")
    typer.echo(f"  L      {float(certificate.L):.12g}")
    typer.echo(f"  Delta  {float(certificate.Delta):.12g}")
    for name in instance.level.free if instance.level is not None else ():
        typer.echo(f"  {name:<6} {instance.level_numbers[name]:.12g}")
    for block in instance.blocks:
        typer.echo(f"  {block.size} x {block.name}")
    if out is not None:
        typer.echo(f"  written to {out}")


@app.command()
def run(
    id_: Annotated[str, typer.Argument(metavar="ID")],
    pairs: Annotated[list[str] | None, typer.Argument(metavar="KEY=VALUE...")] = None,
    optimizer: Annotated[str, typer.Option(help="Dotted name, e.g. torch.optim.AdamW.")] = "",
    lr: Annotated[float, typer.Option(help="Stepsize.")] = 1e-3,
    option: Annotated[
        list[str] | None, typer.Option(help="Further argument, name=value; may be repeated.")
    ] = None,
    steps: Annotated[int, typer.Option(help="Number of steps.")] = 1000,
    batch: Annotated[int, typer.Option(help="Oracle calls in a step.")] = 1,
    seeds: Annotated[int, typer.Option(help="Number of noise seeds, 0, 1, ...")] = 8,
    plot: Annotated[Path | None, typer.Option(help="Draw the curve to a picture file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run an optimizer on an instance; eta, T and B default to --lr, --steps and --batch."""
    import json

    from hardinstances import cli_run, drive, picture
    from hardinstances.catalogue import find
    from hardinstances.catalogue import make as make_instance

    if not optimizer:
        raise InputError("Name an optimizer: --optimizer torch.optim.AdamW, say.")
    given = parse_parameters(id_, pairs or [])
    known = cli_run.adversary_defaults(find(id_).keys, lr, steps, batch)
    instance = make_instance(id_, **{**known, **given})
    made = cli_run.factory(optimizer, lr, option or [])
    curve = drive.run(instance, made, steps, batch, range(seeds))
    label = f"{optimizer}, lr {lr:g}"
    result = cli_run.describe(curve, label)
    if plot is not None:
        picture.plot_curve(curve, label, plot)
    if as_json:
        typer.echo(json.dumps(result))
        return
    spread = result["standard_error"]
    typer.echo(f"{instance.id}: {label}, {steps} steps of {batch} calls, {seeds} seeds")
    typer.echo(
        f"  reached  {result['best']:.6g} at step {result['best_step']}"
        + ("" if spread is None else f" (standard error {spread:.2g})")
    )
    if result["level"] is not None:
        typer.echo(f"  level    {result['level']:.6g} for {find(id_).defeats}")
        typer.echo(f"  ratio    {result['ratio']:.6g}")
    if not result["covered"]:
        typer.echo("  the level does not cover that many steps")


def main() -> None:
    """Run the command line: bad input prints one sentence and exits with 2, no traceback."""
    try:
        code = app(standalone_mode=False)
    except ProjectError as error:
        typer.echo(str(error), err=True)
        sys.exit(error.exit_code)
    except typer.Abort:
        sys.exit(1)
    except Exception as error:
        # click's own usage errors: unknown command or option, missing argument.
        if not hasattr(error, "format_message") or not hasattr(error, "exit_code"):
            raise
        typer.echo(error.format_message(), err=True)
        sys.exit(error.exit_code)
    sys.exit(code if isinstance(code, int) else 0)


if __name__ == "__main__":
    main()
