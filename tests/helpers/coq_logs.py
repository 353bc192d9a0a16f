"""What coqc leaves of a file, as if it had been run."""

from __future__ import annotations

from pathlib import Path

from signcheck.export.coq import coq_file
from signcheck.export.coq_prelude import FILE_NAME, PRELUDE
from signcheck.theory import Theory

QUARTER = "0.25"


def leave(theory: Theory, folder: Path) -> Path:
    """Source, ``.vo``, and a log with a quarter of a second of processor time for each line."""
    file = coq_file(theory)
    (folder / f"{FILE_NAME}.v").write_text(PRELUDE)
    source = folder / f"{file.name}.v"
    source.write_text(file.text)
    lines, at = [], 0
    for line in file.text.encode().splitlines(keepends=True):
        lines.append(f"Chars {at} - {at + len(line)} [line.] 1.5 secs ({QUARTER}u,0.s)")
        at += len(line)
    source.with_suffix(".v.log").write_text("\n".join([*lines, "Axioms:", "x : R"]) + "\n")
    source.with_suffix(".vo").write_text("")
    return source
