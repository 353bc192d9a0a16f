"""Everything in the book that is not typed: pages, tables, numbers, the table of contents."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from tools import book_instances, book_measured, book_reference, book_results, book_status
from tools.book_theorems import Facts, facts

__all__ = ["Made", "howto", "make", "measured", "proofs"]

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Made:
    """Generated pages by file name, numbers and tables by name, and theorems that failed."""

    written: dict[str, str] = field(default_factory=dict)
    values: dict[str, str] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def make(source: Path, workers: int) -> Made:
    """Prove, measure, read the results; nothing is written but pictures of results.

    Parameters
    ----------
    source
        Folder of the assembled pages, where pictures of results are copied to.
    workers
        Processes that prove.
    """
    found, runs = proofs_and_runs(workers)
    made = Made()
    for theorem in found:
        made.written[f"theorems/{theorem.id}.md"] = theorem.page
        if theorem.status != "proved":
            made.failures.append(f"{theorem.id} is not proved; its page says why.")
    made.values |= _theory(found, runs)
    made.written |= howto()
    for part in (book_instances, book_reference, book_results, book_measured):
        pages, values = part.make(source)
        made.written |= pages
        made.values |= values
    for name in ("instances", "reference"):
        made.values[f"toc_{name}"] = _entries(made.written, name)
    made.values["toc_theorems"] = "\n".join(f"          - file: theorems/{t.id}" for t in found)
    return made


def proofs_and_runs(workers: int) -> tuple[list[Facts], dict[str, list[Any]]]:
    """The theorems proved in other processes while this one runs their experiments."""
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        later = proofs(pool)
        runs = measured()
        return [future.result() for future in later], runs


def proofs(pool: ProcessPoolExecutor) -> list[Any]:
    """A future for each theorem of the registry."""
    from signcheck import registry

    return [pool.submit(facts, theorem_id) for theorem_id in registry.ids()]


def measured() -> dict[str, list[Any]]:
    """The runs of all theorems, judged together as ``signcheck verify`` does."""
    from hardinstances.errors import ProjectError
    from signcheck import registry
    from signcheck.runs import Table
    from signcheck.simulate import FAMILY_ERROR

    table = Table(seed=0)
    for theorem_id in registry.ids():
        try:
            theory = registry.load(theorem_id)
        except ProjectError:
            continue  # its page says why
        for item in theory.runs:
            table.add(theory, item)
    return table.judge(FAMILY_ERROR)


def _theory(found: Sequence[Facts], runs: dict[str, list[Any]]) -> dict[str, str]:
    from signcheck.simulate import FAMILY_ERROR

    rules, sums = book_status.trusted()
    return {
        "verdict_table": book_status.verdicts(found, runs),
        "checker_table": book_status.checkers(found),
        "theorem_list": book_status.theorem_list(found),
        "missing_theorems": book_status.missing(found),
        "axiom_list": book_status.axioms(found),
        "rule_table": rules,
        "t1_slack_percent": book_status.closest(runs, "T1"),
        **book_status.links(found),
        "safe_probability": f"{1 - FAMILY_ERROR:g}",
        "python_version": platform.python_version(),
        **{f"count_{name}": text for name, text in book_status.runs(found, runs).items()},
        **{f"trusted_{name}": text for name, text in sums.items()},
    }


def howto() -> dict[str, str]:
    """The pages of ``docs/`` as pages of the book: code that the tests run becomes cells."""
    pages = {}
    for path in sorted((ROOT / "docs").glob("*.md")):
        text = path.read_text("utf-8").replace("```python\n", "```{code-cell} ipython3\n")
        pages[f"howto/{path.name}"] = text
    return pages


def _entries(written: dict[str, str], folder: str) -> str:
    """Entries of a folder's generated pages for the table of contents, in the order written."""
    pages = [name for name in written if name.startswith(f"{folder}/")]
    return "\n".join(f"          - file: {name.removesuffix('.md')}" for name in pages)
