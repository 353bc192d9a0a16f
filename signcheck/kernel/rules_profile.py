"""Rules for piecewise-affine derivatives: well-formedness, values, gap by exact integration.

A profile comes as data (``hardinstances.profiles.Profile``, read by its attributes): the same
object that the simulator evaluates. Its symbol carries a digest of that data, so two different
definitions never share a name.
"""

from __future__ import annotations

import hashlib
from typing import Any, NamedTuple

import sympy as sp

from signcheck.kernel.algebra import difference
from signcheck.kernel.formulas import Eq, ForAll, Formula, GapAtMost, Le, Lipschitz
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import Prof, Sym, Term, exact, free, sort_of
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent

INFINITE = (sp.S.Infinity, sp.S.NegativeInfinity)
_Y = Sym("y")


class Piece(NamedTuple):
    """f'(x) = value + slope (x - anchor) for lo <= x <= hi."""

    lo: Term
    hi: Term
    slope: Term
    anchor: Term
    value: Term


class Definition(NamedTuple):
    """A profile as the kernel read it: once, so that it cannot change under the rule's eyes."""

    name: str
    parameters: tuple[Term, ...]
    pieces: tuple[Piece, ...]
    antiperiod: Term | None
    start: Term


def read(profile: Any) -> Definition:
    """The definition of a profile.

    Raises
    ------
    ProofError
        If it mentions anything but its parameters: then its name would not say what it is.
    """
    pieces = tuple(
        Piece(*(exact(getattr(p, name)) for name in Piece._fields)) for p in profile.pieces
    )
    antiperiod = None if profile.antiperiod is None else exact(profile.antiperiod)
    out = Definition(
        str(profile.name), tuple(profile.parameters), pieces, antiperiod, exact(profile.start)
    )
    plain = all(type(p) is sp.Symbol for p in out.parameters)
    fields = [
        *(e for p in pieces for e in p),
        out.start,
        *([] if antiperiod is None else [antiperiod]),
    ]
    mentioned = set().union(*(e.free_symbols for e in fields))
    if not plain or len(set(out.parameters)) != len(out.parameters):
        raise refuse(f"the parameters of {out.name} are not distinct plain symbols.")
    if not mentioned <= set(out.parameters):
        raise refuse(f"{out.name} mentions {mentioned - set(out.parameters)}, no parameter of it.")
    return out


def profile_symbol(profile: Any) -> Sym:
    """The symbol of a profile: its name and a digest of its whole definition."""
    text = sp.srepr(tuple(read(profile))[1:])
    return Sym(f"{profile.name}#{hashlib.sha256(text.encode()).hexdigest()[:12]}", "profile")


def at(profile: Any, parameters: tuple[Term, ...], expression: Any) -> Term:
    """A field of the profile with terms in place of its parameters."""
    if len(parameters) != len(profile.parameters):
        raise refuse(f"{profile.name} takes {len(profile.parameters)} parameters.")
    out = exact(expression).xreplace(dict(zip(profile.parameters, parameters, strict=True)))
    if out not in INFINITE and sort_of(out) != "real":
        raise refuse(f"{out} in {profile.name} is not a number.")
    return out


def _binds_nothing(*terms: Term) -> None:
    for term in terms:
        if _Y in free(term):
            raise refuse(f"{term} mentions {_Y}, which stands for the point: rename it.")


def affine(profile: Any, parameters: tuple[Term, ...], piece: Any, x: Term) -> Term:
    """f'(x) on a piece."""
    slope, anchor, value = (
        at(profile, parameters, e) for e in (piece.slope, piece.anchor, piece.value)
    )
    return value + slope * (x - anchor)


