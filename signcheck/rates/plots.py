"""A picture an experiment: measurements with error bars over the Bound's own values."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from signcheck.rates.judging import PartReport

__all__ = ["draw", "drawn"]

MARKS = ("o", "s", "^", "D")


def drawn(report: PartReport) -> bool:
    """Whether an experiment has anything to draw."""
    return bool(report.curves or report.judgements)


def draw(report: PartReport, path: Path) -> None:
    """Write the picture of an experiment: its curves, or without any how tight its bounds are."""
    _draw_curves(report, path) if report.curves else _draw_tightness(report, path)


def _draw_curves(report: PartReport, path: Path) -> None:
    """Write the curves of an experiment on logarithmic axes; the ending decides the format.

    Marks are measurements with two standard errors, lines the predictions; shapes and colours both
    tell the curves apart.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.0, 4.6), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for index, verdict in enumerate(report.curves):
        reading, colour = verdict.reading, f"C{index}"
        x = [point.x for point in reading.points]
        label = reading.curve.name
        if reading.fit is not None:
            label += f": slope {reading.fit.slope:.3f}"
        axes.plot(x, [p.predicted for p in reading.points], color=colour, linewidth=1.0)
        axes.errorbar(
            x, [p.measured for p in reading.points],
            yerr=[2.0 * p.deviation for p in reading.points], fmt=MARKS[index % len(MARKS)],
            color=colour, label=label, capsize=2.0,
        )  # fmt: skip
    curve = report.curves[0].reading.curve
    axes.set(xscale="log", yscale="log", ylabel=curve.ordinate)
    axes.set_xlabel(" / ".join(dict.fromkeys(c.reading.curve.abscissa for c in report.curves)))
    axes.set_title(f"({report.part.letter}) {report.part.title}; lines: predicted")
    axes.legend(fontsize="small")
    figure.savefig(path, dpi=130, metadata={"Software": None})


def _draw_tightness(report: PartReport, path: Path) -> None:
    """Write lower bound, measurement and upper bound of every cell, over the upper bound."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows: dict[str, dict[str, Any]] = {}
    for check, judgement in zip(report.part.checks, report.judgements, strict=True):
        rows.setdefault(check.cell, {})[check.sense] = judgement
    cells = [name for name, pair in rows.items() if len(pair) == 2]
    figure = Figure(figsize=(7.0, 1.2 + 0.22 * len(cells)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for y, name in enumerate(cells):
        lower, upper = rows[name]["lower"], rows[name]["upper"]
        axes.plot([lower.bound / upper.bound, 1.0], [y, y], color="C0", linewidth=4.0, alpha=0.35)
        axes.plot(upper.measured / upper.bound, y, "k|", markersize=9.0)
    axes.set_yticks(range(len(cells)), labels=cells, fontsize="x-small")
    axes.set(xlabel="share of T1; bar: from T2 to T1, mark: measured", ylim=(-1, len(cells)))
    axes.set_title(f"({report.part.letter}) {report.part.title}")
    figure.savefig(path, dpi=130, metadata={"Software": None})
