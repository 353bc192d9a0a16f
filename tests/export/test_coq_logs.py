"""The logs of ``make coq``: they have the time of every command, and the audit reads them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from signcheck import registry
from signcheck.audit_coq import coq_log
from signcheck.export.coq import write
from signcheck.opinions import leaves
from tests.helpers.source import ROOT


@pytest.mark.coq
def test_what_make_coq_leaves_is_read(tmp_path: Path) -> None:
    theory = registry.load("T1c-calls")
    write([theory], tmp_path)
    command = ["make", "-s", "coq-files", f"COQ={tmp_path}"]
    assert subprocess.run(command, cwd=ROOT, check=False, timeout=200).returncode == 0
    log = coq_log(theory, tmp_path)
    assert log.accepted
    assert 0 < sum(log.lemmas.values()) < log.seconds
    found = [log.of(step) for step, _ in leaves([theory.theorem])]
    assert found == [{"Coq": spent} for spent in log.lemmas.values()]
