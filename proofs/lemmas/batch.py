"""Mean and variance of the mean of B independent oracle calls: E = a, Var <= v/B.

Source: elementary; the step from A2 to a batch in the theory sheet, section 0.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import right
from signcheck import kernel as k
from signcheck.kernel.terms import Big, Ex
from signcheck.proof import Proof

ZERO, ONE = sp.Integer(0), sp.Integer(1)
A = k.Sym("a", "random")
V = k.Sym("v")
B, N, J = k.Sym("B", "int"), k.Sym("n", "int"), k.Sym("k", "int")
CALL = k.Sym("Y", "fam:random")
F = k.Sym("F", "sigma")
MEAN = Big(CALL(J), J, ZERO, B) / B
IN_BATCH = (k.Le(ZERO, J), k.Lt(J, B))

HYPOTHESES: dict[str, k.Formula] = {
    "B >= 1": k.Le(ONE, B),
    "a known": k.Measurable(A, F),
    "mean": k.ForAll(J, IN_BATCH, k.Eq(Ex(CALL(J), F), A)),
    "variance": k.ForAll(J, IN_BATCH, k.Le(Ex((CALL(J) - A) ** 2, F), V)),
    "independent": k.Independent(CALL(J), J, B, F),
}


def _start(*names: str) -> tuple[Proof, list[k.Theorem]]:
    p = Proof()
    held = {name: p.given(formula) for name, formula in HYPOTHESES.items()}
    return p, [held[n] for n in names]


@cache
def batch_mean() -> k.Theorem:
    """E[mean | F] == a."""
    p, (mean,) = _start("mean")
    taken = p.expect_linear(Ex(MEAN, F))
    sums = p.sum_mono(mean)
    return p.linear(k.Eq(Ex(MEAN, F), A), taken, (1 / B, sums), (1 / B, p.sum_linear(right(sums))))


def _centred(upper: sp.Expr) -> sp.Expr:
    return Big(CALL(J) - A, J, ZERO, upper)


def _cross(p: Proof, mean: k.Theorem, independent: k.Theorem) -> k.Theorem:
    """E[(sum over j < n of (Y_j - a)) (Y_n - a) | F] == 0, for 0 <= n < B."""
    guards = (k.Le(ZERO, J), k.Lt(J, N))
    low, high = map(k.assume, guards)
    below = p.linear(k.Lt(J, B), high, *(f for f in p.facts if f.concl == k.Lt(N, B)))
    q = p.having(low, high, below)
    z_j, z_n = CALL(J) - A, CALL(N) - A
    pair = q.expect_pair(independent, z_j, z_n, J, N)
    first = q.expect_linear(Ex(z_j, F))
    vanish = q.linear(
        k.Eq(Ex(z_j * z_n, F), ZERO),
        pair,
        (Ex(z_n, F), first),
        (Ex(z_n, F), q.instantiate(mean, J)),
    )
    sums = p.sum_mono(q.generalise(vanish, J, *guards))
    product = Big(z_j * z_n, J, ZERO, N)
    moved = p.expect_linear(Ex(product, F))
    flat = p.sum_linear(product)
    apart = p.sum_linear(_centred(N))
    same = p.linear(k.Eq(_centred(N) * z_n, product), flat, (z_n, apart))
    zero = p.sum_linear(right(sums))
    taken = p.expect_mono(same, F)
    return p.linear(k.Eq(Ex(_centred(N) * z_n, F), ZERO), taken, moved, sums, zero)


@cache
def fresh_call() -> k.Theorem:
    """E[(sum over j < n of (Y_j - a)) (Y_n - a) | F] == 0, for 0 <= n < B."""
    p, (mean, independent) = _start("mean", "independent")
    return _cross(p.having(k.assume(k.Le(ZERO, N)), k.assume(k.Lt(N, B))), mean, independent)


@cache
def _spread() -> k.Theorem:
    """For all 0 <= n < B + 1: E[(sum over j < n of (Y_j - a))**2 | F] <= n v."""
    p, (mean, variance, independent) = _start("mean", "variance", "independent")

    def claim(n: sp.Expr) -> k.Le:
        return k.Le(Ex(_centred(n) ** 2, F), n * V)

    empty = p.range_empty(CALL(J) - A, J, ZERO, "sum")
    square = p.linear(k.Eq(_centred(ZERO) ** 2, ZERO), (_centred(ZERO), empty))
    base = p.linear(claim(ZERO), p.expect_mono(square, F), p.expect_linear(Ex(ZERO, F)))
    known = k.assume(claim(N))
    low, inside = k.assume(k.Le(ZERO, N)), k.assume(k.Lt(N + 1, B + 1))
    q = p.having(low)
    below = q.linear(k.Lt(N, B), inside)
    q = q.having(below)
    z = CALL(N) - A
    longer = q.range_step(_centred(N + 1))
    total = _centred(N) + z
    grown = q.linear(
        k.Eq(_centred(N + 1) ** 2, total**2), (_centred(N + 1) + total, longer), label="square"
    )
    taken = q.expect_mono(grown, F)
    parts = [Ex(_centred(N) ** 2, F), Ex(_centred(N) * z, F), Ex(z**2, F)]
    opened = q.expect_linear(Ex(total**2, F))
    pieces = [q.expect_linear(e) for e in parts]
    step = q.linear(
        claim(N + 1),
        taken,
        opened,
        *pieces,
        known,
        _cross(q, mean, independent),
        q.instantiate(variance, N),
        label="one more call",
    )
    return p.induction(base, step, N, ZERO, B + 1, label="induction over the batch")


@cache
def batch_variance() -> k.Theorem:
    """E[(mean - a)**2 | F] <= v/B."""
    p, _ = _start()
    whole = p.instantiate(_spread(), B)
    apart = p.sum_linear(_centred(B))
    same = p.linear(k.Eq(MEAN - A, _centred(B) / B), (1 / B, apart))
    square = p.linear(
        k.Eq((MEAN - A) ** 2, _centred(B) ** 2 / B**2), (MEAN - A + _centred(B) / B, same)
    )
    taken = p.expect_mono(square, F)
    scaled = p.expect_linear(right(taken))
    back = p.expect_linear(Ex(_centred(B) ** 2, F))
    return p.linear(
        k.Le(Ex((MEAN - A) ** 2, F), V / B),
        taken,
        scaled,
        (1 / B**2, back),
        (1 / B**2, whole),
        label="variance of the batch mean",
    )
