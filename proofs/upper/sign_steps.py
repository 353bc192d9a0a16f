"""A step along the sign of a direction: what SignSGD and Signum share.

Source: theory sheet, section 1.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import ETA, F, L
from proofs.lemmas.basics import I as INDEX
from proofs.lemmas.basics import U, left, right, unfold
from proofs.lemmas.signs import COORDINATES, length_of_sign_step
from proofs.lemmas.signs import ETA as SCALE
from proofs.upper.oracle import GRADIENT, HERE, NOW, ORACLE, THERE, descent, t, x
from signcheck import kernel as k
from signcheck.kernel.terms import N1, Big, Co, Ex, Grad, Inner, Noo, Past, Sgn, Val
from signcheck.proof import Proof


def sign_step(p: Proof, direction: k.Sym, update: k.Theorem) -> k.Theorem:
    """f(x') <= f(x) - eta sum grad_i sign(m_i) + L eta**2/2, surely, for all t >= 0.

    ``update``: x' == x - eta sgn(m(t)) for the free t, m the direction.
    """
    m = direction(t)
    inner = unfold(Inner(GRADIENT, THERE - HERE), update)
    length = unfold(Noo(THERE - HERE), update)
    short = k.specialise(length_of_sign_step(), {SCALE: ETA, U: m})
    reach = p.chain(length, k.cut(short, p.sign_fact(k.Le(0, ETA))))
    square = p.linear(k.Le(left(reach) ** 2, ETA**2), (left(reach) + ETA, reach), label="length")
    opened = unfold(Co(GRADIENT, INDEX) * Co(Sgn(m), INDEX), p.coordinate(Co(Sgn(m), INDEX)))
    sums = p.sum_mono(p.generalise(opened, INDEX, *COORDINATES))
    step = p.linear(
        k.Le(Val(F, THERE), Val(F, HERE) - ETA * right(sums) + L * ETA**2 / 2),
        *descent(p),
        inner,
        p.inner_linear(right(inner)),
        (ETA, p.by_coordinates(Inner(GRADIENT, Sgn(m)))),
        (ETA, sums),
        (L, square),
        label="one step",
    )
    return p.generalise(step, t, *NOW)


def priced_step(p: Proof, steps: k.Theorem, s: sp.Expr, priced: k.Theorem) -> k.Theorem:
    """E[f(x_{s+1}) | past s] <= f(x_s) - eta |grad|_1 + eta sum of prices + L eta**2/2.

    ``priced``: for all i, |grad_i| - grad_i E[sign(m_i) | past s] <= price_i.
    """
    here, gradient = x(s), Grad(F, x(s))
    p = p.having(p.instantiate(p.fact(ORACLE["x known"], "x known"), s))
    given = p.expect_mono(p.instantiate(steps, s), Past(s))
    opened = p.expect_linear(right(given))
    products = next(e for e in right(opened).atoms(Big))
    q = p.having(*map(k.assume, COORDINATES))
    inside = p.sum_mono(p.generalise(q.expect_linear(products.args[0]), INDEX, *COORDINATES))
    prices = p.sum_mono(priced)
    bound = Val(F, here) - ETA * N1(gradient) + ETA * right(prices) + L * ETA**2 / 2
    return p.linear(
        k.Le(Ex(Val(F, x(s + 1)), Past(s)), bound),
        given,
        opened,
        (ETA, inside),
        (ETA, prices),
        (ETA, p.sum_linear(left(prices))),
        (ETA, p.by_coordinates(N1(gradient))),
        label="conditional step",
    )
