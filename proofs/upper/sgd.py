"""T3u (SGD in l1): the mean square of the gradient, and its l1 norm with a factor sqrt(d).

The gap between the d**2 that follows from it and the d of T3 is open: T3 is not tight.
Source: theory sheet, section 1.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs import experiments
from proofs.assumptions import DELTA, ETA, SIGMA, B, F, L, T
from proofs.lemmas.basics import DIM, ZERO, I, U, Z, claimed, left, right, unfold
from proofs.lemmas.roots import abs_squared, below_root
from proofs.lemmas.signs import COORDINATES
from proofs.samples import sgd_l1_samples, sgd_samples
from proofs.upper.oracle import (
    GRADIENT,
    HERE,
    ORACLE,
    PAST,
    SLOPE,
    THERE,
    VALUE,
    batch_moments,
    descent,
    g,
    t,
    telescope,
    update_rule,
    whole_expectation,
)
from proofs.upper.signsgd import AVERAGE, TOTAL
from signcheck import kernel as k
from signcheck.bound import upper
from signcheck.kernel.terms import N1, TRIVIAL, Big, Co, Ex, Inner, Noo, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

N, J = k.Sym("n", "int"), k.Sym("j", "int")
C, R, ONE = k.Sym("c"), k.Sym("r"), sp.Integer(1)
OTHER = (k.Le(ZERO, J), k.Lt(J, DIM))

# ---------------------------------------------------------------- statements

POWER = Big(SIGMA(I) ** 2, I, ZERO, DIM)
"""|sigma|_2**2."""
SQUARE = Big(SLOPE**2, I, ZERO, DIM)
"""|grad f(x_t)|_2**2."""
TOTAL_SQUARE = Big(Ex(SQUARE, TRIVIAL), t, ZERO, T)
MEAN_SQUARE = (DELTA / (ETA * T) + L * ETA * POWER / (2 * B)) / (1 - L * ETA / 2)

L2_STATEMENT = Statement(
    hypotheses={
        **ORACLE,
        "L eta < 2": k.Lt(L * ETA, 2),
        **update_rule(-ETA * g(t)),
    },
    conclusion=k.Le(TOTAL_SQUARE / T, MEAN_SQUARE),
)
STATEMENT = Statement(
    hypotheses={
        **L2_STATEMENT.hypotheses,
        "Delta > 0": k.Lt(ZERO, DELTA),
        "d >= 1": k.Le(1, DIM),
    },
    conclusion=k.Le(AVERAGE, sp.sqrt(DIM * MEAN_SQUARE)),
)

# ---------------------------------------------------------------- l_oo below l2


@cache
def member_below_sum() -> k.Theorem:
    """For all j < d: u_j**2 <= sum of u_i**2."""
    p = Proof()
    low, high = map(k.assume, OTHER)
    q = p.having(low, high)

    def total(m: sp.Expr) -> sp.Expr:
        return Big(Co(U, I) ** 2, I, ZERO, m)

    own = Co(U, J) ** 2
    first = q.range_step(total(J + 1))
    base = q.linear(k.Le(own, total(J + 1)), first, slack=[total(J)])
    beyond = k.assume(k.Le(J + 1, N))
    r = q.having(beyond)
    r = r.having(r.linear(k.Le(ZERO, N), beyond, low, slack=[ONE]))
    known = r.assume(k.Le(own, total(N)))
    grown = r.range_step(total(N + 1))
    step = r.linear(k.Le(own, total(N + 1)), grown, known, slack=[Co(U, N) ** 2])
    every = q.induction(base, step, N, J + 1, None)
    inside = q.integer_gap(high)
    whole = q.having(inside).instantiate(every, DIM)
    return q.generalise(whole, J, *OTHER)


@cache
def sup_norm_below_l2() -> k.Theorem:
    """|u|_oo**2 <= sum of u_i**2."""
    p = Proof()
    q = p.having(*map(k.assume, OTHER))
    whole = Big(Co(U, I) ** 2, I, ZERO, DIM)
    size = sp.Abs(Co(U, J))
    same = k.specialise(abs_squared(), {Z: Co(U, J)})
    square = q.linear(k.Le(size**2, whole), same, q.instantiate(member_below_sum(), J))
    each = below_root(q, size, whole, square)
    norm = p.norm_from_coordinates(q.generalise(each, J, *OTHER))
    root = sp.sqrt(whole)
    return p.linear(k.Le(Noo(U) ** 2, whole), (Noo(U) + root, norm))


# ---------------------------------------------------------------- proof of the l2 form


def one_step(p: Proof) -> k.Theorem:
    """f(x') <= f(x) - eta sum g_i m_i + (L eta**2/2) sum m_i**2, surely."""
    update = p.instantiate(p.fact(L2_STATEMENT.hypotheses["update"], "update"), t)
    move = -ETA * g(t)
    inner = unfold(Inner(GRADIENT, THERE - HERE), update)
    length = unfold(Noo(THERE - HERE), update)
    short = k.specialise(sup_norm_below_l2(), {U: move})
    scaled = unfold(Co(move, I) ** 2, p.coordinate(Co(move, I)))
    squares = p.sum_mono(p.generalise(scaled, I, *COORDINATES))
    opened = p.sum_linear(right(squares))
    power = Big(Co(g(t), I) ** 2, I, ZERO, DIM)
    square = p.linear(
        k.Le(left(length) ** 2, ETA**2 * power),
        (left(length) + right(length), length),
        short,
        squares,
        opened,
        label="length",
    )
    products = p.by_coordinates(Inner(GRADIENT, g(t)))
    return p.linear(
        k.Le(
            Val(F, THERE),
            Val(F, HERE) - ETA * right(products) + L * ETA**2 / 2 * power,
        ),
        *descent(p),
        inner,
        p.inner_linear(right(inner)),
        (ETA, products),
        (L, square),
        label="one step",
    )


def second_moment(p: Proof) -> tuple[k.Theorem, k.Theorem]:
    """For all i: E[grad_i m_i | past] == grad_i**2, E[m_i**2 | past] <= that + sigma_i**2/B."""
    q = p.having(*map(k.assume, COORDINATES))
    mean, spread = batch_moments(q)
    m = Co(g(t), I)
    opened = q.expect_linear(Ex((m - SLOPE) ** 2, PAST))
    goal = k.Le(Ex(m**2, PAST), SLOPE**2 + SIGMA(I) ** 2 / B)
    power = q.linear(goal, spread, opened, (SLOPE, mean), label="second moment")
    product = q.expect_linear(Ex(SLOPE * m, PAST))
    cross = q.linear(k.Eq(Ex(SLOPE * m, PAST), SLOPE**2), product, (SLOPE, mean))
    return q.generalise(cross, I, *COORDINATES), q.generalise(power, I, *COORDINATES)


def expected_step(p: Proof) -> k.Theorem:
    """E f(x') <= E f(x) - eta (1 - L eta/2) E|grad|_2**2 + L eta**2 |sigma|_2**2/(2 B)."""
    given = p.expect_mono(one_step(p), PAST)
    opened = p.expect_linear(right(given))
    cross, power = map(p.sum_mono, second_moment(p))
    apart = p.sum_linear(right(power))
    rate, cost = ETA * (1 - L * ETA / 2), L * ETA**2 * POWER / (2 * B)
    half = L * ETA**2 / 2
    conditional = p.linear(
        k.Le(left(given), Val(F, HERE) - rate * SQUARE + cost),
        given,
        opened,
        (ETA, cross),
        (half, power),
        (half, apart),
        label="conditional step",
    )
    inside = p.expect_linear(Ex(SQUARE, TRIVIAL))
    bound = VALUE - rate * Ex(SQUARE, TRIVIAL) + cost
    return whole_expectation(p, conditional, bound, (rate, inside))


def prove_l2(statement: Statement) -> k.Theorem:
    """Descent, second moment, tower, telescope, gap."""
    p = statement.proof()[0]
    small = p.fact(L2_STATEMENT.hypotheses["L eta < 2"], "L eta < 2")
    p = p.having(p.linear(k.Lt(ZERO, 1 - L * ETA / 2), small))
    step = expected_step(p.having(k.assume(k.Le(ZERO, t))))
    rate, cost = ETA * (1 - L * ETA / 2), L * ETA**2 * POWER / (2 * B)
    whole = telescope(p, step, Ex(SQUARE, TRIVIAL), rate, cost)
    return p.linear(claimed(statement), (1 / (rate * T), whole), label="divide by the rate")


# ---------------------------------------------------------------- proof of the l1 form


def young(p: Proof) -> k.Theorem:
    """avg E|grad|_1 <= d c/2 + (mean square)/(2 c), for a c > 0."""
    q = p.having(*map(k.assume, (k.Le(ZERO, t), *COORDINATES)))
    size = sp.Abs(SLOPE)
    same = k.specialise(abs_squared(), {Z: SLOPE})
    each = q.linear(
        k.Le(size, C / 2 + SLOPE**2 / (2 * C)), (1 / C, same), slack=[(size - C) ** 2 / C]
    )
    sums = p.sum_mono(q.generalise(each, I, *COORDINATES))
    apart = p.sum_linear(right(sums))
    norm = p.by_coordinates(N1(GRADIENT))
    bound = DIM * C / 2 + SQUARE / (2 * C)
    surely = p.linear(k.Le(N1(GRADIENT), bound), norm, sums, apart)
    taken = p.expect_mono(surely, TRIVIAL)
    inside = [p.expect_linear(right(taken)), p.expect_linear(Ex(SQUARE, TRIVIAL))]
    middle = DIM * C / 2 + Ex(SQUARE, TRIVIAL) / (2 * C)
    mean = p.linear(k.Le(left(taken), middle), taken, inside[0], (1 / C, inside[1]))
    over = p.sum_mono(p.generalise(mean, t, k.Le(ZERO, t), k.Lt(t, T)))
    split = p.sum_linear(right(over))
    return p.linear(
        k.Le(AVERAGE, DIM * C / 2 + TOTAL_SQUARE / (2 * C * T)),
        (1 / T, over),
        (1 / T, split),
        label="Young",
    )


@cache
def balance() -> k.Theorem:
    """0 < r, 1 <= d: at c = sqrt(r/d), d c/2 + r/(2 c) <= sqrt(d r)."""
    p = Proof()
    p.given(k.Lt(ZERO, R))
    p.given(k.Le(1, DIM))
    c = sp.sqrt(R / DIM)
    square = p.linear(k.Le((DIM * c) ** 2, DIM * R))
    root = below_root(p, DIM * c, DIM * R, square)
    return p.linear(k.Le(DIM * c / 2 + R / (2 * c), sp.sqrt(DIM * R)), root)


def prove(statement: Statement) -> k.Theorem:
    """The l2 form, Young's inequality, and the weight that balances it."""
    p = statement.proof()[0]
    small = p.fact(L2_STATEMENT.hypotheses["L eta < 2"], "L eta < 2")
    p = p.having(p.linear(k.Lt(ZERO, 1 - L * ETA / 2), small))
    q = p.having(k.assume(k.Lt(ZERO, C)), k.assume(k.Lt(ZERO, R)))
    mean = q.assume(k.Le(TOTAL_SQUARE / T, R))
    weighed = q.linear(
        k.Le(AVERAGE, DIM * C / 2 + R / (2 * C)), young(q), (1 / (2 * C), mean), label="weighed"
    )
    every = q.generalise(weighed, C, k.Lt(ZERO, C))
    here = q.instantiate(every, sp.sqrt(R / DIM))
    best = k.cut(balance(), *(f for f in q.facts if f.concl in balance().hyps))
    root = q.linear(k.Le(AVERAGE, sp.sqrt(DIM * R)), here, best, label="best weight")
    moved = p.specialise(root, {R: MEAN_SQUARE})
    value = k.cut(moved, prove_l2(L2_STATEMENT), p.sign_fact(k.Lt(ZERO, MEAN_SQUARE)))
    return p.linear(claimed(statement), value, label="T3u")


T3U_L2 = Theory(
    id="T3u-l2",
    title="SGD: avg E|grad f|_2^2 <= [Delta/(eta T) + L eta |sigma|_2^2/(2B)]/(1 - L eta/2)",
    kind="lemma",
    statement=L2_STATEMENT,
    prove=prove_l2,
    samples=lambda: sgd_samples(TOTAL_SQUARE, POWER),
    notes={
        "slack": "the gap's term is attained after one step only, the noise's in the long run",
    },
)
T3U = Theory(
    id="T3u",
    title="SGD: avg E|grad f|_1 <= sqrt(d [Delta/(eta T) + L eta |sigma|_2^2/(2B)]/(1 - L eta/2))",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: sgd_l1_samples(TOTAL, POWER),
    bound=upper("T3u", "SGD with constant stepsize eta < 2/L and batch", STATEMENT),
    runs=experiments.SGD_UPPER,
)
