"""The verify table, for terminals and files, and its JSON."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from signcheck.runs import Run
    from signcheck.verify import Mutants, Report, TheoremReport

__all__ = ["print_report", "to_json"]

COLUMNS = ("id", "statement", "proved", "mutants", "instance")
NUMBERS = ("bound", "measured", "ratio", "of other")
STYLES = {"consistent": "green", "proved": "green", "inconclusive": "yellow"}


def print_report(report: Report, console: Console) -> None:
    """The table, what failed and why, and what the verdicts mean.

    Where the console is too narrow for one line a run, each theorem gets lines of its own.
    """
    table = _empty(*COLUMNS)
    for theorem in report.theorems:
        for row in _rows(theorem):
            table.add_row(*row)
    # A measurement never exceeds the width that it is taken at.
    unlimited = console.options.update(max_width=10_000)
    if console.measure(table, options=unlimited).maximum <= console.width:
        console.print(table)
    else:
        _print_narrow(report, console)
    for line in _remarks(report):
        console.print(line, markup=False, highlight=False, soft_wrap=True)


def _empty(*columns: str, width: int = 0) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in columns:
        table.add_column(name, no_wrap=True, min_width=width)
    for name in NUMBERS:
        table.add_column(name, justify="right", no_wrap=True, min_width=len("0.0000000"))
    table.add_column("verdict", no_wrap=True)
    return table


def _print_narrow(report: Report, console: Console) -> None:
    runs = [run for theorem in report.theorems for run in theorem.runs]
    width = max((len(run.name) for run in runs), default=0)
    for theorem in report.theorems:
        proved, killed = _proved(theorem), _killed(theorem.mutants)
        console.print(f"[bold]{theorem.id}[/]  ", theorem.title, sep="", highlight=False)
        console.print("  ", proved, f", mutants {killed}", sep="", highlight=False)
        if theorem.runs:
            table = _empty("  instance", width=width)
            for *_, name, bound, measured, ratio, other, verdict in _rows(theorem):
                table.add_row(f"  {name}", bound, measured, ratio, other, verdict)
            console.print(table)
        console.print()


def _rows(theorem: TheoremReport) -> Iterator[tuple[Any, ...]]:
    from rich.text import Text

    head: tuple[Any, ...] = (theorem.id, theorem.title, _proved(theorem), _killed(theorem.mutants))
    for run in theorem.runs:
        verdict = run.judgement.verdict.value
        style = STYLES.get(verdict, "red")
        yield (*head, run.name, *_numbers(run), Text(verdict, style=style))
        head = ("", "", "", "")
    if not theorem.runs:
        yield (*head, "", *[""] * len(NUMBERS), "")


def _proved(theorem: TheoremReport) -> Any:
    from rich.text import Text

    if theorem.status != "proved":
        return Text(theorem.status, style="red")
    axioms = ", ".join(theorem.axioms) or "no axioms"
    return Text(f"{theorem.steps} steps, {axioms}", style=STYLES["proved"])


def _killed(mutants: Mutants | None) -> str:
    return "not run" if mutants is None else f"{mutants.killed}/{mutants.total}"


def _numbers(run: Run) -> tuple[str, ...]:
    j = run.judgement
    other = ""
    if run.against is not None:
        name, value = run.against
        other = f"{j.measured / value:.4f} {name}"
    return f"{j.bound:.6g}", f"{j.measured:.6g}", f"{j.ratio:.6f}", other


def _remarks(report: Report) -> Iterator[str]:
    for theorem in report.theorems:
        if theorem.failure is not None:
            yield f"\n{theorem.id} is not proved: {theorem.failure.message}"
            for name in ("step", "residual", "counterexample"):
                value = getattr(theorem.failure, name)
                if value:
                    yield f"  {name:<14} {_text(value)}"
        for survivor in theorem.mutants.survived if theorem.mutants else ():
            yield f"\n{theorem.id}: a mutant survived: {survivor}"
    for name, run in _unusual(report.theorems):
        yield f"\n{name}, {run.name}: {run.judgement.verdict.value}: {run.judgement.reason}"
    yield from _footer(report)


def _text(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} = {number:.6g}" for name, number in value.items())
    return str(value)


def _unusual(theorems: Iterable[TheoremReport]) -> Iterator[tuple[str, Run]]:
    for theorem in theorems:
        for run in theorem.runs:
            if run.judgement.verdict != "consistent":
                yield theorem.id, run


def _footer(report: Report) -> Iterator[str]:
    proved = sum(t.status == "proved" for t in report.theorems)
    runs = [run for t in report.theorems for run in t.runs]
    consistent = sum(run.judgement.verdict == "consistent" for run in runs)
    sampled = sum(run.judgement.error_probability > 0 for run in runs)
    yield (
        f"\n{proved} of {len(report.theorems)} theorems proved, {consistent} of {len(runs)} runs "
        f"consistent (seed {report.seed}, {report.device})."
    )
    yield "Ratio is measured/bound; the last number is measured over the other theorem's bound."
    if not sampled:
        yield "No run is sampled, so no verdict is left to chance."
        return
    yield (
        f"{sampled} of the runs are sampled: with probability {1 - report.error_probability:g} no "
        "true bound of this table is refuted; the others have no sampling error."
    )


def to_json(report: Report) -> dict[str, Any]:
    """The report as plain JSON values; numbers that are not finite become null."""
    return {
        "ok": report.ok,
        "seed": report.seed,
        "versions": dict(report.versions),
        "device": report.device,
        "error_probability": report.error_probability,
        "theorems": [_theorem_json(theorem) for theorem in report.theorems],
    }


def _theorem_json(theorem: TheoremReport) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": theorem.id,
        "statement": theorem.title,
        "status": theorem.status,
        "steps": theorem.steps,
        "axioms": list(theorem.axioms),
        "mutants": _mutants_json(theorem.mutants),
        "runs": [_run_json(run) for run in theorem.runs],
    }
    if theorem.failure is not None:
        failure = theorem.failure
        found["failure"] = {
            "message": failure.message,
            "step": failure.step,
            "residual": failure.residual,
            "counterexample": plain(failure.counterexample),
        }
    return found


def _mutants_json(mutants: Mutants | None) -> dict[str, Any] | None:
    if mutants is None:
        return None
    return {
        "refuted": mutants.refuted,
        "unproved": mutants.unproved,
        "killed": mutants.killed,
        "total": mutants.total,
        "survived": list(mutants.survived),
    }


def _run_json(run: Run) -> dict[str, Any]:
    found = {
        "name": run.name,
        "instance": run.instance,
        "parameters": plain(run.parameters),
        **run.judgement.to_json(),
        **plain(run.detail),
    }
    if run.against is not None:
        name, value = run.against
        found["against"] = {
            "theorem": name,
            "bound": value,
            "bound_ratio": plain(run.judgement.bound / value),
            "measured_ratio": plain(run.judgement.measured / value),
        }
    return found


def plain(value: Any) -> Any:
    """Numbers, lists and dictionaries as JSON knows them."""
    if isinstance(value, dict) or hasattr(value, "items"):
        return {str(name): plain(entry) for name, entry in value.items()}
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(entry) for entry in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)
