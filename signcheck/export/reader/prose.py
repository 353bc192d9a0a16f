"""The statement as the reader read it: text from rows, so that nobody has to trust another text."""

from __future__ import annotations

from typing import Any

from signcheck.export.reader.terms import Terms

_INFIX = {"Add": " + ", "Mul": " * ", "Pow": "**", "Le": " <= ", "Lt": " < ", "Eq": " == "}


def text(t: Terms, part: Any) -> str:
    """A term or formula as text."""
    if not isinstance(part, int):
        return str(part)
    op, *parts = t.rows[part]
    if op in ("num", "sym", "const"):
        return str(parts[0])
    if op == "ForAll":
        guards = ", ".join(text(t, g) for g in parts[2:])
        symbol = f"{text(t, parts[0])} ({t.sort(parts[0])})"
        return f"for all {symbol} with {guards or 'no condition'}: {text(t, parts[1])}"
    inside = [text(t, p) for p in parts]
    if op in _INFIX:
        return _INFIX[op].join(f"({x})" if " " in x else x for x in inside)
    if op == "Ap":
        return f"{inside[0]}({', '.join(inside[1:])})"
    return f"{op}({', '.join(inside)})"
