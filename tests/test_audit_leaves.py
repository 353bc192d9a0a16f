"""Who checked a leaf: names, times, counts, and what has one checker only."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hardinstances.errors import ProofError
from proofs.lemmas.gap import L0_GAP
from signcheck import audit_leaves, opinions, registry
from signcheck.audit_coq import CoqLog
from signcheck.audit_leaves import leaf_rows, text
from tests.helpers.coq_logs import leave
from tests.helpers.isolated import run_command


@pytest.mark.parametrize("name", ["L0-gap", "L1-pointwise", "T2b"])
def test_every_leaf_has_its_checkers_with_their_times(name: str) -> None:
    rows, counts = leaf_rows(registry.load(name))
    assert len(rows) == counts.leaves == counts.by["kernel"] == counts.by["reader"] > 10
    assert counts.by["z3"] + counts.by.get("cvc5", 0) == counts.leaves - counts.no_opinion
    assert counts.unchecked == 0
    assert not counts.single
    assert all(0 <= s < 60 for row in rows for s in row.seconds.values())
    assert counts.mutants + counts.contradictory == counts.leaves
    printed = "\n".join(text(rows, counts))
    assert all(row.goal in printed for row in rows)
    assert "0 unchecked" in printed


def test_a_silent_solver_has_no_opinion_and_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    silent = opinions.Opinion("none", "", 2.0, "unknown", "")
    monkeypatch.setattr(opinions, "judged", lambda _: silent)
    rows, counts = leaf_rows(L0_GAP)
    assert counts.no_opinion == counts.leaves == len(rows)
    assert counts.mutants == 0
    assert "z3" not in counts.by


def test_a_solver_that_disagrees_fails_the_audit(monkeypatch: pytest.MonkeyPatch) -> None:
    def disagree(leaf: opinions.Leaf) -> opinions.Opinion:
        raise ProofError(f"z3 does not confirm {leaf.goal}.")

    monkeypatch.setattr(opinions, "judged", disagree)
    with pytest.raises(ProofError, match="does not confirm"):
        leaf_rows(L0_GAP)


def test_what_the_kernel_alone_confirms_is_named() -> None:
    rows, counts = leaf_rows(L0_GAP, solvers=False)
    assert not counts.single
    alone = [replace(rows[0], seconds={"kernel": 0.1}), *rows[1:]]
    from signcheck.export.json import document
    from signcheck.export.reader import read

    found = audit_leaves.tally("L0-gap", alone, read(document(L0_GAP)), 0, CoqLog("not run"))
    assert found.single == (rows[0].step or rows[0].goal,)
    assert any("no second checker" in line for line in text(alone, found))


def test_coq_is_one_checker_more_where_it_was_run(tmp_path: Path) -> None:
    _, before = leaf_rows(L0_GAP, solvers=False, coq=tmp_path)
    assert "Coq" not in before.by
    assert before.plain()["coq"]["verdict"] == "not run"
    assert "  Coq not run" in list(audit_leaves.summary(before))
    leave(L0_GAP, tmp_path)
    rows, counts = leaf_rows(L0_GAP, solvers=False, coq=tmp_path)
    assert counts.by["Coq"] == sum("Coq" in row.seconds for row in rows) > 30
    assert {k: v for k, v in counts.by.items() if k != "Coq"} == before.by
    printed = "\n".join(text(rows, counts))
    assert "  Coq accepted in" in printed
    assert printed.count("Coq ") >= counts.by["Coq"]


def test_the_command_prints_leaves_as_text_and_as_json() -> None:
    done = run_command("signcheck.cli:main", "audit", "L0-matrix", "--json", timeout=110)
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert found["theorem"] == "L0-matrix"
    assert len(found["rows"]) == found["leaves"]
    assert {"kernel", "reader"} <= set(found["rows"][0]["checkers"])
