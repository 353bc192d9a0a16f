"""T2 (SignSGD, finite horizon): T1 cannot be improved beyond the factor kappa_B in its noise term.

The sheet has ln(2/rho), for the probability that the walk was ever below its slope; the bound needs
the law of x(t) at each t only, so Hoeffding's inequality alone, with ln(1/rho), gives a stronger
theorem. Source: theory sheet, section 3; see ERRATA.md.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import sympy as sp

from hardinstances.levels import ESCAPE_LENGTH, LATTICE_TIGHT, MASKED_SLOPE, SIGNSGD_TIGHT
from hardinstances.profiles import OSCILLATOR, RAMP
from proofs import experiments
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, RHO, SIGMA, TAU, L, T, lifted, regime
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, I, left, right
from proofs.lemmas.blocks import bring, conclude, gap_of_ramp, opened, ramp_slope
from proofs.lemmas.masking import MISS, NOISE, ROOT, root_of_two
from proofs.lower.dynamics import SIGNSGD, SIGNSGD_SURE
from proofs.lower.lattice import CAPS, TIGHT_STATEMENT
from proofs.lower.signsgd_paths import noisy_path, oscillator_path, ramp_path
from proofs.samples import lower_samples
from proofs.upper.signsgd import NOISE as WHOLE
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.rules_witness import DRAW, GIVEN, POINT
from signcheck.kernel.terms import Big, Ex, Prof
from signcheck.proof import Premise, Proof
from signcheck.sigma import check_masked, kept_norm, no_noise
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
A, TOTAL = k.Sym("a"), k.Sym("b")
N, M = k.Sym("n", "int"), k.Sym("m", "int")
FAMILY = (k.Le(ZERO, I), k.Lt(I, N))
S = Big(SIGMA(I), I, ZERO, N)
OF_SIGMA = {"S": S, "n": N}

# ---------------------------------------------------------------- statement

SLOPE = SIGMA(I) * sp.sqrt(ROOT - 1) - TAU
"""b_i, the slope that masking noise of level sigma_i hides."""


def ranges(p: Proof) -> list[k.Theorem]:
    """What follows from the ranges of the parameters alone."""
    above, _ = root_of_two()
    above = k.cut(above, *(f for f in p.facts if f.concl in above.hyps))
    q = p.having(above)
    return [
        above,
        q.linear(k.Lt(ZERO, 1 - MISS), (1 / ROOT, above), label="hit probability"),
        q.linear(k.Lt(ONE, 1 / RHO), (1 / RHO, _fact(p, "rho < 1")), label="1/rho > 1"),
        q.linear(k.Lt(ZERO, 1 - RHO), _fact(p, "rho < 1")),
        q.linear(k.Lt(ZERO, 1 - 2 * DELTA_SHARE), (2, _fact(p, "delta < 1/2"))),
        q.linear(k.Le(ZERO, 2 * T - 2), _fact(p, "T >= 1")),
    ]


def _fact(p: Proof, name: str) -> k.Theorem:
    return p.fact(STATEMENT.hypotheses[name], name)


STATEMENT = Statement(
    prepare=ranges,
    hypotheses={
        **regime(
            SIGNSGD_TIGHT,
            *("L > 0", "eta > 0", "T >= 1", "B >= 1", "delta > 0", "delta < 1/2"),
            *("rho > 0", "rho < 1", "gap"),
            **OF_SIGMA,
        ),
        "tau > 0": k.Lt(ZERO, TAU),
        "n >= 1": k.Le(ONE, N),
        "tau is masked": k.ForAll(I, FAMILY, k.Lt(ZERO, SLOPE)),
    },
    conclusion=k.Attained(
        L,
        DELTA,
        (k.Sym("sigma_1"), k.Sym("sigma_2"), S),
        SIGNSGD,
        T,
        lifted(SIGNSGD_TIGHT.expr, **OF_SIGMA),
        sure=False,
    ),
)

# ---------------------------------------------------------------- proof


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


def variance(p: Proof, parameters: tuple[sp.Expr, ...]) -> tuple[k.Theorem, ...]:
    """The masking noise is unbiased, with variance <= sigma_i**2 at every z; 0 <= sigma_i."""
    slope = Prof(k.profile_symbol(RAMP), POINT, *parameters)
    law = p.law(NOISE.law(DRAW, GIVEN, slope))
    mean = p.linear(k.Eq(Ex(DRAW, GIVEN), slope), p.expect_finite(law, Ex(DRAW, GIVEN)))
    low, high = (
        k.specialise(bring(p, r, "ramp", parameters), {bricks.POINT: POINT})
        for r in bricks.ramp_range()
    )
    q = p.having(low)
    top = SIGMA(I) * sp.sqrt(ROOT - 1)
    reach = q.linear(k.Le(slope + TAU, top), high, label="masked slope")
    both = slope + TAU + top
    q = q.having(q.linear(k.Le(ZERO, top), reach, slack=[slope, TAU]))
    spread = q.expect_finite(law, Ex((DRAW - slope) ** 2, GIVEN))
    square = q.linear(
        k.Le(Ex((DRAW - slope) ** 2, GIVEN), SIGMA(I) ** 2),
        spread,
        (both / (ROOT - 1), reach),
        label="variance of masking noise",
    )
    # The derivative z is free in what was used so far, but sigma_i was there before any point.
    root = 1 / sp.sqrt(ROOT - 1)
    level = p.linear(k.Le(ZERO, SIGMA(I)), (root, p.facts[-1]), slack=[root * TAU])
    return mean, square, level


def blocks(p: Proof, claim: k.Attained, each: k.Theorem) -> list[k.Block]:
    """An oscillator, a long noiseless ramp, and one ramp with masking noise for each noisy i."""
    depth = lifted(ESCAPE_LENGTH)
    swing = ((1 - 2 * DELTA_SHARE) * L, ETA / 2)
    long = (A, DELTA_SHARE * L, ETA * (T - 1))
    hidden = (SLOPE, DELTA_SHARE * L * SLOPE / TOTAL, depth)
    sure = [
        k.Block(
            profile,
            parameters,
            sigma,
            bring(p, bricks.lipschitz(profile.name), profile.name, parameters),
            bring(p, bricks.gap(profile.name), profile.name, parameters),
            path(p, parameters),
        )
        for profile, parameters, sigma, path in (
            (OSCILLATOR, swing, claim.noise[0], oscillator_path),
            (RAMP, long, claim.noise[1], ramp_path),
        )
    ]
    q = p.having(*map(k.assume, FAMILY))
    q = q.having(q.instantiate(each, I))
    noisy = k.Block(
        RAMP,
        hidden,
        SIGMA(I),
        bring(q, bricks.lipschitz("ramp"), "ramp", hidden),
        bring(q, bricks.gap("ramp"), "ramp", hidden),
        noisy_path(q, hidden),
        noise=NOISE,
        variance=variance(q, hidden),
        index=I,
        count=N,
    )
    return [*sure, noisy]


def shared(p: Proof, share: k.Theorem) -> k.Theorem:
    """b == the sum of the b_i, opened by linearity."""
    raw = p.sum_linear(left(share))
    return p.linear(k.Eq(TOTAL, right(raw)), raw, share)


def level_total(p: Proof, claim: k.Attained, share: k.Theorem) -> k.Theorem:
    """level <= (1 - 2 delta) L eta/2 + a + sum of (1 - rho) b_i."""
    family = Big((1 - RHO) * SLOPE, I, ZERO, N)
    level = (1 - 2 * DELTA_SHARE) * L * ETA / 2 + A + family
    opened_share = shared(p, share)
    parts: list[Premise] = [p.sum_linear(family), opened_share, (RHO, opened_share)]
    return p.linear(k.Le(claim.level, level), *parts, label="level")


def budgets(
    p: Proof, claim: k.Attained, parts: list[k.Block], *known: k.Theorem
) -> list[k.Theorem]:
    """Curvature budget and gap budget; ``known``: the gap equation and sum b_i == b."""
    noisy = parts[-1]
    budget, share = known

    def sums(terms: list[sp.Expr]) -> tuple[sp.Expr, k.Theorem]:
        family = noisy.total(terms[-1])
        return sp.Add(*terms[:-1], family), p.sum_linear(family)

    curve, curve_sum = sums([block.lipschitz.concl.constant for block in parts])  # type: ignore[attr-defined]
    gap, gap_sum = sums([block.gap.concl.constant for block in parts])  # type: ignore[attr-defined]
    opened_share = shared(p, share)
    scale, width = DELTA_SHARE * L / TOTAL, lifted(ESCAPE_LENGTH)
    bend = TOTAL / (2 * DELTA_SHARE * L)
    spent: list[Premise] = [budget, (width, opened_share), (bend, opened_share)]
    return [
        p.linear(
            k.Le(curve, claim.smoothness),
            curve_sum,
            (scale, opened_share),
            label="curvature budget",
        ),
        p.linear(k.Le(gap, claim.gap), gap_sum, *spent, label="gap budget"),
    ]


def prove(statement: Statement) -> k.Theorem:
    """Build the instance, check its budgets, follow its trajectories; then put a and b in."""
    p = statement.proof()[0]
    claim = statement.conclusion
    assert isinstance(claim, k.Attained)
    each = _fact(p, "tau is masked")
    b = lifted(MASKED_SLOPE, **OF_SIGMA)
    gap_left = lifted(SIGNSGD_TIGHT.regime[-1].expr, **OF_SIGMA)
    slope, budget = ramp_slope(p, gap_left)
    positive, share = masked_total(p, each)
    left_for_ramp = lifted(SIGNSGD_TIGHT.regime[-1].expr.xreplace({MASKED_SLOPE: _B}), b=TOTAL)
    q = Proof(*(f for f in p.facts if f.concl != STATEMENT.hypotheses["gap"]))
    q.given(k.Lt(ZERO, TOTAL))
    q.given(k.Le(ZERO, A))
    known = [
        q.given(k.Eq(gap_of_ramp(A), left_for_ramp)),
        q.given(k.Eq(left(share), TOTAL)),
    ]
    level = opened(opened(claim.level, right(slope), A), (1 - RHO) * b, (1 - RHO) * TOTAL)
    open_claim = replace(claim, level=level)
    reached = level_total(q, open_claim, known[1])
    parts = blocks(q, open_claim, each)
    totals = [*budgets(q, open_claim, parts, *known), reached]
    inner = q.witness(open_claim, parts, totals, SIGNSGD_SURE, label="T2")
    values = {A: right(slope), TOTAL: b}
    return conclude(p, inner, values, slope, budget, positive, share)


_B = sp.Symbol("b")


T2 = Theory(
    id="T2",
    title="SignSGD: min_t E|grad f|_1 >= a + (1-2 delta) L eta/2 + (1-rho) kappa_B S/sqrt(B)",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: lower_samples(CAPS, WHOLE, S, N),
    bound=Bound(
        "T2",
        "lower",
        lambda: (
            lower(STATEMENT, SIGNSGD_TIGHT, "finite horizon", kept_norm, {"tau": 0}, check_masked),
            # T2c holds for SignSGD, too, and is what T2 becomes where no noise is left.
            lower(TIGHT_STATEMENT, LATTICE_TIGHT, "finite horizon, no noise", no_noise),
        ),
    ),
    runs=experiments.TIGHT,
)
