"""Certificates: exact, close to the optimum, complete, and refused when touched."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import CertificateError
from signcheck.pep import files
from signcheck.pep.bound import maximum_of_form
from signcheck.pep.certificate import Certificate, certify, verify
from signcheck.pep.files import from_document, read, statement, to_document, write
from signcheck.pep.patterns import parse_patterns
from signcheck.pep.problem import make_problem
from signcheck.pep.sign_pep import solve
from tests.pep.test_sign_pep import REFERENCE, patterns_of


def make(T: int, text: str, **arguments: Any) -> Certificate:
    problem = make_problem(T, **arguments)
    scope = text if text in {"all", "reachable"} else "given"
    return certify(solve(problem, patterns_of(problem, text)), scope)


@pytest.mark.parametrize(("T", "text", "expected"), REFERENCE)
def test_reference_certificates_verify_exactly(T: int, text: str, expected: float) -> None:
    certificate = make(T, text)
    assert isinstance(verify(certificate), Fraction)
    assert certificate.value == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize(
    "arguments",
    [
        {"eta": "0.01"},
        {"eta": "7"},
        {"eta": ["0.5", "0.4", "0.35", "0.3"]},
        {"method": "signum", "beta": "0.5"},
        {"L": "3", "Delta": "1/7"},
    ],
)
def test_the_repaired_dual_loses_almost_nothing(arguments: dict[str, Any]) -> None:
    problem = make_problem(5, **arguments)
    solution = solve(problem, patterns_of(problem, "reachable"))
    certificate = certify(solution, "reachable")
    optimum = solution.value * float(problem.L * problem.Delta) ** 0.5
    assert optimum * (1 - 1e-8) <= certificate.value <= optimum * (1 + 1e-8)


@given(
    st.lists(st.fractions(-3, 3, max_denominator=7), min_size=1, max_size=5),
    st.data(),
)
def test_the_form_is_maximised(linear: list[Fraction], data: st.DataObject) -> None:
    n = len(linear)
    positive = st.fractions(Fraction(1, 9), 3, max_denominator=9)
    diagonal = data.draw(st.lists(positive, min_size=n, max_size=n))
    coupling = data.draw(
        st.lists(st.fractions(0, 3, max_denominator=9), min_size=n - 1, max_size=n - 1)
    )
    point = data.draw(st.lists(st.fractions(-3, 3, max_denominator=9), min_size=n, max_size=n))

    def form(g: list[Fraction]) -> Fraction:
        total = sum(c * x - q * x * x for c, q, x in zip(linear, diagonal, g, strict=True))
        return total - sum(u * (g[k] - g[k + 1]) ** 2 for k, u in enumerate(coupling))

    top = maximum_of_form(linear, diagonal, coupling)
    assert form(point) <= top
    # Coordinate ascent from the point comes as close to the maximum as one likes.
    for _ in range(60):
        for k in range(n):
            near = [
                (coupling[j], point[j if j < k else j + 1]) for j in (k - 1, k) if 0 <= j < n - 1
            ]
            pull = linear[k] + 2 * sum((u * x for u, x in near), Fraction(0))
            stiff = 2 * diagonal[k] + 2 * sum((u for u, _ in near), Fraction(0))
            point[k] = Fraction(round(pull / stiff * 10**9), 10**9)
    assert top - form(point) <= max(top, Fraction(1)) * Fraction(1, 10)


def test_a_form_without_curvature_is_refused() -> None:
    with pytest.raises(CertificateError, match="unbounded"):
        maximum_of_form([Fraction(1)], [Fraction(0)], [])


def first(certificate: Certificate, **changes: Any) -> Certificate:
    """The certificate with its first column changed."""
    column = replace(certificate.columns[0], **changes)
    return replace(certificate, columns=(column, *certificate.columns[1:]))


TAMPER: dict[str, Callable[[Certificate], Certificate]] = {
    "smaller bound": lambda c: replace(c, bound=c.bound - Fraction(1, 10**6)),
    "smaller budget": lambda c: replace(c, budget=c.budget * Fraction(99, 100)),
    "weights": lambda c: replace(c, weights=(*c.weights[:-1], c.weights[-1] + Fraction(1, 100))),
    "negative weight": lambda c: replace(
        c, weights=(c.weights[0] - 2, c.weights[1] + 2, *c.weights[2:])
    ),
    "gap": lambda c: replace(c, gap=c.gap - Fraction(1, 1000)),
    "negative gap": lambda c: replace(c, gap=-c.gap),
    "kappa": lambda c: replace(c, problem=replace(c.problem, kappa=c.problem.kappa * 2)),
    "stepsizes": lambda c: replace(
        c, problem=replace(c.problem, steps=(Fraction(1, 2), *c.problem.steps[1:]))
    ),
    "missing column": lambda c: replace(c, columns=c.columns[1:]),
    "doubled column": lambda c: replace(c, columns=(*c.columns, c.columns[0])),
    "wider scope": lambda c: replace(c, scope="all"),
    "unknown scope": lambda c: replace(c, scope="everything"),
    "negative multiplier": lambda c: first(c, signs=(Fraction(-1), *c.columns[0].signs[1:])),
    "moved gap": lambda c: first(c, points=(*c.columns[0].points[:-1], Fraction(5))),
    "short column": lambda c: first(c, edges=c.columns[0].edges[1:]),
}


@pytest.mark.parametrize("change", TAMPER)
def test_a_tampered_certificate_is_refused(change: str) -> None:
    certificate = make(5, "reachable")
    verify(certificate)
    with pytest.raises(CertificateError):
        verify(TAMPER[change](certificate))


def test_a_given_scope_needs_full_patterns() -> None:
    certificate = make(4, "alternate,constant")
    short = replace(certificate.columns[0].pattern, steps=(1, -1), gradients=(1, -1))
    column = replace(certificate.columns[0], pattern=short)
    with pytest.raises(CertificateError, match="T = 4"):
        verify(replace(certificate, columns=(column, *certificate.columns[1:])))


def test_a_file_round_trips(tmp_path: Any) -> None:
    for text in ("alternate,constant", "all"):
        certificate = make(4, text, L="2", Delta="0.3", eta="0.4")
        write(certificate, tmp_path / "c.json")
        assert read(tmp_path / "c.json") == certificate
        assert str(certificate.bound) in statement(certificate)


def numbers_in(document: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(document, dict):
        return [p for k, v in document.items() for p in numbers_in(v, (*path, k))]
    if isinstance(document, list):
        return [p for k, v in enumerate(document) for p in numbers_in(v, (*path, k))]
    return [path] if isinstance(document, str) and document[:1].isdigit() else []


@pytest.mark.parametrize("resign", [False, True])
def test_every_changed_number_in_a_file_is_refused_or_changes_the_claim(resign: bool) -> None:
    original = to_document(make(3, "reachable"))
    places = [path for path in numbers_in(original) if path[0] != "digest"]
    assert len(places) > 20
    for path in places:
        document = json.loads(json.dumps(original))
        here = document
        for key in path[:-1]:
            here = here[key]
        here[path[-1]] = str(Fraction(here[path[-1]]) * Fraction(9, 10) + Fraction(1, 10**7))
        if resign:
            document["digest"] = files._digest(document)
        try:
            accepted = from_document(document)
        except CertificateError:
            continue
        # Only a re-signed multiplier with slack gets here, and the claim is still the old one.
        assert resign
        assert statement(accepted) == original["statement"]


def test_a_changed_statement_is_refused_even_with_a_new_digest() -> None:
    document = to_document(make(3, "reachable"))
    document["statement"] = document["statement"].replace("T = 3", "T = 30")
    document["digest"] = files._digest(document)
    with pytest.raises(CertificateError, match="claims"):
        from_document(document)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "other"}'])
def test_a_file_that_is_no_certificate_is_refused(tmp_path: Any, text: str) -> None:
    path = tmp_path / "c.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CertificateError):
        read(path)
    with pytest.raises(CertificateError, match="cannot be read"):
        read(tmp_path / "missing.json")


def test_a_prefix_covers_its_continuations() -> None:
    problem = make_problem(5)
    prefixes = [replace(p, steps=p.steps[:2], gradients=p.gradients[:2])
                for p in parse_patterns("+++++,+-+-+", problem)]  # fmt: skip
    certificate = certify(solve(problem, prefixes), "all")
    assert certificate.value > make(5, "all").value
    with pytest.raises(CertificateError, match="No column covers"):
        certify(solve(problem, prefixes[:1]), "all")
