"""Claims on the chain's curves: certified twice, tight, and about the curves that are run."""

from __future__ import annotations

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.chain_bounds import GAP, SLOPE, SMOOTHNESS
from hardinstances.chain_function import chain_grad, chain_value
from hardinstances.errors import ProofError
from proofs.lemmas import chain_certified as cc
from proofs.lemmas.chain_function import PSI, S, bell, on_line
from signcheck import kernel as k
from signcheck.intervals import chain, recheck_chain

NUDGED = [n for n in cc.CERTIFIED if "log" not in n]


@pytest.mark.parametrize("name", cc.CERTIFIED)
def test_every_claim_is_certified(name: str) -> None:
    certificate = cc.certificate_of(name)
    assert certificate.claim == cc.CERTIFIED[name]
    assert certificate.method


@pytest.mark.parametrize("name", cc.CERTIFIED)
def test_mpmath_agrees_with_another_subdivision(name: str) -> None:
    first = cc.certificate_of(name)
    second = recheck_chain.recheck(cc.CERTIFIED[name], cc.ATOMS)
    assert second.claim == first.claim
    assert second.method != first.method
    assert second.cells == 1 or second.cells != first.cells


def lowered(name: str) -> k.Formula:
    """The claim with a right side that is 1.5 % smaller: every constant is that tight."""
    claim = cc.CERTIFIED[name]
    assert isinstance(claim, k.ForAll)
    assert isinstance(claim.body, k.Le)
    return k.ForAll(claim.var, (), k.Le(claim.body.lhs, claim.body.rhs * sp.Rational(197, 200)))


@pytest.mark.parametrize("name", NUDGED)
@pytest.mark.parametrize("checker", [chain.certify, recheck_chain.recheck], ids=["arb", "iv"])
def test_a_constant_that_is_too_small_is_refused(name: str, checker) -> None:
    with pytest.raises(ProofError, match=r"not (certified|rechecked)"):
        checker(lowered(name), cc.ATOMS)


def test_a_false_number_is_refused() -> None:
    false = k.Le(2, sp.log(sp.Integer(3)))
    for checker in (chain.certify, recheck_chain.recheck):
        with pytest.raises(ProofError, match="everywhere"):
            checker(false)


def test_other_formulas_are_refused() -> None:
    with pytest.raises(ProofError, match="no inequality"):
        chain.certify(k.ForAll(S, (), k.Lt(on_line(PSI, S), 3)), cc.ATOMS)
    with pytest.raises(ProofError, match="no inequality"):
        recheck_chain.recheck(k.Eq(bell(S), 1))


def curves(s: float) -> dict[str, float]:
    """The curves by what is run: F_2 is -Phi(x_1) + Psi(-x_1) Phi(-x_2) - Psi(x_1) Phi(x_2)."""
    inside = s > 0.5
    v = 1 / (2 * s - 1) ** 2 if inside else 0.0
    psi = math.exp(1 - v) if inside else 0.0
    phi = -float(chain_value(np, np.array([s])))
    bell_at = -float(chain_grad(np, np.array([s]))[0])
    return {
        "Psi": psi,
        "dPsi": 4 * psi * v**1.5,
        "ddPsi": psi * (16 * v**3 - 24 * v**2),
        "Phi": phi,
        "dPhi": bell_at,
        "ddPhi": -s * bell_at,
    }


@given(s=st.floats(-14, 14))
def test_the_enclosures_hold_what_is_run(s: float) -> None:
    true = curves(s)
    interval = recheck_chain._curves(mpmath.iv.mpf([s - 1e-9, s + 1e-9]))
    for name, value in true.items():
        found = interval[name]
        slack = 1e-6 * (1 + abs(value))
        assert found.a - slack <= value <= found.b + slack
    if abs(s) <= 0.5:
        balls = chain._inner(chain._number(Fraction(s)))
    elif s > 0.57 and s < 10:
        v = 1 / (2 * Fraction(s) - 1) ** 2
        balls = chain._outer(chain._number(v))
    else:
        return
    for name, value in true.items():
        assert abs(balls[name].mid() - value) <= balls[name].rad() + 1e-9 * (1 + abs(value))


def test_psi_and_its_slope_are_those_of_the_chain() -> None:
    for s in (0.6, 0.8, 1.0, 1.7, 4.0):
        here = curves(s)
        point = np.array([s, 0.3])
        phi = curves(0.3)["Phi"]
        assert chain_value(np, point) == pytest.approx(-here["Phi"] - here["Psi"] * phi)
        slope = -here["dPhi"] - here["dPsi"] * phi
        assert chain_grad(np, point)[0] == pytest.approx(slope)


def test_the_certified_numbers_carry_the_constants_of_the_instances() -> None:
    assert sp.Rational(GAP.numerator, GAP.denominator) >= cc.TOP_PSI * cc.TOP_PHI
    assert sp.Rational(SLOPE.numerator, SLOPE.denominator) >= cc.STEEPEST
    assert sp.Rational(SMOOTHNESS.numerator, SMOOTHNESS.denominator) >= cc.OWN_ROW + cc.PASSED_ROW
