"""One-dimensional functions, laws and numbers at which the lemmas are tried."""

from __future__ import annotations

from typing import Any

import sympy as sp

from proofs.assumptions import DELTA, B, L, T
from proofs.samples.common import SCALES, TINY, R, describe
from signcheck.theory import Sample


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
