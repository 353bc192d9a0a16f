"""Compiled inner loops of the CPU engine (numba): many steps of one tile of lanes in a pass.

A lane is one coordinate of one copy. The lanes of a tile share their coordinate (the tile is a row
of copies) or their copy (the tile is a row of coordinates). Per four steps the tile
first fills four rows of Philox words, then makes four branch-free updates; both loops vectorise.
No operation is contracted or reassociated where it could move a trajectory: the points are those
of the reference engine, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, TypeAlias

import numpy as np

from hardinstances import rng
from signcheck.simulate.jit import jit
from signcheck.simulate.normals import normal_rows

Noise: TypeAlias = Literal["none", "sign", "two-point", "gaussian"]
Rule: TypeAlias = Literal["signsgd", "signum", "sgd", "sgd-momentum"]


@dataclass(frozen=True)
class Shape:
    """What a compiled loop is specialised to.

    Attributes
    ----------
    pieces, periodic
        Number of pieces of the profile, and whether it repeats with alternating sign.
    noise
        ``"sign"`` draws the sign of a masked batch at once, ``"two-point"`` one call's value,
        ``"gaussian"`` the mean of a batch at once.
    rule
        Update rule.
    uniform
        Whether the lanes of a tile have equal parameters.
    per_lane
        Whether |f'| is summed lane by lane (lanes are copies) or over the tile.
    dtype
        ``"float64"`` or ``"float32"``.
    """

    pieces: int
    periodic: bool
    noise: Noise
    rule: Rule
    uniform: bool
    per_lane: bool
    dtype: str


@cache
def philox_rows() -> Any:
    """Compiled ``(words, coordinates, copies, quad, stream)``: fills uint32 ``words`` (4, n)."""
    low, half, zero = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(0)
    m0, m1 = (np.uint64(m) for m in rng._MULTIPLIERS)
    w0, w1 = (np.uint64(w) for w in rng._WEYL)

    def fill(words: Any, coordinates: Any, copies: Any, quad: Any, stream: Any) -> None:
        for i in range(words.shape[1]):
            c0, c1, c2, c3 = np.uint64(coordinates[i]), quad, zero, zero
            k0, k1 = np.uint64(copies[i]), stream
            for _ in range(10):
                p0, p1 = c0 * m0, c2 * m1
                c0, c1 = (p1 >> half) ^ c1 ^ k0, p1 & low
                c2, c3 = (p0 >> half) ^ c3 ^ k1, p0 & low
                k0, k1 = (k0 + w0) & low, (k1 + w1) & low
            words[0, i] = np.uint32(c0)
            words[1, i] = np.uint32(c1)
            words[2, i] = np.uint32(c2)
            words[3, i] = np.uint32(c3)

    return jit(fill)


@cache
def _slope(shape: Shape) -> Any:
    """Compiled ``(x, lane, tables)`` -> f'(x); tables are edges, value, slope, anchor, period."""
    real = np.dtype(shape.dtype).type
    pieces, half, two = shape.pieces, real(0.5), real(2.0)

    def plain(x: Any, j: Any, tables: Any) -> Any:
        edges, value, slope, anchor, _ = tables
        g = value[0, j] + slope[0, j] * (x - anchor[0, j])
        for k in range(1, pieces):
            here = value[k, j] + slope[k, j] * (x - anchor[k, j])
            g = here if x >= edges[k - 1, j] else g
        return g

    if not shape.periodic:
        return jit(plain)
    inside = jit(plain)

    def folded(x: Any, j: Any, tables: Any) -> Any:
        period = tables[4][j]
        cell = np.floor(x / period + half)
        g = inside(x - cell * period, j, tables)
        return -g if cell - two * np.floor(cell / two) > half else g

    return jit(folded)


