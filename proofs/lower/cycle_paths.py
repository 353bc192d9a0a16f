"""SignSGD on a noisy meander: at every time the walk is rarely in a turn.

Source: theory sheet, section 3 (proof of T2, every horizon).
"""

from __future__ import annotations

from functools import cache
from typing import Any

import sympy as sp

from hardinstances.profiles import MEANDER
from proofs.assumptions import ETA, RHO, TAU, B
from proofs.lemmas import bricks
from proofs.lemmas.basics import ZERO, left, right, unfold
from proofs.lemmas.blocks import bring
from proofs.lemmas.masking import MIRRORED, MISS, NOISE, ROOT, SIDE, U, root_of_two
from proofs.lemmas.walk import CELL, HALF, HYPOTHESES, NOW, R, t
from proofs.lemmas.walk_plateau import FALL, HIGH, PLATEAU, ZONE, plateau_stays
from proofs.lower.cycle_meander import size_between_turns
from proofs.lower.signsgd_paths import HORIZON, Granted, coin_steps
from signcheck import kernel as k
from signcheck.kernel.terms import TRIVIAL, Ex, Ind, Past, Prof
from signcheck.proof import Premise, Proof

ONE = sp.Integer(1)
HALF_OF = sp.Rational(1, 2)
Y, S = k.Sym("y"), k.Sym("s")
SLOPE, CURVE = k.Sym("b_i"), k.Sym("l_i")


def side(slope: sp.Expr) -> sp.Expr:
    """1 where the derivative is not negative, -1 where it is."""
    return 2 * Ind(slope) - 1


TURNING_NOISE = k.Noise(
    mean=U,
    values=tuple(v.xreplace({SIDE: side(U), U: sp.Abs(U)}) for v in MIRRORED.values),
    probabilities=NOISE.probabilities,
    batch=NOISE.batch,
)
"""Masking noise, mirrored where the derivative is negative: what ``hardinstances`` samples."""


def size_at(x: sp.Expr, parameters: tuple[sp.Expr, ...]) -> sp.Expr:
    """|meander'(x)|."""
    return sp.Abs(Prof(k.profile_symbol(MEANDER), x, *parameters))


# ---------------------------------------------------------------- one step


def side_squared(p: Proof, u: sp.Expr) -> k.Theorem:
    """side(u)**2 == 1."""

    def case(q: Proof, where: k.Theorem) -> k.Theorem:
        value = q.function_value(Ind(u))
        c = 1 if isinstance(where.concl, k.Le) else 0
        return q.linear(k.Eq(side(u) ** 2, ONE), (4 * (Ind(u) + c - 1), value))

    return p.split(k.Le(ZERO, u), k.Lt(u, ZERO), case)


def fair_steps(p: Proof, held: Granted) -> list[k.Theorem]:
    """E[sign(g(t)) | past] == 0 and sign(g(t))**2 == 1, for all t >= 0."""
    q = p.having(k.assume(NOW[0]), held.inner(k.Measurable))
    u, past = held.u(t), Past(t)
    slope = q.instantiate(held.slope, t)
    known = q.known_equal(q.known(slope.concl.rhs, past), slope)  # type: ignore[attr-defined]
    seen = q.having(known)
    have = [
        q.sign_fact(k.Le(ZERO, sp.Abs(u))),
        *(seen.known(term, past) for term in (sp.Abs(u), side(u))),
        side_squared(q, u),
    ]
    return coin_steps(q, held, sp.Abs(u), side(u), have)


@cache
def one_move() -> k.Theorem:
    """For all y, s with s**2 == 1: |f'(y - eta s)| by the two neighbours of y; f the meander."""
    p = Proof()
    square = p.given(k.Eq(S**2, ONE))
    down, up = (size_at(Y + c * ETA, bricks.PARAMETERS["meander"]) for c in (-1, 1))
    moved = size_at(Y - ETA * S, bricks.PARAMETERS["meander"])
    goal = k.Eq(moved, (1 + S) / 2 * down + (1 - S) / 2 * up)

    def case(q: Proof, where: k.Theorem) -> k.Theorem:
        c = ONE if isinstance(where.concl, k.Lt) else -ONE
        fixed = q.linear(k.Eq(S, c), (1 / (S + c), square))
        return q.linear(goal, unfold(moved, fixed, p=q), ((down - up) / 2, fixed))

    whole = p.split(k.Le(S, ZERO), k.Lt(ZERO, S), case)
    return p.generalise(p.generalise(whole, S, square.concl), Y, label="one step")


