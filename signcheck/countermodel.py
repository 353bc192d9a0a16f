"""Numbers that satisfy the hypotheses of a failed step and break its goal. Nothing is trusted.

Every atom of the formulas (a symbol, an expectation, a norm, a sum) is a free real; a random search
over exact rationals looks for a point where all premises hold and the goal fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from random import Random
from typing import Any

import sympy as sp

from signcheck.kernel.formulas import Eq, Formula, Lt, Relation
from signcheck.kernel.terms import Sym, is_int

SEED = 0
_TRIES = ContextVar("tries", default=400)


@contextmanager
def effort(tries: int) -> Iterator[None]:
    """Search with that many random points inside the block; 0 turns the search off."""
    token = _TRIES.set(tries)
    try:
        yield
    finally:
        _TRIES.reset(token)


def countermodel(
    goal: Relation, premises: Iterable[Formula], facts: Iterable[Formula], seed: int = SEED
) -> dict[str, float] | None:
    """Values of the atoms under which the premises and facts hold and the goal does not.

    Premises that are equations with an atom on one side define that atom; the rest is drawn. Every
    other point is moved to where a premise is an equation, since a goal that asks for little more
    than was proved is false only near there.
    """
    given = [f for f in premises if isinstance(f, Relation)]
    relations = [*given, *(f for f in facts if isinstance(f, Relation))]
    residual = goal.rhs - goal.lhs
    atoms: set[Any] = set()
    for term in (residual, *(r.rhs - r.lhs for r in relations)):
        _atoms(term, atoms)
    order = sorted(atoms, key=sp.srepr)
    random = Random(seed)
    for trial in range(_TRIES.get()):
        point = {a: _draw(random, a) for a in order}
        _settle(relations, point)
        try:
            if trial % 2 and given:
                _tighten(random.choice(given), point, random)
            good = all(_holds(r, point) for r in relations) and not _holds(goal, point)
        except (TypeError, ValueError, ZeroDivisionError):
            continue
        if good:
            return {str(a): float(v) for a, v in point.items()}
    return None


def _settle(relations: list[Relation], point: dict[Any, Any]) -> None:
    """Move atoms that stand alone on one side so that their relation holds."""
    for relation in relations:
        for atom, other in ((relation.lhs, relation.rhs), (relation.rhs, relation.lhs)):
            if atom in point and isinstance(relation, Eq):
                point[atom] = other.xreplace(point)
                break
            if atom in point and not _safe_holds(relation, point):
                bound = other.xreplace(point)
                if bound.is_number:
                    step = sp.Rational(1, 7) if isinstance(relation, Lt) else 0
                    point[atom] = bound - step if atom == relation.lhs else bound + step
                break


def _tighten(premise: Relation, point: dict[Any, Any], random: Random) -> None:
    """Solve the premise, as an equation, for one of its atoms in which it is affine."""
    gap, inside = premise.rhs - premise.lhs, set[Any]()
    _atoms(gap, inside)
    real = [a for a in sorted(inside, key=sp.srepr) if not is_int(a)]
    if not real:
        return
    atom = random.choice(real)
    rest = gap.xreplace({a: v for a, v in point.items() if a != atom})
    zero, one, two = (rest.xreplace({atom: sp.Integer(n)}) for n in range(3))
    slope = one - zero
    if slope.is_number and slope != 0 and sp.expand(two - one - slope) == 0:
        point[atom] = -zero / slope


def _safe_holds(relation: Relation, point: dict[Any, Any]) -> bool:
    try:
        return _holds(relation, point)
    except (TypeError, ValueError):
        return False


def _draw(random: Random, atom: Any) -> Any:
    if is_int(atom):
        return sp.Integer(random.choice([1, 2, 3, 5, 10, 100]))
    return sp.Rational(random.choice([1, 1, 1, -1]) * random.randint(1, 40), random.randint(1, 40))


def _atoms(term: Any, out: set[Any]) -> None:
    if isinstance(
        term, (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.sign, sp.Max, sp.Min, sp.exp, sp.log, sp.erf)
    ):
        for arg in term.args:
            _atoms(arg, out)
    elif isinstance(term, Sym) or not term.is_number:
        out.add(term)


def _holds(relation: Relation, point: dict[Any, Any]) -> bool:
    gap = (relation.rhs - relation.lhs).xreplace(point)
    value = gap if gap.is_Rational else sp.N(gap, 30)
    if not value.is_real:
        raise TypeError("no real value")
    tiny = sp.Rational(1, 10**20)
    if isinstance(relation, Eq):
        return bool(abs(value) <= tiny)
    return bool(value > 0) if isinstance(relation, Lt) else bool(value >= -tiny)
