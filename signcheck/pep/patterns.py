"""Sign patterns, the points they visit, and the families of patterns that give a worst case.

A pattern of one coordinate is the sequence of signs that its steps take, and the signs of its
gradients (the same for SignSGD). It fixes the iterates x_{t+1} = x_t - eta_t s_t, so which of them
coincide. Global sign changes are symmetries of the class: every pattern starts with +.

Source: theory sheet, T9. SignSGD without noise has no memory, so a coordinate that comes back to a
point repeats the sign it had there. With sign(0) = 0 only *consistent* patterns (one sign a point)
can be played; a pattern that needs both signs forces the gradient 0 there and is played only when
ties sign(0) in {-1, 1} may be broken at will, or in the limit of stepsizes moved a little.
A coordinate that stops where its gradient is 0 needs no pattern of its own: break that tie, once
and for all at that point, and the same function is played with levels at least as large.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

from hardinstances.errors import InputError
from signcheck.pep.problem import SignProblem

__all__ = [
    "SCOPES",
    "Layout",
    "Pattern",
    "children",
    "is_consistent",
    "layout",
    "parse_patterns",
    "scope_patterns",
]

SCOPES = ("given", "reachable", "all")
_SYMBOL = {1: "+", -1: "-", 0: "0"}
_SIGN = {"+": 1, "-": -1}


@dataclass(frozen=True)
class Pattern:
    """Signs of the steps and of the gradients of one coordinate, t = 0, ..., T-1."""

    steps: tuple[int, ...]
    gradients: tuple[int, ...]

    @property
    def text(self) -> str:
        """``"+-+"``, or ``"steps/gradients"`` where the two differ."""
        steps = "".join(_SYMBOL[s] for s in self.steps)
        if self.steps == self.gradients:
            return steps
        return steps + "/" + "".join(_SYMBOL[s] for s in self.gradients)


@dataclass(frozen=True)
class Layout:
    """The distinct points of a coordinate in increasing order (units of eta).

    Attributes
    ----------
    points
        Positions, strictly increasing.
    visits
        For every t the index of x_t in ``points``.
    start
        ``visits[0]``.
    """

    points: tuple[Fraction, ...]
    visits: tuple[int, ...]
    start: int

    @property
    def distances(self) -> tuple[Fraction, ...]:
        """Distances between neighbours."""
        return tuple(b - a for a, b in itertools.pairwise(self.points))


def layout(steps: tuple[int, ...], sizes: tuple[Fraction, ...]) -> Layout:
    """The points of ``x_{t+1} = x_t - sizes[t] steps[t]`` from x_0 = 0.

    As many steps are taken as there are stepsizes for, so a full pattern (T signs, T-1 stepsizes)
    has T iterates and a prefix of k < T signs has k+1.
    """
    position = Fraction(0)
    path = [position]
    for sign, size in zip(steps, sizes, strict=False):
        position = position - sign * size
        path.append(position)
    points = tuple(sorted(set(path)))
    index = {point: k for k, point in enumerate(points)}
    visits = tuple(index[point] for point in path)
    return Layout(points, visits, visits[0])


def is_consistent(pattern: Pattern, problem: SignProblem) -> bool:
    """Whether every visited point is asked for one gradient sign only."""
    seen: dict[int, int] = {}
    places = layout(pattern.steps, problem.steps).visits
    return all(seen.setdefault(k, s) == s for k, s in zip(places, pattern.gradients, strict=True))


def _read_signs(text: str, T: int, whole: str) -> tuple[int, ...]:
    if text == "constant":
        return (1,) * T
    if text == "alternate":
        return tuple((-1) ** t for t in range(T))
    if not text or set(text) - set(_SIGN):
        raise InputError(
            f"The pattern {whole!r} is neither constant, alternate nor a string of + and -: "
            f"write for instance {'+' * min(T, 2) + '-' * max(T - 2, 0)} for T = {T}."
        )
    if len(text) != T:
        raise InputError(
            f"The pattern {whole!r} has {len(text)} signs for T = {T}: give exactly {T}."
        )
    return tuple(_SIGN[symbol] for symbol in text)


def parse_patterns(text: str, problem: SignProblem) -> tuple[Pattern, ...]:
    """Read ``"alternate,constant,+-+-/++--"``: one pattern a coordinate, steps[/gradients].

    Equal patterns are kept once: coordinates that share a pattern add up to one (T9).

    Raises
    ------
    InputError
        On a wrong length or symbol, and where SignSGD is given gradients that are not its steps.
    """
    found: list[Pattern] = []
    for part in (piece.strip() for piece in text.split(",")):
        left, slash, right = part.partition("/")
        steps = _read_signs(left, problem.horizon, part)
        gradients = _read_signs(right, problem.horizon, part) if slash else steps
        if problem.beta is None and gradients != steps:
            raise InputError(f"The pattern {part!r} lets SignSGD step against its own gradient.")
        if gradients[0] != steps[0]:
            raise InputError(f"The pattern {part!r} starts with two signs, but m_0 = g_0.")
        flip = steps[0]
        pattern = Pattern(tuple(flip * s for s in steps), tuple(flip * s for s in gradients))
        if pattern not in found:
            found.append(pattern)
    return tuple(found)


def children(prefix: Pattern, problem: SignProblem, scope: str) -> list[Pattern]:
    """The patterns that continue ``prefix`` by one step, within the scope (the empty one starts).

    ``"reachable"`` holds the consistent patterns, ``"all"`` every sign sequence.
    """
    if not prefix.steps:
        return [Pattern((1,), (1,))]
    options = [(s, s) for s in (1, -1)]
    if problem.beta is not None:
        options += [(1, -1), (-1, 1)]
    if scope == "reachable":
        places = layout(prefix.steps, problem.steps).visits
        here = places[-1]
        known = {c for k, c in zip(places, prefix.gradients, strict=False) if k == here}
        options = [(s, c) for s, c in options if not known or c in known]
    return [Pattern((*prefix.steps, s), (*prefix.gradients, c)) for s, c in options]


def scope_patterns(problem: SignProblem, scope: str, limit: int) -> tuple[Pattern, ...] | None:
    """Every pattern of a scope ``"reachable"`` or ``"all"``, or None beyond ``limit`` of them."""
    found: list[Pattern] = []
    stack = [Pattern((), ())]
    while stack:
        prefix = stack.pop()
        if len(prefix.steps) == problem.horizon:
            found.append(prefix)
        else:
            stack.extend(reversed(children(prefix, problem, scope)))
        if len(found) + len(stack) > limit:
            return None
    return tuple(found)
