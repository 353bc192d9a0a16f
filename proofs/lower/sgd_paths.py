"""Trajectories of SGD on the blocks of the T3 instance: stationary quadratics and long ramps.

On l x**2/2 with normal noise SGD started at r = sqrt(eta s**2/(B l (2 - eta l))) has x(t) normal
with mean y r and variance (1 - y**2) r**2, y = (1 - eta l)**t, so E x(t)**2 = r**2 at every t.

Source: theory sheet, sections 2 and 4.
"""

from __future__ import annotations

from functools import cache

import sympy as sp

from hardinstances.profiles import QUADRATIC, RAMP
from proofs.assumptions import ETA, B
from proofs.lemmas import bricks, gaussian
from proofs.lemmas.basics import ZERO, above, abs_of_multiple, right
from proofs.lemmas.basics import Z as SIZE
from proofs.lemmas.blocks import bring, on_flat
from proofs.lemmas.gaussian import FLOOR
from proofs.lemmas.roots import abs_squared, below_size
from proofs.lower.dynamics import SGD, SGD_SURE
from proofs.lower.signsgd_paths import HORIZON, NOW, Granted, t
from signcheck import kernel as k
from signcheck.kernel.rules_witness import CALL, CALLS
from signcheck.kernel.terms import TRIVIAL, Big, Ex, Past
from signcheck.proof import Proof

ONE = sp.Integer(1)
METHODS = (SGD, SGD_SURE)
C, CURVE, RADIUS, DEVIATION = (k.Sym(name) for name in ("a", "l", "r", "s"))
NOISE = gaussian.noise(DEVIATION, B)
SHRINK = 1 - ETA * CURVE
SPREAD = C**2 * ETA**2 * DEVIATION**2 / (2 * B)
"""Exponent that one batch of noise adds."""
MEMORY = k.Sym("memory", "fam:real")
"""y(t) = (1 - eta l)**t: the part of the start that is left."""
WHOLE = k.Eq(MEMORY(ZERO), ONE)
FADING = k.ForAll(t, NOW, k.Eq(MEMORY(t + 1), SHRINK * MEMORY(t)))
REGIME = {
    "eta > 0": k.Lt(ZERO, ETA),
    "l > 0": k.Lt(ZERO, CURVE),
    "eta l < 2": k.Lt(ETA * CURVE, 2),
    "r > 0": k.Lt(ZERO, RADIUS),
    "B >= 1": k.Le(ONE, B),
    "stationary": k.Eq(B * CURVE * (2 - ETA * CURVE) * RADIUS**2, ETA * DEVIATION**2),
}


def _law(m: sp.Expr) -> k.ForAll:
    """x(m) is normal with mean y(m) r and second moment r**2."""
    y = MEMORY(m)
    return k.normal(SGD.position(m), TRIVIAL, y * RADIUS, (1 - y**2) * RADIUS**2)


def _exponent(m: sp.Expr) -> sp.Expr:
    """Exponent of the transform of x(m) at a."""
    law = _law(m)
    return law.body.subst({law.var: C}).rhs.args[0]  # type: ignore[attr-defined]


def _for_all(p: Proof, transform: k.Theorem) -> k.Theorem:
    """The transform at a as a statement for all c, as ``normal`` writes it."""
    every, c = p.generalise(transform, C), _law(ZERO).var
    return p.generalise(p.instantiate(every, c), c)


# ---------------------------------------------------------------- the law of the quadratic


