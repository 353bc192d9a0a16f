"""T1m (Signum): T1 with momentum beta in (0, 1); the noise term is the smaller of U and V.

U goes through L1-pointwise for the whole error; V through L1 for the fresh call and L1-pointwise
for the past. Source: theory sheet, section 1 (at beta = 0 the method is SignSGD and T1 applies).
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA, ETA, SIGMA, B, F, L, T
from proofs.lemmas.basics import DIM, ZERO, I, above, abs_below, claimed, left, right
from proofs.lemmas.moments import BETA, FIRST, SCALE, fading_sum, geometric
from proofs.lemmas.roots import below
from proofs.lemmas.sign_noise import L1_POINTWISE, A, M
from proofs.lemmas.signs import COORDINATES
from proofs.samples import momentum_samples
from proofs.upper.momentum_parts import (
    DRIFT,
    DRIFT_RULES,
    ERROR,
    ERROR_RULES,
    MOMENTUM,
    START,
    TAIL,
    Parts,
    at_coordinate,
    drift_bound,
    error_is_sum,
    error_size,
    m,
    now,
)
from proofs.upper.oracle import GRADIENT, HERE, ORACLE, SLOPE, THERE, VALUE, t, telescope
from proofs.upper.sign_steps import sign_step
from proofs.upper.signsgd import AVERAGE, NOISE, TOTAL
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

# ---------------------------------------------------------------- statement

LEVEL = NOISE / sp.sqrt(B)
"""s = |sigma|_1/sqrt(B)."""
THROUGH_ERROR = 2 * LEVEL * (sp.sqrt(START) / ((1 - BETA) * T) + sp.sqrt(TAIL))
NOISELESS = DELTA / (ETA * T) + L * ETA / 2 + 2 * L * ETA * BETA / (1 - BETA)

HYPOTHESES = {
    **ORACLE,
    "sigma >= 0": k.ForAll(I, COORDINATES, k.Le(ZERO, SIGMA(I))),
    **MOMENTUM,
}
METHOD = "Signum with constant stepsize, batch and momentum beta in (0, 1)"
STATEMENT_U = Statement(hypotheses=HYPOTHESES, conclusion=k.Le(AVERAGE, NOISELESS + THROUGH_ERROR))

# ---------------------------------------------------------------- through the whole error


def split_error(p: Proof, parts: Parts) -> k.Theorem:
    """For all i: |m_i - grad_i| <= |D_i| + |N_i|."""
    q = at_coordinate(p)
    same = q.instantiate(error_is_sum(p, parts), t)
    error, d, e = left(same), DRIFT(t, I), ERROR(t, I)
    bound = sp.Abs(d) + sp.Abs(e)
    up = q.linear(k.Le(error, bound), same, above(d), above(e))
    down = q.linear(k.Le(-error, bound), same, above(-d), above(-e))
    return q.generalise(abs_below(up, down), I, *COORDINATES)


def expected_error(p: Proof, parts: Parts) -> k.Theorem:
    """sum E|m_i - grad_i| <= beta L eta/(1 - beta) + s (beta**t sqrt(START) + sqrt(TAIL))."""
    total = p.sum_mono(split_error(p, parts))
    split = p.sum_linear(right(total))
    drift = p.instantiate(drift_bound(p, parts), t)
    drifts = p.expect_mono(drift, TRIVIAL)
    taken = p.expect_mono(total, TRIVIAL)
    opened = [p.expect_linear(e) for e in (left(taken), right(taken), *_both(drifts))]
    sizes = p.sum_mono(p.instantiate(error_size(p, parts), t))
    spread = p.sum_linear(right(sizes))
    weight = BETA**t * sp.sqrt(START) + sp.sqrt(TAIL)
    goal = k.Le(right(opened[0]), BETA * L * ETA / (1 - BETA) + NOISE / sp.sqrt(B) * weight)
    split_taken = p.expect_mono(split, TRIVIAL)
    more = [p.expect_linear(e) for e in _both(split_taken)]
    return p.linear(
        goal, taken, drifts, *opened, split_taken, *more, sizes, spread, label="expected error"
    )


def _both(thm: k.Theorem) -> tuple[sp.Expr, sp.Expr]:
    return left(thm), right(thm)


def step_through_error(p: Proof, parts: Parts) -> tuple[k.Theorem, sp.Expr, sp.Expr]:
    """E f(x') <= E f(x) - eta (E|grad|_1 - 2 s beta**t sqrt(START)) + cost."""
    update = p.instantiate(p.fact(MOMENTUM["update"], "update"), t)
    surely = p.instantiate(sign_step(p, m, update), t)
    pointwise = k.specialise(L1_POINTWISE.theorem, {A: SLOPE, M: Co(m(t), I)})
    every = p.sum_mono(p.generalise(pointwise, I, *COORDINATES))
    sums = [p.sum_linear(e) for e in _both(every)]
    norm = p.by_coordinates(N1(GRADIENT))
    errors = Big(sp.Abs(Co(m(t), I) - SLOPE), I, ZERO, DIM)
    bound = Val(F, HERE) - ETA * N1(GRADIENT) + 2 * ETA * errors + L * ETA**2 / 2
    through = p.linear(
        k.Le(Val(F, THERE), bound),
        surely,
        (ETA, every),
        *((ETA, s) for s in (*sums, norm)),
        label="through the error",
    )
    taken = p.expect_mono(through, TRIVIAL)
    decay = NOISE / sp.sqrt(B) * BETA**t * sp.sqrt(START)
    measure = Ex(N1(GRADIENT), TRIVIAL) - 2 * decay
    rest = BETA * L * ETA / (1 - BETA) + NOISE / sp.sqrt(B) * sp.sqrt(TAIL)
    cost = 2 * ETA * rest + L * ETA**2 / 2
    step = p.linear(
        k.Le(Ex(Val(F, THERE), TRIVIAL), VALUE - ETA * measure + cost),
        taken,
        p.expect_linear(right(taken)),
        (ETA, expected_error(p, parts)),
        label="expected step",
    )
    return step, measure, cost


def series_below(p: Proof, steps: sp.Expr) -> k.Theorem:
    """sum over t < steps of beta**t <= 1/(1 - beta)."""
    series = geometric()
    return p.instantiate(k.cut(series, *(f for f in p.facts if f.concl in series.hyps)), steps)


def extra_sum(p: Proof, first: sp.Expr, weight: sp.Expr) -> k.Theorem:
    """sum over t < T of extra_t <= first + weight/(1 - beta), for the scale weight sqrt(START)."""
    scale = weight * sp.sqrt(START)
    series = p.specialise(fading_sum(), {FIRST: first, SCALE: scale})
    held = [*p.facts, p.sign_fact(k.Le(ZERO, scale))]
    series = k.cut(series, *(f for f in held if f.concl in series.hyps))
    one = p.linear(k.Le(START, 1), slack=[TAIL])
    root = below(p, sp.sqrt(START), sp.Integer(1), p.linear(k.Le(sp.sqrt(START) ** 2, 1), one))
    goal = k.Le(left(series), first + weight / (1 - BETA))
    return p.linear(goal, series, (weight / (1 - BETA), root), label="sum of the extra terms")


def smaller(
    statement: Statement, p: Proof, bounds: list[k.Theorem], terms: list[sp.Expr]
) -> k.Theorem:
    """From the bounds with either term: the one with the smaller term."""
    u, v = terms

    def case(q: Proof, _: k.Theorem) -> k.Theorem:
        value = q.function_value(sp.Min(u, v))
        return q.linear(claimed(statement), *bounds, value, label="the smaller of U and V")

    return p.split(k.Le(u, v), k.Lt(v, u), case)


def prepared(statement: Statement) -> tuple[Proof, Parts]:
    """The hypotheses as facts, with 1 - beta > 0, and the two parts of the error."""
    p = statement.proof()[0]
    p = p.having(p.linear(k.Lt(ZERO, 1 - BETA), p.fact(MOMENTUM["beta < 1"], "beta < 1")))
    return p, Parts(p)


def without_parts(thm: k.Theorem) -> k.Theorem:
    """The two parts exist whatever the run: drop their defining equations."""
    for head, rules in ((ERROR, ERROR_RULES), (DRIFT, DRIFT_RULES)):
        thm = k.recursion(thm, head, *rules)
    return thm


def prove_u(statement: Statement) -> k.Theorem:
    """Descent, the error in two parts, telescope, geometric sum."""
    p, parts = prepared(statement)
    step, measure, cost = step_through_error(now(p), parts)
    whole = telescope(p, step, measure, ETA, cost)
    weight = 2 * NOISE / sp.sqrt(B) * sp.sqrt(START)
    split = p.sum_linear(next(e for e in left(whole).atoms(Big) if e.args[1] == t))
    series = series_below(p, T)
    scale = 1 / (ETA * T)
    pieces = [(scale, whole), (1 / T, split), (weight / T, series)]
    return without_parts(p.linear(claimed(statement), *pieces, label="T1m through U"))


T1M_U = Theory(
    id="T1m-U",
    title="Signum through the error: avg <= Delta/(eta T) + L eta/2 + 2 L eta beta/(1-beta) + U",
    kind="upper",
    statement=STATEMENT_U,
    prove=prove_u,
    samples=lambda: momentum_samples(TOTAL, NOISE, BETA),
    bound=upper("T1m-U", METHOD, STATEMENT_U),
)
