"""The command ``signcheck newton-schulz``."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from signcheck.cli_common import AsJson, Pairs, print_result, split_pairs

commands = typer.Typer()


@commands.command("newton-schulz")
def newton_schulz(
    pairs: Pairs = None,
    torch: Annotated[bool, typer.Option("--torch", help="Measure torch.optim.Muon, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Certified gamma, minorant and alpha: [coefficients=3.4445,-4.775,2.0315] [steps=5] [r=16]."""
    from signcheck.intervals.newton_schulz_report import command

    found = asdict(command(split_pairs(pairs)))
    if torch:
        from signcheck.newton_schulz import measure

        rows = {f"{m.rows} x {m.columns}": asdict(m) for m in measure()}
        found["torch.optim.Muon, reference schedule in bfloat16"] = rows
    print_result(found, as_json=as_json)
