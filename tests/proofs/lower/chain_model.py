"""Kernel terms about the chain as numbers, at points of the chain that is run."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import sympy as sp

from hardinstances.chain_function import chain_grad, chain_value
from proofs.assumptions import F, X
from proofs.lemmas.chain_certified import BELL_BEND, BEND
from proofs.lemmas.chain_function import BE, LAM, LINE, OWN, PASSED, PHI, PSI, SLOPE
from signcheck.kernel.terms import DIM, Ap, Big, Co, Grad, Ind, Prod, Val


def bump(s: float) -> tuple[float, float, float]:
    """Psi, Psi', Psi'' from the definition."""
    if s <= 0.5:
        return 0.0, 0.0, 0.0
    v = 1 / (2 * s - 1) ** 2
    value = math.exp(1 - v)
    return value, 4 * value * v**1.5, value * (16 * v**3 - 24 * v**2)


def phi(s: float) -> float:
    """Phi, as it is run."""
    return -float(chain_value(np, np.array([s])))


def own(y: np.ndarray, i: int) -> float:
    """What link i adds by itself to the negated gradient of F_K: the last one passes nothing on."""
    return -float(chain_grad(np, y[: i + 1])[i])


class Model:
    """f(x) = lam F_K(x/be) at a point x; other vectors have names."""

    def __init__(self, y: np.ndarray, lam: float, be: float, /, **vectors: Any) -> None:
        self.y, self.lam, self.be = y, lam, be
        self.vectors = {"x": y * be, **vectors}

    def number(self, term: Any, env: dict[Any, Any] | None = None) -> float:
        """Value of a term; ``env`` gives values to symbols and bound indices."""
        env = {LAM: self.lam, BE: self.be, DIM: self.y.size, **(env or {})}
        if term in env:
            return float(env[term])
        if term.is_Rational:
            return float(term)
        if isinstance(term, (Val, Co)):
            return self._value(term, env)
        if isinstance(term, (Big, Prod)):
            body, index, lo, hi = term.args
            ends = range(*(round(self.number(e, env)) for e in (lo, hi)))
            values = [self.number(body, {**env, index: j}) for j in ends]
            return math.fsum(values) if isinstance(term, Big) else math.prod(values)
        parts = [self.number(a, env) for a in term.args]
        if isinstance(term, Ind):
            return float(parts[0] >= 0)
        return float(term.func(*map(sp.Float, parts)))

    def _value(self, term: Any, env: dict[Any, Any]) -> float:
        head, place = term.args
        if isinstance(term, Co):
            i = round(self.number(place, env))
            if isinstance(head, Grad):
                assert head == Grad(F, X)
                return self.lam / self.be * float(chain_grad(np, self.y)[i])
            return float(self.vectors[head.name][i])
        if isinstance(head, Ap):
            i = round(self.number(head.args[1], env))
            whole = -float(chain_grad(np, self.y)[i])
            mine = own(self.y, i)
            return {OWN: mine, PASSED: whole - mine}[head.args[0]]
        if head == F:
            return self.lam * float(chain_value(np, self.vectors[place.name] / self.be))
        s = self.number(sp.expand(place / LINE), env)
        one = {PSI: bump(s)[0], SLOPE: bump(s)[1], BEND: bump(s)[2], PHI: phi(s)}
        return {**one, BELL_BEND: s * own(np.array([s]), 0) * -1}[head]
