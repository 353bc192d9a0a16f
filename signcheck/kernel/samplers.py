"""One sampler for each axiom: it tries to break it. Nothing rests on this module.

A sampler draws parameters and a law, or matrices, that satisfy the hypotheses, computes both sides
exactly and returns (left, right); the tests look for left > right.
"""

from __future__ import annotations

import math
from fractions import Fraction
from random import Random

Matrix = list[list[Fraction]]


def hoeffding(random: Random) -> tuple[float, float]:
    """Tail of a random fair walk against the bound; the tail is an exact rational.

    The walk may stop taking fair steps in a way that depends on the past only through signs, so
    any predictable choice of orientation leaves the law unchanged: n and m are what varies.
    """
    n, m = random.randint(1, 60), Fraction(random.randint(0, 240), 4)
    paths = sum(math.comb(n, k) for k in range(n + 1) if 2 * k - n >= m)
    return paths / 2**n, math.exp(-(float(m) ** 2) / (2 * n))


def _reflected(random: Random, matrix: Matrix) -> Matrix:
    """The matrix after a random reflection: orthogonal, and rational."""
    v = [Fraction(random.randint(1, 4) * random.choice([1, -1])) for _ in matrix]
    square = sum(x * x for x in v)
    shadow = [sum(x * row[c] for x, row in zip(v, matrix, strict=True)) for c in range(len(v))]
    return [
        [a - 2 * x * s / square for a, s in zip(row, shadow, strict=True)]
        for x, row in zip(v, matrix, strict=True)
    ]


def _matrix(random: Random, values: list[Fraction]) -> Matrix:
    """A matrix with the given singular values, up to their signs."""
    n = range(len(values))
    half = _reflected(random, [[values[r] if r == c else Fraction(0) for c in n] for r in n])
    return _reflected(random, [[half[r][c] for r in n] for c in n])


def trace_duality(random: Random) -> tuple[float, float]:
    """Exact matrices with known singular values, of any rank; the polar factor every other time."""
    n, seed = random.randint(1, 3), random.random()
    values = [Fraction(random.randint(0, 8), 8 * n) for _ in range(n)]
    sizes = [Fraction(random.randint(-4, 4), 4) for _ in range(n)]
    top = max(map(abs, sizes))
    first = _matrix(Random(seed), values)
    polar = random.random() < 0.5
    if polar:
        sizes, top = [Fraction(int(x > 0)) for x in values], Fraction(1)
    second = _matrix(Random(seed) if polar else random, sizes)
    pairing = sum(
        a * b for p, q in zip(first, second, strict=True) for a, b in zip(p, q, strict=True)
    )
    pair = (float(pairing), float(sum(values) * top))
    return pair[::-1] if polar and random.random() < 0.5 else pair


def folded_normal(random: Random) -> tuple[float, float]:
    """The formula, lowered by 1e-6 of itself, against Simpson's rule on both sides of the kink."""
    z, scale = random.uniform(-4, 4), random.choice([0.05, 0.2, 0.5])
    claimed = scale * (
        z * math.erf(z / math.sqrt(2)) + math.sqrt(2 / math.pi) * math.exp(-z * z / 2)
    )
    total, n = 0.0, 240
    for low, high in ((-10.0, -z), (-z, 10.0)):
        step = (high - low) / n
        for k in range(n + 1):
            weight = step / 3 * (1 if k in (0, n) else 4 if k % 2 else 2)
            x = low + k * step
            total += weight * scale * abs(z + x) * math.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    return claimed * (1 - 1e-6), total
