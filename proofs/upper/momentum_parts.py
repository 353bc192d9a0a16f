"""The two parts of Signum's error m_t - grad f(x_t): the drift of the gradient and the noise.

Both are sequences defined by recursion; together they are the error. Source: theory sheet,
section 1 (proof of T1m).
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import ETA, SIGMA, B, F, L
from proofs.lemmas.basics import DIM, ZERO, I, U, Z, above, abs_below, left, right, unfold
from proofs.lemmas.moments import BETA, S, first_moment
from proofs.lemmas.moments import F as GIVEN
from proofs.lemmas.signs import COORDINATES, length_of_sign_step
from proofs.lemmas.signs import ETA as SCALE
from proofs.upper.oracle import HERE, NOW, ORACLE, THERE, always, batch_moments, g, t, x
from signcheck import kernel as k
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Grad, Noo, Past, Sgn
from signcheck.proof import Premise, Proof

m = k.Sym("m", "fam:rvector")
DRIFT, ERROR = k.Sym("D", "fam:random"), k.Sym("N", "fam:random")
n = k.Sym("n", "int")


def slope(s: sp.Expr) -> sp.Expr:
    """Coordinate i of the gradient at step s."""
    return Co(Grad(F, x(s)), I)


def over_coordinates(body: k.Formula) -> k.Formula:
    """For all coordinates i."""
    return k.ForAll(I, COORDINATES, body)


FRESH = Co(g(t + 1), I) - slope(t + 1)
"""Noise of the batch mean at step t + 1."""

MOMENTUM: dict[str, k.Formula] = {
    "beta > 0": k.Lt(ZERO, BETA),
    "beta < 1": k.Lt(BETA, 1),
    "momentum starts": over_coordinates(k.Eq(Co(m(0), I), Co(g(0), I))),
    "momentum": always(k.Eq(Co(m(t + 1), I), BETA * Co(m(t), I) + (1 - BETA) * Co(g(t + 1), I))),
    "update": k.ForAll(t, NOW, k.Eq(THERE, HERE - ETA * Sgn(m(t)))),
    "g known": always(k.Measurable(Co(g(t), I), Past(t + 1))),
}

DRIFT_RULES = (
    over_coordinates(k.Eq(DRIFT(0, I), ZERO)),
    always(k.Eq(DRIFT(t + 1, I), BETA * DRIFT(t, I) + BETA * (slope(t) - slope(t + 1)))),
)
ERROR_RULES = (
    over_coordinates(k.Eq(ERROR(0, I), Co(g(0), I) - slope(0))),
    always(k.Eq(ERROR(t + 1, I), BETA * ERROR(t, I) + (1 - BETA) * FRESH)),
)

START, TAIL = 2 * BETA / (1 + BETA), (1 - BETA) / (1 + BETA)
"""The noise part has variance (sigma**2/B)(beta**(2 t) START + TAIL) at most."""


class Parts:
    """The hypotheses on the two parts, opened at a step and a coordinate."""

    def __init__(self, p: Proof) -> None:
        self.drift = [p.assume(f) for f in DRIFT_RULES]
        self.error = [p.assume(f) for f in ERROR_RULES]


def now(p: Proof) -> Proof:
    """With 0 <= t."""
    return p.having(k.assume(NOW[0]))


def at_coordinate(p: Proof) -> Proof:
    """With 0 <= i < d."""
    return p.having(*map(k.assume, COORDINATES))


def gradient_moves(p: Proof) -> k.Theorem:
    """sum |grad_i(x_t) - grad_i(x_{t+1})| <= L eta, for t >= 0."""
    update = p.instantiate(p.fact(MOMENTUM["update"], "update"), t)
    turn = Grad(F, THERE) - Grad(F, HERE)
    smooth = p.instantiate(p.fact(ORACLE["A1"], "A1"), THERE, HERE)
    length = unfold(Noo(THERE - HERE), update)
    short = k.specialise(length_of_sign_step(), {SCALE: ETA, U: m(t)})
    short = k.cut(short, p.sign_fact(k.Le(0, ETA)))
    opened = unfold(sp.Abs(Co(turn, I)), p.coordinate(Co(turn, I)))
    sums = p.sum_mono(p.generalise(opened, I, *COORDINATES))
    norm = p.by_coordinates(N1(turn))
    parts: list[Premise] = [norm, sums, smooth, (L, length), (L, short)]
    return p.linear(k.Le(right(sums), L * ETA), *parts, label="the gradient moves by L eta")


def drift_bound(p: Proof, parts: Parts) -> k.Theorem:
    """For all t >= 0: sum over i of |D(t, i)| <= beta L eta/(1 - beta)."""
    bound = BETA * L * ETA / (1 - BETA)

    def claim(s: sp.Expr) -> k.Le:
        return k.Le(Big(sp.Abs(DRIFT(s, I)), I, ZERO, DIM), bound)

    q = at_coordinate(p)
    zero = q.instantiate(parts.drift[0], I)
    size = q.linear(k.Le(sp.Abs(DRIFT(0, I)), ZERO), unfold(sp.Abs(DRIFT(0, I)), zero))
    sums = p.sum_mono(p.generalise(size, I, *COORDINATES))
    base = p.linear(claim(ZERO), sums, p.sum_linear(right(sums)), slack=[bound])
    q = now(p)
    r = at_coordinate(q)
    moved = r.instantiate(parts.drift[1], t, I)
    change = slope(t) - slope(t + 1)
    each = _triangle(r, moved, DRIFT(t, I), change)
    total = q.sum_mono(q.generalise(each, I, *COORDINATES))
    split = q.sum_linear(right(total))
    known = q.assume(claim(t))
    pieces: list[Premise] = [total, split, (BETA, known), (BETA, gradient_moves(q))]
    step = q.linear(claim(t + 1), *pieces, label="drift contracts")
    return p.induction(base, step, t, ZERO, None, label="drift")


def _triangle(p: Proof, moved: k.Theorem, old: sp.Expr, change: sp.Expr) -> k.Theorem:
    """|D'| <= beta |D| + beta |change| from D' == beta D + beta change."""
    new = left(moved)
    bound = BETA * sp.Abs(old) + BETA * sp.Abs(change)
    up = [(BETA, above(old)), (BETA, above(change))]
    down = [(BETA, above(-old)), (BETA, above(-change))]
    return abs_below(
        p.linear(k.Le(new, bound), moved, *up), p.linear(k.Le(-new, bound), moved, *down)
    )


def error_is_sum(p: Proof, parts: Parts) -> k.Theorem:
    """For all t >= 0: m(t)_i - grad_i == D(t, i) + N(t, i), for the free i."""
    q = at_coordinate(p)

    def claim(s: sp.Expr) -> k.Eq:
        return k.Eq(Co(m(s), I) - slope(s), DRIFT(s, I) + ERROR(s, I))

    starts = q.instantiate(q.fact(MOMENTUM["momentum starts"], "momentum starts"), I)
    first = [q.instantiate(h, I) for h in (parts.drift[0], parts.error[0])]
    base = q.linear(claim(ZERO), starts, *first)
    r = now(q)
    moved = r.instantiate(r.fact(MOMENTUM["momentum"], "momentum"), t, I)
    rules = [r.instantiate(h, t, I) for h in (parts.drift[1], parts.error[1])]
    step = r.linear(claim(t + 1), (BETA, r.assume(claim(t))), moved, *rules, label="error")
    return q.induction(base, step, t, ZERO, None, label="error = drift + noise")


def direction_known(p: Proof) -> k.Theorem:
    """For all t >= 0: m(t)_i is known given past t + 1, for the free i."""
    q = at_coordinate(p)
    known_g = q.fact(MOMENTUM["g known"], "g known")
    starts = q.instantiate(q.fact(MOMENTUM["momentum starts"], "momentum starts"), I)
    base = q.known_equal(q.instantiate(known_g, ZERO, I), starts)
    r = now(q)
    r = r.having(r.linear(k.Le(ZERO, t + 1), r.facts[-1], slack=[1]))
    moved = r.instantiate(r.fact(MOMENTUM["momentum"], "momentum"), t, I)
    old = r.known_later(r.assume(k.Measurable(Co(m(t), I), Past(t + 1))), Past(t + 2))
    new = r.having(old, r.instantiate(known_g, t + 1, I)).known(right(moved), Past(t + 2))
    step = r.known_equal(new, moved)
    return q.induction(base, step, t, ZERO, None, label="the direction is known")


def error_known(p: Proof, parts: Parts) -> k.Theorem:
    """For all t >= 0: N(t, i) is known given past t + 1, for the free i."""
    q = at_coordinate(p)
    seen, known_g = q.fact(ORACLE["x known"], "x known"), q.fact(MOMENTUM["g known"], "g known")

    def inputs(r: Proof, s: sp.Expr) -> list[k.Theorem]:
        point = r.instantiate(seen, s)
        return [r.known_later(point, Past(s + 1)), r.instantiate(known_g, s, I)]

    first = q.instantiate(parts.error[0], I)
    base = q.having(*inputs(q, ZERO)).known(right(first), Past(1))
    base = q.known_equal(base, first)
    r = now(q)
    after = r.having(r.linear(k.Le(ZERO, t + 1), r.facts[-1], slack=[1]))
    moved = r.instantiate(parts.error[1], t, I)
    old = r.known_later(r.assume(k.Measurable(ERROR(t, I), Past(t + 1))), Past(t + 2))
    new = after.having(old, *inputs(after, t + 1)).known(right(moved), Past(t + 2))
    step = after.known_equal(new, moved)
    return q.induction(base, step, t, ZERO, None, label="noise part is known")


def error_power(p: Proof, parts: Parts) -> k.Theorem:
    """For all t >= 0: E N(t, i)**2 <= (sigma_i**2/B)(beta**(2 t) START + TAIL), for the free i."""
    q = at_coordinate(p)
    v = SIGMA(I) ** 2 / B

    def claim(s: sp.Expr) -> k.Le:
        return k.Le(Ex(ERROR(s, I) ** 2, TRIVIAL), v * (BETA ** (2 * s) * START + TAIL))

    def fresh_power(r: Proof, s: sp.Expr) -> tuple[k.Theorem, k.Theorem]:
        """E[n | past s] == 0 and E n**2 <= v at step s."""
        mean, spread = (_at(r, thm, s) for thm in batch_moments(now(at_coordinate(p))))
        noise = Co(g(s), I) - slope(s)
        seen = r.having(r.instantiate(r.fact(ORACLE["x known"], "x known"), s))
        centred = r.linear(
            k.Eq(Ex(noise, Past(s)), ZERO), seen.expect_linear(Ex(noise, Past(s))), mean
        )
        whole = r.expect_mono(spread, TRIVIAL)
        power = r.linear(
            k.Le(Ex(noise**2, TRIVIAL), v),
            whole,
            r.tower(left(whole)),
            r.expect_linear(right(whole)),
        )
        return centred, power

    first = q.instantiate(parts.error[0], I)
    square = q.linear(
        k.Eq(ERROR(0, I) ** 2, right(first) ** 2), (ERROR(0, I) + right(first), first)
    )
    _, power = fresh_power(q, ZERO)
    base = q.linear(claim(ZERO), q.expect_mono(square, TRIVIAL), power, label="noise at the start")
    r = now(q)
    r = r.having(r.linear(k.Le(ZERO, t + 1), r.facts[-1], slack=[1]))
    moved = r.instantiate(parts.error[1], t, I)
    centred, power = fresh_power(r, t + 1)
    known = r.instantiate(error_known(p, parts), t)
    step = _power_step(r, moved, centred, power, known, claim)
    return q.induction(base, step, t, ZERO, None, label="power of the noise part")


def _at(p: Proof, thm: k.Theorem, s: sp.Expr) -> k.Theorem:
    """A theorem for the free t >= 0 at the step s."""
    return p.instantiate(p.generalise(thm, t, *NOW), s)


def _power_step(
    r: Proof,
    moved: k.Theorem,
    centred: k.Theorem,
    power: k.Theorem,
    known: k.Theorem,
    claim: object,
) -> k.Theorem:
    old, past = ERROR(t, I), Past(t + 1)
    new, rhs = left(moved), right(moved)
    q = r.having(known)
    square = r.linear(k.Eq(new**2, rhs**2), (new + rhs, moved))
    taken = r.expect_mono(square, TRIVIAL)
    # The cross term vanishes: the old part is known when the fresh noise is drawn.
    cross = Ex(old * FRESH, TRIVIAL)
    inner = q.expect_linear(Ex(old * FRESH, past))
    product = q.linear(k.Eq(Ex(old * FRESH, past), ZERO), inner, (old, _opened(q, centred)))
    outer = r.expect_mono(product, TRIVIAL)
    vanish = r.linear(
        k.Eq(cross, ZERO), r.tower(left(outer)), outer, r.expect_linear(Ex(ZERO, TRIVIAL))
    )
    parts = [r.expect_linear(e) for e in (right(taken), cross, Ex(FRESH**2, TRIVIAL))]
    goal = claim(t + 1)  # type: ignore[operator]
    pieces: list[Premise] = [
        taken,
        *parts,
        (2 * BETA * (1 - BETA), vanish),
        ((1 - BETA) ** 2, power),
    ]
    pieces += [(2 * BETA * (1 - BETA), parts[1]), ((1 - BETA) ** 2, parts[2])]
    return r.linear(goal, *pieces, (BETA**2, r.assume(claim(t))), label="noise part")  # type: ignore[operator]


def _opened(p: Proof, centred: k.Theorem) -> k.Theorem:
    """The centred noise with its expectation opened by linearity."""
    flat = p.expect_linear(left(centred))
    return p.linear(k.Eq(right(flat), ZERO), flat, centred)


def error_size(p: Proof, parts: Parts) -> k.Theorem:
    """For all t >= 0 and i: E|N(t, i)| <= (sigma_i/sqrt(B))(beta**t sqrt(START) + sqrt(TAIL))."""
    q = now(at_coordinate(p))
    power = q.instantiate(error_power(p, parts), t)
    a, b = BETA**t * sp.sqrt(START), sp.sqrt(TAIL)
    s = SIGMA(I) / sp.sqrt(B) * (a + b)
    square = q.linear(
        k.Le(left(power), s**2), power, slack=[2 * SIGMA(I) ** 2 / B * a * b], label="a**2 + b**2"
    )
    lemma = q.specialise(first_moment(), {S: s, Z: ERROR(t, I), GIVEN: TRIVIAL})
    size = k.cut(lemma, square, q.sign_fact(k.Le(ZERO, s)))
    return p.generalise(p.generalise(size, I, *COORDINATES), t, *NOW)
