"""Exact worst cases of sign methods without noise: the tables and pictures under results/pep.

    python benchmarks/pep_worst_cases.py --out results/pep [--only table] [--longest 30]

Everything is deterministic: the solver has no seed and the searches start where the file says.
Every number in a table is the end of an exact bracket (or says how wide the bracket is).
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pep_common import TWO, Row, lower, note, save, shares

from hardinstances.levels import LATTICE_TIGHT
from hardinstances.search import best
from signcheck.pep.files import write
from signcheck.pep.general import general_worst_case
from signcheck.pep.patterns import parse_patterns, scope_patterns
from signcheck.pep.plot import plot_worst_case
from signcheck.pep.problem import make_problem
from signcheck.pep.stepsizes import best_constant, best_sequence
from signcheck.pep.worst_case import worst_case

COLOURS = {"T1": "#000000", "exact": "#0072B2", "ties": "#009E73", "best": "#CC79A7",
           "T2": "#D55E00"}  # fmt: skip


def table(_: Path, longest: int) -> list[Row]:
    """Worst case against T1 and T2 for every horizon, at sqrt(2/T) and at the best stepsize."""
    rows = []
    for T in range(1, longest + 1):
        problem, eta = make_problem(T), math.sqrt(2 / T)
        exact = worst_case(problem, "reachable")
        ties = worst_case(problem, "all", columns=200)
        pair = worst_case(problem, "given", parse_patterns(TWO, problem))
        tuned = best_constant(problem, "reachable")
        floor = best(LATTICE_TIGHT, {"L": 1, "Delta": 1, "eta": eta, "T": T}, ["delta"]).value
        rows.append(
            {
                "T": T,
                "eta": eta,
                "T1": 1 / (eta * T) + eta / 2,
                "T2_without_noise": floor,
                "worst_case_lower": lower(exact),
                "worst_case_upper": exact.optimum,
                "oscillator_and_ramp": pair.optimum,
                "ties_broken_lower": lower(ties),
                "ties_broken_upper": ties.optimum,
                "best_eta": tuned.problem.eta,
                "best_eta_over_default": tuned.problem.eta / eta,
                "best_worst_case": tuned.optimum,
                "ratio_to_T1": exact.optimum / (1 / (eta * T) + eta / 2),
                "worst_function": shares(exact),
                "worst_function_with_ties": shares(ties),
            }
        )
        note(T, rows[-1]["worst_case_upper"], rows[-1]["ties_broken_upper"])
    return rows


def sequences(_: Path, longest: int) -> list[Row]:
    """The best stepsize sequence that the outer search finds, and what it gains."""
    rows: list[Row] = []
    before: list[float] = []
    for T in range(2, min(longest, 7) + 1):
        unit = math.sqrt(2 / T)
        slope = [1.4 - 0.7 * t / max(T - 2, 1) for t in range(T - 1)]
        starts = [[1.0] * (T - 1), slope]
        if before:
            starts.append([*before, before[-1]])
        found = [best_sequence(T, start=start, evaluations=40 * T) for start in starts]
        top = min(found, key=lambda f: f.case.optimum)
        before = [float(step) / unit for step in top.steps]
        constant = best_constant(make_problem(T), "reachable")
        rows.append(
            {
                "T": T,
                "steps_over_default": " ".join(f"{step:.4f}" for step in before),
                "worst_case_lower": lower(top.case),
                "worst_case_upper": top.case.optimum,
                "best_constant": constant.optimum,
                "gain_percent": 100 * (1 - top.case.optimum / constant.optimum),
                "default_constant": worst_case(make_problem(T), "reachable").optimum,
                "programs_solved": sum(f.evaluations for f in found),
            }
        )
        note(rows[-1])
    return rows


def signum(_: Path, longest: int) -> list[Row]:
    """Momentum without noise, against SignSGD and T1m."""
    rows = []
    for T in range(2, min(longest, 5) + 1):
        plain = worst_case(make_problem(T), "reachable").optimum
        eta = math.sqrt(2 / T)
        for text in ("0.1", "0.25", "0.5", "0.75", "0.9"):
            beta = float(text)
            problem = make_problem(T, method="signum", beta=text)
            case = worst_case(problem, "reachable")
            rows.append(
                {
                    "T": T,
                    "beta": beta,
                    "worst_case_lower": lower(case),
                    "worst_case_upper": case.optimum,
                    "over_signsgd": case.optimum / plain,
                    "T1m": 1 / (eta * T) + eta / 2 + 2 * eta * beta / (1 - beta),
                    "worst_function": shares(case),
                }
            )
        note(rows[-1])
    return rows


def general(_: Path, longest: int) -> list[Row]:
    """What the relaxation of the general class adds to T1: nothing, where all patterns compete."""
    rows = []
    for T in range(1, min(longest, 8) + 1):
        problem = make_problem(T)
        family = scope_patterns(problem, "all", 256) or ()
        one = general_worst_case(problem, parse_patterns("constant", problem))
        two = general_worst_case(problem, parse_patterns(TWO, problem))
        every = general_worst_case(problem, family)
        rows.append(
            {
                "T": T,
                "T1": math.sqrt(2 / T),
                "one_coordinate": one.value,
                "two_coordinates": two.value,
                "all_patterns": every.value,
                "separable_all_patterns": worst_case(problem, "all").optimum,
            }
        )
        note(rows[-1])
    return rows


def structure(out: Path, _: int) -> list[Row]:
    """Pictures and certificates of a few worst functions."""
    rows = []
    for T, scope in ((4, "reachable"), (5, "reachable"), (5, "all"), (8, "reachable"), (8, "all"),
                     (12, "all"), (30, "reachable")):  # fmt: skip
        case = worst_case(make_problem(T), scope)
        plot_worst_case(case, out / f"worst_T{T}_{scope}.png")
        if T <= 8:
            write(case.certificate, out / f"certificate_T{T}_{scope}.json")
        rows.append(
            {
                "T": T,
                "scope": scope,
                "lower": lower(case),
                "upper": case.optimum,
                "relative_gap": case.relative_gap,
                "smallest_played_slope": float(case.run.smallest) * case.problem.unit,
                "worst_function": shares(case),
            }
        )
    return rows


def draw_table(out: Path, rows: Sequence[Row]) -> None:
    """Worst case over T, and relative to T1."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    T = [row["T"] for row in rows]
    series = [
        ("T1", "T1", "T1", "-"),
        ("ties", "ties_broken_lower", "ties broken at will (played)", "-."),
        ("exact", "worst_case_upper", "exact, sign(0) = 0", "-"),
        ("best", "best_worst_case", "exact at the best constant stepsize", ":"),
        ("T2", "T2_without_noise", "T2 without noise", "--"),
    ]
    for colour, key, label, style in series:
        values = [row[key] for row in rows]
        left.loglog(T, values, style, color=COLOURS[colour], label=label)
        relative = [value / row["T1"] for value, row in zip(values, rows, strict=True)]
        right.plot(T, relative, style, color=COLOURS[colour], label=label)
    low = [row["ties_broken_lower"] / row["T1"] for row in rows]
    high = [row["ties_broken_upper"] / row["T1"] for row in rows]
    right.fill_between(
        T, low, high, color=COLOURS["ties"], alpha=0.25, label="up to what is proved"
    )
    left.set(xlabel="T", ylabel="min over t of the gradient's l1 norm", title="L = Delta = 1")
    right.set(xlabel="T", ylabel="divided by T1", title="eta = sqrt(2/T)")
    left.legend(fontsize=7)
    right.legend(fontsize=7)
    figure.savefig(out / "table.png", dpi=120)


