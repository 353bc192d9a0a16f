"""TeX and MyST for generated pages: escaping, prose taken out of formulas, lines broken.

MathJax 3 does not break lines, and the kernel's statements are long: a formula that would be wider
than a page is broken at its outermost relations and sums.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["broken", "display", "escape", "inline", "prose", "width"]

PAGE = 78
"""Characters, as `width` counts them, that fit beside the navigation."""

_MARKUP = re.compile(r"([\\`*_{}\[\]<>$#|~^])")
_TEXT = re.compile(r"\\text\{")
_RELATIONS = (r"\le ", r"\ge ", "= ", "< ", r"\forall ")
_SIGNS = ("+ ", "- ")


def escape(text: str) -> str:
    """Plain text for MyST: nothing in it is markup."""
    return _MARKUP.sub(r"\\\1", text)


def inline(tex: str) -> str:
    """A formula in a line of text."""
    return f"${' '.join(tex.split())}$"


def display(tex: str, label: str = "") -> str:
    """A formula on lines of its own, broken where it is too wide."""
    name = f" ({label})" if label else ""
    return f"$$\n{broken(tex)}\n$${name}"


def width(tex: str) -> int:
    """About how many characters a formula is wide."""
    seen = re.sub(r"\\(left|right|mathrm|text|operatorname|mathbf|mathbb|mathcal)\b", "", tex)
    while (shorter := re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", _wider, seen)) != seen:
        seen = shorter
    seen = re.sub(r"\\(sum|prod)_\{[^{}]*\}", "MM", seen)
    seen = re.sub(r"\\[a-zA-Z]+|\\.", "x", seen)
    return len(re.sub(r"[{}\s^_]", "", seen))


def _wider(match: re.Match[str]) -> str:
    return max(match.groups(), key=lambda part: len(re.sub(r"\\[a-zA-Z]+|[{}\s^_]", "x", part)))


def _tokens(tex: str) -> Iterator[tuple[int, str]]:
    """Places at depth 0 with what begins there: braces, brackets and left-right pairs nest."""
    depth, place = 0, 0
    while place < len(tex):
        rest = tex[place:]
        command = re.match(r"\\[a-zA-Z]+|\\.", rest)
        word = command.group() if command else rest[0]
        if word == r"\left":
            depth, place = depth + 1, place + len(word) + _delimiter(tex, place + len(word))
            continue
        if word == r"\right":
            depth, place = depth - 1, place + len(word) + _delimiter(tex, place + len(word))
            continue
        depth -= word in ")}]"
        if depth == 0:
            yield place, rest
        depth += word in "({["
        place += len(word)


def _delimiter(tex: str, place: int) -> int:
    """Length of the delimiter after left or right, with spaces before it."""
    match = re.match(r"\s*(\\[a-zA-Z]+|\\.|.)", tex[place:])
    return len(match.group()) if match else 0


def _pieces(tex: str) -> list[tuple[str, str]]:
    """The formula cut at depth 0: ("relation" | "sign" | "", text), in order."""
    cuts = [(0, "")]
    for place, rest in _tokens(tex):
        before = tex[:place].rstrip()
        if place == 0 or not before:
            continue
        if rest.startswith(_RELATIONS):
            cuts.append((place, "relation"))
        elif rest.startswith(_SIGNS) and before[-1] not in "=<(,:" and not _after_relation(before):
            cuts.append((place, "sign"))
    ends = [place for place, _ in cuts[1:]] + [len(tex)]
    return [(kind, tex[a:b].strip()) for (a, kind), b in zip(cuts, ends, strict=True)]


def _after_relation(before: str) -> bool:
    return before.endswith((r"\le", r"\ge", r"\quad", r"\ "))


def broken(tex: str, page: int = PAGE) -> str:
    """The formula, in aligned lines where it is wider than the page."""
    tex = " ".join(tex.split())
    if width(tex) <= page:
        return tex
    lines: list[str] = []
    line, main = "", False
    for kind, text in _pieces(tex):
        room = width(f"{line} {text}") <= page - (4 if lines else 0)
        if line and (not room or (kind == "relation" and not main and width(tex) > 2 * page)):
            lines.append(line)
            line = ""
        main = main or kind == "relation"
        line = f"{line} {text}" if line else ("{}" + text if kind == "sign" else text)
    lines.append(line)
    if len(lines) == 1:
        return tex
    body = " \\\\\n& \\quad ".join(lines)
    return f"\\begin{{aligned}}\n& {body}\n\\end{{aligned}}"


def prose(tex: str) -> list[tuple[str, str]]:
    r"""A formula with \text in it, cut into ("text", words) and ("math", formula) parts."""
    parts: list[tuple[str, str]] = []
    begin = 0
    outside = {place for place, _ in _tokens(tex)}
    for match in _TEXT.finditer(tex):
        if match.start() not in outside or match.start() < begin:
            continue
        end = _closing(tex, match.end())
        parts.append(("math", tex[begin : match.start()].strip()))
        parts.append(("text", tex[match.end() : end].strip()))
        begin = end + 1
    parts.append(("math", tex[begin:].strip()))
    return [(kind, text) for kind, text in parts if text.strip(" ,")]


def _closing(tex: str, place: int) -> int:
    depth = 1
    while depth:
        depth += {"{": 1, "}": -1}.get(tex[place], 0)
        place += 1
    return place - 1
