"""A matrix step O = q(G/|G|_F), q a composition of odd polynomials, by its singular values.

Of q two claims on [0, 1] are hypotheses: q(s) >= min(level, slope s), from which T10-minorant gives
<G, O> >= alpha(r) |G|_*, and |q(s)| <= gamma, which bounds |O|_op. Both are certified by ball
arithmetic on the formula itself before they are used. Nothing depends on the schedule but the
polynomials and the three numbers, so whoever has other coefficients gets the theorems for them.

Source: theory sheet, T10.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, cached_property
from itertools import pairwise

import sympy as sp

from hardinstances.errors import InputError
from proofs.lemmas import minorant as lemma
from proofs.lemmas.basics import ZERO, I, claimed
from proofs.lemmas.minorant import (
    FROBENIUS,
    IN_RANK,
    NORM,
    NUCLEAR,
    ONE,
    PAIRING,
    RANK,
    O,
    R,
    S,
    Z,
    ranked,
)
from proofs.lemmas.roots import below
from signcheck import kernel as k
from signcheck.intervals.newton_schulz import Minorant, Schedule
from signcheck.intervals.newton_schulz_claims import certify
from signcheck.kernel.terms import Big
from signcheck.proof import Proof
from signcheck.theory import Statement

X, T, J, N = k.Sym("x", "fam:real"), *(k.Sym(name, "int") for name in ("t", "j", "n"))
"""x(t, i): singular value i after t polynomials."""
SIZE = sp.Abs(O(J))
"""One singular value of the step; the largest is |O|_op."""


def exact(value: Fraction) -> sp.Rational:
    """The same number for sympy."""
    return sp.Rational(value.numerator, value.denominator)


def polynomial(row: tuple[Fraction, ...], z: sp.Expr) -> sp.Expr:
    """The odd polynomial with these coefficients of z, z**3, z**5, ..."""
    return sp.Add(*(exact(c) * z ** (2 * place + 1) for place, c in enumerate(row)))


MATRIX: dict[str, k.Formula] = {
    **RANK,
    "F > 0": k.Lt(ZERO, FROBENIUS),
    "singular values": ranked(k.Le(ZERO, S(I))),
    **NORM,
}
"""A matrix that is not 0, of rank at most r, by its singular values."""


@cache
def member_below_sum() -> k.Theorem:
    """For all j with 0 <= j < r: s(j)**2 <= sum of s(i)**2 over i < r."""
    p = Proof()
    low, high = (k.assume(h.subst({I: J})) for h in IN_RANK)
    q = p.having(low, high)

    def squares(n: sp.Expr) -> sp.Expr:
        return Big(S(I) ** 2, I, ZERO, n)

    own, beyond = S(J) ** 2, N + J + 1
    base = q.linear(k.Le(own, squares(J + 1)), q.range_step(squares(J + 1)), slack=[squares(J)])
    t = q.having(q.assume(k.Le(ZERO, N)))
    known = t.assume(k.Le(own, squares(beyond)))
    grown = t.range_step(squares(beyond + 1))
    step = t.linear(k.Le(own, squares(beyond + 1)), grown, known, slack=[S(beyond) ** 2])
    every = q.induction(base, step, N, ZERO, None, label="a square is below the sum")
    rest = q.linear(k.Le(ZERO, R - J - 1), q.integer_gap(high))
    whole = q.having(rest).instantiate(every, R - J - 1)
    return q.generalise(whole, J, low.concl, high.concl)


def sizes(p: Proof) -> tuple[k.Theorem, k.Theorem]:
    """0 <= s(i)/F <= 1 for the i of ``p``, from the facts about the matrix."""
    z = S(I) / FROBENIUS
    q = p.having(p.instantiate(p.fact(MATRIX["singular values"], "singular values"), I))
    norm = p.fact(MATRIX["Frobenius norm"], "Frobenius norm")
    square = q.instantiate(member_below_sum(), I)
    square = q.linear(k.Le(S(I) ** 2, FROBENIUS**2), square, norm)
    size = below(q, S(I), FROBENIUS, square)
    return q.sign_fact(k.Le(ZERO, z)), q.linear(k.Le(z, ONE), (1 / FROBENIUS, size))


@dataclass(frozen=True)
class PolynomialStep:
    """A schedule of odd polynomials with the numbers that are claimed of it.

    Attributes
    ----------
    schedule
        Coefficients of s, s^3, s^5, ... of each polynomial, in order.
    minorant
        q(s) >= min(level, slope s) on [0, 1].
    gamma
        |q(s)| <= gamma on [0, 1].

    Raises
    ------
    InputError
        If the level is not positive or exceeds the slope: then its line and the level do not meet
        on [0, 1], and alpha has no value.
    """

    schedule: Schedule
    minorant: Minorant
    gamma: Fraction

    def __post_init__(self) -> None:
        level, slope = self.minorant.level, self.minorant.slope
        if not 0 < level <= slope:
            raise InputError(
                f"The level must be positive and at most the slope, got {level} and {slope}: "
                "choose another minorant."
            )

    @property
    def _last(self) -> sp.Integer:
        return sp.Integer(len(self.schedule))

    def always(self, claim: Callable[[sp.Expr, sp.Expr], k.Formula]) -> k.Formula:
        """For all z0 in [0, 1] and z1 = p_1(z0), ..., zn = p_n(..): the claim about z0 and zn."""
        z = [k.Sym(f"z{place}") for place in range(len(self.schedule) + 1)]
        formula = claim(z[0], z[-1])
        for row, (before, after) in reversed(list(zip(self.schedule, pairwise(z), strict=True))):
            formula = k.ForAll(after, (k.Eq(after, polynomial(row, before)),), formula)
        return k.ForAll(z[0], (k.Le(ZERO, z[0]), k.Le(z[0], ONE)), formula)

    @cached_property
    def certified(self) -> tuple[tuple[str, k.Formula], tuple[str, k.Formula]]:
        """The claims of minorant and gamma, by the names that they have in the statements."""
        level, slope, gamma = map(exact, (self.minorant.level, self.minorant.slope, self.gamma))
        low = self.always(lambda s, q: k.Le(sp.Min(level, slope * s), q))
        high = self.always(lambda _, q: k.Le(sp.Abs(q), gamma))
        at, rise, top = (f"{float(number):.10g}" for number in (level, slope, gamma))
        return (
            (f"certified: q(s) >= {at} or {rise} s", low),
            (f"certified: |q(s)| <= {top}", high),
        )

    @cached_property
    def iteration(self) -> dict[str, k.Formula]:
        """What the step does to the singular values of G."""
        first = {"normalised": ranked(k.Eq(X(ZERO, I), S(I) / FROBENIUS))}
        last = {"output": ranked(k.Eq(X(self._last, I), O(I)))}
        return {**first, **dict(self._moves()), **last}

    def _moves(self) -> Iterator[tuple[str, k.Formula]]:
        rows = self.schedule
        if len(set(rows)) == 1:
            guards = (k.Le(ZERO, T), k.Lt(T, self._last))
            move = ranked(k.Eq(X(T + 1, I), polynomial(rows[0], X(T, I))))
            yield "steps", k.ForAll(T, guards, move)
            return
        for t, row in enumerate(rows):
            here, there = X(sp.Integer(t), I), X(sp.Integer(t + 1), I)
            yield f"step {t + 1}", ranked(k.Eq(there, polynomial(row, here)))

    @property
    def numbers(self) -> dict[k.Sym, sp.Rational]:
        """Level and slope."""
        return {lemma.LEVEL: exact(self.minorant.level), lemma.SLOPE: exact(self.minorant.slope)}

    @cached_property
    def alignment(self) -> Statement:
        """alpha(r) |G|_* <= <G, O>."""
        name, claim = self.certified[0]
        return Statement(
            hypotheses={**MATRIX, **self.iteration, name: claim},
            conclusion=k.Le(lemma.ALPHA.xreplace(self.numbers) * NUCLEAR, PAIRING),
        )

    @cached_property
    def range(self) -> Statement:
        """Every singular value of O is at most gamma."""
        name, claim = self.certified[1]
        matrix = {n: formula for n, formula in MATRIX.items() if n != "r >= 1"}
        index = {"j >= 0": k.Le(ZERO, J), "j < r": k.Lt(J, R)}
        return Statement(
            hypotheses={**matrix, **self.iteration, name: claim, **index},
            conclusion=k.Le(SIZE, exact(self.gamma)),
        )

    # ------------------------------------------------------------ proof

    def _start(self, q: Proof) -> tuple[k.Theorem, k.Theorem, k.Theorem]:
        """F x(0, i) == s(i) and 0 <= x(0, i) <= 1, for a free i."""
        low, high = sizes(q)
        start = q.instantiate(q.fact(self.iteration["normalised"], "normalised"), I)
        first = X(ZERO, I)
        return (
            q.linear(k.Eq(FROBENIUS * first, S(I)), (FROBENIUS, start)),
            q.linear(k.Le(ZERO, first), start, low),
            q.linear(k.Le(first, ONE), start, high),
        )

    def _along(self, q: Proof, name: str, claim: k.Formula) -> k.Theorem:
        """A certified claim for x(0, i) and the o(i) that the steps make of it, for a free i."""
        certified(claim)
        held = {n: q.fact(formula, n) for n, formula in self.iteration.items()}
        places = [sp.Integer(t) for t in range(len(self.schedule) + 1)]
        if "steps" in held:
            moves = [q.instantiate(held["steps"], t, I) for t in places[:-1]]
        else:
            moves = [q.instantiate(held[f"step {t}"], I) for t in places[1:]]
        path = [X(t, I) for t in places]
        found = q.having(*moves).instantiate(q.fact(claim, name), *path, label=name)
        return k.rewrite(found, q.instantiate(held["output"], I))

    def prove_alignment(self, statement: Statement) -> k.Theorem:
        """The certified minorant at every singular value, and T10-minorant."""
        p = statement.proof()[0]
        q = p.having(*map(k.assume, IN_RANK))
        start = self._start(q)
        each = (*start, self._along(q.having(*start[1:]), *self.certified[0]))
        to = {**self.numbers, Z: ((I,), X(ZERO, I))}
        found = p.specialise(lemma.T10_MINORANT.theorem, to, label="T10-minorant")
        positive = (*(h.subst(self.numbers) for h in lemma.RANGE.values()), k.Le(ZERO, FROBENIUS))
        signs = [p.sign_fact(h) for h in positive]
        parts = [*p.facts, *signs, *(p.generalise(x, I, *IN_RANK) for x in each)]
        found = k.cut(found, *(x for x in parts if x.concl in found.hyps))
        return p.linear(claimed(statement), found, label="alpha")

    def prove_range(self, statement: Statement) -> k.Theorem:
        """The certified range at the singular value j."""
        p = statement.proof()[0]
        q = p.having(*map(k.assume, IN_RANK))
        each = self._along(q.having(*self._start(q)[1:]), *self.certified[1])
        one = p.instantiate(p.generalise(each, I, *IN_RANK), J)
        return p.linear(claimed(statement), one, label="gamma")


@cache
def certified(claim: k.Formula) -> str:
    """Run the ball arithmetic on a claim; the method, or ProofError if it is not certified."""
    return certify(claim).method
