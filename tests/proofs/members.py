"""Random exact members of the classes that the statements speak of, and the search for false ones."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, find, settings
from hypothesis import strategies as st

from proofs.assumptions import FSTAR, L, X, Y
from tests.proofs.exact import Brick, Oracle, Q, Ridges, Run, Vec, huber, parabola, slide, wave
from tests.proofs.model import Model

T = TypeVar("T")
BUDGET = 50
"""Members tried for a true statement and, the same way, for a false one."""

sizes = st.fractions(Q(1, 8), Q(8), max_denominator=8)
coordinates = st.fractions(Q(-4), Q(4), max_denominator=4)


def some(strategy: st.SearchStrategy[T], false_here: Callable[[T], bool]) -> T:
    """A member at which something is false, found within the budget of the true statements.

    Raises
    ------
    hypothesis.errors.NoSuchExample
        If none is found.
    """
    quick = settings(
        max_examples=BUDGET,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    return find(strategy, false_here, settings=quick, random=Random(0))


@st.composite
def vectors(draw: Any, d: int) -> Vec:
    """A point; zero entries are common."""
    return Vec(draw(st.one_of(st.just(Q(0)), coordinates)) for _ in range(d))


@st.composite
def bricks(draw: Any) -> Brick:
    """A function of one variable."""
    kind = draw(st.sampled_from(["parabola", "parabola", "huber", "slide", "wave"]))
    l, size = draw(sizes), draw(sizes)
    if kind == "parabola":
        return parabola(l)
    if kind == "huber":
        return huber(l, size)
    if kind == "slide":
        return slide(l, size, draw(st.sampled_from([Q(0), Q(1), Q(1, 2)])))
    return wave(l, size)


@st.composite
def functions(draw: Any, d: int) -> Ridges:
    """A sum of one to three ridges in R^d, of which none is flat."""
    parts = []
    for _ in range(draw(st.sampled_from([1, 1, 2, 3]))):
        w = draw(vectors(d))
        if not any(w):
            w = Vec(Q(i == 0) for i in range(d))
        parts.append((draw(bricks()), w))
    return Ridges(tuple(parts))


@st.composite
def pairs_of_points(draw: Any, f: Ridges, d: int) -> tuple[Vec, Vec]:
    """Two points, often along a vector of signs in which the first ridge is steepest."""
    x = draw(vectors(d))
    if draw(st.booleans()):
        return x, x + draw(sizes) * f.parts[0][1].signs
    y = draw(vectors(d))
    return x, y if y != x else x + Vec(Q(1) for _ in range(d))


@st.composite
def segments(draw: Any) -> Model:
    """f, x and y != x, an infimum 0 and the smoothness of f, named as in ``proofs.assumptions``."""
    d = draw(st.integers(1, 3))
    f = draw(functions(d))
    x, y = draw(pairs_of_points(f, d))
    zero = Vec(Q(0) for _ in range(d))
    points = [x, y, Q(1, 2) * (x + y), zero]
    values = {L: f.smoothness, X: x, Y: y, FSTAR: Q(0)}
    return Model([Q(1)], values=values, function=f, points=points)


@st.composite
def runs(draw: Any, *, steps: int = 4, batches: tuple[int, ...] = (1, 2, 3), d: int = 2) -> Run:
    """A run of SignSGD: a few steps on any function, with skewed or fair noise or none."""
    dimension = draw(st.integers(1, d))
    f = draw(functions(dimension))
    noisy = st.sampled_from([Q(0), Q(1, 4), Q(1), Q(3)])
    return Run(
        f,
        draw(vectors(dimension)),
        draw(st.sampled_from([Q(1, 10), Q(1, 2), Q(1), Q(2)])),
        draw(st.integers(1, steps)),
        draw(st.sampled_from(batches)),
        Oracle(
            Vec(draw(noisy) for _ in range(dimension)),
            draw(st.sampled_from([Q(1), Q(2), Q(1, 2), Q(7, 5)])),
            draw(st.booleans()),
        ),
    )


def smaller(number: Fraction) -> Fraction:
    """2 % less."""
    return Q(49, 50) * number
