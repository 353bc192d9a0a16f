"""T3: SGD with a constant stepsize and batch pays the dimension times the largest noise.

Scope: constant steps and batch, as in T1; step schedules are not covered. The gap between the d of
this bound and the d**2 of T3u is open.

Three statements from one instance: ``T3-sum`` has the sum over the noisy coordinates as the theory
sheet writes it, ``T3`` replaces it by its value at the smallest and the largest share of sigma
(the level that the instance certifies), ``T3-closed`` is the weaker closed form. ``T3-ramps`` is
the case without noise and ``T3-unstable`` the case eta >= 2/L.

Source: theory sheet, section 4.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from hardinstances.levels_sgd import (
    SGD_NOISE_FLOOR,
    SGD_RAMPS,
    STATIONARY_FLOOR,
    STATIONARY_SLOPES,
)
from proofs import experiments
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, SIGMA, B, L, lifted, regime
from proofs.lemmas.basics import ZERO, I, right
from proofs.lemmas.blocks import conclude
from proofs.lemmas.gaussian import FLOOR
from proofs.lemmas.roots import below
from proofs.lower.sgd_instance import (
    COORDINATES,
    CURVE,
    LOW,
    NOISY,
    ON_K,
    POWER_ROOT,
    RADIUS,
    SPENT,
    STABLE,
    TERM,
    TOP,
    A,
    N,
    NoiseFloor,
    V,
    core,
)
from proofs.lower.sgd_quiet import RAMPS_STATEMENT
from proofs.samples import sgd_level_samples
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, lower
from signcheck.kernel.terms import DIM, Big
from signcheck.proof import Proof
from signcheck.sigma import noisiest, noisy, quiet
from signcheck.theory import Sample, Statement, Theory

# ---------------------------------------------------------------- statements

SUM_GAP = k.Le(ZERO, DELTA - SPENT)
SUM_SLOPES = sp.sqrt((DELTA - SPENT) / COORDINATES.rate)
SUM_STATEMENT = Statement(
    hypotheses={**COORDINATES.parameters, **ON_K, "eta l_i < 2": STABLE, "gap": SUM_GAP},
    conclusion=COORDINATES.claim(SUM_SLOPES + Big(TERM, I, ZERO, N)),
)
CLOSED = sp.sqrt(ETA * (1 - DELTA_SHARE) * L * POWER_ROOT**2 / (sp.pi * B))
CLOSED_STATEMENT = SUM_STATEMENT.claiming(COORDINATES.claim(SUM_SLOPES + CLOSED))

# ---------------------------------------------------------------- proofs


def _facts(statement: Statement, problem: NoiseFloor = COORDINATES) -> Proof:
    p = statement.proof()[0]
    return p.having(*problem.ranges(p))


def _finish(
    p: Proof,
    statement: Statement,
    slope: sp.Expr,
    *parts: k.Theorem,
    problem: NoiseFloor = COORDINATES,
) -> k.Theorem:
    """Put a slope and a floor into the core; ``parts``: a bound below the sum, the gap spent."""
    target = statement.conclusion
    assert isinstance(target, k.Attained)
    known, spent = parts
    rest = target.level - slope
    floor = p.linear(k.Le(rest, right(known)), known, label="level")
    positive = p.sign_fact(k.Le(ZERO, slope))
    return conclude(p, core(problem), {A: slope, V: rest}, positive, floor, spent)


def _for_all(p: Proof, prove: Callable[[Proof], k.Theorem]) -> k.Theorem:
    """``prove`` at every i < n, as a for-all."""
    q = p.having(*map(k.assume, NOISY))
    q = q.having(*(q.instantiate(f, I) for f in p.facts if _on_k(f)))
    return p.generalise(prove(q), I, *NOISY)


def _on_k(thm: k.Theorem) -> bool:
    return isinstance(thm.concl, k.ForAll) and thm.concl.guards == NOISY


def sheet_floor(p: Proof) -> k.Theorem:
    """Sum of the sheet's terms <= sum of sqrt(2/pi) l_i s_oo: they are the same numbers."""

    def each(q: Proof) -> k.Theorem:
        root, reach = TERM / FLOOR, CURVE * RADIUS
        same = below(q, root, reach, q.linear(k.Le(root**2, reach**2)))
        return q.linear(k.Le(TERM, FLOOR * reach), (FLOOR, same))

    return p.sum_mono(_for_all(p, each))


