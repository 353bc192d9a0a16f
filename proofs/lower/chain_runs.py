"""Members and runs for T8: the start of a chain, and methods on the gated chain that is sampled.

Source: theory sheet, section 5.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sympy as sp

from hardinstances.chain_bounds import GAP, SMOOTHNESS
from hardinstances.errors import InputError
from hardinstances.exact import rational
from proofs.assumptions import DELTA, RHO, L, T
from proofs.lemmas.chain_function import BE, LAM
from proofs.samples.common import FAR, SCALES, R
from signcheck.experiment import Evaluation
from signcheck.intervals import enclose
from signcheck.kernel.terms import DIM
from signcheck.theory import Sample

if TYPE_CHECKING:
    from hardinstances.chain_instance import ChainInstance
    from signcheck.simulate.methods import Method

NOT_BEST = "146, 11.24 and 21.4 are certified bounds, not the best ones (108.9 for 146)"
"""Why a nudge of a constant of the chain may be true."""
MOST_CALLS = 18
MOMENTUM = 0.9


def _chain(smoothness: Any, links: int) -> dict[Any, Any]:
    """L, Delta = 1, d and the scales of a chain; the width is a ball."""
    unit = sp.sqrt(L * DELTA / (rational(GAP) * rational(SMOOTHNESS)))
    values = {L: smoothness, DELTA: R(1), DIM: R(links), LAM: 1 / (rational(GAP) * links)}
    return {**values, BE: enclose(DELTA / (rational(GAP) * unit), values)}


def samples(stationarity: Any, chance: Any) -> list[Sample]:
    """Chains at their start, T = 0: |grad f(0)|_1 = sqrt(e) lam/be, whatever the method."""
    out = []
    for smoothness in (*SCALES, *FAR):
        for links in (1, 10**6, 10**300):
            values = {**_chain(smoothness, links), RHO: R(9, 10), T: R(0), chance: R(1, 2)}
            values[stationarity] = enclose(sp.exp(R(1, 2)) * LAM / BE, values)
            where = f"L = {float(smoothness):g}, K = {float(links):g}"
            out.append(Sample(f"start of a chain, {where}", values))
    return out


def quiet_samples(stationarity: Any) -> list[Sample]:
    """Chains at their start, T = 0; and one link finished, far out at y = 10."""
    out = []
    for sample in samples(stationarity, RHO):
        kept = {atom: x for atom, x in sample.values.items() if atom != RHO}
        out.append(Sample(sample.name, kept))
    far = _chain(R(1), 1)
    far[stationarity] = enclose(sp.exp(R(1, 2) - 50) * LAM / BE, far)
    out.append(Sample("one link after one step, y = 10", {**far, T: R(1)}, breaks="T < d"))
    start = Sample("one link, started at y = 10", {**far, T: R(0)}, breaks="zero-respecting")
    return [*out, start]


def gap_samples(start: Any, far: Any) -> list[Sample]:
    """x_0 = 0, where f is 0, against points far out: Psi and Phi are near their top there."""
    out = []
    for links, height in ((1, 5), (10**6, 40)):
        values = _chain(R(1), links)
        psi = enclose(sp.exp(1 - R(1, (2 * height - 1) ** 2)), {})
        low, high = _phi(0), _phi(height)
        values[start] = R(0)
        value = low - high - (links - 1) * psi * high
        values[far] = enclose(LAM * BE, {LAM: values[LAM], BE: value})
        out.append(Sample(f"K = {links} links at y_i = {height}", values))
    return out


def _phi(s: int) -> Any:
    """Ball of Phi(s) = sqrt(pi e/2) (1 + erf(s/sqrt 2))."""
    import flint

    scale = (flint.arb.pi() * flint.arb(1).exp() / 2).sqrt()
    return scale * (1 + (flint.arb(s) / flint.arb(2).sqrt()).erf())


def smooth_samples(change: Any, length: Any) -> list[Sample]:
    """One link, y from 0 to 1: Phi' falls from sqrt(e) to 1."""
    out = []
    for smoothness in (*SCALES, *FAR):
        values = _chain(smoothness, 1)
        values[change] = enclose((sp.exp(R(1, 2)) - 1) * LAM / BE, values)
        values[length] = values[BE]
        out.append(Sample(f"one link from y = 0 to 1, L = {float(smoothness):g}", values))
    return out


