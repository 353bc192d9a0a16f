"""Rules for points of R^d that are read as matrices: entries, spectral and nuclear norm.

Entries are taken in orthonormal bases of rows and columns, fixed once; any will do, so a statement
may speak of the basis in which a given second moment is diagonal.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from signcheck.kernel import terms as te
from signcheck.kernel.axioms import TRACE_DUALITY
from signcheck.kernel.existence import Attained, Dynamics
from signcheck.kernel.formulas import Eq, ForAll, Formula, Le, Lt
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.rules_witness import BATCH_MEAN
from signcheck.kernel.terms import Sym, Term
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent

ZERO = sp.Integer(0)
_I, _J = Sym("i", "int"), Sym("j", "int")
_DUAL = frozenset({TRACE_DUALITY.name})


def _whole(j: Judge, *points: Term) -> None:
    for point in points:
        j.defined(point)
        if te.free(point) & {_I, _J}:
            raise refuse(f"{point} mentions the index {_I} or {_J}: rename it first.")


@rule
def by_entries(j: Judge, u: Term, v: Term) -> Draft:
    """<u, v> = sum over i < rows and j < columns of u_ij v_ij."""
    _whole(j, u, v)
    row = te.Big(te.En(u, _I, _J) * te.En(v, _I, _J), _J, ZERO, te.COLUMNS)
    return Draft(Eq(te.Inner(u, v), te.Big(row, _I, ZERO, te.ROWS)))


@rule
def row_below_norm(j: Judge, u: Term) -> Draft:
    """For all i < rows: sum over j < columns of u_ij**2 <= |u|_op**2."""
    _whole(j, u)
    row = te.Big(te.En(u, _I, _J) ** 2, _J, ZERO, te.COLUMNS)
    return Draft(ForAll(_I, (Le(ZERO, _I), Lt(_I, te.ROWS)), Le(row, te.Op(u) ** 2)))


@rule
def spectral_scale(j: Judge, c: Term, u: Term) -> Draft:
    """|c u|_op == |c| |u|_op for a number c."""
    j.defined(c * u)
    return Draft(Eq(te.Op(c * u), sp.Abs(c) * te.Op(u)))


@rule
def trace_duality(j: Judge, u: Term, v: Term) -> Draft:
    """<u, v> <= |u|_* |v|_op; see the axiom trace duality."""
    j.defined(u)
    j.defined(v)
    return Draft(Le(te.Inner(u, v), te.Nuc(u) * te.Op(v)), axioms=_DUAL)


@rule
def polar_pairing(j: Judge, u: Term) -> Draft:
    """<u, polar u> == |u|_*; see the axiom trace duality."""
    j.defined(u)
    return Draft(Eq(te.Inner(u, te.Pol(u)), te.Nuc(u)), axioms=_DUAL)


@rule
def polar_size(j: Judge, u: Term) -> Draft:
    """|polar u|_op <= 1: its singular values are 0 and 1."""
    j.defined(u)
    return Draft(Le(te.Op(te.Pol(u)), sp.Integer(1)), axioms=_DUAL)


def _entry(head: Sym) -> Sym:
    """The family of entries (i, i) of a family of matrices."""
    return Sym(head.name, "fam:random")


def _diagonal(term: Term) -> Term:
    """Entry (i, i) of a matrix term: linear in its families, the polar factor of G is sign(g)."""
    if isinstance(term, te.Ap):
        return te.Ap(_entry(term.args[0]), *term.args[1:])
    if isinstance(term, te.Pol):
        (inside,) = term.args
        if not isinstance(inside, te.Ap) or inside.args[0].name != BATCH_MEAN.name:
            raise refuse(f"{inside} is not the batch mean: it may leave the diagonal.")
        return sp.sign(_diagonal(inside))
    if te.sort_of(term) == "real":
        return term
    if not isinstance(term, (sp.Add, sp.Mul)):
        raise refuse(f"{term} is neither linear nor a polar factor.")
    return term.func(*map(_diagonal, term.args))


def _diagonal_rule(formula: Formula) -> Formula:
    if isinstance(formula, ForAll):
        return ForAll(formula.var, formula.guards, _diagonal_rule(formula.body))
    if not isinstance(formula, Eq) or te.sort_of(formula.lhs) != "vector":
        raise refuse(f"{formula} is not an equation between matrices.")
    return Eq(_diagonal(formula.lhs), _diagonal(formula.rhs))


@rule
def embed(_j: Judge, thm: Theorem, method: Dynamics) -> Draft:
    """From an Attained for coordinates: the same for matrices under ``method``.

    F(X) = f(diag X) with the noise Diag(n), started on the diagonal. |X_ii - Y_ii| <= |X - Y|_op
    and |Diag v|_* = |v|_1, so A1, the gap, the noise and the level carry over. Every oracle answer
    is diagonal, so on the diagonal the method's rules, which are linear but for the polar factor
    of the batch mean, are the coordinate's rules: this is checked.
    """
    s = sequent(thm)
    claim = s.concl
    if type(claim) is not Attained or claim.matrices:
        raise refuse(f"{claim} is not about coordinates.")
    # As a constant d counts the entries of a matrix, not its singular values.
    if any(te.CONSTANTS & f.free() for f in (*s.hyps, claim)):
        raise refuse(f"the claim or a hypothesis speaks of {te.DIM}: use a symbol of your own.")
    if any(h.sort != "fam:rvector" for h in method.private()):
        raise refuse(f"{method.name} has a family that is not one of random matrices.")
    pair = (method.position, method.slope)
    old, rules = claim.dynamics, tuple(map(_diagonal_rule, method.rules))
    if (*map(_entry, pair), rules, method.batch) != (old.position, old.slope, old.rules, old.batch):
        raise refuse(f"on diagonal matrices {method.name} is not {old.name}.", rules)
    return Draft(replace(claim, dynamics=method, matrices=True))
