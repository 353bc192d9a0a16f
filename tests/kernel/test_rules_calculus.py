"""Derivatives, exp and the normal law: what holds, and ways of abusing them."""

from __future__ import annotations

import math
from random import Random

import flint
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel import rules_witness as rw
from signcheck.kernel import samplers
from signcheck.kernel.rules_calculus import slope
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Past, Prod
from tests.kernel.problems import FLAT, ONE, RX, WALK, WALK_SURE, ZERO, T, flat_path, t

REFUSED = (ProofError, InputError)
z, a, b, c, s = (k.Sym(name) for name in ("z", "a", "b", "c", "s"))
n, i = k.Sym("n", "int"), k.Sym("i", "int")
X, F = k.Sym("X", "random"), k.Sym("F", "sigma")
RIGHT = (k.Le(ZERO, z),)


def rising(derivative: sp.Expr, var: k.Sym = z) -> k.Theorem:
    """For all z >= 0: 0 <= the term, from its form."""
    low = k.assume(k.Le(ZERO, var))
    return k.generalise(k.sign_fact(k.Le(ZERO, derivative), facts=[low]), var, low.concl)


# ---------------------------------------------------------------- derivatives


@given(st.integers(0, 4), st.integers(1, 3), st.floats(0.1, 3))
def test_the_derivative_is_that_of_the_function(power: int, scale: int, at: float) -> None:
    term = (z**power + scale) * sp.exp(-(z**2) / 2) / sp.sqrt(1 + z) + sp.log(1 + z) * sp.erf(z)
    here = float(slope(term, z).subs(z, at))
    step = 1e-5
    near = [float(term.subs(z, at + h)) for h in (step, -step)]
    assert here == pytest.approx((near[0] - near[1]) / (2 * step), rel=1e-4, abs=1e-6)


def test_a_function_with_a_positive_derivative_grows() -> None:
    thm = k.increasing(rising(2 * z), z**2 + a)
    assert thm.concl == k.ForAll(z, RIGHT, k.Le(a, z**2 + a))
    thm = k.increasing(rising(z / (1 + z)), z - sp.log(1 + z))
    assert thm.concl == k.ForAll(z, RIGHT, k.Le(0, z - sp.log(1 + z)))


def test_what_is_not_a_derivative() -> None:
    for wrong in (z**3, -(z**2), 2 * z**2, z**2 + z):
        with pytest.raises(ProofError, match="is not the derivative"):
            k.increasing(rising(2 * z), wrong)
    for shape in (k.sign_fact(k.Le(ZERO, ONE)), k.generalise(k.sign_fact(k.Le(ZERO, z**2)), z)):
        with pytest.raises(ProofError, match="does not say"):
            k.increasing(shape, z**3 / 3)
    shifted = k.generalise(k.sign_fact(k.Le(-ONE, z**2)), z, *RIGHT)
    with pytest.raises(ProofError, match="is not the derivative"):
        k.increasing(shifted, z**3 / 3)


def test_a_jump_is_not_differentiated() -> None:
    # 0 <= 0 at every z where the derivative exists, but sign and |z| jump or turn
    for broken in (-sp.sign(z), -sp.Abs(z), sp.Max(z, ZERO) - z, a**z):
        with pytest.raises(ProofError, match="not differentiated"):
            k.increasing(rising(ZERO * z + z), broken)


def test_a_pole_inside_the_range() -> None:
    # 1/(1 - z) has the derivative (1 - z)**-2 >= 0 on both sides of its pole and jumps down there
    with pytest.raises(ProofError):
        k.increasing(rising(z**2), 1 / (1 - z))
    held = k.assume(k.ForAll(z, RIGHT, k.Le(0, (1 - z) ** 2)))
    with pytest.raises(ProofError, match="not shown to be different from zero"):
        k.increasing(held, 1 / (1 - z))


def test_integers_are_not_a_half_line() -> None:
    # a derivative may be negative between integers
    with pytest.raises(ProofError, match="is not the derivative"):
        k.increasing(rising(2 * n, n), n**2)


def test_randomness_has_no_derivative() -> None:
    with pytest.raises(ProofError, match="is not the derivative"):
        k.increasing(rising(2 * z * X**2), z**2 * X**2)


# ---------------------------------------------------------------- exp and pi


def test_functional_equations_of_exp() -> None:
    total = Big(a * k.Sym("y", "fam:real")(i), i, ZERO, n)
    assert k.exp_law(sp.exp(total)).concl.rhs == Prod(sp.exp(total.args[0]), i, ZERO, n)
    power = sp.Pow(sp.exp(a), n, evaluate=False)
    assert k.exp_law(power).concl == k.Eq(power, sp.exp(n * a))
    assert k.exp_law(sp.exp(a) * sp.exp(b)).concl.rhs == sp.exp(a + b)


def test_log_of_a_power() -> None:
    positive = k.assume(k.Lt(ZERO, a))
    thm = k.exp_law(sp.log(a**n), facts=[positive])
    assert thm.concl == k.Eq(sp.log(a**n), n * sp.log(a))
    for term, facts in ((sp.log(a**n), []), (sp.log(a**b), [positive]), (sp.log(a), [positive])):
        with pytest.raises(REFUSED):
            k.exp_law(term, facts=facts)


def test_exp_of_nothing_else() -> None:
    for term in (sp.exp(a), a * sp.exp(b), sp.exp(a) + sp.exp(b), sp.Pow(sp.exp(a), b), a**n):
        with pytest.raises(REFUSED):
            k.exp_law(term)


