"""The planned experiments: grids, predictions, what is sampled; and one broken on purpose."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from signcheck import registry
from signcheck.rates.experiments import MODULES, crossover, make_plan
from signcheck.rates.judging import judge_plan
from signcheck.rates.measure import measure
from signcheck.rates.plan import Part, Plan, spread
from signcheck.rates.sizes import FULL, QUICK


@pytest.fixture(scope="module")
def quick() -> Plan:
    return make_plan(QUICK)


@pytest.fixture(scope="module")
def full() -> Plan:
    return make_plan(FULL)


def part(plan: Plan, letter: str) -> Part:
    return plan.only(letter).parts[0]


def test_every_experiment_is_there(quick: Plan, full: Plan) -> None:
    for plan in (quick, full):
        assert [p.letter for p in plan.parts] == list(MODULES)
        assert len(plan.cells) == sum(len(p.cells) for p in plan.parts)


def test_predictions_are_the_bounds_values(full: Plan) -> None:
    """Evaluated once more, through the registry alone."""
    for name in ("a/noisy/T=100000", "d/T=1000/B=16/eta=0.25"):
        cell = full.cells[name]
        for theorem in ("T1", "T2"):
            bound = registry.load(theorem).bound
            assert bound is not None
            numbers = {**cell.parameters, "sigma": spread(cell.parameters["sigma"])}
            expected = bound.value(**{n: v for n, v in numbers.items() if n in bound.keys})
            assert cell.predicted[theorem] == expected


def test_grids_reach_as_far_as_asked(full: Plan) -> None:
    steps = [c.steps for c in part(full, "a").cells]
    assert (min(steps), max(steps)) == (1000, 1_000_000)
    sgd = part(full, "b").curves[0].points
    assert (sgd[0].x, sgd[-1].x) == (1.0, 99_999.0)
    chains = [c.parameters for c in part(full, "h").cells]
    assert min(p["K"] for p in chains) >= 50
    assert max(p["p"] for p in chains) <= 0.1


def test_ends_of_grids_are_sampled_through_the_oracle(quick: Plan, full: Plan) -> None:
    for plan in (quick, full):
        for experiment in plan.parts:
            for curve in experiment.curves:
                for point in (curve.points[0], curve.points[-1]):
                    assert all(plan.cells[name].measure != "law" for name in point.cells)


def test_sgd_is_tuned_anew_for_every_dimension(full: Plan) -> None:
    for point in part(full, "b").curves[0].points:
        before, after = (full.cells[name] for name in point.cells)
        assert before.predicted["T3"] > 0.3 > after.predicted["T3"]
        assert before.parameters["T"] == before.steps != after.steps == after.parameters["T"]
        assert before.method["eta"] == before.parameters["eta"]


def test_crossovers_follow_from_the_bounds(quick: Plan, full: Plan) -> None:
    """The plan derives these integers; they are typed here alone."""
    assert [c.expected for c in part(quick, "e").crossings] == [8, 5]
    assert {c.name: c.expected for c in part(full, "e").crossings} == {
        "against T1, eps = 0.1": 8,
        "against SignSGD, eps = 0.1": 5,
        "against T1, eps = 0.01": 8,
        "against SignSGD, eps = 0.01": 6,
    }


def test_a_weaker_lower_bound_crosses_later() -> None:
    """The expected dimension answers to the Bounds: T3 less by 3 %, T1's calls as they are."""
    experiment = make_plan(QUICK, only="e").parts[0]
    cells = {cell.name: cell for cell in experiment.cells}
    rising, level = experiment.curves[0], experiment.crossings[0].level
    assert isinstance(level, float)
    assert crossover.first_above(rising, level, cells) == 8
    weaker = {
        name: replace(cell, predicted={n: 0.97 * v for n, v in cell.predicted.items()})
        for name, cell in cells.items()
    }
    assert crossover.first_above(rising, level, weaker) == 9


def test_a_constant_at_0_95_is_refuted_by_the_floor() -> None:
    true = make_plan(QUICK, only="f")
    results = {n: measure(asdict(c), 0, "cpu") for n, c in true.cells.items() if c.steps < 10**5}
    for scale, verdict in ((1.0, "consistent"), (0.95, "refuted")):
        experiment = make_plan(QUICK, only="f", scale=scale).parts[0]
        checks = tuple(c for c in experiment.checks if c.cell in results)
        short = Plan("quick", 0, (Part("f", "", experiment.cells, (), checks),))
        assert judge_plan(short, results)[0].verdict == verdict
