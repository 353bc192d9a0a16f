"""T2b and T2c say what they should: exact instances, every lattice path, and no level above T1."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T
from proofs.lower.dynamics import LATTICE
from proofs.lower.lattice import CAPS, T2B, T2C
from proofs.upper.signsgd import NOISE
from proofs.upper.signsgd import RIGHT as UPPER
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, ball, slide, wells
from tests.proofs.lower.levels import broken, exceeds_a_cap, level, rows, slopes, spends
from tests.proofs.members import sizes, some, vectors
from tests.proofs.model import Model, rational

CLAIMS: dict[str, k.Attained] = {t.id: t.statement.conclusion for t in (T2B, T2C)}  # type: ignore[misc]
HALF, ROOT = L * ETA / 2, sp.sqrt(2 * L * DELTA)
A = k.Sym("a")
"""The slope of the ramp, from which the drawn gap is made."""

horizons = st.sampled_from([1, 2, 3, 4, 20, 10**6])
shares = st.sampled_from([Q(1, 1000), Q(1, 4), Q(1, 2), Q(9, 10), Q(999, 1000)])


@st.composite
def wells_and_ramp(draw: Any, steps: st.SearchStrategy[int] = horizons) -> dict[Any, Any]:
    """Parameters of T2c with a rational root: a comes first, then the gap that it needs.

    a is comparable with L eta/2, where T1 is nearly attained.
    """
    smooth, eta, T_, delta = draw(sizes), draw(sizes), draw(steps), draw(shares)
    a = smooth * eta * draw(st.sampled_from([Q(1, 100), Q(1, 3), Q(1, 2), Q(1)]))
    bend = a**2 / (2 * delta * smooth)
    gap = bend + a * eta * (T_ - 1) + (1 - delta) * smooth * eta**2 / 8
    return {L: smooth, ETA: eta, T: T_, DELTA_SHARE: delta, A: a, DELTA: gap, NOISE: 0, B: 1}


@st.composite
def wells_only(draw: Any) -> dict[Any, Any]:
    """Parameters of T2b, with the root sqrt(2 L Delta) rational and near L eta/2."""
    smooth, eta = draw(sizes), draw(sizes)
    root = smooth * eta / 2 * draw(st.sampled_from([Q(1, 2), Q(99, 100), Q(1), Q(2), Q(50)]))
    gap = root**2 / (2 * smooth)
    return {L: smooth, ETA: eta, DELTA: gap, T: 10**6, DIM: draw(st.integers(1, 4)), NOISE: 0, B: 1}


def test_the_claims_are_those_of_the_theory_sheet() -> None:
    for claim in CLAIMS.values():
        assert (claim.smoothness, claim.gap, claim.horizon) == (L, DELTA, T)
        assert claim.sure
        assert claim.dynamics == LATTICE
    assert CLAIMS["T2b"].level == sp.Min(HALF, ROOT)
    assert {"T1": UPPER, "L0-gap": ROOT} == CAPS


# ---------------------------------------------------------------- the members


def member_of_t2c(p: Mapping[Any, Any]) -> Ridges:
    """Wells in one coordinate and a ramp in another."""
    smooth, eta, delta = p[L], p[ETA], p[DELTA_SHARE]
    well = wells((1 - delta) * smooth * eta / 2, (1 - delta) * smooth, eta)
    ramp = slide(delta * smooth, p[A], eta * (p[T] - 1))
    return Ridges(((well, Vec([Q(1), Q(0)])), (ramp, Vec([Q(0), Q(1)]))))


def member_of_t2b(p: Mapping[Any, Any]) -> Ridges:
    """The same wells in each of d coordinates, as deep as gap and cell allow."""
    d, smooth = p[DIM], p[L]
    a = min(smooth * p[ETA] / 2, 2 * p[DELTA] / level_root(p))
    well = wells(a / d, smooth / d, p[ETA])
    return Ridges(tuple((well, Vec(Q(i == j) for j in range(d))) for i in range(d)))


def level_root(p: Mapping[Any, Any]) -> Q:
    """Delta over half of sqrt(2 L Delta), that is sqrt(2 Delta/L): rational as drawn."""
    square = 2 * p[DELTA] / p[L]
    root = sp.sqrt(rational(square))
    assert root.is_Rational
    return Q(int(root.p), int(root.q))


def cells(d: int, reach: int) -> list[tuple[int, ...]]:
    """Where a lattice path can be after at most ``reach`` moves."""
    return list(itertools.product(range(-reach, reach + 1), repeat=d))


@settings(max_examples=30)
@given(wells_and_ramp(st.integers(1, 5)), vectors(2), vectors(2))
def test_t2c_is_attained_at_every_point_of_every_path(p: Any, u: Vec, v: Vec) -> None:
    assert not broken(T2C.statement, p)
    f, claimed = member_of_t2c(p), level(T2C.statement, p)
    assert f.smoothness == p[L]
    assert (f.gradient(u) - f.gradient(v)).one <= p[L] * (u - v).most
    assert f.value(Vec([Q(0), Q(0)])) == p[DELTA]
    for j in cells(2, p[T] - 1):
        assert not claimed > ball(f.gradient(p[ETA] * Vec(map(Q, j))).one)
    down = f.gradient(Vec([Q(0), -p[ETA] * (p[T] - 1)])).one
    assert claimed.overlaps(ball(down))
    assert claimed.rad() < 1e-30


@settings(max_examples=30)
@given(wells_only(), vectors(2), vectors(2))
def test_t2b_is_attained_at_every_lattice_point(p: Any, u: Vec, v: Vec) -> None:
    assert not broken(T2B.statement, p)
    f, claimed = member_of_t2b(p), level(T2B.statement, p)
    d = p[DIM]
    x, y = (Vec(w[i % 2] for i in range(d)) for w in (u, v))
    assert f.smoothness == p[L]
    assert (f.gradient(x) - f.gradient(y)).one <= p[L] * (x - y).most
    assert f.value(Vec([Q(0)] * d)) <= p[DELTA]
    for j in cells(d, 1 if d > 2 else 3):
        assert claimed.overlaps(ball(f.gradient(p[ETA] * Vec(map(Q, j))).one))
    assert claimed.rad() < 1e-30


# ---------------------------------------------------------------- no level above T1


@given(wells_and_ramp())
def test_t2c_stays_below_t1_and_the_gap(p: Any) -> None:
    assert not exceeds_a_cap(CLAIMS["T2c"].level, p)


@given(wells_only())
def test_t2b_stays_below_t1_and_the_gap(p: Any) -> None:
    assert not exceeds_a_cap(CLAIMS["T2b"].level, p)


WELL = (1 - DELTA_SHARE) * HALF
RAMP = CLAIMS["T2c"].level - WELL
FALSE_LEVELS = {
    ("T2b", "2 % more"): sp.Rational(51, 50) * sp.Min(HALF, ROOT),
    ("T2b", "no cap from the gap"): HALF,
    ("T2b", "no cap from the cell"): ROOT,
    ("T2b", "the sum"): HALF + ROOT,
    ("T2c", "2 % more"): sp.Rational(51, 50) * (WELL + RAMP),
    ("T2c", "2 % more of the wells"): sp.Rational(51, 50) * WELL + RAMP,
    ("T2c", "2 % more of the ramp"): WELL + sp.Rational(51, 50) * RAMP,
    ("T2c", "all curvature twice"): HALF + RAMP,
    ("T2c", "wells for nothing"): WELL
    + RAMP.xreplace({DELTA: DELTA + (1 - DELTA_SHARE) * L * ETA**2 / 8}),
    ("T2c", "a ramp half as long"): WELL + RAMP.xreplace({T: (T + 1) / 2}),
    ("T2c", "no bend"): WELL + (DELTA - (1 - DELTA_SHARE) * L * ETA**2 / 8) / (ETA * T),
}


@pytest.mark.parametrize(("name", "variant"), FALSE_LEVELS)
def test_a_false_level_is_refuted_in_the_same_budget(name: str, variant: str) -> None:
    drawn = wells_only() if name == "T2b" else wells_and_ramp()
    found = some(drawn, lambda p: exceeds_a_cap(FALSE_LEVELS[name, variant], p))
    assert not broken({"T2b": T2B, "T2c": T2C}[name].statement, found)


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("gap", lambda p: {DELTA: (1 - p[DELTA_SHARE]) * p[L] * p[ETA] ** 2 / 9}),
        ("delta > 0", lambda _: {DELTA_SHARE: 0}),
        ("delta < 1", lambda _: {DELTA_SHARE: 1}),
        ("T >= 1", lambda _: {T: 0}),
        ("eta > 0", lambda _: {ETA: 0}),
        ("L > 0", lambda _: {L: 0}),
    ],
)
def test_each_hypothesis_of_t2c_sees_what_it_is_named_after(
    label: str, change: Callable[[Any], dict[Any, Any]]
) -> None:
    assert some(wells_and_ramp(), lambda p: label in broken(T2C.statement, {**p, **change(p)}))


# ---------------------------------------------------------------- the instances that are run


@settings(max_examples=15)
@given(wells_and_ramp(st.integers(1, 6)), st.integers(2, 5))
def test_the_instance_of_t2c_keeps_the_level_on_every_path(p: Any, d: int) -> None:
    """Parameters are rounded to float64; the level is the theorem's to 1e-12."""
    names = {"L": L, "Delta": DELTA, "eta": ETA, "delta": DELTA_SHARE}
    given_ = {name: float(p[s]) for name, s in names.items()}
    given_["Delta"] *= 1.001
    instance = hardinstances.make("lattice-tight", **given_, T=p[T], d=d)
    exact = {s: Q(given_[name]) for name, s in names.items()} | {T: p[T]}
    claimed, reach = level(T2C.statement, exact), p[T] - 1
    smallest = Q(0)
    for profile, row, noise, count in rows(instance):
        assert noise is None
        smallest += count * min(map(abs, slopes(profile, row, exact[ETA], reach)))
    assert not claimed * (1 - 1e-12) > ball(smallest)
    assert not claimed * (1 + 1e-12) < ball(smallest)
    at = [exact[ETA] * Q(n, 16) for n in range(-16 * (reach + 2), 17)]
    curvature, gap = spends(instance, at)
    assert curvature <= exact[L]
    assert gap <= exact[DELTA]


