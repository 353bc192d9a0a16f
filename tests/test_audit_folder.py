"""The audit as a folder: every count is that of its rows, and nothing unchecked counts."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from proofs.lemmas.gap import L0_GAP
from signcheck import registry
from signcheck.audit_folder import Audited, readme, write
from signcheck.audit_leaves import leaf_rows
from signcheck.kernel import AXIOMS
from tests.helpers.coq_logs import leave
from tests.helpers.isolated import run_command


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Audited]:
    """One theorem that Coq has seen and one that it has not."""
    folder = tmp_path_factory.mktemp("coq")
    leave(L0_GAP, folder)
    theories = [L0_GAP, registry.load("T1c-calls")]
    return [leaf_rows(theory, solvers=False, coq=folder) for theory in theories]


def test_the_table_has_a_line_for_each_leaf(found: list[Audited], tmp_path: Path) -> None:
    write(found, tmp_path / "new", "signcheck audit")
    with (tmp_path / "new" / "leaves.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == sum(counts.leaves for _, counts in found)
    rows = [(counts.theorem, row) for rows, counts in found for row in rows]
    for line, (theorem, row) in zip(lines, rows, strict=True):
        assert (line["theorem"], line["rule"]) == (theorem, row.rule)
        checkers = [name[:-3] for name, text in line.items() if name.endswith("_ms") and text]
        assert set(checkers) == set(row.seconds)
    assert {line["Coq_ms"] for line in lines if line["theorem"] == "T1c-calls"} == {""}


def test_the_page_counts_checkers_leaf_by_leaf(found: list[Audited]) -> None:
    text = readme(found, "signcheck audit")
    (rows, gap), (_, calls) = found
    assert "    make coq && signcheck audit\n" in text
    assert f"| polynomial leaves | {gap.leaves + calls.leaves} |" in text
    assert f"| leaves confirmed by Coq | {gap.by['Coq']} |" in text
    assert 0 < gap.by["Coq"] < gap.leaves
    four = sum(len(row.seconds) == 4 for row in rows)
    assert f"| leaves with 4 checkers | {four} |" in text
    assert f"| leaves with two checkers or more | {gap.leaves + calls.leaves} |" in text
    assert "accepted the files of 1 of 2 theorems" in text
    assert f"| L0-gap | {gap.steps} | {gap.leaves} | {gap.leaves} | {gap.by['FLINT']} | " in text
    assert text.count("| not run |") == 1
    assert "the kernel alone" not in text


def test_what_the_kernel_alone_confirms_is_named_and_counted(found: list[Audited]) -> None:
    rows, counts = found[1]
    alone = [replace(row, seconds={"kernel": 0.1}) for row in rows]
    text = readme([(alone, replace(counts, single=("the leaf",)))], "signcheck audit")
    assert "T1c-calls: the kernel alone confirms the leaf." in text
    assert f"| leaves with 1 checker | {len(rows)} |" in text
    assert "| leaves with two checkers or more | 0 |" in text


def test_axioms_come_with_who_uses_them(found: list[Audited]) -> None:
    rows, counts = found[0]
    first, *others = AXIOMS
    text = readme([(rows, replace(counts, axioms=(first,)))], "signcheck audit")
    assert f"**{first}**, used by L0-gap:\n\n    {AXIOMS[first].statement}\n" in text
    assert all(f"**{name}**, used by no theorem:" in text for name in others)
    assert others


def test_the_command_writes_a_folder(tmp_path: Path) -> None:
    leave(registry.load("T1c-calls"), tmp_path)
    options = ("--coq", str(tmp_path), "--out", str(tmp_path / "out"))
    done = run_command("signcheck.cli:main", "audit", "T1c-calls", *options)
    assert done.returncode == 0, done.stderr
    assert "Coq accepted in" in done.stdout
    text = (tmp_path / "out" / "README.md").read_text()
    assert f"signcheck audit T1c-calls {' '.join(options)}" in text
    assert (tmp_path / "out" / "leaves.csv").read_text().count("T1c-calls") == 1
