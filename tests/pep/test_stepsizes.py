"""Outer searches: never worse than where they start, and bracketed at the end."""

from __future__ import annotations

import math

import pytest

from hardinstances.errors import InputError
from signcheck.pep.patterns import parse_patterns
from signcheck.pep.problem import make_problem
from signcheck.pep.stepsizes import best_constant, best_sequence
from signcheck.pep.worst_case import worst_case


@pytest.mark.parametrize("T", [1, 3, 6])
def test_the_best_constant_is_no_worse_than_its_neighbours(T: int) -> None:
    best = best_constant(make_problem(T), "reachable")
    assert best.relative_gap < 1e-8
    for factor in (0.98, 1.0, 1.02):
        eta = best.problem.eta * factor
        near = worst_case(make_problem(T, eta=round(eta, 9)), "reachable")
        assert best.optimum <= near.optimum * (1 + 1e-6)
    assert best.optimum <= worst_case(make_problem(T), "reachable").optimum * (1 + 1e-9)


def test_the_best_stepsize_follows_the_class() -> None:
    plain = best_constant(make_problem(3), "reachable")
    scaled = best_constant(make_problem(3, L=4, Delta=9, eta="0.123"), "reachable")
    assert scaled.problem.eta == pytest.approx(plain.problem.eta * 1.5, rel=1e-6)
    assert scaled.optimum == pytest.approx(plain.optimum * 6, rel=1e-6)


def test_given_patterns_have_a_best_stepsize_of_their_own() -> None:
    problem = make_problem(4)
    one = best_constant(problem, "given", parse_patterns("constant", problem))
    assert one.scope == "given"
    assert one.optimum < best_constant(problem, "reachable").optimum


@pytest.mark.slow
def test_a_sequence_beats_the_best_constant() -> None:
    found = best_sequence(3, evaluations=120)
    constant = best_constant(make_problem(3), "reachable")
    assert found.case.lower * 1 > 0
    assert found.case.optimum < constant.optimum * (1 - 1e-3)
    assert len(found.steps) == 2
    assert found.evaluations <= 130


def test_a_sequence_search_starts_where_it_is_told() -> None:
    found = best_sequence(2, L=2, Delta="0.5", start=[1.0], evaluations=6)
    unit = math.sqrt(2 * 0.5 / (2 * 2))
    assert abs(float(found.steps[0]) / unit - 1) < 0.2
    assert found.case.status == "optimal"


def test_a_search_that_cannot_be_run_is_refused() -> None:
    with pytest.raises(InputError, match="T >= 2"):
        best_sequence(1)
    with pytest.raises(InputError, match="patterns"):
        best_constant(make_problem(20), "all")
