"""Existence from a construction: what is granted, and how a construction could cheat.

The honest problem is one oscillator f = x**2 (curvature 2, gap 1, started at 1) under a method that
never moves; the noisy one adds a coin of size 1 to a ramp's slope 1.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from hardinstances.profiles import OSCILLATOR, Piece, Profile
from signcheck import kernel as k
from signcheck.kernel import rules_witness as rw
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Prof

ZERO, ONE, HALF = sp.Integer(0), sp.Integer(1), sp.Rational(1, 2)
REFUSED = (ProofError, InputError)
t, i, n, T = (k.Sym(name, "int") for name in ("t", "i", "n", "T"))
L, DELTA, S, s_i = k.Sym("L"), k.Sym("Delta"), k.Sym("s"), k.Sym("s", "fam:real")
X, U = k.Sym("x", "fam:real"), k.Sym("u", "fam:real")
RX, RU, RG = (k.Sym(name, "fam:random") for name in "xug")
G = k.Sym("g", "fam:real")
NOW, HORIZON = (k.Le(ZERO, t),), (k.Le(ZERO, t), k.Lt(t, T))

STAY = k.Dynamics("stay", X, U, (k.ForAll(t, NOW, k.Eq(X(t + 1), X(t))),))
TWO_ONE = (sp.Integer(2), ONE)


def granted(profile, parameters, dynamics, noise=None, *facts: k.Theorem) -> list[k.Theorem]:
    block = (profile, parameters, None, None, None, None, noise)
    return [k.assume(f, facts=facts) for f in k.path_hypotheses(block, dynamics)]


def pick(held: list[k.Theorem], lhs: sp.Expr) -> k.Theorem:
    def head(f: k.Formula) -> sp.Expr:
        while isinstance(f, k.ForAll):
            f = f.body
        return f.lhs if isinstance(f, k.Eq) else None

    return next(thm for thm in held if head(thm.concl) == lhs)


def absolute(equation: k.Theorem) -> k.Theorem:
    """From a == b: |a| == |b|."""
    size, mark = sp.Abs(equation.concl.lhs), k.Sym("mark", "random")
    opened = k.rewrite(k.assume(k.Eq(mark, size)), equation)
    return k.cut(k.specialise(opened, {mark: size}), k.identity(size, size))


def within_horizon(bound: k.Theorem) -> k.Theorem:
    """From 0 <= t |- phi: phi for all 0 <= t < T."""
    every = k.generalise(bound, t, *NOW)
    return k.generalise(k.instantiate(every, t, facts=[k.assume(NOW[0])]), t, *HORIZON)


def oscillator_path() -> k.Theorem:
    """For all t < T: 2 <= |u(t)|, because x(t) stays 1."""
    held = granted(OSCILLATOR, TWO_ONE, STAY)
    start, update, slope = (pick(held, lhs) for lhs in (X(0), X(t + 1), U(t)))
    known, later = k.assume(k.Eq(X(t), ONE)), k.assume(NOW[0])
    moved = k.instantiate(update, t, facts=[later])
    step = k.certificate(k.Eq(X(t + 1), ONE), [(1, moved), (1, known)])
    always = k.instantiate(k.induction(start, step, t, ZERO, None), t, facts=[later])
    line = k.piece_value(oscillator_lipschitz(), OSCILLATOR, TWO_ONE, 0, X(t))
    parts = [k.instantiate(slope, t, facts=[later]), line]
    number = k.certificate(k.Eq(U(t), sp.Integer(2)), [(1, thm) for thm in parts] + [(2, always)])
    size = absolute(number)
    return within_horizon(k.certificate(k.Le(sp.Integer(2), sp.Abs(U(t))), [(-1, size)]))


def oscillator_lipschitz(c: sp.Expr = TWO_ONE[0]) -> k.Theorem:
    return k.profile_lipschitz(OSCILLATOR, TWO_ONE, c)


def oscillator_gap(gap: sp.Expr = ONE) -> k.Theorem:
    (goal,) = k.gap_goals(OSCILLATOR, TWO_ONE, gap, 0)
    y = goal.var
    body = k.certificate(goal.body, [], [y**2, gap - ONE] if gap != ONE else [y**2])
    bound = k.generalise(body, y)
    return k.profile_gap(oscillator_lipschitz(), OSCILLATOR, TWO_ONE, gap, 0, [bound])


def honest() -> tuple[k.Attained, k.Block, list[k.Theorem]]:
    claim = k.Attained(sp.Integer(2), ONE, (S,), STAY, T, sp.Integer(2), sure=True)
    block = k.Block(
        OSCILLATOR, TWO_ONE, S, oscillator_lipschitz(), oscillator_gap(), oscillator_path()
    )
    two = sp.Integer(2)
    return (
        claim,
        block,
        [k.sign_fact(k.Le(two, two)), k.sign_fact(k.Le(ONE, ONE)), k.sign_fact(k.Le(two, two))],
    )


def test_the_honest_problem_exists_without_hypotheses() -> None:
    claim, block, totals = honest()
    thm = k.witness(claim, [block], totals, STAY)
    assert thm.concl == claim
    assert thm.hyps == frozenset()
    assert "every path" in str(thm.concl)
    assert "X" in str(thm.concl) or "x" in str(thm.concl)


# ---------------------------------------------------------------- budgets


def test_budgets_have_to_be_proved() -> None:
    claim, block, totals = honest()
    wrong = k.sign_fact(k.Le(ZERO, ONE))
    for place in range(3):
        changed = [*totals]
        changed[place] = wrong
        with pytest.raises(ProofError, match="is needed"):
            k.witness(claim, [block], changed, STAY)
    with pytest.raises(ProofError, match="three totals"):
        k.witness(claim, [block], totals[:2], STAY)
    for weaker in (
        replace(claim, smoothness=ONE),
        replace(claim, gap=HALF),
        replace(claim, level=3),
    ):
        with pytest.raises(ProofError, match="is needed"):
            k.witness(weaker, [block], totals, STAY)


def test_another_problems_theorems() -> None:
    claim, block, totals = honest()
    other = k.profile_lipschitz(OSCILLATOR, (sp.Integer(2), sp.Integer(5)), sp.Integer(2))
    with pytest.raises(ProofError, match="is not about the block's"):
        k.witness(claim, [block._replace(lipschitz=other)], totals, STAY)
    with pytest.raises(ProofError, match="is not about the block's"):
        k.witness(claim, [block._replace(gap=block.lipschitz)], totals, STAY)
    with pytest.raises(ProofError, match="is not a bound for all"):
        k.witness(claim, [block._replace(path=block.gap)], totals, STAY)


def test_the_start_that_the_gap_speaks_of() -> None:
    """The same profile from elsewhere is another symbol: its gap is not this one's."""
    claim, block, totals = honest()
    near = replace(OSCILLATOR, start=ZERO)
    lipschitz = k.profile_lipschitz(near, TWO_ONE, sp.Integer(2))
    with pytest.raises(ProofError, match="is not about the block's"):
        k.witness(claim, [block._replace(lipschitz=lipschitz)], totals, STAY)


