"""Trajectories of SignSGD on the three blocks of the T2 instance.

Source: theory sheet, section 3 (proof of T2, finite horizon).
"""

from __future__ import annotations

import sympy as sp

from hardinstances.profiles import OSCILLATOR, RAMP
from proofs.assumptions import ETA, RHO, T
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, Z, above, by_sign, sign_bounded
from proofs.lemmas.blocks import bring, on_flat
from proofs.lemmas.masking import CALL as DRAWS
from proofs.lemmas.masking import NOISE, SIDE, J, fair_coin
from proofs.lemmas.masking import F as GIVEN
from proofs.lemmas.masking import U as MEAN
from proofs.lower.dynamics import SIGNSGD, SIGNSGD_SURE
from signcheck import kernel as k
from signcheck.kernel.rules_witness import BATCH_MEAN, CALL, CALLS
from signcheck.kernel.terms import TRIVIAL, Ex, Ind, Past
from signcheck.proof import Proof

ONE = sp.Integer(1)
t, N = k.Sym("t", "int"), k.Sym("n", "int")
NOW = (k.Le(ZERO, t),)
HORIZON = (k.Le(ZERO, t), k.Lt(t, T))


class Granted:
    """The path hypotheses of a block under a method (random, sure), by name."""

    def __init__(
        self,
        p: Proof,
        profile: object,
        parameters: tuple[sp.Expr, ...],
        noise: object,
        methods: tuple[k.Dynamics, k.Dynamics] = (SIGNSGD, SIGNSGD_SURE),
    ) -> None:
        dynamics = methods[0] if noise else methods[1]
        self.x, self.u = dynamics.position, dynamics.slope
        self.g = k.Sym(BATCH_MEAN.name, self.u.sort)
        block = (profile, parameters, None, None, None, None, noise)
        self.all = [p.assume(f) for f in k.path_hypotheses(block, dynamics)]
        self.start = self._of(lambda f: isinstance(f, k.Eq))
        self.update = self._equation(self.x(t + 1))
        self.slope = self._equation(self.u(t))
        self.mean = self._equation(self.g(t))

    def _of(self, test: object) -> k.Theorem:
        return next(thm for thm in self.all if test(thm.concl))  # type: ignore[operator]

    def _equation(self, lhs: sp.Expr) -> k.Theorem:
        def test(f: k.Formula) -> bool:
            body = f.body if isinstance(f, k.ForAll) else f
            return isinstance(body, k.Eq) and body.lhs == lhs

        return self._of(test)

    def calls(self) -> tuple[k.Theorem, k.Theorem]:
        """The law of a call at every step, and the independence of the calls of a step."""
        nested = self._of(lambda f: isinstance(f, k.ForAll) and isinstance(f.body, k.ForAll))
        return nested, self.inner(k.Independent)

    def inner(self, kind: type) -> k.Theorem:
        """The hypothesis whose innermost body is of a kind."""

        def test(f: k.Formula) -> bool:
            while isinstance(f, k.ForAll):
                f = f.body
            return isinstance(f, kind)

        return self._of(test)


# ---------------------------------------------------------------- noiseless blocks


