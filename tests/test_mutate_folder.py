"""A mutation run as a folder: it goes on where it was cut off and keeps what is still true."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sympy as sp

from hardinstances.errors import DataError, InputError
from signcheck import mutate, mutate_folder, mutate_report, registry
from signcheck.mutate_folder import key, run
from signcheck.mutate_readme import readme
from tests.helpers.isolated import run_command
from tests.helpers.source import ROOT

IDS = ["L0-gap", "T4-single"]


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which theorems are examined, in order."""
    seen: list[str] = []
    examine = mutate_report.examine

    def counting(theory: Any) -> mutate_report.Line:
        seen.append(theory.id)
        return examine(theory)

    monkeypatch.setattr(mutate_report, "examine", counting)
    return seen


def test_a_file_a_theorem_tells_what_the_report_tells(tmp_path: Path) -> None:
    lines = run(IDS, tmp_path / "new" / "folder")
    assert [line.id for line in lines] == IDS
    for line in lines:
        content = json.loads((tmp_path / "new" / "folder" / f"{line.id}.json").read_text())
        plain = json.loads(json.dumps(line.plain()))
        assert {name: content[name] for name in plain} == plain
        assert mutate_report.Line.read(content) == line
        assert line == mutate_report.examine(registry.load(line.id))
        assert content["settings"]["versions"]["sympy"] == sp.__version__
    names = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert names == {*(f"{name}.json" for name in IDS), "README.md"}


def test_the_page_speaks_of_the_whole_folder(tmp_path: Path, counted: list[str]) -> None:
    run(IDS[1:], tmp_path)
    (line,) = run(IDS[:1], tmp_path, resume=True)
    assert line.id == IDS[0]
    assert counted == IDS[::-1]
    page = (tmp_path / "README.md").read_text()
    assert all(f"| {name} " in page for name in IDS)
    assert f"signcheck mutate {' '.join(IDS)} --out" in page
    with pytest.raises(InputError, match="continue with --resume"):
        run(IDS[:1], tmp_path)


def test_what_is_there_is_kept_and_what_is_missing_is_made(
    tmp_path: Path, counted: list[str]
) -> None:
    first = run(IDS[:1], tmp_path)
    before = (tmp_path / "L0-gap.json").stat().st_mtime_ns
    told: list[tuple[str, int, int]] = []
    both = run(IDS, tmp_path, resume=True, progress=lambda *step: told.append(step))
    assert counted == IDS
    assert both[:1] == first
    assert (tmp_path / "L0-gap.json").stat().st_mtime_ns == before
    assert told == [("L0-gap", 1, 2), ("T4-single", 2, 2)]
    assert run(IDS, tmp_path, resume=True) == both
    assert counted == IDS


def test_what_was_finished_before_a_failure_is_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = registry.load

    def broken(name: str) -> Any:
        if name == "T4-single":
            raise InputError("no such luck")
        return load(name)

    monkeypatch.setattr(registry, "load", broken)
    with pytest.raises(InputError, match="no such luck"):
        run(IDS, tmp_path)
    monkeypatch.undo()
    assert [path.name for path in tmp_path.iterdir()] == ["L0-gap.json"]
    run(IDS, tmp_path, resume=True)
    assert (tmp_path / "T4-single.json").exists()


@pytest.mark.parametrize("change", ["settings", "samples", "notes", "proof"])
def test_whatever_decides_a_report_changes_its_key(
    change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    theory = registry.load("L0-gap")
    before = key(theory)
    assert key(theory) == before
    if change == "settings":
        monkeypatch.setattr(mutate, "NUDGE", sp.Rational(1, 10))
    other = {
        "settings": theory,
        "samples": replace(theory, samples=lambda: theory.samples()[1:]),
        "notes": replace(theory, notes={"slack": "a reason"}),
        "proof": replace(registry.load("T4-single"), id="L0-gap", samples=theory.samples),
    }
    assert key(other[change]) != before


def test_a_report_under_another_key_is_made_again(tmp_path: Path, counted: list[str]) -> None:
    run(IDS[:1], tmp_path)
    path = tmp_path / "L0-gap.json"
    content = json.loads(path.read_text())
    path.write_text(json.dumps(content | {"key": "0" * 64, "weaker": 99}))
    (line,) = run(IDS[:1], tmp_path, resume=True)
    assert counted == ["L0-gap", "L0-gap"]
    assert line.weaker == content["weaker"] != 99
    assert json.loads(path.read_text())["key"] == content["key"]


def test_results_are_not_overwritten_without_being_asked(tmp_path: Path) -> None:
    run(IDS[:1], tmp_path)
    with pytest.raises(InputError, match="continue with --resume"):
        run(IDS, tmp_path)


CUT = '{"theorem": "L0-gap", "settings": {"format": "signcheck/mutation/1"}}'


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"theorem": "T1"}', "{}", CUT, '{"theorem": "L0-gap", "settings": []}']
)
def test_a_damaged_file_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "L0-gap.json").write_text(text)
    with pytest.raises(DataError, match=r"L0-gap\.json"):
        run(IDS[:1], tmp_path, resume=True)


def test_bad_arguments_are_refused_before_any_work(tmp_path: Path, counted: list[str]) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="positive integer"):
        run(IDS, tmp_path, workers=0)
    with pytest.raises(InputError, match="cannot be written"):
        run(["T4-single"], tmp_path / "file")
    with pytest.raises(InputError, match="no theorem 'T99'"):
        run(["T99"], tmp_path)
    assert counted == []


def test_processes_find_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHASHSEED", "5")
    assert run(IDS, tmp_path, workers=2) == run(IDS, tmp_path, resume=True)
    keys = [json.loads((tmp_path / f"{name}.json").read_text())["key"] for name in IDS]
    assert keys == [key(registry.load(name)) for name in IDS]


def test_a_worker_that_dies_says_how_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import BrokenExecutor, Future

    class Dying:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> Dying:
            return self

        def __exit__(self, *_: object) -> None: ...

        def submit(self, *_: Any) -> Future[Any]:
            task: Future[Any] = Future()
            task.set_exception(BrokenExecutor("killed"))
            return task

    monkeypatch.setattr(mutate_folder, "ProcessPoolExecutor", Dying)
    with pytest.raises(InputError, match="go on with --resume"):
        run(IDS, tmp_path, workers=2)


def test_the_command_writes_a_folder_and_refuses_resume_without_one(tmp_path: Path) -> None:
    where = str(tmp_path / "out")
    done = run_command("signcheck.cli:main", "mutate", "T4-single", "--out", where)
    assert done.returncode == 0, done.stderr
    assert "1 theorems" in done.stdout
    assert (
        f"signcheck mutate T4-single --out {where} --resume"
        in (tmp_path / "out" / "README.md").read_text()
    )
    done = run_command("signcheck.cli:main", "mutate", "T4-single", "--resume")
    assert done.returncode == 2
    assert "--out" in done.stderr


def test_the_committed_page_is_that_of_the_committed_files() -> None:
    folder = ROOT / "results" / "mutation"
    files = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    ids = [name for name in registry.ids() if name in files]
    assert set(ids) == set(files)
    lines = [mutate_report.Line.read(files[name]) for name in ids]
    assert all(line.ok for line in lines)
    page = (folder / "README.md").read_text()
    command = next(row.strip() for row in page.splitlines() if row.startswith("    signcheck"))
    seconds = sum(content["seconds"] for content in files.values())
    settings = files[ids[0]]["settings"]
    assert all(content["settings"] == settings for content in files.values())
    assert page == readme(lines, command, settings, round(seconds, 2))