@rule
def profile_lipschitz(j: Judge, profile: Any, parameters: tuple[Term, ...], c: Term) -> Draft:
    """The pieces cover the line (or one cell), agree where they meet, have slopes in [-c, c]."""
    profile, equal = read(profile), []
    pieces, c = profile.pieces, exact(c)
    _binds_nothing(*parameters)
    for k, piece in enumerate(pieces):
        lo, hi, slope = (at(profile, parameters, e) for e in (piece.lo, piece.hi, piece.slope))
        if (lo in INFINITE and (k or lo != -sp.oo)) or (
            hi in INFINITE and (k < len(pieces) - 1 or hi != sp.oo)
        ):
            raise refuse(f"piece {k} of {profile.name} runs from {lo} to {hi}.")
        for e in (
            *(z for z in (lo, hi) if z not in INFINITE),
            affine(profile, parameters, piece, _Y),
        ):
            j.defined(e)
        if lo not in INFINITE and hi not in INFINITE and not j.nonneg(hi - lo):
            raise refuse(f"piece {k} of {profile.name} is reversed: {lo} <= {hi} fails.", hi - lo)
        if not (j.nonneg(c - slope) and j.nonneg(c + slope)):
            raise refuse(f"the slope {slope} of {profile.name} is not shown to be within {c}.")
        if k and at(profile, parameters, pieces[k - 1].hi) != lo:
            raise refuse(f"pieces {k - 1} and {k} of {profile.name} do not meet.")
        if k:
            equal.append(_agree(profile, parameters, pieces[k - 1], piece, lo, lo, 1))
    lo, hi = (at(profile, parameters, e) for e in (pieces[0].lo, pieces[-1].hi))
    if profile.antiperiod is None:
        if (lo, hi) != (sp.S.NegativeInfinity, sp.S.Infinity):
            raise refuse(f"the pieces of {profile.name} do not cover the line.")
    else:
        period = at(profile, parameters, profile.antiperiod)
        if lo in INFINITE or hi in INFINITE or not j.pos(period):
            raise refuse(f"the cell of {profile.name} is not finite.")
        if difference(hi - lo, period) != 0:
            raise refuse(f"the cell of {profile.name} is not one antiperiod {period} long.")
        equal.append((hi - lo, period))
        equal.append(_agree(profile, parameters, pieces[-1], pieces[0], hi, lo, -1))
    concl = Lipschitz(profile_symbol(profile), parameters, c)
    return Draft(concl, detail={"equal": tuple(equal)})


def _agree(
    profile: Any, parameters: tuple[Term, ...], a: Any, b: Any, x: Term, y: Term, sign: int
) -> tuple[Term, Term]:
    sides = affine(profile, parameters, a, x), sign * affine(profile, parameters, b, y)
    if difference(*sides) != 0:
        raise refuse(
            f"the pieces of {profile.name} that meet at {x} differ there.", sides[0] - sides[1]
        )
    return sides


def _well_formed(lipschitz: Theorem, profile: Any, parameters: tuple[Term, ...]) -> Sym:
    c, symbol = sequent(lipschitz).concl, profile_symbol(profile)
    if type(c) is not Lipschitz or (c.profile, c.parameters) != (symbol, parameters):
        raise refuse(f"{c} is not about this {profile.name} with these parameters.")
    return symbol


def _inside(j: Judge, profile: Any, parameters: tuple[Term, ...], piece: Any, x: Term) -> None:
    lo, hi = (at(profile, parameters, e) for e in (piece.lo, piece.hi))
    if lo not in INFINITE and not j.holds(Le(lo, x)):
        raise refuse(f"{lo} <= {x} is not shown.", x - lo)
    if hi not in INFINITE and not j.holds(Le(x, hi)):
        raise refuse(f"{x} <= {hi} is not shown.", hi - x)


@rule
def piece_value(
    j: Judge, lipschitz: Theorem, profile: Any, parameters: tuple[Term, ...], k: int, x: Term
) -> Draft:
    """P(x) is the affine value of piece k for an x that is shown to lie there."""
    profile, x = read(profile), exact(x)
    symbol = _well_formed(lipschitz, profile, parameters)
    j.defined(x)
    _inside(j, profile, parameters, profile.pieces[k], x)
    value = affine(profile, parameters, profile.pieces[k], x)
    return Draft(Eq(Prof(symbol, x, *parameters), value))


