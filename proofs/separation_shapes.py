"""T4, the shapes of sigma for which R exceeds 1.

One noisy coordinate of d >= 8; k equal ones among 13.73 % of the coordinates; and whatever the
shape R >= 1/(8 pi phi) for even d, (1 - 1/d**2)/(8 pi phi) for odd d, so phi <= 0.0397 suffices.
R is ``signcheck.separation.FACTOR`` at its best k; here k is named, and S_k**2 is the sum over the
k largest entries, which a level c separates from the others.

Source: theory sheet, section 4.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from proofs.assumptions import SIGMA, lifted
from proofs.lemmas.basics import ZERO, I, claimed, left, right
from proofs.lower.sgd_instance import N
from proofs.samples.separation import equal_samples, ordered_samples, single_samples
from proofs.upper.signsgd import NOISE
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big
from signcheck.proof import Proof
from signcheck.separation import FACTOR
from signcheck.theory import Sample, Statement, Theory

ONE = sp.Integer(1)
LEVEL, SINGLE, M = k.Sym("c"), k.Sym("s"), k.Sym("m", "int")


def factor(root: sp.Expr, norm: sp.Expr, count: sp.Expr = N) -> sp.Expr:
    """(d - k) S_k**2/(2 pi |sigma|_1**2), the one definition over the kernel's symbols."""
    return lifted(FACTOR, **{"S2": root, "|sigma|_1": norm, "k": count, "d": DIM})


def pi_above(p: Proof) -> Proof:
    """The derivation with both bounds on pi."""
    return p.having(k.pi_bound(above=False), k.pi_bound(above=True))


# ---------------------------------------------------------------- one and k equal coordinates

SINGLE_STATEMENT = Statement(
    hypotheses={"d >= 8": k.Le(8, DIM)},
    conclusion=k.Le(sp.Rational(791, 710), factor(SINGLE, SINGLE, ONE)),
)
EQUAL_STATEMENT = Statement(
    hypotheses={
        "k >= 1": k.Le(ONE, N),
        "k <= 13.73 % of d": k.Le(sp.Rational(10000, 1373) * N, DIM),
    },
    conclusion=k.Le(ONE, factor(sp.sqrt(N) * SINGLE, N * SINGLE)),
)


def prove_single(statement: Statement) -> k.Theorem:
    """7/(2 pi) > 1, from pi < 355/113."""
    p = pi_above(statement.proof()[0])
    many = p.fact(SINGLE_STATEMENT.hypotheses["d >= 8"], "d >= 8")
    small = sp.Rational(791, 355) / (2 * sp.pi)
    return p.linear(claimed(statement), (1 / sp.pi, many), (small, p.facts[-1]), slack=[1 / sp.pi])


def prove_equal(statement: Statement) -> k.Theorem:
    """k (1 + 2 pi) <= d, from pi < 355/113."""
    p = pi_above(statement.proof()[0])
    few = p.fact(EQUAL_STATEMENT.hypotheses["k <= 13.73 % of d"], "k <= 13.73 % of d")
    weight = 1 / (sp.pi * N)
    return p.linear(claimed(statement), (weight, few), (1 / sp.pi, p.facts[-1]), slack=[1 / sp.pi])


# ---------------------------------------------------------------- any shape

LARGE, REST = (k.Le(ZERO, I), k.Lt(I, N)), (k.Le(N, I), k.Lt(I, DIM))
TOP_POWER = Big(SIGMA(I) ** 2, I, ZERO, N)
POWER = Big(SIGMA(I) ** 2, I, ZERO, DIM)
DENSITY = NOISE**2 / (DIM * POWER)
"""phi(sigma)."""
ORDERED: dict[str, k.Formula] = {
    "k >= 1": k.Le(ONE, N),
    "k < d": k.Le(N + 1, DIM),
    "|sigma|_1 > 0": k.Lt(ZERO, NOISE),
    "the k largest": k.ForAll(I, LARGE, k.Le(LEVEL, SIGMA(I) ** 2)),
    "the others": k.ForAll(I, REST, k.Le(SIGMA(I) ** 2, LEVEL)),
}
ANY = factor(sp.sqrt(TOP_POWER), NOISE)
EVEN_STATEMENT = Statement(
    hypotheses={**ORDERED, "d = 2 k": k.Eq(DIM, 2 * N)},
    conclusion=k.Le(1 / (8 * sp.pi * DENSITY), ANY),
)
MIDDLE = {"k next to d/2": k.Le((DIM - 2 * N) ** 2, ONE)}
ODD_STATEMENT = Statement(
    hypotheses={**ORDERED, **MIDDLE},
    conclusion=k.Le((1 - 1 / DIM**2) / (8 * sp.pi * DENSITY), ANY),
)
SPARSE_STATEMENT = Statement(
    hypotheses={
        **ORDERED,
        **MIDDLE,
        "sigma >= 0": k.ForAll(I, (k.Le(ZERO, I), k.Lt(I, DIM)), k.Le(ZERO, SIGMA(I))),
        "phi <= 0.0397": k.Le(NOISE**2, sp.Rational(397, 10000) * DIM * POWER),
    },
    conclusion=k.Le(ONE, ANY),
)


