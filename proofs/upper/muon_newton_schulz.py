"""T5 for steps that a minorant bounds, such as those of Newton-Schulz: Muon as it is run.

avg_T <= Delta/(alpha eta T) + L eta gamma^2/(2 alpha) + gamma |Sigma|_*/(alpha sqrt(B)) with the
alpha(r, level, slope) of T10-minorant, r the rank of the matrices at most. Where level, slope and
gamma are left out, the number is that of the reference schedule, certified for T10: exact
arithmetic, no eps.

The matrices enter by singular values: s(t, i) of G_t, o(t, i) of the step, z(t, i) = s(t, i)/F(t).
That |G_t|_* is the sum of s(t, i) and <G_t, O_t> that of s(t, i) o(t, i) are hypotheses: a
polynomial of a matrix keeps its singular vectors. Where G_t = 0 the z(t, i) may be any numbers of
[0, 1].

Source: theory sheet, sections 1 (T5, T10).
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from proofs import experiments_matrix
from proofs.lemmas import minorant as lemma
from proofs.lemmas.basics import ZERO, I, claimed
from proofs.lemmas.matrix_noise import ALPHA, GAMMA
from proofs.lemmas.minorant import ANY, FROBENIUS, RANGE, RANK, O, S, Z, minorant, ranked, total
from proofs.newton_schulz import NEWTON_SCHULZ
from proofs.samples.newton_schulz import muon_samples
from proofs.upper.muon import STATEMENT as INEXACT
from proofs.upper.muon import T5, TOTAL, in_words, out
from proofs.upper.muon_oracle import NOISE, always
from proofs.upper.oracle import NOW, g, t
from signcheck import kernel as k
from signcheck.bound import Bound, Variant
from signcheck.kernel.terms import Inner, Nuc
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

s, o, z = (k.Sym(name, "fam:random") for name in ("s", "o", "z"))
F = k.Sym("F", "fam:random")
SPECTRUM: dict[str, k.Formula] = {
    "|G|_*": always(k.Eq(total(s(t, I)), Nuc(g(t)))),
    "<G, O>": always(k.Eq(total(s(t, I) * o(t, I)), Inner(g(t), out(t)))),
    "F >= 0": always(k.Le(ZERO, F(t))),
    "Frobenius norm": always(k.Eq(F(t) ** 2, total(s(t, I) ** 2))),
    "normalised": always(ranked(k.Eq(F(t) * z(t, I), s(t, I)))),
    "z >= 0": always(ranked(k.Le(ZERO, z(t, I)))),
    "z <= 1": always(ranked(k.Le(z(t, I), 1))),
    "minorant": always(ranked(k.Le(minorant(z(t, I)), o(t, I)))),
}
"""G(t) and the step O(t) by their singular values."""
_CLAIM = INEXACT.conclusion
_KEPT = {n: h for n, h in INEXACT.hypotheses.items() if n not in ("alignment", f"{ALPHA} > 0")}

STATEMENT = Statement(
    hypotheses={**_KEPT, **RANK, **RANGE, **SPECTRUM},
    conclusion=_CLAIM.subst({ALPHA: lemma.ALPHA}),
)

# ---------------------------------------------------------------- proof


def aligned(p: Proof) -> k.Theorem:
    """alpha |G|_* <= <G, O>, surely, for the free t >= 0."""
    to = {ANY[S]: ((I,), s(t, I)), ANY[O]: ((I,), o(t, I)), ANY[Z]: ((I,), z(t, I))}
    to |= {ANY[FROBENIUS]: F(t)}
    whole = p.specialise(lemma.surely_aligned(), to, label="T10-minorant, surely")
    here = {name: p.instantiate(p.fact(h, name), t) for name, h in SPECTRUM.items()}
    parts = [*p.facts, *here.values()]
    whole = k.cut(whole, *(x for x in parts if x.concl in whole.hyps))
    return k.rewrite(whole, here["|G|_*"], here["<G, O>"])


def positive(p: Proof) -> Proof:
    """With 0 < slope and 0 < alpha, which is 2 c e."""
    low, order = (p.fact(formula, name) for name, formula in RANGE.items())
    p = p.having(p.linear(k.Lt(ZERO, lemma.SLOPE), low, order))
    product = 2 * lemma.ROOTS[lemma.C] * lemma.ROOTS[lemma.E]
    same = p.identity(product, lemma.ALPHA)
    return p.having(p.linear(k.Lt(ZERO, lemma.ALPHA), p.sign_fact(k.Lt(ZERO, product)), same))


@cache
def _derived(hypotheses: tuple[tuple[str, k.Formula], ...]) -> tuple[Proof, k.Theorem]:
    """The facts and the bound of T5, once for all variants of the claim."""
    p = positive(Statement(dict(hypotheses), STATEMENT.conclusion).proof()[0])
    each = p.generalise(aligned(p.having(k.assume(NOW[0]))), t, *NOW)
    found = p.specialise(T5.theorem, {ALPHA: lemma.ALPHA}, label="T5")
    return p, k.cut(found, *(x for x in (*p.facts, each) if x.concl in found.hyps))


def prove(statement: Statement) -> k.Theorem:
    """T10-minorant at every step surely, and T5."""
    p, found = _derived(tuple(statement.hypotheses.items()))
    return p.linear(claimed(statement), found, label="alpha of T10-minorant")


def bound(theorem: str, methods: str) -> Bound:
    """The number, that of the reference schedule where its own are left out."""

    def variants() -> tuple[Variant, ...]:
        (one,) = in_words(theorem, methods, STATEMENT).variants
        known = {**NEWTON_SCHULZ.numbers, GAMMA: NEWTON_SCHULZ.gamma}
        return (replace(one, defaults={s.name: float(number) for s, number in known.items()}),)

    return Bound(theorem, "upper", variants)


T5_NEWTON_SCHULZ = Theory(
    id="T5-newton-schulz",
    title="Muon, Newton-Schulz steps: the bound of T5 with alpha(r, level, slope) of T10-minorant",
    kind="upper",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: muon_samples(TOTAL, NOISE, GAMMA),
    notes={"slack": "no instance is known on which steps with this minorant are so slow"},
    bound=bound("T5-newton-schulz", "Muon, steps with a minorant and no momentum"),
    runs=experiments_matrix.NEWTON_SCHULZ,
)
