"""SMT-LIB text of relations between kernel terms: real variables and polynomials, nothing else.

Every term that is not a sum, a product or a power becomes a real variable. A quotient 1/c is a
variable v with c = 0 or v c = 1, a root r of order q is a variable with r >= 0 and r**q = base
where the base is not negative, and a power with a symbolic exponent is positive where its base is.
With ``full`` the real functions come with their definitions (|x|, sign, max, min, the indicator)
and the norms, exp and log with their signs. A vector is a variable too: a relation between vectors
is linear in them and holds coordinate by coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import sympy as sp

from signcheck.kernel import Eq, ForAll, Formula, Le, Lt, Relation
from signcheck.kernel.terms import N1, Ind, Noo, Nuc, Op, Term

__all__ = ["Encoder"]

_RELATIONS = {Le: "<=", Lt: "<", Eq: "="}


def _number(value: sp.Rational) -> str:
    text = f"{abs(value.p)}.0" if value.q == 1 else f"(/ {abs(value.p)}.0 {value.q}.0)"
    return f"(- {text})" if value < 0 else text


def _apply(operator: str, parts: Iterable[str]) -> str:
    texts = list(parts)
    return texts[0] if len(texts) == 1 else f"({operator} {' '.join(texts)})"


class Encoder:
    """Translates terms; ``names`` holds the variables and ``axioms`` what is known of them.

    Parameters
    ----------
    full
        Whether functions come with their definitions.
    sign
        Asked for the sign of a sum, product or expectation: ``">="``, ``">"`` or nothing.
    """

    def __init__(self, *, full: bool, sign: Callable[[Term], str] = lambda _: "") -> None:
        self.names: dict[Any, str] = {}
        self.axioms: list[str] = []
        self._full, self._sign = full, sign

    def script(self, assertions: Iterable[str]) -> str:
        """Declarations and assertions as one SMT-LIB 2 text."""
        declared = [f"(declare-const {name} Real)" for name in self.names.values()]
        asserted = [f"(assert {text})" for text in (*self.axioms, *assertions)]
        return "\n".join((*declared, *asserted))

    def formula(self, formula: Formula) -> str:
        """A relation, or a relation under conditions (a for-all whose variable was replaced)."""
        if isinstance(formula, ForAll):
            conditions = [self.formula(g) for g in formula.guards]
            body = self.formula(formula.body)
            return f"(=> {_apply('and', conditions)} {body})" if conditions else body
        assert isinstance(formula, Relation)
        symbol = _RELATIONS[type(formula)]
        return f"({symbol} {self.term(formula.lhs)} {self.term(formula.rhs)})"

    def term(self, term: Term) -> str:
        """A term over the variables."""
        if isinstance(term, sp.Rational):
            return _number(term)
        if isinstance(term, (sp.Add, sp.Mul)):
            return _apply("+" if isinstance(term, sp.Add) else "*", map(self.term, term.args))
        if isinstance(term, sp.Pow):
            return self._power(term.base, term.exp)
        return self._variable(term, self._define)

    def _variable(self, key: Any, define: Callable[[Any, str], Iterable[str]]) -> str:
        if key not in self.names:
            self.names[key] = f"x{len(self.names)}"
            self.axioms.extend(define(key, self.names[key]))
        return self.names[key]

    def _power(self, base: Term, exponent: Term) -> str:
        if isinstance(exponent, sp.Integer):
            return self._natural(self.term(base), int(exponent))
        if isinstance(exponent, sp.Rational):
            root = self._variable(sp.Pow(base, sp.Rational(1, exponent.q)), self._root)
            return self._natural(root, int(exponent.p))
        factors = []
        for part in sp.Add.make_args(sp.expand_mul(exponent)):
            factor, rest = part.as_coeff_Mul()
            whole = int(factor) if isinstance(factor, sp.Integer) else 1
            rest = rest if isinstance(factor, sp.Integer) else part
            positive = self.term(base) if rest == 1 else self._symbolic(sp.Pow(base, rest))
            factors.append(self._natural(positive, whole))
        return _apply("*", factors)

    def _natural(self, base: str, exponent: int) -> str:
        if exponent < 0:
            base = self._variable(("1/", base), self._inverse)
        return _apply("*", [base] * abs(exponent)) if exponent else "1.0"

    def _inverse(self, key: tuple[str, str], name: str) -> Iterable[str]:
        yield f"(or (= {key[1]} 0.0) (= (* {name} {key[1]}) 1.0))"

    def _root(self, root: sp.Pow, name: str) -> Iterable[str]:
        base, order = self.term(root.base), int(root.exp.q)
        power = _apply("*", [name] * order)
        yield f"(=> (>= {base} 0.0) (and (>= {name} 0.0) (= {power} {base})))"

    def _symbolic(self, power: sp.Pow) -> str:
        def positive(key: sp.Pow, name: str) -> Iterable[str]:
            yield f"(=> (> {self.term(key.base)} 0.0) (> {name} 0.0))"

        return self._variable(power, positive)

    def _define(self, term: Term, name: str) -> Iterable[str]:
        """What is known of an operator's value."""
        if isinstance(term, (N1, Noo, Nuc, Op, sp.exp)):
            yield f"({'>' if isinstance(term, sp.exp) else '>='} {name} 0.0)"
        elif isinstance(term, sp.Abs):
            yield f"(>= {name} 0.0)"
        if not self._full:
            return
        if isinstance(term, (sp.Abs, sp.sign, sp.log, Ind)):
            yield self._of_one(term, name, self.term(term.args[0]))
        elif isinstance(term, (sp.Max, sp.Min)):
            members = [self.term(a) for a in term.args]
            order = ">=" if isinstance(term, sp.Max) else "<="
            yield from (f"({order} {name} {m})" for m in members)
            yield _apply("or", [f"(= {name} {m})" for m in members])
        elif sign := self._sign(term):
            yield f"({sign} {name} 0.0)"

    def _of_one(self, term: Term, name: str, x: str) -> str:
        if isinstance(term, sp.log):
            return f"(and (=> (>= {x} 1.0) (>= {name} 0.0)) (=> (> {x} 1.0) (> {name} 0.0)))"
        values = {sp.Abs: (x, "0.0", f"(- {x})"), sp.sign: ("1.0", "0.0", "(- 1.0)")}
        up, flat, down = values.get(type(term), ("1.0", "1.0", "0.0"))
        return (
            f"(or (and (> {x} 0.0) (= {name} {up})) (and (= {x} 0.0) (= {name} {flat})) "
            f"(and (< {x} 0.0) (= {name} {down})))"
        )
