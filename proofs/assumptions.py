"""The problem class: symbols with their sorts and the assumptions A0, A1, A2 (theory sheet, 0)."""

from __future__ import annotations

import sympy as sp

from hardinstances.levels import Level
from signcheck import kernel as k
from signcheck.kernel.terms import N1, Grad, Noo, Val

ZERO, ONE = sp.Integer(0), sp.Integer(1)

L, DELTA, ETA = k.Sym("L"), k.Sym("Delta"), k.Sym("eta")
T, B = k.Sym("T", "int"), k.Sym("B", "int")
F = k.Sym("f", "function")
X, Y = k.Sym("x", "vector"), k.Sym("y", "vector")

_P, _Q = k.Sym("p", "vector"), k.Sym("q", "vector")

A1 = k.ForAll(_P, (), k.ForAll(_Q, (), k.Le(N1(Grad(F, _P) - Grad(F, _Q)), L * Noo(_P - _Q))))
"""l_oo-smoothness: |grad f(p) - grad f(q)|_1 <= L |p - q|_oo."""


def positive(*symbols: sp.Expr) -> dict[str, k.Formula]:
    """Named hypotheses ``0 < symbol``."""
    return {f"{s} > 0": k.Lt(ZERO, s) for s in symbols}


def at_least_one(*symbols: sp.Expr) -> dict[str, k.Formula]:
    """Named hypotheses ``1 <= symbol``."""
    return {f"{s} >= 1": k.Le(ONE, s) for s in symbols}


FSTAR = k.Sym("fstar")
INFIMUM = k.ForAll(_P, (), k.Le(FSTAR, Val(F, _P)))
"""fstar lies below every value of f (inf f is one such number)."""

SIGMA = k.Sym("sigma", "fam:real")
"""Noise level of coordinate i, ``sigma(i)``, 0 <= i < d."""

DELTA_SHARE, RHO, TAU = k.Sym("delta"), k.Sym("rho"), k.Sym("tau")
_BY_NAME = {s.name: s for s in (L, DELTA, ETA, T, B, DELTA_SHARE, RHO, TAU)}


def lifted(expression: sp.Expr, **more: sp.Expr) -> sp.Expr:
    """An expression of ``hardinstances`` over the kernel's sorted symbols, matched by name."""
    symbols = {**_BY_NAME, **more}
    return expression.xreplace({s: symbols[s.name] for s in expression.free_symbols})


def regime(level: Level, *names: str, **more: sp.Expr) -> dict[str, k.Formula]:
    """The named conditions of a level's regime as hypotheses."""
    out: dict[str, k.Formula] = {}
    for condition in level.regime:
        if condition.name in names:
            kind = k.Lt if condition.strict else k.Le
            constant, rest = lifted(condition.expr, **more).as_coeff_Add()
            simple = rest.is_Symbol or (-rest).is_Symbol
            low, high = (-constant, rest) if simple else (ZERO, constant + rest)
            out[condition.name] = kind(-high, -low) if (-high).is_Symbol else kind(low, high)
    return out
