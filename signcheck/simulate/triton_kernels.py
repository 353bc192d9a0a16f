"""The GPU engine's loop (Triton): points stay in registers over many steps.

A program owns a tile of coordinates x copies. Every four steps it draws one Philox block a lane;
then it makes four updates and leaves, a step, the sums of |f'| over its coordinates. Nothing else
goes through memory until the tile is written back. Import this module where Triton is wanted and
nowhere else; with TRITON_INTERPRET=1 set before the import it runs without a GPU.

Launch with ``enable_fp_fusion=False``: a fused multiply-add would round a point differently from
the other engines.
"""

# Triton reads annotations as the types of kernel arguments, so only its own stand here.
# ruff: noqa: ANN001, ANN201
# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-decorators, allow-untyped-calls

import triton
import triton.language as tl

# Philox4x32-10 (Salmon et al. 2011), the same numbers as hardinstances.rng.
M0 = tl.constexpr(0xD2511F53)
M1 = tl.constexpr(0xCD9E8D57)
W0 = tl.constexpr(0x9E3779B9)
W1 = tl.constexpr(0xBB67AE85)

NONE = tl.constexpr(0)
SIGN = tl.constexpr(1)
TWO_POINT = tl.constexpr(2)
GAUSSIAN = tl.constexpr(3)

SIGNSGD = tl.constexpr(0)
SIGNUM = tl.constexpr(1)
SGD = tl.constexpr(2)
SGD_MOMENTUM = tl.constexpr(3)


@triton.jit
def philox(coordinate, quad, copy, stream):
    """Four uint32 words of a lane for the steps 4 quad, ..., 4 quad + 3."""
    c0 = coordinate.to(tl.uint32)
    c1 = tl.full(c0.shape, 0, tl.uint32) + quad.to(tl.uint32)
    c2 = tl.full(c0.shape, 0, tl.uint32)
    c3 = tl.full(c0.shape, 0, tl.uint32)
    k0 = copy.to(tl.uint32)
    # An argument that is 1 comes as a plain number, which has no type to cast from.
    k1 = (tl.zeros(c0.shape, tl.int64) + stream).to(tl.uint32)
    for _ in tl.static_range(10):
        p0 = c0.to(tl.uint64) * M0
        p1 = c2.to(tl.uint64) * M1
        c0 = (p1 >> 32).to(tl.uint32) ^ c1 ^ k0
        c2 = (p0 >> 32).to(tl.uint32) ^ c3 ^ k1
        c1 = (p1 & 0xFFFFFFFF).to(tl.uint32)
        c3 = (p0 & 0xFFFFFFFF).to(tl.uint32)
        k0 = ((k0.to(tl.uint64) + W0) & 0xFFFFFFFF).to(tl.uint32)
        k1 = ((k1.to(tl.uint64) + W1) & 0xFFFFFFFF).to(tl.uint32)
    return c0, c1, c2, c3


@triton.jit
def horner(z, inner, coefficient: tl.constexpr):
    """``z*inner + coefficient``, fused: only normals may round differently from other engines."""
    return tl.fma(z, inner, tl.zeros_like(z) + coefficient)


@triton.jit
def log_of_unit(u, real: tl.constexpr):
    """log(u) for a normal number 0 < u <= 1, which needs no case for others.

    In single precision u = 2^k (1 + f) with 1 + f in [sqrt(1/2), sqrt(2)), and log(1 + f) - f +
    f^2/2 is f^3 times the polynomial of degree 7 that is best there in the relative error of the
    logarithm; the result is within 1e-7 of it.
    """
    if real == tl.float32:
        bits = u.to(tl.int32, bitcast=True)
        k = (bits - 0x3F3504F3) >> 23  # the bits of sqrt(1/2)
        f = (bits - (k << 23)).to(tl.float32, bitcast=True) - 1.0
        p = horner(f, tl.zeros_like(f) - 0.0763443187, 0.127615511)
        p = horner(f, horner(f, horner(f, p, -0.131601945), 0.142017618), -0.166233569)
        p = horner(f, horner(f, horner(f, p, 0.200012267), -0.250008225), 0.333333313)
        found = tl.fma(f * f, horner(f, p, -0.5), f)
        found = tl.fma(k.to(real), tl.zeros_like(f) + 0.6931471805599453, found)
    else:
        found = tl.log(u)
    return found


