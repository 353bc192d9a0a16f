"""T7 (SGD on matrices): rank-one noise costs SGD a factor r - 1 that Muon does not pay.

The embedding of T6 for the instance of T3 with one noisy singular value: a quadratic with Gaussian
noise, started at its stationary size, and r - 1 noiseless ramps. Against T5 (32 L Delta
|Sigma|_*^2/eps^4 calls) its (16/pi)(r - 1) L Delta |Sigma|_F^2/eps^4 is larger from r = 8 on.
Scope: constant steps and batch. Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import Any

import sympy as sp

from hardinstances.errors import InputError
from hardinstances.levels_sgd import SGD_NOISE_FLOOR, STATIONARY_FLOOR, STATIONARY_SLOPES
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T, at_least_one, lifted, positive
from proofs.lemmas import gaussian
from proofs.lemmas.basics import ZERO
from proofs.lemmas.blocks import conclude
from proofs.lemmas.gaussian import FLOOR
from proofs.lemmas.roots import below
from proofs.lower.dynamics import SGD, SGD_SURE, t
from proofs.lower.muon import RANK
from proofs.lower.sgd_instance import QUIET, A, J, constant, quadratic_block, ramp_block
from proofs.samples.matrix import rank_one_samples
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, lower
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
from signcheck.sigma import Numbers
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
SIGMA = k.Sym("sigma")
"""The one non-zero singular value of Sigma."""
_X, _U, _G = (k.Sym(name, "fam:rvector") for name in "xug")

MATRIX_SGD = k.Dynamics(
    name="SGD(eta, B) on matrices",
    position=_X,
    slope=_U,
    rules=(k.ForAll(t, (k.Le(ZERO, t),), k.Eq(_X(t + 1), _X(t) - ETA * _G(t))),),
    batch=B,
)
"""X(t+1) = X(t) - eta G(t) with the mean G of B oracle calls."""

_ONE_NOISY = {sp.Symbol(name): ONE for name in ("k", "top", "low")}


def _rank_one(expression: sp.Expr) -> sp.Expr:
    """A formula of T3 for one noisy coordinate, which has all of the noise."""
    return expression.subs(_ONE_NOISY)


LEVEL = replace(
    SGD_NOISE_FLOOR,
    name="sgd-noise-floor-matrix",
    theorem="T7",
    expr=_rank_one(SGD_NOISE_FLOOR.expr),
    symbols=MappingProxyType(
        {n: x for n, x in SGD_NOISE_FLOOR.symbols.items() if n not in ("k", "top", "low")}
    ),
    integers=SGD_NOISE_FLOOR.integers - {"k"},
    regime=tuple(
        replace(
            c,
            expr=_rank_one(c.expr),
            parts=tuple(replace(part, expr=_rank_one(part.expr)) for part in c.parts),
        )
        for c in SGD_NOISE_FLOOR.regime
        if _rank_one(c.expr).free_symbols
    ),
)
"""The level of the hard instance with one noisy singular value; d stands for r."""
OF_SIGMA = {"S2": SIGMA, "d": RANK}

CURVE = (1 - DELTA_SHARE) * L
ROOM = 2 - ETA * CURVE
RADIUS = sp.sqrt(ETA * SIGMA**2 / (B * CURVE * ROOM))
SPENT = ETA * SIGMA**2 / (2 * B * ROOM)
RATE = ETA * (T - 1) / (RANK - 1) + 1 / (2 * DELTA_SHARE * L)
SLOPE, VALUE = (
    lifted(_rank_one(part), **OF_SIGMA) for part in (STATIONARY_SLOPES, STATIONARY_FLOOR)
)

# ---------------------------------------------------------------- statement


def ranges(p: Proof) -> list[k.Theorem]:
    """What follows from the ranges of the parameters alone."""

    def named(name: str) -> k.Theorem:
        return p.fact(STATEMENT.hypotheses[name], name)

    found = [
        gaussian.pi_positive(),
        p.linear(k.Lt(ZERO, 1 - DELTA_SHARE), named("delta < 1")),
        p.linear(k.Le(ZERO, T - 1), named("T >= 1")),
        p.linear(k.Lt(ZERO, RANK - 1), named("r >= 2")),
    ]
    return [*found, p.linear(k.Lt(ZERO, ROOM), named("eta l < 2"))]


STATEMENT = Statement(
    hypotheses={
        **positive(L, ETA, SIGMA, DELTA_SHARE),
        **at_least_one(T, B),
        "delta < 1": k.Lt(DELTA_SHARE, ONE),
        "r >= 2": k.Lt(ONE, RANK),
        "eta l < 2": k.Lt(ETA * CURVE, 2),
        "gap": k.Le(ZERO, DELTA - SPENT),
    },
    prepare=ranges,
    conclusion=k.Attained(
        L,
        DELTA,
        (SIGMA, Big(QUIET(J), J, ZERO, RANK - 1)),
        MATRIX_SGD,
        T,
        lifted(LEVEL.expr, **OF_SIGMA),
        sure=False,
        matrices=True,
    ),
)

# ---------------------------------------------------------------- proof


def prove(statement: Statement) -> k.Theorem:
    """The instance for any slope A that the gap allows, then the slope that spends it; embed."""
    p = statement.proof()[0]
    p = p.having(*ranges(p))
    target = statement.conclusion
    assert isinstance(target, k.Attained)
    q = Proof(*p.facts)
    q.given(k.Le(ZERO, A))
    spent = q.given(k.Le(A**2 * RATE + SPENT, DELTA))
    claim = replace(target, dynamics=SGD, matrices=False, level=A + VALUE)
    noisy, quiet = quadratic_block(q, (CURVE, RADIUS), SIGMA), ramp_block(q, RANK - 1)
    curve, gap = (
        (constant(getattr(noisy, name)), quiet.total(constant(getattr(quiet, name))))
        for name in ("lipschitz", "gap")
    )
    slopes = quiet.total(A / (RANK - 1))
    reach = FLOOR * CURVE * RADIUS
    floor = below(q, VALUE, reach, q.linear(k.Le(VALUE**2, reach**2), label="floor"))
    totals = [
        q.linear(k.Le(sum(curve), L), q.sum_linear(curve[1]), label="curvature budget"),
        q.linear(k.Le(sum(gap), DELTA), q.sum_linear(gap[1]), spent, label="gap budget"),
        q.linear(k.Le(claim.level, reach + slopes), floor, q.sum_linear(slopes), label="level"),
    ]
    inner = q.witness(claim, [noisy, quiet], totals, SGD_SURE, label="T7")
    enough = p.linear(k.Le(SLOPE**2 * RATE + SPENT, DELTA), label="slope spends the rest")
    positive_slope = p.sign_fact(k.Le(ZERO, SLOPE))
    return k.embed(conclude(p, inner, {A: SLOPE}, positive_slope, enough), MATRIX_SGD)


def _largest(sigma: Any) -> Numbers:
    """The class grows with the noise: the largest singular value alone is a member."""
    if sigma.size < 2 or not sigma.any():
        raise InputError("T7 needs two singular values of Sigma, and one that is not zero.")
    return {"S2": float(sigma.max()), "d": int(sigma.size)}


def _variant() -> Variant:
    names = {SIGMA: sp.Symbol("S2"), RANK: sp.Symbol("d")}
    return lower(STATEMENT, LEVEL, "rank-one noise", _largest, names=names)


T7 = Theory(
    id="T7",
    title="SGD on matrices, rank-one noise: min_t E|grad f|_* >= A + sqrt(2/pi) l s_oo",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: rank_one_samples(SIGMA, RANK),
    bound=Bound("T7", "lower", lambda: (_variant(),)),
)
