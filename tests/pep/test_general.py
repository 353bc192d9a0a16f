"""The relaxation of the general class: valid, verified, and no better than T1 where it is tight."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import CertificateError, InputError
from signcheck.pep.files import from_document, statement, to_document
from signcheck.pep.general import GeneralCertificate, general_worst_case, verify_general
from signcheck.pep.patterns import parse_patterns, scope_patterns
from signcheck.pep.problem import make_problem
from signcheck.pep.smoothness import smoothness_of_quadratic
from signcheck.pep.worst_case import worst_case


def make(T: int, text: str = "all", **arguments: Any) -> GeneralCertificate:
    problem = make_problem(T, **arguments)
    family = scope_patterns(problem, "all", 512) if text == "all" else parse_patterns(text, problem)
    assert family is not None
    return general_worst_case(problem, family)


@pytest.mark.parametrize("T", [1, 2, 3, 5])
def test_with_all_patterns_the_relaxation_is_t1(T: int) -> None:
    assert make(T).value == pytest.approx(math.sqrt(2 / T), rel=1e-6)


@pytest.mark.parametrize("T", [2, 4, 5])
def test_one_coordinate_is_the_separable_class(T: int) -> None:
    problem = make_problem(T)
    case = worst_case(problem, "given", parse_patterns("constant", problem))
    assert make(T, "constant").value == pytest.approx(case.optimum, rel=1e-6)


@pytest.mark.parametrize("eta", ["0.2", "1.1", ["0.7", "0.6", "0.4"]])
def test_it_lies_above_the_separable_class(eta: Any) -> None:
    separable = worst_case(make_problem(4, eta=eta), "all")
    assert make(4, eta=eta).value >= separable.lower * separable.problem.unit * (1 - 1e-9)


@functools.cache
def relaxation() -> float:
    return make(3, eta="0.7").value


@given(st.integers(0, 10**6))
def test_no_random_quadratic_beats_the_relaxation(seed: int) -> None:
    rng = np.random.default_rng(seed)
    d, T, eta = 3, 3, 0.7
    factor = rng.standard_normal((d, d))
    hessian = factor @ factor.T
    hessian /= smoothness_of_quadratic(hessian).value
    x = rng.standard_normal(d)
    x *= math.sqrt(2 / float(x @ hessian @ x))
    levels = []
    for _ in range(T):
        gradient = hessian @ x
        levels.append(float(np.abs(gradient).sum()))
        x = x - eta * np.sign(gradient)
    assert min(levels) <= relaxation() * (1 + 1e-9)


TAMPER: dict[str, Callable[[GeneralCertificate], GeneralCertificate]] = {
    "smaller bound": lambda c: replace(c, bound=c.bound - Fraction(1, 10**6)),
    "weights": lambda c: replace(c, weights=(*c.weights[:-1], Fraction(9))),
    "negative tent": lambda c: replace(c, tents={**c.tents, (0, 1): (Fraction(-1), Fraction(0))}),
    "more tent": lambda c: replace(c, tents={**c.tents, (0, 1): (Fraction(1), Fraction(0))}),
    "no gaps": lambda c: replace(c, gaps=tuple((Fraction(0), k) for _, k in c.gaps)),
    "short distance": lambda c: replace(c, distances={(0, 1): (Fraction(0),)}),
    "smaller kappa": lambda c: replace(c, problem=replace(c.problem, kappa=c.problem.kappa * 2)),
    "signum": lambda c: replace(c, problem=replace(c.problem, beta=Fraction(1, 2))),
    "longer": lambda c: replace(
        c, problem=replace(c.problem, horizon=4, steps=(*c.problem.steps, Fraction(1)))
    ),
}


@pytest.mark.parametrize("change", TAMPER)
def test_a_tampered_certificate_is_refused(change: str) -> None:
    certificate = make(3)
    verify_general(certificate)
    with pytest.raises(CertificateError):
        verify_general(TAMPER[change](certificate))


def test_a_document_round_trips() -> None:
    certificate = make(3, "alternate,constant")
    document = to_document(certificate)
    assert from_document(document) == certificate
    assert "+-+, +++" in statement(certificate)
    document["bound"] = "1/10"
    with pytest.raises(CertificateError, match="changed"):
        from_document(document)


def test_what_it_cannot_do_is_said() -> None:
    with pytest.raises(InputError, match="SignSGD"):
        make(3, method="signum", beta="0.5")
    with pytest.raises(InputError, match="coincide"):
        make(4, "alternate")
    long = make_problem(11)
    family = scope_patterns(long, "all", 2000) or ()
    with pytest.raises(InputError, match="too large"):
        general_worst_case(long, family)
    with pytest.raises(InputError, match="full patterns"):
        general_worst_case(make_problem(3), ())
