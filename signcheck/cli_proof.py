"""Commands that read a proof: ``signcheck show`` and ``signcheck audit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from signcheck.audit_coq import FOLDER
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
    coq: Annotated[Path | None, typer.Option(help="Where make coq worked: build/coq.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for a table and a page.")] = None,
) -> None:
    """What has to be trusted; of theorems, leaf by leaf who checked it and how long it took."""
    where = FOLDER if coq is None else coq
    if not ids and not as_json and out is None:
        from signcheck.audit import audit as lines

        for line in lines(where):
            typer.echo(line)
        return
    import json
    import shlex

    from signcheck import registry
    from signcheck.audit_leaves import leaf_rows, summary, text

    found = [leaf_rows(registry.load(name), coq=where) for name in ids or registry.ids()]
    if out is not None:
        from signcheck.audit_folder import write

        options = [*(ids or ()), *(() if coq is None else ("--coq", str(coq))), "--out", str(out)]
        write(found, out, shlex.join(["signcheck", "audit", *options]))
    if as_json:
        pairs = [{**c.plain(), "rows": [row.plain() for row in rows]} for rows, c in found]
        typer.echo(json.dumps(pairs))
        return
    for rows, counts in found:
        # With a folder the leaves are in its table.
        for line in text(rows, counts) if out is None else summary(counts):
            typer.echo(line)
