"""The file of finished cells: one JSON line each, only ever appended, so that a run can go on.

The first line says what decides the results; a file is continued only if it says the same.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from hardinstances.errors import DataError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from signcheck.gauntlet.cells import Cell

__all__ = ["Records", "read"]

_DECIDES = ("plan", "versions", "instances")
"""Entries of the header that must not change between a run and its continuation."""


def read(path: Path) -> tuple[dict[str, Any], list[Cell], int]:
    """Header, finished cells, and the length in bytes of the complete lines.

    Raises
    ------
    DataError
        If the file is not one of records; a last line that was cut off is left out.
    """
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    try:
        lines = [json.loads(line) for line in content[:end].decode("utf-8").splitlines()]
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}): delete it and start again.") from error
    if not lines:
        return {}, [], 0
    if not all(isinstance(line, dict) for line in lines) or "plan" not in lines[0]:
        raise DataError(f"{path} holds no gauntlet: give the path of another folder.")
    for line in lines[1:]:
        if not {"optimizer", "instance", "status"} <= set(line):
            raise DataError(f"{path} has a line that is no cell: delete it and start again.")
    return lines[0], lines[1:], end


class Records:
    """An open file of records.

    Parameters
    ----------
    path
        Where; continued if it is there.
    header
        What decides the results, and how the run was started.

    Attributes
    ----------
    cells
        Finished cells, by optimizer and instance.

    Raises
    ------
    InputError
        If the file was made with other settings or versions.
    DataError
        If it is damaged.
    """

    def __init__(self, path: Path, header: dict[str, Any]) -> None:
        self.path = path
        self.cells: dict[tuple[str, str], Cell] = {}
        found, cells, end = read(path) if path.exists() else ({}, [], 0)
        if found:
            for name in _DECIDES:
                if found.get(name) != header[name]:
                    raise InputError(
                        f"{path} was made with other {name} ({_short(found.get(name))}, now "
                        f"{_short(header[name])}): choose another folder, or delete the file."
                    )
            # What a cut off write left behind.
            os.truncate(path, end)
            for cell in cells:
                self.cells[cell["optimizer"], cell["instance"]] = cell
        else:
            path.write_text("", encoding="utf-8")
            self._append(header)

    def add(self, cell: Cell) -> None:
        """Append a finished cell; it is on the disk when this returns."""
        self._append(cell)
        self.cells[cell["optimizer"], cell["instance"]] = cell

    def _append(self, content: dict[str, Any]) -> None:
        line = json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
