"""The command: runs what is missing, writes table, picture and claims, and goes on later."""

import itertools
import json
from io import StringIO

import pytest
from rich.console import Console

from hardinstances.errors import InputError
from signcheck.gauntlet import campaign, command, plan
from signcheck.gauntlet.arenas import arenas
from signcheck.gauntlet.entries import entries, find_entry
from signcheck.gauntlet.heatmap import HIGHEST, LOWEST, draw, shade
from signcheck.gauntlet.plan import Plan
from signcheck.gauntlet.report import Report, cell_text

TINY = Plan("quick", 20, 12, 3, tuning_seeds=1, final_seeds=2, judged_seeds=4)


@pytest.fixture
def gauntlet(package, monkeypatch, tmp_path):
    """The command with the tiny plan, writing below tmp_path; returns exit code and text."""
    monkeypatch.setattr(command, "QUICK", TINY)

    def call(**settings):
        text = StringIO()
        given = {"quick": True, "seed": 0, "workers": 1, "only": (), "instances": ()} | settings
        code = command.command(
            out=given.pop("out", tmp_path / "out"), console=Console(file=text, width=240), **given
        )
        return code, text.getvalue()

    return call


WELLS = {"instances": ["lattice-wells"]}


def test_a_selection_is_run_and_printed(gauntlet, tmp_path):
    code, text = gauntlet(only=["SignSGD", "optim.SGD"], **WELLS)
    assert code == 0
    (row,) = [line for line in text.splitlines() if line.startswith("SignSGD[momentum=0]")]
    assert row.split() == ["SignSGD[momentum=0]", "1.00*"]
    assert "no lattice method beats the wells (T2b)" in text
    assert "consistent" in text
    # The committed page is about everything: a selection does not overwrite it.
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["cells.jsonl"]


def test_what_is_there_is_not_run_again(gauntlet, monkeypatch):
    first = gauntlet(only=["optim.SGD"], **WELLS)
    done = []
    true = campaign.make_cell
    monkeypatch.setattr(campaign, "make_cell", lambda e, a, p: done.append(e.name) or true(e, a, p))
    assert gauntlet(only=["optim.SGD"], **WELLS) == first
    assert not done
    gauntlet(only=["optim.SGD", "optim.Adagrad"], **WELLS)
    assert done == ["torch.optim.Adagrad"]
    with pytest.raises(InputError, match="made with other plan"):
        gauntlet(only=["optim.SGD"], seed=1, **WELLS)


def test_a_refuted_level_is_exit_code_one(gauntlet, tmp_path):
    """A recorded reading below the level, as a method of the class would need to beat it."""
    assert gauntlet(only=["SignSGD[momentum=0]"], **WELLS)[0] == 0
    path = tmp_path / "out" / "cells.jsonl"
    header, line = path.read_text().splitlines()
    beaten = json.loads(line)
    beaten["reached"] *= 0.999
    path.write_text(f"{header}\n{json.dumps(beaten)}\n")
    code, text = gauntlet(only=["SignSGD[momentum=0]"], **WELLS)
    assert code == 1
    assert "0.999000" in text
    assert "refuted" in text


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"only": ["nonsense"]}, "No optimizer's name contains 'nonsense'"),
        ({"instances": ["nonsense"]}, "no instance 'nonsense': choose one of lattice-wells"),
        ({"seed": -1}, r"The seed is an integer in \[0, 2\^32\), not -1"),
        ({"workers": -2, **WELLS}, "workers must be a positive integer, got -2"),
    ],
)
def test_bad_input_is_a_sentence(gauntlet, settings, message):
    with pytest.raises(InputError, match=message):
        gauntlet(**settings)


