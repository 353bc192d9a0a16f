"""Commands that read a proof: ``signcheck show`` and ``signcheck audit``."""

from __future__ import annotations

from typing import Annotated

import typer

commands = typer.Typer()


@commands.command()
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


@commands.command()
def audit() -> None:
    """What has to be trusted: rules, axioms, kernel, and what each theorem uses."""
    from signcheck.audit import audit as lines

    for line in lines():
        typer.echo(line)
