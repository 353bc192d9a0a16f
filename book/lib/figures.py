"""Figures that cells draw; the colours are Okabe and Ito's, legible to the colour-blind.

Every function returns an SVG for the page. Backgrounds are white in both themes, so that one
picture serves print, light and dark.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from cycler import cycler
from matplotlib import rc_context
from matplotlib.figure import Figure

BLUE, ORANGE, GREEN, PINK, SKY, AMBER = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00",
)  # fmt: skip
COLOURS = (BLUE, ORANGE, GREEN, PINK, AMBER, SKY)
MARKERS = ("o", "s", "^", "D", "v", "P")
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": cycler(color=COLOURS),
    "legend.frameon": False,
    "svg.hashsalt": "signcheck",
    "figure.facecolor": "white",
}
COPIES = 32
CUT = 1e6
"""A run that diverges is drawn up to that many times its bound."""


def new(columns: int = 1, rows: int = 1, height: float = 2.9) -> tuple[Figure, Any]:
    """A figure and its axes, always a 2-D array."""
    with rc_context(STYLE):
        figure = Figure(figsize=(min(4.0 * columns, 8.4), height * rows), layout="constrained")
        return figure, figure.subplots(rows, columns, squeeze=False)


def svg(figure: Figure) -> Any:
    """The figure for a page."""
    from IPython.display import SVG

    buffer = io.StringIO()
    with rc_context(STYLE):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return SVG(buffer.getvalue())


def _log_if_wide(axis: Any, values: Iterable[np.ndarray]) -> None:
    found = np.concatenate([np.ravel(v) for v in values])
    found = found[np.isfinite(found)]
    if found.size and found.min() > 0 and found.max() > 20 * found.min():
        axis.set_yscale("log")


# ---------------------------------------------------------------- theorems


def experiments(theory: Any) -> Any:
    """Stationarity along the distinct runs of a theorem, and its bound at the same numbers."""
    figure, axes = new(height=3.2)
    axis, curves, seen = axes[0][0], [], set()
    for item in theory.runs:
        if not hasattr(item, "family"):
            continue
        bound = theory.bound.value(**item.numbers(theory.bound))
        mean = np.minimum(_curve(item), CUT * bound)
        key = (item.family, item.steps, item.batch, repr(item.parameters), mean.round(9).tobytes())
        if key in seen or len(curves) == len(COLOURS):
            continue
        seen.add(key)
        colour = COLOURS[len(curves)]
        axis.plot(np.arange(mean.size), mean, color=colour, lw=1.3, label=item.name)
        axis.axhline(bound, color=colour, ls=(len(curves), (4, 3)), lw=1.1)
        curves += [mean]
    axis.set_xlabel("step t")
    axis.set_ylabel("expected stationarity of $x_t$")
    _log_if_wide(axis, curves)
    axis.legend(fontsize=7)
    return svg(figure)


def _curve(item: Any) -> np.ndarray:
    from signcheck.simulate import exact_law, simulate

    method = item.method(float(item.parameters["eta"]))
    size = {"steps": item.steps, "batch": item.batch}
    if item.seeds is None:
        return np.asarray(exact_law(item.instance, method, **size).mean)
    found = simulate(item.instance, method, seeds=min(item.seeds, COPIES), seed=0, **size)
    return np.asarray(found.mean)


# ---------------------------------------------------------------- instances


def anatomy(instance: Any) -> Any:
    """Derivative and value of each block's profile, and a landscape over two coordinates."""
    blocks = _distinct(instance.blocks)
    rows = max(1, len(blocks))
    figure, axes = new(3 if blocks else 1, rows, height=2.4 if blocks else 3.4)
    for row, block in enumerate(blocks):
        _profile(axes[row][0], axes[row][1], block)
        if row:
            axes[row][2].set_axis_off()
    _landscape(axes[0][2 if blocks else 0], instance, blocks)
    return svg(figure)


