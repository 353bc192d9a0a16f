"""Plateaus on a cycle: the potential, the class sums and the level at 0, in exact rationals."""

from __future__ import annotations

from fractions import Fraction as Q

from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.lemmas import walk_plateau as plateau
from proofs.lemmas.walk import HYPOTHESES
from signcheck import kernel as k
from tests.proofs.lemmas.test_walk import Cells, step
from tests.proofs.model import Model

halves = st.integers(1, 7)
heights = st.sampled_from([Q(0), Q(1, 3), Q(1), Q(5, 2)])
falls = st.sampled_from([Q(1, 10), Q(1, 2), Q(1), Q(3)])


def cells(half: int, high: Q, fall: Q) -> Cells:
    """min(a, c |h - k|) on the cycle of 2 h cells."""
    return [min(high, fall * abs(half - k)) for k in range(2 * half)]


@settings(deadline=None)
@given(halves, heights, falls, st.integers(0, 30))
def test_a_plateau_stays_high(half: int, high: Q, fall: Q, times: int) -> None:
    now = cells(half, high, fall)
    for _ in range(times):
        now = step(now)
    assert high * (half - high / fall - 1) <= half * now[0]


@settings(deadline=None)
@given(halves, heights, falls)
def test_a_class_sum_loses_one_zone_and_a_cell(half: int, high: Q, fall: Q) -> None:
    least = high * (half - high / fall - 1)
    for parity in (0, 1):
        assert least <= sum(cells(half, high, fall)[parity::2])


def test_one_cell_more_is_too_much() -> None:
    """The "- 1" is needed: a zone narrower than a cell can still hold one."""
    half, high, fall = 4, Q(1), Q(100)
    total = sum(cells(half, high, fall)[0::2])
    assert high * (half - high / fall) > total


def test_the_potential_pays_for_every_cell() -> None:
    """The proved inequality, as it is written, at points on both sides of every bend."""
    thm = plateau.cell_cost()
    checked = 0
    for fall in (Q(1, 2), Q(2)):
        for high in (Q(0), Q(1), Q(3)):
            for away in (Q(0), Q(1, 3), high / fall, high / fall + Q(1, 7), Q(9)):
                model = Model(
                    [Q(1)],
                    values={
                        plateau.HIGH: high,
                        plateau.FALL: fall,
                        plateau.ZONE: high / fall,
                        plateau.W: away,
                    },
                )
                assert all(map(model.holds, thm.hyps))
                assert model.holds(thm.concl)
                checked += 1
    assert checked == 30


def test_what_a_plateau_assumes() -> None:
    """The lemma on plateaus rests on the walk's three hypotheses and on the plateau's own."""
    walk = {HYPOTHESES[name] for name in ("step", "even", "cycle", "h >= 1")}
    thm = plateau.plateau_stays()
    assert thm.hyps == walk | set(plateau.PLATEAU.values())
    assert not thm.axioms
    assert not k.sequent(thm).splits
