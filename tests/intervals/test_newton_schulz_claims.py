"""Claims on a schedule are read off the formula, and only what the formula says is certified."""

from __future__ import annotations

from fractions import Fraction as Q

import pytest
import sympy as sp

from hardinstances.errors import ProofError
from proofs.newton_schulz import NEWTON_SCHULZ
from signcheck import kernel as k
from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT, Minorant
from signcheck.intervals.newton_schulz_claims import Claim, certify, read
from signcheck.intervals.newton_schulz_recheck import recheck_minorant, recheck_size

(_, LOW), (_, SIZE) = NEWTON_SCHULZ.certified
always = NEWTON_SCHULZ.always
Z = [k.Sym(f"z{place}") for place in range(3)]
UNIT = (k.Le(0, Z[0]), k.Le(Z[0], 1))
CUBIC = Q(3, 2), Q(-1, 2)


def cubic(z: sp.Expr) -> sp.Expr:
    return sp.Rational(3, 2) * z - z**3 / 2


def twice(body: k.Formula, first=None, second=None, unit=UNIT) -> k.Formula:
    """A claim about two cubic steps."""
    inner = k.ForAll(Z[2], second or (k.Eq(Z[2], cubic(Z[1])),), body)
    return k.ForAll(Z[0], unit, k.ForAll(Z[1], first or (k.Eq(Z[1], cubic(Z[0])),), inner))


def test_the_claims_of_t10_speak_of_the_reference_schedule() -> None:
    assert read(LOW) == Claim(REFERENCE, REFERENCE_MINORANT)
    assert read(SIZE) == Claim(REFERENCE, Q(12024, 10**4))


def test_other_schedules_are_read_and_certified() -> None:
    least, size = sp.Min(sp.Rational(9, 10), 2 * Z[0]), sp.Abs(Z[2])
    low, high = twice(k.Le(least, Z[2])), twice(k.Le(size, sp.Rational(1001, 1000)))
    assert read(low) == Claim((CUBIC, CUBIC), Minorant(Q(9, 10), Q(2)))
    assert read(high) == Claim((CUBIC, CUBIC), Q(1001, 1000))
    assert certify(high).claim is high
    with pytest.raises(ProofError, match="is not shown"):
        certify(low)
    certified = certify(twice(k.Le(sp.Min(sp.Rational(6, 10), Z[0]), Z[2])))
    assert certified.cells > 1
    assert "ball arithmetic" in certified.method


@pytest.mark.parametrize("claim", [LOW, SIZE], ids=["minorant", "size"])
def test_the_claims_of_t10_are_certified(claim: k.Formula) -> None:
    assert certify(claim).cells > 100


@pytest.mark.slow
def test_mpmath_confirms_them_and_neither_says_a_little_more() -> None:
    low, high = read(LOW), read(SIZE)
    assert recheck_minorant(low.schedule, low.bound.level, low.bound.slope) > 100
    assert recheck_size(high.schedule, high.bound) > 100
    with pytest.raises(ProofError, match="mpmath does not confirm"):
        recheck_size(high.schedule, high.bound - Q(1, 10**4))


@pytest.mark.parametrize(
    "claim",
    [
        always(lambda s, q: k.Le(sp.Min(sp.Rational(6820, 10**4), 450 * s), q)),
        always(lambda s, q: k.Le(sp.Min(sp.Rational(6818, 10**4), 455 * s), q)),
        always(lambda _, q: k.Le(sp.Abs(q), sp.Rational(12023, 10**4))),
    ],
)
def test_a_little_more_is_refused(claim: k.Formula) -> None:
    with pytest.raises(ProofError, match="is not shown"):
        certify(claim)


def test_the_size_counts_on_both_sides() -> None:
    def turned(gamma: sp.Rational) -> k.Formula:
        step = k.ForAll(Z[1], (k.Eq(Z[1], -Z[0]),), k.Le(sp.Abs(Z[1]), gamma))
        return k.ForAll(Z[0], UNIT, step)

    assert certify(turned(sp.Rational(101, 100))).cells >= 2
    with pytest.raises(ProofError, match=r"q >= -0\.5 is not shown"):
        certify(turned(sp.Rational(1, 2)))


BODY = k.Le(sp.Abs(Z[2]), 1)
WRONG = {
    "not for all": BODY,
    r"\[0, 1\]": twice(BODY, unit=(k.Le(0, Z[0]),)),
    "no polynomial or no inequality": k.ForAll(Z[0], UNIT, k.Le(sp.Abs(Z[0]), 1)),
    "one equation": twice(BODY, second=(k.Le(Z[2], cubic(Z[1])), k.Le(0, Z[2]))),
    "does not give z2": twice(BODY, second=(k.Eq(Z[1], cubic(Z[2])),)),
    "no polynomial in z1": twice(BODY, second=(k.Eq(Z[2], sp.exp(Z[1])),)),
    "not odd": twice(BODY, second=(k.Eq(Z[2], Z[1] ** 2),)),
    "no polynomial in z0": twice(BODY, first=(k.Eq(Z[1], cubic(k.Sym("w"))),)),
    "neither from below": twice(k.Le(Z[2], 1)),
    "by a level": twice(k.Le(Z[0], Z[2])),
    "a slope, nor": twice(k.Le(sp.Min(1, Z[0], Z[1]), Z[2])),
    "bounds q neither": twice(k.Le(sp.Min(1, Z[0] + 1), Z[2])),
    "nor in size": twice(k.Le(sp.Min(1, Z[0]), Z[1])),
}


@pytest.mark.parametrize("why", WRONG)
def test_another_formula_is_refused(why: str) -> None:
    with pytest.raises(ProofError, match=why):
        certify(WRONG[why])


def test_a_variable_bound_twice_is_refused() -> None:
    again = k.ForAll(Z[0], UNIT, k.ForAll(Z[1], (k.Eq(Z[1], cubic(Z[0])),), k.ForAll(
        Z[0], (k.Eq(Z[0], cubic(Z[1])),), k.Le(sp.Abs(Z[0]), 1)
    )))  # fmt: skip
    with pytest.raises(ProofError, match="two values"):
        read(again)
