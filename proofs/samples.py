"""Class members, laws and parameters at which stronger variants of the statements are tried.

Upper bounds are tried on the hard instances, whose levels are proved lower bounds; lower bounds
are tried against T1 and L0-gap, which no member of the class exceeds. Everything is exact or a ball.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import sympy as sp

from hardinstances.errors import InputError
from hardinstances.levels import LATTICE_TIGHT, SIGNSGD_TIGHT
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample

R = sp.Rational
TINY = R(1, 1000)
SCALES = (R(1), R(10) ** 6, R(1, 10**6))
Numbers = dict[Any, Any]


def _named(values: Numbers) -> Numbers:
    """The same numbers for the plain symbols of a Level."""
    return {sp.Symbol(s.name): v for s, v in values.items() if isinstance(s, k.Sym)}


def _stepsize(smoothness: R, gap: R, steps: int, factor: R) -> R:
    """A rational close to factor * sqrt(2 Delta/(L T))."""
    return R(str(sp.N(factor * sp.sqrt(2 * gap / (smoothness * steps)), 20)))


@cache
def points() -> tuple[Numbers, ...]:
    """Parameters of SignSGD runs over many scales, with and without noise."""
    return tuple(_points())


def _points() -> Iterator[Numbers]:
    for smoothness in SCALES:
        for gap in SCALES:
            for factor in (R(1), R(1, 20), R(20)):
                steps = 10**12
                eta = _stepsize(smoothness, gap, steps, factor)
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(steps)}
                base |= {DELTA_SHARE: TINY, RHO: TINY}
                yield {**base, B: R(1), "S": R(0)}
                for batch in (R(1), R(10) ** 12):
                    noise = smoothness * eta / 2 * _stepsize(R(2), R(1), 1, R(1)) * sp.sqrt(batch)
                    yield {**base, B: batch, "S": 4 * noise}


def level_of(values: Numbers) -> Any:
    """Ball of the proved lower bound on SignSGD at these parameters."""
    plain = _named(values)
    if values["S"] == 0:
        return enclose(LATTICE_TIGHT.expr, plain)
    slack = {"S": values["S"], "n": R(1), "tau": values["S"] / 10**9}
    return enclose(SIGNSGD_TIGHT.expr, plain | {sp.Symbol(s): v for s, v in slack.items()})


def upper_samples(average: Any, noise: Any) -> list[Sample]:
    """Hard instances as members on which an upper bound on SignSGD is tried."""
    out = []
    for values in points():
        try:
            level = level_of(values)
        except InputError:
            continue
        atoms = {s: v for s, v in values.items() if isinstance(s, k.Sym)}
        atoms |= {average: level * int(values[T]), noise: values["S"]}
        kind = "signsgd-tight" if values["S"] else "lattice-tight"
        out.append(Sample(f"{kind} at {describe(atoms)}", atoms))
    one = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1)}
    zero = {average: R(0), noise: R(0)}
    out.append(Sample("f = 0", one | zero))
    far = one | {DELTA: R(1, 100), average: R(10), noise: R(0)}
    for name in ("A0", "infimum"):
        out.append(Sample("f = x**2/2 from x = 10, one step", far, breaks=name))
    curved = {L: R(1, 100), DELTA: R(1, 8), ETA: R(1), T: R(1000), B: R(1)}
    curved |= {average: R(500), noise: R(0)}
    out.append(Sample("f = x**2/2 from x = 1/2, eta = 1", curved, breaks="A1"))
    negative = one | {DELTA: R(1, 10**3), ETA: R(1, 10), average: R(0), noise: R(-1)}
    out.append(Sample("f = 0, sigma = -1", negative, breaks="sigma >= 0"))
    return out


def describe(atoms: Numbers) -> str:
    """Short text of the plain parameters."""
    plain = {s.name: v for s, v in atoms.items() if isinstance(s, k.Sym)}
    return " ".join(f"{name}={float(v):.4g}" for name, v in plain.items())


def lower_samples(caps: dict[str, Any], noise: Any, kept: Any = None, n: Any = None) -> list[Sample]:
    """Parameters at which a level is tried against what T1 and L0-gap prove from above."""
    out = []
    for values in (*points(), *_short_runs(), *_no_gap_left()):
        if kept is None and values["S"] != 0:
            continue
        if kept is not None and values["S"] == 0:
            continue
        atoms = {s: v for s, v in values.items() if isinstance(s, k.Sym)}
        atoms[noise] = values["S"]
        if kept is not None:
            atoms |= {kept: values["S"], n: R(1), TAU: values["S"] / 10**9}
        out.append(Sample(describe(atoms), atoms, caps))
    return out


def _short_runs() -> Iterator[Numbers]:
    """One or two steps, where the ramp has nearly all of the curvature."""
    for smoothness in SCALES:
        for gap in SCALES:
            for steps in (1, 2):
                eta = _stepsize(smoothness, gap, steps, R(1))
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(steps), RHO: TINY, B: R(1)}
                for share in (1 - TINY, R(1, 2) - TINY):
                    for factor in (R(1), R(1, 1000)):
                        yield {**base, ETA: eta * factor, DELTA_SHARE: share, "S": R(0)}


def _no_gap_left() -> Iterator[Numbers]:
    """Stepsizes at which the wells alone use up the gap: L eta**2/8 = Delta, and beyond."""
    for smoothness in SCALES:
        for eta in SCALES:
            for factor in (R(1) + TINY, R(1, 10), R(10)):
                gap = smoothness * eta**2 / 8 * factor
                base = {L: smoothness, DELTA: gap, ETA: eta, T: R(10) ** 12, B: R(1), RHO: TINY}
                yield {**base, DELTA_SHARE: TINY / 1000, "S": R(0)}
            share = TINY / 10
            gap = smoothness * eta**2 / 8 * (1 - share) * (1 + TINY**4)
            base = {L: smoothness, DELTA: gap, ETA: eta, T: R(1), B: R(1), RHO: TINY}
            yield {**base, DELTA_SHARE: share, "S": R(0)}


def quadratic_samples(remainder: Any, length: Any) -> list[Sample]:
    """f = c x**2/2 in one dimension, for L0: equality at curvature c = L."""
    out = []
    for curve in SCALES:
        for r in SCALES:
            atoms = {L: curve, length: r, remainder: curve * r**2 / 2}
            out.append(Sample(f"f = {curve} x**2/2, |y - x| = {r}", atoms))
    out.append(Sample("f = 0", {L: R(1), length: R(1), remainder: R(0)}))
    steep = {L: R(1), length: R(1), remainder: R(1)}
    out.append(Sample("f = x**2 with L = 1", steep, breaks="A1"))
    return out


def gap_samples(norm: Any, value: Any, infimum: Any) -> list[Sample]:
    """f = L x**2/2 in one dimension, for L0-gap: equality."""
    out = []
    for curve in SCALES:
        for x in SCALES:
            atoms = {L: curve, norm: curve * x, value: curve * x**2 / 2, infimum: R(0)}
            out.append(Sample(f"f = {curve} x**2/2 at x = {x}", atoms))
    out.append(Sample("f = 1", {L: R(1), norm: R(0), value: R(1), infimum: R(0)}))
    wrong = {L: R(1), norm: R(1), value: R(1, 2), infimum: R(1, 2)}
    out.append(Sample("f = x**2/2 at 1, fstar = 1/2", wrong, breaks="infimum"))
    steep = {L: R(1, 2), norm: R(1), value: R(1, 2), infimum: R(0)}
    out.append(Sample("f = x**2/2 with L = 1/2", steep, breaks="A1"))
    return out


def law_samples(a: Any, bias: Any, s: Any) -> list[Sample]:
    """Two-point laws for L1: Y = -tau or 2 + tau with probability 1/2, mean 1."""
    out = []
    for scale in SCALES:
        atoms = {a: scale, bias: R(0), s: (1 + TINY) * scale}
        out.append(Sample(f"Y = {scale} * (-0.001 or 2.001) w.p. 1/2", atoms))
        mirrored = {a: -scale, bias: R(0), s: (1 + TINY) * scale}
        out.append(Sample(f"Y = {scale} * (0.001 or -2.001) w.p. 1/2", mirrored))
    out.append(Sample("Y = 0, s = 1", {a: R(0), bias: R(0), s: R(1)}))
    out.append(Sample("Y = 0, s = -1", {a: R(0), bias: R(0), s: R(-1)}, breaks="s >= 0"))
    out.append(Sample("Y = -0.001", {a: R(1), bias: R(-1), s: 1 + TINY}, breaks="mean"))
    out.append(Sample("Y = -1 or 3 w.p. 1/2", {a: R(1), bias: R(0), s: R(1, 2)}, breaks="variance"))
    return out


def pointwise_samples(a: Any, m: Any) -> list[Sample]:
    """a and m on opposite sides of zero, m close to it."""
    out = []
    for scale in SCALES:
        for side in (1, -1):
            atoms = {a: side * scale, m: -side * scale / 1000, sp.sign(m): R(-side)}
            out.append(Sample(f"a = {side * scale}, m = {-side * scale / 1000}", atoms))
    return [*out, Sample("a = 0, m = 1", {a: R(0), m: R(1), sp.sign(m): R(1)})]


def best_stepsize_samples(average: Any, noise: Any) -> list[Sample]:
    """The hard instances at eta = sqrt(2 Delta/(L T)), a ball around the root, for T1a."""
    out = []
    for sample in upper_samples(average, noise):
        if sample.breaks or not _at_best(sample.values):
            continue
        values = dict(sample.values)
        values[ETA] = enclose(sp.sqrt(2 * DELTA / (L * T)), values)
        if values[average] != 0:
            values[average] = level_of(values | {"S": values[noise]}) * int(values[T])
        out.append(Sample(sample.name, values))
    return out


def _at_best(values: Mapping[Any, Any]) -> bool:
    ratio = values[ETA] ** 2 * values[L] * values[T] / (2 * values[DELTA])
    return bool(abs(ratio - 1) < R(1, 10**12))


def best_batch_samples(average: Any, noise: Any, calls: Any) -> list[Sample]:
    """The hard instances with sigma chosen so that a batch of one is best, for T1b."""
    out = []
    for sample in best_stepsize_samples(average, noise):
        values = dict(sample.values)
        if values[B] != 1 or values[noise] == 0:
            continue
        values |= {noise: enclose(sp.sqrt(2 * L * DELTA / T), values), calls: values[T]}
        if not out:  # the level bounds the average from below only, so this one refutes the converse
            out.append(Sample("f = 0", values | {average: R(0)}))
        level = level_of(values | {"S": values[noise]})
        out.append(Sample(sample.name, values | {average: level * int(values[T])}))
    return out


def budget_samples(average: Any, noise: Any, eps: Any) -> list[Sample]:
    """f = 0 and eps = 1, for T1c."""
    values = {average: R(0), noise: R(0), eps: R(1), T: R(8), B: R(1), L: R(1), DELTA: R(1)}
    return [Sample("f = 0", values)]


def rounding_samples(noise: Any, eps: Any) -> list[Sample]:
    """T and B as large as rounding up can make them, for T1c-calls."""
    out = []
    for scale in (R(1), R(1, 100)):
        for steps, total in ((R(9), R(1, 2)), (R(800001), R(50)), (R(9), R(50))):
            smoothness = (steps - 1) * scale**2 / 8
            values = {eps: scale, L: smoothness, DELTA: R(1), T: steps}
            values |= {noise: total * scale, B: 4 * total**2 + 1}
            out.append(Sample(describe(values), values))
    zero = {eps: R(1), L: R(1), DELTA: R(1), T: R(1), B: R(1), noise: R(1)}
    return [*out, Sample("T = B = 1", zero)]


def tent_samples(*atoms: Any) -> list[Sample]:
    """One-dimensional tents: slope p up to the turn, then down to q, curvature L: equality."""
    at_x, at_y, start, end, length = atoms
    out = []
    for curve in SCALES:
        for r in SCALES:
            for change in (R(0), R(1, 2), -R(9, 10)):
                first = curve * r * R(1, 3)
                last = first + change * curve * r
                turn = (r + change * r) / 2
                rise = first * turn + curve * turn**2 / 2
                rise += last * (r - turn) + curve * (r - turn) ** 2 / 2
                values = {L: curve, length: r, at_x: R(0), at_y: rise}
                values |= {start: first * r, end: last * r}
                out.append(Sample(f"tent with L={curve}, r={r}, slopes {change}", values))
    flat = {L: R(1), length: R(1), at_x: R(0), at_y: R(0), start: R(0), end: R(0)}
    steep = {**flat, at_y: R(1), start: R(1, 10), end: R(1, 10)}
    return [*out, Sample("f = 0", flat), Sample("steeper than L allows", steep, breaks="A1")]


def _quadratic_runs() -> Iterator[tuple[str, Numbers]]:
    """SGD on f = L x**2/2 without noise, one step from x = 1: everything is exact."""
    for curve in SCALES:
        for step in (R(1, 10**6), R(1), R(2) - R(1, 10**6)):
            gap = curve / 2
            values = {L: curve, DELTA: gap, ETA: step / curve, T: R(1), B: R(1)}
            yield f"f = {curve} x**2/2 from 1, eta L = {step}", values


def sgd_samples(total: Any, power: Any) -> list[Sample]:
    """Quadratics for the l2 form of T3u, without noise and with Gaussian noise in the long run."""
    out = [
        Sample(name, {**v, total: v[L] ** 2, power: R(0)}) for name, v in _quadratic_runs()
    ]
    steps = 10**12
    for curve in SCALES:
        for noise in SCALES:
            step = R(1, 100) / curve
            # Stationary second moment of x under Gaussian noise of variance s**2 on L x**2/2.
            moment = step * noise / (curve * (2 - step * curve))
            values = {L: curve, DELTA: curve * moment / 2, ETA: step, T: R(steps), B: R(1)}
            values |= {total: steps * curve**2 * moment, power: noise}
            out.append(Sample(f"stationary f = {curve} x**2/2, variance {noise}", values))
    zero = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1), total: R(0), power: R(0)}
    return [*out, Sample("f = 0", zero)]


def sgd_l1_samples(total: Any, power: Any) -> list[Sample]:
    """The same quadratics in d equal coordinates, for T3u."""
    out = []
    for name, v in _quadratic_runs():
        for d in (1, 100):
            # d equal coordinates share L and the gap: |grad|_1 at the start is L.
            values = {**v, DELTA: v[L] / 2, total: v[L], power: R(0), DIM: R(d)}
            out.append(Sample(f"{name} in {d} coordinates", values))
    zero = {L: R(1), DELTA: R(1), ETA: R(1), T: R(1), B: R(1), total: R(0), power: R(0)}
    return [*out, Sample("f = 0", {**zero, DIM: R(1)})]


def momentum_samples(average: Any, noise: Any, beta: Any) -> list[Sample]:
    """f = 0 and the wells under Signum, for T1m: exact, but the bound is not tight."""
    base = {L: R(1), DELTA: R(1), ETA: R(1, 100), T: R(10**4), B: R(1), noise: R(1)}
    out = [Sample("f = 0", {**base, average: R(0), beta: R(1, 2)})]
    for share in (R(1, 10), R(9, 10)):
        for scale in SCALES:
            values = {**base, L: scale, ETA: R(1, 100), noise: scale, beta: share}
            values[average] = scale * values[ETA] / 2 * int(values[T])
            out.append(Sample(f"wells under Signum, L = {scale}, beta = {share}", values))
    far = {**base, DELTA: R(1, 100), T: R(1), ETA: R(1), noise: R(0), beta: R(1, 10)}
    for name in ("A0", "infimum"):
        values = {**far, average: R(10)}
        out.append(Sample("f = x**2/2 from x = 10, one step", values, breaks=name))
    return out
