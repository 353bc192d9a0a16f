"""Run the cells of all pages: a page with cells becomes a notebook with their outputs.

A worker starts one kernel and empties its namespace before each page: starting Python and importing
sympy for every page would take most of the build.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

__all__ = ["execute"]

SECONDS = 120
FRESH = """%reset -f
import os, warnings
warnings.resetwarnings()
os.chdir({folder!r})
del os, warnings
"""


def execute(source: Path, environment: dict[str, str], workers: int) -> list[str]:
    """Execute every page with cells; returns a text for each page that failed.

    Parameters
    ----------
    source
        Folder of the pages.
    environment
        Variables that the kernels see.
    workers
        Kernels, >= 1.
    """
    import nbformat
    from myst_nb.core.read import read_myst_markdown_notebook
    from myst_parser.config.main import MdParserConfig

    config = MdParserConfig(enable_extensions={"colon_fence", "dollarmath"})
    pending: SimpleQueue[tuple[Path, Any]] = SimpleQueue()
    for path in sorted(source.rglob("*.md")):
        text = path.read_text("utf-8")
        if "```{code-cell}" in text:
            pending.put((path, read_myst_markdown_notebook(text, config)))
    with ThreadPoolExecutor(workers) as pool:
        parts = pool.map(lambda _: list(_worker(pending, environment)), range(workers))
        done = [item for part in parts for item in part]
    failures = []
    for path, notebook, error in sorted(done, key=lambda item: item[0]):
        if error:
            failures.append(f"{path.relative_to(source)}: a cell failed\n{error}")
        nbformat.write(notebook, path.with_suffix(".ipynb"))
        path.unlink()
    return failures


def _worker(
    pending: SimpleQueue[tuple[Path, Any]], environment: dict[str, str]
) -> Iterator[tuple[Path, Any, str]]:
    """Pages from the queue until it is empty, one kernel for all of them."""
    from jupyter_client.manager import KernelManager

    kernel = KernelManager(kernel_name="python3")
    kernel.start_kernel(env=environment, extra_arguments=["--log-level=ERROR"])
    try:
        while True:
            try:
                path, notebook = pending.get_nowait()
            except Empty:
                return
            yield path, notebook, _run(kernel, path, notebook)
    finally:
        kernel.shutdown_kernel(now=True)


def _run(kernel: Any, path: Path, notebook: Any) -> str:
    """Run one page in an empty namespace; what went wrong, or nothing."""
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError
    from nbformat.v4 import new_code_cell

    notebook.cells.insert(0, new_code_cell(FRESH.format(folder=str(path.parent))))
    try:
        NotebookClient(notebook, km=kernel, timeout=SECONDS).execute()
    except (CellExecutionError, CellTimeoutError) as error:
        return str(error)
    finally:
        del notebook.cells[0]
    return ""
