"""The file of finished cells: one JSON line each, only ever appended, so that a run can go on.

The first line holds the digest of the plan; only the same plan, with the same library versions,
continues a file. The gauntlet's records are kept the same way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hardinstances.errors import DataError, InputError
from signcheck.rates.measure import Result

__all__ = ["Records"]

_DECIDES = ("plan", "versions", "device")


class Records:
    """An open file of finished cells.

    Parameters
    ----------
    path
        Where.
    header
        ``plan`` (digest), ``versions`` and ``device``, which decide the numbers.
    resume
        Go on with what is there; without it the file must not exist yet.

    Attributes
    ----------
    results
        Finished cells by name.

    Raises
    ------
    InputError
        If the file is there and not to be continued, or was made under another header.
    DataError
        If it is damaged.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], *, resume: bool) -> None:
        self._path = path
        self.results: dict[str, Result] = {}
        if path.exists() and path.stat().st_size:
            if not resume:
                raise InputError(
                    f"{path} holds results already: continue with --resume, or choose another "
                    "folder with --out."
                )
            self._read(header)
            return
        path.write_text("", encoding="utf-8")
        self._append(dict(header))

    def add(self, result: Result) -> None:
        """Append a finished cell; it is on the disk when this returns."""
        self._append(result)
        self.results[result["name"]] = result

    def _read(self, header: Mapping[str, Any]) -> None:
        content = self._path.read_bytes()
        end = content.rfind(b"\n") + 1
        try:
            lines = [json.loads(line) for line in content[:end].decode("utf-8").splitlines()]
        except ValueError as error:
            raise DataError(f"{self._path} is damaged ({error}): delete it, start again.") from None
        if not lines:
            self._path.write_text("", encoding="utf-8")
            self._append(dict(header))
            return
        for name in _DECIDES:
            if lines[0].get(name) != header[name]:
                raise InputError(
                    f"{self._path} was made under another {name}: choose another folder with "
                    "--out, or delete the file."
                )
        # What a killed run left of a line.
        os.truncate(self._path, end)
        self.results = {line["name"]: line for line in lines[1:]}

    def _append(self, content: Mapping[str, Any]) -> None:
        line = json.dumps(content, allow_nan=False, separators=(",", ":")) + "\n"
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
