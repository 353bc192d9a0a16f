"""Members that break one hypothesis: they refute what is claimed without it.

On each of them |f'(x_t)| = 1/2 for all t < T (at least, where a run is random), with L = 1, a gap
of 1/8 or less where A0 is kept, and no noise: no bound of the project allows that for long.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proofs.assumptions import DELTA, ETA, B, L, T
from proofs.samples.common import Numbers, R
from signcheck.theory import Sample

STEPS = 1000
RARE = R(1, 10**12)
"""Probability of a call that is not 0; that none of T calls is one has a probability >= 1 - T p."""

ALIKE = {
    "A0": "f' = 1/2 until T eta below the start: the gap is T eta/2",
    "infimum": "f = x/2, which has no infimum",
    "A1": "|f'| = 1/2 at all points x_0 + k eta, with curvature 1/eta",
    "A2 mean": "f = x**2/2 from 1/2, the oracle returns 0",
    "A2 variance": "f = x**2/2 from 1/2, a call is x/p with probability p -> 0, else 0; sigma = 0",
    "batch": "f = x**2/2 from 1/2, g = 0 whatever the calls are",
    "update": "f = x**2/2 from 1/2, x stands still",
    "momentum starts": "f = x**2/2 from 1/2, m_0 so far below 0 that x moves away for T steps",
}
UNDER_SGD = ALIKE | {
    "A0": "f' = 1/2 until T eta/2 below the start: the gap is T eta/4",
    "A1": "f = x**2/eta from eta/4, where SGD flips the sign of x",
}


def base() -> Numbers:
    """The parameters: L = 1, Delta = 1/8, eta = 1/100, T = 1000, B = 1."""
    return {L: R(1), DELTA: R(1, 8), ETA: R(1, 100), T: R(STEPS), B: R(1)}


def stuck(
    names: Iterable[str], values: Numbers, total: Any, level: Any, why: dict[str, str] | None = None
) -> list[Sample]:
    """Samples on which a sum over the run stays at T times a level.

    Parameters
    ----------
    names
        Hypotheses that are broken, one at a time.
    values
        Numbers of all other atoms.
    total, level
        The atom that holds the sum, and what every summand is (1/2, or 1/4 for squares).
    why
        The member by the hypothesis that it breaks.
    """
    out = []
    for name in names:
        rare = 1 - values[T] * RARE if name == "A2 variance" else 1
        atoms = {**values, total: level * values[T] * rare}
        out.append(Sample((why or ALIKE)[name], atoms, breaks=name))
    return out


def nothing_moves(values: Numbers, total: Any) -> list[Sample]:
    """f = 0 where a stepsize or a number of steps has the wrong sign: the bound is negative."""
    zero = {**values, total: R(0)}
    return [
        Sample("f = 0, eta = -1/100", zero | {ETA: R(-1, 100)}, breaks="eta > 0"),
        Sample("no step: T = -1", zero | {T: R(-1)}, breaks="T >= 1"),
    ]
