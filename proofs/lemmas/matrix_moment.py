"""What noise costs in one row of a matrix, and the mean of a nuclear norm from it.

From E sum_j n_ij**2 <= s(i)**2 in every row: E<n, o> <= gamma (sum of s(i)) for every o whose
spectral norm is at most gamma, the matrix form of E[z w] <= sqrt(E z**2) gamma for |w| <= gamma;
with the polar factor of n for o, E|n|_* <= sum of s(i). Source: elementary; used for L1 and for
the momentum bound T5m.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, I, left, right
from proofs.lemmas.matrix import IN_COLUMNS, IN_ROWS, J, across, down, in_row, summed_down
from proofs.lemmas.matrix import summed_across as summed
from signcheck import kernel as k
from signcheck.kernel.terms import En, Ex, Nuc, Pol
from signcheck.proof import Proof

N = k.Sym("n", "rvector")
S, C = k.Sym("S", "fam:real"), k.Sym("c")
F = k.Sym("F", "sigma")
POLAR = Pol(N)
ENTRY, OUT = En(N, I, J), En(POLAR, I, J)


def row_price(p: Proof, noise: sp.Expr, rows: k.Theorem, small: k.Theorem) -> k.Theorem:
    """E[sum over j of noise o_ij | F] <= gamma s(i) for the free row i: Young.

    ``noise`` is an entry; ``rows`` says that its row i has at most s(i)**2 for all i, ``small``
    that |o|_op <= gamma. Whether the noise has mean zero does not matter.
    """
    (output,), gamma = left(small).args, right(small)
    out = En(output, I, J)
    q = p.having(k.assume(k.Lt(ZERO, C)))
    w = (S(I) + C) / gamma
    young = q.having(*map(k.assume, IN_COLUMNS)).linear(
        k.Le(noise * out, noise**2 / (2 * w) + w * out**2 / 2),
        slack=[(noise - w * out) ** 2 / (2 * w)],
        label="Young",
    )
    total = summed(q, young)
    square = q.linear(k.Le(left(small) ** 2, gamma**2), (left(small) + gamma, small))
    surely = q.linear(
        k.Le(left(total), across(noise**2) / (2 * w) + w * gamma**2 / 2),
        total,
        q.sum_linear(right(total)),
        (1 / (2 * w), q.sum_linear(across(noise**2))),
        *((w / 2, thm) for thm in (q.instantiate(q.row_below_norm(output), I), square)),
    )
    taken, here = q.expect_mono(surely, F), q.instantiate(rows, I)
    cost = q.linear(
        k.Le(left(taken), gamma * S(I) + gamma * C / 2),
        taken,
        q.expect_linear(right(taken)),
        *((1 / (2 * w), thm) for thm in (q.expect_linear(left(here)), here)),
        slack=[gamma * S(I) * C / (2 * (S(I) + C))],
        label="price of a row",
    )
    return q.vanishing(q.generalise(cost, C, k.Lt(ZERO, C)), label="c -> 0")


@cache
def nuclear_moment() -> k.Theorem:
    """0 <= s(i), E[sum over j of n_ij**2 | F] <= s(i)**2 for all i |- E[|n|_* | F] <= sum of s."""
    p = Proof()
    p.given(k.ForAll(I, IN_ROWS, k.Le(ZERO, S(I))))
    moment = p.given(k.ForAll(I, IN_ROWS, k.Le(Ex(across(ENTRY**2), F), S(I) ** 2)))
    rows = summed_down(p, row_price(in_row(p), ENTRY, moment, p.polar_size(N)))
    norm = p.linear(
        k.Eq(Nuc(N), down(across(ENTRY * OUT))), p.polar_pairing(N), p.by_entries(N, POLAR)
    )
    taken = p.expect_mono(norm, F)
    return p.linear(k.Le(Ex(Nuc(N), F), down(S(I))), taken, p.expect_linear(right(taken)), rows)