@cache
def split_power() -> k.Theorem:
    """0 <= k <= d |- the sum of sigma_i**2 is that of the k first and that of the others."""
    p = Proof()
    p.given(k.Le(ZERO, N))
    p.given(k.Le(N, DIM))
    square = SIGMA(I) ** 2

    def claim(m: sp.Expr) -> k.Eq:
        return k.Eq(Big(square, I, ZERO, m), TOP_POWER + Big(square, I, N, m))

    base = p.linear(claim(N), p.range_empty(square, I, N, "sum"))
    low, known = p.assume(k.Le(N, M)), p.assume(claim(M))
    q = p.having(low)
    q = q.having(q.linear(k.Le(ZERO, M), low, q.facts[0]))
    grown = [q.range_step(term) for term in (claim(M + 1).lhs, Big(square, I, N, M + 1))]
    step = q.linear(claim(M + 1), known, *grown)
    return p.instantiate(p.induction(base, step, M, N, None), DIM)


@cache
def squares_below_square() -> k.Theorem:
    """0 <= sigma_i for all i < d, 0 <= d |- |sigma|_2**2 <= |sigma|_1**2."""
    p = Proof()
    p.given(k.Le(ZERO, DIM))
    each = p.given(SPARSE_STATEMENT.hypotheses["sigma >= 0"])

    def total(m: sp.Expr) -> sp.Expr:
        return Big(SIGMA(I), I, ZERO, m)

    def claim(m: sp.Expr) -> k.Le:
        return k.Le(Big(SIGMA(I) ** 2, I, ZERO, m), total(m) ** 2)

    def positive(m: sp.Expr) -> k.Le:
        return k.Le(ZERO, total(m))

    empty = [p.range_empty(body, I, ZERO, "sum") for body in (SIGMA(I) ** 2, SIGMA(I))]
    low, inside = p.assume(k.Le(ZERO, M)), p.assume(k.Lt(M + 1, DIM + 1))
    q = p.having(low)
    q = q.having(q.linear(k.Lt(M, DIM), inside))
    q = q.having(q.instantiate(each, M))
    grown = [q.range_step(term) for term in (claim(M + 1).lhs, total(M + 1))]
    start = p.linear(positive(ZERO), empty[1])
    further = q.linear(positive(M + 1), q.assume(positive(M)), grown[1], q.facts[-1])
    sums = p.induction(start, further, M, ZERO, DIM + 1)
    early = q.linear(k.Lt(M, DIM + 1), inside, slack=[ONE])
    r = q.having(q.having(early).instantiate(sums, M))
    both = total(M + 1) + total(M) + SIGMA(M)
    base = p.linear(claim(ZERO), empty[0], (total(ZERO), empty[1]))
    step = r.linear(
        claim(M + 1), r.assume(claim(M)), grown[0], (-both, grown[1]), slack=[total(M) * SIGMA(M)]
    )
    return p.instantiate(p.induction(base, step, M, ZERO, DIM + 1), DIM)


def ordered(p: Proof) -> k.Theorem:
    """k |sigma|_2**2 <= d S_k**2: the k largest have at least their share."""

    def named(name: str) -> k.Theorem:
        return p.fact(ORDERED[name], name)

    count, room = named("k >= 1"), named("k < d")
    p = p.having(
        p.linear(k.Le(ZERO, N), count, slack=[ONE]), p.linear(k.Le(N, DIM), room, slack=[ONE])
    )
    p = p.having(p.linear(k.Le(ZERO, DIM - N), p.facts[-1]))
    above, below = (p.sum_mono(named(name)) for name in ("the k largest", "the others"))
    counted = [p.sum_linear(left(above)), p.sum_linear(right(below))]
    parts = k.cut(split_power(), *(f for f in p.facts if f.concl in split_power().hyps))
    return p.linear(
        k.Le(N * POWER, DIM * TOP_POWER),
        (-N, parts),
        (DIM - N, above),
        (-(DIM - N), counted[0]),
        (N, below),
        (N, counted[1]),
        label="the largest have their share",
    )


def prove_even(statement: Statement) -> k.Theorem:
    """At k = d/2 the k largest have at least half of the power."""
    p = pi_above(statement.proof()[0])
    half = p.fact(EVEN_STATEMENT.hypotheses["d = 2 k"], "d = 2 k")
    p = p.having(p.linear(k.Lt(ZERO, DIM - N), p.fact(ORDERED["k < d"], "k < d"), slack=[ONE]))
    share = ordered(p)
    return p.linear(
        claimed(statement),
        (1 / (4 * sp.pi * NOISE**2), share),
        ((2 * TOP_POWER - POWER) / (8 * sp.pi * NOISE**2), half),
        label="T4 for even d",
    )


