"""A certificate becomes a Theorem of the kernel, and only a true one does."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
import sympy as sp

from hardinstances.errors import CertificateError, InputError, ProofError
from signcheck import kernel as k
from signcheck.pep.certificate import certify
from signcheck.pep.patterns import Pattern
from signcheck.pep.problem import make_problem
from signcheck.pep.rebuild import Instance
from signcheck.pep.sign_pep import solve
from signcheck.pep.theorem import theorem_of, theory_of
from signcheck.pep.worst_case import worst_case
from signcheck.theory import check
from tests.pep.test_certificate import make


@pytest.mark.parametrize(
    ("T", "text", "arguments"),
    [
        (1, "constant", {}),
        (4, "alternate,constant", {}),
        (8, "alternate,constant", {}),
        (4, "all", {"L": "3", "Delta": "0.2", "eta": "0.1"}),
        (5, "reachable", {}),
        (3, "reachable", {"method": "signum", "beta": "0.5"}),
        (3, "all", {"eta": ["0.9", "0.4"]}),
    ],
)
def test_a_certificate_is_proved_by_the_kernel(
    T: int, text: str, arguments: dict[str, Any]
) -> None:
    certificate = make(T, text, **arguments)
    theorem = theorem_of(certificate)
    assert theorem.axioms == frozenset()
    assert isinstance(theorem.concl, k.Le)
    bound = sp.Rational(certificate.bound.numerator, certificate.bound.denominator)
    assert theorem.concl == k.Le(k.Sym("tau"), bound * k.Sym("Delta") / k.Sym("eta"))
    assert not k.sequent(theorem).splits


def test_a_stronger_statement_is_not_proved() -> None:
    theory = theory_of(make(3, "reachable"))
    claim = theory.statement.conclusion
    assert isinstance(claim, k.Le)
    stronger = k.Le(claim.lhs, claim.rhs * sp.Rational(99, 100))
    with pytest.raises(ProofError, match=r"add up|slack"):
        check("T9", theory.statement.claiming(stronger), theory.prove)


def test_no_hypothesis_can_be_dropped() -> None:
    theory = theory_of(make(2, "alternate,constant"))
    names = list(theory.statement.hypotheses)
    assert len(names) > 15
    for name in names:
        with pytest.raises(ProofError):
            check("T9", theory.statement.without(name), theory.prove)


def values_of(instance: Instance, eta: Fraction) -> dict[str, Fraction]:
    """Numbers for the symbols of the Theorem, read off an exact function (Delta = 1)."""
    from signcheck.pep.patterns import layout

    numbers = {"Delta": Fraction(1), "eta": eta, "L": instance.problem.kappa / eta**2}
    for i, (pattern, f) in enumerate(zip(instance.patterns, instance.functions, strict=True)):
        numbers[f"l_{i}"] = f.curvature / eta**2
        for p, x in enumerate(layout(pattern.steps, instance.problem.steps).points):
            numbers[f"g_{i}_{p}"] = f.derivative(x) / eta
            numbers[f"f_{i}_{p}"] = f.value(x) - f.infimum()
    return numbers


def test_the_rebuilt_function_satisfies_every_hypothesis() -> None:
    case = worst_case(make_problem(4), "given", tuple(
        c.pattern for c in make(4, "alternate,constant").columns))  # fmt: skip
    theory = theory_of(case.certificate)
    order = [c.pattern for c in case.certificate.columns]
    sort = sorted(range(len(order)), key=lambda i: order.index(case.instance.patterns[i]))
    instance = Instance(
        case.problem,
        tuple(case.instance.patterns[i] for i in sort),
        tuple(case.instance.functions[i] for i in sort),
    )
    eta = Fraction(3, 10)
    numbers = values_of(instance, eta)
    numbers["tau"] = case.lower / eta
    exact = {k.Sym(n): sp.Rational(v.numerator, v.denominator) for n, v in numbers.items()}
    for name, hypothesis in theory.statement.hypotheses.items():
        assert isinstance(hypothesis, k.Relation)
        left, right = (term.subs(exact) for term in hypothesis.terms())
        holds = left == right if isinstance(hypothesis, k.Eq) else left <= right
        assert holds, name
    claim = theory.statement.conclusion
    assert isinstance(claim, k.Le)
    # The conclusion is sharp: the same numbers come within 1e-8 of it.
    left, right = (term.subs(exact) for term in claim.terms())
    assert right * (1 - sp.Rational(1, 10**8)) <= left <= right


def test_what_cannot_become_a_theorem_is_refused() -> None:
    good = make(3, "reachable")
    with pytest.raises(CertificateError):
        theory_of(replace(good, bound=good.bound / 2))
    problem = make_problem(3)
    prefix = certify(solve(problem, [Pattern((1,), (1,))]), "all")
    with pytest.raises(InputError, match="prefixes"):
        theory_of(prefix)
    with pytest.raises(InputError, match="128 columns"):
        theory_of(make(8, "all"))
