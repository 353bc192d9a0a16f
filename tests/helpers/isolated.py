"""Run Python in a fresh interpreter, as if some packages were not installed."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

# Hides packages from the path finder, so that `import`, `find_spec` and `sys.modules` all answer as
# they do where the package is missing. (None in sys.modules would stop the import, too, but
# libraries that ask `"torch" in sys.modules` would then take it for loaded.)
_HIDE = """
import sys
from importlib.machinery import PathFinder
class _Without:
    hidden = {hidden!r}
    invalidate_caches = PathFinder.invalidate_caches
    find_distributions = PathFinder.find_distributions
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.hidden:
            return None
        return PathFinder.find_spec(name, path, target)
sys.meta_path[sys.meta_path.index(PathFinder)] = _Without
"""


def run_python(
    code: str,
    *,
    without: Iterable[str] = (),
    arguments: Iterable[str] = (),
    timeout: float = 60.0,
) -> subprocess.CompletedProcess[str]:
    """Run code in a new interpreter whose imports behave as if `without` were not installed.

    The caller checks the return code: a test of bad input expects a failure.
    """
    prelude = _HIDE.format(hidden=frozenset(without))
    return subprocess.run(
        [sys.executable, "-c", prelude + code, *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONWARNINGS": "error"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def run_command(
    entry: str, *arguments: str, without: Iterable[str] = (), timeout: float = 60.0
) -> subprocess.CompletedProcess[str]:
    """Run a console script's entry point, written "module:function", as the script would."""
    module, _, function = entry.partition(":")
    code = (
        f"from importlib import import_module\n"
        f"sys.argv[0] = {module.partition('.')[0]!r}\n"
        f"sys.exit(getattr(import_module({module!r}), {function!r})())\n"
    )
    return run_python(code, without=without, arguments=arguments, timeout=timeout)
