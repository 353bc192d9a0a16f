"""The loop: what the theorems say with measured constants, against what was measured.

Three questions: (i) T1's right side, (ii) the advantage that R and phi predict, (iii) the density
curve of the paper (arXiv:2605.06615, read off its figures). Each has a third of the error
probability, and divides it equally among its comparisons, decided or not (Bonferroni): no verdict
is wrong with probability 1 - ERROR, if the values of the seeds are normal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gpt2_validation.analysis import (
    Comparison,
    Curves,
    at_least,
    at_most,
    spread,
    within,
)
from gpt2_validation.protocol import Arm, Measure, ModelShape, Run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVELS = (7.5, 7.0, 6.5, 6.0, 5.5, 5.0, 4.5, 4.0, 3.5)
# Density phi in the paper's figure: start, peak, end; a curve read off a figure is good to 0.02.
PAPER_DENSITY = {"start": 0.30, "peak": 0.43, "end": 0.029}
PAPER_TOLERANCE = 0.02
ERROR = 0.05
"""Probability that any verdict is wrong."""
BOUNDS_COMPARED = 2
DENSITY_ARMS = ("signsgd", "paper-signsgd", "paper-sgd")


@dataclass(frozen=True)
class RightSide:
    """T1 on one run: stepsize-weighted averages, in the unit of |grad f|_1.

    ``gap``, ``drift`` and ``noise`` are the three terms, ``bound`` their sum as the theorem's own
    expression gives it; ``local`` replaces the drift's one constant L by the smoothness measured
    along the way; ``low`` and ``high`` bracket the measured average of |grad f|_1.
    """

    smoothness: float
    gap: float
    drift: float
    noise: float
    bound: float
    local: float
    low: float
    high: float


def run_of(curves: Curves) -> Run:
    """The run's settings as they were resolved."""
    settings = curves.entry.settings
    return Run(
        **{
            **settings,
            "shape": ModelShape(**settings["shape"]),
            "arm": Arm(**settings["arm"]),
            "measure": Measure(**settings["measure"]),
        }
    )


def right_side(curves: Curves) -> RightSide:
    """T1 with measured constants, for stepsizes that follow a schedule.

    Telescoping L0 with weights eta_t gives T1's expression at eta = sum eta^2/sum eta, T = (sum
    eta)^2/sum eta^2 and the eta-weighted mean of |sigma|_1/sqrt(B). The gap is f(x_0), since a
    cross-entropy is at least 0; L is the largest smoothness met along the trajectory, which is at
    most the constant of A1.
    """
    from signcheck import registry

    run = run_of(curves)
    stepsizes = np.array([run.stepsize_at(step) for step in range(run.steps)])
    total, squares = float(stepsizes.sum()), float(np.square(stepsizes).sum())
    eta, steps = squares / total, total**2 / squares
    weights = stepsizes / total
    rows = curves.measurements
    batch = run.sequences / run.measure.sequences
    sigma = _along(rows, [row["l1"]["corrected"] for row in rows], run.steps)
    noise = float(weights @ sigma) / math.sqrt(batch)
    low = _along(rows, [max(0.0, row["gradient_l1_low"]) for row in rows], run.steps)
    high = _along(rows, [row["gradient_l1_high"] for row in rows], run.steps)
    inner = _inner(curves)
    curvature = _along(inner, [row["smoothness"] for row in inner], run.steps)
    smoothness = max(row["smoothness"] for row in inner)
    gap = float(curves.validation[0])
    # T is an integer there: rounding it down makes the bound larger, so it stays one.
    found = registry.load("T1").bound.evaluate(
        L=smoothness, Delta=gap, eta=eta, T=math.floor(steps), B=1, sigma=np.array([noise])
    )
    return RightSide(
        smoothness,
        gap / total,
        smoothness * eta / 2,
        noise,
        float(found.value),
        gap / total + noise + float(np.square(stepsizes) @ curvature) / (2 * total),
        float(weights @ low),
        float(weights @ high),
    )


def _along(
    rows: Sequence[dict[str, Any]], values: Sequence[float], steps: int
) -> NDArray[np.float64]:
    """Measured values interpolated linearly to every step."""
    return np.interp(np.arange(steps), [row["step"] for row in rows], values)


def _share(comparisons_of_question: int) -> float:
    """The error probability of one comparison."""
    return ERROR / 3 / comparisons_of_question


def compare_bound(curves: Sequence[Curves]) -> list[Comparison]:
    """(i) T1's right side against the measured average, for the SignSGD arm."""
    runs = [c for c in curves if c.arm == "signsgd"]
    if not runs:
        return []
    sides = [right_side(c) for c in runs]
    share = spread([side.noise / side.local for side in sides]).mean
    where = {
        max(inner, key=lambda row: float(row["smoothness"]))["step"] for inner in map(_inner, runs)
    }
    steps = ", ".join(f"{step:,}" for step in sorted(where))
    return [
        _at_most_one(
            "T1: the weighted average of |grad f|_1 is at most the right side",
            [side.high / side.bound for side in sides],
            f"L is the largest smoothness met, at step {steps}: with it as the one constant of the "
            "whole trajectory T1 is loose.",
        ),
        _at_most_one(
            "T1 with the smoothness measured along the way in place of one constant L",
            [side.high / side.local for side in sides],
            f"The noise term is {share:.0%} of this right side. This form needs the measured "
            "smoothness to hold along each segment, which was measured at its ends only.",
        ),
    ]


