"""Update rules of the methods that the lower bounds speak of, coordinate by coordinate.

Source: theory sheet, section 3.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import ETA, B
from proofs.lemmas.basics import ZERO
from signcheck import kernel as k

t = k.Sym("t", "int")
NOW = (k.Le(ZERO, t),)
X, U = k.Sym("x", "fam:real"), k.Sym("u", "fam:real")
CELL = k.Sym("cell", "fam:int")

LATTICE = k.Dynamics(
    name="lattice(eta)",
    position=X,
    slope=U,
    rules=(
        k.ForAll(t, NOW, k.Eq(X(t), X(ZERO) + ETA * CELL(t))),
        k.Eq(CELL(ZERO), ZERO),
        k.ForAll(t, NOW, k.Le(CELL(t) - 1, CELL(t + 1))),
        k.ForAll(t, NOW, k.Le(CELL(t + 1), CELL(t) + 1)),
    ),
)
"""Iterates on x_0 + eta Z, moves of at most one cell: SignSGD, Signum, majority vote, Lion."""

_MEAN = k.Sym("g", "fam:real")
SIGNSGD_SURE = k.Dynamics(
    name="SignSGD(eta, B)",
    position=X,
    slope=U,
    rules=(k.ForAll(t, NOW, k.Eq(X(t + 1), X(t) - ETA * sp.sign(_MEAN(t)))),),
    batch=B,
)
"""x(t+1) = x(t) - eta sign(g(t)) where the batch mean g is not random."""

_RX, _RU, _RMEAN = (k.Sym(s, "fam:random") for s in ("x", "u", "g"))
SIGNSGD = k.Dynamics(
    name="SignSGD(eta, B)",
    position=_RX,
    slope=_RU,
    rules=(k.ForAll(t, NOW, k.Eq(_RX(t + 1), _RX(t) - ETA * sp.sign(_RMEAN(t)))),),
    batch=B,
)
"""x(t+1) = x(t) - eta sign(g(t)) with the mean g of B oracle calls."""

SGD_SURE = k.Dynamics(
    name="SGD(eta, B)",
    position=X,
    slope=U,
    rules=(k.ForAll(t, NOW, k.Eq(X(t + 1), X(t) - ETA * _MEAN(t))),),
    batch=B,
)
"""x(t+1) = x(t) - eta g(t) where the batch mean g is not random."""

SGD = k.Dynamics(
    name="SGD(eta, B)",
    position=_RX,
    slope=_RU,
    rules=(k.ForAll(t, NOW, k.Eq(_RX(t + 1), _RX(t) - ETA * _RMEAN(t))),),
    batch=B,
)
"""x(t+1) = x(t) - eta g(t) with the mean g of B oracle calls."""
