"""A proof is the same whatever the seed of Python's hashes: exports and reports can be compared."""

from __future__ import annotations

import json

import pytest

from tests.helpers.isolated import run_python

CODE = """
import json
from signcheck import registry
from signcheck.export.json import document
print(json.dumps([document(registry.load(name))["digest"] for name in ("T1m", "T2-rate", "T3")]))
"""


@pytest.mark.slow
def test_the_steps_of_a_proof_do_not_depend_on_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for seed in ("1", "2"):
        monkeypatch.setenv("PYTHONHASHSEED", seed)
        done = run_python(CODE, timeout=200)
        assert done.returncode == 0, done.stderr
        found.append(json.loads(done.stdout))
    assert found[0] == found[1]