def test_pi_is_between_two_fractions() -> None:
    low, high = k.pi_bound(above=False).concl, k.pi_bound(above=True).concl
    assert (low.rhs, high.lhs) == (sp.pi, sp.pi)
    for fraction, below in ((low.lhs, True), (high.rhs, False)):
        ball = flint.arb(flint.fmpq(int(fraction.p), int(fraction.q)))
        assert (ball < flint.arb.pi()) if below else (ball > flint.arb.pi())
    with pytest.raises(ProofError):
        k.sign_fact(k.Lt(ZERO, 4 - sp.pi), facts=[k.pi_bound(above=False)])


# ---------------------------------------------------------------- the normal law


def law_of(term: sp.Expr, at: sp.Expr, scale: sp.Expr) -> k.Theorem:
    return k.assume(k.normal(term, TRIVIAL, scale * at, scale**2))


def test_the_axiom_says_what_its_rule_proves() -> None:
    positive = k.assume(k.Lt(ZERO, s))
    thm = k.folded_normal(law_of(X, z, s), X, z, s, facts=[positive])
    value = s * (z * sp.erf(z / sp.sqrt(2)) + sp.sqrt(2 / sp.pi) * sp.exp(-(z**2) / 2))
    assert thm.concl == k.Eq(Ex(sp.Abs(X), TRIVIAL), value)
    assert thm.axioms == {"folded normal"}
    assert thm.hyps == {positive.concl, k.normal(X, TRIVIAL, s * z, s**2)}


def test_no_law_but_the_one_that_is_named() -> None:
    positive = k.assume(k.Lt(ZERO, s))
    for law in (law_of(X, z, 2 * s), law_of(X, -z, s), law_of(2 * X, z, s)):
        with pytest.raises(ProofError, match="is needed"):
            k.folded_normal(law, X, z, s, facts=[positive])
    with pytest.raises(ProofError, match="positive number"):
        k.folded_normal(law_of(X, z, s), X, z, s)
    given_past = k.assume(k.normal(X, Past(t), s * z, s**2))
    with pytest.raises(ProofError, match="is needed"):
        k.folded_normal(given_past, X, z, s, facts=[positive])


def test_the_bound_variable_of_a_law_is_free_nowhere() -> None:
    # held once: with the deviation named like the bound variable, E exp(c Y) = exp(c**4/2)
    for deviation in (c, k.Sym("c_1"), k.Sym("c_1") + c):
        law = k.normal(X, TRIVIAL, ZERO, deviation**2)
        assert law.var not in deviation.free_symbols
        assert law.free() >= deviation.free_symbols
    assert k.Sym("c") in k.normal(c * X, TRIVIAL, c, ONE).free()


def test_the_sampler_catches_a_mean_one_percent_too_large() -> None:
    random = Random(3)
    drawn = [samplers.folded_normal(random) for _ in range(300)]
    assert all(left <= right for left, right in drawn)
    assert all(1.01 * left > right for left, right in drawn)


@given(st.floats(-3, 3))
def test_the_sampler_agrees_with_ball_integration(at: float) -> None:
    """E|z + Z| by rigorous integration, against the formula of the axiom."""

    def density(x: flint.acb, _analytic: bool) -> flint.acb:
        return (x + at) * (-(x**2) / 2).exp() / (2 * flint.acb.pi()).sqrt()

    right = flint.acb.integral(density, -at, 12).real
    left = flint.acb.integral(density, -12, -at).real
    formula = at * math.erf(at / math.sqrt(2))
    formula += math.sqrt(2 / math.pi) * math.exp(-(at**2) / 2)
    assert float((right - left).mid()) == pytest.approx(formula, abs=1e-9)


# ---------------------------------------------------------------- normal noise in a witness


def normal_witness(noise: k.Noise, sigma: sp.Expr = ONE, *more: k.Theorem) -> k.Theorem:
    """A ramp's slope 1 with normal noise, under a method that never moves."""
    claim = k.Attained(ZERO, ONE, (sigma,), WALK, T, ONE, sure=False)
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    variance = more or (k.sign_fact(k.Le(ZERO, sigma)),)
    block = k.Block(FLAT, (), sigma, lipschitz, gap, flat_path(WALK, noise), noise, variance)
    totals = [k.sign_fact(k.Le(ZERO, ZERO)), k.assume(k.Le(ONE, ONE)), k.assume(k.Le(ONE, ONE))]
    return k.witness(claim, [block], totals, WALK_SURE)


def test_a_witness_with_normal_noise() -> None:
    thm = normal_witness(k.Noise(k.Sym("m"), (), (), ONE, ONE))
    assert not any(h.random() for h in thm.hyps)


def test_normal_noise_of_another_deviation() -> None:
    with pytest.raises(ProofError, match="is not that of sigma"):
        normal_witness(k.Noise(k.Sym("m"), (), (), ONE, 2 * ONE))
    for odd in (rw.CALLS(t, 0), RX(0), rw.DRAW, k.Sym("z")):
        with pytest.raises(REFUSED):
            normal_witness(k.Noise(k.Sym("m"), (), (), ONE, odd), odd)


def test_normal_noise_with_the_wrong_theorems() -> None:
    noise = k.Noise(k.Sym("m"), (), (), ONE, ONE)
    with pytest.raises(ProofError, match="sigma is not negative"):
        normal_witness(noise, ONE, k.sign_fact(k.Le(-ONE, ONE)))
    with pytest.raises(ProofError, match="needs theorems"):
        normal_witness(noise, ONE, *[k.sign_fact(k.Le(ZERO, ONE))] * 3)
    with pytest.raises(ProofError, match="is not shown to be the batch"):
        normal_witness(k.Noise(k.Sym("m"), (), (), 2 * ONE, ONE))
