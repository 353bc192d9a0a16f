"""T7 (SGD on matrices): rank-one noise costs SGD a factor r - 1 that Muon does not pay.

The embedding of T6 for the instance of T3 with one noisy singular value: a quadratic with Gaussian
noise, started at its stationary size, and r - 1 noiseless ramps. Against T5 (32 L Delta
|Sigma|_*^2/eps^4 calls) its (16/pi)(r - 1) L Delta |Sigma|_F^2/eps^4 is larger from r = 8 on.
Scope: constant steps and batch. Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from hardinstances.profiles import QUADRATIC, RAMP
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, B, L, T, at_least_one, positive
from proofs.lemmas import bricks, gaussian
from proofs.lemmas.basics import ZERO
from proofs.lemmas.blocks import bring, conclude
from proofs.lemmas.gaussian import FLOOR
from proofs.lower import sgd_paths as paths
from proofs.lower.dynamics import SGD, SGD_SURE, t
from proofs.lower.muon import RANK
from proofs.lower.sgd_instance import QUIET, A, J
from proofs.samples.matrix import rank_one_samples
from signcheck import kernel as k
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
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

CURVE = (1 - DELTA_SHARE) * L
ROOM = 2 - ETA * CURVE
RADIUS = sp.sqrt(ETA * SIGMA**2 / (B * CURVE * ROOM))
SPENT = ETA * SIGMA**2 / (2 * B * ROOM)
RATE = ETA * (T - 1) / (RANK - 1) + 1 / (2 * DELTA_SHARE * L)
SLOPE = sp.sqrt((DELTA - SPENT) / RATE)

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
        SLOPE + FLOOR * CURVE * RADIUS,
        sure=False,
        matrices=True,
    ),
)

# ---------------------------------------------------------------- proof


def blocks(p: Proof) -> list[k.Block]:
    """One noisy quadratic, r - 1 equal long ramps whose slopes add up to A."""
    path = p.specialise(
        paths.stationary(),
        {paths.CURVE: CURVE, paths.RADIUS: RADIUS, paths.DEVIATION: SIGMA},
    )
    own = [p.sign_fact(h) for h in path.hyps if isinstance(h, k.Le | k.Lt)]
    equal = [h for h in path.hyps if isinstance(h, k.Eq) and not h.free() & SGD.private()]
    own += [p.identity(h.lhs, h.rhs) for h in equal]
    swing, count = (CURVE, RADIUS), RANK - 1
    ramp = (A / count, DELTA_SHARE * L / count, ETA * A / count * (T - 1))
    return [
        k.Block(
            QUADRATIC,
            swing,
            SIGMA,
            bring(p, bricks.lipschitz("quadratic"), "quadratic", swing),
            bring(p, bricks.gap("quadratic"), "quadratic", swing),
            k.cut(path, *own),
            noise=gaussian.noise(SIGMA, B),
            variance=(p.sign_fact(k.Le(ZERO, SIGMA)),),
        ),
        k.Block(
            RAMP,
            ramp,
            QUIET(J),
            bring(p, bricks.lipschitz("ramp"), "ramp", ramp),
            bring(p, bricks.gap("ramp"), "ramp", ramp),
            paths.ramp_path(p, ramp),
            index=J,
            count=count,
        ),
    ]


def _constant(thm: k.Theorem) -> sp.Expr:
    assert isinstance(thm.concl, k.Lipschitz)
    return thm.concl.constant


def prove(statement: Statement) -> k.Theorem:
    """The instance for any slope A that the gap allows, then the slope that spends it; embed."""
    p = statement.proof()[0]
    p = p.having(*ranges(p))
    target = statement.conclusion
    assert isinstance(target, k.Attained)
    floor = target.level - SLOPE
    q = Proof(*p.facts)
    q.given(k.Le(ZERO, A))
    spent = q.given(k.Le(A**2 * RATE + SPENT, DELTA))
    claim = replace(target, dynamics=SGD, matrices=False, level=A + floor)
    noisy, quiet = blocks(q)
    curve, gap = (
        (_constant(getattr(noisy, name)), quiet.total(_constant(getattr(quiet, name))))
        for name in ("lipschitz", "gap")
    )
    slopes = quiet.total(A / (RANK - 1))
    reach = FLOOR * CURVE * RADIUS
    totals = [
        q.linear(k.Le(sum(curve), L), q.sum_linear(curve[1]), label="curvature budget"),
        q.linear(k.Le(sum(gap), DELTA), q.sum_linear(gap[1]), spent, label="gap budget"),
        q.linear(k.Le(claim.level, reach + slopes), q.sum_linear(slopes), label="level"),
    ]
    inner = q.witness(claim, [noisy, quiet], totals, SGD_SURE, label="T7")
    enough = p.linear(k.Le(SLOPE**2 * RATE + SPENT, DELTA), label="slope spends the rest")
    positive_slope = p.sign_fact(k.Le(ZERO, SLOPE))
    return k.embed(conclude(p, inner, {A: SLOPE}, positive_slope, enough), MATRIX_SGD)


T7 = Theory(
    id="T7",
    title="SGD on matrices, rank-one noise: min_t E|grad f|_* >= A + sqrt(2/pi) l s_oo",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: rank_one_samples(SIGMA, RANK),
)
