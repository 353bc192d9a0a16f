"""Problems from which witnesses are made, and the theorems that a witness needs.

The honest problem is one oscillator f = x**2 (curvature 2, gap 1, started at 1) under a method that
never moves; the noisy one adds a coin of size 1 to a ramp's slope 1.
"""

from __future__ import annotations

import sympy as sp

from hardinstances.errors import InputError, ProofError
from hardinstances.profiles import OSCILLATOR, Piece, Profile
from signcheck import kernel as k
from signcheck.kernel import rules_witness as rw
from signcheck.kernel.terms import TRIVIAL, Ex, Prof

ZERO, ONE, HALF = sp.Integer(0), sp.Integer(1), sp.Rational(1, 2)
REFUSED = (ProofError, InputError)
t, i, n, T = (k.Sym(name, "int") for name in ("t", "i", "n", "T"))
L, DELTA, S, s_i = k.Sym("L"), k.Sym("Delta"), k.Sym("s"), k.Sym("s", "fam:real")
X, U = k.Sym("x", "fam:real"), k.Sym("u", "fam:real")
RX, RU, RG = (k.Sym(name, "fam:random") for name in "xug")
G = k.Sym("g", "fam:real")
NOW, HORIZON = (k.Le(ZERO, t),), (k.Le(ZERO, t), k.Lt(t, T))

STAY = k.Dynamics("stay", X, U, (k.ForAll(t, NOW, k.Eq(X(t + 1), X(t))),))
TWO_ONE = (sp.Integer(2), ONE)


def granted(profile, parameters, dynamics, noise=None, *facts: k.Theorem) -> list[k.Theorem]:
    block = (profile, parameters, None, None, None, None, noise)
    return [k.assume(f, facts=facts) for f in k.path_hypotheses(block, dynamics)]


def pick(held: list[k.Theorem], lhs: sp.Expr) -> k.Theorem:
    def head(f: k.Formula) -> sp.Expr:
        while isinstance(f, k.ForAll):
            f = f.body
        return f.lhs if isinstance(f, k.Eq) else None

    return next(thm for thm in held if head(thm.concl) == lhs)


def absolute(equation: k.Theorem) -> k.Theorem:
    """From a == b: |a| == |b|."""
    size, mark = sp.Abs(equation.concl.lhs), k.Sym("mark", "random")
    opened = k.rewrite(k.assume(k.Eq(mark, size)), equation)
    return k.cut(k.specialise(opened, {mark: size}), k.identity(size, size))


def within_horizon(bound: k.Theorem) -> k.Theorem:
    """From 0 <= t |- phi: phi for all 0 <= t < T."""
    every = k.generalise(bound, t, *NOW)
    return k.generalise(k.instantiate(every, t, facts=[k.assume(NOW[0])]), t, *HORIZON)


def oscillator_path() -> k.Theorem:
    """For all t < T: 2 <= |u(t)|, because x(t) stays 1."""
    held = granted(OSCILLATOR, TWO_ONE, STAY)
    start, update, slope = (pick(held, lhs) for lhs in (X(0), X(t + 1), U(t)))
    known, later = k.assume(k.Eq(X(t), ONE)), k.assume(NOW[0])
    moved = k.instantiate(update, t, facts=[later])
    step = k.certificate(k.Eq(X(t + 1), ONE), [(1, moved), (1, known)])
    always = k.instantiate(k.induction(start, step, t, ZERO, None), t, facts=[later])
    line = k.piece_value(oscillator_lipschitz(), OSCILLATOR, TWO_ONE, 0, X(t))
    parts = [k.instantiate(slope, t, facts=[later]), line]
    number = k.certificate(k.Eq(U(t), sp.Integer(2)), [(1, thm) for thm in parts] + [(2, always)])
    size = absolute(number)
    return within_horizon(k.certificate(k.Le(sp.Integer(2), sp.Abs(U(t))), [(-1, size)]))


def oscillator_lipschitz(c: sp.Expr = TWO_ONE[0]) -> k.Theorem:
    return k.profile_lipschitz(OSCILLATOR, TWO_ONE, c)


def oscillator_gap(gap: sp.Expr = ONE) -> k.Theorem:
    (goal,) = k.gap_goals(OSCILLATOR, TWO_ONE, gap, 0)
    y = goal.var
    body = k.certificate(goal.body, [], [y**2, gap - ONE] if gap != ONE else [y**2])
    bound = k.generalise(body, y)
    return k.profile_gap(oscillator_lipschitz(), OSCILLATOR, TWO_ONE, gap, 0, [bound])


def honest() -> tuple[k.Attained, k.Block, list[k.Theorem]]:
    claim = k.Attained(sp.Integer(2), ONE, (S,), STAY, T, sp.Integer(2), sure=True)
    block = k.Block(
        OSCILLATOR, TWO_ONE, S, oscillator_lipschitz(), oscillator_gap(), oscillator_path()
    )
    two = sp.Integer(2)
    return (
        claim,
        block,
        [k.sign_fact(k.Le(two, two)), k.sign_fact(k.Le(ONE, ONE)), k.sign_fact(k.Le(two, two))],
    )