@rule
def antiperiod(
    j: Judge, lipschitz: Theorem, profile: Any, parameters: tuple[Term, ...], x: Term
) -> Draft:
    """P(x + H) == -P(x) for a profile with antiperiod H."""
    profile = read(profile)
    symbol = _well_formed(lipschitz, profile, parameters)
    j.defined(x)
    if profile.antiperiod is None:
        raise refuse(f"{profile.name} has no antiperiod.")
    shifted = x + at(profile, parameters, profile.antiperiod)
    return Draft(Eq(Prof(symbol, shifted, *parameters), -Prof(symbol, x, *parameters)))


def gap_goals(
    profile: Any, parameters: tuple[Term, ...], gap: Term, start_piece: int
) -> list[Formula]:
    """What has to be shown for a gap: f(y) - f(start) >= -gap on every piece.

    f is the exact antiderivative, continuous across pieces; an antiperiodic profile has a second
    cell, on which f is the mirror image.
    """
    potentials = _potentials(profile, parameters, start_piece)
    ends = [(at(profile, parameters, p.lo), at(profile, parameters, p.hi)) for p in profile.pieces]
    goals: list[Formula] = []
    for (lo, hi), f in zip(ends, potentials, strict=True):
        guards = [Le(lo, _Y)] if lo not in INFINITE else []
        guards += [Le(_Y, hi)] if hi not in INFINITE else []
        goals.append(ForAll(_Y, tuple(guards), Le(-gap, f)))
        if profile.antiperiod is not None:
            turn = potentials[-1].xreplace({_Y: ends[-1][1]}) + potentials[0].xreplace(
                {_Y: ends[0][0]}
            )
            goals.append(ForAll(_Y, tuple(guards), Le(-gap, turn - f)))
    return goals


def _potentials(profile: Any, parameters: tuple[Term, ...], start_piece: int) -> list[Term]:
    """f(y) - f(start) on each piece, as terms in y."""

    def raw(k: int, y: Term) -> Term:
        piece = profile.pieces[k]
        slope, anchor, value = (
            at(profile, parameters, e) for e in (piece.slope, piece.anchor, piece.value)
        )
        return value * (y - anchor) + slope * (y - anchor) ** 2 / 2

    start, n = at(profile, parameters, profile.start), len(profile.pieces)
    shift = {start_piece: -raw(start_piece, start)}
    for k in range(start_piece + 1, n):
        meet = at(profile, parameters, profile.pieces[k].lo)
        shift[k] = raw(k - 1, meet) + shift[k - 1] - raw(k, meet)
    for k in range(start_piece - 1, -1, -1):
        meet = at(profile, parameters, profile.pieces[k].hi)
        shift[k] = raw(k + 1, meet) + shift[k + 1] - raw(k, meet)
    return [raw(k, _Y) + shift[k] for k in range(n)]


@rule
def profile_gap(
    j: Judge,
    lipschitz: Theorem,
    profile: Any,
    parameters: tuple[Term, ...],
    gap: Term,
    start_piece: int,
    bounds: list[Theorem],
) -> Draft:
    """The start lies on ``start_piece`` and ``bounds`` prove all of ``gap_goals``."""
    profile, gap = read(profile), exact(gap)
    symbol = _well_formed(lipschitz, profile, parameters)
    _binds_nothing(gap, *parameters)
    if start_piece not in range(len(profile.pieces)):
        raise refuse(f"{profile.name} has no piece {start_piece}.")
    start = at(profile, parameters, profile.start)
    _inside(j, profile, parameters, profile.pieces[start_piece], start)
    proved = {sequent(b).concl for b in bounds}
    for goal in gap_goals(profile, parameters, gap, start_piece):
        if goal not in proved:
            raise refuse(f"no bound proves {goal}.", goal)
    return Draft(GapAtMost(symbol, parameters, gap))
