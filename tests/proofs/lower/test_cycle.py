"""T2-cycle says what it should: the sheet's level, its instance exactly as it is run, no axiom."""

from __future__ import annotations

from typing import Any

import pytest
import sympy as sp
from hypothesis import given, settings
from hypothesis import strategies as st

import hardinstances
from hardinstances.errors import ProofError
from hardinstances.levels import SIGNSGD_FOREVER, SIGNSGD_TIGHT
from hardinstances.profiles import MEANDER, PROFILES
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, TAU, B, L, T
from proofs.lower import cycle, cycle_meander
from proofs.lower.cycle import T2_CYCLE
from proofs.lower.cycle_paths import TURNING_NOISE
from proofs.lower.signsgd import T2
from proofs.upper.signsgd import T1
from signcheck import kernel as k
from signcheck.proof import Proof
from signcheck.simulate.law import exact_law
from signcheck.simulate.methods import SignSGD
from tests.proofs.exact import Q, ball
from tests.proofs.lower.levels import broken, level, rows, spends
from tests.proofs.lower.test_signsgd import HIDDEN, SWING, N, S, number, slope, symbols
from tests.proofs.lower.test_signsgd_run import stationarity
from tests.proofs.members import sizes

STATEMENT = T2_CYCLE.statement
CLAIM: k.Attained = STATEMENT.conclusion  # type: ignore[assignment]
SPENT = (1 - 2 * DELTA_SHARE) * L * ETA**2 / 8 + HIDDEN * (
    HIDDEN / (DELTA_SHARE * L) + 2 * ETA
) / RHO


def test_the_claim_is_the_one_of_the_theory_sheet() -> None:
    assert sp.expand(CLAIM.level - slope(DELTA - SPENT) - SWING - (1 - RHO) * HIDDEN) == 0
    other = T2.statement.conclusion
    assert isinstance(other, k.Attained)
    for name in ("smoothness", "gap", "noise", "dynamics", "horizon", "sure"):
        assert getattr(CLAIM, name) == getattr(other, name), name


def test_no_axiom_is_left() -> None:
    """The finite horizon rests on Hoeffding's inequality; this one on inductions alone."""
    assert T2.theorem.axioms == {"Hoeffding"}
    assert not T2_CYCLE.theorem.axioms


def test_the_noise_costs_the_same_at_every_horizon() -> None:
    gap = STATEMENT.hypotheses["gap"]
    assert T not in gap.free()
    assert T in T2.statement.hypotheses["gap"].free()


def test_a_run_meets_the_formula_of_its_own_instance() -> None:
    """Where the other horizon's level is larger, it is another problem's: it is not asked here."""
    bound, above = T2.bound, T1.bound
    assert bound is not None
    assert above is not None
    point = {"L": 1, "Delta": 1, "eta": 0.04, "T": 500, "B": 1, "sigma": [0, 0, 0.01]}
    point |= {"delta": 0.25, "rho": 0.5}
    best = bound.evaluate(**point)
    assert best.variant == "every horizon"
    finite, endless = (
        bound.on(level).evaluate(**point) for level in (SIGNSGD_TIGHT, SIGNSGD_FOREVER)
    )
    assert (finite.variant, endless.variant) == ("finite horizon", "every horizon")
    assert finite.value < endless.value == best.value
    assert above.on(SIGNSGD_TIGHT) is above
    assert bound.on(None) is bound


# ---------------------------------------------------------------- the meander


@settings(deadline=None)
@given(b=sizes, l=sizes, turns=st.integers(2, 9), place=st.integers(-400, 400))
def test_the_meander_is_as_large_as_proved(b: Q, l: Q, turns: int, place: int) -> None:
    """|f'| <= b on the whole line, and min(b, l (H/2 - |y|)) between two turns."""
    period = turns * b / l
    row = {"b": b, "l": l, "H": period}
    x = place * period / 97
    assert abs(MEANDER.exact_derivative(x, row)) <= b
    if abs(x) <= period / 2:
        assert abs(MEANDER.exact_derivative(x, row)) == min(b, l * (period / 2 - abs(x)))


def test_a_meander_that_is_too_short_has_no_size() -> None:
    """The facts need b/l <= H/2: for a shorter period the pieces overlap."""
    held = {"0 <= a", "0 < l", "0 < H", "a/l <= H/2"}
    for thm in (cycle_meander.size(), cycle_meander.size_between_turns(1)):
        assert set(map(str, thm.hyps)) == held
    ramp = Proof()
    with pytest.raises(ProofError):
        ramp.profile_lipschitz(PROFILES["meander"], cycle_meander.PARAMETERS, sp.Integer(1))


