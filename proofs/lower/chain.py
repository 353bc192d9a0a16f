"""T8: no zero-respecting method finishes a gated chain early.

The point x_T that is reached with T oracle calls has E|grad f(x_T)|_1 >= (1 - rho) lam/be while
2 p T <= K - ln(1/rho). That f is in the class is T8-A0, T8-A1 and T8-A2 (``chain_class``).

Source: theory sheet, section 5.
"""

from __future__ import annotations

import sympy as sp

from hardinstances.chain_bounds import GAP, SMOOTHNESS
from hardinstances.errors import ProofError
from hardinstances.exact import rational
from hardinstances.level import Level
from hardinstances.levels_chain import GATED_CHAIN
from proofs.assumptions import DELTA, RHO, F, L, T, lifted, positive
from proofs.lemmas.basics import ZERO, claimed, log_below, right
from proofs.lemmas.chain_bounds import brought
from proofs.lemmas.chain_certified import CERTIFIED, certified
from proofs.lemmas.chain_function import BE, CHAIN, LAM, SCALES, N
from proofs.lemmas.chain_gradient import large_gradient
from proofs.lemmas.chain_progress import ORACLE, POINT, progress, reached
from proofs.lemmas.chain_weight import (
    CHANCE,
    GATES,
    GROWTH,
    ONE,
    START,
    THREE,
    WEIGHT,
    at_least_one,
    mean_weight,
)
from proofs.lower import chain_runs
from signcheck import kernel as k
from signcheck.bound import Bound, Variant, as_level
from signcheck.kernel.terms import DIM, N1, TRIVIAL, Co, Ex, Grad
from signcheck.proof import Proof
from signcheck.theory import Statement, Theory

UNIT = sp.sqrt(L * DELTA / (rational(GAP) * rational(SMOOTHNESS)))
NORM = N1(Grad(F, POINT(T)))
STATIONARITY = Ex(NORM, TRIVIAL)

# ---------------------------------------------------------------- statement

SCALING: dict[str, k.Formula] = {
    **positive(L, DELTA),
    "d >= 1": k.Le(ONE, DIM),
    "lam": k.Eq(LAM, DELTA / (rational(GAP) * DIM)),
    "be": k.Eq(BE, DELTA / (rational(GAP) * UNIT)),
}
"""The chain has K = d links; its scales spend the gap and the smoothness of the class."""

SMALL = "certified: 1 <= log(3)"


def scales(p: Proof) -> list[k.Theorem]:
    """0 < d, 0 < lam and 0 < be."""
    long = p.fact(SCALING["d >= 1"], "d >= 1")
    q = p.having(p.linear(k.Lt(ZERO, DIM), long, slack=[ONE]))
    found = [q.facts[-1]]
    for name, symbol in (("lam", LAM), ("be", BE)):
        equation = q.fact(SCALING[name], name)
        found.append(q.linear(k.Lt(ZERO, symbol), equation, slack=[right(equation)]))
    return found


STATEMENT = Statement(
    hypotheses={
        **SCALING,
        **{name: formula for name, formula in CHAIN.items() if name not in SCALES},
        **GATES,
        **ORACLE,
        SMALL: CERTIFIED[SMALL],
        "rho > 0": k.Lt(ZERO, RHO),
        "T >= 0": k.Le(ZERO, T),
        "calls": k.Le(2 * CHANCE * T, DIM - sp.log(1 / RHO)),
    },
    conclusion=k.Le(lifted(GATED_CHAIN.expr, K=DIM), STATIONARITY),
    prepare=scales,
)

# ---------------------------------------------------------------- proof


def power_below_exp(p: Proof) -> k.Theorem:
    """For all n >= 0: (1 + 2 p)**n <= exp(2 p n)."""
    factor, line = 1 + 2 * CHANCE, 2 * CHANCE
    tangent = p.instantiate(log_below(), line)
    base = p.linear(k.Le(factor**ZERO, sp.exp(line * ZERO)))
    known = p.assume(k.Le(factor**N, sp.exp(line * N)))
    # exp(a + log b) is b exp(a), so the next factor goes into the exponent.
    larger = p.linear(k.Le(line * N + sp.log(factor), line * (N + 1)), tangent)
    goal = k.Le(factor ** (N + 1), sp.exp(line * (N + 1)))
    step = p.linear(goal, (factor, known), p.monotone(larger, "exp"), label="one more call")
    return p.induction(base, step, N, ZERO, None)


