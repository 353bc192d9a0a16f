"""Numbers that satisfy the scalar hypotheses of a statement, as a Coq Example with its proof."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product

import sympy as sp

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_syntax import is_root, number, refuse, relation
from signcheck.kernel import Eq, Le, Lt, Relation
from signcheck.kernel.terms import Sym, Term
from signcheck.theory import Statement

__all__ = ["example", "numbers"]

TRIES = (sp.Integer(1), sp.Rational(1, 4), sp.Integer(2), sp.Integer(4), sp.Integer(0))
MOST = 20_000
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
    for k, values in enumerate(product(TRIES, repeat=len(symbols))):
        if k > MOST:
            break
        at = dict(zip(symbols, values, strict=True))
        if all(_integral(s, v) for s, v in at.items()) and all(_holds(f, at) for f in formulas):
            return at
    raise refuse(f"an example of the hypotheses {', '.join(map(str, formulas))}")


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
    for formula in formulas:
        for term in formula.terms():
            generators(term, seen)
    for term in sorted(seen, key=sp.srepr):
        if not is_root(term):
            yield term


def example(statement: Statement) -> str:
    """An Example whose proof shows that the scalar hypotheses hold together."""
    formulas = scalar(statement)
    if not formulas:
        return "Example satisfiable : True.\nProof. exact I. Qed."
    unknowns = list(_unknowns(formulas))
    at = numbers(formulas, unknowns)
    names = {term: f"y{k}" for k, term in enumerate(unknowns)}

    parts = " /\\ ".join(f"({relation(f, names.__getitem__)})" for f in formulas)
    binders = " ".join(names.values())
    values = ", ".join(number(int(v.p), int(v.q)) for v in at.values())
    meaning = ", ".join(f"{n} is {t}" for t, n in names.items()).replace("*)", "* )")
    return (
        f"(* {meaning} *)\nExample satisfiable : exists {binders} : R, {parts}.\n"
        f"Proof. exists {values}. repeat split; example. Qed."
    )
