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
    m0, m1 = (np.uint64(m) for m in rng.MULTIPLIERS)
    w0, w1 = (np.uint64(w) for w in rng.WEYL)

    def fill(words: Any, coordinates: Any, copies: Any, quad: Any, stream: Any) -> None:
        for i in range(words.shape[1]):
            c0, c1, c2, c3 = np.uint64(coordinates[i]), quad, zero, zero
            k0, k1 = np.uint64(copies[i]), stream
            # Only the factors are cut to 32 bits, which a 32 x 32 bit multiplication does for free.
            for _ in range(10):
                p0, p1 = (c0 & low) * m0, (c2 & low) * m1
                c0, c1 = (p1 >> half) ^ c1 ^ k0, p1
                c2, c3 = (p0 >> half) ^ c3 ^ k1, p0
                k0, k1 = k0 + w0, k1 + w1
            words[0, i] = np.uint32(c0)
            words[1, i] = np.uint32(c1)
            words[2, i] = np.uint32(c2)
            words[3, i] = np.uint32(c3)

    return jit(fill)


@cache
def _numbers(shape: Shape, pieces: int) -> Any:
    """Compiled ``(tables, lane)`` -> one tuple (value, slope, anchor, left edge) a piece.

    Plain numbers, so that loops over lanes with equal parameters keep them in registers.
    """
    k = pieces - 1

    def first(tables: Any, j: Any) -> Any:
        _, value, slope, anchor, period = tables
        return ((value[0, j], slope[0, j], anchor[0, j], period[j]),)

    if k == 0:
        return jit(first)
    before = _numbers(shape, k)

    def rest(tables: Any, j: Any) -> Any:
        edges, value, slope, anchor, _ = tables
        return (*before(tables, j), (value[k, j], slope[k, j], anchor[k, j], edges[k - 1, j]))

    return jit(rest)


@cache
def _select(pieces: int) -> Any:
    """Compiled ``(x, numbers)`` -> the derivative on the piece that holds x."""
    two, three, four = pieces > 1, pieces > 2, pieces > 3

    def on(x: Any, piece: Any) -> Any:
        return piece[0] + piece[1] * (x - piece[2])

    piece = jit(on)

    # Spelled out: branches on constants vanish, and what is left becomes selects.
    def select(x: Any, numbers: Any) -> Any:
        g = piece(x, numbers[0])
        if two:
            here = piece(x, numbers[1])
            g = here if x >= numbers[1][3] else g
        if three:
            here = piece(x, numbers[2])
            g = here if x >= numbers[2][3] else g
        if four:
            here = piece(x, numbers[3])
            g = here if x >= numbers[3][3] else g
        return g

    return jit(select)


@cache
def _slope(shape: Shape) -> Any:
    """Compiled ``(x, numbers)`` -> f'(x); the first piece has the period in place of an edge."""
    real = np.dtype(shape.dtype).type
    half, two = real(0.5), real(2.0)
    inside = _select(shape.pieces)

    def folded(x: Any, numbers: Any) -> Any:
        period = numbers[0][3]
        cell = np.floor(x / period + half)
        g = inside(x - cell * period, numbers)
        return -g if cell - two * np.floor(cell / two) > half else g

    return jit(folded) if shape.periodic else inside


@cache
def _disturb(shape: Shape) -> Any:
    """Compiled ``(g, draw, noise)`` -> what the oracle shows of g.

    ``draw`` is a word, or a normal for Gaussian noise; ``noise`` is as in `noise_numbers`, with
    the sigma of one lane.
    """
    real = np.dtype(shape.dtype).type
    one, zero = real(1.0), real(0.0)

    def none(g: Any, _draw: Any, _noise: Any) -> Any:
        return g

    def sign(g: Any, word: Any, noise: Any) -> Any:
        coin = one if word < noise[0] else -one
        return -coin if g < zero else coin

    def two_point(g: Any, word: Any, noise: Any) -> Any:
        threshold, small, lift, hit = noise
        value = (abs(g) + lift) / hit if word < threshold else small
        return -value if g < zero else value

    def gaussian(g: Any, normal: Any, noise: Any) -> Any:
        return g + noise[0] * normal

    kinds = {"none": none, "sign": sign, "two-point": two_point, "gaussian": gaussian}
    return jit(kinds[shape.noise])


