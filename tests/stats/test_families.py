"""Calibration over a whole table: true bounds survive, broken ones fall."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from hardinstances.errors import InputError
from signcheck.stats.families import Evidence, bonferroni, holm
from signcheck.stats.means import Sample
from signcheck.stats.planning import seeds_for
from signcheck.stats.verdict import Judgement, Sense

Control = Callable[[list[Evidence], float], list[Judgement]]
CONTROLS = [bonferroni, holm]
TRUTH = 0.9  # mean of the coins below, on [0, 1]


def coins(rng: np.random.Generator, n: int, times: int, p: float = TRUTH) -> Sample:
    mean = rng.binomial(n, p, size=times) / n
    return Sample(mean, mean * (1 - mean) * n / (n - 1), n, np.zeros(times), np.ones(times))


def table(
    rng: np.random.Generator, n: int, *, factor: float = 1.0, sense: Sense = "lower"
) -> list[Evidence]:
    """Five checks; their bounds are ``factor`` times the truth."""
    return [Evidence(sense, factor * TRUTH, coins(rng, n, times)) for times in (1, 20, 20, 5, 1)]


def refutations(judgements: list[Judgement]) -> int:
    return sum(judgement.verdict == "refuted" for judgement in judgements)


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize("sense", ["lower", "upper"])
def test_true_bounds_are_refuted_no_more_often_than_stated(control: Control, sense: Sense) -> None:
    rng, error, runs = np.random.default_rng(11), 0.2, 400
    wrong = sum(refutations(control(table(rng, 300, sense=sense), error)) > 0 for _ in range(runs))
    assert wrong / runs <= error + 3 * math.sqrt(error * (1 - error) / runs)


def test_ignoring_time_and_table_would_break_the_stated_error() -> None:
    """The least of twenty sample means is biased low; one interval a time does not see it."""
    rng, error, runs, wrong = np.random.default_rng(11), 0.2, 400, 0
    for _ in range(runs):
        for evidence in table(rng, 300):
            sample = evidence.sample
            assert sample is not None
            at = [int(sample.mean.argmin())]
            mean, variance = sample.mean[at], sample.variance[at]
            least = Sample(mean, variance, sample.n, np.zeros(1), np.ones(1))
            if Evidence("lower", TRUTH, least).judge(error).verdict == "refuted":
                wrong += 1
                break
    assert wrong / runs > error


@pytest.mark.parametrize("control", CONTROLS)
@pytest.mark.parametrize(("sense", "factor"), [("lower", 1.05), ("upper", 0.95)])
def test_bounds_broken_by_five_percent_fall_with_the_stated_power(
    control: Control, sense: Sense, factor: float
) -> None:
    error = 1e-3
    pilot = Sample(
        np.full(20, TRUTH), np.full(20, TRUTH * (1 - TRUTH)), 1, np.zeros(20), np.ones(20)
    )
    n = seeds_for(pilot, 0.045 * TRUTH, error / 5)
    rng = np.random.default_rng(5)
    for _ in range(20):
        broken = control(table(rng, n, factor=factor, sense=sense), error)
        assert refutations(broken) == len(broken)


def test_consistent_needs_one_percent() -> None:
    rng = np.random.default_rng(2)
    assert {j.verdict.value for j in bonferroni(table(rng, 2_000), 1e-3)} == {"inconclusive"}
    assert {j.verdict.value for j in bonferroni(table(rng, 500_000), 1e-3)} == {"consistent"}


def test_holm_hands_the_error_on() -> None:
    """Against nine refuted neighbours the last check is judged at the whole error."""
    rng = np.random.default_rng(4)
    hopeless = [Evidence("lower", 2.0, coins(rng, 200, 1)) for _ in range(9)]
    last = Evidence("lower", TRUTH, coins(rng, 200, 1))
    judgements = holm([*hopeless, last], 0.1)
    assert judgements[-1].error_probability == pytest.approx(0.1)
    assert judgements[-1].family_size == 10
    assert bonferroni([*hopeless, last], 0.1)[-1].error_probability == pytest.approx(0.01)


def test_holm_refutes_whatever_bonferroni_refutes() -> None:
    rng = np.random.default_rng(8)
    gained = 0
    for _ in range(200):
        checks = [Evidence("lower", f * TRUTH, coins(rng, 300, 1)) for f in (1.5, 1.4, 1.08, 1.07)]
        few, many = bonferroni(checks, 0.05), holm(checks, 0.05)
        pairs = list(zip(few, many, strict=True))
        assert all(b.verdict == "refuted" for a, b in pairs if a.verdict == "refuted")
        gained += refutations(many) - refutations(few)
    assert gained > 0


def test_deterministic_checks_take_no_share() -> None:
    rng = np.random.default_rng(1)
    sure = Evidence("upper", 1.0, Sample.known([0.5, 1.0]))
    judgements = bonferroni([sure, Evidence("lower", 0.5, coins(rng, 100, 3))], 0.01)
    assert judgements[0].error_probability == 0.0
    assert judgements[0].ci == (0.5, 0.5)
    assert judgements[1].error_probability == 0.01


def test_a_deterministic_lower_bound_is_judged_to_rounding() -> None:
    values = Sample.known([1.0, 1.5])
    assert Evidence("lower", 1.0, values).judge(0.1).verdict == "consistent"
    assert Evidence("lower", 1.0 + 1e-6, values).judge(0.1).verdict == "refuted"
    assert Evidence("lower", 1.0, values).against(1.05).judge(0.1).verdict == "refuted"


def test_crashed_runs_are_errored_and_count_for_nothing() -> None:
    rng = np.random.default_rng(1)
    crashed = Evidence("lower", 1.0, None, failure="the oracle returned NaN at step 3")
    judgements = holm([crashed, Evidence("lower", 0.5, coins(rng, 100, 3))], 0.01)
    assert judgements[0].verdict == "errored"
    assert "step 3" in judgements[0].reason
    assert judgements[1].error_probability == 0.01


def test_evidence_must_say_what_failed() -> None:
    with pytest.raises(InputError, match="must say what failed"):
        Evidence("lower", 1.0, None)
