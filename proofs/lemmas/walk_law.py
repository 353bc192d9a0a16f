"""T2-walk (walk on a cycle): at every time its law falls with the distance, within a parity class.

The lemma below T2-cycle, for any even start that falls itself: the walk that starts at 0, or a
plateau. Source: theory sheet, section 3 (proof of T2, every horizon).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import sympy as sp

from proofs.lemmas.basics import claimed, unfold
from proofs.lemmas.walk import CELL, FALLS, HALF, HYPOTHESES, NOW, R, falling, t
from signcheck import kernel as k
from signcheck.experiment import Evaluation
from signcheck.theory import Sample, Statement, Theory

FAR = k.Sym("l", "int")
STATEMENT = Statement(
    hypotheses={
        **{name: HYPOTHESES[name] for name in ("step", "even", "cycle", "start")},
        **dict(zip(("t >= 0", "k >= -1", "k < h"), (*NOW, *FALLS), strict=True)),
        "l == k + 2": k.Eq(FAR, CELL + 2),
    },
    conclusion=k.Le(R(t, FAR), R(t, CELL)),
)


def prove(statement: Statement) -> k.Theorem:
    """Instantiate the induction at t and k."""
    p, (place,) = statement.proof("l == k + 2")
    there = unfold(R(t, FAR), place, p=p)
    return p.linear(claimed(statement), there, p.instantiate(falling(), t, CELL))


def law(half: int, times: int) -> list[Fraction]:
    """The law of the walk on 2 half cells that starts at 0, after so many steps, exactly."""
    cells = [Fraction(int(cell == 0)) for cell in range(2 * half)]
    for _ in range(times):
        cells = [(cells[cell - 1] + cells[(cell + 1) % len(cells)]) / 2 for cell in range(2 * half)]
    return cells


PLACES = ((1, 1, -1), (2, 1, -1), (4, 20, 0), (4, 7, -1), (4, 7, 3), (6, 5, 1))
"""(h, t, k): some are tight, as the law is the same on both sides of 0 and of h."""


def _values(
    half: int, times: int, cell: int, *, start: int = 0, ahead: int = 2
) -> dict[Any, sp.Rational]:
    """The atoms at a place, for a walk from ``start`` and l = k + ``ahead``."""
    now, far = law(half, times), cell + ahead
    found = {R(t, s): now[(n - start) % (2 * half)] for s, n in ((CELL, cell), (FAR, far))}
    exact = {atom: sp.Rational(q.numerator, q.denominator) for atom, q in found.items()}
    numbers = {t: times, CELL: cell, FAR: far, HALF: half}
    return {**exact, **{symbol: sp.Integer(n) for symbol, n in numbers.items()}}


def _name(half: int, times: int, cell: int) -> str:
    return f"walk from 0 on {2 * half} cells, t = {times}, k = {cell}"


def samples() -> list[Sample]:
    """The law at these places; where k leaves its range, it rises again, as from other starts."""
    inside = [Sample(_name(*place), _values(*place)) for place in PLACES]
    beyond = (("k < h", (4, 8, 4)), ("k >= -1", (4, 8, -4)))
    outside = [Sample(_name(*place), _values(*place), breaks=name) for name, place in beyond]
    moved = (("even", 2, "2, not at 0"), ("start", 4, "h"))
    return [
        *inside,
        *outside,
        *(
            Sample(f"walk from {words}", _values(4, 8, 0, start=start), breaks=name)
            for name, start, words in moved
        ),
        Sample("the other class, l = k + 1", _values(4, 7, 0, ahead=1), breaks="l == k + 2"),
    ]


def _evaluation(half: int, times: int, cell: int) -> Evaluation:
    shown = {"h": half, "t": times, "k": cell}
    return Evaluation(_name(half, times, cell), shown, lambda: _values(half, times, cell))


T2_WALK = Theory(
    id="T2-walk",
    title="walk on a cycle: r(t, k + 2) <= r(t, k) for -1 <= k < h, at every t",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=samples,
    runs=tuple(_evaluation(*place) for place in PLACES[2:4]),
)
