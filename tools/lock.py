"""Write requirements.lock: one version of every package, for every extra, on every Python.

``make lock`` runs it. uv resolves in a fresh environment from pyproject.toml alone, so what
happens to be installed on the machine has no say. Only releases are written: no index, no link
to a file and no hash (see HEADER for the reasons).
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
TORCH = "torch==2.13.0"

# A CPU build of torch has none of these, a CUDA build brings its own exact versions.
BUILD_DEPENDENT = re.compile(r"^(nvidia-|cuda-|triton\b)")

HEADER = """\
# Made by `make lock`; edit pyproject.toml and run it again instead of editing this file.
#
# A constraints file: `pip install -c requirements.lock -e '.[test]'`. All extras resolve together
# here, one version of each package for Python 3.11 and newer.
# No local suffix and no hashes: torch has a CPU and a CUDA build under one version number, with
# different files, and an editable install has no hash at all. For the same reason the packages
# that only some builds of torch need (nvidia-*, cuda-*, triton) are left to torch's own pins.
"""


def resolve(scratch: Path) -> str:
    """Return uv's universal resolution of pyproject.toml with all extras."""
    environment = scratch / "env"
    venv.create(environment, with_pip=True)
    binaries = environment / ("Scripts" if sys.platform == "win32" else "bin")
    subprocess.run([binaries / "python", "-m", "pip", "install", "--quiet", UV], check=True)
    fixed = scratch / "fixed.txt"
    fixed.write_text(TORCH + "\n", encoding="utf-8")
    command = [
        binaries / "uv", "pip", "compile", "pyproject.toml", "--all-extras", "--universal",
        "--python-version", "3.11", "--fork-strategy", "fewest", "--constraint", fixed,
        "--no-annotate", "--no-header", "--quiet", "--no-config", "--system-certs",
    ]  # fmt: skip
    done = subprocess.run(command, check=True, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    return done.stdout


def main() -> None:
    """Resolve, drop what depends on the build of torch, and write the lock file."""
    with tempfile.TemporaryDirectory() as scratch:
        pins = resolve(Path(scratch)).splitlines()
    kept = [pin for pin in pins if not BUILD_DEPENDENT.match(pin)]
    if TORCH not in kept:
        sys.exit(f"The resolution does not contain {TORCH}, so requirements.lock was not written.")
    (ROOT / "requirements.lock").write_text(HEADER + "\n".join(kept) + "\n", encoding="utf-8")
    print(f"requirements.lock: {len(kept)} packages")


if __name__ == "__main__":
    main()
