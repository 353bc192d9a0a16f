"""The instance of T3: stationary noisy quadratics beside slopes too long for SGD.

The core theorem leaves the total slope A and the floor V of the noisy coordinates open: the
statements of T3 put values in, and T7 carries one of them to the singular values of matrices.

Source: theory sheet, section 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sympy as sp

from hardinstances.levels_sgd import SGD_NOISE_FLOOR
from hardinstances.profiles import QUADRATIC, RAMP
from proofs.assumptions import DELTA, DELTA_SHARE, ETA, SIGMA, B, L, T, regime
from proofs.lemmas import bricks, gaussian
from proofs.lemmas.basics import ZERO, I
from proofs.lemmas.blocks import bring
from proofs.lemmas.gaussian import FLOOR
from proofs.lower import sgd_paths as paths
from proofs.lower.dynamics import SGD, SGD_SURE
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Big
from signcheck.proof import Proof

ONE = sp.Integer(1)
N, J = k.Sym("n", "int"), k.Sym("j", "int")
A, V = k.Sym("A"), k.Sym("V")
POWER_ROOT, TOP, LOW = k.Sym("S2"), k.Sym("top"), k.Sym("low")
QUIET = k.Sym("sigma_rest", "fam:real")
"""Noise level of a coordinate outside K; no noise is put there."""
NOISY = (k.Le(ZERO, I), k.Lt(I, N))

CURVE = (1 - DELTA_SHARE) * L * SIGMA(I) ** 2 / POWER_ROOT**2
"""l_i, the curvature of a noisy coordinate: its share of (1-delta) L."""
RADIUS = sp.sqrt(ETA * POWER_ROOT**2 / (B * (1 - DELTA_SHARE) * L * (2 - ETA * CURVE)))
"""s_oo, where a noisy coordinate starts: eta sigma_i**2/(B l_i (2 - eta l_i)) under the root."""
SPENT = Big(ETA * SIGMA(I) ** 2 / (2 * B * (2 - ETA * CURVE)), I, ZERO, N)
"""Gap of the noisy quadratics."""
TERM = sp.sqrt(2 / sp.pi) * sp.sqrt(ETA * CURVE * SIGMA(I) ** 2 / (B * (2 - ETA * CURVE)))
"""What a noisy coordinate contributes, as the theory sheet writes it."""

# ---------------------------------------------------------------- hypotheses

ON_K: dict[str, k.Formula] = {
    "sigma_i > 0 on K": k.ForAll(I, NOISY, k.Lt(ZERO, SIGMA(I))),
    "S2 is the norm on K": k.Eq(Big(SIGMA(I) ** 2, I, ZERO, N), POWER_ROOT**2),
}
STABLE = k.ForAll(I, NOISY, k.Lt(ETA * CURVE, 2))


@dataclass(frozen=True)
class NoiseFloor:
    """The problem on ``size`` coordinates: noise on K, long slopes on the others.

    ``size`` is the dimension of the space, or a symbol for the number of singular values.
    """

    size: sp.Expr

    @property
    def slopes(self) -> sp.Expr:
        """Number of coordinates without noise."""
        return self.size - N

    @property
    def rate(self) -> sp.Expr:
        """Gap of the long slopes is A**2 times this."""
        return ETA * (T - 1) / self.slopes + 1 / (2 * DELTA_SHARE * L)

    @property
    def symbols(self) -> dict[str, sp.Expr]:
        """What the level's symbols stand for here, by name."""
        return {"S2": POWER_ROOT, "top": TOP, "low": LOW, "k": N, "d": self.size}

    @property
    def parameters(self) -> dict[str, k.Formula]:
        """Hypotheses on the parameters."""
        names = (
            "L > 0",
            "eta > 0",
            "T >= 1",
            "B >= 1",
            "delta > 0",
            "delta < 1",
            "k < d",
            "S2 > 0",
        )
        return regime(SGD_NOISE_FLOOR, *names, **self.symbols)

    def claim(self, level: sp.Expr) -> k.Attained:
        """SGD stays above the level in expectation, at every t < T."""
        noise = (Big(SIGMA(I), I, ZERO, N), Big(QUIET(J), J, ZERO, self.slopes))
        return k.Attained(L, DELTA, noise, SGD, T, level, sure=False)

    def ranges(self, p: Proof) -> list[k.Theorem]:
        """What follows from the ranges of the parameters alone."""
        facts, held = [gaussian.pi_positive()], self.parameters

        def named(name: str) -> k.Theorem:
            return p.fact(held[name], name)

        facts.append(p.linear(k.Lt(ZERO, 1 - DELTA_SHARE), named("delta < 1")))
        facts.append(p.linear(k.Le(ZERO, T - 1), named("T >= 1")))
        facts.append(p.linear(k.Lt(ZERO, self.slopes), named("k < d"), slack=[ONE]))
        return facts

    @property
    def core(self) -> dict[str, k.Formula]:
        """Hypotheses of the core theorem."""
        return {
            **self.parameters,
            **ON_K,
            "eta l_i < 2": STABLE,
            "A >= 0": k.Le(ZERO, A),
            "spent": k.Le(A**2 * self.rate + SPENT, DELTA),
            "floor": k.Le(V, Big(FLOOR * CURVE * RADIUS, I, ZERO, N)),
        }