def _distinct(blocks: Sequence[Any]) -> list[Any]:
    seen, out = set(), []
    for block in blocks:
        if block.profile.name not in seen:
            seen.add(block.profile.name)
            out.append(block)
    return out


def _profile(left: Any, right: Any, block: Any) -> None:
    from hardinstances.picture import _window

    parameters = {name: float(values[0]) for name, values in block.parameters.items()}
    low, high = _window(block.profile, parameters)
    x = np.linspace(low, high, 801)
    start = float(block.start()[0])
    pairs = ((left, "derivative"), (right, "value"))
    for axis, kind in pairs:
        function = getattr(block.profile, kind)
        axis.plot(x, function(x, parameters), color=BLUE, lw=1.4)
        axis.plot([start], function(np.array([start]), parameters), "o", color=ORANGE, ms=5)
        axis.axhline(0, color="0.7", lw=0.7, zorder=0)
        axis.set_title(f"{block.profile.name}: {kind}", fontsize=9)
        axis.tick_params(labelsize=7)
        axis.locator_params(nbins=4)


def _landscape(axis: Any, instance: Any, blocks: Sequence[Any]) -> None:
    """f over two coordinates, the others at the start."""
    if blocks:
        places = [(b, j) for b in blocks for j in range(min(b.size, 2))]
        firsts = [(b, j) for b, j in places if j == 0]
        pair = (firsts if len(firsts) > 1 else places)[:2]
        if len(pair) < 2:
            axis.set_axis_off()
            return
        (u, fu), (v, fv) = (_slice(block, j) for block, j in pair)
        height, start = fu[:, None] + fv[None, :], [float(b.start()[j]) for b, j in pair]
        names = [int(b.coordinates[j]) for b, j in pair]
    else:
        reach = 2.5 * _scale(instance)
        u = v = np.linspace(-reach, reach, 121)
        points = np.broadcast_to(instance.x0, (u.size, v.size, instance.d)).copy()
        points[..., 0], points[..., 1] = u[:, None], v[None, :]
        height, start, names = instance.value(points), np.asarray(instance.x0)[:2], [0, 1]
    extent = (u[0], u[-1], v[0], v[-1])
    image = np.asarray(height).T
    axis.imshow(image, origin="lower", extent=extent, aspect="auto", cmap="cividis")
    axis.contour(u, v, image, levels=9, colors="white", linewidths=0.4)
    axis.plot(*start, "o", color=ORANGE, mec="white", ms=6)
    axis.set_title("landscape (dark is low)", fontsize=9)
    axis.set_xlabel(f"x[{names[0]}]", fontsize=8)
    axis.set_ylabel(f"x[{names[1]}]", fontsize=8)
    axis.tick_params(labelsize=7)
    axis.locator_params(nbins=4)


def _slice(block: Any, place: int) -> tuple[np.ndarray, np.ndarray]:
    from hardinstances.picture import _window

    values = {name: float(v[place]) for name, v in block.parameters.items()}
    x = np.linspace(*_window(block.profile, values), 121)
    return x, np.asarray(block.profile.value(x, values))


def _scale(instance: Any) -> float:
    return float(instance.parameters.get("beta", 0) or getattr(instance, "scale", 0) or 1.0)


