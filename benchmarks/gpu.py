"""All that a GPU has to show, in one command: cases, tiles, speed, rates, one ungrouped run.

    python -m benchmarks.gpu --out FOLDER

For a machine with torch, Triton, numpy, scipy, sympy, numba, matplotlib and pytest, and nothing of
ours installed: run it from the root of the checkout. Predictions come with ``gpu_plan.json``,
written where the proofs can be loaded by ``signcheck rates --plan-only``. Leaves at most eight
files: ``cases.txt``, ``tune.json``, ``cuda.json``, ``cuda.md``, ``rates.md``, ``summary.txt``,
``ungrouped.json`` and ``rates.zip`` with tables, records and pictures; a short table comes last.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import io
import json
import shutil
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

__all__ = ["PLAN", "STAGES", "main", "provide_array_api_compat", "runnable"]

HERE = Path(__file__).resolve().parent
PLAN = HERE / "gpu_plan.json"
STAGES = ("cases", "tune", "speed", "rates", "ungrouped")
TILES = ((256, 1), (128, 1), (512, 2), (1024, 4), (512, 4))
"""Lanes and warps of a tile that are tried: eight lanes a thread, or four."""
LINE = "python -m benchmarks.gpu"

UNGROUPED = {"d": 100_000, "steps": 200_000, "copies": 8}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the stages; the exit code is 0 if every one of them succeeded."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--stages", default=",".join(STAGES), help="which, by commas")
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--plan", type=Path, default=PLAN, help="predictions to measure")
    parser.add_argument("--only", default="", help="letter of one experiment")
    options = parser.parse_args(arguments)
    chosen = options.stages.split(",")
    if not set(chosen) <= set(STAGES):
        parser.error(f"the stages are {', '.join(STAGES)}, not {options.stages!r}")
    sys.path.insert(0, str(HERE.parent))
    provide_array_api_compat()
    options.out.mkdir(parents=True, exist_ok=True)
    work: dict[str, Callable[[], list[str]]] = {
        "cases": lambda: _cases(options.out),
        "tune": lambda: _tune(options.out, options.device),
        "speed": lambda: _speed(options.out, options.device),
        "rates": lambda: _rates(options.out, options.device, options.plan, options.only),
        "ungrouped": lambda: _ungrouped(options.out, options.device),
    }
    table: list[str] = []
    failed = False
    for stage in chosen:
        start = time.perf_counter()
        try:
            lines = work[stage]()
        except Exception as error:  # noqa: BLE001 - one stage must not take the others with it
            traceback.print_exc()
            lines, failed = [f"failed: {type(error).__name__}: {error}"], True
        table += [f"{stage} ({time.perf_counter() - start:.0f} s)", *(f"  {x}" for x in lines)]
        _say(f"[{stage} done]")
        (options.out / "summary.txt").write_text("\n".join(table) + "\n", encoding="utf-8")
    _say("\n" + "\n".join(table))
    return int(failed)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def provide_array_api_compat() -> str:
    """Make ``import array_api_compat`` work: scipy ships a copy. Where it came from.

    Raises
    ------
    ImportError
        If neither is there.
    """
    name = "array_api_compat"
    if importlib.util.find_spec(name) is not None:
        return name
    for home in ("scipy._external", "scipy._lib"):
        try:
            found = importlib.import_module(f"{home}.{name}")
        except ImportError:
            continue
        sys.modules[name] = found
        return f"{home}.{name}"
    raise ImportError(f"{name} is not installed and scipy has no copy of it: install it.")


def runnable(plan: Any) -> tuple[Any, list[str]]:
    """The plan without what this machine cannot certify, and sentences about what is left out."""
    from signcheck.rates.plan import Plan

    if importlib.util.find_spec("flint") is not None:
        return plan, []
    kept = tuple(p for p in plan.parts if not any("chain" in c.family for c in p.cells))
    left = [p.letter for p in plan.parts if p not in kept]
    sentences = [f"({x}) left out: its certificate needs python-flint" for x in left]
    return Plan(plan.size, plan.seed, kept), sentences


def _cases(out: Path) -> list[str]:
    """The engine's tests on the device."""
    import pytest

    text = io.StringIO()
    with contextlib.redirect_stdout(text):
        code = pytest.main(
            ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests/simulate/gpu_cases.py"]
        )
    (out / "cases.txt").write_text(text.getvalue(), encoding="utf-8")
    last = text.getvalue().strip().splitlines()[-1:]
    if code != 0:
        _say(text.getvalue()[-6000:])
        raise RuntimeError(f"pytest ended with {int(code)}: {' '.join(last)}")
    return last


