"""T5 (Muon): T1 for matrices, with the nuclear norm and inexact polar factors.

avg_T <= Delta/(alpha eta T) + L eta gamma^2/(2 alpha) + gamma |Sigma|_*/(alpha sqrt(B)). The step
is any O with |O|_op <= gamma and <G, O> >= alpha |G|_*, G the mean of B calls; the exact polar
factor, 0 on zero singular values, has alpha = gamma = 1. Source: theory sheet, section 1.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import sympy as sp

from proofs import experiments_matrix
from proofs.assumptions import DELTA, ETA, SIGMA, B, F, L, T, X, Y, positive
from proofs.lemmas.basics import ZERO, I, U, above, claimed, left, right, unfold
from proofs.lemmas.matrix import IN_ROWS, S, in_row, norm_of_multiple
from proofs.lemmas.matrix_descent import L0_MATRIX
from proofs.lemmas.matrix_moment import F as GIVEN
from proofs.lemmas.matrix_moment import S as SPREAD
from proofs.lemmas.matrix_noise import ALPHA, GAMMA, G, M, O, by_rows
from proofs.samples.matrix import muon_samples, polar_samples
from proofs.upper.muon_oracle import (
    MATRIX_ORACLE,
    NOISE,
    always,
    gradient_known,
    mean_of_batch,
    rows_of_batch,
)
from proofs.upper.oracle import (
    GRADIENT,
    HERE,
    NOW,
    PAST,
    THERE,
    VALUE,
    g,
    t,
    telescope,
    whole_expectation,
)
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, upper
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Inner, Nuc, Op, Past, Pol, Val
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

out = k.Sym("O", "fam:rvector")
TOTAL = Big(Ex(Nuc(GRADIENT), TRIVIAL), t, ZERO, T)
AVERAGE = TOTAL / T

# ---------------------------------------------------------------- statements

STATEMENT = Statement(
    hypotheses={
        **MATRIX_ORACLE,
        **positive(ALPHA, GAMMA),
        "update": always(k.Eq(THERE, HERE - ETA * out(t))),
        "|O|_op <= gamma": always(k.Le(Op(out(t)), GAMMA)),
        "alignment": always(k.Le(ALPHA * Nuc(g(t)), Inner(g(t), out(t)))),
    },
    conclusion=k.Le(
        AVERAGE,
        DELTA / (ALPHA * ETA * T)
        + L * ETA * GAMMA**2 / (2 * ALPHA)
        + GAMMA * NOISE / (ALPHA * sp.sqrt(B)),
    ),
)

EXACT_STATEMENT = Statement(
    hypotheses={**MATRIX_ORACLE, "update": always(k.Eq(THERE, HERE - ETA * Pol(g(t))))},
    conclusion=k.Le(AVERAGE, DELTA / (ETA * T) + sp.Rational(1, 2) * L * ETA + NOISE / sp.sqrt(B)),
)

# ---------------------------------------------------------------- proof


def _held(p: Proof, name: str) -> k.Theorem:
    return p.fact(STATEMENT.hypotheses[name], name)


def matrix_step(p: Proof) -> k.Theorem:
    """f(x') <= f(x) - eta <grad, O> + L eta**2 gamma**2/2, surely, for the free t >= 0."""
    update, small = (p.instantiate(_held(p, name), t) for name in ("update", "|O|_op <= gamma"))
    everywhere = k.generalise(k.generalise(L0_MATRIX.theorem, Y), X)
    along = p.instantiate(everywhere, HERE, THERE, label="L0 along the step")
    remainder = above(Val(F, THERE) - Val(F, HERE) - Inner(GRADIENT, THERE - HERE))
    inner = unfold(Inner(GRADIENT, THERE - HERE), update)
    length = unfold(Op(THERE - HERE), update)
    scaled = k.specialise(norm_of_multiple(-1), {S: ETA, U: out(t)})
    scaled = k.cut(scaled, p.sign_fact(k.Le(ZERO, ETA)))
    reach = p.linear(k.Le(left(length), ETA * GAMMA), length, scaled, (ETA, small))
    square = p.linear(
        k.Le(left(reach) ** 2, ETA**2 * GAMMA**2),
        (left(reach) + ETA * GAMMA, reach),
        label="length",
    )
    return p.linear(
        k.Le(
            Val(F, THERE),
            Val(F, HERE) - ETA * Inner(GRADIENT, out(t)) + L * ETA**2 * GAMMA**2 / 2,
        ),
        remainder,
        along,
        inner,
        p.inner_linear(right(inner)),
        (L, square),
        label="one step",
    )


def price_at(
    p: Proof, s: sp.Expr, pair: tuple[sp.Expr, sp.Expr], spread: sp.Expr, *parts: k.Theorem
) -> k.Theorem:
    """alpha |C|_* - E[<C, O> | past s] <= gamma sum of spread(i), for ``pair`` C and G at step s.

    ``parts`` say of G: E[G | past s] is C, which is known, the rows of G - C have at most the
    variance spread(i)**2, and alpha |G|_* <= <G, O>.
    """
    sizes = p.generalise(in_row(p).sign_fact(k.Le(ZERO, spread)), I, *IN_ROWS)
    to = {M: pair[0], G: pair[1], O: out(s), SPREAD: ((I,), spread), GIVEN: Past(s)}
    lemma = p.specialise(by_rows(), to, label="L1")
    small = p.instantiate(_held(p, "|O|_op <= gamma"), s)
    own = [p.sign_fact(k.Le(ZERO, ALPHA)), p.sign_fact(k.Lt(ZERO, GAMMA))]
    return k.cut(lemma, *(h for h in (*parts, sizes, small, *own) if h.concl in lemma.hyps))


def price_of_noise(p: Proof) -> k.Theorem:
    """alpha |grad|_* - E[<grad, O> | past] <= gamma |Sigma|_*/sqrt(B), for the free t >= 0."""
    aligned = p.instantiate(_held(p, "alignment"), t)
    parts = [gradient_known(p), mean_of_batch(p), rows_below(p, rows_of_batch(p)), aligned]
    return price_at(p, t, (GRADIENT, g(t)), SIGMA(I) / sp.sqrt(B), *parts)


def rows_below(p: Proof, rows: k.Theorem) -> k.Theorem:
    """Variances of rows at most sigma(i)**2/B, written as squares of sigma(i)/sqrt(B)."""
    q = in_row(p)
    row = q.instantiate(rows, I)
    square = q.linear(k.Le(left(row), (SIGMA(I) / sp.sqrt(B)) ** 2), row)
    return p.generalise(square, I, *IN_ROWS)


def expected_step(p: Proof) -> tuple[k.Theorem, sp.Expr]:
    """E f(x') <= E f(x) - alpha eta E|grad|_* + cost, and the cost."""
    step, price = matrix_step(p), price_of_noise(p)
    total = next(iter(right(price).atoms(Big)))
    share = p.sum_linear(total)
    given = p.expect_mono(step, PAST)
    q = p.having(gradient_known(p), p.instantiate(_held(p, "x known"), t))
    opened = q.expect_linear(right(given))
    cost = ETA * GAMMA * NOISE / sp.sqrt(B) + L * ETA**2 * GAMMA**2 / 2
    bound = Val(F, HERE) - ALPHA * ETA * Nuc(GRADIENT) + cost
    conditional = p.linear(
        k.Le(left(given), bound),
        given,
        opened,
        (ETA, price),
        (ETA * GAMMA, share),
        label="conditional step",
    )
    mean = VALUE - ALPHA * ETA * Ex(Nuc(GRADIENT), TRIVIAL) + cost
    return whole_expectation(p, conditional, mean), cost


def prove(statement: Statement) -> k.Theorem:
    """Descent, price of noise, tower, telescope, gap."""
    p = statement.proof()[0]
    step, cost = expected_step(p.having(k.assume(NOW[0])))
    whole = telescope(p, step, Ex(Nuc(GRADIENT), TRIVIAL), ALPHA * ETA, cost)
    return p.linear(
        claimed(statement), (1 / (ALPHA * ETA * T), whole), label="divide by alpha eta T"
    )


def exact_outputs(p: Proof, general: k.Theorem, direction: k.Sym, label: str) -> k.Theorem:
    """A theorem about inexact steps for O(t) = polar of the direction: alpha = gamma = 1."""
    to = {out: ((t,), Pol(direction(t))), ALPHA: sp.Integer(1), GAMMA: sp.Integer(1)}
    thm = p.specialise(general, to, label=label)
    size = p.generalise(p.polar_size(direction(t)), t, *NOW)
    pairing = p.polar_pairing(direction(t))
    aligned = p.generalise(p.linear(k.Le(right(pairing), left(pairing)), pairing), t, *NOW)
    parts = [size, aligned, p.sign_fact(k.Lt(ZERO, sp.Integer(1)))]
    return k.cut(thm, *(h for h in parts if h.concl in thm.hyps))


def prove_exact(statement: Statement) -> k.Theorem:
    """The polar factor has alpha = gamma = 1: T5 for the family O(t) = polar g(t)."""
    p = statement.proof()[0]
    bound = exact_outputs(p, T5.theorem, g, "T5 for the polar factor")
    return p.linear(claimed(statement), bound, label="exact polar factor")


WORDS = {
    "L": "smoothness, spectral to nuclear norm [value/length^2]",
    "eta": "stepsize, the spectral norm of a step with gamma = 1 [length]",
    "|sigma|_1": "nuclear norm of Sigma, the sum of the entries of sigma [value/length]",
}


def in_words(theorem: str, methods: str, statement: Statement) -> Bound:
    """The bound of a statement on matrices, with alpha = gamma = 1 where they are left out."""

    def variants() -> tuple[Variant, ...]:
        (one,) = upper(theorem, methods, statement).variants
        symbols = {name: WORDS.get(name, text) for name, text in one.level.symbols.items()}
        exact: dict[str, float] = {n: 1.0 for n in ("alpha", "gamma") if n in symbols}
        level = replace(one.level, symbols=MappingProxyType(symbols))
        return (replace(one, level=level, defaults=exact),)

    return Bound(theorem, "upper", variants)


T5 = Theory(
    id="T5",
    title="Muon: avg E|grad f|_* <= Delta/(alpha eta T) + L eta gamma^2/(2 alpha) + "
    "gamma |Sigma|_*/(alpha sqrt(B))",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: muon_samples(TOTAL, NOISE, ALPHA, GAMMA),
    bound=in_words("T5", "Muon with constant stepsize and batch, any polar step", STATEMENT),
    runs=experiments_matrix.MUON,
)
T5_EXACT = Theory(
    id="T5-exact",
    title="Muon, exact polar factor: avg E|grad f|_* <= Delta/(eta T) + L eta/2 + "
    "|Sigma|_*/sqrt(B)",
    kind="upper",
    statement=EXACT_STATEMENT,
    prove=prove_exact,
    samples=lambda: polar_samples(TOTAL, NOISE),
    bound=in_words("T5-exact", "Muon with the exact polar factor", EXACT_STATEMENT),
    runs=experiments_matrix.EXACT,
)