def test_noise_levels_have_to_be_the_blocks() -> None:
    claim, block, totals = honest()
    with pytest.raises(ProofError, match="noise is not the blocks' noise"):
        k.witness(replace(claim, noise=(ZERO,)), [block], totals, STAY)
    with pytest.raises(ProofError, match="noise is not the blocks' noise"):
        k.witness(replace(claim, noise=()), [block], totals, STAY)


# ---------------------------------------------------------------- what a path may assume


def _assumed_path(formula: k.Formula) -> k.Theorem:
    """A path theorem that rests on its own conclusion."""
    here = k.instantiate(k.assume(formula), t, facts=[k.assume(NOW[0])])
    return within_horizon(here)


def test_a_path_that_assumes_its_own_bound() -> None:
    # held once: the private families of the method were not private to the witness
    claim, block, totals = honest()
    path = _assumed_path(k.ForAll(t, NOW, k.Le(sp.Integer(2), sp.Abs(U(t)))))
    with pytest.raises(ProofError, match="is not granted"):
        k.witness(claim, [block._replace(path=path)], totals, STAY)


@pytest.mark.parametrize(
    "smuggled",
    [
        k.Eq(X(0), sp.Integer(7)),
        k.Le(ONE, k.Sym("t", "int")),
        k.Eq(U(5), ONE),
        k.Eq(G(0), ONE),
        k.Eq(k.Sym("z"), ONE),
        k.Le(ONE, k.Sym("W", "random")),
    ],
)
def test_nothing_about_the_run_can_be_smuggled_in(smuggled: k.Formula) -> None:
    claim, block, totals = honest()
    for field in ("path", "gap", "lipschitz"):
        loaded = beside(getattr(block, field), k.assume(smuggled))
        assert smuggled in loaded.hyps
        with pytest.raises(ProofError, match="is not granted"):
            k.witness(claim, [block._replace(**{field: loaded})], totals, STAY)