@triton.jit
def normal_pair(first, second, real: tl.constexpr):
    """Two standard normals (Box and Muller) from two words, in the precision ``real``."""
    # Of a word the middle: (word + 1/2) 2^-32, as a fused product.
    unit = tl.full(first.shape, 2.3283064365386963e-10, real)
    u = horner(first.to(real), unit, 1.1641532182693481e-10)
    radius = tl.sqrt(-2.0 * log_of_unit(u, real))
    # Reduce the angle to an eighth of a turn in integers (a fourth quarter is the zeroth again),
    # where short Taylor polynomials do.
    quarter = (second + 536870912) >> 30
    rest = (second - (quarter << 30)).to(tl.int32, bitcast=True)
    unit = tl.full(first.shape, 1.4629180792671596e-09, real)  # 2 pi 2^-32
    angle = horner(rest.to(real), unit, 7.314590396335798e-10)
    z = angle * angle
    s = tl.zeros_like(z) + 1.0 / 362880
    c = tl.zeros_like(z) + 1.0 / 40320
    if real == tl.float64:
        s = tl.zeros_like(z) - 1.0 / 1307674368000
        s = horner(z, horner(z, horner(z, s, 1.0 / 6227020800), -1.0 / 39916800), 1.0 / 362880)
        c = tl.zeros_like(z) - 1.0 / 87178291200
        c = horner(z, horner(z, horner(z, c, 1.0 / 479001600), -1.0 / 3628800), 1.0 / 40320)
    s = horner(z, horner(z, horner(z, horner(z, s, -1.0 / 5040), 1.0 / 120), -1.0 / 6), 1.0)
    c = horner(z, horner(z, horner(z, horner(z, c, -1.0 / 720), 1.0 / 24), -0.5), 1.0)
    s = s * angle
    odd = (quarter & 1) == 1
    cosine = tl.where(odd, s, c)
    sine = tl.where(odd, c, s)
    cosine = tl.where(((quarter + 1) & 2) == 2, -cosine, cosine)
    sine = tl.where((quarter & 2) == 2, -sine, sine)
    return radius * cosine, radius * sine


@triton.jit
def load_piece(tables, k: tl.constexpr, n, row, inside, PIECES: tl.constexpr):
    """Value, slope, anchor and left edge of piece k of each row; tables are (4, PIECES, n)."""
    # An argument that is 1 comes as a plain number; tables may be longer than 2^31.
    size = tl.zeros(row.shape, tl.int64) + n
    value = tl.load(tables + k * size + row, mask=inside, other=0.0)
    slope = tl.load(tables + (PIECES + k) * size + row, mask=inside, other=0.0)
    anchor = tl.load(tables + (2 * PIECES + k) * size + row, mask=inside, other=0.0)
    edge = tl.load(tables + (3 * PIECES + k) * size + row, mask=inside, other=0.0)
    return value, slope, anchor, edge


@triton.jit
def on_piece(x, piece, k: tl.constexpr, FLAT: tl.constexpr, PLAIN: tl.constexpr):
    """``value + slope*(x - anchor)``.

    Bit k of FLAT says that the slope of piece k is 0, of PLAIN that its value and anchor are.
    """
    value = piece[0] + tl.zeros_like(x)
    if (PLAIN >> k) % 2 == 1:
        value = piece[1] * x
    elif (FLAT >> k) % 2 == 0:
        value = piece[0] + piece[1] * (x - piece[2])
    return value


