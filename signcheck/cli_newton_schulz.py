"""The command ``signcheck newton-schulz``."""

from __future__ import annotations

from dataclasses import asdict

import typer

from signcheck.cli_common import AsJson, Pairs, print_result, split_pairs

commands = typer.Typer()


@commands.command("newton-schulz")
def newton_schulz(pairs: Pairs = None, as_json: AsJson = False) -> None:
    """Certified gamma, minorant and alpha: [coefficients=3.4445,-4.775,2.0315] [steps=5] [r=16]."""
    from signcheck.intervals.newton_schulz_report import command

    print_result(asdict(command(split_pairs(pairs))), as_json=as_json)