def race(instance: Any) -> Any:
    """Stationarity of three reference methods on an instance, and its certified level."""
    from signcheck.simulate import SGD, SignSGD, Signum, simulate

    eta = float(instance.parameters.get("eta", 0.1))
    steps = int(instance.parameters.get("T", 100))
    batch = int(instance.parameters.get("B", 1) or 1)
    figure, axes = new(height=3.0)
    axis, curves = axes[0][0], []
    methods = (SignSGD(eta), Signum(eta, 0.9), SGD(eta))
    for place, method in enumerate(methods):
        found = simulate(instance, method, steps=steps, batch=batch, seeds=COPIES, seed=0)
        mean = np.asarray(found.mean)
        name = ("SignSGD", "Signum", "SGD")[place]
        style = ("-", "--", "-.")[place]
        axis.plot(np.arange(steps), mean, color=COLOURS[place], ls=style, lw=1.3, label=name)
        curves.append(mean)
    if instance.level_value > 0:
        axis.axhline(instance.level_value, color="black", ls=(0, (1, 1.5)), label="certified level")
        curves.append(np.array([instance.level_value]))
    axis.set_xlabel("step t")
    axis.set_ylabel("stationarity of $x_t$")
    _log_if_wide(axis, curves)
    axis.legend(fontsize=8)
    return svg(figure)


# ---------------------------------------------------------------- geometry


def balls() -> Any:
    """Unit balls of three norms with the steepest step in each."""
    figure, axes = new(3, height=2.8)
    g = np.array([1.0, 0.55])
    angle = np.linspace(0, 2 * np.pi, 2001)
    circle = np.stack([np.cos(angle), np.sin(angle)])
    norms = {
        r"$\ell_2$: SGD": np.linalg.norm(circle, axis=0),
        r"$\ell_\infty$: SignSGD": np.abs(circle).max(axis=0),
        r"$\ell_1$: one coordinate": np.abs(circle).sum(axis=0),
    }
    for axis, (name, length) in zip(axes[0], norms.items(), strict=True):
        ball = circle / length
        step = ball[:, np.argmin(g @ ball)]
        axis.fill(*ball, color=SKY, alpha=0.25)
        axis.plot(*ball, color=BLUE, lw=1.2)
        for arrow, colour, width in ((-g / np.linalg.norm(g) * 0.6, "0.55", 3), (step, BLUE, 2)):
            style = {"arrowstyle": "-|>", "color": colour, "lw": width, "shrinkA": 0, "shrinkB": 0}
            axis.annotate("", xy=arrow, xytext=(0, 0), arrowprops=style)
        axis.set_title(name, fontsize=9)
        axis.set_aspect("equal")
        axis.set_xlim(-1.25, 1.25)
        axis.set_ylim(-1.25, 1.25)
        axis.tick_params(labelsize=7)
    return svg(figure)


def smooth_class() -> Any:
    """Parabolas, tent and a member of the class in one dimension, L = 1."""
    figure, axes = new(height=3.2)
    axis, r, p, q = axes[0][0], 2.0, -0.6, 0.4
    x = np.linspace(0, r, 401)
    axis.plot(x, p * x + x**2 / 2, ":", color=ORANGE, lw=1.6, label="above: L0 at 0")
    axis.plot(x, p * x - x**2 / 2, ":", color=ORANGE, lw=1.6, label="below: L0 at 0")
    # The slope may rise at rate 1 from p and has to come down to q at r: the largest integral.
    slope = np.minimum(p + x, q + (r - x))
    tent = np.concatenate([[0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(x))])
    axis.fill_between(x, p * x - x**2 / 2, tent, color=SKY, alpha=0.3, label="below the tent")
    axis.plot(x, tent, color=BLUE, lw=1.4, label="tent: L0-tent at 0 and 2")
    member = p + (q - p) * x / r
    values = np.concatenate([[0], np.cumsum((member[1:] + member[:-1]) / 2 * np.diff(x))])
    axis.plot(x, values, color="black", lw=1.2, label="a member with these slopes")
    axis.set_xlabel("x")
    axis.set_ylabel("f(x) - f(0)")
    axis.legend(fontsize=7, loc="lower left")
    return svg(figure)


# ---------------------------------------------------------------- bounds


