"""Folders of results: paragraphs of their pages, and files that are written in one stroke."""

from __future__ import annotations

import os
import textwrap
from pathlib import Path

from hardinstances.errors import InputError

__all__ = ["filled", "make_folder", "save"]

WIDTH = 100


def filled(text: str) -> str:
    """A paragraph in lines of at most 100 characters."""
    return textwrap.fill(" ".join(text.split()), WIDTH, break_long_words=False)


def make_folder(path: Path) -> None:
    """Make a folder with those above it; raises InputError where the system refuses."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(path, error) from error


def save(path: Path, text: str) -> None:
    """Write a file so that nobody sees half of it; raises InputError where the system refuses."""
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> InputError:
    return InputError(f"{path} cannot be written ({error.strerror}): name another with --out.")
