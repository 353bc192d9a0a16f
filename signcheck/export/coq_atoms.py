"""Opaque terms of a whole theorem: one Coq variable each, a function of its integer indices.

``E f(x_t)`` and ``E f(x_{t+1})`` are the same function at two indices, so that a statement for all
t can be used at t + 1. Sums, |.|, sign, min, max, exp and log keep their meaning in Coq.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from signcheck.export.coq_names import legal
from signcheck.export.coq_syntax import SIGNS, real, refuse
from signcheck.kernel import Attained, ForAll, Formula, Relation
from signcheck.kernel.substitution import fresh, subst
from signcheck.kernel.terms import (
    BINDERS,
    COLUMNS,
    DIM,
    ROWS,
    Ap,
    Big,
    Co,
    En,
    Ind,
    Past,
    Prof,
    Sym,
    Term,
    free,
    is_int,
    sort_of,
)

__all__ = ["Atoms", "expressible"]

FUNCTIONS = {sp.Abs: "Rabs", sp.sign: "sgn", sp.exp: "exp", sp.log: "ln", Ind: "Ind"}
EXTREMES = {sp.Max: "Rmax", sp.Min: "Rmin"}
INDEX_PLACES: dict[type, tuple[int, ...]] = {Past: (0,), Co: (1,), En: (1, 2)}


def expressible(formula: Formula) -> bool:
    """Whether a formula speaks of numbers only: relations, for all integers or reals."""
    if isinstance(formula, ForAll):
        scalar = formula.var.sort in ("int", "real")
        return scalar and all(map(expressible, (*formula.guards, formula.body)))
    if isinstance(formula, Attained):
        return True
    return isinstance(formula, Relation) and sort_of(formula.lhs) == "real"


class Atoms:
    """Prints terms and formulas of one theorem and remembers the variables that they need."""

    def __init__(
        self, fixed: frozenset[Sym], draws: Mapping[Sym, frozenset[Sym]] | None = None
    ) -> None:
        self.fixed = fixed | {DIM, ROWS, COLUMNS}
        self.draws = dict(draws or {})
        self.patterns: dict[Term, tuple[str, tuple[str, ...]]] = {}
        self.claims: dict[tuple[Any, ...], tuple[str, int, str]] = {}
        self.definitions: dict[str, str] = {}
        self._names: dict[Sym, str] = {}

    def name(self, symbol: Sym) -> str:
        """The Coq name of a number's symbol."""
        if symbol not in self._names:
            wanted = legal(symbol.name)
            while wanted in self._names.values():
                wanted += "_"
            self._names[symbol] = wanted
        return self._names[symbol]

    def declarations(self) -> list[str]:
        """``Variable`` lines: fixed numbers first, then opaque terms with what they stand for."""
        lines = []
        for symbol, name in self._names.items():
            if symbol in self.fixed:
                lines.append(f"Variable {name} : {'Z' if symbol.sort == 'int' else 'R'}.")
        for pattern, (name, sorts) in self.patterns.items():
            kind = " -> ".join(sorts)
            text = str(pattern).replace("(*", "( *").replace("*)", "* )")
            if name not in self.definitions:
                lines += [f"Variable {name} : {kind}.", f"(* {text} *)"]
        for name, arity, what in self.claims.values():
            lines.append(
                f"Variable {name} : {'R -> ' * arity}Prop.  (* exists a problem: {what} *)"
            )
        return [*lines, *self.definitions.values()]

    def real(self, term: Term) -> str:
        """A real term."""
        return real(term, self._generator)

    def integer(self, term: Term) -> str:
        """An integer term."""
        if isinstance(term, sp.Integer):
            return f"({int(term)})%Z"
        if isinstance(term, Sym):
            return self.name(term)
        if isinstance(term, (sp.Add, sp.Mul)):
            sign = " + " if isinstance(term, sp.Add) else " * "
            return f"({sign.join(map(self.integer, term.args))})%Z"
        if isinstance(term, sp.Pow) and is_int(term):
            return f"({self.integer(term.base)} ^ {int(term.exp)})%Z"
        if isinstance(term, Ap):
            return self._opaque(term, "Z")
        raise refuse(term)

    def formula(self, formula: Formula) -> str:
        """A formula; guards become premises."""
        if isinstance(formula, ForAll):
            formula = self.apart(formula)
            guards = "".join(f"({self.formula(g)}) -> " for g in formula.guards)
            return f"forall {self.binder(formula.var)}, {guards}({self.formula(formula.body)})"
        if isinstance(formula, Attained):
            return " ".join([self._claim(formula), *map(self.real, formula.terms())])
        if not isinstance(formula, Relation):
            raise refuse(formula)
        left, right = map(self.real, formula.terms())
        return f"{left} {SIGNS[type(formula)]} {right}"

    def apart(self, formula: ForAll) -> ForAll:
        """The same for-all, its variable renamed if it is the name of a fixed number too."""
        if formula.var not in self.fixed:
            return formula
        parts = (*formula.guards, formula.body)
        var = fresh(formula.var, self.fixed.union(*(p.free() for p in parts)))
        parts = tuple(p.subst({formula.var: var}) for p in parts)
        return ForAll(var, parts[:-1], parts[-1])

    def _claim(self, formula: Attained) -> str:
        """The predicate of a method and a class: not the same for vectors and for matrices."""
        method = formula.dynamics
        if not method.free() <= self.fixed:
            raise refuse(f"{method}, a method for more than one stepsize or batch,")
        what = f"{method.name} {'on every path' if formula.sure else 'in expectation'}"
        what += ", over matrices" if formula.matrices else ""
        arity = len(formula.terms())
        key = (method, formula.sure, formula.matrices, arity)
        name = f"attained_{arity}" + "_" * sum(n == arity for _, n, _ in self.claims.values())
        return self.claims.setdefault(key, (name, arity, what))[0]

    def binder(self, symbol: Sym) -> str:
        """``name : type`` of a quantified number."""
        return f"{self.name(symbol)} : {'Z' if symbol.sort == 'int' else 'R'}"

    def _generator(self, term: Term) -> str:
        if isinstance(term, Sym):
            return f"(IZR {self.name(term)})" if term.sort == "int" else self.name(term)
        if term is sp.pi:
            return "PI"
        if type(term) in FUNCTIONS:
            return f"({FUNCTIONS[type(term)]} {self.real(term.args[0])})"
        if type(term) in EXTREMES:
            first, *rest = map(self.real, term.args)
            for other in rest:
                first = f"({EXTREMES[type(term)]} {first} {other})"
            return first
        if isinstance(term, BINDERS):
            name = "bigsum" if isinstance(term, Big) else "bigprod"
            body, index, lo, hi = term.args
            if index in self.fixed:
                other = fresh(index, self.fixed | free(body))
                index, body = other, subst(body, {index: other})
            ends = f"{self.integer(lo)} {self.integer(hi)}"
            return f"({name} (fun {self.binder(index)} => {self.real(body)}) {ends})"
        if isinstance(term, sp.Pow) and not term.exp.is_Rational:
            # The kernel gives such a power a value for a positive base only, as Coq does.
            return f"(Rpower {self.real(term.base)} {self.real(term.exp)})"
        if isinstance(term, Ap) and term.args[0].sort == "fam:int":
            return f"(IZR {self._opaque(term, 'Z')})"
        return self._opaque(term, "R")

    def _opaque(self, term: Term, kind: str) -> str:
        holes: list[tuple[Term, str]] = []
        pattern = self._pattern(term, frozenset(), holes)
        drawn = frozenset().union(*(self.draws[s] for s in free(term) if s in self.draws))
        holes += [(s, "Z" if s.sort == "int" else "R") for s in sorted(drawn, key=str)]
        sorts = (*(sort for _, sort in holes), kind)
        name, _ = self.patterns.setdefault(pattern, (f"atom{len(self.patterns)}", sorts))
        args = [self.integer(t) if sort == "Z" else self.real(t) for t, sort in holes]
        return f"({' '.join([name, *args])})" if args else name

    def _along(self, term: Term) -> tuple[Term, Term] | None:
        """A multiple of a fixed vector: its coefficient, and the vector."""
        if not isinstance(term, sp.Mul):
            return None
        vectors = [a for a in term.args if isinstance(a, Sym) and a.sort == "vector"]
        factor = sp.Mul(*(a for a in term.args if a not in vectors))
        return (factor, vectors[0]) if vectors and not factor.is_Rational else None

    def _pattern(self, term: Term, bound: frozenset[Any], holes: list[tuple[Term, str]]) -> Term:
        def hole(part: Term, sort: str) -> Term:
            holes.append((part, sort))
            return sp.Symbol(f"#{len(holes) - 1}")

        def index(part: Term) -> Term:
            return part if free(part) & bound or not is_int(part) else hole(part, "Z")

        if isinstance(term, Sym):
            number = term.sort in ("real", "int", "random") and term not in self.fixed
            if not number or term in bound:
                return term
            return hole(term, "Z" if term.sort == "int" else "R")
        if isinstance(term, BINDERS):
            body, i, lo, hi = term.args
            lo, hi = index(lo), index(hi)
            return term.func(self._pattern(body, bound | {i}, holes), i, lo, hi)
        if isinstance(term, Ap):
            return term.func(term.args[0], *map(index, term.args[1:]))
        if isinstance(term, Prof) and not any(free(a) & bound for a in term.args[1:]):
            return term.func(term.args[0], *(hole(a, "R") for a in term.args[1:]))
        along = self._along(term)
        if along is not None and not free(along[0]) & bound:
            return hole(along[0], "R") * along[1]
        places = INDEX_PLACES.get(type(term), ())
        parts = (
            index(a) if k in places else self._pattern(a, bound, holes)
            for k, a in enumerate(term.args)
        )
        return term.func(*parts) if term.args else term
