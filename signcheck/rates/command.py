"""What ``signcheck rates`` does: plan, run what is missing, judge, write, print."""

from __future__ import annotations

import json
import shlex
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardinstances.errors import DeviceError, InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from signcheck.rates.campaign import Progress
    from signcheck.rates.judging import PartReport
    from signcheck.rates.measure import Result
    from signcheck.rates.plan import Plan

__all__ = ["command", "run_and_judge", "write_reports"]

DEVICES = ("auto", "cpu", "cuda")


def command(
    *,
    only: str = "",
    device: str = "auto",
    out: Path | None = None,
    resume: bool = False,
    quick: bool = False,
    seed: int = 0,
    workers: int = 0,
    dask: str = "",
    plan_only: bool = False,
    say: Callable[[str], object] = print,
    progress: Progress | None = None,
) -> int:
    """Measure the rates into a folder.

    Writes ``plan.json``, ``cells.jsonl`` (finished cells), ``points.csv``, ``checks.csv``,
    ``report.json``, ``report.md``, ``manifest.json``, a picture an experiment and, for (d),
    ``terms.csv``.

    Parameters
    ----------
    only
        Letter of one experiment; all when empty.
    device
        ``"auto"``, ``"cpu"`` or ``"cuda"``.
    out
        Folder, made if it is not there; below ``runs`` when left out.
    resume
        Go on with what the folder holds.
    quick
        The short grids.
    seed
        Number of the experiment.
    workers
        Local processes; 0 runs the cells in this one.
    dask
        Address of a Dask scheduler; none when empty.
    plan_only
        Write ``plan.json`` with every prediction and stop.
    say, progress
        Where lines go, and what is told of finished cells.

    Returns
    -------
    The exit code: 0 if every verdict is consistent, else 1.

    Raises
    ------
    InputError
        If an argument cannot be used, or the folder holds results of something else.
    DeviceError
        If ``"cuda"`` is asked for and not there.
    """
    from signcheck.rates.experiments import make_plan
    from signcheck.rates.sizes import SIZES

    if device not in DEVICES:
        raise InputError(f"The device is auto, cpu or cuda, not {device!r}.")
    if workers and dask:
        raise InputError("Give either --workers or --dask, not both.")
    size = "quick" if quick else "full"
    out = out or Path("runs", f"rates-{size}")
    plan = make_plan(SIZES[size], seed=seed, only=only)
    _folder(out)
    _write(out / "plan.json", json.dumps(plan.to_json(), allow_nan=False) + "\n")
    if plan_only:
        say(f"{len(plan.cells)} cells in {out / 'plan.json'}")
        return 0
    line = _line(size, out, device, seed, only)
    places = _places(workers, dask)
    with places as pool:
        reports = run_and_judge(
            plan, out, device=device, resume=resume, line=line, pool=pool, progress=progress
        )
    from signcheck.rates.report import lines

    for text in lines(reports):
        say(text)
    say(f"report: {out / 'report.md'}")
    return 0 if all(report.verdict == "consistent" for report in reports) else 1


def run_and_judge(
    plan: Plan,
    out: Path,
    *,
    device: str,
    line: str,
    resume: bool = False,
    pool: Callable[[], Any] | None = None,
    progress: Progress | None = None,
) -> list[PartReport]:
    """Run what is missing of a plan and write everything; errors as in :func:`command`."""
    from signcheck.rates.campaign import open_records, run_plan
    from signcheck.rates.judging import judge_plan
    from signcheck.rates.report import versions
    from signcheck.simulate.device import has_gpu

    if device == "cuda" and not has_gpu():
        raise DeviceError("There is no CUDA device here that torch and Triton can use: use cpu.")
    kind = "cpu" if device == "cpu" or not has_gpu() else "cuda"
    header = {"plan": plan.digest, "versions": versions(), "device": kind}
    records = open_records(out / "cells.jsonl", header, resume=resume)
    run_plan(plan, records, device=device, pool=pool, progress=progress)
    reports = judge_plan(plan, records.cells)
    write_reports(reports, plan, records.cells, out, line)
    return reports


def write_reports(
    reports: Sequence[PartReport], plan: Plan, results: Mapping[str, Result], out: Path, line: str
) -> None:
    """Write tables, verdicts, pictures and the manifest of a judged run."""
    from signcheck.rates.plan import QUIET
    from signcheck.rates.plots import draw, drawn
    from signcheck.rates.report import (
        checks_csv,
        manifest,
        markdown,
        points_csv,
        terms_csv,
        to_json,
    )

    about = manifest(plan, line, results)
    _write(out / "points.csv", points_csv(reports))
    _write(out / "checks.csv", checks_csv(reports, plan, results))
    if any(QUIET in cell.predicted for cell in plan.cells.values()):
        _write(out / "terms.csv", terms_csv(plan, results))
    _write(out / "report.json", json.dumps(to_json(reports), indent=1, allow_nan=False) + "\n")
    _write(out / "report.md", markdown(reports, about))
    _write(out / "manifest.json", json.dumps(about, indent=1) + "\n")
    for report in reports:
        if drawn(report):
            draw(report, out / f"{report.part.letter}.png")


def _places(workers: int, dask: str) -> Any:
    """A context that gives what makes executors, or None."""
    from signcheck.rates.campaign import cluster, processes

    if dask:
        return cluster(dask)
    return nullcontext(processes(workers) if workers else None)


def _line(size: str, out: Path, device: str, seed: int, only: str) -> str:
    """The command as it can be typed again; how it was spread over workers changes no number."""
    words = ["signcheck", "rates", "--out", str(out), "--device", device, "--seed", str(seed)]
    words += ["--only", only] if only else []
    return shlex.join(words + (["--quick"] if size == "quick" else []))


def _folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{out} cannot be made ({error.strerror}): name a folder.") from error


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}).") from error
