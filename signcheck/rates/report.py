"""What a run leaves behind: tables (CSV), verdicts (JSON, Markdown), and what made them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signcheck.rates.judging import PartReport
    from signcheck.rates.measure import Result
    from signcheck.rates.plan import Plan

__all__ = [
    "checks_csv",
    "lines",
    "manifest",
    "markdown",
    "points_csv",
    "terms_csv",
    "to_json",
    "versions",
]


def versions() -> dict[str, str]:
    """Versions that decide the numbers of a run."""
    from signcheck.simulate.summary import versions as of_runs

    return of_runs("numba torch triton sympy")


def points_csv(reports: Sequence[PartReport]) -> str:
    """Every point of every curve: measured, its standard error, predicted, ratio."""
    head = (
        "experiment", "curve", "abscissa", "x", "ordinate", "measured", "standard_error",
        "predicted", "ratio", "theorem", "copies",
    )  # fmt: skip
    rows = [
        (
            report.part.letter, c.reading.curve.name, c.reading.curve.abscissa, p.x,
            c.reading.curve.ordinate, p.measured, p.deviation, p.predicted,
            p.measured / p.predicted, c.reading.curve.theorem, p.values.size,
        )
        for report in reports
        for c in report.curves
        for p in c.reading.points
    ]  # fmt: skip
    return _csv(head, rows)


def checks_csv(reports: Sequence[PartReport], plan: Plan, results: Mapping[str, Result]) -> str:
    """Every bound that was held against a run."""
    head = (
        "experiment", "cell", "method", "steps", "batch", "copies", "engine", "theorem", "sense",
        "bound", "measured", "ratio", "low", "high", "verdict", "error_probability",
    )  # fmt: skip
    rows = []
    for report in reports:
        for check, j in zip(report.part.checks, report.judgements, strict=True):
            cell = plan.cells[check.cell]
            engine = results[cell.name]["engine"] if cell.name in results else ""
            rows.append((
                report.part.letter, cell.name, cell.method["name"], cell.steps, cell.batch,
                cell.seeds, engine, check.theorem, check.sense, j.bound, j.measured, j.ratio,
                *j.ci, j.verdict.value, j.error_probability,
            ))  # fmt: skip
    return _csv(head, rows)


def terms_csv(plan: Plan, results: Mapping[str, Result]) -> str:
    """T1 term by term beside the measurement, where a plan asks for it; value/length.

    What the noiseless coordinates contribute answers to descent and discretisation together, what
    the noisy ones do to the noise term. Both are means over the run.
    """
    from signcheck.rates.plan import FLOOR, QUIET

    head = (
        "cell", "descent", "discretisation", "noise", "measured_noiseless", "measured_noise",
        "noiseless_share", "noise_share",
    )  # fmt: skip
    rows = []
    for cell in plan.cells.values():
        result = results.get(cell.name)
        if QUIET not in cell.predicted or result is None or result["low"] is None:
            continue
        quiet, floor = cell.predicted[QUIET], cell.predicted[FLOOR]
        noise = cell.predicted["T1"] - quiet
        calm = result["low"]
        rest = sum(result["values"]) / len(result["values"]) - calm
        rows.append(
            (cell.name, quiet - floor, floor, noise, calm, rest, calm / quiet, rest / noise)
        )
    return _csv(head, rows)


def _csv(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return text.getvalue()


def to_json(reports: Sequence[PartReport]) -> list[dict[str, Any]]:
    """Every verdict as plain JSON values."""
    return [
        {
            "experiment": report.part.letter,
            "title": report.part.title,
            "verdict": report.verdict.value,
            "curves": [_curve_json(curve) for curve in report.curves],
            "crossings": [
                {
                    "name": c.crossing.name, "expected": c.crossing.expected,
                    "measured": c.measured, "equal_at": c.at, "ci": list(c.ci),
                    "verdict": c.verdict.value, "reason": c.reason,
                }
                for c in report.crossings
            ],
            "checks": [
                {"cell": check.cell, "theorem": check.theorem, **judgement.to_json()}
                for check, judgement in zip(report.part.checks, report.judgements, strict=True)
            ],
            "failures": list(report.failures),
        }
        for report in reports
    ]  # fmt: skip


def _curve_json(curve: Any) -> dict[str, Any]:
    reading = curve.reading
    found = {"name": reading.curve.name, "theorem": reading.curve.theorem}
    if curve.verdict is not None:
        found["verdict"] = curve.verdict.value
    found["reason"] = curve.reason
    if reading.fit is not None and reading.predicted is not None:
        found |= {
            "slope": reading.fit.slope, "ci": list(reading.fit.ci),
            "error_probability": reading.fit.error_probability,
            "predicted_slope": reading.predicted.slope, "exponent": reading.curve.exponent,
        }  # fmt: skip
    return found


def manifest(plan: Plan, command: str, results: Mapping[str, Result]) -> dict[str, Any]:
    """What made the numbers: seed, versions, devices, engines, command, oracle calls."""
    done = [results[name] for name in plan.cells if name in results]
    return {
        "command": command,
        "size": plan.size,
        "seed": plan.seed,
        "plan": plan.digest,
        "versions": versions(),
        "devices": sorted({result["device"] for result in done}),
        "engines": sorted({result["engine"] for result in done}),
        "cells": len(done),
        "oracle_calls": sum(result["calls"] for result in done),
    }


def lines(reports: Sequence[PartReport]) -> Iterator[str]:
    """The verdicts for a terminal."""
    for report in reports:
        yield f"({report.part.letter}) {report.part.title}: {report.verdict.value}"
        for curve in report.curves:
            judged = "" if curve.verdict is None else f"{curve.verdict.value}, "
            yield f"    {curve.reading.curve.name}: {judged}{curve.reason}"
        for crossing in report.crossings:
            text = f"{crossing.reason}, expected {crossing.crossing.expected}"
            yield f"    {crossing.crossing.name}: {crossing.verdict.value}, {text}"
        if report.judgements:
            yield f"    {_counted(report)}"
        for check, judgement in zip(report.part.checks, report.judgements, strict=True):
            if judgement.verdict != "consistent":
                name = f"{check.theorem} at {check.cell}"
                yield f"    {name}: {judgement.verdict.value}, {judgement.reason}"
        for failure in report.failures:
            yield f"    errored: {failure}"


def _counted(report: PartReport) -> str:
    ratios = [j.ratio for j in report.judgements if math.isfinite(j.ratio)]
    consistent = sum(j.verdict == "consistent" for j in report.judgements)
    theorems = ", ".join(sorted({check.theorem for check in report.part.checks}))
    spread = f", measured/bound from {min(ratios):.4f} to {max(ratios):.4f}" if ratios else ""
    return f"bounds ({theorems}): {consistent} of {len(report.judgements)} consistent{spread}"


def markdown(reports: Sequence[PartReport], about: Mapping[str, Any]) -> str:
    """The report of a run."""
    from signcheck.rates.judging import ERROR, TOLERANCE
    from signcheck.rates.plots import drawn
    from signcheck.rates.sizes import WINDOWS

    meaning = (
        "Generated; do not edit. Every prediction is read off a Bound object. In each experiment, "
        f"with probability {1 - ERROR / 2:g} no true bound is refuted (Holm over the bounds). The "
        f"intervals of its exponents share a nominal {ERROR / 2:g} equally; they are bootstrap "
        "intervals, whose level is approximate. An exponent is consistent if the measured slope "
        f"lies within {TOLERANCE} of the Bound's own slope on the same grid and of the asymptotic "
        "one, and the sampling interval covers the Bound's. A lower bound is held against "
        "the least single step under the exact law, otherwise against the least average over a "
        f"{WINDOWS}nd of the run, which is never below it."
    )
    made = (
        f"Command: `{about['command']}`, size {about['size']}, seed {about['seed']}, "
        f"{about['oracle_calls']:.3g} oracle calls on {', '.join(about['devices'])} "
        f"(engines {', '.join(about['engines'])})."
    )
    text = ["# Measured rates", "", meaning, "", made]
    for report in reports:
        text += ["", f"## ({report.part.letter}) {report.part.title}: {report.verdict.value}", ""]
        text += [f"![{report.part.title}]({report.part.letter}.png)", ""] if drawn(report) else []
        if any(curve.reading.fit for curve in report.curves):
            text += ["| curve | slope | interval | predicted | asymptotic | verdict |"]
            text += ["|---|---:|---:|---:|---:|---|"]
            text += [_slope_row(c) for c in report.curves if c.reading.fit is not None]
            text += [""]
        text += [f"- {line.strip()}" for line in lines([report]) if ", slope" not in line][1:]
    return "\n".join(text) + "\n"


def _slope_row(curve: Any) -> str:
    reading = curve.reading
    low, high = reading.fit.ci
    interval = f"[{low:.5f}, {high:.5f}]" if reading.fit.sampled else "not sampled"
    return (
        f"| {reading.curve.name} ({reading.curve.theorem}) | {reading.fit.slope:.5f} | {interval} "
        f"| {reading.predicted.slope:.5f} | {reading.curve.exponent:g} | {curve.verdict.value} |"
    )
