"""Substitution in terms: what may stand for a symbol, and how, without capture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hardinstances.errors import InputError
from signcheck.kernel.terms import (
    BINDERS,
    CONSTANTS,
    Ap,
    Sym,
    Term,
    free,
    is_int,
    is_random,
    may_bind,
    sort_of,
)


def fresh(symbol: Sym, avoid: frozenset[Sym]) -> Sym:
    """A symbol of the same sort whose name is not in ``avoid``."""
    names, k = {s.name for s in avoid}, 1
    while f"{symbol.name}_{k}" in names:
        k += 1
    return Sym(f"{symbol.name}_{k}", symbol.sort)


def fits(symbol: Sym, value: Any) -> bool:
    """Whether ``value`` may stand for ``symbol``: same sort, no chance where none is allowed."""
    sort, body = symbol.sort.removeprefix("fam:"), value
    if symbol in CONSTANTS or sort == "profile":
        return False
    if symbol.sort.startswith("fam:"):
        if isinstance(value, Sym):
            twins = ("fam:real", "fam:random"), ("fam:vector", "fam:rvector")
            return value.sort == symbol.sort or (value.sort, symbol.sort) in twins
        if not isinstance(value, tuple) or len(value) != 2:
            return False
        indices, body = value
        if not all(may_bind(i, "int") for i in indices) or len(set(indices)) != len(indices):
            return False
    if sort == "int":
        return is_int(body) and not is_random(body)
    if sort == "function":
        return isinstance(body, Sym) and body.sort == sort
    if sort_of(body) != {"random": "real", "rvector": "vector"}.get(sort, sort):
        return False
    return sort in ("random", "rvector", "sigma") or not is_random(body)


def subst(term: Term, mapping: Mapping[Sym, Any]) -> Term:
    """Replace free symbols, renaming bound indices where a replacement would be captured.

    A family head maps to another head or to ``(indices, body)``, which is applied.
    """
    if CONSTANTS & set(mapping):
        raise InputError(
            "the dimension and the trivial sigma-algebra are fixed: nothing replaces them."
        )
    if not mapping or not (free(term) & set(mapping)):
        return term
    if isinstance(term, Sym):
        return mapping.get(term, term)
    if isinstance(term, Ap):
        head, args = term.args[0], [subst(a, mapping) for a in term.args[1:]]
        target = mapping.get(head, head)
        if isinstance(target, tuple):
            indices, body = target
            if len(indices) != len(args):
                raise InputError(f"{term} has {len(args)} indices, its replacement {len(indices)}.")
            return subst(body, dict(zip(indices, args, strict=True)))
        return Ap(target, *args)
    if isinstance(term, BINDERS):
        body, index, lo, hi = term.args
        inner = {k: v for k, v in mapping.items() if k != index}
        index, body = rename_bound(index, body, inner)
        return term.func(subst(body, inner), index, subst(lo, mapping), subst(hi, mapping))
    return term.func(*(subst(a, mapping) for a in term.args))


def free_in_values(mapping: Mapping[Sym, Any]) -> frozenset[Sym]:
    """Free symbols of the replacements (parameters of an applied body are not free)."""
    out: frozenset[Sym] = frozenset()
    for value in mapping.values():
        out |= free(value[1]) - set(value[0]) if isinstance(value, tuple) else free(value)
    return out


def rename_bound(index: Sym, body: Term, mapping: Mapping[Sym, Any]) -> tuple[Sym, Term]:
    """Rename ``index`` in ``body`` if a replacement mentions it."""
    clash = free_in_values(mapping)
    if index not in clash:
        return index, body
    new = fresh(index, clash | free(body))
    return new, subst(body, {index: new})


def replace(term: Term, old: Term, new: Term) -> Term:
    """Replace every occurrence of ``old``, except below a binder that binds one of its symbols."""
    if term == old:
        return new
    if isinstance(term, BINDERS):
        body, index, lo, hi = term.args
        if index not in free(old) | free(new):
            body = replace(body, old, new)
        return term.func(body, index, replace(lo, old, new), replace(hi, old, new))
    if not term.args:
        return term
    # Rebuilding may bring an unevaluated form to the one that ``old`` has.
    rebuilt = term.func(*(replace(a, old, new) for a in term.args))
    return new if rebuilt == old else rebuilt
