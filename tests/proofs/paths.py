"""A run of a first-order method as one finite probability space: all paths, all oracle calls."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache, reduce
from operator import add
from typing import Any

from proofs.assumptions import DELTA, ETA, FSTAR, B, L, T
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from tests.proofs.exact import Q, Run, Vec
from tests.proofs.model import Chance, Model

POSITION, MEAN, CALLS, SIGMA = (
    k.Sym("x", "fam:rvector"),
    k.Sym("g", "fam:rvector"),
    k.Sym("G", "fam:rvector"),
    k.Sym("sigma", "fam:real"),
)
Path = tuple[Q, tuple[Vec, ...], tuple[tuple[Vec, ...], ...]]
"""Probability, points, and the calls of each step."""


Means = tuple[Vec, ...]
"""The batch means so far."""


def signs(means: Means) -> Vec:
    """The step of SignSGD."""
    return means[-1].signs


def itself(means: Means) -> Vec:
    """The step of SGD."""
    return means[-1]


def moving_average(beta: Q, means: Means) -> Vec:
    """m_t: it starts at the first mean."""
    m = means[0]
    for g in means[1:]:
        m = beta * m + (1 - beta) * g
    return m


def paths(
    run: Run,
    *,
    move: Callable[[Means], Vec] = signs,
    copies: bool = False,
    starts: tuple[Vec, ...] = (),
    beyond: int = 0,
    more: Mapping[Any, Any] | None = None,
) -> Model:
    """All paths of a run, with its symbols as in ``proofs``.

    ``copies`` repeats the first call of each batch; ``starts`` are further starts, all equally
    likely and not part of what is known; ``beyond`` adds steps after the horizon; ``more``
    overrides values.
    """
    firsts = (run.x0, *starts)
    found: list[Path] = [(Q(1, len(firsts)), (x0,), ()) for x0 in firsts]
    for _ in range(run.steps + beyond):
        found = [longer for path in found for longer in _longer(run, move, copies, path)]

    def chance(read: Callable[[tuple[Vec, ...], Any], Any]) -> Chance:
        return Chance(tuple(read(xs, calls) for _, xs, calls in found))

    values = {
        L: run.f.smoothness,
        DELTA: max(run.f.value(x) for x in firsts),
        FSTAR: Q(0),
        ETA: run.eta,
        T: Q(run.steps),
        B: Q(run.batch),
        DIM: Q(len(run.x0)),
    }
    return Model(
        [p for p, _, _ in found],
        values={**values, **(more or {})},
        families={
            POSITION: cache(lambda t: chance(lambda xs, _: xs[t])),
            CALLS: cache(lambda t, j: chance(lambda _, calls: calls[t][j])),
            MEAN: cache(lambda t: chance(lambda _, calls: _average(calls[t]))),
            SIGMA: lambda i: abs(run.oracle.scales[i]),
        },
        past=lambda t: [calls[:t] for _, _, calls in found],
        function=run.f,
        points=sorted({x for _, xs, _ in found for x in xs})[:6],
        times=run.steps,
    )


def _average(calls: tuple[Vec, ...]) -> Vec:
    return Q(1, len(calls)) * reduce(add, calls)


def _longer(run: Run, move: Callable[[Means], Vec], copies: bool, path: Path) -> Iterator[Path]:
    p, xs, calls = path
    slopes = run.f.gradient(xs[-1])
    one_call = [run.oracle.call(u, i) for i, u in enumerate(slopes)]
    different = 1 if copies else run.batch
    for draws in itertools.product(*(one_call * different)):
        points = [v for v, _ in draws]
        rows = (points[j * len(slopes) : (j + 1) * len(slopes)] for j in range(different))
        batch = tuple(map(Vec, rows)) * (run.batch if copies else 1)
        weight = math.prod((q for _, q in draws), start=p)
        known = (*calls, batch)
        y = xs[-1] - run.eta * move(tuple(map(_average, known)))
        yield weight, (*xs, y), known
