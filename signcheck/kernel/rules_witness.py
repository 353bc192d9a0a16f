"""The rule that turns a constructed problem into an existence statement.

A separable problem is a list of blocks: one coordinate, or a family of coordinates with a free
index. For every block there are theorems on its curvature, its gap, its noise and its trajectory
under the method's update rule; three totals compare the sums with the class. The rule checks that
these theorems speak of the same profile, parameters, noise and method, discharges what the
construction itself grants (the start, f' = the profile, the law of the noise, independent calls)
and concludes that the class contains such a problem.

Why it is sound: f(x) = sum of f_k(x_k) with f_k' l_k-Lipschitz has |grad f(x) - grad f(y)|_1
<= sum l_k |x_k - y_k| <= (sum l_k)|x - y|_oo, its gap is the sum of the gaps, its gradient at x_t
has the l1 norm sum |f_k'|, and a block without noise may be argued path by path.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sympy as sp

from signcheck.kernel.algebra import difference
from signcheck.kernel.existence import Attained, Dynamics
from signcheck.kernel.formulas import (
    Eq,
    ForAll,
    Formula,
    GapAtMost,
    Independent,
    Law,
    Le,
    Lipschitz,
    Lt,
    Measurable,
)
from signcheck.kernel.judge import Judge
from signcheck.kernel.rules_calculus import normal
from signcheck.kernel.rules_logic import refuse
from signcheck.kernel.rules_profile import at, profile_symbol, read
from signcheck.kernel.substitution import fresh, subst
from signcheck.kernel.terms import (
    TRIVIAL,
    Big,
    Ex,
    Past,
    Prof,
    Sym,
    Term,
    exact,
    free,
    is_int,
    is_random,
    may_bind,
)
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent

ZERO = sp.Integer(0)
TIME, CALL, POINT = Sym("t", "int"), Sym("k", "int"), Sym("z")
CALLS = Sym("Y", "fam:random")
BATCH_MEAN = Sym("g", "fam:random")
DRAW, GIVEN = Sym("y", "random"), Sym("F", "sigma")
SURE_MEAN = Sym(BATCH_MEAN.name, "fam:real")
# Symbols that stand for the run, one call and one point: the problem itself may not mention them.
RUN = frozenset({TIME, CALL, POINT, CALLS, BATCH_MEAN, SURE_MEAN, DRAW, GIVEN})


@dataclass(frozen=True)
class Noise:
    """A finite law for one oracle call where the derivative is ``mean``.

    With a ``deviation`` it is the normal law instead, and there are no values and probabilities.
    """

    mean: Sym
    values: tuple[Term, ...]
    probabilities: tuple[Term, ...]
    batch: Term
    deviation: Term = None

    def __post_init__(self) -> None:
        for name in ("values", "probabilities"):
            object.__setattr__(self, name, tuple(map(exact, getattr(self, name))))
        object.__setattr__(self, "batch", exact(self.batch))

    def law(self, term: Term, given: Term, mean: Term) -> Any:
        """The law of ``term`` at a point where the derivative is ``mean``."""
        if self.deviation is not None:
            return normal(term, given, mean, self.deviation**2)
        values, probabilities = (
            tuple(subst(x, {self.mean: mean}) for x in part)
            for part in (self.values, self.probabilities)
        )
        return Law(term, given, values, probabilities)


class Block(NamedTuple):
    """One coordinate of a separable problem, or a family of them over 0 <= index < count.

    ``variance`` proves for the noise: its mean is the derivative, its variance is at most sigma**2,
    and 0 <= sigma; of normal noise with the standard deviation sigma only the last is asked.
    """

    profile: Any
    parameters: tuple[Term, ...]
    sigma: Term
    lipschitz: Theorem
    gap: Theorem
    path: Theorem
    noise: Noise | None = None
    variance: tuple[Theorem, ...] = ()
    index: Sym | None = None  # type: ignore[assignment]
    count: Term = None

    def guards(self) -> frozenset[Formula]:
        """What a theorem about a member of the family may assume of its index."""
        if self.index is None:
            return frozenset()
        return frozenset({Le(ZERO, self.index), Lt(self.index, self.count)})

    def total(self, term: Term) -> Term:
        """Sum of a quantity over the block."""
        return term if self.index is None else Big(term, self.index, ZERO, self.count)


def path_hypotheses(block: Block | tuple[Any, ...], dynamics: Dynamics) -> frozenset[Formula]:
    """What the trajectory theorem of a block may assume: the method, the start and the noise."""
    profile, parameters, noise = read(block[0]), block[1], block[6]
    x, u = dynamics.position, dynamics.slope
    symbol, from_zero = profile_symbol(profile), (Le(ZERO, TIME),)
    granted: set[Formula] = set(dynamics.rules)
    granted.add(Eq(x(ZERO), at(profile, parameters, profile.start)))
    granted.add(ForAll(TIME, from_zero, Eq(u(TIME), Prof(symbol, x(TIME), *parameters))))
    if noise is None:
        mean = Sym(BATCH_MEAN.name, u.sort)
        granted.add(ForAll(TIME, from_zero, Eq(mean(TIME), u(TIME))))
        return frozenset(granted)
    past, call = Past(TIME), CALLS(TIME, CALL)
    in_batch = (Le(ZERO, CALL), Lt(CALL, noise.batch))
    average = Big(call, CALL, ZERO, noise.batch) / noise.batch
    granted.add(ForAll(TIME, from_zero, Eq(BATCH_MEAN(TIME), average)))
    granted.add(ForAll(TIME, from_zero, Measurable(x(TIME), past)))
    granted.add(ForAll(TIME, from_zero, ForAll(CALL, in_batch, noise.law(call, past, u(TIME)))))
    granted.add(ForAll(TIME, from_zero, Independent(call, CALL, noise.batch, past)))
    return frozenset(granted)


def _clean(
    thm: Theorem, block: Block, dynamics: Dynamics, granted: frozenset[Formula] = frozenset()
) -> set[Formula]:
    """Hypotheses of a block's theorem that stay: they may not speak of the member or the path."""
    s = sequent(thm)
    if s.splits:
        raise refuse(f"the theorem {s.concl} rests on an open case.")
    rest = set(s.hyps - granted - block.guards())
    private = RUN | dynamics.private() | {block.index}
    for h in rest:
        if h.random() or h.free() & private:
            raise refuse(f"the hypothesis {h} is not granted by the construction.", h)
    return rest


