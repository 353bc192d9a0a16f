"""Coq comes from Debian where it can; where it cannot, a sentence says so and nothing fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.helpers.source import ROOT

SCRIPT = ROOT / "tools" / "coq_from_debian"
ALWAYS = ("bash", "env", "timeout")


def run(folder: Path, **programs: str) -> subprocess.CompletedProcess[str]:
    """Run the script where there are these programs only, each with the body of a shell script."""
    for name in ALWAYS:
        (folder / name).symlink_to(shutil.which(name) or name)
    for name, body in programs.items():
        path = folder / name.replace("_", "-")
        path.write_text(f"#!{shutil.which('bash')}\n{body}\n", encoding="utf-8")
        path.chmod(0o755)
    return subprocess.run(
        [str(folder / "bash"), str(SCRIPT)],
        env={"PATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_nothing_is_done_where_coq_is_there(tmp_path: Path) -> None:
    done = run(tmp_path, coqc="exit 0", coqchk="exit 0", apt_get="exit 99")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(
    ("programs", "sentence"),
    [
        ({"id": "echo 0"}, "there is no apt-get"),
        ({"id": "echo 1000", "apt_get": "exit 0"}, "this user may not install it"),
        ({"id": "echo 1000", "apt_get": "exit 0", "sudo": "exit 1"}, "may not install it"),
        ({"id": "echo 0", "apt_get": "exit 100"}, "apt-get could not install"),
        ({"id": "echo 0", "apt_get": "exit 0"}, "apt-get could not install"),
    ],
)
def test_where_coq_cannot_be_had_a_sentence_says_so(
    programs: dict[str, str], sentence: str, tmp_path: Path
) -> None:
    done = run(tmp_path, **programs)
    assert done.returncode == 1
    assert sentence in done.stdout
    assert "coq libcoq-interval" in done.stdout


@pytest.mark.parametrize("user", ["0", "1000"])
def test_coq_is_installed_by_root_or_by_sudo(user: str, tmp_path: Path) -> None:
    log, coqc = tmp_path / "log", tmp_path / "coqc"
    body = f'echo "$@" >> {log}; printf "#!/bin/sh\\n" > {coqc}; {shutil.which("chmod")} +x {coqc}'
    done = run(tmp_path, id=f"echo {user}", apt_get=body, sudo='shift; "$@"', true="exit 0")
    assert done.returncode == 0, done.stdout
    calls = log.read_text(encoding="utf-8").splitlines()
    assert calls[0].startswith("update")
    assert calls[1].endswith("--no-install-recommends coq libcoq-interval")


def test_continuous_integration_tries_and_ends_with_pytest() -> None:
    text = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "if tools/coq_from_debian; then" in text
    assert text.rstrip().endswith("make test")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert os.access(SCRIPT, os.X_OK)