@settings(max_examples=15)
@given(wells_only())
def test_the_instance_of_t2b_has_the_level_at_every_lattice_point(p: Any) -> None:
    given_ = {"L": float(p[L]), "Delta": float(p[DELTA]), "eta": float(p[ETA])}
    instance = hardinstances.make("lattice-wells", **given_, d=p[DIM])
    exact = {L: Q(given_["L"]), DELTA: Q(given_["Delta"]), ETA: Q(given_["eta"])}
    claimed = level(T2B.statement, exact)
    for j in range(9):
        total = sum(
            (
                count * abs(slopes(profile, row, exact[ETA], 4)[j])
                for profile, row, _, count in rows(instance)
            ),
            Q(0),
        )
        assert not claimed * (1 - 1e-12) > ball(total)
        assert not claimed * (1 + 1e-12) < ball(total)
    curvature, gap = spends(instance, [exact[ETA] * Q(n, 16) for n in range(-32, 33)])
    assert curvature <= exact[L]
    assert gap <= exact[DELTA]


# ---------------------------------------------------------------- the method


def walk(positions: list[Q], eta: Q) -> Model:
    """A path of one coordinate with the cell that each point is in."""
    inside = [(x - positions[0]) / eta for x in positions]
    families = {
        LATTICE.position: lambda t: positions[t],
        k.Sym("cell", "fam:int"): lambda t: inside[t],
    }
    return Model([Q(1)], values={ETA: eta}, families=families, times=len(positions) - 1)


@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=1, max_size=8), sizes, sizes)
def test_moves_of_one_cell_at_most_are_a_lattice_method(moves: list[int], eta: Q, x0: Q) -> None:
    positions = [x0 + eta * n for n in itertools.accumulate(moves, initial=0)]
    assert all(walk(positions, eta).holds(rule) for rule in LATTICE.rules)
    jump = [*positions, positions[-1] + 2 * eta]
    assert not all(walk(jump, eta).holds(rule) for rule in LATTICE.rules)
    drift = replace(walk(positions, eta), values={ETA: eta / 2})
    still = set(positions[:-1]) == {x0}
    assert all(drift.holds(rule) for rule in LATTICE.rules) == still


def test_signsgd_is_a_lattice_method() -> None:
    f = Ridges(((wells(Q(1), Q(2), Q(1)), Vec([Q(1)])),))
    run = Run(f, Vec([Q(1, 3)]), Q(1, 2), 5, 1, Oracle(Vec([Q(3)]), Q(2)))
    for law in run.laws():
        assert all((x[0] - run.x0[0]) % run.eta == 0 for x in law)
