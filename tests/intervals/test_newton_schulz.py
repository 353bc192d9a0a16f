"""Newton-Schulz schedules: certified figures, false claims refused, real runs inside the bounds."""

from __future__ import annotations

import json
from fractions import Fraction as Q
from itertools import pairwise

import flint
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from hardinstances.errors import InputError, ProofError
from hardinstances.geometry import MATRIX
from signcheck.cli import app
from signcheck.intervals.newton_schulz import (
    REFERENCE,
    REFERENCE_MINORANT,
    Minorant,
    ball,
    certify_minorant,
    extreme,
    float_value,
    number,
    ratio,
    schedule_of,
    value_and_slope,
)
from signcheck.intervals.newton_schulz_alpha import alpha
from signcheck.intervals.newton_schulz_recheck import recheck_alpha, recheck_range
from signcheck.intervals.newton_schulz_report import command, down, minorant_of, report, up
from signcheck.simulate.muon import REFERENCE_SCHEDULE, newton_schulz

FIGURES = {2: "0.6815", 16: "0.6779", 128: "0.6518", 768: "0.5519", 4096: "0.3700"}
CUBIC = schedule_of([["1.5", "-0.5"]] * 5)
unit = st.fractions(0, 1, max_denominator=10**6)


def test_the_schedule_is_the_one_that_is_run() -> None:
    assert tuple(tuple(map(float, row)) for row in REFERENCE) == REFERENCE_SCHEDULE


# ---------------------------------------------------------------- figures of the sheet


def test_the_range_of_the_reference_schedule() -> None:
    top, low = extreme(REFERENCE, Q(0), Q(1), 1), extreme(REFERENCE, Q(1, 1000), Q(1), -1)
    assert number(Q(12023, 10000)) < top < number(Q(12024, 10000))
    assert number(Q(47054, 100000)) < low < number(Q(47055, 100000))
    assert float_value(REFERENCE, 0.00411) == pytest.approx(1.20237, abs=1e-5)
    assert float_value(REFERENCE, 1.0) == pytest.approx(0.6964, abs=1e-4)
    assert float_value(REFERENCE, 0.0015) == pytest.approx(0.679824, abs=1e-6)


def test_the_minorant_of_the_sheet_is_certified_and_not_much_room_is_left() -> None:
    assert certify_minorant(REFERENCE, REFERENCE_MINORANT) > 100
    for level, slope in (("0.682", "450"), ("0.6818", "455")):
        with pytest.raises(ProofError, match="is not shown: at s = "):
            certify_minorant(REFERENCE, Minorant(Q(level), Q(slope)))
    with pytest.raises(ProofError, match="meet before 1"):
        certify_minorant(REFERENCE, Minorant(Q(2), Q(1)))


@pytest.mark.parametrize(("rank", "figure"), FIGURES.items())
def test_alpha_of_the_sheet(rank: int, figure: str) -> None:
    found = alpha(REFERENCE_MINORANT, rank)
    assert number(Q(figure)) < found < number(Q(figure) + Q(1, 10000))
    safe = down(Q(str(float(found.lower()))), 6) - Q(1, 10**6)
    assert recheck_alpha(REFERENCE_MINORANT.level, REFERENCE_MINORANT.slope, rank, safe) > 1
    with pytest.raises(ProofError, match="mpmath does not confirm"):
        recheck_alpha(*_pair(), rank, safe + Q(1, 10**4))


def _pair() -> tuple[Q, Q]:
    return REFERENCE_MINORANT.level, REFERENCE_MINORANT.slope


def test_alpha_falls_with_the_rank_up_to_16384() -> None:
    found = [alpha(REFERENCE_MINORANT, 2**power) for power in range(15)]
    assert all(later < earlier for earlier, later in pairwise(found))
    assert found[0].overlaps(number(REFERENCE_MINORANT.level))
    assert found[-1] > number(Q(22, 100))


@pytest.mark.slow
def test_mpmath_confirms_the_range_and_refuses_a_little_more() -> None:
    gamma = Q(12024, 10000)
    assert recheck_range(REFERENCE, gamma, *_pair()) > 100
    for wrong in ((gamma - Q(1, 10**4), *_pair()), (gamma, Q(682, 1000), Q(450))):
        with pytest.raises(ProofError, match="mpmath does not confirm"):
            recheck_range(REFERENCE, *wrong)


# ---------------------------------------------------------------- enclosures contain the values


@given(unit, unit)
def test_enclosures_contain_exact_values(a: Q, b: Q) -> None:
    low, high = sorted((a, b))
    middle, schedule = (low + high) / 2, REFERENCE[:2]
    value = middle
    for row in schedule:
        value = sum((c * value ** (2 * n + 1) for n, c in enumerate(row)), Q(0))
    found, _ = value_and_slope(schedule, ball(low, high))
    assert found.contains(number(value))
    if middle > 0:
        assert ratio(schedule, ball(low, high)).contains(number(value / middle))


@given(unit)
def test_the_slope_is_the_derivative(a: Q) -> None:
    step = Q(1, 10**9)
    low, high = (value_and_slope(REFERENCE, number(x))[0] for x in (a, a + step))
    slope = value_and_slope(REFERENCE, ball(a, a + step))[1]
    assert slope.overlaps((high - low) / number(step))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40).filter(any))
def test_no_singular_values_are_worse_than_alpha(values: list[float]) -> None:
    s = np.array(values) / np.linalg.norm(values)
    m = np.minimum(0.6818, 450 * s)
    bound = float(alpha(REFERENCE_MINORANT, len(values)).lower())
    assert (s * m).sum() >= bound * s.sum() * (1 - 1e-12)