def share_floor(p: Proof, value: sp.Expr, low: sp.Expr, shares: k.Theorem | None) -> k.Theorem:
    """value <= sum of sqrt(2/pi) l_i s_oo, where value is its lower bound at the share ``low``.

    ``shares`` proves low S2**2 <= sigma_i**2 on K; without it, low is 0.
    """
    step = ETA * (1 - DELTA_SHARE) * L

    def each(q: Proof) -> k.Theorem:
        small, large = SIGMA(I) ** 2 / POWER_ROOT**2 * value, FLOOR * CURVE * RADIUS
        scale = 2 * step * SIGMA(I) ** 4 / (sp.pi * B * POWER_ROOT**2)
        factor = scale * step / (POWER_ROOT**2 * (2 - ETA * CURVE) * (2 - step * low))
        known = [] if shares is None else [(factor, q.instantiate(shares, I))]
        slack = [factor * SIGMA(I) ** 2] if shares is None else []
        goal = k.Le(small**2, large**2)
        squares = q.linear(goal, *known, slack=slack, label="the smallest share")
        return below(q, small, large, squares)

    sums = p.sum_mono(_for_all(p, each))
    norm = p.fact(ON_K["S2 is the norm on K"], "S2 is the norm on K")
    total = Big(FLOOR * CURVE * RADIUS, I, ZERO, N)
    opened = p.sum_linear(sums.concl.lhs)  # type: ignore[attr-defined]
    return p.linear(
        k.Le(value, total), sums, opened, (value / POWER_ROOT**2, norm), label="floor of the sum"
    )


def sum_gap(p: Proof) -> k.Theorem:
    """The slope of the sheet spends exactly what the quadratics leave."""
    return p.linear(
        k.Le(SUM_SLOPES**2 * COORDINATES.rate + SPENT, DELTA), label="slope spends the rest"
    )


def prove_sum(statement: Statement) -> k.Theorem:
    """The core at the sheet's slope and sum."""
    p = _facts(statement)
    return _finish(p, statement, SUM_SLOPES, sheet_floor(p), sum_gap(p))


def prove_closed(statement: Statement) -> k.Theorem:
    """The same slope; in the sum 2 - eta l_i <= 2."""
    p = _facts(statement)
    return _finish(p, statement, SUM_SLOPES, share_floor(p, CLOSED, ZERO, None), sum_gap(p))


# ---------------------------------------------------------------- the certified level

SHARES: dict[str, k.Formula] = {
    "low": k.ForAll(I, NOISY, k.Le(LOW * POWER_ROOT**2, SIGMA(I) ** 2)),
    "top": k.ForAll(I, NOISY, k.Le(SIGMA(I) ** 2, TOP * POWER_ROOT**2)),
}


def floor_statement(problem: NoiseFloor) -> Statement:
    """The level that the instance certifies, for a problem on so many coordinates."""
    shares = {f"share {'>=' if n == 'low' else '<='} {n}": f for n, f in SHARES.items()}
    last = regime(SGD_NOISE_FLOOR, "low <= top", "stable", "gap", **problem.symbols)
    return Statement(
        hypotheses={**problem.parameters, **ON_K, **shares, **last},
        conclusion=problem.claim(lifted(SGD_NOISE_FLOOR.expr, **problem.symbols)),
    )


STATEMENT = floor_statement(COORDINATES)


def prove(statement: Statement) -> k.Theorem:
    """The level on all coordinates of the space."""
    return prove_floor(statement, COORDINATES)


def prove_floor(statement: Statement, problem: NoiseFloor) -> k.Theorem:
    """The core at the slope and the floor that the smallest and the largest share allow."""
    p, own = _facts(statement, problem), floor_statement(problem)

    def named(name: str) -> k.Theorem:
        return p.fact(own.hypotheses[name], name)

    step = ETA * (1 - DELTA_SHARE) * L
    low, top = named("share >= low"), named("share <= top")
    steady = p.linear(k.Lt(ZERO, 2 - step * TOP), named("stable"))
    p = p.having(steady)
    p = p.having(p.linear(k.Lt(ZERO, 2 - step * LOW), steady, (step, named("low <= top"))))

    def each(q: Proof) -> k.Theorem:
        factor = step / POWER_ROOT**2
        return q.linear(k.Lt(ETA * CURVE, 2), steady, (factor, q.instantiate(top, I)))

    p = p.having(_for_all(p, each))
    slope, value = (
        lifted(part, **problem.symbols) for part in (STATIONARY_SLOPES, STATIONARY_FLOOR)
    )
    floor, spent = share_floor(p, value, LOW, low), share_gap(p, slope, top, problem)
    return _finish(p, statement, slope, floor, spent, problem=problem)


