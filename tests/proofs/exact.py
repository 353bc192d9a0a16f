"""Small problems and runs in exact rationals, written without a look at the code under test.

Functions are sums of ridges ``h_k(<w_k, x>)`` with ``h_k'`` of Lipschitz constant ``l_k``; then
A1 holds with ``L = sum_k l_k |w_k|_1^2``, because ``|<w, u>| <= |w|_1 |u|_oo``. A run of SignSGD is
the law of its point, evolved exactly.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import Any

import flint

Q = Fraction


class Vec(tuple[Fraction, ...]):
    """A point of Q^d."""

    __slots__ = ()

    def __add__(self, other: tuple[Fraction, ...]) -> Vec:  # type: ignore[override]
        return Vec(a + b for a, b in zip(self, other, strict=True))

    def __sub__(self, other: Vec) -> Vec:
        return self + (-1) * other

    def __rmul__(self, scale: Fraction | int) -> Vec:  # type: ignore[override]
        return Vec(scale * a for a in self)

    def dot(self, other: Vec) -> Fraction:
        """Inner product."""
        return sum((a * b for a, b in zip(self, other, strict=True)), Q(0))

    @property
    def one(self) -> Fraction:
        """l1 norm."""
        return sum(map(abs, self), Q(0))

    @property
    def most(self) -> Fraction:
        """l_oo norm."""
        return max(map(abs, self))

    @property
    def signs(self) -> Vec:
        """Coordinatewise sign, sign(0) = 0."""
        return Vec(Q((a > 0) - (a < 0)) for a in self)


# ---------------------------------------------------------------- functions of one variable


@dataclass(frozen=True)
class Brick:
    """A function of one variable with infimum 0: value, derivative and the best constant of h'."""

    name: str
    value: Callable[[Fraction], Fraction]
    slope: Callable[[Fraction], Fraction]
    curvature: Fraction


def parabola(l: Fraction) -> Brick:
    """``l u^2/2``."""
    return Brick(f"{l} u^2/2", lambda u: l * u * u / 2, lambda u: l * u, l)


def huber(l: Fraction, a: Fraction) -> Brick:
    """Quadratic where ``|l u| <= a``, linear outside."""

    def value(u: Fraction) -> Fraction:
        return l * u * u / 2 if abs(l * u) <= a else a * abs(u) - a * a / (2 * l)

    return Brick(f"huber({l}, {a})", value, lambda u: max(-a, min(a, l * u)), l)


def slide(l: Fraction, a: Fraction, depth: Fraction) -> Brick:
    """Slope a down to ``-depth``, then a bend of curvature l to 0."""

    def slope(u: Fraction) -> Fraction:
        return max(Q(0), min(a, a + l * (u + depth)))

    def value(u: Fraction) -> Fraction:
        if u >= -depth:
            return a * (u + depth) + a * a / (2 * l)
        return slope(u) ** 2 / (2 * l)

    return Brick(f"slide({l}, {a}, {depth})", value, slope, l)


def wave(l: Fraction, half: Fraction) -> Brick:
    """A periodic function whose derivative is a triangle wave of period ``4 half``, 0 at 0."""

    def slope(u: Fraction) -> Fraction:
        r = (u + half) % (4 * half) - half
        return l * r if r <= half else l * (2 * half - r)

    def value(u: Fraction) -> Fraction:
        r = (u + half) % (4 * half) - half
        return l * r * r / 2 if r <= half else l * half * half - l * (2 * half - r) ** 2 / 2

    return Brick(f"wave({l}, {half})", value, slope, l)


def wells(c: Fraction, l: Fraction, eta: Fraction) -> Brick:
    """``|h'| = c`` at every multiple of eta, with alternating sign; ``c <= l eta/2``."""

    def nearest(u: Fraction) -> tuple[int, Fraction]:
        j = math.floor(u / eta + Q(1, 2))
        return (-1 if j % 2 else 1), u - j * eta

    def slope(u: Fraction) -> Fraction:
        side, r = nearest(u)
        return side * max(c - l * abs(r), Q(0))

    def value(u: Fraction) -> Fraction:
        side, r = nearest(u)
        reach = min(abs(r), c / l)
        rise = c * reach - l * reach**2 / 2
        return c * c / (2 * l) + side * (rise if r > 0 else -rise)

    return Brick(f"wells({c}, {l}, {eta})", value, slope, l)


