"""T10: what the Newton-Schulz step of Muon does to the singular values of a matrix.

O = q(G/|G|_F), q = p o p o p o p o p with the odd polynomial p of the reference schedule, in exact
arithmetic and without an eps. T10: <G, O> >= alpha(r) |G|_* for every G of rank at most r.
T10-range: every singular value of O is at most gamma = 1.2024. These are the alpha and gamma of T5.

The statements speak of singular values: s(i) of G, o(i) of O. What they do not derive is that an
odd polynomial of a matrix acts on its singular values and keeps its singular vectors, so that
<G, O> = sum s(i) o(i), |G|_* = sum s(i) and |O|_op = max |o(i)|: the runs compute all three from
matrices, and tests/proofs/test_newton_schulz.py compares them with the sums.

That q(s) >= min(0.6818, 450 s) and |q(s)| <= 1.2024 on [0, 1] are hypotheses, certified by ball
arithmetic (``signcheck.intervals.newton_schulz_claims``) on the very formulas that stand here.

Source: theory sheet, T10; K. Jordan et al., "Muon", 2024 (the coefficients).
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import cache
from itertools import pairwise

import sympy as sp

from proofs.lemmas import minorant as lemma
from proofs.lemmas.basics import ZERO, I, claimed
from proofs.lemmas.minorant import (
    FROBENIUS,
    IN_RANK,
    MATRIX,
    NUCLEAR,
    ONE,
    PAIRING,
    O,
    R,
    S,
    alpha_of,
    sizes,
)
from proofs.newton_schulz_runs import alignment_runs, range_runs
from proofs.samples.newton_schulz import range_samples, step_samples
from signcheck import kernel as k
from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT
from signcheck.intervals.newton_schulz_claims import certify
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

X, T, J = k.Sym("x", "fam:real"), k.Sym("t", "int"), k.Sym("j", "int")
"""x(t, i): singular value i after t polynomials."""
STEPS = len(REFERENCE)


def exact(value: Fraction) -> sp.Rational:
    """The same number for sympy."""
    return sp.Rational(value.numerator, value.denominator)


LEVEL, SLOPE = exact(REFERENCE_MINORANT.level), exact(REFERENCE_MINORANT.slope)
GAMMA = sp.Rational(12024, 10**4)


def polynomial(z: sp.Expr) -> sp.Expr:
    """p(z) of the reference schedule, whose steps are all alike."""
    row = map(exact, REFERENCE[0])
    return sp.Add(*(c * z ** (2 * place + 1) for place, c in enumerate(row)))


def always(claim: Callable[[sp.Expr, sp.Expr], k.Formula]) -> k.Formula:
    """For all z0 in [0, 1] and z1 = p(z0), ..., z5 = p(z4): the claim about z0 and z5."""
    z = [k.Sym(f"z{place}") for place in range(STEPS + 1)]
    formula = claim(z[0], z[-1])
    for before, after in reversed(list(pairwise(z))):
        formula = k.ForAll(after, (k.Eq(after, polynomial(before)),), formula)
    return k.ForAll(z[0], (k.Le(ZERO, z[0]), k.Le(z[0], ONE)), formula)


ITERATION: dict[str, k.Formula] = {
    "normalised": k.ForAll(I, IN_RANK, k.Eq(X(ZERO, I), S(I) / FROBENIUS)),
    "steps": k.ForAll(
        T,
        (k.Le(ZERO, T), k.Lt(T, STEPS)),
        k.ForAll(I, IN_RANK, k.Eq(X(T + 1, I), polynomial(X(T, I)))),
    ),
    "output": k.ForAll(I, IN_RANK, k.Eq(X(sp.Integer(STEPS), I), O(I))),
}
"""What the step does to the singular values of G."""
MINORANT = f"certified: q(s) >= {float(LEVEL)} or {SLOPE} s"
RANGE = f"certified: |q(s)| <= {float(GAMMA)}"
CERTIFIED: dict[str, k.Formula] = {
    MINORANT: always(lambda s, q: k.Le(sp.Min(LEVEL, SLOPE * s), q)),
    RANGE: always(lambda _, q: k.Le(sp.Abs(q), GAMMA)),
}

SIZE = sp.Abs(O(J))
NUMBERS = {lemma.LEVEL: LEVEL, lemma.SLOPE: SLOPE}

STATEMENT = Statement(
    hypotheses={**MATRIX, **ITERATION, MINORANT: CERTIFIED[MINORANT]},
    conclusion=k.Le(lemma.ALPHA.xreplace(NUMBERS) * NUCLEAR, PAIRING),
)
RANGE_STATEMENT = Statement(
    hypotheses={
        **{name: formula for name, formula in MATRIX.items() if name != "r >= 1"},
        **ITERATION,
        RANGE: CERTIFIED[RANGE],
        "j >= 0": k.Le(ZERO, J),
        "j < r": k.Lt(J, R),
    },
    conclusion=k.Le(SIZE, GAMMA),
)

# ---------------------------------------------------------------- proof


@cache
def _certified(name: str) -> None:
    certify(CERTIFIED[name])


def along(q: Proof, name: str) -> k.Theorem:
    """A certified claim for s(i)/F and the o(i) that the steps make of it, for the i of ``q``."""
    _certified(name)
    low, high = sizes(q)
    start = q.instantiate(q.fact(ITERATION["normalised"], "normalised"), I)
    first = X(ZERO, I)
    inside = [q.linear(k.Le(ZERO, first), start, low), q.linear(k.Le(first, ONE), start, high)]
    steps, output = (q.fact(ITERATION[name], name) for name in ("steps", "output"))
    moved = [q.instantiate(steps, sp.Integer(t), I) for t in range(STEPS)]
    path = [X(sp.Integer(t), I) for t in range(STEPS + 1)]
    held = q.having(*inside, *moved).instantiate(q.fact(CERTIFIED[name], name), *path, label=name)
    return k.rewrite(held, start, q.instantiate(output, I))


def prove(statement: Statement) -> k.Theorem:
    """The certified minorant at every singular value, and T10-minorant."""
    p = statement.proof()[0]
    each = along(p.having(*map(k.assume, IN_RANK)), MINORANT)
    found = p.specialise(lemma.T10_MINORANT.theorem, NUMBERS, label="T10-minorant")
    numbers = [p.sign_fact(h.subst(NUMBERS)) for h in lemma.RANGE.values()]
    parts = [*p.facts, *numbers, p.generalise(each, I, *IN_RANK)]
    found = k.cut(found, *(t for t in parts if t.concl in found.hyps))
    return p.linear(claimed(statement), found)


def prove_range(statement: Statement) -> k.Theorem:
    """The certified range at the singular value j."""
    p = statement.proof()[0]
    each = along(p.having(*map(k.assume, IN_RANK)), RANGE)
    one = p.instantiate(p.generalise(each, I, *IN_RANK), J)
    return p.linear(claimed(statement), one, label="range")


METHODS = "five Newton-Schulz polynomials of the reference schedule, exact arithmetic"
T10 = Theory(
    id="T10",
    title="Newton-Schulz step of Muon: <G, O> >= alpha(r) |G|_* for rank at most r",
    kind="lemma",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: step_samples(LEVEL, SLOPE),
    bound=alpha_of("T10", METHODS, STATEMENT),
    runs=alignment_runs(NUCLEAR, PAIRING),
)
T10_RANGE = Theory(
    id="T10-range",
    title=f"Newton-Schulz step of Muon: |O|_op <= {float(GAMMA)}",
    kind="lemma",
    statement=RANGE_STATEMENT,
    prove=prove_range,
    samples=lambda: range_samples(SIZE),
    runs=range_runs(SIZE),
)
