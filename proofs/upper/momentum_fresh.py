"""T1m through V: L1 for the fresh call, L1-pointwise for the past; and the smaller of U and V.

Source: theory sheet, section 1.
"""

from __future__ import annotations

import sympy as sp

from proofs import experiments
from proofs.assumptions import ETA, SIGMA, B, F, L, T
from proofs.lemmas import moments
from proofs.lemmas.basics import (
    DIM,
    ZERO,
    I,
    Z,
    above,
    abs_below,
    claimed,
    left,
    minus_above,
    right,
)
from proofs.lemmas.moments import (
    BETA,
    EXTRA,
    FADING,
    W,
    damped,
    sign_mean_within_one,
)
from proofs.lemmas.sign_noise import L1, A, S
from proofs.lemmas.sign_noise import F as GIVEN
from proofs.lemmas.sign_noise import Y as DRAW
from proofs.lemmas.signs import COORDINATES
from proofs.samples import momentum_samples
from proofs.upper.momentum import (
    HYPOTHESES,
    LEVEL,
    METHOD,
    NOISELESS,
    T1M_U,
    THROUGH_ERROR,
    extra_sum,
    prepared,
    smaller,
    without_parts,
)
from proofs.upper.momentum_parts import (
    DRIFT,
    ERROR,
    MOMENTUM,
    START,
    TAIL,
    Parts,
    at_coordinate,
    direction_known,
    drift_bound,
    error_is_sum,
    error_size,
    gradient_moves,
    m,
    now,
    slope,
)
from proofs.upper.oracle import GRADIENT, NOW, batch_moments, g, t, telescope, x
from proofs.upper.sign_steps import priced_step, sign_step
from proofs.upper.signsgd import AVERAGE, NOISE, TOTAL
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Grad, Past, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

# ---------------------------------------------------------------- statements

THROUGH_FRESH = LEVEL * ((1 - BETA) + 2 * BETA * sp.sqrt(TAIL) + (BETA + 2 * BETA / (1 - BETA)) / T)

STATEMENT_V = Statement(hypotheses=HYPOTHESES, conclusion=k.Le(AVERAGE, NOISELESS + THROUGH_FRESH))
STATEMENT = Statement(
    hypotheses=HYPOTHESES,
    conclusion=k.Le(AVERAGE, NOISELESS + sp.Min(THROUGH_ERROR, THROUGH_FRESH)),
)

WEIGHT = 2 * BETA * LEVEL
EXTRA_VALUES = {moments.FIRST: BETA * LEVEL, moments.SCALE: WEIGHT * sp.sqrt(START)}
EXTRA_RULES = tuple(rule.subst(EXTRA_VALUES) for rule in FADING)
"""What the noise term of V exceeds its limit by at step t."""

STEADY = (1 - BETA) * LEVEL + 2 * BETA * L * ETA / (1 - BETA) + 2 * BETA * LEVEL * sp.sqrt(TAIL)

# ---------------------------------------------------------------- prices


def start_price(p: Proof) -> k.Theorem:
    """For all i: |grad_i| - grad_i E[sign(m_i) | past] <= sigma_i/sqrt(B) at step 0."""
    q = at_coordinate(p)
    mean, spread = (_at(q, thm, ZERO) for thm in batch_moments(now(q)))
    starts = q.instantiate(q.fact(MOMENTUM["momentum starts"], "momentum starts"), I)
    past, s = Past(0), SIGMA(I) / sp.sqrt(B)
    lemma = q.specialise(L1.theorem, {A: slope(ZERO), DRAW: Co(g(0), I), S: s, GIVEN: past})
    variance = q.linear(k.Le(left(spread), s**2), spread)
    lemma = k.cut(lemma, q.sign_fact(k.Le(0, s)), mean, variance)
    back = q.linear(k.Eq(right(starts), left(starts)), starts)
    return q.generalise(q.rewrite(lemma, back), I, *COORDINATES)


def _at(p: Proof, thm: k.Theorem, s: sp.Expr) -> k.Theorem:
    return p.instantiate(p.generalise(thm, t, *NOW), s)


