"""Speeds that the runs had to reach, beside what they reached."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from gpt2_validation.analysis import median_speed

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from gpt2_validation.analysis import Curves
    from gpt2_validation.plan import Logged

TOKENS_PER_SECOND = 440_000
TWO_OVER_ONE = 1.8
DENSITY_SECONDS = 60.0
TWO_GPUS = "bench/two-gpus"
"""A tuning run of the same settings on two GPUs, in the folder of the results."""


def target_rows(
    finals: Sequence[Curves], tuning: Sequence[Logged], results: Path
) -> list[list[str]]:
    """What, reached, target, met or missed: one row a target that the logs can judge."""
    found = []
    speeds = [c.tokens_per_second() for c in finals if c.arm == "signsgd"]
    if speeds:
        found.append(_row(
            "tokens a second of `signsgd` on one GPU, the slowest run",
            f"{min(speeds):,.0f}", f"{TOKENS_PER_SECOND:,}", met=min(speeds) >= TOKENS_PER_SECOND,
        ))  # fmt: skip
    ratio = _two_over_one(tuning, results / TWO_GPUS)
    if ratio is not None:
        found.append(_row(
            "tokens a second on two GPUs over one, the same batch (`bench/two-gpus`)",
            f"{ratio:.2f}", f"{TWO_OVER_ONE:g}", met=ratio >= TWO_OVER_ONE,
        ))  # fmt: skip
    seconds = [
        float(row["seconds"])
        for c in finals
        for row in c.measurements
        if c.entry.record["attempts"][-1]["processes"] == 1
    ]
    if seconds:
        found.append(_row(
            "seconds for one density (128 minibatches) on one GPU, the slowest, compiling included",
            f"{max(seconds):.1f}", f"{DENSITY_SECONDS:g}", met=max(seconds) <= DENSITY_SECONDS,
        ))  # fmt: skip
    return found


def _row(what: str, reached: str, target: str, *, met: bool) -> list[str]:
    return [what, reached, target, "met" if met else "missed"]


def _two_over_one(tuning: Sequence[Logged], pair: Path) -> float | None:
    """Median speed on two GPUs over that of the tuning run with the same name."""
    if not (pair / "run.json").is_file():
        return None
    name = json.loads((pair / "run.json").read_text("utf-8"))["name"]
    one = next((entry for entry in tuning if entry.record["name"] == name), None)
    return None if one is None else median_speed(pair) / median_speed(one.path)
