"""Terms from the kernel's own printing: certificates keep their multipliers as text."""

from __future__ import annotations

import ast
import re
from operator import add, mul, sub, truediv
from typing import Any

import sympy as sp

from signcheck.kernel import terms as te

__all__ = ["reread"]

_OPERATORS = {
    name: getattr(te, name)
    for name in (
        *("Ap", "Val", "Grad", "Inner", "N1", "Noo", "Sgn", "Co", "Ex", "Past", "Ind"),
        *("Prof", "Big", "Prod"),
    )
} | {name: getattr(sp, name) for name in ("Abs", "sign", "exp", "log", "sqrt", "Max", "Min")}
_BINARY: dict[type, Any] = {
    ast.Add: add,
    ast.Sub: sub,
    ast.Mult: mul,
    ast.Div: truediv,
    ast.Pow: pow,
}


def reread(text: str) -> Any:
    """A term from the kernel's printing, to print it in another notation; symbols lose their sort.

    A text that is no such term comes back as it is.
    """
    plain = re.sub(r"#[0-9a-f]+", "", text)
    try:
        return _build(ast.parse(plain, mode="eval").body)
    except (SyntaxError, KeyError, TypeError, ValueError):
        return sp.Symbol(plain)


def _build(node: ast.AST) -> Any:
    if isinstance(node, ast.BinOp):
        return _BINARY[type(node.op)](_build(node.left), _build(node.right))
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        return -_build(node.operand)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _OPERATORS[node.func.id](*map(_build, node.args))
    if isinstance(node, ast.Name):
        return te.TRIVIAL if node.id == te.TRIVIAL.name else te.Sym(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return sp.Integer(node.value)
    raise ValueError(f"{ast.dump(node)} is no term.")
