"""What has to be trusted: the rules, their lines of code, the axioms, and what one proof uses.

Lines of code are counted from the source: no blank line, comment or docstring. ``TRUSTED`` lists
the modules that a Theorem rests on; this one, ``recheck`` and everything outside the kernel are not
among them.
"""

from __future__ import annotations

import ast
import inspect
from collections import Counter
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

from signcheck.kernel.axioms import AXIOMS, Axiom
from signcheck.kernel.recheck import recheck, steps
from signcheck.kernel.theorem import Theorem, all_rules, sequent

TRUSTED = (
    *("terms", "substitution", "formulas", "existence", "theorem", "judge", "algebra"),
    *("rules_logic", "rules_arith", "rules_sum", "rules_expect", "rules_vector"),
    *("rules_profile", "rules_witness", "axioms"),
)


class Rule(NamedTuple):
    """One rule: what it says of itself and how long it is."""

    name: str
    summary: str
    module: str
    lines: int


class Audit(NamedTuple):
    """What one proof rests on.

    ``rules`` counts distinct steps by rule, ``rechecked`` the equations that FLINT confirmed.
    """

    steps: int
    rules: dict[str, int]
    axioms: tuple[Axiom, ...]
    rechecked: int


def code_lines(source: str) -> int:
    """Lines of code in a piece of source: without blank lines, comments and docstrings."""
    tree = ast.parse(inspect.cleandoc(source) if source[:1].isspace() else source)
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
    return Audit(sum(used.values()), dict(used.most_common()), axioms, len(recheck(thm)))
