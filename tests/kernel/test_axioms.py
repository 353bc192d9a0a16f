"""Every axiom against its sampler, and the sampler against statements a little too strong."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import product
from random import Random

import flint
import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Ind, Past

SAMPLES = 3000


def samples(axiom: k.Axiom, seed: int) -> list[tuple[float, float]]:
    random = Random(seed)
    return [axiom.sampler(random) for _ in range(SAMPLES)]


@pytest.mark.parametrize("name", sorted(k.AXIOMS))
def test_no_sample_breaks_an_axiom(name: str) -> None:
    drawn = samples(k.AXIOMS[name], seed=7)
    assert all(left <= right for left, right in drawn)
    # Neither side is trivial all the time.
    assert sum(0 < left < 1 for left, _ in drawn) > SAMPLES / 10
    assert sum(0 < right < 1 for _, right in drawn) > SAMPLES / 10


@pytest.mark.parametrize("name", sorted(k.AXIOMS))
def test_a_sample_is_a_function_of_the_seed(name: str) -> None:
    assert samples(k.AXIOMS[name], seed=1) == samples(k.AXIOMS[name], seed=1)
    assert samples(k.AXIOMS[name], seed=1) != samples(k.AXIOMS[name], seed=2)


@pytest.mark.parametrize("constant", [1.5, 1.6])
def test_the_sampler_catches_hoeffding_with_a_smaller_constant(constant: float) -> None:
    """exp(-m**2/(c n)) is the bound to the power 2/c; for c < 2 it is false for long walks."""
    drawn = samples(k.AXIOMS["Hoeffding"], seed=7)
    assert any(left > right ** (2 / constant) for left, right in drawn)


def test_the_sampler_catches_a_tail_that_is_halved() -> None:
    drawn = samples(k.AXIOMS["Hoeffding"], seed=7)
    assert any(left > right / 2 for left, right in drawn)


@pytest.mark.parametrize("factor", [0.9, 0.99])
def test_the_sampler_catches_trace_duality_with_a_smaller_constant(factor: float) -> None:
    drawn = samples(k.AXIOMS["trace duality"], seed=7)
    assert any(left > factor * right for left, right in drawn)


def tail(n: int, m: Fraction) -> Fraction:
    """P(S(n) >= m) of the fair walk, from all its paths."""
    return Fraction(sum(math.comb(n, up) for up in range(n + 1) if 2 * up - n >= m), 2**n)


@given(st.integers(1, 200), st.fractions(0, 200, max_denominator=4))
def test_hoeffding_in_exact_arithmetic(n: int, m: Fraction) -> None:
    """The tail is rational and the bound is enclosed in a ball: the inequality is decided."""
    exponent = -(m**2) / (2 * n)
    bound = flint.arb(flint.fmpq(exponent.numerator, exponent.denominator)).exp()
    exact = tail(n, m)
    assert flint.arb(flint.fmpq(exact.numerator, exact.denominator)) <= bound


@given(st.integers(1, 5), st.data())
def test_any_predictable_orientation_has_the_same_tail(n: int, data) -> None:
    """Increments xi = o(past) * coin with a predictable sign o: by enumeration of all paths."""
    signs = {
        path: data.draw(st.sampled_from([1, -1]))
        for length in range(n)
        for path in product((1, -1), repeat=length)
    }
    ends = []
    for coins in product((1, -1), repeat=n):
        steps: list[int] = []
        for coin in coins:
            steps.append(coin * signs[tuple(steps)])
        ends.append(sum(steps))
    for m in range(n + 1):
        assert Fraction(sum(end >= m for end in ends), 2**n) == tail(n, Fraction(m))


def test_the_rule_states_the_axiom() -> None:
    S, xi, t = k.Sym("S", "fam:random"), k.Sym("xi", "fam:random"), k.Sym("t", "int")
    n, m = k.Sym("n", "int"), k.Sym("m")
    now = (k.Le(0, t),)
    held = [
        k.assume(f)
        for f in (
            k.Eq(S(0), 0),
            k.ForAll(t, now, k.Eq(S(t + 1), S(t) + xi(t))),
            k.ForAll(t, now, k.Eq(xi(t) ** 2, 1)),
            k.ForAll(t, now, k.Eq(Ex(xi(t), Past(t)), 0)),
            k.ForAll(t, now, k.Measurable(S(t), Past(t))),
        )
    ]
    facts = [k.assume(k.Le(1, n)), k.assume(k.Le(0, m))]
    thm = k.hoeffding(*held, S, xi, n, m, facts=facts)
    assert thm.concl == k.Le(Ex(Ind(S(n) - m), TRIVIAL), sp.exp(-(m**2) / (2 * n)))
    assert thm.axioms == {"Hoeffding"}
    assert thm.hyps == {f.concl for f in (*held, *facts)}
    # The axiom's name stays with everything that is built on it.
    looser = k.Le(thm.concl.lhs, thm.concl.rhs + 1)
    weaker = k.certificate(looser, [(1, thm)], [1], facts=facts)
    assert weaker.axioms == {"Hoeffding"}
