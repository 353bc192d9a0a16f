"""Plans as data: written, read back, told apart."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from hardinstances.errors import DataError, InputError
from signcheck.rates.plan import read_plan, spread
from tests.rates.small import small_plan


def test_a_plan_survives_its_file(tmp_path: Path) -> None:
    plan = small_plan()
    (tmp_path / "plan.json").write_text(json.dumps(plan.to_json()))
    again = read_plan(tmp_path / "plan.json")
    assert again.to_json() == plan.to_json()
    assert again.digest == plan.digest
    assert list(again.cells) == list(plan.cells)
    assert again.parts[0].curves[0].points == plan.parts[0].curves[0].points


def test_the_digest_sees_every_number() -> None:
    plan = small_plan()
    assert plan.digest == small_plan().digest
    assert small_plan(seed=1).digest != plan.digest
    assert small_plan(scale=0.95).digest != plan.digest


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": 0}', "not json"])
def test_what_is_no_plan_is_refused(tmp_path: Path, content: str) -> None:
    (tmp_path / "plan.json").write_text(content)
    with pytest.raises(DataError, match="write it anew"):
        read_plan(tmp_path / "plan.json")


def test_cells_have_names_of_their_own() -> None:
    part = small_plan().parts[0]
    twice = replace(small_plan(), parts=(replace(part, cells=(*part.cells, part.cells[0])),))
    with pytest.raises(InputError, match="same name"):
        _ = twice.cells


def test_one_experiment_of_many() -> None:
    assert small_plan().only("s").parts == small_plan().parts
    with pytest.raises(InputError, match="There is no experiment 'q'"):
        small_plan().only("q")


def test_pairs_are_spread() -> None:
    assert spread([[0.5, 2], (1.0, 1)]) == [0.5, 0.5, 1.0]