def test_a_folder_that_cannot_be_made_is_a_sentence(gauntlet, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be made"):
        gauntlet(out=tmp_path / "file" / "out")


@pytest.mark.slow
def test_everything_is_written_and_two_processes_agree_with_one(gauntlet, tmp_path, monkeypatch):
    names = ("torch.optim.SGD", "torch.optim.LBFGS")
    chosen = tuple(find_entry(name) for name in names)
    header = campaign.header(TINY, arenas(TINY), "x")
    found = []
    # A spawned process does not see the stand-in package: only torch's own optimizers.
    for workers in (1, 2):
        records = campaign.open_records(tmp_path / f"{workers}.jsonl", header)
        seen = []
        campaign.run_cells(
            records, chosen, arenas(TINY), TINY, workers=workers,
            progress=lambda *state, seen=seen: seen.append(state[:2]),
        )  # fmt: skip
        assert seen == [(k, 18) for k in range(19)]
        found.append(
            {
                k: {n: v for n, v in c.items() if n != "cpu_seconds"}
                for k, c in records.cells.items()
            }
        )
    assert found[0] == found[1]


def cell(status="ran", **more):
    return {"optimizer": "torch.optim.SGD", "instance": "chain", "status": status} | more


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (None, ""),
        (cell("diverged", reason="?"), "div"),
        (cell("errored", reason="?"), "err"),
        (cell("not run", reason="?"), "-"),
        (cell(ratio=1.0, covered=True), "1.00*"),
        (cell(ratio=0.004, covered=False), "0.00"),
        (cell(ratio=123456.0, covered=False), "1e5"),
        (cell(ratio=2e17, covered=False), "2e17"),
    ],
)
def test_a_cell_in_a_few_characters(content, text):
    assert cell_text(content) == text


@pytest.fixture
def report(package):
    chosen = [find_entry(name) for name in ("torch.optim.SGD", "torch.optim.Adam")]
    cells = {
        ("torch.optim.SGD", a.name): cell(
            instance=a.name,
            ratio=0.5,
            level=1.0,
            reached=0.5,
            covered=False,
            tuning=[],
            seeds=1,
            lr=3.0,
        )
        for a in arenas(TINY)
    }
    for a in arenas(TINY):
        cells["torch.optim.Adam", a.name] = cell(
            "diverged", optimizer="torch.optim.Adam", instance=a.name, reason="too far"
        )
    return Report(campaign.header(TINY, arenas(TINY), "the command"), chosen, arenas(TINY), cells)


def test_the_page_has_every_cell_and_says_what_failed(report):
    text = "\n".join(report.markdown())
    assert "| torch.SGD | 0.50 |" in text
    assert "| torch.Adam | div |" in text
    assert "- torch.optim.Adam everywhere: diverged: too far" in text
    assert "9 cells ran (0 of them covered), 9 diverged, 0 errored, 0 were not run." in text
    assert "`the command`" in text
    assert "end of the grid: lattice-wells 0 and 1, " in text
    assert "flat-chain 0 and 0, " in text
    assert report.ok
    assert {claim.verdict for claim in report.claims} == {"no run"}


def test_json_has_the_claims_and_no_samples(report):
    content = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert content["ok"] is True
    assert len(content["cells"]) == 18
    assert len(content["claims"]) == 9
    assert content["error_probability"] == 0.01
    assert not any({"samples", "tuning"} & set(entry) for entry in content["cells"])


def test_the_picture_is_drawn(report, tmp_path):
    draw(report, tmp_path / "map.png")
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_shades_are_monotone_and_lightness_tells_them_apart():
    ratios = [0.0, 1e-9, 0.01, 0.1, 1.0, 5.0, 10.0, 1e9]
    shades = [shade(ratio) for ratio in ratios]
    assert shades == sorted(shades)
    assert (shades[0], shades[4], shades[-1]) == (LOWEST, 0.0, HIGHEST)
    from matplotlib import colormaps

    colours = colormaps["cividis"](range(0, 256, 16))[:, :3]
    luminance = colours @ [0.2126, 0.7152, 0.0722]
    assert all(a < b for a, b in itertools.pairwise(luminance))


def test_the_plans_cover_three_decades_with_equal_budgets():
    for settings in (plan.FULL, plan.QUICK):
        for arena in arenas(settings):
            assert arena.stepsizes[-1] >= 999 * arena.stepsizes[0]
            assert arena.steps >= 15
    assert all(5 <= len(arena.stepsizes) <= 7 for arena in arenas(plan.FULL))


def test_every_entry_is_named_in_the_selection_of_all(package):
    assert len({entry.name for entry in entries()}) == len(entries())
