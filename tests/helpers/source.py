"""Read the source tree: modules, what they import, how long they are."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("hardinstances", "signcheck", "proofs", "gpt2_validation")
DYNAMIC_IMPORTS = ("import_module", "__import__")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True)
class Module:
    """One Python file, its dotted name (`signcheck.kernel.rules`) and its text."""

    name: str
    path: Path
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The parsed file."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def package(self) -> str:
        """The top-level package."""
        return self.name.partition(".")[0]

    def imports(self) -> Iterator[str]:
        """Yield the dotted name of everything imported anywhere in the file.

        `from a.b import c` yields `a.b.c` (whether c is a module or not), relative imports are
        made absolute, and importlib.import_module("a.b") counts when its argument is a literal.
        """
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = self._absolute(node)
                yield from (f"{base}.{alias.name}" for alias in node.names)
            elif isinstance(node, ast.Call):
                yield from _imported_by_call(node)

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        drop = node.level - (self.path.name == "__init__.py")
        return ".".join([*parts[: len(parts) - drop], *([node.module] if node.module else [])])

    def functions(self) -> Iterator[tuple[str, int]]:
        """Yield each function's name and its lines, less its docstring and nested functions."""
        for node in ast.walk(self.tree):
            if isinstance(node, FUNCTION):
                inner = [n for n in ast.walk(node) if isinstance(n, FUNCTION) and n is not node]
                nested = {line for n in inner for line in range(n.lineno, _end(n) + 1)}
                body = node.body[1:] if ast.get_docstring(node) is not None else node.body
                lines = range(body[0].lineno, _end(node) + 1) if body else range(0)
                yield node.name, len(set(lines) - nested)


def _end(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def _imported_by_call(node: ast.Call) -> Iterator[str]:
    function = node.func
    called = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
    if called in DYNAMIC_IMPORTS and node.args:
        target = node.args[0]
        if isinstance(target, ast.Constant) and isinstance(target.value, str):
            yield target.value


def module(name: str, text: str, *, is_package: bool = False) -> Module:
    """Return a module made of the given text, for tests of the reader itself."""
    file = "__init__.py" if is_package else name.rpartition(".")[2] + ".py"
    return Module(name, Path(file), text)


def modules(*folders: str) -> list[Module]:
    """Return every Python file under the folders of the checkout, in a fixed order."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = list(path.relative_to(ROOT).with_suffix("").parts)
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(name, path, path.read_text(encoding="utf-8")))
    return found
