"""The lock file pins what pyproject.toml asks for, and facts written twice agree."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import signcheck
from tests.helpers.source import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
PINS = [Requirement(line) for line in LOCK.splitlines() if not line.startswith("#")]
# Left to torch's own pins, because a CPU build has none of them.
UNPINNED = {"triton"}


def direct_requirements() -> list[Requirement]:
    """What pyproject.toml asks for, in the dependencies and in every extra."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    found = [Requirement(text) for group in groups for text in group]
    return [item for item in found if item.name not in {"signcheck", *UNPINNED}]


@pytest.mark.parametrize("wanted", direct_requirements(), ids=str)
def test_the_lock_satisfies_the_project(wanted: Requirement) -> None:
    name = canonicalize_name(wanted.name)
    versions = [
        next(iter(pin.specifier)).version for pin in PINS if canonicalize_name(pin.name) == name
    ]
    assert len(versions) == 1, f"run `make lock`: {wanted.name} is pinned {len(versions)} times"
    assert wanted.specifier.contains(versions[0]), f"run `make lock`: {versions[0]} is pinned"


def test_the_lock_pins_releases_and_nothing_else() -> None:
    for pin in PINS:
        operators = [specifier.operator for specifier in pin.specifier]
        assert operators == ["=="], pin
        assert pin.url is None, pin
        assert "+" not in str(pin.specifier), pin
    assert "torch==2.13.0\n" in LOCK
    assert not re.search(r"^\s*--|https?://|file:/", LOCK, flags=re.MULTILINE)


def test_packages_that_only_some_builds_of_torch_need_are_not_pinned() -> None:
    names = {canonicalize_name(pin.name) for pin in PINS}
    assert not {name for name in names if name.startswith(("nvidia-", "cuda-"))} | names & UNPINNED


def test_the_citation_names_this_version() -> None:
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {signcheck.__version__}\n" in citation


def test_every_theorem_has_one_address_in_proofs() -> None:
    theorems = PROJECT["entry-points"]["signcheck.theorems"]
    assert theorems
    addresses = list(theorems.values())
    assert len(set(addresses)) == len(addresses)
    assert all(re.fullmatch(r"proofs(\.\w+)+:[A-Z][A-Z0-9_]*", text) for text in addresses)