def noise_samples(error: Any, chance: Any) -> list[Sample]:
    """The start of one link: derivative sqrt(e) lam/be, seen with probability p."""
    out = []
    chances = (R(1, 2), R(1, 100), R(99, 100), FAR[1])
    for smoothness, p in [*((R(1), p) for p in chances), *((far, R(1, 2)) for far in FAR)]:
        values = {**_chain(smoothness, 1), chance: p, T: R(0)}
        slope = enclose(sp.exp(R(1, 2)) * LAM / BE, values)
        values[error] = enclose(LAM**2 * (1 - p) / p, {LAM: slope})
        where = f"L = {float(smoothness):g}, p = {float(p):g}"
        out.append(Sample(f"start of one link, {where}", values))
    return out


# ---------------------------------------------------------------- exact runs


def mean_stationarity(instance: ChainInstance, method: Method, calls: int) -> float:
    """E|grad f(x_T)|_1 after T = ``calls`` steps of one call each, over all 2**T gate histories.

    The expectation is a finite sum in float64; nothing is sampled. Value/length.
    """
    import numpy as np

    if calls > MOST_CALLS:
        raise InputError(
            f"{calls} oracle calls have 2**{calls} gate histories: ask for {MOST_CALLS} at most."
        )
    shown = (np.arange(2**calls)[:, None] >> np.arange(calls)) & 1
    hits = shown.sum(axis=1)
    weight = instance.p**hits * (1 - instance.p) ** (calls - hits)
    x, state = np.zeros((2**calls, instance.d)), None
    place = np.arange(1, instance.d + 1)
    for t in range(calls):
        slope = instance.grad(x)
        beyond = place > instance.progress(x, 0.25)[:, None]
        gated = np.where(beyond, slope * (shown[:, t, None] / instance.p), slope)
        x, state = method.step(x, gated, state)
    return float(weight @ instance.stationarity(x))


def stepper(name: str, eta: float) -> Method:
    """A method by name, at this stepsize."""
    from signcheck.simulate import SGD, MomentumSGD, SignSGD, Signum

    plain: dict[str, Callable[[float], Method]] = {"SGD": SGD, "SignSGD": SignSGD}
    heavy: dict[str, Callable[[float, float], Method]] = {
        "momentum": MomentumSGD,
        "Signum": Signum,
    }
    return plain[name](eta) if name in plain else heavy[name](eta, MOMENTUM)


@dataclass(frozen=True)
class Setting:
    """A gated chain, a method on it, and the number of calls that T8 covers."""

    links: int
    chance: float
    rho: float
    method: str
    eta: float

    @property
    def calls(self) -> int:
        """floor((K - ln(1/rho))/(2 p))."""
        return math.floor((self.links - math.log(1 / self.rho)) / (2 * self.chance))

    def instance(self) -> ChainInstance:
        """The chain with L = Delta = 1, made and certified."""
        from hardinstances.chain import gated_chain

        return gated_chain(L=1.0, Delta=1.0, K=self.links, p=self.chance, rho=self.rho)

    def stepper(self) -> Method:
        """The method at this stepsize."""
        return stepper(self.method, self.eta)


SETTINGS = (
    Setting(8, 0.25, 0.2, "SignSGD", 1.0),
    Setting(8, 0.25, 0.2, "Signum", 1.0),
    Setting(8, 0.25, 0.2, "SGD", 40.0),
    Setting(8, 0.25, 0.2, "momentum", 10.0),
    Setting(12, 0.5, 0.01, "SignSGD", 4.0),
)
"""Steps that move a coordinate by about be/4 (be is 3.6) or by more than be when it is shown."""


def runs(stationarity: Any) -> tuple[Evaluation, ...]:
    """T8 at what these methods reach, in exact expectation over the gates."""

    def at(setting: Setting) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            reached = mean_stationarity(setting.instance(), setting.stepper(), setting.calls)
            numbers = {L: 1, DELTA: 1, DIM: setting.links, RHO: rational(setting.rho)}
            return {**numbers, stationarity: reached}

        shown = {"L": 1.0, "Delta": 1.0, "K": setting.links, "p": setting.chance}
        shown |= {"rho": setting.rho, "eta": setting.eta, "T": setting.calls}
        name = f"gated chain, {setting.method}, {setting.calls} calls"
        return Evaluation(name, shown, values)

    return tuple(map(at, SETTINGS))


QUIET_LINKS = 10
QUIET = {"SGD": 40.0, "SignSGD": 1.0, "momentum": 10.0, "Signum": 4.0}
"""Methods on the chain without noise, with their stepsizes."""


