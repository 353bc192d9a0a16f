"""Two devices beside each other, and speed: texts for pages, read off committed results."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from tools.book_results import ROOT

__all__ = ["beside", "make", "speed"]

SAME = 1e-9
"""Relative difference up to which two measured numbers count as the same."""

NONE = "No such result is committed yet: nothing is claimed here."


def make(source: Path) -> tuple[dict[str, str], dict[str, str]]:
    """No pages; the comparison of the rates by device, and the speed of each."""
    del source
    folder = ROOT / "results/benchmarks"
    return {}, {
        "rates_devices": beside(ROOT / "results/rates", ROOT / "results/rates-h100"),
        "speed_cpu": speed(folder / "cpu.md"),
        "speed_cuda": speed(folder / "cuda.md"),
    }


def speed(path: Path) -> str:
    """A report of ``benchmarks.speed`` as the body of a section; its sections become bold words."""
    if not path.is_file():
        return NONE
    text = re.sub(r"\A# (.*)\n", r"*\1.*\n", path.read_text("utf-8"))
    return re.sub(r"^## (.*)$", r"**\1.**", text, flags=re.MULTILINE)


def beside(first: Path, second: Path) -> str:
    """How the same plan came out on two devices: exponents in a table, all numbers counted."""
    if not all((folder / "report.json").is_file() for folder in (first, second)):
        return NONE
    plans = [_read(folder / "manifest.json") for folder in (first, second)]
    if plans[0]["plan"] != plans[1]["plan"]:
        return "The two devices measured different plans: their numbers are not compared."
    reports = [_read(folder / "report.json") for folder in (first, second)]
    names = [plan["devices"][0] for plan in plans]
    rows = [
        f"| ({one['experiment']}) {a['name']} | {a['predicted_slope']:.5f} | {_slope(a)} "
        f"| {_slope(b)} |"
        for one, two in zip(*reports, strict=True)
        for a, b in zip(one["curves"], two["curves"], strict=True)
        if "slope" in a and "slope" in b
    ]
    head = f"| curve | predicted | {names[0]} | {names[1]} |\n|---|---:|---:|---:|"
    return "\n".join([_counted(reports, names), "", head, *rows])


def _read(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def _slope(curve: dict[str, Any]) -> str:
    low, high = curve["ci"]
    interval = "" if low == high else f" [{low:.5f}, {high:.5f}]"
    return f"{curve['slope']:.5f}{interval} {curve['verdict']}"


def _checks(reports: list[Any]) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """The same check on both, in pairs."""
    pairs = [
        pair
        for one, two in zip(*reports, strict=True)
        for pair in zip(one["checks"], two["checks"], strict=True)
    ]
    for a, b in pairs:
        if any(a[name] != b[name] for name in ("cell", "theorem", "sense")):
            raise ValueError(f"The reports hold different checks: {a['cell']} and {b['cell']}.")
    return pairs


def _counted(reports: list[Any], names: list[str]) -> str:
    pairs = _checks(reports)
    gaps = [_gap(a["measured"], b["measured"]) for a, b in pairs]
    far = [(a, b, gap) for (a, b), gap in zip(pairs, gaps, strict=True) if gap > SAME]
    verdicts = [{part["verdict"] for part in report} for report in reports]
    agreed = " and ".join(
        f"{', '.join(sorted(found))} on {name}" for found, name in zip(verdicts, names, strict=True)
    )
    text = (
        f"The same plan with the same seed. Its {len(reports[0])} experiments are {agreed}. "
        f"{len(pairs)} times a measured number is held against a bound; {len(pairs) - len(far)} "
        f"times it is the same on both up to {SAME:g}, since both draw the same random numbers."
    )
    if far:
        cells = ", ".join(f"`{a['cell']}` ({gap:.2g})" for a, _, gap in far)
        room = min(_room(check) for a, b, _ in far for check in (a, b))
        text += (
            f" It differs, relatively, in {cells}: rounding grows along these runs and is not in "
            f"their intervals. Each of them is a factor of {room:.2f} or more from its bound."
        )
    return text


def _gap(first: float, second: float) -> float:
    largest = max(abs(first), abs(second))
    return abs(first - second) / largest if largest else 0.0


def _room(check: dict[str, Any]) -> float:
    """By what factor a check is on the right side of its bound."""
    ratio = float(check["measured"] / check["bound"])
    return ratio if check["sense"] == "lower" else 1 / ratio
