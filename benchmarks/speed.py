"""Coordinate-steps a second of our engines beside eager torch, torch.compile and the paper's loop.

    python -m benchmarks.speed --device cpu --out results/benchmarks

Contenders take turns in one process; the median of seven turns counts. Writes ``DEVICE.json`` and
``DEVICE.md``, with a roofline whose ceilings are measured in the same run.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

try:
    from benchmarks.ceilings import OPERATIONS, Ceilings, measure_ceilings
    from benchmarks.contenders import BYTES, KINDS, Problem, contenders
    from benchmarks.speed_report import RATE, lanes_of, report
    from benchmarks.timing import ROUNDS, alternate
except ImportError:  # started as a script
    from ceilings import OPERATIONS, Ceilings, measure_ceilings  # type: ignore[no-redef]
    from contenders import BYTES, KINDS, Problem, contenders  # type: ignore[no-redef]
    from speed_report import RATE, lanes_of, report  # type: ignore[no-redef]
    from timing import ROUNDS, alternate  # type: ignore[no-redef]

__all__ = ["TARGETS", "main", "measure", "report"]

SIZES = {"cpu": ((100, 100), (1000, 1000)), "cuda": ((1024, 64), (16_384, 256))}
"""Noisy coordinates and copies."""

SECONDS, BRIEF = 1.0, 0.05
"""Aimed at for a turn."""

TARGETS: dict[str, dict[str, float]] = {
    "cpu": {"10000": 5.0, "1000000": 7.0},
    "cuda": {"two-point": 8e11, "gaussian": 4e11, "eager": 6.0},
}
"""CPU: times eager torch, by lanes. CUDA, at the largest size alone, which fills an H100:
coordinate-steps a second, and times eager torch."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark from the command line; the exit code is 0."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--out", type=Path, default=Path("results/benchmarks"))
    parser.add_argument("--brief", action="store_true", help="short turns: a look, no record")
    parser.add_argument("--no-compile", action="store_true", help="leave torch.compile out")
    options = parser.parse_args(arguments)
    content = measure(options.device, brief=options.brief, compiled=not options.no_compile)
    options.out.mkdir(parents=True, exist_ok=True)
    name = options.device + ("-brief" if options.brief else "")
    text = json.dumps(content, indent=1, allow_nan=False) + "\n"
    (options.out / f"{name}.json").write_text(text, encoding="utf-8")
    (options.out / f"{name}.md").write_text(report(content), encoding="utf-8")
    sys.stdout.write(report(content))
    return 0


def measure(
    device: str,
    *,
    brief: bool = False,
    compiled: bool = True,
    sizes: Sequence[tuple[int, int]] | None = None,
) -> dict[str, Any]:
    """Time all contenders at every size and kind of noise.

    Parameters
    ----------
    device
        ``"cpu"`` or ``"cuda"``.
    brief
        Short turns.
    compiled
        Whether torch.compile takes part.
    sizes
        Pairs of coordinates and copies; :data:`SIZES` when left out.

    Returns
    -------
    Plain JSON values.
    """
    ceilings = measure_ceilings(device)
    rows = []
    for d, seeds in SIZES[device] if sizes is None else sizes:
        for kind in KINDS:
            problem = Problem(kind, d, seeds)
            runners = contenders(problem, device, compiled=compiled)
            timings = alternate(runners, seconds=BRIEF if brief else SECONDS)
            for name, timing in timings.items():
                lanes = lanes_of(name, problem.d, problem.lanes)
                low, high = timing.spread(lanes)
                rows.append({
                    "noise": kind, "d": d, "seeds": seeds, "lanes": problem.lanes,
                    "contender": name, "rate": timing.rate(lanes), "slowest": low,
                    "fastest": high, "steps": timing.steps,
                })  # fmt: skip
    return {
        "command": f"python -m benchmarks.speed --device {device}" + (" --brief" if brief else ""),
        "device": _device(device),
        "turns": ROUNDS,
        "versions": _versions(),
        "ceilings": asdict(ceilings),
        "rows": rows,
        "comparisons": _comparisons(device, rows, ceilings),
    }


def _comparisons(
    device: str, rows: list[dict[str, Any]], ceilings: Ceilings
) -> list[dict[str, Any]]:
    """Ratios to the engine, its place under the roofline, and targets, a size and kind."""
    found = []
    groups: dict[tuple[int, str], dict[str, float]] = {}
    for row in rows:
        groups.setdefault((row["lanes"], row["noise"]), {})[row["contender"]] = row["rate"]
    largest = max(lanes for lanes, _ in groups)
    for (lanes, kind), rates in groups.items():
        engine = rates["engine"]
        ratios = {name: engine / rate for name, rate in rates.items() if name != "engine"}
        found.append({
            "lanes": lanes, "noise": kind, "ratios": ratios,
            "engine_share_of_arithmetic": engine * OPERATIONS[kind] / ceilings.flops_per_second,
            "engine_share_of_generator": (
                engine / ceilings.words_per_second if ceilings.words_per_second else None
            ),
            "memory_bound_of_eager": ceilings.bytes_per_second / BYTES[kind],
            "targets": [
                {"unit": unit, "target": target, "reached": reached, "met": reached >= target}
                for unit, target, reached in _targets(
                    device, lanes, kind, engine, ratios["eager"], fills=lanes == largest
                )
            ],
        })  # fmt: skip
    return found


def _targets(
    device: str, lanes: int, kind: str, engine: float, ratio: float, *, fills: bool
) -> list[tuple[str, float, float]]:
    """Unit, target and what was reached, for every target at this size."""
    eager = " times eager torch"
    if device == "cpu":
        target = TARGETS["cpu"].get(str(lanes))
        return [] if target is None else [(eager, target, ratio)]
    wanted = TARGETS["cuda"]
    rate = (RATE, wanted[kind], engine)
    return [rate, (eager, wanted["eager"], ratio)] if fills else []


def _device(device: str) -> str:
    if device == "cuda":
        import torch

        return str(torch.cuda.get_device_name())
    from signcheck.simulate.cpu import available_threads

    return f"cpu ({platform.machine()}, {available_threads()} processors)"


def _versions() -> dict[str, str]:
    from signcheck.rates.report import versions

    return versions()


if __name__ == "__main__":
    sys.exit(main())
