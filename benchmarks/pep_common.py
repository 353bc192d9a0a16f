"""What the worst-case scripts share: tables with the command that made them."""

from __future__ import annotations

import csv
import json
import platform
import sys
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from signcheck.pep.worst_case import WorstCase

Row = dict[str, Any]
TWO = "alternate,constant"


def save(out: Path, script: str, name: str, rows: Sequence[Row], seconds: float) -> None:
    """One table as CSV, and as JSON with the command and the versions that made it."""
    out.mkdir(parents=True, exist_ok=True)
    keys = list(dict.fromkeys(key for row in rows for key in row))
    with (out / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, keys)
        writer.writeheader()
        writer.writerows(rows)
    packages = ("cvxpy", "clarabel", "numpy", "scipy", "python-flint")
    document = {
        "command": f"python benchmarks/{script}",
        "seed": None,
        "why_no_seed": "deterministic solver and searches",
        "units": "L = Delta = 1; values in sqrt(L Delta), stepsizes in sqrt(Delta/L)",
        "versions": {"python": platform.python_version(), **{p: version(p) for p in packages}},
        "seconds": round(seconds, 1),
        "rows": rows,
    }
    (out / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")


def shares(case: WorstCase) -> str:
    """Patterns of the worst function with their share of the curvature budget."""
    return " ".join(
        f"{pattern.text}:{float(f.curvature / case.problem.kappa):.4f}"
        for pattern, f in zip(case.instance.patterns, case.instance.functions, strict=True)
    )


def note(*words: object) -> None:
    """Progress on standard error."""
    sys.stderr.write(" ".join(map(str, words)) + "\n")
    sys.stderr.flush()


def lower(case: WorstCase) -> float:
    """The lower end of a bracket in the units of the tables."""
    return float(case.lower) * case.problem.unit
