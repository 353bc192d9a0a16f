"""Terms as Coq expressions over R: sums, products, powers and roots are spelled out.

Everything else is a generator, as in :mod:`signcheck.kernel.algebra`, and the caller names it.
``field`` must see the same text for the same generator, so there is one printer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel.algebra import split_power
from signcheck.kernel.formulas import Eq, Le, Lt, Relation
from signcheck.kernel.terms import Term

__all__ = ["denominators", "is_root", "number", "polynomial", "real", "relation", "subterms"]

SIGNS: dict[type[Relation], str] = {Le: "<=", Lt: "<", Eq: "="}
NESTED_ROOTS = {2: "sqrt {}", 4: "sqrt (sqrt {})"}
"""How a root of that order is written."""


def is_root(term: Term) -> bool:
    """Whether the term is a root that Coq's ``sqrt`` can write."""
    return (
        isinstance(term, sp.Pow)
        and isinstance(term.exp, sp.Rational)
        and term.exp.p == 1
        and int(term.exp.q) in NESTED_ROOTS
    )


def number(p: int, q: int = 1) -> str:
    """A rational number as a Coq real."""
    whole = f"({p})" if p < 0 else str(p)
    return whole if q == 1 else f"({whole} / {q})"


def real(term: Term, name: Callable[[Term], str]) -> str:
    """A real term in parentheses where needed.

    Parameters
    ----------
    term
        A kernel term of the sort real.
    name
        Text of a generator: whatever is no sum, product, power or root.
    """
    if term.is_Rational:
        return number(int(term.p), int(term.q))
    if isinstance(term, (sp.Add, sp.Mul)):
        sign = " + " if isinstance(term, sp.Add) else " * "
        return f"({sign.join(real(a, name) for a in term.args)})"
    if is_root(term):
        return f"({NESTED_ROOTS[int(term.exp.q)].format(real(term.base, name))})"
    if isinstance(term, sp.Pow):
        return _power(term, name)
    return name(term)


def _power(term: sp.Pow, name: Callable[[Term], str]) -> str:
    if isinstance(term.exp, sp.Integer):
        return _integer_power(real(term.base, name), int(term.exp))
    parts = split_power(term)
    if parts == [(term, 1)]:
        return name(term)
    texts = [_integer_power(real(base, name), k) for base, k in parts]
    return texts[0] if len(texts) == 1 else f"({' * '.join(texts)})"


def _integer_power(base: str, k: int) -> str:
    text = base if abs(k) == 1 else f"({base} ^ {abs(k)})"
    return text if k > 0 else f"(/ {text})"


def relation(claim: Relation, name: Callable[[Term], str]) -> str:
    """``a <= b``, ``a < b`` or ``a = b`` over R."""
    return f"{real(claim.lhs, name)} {SIGNS[type(claim)]} {real(claim.rhs, name)}"


def subterms(term: Term) -> Iterator[Term]:
    """A term and what its sums, products, powers and roots are made of; generators are closed."""
    yield term
    if isinstance(term, (sp.Add, sp.Mul)):
        for arg in term.args:
            yield from subterms(arg)
    elif isinstance(term, sp.Pow):
        if isinstance(term.exp, sp.Integer) or is_root(term):
            yield from subterms(term.base)
            return
        for base, _ in split_power(term):
            if base != term:
                yield from subterms(base)


def denominators(terms: Iterable[Term]) -> list[Term]:
    """Every base that some term divides by, each once, the inner ones first."""
    found: dict[Term, None] = {}
    for term in terms:
        for part in subterms(term):
            if not isinstance(part, sp.Pow):
                continue
            whole = isinstance(part.exp, sp.Integer)
            for base, k in [(part.base, int(part.exp))] if whole else split_power(part):
                if k < 0:
                    found[base] = None
    return list(found)[::-1]


def polynomial(poly: Any, generators: list[str]) -> str:
    """An element of a sympy polynomial ring over QQ, its variables replaced by texts."""
    if not poly:
        return "0"
    monomials = []
    for powers, c in poly.terms():
        factors = [number(int(c.numerator), int(c.denominator))]
        factors += [_integer_power(g, k) for g, k in zip(generators, powers, strict=False) if k]
        monomials.append(" * ".join(factors))
    return f"({' + '.join(monomials)})"


def refuse(what: Any) -> ProofError:
    """A term or formula that has no Coq form."""
    return ProofError(
        f"{what} has no form in the exported Coq files: report this, with the theorem's id.",
        step="export coq",
        residual=str(what),
    )
