"""T2 (SignSGD, finite horizon): T1 cannot be improved beyond the factor kappa_B in its noise term.

The sheet has ln(2/rho), for the probability that the walk was ever below its slope; the bound needs
the law of x(t) at each t only, so Hoeffding's inequality alone, with ln(1/rho), gives a stronger
theorem. Source: theory sheet, section 3; see ERRATA.md.
"""

from __future__ import annotations

import sympy as sp

from hardinstances.levels import ESCAPE_LENGTH, LATTICE_TIGHT, SIGNSGD_FOREVER, SIGNSGD_TIGHT
from hardinstances.profiles import RAMP
from proofs import experiments
from proofs.assumptions import DELTA_SHARE, SIGMA, TAU, L, lifted
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, I
from proofs.lemmas.blocks import bring
from proofs.lemmas.masking import NOISE, ROOT
from proofs.lower.cycle import STATEMENT as FOREVER_STATEMENT
from proofs.lower.dynamics import SIGNSGD_SURE
from proofs.lower.lattice import CAPS, TIGHT_STATEMENT
from proofs.lower.signsgd_parts import (
    FAMILY,
    OF_SIGMA,
    SLOPE,
    TOTAL,
    A,
    N,
    S,
    budgets,
    level_total,
    masked_statement,
    noise_level,
    prove_masked,
    quiet_blocks,
    shared,
)
from proofs.lower.signsgd_paths import noisy_path
from proofs.samples import lower_samples
from proofs.upper.signsgd import NOISE as WHOLE
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.rules_witness import DRAW, GIVEN, POINT
from signcheck.kernel.terms import Ex, Prof
from signcheck.proof import Proof
from signcheck.sigma import check_masked, kept_norm, no_noise
from signcheck.theory import Statement, Theory

__all__ = ["OF_SIGMA", "STATEMENT", "T2", "A", "N", "S"]

# ---------------------------------------------------------------- statement

STATEMENT = masked_statement(SIGNSGD_TIGHT)

# ---------------------------------------------------------------- proof


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
    return mean, square, noise_level(p)


def noisy_ramps(p: Proof, each: k.Theorem) -> k.Block:
    """A ramp with masking noise for each noisy i: as long as the walk may go down in T steps."""
    parameters = (SLOPE, DELTA_SHARE * L * SLOPE / TOTAL, lifted(ESCAPE_LENGTH))
    q = p.having(*map(k.assume, FAMILY))
    q = q.having(q.instantiate(each, I))
    return k.Block(
        RAMP,
        parameters,
        SIGMA(I),
        bring(q, bricks.lipschitz("ramp"), "ramp", parameters),
        bring(q, bricks.gap("ramp"), "ramp", parameters),
        noisy_path(q, parameters),
        noise=NOISE,
        variance=variance(q, parameters),
        index=I,
        count=N,
    )


def construct(
    p: Proof, claim: k.Attained, each: k.Theorem, budget: k.Theorem, share: k.Theorem
) -> k.Theorem:
    """An oscillator, a long noiseless ramp and the noisy ramps: level, budgets, witness."""
    level = level_total(p, claim, share)
    blocks = [*quiet_blocks(p, claim), noisy_ramps(p, each)]
    total, bend = shared(p, share), TOTAL / (2 * DELTA_SHARE * L)
    spent = (budget, (lifted(ESCAPE_LENGTH), total), (bend, total))
    totals = [*budgets(p, claim, blocks, share, *spent), level]
    return p.witness(claim, blocks, totals, SIGNSGD_SURE, label="T2")


def prove(statement: Statement) -> k.Theorem:
    """Build the instance, check its budgets, follow its trajectories; then put a and b in."""
    return prove_masked(statement, SIGNSGD_TIGHT, construct)


T2 = Theory(
    id="T2",
    title="SignSGD: min_t E|grad f|_1 >= a + (1-2 delta) L eta/2 + (1-rho) kappa_B S/sqrt(B)",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: lower_samples(CAPS, WHOLE, S, N),
    notes={
        "slack": "between this level and the best one lie delta, rho and Hoeffding's tail: "
        "T1 from above refutes what lies beyond, and a nudge inside is unproved",
    },
    bound=Bound(
        "T2",
        "lower",
        lambda: (
            lower(STATEMENT, SIGNSGD_TIGHT, "finite horizon", kept_norm, {"tau": 0}, check_masked),
            lower(
                *(FOREVER_STATEMENT, SIGNSGD_FOREVER, "every horizon", kept_norm),
                *({"tau": 0}, check_masked),
            ),
            # T2c holds for SignSGD, too, and is what T2 becomes where no noise is left.
            lower(TIGHT_STATEMENT, LATTICE_TIGHT, "finite horizon, no noise", no_noise),
        ),
    ),
    runs=experiments.TIGHT,
)