class Shifted:
    """q(t, k) = E|f'(x(t) - s k eta)| on one meander, s = 1 or -1, and what is proved of it."""

    def __init__(self, p: Proof, parameters: tuple[sp.Expr, ...], direction: int) -> None:
        self.p, self.parameters, self.direction = p, parameters, direction
        self.held = Granted(p, MEANDER, parameters, TURNING_NOISE)

    def place(self, time: sp.Expr, cell: sp.Expr) -> sp.Expr:
        """x(t) - s k eta, in the form that substitution for k leaves."""
        return self.held.x(time) - self.direction * (cell * ETA)

    def size(self, time: sp.Expr, cell: sp.Expr) -> sp.Expr:
        """|f'| there."""
        return size_at(self.place(time, cell), self.parameters)

    def mean(self, time: sp.Expr, cell: sp.Expr) -> sp.Expr:
        """Its expectation."""
        return Ex(self.size(time, cell), TRIVIAL)

    def bring(self, p: Proof, thm: k.Theorem) -> k.Theorem:
        """A fact on meanders at these parameters."""
        return bring(p, thm, "meander", self.parameters)

    def step(self) -> k.Theorem:
        """For all t >= 0 and k: q(t + 1, k) == (q(t, k + 1) + q(t, k - 1))/2."""
        p, held = self.p, self.held
        fair, square = fair_steps(p, held)
        q = p.having(k.assume(NOW[0]), held.inner(k.Measurable))
        q = q.having(q.instantiate(square, t))
        coin, here = sp.sign(held.g(t)), self.place(t, CELL)
        to = dict(zip(bricks.PARAMETERS["meander"], self.parameters, strict=True))
        move = q.instantiate(q.specialise(one_move(), to), here, coin)
        there = unfold(self.size(t + 1, CELL), q.instantiate(held.update, t), p=q)
        cells = [CELL - c * self.direction for c in (-1, 1)]
        near = zip((here - ETA, here + ETA), cells, strict=True)
        same = [q.identity(place, self.place(t, cell)) for place, cell in near]
        taken = q.expect_mono(q.rewrite(q.chain(there, move), *same), TRIVIAL)
        opened = q.expect_linear(right(taken))
        flat = [(sign, self._no_drift(q, fair, c)) for sign, c in zip((1, -1), cells, strict=True)]
        pairs: list[Premise] = [(sign * HALF_OF, thm) for sign, thm in flat]
        goal = k.Eq(self.mean(t + 1, CELL), (self.mean(t, CELL + 1) + self.mean(t, CELL - 1)) / 2)
        every = q.generalise(q.linear(goal, taken, opened, *pairs), CELL)
        return q.generalise(every, t, *NOW, label="mean over one step")

    def _no_drift(self, q: Proof, fair: k.Theorem, cell: sp.Expr) -> k.Theorem:
        """E[sign(g(t)) |f'(x(t) - s k eta)|] == 0."""
        size, coin, past = self.size(t, cell), sp.sign(self.held.g(t)), Past(t)
        known = q.expect_linear(Ex(coin * size, past))
        none = q.linear(k.Eq(Ex(coin * size, past), ZERO), known, (size, q.instantiate(fair, t)))
        taken = q.expect_mono(none, TRIVIAL)
        whole = q.tower(Ex(Ex(coin * size, past), TRIVIAL))
        nothing = q.expect_linear(Ex(ZERO, TRIVIAL))
        return q.linear(k.Eq(Ex(coin * size, TRIVIAL), ZERO), whole, taken, nothing)

    def round(self) -> k.Theorem:
        """q(0, k + 2 h) == q(0, k)."""
        p, far, near = self.p, self.place(ZERO, CELL + 2 * HALF), self.place(ZERO, CELL)
        low, high = (far, near) if self.direction > 0 else (near, far)
        lipschitz = self.bring(p, bricks.lipschitz("meander"))
        turn = p.antiperiod(lipschitz, MEANDER, self.parameters, low)
        same = p.rewrite(
            unfold(sp.Abs(left(turn)), turn, p=p), p.identity(low + self.parameters[-1], high)
        )
        there, here = (size_at(place, self.parameters) for place in (far, near))
        return p.expect_mono(p.linear(k.Eq(there, here), same), TRIVIAL)

    def on_plateau(self, p: Proof, high: k.Theorem) -> k.Theorem:
        """q(0, k) == min(b, l eta (h - k)), from 0 <= k among the facts and k <= h."""
        slope, curve, period = self.parameters
        place, room = CELL * ETA, curve * ETA * (HALF - CELL)
        inside = p.linear(k.Le(place, period / 2), (ETA, high))
        q = p.having(p.sign_fact(k.Le(ZERO, place)), inside)
        value = q.instantiate(self.bring(q, size_between_turns(-self.direction)), place)
        value = q.rewrite(value, q.identity(curve * (period / 2 - place), room))
        begin = unfold(self.size(ZERO, CELL), self.held.start, p=q)
        taken = q.expect_mono(q.chain(begin, value), TRIVIAL)
        return q.chain(taken, q.expect_linear(Ex(sp.Min(slope, room), TRIVIAL)))


