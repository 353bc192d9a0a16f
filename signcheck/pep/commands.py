"""What the command line calls: plain functions from texts to a dictionary and to lines of text.

``signcheck pep T=8 pattern=all eta=best`` is ``pep_command({"T": "8", ...})``.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError
from signcheck.pep.patterns import Pattern, parse_patterns
from signcheck.pep.problem import Number, SignProblem, make_problem

if TYPE_CHECKING:
    from signcheck.pep.worst_case import WorstCase

__all__ = ["PEP_KEYS", "SMOOTHNESS_KEYS", "pep_command", "recheck_command", "smoothness_command"]

PEP_KEYS = ("T", "L", "Delta", "eta", "method", "beta", "pattern", "class", "columns")
SMOOTHNESS_KEYS = ("matrix", "quadratic", "function", "center", "radius", "samples", "seed", "mode")


def _known(arguments: Mapping[str, str], keys: tuple[str, ...], command: str) -> None:
    unknown = sorted(set(arguments) - set(keys))
    if unknown:
        raise InputError(
            f"{command} does not know the key {unknown[0]!r}: its keys are {', '.join(keys)}."
        )


def _whole(arguments: Mapping[str, str], key: str, default: int | None = None) -> int:
    text = arguments.get(key)
    if text is None:
        if default is None:
            raise InputError(f"The key {key} is missing: write for instance {key}=8.")
        return default
    try:
        return int(text)
    except ValueError:
        raise InputError(f"{key} = {text!r} is not an integer.") from None


def _eta(text: str | None) -> Number | list[Number] | None:
    if text is None or text == "best":
        return None
    parts: list[Number] = [part.strip() for part in text.split(",")]
    return parts[0] if len(parts) == 1 else parts


def _problem(arguments: Mapping[str, str]) -> SignProblem:
    return make_problem(
        _whole(arguments, "T"),
        L=arguments.get("L", "1"),
        Delta=arguments.get("Delta", "1"),
        eta=_eta(arguments.get("eta")),
        method=arguments.get("method", "signum" if "beta" in arguments else "signsgd"),
        beta=arguments.get("beta"),
    )


def _scope(text: str, problem: SignProblem) -> tuple[str, tuple[Pattern, ...]]:
    if text in {"all", "reachable"}:
        return text, ()
    return "given", parse_patterns(text, problem)


def _eta_out(problem: SignProblem) -> float | list[float]:
    if problem.constant:
        return problem.eta
    return [problem.eta * float(step) for step in (Fraction(1), *problem.steps[1:])]


def _bracket(case: WorstCase) -> dict[str, Any]:
    unit = case.problem.unit
    return {
        "optimum": case.optimum,
        "lower": float(case.lower) * unit,
        "upper": case.optimum,
        "relative_gap": case.relative_gap,
        "status": case.status,
        "worst_patterns": [pattern.text for pattern in case.instance.patterns],
        "ties": len(case.run.ties),
    }


def _general(problem: SignProblem, scope: str, patterns: tuple[Pattern, ...]) -> Any:
    from signcheck.pep.general import general_worst_case
    from signcheck.pep.patterns import scope_patterns

    if scope == "reachable":
        raise InputError(
            "pattern=reachable is about separable functions: with class=general write pattern=all."
        )
    family = patterns or scope_patterns(problem, "all", 256)
    if family is None:
        raise InputError(
            f"T = {problem.horizon} has too many patterns for class=general: name some of them, "
            "or give T <= 9."
        )
    return general_worst_case(problem, family)


def _certificate_out(certificate: Any, path: Path | None) -> dict[str, Any]:
    from signcheck.pep.files import statement, write

    if path is not None:
        write(certificate, path)
    return {
        "exact": True,
        "bound": str(certificate.bound),
        "unit": "Delta/eta",
        "statement": statement(certificate),
        "file": None if path is None else str(path),
    }


def pep_command(
    arguments: Mapping[str, str], *, certificate: Path | None = None, plot: Path | None = None
) -> dict[str, Any]:
    """Worst case of a sign method without noise, with its exact certificate.

    Parameters
    ----------
    arguments
        ``T`` (needed), ``L``, ``Delta``, ``eta`` (a number, T-1 numbers, or ``best``), ``method``
        (signsgd, signum), ``beta``, ``pattern`` (``all``, ``reachable``, or patterns such as
        ``alternate,constant,+-+-``), ``class`` (separable, general), ``columns``.
    certificate, plot
        Files to write.

    Returns
    -------
    A dictionary ready for JSON. ``optimum`` is the proved upper end (value/length); the worst
    function found, played exactly, attains ``lower``.

    Raises
    ------
    InputError, SolverError, CertificateError
        No number is returned then.
    """
    _known(arguments, PEP_KEYS, "pep")
    problem = _problem(arguments)
    text = arguments.get("pattern", "all")
    scope, patterns = _scope(text, problem)
    result: dict[str, Any] = {"T": problem.horizon, "method": problem.method, "pattern": text}
    if arguments.get("class", "separable") == "general":
        if arguments.get("eta") == "best" or plot is not None:
            raise InputError("class=general is a relaxation: it has no eta=best and no --plot.")
        found = _general(problem, scope, patterns)
        result |= {"eta": _eta_out(problem), "optimum": found.value, "status": "upper bound"}
        return result | {"certificate": _certificate_out(found, certificate)}
    if arguments.get("class", "separable") != "separable":
        raise InputError(f"class = {arguments['class']!r} is not separable or general.")
    case = _solve(problem, scope, patterns, arguments)
    result |= {"eta": _eta_out(case.problem), **_bracket(case)}
    if scope == "all":
        result["reachable"] = _reachable(case)
    result["certificate"] = _certificate_out(case.certificate, certificate)
    if plot is not None:
        from signcheck.pep.plot import plot_worst_case

        plot_worst_case(case, plot)
        result["plot"] = str(plot)
    return result


def _solve(
    problem: SignProblem, scope: str, patterns: tuple[Pattern, ...], arguments: Mapping[str, str]
) -> WorstCase:
    from signcheck.pep.stepsizes import best_constant
    from signcheck.pep.worst_case import worst_case

    if arguments.get("eta") == "best":
        return best_constant(problem, scope, patterns)
    columns = _whole(arguments, "columns", 1000)
    if columns < 1:
        raise InputError(f"columns = {columns}: give at least one.")
    return worst_case(problem, scope, patterns, columns=columns)


def _reachable(case: WorstCase) -> dict[str, Any] | None:
    """The worst case with sign(0) = 0, which is what SignSGD really plays; None if it is the same.

    Constant SignSGD reaches T patterns only, so this costs little at any horizon.
    """
    from signcheck.pep.worst_case import worst_case

    if not case.run.ties or not (case.problem.beta is None and case.problem.constant):
        return None
    return _bracket(worst_case(case.problem, "reachable"))


def recheck_command(path: Path) -> dict[str, Any]:
    """Verify a certificate file; raises CertificateError with the first thing that fails."""
    from signcheck.pep.files import read, statement

    certificate = read(path)
    return {"theorem": "T9", "exact": True, "statement": statement(certificate)}


def _matrix(text: str) -> Any:
    """``FILE.npy`` or rows like ``1,2;3,4``."""
    import numpy as np

    try:
        if text.endswith(".npy"):
            return np.load(Path(text), allow_pickle=False)
        return np.array([[float(x) for x in row.split(",")] for row in text.split(";")])
    except (OSError, ValueError) as failure:
        raise InputError(
            f"The matrix {text!r} cannot be read ({failure}): give FILE.npy or rows like 1,2;3,4."
        ) from None


def _sampled(arguments: Mapping[str, str]) -> dict[str, Any]:
    import torch

    from signcheck.pep.smoothness_torch import certified_bound_of_function, sampled_lower_bound

    module, _, name = arguments["function"].partition(":")
    if arguments.get("mode") != "sampled":
        certified_bound_of_function(arguments["function"])
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as failure:
        raise InputError(
            f"The function {arguments['function']!r} cannot be imported ({failure}): "
            "write function=module:name."
        ) from None
    center = torch.from_numpy(_matrix(arguments.get("center", "0"))).to(torch.float64).squeeze(0)
    bound = sampled_lower_bound(
        function,
        center,
        radius=float(Fraction(arguments.get("radius", "1"))),
        samples=_whole(arguments, "samples", 64),
        seed=_whole(arguments, "seed", 0),
    )
    return {"kind": bound.label, "certified": False, "lower": bound.value, "samples": bound.samples}


def smoothness_command(arguments: Mapping[str, str]) -> dict[str, Any]:
    """The l_oo-to-l1 constant of a matrix, of a quadratic, or a sampled bound of a torch function.

    Parameters
    ----------
    arguments
        One of ``matrix``, ``quadratic`` (``FILE.npy`` or ``1,2;3,4``) and ``function``
        (``module:name``, with ``mode=sampled``, ``center=0,0,0``, ``radius``, ``samples``);
        ``seed``.

    Raises
    ------
    InputError
        On bad input, and where a certified bound of a torch function is asked for.
    """
    from signcheck.pep.smoothness import smoothness_of_matrix, smoothness_of_quadratic

    _known(arguments, SMOOTHNESS_KEYS, "smoothness")
    kinds = [key for key in ("matrix", "quadratic", "function") if key in arguments]
    if len(kinds) != 1:
        raise InputError(
            f"smoothness was given {len(kinds)} of matrix=, quadratic= and function=: give one."
        )
    if kinds[0] == "function":
        return _sampled(arguments)
    solver = smoothness_of_matrix if kinds[0] == "matrix" else smoothness_of_quadratic
    found = solver(_matrix(arguments[kinds[0]]), seed=_whole(arguments, "seed", 0))
    return {
        "kind": kinds[0],
        "certified": True,
        "exact": found.exact,
        "lower": float(found.lower),
        "upper": found.value,
        "ratio": found.value / float(found.lower) if found.lower else 1.0,
        "ratio_limit": found.ratio_limit,
        "method": found.method,
    }
