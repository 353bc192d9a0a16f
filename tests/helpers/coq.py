"""Checking a text with coqc, after the prelude."""

import shutil
import subprocess
from pathlib import Path

from signcheck.export.coq_prelude import FILE_NAME, PRELUDE


def check(folder: Path, text: str) -> bool:
    """Whether coqc accepts a file that begins with the prelude."""
    (folder / "checked.v").write_text(text)
    names = ["checked"]
    if not (folder / f"{FILE_NAME}.vo").exists():
        (folder / f"{FILE_NAME}.v").write_text(PRELUDE)
        names.insert(0, FILE_NAME)
    for name in names:
        done = subprocess.run(
            [shutil.which("coqc") or "coqc", "-w", "none", f"{name}.v"],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=100,
        )
    return done.returncode == 0
