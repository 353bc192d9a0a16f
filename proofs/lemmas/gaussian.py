"""Normal laws: a normal X has E|X| >= sqrt(2/pi) sqrt(E X**2), and batches of normal calls.

For X = s (z + Z) the claim is sqrt(2/pi) sqrt(1 + z**2) <= E|z + Z| = G(z). With c = sqrt(2/pi)
it follows from two derivatives: H(z) = erf(z/sqrt 2) - c z exp(-z**2/2) has H(0) = 0 and
H' = c z**2 exp(-z**2/2) >= 0, and G/sqrt(1 + z**2) has the derivative H/(1 + z**2)**(3/2).
The theory sheet differentiates in y = z/sqrt(1 + z**2) instead; the two are the same function.

Source: theory sheet, section 2 (quadratic with Gaussian noise).
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import ZERO, right
from proofs.lemmas.roots import below
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Big, Ex
from signcheck.proof import Proof

ONE = sp.Integer(1)
FLOOR = sp.sqrt(2 / sp.pi)
"""E|Z| of a standard normal Z."""

Y, R, S, X = k.Sym("y"), k.Sym("r"), k.Sym("s"), k.Sym("X", "random")
_Z = k.Sym("z")


@cache
def pi_positive() -> k.Theorem:
    """333/106 < pi."""
    return k.pi_bound(above=False)


@cache
def floor_below_one() -> k.Theorem:
    """sqrt(2/pi) <= 1."""
    p = Proof(pi_positive())
    square = p.linear(k.Le(FLOOR**2, ONE), (1 / sp.pi, pi_positive()), slack=[1 / sp.pi])
    return below(p, FLOOR, ONE, square)


def folded(z: sp.Expr, scale: sp.Expr) -> sp.Expr:
    """E|scale (z + Z)| for a standard normal Z and scale > 0."""
    return scale * (z * sp.erf(z / sp.sqrt(2)) + FLOOR * _gauss(z))


def _gauss(z: sp.Expr) -> sp.Expr:
    return sp.exp(-(z**2) / 2)


@cache
def _floor_right() -> k.Theorem:
    """For all z >= 0: 1 <= G(z)/(c sqrt(1 + z**2))."""
    p = Proof(pi_positive())
    low = p.assume(k.Le(ZERO, _Z))
    q = p.having(low)
    bend = FLOOR * _Z**2 * _gauss(_Z)
    rising = q.generalise(q.sign_fact(k.Le(ZERO, bend)), _Z, low.concl)
    slope = sp.erf(_Z / sp.sqrt(2)) - FLOOR * _Z * _gauss(_Z)
    up = q.instantiate(p.increasing(rising, slope), _Z)
    ratio = folded(_Z, ONE) / sp.sqrt(1 + _Z**2)
    square = 1 + _Z**2
    rate = slope / sp.sqrt(square) ** 3
    steep = q.linear(k.Le(ZERO, rate), (1 / sp.sqrt(square) ** 3, up), label="slope of the ratio")
    whole = p.increasing(q.generalise(steep, _Z, low.concl), ratio, label="E|z + Z| over its root")
    here = q.instantiate(whole, _Z)
    root = sp.sqrt(square)
    goal = k.Le(FLOOR * root, folded(_Z, ONE))
    return q.generalise(q.linear(goal, (root, here)), _Z, low.concl)


@cache
def folded_floor() -> k.Theorem:
    """sqrt(2/pi) sqrt(1 + z**2) <= E|z + Z|, for every number z."""
    p = Proof(pi_positive())

    def side(q: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            return q.instantiate(_floor_right(), _Z)
        mirrored = q.having(q.linear(k.Le(ZERO, -_Z), case)).instantiate(_floor_right(), -_Z)
        return q.linear(k.Le(FLOOR * sp.sqrt(1 + _Z**2), folded(_Z, ONE)), mirrored)

    return p.split(k.Le(ZERO, _Z), k.Lt(_Z, ZERO), side)


@cache
def normal_size() -> k.Theorem:
    """X normal with mean y r and variance (1-y**2) r**2, y**2 < 1, r > 0: c r <= E|X|."""
    p = Proof(pi_positive())
    p.given(k.Lt(ZERO, R))
    inside = p.given(k.Lt(Y**2, ONE))
    law = p.given(k.normal(X, TRIVIAL, Y * R, (1 - Y**2) * R**2))
    p = p.having(p.linear(k.Lt(ZERO, 1 - Y**2), inside))
    root = sp.sqrt(1 - Y**2)
    scale, z = R * root, Y / root
    stated = k.normal(X, TRIVIAL, scale * z, scale**2)
    c = stated.var
    body = p.instantiate(law, c)
    exponent = p.identity(right(body).args[0], stated.body.rhs.args[0])  # type: ignore[attr-defined]
    moved = p.generalise(p.chain(body, p.monotone(exponent, "exp")), c)
    size = p.folded_normal(moved, X, z, scale)
    floor = p.specialise(folded_floor(), {_Z: z})
    stretch = p.linear(k.Le(R**2, (scale * sp.sqrt(1 + z**2)) ** 2))
    reach = below(p, R, scale * sp.sqrt(1 + z**2), stretch)
    return p.linear(
        k.Le(FLOOR * R, Ex(sp.Abs(X), TRIVIAL)), size, (scale, floor), (FLOOR, reach), label="floor"
    )


# ---------------------------------------------------------------- batches

U, F, V, W = k.Sym("u", "random"), k.Sym("F", "sigma"), k.Sym("v"), k.Sym("w")
B, J, CALL = k.Sym("B", "int"), k.Sym("k", "int"), k.Sym("Y", "fam:random")
IN_BATCH = (k.Le(ZERO, J), k.Lt(J, B))


def noise(deviation: sp.Expr, batch: sp.Expr) -> k.Noise:
    """Normal noise of a standard deviation, for batches of that size."""
    return k.Noise(U, (), (), batch, deviation)


@cache
def batch_transform() -> k.Theorem:
    """E[exp(sum of w Y_k) | F] == exp(B (w u + w**2 v/2)) for independent normal Y_k, k < B."""
    p = Proof()
    p.given(k.Le(ONE, B))
    laws = p.given(k.ForAll(J, IN_BATCH, k.normal(CALL(J), F, U, V)))
    independent = p.given(k.Independent(CALL(J), J, B, F))
    p.given(k.Measurable(U, F))
    total = sp.exp(Big(W * CALL(J), J, ZERO, B))
    product = p.expect_mono(p.exp_law(total), F)
    factors = p.expect_product(independent, sp.exp(W * CALL(J)), B)
    q = p.having(*map(k.assume, IN_BATCH))
    one = q.instantiate(laws, J, W)
    power = p.constant_product(p.generalise(one, J, *IN_BATCH))
    return p.chain(product, factors, power, p.exp_law(right(power)), label="batch of normal calls")