def later_price(p: Proof, parts: Parts) -> k.Theorem:
    """For all i the price at step t + 1: (1-beta) sigma_i/sqrt(B) + 2 beta (|D|+|N|+|change|)."""
    q = at_coordinate(p)
    q = q.having(q.linear(k.Le(ZERO, t + 1), q.fact(k.Le(ZERO, t), "t >= 0"), slack=[1]))
    s, past = t + 1, Past(t + 1)
    mean, spread = (_at(q, thm, s) for thm in batch_moments(now(at_coordinate(p))))
    old = q.instantiate(direction_known(p), t)
    seen = q.instantiate(q.fact(HYPOTHESES["x known"], "x known"), s)
    r = q.having(old, seen)
    moved = q.instantiate(q.fact(MOMENTUM["momentum"], "momentum"), t, I)
    centre = BETA * Co(m(t), I) + (1 - BETA) * slope(s)
    new, bound = Co(m(s), I), (1 - BETA) * SIGMA(I) / sp.sqrt(B)
    m_mean = _mean_of_direction(r, moved, mean, new, centre, past)
    square = q.linear(
        k.Eq((new - centre) ** 2, (1 - BETA) ** 2 * (Co(g(s), I) - slope(s)) ** 2),
        (new - centre + (1 - BETA) * (Co(g(s), I) - slope(s)), moved),
    )
    taken = q.expect_mono(square, past)
    apart = [r.expect_linear(e) for e in (right(taken), left(spread))]
    scale = (1 - BETA) ** 2
    variance = q.linear(
        k.Le(left(taken), bound**2), taken, apart[0], (scale, apart[1]), (scale, spread)
    )
    lemma = q.specialise(L1.theorem, {A: centre, DRAW: new, S: bound, GIVEN: past}, label="L1")
    lemma = k.cut(lemma, q.sign_fact(k.Le(0, bound)), m_mean, variance)
    price = _shifted(q, parts, lemma, centre, new, past)
    return p.generalise(price, I, *COORDINATES)


def _mean_of_direction(
    r: Proof, moved: k.Theorem, mean: k.Theorem, new: sp.Expr, centre: sp.Expr, past: sp.Expr
) -> k.Theorem:
    taken = r.expect_mono(moved, past)
    opened = r.expect_linear(right(taken))
    return r.linear(k.Eq(Ex(new, past), centre), taken, opened, (1 - BETA, mean))


def _shifted(
    q: Proof, parts: Parts, lemma: k.Theorem, centre: sp.Expr, new: sp.Expr, past: sp.Expr
) -> k.Theorem:
    """From the price at the centre to the price at the gradient: 2 |centre - grad| more."""
    s, bias = t + 1, Ex(sp.sign(new), past)
    same = q.instantiate(error_is_sum(q, parts), t)
    terms = (DRIFT(t, I), ERROR(t, I), slope(t) - slope(s))
    far = BETA * sp.Add(*(sp.Abs(z) for z in terms))
    gap = centre - slope(s)
    up = q.linear(k.Le(gap, far), (BETA, same), *((BETA, above(z)) for z in terms))
    down = q.linear(k.Le(-gap, far), (BETA, same), *((BETA, above(-z)) for z in terms))
    size = abs_below(up, down)
    turned = k.cut(q.specialise(damped(), {Z: gap, W: bias}), sign_mean_within_one(q, new, past))
    beyond = sp.Abs(centre) + far
    reach = abs_below(
        q.linear(k.Le(slope(s), beyond), above(centre), down),
        q.linear(k.Le(-slope(s), beyond), minus_above(centre), up),
    )
    cost = (1 - BETA) * SIGMA(I) / sp.sqrt(B) + 2 * far
    goal = k.Le(sp.Abs(slope(s)) - slope(s) * bias, cost)
    return q.linear(goal, lemma, reach, turned, size, label="price of a step")


# ---------------------------------------------------------------- steps


def value_at(s: sp.Expr) -> sp.Expr:
    """E f(x_s)."""
    return Ex(Val(F, x(s)), TRIVIAL)


def claim(s: sp.Expr) -> k.Le:
    """E f(x_{s+1}) <= E f(x_s) - eta (E|grad|_1 - extra_s) + eta STEADY + L eta**2/2."""
    measure = Ex(N1(Grad(F, x(s))), TRIVIAL) - EXTRA(s)
    return k.Le(value_at(s + 1), value_at(s) - ETA * measure + ETA * STEADY + L * ETA**2 / 2)