def quiet_reached(method: Method, steps: int) -> float:
    """|grad f(x_T)|_1 on the chain without noise after ``steps`` steps, in value/length."""
    import numpy as np

    from hardinstances.chain import chain

    instance = chain(L=1.0, Delta=1.0, K=QUIET_LINKS)
    x, state = np.zeros(instance.d), None
    for _ in range(steps):
        x, state = method.step(x, instance.grad(x), state)
    return float(instance.stationarity(x))


def quiet_runs(stationarity: Any) -> tuple[Evaluation, ...]:
    """T8-quiet at the last step that it covers."""

    def at(name: str) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            numbers = {L: 1, DELTA: 1, DIM: QUIET_LINKS}
            reached = quiet_reached(stepper(name, QUIET[name]), QUIET_LINKS - 1)
            return {**numbers, stationarity: reached}

        shown = {"L": 1.0, "Delta": 1.0, "K": QUIET_LINKS, "eta": QUIET[name]}
        return Evaluation(f"chain, {name}, {QUIET_LINKS - 1} steps", shown, values)

    return tuple(map(at, QUIET))


# ---------------------------------------------------------------- the flat chain


def flat_samples(stationarity: Any, rows: Any) -> list[Sample]:
    """Flat chains at their start: U sqrt(e) lam/be in the direction of the first column."""
    out = []
    for smoothness in (*SCALES, *FAR):
        for degree in (1, 10, 500):
            links, dimension = 2**degree - 1, 4**degree
            values = {L: smoothness, DELTA: R(1), DIM: R(links), rows: R(dimension), T: R(0)}
            values[LAM] = 1 / (rational(GAP) * links)
            width = sp.sqrt(rational(SMOOTHNESS) * rows * DELTA / (rational(GAP) * L * DIM))
            values[BE] = enclose(width, values)
            values[stationarity] = enclose(sp.exp(R(1, 2)) * LAM / BE * 2**degree, values)
            where = f"L = {float(smoothness):g}, K = {float(links):g}"
            out.append(Sample(f"start of a flat chain, {where}", values))
    return out


def flat_smooth_samples(change: Any, length: Any, rows: Any) -> list[Sample]:
    """One link in four dimensions, all coordinates moved by be/2: y goes from 0 to 1."""
    out = []
    for smoothness in (*SCALES, *FAR):
        values = {L: smoothness, DELTA: R(1), DIM: R(1), rows: R(4)}
        values[LAM] = 1 / rational(GAP)
        width = sp.sqrt(rational(SMOOTHNESS) * rows * DELTA / (rational(GAP) * L * DIM))
        values[BE] = enclose(width, values)
        values[length] = enclose(BE / 2, values)
        values[change] = enclose(2 * (sp.exp(R(1, 2)) - 1) * LAM / BE, values)
        out.append(Sample(f"one link in four dimensions, L = {float(smoothness):g}", values))
    return out


FLAT_LINKS = 15
FLAT_STEPSIZES = {"gradient descent": 1.0, "heavy ball": 0.5}


def flat_reached(name: str, steps: int) -> float:
    """|grad f(x_T)|_1 after ``steps`` steps of a linear-span method, in value/length."""
    import numpy as np

    from hardinstances.chain import flat_chain
    from signcheck.simulate import SGD, MomentumSGD

    instance = flat_chain(L=1.0, Delta=1.0, K=FLAT_LINKS)
    eta = FLAT_STEPSIZES[name]
    method = SGD(eta) if name == "gradient descent" else MomentumSGD(eta, MOMENTUM)
    x, state = np.zeros(instance.d), None
    for _ in range(steps):
        x, state = method.step(x, instance.grad(x), state)
    return float(instance.stationarity(x))


def flat_runs(stationarity: Any) -> tuple[Evaluation, ...]:
    """T8-flat at the last step that it covers."""

    def at(name: str) -> Evaluation:
        def values() -> Mapping[Any, Any]:
            numbers = {L: 1, DELTA: 1, DIM: FLAT_LINKS}
            return {**numbers, stationarity: flat_reached(name, FLAT_LINKS - 1)}

        shown = {"L": 1.0, "Delta": 1.0, "K": FLAT_LINKS, "eta": FLAT_STEPSIZES[name]}
        return Evaluation(f"flat chain, {name}, {FLAT_LINKS - 1} steps", shown, values)

    return tuple(map(at, FLAT_STEPSIZES))