def test_the_noise_is_the_one_that_is_sampled() -> None:
    """Both outcomes of the proof's law, at a negative and at a positive derivative."""
    import numpy as np

    from hardinstances.noise import MaskingNoise

    noise = MaskingNoise(sigma=[1.0], tau=0.125, B=4)
    for u in (-0.25, 0.0, 0.5):
        values = {TURNING_NOISE.mean: sp.Rational(u), TAU: sp.Rational(1, 8), B: sp.Integer(4)}
        wanted = [_value(v, values, u) for v in TURNING_NOISE.values]
        found = [noise.outcome(np.array([u]), np.array([hit]))[0] for hit in (True, False)]
        assert found == pytest.approx(wanted, rel=1e-12)


def _value(term: Any, values: dict[Any, Any], u: float) -> float:
    from signcheck.kernel.terms import Ind

    plain = term.xreplace({i: sp.Integer(u >= 0) for i in term.atoms(Ind)})
    return float(plain.xreplace(values))


# ---------------------------------------------------------------- the instance as it is run


@st.composite
def parameters(draw: Any) -> dict[Any, Any]:
    """Numbers in the regime: the ramp's slope first, then the gap that everything needs."""
    p: dict[Any, Any] = {L: draw(sizes), ETA: draw(sizes), T: draw(st.sampled_from([1, 2, 9]))}
    p |= {
        DELTA_SHARE: draw(st.sampled_from([Q(1, 50), Q(1, 4), Q(9, 20)])),
        RHO: draw(st.sampled_from([Q(1, 4), Q(1, 2), Q(9, 10)])),
        B: draw(st.sampled_from([1, 2, 16])),
    }
    unit = p[L] * p[ETA] / 2
    weights = draw(st.lists(st.sampled_from([Q(1, 50), Q(1, 3), Q(1)]), min_size=1, max_size=2))
    p["sigmas"] = [unit * w for w in weights]
    p |= {S: sum(p["sigmas"]), N: len(p["sigmas"])}
    p[TAU] = min(p["sigmas"]) / 10**6
    a = unit * draw(st.sampled_from([Q(0), Q(1)]))
    ramp = a**2 / (2 * p[DELTA_SHARE] * p[L]) + a * p[ETA] * (p[T] - 1)
    least = (number(SPENT, p) + ball(ramp)).upper().fmpq()
    p[DELTA] = Q(int(least.p), int(least.q)) * Q(101, 100)
    return p


@settings(max_examples=15, deadline=None)
@given(parameters())
def test_the_instance_that_is_run_keeps_the_level(p: dict[Any, Any]) -> None:
    assert not broken(STATEMENT, symbols(p))
    names = {"L": L, "eta": ETA, "delta": DELTA_SHARE, "rho": RHO, "tau": TAU, "Delta": DELTA}
    given_ = {name: float(p[s]) for name, s in names.items()}
    sigma = [0.0, 0.0, *map(float, p["sigmas"])]
    instance = hardinstances.make("signsgd-tight-forever", **given_, T=p[T], B=p[B], sigma=sigma)
    exact = {s: Q(given_[name]) for name, s in names.items()} | {T: p[T], B: p[B]}
    exact |= {S: sum(map(Q, sigma)), N: len(p["sigmas"])}
    claimed = level(STATEMENT, exact)
    law = exact_law(instance, SignSGD(given_["eta"]), steps=p[T], batch=p[B])
    for t, mean in enumerate(law.mean.tolist()):
        true = stationarity(instance, exact[ETA], t)
        assert abs(Q(mean) - true) <= Q(law.slack)
        assert not claimed * (1 - 1e-12) > ball(true)
    check_membership(instance, exact)


def check_membership(instance: Any, exact: dict[Any, Any]) -> None:
    """A0 and A1 from the profiles' values, and cells enough for a turn to be rare."""
    reach = max(row.get("H", exact[ETA]) for _, row, _, _ in rows(instance))
    curvature, gap = spends(instance, [reach * Q(n, 64) for n in range(-192, 65)])
    assert curvature <= exact[L]
    assert gap <= exact[DELTA]
    for profile, row, sigma, _ in rows(instance):
        if sigma is not None:
            assert profile is MEANDER
            half = row["H"] / (2 * exact[ETA])
            assert abs(half - round(half)) <= half * Q(1, 10**12)
            zone = row["b"] / (row["l"] * exact[ETA])
            assert zone + 1 <= exact[RHO] * half * (1 + Q(1, 10**12))


@pytest.mark.parametrize("name", ["rho < 1", "tau > 0", "T >= 1", "tau is masked", "gap"])
def test_a_missing_hypothesis_is_missed(name: str) -> None:
    with pytest.raises(ProofError):
        cycle.prove(STATEMENT.without(name))