def beside(thm: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """thm with the hypotheses of ``extra``, which it does not need."""
    needless = k.certificate(k.Lt(ZERO, ONE), [(0, extra)], [ONE])
    every = k.generalise(thm, k.Sym("unused", "int"), needless.concl)
    return k.instantiate(every, ZERO, facts=[needless])


def test_parameters_that_move_with_the_run() -> None:
    # held once: a profile with a parameter t changed from step to step
    claim, block, totals = honest()
    for moving in (k.Sym("t", "int"), X(0), U(3), k.Sym("z"), k.Sym("W", "random"), G(0)):
        with pytest.raises(ProofError, match="has to be a number"):
            k.witness(claim, [block._replace(parameters=(sp.Integer(2), moving))], totals, STAY)
    with pytest.raises(ProofError, match="has to be a number"):
        k.witness(replace(claim, noise=(X(0),)), [block._replace(sigma=X(0))], totals, STAY)


def test_a_horizon_that_is_the_time_itself() -> None:
    # held once: "for all t < t" is empty, and t := 1000 made it a claim
    claim, block, totals = honest()
    moving = replace(claim, horizon=t)
    empty = k.assume(k.Lt(t, t))
    path = k.generalise(
        k.absurd(k.certificate(k.Lt(ZERO, ZERO), [(1, empty)]), k.Le(sp.Integer(2), sp.Abs(U(t)))),
        t,
        k.Le(ZERO, t),
        k.Lt(t, t),
    )
    with pytest.raises(ProofError, match="has to be a number"):
        k.witness(moving, [block._replace(path=path)], totals, STAY)


@pytest.mark.parametrize(
    ("index", "count"),
    [(t, n), (i, i + 5), (i, 2 * i), (k.Sym("k", "int"), n), (i, X(0)), (i, HALF), (k.Sym("i"), n)],
)
def test_an_index_that_is_no_index(index: k.Sym, count: sp.Expr) -> None:
    # held once: the index t was the time, and a count with the index ran over other members
    claim, block, totals = honest()
    with pytest.raises(REFUSED):
        k.witness(claim, [block._replace(index=index, count=count)], totals, STAY)


# ---------------------------------------------------------------- methods


def test_a_method_that_reads_the_derivative() -> None:
    claim, block, totals = honest()
    cheat = replace(STAY, rules=(*STAY.rules, k.ForAll(t, NOW, k.Le(sp.Integer(2), sp.Abs(U(t))))))
    with pytest.raises(ProofError, match="reads the derivative"):
        k.witness(replace(claim, dynamics=cheat), [block], totals, cheat)


def test_position_and_slope_are_two_families() -> None:
    claim, block, totals = honest()
    for position, slope in [
        (X, X),
        (G, U),
        (k.Sym("x"), U),
        (k.Sym("Y", "fam:random"), RU),
        (X, RU),
    ]:
        method = k.Dynamics("odd", position, slope, ())
        with pytest.raises(REFUSED):
            k.witness(replace(claim, dynamics=method), [block], totals, method)


def test_the_two_forms_of_a_method_have_to_agree() -> None:
    claim, block, totals = honest()
    other = replace(STAY, rules=(k.ForAll(t, NOW, k.Eq(X(t + 1), -X(t))),))
    with pytest.raises(ProofError, match="two forms"):
        k.witness(claim, [block], totals, other)
    with pytest.raises(ProofError, match="two forms"):
        k.witness(claim, [block], totals, replace(STAY, batch=ONE))
    mixed = k.Dynamics("mixed", RX, RU, (k.ForAll(t, NOW, k.Eq(RX(t), k.Sym("x", "fam:real")(t))),))
    with pytest.raises(ProofError, match="two forms"):
        k.witness(replace(claim, dynamics=mixed), [block], totals, STAY)


def test_a_claim_may_not_name_what_is_private() -> None:
    claim, block, totals = honest()
    for changed in (replace(claim, level=X(0)), replace(claim, gap=k.Sym("z"))):
        with pytest.raises(ProofError, match="has to be a number"):
            k.witness(changed, [block], totals, STAY)
    with pytest.raises(InputError):
        replace(claim, level=k.Sym("W", "random"))
    thm = k.witness(claim, [block], totals, STAY)
    with pytest.raises(InputError, match="private family"):
        k.specialise(thm, {T: sp.Integer(3), X: ((n,), ZERO)})


def test_the_printed_claim_shows_the_rules_of_the_method() -> None:
    text = str(honest()[0])
    for rule in STAY.rules:
        assert str(rule) in text


# ---------------------------------------------------------------- noise

B = k.Sym("B", "int")
FLAT = Profile(
    name="plane",
    parameters=(),
    pieces=(Piece(-sp.oo, ZERO, ZERO, ZERO, ONE), Piece(ZERO, sp.oo, ZERO, ZERO, ONE)),
    antiperiod=None,
    start=ZERO,
    curvature=ZERO,
    gap=ZERO,
)
"""f' = 1 everywhere. Its gap is infinite, so no claim with it is ever complete: the attacks below
fail before that."""
WALK = k.Dynamics("walk", RX, RU, (k.ForAll(t, NOW, k.Eq(RX(t + 1), RX(t) - RG(t))),), ONE)
WALK_SURE = k.Dynamics("walk", X, U, (k.ForAll(t, NOW, k.Eq(X(t + 1), X(t) - G(t))),), ONE)
MEAN = k.Sym("m", "random")
COIN = k.Noise(MEAN, (MEAN - 1, MEAN + 1), (HALF, HALF), ONE)


def coin_theorems(noise: k.Noise = COIN, sigma: sp.Expr = ONE) -> tuple[k.Theorem, ...]:
    slope = Prof(k.profile_symbol(FLAT), rw.POINT)
    law = k.law(noise.law(rw.DRAW, rw.GIVEN, slope))
    mean = k.expect_finite(law, Ex(rw.DRAW, rw.GIVEN))
    unbiased = k.certificate(k.Eq(Ex(rw.DRAW, rw.GIVEN), slope), [(1, mean)])
    spread = k.expect_finite(law, Ex((rw.DRAW - slope) ** 2, rw.GIVEN))
    variance = k.certificate(k.Le(Ex((rw.DRAW - slope) ** 2, rw.GIVEN), sigma**2), [(1, spread)])
    return unbiased, variance, k.sign_fact(k.Le(ZERO, sigma))


def flat_path(dynamics: k.Dynamics, noise: k.Noise, *facts: k.Theorem) -> k.Theorem:
    """For all t < T: 1 <= E|u(t)|."""
    held = granted(FLAT, (), dynamics, noise, *facts)
    u = dynamics.slope
    later = k.assume(NOW[0])
    slope = k.instantiate(pick(held, u(t)), t, facts=[later])
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    x = dynamics.position(t)
    low, high = k.Le(x, ZERO), k.Lt(ZERO, x)
    value = k.cases(
        k.piece_value(lipschitz, FLAT, (), 0, x, facts=[k.suppose(low)]),
        k.piece_value(lipschitz, FLAT, (), 1, x, facts=[k.suppose(high)]),
        low,
        high,
    )
    one = k.certificate(k.Eq(u(t), ONE), [(1, slope), (1, value)])
    whole = absolute(one)
    if u.sort == "fam:random":
        taken, opened = k.expect_mono(whole, TRIVIAL), k.expect_linear(Ex(ONE, TRIVIAL))
        level = Ex(sp.Abs(u(t)), TRIVIAL)
        bound = k.certificate(k.Le(ONE, level), [(-1, taken), (-1, opened)])
    else:
        bound = k.certificate(k.Le(ONE, sp.Abs(u(t))), [(-1, whole)])
    return within_horizon(bound)


def noisy(noise: k.Noise = COIN, dynamics: k.Dynamics = WALK, **changes) -> k.Theorem:
    """A witness whose gap theorem is assumed: everything else is as it has to be."""
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    variance = changes.pop("variance", None) or coin_theorems()
    block = k.Block(FLAT, (), ONE, lipschitz, gap, flat_path(dynamics, noise), noise, variance)
    block = block._replace(**changes)
    claim = k.Attained(ZERO, ONE, (block.total(block.sigma),), dynamics, T, ONE, sure=False)
    sums = [block.total(ZERO), block.total(ONE), block.total(ONE)]
    wanted = [k.Le(sums[0], ZERO), k.Le(sums[1], ONE), k.Le(ONE, sums[2])]
    totals = [k.assume(w) for w in wanted]
    return k.witness(claim, [block], totals, WALK_SURE)


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
