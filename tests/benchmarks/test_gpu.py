"""The GPU command where there is no GPU: its plan, its stages, a machine without our packages."""

from __future__ import annotations

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import pytest

from benchmarks import gpu
from signcheck.rates.experiments import make_plan
from signcheck.rates.plan import read_plan
from signcheck.rates.sizes import FULL
from tests.helpers.isolated import run_python
from tests.rates.small import small_plan


def same(a: Any, b: Any, where: str = "") -> None:
    """Equal data; numbers may differ by rounding."""
    if isinstance(a, dict):
        assert a.keys() == b.keys(), where
        for name in a:
            same(a[name], b[name], f"{where}/{name}")
    elif isinstance(a, list):
        assert len(a) == len(b), where
        for index, pair in enumerate(zip(a, b, strict=True)):
            same(*pair, f"{where}/{index}")
    elif isinstance(a, float):
        assert math.isclose(a, b, rel_tol=1e-9), where
    else:
        assert a == b, where


@pytest.mark.slow
def test_the_carried_plan_is_the_one_that_is_made_here() -> None:
    """If not: signcheck rates --plan-only --out FOLDER, and copy its plan.json."""
    same(read_plan(gpu.PLAN).to_json(), make_plan(FULL).to_json())


def test_a_copy_of_array_api_compat_is_found_in_scipy() -> None:
    assert gpu.provide_array_api_compat() == "array_api_compat"
    code = """
from benchmarks.gpu import provide_array_api_compat
print(provide_array_api_compat())
from hardinstances import make
print(make("lattice-wells", L=1.0, Delta=1.0, eta=0.1).oracle([0.0], 1, __import__(
    "numpy").random.default_rng(0)))
"""
    done = run_python(code, without=("array_api_compat",))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("scipy.")
    assert "0.05" in done.stdout


def test_chains_are_left_out_without_flint(monkeypatch: pytest.MonkeyPatch) -> None:
    plan = read_plan(gpu.PLAN)
    assert gpu.runnable(plan) == (plan, [])
    monkeypatch.setattr(gpu.importlib.util, "find_spec", lambda _name: None)
    short, said = gpu.runnable(plan)
    assert "h" not in {part.letter for part in short.parts}
    assert len(said) == 1


def test_an_unknown_stage_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        gpu.main(["--out", str(tmp_path), "--stages", "speed,magic"])
    assert "the stages are cases, tune, speed, rates, ungrouped" in capsys.readouterr().err


def test_a_stage_that_fails_takes_no_other_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_out: Path) -> list[str]:
        raise RuntimeError("no luck")

    monkeypatch.setattr(gpu, "_cases", broken)
    monkeypatch.setattr(gpu, "_ungrouped", lambda _out, _device: ["fine"])
    assert gpu.main(["--out", str(tmp_path), "--stages", "cases,ungrouped"]) == 1
    said = capsys.readouterr().out
    assert "failed: RuntimeError: no luck" in said
    assert said.endswith((tmp_path / "summary.txt").read_text())
    assert said.rstrip().endswith("fine")


def test_the_fastest_tile_is_used_from_then_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import contenders, timing
    from signcheck.simulate import gpu as engine

    class Took:
        def __init__(self, kind: str) -> None:
            self.kind = kind

        def rate(self, lanes: int) -> float:
            best = {"two-point": 512, "gaussian": 128}[self.kind]
            return lanes / (1 + abs(engine.LANES - best) + engine.WARPS)

    monkeypatch.setattr(engine, "LANES", 7)
    monkeypatch.setattr(engine, "WARPS", 7)
    monkeypatch.setattr(contenders, "contenders", lambda *_a, **_k: {"engine": None})
    monkeypatch.setattr(timing, "alternate", lambda runs, **_k: {kind: Took(kind) for kind in runs})
    said = gpu._tune(tmp_path, "cuda")
    found = json.loads((tmp_path / "tune.json").read_text())
    assert (found["lanes"], found["warps"]) == (engine.LANES, engine.WARPS)
    rows = {(r["lanes"], r["warps"]): r for r in found["coordinate_steps_per_second"]}
    assert set(rows) == set(gpu.TILES)
    best = rows[found["lanes"], found["warps"]]
    product = best["two-point"] * best["gaussian"]
    assert all(product >= r["two-point"] * r["gaussian"] for r in rows.values())
    assert f"used: {found['lanes']} lanes" in said[-1]


@pytest.mark.parametrize(
    ("device", "only", "options"),
    [("cuda", "", ""), ("cpu", "", " --device cpu"), ("cpu", "s", " --only s --device cpu")],
)
def test_the_recorded_command_of_the_rates_is_complete(
    device: str, only: str, options: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signcheck.rates import command

    said = []

    def run_and_judge(_plan: Any, folder: Path, *, line: str, **_options: Any) -> list[Any]:
        said.append(line)
        (folder / "report.md").write_text("")
        return []

    monkeypatch.setattr(command, "run_and_judge", run_and_judge)
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(small_plan().to_json()))
    gpu._rates(tmp_path, device, plan, only)
    assert said == [f"python -m benchmarks.gpu --stages rates{options}"]


@pytest.mark.slow
def test_rates_run_on_a_machine_without_our_dependencies(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(json.dumps(small_plan().to_json()))
    out = tmp_path / "out"
    done = run_python(
        "import sys; from benchmarks.gpu import main; sys.exit(main(sys.argv[1:]))",
        without=("flint", "typer", "rich", "array_api_compat", "cvxpy", "z3", "distributed"),
        arguments=["--device", "cpu", "--stages", "rates,ungrouped", "--plan", str(plan), "--out",
                   str(out)],
        timeout=200.0,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "(s) Small:" in done.stdout
    names = set(zipfile.ZipFile(out / "rates.zip").namelist())
    assert names >= {"cells.jsonl", "points.csv", "checks.csv", "manifest.json", "s.png"}
    manifest = json.loads(zipfile.ZipFile(out / "rates.zip").read("manifest.json"))
    assert manifest["command"] == "python -m benchmarks.gpu --stages rates --device cpu"
    content = json.loads((out / "ungrouped.json").read_text())
    assert content["largest_relative_difference"] <= 1e-12
