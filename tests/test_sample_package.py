"""Somebody else's package adds a theorem by an entry point: every command sees it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.helpers.isolated import ROOT

SOURCE = Path(__file__).parent / "sample_package"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample package, installed by pip without the network."""
    folder = tmp_path_factory.mktemp("sample")
    source, target = folder / "source", folder / "site"
    shutil.copytree(SOURCE, source)
    options = ("--quiet", "--no-deps", "--no-index", "--no-build-isolation", "--target")
    command = [sys.executable, "-m", "pip", "install", *options, str(target), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stderr
    return target


def signcheck(site: Path | None, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line with that folder on the path, outside of the checkout."""
    path = os.pathsep.join([str(ROOT), *([str(site)] if site else [])])
    return subprocess.run(
        [sys.executable, "-m", "signcheck.cli", *arguments],
        cwd=site or ROOT,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


def test_without_the_package_there_is_no_such_theorem() -> None:
    done = signcheck(None, "show", "X1")
    assert done.returncode == 2
    assert done.stderr.startswith("There is no theorem 'X1'")


def test_it_is_verified(installed: Path) -> None:
    done = signcheck(installed, "verify", "X1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "X1" in done.stdout


def test_it_is_shown(installed: Path) -> None:
    done = signcheck(installed, "show", "X1")
    assert done.returncode == 0, done.stderr
    assert "a square" in done.stdout
    assert "No axioms." in done.stdout


def test_it_has_a_number(installed: Path) -> None:
    keys = ("L=2", "Delta=3", "eta=0.5", "T=6")
    done = signcheck(installed, "bound", "X1", *keys, "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["value"] == pytest.approx(3 / (0.5 * 6) + 2 * 0.5 / 2)
    assert signcheck(installed, "bound", "X1", "L=-1", *keys[1:]).returncode == 2


def test_it_is_mutated_and_its_leaves_have_second_checkers(installed: Path) -> None:
    done = signcheck(installed, "mutate", "X1", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    (found,) = json.loads(done.stdout)
    assert found["counts"]["refuted"] > 3
    audited = json.loads(signcheck(installed, "audit", "X1", "--json").stdout)[0]
    assert audited["single"] == []
    assert audited["unchecked"] == 0