COORDINATES = NoiseFloor(DIM)
"""On all coordinates of the space."""


# ---------------------------------------------------------------- the instance


def quadratic_block(
    p: Proof,
    swing: tuple[sp.Expr, sp.Expr],
    deviation: sp.Expr,
    index: k.Sym | None = None,
    count: sp.Expr | None = None,
) -> k.Block:
    """Noisy quadratics of curvature and radius ``swing``, each in its stationary second moment."""
    curve, radius = swing
    path = p.specialise(
        paths.stationary(),
        {paths.CURVE: curve, paths.RADIUS: radius, paths.DEVIATION: deviation},
    )
    given = sorted(path.hyps, key=str)
    own = [h for h in given if isinstance(h, k.Le | k.Lt)]
    balance = [h for h in given if isinstance(h, k.Eq) and _closed(h)]
    settled = [*map(p.sign_fact, own), *(p.identity(h.lhs, h.rhs) for h in balance)]
    return k.Block(
        QUADRATIC,
        swing,
        deviation,
        bring(p, bricks.lipschitz("quadratic"), "quadratic", swing),
        bring(p, bricks.gap("quadratic"), "quadratic", swing),
        k.cut(path, *settled),
        noise=gaussian.noise(deviation, B),
        variance=(p.sign_fact(k.Le(ZERO, deviation)),),
        index=index,
        count=count,
    )


def _closed(equation: k.Eq) -> bool:
    """Whether an equation is about parameters only, and not about the run."""
    return not equation.free() & SGD.private()


def ramp_block(p: Proof, count: sp.Expr) -> k.Block:
    """``count`` equal long ramps without noise, whose slopes add up to A."""
    parameters = (A / count, DELTA_SHARE * L / count, ETA * A / count * (T - 1))
    return k.Block(
        RAMP,
        parameters,
        QUIET(J),
        bring(p, bricks.lipschitz("ramp"), "ramp", parameters),
        bring(p, bricks.gap("ramp"), "ramp", parameters),
        paths.ramp_path(p, parameters),
        index=J,
        count=count,
    )


def constant(thm: k.Theorem) -> sp.Expr:
    """Curvature or gap that a brick's theorem states."""
    assert isinstance(thm.concl, k.Lipschitz)
    return thm.concl.constant


def quadratics(p: Proof) -> k.Block:
    """A family of noisy quadratics over K."""
    q = p.having(*map(k.assume, NOISY))
    on_k = {**ON_K, "eta l_i < 2": STABLE}
    q = q.having(
        *(q.instantiate(p.fact(on_k[n], n), I) for n in ("sigma_i > 0 on K", "eta l_i < 2"))
    )
    q = q.having(q.linear(k.Lt(ZERO, 2 - ETA * CURVE), q.facts[-1]))
    return quadratic_block(q, (CURVE, RADIUS), SIGMA(I), I, N)


@cache
def core(problem: NoiseFloor) -> k.Theorem:
    """The instance for any total slope A that the gap allows, and any floor below the sum."""
    p, held = Proof(), problem.core
    for name in problem.parameters:
        p.given(held[name])
    p = p.having(*problem.ranges(p))
    for name in (*ON_K, "eta l_i < 2", "A >= 0", "spent", "floor"):
        p.given(held[name])
    noisy, quiet = quadratics(p), ramp_block(p, problem.slopes)
    target = problem.claim(A + V)
    totals = [
        curvature(p, noisy, quiet),
        gap(p, noisy, quiet, p.fact(held["spent"], "spent")),
        level(p, noisy, quiet, p.fact(held["floor"], "floor")),
    ]
    return p.witness(target, [noisy, quiet], totals, SGD_SURE, label="T3")


def curvature(p: Proof, noisy: k.Block, quiet: k.Block) -> k.Theorem:
    """Sum of l_i + delta L == L."""
    first, second = (b.total(constant(b.lipschitz)) for b in (noisy, quiet))
    share = (1 - DELTA_SHARE) * L / POWER_ROOT**2
    return p.linear(
        k.Le(first + second, L),
        p.sum_linear(first),
        p.sum_linear(second),
        (share, p.fact(ON_K["S2 is the norm on K"], "S2 is the norm on K")),
        label="curvature budget",
    )


def gap(p: Proof, noisy: k.Block, quiet: k.Block, spent: k.Theorem) -> k.Theorem:
    """A**2 rate of the slopes, SPENT of the quadratics: together ``spent``."""
    first, second = (b.total(constant(b.gap)) for b in (noisy, quiet))
    q = p.having(*map(k.assume, NOISY))
    q = q.having(q.instantiate(p.fact(STABLE, "eta l_i < 2"), I))
    each = q.identity(constant(noisy.gap), SPENT.args[0], label="gap of a quadratic")
    same = p.sum_mono(q.generalise(each, I, *NOISY))
    return p.linear(
        k.Le(first + second, DELTA), same, p.sum_linear(second), spent, label="gap budget"
    )


def level(p: Proof, noisy: k.Block, quiet: k.Block, floor: k.Theorem) -> k.Theorem:
    """A + V is at most A of the slopes and the floors of the quadratics."""
    first = noisy.total(FLOOR * CURVE * RADIUS)
    second = quiet.total(A / quiet.count)
    return p.linear(k.Le(A + V, first + second), floor, p.sum_linear(second), label="level")