@pytest.mark.parametrize("rank", [2, 16, 4096])
def test_alpha_is_attained_by_one_large_and_equal_small_values(rank: int) -> None:
    bound = alpha(REFERENCE_MINORANT, rank)
    small = np.linspace(0, REFERENCE_MINORANT.knee.__float__(), 4001)
    large = np.sqrt(np.maximum(1 - (rank - 1) * small**2, 0))
    quotient = (0.6818 * large + 450 * (rank - 1) * small**2) / (large + (rank - 1) * small)
    assert quotient[large > 0.01].min() == pytest.approx(float(bound.mid()), abs=1e-6)


def test_where_all_values_may_be_small_the_equal_ones_count_too() -> None:
    gentle = Minorant(Q(1, 2), Q(1))
    assert alpha(gentle, 100) <= number(Q(1, 10)) + flint.arb(1e-9)
    with pytest.raises(ProofError, match="equal singular values"):
        recheck_alpha(gentle.level, gentle.slope, 100, Q(11, 100))


# ---------------------------------------------------------------- our float64 routine


@given(st.integers(0, 10**6), st.sampled_from([(2, 3), (5, 5), (16, 40), (40, 7)]))
def test_the_float64_routine_stays_inside_the_enclosure(seed: int, shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(seed)
    left, _, right = np.linalg.svd(rng.normal(size=shape), full_matrices=False)
    g = (left * 10.0 ** rng.uniform(-6, 2, size=left.shape[1])) @ right
    out = newton_schulz(g)
    assert float(MATRIX.dual(out)) <= 1.202369 + 1e-9
    bound = float(alpha(REFERENCE_MINORANT, min(shape)).lower())
    assert np.vdot(g, out) >= bound * float(MATRIX.norm(g)) * (1 - 1e-9)


def test_a_minorant_is_tight_enough_to_notice_another_routine() -> None:
    """Four of the five steps leave the smallest singular values below the minorant."""
    g = np.diag([1.0, *[0.002] * 3])
    short = newton_schulz(g, REFERENCE_SCHEDULE[:4])
    bound = float(alpha(REFERENCE_MINORANT, 4).lower())
    full = newton_schulz(g)
    assert np.vdot(g, full) >= bound * float(MATRIX.norm(g))
    assert np.diagonal(short)[1] < 450 * 0.002 * 0.6


# ---------------------------------------------------------------- any schedule, the command


@pytest.mark.parametrize(
    "schedule", [CUBIC, schedule_of([[2, "-1.5", "0.5"]] * 4), schedule_of([[1]])]
)
def test_another_schedule_gets_a_certificate(schedule) -> None:
    found = report(schedule, ranks=(4, 64))
    assert found.level is not None
    assert found.slope is not None
    s = np.linspace(0, 1, 20_001)
    values = float_value(schedule, s)
    assert found.gamma >= np.abs(values).max() - 1e-12
    assert np.all(values >= np.minimum(found.level, found.slope * s) - 1e-12)
    assert 1 >= found.alpha["4"] >= found.alpha["64"] > 0
    assert set(found.checked_by) == {"balls", "mpmath"}


def test_a_schedule_that_changes_the_sign_has_no_alpha() -> None:
    turned = schedule_of([["-1", "0.25"]])
    assert minorant_of(turned) is None
    found = report(turned, ranks=(4,))
    assert (found.level, found.slope, found.alpha) == (None, None, {})
    assert found.gamma == pytest.approx(0.75, abs=2e-6)
    assert found.lowest == pytest.approx(-0.75, abs=2e-6)


def test_rounding_goes_to_the_safe_side() -> None:
    assert (down(Q(12345678, 10**7)), up(Q(12345678, 10**7))) == (Q("1.234567"), Q("1.234568"))
    assert (down(-Q(1, 3), 2), up(-Q(1, 3), 2)) == (Q("-0.34"), Q("-0.33"))


@pytest.mark.parametrize(
    ("pairs", "why"),
    [
        ({"coefficients": "1,x"}, "'x' is not a finite number"),
        ({"coefficients": "1,nan"}, "not a finite number"),
        ({"coefficients": ""}, "not a finite number"),
        ({"coefficients": "1;2", "steps": "3"}, "steps repeats one row"),
        ({"steps": "0"}, "from 1 to 20"),
        ({"steps": "two"}, "must be an integer"),
        ({"r": "0"}, "rank must be an integer"),
        ({"r": "2.5"}, "must be an integer"),
        ({"rank": "2"}, "no key 'rank'"),
    ],
)
def test_bad_input_gives_a_sentence(pairs: dict[str, str], why: str) -> None:
    with pytest.raises(InputError, match=why):
        command(pairs)
    with pytest.raises(InputError, match="at least one"):
        schedule_of([])


def test_polynomials_that_grow_too_fast_give_no_number() -> None:
    with pytest.raises(ProofError, match="grows too fast"):
        extreme(schedule_of([["1e300", "-1e300"]] * 20), Q(0), Q(1), 1)


def test_the_command_prints_certified_figures() -> None:
    done = CliRunner().invoke(app, ["newton-schulz", "r=16,128", "--json"])
    found = json.loads(done.stdout)
    assert found["gamma"] == 1.202369
    assert (found["level"], found["slope"]) == (0.6818, 450.0)
    assert found["alpha"] == {"16": 0.677969, "128": 0.651821}
    lines = CliRunner().invoke(app, ["newton-schulz", "coefficients=1.5,-0.5", "r=4"]).stdout
    assert "gamma = 1.0" in lines
    assert "  4 = 0." in lines
