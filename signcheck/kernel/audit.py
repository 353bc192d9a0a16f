"""What has to be trusted: the rules, their lines of code, the axioms, and what one proof uses.

Lines of code are counted from the source: no blank line, comment or docstring. ``TRUSTED`` lists
the modules that a Theorem rests on; this one, ``recheck`` and everything outside the kernel are not
among them.
"""

from __future__ import annotations

import ast
import inspect
import math
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import sympy as sp

from signcheck.kernel.axioms import AXIOMS, Axiom
from signcheck.kernel.formulas import ForAll, Relation
from signcheck.kernel.recheck import recheck, steps
from signcheck.kernel.terms import (
    N1,
    Ap,
    Big,
    Co,
    En,
    Ex,
    Ind,
    Inner,
    Noo,
    Nuc,
    Op,
    Pol,
    Prod,
    Prof,
    Sgn,
    Sym,
    Term,
    is_random,
)
from signcheck.kernel.theorem import Theorem, all_rules, sequent

TRUSTED = (
    *("terms", "substitution", "formulas", "existence", "theorem", "judge"),
    *("measurable", "algebra"),
    *("rules_logic", "rules_arith", "rules_sum", "rules_expect", "rules_vector"),
    *("rules_define", "rules_profile", "rules_witness", "axioms", "rules_matrix", "rules_integer"),
    "rules_calculus",
)


class Rule(NamedTuple):
    """One rule: what it says of itself and how long it is."""

    name: str
    summary: str
    module: str
    lines: int


class Audit(NamedTuple):
    """What one proof rests on.

    ``rules`` counts distinct steps by rule, ``rechecked`` the equations that FLINT confirmed, and
    ``integrands`` are the expectations whose existence does not follow from square integrability.
    """

    steps: int
    rules: dict[str, int]
    axioms: tuple[Axiom, ...]
    rechecked: int
    integrands: tuple[Term, ...]


def code_lines(source: str) -> int:
    """Lines of code in a piece of source: without blank lines, comments and docstrings."""
    tree = ast.parse(source)
    found: set[int] = set()
    silent: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                silent |= set(range(first.lineno, (first.end_lineno or first.lineno) + 1))
        if isinstance(node, (ast.stmt, ast.expr, ast.arg, ast.keyword, ast.alias)):
            end = node.end_lineno or node.lineno
            compound = isinstance(node, ast.stmt) and hasattr(node, "body")
            found |= {node.lineno} if compound else set(range(node.lineno, end + 1))
    texts = source.splitlines()
    return sum(
        1
        for number in found - silent
        if texts[number - 1].strip() and not texts[number - 1].lstrip().startswith("#")
    )


def rules() -> list[Rule]:
    """All rules of the kernel, in the order of their modules."""
    out = []
    for name, rule in all_rules().items():
        inside: Callable[..., Any] = rule.__wrapped__  # type: ignore[attr-defined]
        summary = (inspect.getdoc(inside) or "").partition("\n")[0]
        module = inside.__module__.rpartition(".")[2]
        out.append(Rule(name, summary, module, code_lines(inspect.getsource(inside))))
    return out


def trusted_lines() -> dict[str, int]:
    """Lines of code of every module that a Theorem rests on."""
    modules = {name: import_module(f"signcheck.kernel.{name}") for name in TRUSTED}
    return {name: code_lines(inspect.getsource(module)) for name, module in modules.items()}


def audit(thm: Theorem) -> Audit:
    """Steps by rule, axioms and rechecked equations of a proof.

    Raises
    ------
    ProofError
        If FLINT does not confirm an equation; see ``recheck``.
    """
    used = Counter(sequent(step).rule for step in steps(thm))
    axioms = tuple(AXIOMS[name] for name in sorted(sequent(thm).axioms))
    confirmed = len(recheck(thm))
    return Audit(sum(used.values()), dict(used.most_common()), axioms, confirmed, integrands(thm))


def integrands(thm: Theorem) -> tuple[Term, ...]:
    """What a proof takes expectations of that square-integrable variables need not have.

    That these expectations exist is part of what the theorem assumes: see ``rules_expect``.
    """
    found: set[Term] = set()
    for step in steps(thm):
        formula = sequent(step).concl
        while isinstance(formula, ForAll):
            formula = formula.body
        if isinstance(formula, Relation):
            found |= {e.args[0] for term in formula.terms() for e in term.atoms(Ex)}
    assumed = (body for body in found if not growth(body) <= 2)
    return tuple(sorted(assumed, key=str))


def growth(term: Term) -> float:
    """Degree in square-integrable variables: 0 for bounded terms, infinite if nothing is known."""
    if not is_random(term) or isinstance(term, (sp.sign, Ind, Sgn, Pol)):
        return 0
    if isinstance(term, (Sym, Ap)):
        return 1
    if isinstance(term, (sp.Add, sp.Max, sp.Min)):
        return max(map(growth, term.args))
    if isinstance(term, (sp.Mul, Inner)):
        return sum(map(growth, term.args))
    if isinstance(term, (sp.Abs, N1, Noo, Nuc, Op, Co, En, Ex, Big)):
        return growth(term.args[0])
    if isinstance(term, Prof):
        return growth(term.args[1])
    if isinstance(term, sp.Pow) and isinstance(term.exp, sp.Integer) and term.exp > 0:
        return growth(term.base) * int(term.exp)
    bounded = isinstance(term, (sp.exp, Prod)) and growth(term.args[0]) == 0
    return 0 if bounded else math.inf
