"""Put the table of ``signcheck verify --json`` into README.md, between its two markers.

signcheck verify --json verify.json && python tools/readme_table.py verify.json T1 T2 T2b T2c
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent / "README.md"
BEGIN, END = "<!-- verify: begin -->", "<!-- verify: end -->"
HEAD = "| theorem | proved | mutants killed | run | bound | measured | ratio | verdict |"


def rows(theorem: dict[str, Any]) -> list[str]:
    """One line a run; the theorem's own columns stand in the first."""
    axioms = ", ".join(theorem["axioms"]) or "no axiom"
    mutants = theorem["mutants"]
    own = f"{theorem['id']} | {theorem['steps']} steps, {axioms} | "
    own += f"{mutants['killed']}/{mutants['total']}"
    runs = theorem["runs"] or [None]
    out = []
    for place, run in enumerate(runs):
        left = own if place == 0 else " | | "
        right = "| | | |" if run is None else _numbers(run)
        name = "" if run is None else run.get("name") or run["instance"]
        out.append(f"| {left} | {name} {right} |")
    return out


def _numbers(run: dict[str, Any]) -> str:
    numbers = f"| {run['bound']:.6g} | {run['measured']:.6g} | {run['ratio']:.6f} "
    return f"{numbers}| {run['verdict']}"


def main(path: str, *ids: str) -> None:
    """Replace what stands between the markers by the rows of the theorems named."""
    data = json.loads(Path(path).read_text())
    body = [HEAD, "|---|---|---|---|---|---|---|---|"]
    for theorem in data["theorems"]:
        if theorem["id"] in ids:
            body += rows(theorem)
    where = f"seed {data['seed']}, {data['device']}"
    note = f"From `make verify` ({where}); the whole table has every theorem."
    text = README.read_text()
    before, rest = text.split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(f"{before}{BEGIN}\n{note}\n\n" + "\n".join(body) + f"\n{END}{after}")


if __name__ == "__main__":
    main(*sys.argv[1:])
