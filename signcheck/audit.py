"""``signcheck audit``: what has to be trusted, counted from the source that runs.

The theorems come with what was checked a second time: steps that the reader derived again, and
leaves that FLINT, the reader or Coq confirm besides the kernel. ``audit_leaves`` has the leaves one
by one, with the solvers' opinions.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from hardinstances.errors import ProjectError
from signcheck import registry
from signcheck.audit_coq import FOLDER

__all__ = ["audit"]

WIDTH = 20


def audit(coq: Path = FOLDER) -> Iterator[str]:
    """The listing, line by line: rules, axioms, modules, theorems (``make coq`` was in ``coq``)."""
    from signcheck.kernel import AXIOMS
    from signcheck.kernel.audit import rules, trusted_lines

    table, modules = rules(), trusted_lines()
    width = max(len(rule.name) for rule in table)
    yield f"Rules ({len(table)}, {sum(rule.lines for rule in table)} lines of code)"
    for rule in table:
        yield f"  {rule.name:<{width}} {rule.lines:>4}  {rule.summary}"
    yield ""
    yield f"Axioms ({len(AXIOMS)})"
    for axiom in AXIOMS.values():
        yield f"  {axiom.name}: {axiom.statement}"
        yield f"    {axiom.reference}"
    yield ""
    yield f"Kernel modules that a Theorem rests on ({sum(modules.values())} lines of code)"
    for name, size in modules.items():
        yield f"  {name:<{width}} {size:>4}"
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
