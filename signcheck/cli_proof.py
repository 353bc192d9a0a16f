"""Commands that read a proof: ``signcheck show`` and ``signcheck audit``."""

from __future__ import annotations

from typing import Annotated

import typer

from signcheck.cli_common import AsJson

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
def audit(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID...")] = None,
    as_json: AsJson = False,
) -> None:
    """What has to be trusted; of theorems, leaf by leaf who checked it and how long it took."""
    if not ids and not as_json:
        from signcheck.audit import audit as lines

        for line in lines():
            typer.echo(line)
        return
    import json

    from signcheck import registry
    from signcheck.audit_leaves import leaf_rows, text

    found = [leaf_rows(registry.load(name)) for name in ids or registry.ids()]
    if as_json:
        pairs = [{**c.plain(), "rows": [row.plain() for row in rows]} for rows, c in found]
        typer.echo(json.dumps(pairs))
        return
    for rows, counts in found:
        for line in text(rows, counts):
            typer.echo(line)
