"""Build the book: ``python -m tools.book``, or ``make book``.

The pages of ``book/`` are copied to ``build/book/source``, the generated ones are written beside
them, ``{{ name }}`` in a page becomes the number or table of that name, all cells run in parallel,
Sphinx builds with warnings as errors, and the result is checked.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from tools import book_check, book_execute, book_html, book_pages

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "book"
WORK = ROOT / "build" / "book"
SOURCE = WORK / "source"
HTML = WORK / "_build" / "html"
CELL = "```{code-cell}"
HEADER = """---
jupytext:
  text_representation:
    extension: .md
    format_name: myst
kernelspec:
  display_name: Python 3
  name: python3
---

"""
MARK = re.compile(r"\{\{ ([a-z0-9_]+) \}\}")


def fill(text: str, values: Mapping[str, str], page: str) -> str:
    """A page with its marks replaced.

    Raises
    ------
    KeyError
        If a mark names nothing; the message names the page and what there is.
    """

    def value(match: re.Match[str]) -> str:
        name = match.group(1)
        if name not in values:
            raise KeyError(f"{page} asks for {name!r}; known are {', '.join(sorted(values))}.")
        return values[name]

    return MARK.sub(value, text)


def assemble(workers: int) -> list[str]:
    """Write the source tree; returns a sentence for each theorem that does not prove."""
    shutil.rmtree(WORK, ignore_errors=True)
    shutil.copytree(PAGES, SOURCE, ignore=shutil.ignore_patterns("__pycache__", "_build"))
    made = book_pages.make(SOURCE, workers)
    pages = {}
    for path in [*SOURCE.rglob("*.md"), SOURCE / "_toc.yml"]:
        name = str(path.relative_to(SOURCE))
        pages[name] = fill(path.read_text("utf-8"), made.values, name)
    for name, text in {**pages, **made.written}.items():
        target = SOURCE / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(HEADER + text if CELL in text else text, "utf-8")
    return made.failures


def environment() -> dict[str, str]:
    """What the kernels see: our figures on the path, one thread each, no state of the user's."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS"), "1")
    return {
        **os.environ,
        **threads,
        "PYTHONPATH": str(PAGES / "lib"),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "SIGNCHECK_ROOT": str(ROOT),
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "IPYTHONDIR": str(WORK / "ipython"),
    }


def sphinx() -> int:
    """Run Jupyter Book over the assembled source; warnings are errors."""
    tool = Path(sys.executable).with_name("jupyter-book")
    command = [tool, "build", SOURCE, "--path-output", WORK, "--builder", "html"]
    command += ["--all", "-W", "-n", "--keep-going", "--quiet"]
    return subprocess.run(command, env=environment(), check=False, cwd=WORK).returncode


def main() -> int:
    """Assemble, execute, build, check; the exit status says whether all of it succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    begin = time.monotonic()

    def note(what: str) -> None:
        print(f"[{time.monotonic() - begin:5.0f} s] {what}", flush=True)

    note("proving the theorems and writing their pages")
    failures = assemble(options.workers)
    note("running the cells")
    failures += book_execute.execute(SOURCE, environment(), options.workers)
    for line in failures:
        print(line)
    note("building the pages")
    status = sphinx()
    if status or failures:
        note("failed")
        return 1
    book_html.clean_all(HTML)
    note("checking links, scripts, pictures and formulas")
    complaints = book_check.check(HTML)
    for line in complaints:
        print(line)
    note(f"{len(complaints)} complaints; open {HTML / 'index.html'}")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
