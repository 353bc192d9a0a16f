"""Numbers that satisfy the scalar hypotheses of a statement, as a Coq Example with its proof."""

from __future__ import annotations

from collections.abc import Iterator

import sympy as sp

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_syntax import real, refuse, relation
from signcheck.kernel import Eq, Le, Lt, Relation
from signcheck.kernel.terms import Sym, Term
from signcheck.theory import Statement

__all__ = ["example", "numbers"]

TRIES = (*(sp.Integer(k) for k in (1, 2, 4, 0, 64)), sp.Rational(1, 4))
ROUNDS = 20


def numbers(formulas: list[Relation], symbols: list[Term]) -> dict[Term, sp.Rational]:
    """Rational numbers for symbols and opaque terms at which all relations hold.

    Raises
    ------
    ProofError
        If no combination of a few small numbers satisfies them.
    """
    repaired = _repaired(formulas, symbols)
    if repaired is not None:
        return repaired
    found = _searched(formulas, symbols)
    if found is not None:
        return found
    raise refuse(f"an example of the hypotheses {', '.join(map(str, formulas))}")


def _searched(formulas: list[Relation], symbols: list[Term]) -> dict[Term, sp.Rational] | None:
    """Small numbers for one symbol after the other; a relation is tried once it has its numbers."""
    due: list[list[Relation]] = [[] for _ in symbols]
    sizes = {s: [len(_in(f, symbols)) for f in formulas if s in _in(f, symbols)] for s in symbols}
    order = sorted(symbols, key=lambda s: min(sizes[s], default=0))
    for formula in formulas:
        places = [order.index(s) for s in _in(formula, symbols)]
        due[max(places, default=0)].append(formula)

    def extend(at: dict[Term, sp.Rational]) -> dict[Term, sp.Rational] | None:
        if len(at) == len(order):
            return at
        symbol = order[len(at)]
        for value in TRIES:
            more = {**at, symbol: value}
            if _integral(symbol, value) and all(_holds(f, more) for f in due[len(at)]):
                found = extend(more)
                if found is not None:
                    return found
        return None

    return extend({})


def _in(formula: Relation, symbols: list[Term]) -> list[Term]:
    return [s for s in symbols if any(t.has(s) for t in formula.terms())]


def _repaired(formulas: list[Relation], symbols: list[Term]) -> dict[Term, sp.Rational] | None:
    """Start at 0 or 1 and move one symbol for each relation that fails, for some rounds."""
    known = set(symbols)
    positive = {f.rhs for f in formulas if isinstance(f, Lt) or f.lhs == 1}
    at = {s: sp.Integer(1 if s in positive else 0) for s in symbols}
    for _ in range(ROUNDS):
        broken = [f for f in formulas if not _holds(f, at)]
        if not broken:
            return at if all(_integral(s, v) for s, v in at.items()) else None
        for formula in broken:
            gap = formula.rhs - formula.lhs
            if formula.rhs in known and isinstance(formula, (Le, Lt)):
                low = formula.lhs.xreplace(at)
                if low.is_Rational:
                    at[formula.rhs] = low if isinstance(formula, Le) else low + 1
                continue
            for symbol in (s for s in symbols if gap.has(s) and isinstance(formula, Eq)):
                rest = gap.xreplace({s: v for s, v in at.items() if s != symbol})
                here = [rest.xreplace({symbol: sp.Integer(x)}) for x in (0, 1, 2)]
                if not all(x.is_Rational for x in here) or here[2] - here[1] != here[1] - here[0]:
                    continue
                slope = here[1] - here[0]
                # Upwards only, so that two relations do not move a symbol to and fro.
                if slope != 0 and -here[0] / slope > at[symbol]:
                    at[symbol] = -here[0] / slope
                    break
    return None


def _integral(symbol: Term, value: sp.Rational) -> bool:
    return not (isinstance(symbol, Sym) and symbol.sort == "int") or bool(value.is_Integer)


def _holds(formula: Relation, at: dict[Term, sp.Rational]) -> bool:
    gap = (formula.rhs - formula.lhs).xreplace(at)
    if not gap.is_comparable:
        return False
    if isinstance(formula, Eq):
        return bool(sp.simplify(gap) == 0)
    return bool(gap > 0 if isinstance(formula, Lt) else gap >= 0)


def scalar(statement: Statement) -> list[Relation]:
    """The hypotheses without a quantifier, over symbols and opaque terms."""
    found = statement.hypotheses.values()
    return [f for f in found if isinstance(f, (Le, Lt, Eq)) and expressible(f)]


def _unknowns(formulas: list[Relation]) -> Iterator[Term]:
    from signcheck.kernel.algebra import generators

    seen: dict[Term, int] = {}
    rest = [term for formula in formulas for term in formula.terms()]
    while rest:
        found: dict[Term, int] = {}
        generators(rest.pop(), found)
        rest += [part for g in found if g not in seen and isinstance(g, sp.Pow) for part in g.args]
        seen |= found
    for term in sorted(seen, key=sp.srepr):
        if not (isinstance(term, sp.Pow) or term is sp.pi):
            yield term


def _definitions(formulas: list[Relation]) -> dict[Term, Term]:
    """Symbols that an equation defines, with what they are in terms of the others."""
    found: dict[Term, Term] = {}
    for formula in formulas:
        symbol, value = formula.lhs, formula.rhs.xreplace(found)
        plain = isinstance(symbol, Sym) and symbol.sort == "real" and symbol not in found
        if isinstance(formula, Eq) and plain and not value.has(symbol):
            found = {s: v.xreplace({symbol: value}) for s, v in found.items()} | {symbol: value}
    return found


def example(statement: Statement) -> str:
    """An Example whose proof shows that the scalar hypotheses hold together."""
    formulas = scalar(statement)
    if not formulas:
        return "Example satisfiable : True.\nProof. exact I. Qed."
    defined = _definitions(formulas)
    rest = [type(f)(*(t.xreplace(defined) for t in f.terms())) for f in formulas]
    rest = [f for f in rest if f.lhs != f.rhs]
    free = list(_unknowns([*rest, *(Eq(t, t) for t in defined.values())]))
    at: dict[Term, Term] = {**numbers(rest, free)}
    at |= {symbol: value.xreplace(at) for symbol, value in defined.items()}
    unknowns = [t for t in _unknowns(formulas) if t in at]
    names = {term: f"y{k}" for k, term in enumerate(unknowns)}

    def shown(term: Term) -> str:
        if isinstance(term, sp.Pow):
            return f"(Rpower {real(term.base, shown)} {real(term.exp, shown)})"
        return "PI" if term is sp.pi else names[term]

    parts = " /\\ ".join(f"({relation(f, shown)})" for f in formulas)
    binders = " ".join(names.values())
    values = ", ".join(real(at[t], shown) for t in unknowns)
    meaning = ", ".join(f"{n} is {t}" for t, n in names.items()).replace("*)", "* )")
    return (
        f"(* {meaning} *)\nExample satisfiable : exists {binders} : R, {parts}.\n"
        f"Proof. exists {values}. repeat split; example. Qed."
    )