def beside(thm: k.Theorem, extra: k.Theorem) -> k.Theorem:
    """thm with the hypotheses of ``extra``, which it does not need."""
    needless = k.certificate(k.Lt(ZERO, ONE), [(0, extra)], [ONE])
    every = k.generalise(thm, k.Sym("unused", "int"), needless.concl)
    return k.instantiate(every, ZERO, facts=[needless])


B = k.Sym("B", "int")
FLAT = Profile(
    name="plane",
    parameters=(),
    pieces=(Piece(-sp.oo, ZERO, ZERO, ZERO, ONE), Piece(ZERO, sp.oo, ZERO, ZERO, ONE)),
    antiperiod=None,
    start=ZERO,
    curvature=ZERO,
    gap=ZERO,
)
"""f' = 1 everywhere. Its gap is infinite, so no claim with it is ever complete: the attacks below
fail before that."""
WALK = k.Dynamics("walk", RX, RU, (k.ForAll(t, NOW, k.Eq(RX(t + 1), RX(t) - RG(t))),), ONE)
WALK_SURE = k.Dynamics("walk", X, U, (k.ForAll(t, NOW, k.Eq(X(t + 1), X(t) - G(t))),), ONE)
MEAN = k.Sym("m", "random")
COIN = k.Noise(MEAN, (MEAN - 1, MEAN + 1), (HALF, HALF), ONE)


def coin_theorems(noise: k.Noise = COIN, sigma: sp.Expr = ONE) -> tuple[k.Theorem, ...]:
    slope = Prof(k.profile_symbol(FLAT), rw.POINT)
    law = k.law(noise.law(rw.DRAW, rw.GIVEN, slope))
    mean = k.expect_finite(law, Ex(rw.DRAW, rw.GIVEN))
    unbiased = k.certificate(k.Eq(Ex(rw.DRAW, rw.GIVEN), slope), [(1, mean)])
    spread = k.expect_finite(law, Ex((rw.DRAW - slope) ** 2, rw.GIVEN))
    variance = k.certificate(k.Le(Ex((rw.DRAW - slope) ** 2, rw.GIVEN), sigma**2), [(1, spread)])
    return unbiased, variance, k.sign_fact(k.Le(ZERO, sigma))


def flat_path(dynamics: k.Dynamics, noise: k.Noise, *facts: k.Theorem) -> k.Theorem:
    """For all t < T: 1 <= E|u(t)|."""
    held = granted(FLAT, (), dynamics, noise, *facts)
    u = dynamics.slope
    later = k.assume(NOW[0])
    slope = k.instantiate(pick(held, u(t)), t, facts=[later])
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    x = dynamics.position(t)
    low, high = k.Le(x, ZERO), k.Lt(ZERO, x)
    value = k.cases(
        k.piece_value(lipschitz, FLAT, (), 0, x, facts=[k.suppose(low)]),
        k.piece_value(lipschitz, FLAT, (), 1, x, facts=[k.suppose(high)]),
        low,
        high,
    )
    one = k.certificate(k.Eq(u(t), ONE), [(1, slope), (1, value)])
    whole = absolute(one)
    if u.sort == "fam:random":
        taken, opened = k.expect_mono(whole, TRIVIAL), k.expect_linear(Ex(ONE, TRIVIAL))
        level = Ex(sp.Abs(u(t)), TRIVIAL)
        bound = k.certificate(k.Le(ONE, level), [(-1, taken), (-1, opened)])
    else:
        bound = k.certificate(k.Le(ONE, sp.Abs(u(t))), [(-1, whole)])
    return within_horizon(bound)


def noisy(noise: k.Noise = COIN, dynamics: k.Dynamics = WALK, **changes) -> k.Theorem:
    """A witness whose gap theorem is assumed: everything else is as it has to be."""
    lipschitz = k.profile_lipschitz(FLAT, (), ZERO)
    gap = k.assume(k.GapAtMost(k.profile_symbol(FLAT), (), ONE))
    variance = changes.pop("variance", None) or coin_theorems()
    block = k.Block(FLAT, (), ONE, lipschitz, gap, flat_path(dynamics, noise), noise, variance)
    block = block._replace(**changes)
    claim = k.Attained(ZERO, ONE, (block.total(block.sigma),), dynamics, T, ONE, sure=False)
    sums = [block.total(ZERO), block.total(ONE), block.total(ONE)]
    wanted = [k.Le(sums[0], ZERO), k.Le(sums[1], ONE), k.Le(ONE, sums[2])]
    totals = [k.assume(w) for w in wanted]
    return k.witness(claim, [block], totals, WALK_SURE)
