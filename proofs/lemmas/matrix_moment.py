"""The mean of a nuclear norm from second moments of rows.

From E sum_j n_ij**2 <= s(i)**2 in every row: E|n|_* <= sum of s(i), the matrix form of
E|z| <= sqrt(E z**2). Source: elementary; used for the momentum bound T5m.
"""

from __future__ import annotations

from functools import cache

from proofs.lemmas.basics import ZERO, I, left, right
from proofs.lemmas.matrix import IN_COLUMNS, IN_ROWS, J, across, down, in_row, summed_down
from proofs.lemmas.matrix import summed_across as summed
from signcheck import kernel as k
from signcheck.kernel.terms import En, Ex, Nuc, Op, Pol
from signcheck.proof import Premise, Proof

N = k.Sym("n", "rvector")
S, C = k.Sym("S", "fam:real"), k.Sym("c")
F = k.Sym("F", "sigma")
POLAR = Pol(N)
ENTRY, OUT = En(N, I, J), En(POLAR, I, J)


def _row(p: Proof, moment: k.Theorem, size: k.Theorem) -> k.Theorem:
    """E[sum over j of n p | F] <= s(i) for the free row i, p the polar factor: Young."""
    q = p.having(k.assume(k.Lt(ZERO, C)), p.instantiate(size, I))
    w = S(I) + C
    young = q.having(*map(k.assume, IN_COLUMNS)).linear(
        k.Le(ENTRY * OUT, ENTRY**2 / (2 * w) + w * OUT**2 / 2),
        slack=[(ENTRY - w * OUT) ** 2 / (2 * w)],
        label="Young",
    )
    total = summed(q, young)
    split = q.sum_linear(right(total))
    short, row = q.polar_size(N), q.instantiate(q.row_below_norm(POLAR), I)
    square = q.linear(k.Le(Op(POLAR) ** 2, 1), (Op(POLAR) + 1, short))
    surely = q.linear(
        k.Le(left(total), across(ENTRY**2) / (2 * w) + w / 2),
        total,
        split,
        (w / 2, row),
        (w / 2, square),
    )
    taken = q.expect_mono(surely, F)
    here = q.instantiate(moment, I)
    pieces: list[Premise] = [
        q.expect_linear(right(taken)),
        (1 / (2 * w), q.expect_linear(left(here))),
    ]
    bound = q.linear(
        k.Le(left(taken), S(I) + C / 2),
        taken,
        *pieces,
        (1 / (2 * w), here),
        slack=[S(I) * C / (2 * w)],
        label="price of a row",
    )
    return q.vanishing(q.generalise(bound, C, k.Lt(ZERO, C)), label="c -> 0")


@cache
def nuclear_moment() -> k.Theorem:
    """0 <= s(i), E[sum over j of n_ij**2 | F] <= s(i)**2 for all i |- E[|n|_* | F] <= sum of s."""
    p = Proof()
    size = p.given(k.ForAll(I, IN_ROWS, k.Le(ZERO, S(I))))
    moment = p.given(k.ForAll(I, IN_ROWS, k.Le(Ex(across(ENTRY**2), F), S(I) ** 2)))
    rows = summed_down(p, _row(in_row(p), moment, size))
    norm = p.linear(
        k.Eq(Nuc(N), down(across(ENTRY * OUT))), p.polar_pairing(N), p.by_entries(N, POLAR)
    )
    taken = p.expect_mono(norm, F)
    return p.linear(k.Le(Ex(Nuc(N), F), down(S(I))), taken, p.expect_linear(right(taken)), rows)
