"""Rules for points of R^d that are read as matrices: entries, spectral and nuclear norm.

Entries are taken in orthonormal bases of rows and columns, fixed once; any will do, so a statement
may speak of the basis in which a given second moment is diagonal.
"""

from __future__ import annotations

import sympy as sp

from signcheck.kernel.axioms import TRACE_DUALITY
from signcheck.kernel.formulas import Eq, ForAll, Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.terms import COLUMNS, ROWS, Big, En, Inner, Nuc, Op, Pol, Sym, Term, free
from signcheck.kernel.theorem import Draft, rule

ZERO = sp.Integer(0)
_I, _J = Sym("i", "int"), Sym("j", "int")
_DUAL = frozenset({TRACE_DUALITY.name})


def _whole(j: Judge, *points: Term) -> None:
    for point in points:
        j.defined(point)
        if free(point) & {_I, _J}:
            raise refuse(f"{point} mentions the index {_I} or {_J}: rename it first.")


@rule
def by_entries(j: Judge, u: Term, v: Term) -> Draft:
    """<u, v> = sum over i < rows and j < columns of u_ij v_ij."""
    _whole(j, u, v)
    row = Big(En(u, _I, _J) * En(v, _I, _J), _J, ZERO, COLUMNS)
    return Draft(Eq(Inner(u, v), Big(row, _I, ZERO, ROWS)))


@rule
def row_below_norm(j: Judge, u: Term) -> Draft:
    """For all i < rows: sum over j < columns of u_ij**2 <= |u|_op**2."""
    _whole(j, u)
    row = Big(En(u, _I, _J) ** 2, _J, ZERO, COLUMNS)
    return Draft(ForAll(_I, (Le(ZERO, _I), Lt(_I, ROWS)), Le(row, Op(u) ** 2)))


@rule
def spectral_scale(j: Judge, c: Term, u: Term) -> Draft:
    """|c u|_op == |c| |u|_op for a number c."""
    j.defined(c * u)
    return Draft(Eq(Op(c * u), sp.Abs(c) * Op(u)))


@rule
def trace_duality(j: Judge, u: Term, v: Term) -> Draft:
    """<u, v> <= |u|_* |v|_op; see the axiom trace duality."""
    j.defined(u)
    j.defined(v)
    return Draft(Le(Inner(u, v), Nuc(u) * Op(v)), axioms=_DUAL)


@rule
def polar_pairing(j: Judge, u: Term) -> Draft:
    """<u, polar u> == |u|_*; see the axiom trace duality."""
    j.defined(u)
    return Draft(Eq(Inner(u, Pol(u)), Nuc(u)), axioms=_DUAL)


@rule
def polar_size(j: Judge, u: Term) -> Draft:
    """|polar u|_op <= 1: its singular values are 0 and 1."""
    j.defined(u)
    return Draft(Le(Op(Pol(u)), sp.Integer(1)), axioms=_DUAL)