def exp_below_power(p: Proof) -> k.Theorem:
    """For all n >= 0: exp(n) <= 3**n."""
    small = p.fact(CERTIFIED[SMALL], SMALL)
    base = p.linear(k.Le(sp.exp(ZERO), THREE**ZERO))
    known = p.assume(k.Le(sp.exp(N), THREE**N))
    larger = p.linear(k.Le(N + 1, N + sp.log(THREE)), small)
    goal = k.Le(sp.exp(N + 1), THREE ** (N + 1))
    step = p.linear(goal, p.monotone(larger, "exp"), (3, known))
    return p.induction(base, step, N, ZERO, None)


def few_calls(p: Proof) -> k.Theorem:
    """(1 + 2 p)**T <= rho 3**d."""
    calls = p.fact(STATEMENT.hypotheses["calls"], "calls")
    growth = p.instantiate(power_below_exp(p), T)
    covered = p.monotone(calls, "exp")
    q = p.having(p.linear(k.Le(ZERO, DIM), p.fact(SCALING["d >= 1"], "d >= 1"), slack=[ONE]))
    length = q.instantiate(exp_below_power(p), DIM)
    goal = k.Le((1 + 2 * CHANCE) ** T, RHO * THREE**DIM)
    return q.linear(goal, growth, covered, (RHO, length), label="few calls")


def surely(p: Proof) -> k.Theorem:
    """(lam/be) (1 - w(T)/3**d) <= |grad f(x(T))|_1, at every outcome."""
    weight = WEIGHT(T)
    goal = k.Le((LAM / BE) * (1 - weight / THREE**DIM), NORM)
    long = p.fact(SCALING["d >= 1"], "d >= 1")
    ends = [p.linear(k.Le(ZERO, DIM - 1), long), p.linear(k.Lt(DIM - 1, DIM), slack=[ONE])]
    q = p.having(*ends)
    held = q.instantiate(brought(q, progress()), T, DIM - 1)

    def case(r: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Le):
            return r.linear(goal, (LAM / (BE * THREE**DIM), side), slack=[NORM])
        hidden = r.function_value(reached(DIM - 1, T))
        place = Co(POINT(T), DIM - 1)
        zero = r.linear(k.Eq(place, ZERO), held, (place, hidden), label="last link hidden")
        steep = r.having(zero).instantiate(brought(q, large_gradient()), POINT(T))
        least = r.instantiate(brought(q, at_least_one()), T)
        heavy = r.linear(k.Le(ZERO, weight), least, slack=[ONE])
        return r.linear(goal, steep, (LAM / (BE * THREE**DIM), heavy), label="hidden")

    return q.split(k.Le(THREE**DIM, weight), k.Lt(weight, THREE**DIM), case)


def prove(statement: Statement) -> k.Theorem:
    """Markov's inequality for the weight, and the gradient while the last link is hidden."""
    certified(statement.hypotheses)
    p = statement.proof()[0]
    q = p.having(p.given(START), p.given(GROWTH))
    weight = WEIGHT(T)
    taken = q.expect_mono(surely(q), TRIVIAL)
    opened = q.expect_linear(Ex((LAM / BE) * (1 - weight / THREE**DIM), TRIVIAL))
    mean = q.instantiate(brought(q, mean_weight()), T)
    share = LAM / (BE * THREE**DIM)
    most = q.linear(
        k.Le((1 - RHO) * LAM / BE, STATIONARITY),
        taken,
        opened,
        (share, mean),
        (share, few_calls(q)),
        label="Markov",
    )
    first, second = (q.fact(SCALING[name], name) for name in ("lam", "be"))
    scale = q.linear(
        k.Eq(LAM / BE, UNIT / DIM),
        (1 / BE, first),
        (UNIT / (DIM * BE), second),
        label="scales",
    )
    level = q.linear(claimed(statement), most, (1 - RHO, scale), label="level")
    return q.recursion(level, WEIGHT, START, GROWTH)


def variant(statement: Statement, level: Level) -> Variant:
    """The level of an instance, if the conclusion states exactly it.

    Raises
    ------
    ProofError
        If the theorem proves another level than the instance certifies.
    """
    proved = as_level(claimed(statement).lhs, {DIM: sp.Symbol("K")})
    if proved != level.expr:
        raise ProofError(
            f"{level.theorem} proves another level than the instance {level.name} certifies.",
            step="level",
            residual=str(proved - level.expr),
        )
    return Variant(level.name, level)


T8 = Theory(
    id="T8",
    title="zero-respecting methods: E|grad f|_1 >= (1-rho) sqrt(L Delta/(11.24*146))/K",
    kind="lower",
    statement=STATEMENT,
    prove=prove,
    samples=lambda: chain_runs.samples(STATIONARITY, CHANCE),
    notes={"slack": chain_runs.NOT_BEST},
    bound=Bound("T8", "lower", lambda: (variant(STATEMENT, GATED_CHAIN),)),
    runs=chain_runs.runs(STATIONARITY),
)
