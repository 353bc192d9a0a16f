"""Verdicts of experiments, and how often they are wrong: measured on results of known truth."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import numpy as np
import pytest

from signcheck.rates.judging import ERROR, judge_part, judge_plan
from signcheck.rates.measure import measure
from signcheck.rates.plan import Cell, Check, Crossing, Curve, Part, Plan, Point
from signcheck.rates.report import lines, markdown, to_json
from tests.rates.small import chain_part, small_plan

ABOUT = {
    "command": "test", "size": "small", "seed": 0, "oracle_calls": 1, "devices": ["cpu"],
    "engines": ["cpu"],
}  # fmt: skip


def run(plan: Plan) -> dict[str, Any]:
    return {name: measure(asdict(cell), plan.seed, "cpu") for name, cell in plan.cells.items()}


def result(values: Any, low: float = 0.0, high: float = 1.0) -> dict[str, Any]:
    """A run of one window whose per-copy numbers are ``values``."""
    values = np.asarray(values, dtype=float)
    windows = {
        "mean": [values.mean()], "variance": [values.var(ddof=1)], "low": [low], "high": [high],
    }  # fmt: skip
    return {
        "values": values.tolist(), "windows": windows, "deviation": None, "low": low, "high": high,
        "slack": 0.0, "failure": "",
    }  # fmt: skip


def claims(bounds: list[tuple[str, float]], n: int) -> Part:
    cells = tuple(Cell(f"c{i}", "f", {}, {}, 10, 1, n) for i in range(len(bounds)))
    checks = tuple(
        Check(cell.name, "T", sense, bound)  # type: ignore[arg-type]
        for cell, (sense, bound) in zip(cells, bounds, strict=True)
    )
    return Part("x", "claims", cells, (), checks)


TRUTH, SPREAD, N = 0.5, 0.05, 3000


def samples(rng: np.random.Generator, count: int) -> dict[str, Any]:
    """Bounded variables of mean 1/2: half a coin's worth of mass at two points."""
    values = TRUTH + SPREAD * rng.choice([-1.0, 1.0], size=(count, N))
    return {f"c{i}": result(values[i]) for i in range(count)}


def test_true_bounds_are_refuted_less_often_than_stated() -> None:
    """Twenty bounds that hold with equality: the hardest case for a wrong refutation."""
    part = claims([("lower", TRUTH), ("upper", TRUTH)] * 10, N)
    cells = {cell.name: cell for cell in part.cells}
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(200):
        verdicts = judge_part(part, cells, samples(rng, 20), seed=0)
        wrong += verdicts.verdict == "refuted"
    assert wrong <= 200 * ERROR + 3 * np.sqrt(200 * ERROR)


def test_bounds_broken_by_five_percent_are_refuted() -> None:
    part = claims([("lower", TRUTH / 0.95), ("upper", TRUTH * 0.95)] * 10, N)
    cells = {cell.name: cell for cell in part.cells}
    rng = np.random.default_rng(6)
    for _ in range(20):
        report = judge_part(part, cells, samples(rng, 20), seed=0)
        assert all(j.verdict == "refuted" for j in report.judgements)
        assert report.verdict == "refuted"


def test_the_report_shows_the_picture_of_bounds_without_curves() -> None:
    part = claims([("lower", TRUTH * 0.9), ("upper", TRUTH * 1.1)], N)
    cells = {cell.name: cell for cell in part.cells}
    report = judge_part(part, cells, samples(np.random.default_rng(4), 2), seed=0)
    assert f"]({part.letter}.png)" in markdown([report], ABOUT)
    empty = judge_part(replace(part, checks=()), cells, {}, seed=0)
    assert ".png" not in markdown([empty], ABOUT)


def power_law(slope: float, rng: np.random.Generator, n: int = 200) -> dict[str, Any]:
    noise = 1 + 0.1 * rng.standard_normal((3, n))
    return {str(x): result(float(x) ** slope * noise[i]) for i, x in enumerate((1, 10, 100))}


def law_part() -> Part:
    cells = tuple(Cell(str(x), "f", {}, {}, x, 1, 200, {"T": x**0.5}) for x in (1, 10, 100))
    points = tuple(Point(float(x), (str(x),)) for x in (1, 10, 100))
    return Part("x", "law", cells, (Curve("c", "x", "y", points, "T", 0.5),))