@cache
def _disturb(shape: Shape) -> Any:
    """Compiled ``(g, draw, noise, lane)`` -> what the oracle shows of g.

    ``draw`` is a word, or a normal for Gaussian noise; ``noise`` as in `noise_numbers`.
    """
    real = np.dtype(shape.dtype).type
    one, zero = real(1.0), real(0.0)

    def none(g: Any, _draw: Any, _noise: Any, _j: Any) -> Any:
        return g

    def sign(g: Any, word: Any, noise: Any, _j: Any) -> Any:
        coin = one if word < noise[0] else -one
        return -coin if g < zero else coin

    def two_point(g: Any, word: Any, noise: Any, _j: Any) -> Any:
        threshold, small, lift, hit = noise
        value = (abs(g) + lift) / hit if word < threshold else small
        return -value if g < zero else value

    def gaussian(g: Any, normal: Any, noise: Any, j: Any) -> Any:
        sigma, root = noise
        return g + (sigma[j] * real(normal)) / root

    kinds = {"none": none, "sign": sign, "two-point": two_point, "gaussian": gaussian}
    return jit(kinds[shape.noise])


@cache
def _move(shape: Shape) -> Any:
    """Compiled ``(x, m, g, first, numbers)`` -> next x and m; numbers are eta, beta, 1 - beta."""
    real = np.dtype(shape.dtype).type
    one, zero = real(1.0), real(0.0)

    def sign_of(v: Any) -> Any:
        return one if v > zero else (-one if v < zero else zero)

    sgn = jit(sign_of)

    def signsgd(x: Any, m: Any, g: Any, _first: Any, numbers: Any) -> Any:
        return x - numbers[0] * sgn(g), m

    def signum(x: Any, m: Any, g: Any, first: Any, numbers: Any) -> Any:
        m = g if first else numbers[1] * m + numbers[2] * g
        return x - numbers[0] * sgn(m), m

    def sgd(x: Any, m: Any, g: Any, _first: Any, numbers: Any) -> Any:
        return x - numbers[0] * g, m

    def momentum(x: Any, m: Any, g: Any, first: Any, numbers: Any) -> Any:
        m = g if first else numbers[1] * m + g
        return x - numbers[0] * m, m

    rules = {"signsgd": signsgd, "signum": signum, "sgd": sgd, "sgd-momentum": momentum}
    return jit(rules[shape.rule])


@cache
def steps_of_a_tile(shape: Shape) -> Any:
    """Compiled loop over the steps ``span = (first, last)`` of one tile.

    Arguments: x, m (n,); words uint32 (4, n), normals float64 (6, n or 0) and magnitudes (n,) as
    scratch; coordinates and copies uint32 (n,); tables, noise and numbers as above; stream; span;
    final (no move is made from x_{final}); and ``sums``, to which |f'| is added: float64
    (last - first, n) if the shape is per lane, else (last - first, 1).
    """
    fill, slope, disturb, move = philox_rows(), _slope(shape), _disturb(shape), _move(shape)
    uniform, per_lane, noisy = shape.uniform, shape.per_lane, shape.noise != "none"
    gaussian = shape.noise == "gaussian"
    transform = normal_rows() if gaussian else fill
    total = jit(_total, fastmath={"reassoc"})

    def run(
        x: Any, m: Any, words: Any, normals: Any, magnitudes: Any, coordinates: Any, copies: Any,
        tables: Any, noise: Any, numbers: Any, stream: Any, span: Any, final: Any, sums: Any,
    ) -> None:  # fmt: skip
        for t in range(span[0], span[1]):
            if noisy and (t % 4 == 0 or t == span[0]):
                fill(words, coordinates, copies, np.uint64(t // 4), stream)
                if gaussian:
                    transform(words, normals[:4], normals[4:])
            row, out = normals[t % 4] if gaussian else words[t % 4], sums[t - span[0]]
            start, moving = t == 0, t < final
            for i in range(x.size):
                g = slope(x[i], 0 if uniform else i, tables)
                magnitudes[i] = abs(g)
                if moving:
                    shown = disturb(g, row[i], noise, 0 if uniform else i)
                    x[i], m[i] = move(x[i], m[i], shown, start, numbers)
            if per_lane:
                for i in range(x.size):
                    out[i] += magnitudes[i]
            else:
                out[0] += total(magnitudes)

    return jit(run)


def _total(values: Any) -> Any:
    """Sum in double precision, in whatever order is fastest."""
    found = 0.0
    for i in range(values.size):
        found += values[i]
    return found