@dataclass(frozen=True)
class Ridges:
    """``f(x) = sum of h_k(<w_k, x>)``; no value is below 0, and 0 is the infimum for one ridge."""

    parts: tuple[tuple[Brick, Vec], ...]

    def value(self, x: Vec) -> Fraction:
        """f(x)."""
        return sum((h.value(w.dot(x)) for h, w in self.parts), Q(0))

    def gradient(self, x: Vec) -> Vec:
        """grad f(x)."""
        total = Q(0) * x
        for h, w in self.parts:
            total = total + h.slope(w.dot(x)) * w
        return total

    @property
    def smoothness(self) -> Fraction:
        """A constant for which A1 holds; the best one for a single ridge."""
        return sum((h.curvature * w.one**2 for h, w in self.parts), Q(0))


# ---------------------------------------------------------------- laws


Law = tuple[tuple[Fraction, Fraction], ...]
"""Values with their probabilities."""


def two_point(k: Fraction) -> Law:
    """Mean 0 and variance 1: ``k`` with probability ``1/(1+k^2)``, else ``-1/k``."""
    rare = 1 / (1 + k * k)
    return ((k, rare), (-1 / k, 1 - rare))


def mean(law: Law) -> Fraction:
    """Expectation."""
    return sum((p * v for v, p in law), Q(0))


def variance(law: Law) -> Fraction:
    """Variance."""
    return sum((p * (v - mean(law)) ** 2 for v, p in law), Q(0))


@cache
def sign_of_mean(law: Law, batch: int) -> dict[int, Fraction]:
    """Law of the sign of the mean of ``batch`` independent draws, by enumeration."""
    totals: dict[Fraction, Fraction] = {Q(0): Q(1)}
    for _ in range(batch):
        grown: dict[Fraction, Fraction] = {}
        for (total, p), (v, q) in itertools.product(totals.items(), law):
            grown[total + v] = grown.get(total + v, Q(0)) + p * q
        totals = grown
    signs = {-1: Q(0), 0: Q(0), 1: Q(0)}
    for total, p in totals.items():
        signs[(total > 0) - (total < 0)] += p
    return signs


def ball(number: Fraction) -> flint.arb:
    """A ball around a rational: long runs would have denominators without end."""
    with flint.ctx.workprec(160):
        return flint.arb(flint.fmpq(number.numerator, number.denominator))


# ---------------------------------------------------------------- runs


@dataclass(frozen=True)
class Oracle:
    """Coordinate i of a call at x is ``grad_i + s_i Z`` with Z of mean 0 and variance 1.

    ``against``: the likely value of Z has the sign opposite to the gradient's. Coordinates and
    calls are independent.
    """

    scales: Vec
    skew: Fraction
    against: bool = True

    def call(self, slope: Fraction, i: int) -> Law:
        """Law of coordinate i of one call."""
        turn = -1 if self.against and slope < 0 else 1
        scale = turn * self.scales[i]
        if not scale:
            return ((slope, Q(1)),)
        return tuple((slope + scale * z, p) for z, p in two_point(self.skew))


@dataclass(frozen=True)
class Run:
    """SignSGD from x0: exact ``E|grad f(x_t)|_1`` for every t < T."""

    f: Ridges
    x0: Vec
    eta: Fraction
    steps: int
    batch: int
    oracle: Oracle

    def laws(self, number: Callable[[Fraction], Any] = Q) -> Iterator[dict[Vec, Any]]:
        """Law of x_t for t < T, probabilities as exact rationals or as balls."""
        moves = cache(lambda x: [(y, number(q)) for y, q in self._moves(x)])
        now = {self.x0: number(Q(1))}
        for _ in range(self.steps):
            yield now
            later: dict[Vec, Any] = {}
            for x, p in now.items():
                for y, q in moves(x):
                    later[y] = later[y] + p * q if y in later else p * q
            now = later

    def _moves(self, x: Vec) -> Iterator[tuple[Vec, Fraction]]:
        """Where a step from x leads, with probabilities."""
        signs = [
            [(s, q) for s, q in sign_of_mean(self.oracle.call(u, i), self.batch).items() if q]
            for i, u in enumerate(self.f.gradient(x))
        ]
        for combination in itertools.product(*signs):
            y = Vec(a - self.eta * s for a, (s, _) in zip(x, combination, strict=True))
            yield y, math.prod((q for _, q in combination), start=Q(1))

    def curve(self, number: Callable[[Fraction], Any] = Q) -> list[Any]:
        """E|grad f(x_t)|_1, t < T."""
        size = cache(lambda x: number(self.f.gradient(x).one))
        return [
            sum((p * size(x) for x, p in law.items()), number(Q(0))) for law in self.laws(number)
        ]

    @property
    def gap(self) -> Fraction:
        """f(x_0) - 0, and 0 is below every value."""
        return self.f.value(self.x0)