def draw_sequences(out: Path, rows: Sequence[Row]) -> None:
    """The best sequences found, over the fraction of the horizon."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    for row in rows:
        steps = [float(s) for s in row["steps_over_default"].split()]
        axes.plot(
            range(len(steps)),
            steps,
            "o-",
            label=f"T = {row['T']}: {row['gain_percent']:.2f} % below the best constant",
        )
    axes.axhline(1.0, color="0.6", linewidth=0.8)
    axes.set(xlabel="t", ylabel="eta_t / sqrt(2/T)", title="best stepsize sequences found")
    axes.legend(fontsize=7)
    figure.savefig(out / "sequences.png", dpi=120)


STUDIES: dict[str, Callable[[Path, int], list[Row]]] = {
    "table": table,
    "sequences": sequences,
    "signum": signum,
    "general": general,
    "structure": structure,
}


def main() -> int:
    """Run one study or all of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/pep"))
    parser.add_argument("--only", choices=sorted(STUDIES))
    parser.add_argument("--longest", type=int, default=30)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    for name, study in STUDIES.items():
        if options.only not in {None, name}:
            continue
        start = time.perf_counter()
        rows = study(options.out, options.longest)
        save(
            options.out,
            "pep_worst_cases.py --only " + name,
            name,
            rows,
            time.perf_counter() - start,
        )
        if name == "table":
            draw_table(options.out, rows)
        if name == "sequences":
            draw_sequences(options.out, rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