@triton.jit
def derivative(
    x, p0, p1, p2, p3, length,
    PIECES: tl.constexpr, PERIODIC: tl.constexpr, FLAT: tl.constexpr, PLAIN: tl.constexpr,
):  # fmt: skip
    """f'(x) of every lane."""
    y = x
    cell = x
    if PERIODIC:
        cell = tl.floor(x / length + 0.5)
        y = x - cell * length
    g = on_piece(y, p0, 0, FLAT, PLAIN)
    if PIECES > 1:
        g = tl.where(y >= p1[3], on_piece(y, p1, 1, FLAT, PLAIN), g)
    if PIECES > 2:
        g = tl.where(y >= p2[3], on_piece(y, p2, 2, FLAT, PLAIN), g)
    if PIECES > 3:
        g = tl.where(y >= p3[3], on_piece(y, p3, 3, FLAT, PLAIN), g)
    if PERIODIC:
        g = tl.where(cell - 2.0 * tl.floor(cell / 2.0) > 0.5, -g, g)
    return g


@triton.jit
def flip(g, word, size):
    """``size`` with the sign of g if the word's first bit is 0, else with the other sign.

    That is a fair coin: words below 2^31 show the sign of g, where g = 0 counts as positive.
    """
    if g.dtype == tl.float32:
        # On bits it costs two instructions; adding 0 turns -0 into 0.
        signs = word.to(tl.int32, bitcast=True) ^ (g + 0.0).to(tl.int32, bitcast=True)
        bits = (signs & -2147483648) | size.to(tl.int32, bitcast=True)
        flipped = bits.to(tl.float32, bitcast=True)
    else:
        flipped = tl.where((word < 2147483648) == (g >= 0.0), size, -size)
    return flipped


@triton.jit
def disturb(g, word, normal, sigma, threshold, small, lift, hit, NOISE: tl.constexpr):
    """What the oracle shows of g."""
    if NOISE == SIGN:
        g = flip(g, word, tl.full(g.shape, 1.0, g.dtype))
    elif NOISE == TWO_POINT:
        outcome = tl.where(word < threshold, (tl.abs(g) + lift) / hit, small)
        g = tl.where(g < 0.0, -outcome, outcome)
    elif NOISE == GAUSSIAN:
        g = g + sigma * normal
    return g


@triton.jit
def with_sign(v, size):
    """``size`` times the sign of v, with sign(0) = 0; size is positive."""
    if v.dtype == tl.float32:
        # On bits it costs half the instructions of two comparisons.
        bits = (v.to(tl.int32, bitcast=True) & -2147483648) | size.to(tl.int32, bitcast=True)
        signed = bits.to(tl.float32, bitcast=True)
    else:
        signed = tl.where(v > 0.0, size, -size)
    return tl.where(v == 0.0, tl.zeros_like(v), signed)


@triton.jit
def move(x, m, g, start, eta, beta, rest, RULE: tl.constexpr):
    """The next point and momentum."""
    if RULE == SIGNSGD:
        x = x - with_sign(g, tl.zeros_like(x) + eta)
    elif RULE == SIGNUM:
        m = tl.where(start, g, beta * m + rest * g)
        x = x - with_sign(m, tl.zeros_like(x) + eta)
    elif RULE == SGD:
        x = x - eta * g
    elif RULE == SGD_MOMENTUM:
        m = tl.where(start, g, beta * m + g)
        x = x - eta * m
    return x, m


