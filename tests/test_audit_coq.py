"""Coq's word on a theorem: it counts only for this very file, accepted; leaves by their claims."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from hardinstances.errors import InputError, ProofError
from proofs.lemmas.gap import L0_GAP
from signcheck import registry
from signcheck.audit_coq import coq_log
from signcheck.export import coq
from signcheck.export.coq_gather import leaf_of
from signcheck.export.coq_prelude import FILE_NAME
from signcheck.kernel import sequent
from signcheck.opinions import leaves
from signcheck.theory import Statement
from tests.helpers.coq_logs import QUARTER, leave

CALLS = registry.load("T1c-calls")


def test_an_accepted_file_tells_its_time_and_what_is_derived(tmp_path: Path) -> None:
    source = leave(L0_GAP, tmp_path)
    log = coq_log(L0_GAP, tmp_path)
    assert log.accepted
    assert log.whole
    assert log.trusted == sum(coq.coq_file(L0_GAP).trusted.values()) > 0
    assert log.seconds == float(QUARTER) * source.read_text().count("\n")
    assert str(log) == f"accepted in {log.seconds:.1f} s, {log.trusted} steps on trust"
    assert "lemmas" not in log.plain()
    assert log.plain()["verdict"] == "accepted"


def test_a_leaf_has_the_time_from_its_lemma_to_its_qed(tmp_path: Path) -> None:
    text = leave(L0_GAP, tmp_path).read_text()
    log = coq_log(L0_GAP, tmp_path)
    matched = 0
    for step, _ in leaves([L0_GAP.theorem]):
        leaf, spent = leaf_of(step), log.of(step)
        shown = leaf is not None and leaf.statement() in text
        assert bool(spent) == shown
        if leaf is not None and shown:
            matched += 1
            rest = text.partition(leaf.statement())[2].partition("\nQed.")[0]
            lines = leaf.statement().count("\n") + rest.count("\n") + 2
            assert spent == {"Coq": float(QUARTER) * lines}
        assert shown or sequent(step).rule != "certificate"
    assert matched >= len(log.lemmas) > 30


def test_a_file_counts_with_the_prelude_that_coqc_saw(tmp_path: Path) -> None:
    source = leave(CALLS, tmp_path)
    prelude = tmp_path / f"{FILE_NAME}.v"
    prelude.write_text(prelude.read_text() + "Axiom all : False.\n")
    assert str(coq_log(CALLS, tmp_path)) == "not run on this version of the proof"
    prelude.unlink()
    assert not coq_log(CALLS, tmp_path).accepted
    leave(CALLS, tmp_path)
    assert coq_log(CALLS, tmp_path).accepted
    later = source.stat().st_mtime + 60
    os.utime(source, (later, later))
    assert str(coq_log(CALLS, tmp_path)) == "not run"


@pytest.mark.parametrize("missing", [".v", ".v.log"])
def test_without_source_or_log_coq_was_not_run(tmp_path: Path, missing: str) -> None:
    source = leave(CALLS, tmp_path)
    Path(f"{source.with_suffix('')}{missing}").unlink()
    log = coq_log(CALLS, tmp_path)
    assert (str(log), log.accepted, dict(log.lemmas)) == ("not run", False, {})
    assert str(coq_log(CALLS, tmp_path / "nowhere")) == "not run"


def test_another_version_of_the_proof_is_no_check(tmp_path: Path) -> None:
    source = leave(CALLS, tmp_path)
    source.write_text(source.read_text().replace("8 *", "9 *", 1))
    log = coq_log(CALLS, tmp_path)
    assert not log.accepted
    assert str(log) == "not run on this version of the proof"


@pytest.mark.parametrize("old", [False, True])
def test_a_file_that_coqc_did_not_finish_is_refused(tmp_path: Path, old: bool) -> None:
    source = leave(CALLS, tmp_path)
    made = source.with_suffix(".vo")
    if old:
        os.utime(made, (1, 1))
    else:
        made.unlink()
    log = coq_log(CALLS, tmp_path)
    assert (str(log), log.accepted, dict(log.lemmas)) == ("refused", False, {})
    assert all(not log.of(step) for step, _ in leaves([CALLS.theorem]))


def test_a_log_without_times_says_so(tmp_path: Path) -> None:
    leave(CALLS, tmp_path).with_suffix(".v.log").write_text("Axioms:\n")
    log = coq_log(CALLS, tmp_path)
    assert log.accepted
    assert str(log) == "accepted (not timed), nothing on trust"


def test_leaves_without_the_statement_are_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(coq, "SKELETONS", frozenset())
    leave(CALLS, tmp_path)
    log = coq_log(CALLS, tmp_path)
    assert log.accepted
    assert not log.whole
    assert str(log).endswith("leaves only")


def test_a_theorem_that_cannot_be_exported_is_said_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: object) -> None:
        raise InputError("the term has no form in Coq.")

    leave(CALLS, tmp_path)
    monkeypatch.setattr(coq, "coq_file", refuse)
    assert str(coq_log(CALLS, tmp_path)) == "not exported: the term has no form in Coq"


def test_a_theorem_that_does_not_prove_is_an_error(tmp_path: Path) -> None:
    def no(_: Statement) -> None:
        raise ProofError("no proof")

    with pytest.raises(ProofError, match="no proof"):
        coq_log(replace(CALLS, prove=no), tmp_path)  # type: ignore[arg-type]