def oscillator_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """x flips between eta/2 and -eta/2 for ever, so |u| = l eta/2."""
    held = Granted(p, OSCILLATOR, parameters, None)
    x, u, curve = held.x, held.u, parameters[0]
    square = ETA**2 / 4
    base = p.linear(k.Eq(x(0) ** 2, square), (x(0) + ETA / 2, held.start))
    known, later = p.assume(k.Eq(x(t) ** 2, square)), p.assume(k.Le(ZERO, t))
    q = p.having(later)
    value = _oscillator_value(q, held, parameters)
    update = q.instantiate(held.update, t)
    turn = q.rewrite(update, q.instantiate(held.mean, t), value)

    def flip(r: Proof) -> k.Theorem:
        goal = k.Eq(x(t + 1) ** 2, square)
        side = _side(r, x(t))
        if side == 0:
            return _nowhere(r, x(t), known, goal)
        sign = r.function_value(sp.sign(curve * x(t)))
        moved = r.linear(k.Eq(x(t + 1), x(t) - side * ETA), turn, (ETA, sign))
        place = r.linear(k.Eq(x(t), side * ETA / 2), (1 / (x(t) + side * ETA / 2), known))
        there = x(t) - side * ETA
        both = (x(t + 1) + there, moved)
        return r.linear(goal, both, known, (ETA, place), label="the oscillator flips")

    step = by_sign(q, x(t), flip)
    always = p.induction(base, step, t, ZERO, None, label="x(t)**2 stays eta**2/4")
    here = q.instantiate(always, t)

    def level(r: Proof) -> k.Theorem:
        goal = k.Le(curve * ETA / 2, sp.Abs(u(t)))
        side = _side(r, x(t))
        if side == 0:
            return _nowhere(r, x(t), here, goal)
        place = r.linear(k.Eq(x(t), side * ETA / 2), (1 / (x(t) + side * ETA / 2), here))
        return r.linear(goal, above(side * u(t)), value, (curve, place))

    return within_horizon(p, by_sign(q, x(t), level))


