"""The integer part: it exists for every number, and nothing else may be known of it."""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck.proof import Proof

ZERO, ONE = sp.Integer(0), sp.Integer(1)
n, m = k.Sym("n", "int"), k.Sym("m", "int")
x, y = k.Sym("x"), k.Sym("y")
Z = k.Sym("z", "random")
PART = (k.Le(n, x), k.Lt(x, n + 1))


def with_part(goal: k.Relation, number: sp.Expr = x) -> k.Theorem:
    """``goal`` under both hypotheses on the integer part of ``number``."""
    p = Proof()
    low, high = p.given(k.Le(n, number)), p.given(k.Lt(number, n + 1))
    return p.linear(goal, low, high, slack=[ONE])


def test_the_integer_part_is_discharged() -> None:
    thm = k.floor(with_part(k.Lt(x, x + 2)), n, x)
    assert thm.hyps == frozenset()
    assert thm.concl == k.Lt(x, x + 2)


def test_a_fraction_is_not_found_between_integers() -> None:
    """From 2 m == 1 both sides of 0 < m < 1 follow: no integer is there, and none is granted."""
    p = Proof()
    half = p.given(k.Eq(2 * m, ONE))
    low = p.linear(k.Lt(ZERO, m), half, slack=[ONE])
    first, last = p.integer_gap(low), p.integer_gap(p.linear(k.Lt(m, ONE), half, slack=[ONE]))
    false = p.linear(k.Le(ONE, ZERO), first, last)
    assert p.absurd(false, k.Eq(ZERO, ONE)).hyps == {half.concl}
    with pytest.raises(ProofError, match="leaves free"):
        k.floor(with_part(k.Lt(ZERO, ONE)), m, m)


@pytest.mark.parametrize(
    "goal", [k.Le(n, x), k.Lt(x, n + 1), k.Lt(x - 1, n)], ids=["low", "high", "both"]
)
def test_the_integer_may_not_stay_in_the_conclusion(goal: k.Relation) -> None:
    with pytest.raises(ProofError, match="every such integer"):
        k.floor(with_part(goal), n, x)


def test_the_integer_may_not_stay_in_a_hypothesis() -> None:
    """Once a hypothesis n == 0 stayed behind, every x would lie in [0, 1)."""
    p = Proof()
    low, zero = p.given(k.Le(n, x)), p.given(k.Eq(n, ZERO))
    thm = p.linear(k.Le(ZERO, x), low, zero)
    with pytest.raises(ProofError, match="every such integer"):
        k.floor(thm, n, x)


def test_the_integer_may_not_stay_in_a_split() -> None:
    p = Proof(k.assume(PART[0]))
    case = k.suppose(k.Le(ZERO, n))
    thm = p.linear(k.Le(ZERO, x), p.facts[0], case)
    with pytest.raises(ProofError, match="every such integer"):
        k.floor(thm, n, x)


def test_the_hypotheses_have_to_speak_of_the_same_number() -> None:
    with pytest.raises(ProofError, match="every such integer"):
        k.floor(with_part(k.Lt(x, x + 2)), n, y)


def test_chance_has_no_integer_part() -> None:
    """n would be the same at every outcome, and Z confined to [n, n + 1)."""
    thm = with_part(k.Lt(Z, Z + 2), Z)
    with pytest.raises(ProofError, match="depend on chance"):
        k.floor(thm, n, Z)


def test_a_number_without_a_value_has_no_integer_part() -> None:
    with pytest.raises(ProofError, match="division by y"):
        k.floor(with_part(k.Lt(x, x + 2)), n, 1 / y)


def test_only_an_integer_symbol_will_do() -> None:
    with pytest.raises(ProofError, match="leaves free"):
        k.floor(with_part(k.Lt(x, x + 2)), y, x)
    with pytest.raises(ProofError, match="leaves free"):
        k.floor(with_part(k.Lt(x, x + 2)), n, n + x)
