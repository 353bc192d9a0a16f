"""Pages and files of results."""

from __future__ import annotations

from pathlib import Path

import pytest

from hardinstances.errors import InputError
from signcheck.pages import filled, make_folder, save


def test_lines_are_short_and_no_word_is_lost() -> None:
    words = "word " * 60 + "x" * 120
    assert max(map(len, filled(words).splitlines()[:-1])) <= 100
    assert filled(words).split() == words.split()


def test_a_file_is_whole_or_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a" / "b" / "page.md"
    make_folder(path.parent)
    save(path, "first")
    assert [p.name for p in path.parent.iterdir()] == ["page.md"]

    def full(*_: object, **__: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(InputError, match="No space left"):
        save(path, "second")
    assert path.read_text() == "first"


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        make_folder(tmp_path / "file" / "folder")
