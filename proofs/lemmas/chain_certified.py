"""Numbers about the chain's curves that are certified by intervals and named in the statements.

Each is a kernel formula. Whoever uses one as a hypothesis asks ``certified`` for it, which runs the
ball arithmetic of ``signcheck.intervals.chain`` on the formula itself; the tests run
``recheck_chain`` on the same formulas.

Source: theory sheet, T8.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import sympy as sp

from proofs.lemmas.chain_function import PHI, PSI, SLOPE, S, bell, on_line
from signcheck import kernel as k
from signcheck.intervals.chain import Atoms, Certificate, certify

ONE, THREE = sp.Integer(1), sp.Integer(3)
BEND, BELL_BEND = k.Sym("ddPsi", "function"), k.Sym("ddPhi", "function")
"""Psi'' and Phi''."""

CURVES = {"Psi": PSI, "dPsi": SLOPE, "ddPsi": BEND, "Phi": PHI, "ddPhi": BELL_BEND}
"""Psi, Phi and their derivatives that are not formulas, by the names of ``intervals.chain``."""
ATOMS: Atoms = {
    **{on_line(f, side * S): (name, side) for name, f in CURVES.items() for side in (1, -1)},
    bell(S): ("dPhi", 1),
}
"""What the curves of a claim are."""

TOP_PSI, TOP_PHI = sp.Rational(27183, 10**4), sp.Rational(41328, 10**4)
TOP_SLOPE, TOP_BELL = sp.Rational(44572, 10**4), sp.Rational(16488, 10**4)
OWN_ROW, PASSED_ROW = sp.Rational(85, 10), sp.Rational(1373, 10)
STEEPEST = sp.Rational(214, 10)


def _always(lhs: sp.Expr, rhs: sp.Expr) -> k.Formula:
    return k.ForAll(S, (), k.Le(lhs, rhs))


def both(function: k.Sym, s: sp.Expr = S) -> sp.Expr:
    """f(s) + f(-s)."""
    return on_line(function, s) + on_line(function, -s)


def bends(s: sp.Expr = S) -> sp.Expr:
    """|Psi''| at s and at -s, one of them 0."""
    return sp.Abs(on_line(BEND, s)) + sp.Abs(on_line(BEND, -s))


CERTIFIED: dict[str, k.Formula] = {
    "certified: 1 <= log(3)": k.Le(ONE, sp.log(THREE)),
    "certified: Psi <= 2.7183": _always(on_line(PSI, S), TOP_PSI),
    "certified: Phi <= 4.1328": _always(on_line(PHI, S), TOP_PHI),
    "certified: Psi' <= 4.4572": _always(on_line(SLOPE, S), TOP_SLOPE),
    "certified: Phi' <= 1.6488": _always(bell(S), TOP_BELL),
    "certified: slope <= 21.4": _always(TOP_PSI * bell(S) + TOP_PHI * both(SLOPE), STEEPEST),
    "certified: own row <= 8.5": _always(
        TOP_PSI * sp.Abs(on_line(BELL_BEND, S)) + TOP_SLOPE * bell(S), OWN_ROW
    ),
    "certified: passed row <= 137.3": _always(
        TOP_PHI * bends() + TOP_BELL * both(SLOPE), PASSED_ROW
    ),
}
"""Every certified claim, by the name that it has in the statements."""


def chosen(*names: str) -> dict[str, k.Formula]:
    """The claims with these endings, as named hypotheses."""
    return {full: CERTIFIED[full] for full in (f"certified: {name}" for name in names)}


@cache
def certificate_of(name: str) -> Certificate:
    """Run the ball arithmetic on a claim; raises ProofError if it is not certified."""
    return certify(CERTIFIED[name], ATOMS)


def certified(hypotheses: Mapping[str, k.Formula]) -> dict[str, str]:
    """Certify every claim among the hypotheses; the methods by name.

    Raises
    ------
    ProofError
        If a claim is not certified.
    """
    return {name: certificate_of(name).method for name in hypotheses if name in CERTIFIED}