def test_true_exponents_are_refuted_less_often_than_stated() -> None:
    part, rng = law_part(), np.random.default_rng(7)
    cells = {cell.name: cell for cell in part.cells}
    verdicts = [judge_part(part, cells, power_law(0.5, rng), seed=0).verdict for _ in range(60)]
    assert verdicts.count("refuted") == 0
    # An interval that misses by sampling error makes it inconclusive, as seldom as stated.
    assert verdicts.count("consistent") >= 57


def test_wrong_exponents_are_refuted() -> None:
    part, rng = law_part(), np.random.default_rng(8)
    cells = {cell.name: cell for cell in part.cells}
    for slope in (0.44, 0.56):
        report = judge_part(part, cells, power_law(slope, rng), seed=0)
        assert report.verdict == "refuted"
        assert "differ by more than" in report.curves[0].reason


def test_an_exponent_with_a_wide_interval_is_inconclusive() -> None:
    part, rng = law_part(), np.random.default_rng(9)
    cells = {cell.name: cell for cell in part.cells}
    report = judge_part(part, cells, power_law(0.5, rng, n=4), seed=0)
    assert report.verdict == "inconclusive"


def test_a_curve_without_exponent_has_no_verdict() -> None:
    part, rng = law_part(), np.random.default_rng(10)
    drawn = replace(part, curves=(replace(part.curves[0], exponent=None),))
    cells = {cell.name: cell for cell in part.cells}
    report = judge_part(drawn, cells, power_law(0.1, rng), seed=0)
    assert report.curves[0].verdict is None
    (found,) = to_json([report])
    assert "verdict" not in found["curves"][0]
    assert list(lines([report]))[1:] == ["    c: drawn, not judged"]
    assert "- c: drawn, not judged" in markdown([report], ABOUT)


def crossing_part(level: float, expected: int) -> Part:
    cells = tuple(Cell(str(x), "f", {}, {}, x, 1, 200, {"T": 1.0}) for x in (1, 2, 3, 4))
    points = tuple(Point(float(x), (str(x),)) for x in (1, 2, 3, 4))
    curve = Curve("rising", "d", "y", points, "T", None)
    return Part("x", "x", cells, (curve,), (), (Crossing("c", "rising", level, expected),))


@pytest.mark.parametrize(
    ("level", "expected", "verdict"),
    [(2.5, 3, "consistent"), (2.5, 2, "refuted"), (2.0, 3, "inconclusive"), (9.0, 3, "errored")],
)
def test_crossings(level: float, expected: int, verdict: str) -> None:
    rng = np.random.default_rng(1)
    found = {str(x): result(x * (1 + 0.05 * rng.standard_normal(200)), 0, 9) for x in (1, 2, 3, 4)}
    part = crossing_part(level, expected)
    report = judge_part(part, {c.name: c for c in part.cells}, found, seed=0)
    assert report.verdict == verdict


def test_real_runs_spare_true_bounds_and_refute_the_constant_at_0_95() -> None:
    true, broken = small_plan(seeds=200), small_plan(scale=0.95, seeds=200)
    results = run(true)
    spared, caught = judge_plan(true, results)[0], judge_plan(broken, results)[0]
    assert not [j for j in spared.judgements if j.verdict == "refuted"]
    refuted = {c.theorem for c, j in zip(caught.part.checks, caught.judgements, strict=True)
               if j.verdict == "refuted"}  # fmt: skip
    assert refuted == {"T1", "T2b"}


def test_the_chance_to_finish_early_is_judged() -> None:
    part = chain_part()
    results = {part.cells[0].name: measure(asdict(part.cells[0]), 0, "cpu")}
    cells = {cell.name: cell for cell in part.cells}
    assert judge_part(part, cells, results, seed=0).verdict == "consistent"
    false = replace(part, checks=(replace(part.checks[0], calls=40.0),))
    assert judge_part(false, cells, results, seed=0).verdict == "refuted"


def test_what_was_not_run_is_errored() -> None:
    plan = small_plan()
    report = judge_plan(plan, {})[0]
    assert report.verdict == "errored"
    assert "was not run" in report.failures[0]
