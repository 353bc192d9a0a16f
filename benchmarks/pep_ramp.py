"""What the solver's ramp teaches: teeth, and how much of the exact worst case they explain.

    python benchmarks/pep_ramp.py --out results/pep

The flat ramp is T2 (T2c) without noise at its best split of the curvature; the toothed one is
built here in exact rationals and played; the optimum is the exact worst case of two coordinates.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from fractions import Fraction
from pathlib import Path

from pep_common import TWO, Row, lower, note, save

from hardinstances.levels import LATTICE_TIGHT
from hardinstances.search import best
from signcheck.pep.patterns import layout, parse_patterns
from signcheck.pep.problem import make_problem
from signcheck.pep.rebuild import Instance, worst_slope
from signcheck.pep.worst_case import worst_case

HORIZONS = (2, 4, 6, 8, 12, 20, 30, 50, 100, 200)


def toothed_instance(T: int, share: float) -> Instance:
    """Oscillator and *toothed* ramp: slope a at lattice points, dipping between them.

    The dips of a ramp of curvature l save l eta^2/4 of gap at every step, so that a solves
    a^2/(2 l) + (T-1) eta (a - l eta/4) = Delta - (L - l) eta^2/8 (T2c has no dips). The function
    is built in exact rationals and scaled into the class.
    """
    problem = make_problem(T)
    kappa = problem.kappa
    ramp = kappa * Fraction(round(share * 10**9), 10**9)
    drop = float(ramp) * (T - 1)
    budget = 1 - float(kappa - ramp) / 8 + (T - 1) * float(ramp) / 4
    a = Fraction(round((math.sqrt(drop**2 + 2 * float(ramp) * budget) - drop) * 10**12), 10**12)
    patterns = parse_patterns(TWO if T > 1 else "constant", problem)
    curvatures = [kappa - ramp, ramp] if T > 1 else [kappa]
    functions = []
    for pattern, curvature in zip(patterns, curvatures, strict=True):
        places = layout(pattern.steps, problem.steps)
        half = (kappa - ramp) / 2
        slopes = [-half, half] if pattern.steps[1:2] == (-1,) else [a] * len(places.points)
        functions.append(worst_slope(places, slopes, curvature))
    raw = Instance(problem, patterns, tuple(functions))
    factor = min(kappa / raw.curvature, 1 / raw.gap)
    return Instance(problem, patterns, tuple(f.scaled(factor) for f in functions))


def ramp() -> list[Row]:
    """What the solver's ramp teaches: teeth, and how much of the exact worst case they explain."""
    from scipy.optimize import minimize_scalar

    rows = []
    for T in HORIZONS:
        problem, t1 = make_problem(T), math.sqrt(2 / T)

        def level(share: float, T: int = T) -> float:
            return float(min(toothed_instance(T, share).play().levels))

        found = minimize_scalar(lambda x: -level(x), bounds=(1e-3, 0.9), method="bounded",
                                options={"xatol": 1e-4})  # fmt: skip
        instance = toothed_instance(T, float(found.x))
        instance.verify()
        toothed = float(min(instance.play().levels)) * problem.unit
        flat = best(LATTICE_TIGHT, {"L": 1, "Delta": 1, "eta": problem.eta, "T": T}, ["delta"])
        pair = worst_case(problem, "given", parse_patterns(TWO, problem))
        rows.append(
            {
                "T": T,
                "T1": t1,
                "T2_without_noise": flat.value,
                "toothed_ramp": toothed,
                "oscillator_and_ramp_lower": lower(pair),
                "oscillator_and_ramp_upper": pair.optimum,
                "share_of_ramp": float(found.x),
                "deficit_flat_sqrt_T": (1 - flat.value / t1) * math.sqrt(T),
                "deficit_toothed_sqrt_T": (1 - toothed / t1) * math.sqrt(T),
                "deficit_optimum_sqrt_T": (1 - pair.optimum / t1) * math.sqrt(T),
            }
        )
        note(rows[-1])
    return rows


def main() -> int:
    """Write ramp.csv and ramp.json."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("results/pep"))
    options = parser.parse_args()
    start = time.perf_counter()
    rows = ramp()
    save(options.out, "pep_ramp.py", "ramp", rows, time.perf_counter() - start)
    return 0


if __name__ == "__main__":
    sys.exit(main())