def first_step(p: Proof, steps: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """The claim at step 0, where the direction is the batch mean."""
    conditional = priced_step(p, steps, ZERO, start_price(p))
    prices = p.sum_linear(Big(SIGMA(I) / sp.sqrt(B), I, ZERO, DIM))
    taken = p.expect_mono(conditional, TRIVIAL)
    opened = [p.tower(left(taken)), p.expect_linear(right(taken))]
    spare = [2 * ETA * BETA * L * ETA / (1 - BETA), ETA * BETA * LEVEL * sp.sqrt(TAIL)]
    return p.linear(
        claim(ZERO), taken, *opened, (ETA, prices), (ETA, extra), slack=spare, label="first step"
    )


def later_step(p: Proof, parts: Parts, steps: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """The claim at step t + 1."""
    q = now(p)
    s = t + 1
    q = q.having(q.linear(k.Le(ZERO, s), q.facts[-1], slack=[1]))
    price = later_price(q, parts)
    conditional = priced_step(q, steps, s, price)
    summed = k.sum_mono(price)
    split = q.sum_linear(right(summed))
    taken = q.expect_mono(conditional, TRIVIAL)
    split_taken = q.expect_mono(split, TRIVIAL)
    drift = q.expect_mono(q.instantiate(drift_bound(p, parts), t), TRIVIAL)
    moves = q.expect_mono(gradient_moves(q), TRIVIAL)
    sizes = q.sum_mono(q.instantiate(error_size(p, parts), t))
    spread = q.sum_linear(right(sizes))
    both = [e for thm in (split_taken, drift, moves) for e in (left(thm), right(thm))]
    opened = [q.expect_linear(e) for e in both]
    scale = 2 * BETA * ETA
    pieces = [(scale, thm) for thm in (drift, moves, sizes, spread, *opened[2:])]
    pieces += [(ETA, split_taken), (ETA, opened[0]), (ETA, opened[1])]
    here = q.instantiate(extra, t)
    ends = [q.tower(left(taken)), q.expect_linear(right(taken))]
    return q.linear(claim(s), taken, *ends, *pieces, (ETA, here), label="later step")


def prove_v(statement: Statement) -> k.Theorem:
    """Price the first step and the later ones, telescope, sum what is extra."""
    p, parts = prepared(statement)
    rules = [p.assume(f) for f in EXTRA_RULES]
    update = p.instantiate(p.fact(MOMENTUM["update"], "update"), t, facts=now(p).facts)
    steps = sign_step(now(p), m, update)
    base = first_step(p, steps, rules[0])
    step = later_step(p, parts, steps, rules[1])
    every = p.induction(base, step, t, ZERO, None, label="every step")
    here = now(p).instantiate(every, t)
    measure = Ex(N1(GRADIENT), TRIVIAL) - EXTRA(t)
    whole = telescope(p, here, measure, ETA, ETA * STEADY + L * ETA**2 / 2)
    total = next(e for e in left(whole).atoms(Big) if e.args[1] == t)
    pieces = [
        (1 / (ETA * T), whole),
        (1 / T, p.sum_linear(total)),
        (1 / T, extra_sum(p, BETA * LEVEL, WEIGHT)),
    ]
    thm = p.linear(claimed(statement), *pieces, label="T1m through V")
    return without_parts(k.recursion(thm, EXTRA, *EXTRA_RULES))


def prove(statement: Statement) -> k.Theorem:
    """The smaller of the two."""
    p, _ = prepared(statement)
    bounds = [T1M_U.theorem, T1M_V.theorem]
    return smaller(statement, p, bounds, [THROUGH_ERROR, THROUGH_FRESH])


T1M_V = Theory(
    id="T1m-V",
    title="Signum, fresh call: avg <= Delta/(eta T) + L eta/2 + 2 L eta beta/(1-beta) + V",
    kind="upper",
    statement=STATEMENT_V,
    prove=prove_v,
    samples=lambda: momentum_samples(TOTAL, NOISE, BETA),
    bound=upper("T1m-V", METHOD, STATEMENT_V),
)
T1M = Theory(
    id="T1m",
    title="Signum: avg <= Delta/(eta T) + L eta/2 + 2 L eta beta/(1-beta) + min(U, V)",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: momentum_samples(TOTAL, NOISE, BETA),
    notes={
        "slack": "not tight: L1-pointwise pays the noise of past steps with the constant 2, "
        "and no member is known that attains the drift of the average beside it",
    },
    bound=upper("T1m", METHOD, STATEMENT),
    runs=experiments.MOMENTUM,
)
