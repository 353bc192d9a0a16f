"""Command ``signcheck separation``: how far SGD's worst case is from SignSGD's."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import typer

from hardinstances.errors import InputError
from signcheck.cli_common import AsJson, Pairs, print_result, split_pairs

commands = typer.Typer()


@commands.command()
def separation(pairs: Pairs = None, as_json: AsJson = False) -> None:
    """Density phi, factor R, best k and the verdict of T4: separation sigma=3,1,1,0,0,0,0,0."""
    texts = split_pairs(pairs)
    if set(texts) != {"sigma"}:
        raise InputError("separation takes one key: write sigma=LIST or sigma=FILE.npy.")
    from hardinstances.cli import parse_value
    from signcheck.separation import separation as of_vector
    from signcheck.separation import separation_of_file

    text = texts["sigma"]
    if text.endswith(".npy"):
        found = separation_of_file(Path(text))
    else:
        found = of_vector(parse_value("sigma", "vector", text))
    content = asdict(found)
    if not as_json:
        content["assumptions"] = "; ".join(found.assumptions)
    print_result(content, as_json=as_json)
