"""What ``specialise`` and ``instantiate`` put in for variables, read back from the steps.

The kernel records the replacements as text. They are parsed with the symbols in scope, and every
reading is compared with what the step states, so a wrong one is refused, never used.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import sympy as sp

from signcheck.export.coq_syntax import refuse
from signcheck.kernel import ForAll, Formula, Sym, Theorem, sequent
from signcheck.kernel import terms as te

__all__ = ["instances", "replacements"]

OPERATORS = {
    name: getattr(te, name)
    for name in (
        *("Ap", "Val", "Grad", "Inner", "N1", "Noo", "Sgn", "Co", "Ex", "Past", "Ind"),
        *("Prof", "Big", "Prod", "Nuc", "Op", "Pol", "En"),
    )
} | {name: getattr(sp, name) for name in ("Abs", "sign", "exp", "log", "sqrt", "Max", "Min")}
BINARY: dict[type, Any] = {
    ast.Add: lambda a, b: a + b,
    ast.Sub: lambda a, b: a - b,
    ast.Mult: lambda a, b: a * b,
    ast.Div: lambda a, b: a / b,
    ast.Pow: lambda a, b: a**b,
}
MOST_READINGS = 4096
HASH = "_hash_"
"""Stands for the # in the names of profiles, which is no letter of an identifier."""


def replacements(thm: Theorem) -> Mapping[Sym, Any]:
    """The mapping of a ``specialise`` step, from symbols to terms.

    Raises
    ------
    ProofError
        If no reading of the recorded text leads from the premise to what the step states.
    """
    content = sequent(thm)
    source = sequent(content.premises[0])
    keys = _symbols(source.hyps | source.splits | {source.concl})
    values = _symbols(content.hyps | content.splits | {content.concl})
    names = list(content.detail)
    choices = [
        [(key, value) for key in keys.get(name, ()) for value in _readings(text, values)]
        for name, text in content.detail.items()
    ]
    for combination in _combinations(choices):
        mapping = dict(combination)
        if len(mapping) == len(names) and _leads(source, mapping, content):
            return mapping
    # A symbol that occurs nowhere any more is replaced without a trace.
    choices = [c for c in choices if c]
    for combination in _combinations(choices):
        if _leads(source, dict(combination), content):
            return dict(combination)
    raise refuse(content.detail)


def instances(thm: Theorem) -> list[Any]:
    """The values of an ``instantiate`` step, the outermost first; raises as ``replacements``."""
    content = sequent(thm)
    start = sequent(content.premises[0]).concl
    scope = frozenset().union(*(_scope(sequent(p)) for p in (thm, *content.premises)))
    values = _symbols(scope)
    for combination in _combinations([list(_readings(t, values)) for t in content.detail]):
        concl = start
        for value in combination:
            if not isinstance(concl, ForAll):
                break
            concl = concl.body.subst({concl.var: value})
        if concl == content.concl:
            return list(combination)
    raise refuse(content.detail)


def _combinations(choices: list[list[Any]]) -> Iterator[tuple[Any, ...]]:
    for k, combination in enumerate(product(*choices)):
        if k > MOST_READINGS:
            return
        yield combination


def _scope(content: Any) -> frozenset[Formula]:
    return frozenset(content.hyps | content.splits | {content.concl})


def _leads(source: Any, mapping: Mapping[Sym, Any], content: Any) -> bool:
    try:
        return bool(
            source.concl.subst(mapping) == content.concl
            and {h.subst(mapping) for h in source.hyps} <= content.hyps
        )
    except ValueError:
        return False


def _symbols(formulas: frozenset[Formula]) -> dict[str, list[Sym]]:
    found: dict[str, set[Sym]] = {"d": {te.DIM}, "trivial": {te.TRIVIAL}}
    for formula in formulas:
        for symbol in _all_symbols(formula):
            found.setdefault(symbol.name.replace("#", HASH), set()).add(symbol)
    return {name: sorted(s, key=lambda x: x.sort) for name, s in found.items()}


def _all_symbols(formula: Formula) -> set[Sym]:
    """Free and bound symbols: a replacement may have either."""
    bound = {formula.var} if isinstance(formula, ForAll) else set()
    for part in (*formula.guards, formula.body) if isinstance(formula, ForAll) else ():
        bound |= _all_symbols(part)
    try:
        atoms = {s for t in formula.terms() for s in t.atoms(Sym)}
    except TypeError:
        atoms = set()
    return atoms | set(formula.free()) | bound


def _readings(text: str, symbols: Mapping[str, list[Sym]]) -> Iterator[Any]:
    """Every term that the text can mean: a name may belong to symbols of several sorts."""
    tree = ast.parse(text.replace("#", HASH), mode="eval").body
    names = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name)} - set(OPERATORS))
    sorts = [symbols.get(n) or [Sym(n, s) for s in ("int", "real", "random")] for n in names]
    for chosen in _combinations(sorts):
        try:
            value = _build(tree, dict(zip(names, chosen, strict=True)))
            if not isinstance(value, tuple):
                te.sort_of(value)
        except (TypeError, ValueError, AttributeError, KeyError):
            continue
        yield value


def _build(node: ast.AST, symbols: Mapping[str, Sym]) -> Any:
    if isinstance(node, ast.BinOp):
        return BINARY[type(node.op)](_build(node.left, symbols), _build(node.right, symbols))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_build(node.operand, symbols)
    if isinstance(node, ast.Tuple):
        return tuple(_build(e, symbols) for e in node.elts)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return OPERATORS[node.func.id](*(_build(a, symbols) for a in node.args))
    if isinstance(node, ast.Name):
        return symbols[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return sp.Integer(node.value)
    raise ValueError(ast.dump(node))
