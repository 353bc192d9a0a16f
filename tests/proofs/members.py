"""Random exact members of the classes of the statements, and the search for false variants."""

from __future__ import annotations

from collections.abc import Callable
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
def oracles(draw: Any, d: int) -> Oracle:
    """Noise of a few sizes, fair or skewed, for or against the gradient; none is common."""
    size = st.sampled_from([Q(0), Q(1, 4), Q(1), Q(3)])
    skew = st.sampled_from([Q(1), Q(2), Q(1, 2), Q(7, 5)])
    return Oracle(Vec(draw(size) for _ in range(d)), draw(skew), draw(st.booleans()))


@st.composite
def short_runs(draw: Any, draws: int = 6) -> Run:
    """A run with at most ``2**draws`` paths."""
    d, batch = draw(st.sampled_from([(1, 1), (1, 2), (2, 1), (2, 2), (1, 3), (1, 4)]))
    steps = draw(st.integers(1, max(1, draws // (d * batch))))
    eta = draw(st.sampled_from([Q(1, 10), Q(1, 2), Q(1), Q(2)]))
    return Run(draw(functions(d)), draw(vectors(d)), eta, steps, batch, draw(oracles(d)))


@st.composite
def long_runs(draw: Any) -> Run:
    """A run of which only the laws are kept: anything, or one on which T1 is nearly attained."""
    kind = draw(st.sampled_from(["any", "balanced", "flips", "hidden", "hidden"]))
    eta, l = draw(st.sampled_from([Q(1, 8), Q(1), Q(3)])), draw(sizes)
    one, quiet = Vec([Q(1)]), Oracle(Vec([Q(0)]), Q(1))
    if kind == "balanced":  # one step from the distance at which the step is best
        return Run(Ridges(((parabola(l), one),)), eta * one, eta, 1, 1, quiet)
    if kind == "flips":  # between +-eta/2 for ever
        return Run(Ridges(((parabola(l), one),)), eta / 2 * one, eta, 40, 1, quiet)
    if kind == "hidden":  # the sign of the batch mean is all but a fair coin on a long slope
        batch, skew = draw(st.sampled_from([(1, Q(1)), (4, Q(23, 10))]))
        f = Ridges(((slide(l, 10 * l * eta, 12 * eta), one),))
        scale = 10 * l * eta * skew * Q(101, 100)
        return Run(f, Vec([Q(0)]), eta, 64, batch, Oracle(Vec([scale]), skew))
    d = draw(st.integers(1, 2))
    steps, batch = draw(st.integers(1, 6)), draw(st.integers(1, 3))
    return Run(draw(functions(d)), draw(vectors(d)), eta, steps, batch, draw(oracles(d)))
