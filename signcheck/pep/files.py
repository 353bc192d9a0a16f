"""Certificates as JSON: the full statement, every multiplier as a fraction, and a digest.

Reading a file rebuilds the statement from the data and compares it with the text in the file,
recomputes the digest and verifies the certificate exactly, in this order. A changed number
therefore fails twice: by the digest, and, if the digest was made anew, by the arithmetic or by
proving another statement than the one in the file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from hardinstances.errors import CertificateError
from signcheck.pep.bound import Multipliers
from signcheck.pep.certificate import Certificate, verify
from signcheck.pep.general import GeneralCertificate, verify_general
from signcheck.pep.patterns import Pattern
from signcheck.pep.problem import SignProblem

__all__ = ["from_document", "read", "statement", "to_document", "write"]

FORMAT = "signcheck-pep-certificate"
VERSION = 1
AnyCertificate = Certificate | GeneralCertificate

_SIGN = {"+": 1, "-": -1}


def _who(certificate: AnyCertificate) -> str:
    """For which functions the bound is claimed."""
    if isinstance(certificate, GeneralCertificate):
        kind, patterns = "function", list(certificate.patterns)
        complete = len(set(patterns)) == 2 ** (certificate.problem.horizon - 1)
    else:
        kind, patterns = "separable function", [c.pattern for c in certificate.columns]
        complete = certificate.scope == "all"
        if certificate.scope == "reachable" and certificate.problem.beta is None:
            return "any separable function"
        if certificate.scope == "reachable":
            return "any separable function along whose run no coordinate of the momentum vanishes"
        if complete and certificate.problem.beta is None:
            return "any separable function, sign(0) being 0 or broken at will into -1 or 1"
        if complete:
            return "any separable function, sign(0) of a momentum being broken at will into -1 or 1"
    if complete:
        return f"any {kind} along whose run no coordinate of the gradient vanishes"
    texts = ", ".join(pattern.text for pattern in patterns)
    return f"any {kind} each of whose coordinates takes, up to its sign, one of the signs {texts}"


def statement(certificate: AnyCertificate) -> str:
    """The claim in words, made from the data of the certificate alone."""
    problem = certificate.problem
    method = "SignSGD" if problem.beta is None else f"Signum (beta = {problem.beta})"
    steps = "constant stepsize eta"
    if not problem.constant:
        steps = f"stepsizes eta * ({', '.join(str(s) for s in problem.steps)})"
    smooth = "sum of the coordinate curvatures <= L"
    if isinstance(certificate, GeneralCertificate):
        smooth = "|grad f(x) - grad f(y)|_1 <= L |x - y|_oo"
    return (
        f"{method} without noise, {steps}, L eta^2 = {problem.kappa} Delta, T = {problem.horizon}: "
        f"for {_who(certificate)}, with {smooth} and f(x_0) - inf f <= Delta, "
        f"min over t < {problem.horizon} of |grad f(x_t)|_1 <= {certificate.bound} Delta/eta."
    )


def _texts(numbers: Sequence[Fraction]) -> list[str]:
    return [str(number) for number in numbers]


def _problem_data(problem: SignProblem) -> dict[str, Any]:
    return {
        "method": problem.method,
        "beta": None if problem.beta is None else str(problem.beta),
        "T": problem.horizon,
        "L": str(problem.L),
        "Delta": str(problem.Delta),
        "kappa": str(problem.kappa),
        "steps": _texts(problem.steps),
    }


def _body(certificate: AnyCertificate) -> dict[str, Any]:
    if isinstance(certificate, GeneralCertificate):
        return {
            "class": "general",
            "patterns": [pattern.text for pattern in certificate.patterns],
            "tents": [[i, j, str(u), str(h)] for (i, j), (u, h) in certificate.tents.items()],
            "gaps": [[str(y), str(k)] for y, k in certificate.gaps],
            "distances": [[i, j, *_texts(z)] for (i, j), z in certificate.distances.items()],
        }
    return {
        "class": "separable",
        "scope": certificate.scope,
        "gap": str(certificate.gap),
        "budget": str(certificate.budget),
        "columns": [
            {
                "pattern": column.pattern.text,
                "points": _texts(column.points),
                "edges": _texts(column.edges),
                "signs": _texts(column.signs),
                "momenta": _texts(column.momenta),
                "future": _texts(column.future),
            }
            for column in certificate.columns
        ],
    }


def _digest(document: Mapping[str, Any]) -> str:
    body = {key: value for key, value in document.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def to_document(certificate: AnyCertificate) -> dict[str, Any]:
    """A certificate as a JSON document; the certificate is verified on the way out."""
    if isinstance(certificate, GeneralCertificate):
        verify_general(certificate)
    else:
        verify(certificate)
    document: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "theorem": "T9",
        "statement": statement(certificate),
        "problem": _problem_data(certificate.problem),
        "bound": str(certificate.bound),
        "weights": _texts(certificate.weights),
        **_body(certificate),
    }
    return {**document, "digest": _digest(document)}


def _numbers(texts: Sequence[str]) -> tuple[Fraction, ...]:
    return tuple(Fraction(text) for text in texts)


def _pattern(text: str) -> Pattern:
    left, _, right = text.partition("/")
    steps = tuple(_SIGN[c] for c in left)
    return Pattern(steps, tuple(_SIGN[c] for c in right) if right else steps)


def _problem(data: Mapping[str, Any]) -> SignProblem:
    horizon, beta = data["T"], data["beta"]
    problem = SignProblem(
        horizon=horizon,
        L=Fraction(data["L"]),
        Delta=Fraction(data["Delta"]),
        kappa=Fraction(data["kappa"]),
        steps=_numbers(data["steps"]),
        beta=None if beta is None else Fraction(beta),
    )
    positive = (problem.L, problem.Delta, problem.kappa, *problem.steps)
    sound = isinstance(horizon, int) and horizon >= 1 and len(problem.steps) == horizon - 1
    momentum = problem.beta is None or 0 <= problem.beta < 1
    if not sound or not momentum or any(x <= 0 for x in positive):
        raise CertificateError(f"The problem {dict(data)} of the certificate is not well formed.")
    return problem


def _separable(document: Mapping[str, Any], problem: SignProblem) -> Certificate:
    columns = tuple(
        Multipliers(
            pattern=_pattern(entry["pattern"]),
            points=_numbers(entry["points"]),
            edges=_numbers(entry["edges"]),
            signs=_numbers(entry["signs"]),
            momenta=_numbers(entry["momenta"]),
            future=_numbers(entry["future"]),
        )
        for entry in document["columns"]
    )
    return Certificate(
        problem=problem,
        scope=document["scope"],
        bound=Fraction(document["bound"]),
        weights=_numbers(document["weights"]),
        gap=Fraction(document["gap"]),
        budget=Fraction(document["budget"]),
        columns=columns,
    )


def _general(document: Mapping[str, Any], problem: SignProblem) -> GeneralCertificate:
    return GeneralCertificate(
        problem=problem,
        patterns=tuple(_pattern(text) for text in document["patterns"]),
        bound=Fraction(document["bound"]),
        weights=_numbers(document["weights"]),
        tents={(i, j): (Fraction(u), Fraction(h)) for i, j, u, h in document["tents"]},
        gaps=tuple((Fraction(y), Fraction(k)) for y, k in document["gaps"]),
        distances={(i, j): _numbers(z) for i, j, *z in document["distances"]},
    )


def from_document(document: Mapping[str, Any]) -> AnyCertificate:
    """Rebuild and verify a certificate.

    Raises
    ------
    CertificateError
        If the document is no certificate, was changed, or does not prove its statement.
    """
    if document.get("format") != FORMAT or document.get("version") != VERSION:
        raise CertificateError(
            f"This is no {FORMAT} of version {VERSION}: found format {document.get('format')!r}, "
            f"version {document.get('version')!r}."
        )
    if document.get("digest") != _digest(document):
        raise CertificateError(
            "The certificate was changed after it was made: its digest does not match its content."
        )
    certificate: AnyCertificate
    try:
        problem = _problem(document["problem"])
        if document["class"] == "general":
            certificate = _general(document, problem)
            verify_general(certificate)
        else:
            certificate = _separable(document, problem)
            verify(certificate)
        claimed = document["statement"]
    except (KeyError, ValueError, TypeError, IndexError, ZeroDivisionError) as failure:
        raise CertificateError(
            f"The certificate is not well formed ({type(failure).__name__}: {failure})."
        ) from failure
    if claimed != statement(certificate):
        raise CertificateError(
            f"The certificate claims {claimed!r} but its data say {statement(certificate)!r}."
        )
    return certificate


def write(certificate: AnyCertificate, path: Path) -> None:
    """Write a certificate to a JSON file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(to_document(certificate), indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> AnyCertificate:
    """Read and verify a certificate file; errors as in :func:`from_document`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as failure:
        raise CertificateError(f"{path} cannot be read as JSON ({failure}).") from failure
    if not isinstance(document, dict):
        raise CertificateError(f"{path} holds a {type(document).__name__}, not a certificate.")
    return from_document(document)
