"""The verdict rule, case by case."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.stats.verdict import Judgement, Sense, Verdict, errored, judge


def verdict(sense: Sense, low: float, high: float, bound: float = 1.0) -> Verdict:
    return judge(sense, bound, 0.5 * (low + high), (low, high), error_probability=1e-3).verdict


@pytest.mark.parametrize(
    ("sense", "low", "high", "expected"),
    [
        ("lower", 0.995, 1.004, Verdict.CONSISTENT),
        ("lower", 2.000, 2.009, Verdict.CONSISTENT),
        ("lower", 0.990, 0.999, Verdict.REFUTED),
        ("lower", 0.300, 0.900, Verdict.REFUTED),
        ("lower", 0.980, 1.010, Verdict.INCONCLUSIVE),
        ("lower", 1.010, 1.030, Verdict.INCONCLUSIVE),
        ("upper", 0.995, 1.004, Verdict.CONSISTENT),
        ("upper", 0.100, 0.109, Verdict.CONSISTENT),
        ("upper", 1.001, 1.009, Verdict.REFUTED),
        ("upper", 1.100, 9.000, Verdict.REFUTED),
        ("upper", 0.980, 1.010, Verdict.INCONCLUSIVE),
    ],
)
def test_cases(sense: Sense, low: float, high: float, expected: Verdict) -> None:
    assert verdict(sense, low, high) is expected


def test_rounding_alone_refutes_nothing() -> None:
    assert verdict("lower", 1.0 - 5e-10, 1.0 - 5e-10) is Verdict.CONSISTENT
    assert verdict("lower", 1.0 - 2e-9, 1.0 - 2e-9) is Verdict.REFUTED
    assert verdict("upper", 1.0 + 5e-10, 1.0 + 5e-10) is Verdict.CONSISTENT
    assert verdict("upper", 1.0 + 2e-9, 1.0 + 2e-9) is Verdict.REFUTED


@given(
    low=st.floats(0.01, 10.0), width=st.floats(0.0, 1.0), bound=st.floats(0.01, 10.0),
    sense=st.sampled_from(["upper", "lower"]),
)  # fmt: skip
def test_refuted_exactly_when_wholly_on_the_wrong_side(
    low: float, width: float, bound: float, sense: Sense
) -> None:
    high = low + width
    got = verdict(sense, low, high, bound)
    wrong = high < bound * (1 - 1e-9) if sense == "lower" else low > bound * (1 + 1e-9)
    assert (got is Verdict.REFUTED) == wrong
    if got is Verdict.CONSISTENT:
        assert width <= 0.0101 * bound


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_a_run_without_a_number_is_errored(value: float) -> None:
    assert judge("lower", 1.0, value, (0.9, 1.0), error_probability=0.1).verdict == "errored"
    assert judge("lower", 1.0, 1.0, (0.9, value), error_probability=0.1).verdict == "errored"


@pytest.mark.parametrize("bound", [0.0, -1.0, math.nan, math.inf])
def test_a_bound_that_is_no_positive_number_is_refused(bound: float) -> None:
    with pytest.raises(InputError, match="positive finite bound"):
        judge("lower", bound, 1.0, (1.0, 1.0), error_probability=0.0)


def test_unknown_sense_and_empty_interval_are_refused() -> None:
    with pytest.raises(InputError, match="'upper' or 'lower'"):
        judge("sideways", 1.0, 1.0, (1.0, 1.0), error_probability=0.0)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="must not be empty"):
        judge("lower", 1.0, 1.0, (1.1, 1.0), error_probability=0.0)


def test_the_record_is_frozen_and_states_its_error_probability() -> None:
    judgement = judge("lower", 2.0, 2.1, (2.09, 2.11), error_probability=1e-4, family_size=10)
    assert isinstance(judgement, Judgement)
    assert "0.0001" in judgement.reason
    assert judgement.ratio == pytest.approx(1.05)
    assert (judgement.error_probability, judgement.family_size) == (1e-4, 10)
    with pytest.raises(AttributeError):
        judgement.bound = 3.0  # type: ignore[misc]


def test_json_has_no_nan() -> None:
    text = json.dumps(errored("lower", 1.0, "the oracle crashed").to_json(), allow_nan=False)
    assert json.loads(text)["measured"] is None
    assert json.loads(text)["verdict"] == "errored"
