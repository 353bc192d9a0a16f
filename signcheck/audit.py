"""``signcheck audit``: what has to be trusted, counted from the source that runs.

The theorems come with what was checked a second time: steps that the reader derived again, and
leaves that FLINT, the reader or Coq confirm besides the kernel. ``audit_leaves`` has the leaves one
by one, with the solvers' opinions.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hardinstances.errors import ProjectError
from signcheck import kernel, registry
from signcheck.audit_coq import FOLDER

__all__ = ["audit", "code_lines", "rules"]

WIDTH = 20


def code_lines(source: str) -> int:
    """Lines that hold code: no blank lines, comments or docstrings."""
    tree = ast.parse(textwrap.dedent(source))
    lines: set[int] = set()
    for node in ast.walk(tree):
        if hasattr(node, "lineno") and not _is_text(node):
            lines.update((node.lineno, getattr(node, "end_lineno", None) or node.lineno))
    texts = {
        line
        for node in ast.walk(tree)
        if _is_text(node)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)  # type: ignore[attr-defined]
    }
    return len(lines - texts)


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def rules() -> dict[str, tuple[int, str]]:
    """Every rule of the kernel: lines of code, and its docstring's first line."""
    found = {}
    for name, rule in kernel.all_rules().items():
        function: Any = inspect.unwrap(rule)
        summary = (inspect.getdoc(function) or "").partition("\n")[0]
        found[name] = (code_lines(inspect.getsource(function)), summary)
    return found


def modules() -> dict[str, int]:
    """Lines of code of every kernel module: the whole trusted part."""
    found = {}
    for entry in pkgutil.iter_modules(kernel.__path__, prefix="signcheck.kernel."):
        found[entry.name] = code_lines(inspect.getsource(importlib.import_module(entry.name)))
    return found


def audit(coq: Path = FOLDER) -> Iterator[str]:
    """The listing, line by line: rules, axioms, modules, theorems (``make coq`` was in ``coq``)."""
    table = rules()
    width = max(map(len, table))
    yield f"Rules ({len(table)}, {sum(size for size, _ in table.values())} lines of code)"
    for name, (size, summary) in table.items():
        yield f"  {name:<{width}} {size:>4}  {summary}"
    yield ""
    yield f"Axioms ({len(kernel.AXIOMS)})"
    for axiom in kernel.AXIOMS.values():
        yield f"  {axiom.name}: {axiom.statement}"
        yield f"    {axiom.reference}"
    sizes = modules()
    yield ""
    yield f"Kernel modules ({sum(sizes.values())} lines of code, all of it trusted)"
    for name, size in sizes.items():
        yield f"  {name:<32} {size:>4}"
    yield ""
    yield "Theorems"
    for theorem_id in registry.ids():
        yield f"  {_theorem(theorem_id, coq)}"


def _theorem(theorem_id: str, coq: Path) -> str:
    from signcheck.audit_leaves import leaf_rows

    try:
        _, counts = leaf_rows(registry.load(theorem_id), solvers=False, coq=coq)
    except ProjectError as error:
        return f"{theorem_id:<{WIDTH}} not proved: {error}"
    axioms, twice = ", ".join(counts.axioms) or "none", counts.leaves - len(counts.single)
    return (
        f"{theorem_id:<{WIDTH}} {counts.steps:>4} steps, {counts.unchecked} unchecked, "
        f"{twice} of {counts.leaves} leaves with two checkers or more, axioms: {axioms}; Coq "
        f"{counts.coq}"
    )
