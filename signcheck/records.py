"""Files of finished cells: one JSON line each, only ever appended, so that a run can go on.

The first line is the header: what decides the results, and how the run was started. A file is
continued only by a run whose header decides the same.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any, TypeAlias

from hardinstances.errors import DataError, InputError

__all__ = ["Records", "Row", "read"]

Row: TypeAlias = dict[str, Any]


def read(path: Path) -> tuple[Row, list[Row], int]:
    """Header, finished cells, and the length in bytes of the complete lines.

    A last line that was cut off is left out; a file without a complete line has no header.

    Raises
    ------
    DataError
        If a line is no JSON object.
    """
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    try:
        lines = [json.loads(line) for line in content[:end].decode("utf-8").splitlines()]
    except ValueError as error:
        raise DataError(f"{path} is damaged ({error}): delete it and start again.") from error
    if not all(isinstance(line, dict) for line in lines):
        raise DataError(f"{path} is no file of finished cells: give the path of another folder.")
    return (lines[0], lines[1:], end) if lines else ({}, [], 0)


class Records:
    """An open file of finished cells.

    Parameters
    ----------
    path
        Where; made if it is not there.
    header
        First line of a new file.
    decides
        Entries of the header that must not change between a run and its continuation.
    names
        Entries of a cell that name it.
    resume
        Whether a file with results may be continued.

    Attributes
    ----------
    cells
        Finished cells by the entry ``names``, or by the tuple of several.

    Raises
    ------
    InputError
        If the file is not to be continued, or was made under another header.
    DataError
        If it is damaged, or holds something else.
    """

    def __init__(
        self,
        path: Path,
        header: Mapping[str, Any],
        *,
        decides: Sequence[str],
        names: Sequence[str],
        resume: bool = True,
    ) -> None:
        self.path = path
        self.cells: dict[Any, Row] = {}
        self._name = itemgetter(*names)
        found, cells, end = read(path) if path.exists() else ({}, [], 0)
        if not found:
            path.write_text("", encoding="utf-8")
            self._append(header)
            return
        self._check(found, cells, header, decides, names)
        if not resume:
            raise InputError(
                f"{path} holds results already: continue with --resume, or choose another folder "
                "with --out."
            )
        # What a killed run left of a line.
        os.truncate(path, end)
        self.cells = {self._name(cell): cell for cell in cells}

    def add(self, cell: Row) -> None:
        """Append a finished cell; it is on the disk when this returns."""
        self._append(cell)
        self.cells[self._name(cell)] = cell

    def _check(
        self,
        found: Row,
        cells: Sequence[Row],
        header: Mapping[str, Any],
        decides: Sequence[str],
        names: Sequence[str],
    ) -> None:
        if not set(decides) <= set(found) or not all(set(names) <= set(cell) for cell in cells):
            raise DataError(
                f"{self.path} holds other cells than this command's: give the path of another "
                "folder."
            )
        for name in decides:
            if found[name] != header[name]:
                raise InputError(
                    f"{self.path} was made with other {name} ({_short(found[name])}, now "
                    f"{_short(header[name])}): choose another folder, or delete the file."
                )

    def _append(self, content: Mapping[str, Any]) -> None:
        line = json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n"
        with self.path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
