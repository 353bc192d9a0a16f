"""Reference pages: the command lines from their own help, the API from its docstrings."""

from __future__ import annotations

import importlib
import inspect
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.book_tex import escape

__all__ = ["make"]

MODULES = {
    "instances": (
        "Hard instances",
        ("hardinstances.catalogue", "hardinstances.drive", "hardinstances.instance"),
    ),
    "geometry": ("Norms and certificates", ("hardinstances.geometry", "hardinstances.certificate")),
    "errors": ("Errors", ("hardinstances.errors",)),
    "theorems": (
        "Theorems and bounds",
        (
            "signcheck.registry", "signcheck.theory", "signcheck.bound", "signcheck.experiment",
            "signcheck.verify", "signcheck.show", "signcheck.mutate",
        ),
    ),
    "kernel": ("Proof kernel", ("signcheck.kernel.theorem", "signcheck.proof", "signcheck.kernel")),
    "simulate": ("Simulation", ("signcheck.simulate",)),
    "stats": ("Statistics", ("signcheck.stats",)),
    "density": ("Noise density", ("signcheck.density",)),
    "pep": ("Worst cases", ("signcheck.pep.worst_case", "signcheck.pep.smoothness")),
    "optional": (
        "Separation, rates, tests of your own",
        (
            "signcheck.separation", "signcheck.newton_schulz", "signcheck.rates",
            "signcheck.testing",
        ),
    ),
}  # fmt: skip
"""Page: title and modules; a module that is not there is left out."""

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("signcheck", "hardinstances", "gpt2_validation")
ROLE = re.compile(r":[a-z]+:`~?([^`]+)`")
UNDERLINE = re.compile(r"^-{3,}$")


def make(source: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Pages by file name; there are no numbers for other pages."""
    del source
    pages = {"reference/command-line.md": _command_line()}
    for name, (title, modules) in MODULES.items():
        found = [module for module in modules if _importable(module)]
        if found:
            body = "\n".join(line for module in found for line in _module(module))
            pages[f"reference/{name}.md"] = f"# {title}\n\n{body}"
    return pages, {}


def _importable(module: str) -> bool:
    try:
        importlib.import_module(module)
    except ModuleNotFoundError:
        return False
    return True


# ---------------------------------------------------------------- command line


def _command_line() -> str:
    lines = ["# Command line", "", "What each command says of itself.", ""]
    for name in COMMANDS:
        lines += [f"## {name}", "", "```text", _help([name]), "```", ""]
        for command in _commands(_help([name])):
            lines += [f"### {name} {command}", "", "```text", _help([name, command]), "```", ""]
    return "\n".join(lines)


def _help(words: list[str]) -> str:
    """What ``words --help`` prints."""
    program = Path(sys.executable).with_name(words[0])
    call = [str(program)] if program.exists() else [sys.executable, "-m", words[0]]
    plain = {"COLUMNS": "88", "TERM": "dumb", "NO_COLOR": "1"}
    done = subprocess.run(
        [*call, *words[1:], "--help"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, **plain},
        cwd=ROOT,
    )
    return "\n".join(line.rstrip() for line in done.stdout.strip("\n").splitlines())


def _commands(text: str) -> list[str]:
    listed = text.partition("Commands:")[2]
    return re.findall(r"^  ([a-z0-9-]+)(?:  |$)", listed, re.MULTILINE)


# ---------------------------------------------------------------- API


def _module(name: str) -> Iterator[str]:
    module = importlib.import_module(name)
    yield f"## {name}"
    yield ""
    yield from _docstring(inspect.getdoc(module) or "")
    for member in _public(module):
        yield from _member(member, getattr(module, member))


def _public(module: Any) -> list[str]:
    listed = getattr(module, "__all__", None)
    if listed is None:
        own = [
            n for n, v in vars(module).items() if getattr(v, "__module__", "") == module.__name__
        ]
        listed = [name for name in own if not name.startswith("_")]
    return [name for name in listed if callable(getattr(module, name))]


def _member(name: str, value: Any) -> Iterator[str]:
    kind = "class" if inspect.isclass(value) else "function"
    yield f"### {escape(name)}"
    yield ""
    yield "```python"
    yield f"{'class ' if kind == 'class' else ''}{name}{_signature(value)}"
    yield "```"
    yield ""
    yield from _docstring(inspect.getdoc(value) or "")
    if kind == "class":
        for method, function in vars(value).items():
            text = inspect.getdoc(function)
            described = inspect.isfunction(function) or isinstance(function, property)
            if method.startswith("_") or not described or not text:
                continue
            call = _signature(function) if inspect.isfunction(function) else ""
            yield f"**`{method}{call}`**"
            yield ""
            yield from _docstring(text)


def _signature(value: Any) -> str:
    try:
        text = str(inspect.signature(value))
    except (TypeError, ValueError):
        return ""
    text = re.sub(r" at 0x[0-9a-f]+", "", text)
    text = re.sub(r"<([a-zA-Z_.]+)[^<>]*>", r"\1", text)
    return text.replace("'", "")


def _docstring(text: str) -> Iterator[str]:
    """A numpy docstring in MyST: sections as bold words, entries as list items."""
    lines = text.splitlines()
    inside = False
    place = 0
    while place < len(lines):
        line = lines[place]
        if place + 1 < len(lines) and UNDERLINE.match(lines[place + 1]):
            yield from ("", f"*{line.strip()}*", "")
            inside, place = True, place + 2
            continue
        if not inside:
            yield _inline(line)
        elif line.strip() and not line.startswith(" "):
            yield f"- `{line.strip()}`"
        elif line.strip():
            yield f"  {_inline(line.strip())}"
        place += 1
    yield ""


def _inline(line: str) -> str:
    """One line of restructured text: code and roles as code, the rest as plain text."""
    line = ROLE.sub(lambda m: f"``{m.group(1).rpartition('.')[2]}``", line)
    parts = re.split(r"(``[^`]+``|`[^`]+`)", line)
    return "".join(
        f"`{part.strip('`')}`" if part.startswith("`") else escape(part.strip("\t"))
        for part in parts
    )
