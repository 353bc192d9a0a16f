"""Feasibility of a small linear system with signs, found in floating point, returned exactly."""

from __future__ import annotations

from fractions import Fraction


def feasible(rows: list[list[Fraction]], free: list[bool]) -> list[Fraction] | None:
    """Weights w (non-negative unless free) with column 0 = sum of w_k column k in every row.

    The support comes from a linear program; the weights on it are solved for exactly. The caller
    checks them: None and a wrong answer are equally harmless.
    """
    import numpy as np
    from scipy.optimize import linprog

    from signcheck.proof import _eliminate

    table = np.array([[float(x) for x in row] for row in rows])
    bounds = [(None, None) if f else (0, None) for f in free]
    answer = linprog(np.ones(len(free)), A_eq=table[:, 1:], b_eq=table[:, 0], bounds=bounds)
    if answer.status != 0 or answer.x is None:
        return None
    support = [k for k, w in enumerate(answer.x) if abs(w) > 1e-9]
    solved = _eliminate([[row[0], *(row[k + 1] for k in support)] for row in rows], len(support))
    if solved is None:
        return None
    out = [Fraction(0)] * len(free)
    for k, w in zip(support, solved, strict=True):
        out[k] = w
    return out