def _at_most_one(question: str, ratios: Sequence[float], comment: str) -> Comparison:
    error = _share(BOUNDS_COMPARED)
    interval = spread(ratios, error)
    return Comparison(
        question, "ratio at most 1", f"ratio {spread(ratios).text(4)}", interval.bounds(), error,
        at_most(interval, 1.0), comment,
    )  # fmt: skip


def tokens_ratios(first: Sequence[Curves], second: Sequence[Curves], level: float) -> list[float]:
    """Tokens of the first arm over tokens of the second to a loss, by seed.

    A run of the first arm that never gets there counts with all its tokens, so that the ratio is a
    lower bound; where the second never gets there, there is none (nan).
    """
    by_seed = {c.seed: c for c in second}
    found = []
    for c in first:
        if c.seed in by_seed:
            below = by_seed[c.seed].tokens_to(level)
            taken = min(c.tokens_to(level), float(c.tokens[-1]))
            found.append(taken / below if math.isfinite(below) else math.nan)
    return found


def compare_advantage(curves: Sequence[Curves]) -> list[Comparison]:
    """(ii) Tokens that SGD needs over tokens that SignSGD needs, against R(sigma).

    A loss that not every SGD run reaches stays in: its ratio is then a lower bound, which can agree
    but not disagree.
    """
    seeds = {c.seed for c in curves if c.arm == "signsgd"}
    second = [c for c in curves if c.arm == "signsgd"]
    first = [c for c in curves if c.arm == "sgd" and c.seed in seeds and c.measurements]
    if not first:
        return []
    values = [row["separation"] for c in first for row in c.measurements]
    most = max(max(value["corrected"], value["high"]) for value in values)
    phis = [row["phi"]["corrected"] for c in first for row in c.measurements]
    corrected = [value["corrected"] for value in values]
    found = []
    for level in LEVELS:
        ratios = tokens_ratios(first, second, level)
        if not np.isfinite(ratios).all():
            continue
        missed = sum(not math.isfinite(c.tokens_to(level)) for c in first)
        error = _share(len(LEVELS))
        interval = spread(ratios, error)
        verdict = at_least(interval, most)
        found.append(
            Comparison(
                f"T4: SGD needs at least R times SignSGD's tokens to reach loss {level:g}",
                f"R between {min(corrected):.2f} and {max(corrected):.2f} (interval up to "
                f"{most:.2f}), phi between {min(phis):.2f} and {max(phis):.2f}",
                f"tokens(sgd)/tokens(signsgd) {'at least' if missed else '='} "
                f"{spread(ratios).text(2)}"
                + (f", not reached by {missed} of {len(first)}" if missed else ""),
                interval.bounds(), error,
                "cannot tell" if missed and verdict == "disagree" else verdict,
                "R compares worst cases at leading order where noise dominates. Where it is below "
                "1 it promises sign updates nothing: a larger measured ratio is consistent with "
                "T4, but not explained by the density of the noise.",
            )
        )  # fmt: skip
    return found


def _inner(curves: Curves) -> list[dict[str, Any]]:
    """The measurements that have a smoothness: all but the last."""
    return [row for row in curves.measurements if "smoothness" in row]


def compare_density(curves: Sequence[Curves]) -> list[Comparison]:
    """(iii) The density curve against the paper's."""
    runs = [c for c in curves if c.arm in DENSITY_ARMS and c.measurements]
    found = []
    for arm in dict.fromkeys(c.arm for c in runs):
        phis = [[row["phi"]["corrected"] for row in c.measurements] for c in runs if c.arm == arm]
        observed = {
            "start": [values[0] for values in phis],
            "peak": [max(values) for values in phis],
            "end": [values[-1] for values in phis],
        }
        error = _share(len(DENSITY_ARMS) * len(PAPER_DENSITY))
        for name, reference in PAPER_DENSITY.items():
            interval, usual = spread(observed[name], error), spread(observed[name])
            found.append(
                Comparison(
                    f"Density phi of {arm}, {name}",
                    f"{reference:g} ± {PAPER_TOLERANCE:g} (paper's figure)",
                    usual.text(3 if usual.mean > 1e-3 else 5),
                    interval.bounds(),
                    error,
                    within(interval, reference, PAPER_TOLERANCE),
                    "Our corpus, steps, batch and bias correction differ from the paper's.",
                )
            )
    return found


def comparisons(curves: Sequence[Curves]) -> list[Comparison]:
    """All comparisons that the logs allow."""
    return [*compare_bound(curves), *compare_advantage(curves), *compare_density(curves)]