@cache
def _move(shape: Shape) -> Any:
    """Compiled ``(x, m, g, first, numbers)`` -> next x and m; numbers are eta, beta, 1 - beta."""
    real = np.dtype(shape.dtype).type
    zero = real(0.0)

    def sign_of(v: Any) -> Any:
        # A difference of two comparisons vectorises where nested branches do not.
        return real(v > zero) - real(v < zero)

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
def _slopes(shape: Shape) -> Any:
    """Compiled ``(x, tables, slopes)``: f'(x) of the lanes of a tile into ``slopes``."""
    at, slope = _numbers(shape, shape.pieces), _slope(shape)

    def alike(x: Any, tables: Any, slopes: Any) -> None:
        shared = at(tables, 0)
        for i in range(x.size):
            slopes[i] = slope(x[i], shared)

    def unlike(x: Any, tables: Any, slopes: Any) -> None:
        for i in range(x.size):
            slopes[i] = slope(x[i], at(tables, i))

    return jit(alike if shape.uniform else unlike)


@cache
def _moves(shape: Shape) -> Any:
    """Compiled ``(x, m, slopes, draws, noise, numbers, first)``: the lanes make their step."""
    disturb, move = _disturb(shape), _move(shape)
    varied = shape.noise == "gaussian" and not shape.uniform
    gaussian = shape.noise == "gaussian"

    def light(
        x: Any, _m: Any, slopes: Any, draws: Any, noise: Any, numbers: Any, first: Any
    ) -> None:
        law = (noise[0][0],) if gaussian else noise
        for i in range(x.size):
            mine = (noise[0][i],) if varied else law
            shown = disturb(slopes[i], draws[i], mine)
            x[i] = move(x[i], shown, shown, first, numbers)[0]

    def heavy(
        x: Any, m: Any, slopes: Any, draws: Any, noise: Any, numbers: Any, first: Any
    ) -> None:
        law = (noise[0][0],) if gaussian else noise
        for i in range(x.size):
            mine = (noise[0][i],) if varied else law
            shown = disturb(slopes[i], draws[i], mine)
            x[i], m[i] = move(x[i], m[i], shown, first, numbers)

    return jit(heavy if shape.rule in {"signum", "sgd-momentum"} else light)


@cache
def steps_of_a_tile(shape: Shape) -> Any:
    """Compiled loop over the steps ``span = (first, last)`` of one tile.

    Arguments: x, m (n,); words uint32 (4, n), normals (6, n or 0) and slopes (n,) as
    scratch; coordinates and copies uint32 (n,); tables, noise and numbers as above; stream; span;
    final (no move is made from x_{final}); width; and ``sums``, to which |f'| is added: float64
    (last - first, n) if the shape is per lane, else (last - first, copies), the lanes of each copy
    being ``width`` neighbours.
    """
    fill, slopes_of, step = philox_rows(), _slopes(shape), _moves(shape)
    per_lane, noisy, gaussian = shape.per_lane, shape.noise != "none", shape.noise == "gaussian"
    transform = normal_rows(shape.dtype) if gaussian else fill
    add, total = jit(_add), jit(_total, fastmath={"reassoc"})

    def run(
        x: Any, m: Any, words: Any, normals: Any, slopes: Any, coordinates: Any, copies: Any,
        tables: Any, noise: Any, numbers: Any, stream: Any, span: Any, final: Any, width: Any,
        sums: Any,
    ) -> None:  # fmt: skip
        for t in range(span[0], span[1]):
            if noisy and (t % 4 == 0 or t == span[0]):
                fill(words, coordinates, copies, np.uint64(t // 4), stream)
                if gaussian:
                    transform(words, normals[:4], normals[4:])
            row, out = normals[t % 4] if gaussian else words[t % 4], sums[t - span[0]]
            slopes_of(x, tables, slopes)
            if per_lane:
                add(slopes, out)
            else:
                for copy in range(out.size):
                    out[copy] += total(slopes[copy * width : (copy + 1) * width])
            if t < final:
                step(x, m, slopes, row, noise, numbers, t == 0)

    return jit(run)


def _add(slopes: Any, out: Any) -> None:
    for i in range(slopes.size):
        out[i] += abs(slopes[i])


def _total(slopes: Any) -> Any:
    """Sum of |f'| in double precision, in whatever order is fastest."""
    found = 0.0
    for i in range(slopes.size):
        found += abs(slopes[i])
    return found
