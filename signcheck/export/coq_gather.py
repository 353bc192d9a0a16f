"""Reading a leaf off a step of the kernel: its premises, its facts, what its roots mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sympy as sp

from signcheck.export.coq_leaves import ZERO, Given, Knowing, Leaf, _opaque
from signcheck.export.coq_syntax import (
    denominators,
    is_root,
    subterms,
)
from signcheck.kernel import Eq, ForAll, Formula, Le, Lt, Relation, Theorem, sequent
from signcheck.kernel.substitution import fits, subst
from signcheck.kernel.terms import Ap, Sym, Term, free, sort_of

__all__ = ["equation_leaf", "leaf_of"]


def leaf_of(
    thm: Theorem, to: Mapping[Sym, Any] | None = None, ambient: Iterable[Formula] = ()
) -> Leaf | None:
    """The leaf of a step, or None if the step states no algebra of its own.

    Parameters
    ----------
    thm
        A ``certificate``, an ``identity`` with two different sides, or a ``sign_fact``.
    to
        Replacements for its free symbols, as ``specialise`` makes them.
    ambient
        More hypotheses at hand: a replacement may have its value for another reason than the step.
    """
    content, to = sequent(thm), to or {}
    claim = content.concl.subst(to)
    if content.rule not in ("certificate", "identity", "sign_fact"):
        return None
    assert isinstance(claim, Relation)
    if content.rule == "identity" and claim.lhs == claim.rhs:
        return None
    weights, slack = content.detail["terms"] if content.rule == "certificate" else ((), ())
    weights = [subst(m, to) for m in weights]
    slack = [subst(term, to) for term in slack]
    if content.rule == "sign_fact":
        slack = [claim.rhs - claim.lhs]
    return _assembled(thm, to, claim, (weights, slack), ambient)


def equation_leaf(thm: Theorem, to: Mapping[Sym, Any], claim: Eq, ambient: Any) -> Leaf:
    """An equation between terms of a step that states no algebra itself, by the step's facts."""
    return _assembled(thm, to, claim, ([], []), ambient)


def _assembled(
    thm: Theorem,
    to: Mapping[Sym, Any],
    claim: Relation,
    terms: tuple[list[Term], list[Term]],
    ambient: Iterable[Formula],
) -> Leaf:
    content, (weights, slack) = sequent(thm), terms
    formulas = [sequent(premise).concl.subst(to) for premise in content.premises]
    needed = _distinct(_given(place, formula) for place, formula in enumerate(formulas))
    combination = [
        (m, next(i for i, g in enumerate(needed) if g.formula == formula))
        for m, formula in zip(weights, formulas, strict=False)
    ]
    shown = [*claim.terms(), *weights, *slack]
    needed += _instances(formulas, shown)
    shown += [t for g in needed for t in g.formula.terms()]
    decisive = [*weights, *slack, *denominators(shown), *_radicands(shown)]
    needed = _distinct([*needed, *_by_form(formulas, decisive)])
    held = (*content.hyps, *content.splits)
    hyps = [*(h.subst(to) for h in held), *ambient]
    needed += _values(hyps, shown, needed)
    needed += _from_above(content.premises, to, shown, needed)
    return Leaf(claim, needed, combination, slack, isinstance(claim, Lt))


def _distinct(found: Iterable[Given | None]) -> list[Given]:
    by_formula: dict[Formula, Given] = {}
    for given in found:
        if given is not None:
            by_formula.setdefault(given.formula, given)
    return list(by_formula.values())


def _given(place: int, formula: Formula) -> Given | None:
    if not isinstance(formula, Relation) or sort_of(formula.lhs) != "real":
        return None
    return Given(formula, place)


def _values(hyps: Iterable[Formula], terms: Sequence[Term], given: Sequence[Given]) -> list[Given]:
    """Hypotheses of the step that say why its terms have values, where its facts do not.

    A premise may divide by what only its own hypotheses show to be nonzero.
    """
    relations = sorted((h for h in hyps if isinstance(h, (Le, Lt))), key=str)
    found: dict[Formula, Given] = {}
    for want, bases in (("nonzero", denominators(terms)), ("nonneg", _radicands(terms))):
        for base in bases:
            known = [g.formula for g in (*given, *found.values())]
            if not getattr(Knowing(known), want)(base):
                symbols = base.free_symbols
                near = (h for h in relations if h.free() <= symbols and h not in known)
                found.update({h: Given(h) for h in near})
    return list(found.values())


def _from_above(
    premises: Sequence[Theorem],
    to: Mapping[Sym, Any],
    terms: Sequence[Term],
    given: Sequence[Given],
) -> list[Given]:
    """Why the remaining divisors are not zero, from the steps that the premises rest on."""
    found: dict[Formula, Given] = {}
    for base in denominators(terms):
        if Knowing([g.formula for g in (*given, *found.values())]).nonzero(base):
            continue
        for source in (thm for premise in premises for thm in sequent(premise).premises):
            formula = sequent(source).concl.subst(to)
            if isinstance(formula, Lt) and base in formula.terms():
                found.setdefault(formula, Given(formula, source=source))
                break
    return list(found.values())


def _radicands(terms: Iterable[Term]) -> list[Term]:
    parts = (p for t in terms for p in subterms(t))
    return list(dict.fromkeys(p.base for p in parts if is_root(p)))


def _instances(formulas: Sequence[Formula], terms: Sequence[Term]) -> list[Given]:
    """Members of a for-all among the facts, at the indices that the terms show."""
    found: dict[tuple[int, Any], Given] = {}
    members = {p for t in terms for p in subterms(t) if isinstance(p, Ap)}
    for place, formula in enumerate(formulas):
        if not (isinstance(formula, ForAll) and isinstance(formula.body, (Le, Lt))):
            continue
        pattern = formula.body.rhs
        if isinstance(pattern, sp.Mul) and formula.body.lhs == 0:
            found.update(_composed(place, formula, formulas, terms))
        if not (isinstance(pattern, Ap) and formula.var in pattern.args[1:]):
            continue
        for member in sorted(members, key=sp.srepr):
            if member.args[0] != pattern.args[0]:
                continue
            value = member.args[pattern.args.index(formula.var)]
            if fits(formula.var, value):
                body = formula.body.subst({formula.var: value})
                if isinstance(body, Relation) and body.rhs == member:
                    found[place, value] = Given(body, place, value)
    return list(found.values())


def _composed(
    place: int, formula: ForAll, formulas: Sequence[Formula], terms: Sequence[Term]
) -> dict[tuple[int, Any], Given]:
    """0 <= a product for all indices, where ``specialise`` has put it in for a family's member."""
    symbols = set().union(*(free(t) for t in terms))
    found: dict[tuple[int, Any], Given] = {}
    for value in sorted((s for s in symbols if fits(formula.var, s)), key=str):
        here = {formula.var: value}
        body = formula.body.subst(here)
        if isinstance(body, Relation) and {g.subst(here) for g in formula.guards} <= set(formulas):
            found[place, value] = Given(body, place, value)
    return found


def _by_form(formulas: Sequence[Formula], terms: Sequence[Term]) -> list[Given]:
    """Signs that opaque terms have by their form (norms, indicators, sums of such)."""
    judge = Knowing(formulas)
    found: dict[Term, Given] = {}
    for term in terms:
        for part in subterms(term):
            if not _opaque(part) or isinstance(part, (Sym, Ap)) or part in found:
                continue
            if judge.pos(part):
                found[part] = Given(Lt(ZERO, part))
            elif judge.nonneg(part):
                found[part] = Given(Le(ZERO, part))
    return list(found.values())