def _tune(out: Path, device: str) -> list[str]:
    """The engine's speed by the size of its tiles; the stages after this one use the fastest."""
    import math

    from benchmarks.contenders import KINDS, Problem, contenders
    from benchmarks.speed import SIZES
    from benchmarks.timing import alternate
    from signcheck.simulate import gpu as engine

    if device != "cuda":
        return ["the tiles of the GPU engine are tried on a GPU only"]
    problems = {kind: Problem(kind, *SIZES["cuda"][-1]) for kind in KINDS}
    runs = {kind: contenders(p, device, compiled=False)["engine"] for kind, p in problems.items()}
    rates: dict[tuple[int, int], dict[str, float]] = {}
    for tile in TILES:
        engine.LANES, engine.WARPS = tile
        timings = alternate(runs, seconds=0.5, rounds=3)
        rates[tile] = {kind: timings[kind].rate(problems[kind].lanes) for kind in KINDS}
    engine.LANES, engine.WARPS = max(rates, key=lambda tile: math.prod(rates[tile].values()))
    rows = [{"lanes": lanes, "warps": warps, **found} for (lanes, warps), found in rates.items()]
    content = {
        "lanes": engine.LANES, "warps": engine.WARPS, "coordinate_steps_per_second": rows,
        **_made("tune", device),
    }  # fmt: skip
    (out / "tune.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    text = [f"{row['lanes']} lanes, {row['warps']} warps: " for row in rows]
    text = [
        x + ", ".join(f"{k} {row[k]:.3g}/s" for k in KINDS)
        for x, row in zip(text, rows, strict=True)
    ]
    return [*text, f"used: {engine.LANES} lanes, {engine.WARPS} warps"]


def _speed(out: Path, device: str) -> list[str]:
    from benchmarks.speed import measure, report

    content = measure(device, brief=device == "cpu")
    (out / f"{device}.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    (out / f"{device}.md").write_text(report(content), encoding="utf-8")
    kept = ("|", "-", "Meas", "Bound")
    return [line for line in report(content).splitlines() if line.startswith(kept)]


def _rates(out: Path, device: str, path: Path, only: str) -> list[str]:
    from signcheck.rates.command import run_and_judge
    from signcheck.rates.plan import read_plan
    from signcheck.rates.report import lines

    plan, said = runnable(read_plan(path))
    plan = plan.only(only) if only else plan
    folder = out / "rates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    started = time.perf_counter()
    slow: list[tuple[float, str]] = []

    def progress(_done: int, _total: int, name: str) -> None:
        nonlocal started
        now = time.perf_counter()
        slow.append((now - started, name))
        started = now

    line = f"{LINE} --stages rates" + (f" --only {only}" if only else "") + _on(device)
    reports = run_and_judge(plan, folder, device=device, line=line, progress=progress)
    shutil.make_archive(str(out / "rates"), "zip", folder)
    shutil.copy(folder / "report.md", out / "rates.md")
    shutil.rmtree(folder)
    longest = sorted(slow, reverse=True)[:10]
    said.append("slowest cells: " + ", ".join(f"{name} {took:.1f} s" for took, name in longest))
    return [*lines(reports), *said]


def _on(device: str) -> str:
    """The option of a device that is not the default, for a recorded command."""
    return "" if device == "cuda" else f" --device {device}"


def _made(stage: str, device: str) -> dict[str, Any]:
    """Versions and command of a stage, for its record."""
    from signcheck.rates.report import versions

    return {"versions": versions(), "command": f"{LINE} --stages {stage}" + _on(device)}


def _ungrouped(out: Path, device: str) -> list[str]:
    """SGD's T3 instance with every one of 10^5 coordinates simulated, against one with a weight."""
    import numpy as np

    from hardinstances import make
    from signcheck.simulate import SGD

    d, steps, copies = (UNGROUPED[name] for name in ("d", "steps", "copies"))
    if device == "cpu":
        from signcheck.simulate.cpu import simulate_cpu as simulate

        steps //= 100
    else:
        from signcheck.simulate.gpu import simulate_gpu as simulate
    eta = 0.05
    sigma = np.zeros(d)
    sigma[0] = 1.0
    instance = make("sgd-noise-floor", L=1.0, Delta=1.0, eta=eta, T=steps, sigma=sigma)
    size: dict[str, Any] = {
        "steps": steps, "seeds": copies, "seed": 0, "dtype": "float64",
        "window": max(steps // 64, 1),
    }  # fmt: skip
    found, seconds = {}, {}
    for grouped in (True, False):
        start = time.perf_counter()
        found[grouped] = simulate(instance, SGD(eta), grouped=grouped, **size)
        seconds[grouped] = time.perf_counter() - start
    once, each = found[True], found[False]
    gap = float(np.max(np.abs(once.mean / each.mean - 1.0)))
    spread = float(np.max(np.abs(once.averages / each.averages - 1.0)))
    rate = steps * (d - 1 + copies) / seconds[False]
    content = {
        "d": d, "steps": steps, "copies": copies, "seed": size["seed"], "device": each.device,
        "largest_relative_difference": max(gap, spread), "identical_to": 1e-12,
        "seconds_grouped": seconds[True], "seconds_ungrouped": seconds[False],
        "coordinate_steps_per_second": rate, **_made("ungrouped", device),
    }  # fmt: skip
    (out / "ungrouped.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    if max(gap, spread) > content["identical_to"]:
        raise RuntimeError(f"grouped and ungrouped runs differ by {max(gap, spread):.3g}")
    return [f"d = {d}, T = {steps}: differ by {max(gap, spread):.2g}, {rate:.3g}/s ungrouped"]


if __name__ == "__main__":
    sys.exit(main())
