"""Any schedule: the same statements and proofs for other coefficients, also when they change."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction as Q

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from hardinstances.geometry import MATRIX
from proofs.lemmas.minorant import alpha_of
from proofs.lemmas.polynomial_step import PolynomialStep, certified, polynomial
from signcheck import kernel as k
from signcheck.intervals.newton_schulz import Minorant, float_value, schedule_of
from signcheck.intervals.newton_schulz_report import minorant_of, report
from signcheck.theory import check

CUBIC = PolynomialStep(schedule_of([["1.5", "-0.5"]] * 5), Minorant(Q("0.85"), Q(5)), Q("1.001"))
REFERENCE = ["3.4445", "-4.7750", "2.0315"]
MIXED = PolynomialStep(
    schedule_of([REFERENCE] * 3 + [["1.5", "-0.5"]] * 2), Minorant(Q("0.96"), Q(56)), Q("1.001")
)
STEPS = {"cubic": CUBIC, "mixed": MIXED}


@pytest.mark.parametrize("name", STEPS)
def test_both_statements_are_proved(name: str) -> None:
    step = STEPS[name]
    for statement, prove in (
        (step.alignment, step.prove_alignment),
        (step.range, step.prove_range),
    ):
        assert check(name, statement, prove).axioms == frozenset()
    assert all("ball arithmetic" in certified(claim) for _, claim in step.certified)


def test_steps_that_are_alike_are_one_hypothesis_others_one_each() -> None:
    assert [n for n in CUBIC.iteration if n.startswith("step")] == ["steps"]
    assert [n for n in MIXED.iteration if n.startswith("step")] == [
        f"step {t}" for t in range(1, 6)
    ]


@given(st.sampled_from([CUBIC, MIXED]), st.integers(0, 10**6), st.integers(1, 20))
@settings(deadline=None)
def test_no_matrix_beats_the_claims(step: PolynomialStep, seed: int, rank: int) -> None:
    rng = np.random.default_rng(seed)
    left, _, right = np.linalg.svd(rng.normal(size=(rank, 25)), full_matrices=False)
    s = 10.0 ** rng.uniform(-4, 0, size=rank)
    o = float_value(step.schedule, s / np.linalg.norm(s))
    g, out = (left * s) @ right, (left * o) @ right
    alpha = alpha_of("T10", "", step.alignment).value(r=rank)
    assert np.vdot(g, out) >= alpha * MATRIX.norm(g) * (1 - 1e-9)
    assert MATRIX.dual(out) <= float(step.gamma)


@pytest.mark.parametrize("name", STEPS)
def test_the_command_proposes_numbers_that_are_proved(name: str) -> None:
    schedule = STEPS[name].schedule
    found, minorant = report(schedule, ranks=(128,)), minorant_of(schedule)
    assert minorant is not None
    step = PolynomialStep(schedule, minorant, Q(str(found.gamma)))
    check(name, step.alignment, step.prove_alignment)
    check(name, step.range, step.prove_range)
    alpha = alpha_of("T10", "", step.alignment).value(r=128)
    assert 0.95 * found.alpha["128"] <= alpha <= found.alpha["128"]


@pytest.mark.parametrize(
    "wrong",
    [
        replace(CUBIC, minorant=Minorant(Q("0.99"), Q(7))),
        replace(CUBIC, minorant=Minorant(Q("0.85"), Q(8))),
    ],
)
def test_a_minorant_that_is_none_proves_nothing(wrong: PolynomialStep) -> None:
    with pytest.raises(ProofError, match="is not shown"):
        check("wrong", wrong.alignment, wrong.prove_alignment)


@pytest.mark.parametrize(("level", "slope"), [(2, 1), (0, 1), (-1, 1)])
def test_a_level_beyond_the_slope_has_no_alpha(level: int, slope: int) -> None:
    with pytest.raises(InputError, match="positive and at most the slope, got"):
        PolynomialStep(CUBIC.schedule, Minorant(Q(level), Q(slope)), Q(1))


def test_a_gamma_that_is_exceeded_proves_nothing() -> None:
    wrong = replace(MIXED, gamma=Q("0.999"))
    with pytest.raises(ProofError, match="is not shown"):
        check("wrong", wrong.range, wrong.prove_range)


def test_the_polynomials_are_written_power_by_power() -> None:
    z = k.Sym("z")
    assert polynomial((Q(3, 2), Q(-1, 2)), z) == sp.Rational(3, 2) * z - z**3 / 2
