"""The claims of ``chain`` once more: mpmath's interval arithmetic, s cut in thirds.

Nothing is shared with ``chain`` but the formulas: another arithmetic, evaluator, parametrisation
and subdivision. A claim about the curves is certified on [-12, 12] by cells in s, and outside by
the curves' values at 12.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import sympy as sp

from hardinstances.errors import ProofError
from signcheck.intervals.chain import Atoms, Certificate
from signcheck.kernel import ForAll, Formula, Le

__all__ = ["evaluate", "recheck"]

END, START_CELLS, MAX_CELLS = 12, 27, 200_000
FINEST = START_CELLS * 3**13
Interval = Any  # mpmath ships no types
Curves = dict[str, Interval]


def recheck(claim: Formula, atoms: Atoms | None = None) -> Certificate:
    """Certify ``lhs <= rhs``, for all real s where it is a for-all, with mpmath.iv.

    Parameters as in :func:`signcheck.intervals.chain.certify`.

    Raises
    ------
    ProofError
        If an interval is left on which the claim is not shown.
    """
    body = claim.body if isinstance(claim, ForAll) else claim
    if not isinstance(body, Le):
        raise ProofError(f"{claim} is no inequality.", residual=str(claim))
    margin, iv = body.rhs - body.lhs, mpmath.iv
    if not isinstance(claim, ForAll):
        _positive(evaluate(margin, {}), claim, "everywhere")
        return Certificate(claim, "one interval", 1)
    known = dict(atoms or {})
    pending = [
        (iv.mpf(-END) + k * iv.mpf(2 * END) / START_CELLS, START_CELLS) for k in range(START_CELLS)
    ]
    used = 0
    while pending:
        low, parts = pending.pop()
        width = iv.mpf(2 * END) / parts
        cell = iv.mpf([low.a, (low + width).b])
        used += 1
        if evaluate(margin, _at(known, cell)).a >= 0:
            continue
        if used > MAX_CELLS or parts > FINEST:
            raise ProofError(f"{claim} is not rechecked near {low}.", residual=str(low))
        pending += [(low + k * width / 3, 3 * parts) for k in range(3)]
    for side in (1, -1):
        tail = _tail()
        values = {atom: tail[name, side * sign] for atom, (name, sign) in known.items()}
        _positive(evaluate(margin, values), claim, "|s| > 12")
    return Certificate(claim, "mpmath intervals, thirds in s", used + 2)


def _positive(value: Interval, claim: Formula, where: str) -> None:
    if not value.a >= 0:
        raise ProofError(f"{claim} is not rechecked for {where}.", residual=where)


def _at(atoms: Atoms, s: Interval) -> dict[Any, Interval]:
    sides = {1: _curves(s), -1: _curves(-s)}
    return {atom: sides[sign][name] for atom, (name, sign) in atoms.items()}


def _curves(s: Interval) -> Curves:
    """The curves over an interval of s."""
    iv = mpmath.iv
    size = abs(s)
    bell = iv.mpf([iv.exp((1 - size.b**2) / 2).a, iv.exp((1 - size.a**2) / 2).b])
    out = {"Phi": iv.mpf([0, _top()]), "dPhi": bell, "ddPhi": -s * bell}
    return out | dict(zip(("Psi", "dPsi", "ddPsi"), _psi(s), strict=True))


def _top() -> Interval:
    """sup Phi, rounded up."""
    return mpmath.iv.sqrt(2 * mpmath.iv.pi * mpmath.iv.e).b


def _psi(s: Interval) -> tuple[Interval, Interval, Interval]:
    """Psi, Psi', Psi''; up to 9/16, where v = 64, all three are 0 or rise."""
    iv, turn = mpmath.iv, mpmath.iv.mpf(9) / 16
    if s.b <= 0.5:
        return iv.mpf(0), iv.mpf(0), iv.mpf(0)
    if s.a >= turn:
        return _psi_inside(s)
    rising = _psi_inside(min(s.b, turn.b))
    if s.b <= turn:
        first, second, third = (iv.mpf([0, part.b]) for part in rising)
        return first, second, third
    rest = _psi_inside(iv.mpf([turn.b, s.b]))
    first, second, third = (
        iv.mpf([min(0, b.a), max(a.b, b.b)]) for a, b in zip(rising, rest, strict=True)
    )
    return first, second, third


def _psi_inside(s: Interval) -> tuple[Interval, Interval, Interval]:
    iv = mpmath.iv
    u = 2 * s - 1
    v = 1 / (u * u)
    value = iv.exp(1 - v)
    return value, value * 4 / u**3, value * (16 * v - 24) * v * v


def _tail() -> dict[tuple[str, int], Interval]:
    """Ranges for s > 12: Psi rises to e, its derivatives and those of Phi shrink to 0."""
    iv = mpmath.iv
    end = iv.mpf(END)
    psi, first, second = _psi_inside(end)
    bell, zero = iv.exp((1 - end * end) / 2), iv.mpf(0)
    phi = iv.mpf([0, _top()])
    right = {
        "Psi": iv.mpf([psi.a, iv.e.b]),
        "dPsi": iv.mpf([0, first.b]),
        "ddPsi": iv.mpf([second.a, 0]),
    }
    out: dict[tuple[str, int], Interval] = {}
    for name, value in right.items():
        out[name, 1], out[name, -1] = value, zero
    for side in (1, -1):
        out["Phi", side], out["dPhi", side] = phi, iv.mpf([0, bell.b])
        bend = iv.mpf([(-end * bell).a, 0])
        out["ddPhi", side] = bend if side > 0 else -bend
    return out


def evaluate(term: Any, values: Mapping[Any, Interval]) -> Interval:
    """A term over intervals for its atoms; raises ProofError on a term without a value."""
    iv = mpmath.iv
    if term in values:
        return values[term]
    if term.is_Rational:
        return iv.mpf(int(term.p)) / iv.mpf(int(term.q))
    parts = [evaluate(arg, values) for arg in term.args]
    if isinstance(term, sp.Add):
        return sum(parts, iv.mpf(0))
    if isinstance(term, sp.Mul):
        out = iv.mpf(1)
        for part in parts:
            out *= part
        return out
    if isinstance(term, sp.Abs):
        return abs(parts[0])
    if isinstance(term, sp.Max):
        return iv.mpf([max(part.a for part in parts), max(part.b for part in parts)])
    if isinstance(term, (sp.exp, sp.log)):
        return iv.exp(parts[0]) if isinstance(term, sp.exp) else iv.log(parts[0])
    raise ProofError(f"{term} has no interval here: give it a curve.", residual=str(term))
