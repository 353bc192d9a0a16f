"""Figures from logs; readable in print and for colour-blind readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from gpt2_validation.analysis import Curves
    from gpt2_validation.plan import Logged
    from gpt2_validation.smoke import Outcome

# Okabe-Ito colours with a dash pattern each: an arm keeps both in every figure.
STYLES: dict[str, tuple[str, str]] = {
    "signsgd": ("#0072B2", "-"),
    "sgd": ("#D55E00", "--"),
    "signum": ("#56B4E9", "-."),
    "sgd-momentum": ("#E69F00", ":"),
    "muon": ("#009E73", "-"),
    "adamw": ("#CC79A7", "--"),
    "paper-signsgd": ("#000000", "-"),
    "paper-sgd": ("#666666", "--"),
}


def _figure(columns: int) -> tuple[Any, list[Any]]:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(1, columns, figsize=(5.2 * columns, 3.8), layout="constrained")
    flat = [axes] if columns == 1 else list(axes)
    for axis in flat:
        axis.grid(alpha=0.3)
        axis.spines[["top", "right"]].set_visible(False)
    return figure, flat


def _legend(figure: Any, axis: Any) -> None:
    """One legend below all panels, where it covers no curve."""
    handles, labels = axis.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=8, fontsize=8, frameon=False)


def _save(figure: Any, path: Path) -> None:
    from matplotlib import pyplot as plt

    path.parent.mkdir(parents=True, exist_ok=True)
    # Without the library's version in the file the same logs give the same bytes.
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def _draw(axis: Any, arm: str, x: Any, y: Any, *, first: bool, label: str | None = None) -> None:
    colour, dash = STYLES[arm]
    axis.plot(x, y, dash, color=colour, lw=1.6, label=(label or arm) if first else None)


def smoke_figure(outcome: Outcome) -> None:
    """Training curves of all seeds, and the tuning grids."""
    figure, (left, right) = _figure(2)
    for arm, runs in outcome.curves.items():
        for number, curve in enumerate(runs):
            steps, losses = zip(*curve, strict=True)
            _draw(left, arm, steps, losses, first=number == 0)
        grid = sorted(outcome.tried[arm])
        _draw(right, arm, grid, [outcome.tried[arm][s] for s in grid], first=True)
    left.set(xlabel="step", ylabel="training loss [nats/token]", title="Moby-Dick, all seeds")
    right.set(xscale="log", xlabel="stepsize", ylabel="validation loss", title="tuning")
    left.legend()
    right.legend()
    _save(figure, outcome.figure)


def loss_figure(curves: Sequence[Curves], path: Path) -> None:
    """Training and validation loss against tokens, every seed."""
    figure, (left, right) = _figure(2)
    seen: set[str] = set()
    for c in curves:
        first = c.arm not in seen
        seen.add(c.arm)
        _draw(left, c.arm, c.tokens / 1e6, c.smooth_train(), first=first)
        _draw(right, c.arm, c.evaluated / 1e6, c.validation, first=first)
    left.set(xlabel="tokens [millions]", ylabel="loss [nats/token]", title="training, 50-step mean")
    right.set(xlabel="tokens [millions]", ylabel="loss [nats/token]", title="validation")
    _legend(figure, left)
    _save(figure, path)


def density_figure(curves: Sequence[Curves], path: Path) -> None:
    """Density phi with its interval, and R, against the step."""
    figure, (left, right) = _figure(2)
    seen: set[str] = set()
    for c in curves:
        first = c.arm not in seen
        seen.add(c.arm)
        steps = [row["step"] for row in c.measurements]
        phi = [row["phi"] for row in c.measurements]
        _draw(left, c.arm, steps, [p["corrected"] for p in phi], first=first)
        low, high = [p["low"] for p in phi], [p["high"] for p in phi]
        low, high = np.clip(low, 0, 1), np.clip(high, 0, 1)  # what phi can be
        left.fill_between(steps, low, high, color=STYLES[c.arm][0], alpha=0.2, lw=0)
        separation = [row["separation"]["corrected"] for row in c.measurements]
        _draw(right, c.arm, steps, separation, first=first)
    left.axhline(2 / np.pi, color="0.4", lw=0.8)
    left.annotate("Gaussian sizes, 2/π", (0, 2 / np.pi), fontsize=8, va="bottom")
    right.axhline(1, color="0.4", lw=0.8)
    left.set(xlabel="step", ylabel="density φ", title="density, pointwise 95 % jackknife interval")
    right.set(
        xlabel="step",
        ylabel="R(σ)",
        yscale="log",
        title="R of T4: above 1 the worst case favours SignSGD",
    )
    _legend(figure, left)
    _save(figure, path)


def bound_figure(curves: Sequence[Curves], path: Path) -> None:
    """|grad f|_1 between its two estimates, the noise |sigma|_1/sqrt(B), and the smoothness."""
    from gpt2_validation.loop import run_of

    figure, (left, middle, right) = _figure(3)
    seen: set[str] = set()
    for c in curves:
        first = c.arm not in seen
        seen.add(c.arm)
        run = run_of(c)
        rows = c.measurements
        steps = [row["step"] for row in rows]
        low = [max(1.0, row["gradient_l1_low"]) for row in rows]
        left.fill_between(
            steps, low, [row["gradient_l1_high"] for row in rows], color=STYLES[c.arm][0],
            alpha=0.45, label=c.arm if first else None,
        )  # fmt: skip
        scale = (run.measure.sequences / run.sequences) ** 0.5
        _draw(middle, c.arm, steps, [scale * row["l1"]["corrected"] for row in rows], first=first)
        inner = [row for row in rows if "smoothness" in row]
        smoothness = [row["smoothness"] for row in inner]
        _draw(right, c.arm, [row["step"] for row in inner], smoothness, first=first)
    left.set(xlabel="step", yscale="log", title="|∇f|₁ between lower and upper estimate")
    middle.set(xlabel="step", yscale="log", title="|σ|₁/√B")
    right.set(xlabel="step", yscale="log", title="|Δ∇f|₁/|Δx|∞ along the step")
    _legend(figure, left)
    _save(figure, path)


def tuning_figure(logs: Sequence[Logged], read: Callable[[Logged], float], path: Path) -> None:
    """Validation loss of the tuning runs against the stepsize; diverged ones at the top edge."""
    figure, (axis,) = _figure(1)
    arms = dict.fromkeys(str(entry.settings["arm"]["name"]) for entry in logs)
    values = [read(entry) for entry in logs]
    top = max((v for v in values if np.isfinite(v)), default=1.0) + 0.3
    for arm in arms:
        points = sorted(
            (float(entry.settings["stepsize"]), min(value, top))
            for entry, value in zip(logs, values, strict=True)
            if entry.settings["arm"]["name"] == arm
        )
        x, y = zip(*points, strict=True)
        colour, dash = STYLES[arm]
        axis.plot(x, y, dash, color=colour, marker="o", ms=4, label=arm)
    axis.axhline(top, color="0.4", lw=0.8)
    axis.text(0.01, top, "diverged", fontsize=8, va="bottom", transform=axis.get_yaxis_transform())
    axis.set(xscale="log", xlabel="stepsize", ylabel="validation loss [nats/token]", title="tuning")
    axis.legend(fontsize=8)
    _save(figure, path)
