"""The walk on a cycle: the proved statements against exact laws, and hypotheses that are needed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.lemmas import walk
from proofs.lemmas.walk_law import FAR, PLACES, T2_WALK, law, samples
from signcheck import kernel as k

Cells = list[Fraction]


def step(cells: Cells) -> Cells:
    n = len(cells)
    return [(cells[(i + 1) % n] + cells[i - 1]) / 2 for i in range(n)]


@pytest.mark.parametrize("half", [1, 2, 3, 4, 7])
def test_the_law_falls_with_the_distance_in_its_class(half: int) -> None:
    """What ``falling`` says of the law, at every time up to 40, in rationals."""
    for times in range(40):
        cells = law(half, times)
        for cell in range(-1, half):
            assert cells[(cell + 2) % (2 * half)] <= cells[cell % (2 * half)]


def test_across_the_classes_the_law_need_not_fall() -> None:
    """The theorem is not true without "within its class": after one step 0 is empty."""
    cells = law(3, 1)
    assert cells[0] < cells[1]


@settings(deadline=None)
@given(
    half=st.integers(1, 6),
    drops=st.lists(st.fractions(0, 1, max_denominator=8), min_size=6, max_size=6),
    times=st.integers(0, 20),
)
def test_a_falling_function_stays_high_at_zero(
    half: int, drops: list[Fraction], times: int
) -> None:
    """``stays_high`` on even functions that fall from 0 to h, with its best c."""
    outward = [sum(drops[i:half], Fraction(0)) for i in range(half + 1)]
    cells = [outward[min(i, 2 * half - i)] for i in range(2 * half)]
    least = min(sum(cells[0::2], Fraction(0)), sum(cells[1::2], Fraction(0)))
    for _ in range(times):
        cells = step(cells)
    assert least <= half * cells[0]


def test_hypotheses_of_the_lemmas() -> None:
    """Exactly these are used: the turns come from symmetry, not from an assumption."""
    common = {walk.HYPOTHESES[name] for name in ("step", "even", "cycle", "start")}
    assert walk.falling().hyps == walk.highest().hyps == common
    sums = {k.Le(walk.C, walk.class_sum(walk.ZERO, parity)) for parity in (0, 1)}
    assert walk.stays_high().hyps == common | sums | {walk.HYPOTHESES["h >= 1"]}
    assert not walk.stays_high().axioms


@pytest.mark.parametrize("shift", [1, 2])
def test_an_uneven_start_may_rise(shift: int) -> None:
    """Without "even" the conclusion fails: a walk that starts elsewhere is not highest at 0."""
    cells = law(4, 6)
    moved = cells[-shift:] + cells[:-shift]
    assert any(moved[(c + 2) % 8] > moved[c % 8] for c in range(-1, 4))


def test_a_potential_bounds_a_sum() -> None:
    """c h - (g(h) - g(0)) <= sum of a(j), as its only hypotheses c - (g(j+1) - g(j)) <= a(j)."""
    thm = walk.by_potential()
    hypothesis = next(h for h in thm.hyps if isinstance(h, k.ForAll))
    a, g, c, h, j = walk.A, walk.G, walk.C, walk.HALF, walk.J
    assert hypothesis.body == k.Le(c - (g(j + 1) - g(j)), a(j))
    assert isinstance(thm.concl, k.Le)
    assert thm.concl.lhs == c * h - (g(h) - g(0))
    assert not thm.axioms


# ---------------------------------------------------------------- as a theorem of its own


def test_the_theorem_says_it_of_every_place() -> None:
    """Any law of the walk at any place in the range, not only the listed ones."""
    assert T2_WALK.statement.conclusion == k.Le(walk.R(walk.t, FAR), walk.R(walk.t, walk.CELL))
    assert len(T2_WALK.theorem.hyps) == 8
    assert not T2_WALK.theorem.axioms


def test_its_samples_are_laws() -> None:
    """Exact values of the walk; those that break a hypothesis also break the conclusion."""
    low, high = T2_WALK.statement.conclusion.terms()
    broken = []
    for sample in samples():
        left, right = sample.values[low], sample.values[high]
        assert (left > right) == bool(sample.breaks)
        broken.append(sample.breaks)
    assert set(broken) == {"", "even", "start", "k < h", "k >= -1", "l == k + 2"}
    assert len(PLACES) == broken.count("")
    assert all(sum(law(half, times)) == 1 for half, times, _ in PLACES)
