"""The second check agrees on every theorem and catches what a broken first check lets through."""

from __future__ import annotations

import pytest
import sympy as sp

from hardinstances.errors import ProofError
from signcheck import kernel as k
from signcheck import registry
from signcheck.kernel import rules_arith, rules_expect, rules_profile
from signcheck.kernel.recheck import recheck, steps
from tests.kernel.test_rules_profile import two_pieces

ZERO, ONE, TWO = sp.Integer(0), sp.Integer(1), sp.Integer(2)
x, y = k.Sym("x"), k.Sym("y")
n = k.Sym("n", "int")


@pytest.mark.parametrize("theorem_id", registry.ids())
def test_every_theorem_is_confirmed(theorem_id: str) -> None:
    thm = registry.load(theorem_id).theorem
    confirmed = recheck(thm)
    certificates = [s for s in steps(thm) if k.sequent(s).rule in ("certificate", "identity")]
    assert len(confirmed) >= len(certificates) > 0
    assert all("FLINT" in step.how for step in confirmed)


def test_steps_come_once_and_premises_first() -> None:
    less = k.assume(k.Le(x, y))
    twice = k.certificate(k.Le(2 * x, 2 * y), [(1, less), (1, less)])
    order = list(steps(twice))
    assert order == [less, twice]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ((x + 1) ** 3, x**3 + 3 * x**2 + 3 * x + 1),
        (1 / x + 1 / y, (x + y) / (x * y)),
        (sp.sqrt(x) ** 3 / x, sp.sqrt(x)),
        (sp.sqrt(x + sp.sqrt(y)) ** 4, x**2 + 2 * x * sp.sqrt(y) + y),
        (sp.Pow(x, sp.Rational(2, 3)) ** 3, x**2),
        (1 / sp.sqrt(2), sp.sqrt(2) / 2),
        (sp.Pow(TWO, n + 1), 2 * sp.Pow(TWO, n)),
        (sp.Pow(x, -2 * n) * sp.Pow(x, n) ** 2, ONE),
        (sp.Abs(x) * (sp.Abs(x) + 1), sp.Abs(x) ** 2 + sp.Abs(x)),
        (sp.sqrt(1 / x) ** 2 * x, ONE),
    ],
)
def test_identities_are_confirmed(left: sp.Expr, right: sp.Expr) -> None:
    facts = [k.assume(k.Lt(ZERO, s)) for s in (x, y)]
    (step,) = recheck(k.identity(left, right, facts=facts))
    assert "FLINT" in str(step)
    assert step.theorem.concl.terms() == (left, right)


@pytest.fixture
def gullible(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kernel whose algebra says yes to everything."""
    for module in (rules_arith, rules_expect, rules_profile):
        monkeypatch.setattr(module, "difference", lambda *_: 0)


@pytest.mark.usefixtures("gullible")
def test_a_wrong_step_is_caught() -> None:
    facts = [k.assume(k.Lt(ZERO, x))]
    less = k.assume(k.Le(x, y))
    wrong = [
        k.identity(x, x + 1),
        k.identity(sp.sqrt(x), x, facts=facts),
        k.certificate(k.Le(2 * x, y), [(1, less)]),
        k.certificate(k.Le(x, y - ONE), [(1, less)]),
        k.certificate(k.Le(x, y), [(2, less)]),
        k.certificate(k.Le(x, y), [(1, less)], [ONE]),
        k.law(k.Law(k.Sym("X", "random"), k.Sym("F", "sigma"), (x, y), (ONE, ONE))),
    ]
    right = k.certificate(k.Le(x, y), [(1, less)])
    for thm in wrong:
        with pytest.raises(ProofError, match="FLINT does not confirm") as caught:
            recheck(thm)
        assert caught.value.step == k.sequent(thm).rule
        assert caught.value.residual not in ("", "0")
    assert len(recheck(right)) == 1


@pytest.mark.usefixtures("gullible")
def test_a_wrong_step_deep_inside_is_caught_by_name() -> None:
    base = k.identity(x, x + 1, label="planted")
    above = k.certificate(k.Eq(2 * x, 2 * x + 2), [(2, base)])
    with pytest.raises(ProofError, match="planted") as caught:
        recheck(k.cut(above))
    assert caught.value.step == "planted"


@pytest.mark.usefixtures("gullible")
def test_pieces_that_do_not_meet_are_caught() -> None:
    from hardinstances.profiles import Piece

    jump = two_pieces(Piece(-sp.oo, ZERO, ZERO, ZERO, ZERO), Piece(ZERO, sp.oo, ZERO, ZERO, ONE))
    with pytest.raises(ProofError, match="FLINT does not confirm"):
        recheck(k.profile_lipschitz(jump, (), ONE))


def test_a_support_is_looked_at_value_by_value() -> None:
    X, F = k.Sym("X", "random"), k.Sym("F", "sigma")
    fair = k.law(k.Law(X, F, (-ONE, ONE), (ONE / 2, ONE / 2)))
    # One for the law's total, one for each value of the support.
    assert len(recheck(k.law_support(fair, X**2 - 1))) == 3