def _curvature_and_gap(block: Block, dynamics: Dynamics) -> tuple[Term, Term, set[Formula]]:
    symbol, wanted = profile_symbol(block.profile), (Lipschitz, GapAtMost)
    found: list[Term] = []
    rest: set[Formula] = set()
    for thm, kind in zip((block.lipschitz, block.gap), wanted, strict=True):
        c = sequent(thm).concl
        if type(c) is not kind or (c.profile, c.parameters) != (symbol, block.parameters):
            raise refuse(f"{c} is not about the block's {block.profile.name}.")
        found.append(c.constant)
        rest |= _clean(thm, block, dynamics)
    return found[0], found[1], rest


def _noise(j: Judge, block: Block, dynamics: Dynamics) -> set[Formula]:
    """A2: the law is a law, unbiased, with variance <= sigma**2 at every point of the line."""
    noise, thms = block.noise, block.variance
    if noise is None:
        return set()
    if len(thms) != (3 if noise.deviation is None else 1):
        raise refuse("a noisy block needs theorems on its mean, its variance and 0 <= sigma.")
    if noise.deviation not in (None, block.sigma):
        raise refuse(f"the normal law of deviation {noise.deviation} is not that of sigma.")
    if noise.batch != dynamics.batch or not is_int(noise.batch) or not j.nonneg(noise.batch - 1):
        raise refuse(f"{noise.batch} is not shown to be the batch {dynamics.batch}, at least 1.")
    if sequent(thms[-1]).concl != Le(ZERO, block.sigma):
        raise refuse(f"{sequent(thms[-1]).concl} does not say that sigma is not negative.")
    if noise.deviation is not None:
        return _clean(thms[0], block, dynamics)
    slope = Prof(profile_symbol(block.profile), POINT, *block.parameters)
    granted = noise.law(DRAW, GIVEN, slope)
    mean, spread = Ex(DRAW, GIVEN), Ex((DRAW - slope) ** 2, GIVEN)
    if sequent(thms[0]).concl != Eq(mean, slope):
        raise refuse(f"{sequent(thms[0]).concl} does not say that the noise is unbiased.")
    if sequent(thms[1]).concl != Le(spread, block.sigma**2):
        raise refuse(f"{sequent(thms[1]).concl} does not bound the variance by sigma**2.")
    if difference(sp.Add(*granted.probabilities), sp.Integer(1)) != 0:
        raise refuse("the probabilities of the noise do not sum to one.")
    member = j if block.index is None else j.ranging(block.index, ZERO, block.count)
    member.makes_sense(granted)
    for p in granted.probabilities:
        if free(p) & {POINT} or not member.nonneg(p):
            raise refuse(f"the probability {p} is not shown to be non-negative.", p)
    used = [_clean(fact, block, dynamics) for fact in j.used]
    return set().union(*used, *(_clean(t, block, dynamics, frozenset({granted})) for t in thms))


def _level(block: Block, claim: Attained) -> tuple[Term, set[Formula]]:
    dynamics = claim.dynamics
    granted = path_hypotheses(block, dynamics)
    concl = sequent(block.path).concl
    guards = (Le(ZERO, TIME), Lt(TIME, claim.horizon))
    if not (isinstance(concl, ForAll) and concl.guards == guards and isinstance(concl.body, Le)):
        raise refuse(f"{concl} is not a bound for all 0 <= t < {claim.horizon}.")
    stationarity: Term = sp.Abs(dynamics.slope(TIME))
    if dynamics.slope.sort == "fam:random":
        stationarity = Ex(stationarity, TRIVIAL)
    if concl.var != TIME or concl.body.rhs != stationarity:
        raise refuse(f"{concl.body} does not bound {stationarity}.")
    level = concl.body.lhs
    _fixed((level,), dynamics)
    return level, _clean(block.path, block, dynamics, granted)