def separation_by_shape() -> Any:
    """R against phi for four families of noise in dimension 4096."""
    from signcheck.density import density_of

    d = 4096
    place = np.arange(1, d + 1)
    gauss = np.abs(np.random.default_rng(0).normal(size=d))
    families = {
        "m equal": [(place <= m).astype(float) for m in (1, 4, 16, 64, 256, 1024, 2048, d)],
        r"power law $i^{-a}$": [place**-a for a in np.linspace(0, 3, 13)],
        r"geometric $q^i$": [q**place for q in (0.5, 0.8, 0.9, 0.97, 0.99, 0.997, 0.999, 0.9999)],
        "Gaussian powers": [gauss**a for a in (0.5, 1, 2, 3, 4, 6, 8)],
    }
    figure, axes = new(height=3.4)
    axis = axes[0][0]
    for number, (name, vectors) in enumerate(families.items()):
        found = [density_of(np.maximum(v, 1e-290)) for v in vectors]
        phi, r = [f.phi for f in found], [f.separation for f in found]
        axis.plot(phi, r, MARKERS[number], ls="-", lw=0.8, ms=4, color=COLOURS[number], label=name)
    phi = np.geomspace(1 / d, 1, 50)
    axis.plot(phi, 1 / (8 * np.pi * phi), ":", color="0.3", label=r"$1/(8\pi\phi)$")
    axis.axhline(1, color="black", ls="--", lw=0.9)
    axis.set(xscale="log", yscale="log", xlabel=r"density $\phi$", ylabel="separation R")
    axis.legend(fontsize=7)
    return svg(figure)


def tightness() -> Any:
    """T2 (or T2c) over T1 against the horizon, for three batches and without noise."""
    from signcheck import registry

    upper = registry.load("T1").bound
    horizons = np.unique(np.geomspace(10, 1e6, 16).astype(int))
    figure, axes = new(height=3.2)
    axis = axes[0][0]
    for number, batch in enumerate((None, 1, 4, 64)):
        quotients = []
        for steps in map(int, horizons):
            setting: dict[str, Any] = {"L": 1, "Delta": 1, "eta": (2 / steps) ** 0.5, "T": steps}
            lower = registry.load("T2c" if batch is None else "T2").bound
            noisy = setting
            if batch is not None:
                sigma = [0.5 * (2 / steps) ** 0.5 * batch**0.5, 0.0, 0.0]
                noisy = {**setting, "B": batch, "sigma": sigma}
            top = upper.value(**{"B": 1, "sigma": [0.0], **noisy})
            quotients.append(_or_nan(lower, noisy) / top)
        name = "no noise (T2c)" if batch is None else f"B = {batch}"
        axis.plot(
            horizons, quotients, MARKERS[number], ls="-", ms=4, color=COLOURS[number], label=name
        )
    axis.axhline(1, color="black", ls="--", lw=0.8)
    axis.set(xscale="log", xlabel="steps T", ylabel="lower over upper bound")
    axis.legend(fontsize=8)
    return svg(figure)


def _or_nan(bound: Any, setting: dict[str, Any]) -> float:
    """The bound, or nan where its budgets do not fit: the curve then has a gap."""
    from hardinstances.errors import InputError

    try:
        return float(bound.value(**setting))
    except InputError:
        return float("nan")


def newton_schulz() -> Any:
    """The five-fold polynomial of the reference schedule over the singular values."""
    from signcheck.simulate.muon import REFERENCE_SCHEDULE

    s = np.geomspace(1e-4, 1, 20_001)
    value = s
    for a, b, c in REFERENCE_SCHEDULE:
        value = a * value + b * value**3 + c * value**5
    figure, axes = new(height=3.2)
    axis = axes[0][0]
    axis.plot(s, value, color=BLUE, lw=1.2)
    for level in (value.max(), value[s >= 0.01].min()):
        axis.axhline(level, color=ORANGE, ls="--", lw=1)
        axis.annotate(f"{level:.4f}", (1.1e-4, level + 0.02), fontsize=8)
    axis.axhline(1, color="0.6", lw=0.8)
    axis.set(xscale="log", xlabel="singular value s", ylabel="q(s)")
    return svg(figure)
