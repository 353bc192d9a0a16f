"""T2 says what it should: its instance in balls and as it is run, its grants, no level above T1."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import flint
import numpy as np
import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from hardinstances.profiles import RAMP
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, SIGMA, TAU, B, L, T
from proofs.lemmas.masking import NOISE as MASKING
from proofs.lower.dynamics import SIGNSGD
from proofs.lower.signsgd import T2, N, S
from proofs.upper.signsgd import NOISE as WHOLE
from signcheck import kernel as k
from signcheck.intervals import enclose
from signcheck.kernel.rules_witness import BATCH_MEAN, CALLS
from signcheck.simulate.law import exact_law
from signcheck.simulate.methods import SignSGD
from tests.proofs.exact import Oracle, Q, Ridges, Run, Vec, ball, slide
from tests.proofs.lower.levels import broken, exceeds_a_cap, kernel, level, rows, slopes, spends
from tests.proofs.members import sizes, some
from tests.proofs.model import Chance, Model
from tests.proofs.paths import CALLS as ORACLE_CALLS
from tests.proofs.paths import POSITION, paths

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


# ---------------------------------------------------------------- the instance that is run


@settings(max_examples=20)
@given(parameters(steps=(1, 2, 6)), st.booleans())
def test_the_instance_that_is_run_keeps_the_level(p: dict[Any, Any], flat: bool) -> None:
    sigma = [0.0, 0.0, *map(float, p["sigmas"]), *([0.0] if flat else [])]
    sigma = sigma[1:] if flat else sigma
    numbers = {"L": L, "eta": ETA, "delta": DELTA_SHARE, "rho": RHO, "tau": TAU}
    given_ = {name: float(p[s]) for name, s in numbers.items()}
    gap = float(p[DELTA]) * 1.01
    instance = hardinstances.make("signsgd-tight", **given_, Delta=gap, T=p[T], B=p[B], sigma=sigma)
    exact = {s: Q(given_[name]) for name, s in numbers.items()} | {DELTA: Q(gap), T: p[T], B: p[B]}
    exact |= {S: sum(map(Q, sigma)), N: len(p["sigmas"])}
    claimed = level(STATEMENT, exact)
    law = exact_law(instance, SignSGD(given_["eta"]), steps=p[T], batch=p[B])
    curve = [stationarity(instance, exact[ETA], t) for t in range(p[T])]
    for mean, true in zip(law.mean.tolist(), curve, strict=True):
        assert abs(Q(mean) - true) <= Q(law.slack)
        assert not claimed * (1 - 1e-12) > ball(true)
    check_membership(instance, exact)


def stationarity(instance: Any, eta: Q, t: int) -> Q:
    """E|grad f(x_t)|_1 of SignSGD at the exact value of the float64 parameters.

    Noisy coordinates take fair steps; a quiet one goes against its slope, which is never zero here.
    """
    total = Q(0)
    for profile, row, sigma, count in rows(instance):
        values = slopes(profile, row, eta, t)
        if sigma is not None:
            weights = [Q(math.comb(t, ups), 2**t) for ups in range(t + 1)]
            total += count * sum((w * abs(values[2 * ups]) for ups, w in enumerate(weights)), Q(0))
            continue
        place = 0
        for _ in range(t):
            here = values[t + place]
            place -= (here > 0) - (here < 0)
        total += count * abs(values[t + place])
    return total


def check_membership(instance: Any, exact: dict[Any, Any]) -> None:
    """A0, A1 and A2, from the profiles' values alone."""
    reach = 4 * exact[ETA] * (exact[T] + 2)
    for _, row, _, _ in rows(instance):
        reach = max([reach, *(row[n] for n in row if n == "D")])
    curvature, gap = spends(instance, [reach * Q(n, 64) for n in range(-192, 65)])
    assert curvature <= exact[L]
    assert gap <= exact[DELTA]
    with flint.ctx.workprec(160):
        root = enclose(KAPPA, kernel({B: exact[B]}))
        for profile, row, sigma, _ in rows(instance):
            if sigma is not None:
                assert profile is RAMP
                assert not ball(row["a"] + exact[TAU]) > ball(sigma) * root
    noisy = np.concatenate([b.coordinates for b in instance.blocks if b.noise is not None])
    spent = np.concatenate([b.noise.sigma for b in instance.blocks if b.noise is not None])
    assert (spent <= instance.sigma[noisy]).all()


# ---------------------------------------------------------------- what the construction grants


@settings(max_examples=10)
@given(st.integers(1, 4), st.sampled_from([Q(1, 10), Q(1, 2)]), sizes)
def test_the_granted_hypotheses_hold_on_all_paths_of_a_noisy_ramp(steps: int, tau: Q, b: Q) -> None:
    """At B = 1, where everything is rational: y = -tau or 2 u + tau with probability 1/2."""
    model, granted = noisy_ramp(steps, tau * b, b)
    assert len(granted) == 7
    assert all(model.holds(formula) for formula in granted)
    wrong, _ = noisy_ramp(steps, tau * b, b, shown=2 * tau * b)
    assert [f for f in granted if not wrong.holds(f)] == [f for f in granted if "w.p." in str(f)]


def noisy_ramp(steps: int, tau: Q, b: Q, shown: Q | None = None) -> tuple[Model, list[k.Formula]]:
    """All paths of SignSGD on one noisy ramp, and what the witness grants about them."""
    eta, depth, l = Q(1), Q(1), b
    run = Run(
        Ridges(((slide(l, b, depth), Vec([Q(1)])),)), Vec([Q(0)]), eta, steps, 1, _Masked(tau)
    )
    all_paths = paths(run)
    own = {name: k.Sym(name) for name in ("a", "l", "D")}
    x, u = SIGNSGD.position, SIGNSGD.slope

    def scalar(family: k.Sym, *indices: int) -> Chance:
        return Chance(tuple(v[0] for v in all_paths.families[family](*indices).draws))

    def derivative(at: Q, a: Q, l: Q, depth: Q) -> Q:
        return slide(l, a, depth).slope(at)

    model = Model(
        all_paths.probabilities,
        values={
            ETA: eta, B: Q(1), TAU: tau if shown is None else shown,
            own["a"]: b, own["l"]: l, own["D"]: depth,
        },
        families={
            x: lambda t: scalar(POSITION, t),
            u: lambda t: Chance(
                tuple(derivative(v, b, l, depth) for v in scalar(POSITION, t).draws)
            ),
            CALLS: lambda t, j: scalar(ORACLE_CALLS, t, j),
            BATCH_MEAN: lambda t: scalar(ORACLE_CALLS, t, 0),
        },
        past=all_paths.past,
        times=steps,
        profile=derivative,
    )  # fmt: skip
    block = (RAMP, tuple(own.values()), None, None, None, None, MASKING)
    return model, sorted(k.path_hypotheses(block, SIGNSGD), key=str)


class _Masked(Oracle):
    """One call is -tau or 2 u + tau, with probability 1/2."""

    def __init__(self, tau: Q) -> None:
        super().__init__(Vec([tau]), Q(1))

    def call(self, slope: Q, i: int) -> Any:
        """Law of the call."""
        tau = self.scales[i]
        return ((-tau, Q(1, 2)), (2 * slope + tau, Q(1, 2)))
