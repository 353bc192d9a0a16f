"""The gauntlet as a picture: colour for the ratio, a dot where the level covers the method."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from signcheck.gauntlet.report import Report

__all__ = ["HIGHEST", "LOWEST", "draw", "shade"]

LOWEST, HIGHEST = -2.0, 1.0
"""Decades of the ratio that have colours of their own."""

_COLUMNS = 3
_GREY = "#d0d0d0"


def shade(ratio: float) -> float:
    """log10 of a ratio, cut off at :data:`LOWEST` and :data:`HIGHEST`."""
    return min(HIGHEST, math.log10(max(ratio, 10.0**LOWEST)))


def draw(report: Report, path: Path) -> None:
    """Write the heat map; the file's ending decides the format.

    The lightness of the colours (cividis) grows with the ratio, for every kind of colour vision and
    in black and white; marks say what is covered and what failed.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = list(report.entries)
    share = math.ceil(len(rows) / _COLUMNS)
    figure = Figure(figsize=(13, 2.6 + 0.155 * share), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, _COLUMNS, squeeze=False)[0]
    image: Any = None
    for index, panel in enumerate(axes):
        part = rows[index * share : (index + 1) * share]
        image = _panel(panel, report, part, share) or image
    if image is not None:
        bar = figure.colorbar(image, ax=axes, location="bottom", shrink=0.5, aspect=45, pad=0.01)
        labels = ["1/100 or less", "1/10", "level", "10 or more"]
        bar.set_ticks([-2, -1, 0, 1], labels=labels)
        bar.set_label(
            "reached stationarity / certified level.  Dot: the level covers this method.  "
            "x: diverged, !: error, grey: not run"
        )
    figure.savefig(path, dpi=160)


def _panel(panel: Any, report: Report, rows: list[Any], height: int) -> Any:
    import numpy as np
    from matplotlib import colormaps

    if not rows:
        panel.set_axis_off()
        return None
    values = np.full((height, len(report.arenas)), np.nan)
    marks: list[tuple[int, int, str]] = []
    for i, entry in enumerate(rows):
        for j, arena in enumerate(report.arenas):
            cell = report.cells.get((entry.name, arena.name))
            if cell is None:
                continue
            if cell["status"] == "ran":
                values[i, j] = shade(cell["ratio"])
                if cell["covered"]:
                    marks.append((j, i, "o"))
            elif cell["status"] != "not run":
                marks.append((j, i, "x" if cell["status"] == "diverged" else "$!$"))
    colours = colormaps["cividis"].with_extremes(bad=_GREY)
    image = panel.imshow(
        np.ma.masked_invalid(values[: len(rows)]),
        cmap=colours,
        vmin=LOWEST,
        vmax=HIGHEST,
        aspect="auto",
        interpolation="nearest",
    )
    for shape in ("o", "x", "$!$"):
        at = [(x, y) for x, y, mark in marks if mark == shape]
        if at:
            x, y = zip(*at, strict=True)
            if shape == "o":
                panel.scatter(x, y, s=9, c="black", edgecolors="white", linewidths=0.5)
            else:
                panel.scatter(x, y, s=14, c="black", marker=shape, linewidths=0.8)
    panel.set_ylim(height - 0.5, -0.5)
    panel.set_xticks(range(len(report.arenas)), [a.name for a in report.arenas])
    panel.tick_params(axis="x", labelrotation=90, labelsize=7, top=True, labeltop=True)
    panel.tick_params(axis="x", bottom=False, labelbottom=False)
    panel.set_yticks(range(len(rows)), [entry.label for entry in rows])
    panel.tick_params(axis="y", labelsize=6.5, length=0)
    for side in panel.spines.values():
        side.set_visible(False)
    return image