def share_gap(p: Proof, slope: sp.Expr, top: k.Theorem, problem: NoiseFloor) -> k.Theorem:
    """The quadratics spend at most what they would at the largest share."""
    step = ETA * (1 - DELTA_SHARE) * L
    room = 2 - step * TOP

    def each(q: Proof) -> k.Theorem:
        term = SPENT.args[0]
        factor = ETA * SIGMA(I) ** 2 * step / (2 * B * POWER_ROOT**2 * room * (2 - ETA * CURVE))
        goal = k.Le(term, ETA * SIGMA(I) ** 2 / (2 * B * room))
        return q.linear(goal, (factor, q.instantiate(top, I)), label="the largest share")

    sums = p.sum_mono(_for_all(p, each))
    norm = p.fact(ON_K["S2 is the norm on K"], "S2 is the norm on K")
    opened = p.sum_linear(right(sums))
    spent = (ETA / (2 * B * room), norm)
    goal = k.Le(slope**2 * problem.rate + SPENT, DELTA)
    return p.linear(goal, sums, opened, spent, label="gap spent")


# ---------------------------------------------------------------- theories


def _single(term: sp.Expr) -> sp.Expr:
    """A sum over K when there is one noisy coordinate, sigma_i = S2."""
    return term.args[0].xreplace({SIGMA(I): POWER_ROOT})


SUMS = (Big(SIGMA(I) ** 2, I, ZERO, N), SPENT, Big(TERM, I, ZERO, N))
METHOD = "SGD with constant eta, batch B"


def floor_bound(theorem: str, floor: Statement, ramps: Statement, size: sp.Expr) -> Bound:
    """The certified levels with and without noise, where ``size`` counts the coordinates."""
    names = {N: sp.Symbol("k"), size: sp.Symbol("d")}

    def variants() -> tuple[Variant, ...]:
        return (
            lower(
                floor,
                SGD_NOISE_FLOOR,
                "noise floor",
                noisy,
                names=names,
                choose=noisiest,
                chosen=frozenset({"k"}),
            ),
            lower(ramps, SGD_RAMPS, "no noise", quiet, names=names),
        )

    return Bound(theorem, "lower", variants)


def floor_samples() -> list[Sample]:
    """Runs with one noisy coordinate, sums over K included."""
    return sgd_level_samples(POWER_ROOT, TOP, LOW, N, {s: _single(s) for s in SUMS})


OPEN = (
    "not tight: between the noise floor and T3u from above lies a factor of the dimension, an open "
    "gap, and delta and the shares are free"
)
T3 = Theory(
    id="T3",
    title=f"{METHOD}: min_t E|grad f|_1 >= A + |sigma_K|_2 sqrt(2 l/(pi B (2 - eta l low)))",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=floor_samples,
    notes={"slack": OPEN},
    bound=floor_bound("T3", STATEMENT, RAMPS_STATEMENT, DIM),
    runs=experiments.SGD_FLOOR,
)
T3_SUM = Theory(
    id="T3-sum",
    title=f"{METHOD}: min_t E|grad f|_1 >= A + sum over K of sqrt(2/pi) l_i s_i",
    kind="lower",
    statement=SUM_STATEMENT,
    prove=prove_sum,
    samples=floor_samples,
    notes={"slack": OPEN},
)
T3_CLOSED = Theory(
    id="T3-closed",
    title=f"{METHOD}: min_t E|grad f|_1 >= A + sqrt(eta (1-delta) L |sigma_K|_2^2/(pi B))",
    kind="lower",
    statement=CLOSED_STATEMENT,
    prove=prove_closed,
    samples=floor_samples,
    notes={"slack": OPEN},
)
