"""Theorems are found by entry point, lazily, and a broken one harms nobody else."""

from __future__ import annotations

import sys
from importlib.metadata import EntryPoint

import pytest

from hardinstances.errors import InputError
from signcheck import registry
from signcheck.theory import Theory
from signcheck.verify import verify
from tests.helpers.isolated import run_python

OURS = {"L0", "L0-gap", "L1", "L1-pointwise", "T1", "T2", "T2b", "T2c"}


@pytest.fixture
def declare(monkeypatch):
    """Replace the installed theorems by the given (name, value) pairs."""

    def declared(*pairs):
        points = [EntryPoint(name, value, registry.GROUP) for name, value in pairs]
        monkeypatch.setattr(registry, "entry_points", lambda **_selection: points)
        registry._declared.cache_clear()

    yield declared
    monkeypatch.undo()
    registry._declared.cache_clear()


def test_our_theorems_are_installed() -> None:
    assert set(registry.ids()) >= OURS
    for theorem_id in OURS:
        theory = registry.load(theorem_id)
        assert isinstance(theory, Theory)
        assert theory.id == theorem_id


def test_ids_come_in_the_order_of_the_theory_sheet(declare) -> None:
    declare(*((name, "m:X") for name in ("T10", "T2c", "T2", "L1", "T1m", "T2b", "L0-gap", "L0")))
    assert registry.ids() == ["L0", "L0-gap", "L1", "T1m", "T2", "T2b", "T2c", "T10"]


def test_listing_ids_imports_no_theorem() -> None:
    code = """
from signcheck import registry
print(len(registry.ids()), "proofs" in sys.modules, "sympy" in sys.modules)
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    count, *imported = done.stdout.split()
    assert int(count) >= len(OURS)
    assert imported == ["False", "False"]


def test_an_unknown_id_is_refused_with_the_known_ones() -> None:
    with pytest.raises(InputError, match=r"no theorem 'T99': the ids are .*T1.*T2b"):
        registry.load("T99")


def test_without_an_installation_the_sentence_says_so(declare) -> None:
    declare()
    with pytest.raises(InputError, match=r"install signcheck"):
        registry.load("T1")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("no_such_package_of_theorems:T", "ModuleNotFoundError"),
        ("proofs.upper.signsgd:NO_SUCH_NAME", "AttributeError"),
        ("signcheck.registry:GROUP", "is a str, not a"),
    ],
)
def test_a_broken_entry_is_one_sentence(declare, value, reason) -> None:
    declare(("X", value))
    with pytest.raises(InputError, match=reason) as caught:
        registry.load("X")
    assert value in str(caught.value)


def test_a_module_that_raises_on_import_is_one_sentence(declare, tmp_path, monkeypatch) -> None:
    (tmp_path / "exploding_theorems.py").write_text("1 / 0\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    declare(("X", "exploding_theorems:T"))
    with pytest.raises(InputError, match=r"ZeroDivisionError: division by zero"):
        registry.load("X")
    assert "exploding_theorems" not in sys.modules


def test_two_declarations_of_an_id_are_refused(declare) -> None:
    declare(("T1", "proofs.upper.signsgd:T1"), ("T1", "elsewhere:T1"))
    with pytest.raises(InputError, match=r"declared more than once.*elsewhere:T1"):
        registry.load("T1")


def test_the_same_declaration_seen_twice_counts_once(declare) -> None:
    declare(("T1", "proofs.upper.signsgd:T1"), ("T1", "proofs.upper.signsgd:T1"))
    assert registry.ids() == ["T1"]
    assert registry.load("T1").id == "T1"


def test_a_broken_entry_is_an_error_row_beside_the_others(declare) -> None:
    declare(("X", "no_such_package_of_theorems:T"), ("T2b", "proofs.lower.lattice:T2B"))
    report = verify()
    rows = {theorem.id: theorem for theorem in report.theorems}
    assert rows["X"].status == "error"
    assert "no_such_package_of_theorems" in rows["X"].failure.message
    assert rows["X"].runs == []
    assert rows["T2b"].status == "proved"
    assert {run.judgement.verdict for run in rows["T2b"].runs} == {"consistent"}
    assert not report.ok
