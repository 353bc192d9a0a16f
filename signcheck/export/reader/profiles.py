"""Rules on piecewise-affine derivatives.

A profile is ``(symbol, parameters, pieces, antiperiod, start)``, a piece ``(lo, hi, slope, anchor,
value)``. In one file a symbol stands for one definition.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, TypeAlias

from signcheck.export.reader.check import Move, Step, rule

Profile: TypeAlias = Any


def _defined(m: Move, profile: Profile) -> None:
    # The sort matters: symbols of others may be replaced, and a profile with them.
    m.need(m.t.sort(profile[0]) == "profile", "its symbol is none of a profile")
    m.need(m.t.profiles.setdefault(profile[0], profile) == profile, "a profile is defined twice")


def at(m: Move, profile: Profile, parameters: tuple[int, ...], e: int) -> int:
    """A field of a profile with terms in place of its parameters."""
    _defined(m, profile)
    m.need(m.t.free(e) <= set(profile[1]), "a profile mentions more than its parameters")
    m.need(len(set(profile[1])) == len(parameters), "a profile has another number of parameters")
    return m.t.put(e, dict(zip(profile[1], parameters, strict=True)))


def _end(m: Move, e: int, sign: int) -> bool:
    """Whether a field is infinite; on the left only -oo may be, on the right only oo."""
    op, value, *_ = m.t.rows[e]
    m.need(op != "oo" or value == sign, "a piece is reversed")
    return bool(op == "oo")


def _raw(m: Move, piece: Any, x: int, *, potential: bool) -> int:
    """f'(x), or an antiderivative, on a piece."""
    _, _, slope, anchor, value = piece
    step = m.t.minus(x, anchor)
    if not potential:
        return m.t.make("Add", value, m.t.make("Mul", slope, step))
    square = m.t.make("Mul", slope, m.t.num(Fraction(1, 2)), m.t.make("Pow", step, m.t.num(2)))
    return m.t.make("Add", m.t.make("Mul", value, step), square)


def _pieces(m: Move, profile: Profile, parameters: tuple[int, ...]) -> list[tuple[int, ...]]:
    return [
        tuple(e if m.t.rows[e][0] == "oo" else at(m, profile, parameters, e) for e in piece)
        for piece in profile[2]
    ]


@rule
def profile_lipschitz(m: Move, profile: Profile, parameters: tuple[int, ...], c: int) -> int:
    """The pieces cover the line or a cell, agree where they meet, have slopes in [-c, c]."""
    pieces, y = _pieces(m, profile, parameters), m.t.fresh(m.t.sym("y", "real"))
    for k, piece in enumerate(pieces):
        lo, hi, slope = piece[:3]
        left, right = _end(m, lo, -1), _end(m, hi, 1)
        m.need(not (left and k) and not (right and k < len(pieces) - 1), "a piece is infinite")
        m.j.defined(
            *(e for e in (lo, hi) if m.t.rows[e][0] != "oo"), _raw(m, piece, y, potential=False)
        )
        m.need(left or right or m.j.nonneg(m.t.minus(hi, lo)), "a piece is reversed")
        within = m.t.minus(c, slope), m.t.make("Add", c, slope)
        m.need(all(map(m.j.nonneg, within)), "a slope is not shown to be small enough")
        if k:
            one, two = (_raw(m, p, lo, potential=False) for p in (pieces[k - 1], piece))
            m.need(pieces[k - 1][1] == lo and m.t.same(one, two), "two pieces do not meet")
    lo, hi, period = pieces[0][0], pieces[-1][1], profile[3]
    if period is None:
        m.need(_end(m, lo, -1) and _end(m, hi, 1), "the pieces do not cover the line")
    else:
        period = at(m, profile, parameters, period)
        m.need(
            not _end(m, lo, -1) and not _end(m, hi, 1) and m.j.pos(period), "the cell is infinite"
        )
        m.need(m.t.same(m.t.minus(hi, lo), period), "the cell is not one antiperiod long")
        last, first = (_raw(m, *p, potential=False) for p in ((pieces[-1], hi), (pieces[0], lo)))
        m.need(m.t.same(last, m.t.minus(m.t.zero, first)), "the ends of the cell differ")
    return m.t.make("Lipschitz", profile[0], *parameters, c)


