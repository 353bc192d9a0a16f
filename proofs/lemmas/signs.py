"""A step along the sign of a vector: <u, sgn u> = |u|_1 and |eta sgn u|_oo <= eta."""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.lemmas.basics import (
    DIM,
    ZERO,
    I,
    U,
    Z,
    abs_is_sign,
    abs_of_multiple,
    sign_bounded,
    unfold,
)
from signcheck import kernel as k
from signcheck.kernel.terms import N1, Co, Inner, Sgn
from signcheck.proof import Proof

COORDINATES = (k.Le(ZERO, I), k.Lt(I, DIM))
ETA = k.Sym("eta")


@cache
def inner_with_sign() -> k.Theorem:
    """<u, sgn u> == |u|_1."""
    p = Proof()
    product = Co(U, I) * Co(Sgn(U), I)
    same = unfold(product, p.coordinate(Co(Sgn(U), I)), k.specialise(abs_is_sign(), {Z: Co(U, I)}))
    sums = p.sum_mono(p.generalise(same, I, *COORDINATES))
    goal = k.Eq(Inner(U, Sgn(U)), N1(U))
    return p.linear(goal, p.by_coordinates(Inner(U, Sgn(U))), sums, p.by_coordinates(N1(U)))


@cache
def length_of_sign_step() -> k.Theorem:
    """0 <= eta |- |-eta sgn u|_oo <= eta."""
    p = Proof()
    p.given(k.Le(ZERO, ETA))
    z = Co(U, I)
    here = -ETA * Sgn(U)
    size = k.specialise(abs_of_multiple(), {k.Sym("s"): ETA, Z: sp.sign(z)})
    opened = unfold(sp.Abs(Co(here, I)), p.coordinate(Co(here, I)), size)
    bound = k.specialise(sign_bounded(), {Z: z})
    each = p.linear(k.Le(sp.Abs(Co(here, I)), ETA), opened, (ETA, bound))
    return p.norm_from_coordinates(p.generalise(each, I, *COORDINATES))
