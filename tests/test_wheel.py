"""The wheel, in an environment of its own outside of the checkout, proves T1."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from tests.helpers.source import PACKAGES, ROOT

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def run(*command: str | Path, cwd: Path) -> str:
    """Standard output of a command that has to succeed, without this checkout on any path."""
    hidden = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")
    env = {name: value for name, value in os.environ.items() if name not in hidden}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the source."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    source.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    for name in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, source / name, ignore=ignored)
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", folder, source, cwd=folder)
    (found,) = folder.glob("signcheck-*.whl")
    return found


@pytest.fixture(scope="module")
def environment(wheel: Path) -> Path:
    """An empty environment with the wheel; dependencies are those of the running Python.

    A line in a .pth file makes them importable and, unlike a site folder, does not run the hook of
    an editable installation: what is imported as signcheck is the wheel.
    """
    folder = wheel.parent / "environment"
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    home = run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=folder)
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile")
    run(sys.executable, "-m", "pip", "--python", python, "install", *options, wheel, cwd=folder)
    site = Path(home.strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return folder


def test_the_wheel_holds_every_package_and_every_theorem(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (entry,) = [name for name in names if name.endswith("entry_points.txt")]
        points = archive.read(entry).decode()
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == set(PACKAGES)
    assert "[signcheck.theorems]" in points
    assert "T1 = proofs.upper.signsgd:T1\n" in points
    for package in ("hardinstances", "signcheck"):
        assert f"{package}/py.typed" in names
    assert "signcheck/export/reader/check.py" in names


def test_the_wheel_verifies_t1_outside_of_the_checkout(environment: Path) -> None:
    python, command = environment / "bin" / "python", environment / "bin" / "signcheck"
    where = run(python, "-c", "import signcheck, proofs; print(proofs.__file__)", cwd=environment)
    assert Path(where.strip()).is_relative_to(environment)
    table = run(command, "verify", "T1", cwd=environment)
    assert "T1" in table
    run(command, "export", "json", "--out", environment / "json", "T1", cwd=environment)
    (found,) = json.loads(
        run(command, "recheck", environment / "json" / "T1.json", "--json", cwd=environment)
    )
    assert found["not_rechecked"] == {}