def _fixed(terms: Iterable[Term], dynamics: Dynamics) -> None:
    """The terms are numbers that neither chance nor the run can change."""
    for term in terms:
        if is_random(term) or free(term) & (RUN | dynamics.private()):
            raise refuse(f"{term} mentions chance, the run or a point: it has to be a number.")


def _problem(block: Block, dynamics: Dynamics) -> None:
    """The block is a problem: it was there before the run, and its index ranges over integers."""
    if type(block) is not Block or type(block.noise) not in (Noise, type(None)):
        raise refuse(f"{block} is not a block.")
    index, count, noise = block.index, block.count, block.noise
    _fixed((*block.parameters, block.sigma), dynamics)
    if index is not None:
        _fixed((count,), dynamics)
        if not may_bind(index, "int") or index in RUN or not is_int(count) or index in free(count):
            raise refuse(f"0 <= {index} < {count} is not the range of an index.")
    if noise is not None:
        derivative = fresh(Sym("mean"), frozenset().union(*map(free, noise.values)))
        values = (subst(v, {noise.mean: derivative}) for v in noise.values)
        _fixed((*values, *noise.probabilities, noise.batch, noise.deviation or ZERO), dynamics)
        if any(h.sort != "fam:random" for h in dynamics.private()):
            raise refuse(f"under noise every family of {dynamics.name} has to be random.")


def _method(dynamics: Dynamics) -> None:
    """The rules speak of positions, oracle calls and the method's own families and parameters."""
    x, u = dynamics.position, dynamics.slope
    kinds = {h.sort for h in dynamics.private()} <= {"fam:real", "fam:int", "fam:random"}
    if not kinds or x.sort != u.sort or len({x, u, CALLS, BATCH_MEAN, SURE_MEAN}) < 5:
        raise refuse(f"position and slope of {dynamics.name} are not two families of numbers.")
    if any(u in r.free() for r in dynamics.rules):
        raise refuse(f"{dynamics.name} reads the derivative: a method sees oracle calls only.")
    for parameter in dynamics.free():
        if is_random(parameter) or parameter in RUN:
            raise refuse(f"{parameter} in {dynamics.name} is not a parameter.")


@rule
def witness(
    j: Judge, claim: Attained, blocks: list[Block], totals: list[Theorem], sure: Dynamics
) -> Draft:
    """From theorems on every block and the three totals: the problem is in the class.

    ``totals`` prove: sum of curvatures <= L, sum of gaps <= Delta, level <= sum of levels. ``sure``
    is the method's rule with deterministic families, for blocks without noise.
    """
    if type(claim) is not Attained or len(totals) != 3:
        raise refuse("a witness proves an Attained from three totals.")
    if claim.sure and any(b.noise for b in blocks):
        raise refuse("a bound on every path cannot rest on an expectation.")
    for method in (claim.dynamics, sure):
        _method(method)
        _fixed(claim.terms(), method)
    _same_method(claim.dynamics, sure)
    sums: list[Term] = [ZERO, ZERO, ZERO]
    rest: set[Formula] = set()
    for block in blocks:
        dynamics = claim.dynamics if block.noise else sure
        view = replace(claim, dynamics=dynamics)
        _problem(block, dynamics)
        curvature, gap, hyps = _curvature_and_gap(block, dynamics)
        level, more = _level(block, view)
        rest |= hyps | more | _noise(j, block, dynamics)
        sums = [s + block.total(x) for s, x in zip(sums, (curvature, gap, level), strict=True)]
    if claim.noise != tuple(b.total(b.sigma) for b in blocks):
        raise refuse("the claim's noise is not the blocks' noise.")
    wanted = [Le(sums[0], claim.smoothness), Le(sums[1], claim.gap), Le(claim.level, sums[2])]
    for goal, thm in zip(wanted, totals, strict=True):
        if sequent(thm).concl != goal:
            raise refuse(f"{goal} is needed, but {sequent(thm).concl} was proved.", goal)
        if any(h.random() for h in sequent(thm).hyps) or sequent(thm).splits:
            raise refuse(f"the total {goal} rests on more than the parameters.")
        rest |= sequent(thm).hyps
    return Draft(claim, hyps=frozenset(rest), detail=[b.profile.name for b in blocks])


def _same_method(random: Dynamics, sure: Dynamics) -> None:
    """``sure`` is ``random`` with every random family replaced by a deterministic one."""
    twins = {h: Sym(h.name, h.sort.replace("random", "real")) for h in random.private()}
    rules = tuple(r.subst(twins) for r in random.rules)
    pair = (twins[random.position], twins[random.slope], rules, random.batch)
    merged = len(set(twins.values())) < len(twins)
    if merged or (sure.position, sure.slope, sure.rules, sure.batch) != pair:
        raise refuse("the two forms of the update rule differ.")