def _oscillator_value(q: Proof, held: Granted, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """u(t) == l x(t)."""
    lipschitz = bring(q, bricks.lipschitz("oscillator"), "oscillator", parameters)
    line = q.piece_value(lipschitz, OSCILLATOR, parameters, 0, held.x(t))
    return q.chain(q.instantiate(held.slope, t), line)


def _side(p: Proof, z: sp.Expr) -> int:
    """Which case of ``by_sign`` holds: -1, 0 or 1."""
    last = p.facts[-1].concl
    if last == k.Lt(ZERO, z):
        return 1
    return -1 if last == k.Lt(z, ZERO) else 0


def _nowhere(p: Proof, z: sp.Expr, square: k.Theorem, goal: k.Formula) -> k.Theorem:
    """z == 0 contradicts z**2 == eta**2/4."""
    zero = p.antisymmetry(*[f for f in p.facts if z in f.concl.terms()][-2:])
    false = p.certificate(k.Lt(ZERO, ZERO), [(-1, square), (z, zero)], [ETA**2 / 4])
    return p.absurd(false, goal)


def within_horizon(p: Proof, thm: k.Theorem) -> k.Theorem:
    """From 0 <= t |- phi: phi for all 0 <= t < T."""
    every = p.generalise(thm, t, *NOW)
    q = p.having(*map(k.assume, HORIZON))
    return p.generalise(q.instantiate(every, t), t, *HORIZON)


def ramp_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """x(t) >= -eta t: the long ramp is never left before T, so u = a."""
    held = Granted(p, RAMP, parameters, None)
    x, u = held.x, held.u
    base = p.linear(k.Le(ZERO, x(0)), held.start)
    known, later = p.assume(k.Le(-ETA * t, x(t))), p.assume(k.Le(ZERO, t))
    q = p.having(later)
    small = [above(sp.sign(held.g(t))), k.specialise(sign_bounded(), {Z: held.g(t)})]
    pair = [(ETA, thm) for thm in small]
    update = q.instantiate(held.update, t)
    step = q.linear(k.Le(-ETA * (t + 1), x(t + 1)), known, update, *pair)
    low = p.induction(base, step, t, ZERO, None, label="at most eta a step")
    q = p.having(*map(k.assume, HORIZON))
    early = q.integer_gap(q.facts[-1])
    inside = q.linear(
        k.Le(-parameters[2], x(t)), q.instantiate(low, t), (ETA, early), label="long enough"
    )
    slope = q.chain(q.instantiate(held.slope, t), on_flat(q, parameters, x(t), inside))
    return q.generalise(
        q.linear(k.Le(parameters[0], sp.Abs(u(t))), slope, above(u(t))), t, *HORIZON
    )


# ---------------------------------------------------------------- noisy blocks


def noisy_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """E|u(t)| >= (1 - rho) b: a fair walk is below -D at time t with probability <= rho."""
    held = Granted(p, RAMP, parameters, NOISE)
    q = p.having(*map(k.assume, HORIZON))
    goal = k.Le((1 - RHO) * parameters[0], Ex(sp.Abs(held.u(t)), TRIVIAL))
    start = q.split(
        k.Le(t, ZERO),
        k.Lt(ZERO, t),
        lambda r, case: (
            _at_start(r, held, parameters, goal)
            if isinstance(case.concl, k.Le)
            else _later(r, held, parameters, goal, case)
        ),
    )
    return q.generalise(start, t, *HORIZON)


def _on_slope(
    p: Proof, held: Granted, parameters: tuple[sp.Expr, ...], m: sp.Expr, inside: k.Theorem
) -> k.Theorem:
    """From -D <= x(m): u(m) == b."""
    return p.chain(p.instantiate(held.slope, m), on_flat(p, parameters, held.x(m), inside))


def _at_start(
    p: Proof, held: Granted, parameters: tuple[sp.Expr, ...], goal: k.Relation
) -> k.Theorem:
    b, depth = parameters[0], parameters[2]
    now = p.antisymmetry(p.facts[-1], next(f for f in p.facts if f.concl == k.Le(ZERO, t)))
    inside = p.linear(k.Le(-depth, held.x(0)), held.start, slack=[depth])
    slope = _on_slope(p, held, parameters, ZERO, inside)
    size = p.expect_mono(p.linear(k.Le(b, sp.Abs(held.u(0))), slope, above(held.u(0))), TRIVIAL)
    first = p.linear(goal.subst({t: ZERO}), size, p.expect_linear(Ex(b, TRIVIAL)), slack=[RHO * b])  # type: ignore[arg-type]
    return p.linear(goal, first, _same_expectation(p, goal.rhs, now))


def _same_expectation(p: Proof, term: sp.Expr, now: k.Theorem) -> k.Theorem:
    """term == term with t replaced by 0, under the split t == 0."""
    mark = k.Sym("mark")
    held = p.rewrite(p.assume(k.Eq(mark, term)), now)
    return k.cut(k.specialise(held, {mark: term}), p.identity(term, term))


def fair_steps(p: Proof, held: Granted, parameters: tuple[sp.Expr, ...]) -> list[k.Theorem]:
    """E[sign(g(t)) | past] == 0 and sign(g(t))**2 == 1, for all t >= 0."""
    q = p.having(k.assume(NOW[0]))
    past, u = Past(t), held.u(t)
    slope = q.instantiate(held.slope, t)
    lowest = bring(q, bricks.ramp_range()[0], "ramp", parameters)
    lowest = k.specialise(lowest, {bricks.POINT: held.x(t)})
    sign = q.linear(k.Le(ZERO, u), slope, lowest)
    q = q.having(held.inner(k.Measurable))
    known = q.known_equal(q.known(slope.concl.rhs, past), slope)  # type: ignore[attr-defined]
    upright = [q.identity(ONE, ONE), q.known(ONE, past)]
    return coin_steps(q, held, u, ONE, [sign, known, *upright])


def coin_steps(
    q: Proof, held: Granted, size: sp.Expr, side: sp.Expr, have: list[k.Theorem]
) -> list[k.Theorem]:
    """The two facts of the fair coin for sign(g(t)), for all t >= 0, from those on size and side.

    The derivative is side times size; ``have`` proves that both are known, size >= 0, side**2 == 1.
    """
    to = {MEAN: size, GIVEN: Past(t), SIDE: side, DRAWS: ((J,), CALLS(t, J))}
    law = q.instantiate(held.inner(k.Law), t)
    independent = q.instantiate(held.inner(k.Independent), t)
    mean = q.instantiate(held.mean, t)
    out = []
    for fact in fair_coin():
        thm = k.specialise(fact, to)
        known = [*have, law, independent, *q.facts]
        thm = k.cut(thm, *{h.concl: h for h in known if h.concl in thm.hyps}.values())
        back = q.linear(k.Eq(mean.concl.rhs, mean.concl.lhs), mean)  # type: ignore[attr-defined]
        out.append(q.generalise(q.rewrite(thm, back), t, *NOW))
    assert CALL == J
    return out


def _tail(p: Proof, held: Granted, parameters: tuple[sp.Expr, ...], m: sp.Expr) -> k.Theorem:
    """P(-x(t)/eta >= m) <= exp(-m**2/(2 t)), for t >= 1."""
    walk, step = k.Sym("S", "fam:random"), k.Sym("xi", "fam:random")
    always = [
        k.Eq(walk(0), ZERO),
        k.ForAll(t, NOW, k.Eq(walk(t + 1), walk(t) + step(t))),
        k.ForAll(t, NOW, k.Eq(step(t) ** 2, ONE)),
        k.ForAll(t, NOW, k.Eq(Ex(step(t), Past(t)), ZERO)),
        k.ForAll(t, NOW, k.Measurable(walk(t), Past(t))),
    ]
    tail = p.hoeffding(*map(k.assume, always), walk, step, t, m)
    place = -held.x(t) / ETA
    to = {walk: ((t,), place), step: ((t,), sp.sign(held.g(t)))}
    tail = p.specialise(tail, to)
    q = p.having(k.assume(NOW[0]))
    begin = p.linear(always[0].subst(to), (1 / ETA, held.start))  # type: ignore[arg-type]
    grow = q.linear(
        always[1].body.subst(to),  # type: ignore[attr-defined]
        (1 / ETA, q.instantiate(held.update, t)),
    )
    fair, square = fair_steps(p, held, parameters)
    seen = q.having(held.inner(k.Measurable)).known(place, Past(t))
    rest = [q.generalise(thm, t, *NOW) for thm in (grow, seen)]
    return k.cut(tail, begin, rest[0], square, fair, rest[1])


def _later(
    p: Proof,
    held: Granted,
    parameters: tuple[sp.Expr, ...],
    goal: k.Relation,
    positive: k.Theorem,
) -> k.Theorem:
    b, depth = parameters[0], parameters[2]
    x, u, m = held.x(t), held.u(t), parameters[2] / ETA
    p = p.having(p.integer_gap(positive))
    slope = p.instantiate(held.slope, t)
    lowest = k.specialise(bring(p, bricks.ramp_range()[0], "ramp", parameters), {bricks.POINT: x})
    far = Ind(-x / ETA - m)
    claim = k.Le(b * (1 - far), sp.Abs(u))

    def where(r: Proof, case: k.Theorem) -> k.Theorem:
        if isinstance(case.concl, k.Le):
            value = _on_slope(r, held, parameters, t, case)
            return r.linear(claim, value, above(u), slack=[b * far])
        out = r.linear(k.Le(ZERO, -x / ETA - m), (1 / ETA, case), label="left the slope")
        gone = r.having(out).function_value(far)
        return r.linear(claim, (b, gone), slope, lowest, above(u))

    surely = p.split(k.Le(-depth, x), k.Lt(x, -depth), where)
    taken = p.expect_mono(surely, TRIVIAL)
    opened = p.expect_linear(Ex(b * (1 - far), TRIVIAL))
    tail = _tail(p, held, parameters, m)
    early = p.integer_gap(next(f for f in p.facts if f.concl == k.Lt(t, T)))
    log = sp.log(1 / RHO)
    exponent = p.linear(k.Le(-(m**2) / (2 * t), -log), (log / t, early), label="horizon")
    small = p.monotone(exponent, "exp")
    return p.linear(goal, taken, opened, (b, tail), (b, small), label="noisy level")
