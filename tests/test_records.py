"""The file of finished cells survives interruptions and refuses what does not belong to it."""

import json

import pytest

from hardinstances.errors import DataError, InputError
from signcheck.records import Records, read

HEADER = {"plan": {"seed": 0}, "versions": {"torch": "2"}, "command": "x"}


def opened(path, header=HEADER, **more):
    names = ("optimizer", "instance")
    return Records(path, header, decides=("plan", "versions"), names=names, **more)


def cell(optimizer, **more):
    return {"optimizer": optimizer, "instance": "chain", "status": "not run", "reason": "?"} | more


@pytest.fixture
def path(tmp_path):
    return tmp_path / "cells.jsonl"


def test_cells_come_back(path):
    records = opened(path)
    records.add(cell("a", ratio=0.1))
    records.add(cell("b"))
    again = opened(path, HEADER | {"command": "another"})
    assert again.cells == records.cells
    assert again.cells["a", "chain"]["ratio"] == 0.1
    assert read(path)[0]["command"] == "x"


@pytest.mark.parametrize("cut", [1, 5, 30])
def test_a_line_that_was_cut_off_is_run_again(path, cut):
    records = opened(path)
    records.add(cell("a"))
    records.add(cell("b"))
    path.write_bytes(path.read_bytes()[:-cut])
    again = opened(path)
    assert set(again.cells) == {("a", "chain")}
    again.add(cell("b"))
    assert set(opened(path).cells) == {("a", "chain"), ("b", "chain")}
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_header_that_was_cut_off_starts_anew(path):
    path.write_text('{"plan": {')
    assert not opened(path).cells
    assert read(path)[0] == HEADER


@pytest.mark.parametrize("name", ["plan", "versions"])
def test_other_settings_are_refused(path, name):
    opened(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match=f"made with other {name}"):
        opened(path, HEADER | {name: {"other": 1}})
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("not json\n", "is damaged"),
        ("[1]\n", "no file of finished cells"),
        ('{"a": 1}\n', "holds other cells"),
        (json.dumps(HEADER) + '\n{"optimizer": "a"}\n', "holds other cells"),
    ],
)
def test_foreign_files_are_refused(path, text, message):
    path.write_text(text)
    with pytest.raises(DataError, match=message):
        opened(path)
    assert path.read_text() == text


def test_a_file_with_results_is_continued_only_on_request(path):
    opened(path, resume=False).add(cell("a"))
    with pytest.raises(InputError, match="continue with --resume"):
        opened(path, resume=False)
    assert set(opened(path, resume=True).cells) == {("a", "chain")}


def test_one_name_is_a_key_by_itself(path):
    records = Records(path, HEADER, decides=("plan",), names=("optimizer",))
    records.add(cell("a"))
    assert set(records.cells) == {"a"}


def test_a_number_that_is_not_finite_is_never_written(path):
    records = opened(path)
    with pytest.raises(ValueError, match="JSON compliant"):
        records.add(cell("a", ratio=float("nan")))
    assert not opened(path).cells
