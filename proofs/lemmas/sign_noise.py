"""L1 and L1-pointwise: how much noise can cost when it passes through a sign.

Source: theory sheet, section 0 (L1 scalar form with constant 1, L1-pointwise).
"""

from __future__ import annotations

import sympy as sp

from proofs import members
from proofs.lemmas.basics import (
    W,
    Z,
    above,
    abs_below,
    abs_is_sign,
    abs_of_product,
    claimed,
    right,
    sign_bounded,
    sign_squared,
)
from proofs.samples import law_samples, pointwise_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Ex
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

ZERO = sp.Integer(0)
A, Y, M = k.Sym("a", "random"), k.Sym("Y", "random"), k.Sym("m", "random")
S, C = k.Sym("s"), k.Sym("c")
F = k.Sym("F", "sigma")
SIGN = sp.sign(Y)
BIAS = Ex(SIGN, F)

# ---------------------------------------------------------------- statements

L1_STATEMENT = Statement(
    hypotheses={
        "s >= 0": k.Le(ZERO, S),
        "mean": k.Eq(Ex(Y, F), A),
        "variance": k.Le(Ex((Y - A) ** 2, F), S**2),
    },
    conclusion=k.Le(sp.Abs(A) - A * BIAS, S),
)

L1_POINTWISE_STATEMENT = Statement(
    hypotheses={},
    conclusion=k.Le(sp.Abs(A) - A * sp.sign(M), 2 * sp.Abs(M - A)),
)

# ---------------------------------------------------------------- proofs


def jensen(p: Proof, mean: k.Theorem) -> k.Theorem:
    """|a| <= E|Y|."""
    up = p.linear(k.Le(A, Ex(sp.Abs(Y), F)), p.expect_mono(above(Y), F), mean)
    minus = p.expect_linear(Ex(-Y, F))
    down = p.linear(k.Le(-A, Ex(sp.Abs(Y), F)), p.expect_mono(above(-Y), F), minus, mean)
    return abs_below(up, down)


def spread_of_sign(p: Proof) -> k.Theorem:
    """E[(sign Y - E sign Y)**2 | F] <= 1."""
    square = p.expect_mono(k.specialise(sign_squared(), {Z: Y}), F)
    one = p.expect_linear(right(square))
    expanded = p.expect_linear(Ex((SIGN - BIAS) ** 2, F))
    return p.linear(
        k.Le(Ex((SIGN - BIAS) ** 2, F), sp.Integer(1)),
        expanded,
        square,
        one,
        slack=[BIAS**2],
        label="variance of a sign",
    )


def prove_l1(statement: Statement) -> k.Theorem:
    """Split the noise off, centre the sign, and weigh their product by s + c, c -> 0."""
    p, (_, mean, variance) = statement.proof("s >= 0", "mean", "variance")
    p = p.having(p.known_equal(p.known(Ex(Y, F), F), mean))
    positive = k.assume(k.Lt(ZERO, C))
    q = p.having(positive)
    noise, centred, w = Y - A, SIGN - BIAS, S + C
    product = Ex(noise * centred, F)
    young = q.linear(
        k.Le(noise * centred, noise**2 / (2 * w) + w * centred**2 / 2),
        slack=[(noise - w * centred) ** 2 / (2 * w)],
        label="Young",
    )
    taken = q.expect_mono(young, F)
    split = q.expect_linear(right(taken))
    whole = q.linear(
        k.Eq(right(split), Ex(noise**2, F) / (2 * w) + w * Ex(centred**2, F) / 2),
        (1 / (2 * w), q.expect_linear(Ex(noise**2, F))),
        (w / 2, q.expect_linear(Ex(centred**2, F))),
        label="collect",
    )
    cost = q.linear(
        k.Le(product, S + C / 2),
        taken,
        split,
        whole,
        (1 / (2 * w), variance),
        (w / 2, spread_of_sign(q)),
        slack=[S * C / (2 * w)],
        label="price of noise",
    )
    limit = q.vanishing(q.generalise(cost, C, k.Lt(ZERO, C)), label="c -> 0")
    size = p.expect_mono(k.specialise(abs_is_sign(), {Z: Y}), F)
    return p.linear(
        claimed(statement),
        limit,
        jensen(p, mean),
        size,
        p.expect_linear(product),
        (BIAS, mean),
        (A, mean),
        label="L1",
    )


def prove_pointwise(statement: Statement) -> k.Theorem:
    """|a| <= |m| + |m - a| and m sign(m) = |m|, |sign(m)| <= 1."""
    p, _ = statement.proof()
    error, sign = M - A, sp.sign(M)
    far = sp.Abs(error)
    reach = sp.Abs(M) + far
    up = p.linear(k.Le(A, reach), above(M), above(-error))
    down = p.linear(k.Le(-A, reach), above(-M), above(error))
    triangle = abs_below(up, down)
    product = k.specialise(abs_of_product(), {Z: error, W: sign})
    return p.linear(
        claimed(statement),
        triangle,
        k.specialise(abs_is_sign(), {Z: M}),
        above(error * sign),
        product,
        (far, k.specialise(sign_bounded(), {Z: M})),
        label="L1-pointwise",
    )


L1 = Theory(
    id="L1",
    title="|a| - a E sign(Y) <= s  if E Y = a and Var Y <= s^2",
    kind="lemma",
    statement=L1_STATEMENT,
    prove=prove_l1,
    runs=members.laws(A, BIAS, S),
    samples=lambda: law_samples(A, BIAS, S),
)
L1_POINTWISE = Theory(
    id="L1-pointwise",
    title="|a| - a sign(m) <= 2 |m - a|",
    kind="lemma",
    statement=L1_POINTWISE_STATEMENT,
    prove=prove_pointwise,
    runs=members.pairs(A, M),
    samples=lambda: pointwise_samples(A, M),
)