def slope_of_quadratic(p: Proof, held: Granted, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """u(t) == l x(t), for t >= 0."""
    lipschitz = bring(p, bricks.lipschitz("quadratic"), "quadratic", parameters)
    line = p.piece_value(lipschitz, QUADRATIC, parameters, 0, held.x(t))
    return p.chain(p.instantiate(held.slope, t), line)


def _start_law(p: Proof, held: Granted, whole: k.Theorem) -> k.Theorem:
    """At 0 the law is concentrated at r."""
    x, y = held.x(ZERO), MEMORY(ZERO)
    exponent = _exponent(ZERO)
    bend = C**2 * RADIUS**2
    same = p.linear(
        k.Eq(C * x, exponent), (C, held.start), (C * RADIUS, whole), (bend * (1 + y), whole)
    )
    taken = p.expect_mono(p.monotone(same, "exp"), TRIVIAL)
    return _for_all(p, p.chain(taken, p.expect_linear(right(taken))))


def _one_step(p: Proof, held: Granted) -> k.Theorem:
    """E[exp(c x(t+1)) | past] == exp(c (1-eta l) x(t) + c**2 eta**2 s**2/(2 B))."""
    x, past, weight = held.x(t), Past(t), -C * ETA / B
    slope = slope_of_quadratic(p, held, (CURVE, RADIUS))
    calls = Big(weight * CALLS(t, CALL), CALL, ZERO, B)
    opened = p.sum_linear(calls)
    update, mean = p.instantiate(held.update, t), p.instantiate(held.mean, t)
    place = p.linear(
        k.Eq(C * held.x(t + 1), C * x + calls), (C, update), (C * ETA, mean), opened, label="move"
    )
    taken = p.expect_mono(p.monotone(place, "exp"), past)
    split = separated(p, C * x, calls, past)
    laws, independent = held.calls()
    to = {gaussian.U: held.u(t), gaussian.V: DEVIATION**2, gaussian.W: weight, gaussian.F: past}
    batch = p.specialise(
        gaussian.batch_transform(), {**to, gaussian.CALL: ((CALL,), CALLS(t, CALL))}
    )
    known = p.known_equal(p.known(right(slope), past), slope)
    have = [p.instantiate(laws, t), p.instantiate(independent, t), known, *p.facts]
    batch = k.cut(batch, *{h.concl: h for h in have if h.concl in batch.hyps}.values())
    product = p.rewrite(split, batch)
    whole = p.chain(taken, product, p.exp_law(right(product)))
    reach = SHRINK * C * x + SPREAD
    exponent = p.linear(k.Eq(right(whole).args[0], reach), (C * ETA, slope), label="exponent")
    return p.chain(whole, p.monotone(exponent, "exp"))


def separated(p: Proof, known: sp.Expr, rest: sp.Expr, given: sp.Expr) -> k.Theorem:
    """E[exp(known + rest) | F] == exp(known) E[exp(rest) | F]."""
    product = sp.exp(known) * sp.exp(rest)
    joined = p.expect_mono(p.exp_law(product), given)
    apart = p.expect_linear(Ex(product, given))
    return p.linear(k.Eq(right(joined), right(apart)), joined, apart)


def _next_law(p: Proof, held: Granted, fading: k.Theorem, balance: k.Theorem) -> k.Theorem:
    """From the law of x(t): the law of x(t+1)."""
    known = p.assume(_law(t))
    y, ahead = MEMORY(t), MEMORY(t + 1)
    step = p.expect_mono(_one_step(p, held), TRIVIAL)
    tower = p.tower(step.concl.lhs)  # type: ignore[attr-defined]
    moved = p.linear(k.Eq(right(tower), right(step)), tower, step)
    before = separated(p, SPREAD, SHRINK * C * held.x(t), TRIVIAL)
    before = p.rewrite(before, p.instantiate(known, SHRINK * C))
    whole = p.chain(moved, before, p.exp_law(right(before)))
    fade = p.instantiate(fading, t)
    goal = _exponent(t + 1)
    bend = C**2 * RADIUS**2 * (ahead + SHRINK * y)
    exponent = p.linear(
        k.Eq(right(whole).args[0], goal),
        (C * RADIUS, fade),
        (bend, fade),
        (C**2 * ETA / B, balance),
        label="the second moment stays",
    )
    return _for_all(p, p.chain(whole, p.monotone(exponent, "exp")))


def _memory_fades(p: Proof, whole: k.Theorem, fading: k.Theorem) -> k.Theorem:
    """For all t >= 1: y(t)**2 < 1."""
    room = ETA * CURVE * (2 - ETA * CURVE)
    first = p.instantiate(fading, ZERO)
    one, zero = MEMORY(ONE), MEMORY(ZERO)
    base = p.linear(
        k.Lt(one**2, ONE),
        (one + SHRINK * zero, first),
        (SHRINK**2 * (1 + zero), whole),
        slack=[room],
        label="the first step shrinks",
    )
    low, known = p.assume(k.Le(ONE, t)), p.assume(k.Lt(MEMORY(t) ** 2, ONE))
    q = p.having(low)
    q = q.having(q.linear(k.Le(ZERO, t), low, slack=[ONE]))
    fade = q.instantiate(fading, t)
    both = MEMORY(t + 1) + SHRINK * MEMORY(t)
    step = q.linear(
        k.Lt(MEMORY(t + 1) ** 2, ONE), (both, fade), (SHRINK**2, known), slack=[room], label="fades"
    )
    return p.induction(base, step, t, ONE, None)


@cache
def stationary() -> k.Theorem:
    """For all t < T: sqrt(2/pi) l r <= E|u(t)| on the noisy quadratic, from its regime."""
    p = Proof(gaussian.pi_positive())
    facts = {name: p.given(h) for name, h in REGIME.items()}
    p = p.having(p.linear(k.Lt(ZERO, 2 - ETA * CURVE), facts["eta l < 2"]))
    held = Granted(p, QUADRATIC, (CURVE, RADIUS), NOISE, METHODS)
    whole, fading = p.assume(WHOLE), p.assume(FADING)
    q = p.having(k.assume(NOW[0]), held.inner(k.Measurable))
    base = _start_law(p, held, whole)
    step = _next_law(q, held, fading, facts["stationary"])
    law = p.induction(base, step, t, ZERO, None, label="x(t) is normal")
    small = _memory_fades(p, whole, fading)
    r = p.having(*map(k.assume, HORIZON))
    slope = slope_of_quadratic(r, held, (CURVE, RADIUS))
    x, u = held.x(t), held.u(t)

    def size(s: Proof, case: k.Theorem) -> k.Theorem:
        goal = k.Le(FLOOR * RADIUS, Ex(sp.Abs(x), TRIVIAL))
        if isinstance(case.concl, k.Le):
            return _size_at_start(s, held, goal)
        late = s.having(s.integer_gap(case))
        lemma = s.specialise(
            gaussian.normal_size(), {gaussian.Y: MEMORY(t), gaussian.R: RADIUS, gaussian.X: x}
        )
        return k.cut(lemma, s.instantiate(law, t), late.instantiate(small, t), facts["r > 0"])

    reach = r.split(k.Le(t, ZERO), k.Lt(ZERO, t), size)
    scaled = r.specialise(abs_of_multiple(), {k.Sym("s"): CURVE, SIZE: x})
    scaled = k.cut(scaled, r.sign_fact(k.Le(ZERO, CURVE)))
    same = r.expect_mono(r.chain(bricks.absolute(slope), scaled), TRIVIAL)
    out = r.linear(
        k.Le(FLOOR * CURVE * RADIUS, Ex(sp.Abs(u), TRIVIAL)),
        same,
        r.expect_linear(right(same)),
        (CURVE, reach),
        label="level of the quadratic",
    )
    every = r.generalise(out, t, *HORIZON)
    return k.recursion(every, MEMORY, WHOLE, FADING)


def _size_at_start(p: Proof, held: Granted, goal: k.Relation) -> k.Theorem:
    """At t = 0 the point is r itself, and sqrt(2/pi) <= 1."""
    now = p.antisymmetry(p.facts[-1], next(f for f in p.facts if f.concl == NOW[0]))
    r = RADIUS
    size = p.expect_mono(
        p.linear(k.Le(r, sp.Abs(held.x(0))), held.start, above(held.x(0))), TRIVIAL
    )
    low = gaussian.floor_below_one()
    first = p.linear(goal.subst({t: ZERO}), size, p.expect_linear(Ex(r, TRIVIAL)), (r, low))  # type: ignore[arg-type]
    mark = k.Sym("mark")
    back = p.rewrite(p.assume(k.Eq(mark, goal.rhs)), now)
    back = k.cut(k.specialise(back, {mark: goal.rhs}), p.identity(goal.rhs, goal.rhs))
    return p.linear(goal, first, back)


# ---------------------------------------------------------------- noiseless blocks


def ramp_path(p: Proof, parameters: tuple[sp.Expr, ...]) -> k.Theorem:
    """For all t < T: a <= |u(t)| on a ramp of length eta a (T - 1): no step is above eta a."""
    held = Granted(p, RAMP, parameters, None, METHODS)
    a, x, u = parameters[0], held.x, held.u
    base = p.linear(k.Le(-ETA * a * ZERO, x(ZERO)), held.start)
    known, later = p.assume(k.Le(-ETA * a * t, x(t))), p.assume(k.Le(ZERO, t))
    q = p.having(later)
    steepest = bring(q, bricks.ramp_range()[1], "ramp", parameters)
    steepest = k.specialise(steepest, {bricks.POINT: x(t)})
    step = q.linear(
        k.Le(-ETA * a * (t + 1), x(t + 1)),
        known,
        q.instantiate(held.update, t),
        (ETA, q.instantiate(held.mean, t)),
        (ETA, q.instantiate(held.slope, t)),
        (ETA, steepest),
        label="at most eta a a step",
    )
    low = p.induction(base, step, t, ZERO, None, label="SGD on a slope")
    q = p.having(*map(k.assume, HORIZON))
    early = q.integer_gap(q.facts[-1])
    inside = q.linear(
        k.Le(-parameters[2], x(t)), q.instantiate(low, t), (ETA * a, early), label="long enough"
    )
    slope = q.chain(q.instantiate(held.slope, t), on_flat(q, parameters, x(t), inside))
    return q.generalise(q.linear(k.Le(a, sp.Abs(u(t))), slope, above(u(t))), t, *HORIZON)


def unstable_path(p: Proof, parameters: tuple[sp.Expr, ...], steep: k.Theorem) -> k.Theorem:
    """For all t < T: l r <= |u(t)| on a quadratic with 2 <= eta l (``steep``), r > 0."""
    held = Granted(p, QUADRATIC, parameters, None, METHODS)
    curve, r = parameters
    x, u = held.x, held.u
    base = p.linear(k.Le(r**2, x(ZERO) ** 2), (-(r + x(ZERO)), held.start))
    known, later = p.assume(k.Le(r**2, x(t) ** 2)), p.assume(k.Le(ZERO, t))
    q = p.having(later, p.linear(k.Le(ZERO, ETA * curve - 2), steep))
    slope = slope_of_quadratic(q, held, parameters)
    turned = (1 - ETA * curve) * x(t)
    moved = q.linear(
        k.Eq(x(t + 1), turned),
        q.instantiate(held.update, t),
        (ETA, q.instantiate(held.mean, t)),
        (ETA, slope),
    )
    growth = ETA * curve * (ETA * curve - 2) * x(t) ** 2
    step = q.linear(
        k.Le(r**2, x(t + 1) ** 2),
        known,
        (x(t + 1) + turned, moved),
        slack=[growth],
        label="a step does not improve",
    )
    far = p.induction(base, step, t, ZERO, None, label="SGD with eta >= 2/L")
    q = p.having(*map(k.assume, HORIZON))
    slope = slope_of_quadratic(q, held, parameters)
    size = sp.Abs(u(t))
    same = k.specialise(abs_squared(), {SIZE: u(t)})
    square = q.linear(
        k.Le((curve * r) ** 2, size**2),
        same,
        (u(t) + curve * x(t), slope),
        (curve**2, q.instantiate(far, t)),
        label="squares",
    )
    return q.generalise(below_size(q, curve * r, size, square), t, *HORIZON)
