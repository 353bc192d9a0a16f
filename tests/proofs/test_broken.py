"""Members that break one hypothesis: what they claim of |f'| holds, and they refute."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from proofs.assumptions import DELTA, ETA, L, T
from proofs.samples.broken import ALIKE, RARE, STEPS, UNDER_SGD, base
from signcheck import mutate, registry
from signcheck.mutate import Mutant

HALF, ETA_0 = Fraction(1, 2), Fraction(1, 100)
COMMON = ("A2 mean", "A2 variance", "batch", "update")
DROPPED = {
    "T1": (*COMMON, "A0", "infimum", "A1", "eta > 0", "T >= 1", "A2 independent"),
    "T1a": ("A0", "infimum", "A1", *COMMON),
    "T1b": ("A0", "infimum", "A1", *COMMON, "N = T B", "best batch"),
    "T1c": ("A0", "infimum", "A1", *COMMON, "enough steps", "eps > 0"),
    "T1m": ("A0", "infimum", "A1", *COMMON, "momentum starts"),
    "T3u": ("A0", "infimum", "A1", *COMMON),
    "T3u-l2": ("A0", "infimum", "A1", *COMMON, "eta > 0", "T >= 1", "L eta < 2", "A2 independent"),
}


@pytest.mark.parametrize("name", DROPPED)
def test_without_the_hypothesis_the_claim_is_refuted(name: str) -> None:
    theory = registry.load(name)
    for dropped in DROPPED[name]:
        mutant = Mutant(f"without {dropped}", theory.statement.without(dropped), dropped)
        assert mutate.refutation(mutant, mutate._members(theory, dropped)), dropped


def run(
    slope: Callable[[Fraction], Fraction], x: Fraction, *, sign: bool, steps: int = 50
) -> list[Fraction]:
    """|f'| along a run without noise."""
    out = []
    for _ in range(steps):
        out.append(abs(slope(x)))
        step = slope(x) if not sign else Fraction((slope(x) > 0) - (slope(x) < 0))
        x -= ETA_0 * step
    return out


def wells(x: Fraction) -> Fraction:
    """f' of curvature 1/eta between lattice points k eta, (-1)**k/2 on them."""
    k, rest = divmod(x, ETA_0)
    return (-1 if k % 2 else 1) * (HALF - rest / ETA_0)


def test_the_slopes_stay_at_one_half() -> None:
    flip = 2 / ETA_0
    assert set(run(lambda x: flip * x, ETA_0 / 4, sign=False)) == {HALF}
    assert set(run(lambda _: HALF, Fraction(0), sign=True)) == {HALF}
    assert set(run(wells, Fraction(0), sign=True)) == {HALF}
    assert "eta from eta/4" in UNDER_SGD["A1"]
    assert "1/eta" in ALIKE["A1"]


def test_the_gaps_fit_where_a0_is_kept() -> None:
    gap, smoothness = Fraction(str(base()[DELTA])), Fraction(str(base()[L]))
    assert Fraction(str(base()[ETA])) == ETA_0
    assert gap >= ETA_0 / 8  # the wells: amplitude**2/(2 curvature)
    assert gap >= ETA_0 / 16  # x**2/eta at eta/4
    assert smoothness * HALF**2 / 2 <= gap  # x**2/2 at 1/2
    assert gap < STEPS * ETA_0 / 2  # the ramp that breaks A0
    assert gap < STEPS * ETA_0 / 4


def test_rare_calls_leave_most_runs_where_they_are() -> None:
    p, steps = float(RARE), int(base()[T])
    assert (1 - p) ** steps >= 1 - steps * p
