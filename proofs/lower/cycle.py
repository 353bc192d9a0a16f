"""T2-cycle (SignSGD, every horizon): the noise costs the same gap however many steps there are.

The noisy ramps of T2 become meanders, whose derivative changes sign every 2 h cells. A fair walk on
the cycle between two turns is never more likely to be near a turn than evenly spread within its
parity class: no tail bound, and no axiom, is needed. Source: theory sheet, section 3.
"""

from __future__ import annotations

import sympy as sp

from hardinstances.levels import SIGNSGD_FOREVER
from hardinstances.profiles import MEANDER
from proofs import experiments
from proofs.assumptions import DELTA_SHARE, ETA, RHO, SIGMA, TAU, L
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, I, right
from proofs.lemmas.blocks import bring
from proofs.lemmas.masking import ROOT
from proofs.lemmas.walk import HALF
from proofs.lower.cycle_meander import size
from proofs.lower.cycle_paths import TURNING_NOISE, noisy_path, wide_enough
from proofs.lower.dynamics import SIGNSGD_SURE
from proofs.lower.lattice import CAPS
from proofs.lower.signsgd_parts import (
    FAMILY,
    SLOPE,
    TOTAL,
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
from proofs.samples import lower_samples
from proofs.upper.signsgd import NOISE as WHOLE
from signcheck import kernel as k
from signcheck.bound import Bound, lower
from signcheck.kernel.rules_witness import DRAW, GIVEN, POINT
from signcheck.kernel.terms import Ex, Ind, Prof
from signcheck.proof import Proof
from signcheck.sigma import check_masked, kept_norm
from signcheck.theory import Statement, Theory

ONE = sp.Integer(1)
WIDTH = TOTAL / (DELTA_SHARE * L)
"""b_i over the curvature of its meander: the same for every noisy i."""
NEEDED = (WIDTH / ETA + 1) / RHO
"""Cells in half a period for which a turn is met with probability at most rho."""
FLOOR = k.Sym("k0", "int")

# ---------------------------------------------------------------- statement

STATEMENT = masked_statement(SIGNSGD_FOREVER)

# ---------------------------------------------------------------- proof


def variance(p: Proof, parameters: tuple[sp.Expr, ...]) -> tuple[k.Theorem, ...]:
    """The mirrored noise is unbiased, with variance <= sigma_i**2 at every z; 0 <= sigma_i."""
    slope = Prof(k.profile_symbol(MEANDER), POINT, *parameters)
    law = p.law(TURNING_NOISE.law(DRAW, GIVEN, slope))
    deviation = Ex((DRAW - slope) ** 2, GIVEN)
    opened = [p.expect_finite(law, term) for term in (Ex(DRAW, GIVEN), deviation)]
    small = p.instantiate(bring(p, size(), "meander", parameters), POINT)
    top = SIGMA(I) * sp.sqrt(ROOT - 1)
    reach = p.linear(k.Le(sp.Abs(slope) + TAU, top), small, label="masked slope")
    both = sp.Abs(slope) + TAU + top
    q = p.having(p.linear(k.Le(ZERO, top), reach, slack=[sp.Abs(slope), TAU]))

    def on_side(r: Proof) -> list[k.Theorem]:
        """Both expectations where the sign of the derivative is known."""
        values = [r.function_value(term) for term in (Ind(slope), sp.Abs(slope))]
        return [r.rewrite(thm, *values) for thm in opened] + values

    def mean(r: Proof, _: k.Theorem) -> k.Theorem:
        return r.linear(k.Eq(Ex(DRAW, GIVEN), slope), on_side(r)[0])

    def spread(r: Proof, _: k.Theorem) -> k.Theorem:
        _, square, _, absolute = on_side(r)
        place = right(absolute)
        near = r.linear(k.Le(place + TAU, top), absolute, reach)
        weight = both.xreplace({sp.Abs(slope): place}) / (ROOT - 1)
        goal = k.Le(deviation, SIGMA(I) ** 2)
        return r.linear(goal, square, (weight, near), label="variance of masking noise")

    cases = (k.Le(ZERO, slope), k.Lt(slope, ZERO))
    return q.split(*cases, mean), q.split(*cases, spread), noise_level(p)


def meanders(p: Proof, each: k.Theorem, room: k.Theorem, wide: k.Theorem) -> k.Block:
    """A meander with masking noise for each noisy i, of 2 h cells between turns."""
    parameters = (SLOPE, DELTA_SHARE * L * SLOPE / TOTAL, 2 * HALF * ETA)
    q = p.having(*map(k.assume, FAMILY))
    q = q.having(room, wide, q.instantiate(each, I))
    return k.Block(
        MEANDER,
        parameters,
        SIGMA(I),
        bring(q, bricks.lipschitz("meander"), "meander", parameters),
        bring(q, bricks.gap("meander"), "meander", parameters),
        noisy_path(q, parameters),
        noise=TURNING_NOISE,
        variance=variance(q, parameters),
        index=I,
        count=N,
    )


def construct(
    p: Proof, claim: k.Attained, each: k.Theorem, budget: k.Theorem, share: k.Theorem
) -> k.Theorem:
    """An oscillator, a long ramp and the meanders, for h = floor(NEEDED) + 1."""
    enough, tight = k.Le(NEEDED, HALF), k.Le(HALF, NEEDED + 1)
    inner = _for_half(p.having(*(p.assume(h) for h in (enough, tight))), claim, each, budget, share)
    to = {HALF: FLOOR + 1}
    part = [p.assume(h) for h in (k.Le(FLOOR, NEEDED), k.Lt(NEEDED, FLOOR + 1))]
    both = [p.linear(h.subst(to), *part) for h in (enough, tight)]  # type: ignore[arg-type]
    return p.floor(
        k.cut(p.specialise(inner, to), *both), FLOOR, NEEDED, label="h = floor + 1 cells"
    )


def _for_half(
    p: Proof, claim: k.Attained, each: k.Theorem, budget: k.Theorem, share: k.Theorem
) -> k.Theorem:
    """The same for any h that the last two facts allow: NEEDED <= h <= NEEDED + 1."""
    level = level_total(p, claim, share)
    enough, tight = p.facts[-2:]
    more = next(f for f in p.facts if f.concl == k.Lt(ONE, 1 / RHO))
    p = p.having(p.linear(k.Le(ONE, HALF), enough, more, slack=[WIDTH / ETA / RHO]))
    room = p.linear(
        k.Le(WIDTH, HALF * ETA), (ETA, enough), (WIDTH + ETA, more), slack=[ETA], label="H/2 >= b/l"
    )
    wide = p.linear(wide_enough(WIDTH / ETA), (RHO, enough), label="rho h cells")
    blocks = [*quiet_blocks(p, claim), meanders(p, each, room, wide)]
    total, bend = shared(p, share), TOTAL / (2 * DELTA_SHARE * L)
    spent = (budget, (HALF * ETA, total), (bend, total), (TOTAL * ETA, tight), (TOTAL * ETA, more))
    totals = [*budgets(p, claim, blocks, share, *spent, left_over=[TOTAL * bend]), level]
    return p.witness(claim, blocks, totals, SIGNSGD_SURE, label="T2-cycle")


def prove(statement: Statement) -> k.Theorem:
    """Build the instance, check its budgets, follow its trajectories; then put a and b in."""
    return prove_masked(statement, SIGNSGD_FOREVER, construct)


T2_CYCLE = Theory(
    id="T2-cycle",
    title="SignSGD: the level of T2 with a gap for the noise that does not grow with T",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: lower_samples(CAPS, WHOLE, S, N),
    notes={
        "slack": "between this level and the best one lie delta, rho and the turning zones of the "
        "meanders: T1 from above refutes what lies beyond, and a nudge inside is unproved",
    },
    bound=Bound(
        "T2-cycle",
        "lower",
        lambda: (
            lower(STATEMENT, SIGNSGD_FOREVER, "every horizon", kept_norm, {"tau": 0}, check_masked),
        ),
    ),
    runs=experiments.FOREVER,
)
