"""Planned numbers of seeds: enough, and not one too many."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError
from signcheck.stats.means import Sample, chernoff, hoeffding, simultaneous
from signcheck.stats.planning import cautious, seeds_for


def pilot(mean: float, variance: float, times: int = 4) -> Sample:
    return Sample(
        np.full(times, mean), np.full(times, variance), 100, np.zeros(times), np.ones(times)
    )


def test_hoeffding_plan_is_the_formula() -> None:
    n = seeds_for(pilot(0.5, 0.25, times=1), 0.02, 1e-3, rule=hoeffding)
    assert n == math.ceil(2.0 * math.log(2000.0) / 0.02**2)


@given(
    mean=st.floats(0.05, 0.95), share=st.floats(0.0, 1.0),
    width=st.floats(0.005, 0.5), error=st.floats(1e-6, 0.3),
)  # fmt: skip
def test_enough_and_not_one_too_many(mean: float, share: float, width: float, error: float) -> None:
    plan = pilot(mean, share * mean * (1 - mean))
    n = seeds_for(plan, width, error)

    def widest(seeds: int) -> float:
        sample = Sample(plan.mean, plan.variance, seeds, plan.low, plan.high)
        return float(simultaneous(sample, error).width.max())

    assert widest(n) <= width
    assert n == 1 or widest(n - 1) > width


def test_a_quiet_variable_needs_few_seeds() -> None:
    assert seeds_for(pilot(1.0, 0.0), 0.03, 1e-4, rule=chernoff) < 600
    assert seeds_for(pilot(1.0, 0.0), 0.03, 1e-4, rule=hoeffding) > 6_000


def test_a_margin_plans_for_more() -> None:
    plain = seeds_for(pilot(0.99, 0.0099), 0.01, 1e-3)
    assert seeds_for(pilot(0.99, 0.0099), 0.01, 1e-3, margin=2.0) > 1.5 * plain


def test_nonsense_is_refused() -> None:
    with pytest.raises(InputError, match="positive number"):
        seeds_for(pilot(0.5, 0.25), 0.0, 1e-3)
    with pytest.raises(InputError, match="too few seeds"):
        seeds_for(pilot(0.5, 0.25), 0.1, 1e-3, margin=0.5)
    with pytest.raises(InputError, match="more than 1000 seeds"):
        seeds_for(pilot(0.5, 0.25), 1e-4, 1e-3, max_seeds=1000)


def test_a_cautious_pilot_grants_what_it_may_have_missed() -> None:
    """An event of probability 1/n is missed by n copies more often than every third time."""
    n, unit = 100, np.ones(1)
    quiet = Sample(np.zeros(1), np.zeros(1), n, np.zeros(1), unit)
    assert cautious(quiet).variance[0] >= 1 / n
    busy = Sample(np.full(1, 0.5), np.full(1, 0.25), 10**6, np.zeros(1), unit)
    assert cautious(busy).variance[0] == pytest.approx(0.25, rel=0.01)
    assert seeds_for(cautious(quiet), 0.1, 1e-3) > seeds_for(quiet, 0.1, 1e-3)
