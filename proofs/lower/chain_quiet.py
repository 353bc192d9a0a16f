"""T8-quiet: without noise, no zero-respecting method finishes a chain of K links in fewer steps.

While t < K every point has |grad f(x_t)|_1 >= lam/be, surely: a step shows one link at most. That
f is in the class is T8-A0 and T8-A1. At p = 1 the gated chain of T8 covers half as many calls.

Source: theory sheet, section 5.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.levels_chain import CHAIN as QUIET_CHAIN
from proofs.assumptions import F, T, lifted
from proofs.lemmas.basics import ZERO, claimed
from proofs.lemmas.chain_bounds import brought
from proofs.lemmas.chain_function import BE, CHAIN, LAM, ONE, SCALES
from proofs.lemmas.chain_gradient import large_gradient
from proofs.lemmas.chain_hidden import (
    IN_CHAIN,
    LINK,
    NOW,
    S,
    last_link,
    no_slope,
    one_link_a_step,
    slope,
    t,
)
from proofs.lower import chain_runs
from proofs.lower.chain import SCALING, UNIT, scales, variant
from signcheck import kernel as k
from signcheck.bound import Bound
from signcheck.kernel.terms import DIM, N1, Big, Co, Grad
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

POINT = k.Sym("x", "fam:vector")
STATIONARITY = N1(Grad(F, POINT(T)))


def seen_before(n: sp.Expr) -> sp.Expr:
    """Sum of |derivative k| over the steps before n: 0 iff none of them showed link k."""
    return Big(sp.Abs(slope(POINT, S)), S, ZERO, n)


# ---------------------------------------------------------------- statement

RESPECTING = k.ForAll(
    t,
    NOW,
    k.ForAll(LINK, IN_CHAIN, k.Eq(Co(POINT(t), LINK) * (1 - sp.sign(seen_before(t))), ZERO)),
)
"""x(t)_k is 0 unless the gradient at some earlier point had a coordinate k."""

STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **{name: formula for name, formula in CHAIN.items() if name not in SCALES},
        "zero-respecting": RESPECTING,
        "T >= 0": k.Le(ZERO, T),
        "T < d": k.Lt(T, DIM),
    },
    conclusion=k.Le(lifted(QUIET_CHAIN.expr, K=DIM), STATIONARITY),
    prepare=scales,
)

# ---------------------------------------------------------------- proof


def now_hidden(p: Proof, before: k.Theorem) -> k.Theorem:
    """For all t <= k < d: x(t)_k == 0, from what was hidden before t."""
    inside = (k.Le(t, LINK), k.Lt(LINK, DIM))
    late, high = map(p.assume, inside)
    q = p.having(late, high, p.linear(k.Le(ZERO, LINK), late, p.fact(NOW[0], "t >= 0")))
    base = q.range_empty(sp.Abs(slope(POINT, S)), S, ZERO, "sum")
    old, first, inner = (
        q.assume(f) for f in (k.Eq(seen_before(S), ZERO), k.Le(ZERO, S), k.Lt(S + 1, t + 1))
    )
    r = q.having(first, q.linear(k.Lt(S, t), inner))
    none = no_slope(r, POINT, before, late)
    here = slope(POINT, S)
    size = r.having(r.linear(k.Le(ZERO, here), none)).function_value(sp.Abs(here))
    grown = r.range_step(seen_before(S + 1))
    step = r.linear(k.Eq(seen_before(S + 1), ZERO), grown, old, size, none, label="not shown")
    every = q.induction(base, step, S, ZERO, t + 1)
    total = q.having(q.linear(k.Lt(t, t + 1), slack=[ONE])).instantiate(every, t)
    flat = q.linear(k.Le(seen_before(t), ZERO), total)
    sign = q.having(flat).function_value(sp.sign(seen_before(t)))
    rule = q.instantiate(p.fact(RESPECTING, "zero-respecting"), t, LINK)
    place = Co(POINT(t), LINK)
    zero = q.linear(k.Eq(place, ZERO), rule, (place, sign), label="not moved")
    return p.generalise(zero, LINK, *inside)


@cache
def progress() -> k.Theorem:
    """For all t >= 0, t <= k < d: x(t)_k == 0; one link a step."""
    p = Proof()
    for formula in (*CHAIN.values(), RESPECTING):
        p.given(formula)
    return one_link_a_step(p, POINT, now_hidden)


def prove(statement: Statement) -> k.Theorem:
    """The last link is hidden at T < d, so the gradient is large there."""
    p = statement.proof()[0]
    early = p.fact(STATEMENT.hypotheses["T < d"], "T < d")
    last = last_link(p, early, progress())
    steep = p.having(last).instantiate(brought(p, large_gradient()), POINT(T))
    lam, be = (p.fact(SCALING[name], name) for name in ("lam", "be"))
    level = p.linear(
        k.Eq(LAM / BE, UNIT / DIM), (1 / BE, lam), (UNIT / (DIM * BE), be), label="scales"
    )
    return p.linear(claimed(statement), steep, level, label="T8-quiet")


T8_QUIET = Theory(
    id="T8-quiet",
    title="zero-respecting methods without noise: |grad f|_1 >= sqrt(L Delta/(11.24*146))/K "
    "for K steps",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: chain_runs.quiet_samples(STATIONARITY),
    notes={"slack": chain_runs.NOT_BEST},
    bound=Bound("T8-quiet", "lower", lambda: (variant(STATEMENT, QUIET_CHAIN),)),
    runs=chain_runs.quiet_runs(STATIONARITY),
)
