"""All entries of the chain's Hessian together: a potential function brings 145.8 K down to 112 K.

A link between y_(i-1) = s and y_i = r adds to the Hessian of F_K four entries, whose absolute sum
T(s, r) can be 133.8: near the top of |Psi''| at s = 0.76 with r large. But then the next link,
which starts from r, adds little. With the potential h(s) = max(0, 3.6 |Psi''(s)| + 3 Psi'(s) - 99)
for s > 0, and h(-s) = h(s),

    T(s, r) + h(r) <= 112 + h(s)    for all s and r,   0 <= h <= 25,

so the sum over all links telescopes: sum_ij |H_ij| <= 112 (K - 1) + 25 + 1 <= 112 K. Below 108.8
no constant bounds that sum for long chains, with all links at 0.7644.

Source: theory sheet, T8 (where such a certificate was open).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.chain_certified import ATOMS, BELL_BEND, BEND, CURVES, bends, both
from proofs.lemmas.chain_function import PHI, PSI, SLOPE, S, bell, on_line
from signcheck import kernel as k
from signcheck.intervals.chain import Certificate, certify
from signcheck.intervals.chain_pairs import PairAtoms, certify_pair

R = k.Sym("r")
LINK, HIGHEST = sp.Integer(112), sp.Integer(25)
WEIGHTS = (sp.Rational(18, 5), sp.Integer(3), sp.Integer(99))
"""Weights of |Psi''| and Psi' in the potential, and what is taken off."""


def potential(s: sp.Expr) -> sp.Expr:
    """h(s), even in s."""
    curved, steep, less = WEIGHTS
    return sp.Max(0, curved * bends(s) + steep * both(SLOPE, s) - less)


def entries(s: sp.Expr, r: sp.Expr) -> sp.Expr:
    """T(s, r): |d_ss|, twice |d_sr| and |d_rr| of the link Psi(-s) Phi(-r) - Psi(s) Phi(r)."""
    return (
        sp.Abs(on_line(BEND, s)) * on_line(PHI, r)
        + sp.Abs(on_line(BEND, -s)) * on_line(PHI, -r)
        + 2 * both(SLOPE, s) * bell(r)
        + both(PSI, s) * sp.Abs(on_line(BELL_BEND, r))
    )


LINK_CLAIM = k.ForAll(
    S, (), k.ForAll(R, (), k.Le(entries(S, R) + potential(R), LINK + potential(S)))
)
POTENTIAL_CLAIM = k.ForAll(S, (), k.Le(potential(S), HIGHEST))

PAIR_ATOMS: PairAtoms = {
    **{
        on_line(f, side * x): (name, side, place)
        for name, f in CURVES.items()
        for side in (1, -1)
        for place, x in enumerate((S, R))
    },
    bell(R): ("dPhi", 1, 1),
}


@cache
def certificates() -> tuple[Certificate, Certificate]:
    """The two claims, certified; raises ProofError if one is not."""
    return certify_pair(LINK_CLAIM, PAIR_ATOMS), certify(POTENTIAL_CLAIM, ATOMS)
