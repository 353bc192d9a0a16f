"""T10-minorant: true of random spectra, tight at the touching one, its number the conclusion's."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction as Q
from itertools import pairwise

import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from proofs.lemmas.minorant import (
    ALPHA,
    LEVEL,
    NUCLEAR,
    RANGE,
    ROOT_EQUATIONS,
    ROOTS,
    SLOPE,
    STATEMENT,
    T10_MINORANT,
    C,
    E,
    R,
    alpha_of,
)
from proofs.samples.newton_schulz import minorant_samples
from signcheck import kernel as k
from signcheck import mutate
from signcheck.intervals.newton_schulz import REFERENCE_MINORANT, number
from signcheck.intervals.newton_schulz_alpha import alpha
from signcheck.mutate import Mutant
from signcheck.theory import check

FIGURES = {2: "0.6815", 16: "0.6779", 128: "0.6518", 768: "0.5519", 4096: "0.3700"}
BOUND = T10_MINORANT.bound
levels = st.floats(1e-3, 10)
spectra = st.lists(st.floats(0, 1e3), min_size=1, max_size=30).filter(any)


def of_reference(rank: int) -> float:
    return BOUND.value(r=rank, level=REFERENCE_MINORANT.level, slope=REFERENCE_MINORANT.slope)


# ---------------------------------------------------------------- falsification


@given(spectra, levels, st.floats(1, 1e3), st.floats(0, 2), st.integers(0, 5))
@settings(deadline=None)
def test_no_step_above_a_minorant_is_worse(values, level, steeper, above, zeros) -> None:
    """Rank at most r: some of the r singular values may be 0."""
    s = np.array([*values, *[0.0] * zeros])
    slope = level * steeper
    o = np.minimum(level, slope * s / np.linalg.norm(s)) * (1 + above * np.cos(s) ** 2)
    least = BOUND.value(r=s.size, level=level, slope=slope)
    assert s @ o >= least * s.sum() * (1 - 1e-9)


@given(st.integers(1, 10**6), levels, st.floats(1, 1e6))
@settings(deadline=None)
def test_the_number_is_two_c_e_and_between_nothing_and_the_level(rank, level, steeper) -> None:
    at = {R: sp.Integer(rank), LEVEL: sp.Float(level, 60), SLOPE: sp.Float(level * steeper, 60)}
    c, e = (sp.N(ROOTS[x].xreplace(at), 50) for x in (C, E))
    found = BOUND.value(r=rank, level=level, slope=level * steeper)
    assert found == pytest.approx(float(2 * c * e), rel=1e-12)
    assert 0 < found <= level * (1 + 1e-15)
    for equation in ROOT_EQUATIONS:
        left, right = (float(x.xreplace({C: c, E: e} | at)) for x in equation.terms())
        assert left == pytest.approx(right, rel=1e-12)


@given(st.fractions(0, 1), st.fractions(0, 3), st.fractions(0, 2), st.integers(1, 50))
def test_the_tangent_in_exact_numbers(z: Q, c: Q, e: Q, rank: int) -> None:
    level, slope = 2 * c * e + (rank - 1) * c**2, e**2 + rank * c**2
    line = 2 * c * e * z + rank * c**2 * z**2 - c**2
    assert line <= z * min(level, slope * z)
    touch = c / e if e else Q(2)
    if touch <= 1 and slope * touch <= level:
        at = 2 * c * e * touch + rank * c**2 * touch**2 - c**2
        assert at == touch * slope * touch


# ---------------------------------------------------------------- how much it loses


@pytest.mark.parametrize(("rank", "figure"), FIGURES.items())
def test_the_figures_of_the_sheet(rank: int, figure: str) -> None:
    assert math.floor(of_reference(rank) * 10**4) == int(float(figure) * 10**4 + 0.5)


def test_at_most_three_parts_in_ten_thousand_are_lost_up_to_rank_16384() -> None:
    for power in range(15):
        best, proved = alpha(REFERENCE_MINORANT, 2**power), of_reference(2**power)
        assert proved <= float(best.upper())
        assert proved >= float(best.lower()) * (1 - 3e-4)


def test_alpha_falls_with_the_rank_from_the_level_on() -> None:
    found = [of_reference(2**power) for power in range(25)]
    assert found[0] == 0.6818
    assert all(later < earlier for earlier, later in pairwise(found))


# ---------------------------------------------------------------- statement and proof


@pytest.mark.parametrize("factor", [sp.Rational(1001, 1000), sp.Rational(10**9 + 1, 10**9)])
def test_a_little_more_is_not_proved(factor: sp.Rational) -> None:
    more = STATEMENT.claiming(k.Le(factor * ALPHA * NUCLEAR, STATEMENT.conclusion.rhs))
    with pytest.raises(ProofError, match="alpha"):
        check("T10-minorant", more, T10_MINORANT.prove)


@pytest.mark.parametrize("dropped", [s.breaks for s in minorant_samples() if s.breaks])
def test_without_a_hypothesis_the_claim_is_refuted(dropped: str) -> None:
    mutant = Mutant(f"without {dropped}", STATEMENT.without(dropped), dropped)
    assert mutate.refutation(mutant, mutate._members(T10_MINORANT, dropped))


def test_the_proof_needs_no_axiom() -> None:
    assert T10_MINORANT.theorem.axioms == frozenset()


# ---------------------------------------------------------------- the number


def test_the_bound_is_the_factor_in_the_conclusion() -> None:
    doubled = STATEMENT.claiming(k.Le(2 * ALPHA * NUCLEAR, STATEMENT.conclusion.rhs))
    numbers = {"r": 7, "level": 0.5, "slope": 3}
    bound = alpha_of("T10-minorant", "", doubled)
    assert bound.value(**numbers) == pytest.approx(2 * BOUND.value(**numbers), rel=1e-15)
    without = STATEMENT.claiming(k.Le(NUCLEAR + ALPHA, STATEMENT.conclusion.rhs))
    with pytest.raises(ProofError, match="not a formula in the parameters"):
        alpha_of("T10-minorant", "", without).value(**numbers)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"r": 0}, "r must be at least 1: .* rank .*, got r=0"),
        ({"r": 2.5}, "r must be an integer"),
        ({"level": 0}, "level must be positive: .*, got level=0"),
        ({"level": 4}, "holds for level <= slope only, got level=4, slope=3"),
        ({"slope": math.nan}, "slope must be finite"),
        ({"rank": 2}, "no key 'rank'"),
    ],
)
def test_bad_input_yields_no_number(change: dict[str, float], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        BOUND.value(**{"r": 2, "level": 0.5, "slope": 3} | change)


def test_the_number_is_refused_where_a_hypothesis_fails_and_only_there() -> None:
    beyond = {"r": 7, "level": 0.5, "slope": 0.4}
    with pytest.raises(InputError, match="level <= slope"):
        BOUND.value(**beyond)
    assert [c.name for c in BOUND.variants[0].level.regime] == ["r >= 1", *RANGE]
    free = alpha_of("T10-minorant", "", STATEMENT.without("level <= slope"))
    assert [c.name for c in free.variants[0].level.regime] == ["r >= 1", "level > 0"]


def test_samples_lie_inside_and_below_the_knee_where_they_touch() -> None:
    inside = [s for s in minorant_samples() if not s.breaks]
    assert len(inside) == 20
    for sample in inside:
        assert sample.values[LEVEL] <= sample.values[SLOPE]
        assert mutate._inside(replace(STATEMENT), sample)
    assert alpha(REFERENCE_MINORANT, 1).overlaps(number(Q(6818, 10**4)))