def noisy_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """E|u(t)| >= (1 - rho) b, for all t < T: the walk's steps are fair on either side of a turn."""
    slope, curve, period = parameters
    assert period == 2 * HALF * ETA
    thm = p.specialise(_noisy_path(), {SLOPE: slope, CURVE: curve})
    needs = [h.subst({SLOPE: slope, CURVE: curve}) for h in NEEDS]
    return k.cut(thm, *map(p.sign_fact, needs))


def wide_enough(zone: sp.Expr) -> k.Relation:
    """rho h is at least what a turn of half width ``zone`` cells can cost."""
    return k.Le(zone + 1, RHO * HALF)


NEEDS = (
    *(k.Lt(ZERO, s) for s in (ETA, TAU, SLOPE, CURVE)),
    *(k.Le(ONE, s) for s in (B, HALF)),
    k.Le(SLOPE / CURVE, HALF * ETA),
    wide_enough(SLOPE / (CURVE * ETA)),
)
"""What the path needs of slope b, curvature l, half a period of h cells, rho and the noise."""


@cache
def _noisy_path() -> k.Theorem:
    """The path for symbols b and l: below Abs, sympy may rewrite what else stands for them."""
    p, parameters = Proof(), (SLOPE, CURVE, 2 * HALF * ETA)
    wide = [p.given(formula) for formula in NEEDS][-1]
    above, _ = root_of_two()
    p = p.having(above, p.linear(k.Lt(ZERO, 1 - MISS), (1 / ROOT, above)))
    shifts = [Shifted(p, parameters, direction) for direction in (1, -1)]
    zone = SLOPE / (CURVE * ETA)
    body = sum((q.mean(t, CELL) for q in shifts), ZERO) / 2
    to = {R: ((t, CELL), body), HIGH: SLOPE, FALL: CURVE * ETA, ZONE: zone}
    always = _high_for_ever(p, shifts, p.specialise(plateau_stays(), to), to)
    r = p.having(*map(k.assume, HORIZON))
    held = shifts[0].held
    slopes = unfold(sp.Abs(held.u(t)), r.instantiate(held.slope, t), p=r)
    same = r.expect_mono(slopes, TRIVIAL)
    level = r.linear(
        k.Le((1 - RHO) * SLOPE, Ex(sp.Abs(held.u(t)), TRIVIAL)),
        *(same, (1 / HALF, r.instantiate(always, t)), (SLOPE / HALF, wide)),
        label="rarely in a turn",
    )
    return r.generalise(level, t, *HORIZON)


def _high_for_ever(
    p: Proof, shifts: list[Shifted], thm: k.Theorem, to: dict[k.Sym, Any]
) -> k.Theorem:
    """Discharge what the lemma on plateaus assumes, for the mean of the two shifted families."""
    wanted = {name: h.subst(to) for name, h in {**HYPOTHESES, **PLATEAU}.items()}
    even, cycle, plateau, step = (wanted[n] for n in ("even", "cycle", "plateau", "step"))
    assert isinstance(plateau, k.ForAll)
    proved = [p.sign_fact(wanted[name]) for name in ("a >= 0", "c > 0", "m >= 0", "h >= 1")]
    proved.append(p.identity(*wanted["zone"].terms()))
    proved.append(p.generalise(p.identity(*_body(even).terms()), CELL))
    turns = [(HALF_OF, q.round()) for q in shifts]
    proved.append(p.generalise(p.linear(_body(cycle), *turns), CELL))
    low, high = (p.assume(g) for g in plateau.guards)
    values = [(HALF_OF, q.on_plateau(p.having(low), high)) for q in shifts]
    proved.append(p.generalise(p.linear(_body(plateau), *values), CELL, *plateau.guards))
    now = p.having(k.assume(NOW[0]))
    moves = [(HALF_OF, now.instantiate(q.step(), t, CELL)) for q in shifts]
    every = now.generalise(now.linear(_body(_body(step)), *moves), CELL)
    proved.append(now.generalise(every, t, *NOW))
    return k.cut(thm, *{f.concl: f for f in proved if f.concl in thm.hyps}.values())


def _body(formula: k.Formula) -> Any:
    """What a for-all says of one index."""
    assert isinstance(formula, k.ForAll)
    return formula.body