@triton.jit
def steps_of_a_tile(
    points, momenta, tables, period, sigmas, coordinates, keys, numbers, sums,
    n, copies, first, last, threshold, stream,
    PIECES: tl.constexpr, PERIODIC: tl.constexpr, FLAT: tl.constexpr, PLAIN: tl.constexpr,
    NOISE: tl.constexpr, RULE: tl.constexpr, MOMENTUM: tl.constexpr,
    QUADS: tl.constexpr, PARTIAL: tl.constexpr, C: tl.constexpr, R: tl.constexpr,
):  # fmt: skip
    """Make the steps first, ..., last - 1 (first a multiple of 4) of a tile of C x R lanes.

    QUADS is at least (last - first)/4; PARTIAL says that it is more, and that no step is made from
    last on. So one compiled loop serves launches of many lengths.

    points, momenta are (n, copies); tables (4, PIECES, n): value, slope, anchor, left edge; numbers
    are eta, beta, 1 - beta, small, lift, hit; sums is (last - first, ceil(n/C), copies).
    """
    row = tl.program_id(0) * C + tl.arange(0, C)[:, None]
    column = tl.program_id(1) * R + tl.arange(0, R)[None, :]
    here, inside = (row < n) & (column < copies), row < n
    at = row.to(tl.int64) * copies + column
    x = tl.load(points + at, mask=here, other=0.0)
    real: tl.constexpr = x.dtype
    m = tl.load(momenta + at, mask=here, other=0.0) if MOMENTUM else x
    coordinate = tl.load(coordinates + row, mask=inside, other=0) + tl.zeros([C, R], tl.int64)
    copy = tl.load(keys + column, mask=column < copies, other=0) + tl.zeros([C, R], tl.int64)
    eta, beta, rest = tl.load(numbers), tl.load(numbers + 1), tl.load(numbers + 2)
    small, lift = tl.load(numbers + 3), tl.load(numbers + 4)
    hit = tl.load(numbers + 5)
    sigma = tl.load(sigmas + row, mask=inside, other=0.0) if NOISE == GAUSSIAN else x
    length = tl.load(period + row, mask=inside, other=1.0) if PERIODIC else x
    p0 = load_piece(tables, 0, n, row, inside, PIECES)
    p1 = load_piece(tables, 1 % PIECES, n, row, inside, PIECES)
    p2 = load_piece(tables, 2 % PIECES, n, row, inside, PIECES)
    p3 = load_piece(tables, 3 % PIECES, n, row, inside, PIECES)
    out = column.to(tl.int64) + tl.program_id(0) * copies
    blocks = tl.num_programs(0).to(tl.int64) * copies
    for k in range(QUADS):
        quad = first // 4 + k
        w0 = tl.zeros([C, R], tl.uint32)
        w1, w2, w3 = w0, w0, w0
        z0, z1, z2, z3 = x, x, x, x
        if NOISE != NONE:
            w0, w1, w2, w3 = philox(coordinate, tl.full([C, R], 0, tl.int64) + quad, copy, stream)
        if NOISE == GAUSSIAN:
            z0, z1 = normal_pair(w0, w1, real)
            z2, z3 = normal_pair(w2, w3, real)
        for r in tl.static_range(4):
            t = 4 * quad + r
            word = w0 if r == 0 else (w1 if r == 1 else (w2 if r == 2 else w3))
            normal = z0 if r == 0 else (z1 if r == 1 else (z2 if r == 2 else z3))
            g = derivative(x, p0, p1, p2, p3, length, PIECES, PERIODIC, FLAT, PLAIN)
            # Rows outside have tables of zeros, so that g is 0 there.
            total = tl.sum(tl.abs(g), axis=0)[None, :]
            tl.store(sums + (t - first) * blocks + out, total, mask=(column < copies) & (t < last))
            before, momentum = x, m
            if NOISE == SIGN and RULE == SIGNSGD:
                x = x - flip(g, word, tl.zeros_like(x) + eta)
            else:
                shown = disturb(g, word, normal, sigma, threshold, small, lift, hit, NOISE)
                x, m = move(x, m, shown, t == 0, eta, beta, rest, RULE)
            if PARTIAL:
                x, m = tl.where(t < last, x, before), tl.where(t < last, m, momentum)
    tl.store(points + at, x, mask=here)
    if MOMENTUM:
        tl.store(momenta + at, m, mask=here)
