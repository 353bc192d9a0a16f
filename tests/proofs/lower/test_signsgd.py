"""T2 says what it should: its instance in balls and as it is run, its grants, no level above T1."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, SIGMA, TAU, B, L, T
from proofs.lemmas.masking import NOISE as MASKING
from proofs.lower.dynamics import SIGNSGD
from proofs.lower.signsgd import T2, N, S
from proofs.upper.signsgd import NOISE as WHOLE
from signcheck import kernel as k
from signcheck.intervals import enclose
from tests.proofs.exact import Q, ball
from tests.proofs.lower.levels import broken, exceeds_a_cap, kernel
from tests.proofs.members import sizes, some
from tests.proofs.model import Model

STATEMENT = T2.statement
CLAIM: k.Attained = STATEMENT.conclusion  # type: ignore[assignment]
KAPPA = sp.sqrt(2 ** (1 / B) - 1)
"""kappa_B/sqrt(B)."""
HIDDEN = S * KAPPA - N * TAU
ESCAPE = ETA * sp.sqrt((2 * T - 2) * sp.log(1 / RHO))
SWING = (1 - 2 * DELTA_SHARE) * L * ETA / 2
SPENT = (1 - 2 * DELTA_SHARE) * L * ETA**2 / 8 + HIDDEN * ESCAPE + HIDDEN**2 / (2 * DELTA_SHARE * L)


def slope(gap: Any) -> Any:
    """The root a >= 0 of a**2/(2 delta L) + a eta (T - 1) = gap."""
    drop = DELTA_SHARE * L * ETA * (T - 1)
    return sp.sqrt(drop**2 + 2 * DELTA_SHARE * L * gap) - drop


def test_the_claim_is_the_one_of_the_theory_sheet() -> None:
    """With 1/rho for the sheet's 2/rho (ERRATA.md), and for a tau that is run."""
    assert (CLAIM.smoothness, CLAIM.gap, CLAIM.horizon) == (L, DELTA, T)
    assert not CLAIM.sure
    assert CLAIM.dynamics == SIGNSGD
    assert CLAIM.noise[2:] == (S,)
    assert sp.expand(CLAIM.level - slope(DELTA - SPENT) - SWING - (1 - RHO) * HIDDEN) == 0
    (x,) = {SIGNSGD.position}
    t, g = k.Sym("t", "int"), k.Sym("g", "fam:random")
    move = k.Eq(x(t + 1), x(t) - ETA * sp.sign(g(t)))
    assert SIGNSGD.rules == (k.ForAll(t, (k.Le(0, t),), move),)
    assert SIGNSGD.batch == B


# ---------------------------------------------------------------- parameters

shares = st.sampled_from([Q(1, 1000), Q(1, 50), Q(1, 4), Q(9, 20)])
chances = st.sampled_from([Q(1, 1000), Q(1, 50), Q(1, 4), Q(9, 10)])


@st.composite
def parameters(draw: Any, steps: tuple[int, ...] = (1, 2, 7, 12)) -> dict[Any, Any]:
    """Numbers in the regime: the ramp's slope comes first, then the gap that everything needs.

    For a long horizon the level is often close to T1.
    """
    p: dict[Any, Any] = {L: draw(sizes), ETA: draw(sizes), T: draw(st.sampled_from(steps))}
    p |= {
        DELTA_SHARE: draw(shares),
        RHO: draw(chances),
        B: draw(st.sampled_from([1, 2, 16, 64])),
    }
    sharp = steps[-1] > 10**6 and draw(st.booleans())
    if sharp:  # all but a thousandth of everything goes where it counts
        p |= {T: steps[-1], DELTA_SHARE: Q(1, 1000), RHO: Q(1, 1000), B: 1}
    unit = p[L] * p[ETA] / 2
    sigmas = [
        unit * w
        for w in draw(st.lists(st.sampled_from([Q(1, 3), Q(1), Q(4)]), min_size=1, max_size=3))
    ]
    share = Q(1, 10**6) if sharp else draw(st.sampled_from([Q(1, 10**6), Q(1, 2)]))
    p |= {S: sum(sigmas), WHOLE: sum(sigmas), N: len(sigmas), "sigmas": sigmas}
    p[TAU] = share * min(sigmas) * Q(1, 2 * math.isqrt(p[B]))
    a = unit * draw(st.sampled_from([Q(0), Q(1, 3), Q(1), Q(2)]))
    ramp = a**2 / (2 * p[DELTA_SHARE] * p[L]) + a * p[ETA] * (p[T] - 1)
    with flint.ctx.workprec(160):
        least = (number(SPENT, p) + ball(ramp)).upper().fmpq()
    p[DELTA] = Q(int(least.p), int(least.q)) + unit * p[ETA] / 10**24
    return p


def symbols(p: dict[Any, Any]) -> dict[Any, Any]:
    """Without the entries that are no atoms."""
    return {name: value for name, value in p.items() if not isinstance(name, str)}


def number(term: Any, p: dict[Any, Any]) -> flint.arb:
    """A term at the parameters."""
    return enclose(term, kernel(symbols(p)))


huge = parameters(steps=(1, 10**6, 10**12))


@given(huge)
def test_it_stays_below_t1_and_the_gap(p: dict[Any, Any]) -> None:
    assert not broken(STATEMENT, symbols(p))
    assert not exceeds_a_cap(CLAIM.level, symbols(p))


