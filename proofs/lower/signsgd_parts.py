"""What both variants of T2 share: the noisy family, the quiet pair, the budgets, the statement.

Source: theory sheet, section 3.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

import sympy as sp

from hardinstances.level import Level
from hardinstances.levels import MASKED_SLOPE
from hardinstances.profiles import OSCILLATOR, RAMP
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, SIGMA, TAU, L, T, lifted, regime
from proofs.lemmas.basics import ZERO, I, left, right
from proofs.lemmas.blocks import conclude, gap_of_ramp, opened, ramp_slope
from proofs.lemmas.masking import MISS, ROOT, root_of_two
from proofs.lower.dynamics import SIGNSGD
from proofs.lower.lattice import LONG_RAMP, quiet_block
from proofs.lower.signsgd_paths import oscillator_path, ramp_path
from signcheck import kernel as k
from signcheck.kernel.terms import Big
from signcheck.proof import Premise, Proof
from signcheck.theory import Statement

ONE = sp.Integer(1)
A, TOTAL = k.Sym("a"), k.Sym("b")
N, M = k.Sym("n", "int"), k.Sym("m", "int")
FAMILY = (k.Le(ZERO, I), k.Lt(I, N))
S = Big(SIGMA(I), I, ZERO, N)
OF_SIGMA = {"S": S, "n": N}
MASKED = "tau is masked"

# ---------------------------------------------------------------- statement

SLOPE = SIGMA(I) * sp.sqrt(ROOT - 1) - TAU
"""b_i, the slope that masking noise of level sigma_i hides."""


def masked_statement(level: Level) -> Statement:
    """A level of SignSGD under masking noise, on n noisy coordinates beside two quiet ones."""
    hypotheses = {
        **regime(
            level,
            *("L > 0", "eta > 0", "T >= 1", "B >= 1", "delta > 0", "delta < 1/2"),
            *("rho > 0", "rho < 1", "gap"),
            **OF_SIGMA,
        ),
        "tau > 0": k.Lt(ZERO, TAU),
        "n >= 1": k.Le(ONE, N),
        MASKED: k.ForAll(I, FAMILY, k.Lt(ZERO, SLOPE)),
    }
    noise = (k.Sym("sigma_1"), k.Sym("sigma_2"), S)
    goal = lifted(level.expr, **OF_SIGMA)
    conclusion = k.Attained(L, DELTA, noise, SIGNSGD, T, goal, sure=False)

    def ranges(p: Proof) -> list[k.Theorem]:
        """What follows from the ranges of the parameters alone."""
        above, _ = root_of_two()
        above = k.cut(above, *(f for f in p.facts if f.concl in above.hyps))
        small, half, steps = (
            p.fact(hypotheses[name], name) for name in ("rho < 1", "delta < 1/2", "T >= 1")
        )
        q = p.having(above)
        return [
            above,
            q.linear(k.Lt(ZERO, 1 - MISS), (1 / ROOT, above), label="hit probability"),
            q.linear(k.Lt(ONE, 1 / RHO), (1 / RHO, small), label="1/rho > 1"),
            q.linear(k.Lt(ZERO, 1 - RHO), small),
            q.linear(k.Lt(ZERO, 1 - 2 * DELTA_SHARE), (2, half)),
            q.linear(k.Le(ZERO, 2 * T - 2), steps),
        ]

    return Statement(prepare=ranges, hypotheses=hypotheses, conclusion=conclusion)


# ---------------------------------------------------------------- sums over the noisy family


@cache
def positive_sum() -> k.Theorem:
    """0 < b_i for all i < n, n >= 1 |- 0 < sum of b_i."""
    b = k.Sym("b", "fam:real")
    p = Proof()
    one = p.given(k.Le(ONE, N))
    each = p.given(k.ForAll(I, FAMILY, k.Lt(ZERO, b(I))))

    def total(m: sp.Expr) -> sp.Expr:
        return Big(b(I), I, ZERO, m)

    first = p.instantiate(each, ZERO, facts=[p.linear(k.Lt(ZERO, N), one, slack=[ONE])])
    pieces = [p.range_step(total(ONE)), p.range_empty(b(I), I, ZERO, "sum")]
    base = p.linear(k.Lt(ZERO, total(ONE)), *pieces, first)
    low, inside = p.assume(k.Le(ONE, M)), p.assume(k.Lt(M + 1, N + 1))
    q = p.having(low)
    early = [q.linear(k.Le(ZERO, M), low, slack=[ONE]), q.linear(k.Lt(M, N), inside)]
    q = q.having(*early)
    known = q.assume(k.Lt(ZERO, total(M)))
    grown = q.range_step(total(M + 1))
    step = q.linear(k.Lt(ZERO, total(M + 1)), grown, known, q.instantiate(each, M))
    whole = p.induction(base, step, M, ONE, N + 1)
    return p.instantiate(whole, N, facts=[*p.facts, p.linear(k.Lt(N, N + 1), slack=[ONE])])


def masked_total(p: Proof, each: k.Theorem) -> tuple[k.Theorem, k.Theorem]:
    """0 < b and sum of b_i == b, for b of the level."""
    b = lifted(MASKED_SLOPE, **OF_SIGMA)
    raw = Big(SLOPE, I, ZERO, N)
    above = p.specialise(positive_sum(), {k.Sym("b", "fam:real"): ((I,), SLOPE)})
    above = k.cut(above, *(f for f in (each, *p.facts) if f.concl in above.hyps))
    opened = p.sum_linear(raw)
    return p.linear(k.Lt(ZERO, b), above, opened), p.linear(k.Eq(raw, b), opened)


def noise_level(p: Proof) -> k.Theorem:
    """0 <= sigma_i, from 0 < b_i, the last fact."""
    root = 1 / sp.sqrt(ROOT - 1)
    return p.linear(k.Le(ZERO, SIGMA(I)), (root, p.facts[-1]), slack=[root * TAU])


def shared(p: Proof, share: k.Theorem) -> k.Theorem:
    """b == the sum of the b_i, opened by linearity."""
    raw = p.sum_linear(left(share))
    return p.linear(k.Eq(TOTAL, right(raw)), raw, share)


# ---------------------------------------------------------------- blocks and budgets


def quiet_blocks(p: Proof, claim: k.Attained) -> list[k.Block]:
    """The oscillator and the long ramp, on the two coordinates whose noise is not used."""
    swing = ((1 - 2 * DELTA_SHARE) * L, ETA / 2)
    return [
        quiet_block(p, OSCILLATOR, swing, claim.noise[0], oscillator_path),
        quiet_block(p, RAMP, LONG_RAMP, claim.noise[1], ramp_path),
    ]


def level_total(p: Proof, claim: k.Attained, share: k.Theorem) -> k.Theorem:
    """level <= (1 - 2 delta) L eta/2 + a + sum of (1 - rho) b_i."""
    family = Big((1 - RHO) * SLOPE, I, ZERO, N)
    level = (1 - 2 * DELTA_SHARE) * L * ETA / 2 + A + family
    opened_share = shared(p, share)
    parts: list[Premise] = [p.sum_linear(family), opened_share, (RHO, opened_share)]
    return p.linear(k.Le(claim.level, level), *parts, label="level")


def budgets(
    p: Proof,
    claim: k.Attained,
    parts: list[k.Block],
    share: k.Theorem,
    *spent: Premise,
    left_over: Sequence[sp.Expr] = (),
) -> list[k.Theorem]:
    """Curvature and gap budget; ``share``: sum of b_i == b; the rest says how the gap is spent."""
    noisy = parts[-1]

    def sums(terms: list[sp.Expr]) -> tuple[sp.Expr, k.Theorem]:
        family = noisy.total(terms[-1])
        return sp.Add(*terms[:-1], family), p.sum_linear(family)

    curve, curve_sum = sums([block.lipschitz.concl.constant for block in parts])  # type: ignore[attr-defined]
    gap, gap_sum = sums([block.gap.concl.constant for block in parts])  # type: ignore[attr-defined]
    bent = (DELTA_SHARE * L / TOTAL, shared(p, share))
    return [
        p.linear(k.Le(curve, claim.smoothness), curve_sum, bent, label="curvature budget"),
        p.linear(k.Le(gap, claim.gap), gap_sum, *spent, slack=left_over, label="gap budget"),
    ]


Construct = Callable[[Proof, k.Attained, k.Theorem, k.Theorem, k.Theorem], k.Theorem]


def prove_masked(statement: Statement, level: Level, construct: Construct) -> k.Theorem:
    """Solve the gap equation, leave slope and total open for ``construct``, then put them in.

    ``construct(p, claim, each, budget, share)`` makes the witness from: 0 < b_i for all i, the gap
    equation for the slope a, and sum of b_i == b.
    """
    p = statement.proof()[0]
    claim, gap = statement.conclusion, level.regime[-1].expr
    assert isinstance(claim, k.Attained)
    whole = masked_statement(level).hypotheses
    each = p.fact(whole[MASKED], MASKED)
    b = lifted(MASKED_SLOPE, **OF_SIGMA)
    slope, budget = ramp_slope(p, lifted(gap, **OF_SIGMA))
    positive, share = masked_total(p, each)
    left_for_ramp = lifted(gap.xreplace({MASKED_SLOPE: sp.Symbol("b")}), b=TOTAL)
    q = Proof(*(f for f in p.facts if f.concl != whole["gap"]))
    q.given(k.Lt(ZERO, TOTAL))
    q.given(k.Le(ZERO, A))
    known = [
        q.given(k.Eq(gap_of_ramp(A), left_for_ramp)),
        q.given(k.Eq(left(share), TOTAL)),
    ]
    open_level = opened(opened(claim.level, right(slope), A), (1 - RHO) * b, (1 - RHO) * TOTAL)
    inner = construct(q, replace(claim, level=open_level), each, *known)
    values = {A: right(slope), TOTAL: b}
    return conclude(p, inner, values, slope, budget, positive, share)
