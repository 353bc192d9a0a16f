"""Matrices by their entries: double sums, the nuclear norm and the spectral norm.

A point of R^d is read as a matrix with ``rows`` rows and ``columns`` columns. What rests on the
singular value decomposition is one axiom, trace duality. Source: theory sheet, section 0.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, I, U, V, left, right, unfold
from signcheck import kernel as k
from signcheck.kernel.terms import COLUMNS, ROWS, Big, En, Ex, Inner, Nuc, Op, Pol
from signcheck.proof import Proof

J = k.Sym("j", "int")
IN_ROWS = (k.Le(ZERO, I), k.Lt(I, ROWS))
IN_COLUMNS = (k.Le(ZERO, J), k.Lt(J, COLUMNS))
S = k.Sym("s")


def across(body: sp.Expr) -> sp.Expr:
    """Sum over the columns."""
    return Big(body, J, ZERO, COLUMNS)


def down(body: sp.Expr) -> sp.Expr:
    """Sum over the rows."""
    return Big(body, I, ZERO, ROWS)


def entrywise(body: k.Formula) -> k.Formula:
    """For all rows i and columns j."""
    return k.ForAll(I, IN_ROWS, k.ForAll(J, IN_COLUMNS, body))


def in_row(p: Proof) -> Proof:
    """With 0 <= i < rows."""
    return p.having(*map(k.assume, IN_ROWS))


def at_entry(p: Proof) -> Proof:
    """With 0 <= i < rows and 0 <= j < columns."""
    return p.having(*map(k.assume, (*IN_ROWS, *IN_COLUMNS)))


def summed_across(p: Proof, each: k.Theorem) -> k.Theorem:
    """From a relation for the free j: the relation between the sums over the columns."""
    return p.sum_mono(p.generalise(each, J, *IN_COLUMNS))


def summed_down(p: Proof, each: k.Theorem) -> k.Theorem:
    """From a relation for the free i: the relation between the sums over the rows."""
    return p.sum_mono(p.generalise(each, I, *IN_ROWS))


def expected_across(p: Proof, each: k.Theorem) -> k.Theorem:
    """From E[a_j | F] ~ b_j for the free j: E[sum a_j | F] ~ sum b_j, for ~ one of <= and ==."""
    return _through(p, summed_across(p, each), left(each), across)


def expected_down(p: Proof, each: k.Theorem) -> k.Theorem:
    """From E[a_i | F] ~ b_i for the free i: E[sum a_i | F] ~ sum b_i."""
    return _through(p, summed_down(p, each), left(each), down)


def _through(
    p: Proof, sums: k.Theorem, member: sp.Expr, total: Callable[[sp.Expr], sp.Expr]
) -> k.Theorem:
    body, given = member.args
    whole = Ex(total(body), given)
    kind = k.Eq if isinstance(sums.concl, k.Eq) else k.Le
    return p.linear(kind(whole, right(sums)), p.expect_linear(whole), sums)


@cache
def pairing_of_difference() -> k.Theorem:
    """<u - v, w> == sum over i, j of (u_ij - v_ij) w_ij."""
    w = k.Sym("w", "rvector")
    p = Proof()
    entry = p.coordinate(En(U - V, I, J))
    product = unfold(En(U - V, I, J) * En(w, I, J), entry)
    whole = summed_down(p, summed_across(p, product))
    return p.chain(p.by_entries(U - V, w), whole)


@cache
def below_polar() -> k.Theorem:
    """<u, polar v> <= |u|_*."""
    p = Proof()
    goal = k.Le(Inner(U, Pol(V)), Nuc(U))
    return p.linear(goal, p.trace_duality(U, Pol(V)), (Nuc(U), p.polar_size(V)))


@cache
def dual_pairing(sign: int) -> k.Theorem:
    """sign <u, v> <= |u|_* |v|_op, for sign 1 or -1."""
    p = Proof()
    goal = k.Le(sign * Inner(U, V), Nuc(U) * Op(V))
    if sign > 0:
        return p.linear(goal, p.trace_duality(U, V))
    turned = p.inner_linear(Inner(U, -V))
    return p.linear(goal, p.trace_duality(U, -V), turned, (Nuc(U), p.spectral_scale(-1, V)))


@cache
def norm_of_multiple(sign: int = 1) -> k.Theorem:
    """0 <= s |- |sign s u|_op == s |u|_op, for a number s and sign 1 or -1."""
    p = Proof()
    p.given(k.Le(ZERO, S))
    scale = p.spectral_scale(sign * S, U)
    value = p.function_value(sp.Abs(sign * S))
    return p.linear(k.Eq(Op(sign * S * U), S * Op(U)), scale, (Op(U), value))


@cache
def nuclear_triangle() -> k.Theorem:
    """|u + v|_* <= |u|_* + |v|_*."""
    p = Proof()
    polar = Pol(U + V)
    parts = [k.specialise(below_polar(), {U: x, V: U + V}) for x in (U, V)]
    return p.linear(
        k.Le(Nuc(U + V), Nuc(U) + Nuc(V)),
        p.polar_pairing(U + V),
        p.inner_linear(Inner(U + V, polar)),
        *parts,
    )
