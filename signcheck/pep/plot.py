"""Pictures of worst functions."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from signcheck.pep.patterns import layout

if TYPE_CHECKING:
    from signcheck.pep.worst_case import WorstCase

__all__ = ["plot_worst_case"]

# Okabe and Ito's colours, told apart by colour-blind readers.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
SHOWN = 6


def _slopes(axes: Any, case: WorstCase, order: list[int]) -> None:
    eta, unit = case.problem.eta, case.problem.unit
    for rank, i in enumerate(order[:SHOWN]):
        f, pattern = case.instance.functions[i], case.instance.patterns[i]
        colour = COLOURS[rank % len(COLOURS)]
        places = layout(pattern.steps, case.problem.steps)
        edge = [f.knots[0] - Fraction(1, 2), *f.knots, f.knots[-1] + Fraction(1, 2)]
        axes.plot(
            [float(x) * eta for x in edge],
            [float(f.derivative(x)) * unit for x in edge],
            color=colour,
            label=f"{pattern.text}  ({float(f.curvature / case.problem.kappa):.0%} of L)",
        )
        axes.plot(
            [float(x) * eta for x in places.points],
            [float(f.derivative(x)) * unit for x in places.points],
            "o",
            color=colour,
            markersize=4,
        )
    axes.axhline(0.0, color="0.6", linewidth=0.8)
    axes.set(xlabel="$x_i$", ylabel="$f_i'(x_i)$", title="derivatives (dots: visited points)")
    axes.legend(fontsize=7)


def _levels(axes: Any, case: WorstCase, order: list[int]) -> None:
    unit, T = case.problem.unit, case.problem.horizon
    bottom = [0.0] * T
    for rank, i in enumerate(order):
        f, pattern = case.instance.functions[i], case.instance.patterns[i]
        places = layout(pattern.steps, case.problem.steps)
        heights = [abs(float(f.derivative(places.points[k]))) * unit for k in places.visits]
        colour = COLOURS[rank % len(COLOURS)] if rank < SHOWN else "0.7"
        axes.bar(range(T), heights, bottom=bottom, color=colour, width=0.8)
        bottom = [b + h for b, h in zip(bottom, heights, strict=True)]
    axes.axhline(case.optimum, color="black", linestyle="--", label="proved upper end")
    axes.set(xlabel="$t$", ylabel="$|f_i'(x_{t,i})|$, stacked", title="where the gradient sits")
    axes.legend(fontsize=7, loc="lower right")


def plot_worst_case(case: WorstCase, path: Path) -> None:
    """Draw the derivative of every coordinate and the gradient's l1 norm over time.

    Parameters
    ----------
    case
        A bracketed worst case.
    path
        PNG, PDF or SVG file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    functions = case.instance.functions
    order = sorted(range(len(functions)), key=lambda i: -functions[i].curvature)
    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    _slopes(left, case, order)
    _levels(right, case, order)
    figure.suptitle(
        f"{case.problem.method}, T = {case.problem.horizon}, eta = {case.problem.eta:.5g}, "
        f"{case.scope}: min over t of the l1 norm is {case.optimum:.6f} at most"
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=120)