def about(m: Move, thm: Step, kind: str, profile: Profile, parameters: tuple[int, ...]) -> int:
    """The constant of a premise on this profile with these parameters."""
    op, symbol, *rest, constant = m.t.rows[thm.claim]
    m.need((op, symbol, tuple(rest)) == (kind, profile[0], parameters), "it is about another one")
    _defined(m, profile)
    return int(constant)


def _inside(m: Move, piece: tuple[int, ...], x: int) -> None:
    lo, hi = piece[:2]
    m.need(m.t.rows[x][0] != "oo", "the point is infinite")
    for end, low, high in ((lo, lo, x), (hi, x, hi)):
        infinite = m.t.rows[end][0] == "oo"
        m.need(infinite or m.j.holds(m.t.make("Le", low, high)), "the point is not on that piece")


@rule
def piece_value(m: Move, lipschitz: Step, profile: Profile, parameters: tuple[int, ...], k: int,
                x: int) -> int:  # fmt: skip
    """P(x) on piece k."""
    about(m, lipschitz, "Lipschitz", profile, parameters)
    m.j.defined(x)
    piece = _pieces(m, profile, parameters)[int(m.t.rows[k][1])]
    _inside(m, piece, x)
    value = m.t.make("Prof", profile[0], x, *parameters)
    return m.t.make("Eq", value, _raw(m, piece, x, potential=False))


@rule
def antiperiod(m: Move, lipschitz: Step, profile: Profile, parameters: tuple[int, ...],
               x: int) -> int:  # fmt: skip
    """P(x + H) == -P(x)."""
    about(m, lipschitz, "Lipschitz", profile, parameters)
    m.j.defined(x)
    shifted = m.t.make("Add", x, at(m, profile, parameters, profile[3]))
    sides = (m.t.make("Prof", profile[0], p, *parameters) for p in (shifted, x))
    return m.t.make("Eq", next(sides), m.t.minus(m.t.zero, next(sides)))


@rule
def profile_gap(m: Move, lipschitz: Step, profile: Profile, parameters: tuple[int, ...], gap: int,
                start_piece: int, bounds: tuple[Step, ...]) -> int:  # fmt: skip
    """f(y) - f(start) >= -gap on all pieces, f the exact antiderivative."""
    about(m, lipschitz, "Lipschitz", profile, parameters)
    pieces, first = _pieces(m, profile, parameters), int(m.t.rows[start_piece][1])
    start, y = at(m, profile, parameters, profile[4]), m.t.sym("y", "real")
    m.need(y not in frozenset().union(*map(m.t.free, (gap, *parameters))), "the point is taken")
    m.need(first >= 0, "there is no such piece")
    _inside(m, pieces[first], start)
    shift = {first: m.t.minus(m.t.zero, _raw(m, pieces[first], start, potential=True))}
    steps = [(k, k - 1) for k in range(first + 1, len(pieces))]
    steps += [(k, k + 1) for k in range(first - 1, -1, -1)]
    for k, near in steps:
        meet = pieces[k][0] if near < k else pieces[k][1]
        jump = (_raw(m, pieces[p], meet, potential=True) for p in (near, k))
        shift[k] = m.t.make("Add", shift[near], m.t.minus(next(jump), next(jump)))
    f = [m.t.make("Add", _raw(m, p, y, potential=True), shift[k]) for k, p in enumerate(pieces)]
    low = m.t.minus(m.t.zero, gap)
    for (lo, hi, *_), height in zip(pieces, f, strict=True):
        ends = [(lo, y)] * (m.t.rows[lo][0] != "oo") + [(y, hi)] * (m.t.rows[hi][0] != "oo")
        guards = [m.t.make("Le", *pair) for pair in ends]
        heights = [height]
        if profile[3] is not None:
            turn = m.t.put(f[-1], {y: pieces[-1][1]}), m.t.put(f[0], {y: pieces[0][0]})
            heights.append(m.t.minus(m.t.make("Add", *turn), height))
        for h in heights:
            goal = m.t.make("ForAll", y, m.t.make("Le", low, h), *guards)
            m.need(any(m.t.equal(b.claim, goal) for b in bounds), "a bound of the gap is missing")
    return m.t.make("GapAtMost", profile[0], *parameters, gap)
