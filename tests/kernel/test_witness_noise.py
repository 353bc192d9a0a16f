"""Witnesses with noise: laws, batches and methods that could cheat."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.kernel import rules_witness as rw
from signcheck.kernel.terms import Big, Prof
from tests.kernel.problems import (
    COIN,
    FLAT,
    HALF,
    MEAN,
    ONE,
    RX,
    WALK,
    WALK_SURE,
    ZERO,
    B,
    T,
    beside,
    coin_theorems,
    flat_path,
    honest,
    i,
    n,
    noisy,
    s_i,
    t,
)


def test_noise_that_is_as_it_has_to_be() -> None:
    thm = noisy()
    assert "in expectation" in str(thm.concl)
    assert not any(h.random() for h in thm.hyps)


def test_a_bound_on_every_path_with_noise() -> None:
    claim = k.Attained(ZERO, ONE, (ONE,), WALK, T, ONE, sure=True)
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    block = k.Block(FLAT, (), ONE, lipschitz, gap, flat_path(WALK, COIN), COIN, coin_theorems())
    with pytest.raises(ProofError, match="cannot rest on an expectation"):
        k.witness(claim, [block], [gap] * 3, WALK_SURE)


def test_noise_without_its_theorems() -> None:
    mean, variance, sign = coin_theorems()
    with pytest.raises(ProofError, match="needs theorems"):
        noisy(variance=(mean, variance))
    with pytest.raises(ProofError, match="unbiased"):
        noisy(variance=(variance, variance, sign))
    with pytest.raises(ProofError, match="does not bound the variance"):
        noisy(variance=(mean, mean, sign))
    with pytest.raises(ProofError, match="sigma is not negative"):
        noisy(variance=(mean, variance, mean))


def test_a_negative_noise_level() -> None:
    # held once: levels 5 and -5 had the sum 0
    mean, variance, sign = coin_theorems()
    flipped = k.certificate(k.Le(variance.concl.lhs, (-ONE) ** 2), [(1, variance)])
    with pytest.raises(ProofError, match="sigma is not negative"):
        noisy(variance=(mean, flipped, sign), sigma=-ONE)


def test_variance_theorems_that_assume_something() -> None:
    mean, variance, sign = coin_theorems()
    extra = k.assume(k.Le(ONE, Prof(k.profile_symbol(FLAT), rw.POINT)))
    loaded = k.certificate(mean.concl, [(1, mean)])
    with pytest.raises(ProofError, match="is not granted"):
        noisy(variance=(beside(loaded, extra), variance, sign))


@pytest.mark.parametrize("batch", [sp.Integer(2), B, None])
def test_a_batch_that_is_not_the_methods(batch: sp.Expr | None) -> None:
    # held once: the claim did not say for which batch it holds
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    method, sure = replace(WALK, batch=batch), replace(WALK_SURE, batch=batch)
    block = k.Block(FLAT, (), ONE, lipschitz, gap, flat_path(WALK, COIN), COIN, coin_theorems())
    claim = k.Attained(ZERO, ONE, (ONE,), method, T, ONE, sure=False)
    with pytest.raises(ProofError, match="is not shown to be the batch"):
        k.witness(claim, [block], [gap] * 3, sure)


def test_a_batch_that_may_be_empty() -> None:
    method, sure = replace(WALK, batch=B), replace(WALK_SURE, batch=B)
    noise = replace(COIN, batch=B)
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    path = flat_path(method, noise, k.assume(k.Lt(ZERO, B)))
    block = k.Block(FLAT, (), ONE, lipschitz, gap, path, noise, coin_theorems())
    claim = k.Attained(ZERO, ONE, (ONE,), method, T, ONE, sure=False)
    totals = [k.assume(f) for f in (k.Le(ZERO, ZERO), k.Le(ONE, ONE), k.Le(ONE, ONE))]
    with pytest.raises(ProofError, match="at least 1"):
        k.witness(claim, [block], totals, sure)
    thm = k.witness(claim, [block], totals, sure, facts=[k.assume(k.Le(ONE, B))])
    assert k.Le(ONE, B) in thm.hyps


def test_noise_that_is_no_law() -> None:
    for probabilities in ((HALF, HALF / 2), (-ONE, 2 * ONE)):
        odd = replace(COIN, probabilities=probabilities)
        with pytest.raises(ProofError):
            coin_theorems(odd)
        with pytest.raises(ProofError):
            noisy(noise=odd)


def test_values_that_another_chance_decides() -> None:
    other = k.Sym("W", "random")
    for value in (other, rw.DRAW, RX(0), k.Sym("z"), rw.CALLS(t, 0)):
        odd = replace(COIN, values=(value, MEAN + 1))
        with pytest.raises(ProofError, match="has to be a number"):
            noisy(noise=odd)


def test_noise_for_a_method_without_chance() -> None:
    # held once: with a deterministic position the granted law contradicts itself
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    path = flat_path(WALK_SURE, COIN)
    block = k.Block(FLAT, (), ONE, lipschitz, gap, path, COIN, coin_theorems())
    claim = k.Attained(ZERO, ONE, (ONE,), WALK_SURE, T, ONE, sure=False)
    with pytest.raises(ProofError, match="has to be random"):
        k.witness(claim, [block], [gap] * 3, WALK_SURE)


def test_a_probability_known_for_one_member_only() -> None:
    chance = k.Sym("p", "fam:real")
    odd = k.Noise(MEAN, (MEAN, MEAN), (chance(i), 1 - chance(i)), ONE)
    facts = [k.assume(k.Le(ZERO, chance(i))), k.assume(k.Le(ZERO, 1 - chance(i)))]
    slope = Prof(k.profile_symbol(FLAT), rw.POINT)
    law = k.law(odd.law(rw.DRAW, rw.GIVEN, slope), facts=facts)
    assert law.hyps >= {f.concl for f in facts}
    with pytest.raises(ProofError):
        noisy(noise=odd, index=i, count=n)


def test_a_family_totals_its_members() -> None:
    _, block, _ = honest()
    family = block._replace(index=i, count=n)
    assert family.total(s_i(i)) == Big(s_i(i), i, ZERO, n)
    assert family.guards() == {k.Le(ZERO, i), k.Lt(i, n)}
    assert block.guards() == frozenset()