def prove_odd(statement: Statement) -> k.Theorem:
    """4 k (d - k) = d**2 - (d - 2k)**2 >= d**2 - 1."""
    p = pi_above(statement.proof()[0])
    return p.linear(claimed(statement), *_near_half(p), label="T4 for odd d")


def _near_half(p: Proof) -> list[tuple[sp.Expr, k.Theorem]]:
    middle, room = p.fact(MIDDLE["k next to d/2"], "middle"), p.fact(ORDERED["k < d"], "k < d")
    p.facts.append(p.linear(k.Le(ZERO, DIM - N), room, slack=[ONE]))
    p.facts.append(p.linear(k.Lt(ZERO, DIM), room, p.fact(ORDERED["k >= 1"], "k"), slack=[ONE]))
    share = ordered(p)
    weight = 1 / (sp.pi * NOISE**2 * DIM)
    return [((DIM - N) * weight / 2, share), (POWER * weight / 8, middle)]


def prove_sparse(statement: Statement) -> k.Theorem:
    """phi >= 1/d makes d at least 26, and (1 - 1/26**2)/(8 pi 0.0397) > 1."""
    p = pi_above(statement.proof()[0])
    parts = _near_half(p)
    phi = p.fact(SPARSE_STATEMENT.hypotheses["phi <= 0.0397"], "phi <= 0.0397")
    lemma = squares_below_square()
    p = p.having(p.linear(k.Le(ZERO, DIM), p.facts[-1]))
    norms = k.cut(lemma, *(f for f in p.facts if f.concl in lemma.hyps))
    near = p.linear(k.Le((1 - 1 / DIM**2) / (8 * sp.pi * DENSITY), ANY), *parts)
    return _wide_enough(p, statement, phi, norms, near)


def _wide_enough(
    p: Proof, statement: Statement, phi: k.Theorem, norms: k.Theorem, near: k.Theorem
) -> k.Theorem:
    goal, dense = claimed(statement), sp.Rational(397, 10000)
    # |sigma|_1**2 <= 0.0397 d |sigma|_2**2 <= 0.0397 d |sigma|_1**2, so d >= 1/0.0397.
    wide = p.linear(
        k.Le(1 / dense, DIM), (1 / (dense * NOISE**2), phi), (DIM / NOISE**2, norms), label="d"
    )
    p = p.having(wide)
    pi = next(f for f in p.facts if f.concl == k.pi_bound(above=True).concl)
    far = p.linear(k.Le(1 / dense**2, DIM**2), (DIM + 1 / dense, wide), label="d**2")
    excess = (1 / dense**2 - 1) / DIM**2
    p = p.having(p.linear(k.Le(ZERO, 1 - 1 / DIM**2), (1 / DIM**2, far), slack=[excess]))
    power = p.linear(
        k.Le((1 - 1 / DIM**2) / (8 * sp.pi * dense), (1 - 1 / DIM**2) / (8 * sp.pi * DENSITY)),
        ((1 - 1 / DIM**2) / (8 * sp.pi * dense * NOISE**2), phi),
        label="phi",
    )
    number = p.linear(
        k.Le(ONE, (1 - 1 / DIM**2) / (8 * sp.pi * dense)),
        (dense / (8 * sp.pi * DIM**2), far),
        (1 / sp.pi, pi),
        slack=[1 / sp.pi],
        label="number",
    )
    return p.linear(goal, number, power, near, label="phi at most 0.0397")


def _ordered_samples() -> list[Sample]:
    return ordered_samples(N, LEVEL, TOP_POWER, POWER, NOISE)


T4_SINGLE = Theory(
    id="T4-single",
    title="one noisy coordinate: R = (d-1)/(2 pi) > 1 from d = 8 on",
    kind="lemma",
    statement=SINGLE_STATEMENT,
    prove=prove_single,
    samples=single_samples,
)
T4_EQUAL = Theory(
    id="T4-equal",
    title="k equal noisy coordinates, at most 13.73 % of d: R >= 1",
    kind="lemma",
    statement=EQUAL_STATEMENT,
    prove=prove_equal,
    samples=lambda: equal_samples(N),
)
T4_EVEN = Theory(
    id="T4-even",
    title="even d: R >= 1/(8 pi phi)",
    kind="lemma",
    statement=EVEN_STATEMENT,
    prove=prove_even,
    samples=_ordered_samples,
)
T4_ODD = Theory(
    id="T4-odd",
    title="every d: R >= (1 - 1/d^2)/(8 pi phi)",
    kind="lemma",
    statement=ODD_STATEMENT,
    prove=prove_odd,
    samples=_ordered_samples,
)
T4_SPARSE = Theory(
    id="T4-sparse",
    title="phi <= 0.0397: R >= 1, whatever the shape and d",
    kind="lemma",
    statement=SPARSE_STATEMENT,
    prove=prove_sparse,
    samples=_ordered_samples,
    notes={
        "slack": "0.0397 is where 1/(8 pi phi) passes 1, a bound for all shapes that no shape of "
        "that density is known to attain",
    },
)
