"""Pictures: a text sketch of each profile's derivative, and figures of profiles and runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from hardinstances.drive import Curve
    from hardinstances.instance import Instance
    from hardinstances.profiles import Profile

__all__ = ["SHAPES", "plot_curve", "plot_profiles", "sketch"]

SHAPES: dict[str, dict[str, float]] = {
    "oscillator": {"l": 1.0, "h": 1.0},
    "ramp": {"a": 1.0, "l": 1.0, "D": 2.0},
    "wells": {"c": 1.0, "l": 2.0, "eta": 1.0},
    "meander": {"b": 1.0, "l": 2.0, "H": 4.0},
    "quadratic": {"l": 1.0, "s": 1.0},
}
"""Parameters at which a profile is drawn when no instance is at hand."""

_HEIGHT = 7


def _window(profile: Profile, parameters: dict[str, float]) -> tuple[float, float]:
    """An interval that shows every piece, and two periods of a periodic profile."""
    values = {symbol: parameters[symbol.name] for symbol in profile.parameters}
    if profile.antiperiod is not None:
        period = float(profile.antiperiod.subs(values))
        return -1.5 * period, 1.5 * period
    ends = [p.lo for p in profile.pieces] + [profile.start]
    places = [float(sp.N(e.subs(values))) for e in ends if e is not sp.S.NegativeInfinity]
    room = 0.4 * max(max(places) - min(places), abs(max(places)), abs(min(places)), 1e-300)
    low = min(places) - room
    return (low, max(places) + room) if len(profile.pieces) > 1 else (-room * 4, room * 4)


def sketch(profile: Profile, width: int = 60) -> str:
    """``f'`` in characters, with ``o`` at the start, axes through 0."""
    import numpy as np

    parameters = SHAPES[profile.name]
    low, high = _window(profile, parameters)
    x = np.linspace(low, high, width)
    slope = profile.derivative(x, parameters)
    top = float(np.abs(slope).max())
    rows = np.rint((1 - slope / top) / 2 * (_HEIGHT - 1)).astype(int)
    canvas = [[" "] * width for _ in range(_HEIGHT)]
    canvas[_HEIGHT // 2] = ["-"] * width
    start = float(profile.start.subs({s: parameters[s.name] for s in profile.parameters}))
    begin = int(np.argmin(np.abs(x - start)))
    for column, row in enumerate(rows):
        canvas[row][column] = "o" if column == begin else "*"
    return "\n".join("".join(line).rstrip() for line in canvas)


def _figure(columns: int, rows: int) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * columns, 2.9 * rows), layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def _save(figure: Any, path: str | Path) -> None:
    target = Path(path)
    try:
        figure.savefig(target, dpi=150)
    except (OSError, ValueError) as error:
        raise InputError(f"{target} cannot be written as a picture ({error}).") from error


def plot_profiles(instance: Instance, path: str | Path) -> None:
    """Draw ``f_i'`` and ``f_i`` for the first coordinate of each block.

    Raises
    ------
    InputError
        If the instance has no profiles or the file cannot be written.
    """
    import numpy as np

    blocks = instance.blocks or getattr(getattr(instance, "inner", None), "blocks", ())
    if not blocks:
        raise InputError(f"{instance.id} is not made of profiles: there is nothing to draw.")
    figure, axes = _figure(2, len(blocks))
    for row, block in enumerate(blocks):
        parameters = {name: float(values[0]) for name, values in block.parameters.items()}
        low, high = _window(block.profile, parameters)
        x = np.linspace(low, high, 1001)
        start = float(block.start()[0])
        for axis, name, function in (
            (axes[row][0], "derivative", block.profile.derivative),
            (axes[row][1], "value", block.profile.value),
        ):
            axis.plot(x, function(x, parameters), color="#0072B2")
            axis.plot([start], function(np.array([start]), parameters), "o", color="#D55E00")
            axis.axhline(0, color="0.6", linewidth=0.8)
            axis.set_title(f"{block.name} ({block.size} x): {name}", fontsize=9)
            axis.set_xlabel("x", fontsize=8)
            axis.tick_params(labelsize=8)
    _save(figure, path)


def plot_curve(curve: Curve, label: str, path: str | Path) -> None:
    """Draw a run's mean stationarity with two standard errors, and the certified level.

    Raises
    ------
    InputError
        If the file cannot be written.
    """
    import numpy as np

    figure, axes = _figure(1, 1)
    axis, steps = axes[0][0], np.arange(curve.mean.size)
    axis.plot(steps, curve.mean, color="#0072B2", label=label)
    spread = 2 * np.nan_to_num(curve.standard_error)
    axis.fill_between(steps, curve.mean - spread, curve.mean + spread, color="#0072B2", alpha=0.25)
    if curve.level > 0:
        axis.axhline(curve.level, color="#D55E00", linestyle="--", label="certified level")
    if float(curve.mean.min()) > 0:
        axis.set_yscale("log")
    axis.set_xlabel("step")
    axis.set_ylabel("mean gradient norm")
    axis.set_title(f"{curve.instance.id}, {len(curve.seeds)} seeds", fontsize=9)
    axis.legend(fontsize=8)
    _save(figure, path)
