"""Existence from a construction: what is granted, and how a construction could cheat."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy as sp

from hardinstances.errors import InputError, ProofError
from hardinstances.profiles import OSCILLATOR
from signcheck import kernel as k
from tests.kernel.problems import (
    HALF,
    NOW,
    ONE,
    REFUSED,
    RU,
    RX,
    STAY,
    TWO_ONE,
    ZERO,
    G,
    T,
    U,
    X,
    beside,
    honest,
    i,
    n,
    t,
    within_horizon,
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