NOISY = (1 - RHO) * HIDDEN
FALSE_LEVELS = {
    "2 % more": sp.Rational(51, 50) * CLAIM.level,
    "2 % more of the oscillator": CLAIM.level + SWING / 50,
    "2 % more of the noise": CLAIM.level + NOISY / 50,
    "2 % more than T1's noise": CLAIM.level - NOISY + sp.Rational(51, 50) * S / sp.sqrt(B),
    "noise over a root of the batch too few": CLAIM.level - NOISY + (1 - RHO) * (S - N * TAU),
    "noise without the batch": CLAIM.level + S * (1 - KAPPA) / 2,
    "the ramp twice": CLAIM.level + slope(DELTA - SPENT),
    "noise for nothing": CLAIM.level + slope(DELTA) - slope(DELTA - SPENT) + NOISY,
}


@pytest.mark.parametrize("name", FALSE_LEVELS)
def test_a_false_level_is_refuted_in_the_same_budget(name: str) -> None:
    found = some(huge, lambda p: exceeds_a_cap(FALSE_LEVELS[name], symbols(p)))
    assert not broken(STATEMENT, symbols(found))


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("gap", lambda p: {DELTA: p[DELTA] / 100}),
        ("delta < 1/2", lambda _: {DELTA_SHARE: Q(1, 2)}),
        ("delta > 0", lambda _: {DELTA_SHARE: Q(-1, 2)}),
        ("rho < 1", lambda _: {RHO: Q(1)}),
        ("tau > 0", lambda _: {TAU: Q(0)}),
        ("n >= 1", lambda _: {N: 0}),
        ("B >= 1", lambda _: {B: Q(1, 2)}),
    ],
)
def test_each_hypothesis_sees_what_it_is_named_after(
    label: str, change: Callable[[Any], dict[Any, Any]]
) -> None:
    assert some(huge, lambda p: label in broken(STATEMENT, {**symbols(p), **change(p)}))


def test_a_tau_is_masked_if_and_only_if_the_slope_is_positive() -> None:
    condition = STATEMENT.hypotheses["tau is masked"]
    for tau, fits in ((Q(1, 2), True), (Q(2), False)):
        values = {TAU: tau, B: Q(1), N: Q(2)}
        model = Model([Q(1)], values=values, families={SIGMA: lambda i: Q(1 + i)})
        assert model.holds(condition) == fits


# ---------------------------------------------------------------- the instance in balls


def hidden_slopes(p: dict[Any, Any]) -> list[flint.arb]:
    """b_i = kappa_B sigma_i/sqrt(B) - tau."""
    return [number(KAPPA, p) * ball(s) - ball(p[TAU]) for s in p["sigmas"]]


def expected_slope(b: flint.arb, l: flint.arb, depth: flint.arb, eta: Q, t: int) -> flint.arb:
    """E of the ramp's derivative after t fair steps of size eta."""
    total = flint.arb(0)
    for ups in range(t + 1):
        x = ball(eta * (2 * ups - t))
        value = (b + l * (x + depth)).max(flint.arb(0)).min(b)
        total += value * math.comb(t, ups) / flint.arb(2) ** t
    return total


@settings(max_examples=25)
@given(parameters())
def test_the_instance_keeps_the_level_at_every_step(p: dict[Any, Any]) -> None:
    assert not broken(STATEMENT, symbols(p))
    with flint.ctx.workprec(160):
        claimed, b = number(CLAIM.level, p), hidden_slopes(p)
        depth, spread = number(ESCAPE, p), sum(b, flint.arb(0))
        assert all(x > 0 for x in b)
        assert spread.overlaps(number(HIDDEN, p))
        bends = [ball(p[DELTA_SHARE] * p[L]) * x / spread for x in b]
        assert sum(bends, ball((1 - p[DELTA_SHARE]) * p[L])).overlaps(ball(p[L]))
        gap = number((1 - 2 * DELTA_SHARE) * L * ETA**2 / 8, p)
        a = number(slope(DELTA - SPENT), p)
        gap += a**2 / ball(2 * p[DELTA_SHARE] * p[L]) + a * ball(p[ETA] * (p[T] - 1))
        gap += sum(
            (x * depth + x**2 / (2 * l) for x, l in zip(b, bends, strict=True)), flint.arb(0)
        )
        assert gap.overlaps(ball(p[DELTA]))
        still = number(SWING, p) + a
        for t in range(p[T]):
            noisy = (expected_slope(x, l, depth, p[ETA], t) for x, l in zip(b, bends, strict=True))
            assert not claimed * (1 - 1e-15) > sum(noisy, still)


@settings(max_examples=25)
@given(parameters())
def test_the_masking_noise_is_a_fair_coin_within_sigma(p: dict[Any, Any]) -> None:
    """The law of the proof: mean, variance up to the steepest slope, the sign of a batch."""
    with flint.ctx.workprec(160):
        for sigma, steepest in zip(p["sigmas"], hidden_slopes(p), strict=True):
            for u in (flint.arb(0), steepest / 3, steepest):
                large, small, hit, miss = masking(p, u)
                assert (hit * large + miss * small).overlaps(u)
                spread = hit * (large - u) ** 2 + miss * (small - u) ** 2
                assert not spread > ball(sigma**2)
                assert (miss ** p[B]).overlaps(flint.arb(1) / 2)
                assert large + (p[B] - 1) * small > 0
        assert spread.overlaps(ball(sigma**2))


def masking(p: dict[Any, Any], u: flint.arb) -> list[flint.arb]:
    """Values and probabilities of one call where the derivative is u."""
    values = {**kernel(symbols(p)), MASKING.mean: u}
    return [enclose(term, values) for term in (*MASKING.values, *MASKING.probabilities)]
