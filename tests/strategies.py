"""Every hypothesis strategy of the suite: bricks with parameters, instances, points."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

import hardinstances
from hardinstances.profiles import PROFILES


def positive(low: float = 0.01, high: float = 100.0) -> st.SearchStrategy[float]:
    """Positive numbers over several orders of magnitude, with short decimals that shrink well."""
    return st.floats(low, high, allow_nan=False, allow_subnormal=False)


@st.composite
def rationals(draw, low: int = -50, high: int = 50) -> Fraction:
    """Rationals with small denominators."""
    return Fraction(draw(st.integers(low * 12, high * 12)), draw(st.sampled_from([1, 2, 3, 5, 12])))


@st.composite
def bricks(draw, name: str | None = None):
    """A profile with exact rational parameters that satisfy its requirements."""
    profile = PROFILES[name or draw(st.sampled_from(sorted(PROFILES)))]
    size = st.fractions(Fraction(1, 10), Fraction(10), max_denominator=20)
    share = st.fractions(Fraction(1, 10), Fraction(1), max_denominator=10)
    parameters = {symbol.name: draw(size) for symbol in profile.parameters}
    if profile.name == "quadratic":
        parameters["s"] *= draw(st.sampled_from([-1, 1]))
    if profile.name == "wells":
        parameters["c"] = draw(share) * parameters["l"] * parameters["eta"] / 2
    if profile.name == "meander":
        parameters["b"] = draw(share) * parameters["l"] * parameters["H"] / 2
    return profile, parameters


@st.composite
def sigmas(draw, total: float) -> list[float]:
    """Noise vectors of l1 norm at most ``total``, zeros and very unequal entries included."""
    d = draw(st.integers(2, 7))
    weights = draw(st.lists(st.sampled_from([0.0, 0.01, 0.5, 1.0]), min_size=d, max_size=d))
    scale = draw(st.floats(0.05, 1.0)) * total / max(sum(weights), 1.0)
    return [scale * weight for weight in weights]


SEPARABLE = (
    "signsgd-tight",
    "signsgd-tight-forever",
    "lattice-wells",
    "lattice-tight",
    "sgd-noise-floor",
)


@st.composite
def vector_instances(draw, family: str | None = None):
    """Certified instances of the separable families, with budgets that fit."""
    name = family or draw(st.sampled_from(SEPARABLE))
    L, Delta = draw(positive(0.1, 10.0)), draw(positive(0.1, 10.0))
    T = draw(st.sampled_from([1, 2, 10, 300]))
    budgets = {"L": L, "Delta": Delta}
    # In units of the stepsize that balances the two terms of T1.
    eta = draw(st.floats(0.2, 1.5)) * math.sqrt(2 * Delta / (L * max(T, 4)))
    if name == "lattice-wells":
        return hardinstances.make(name, **budgets, eta=eta, d=draw(st.integers(1, 5)))
    if name == "lattice-tight":
        return hardinstances.make(name, **budgets, eta=eta, T=T, d=draw(st.integers(2, 6)))
    B = draw(st.sampled_from([1, 2, 16]))
    if name == "sgd-noise-floor":
        sigma = draw(sigmas(total=math.sqrt(L * Delta)))
        eta = draw(st.floats(0.01, 1.0)) / L
        return hardinstances.make(name, **budgets, eta=eta, T=T, B=B, sigma=sigma)
    share = 0.2 if name == "signsgd-tight" else 0.02
    sigma = draw(sigmas(total=share * math.sqrt(2 * L * Delta * B / max(T, 4))))
    return hardinstances.make(name, **budgets, eta=eta, T=T, B=B, sigma=sigma)


@st.composite
def noisy_instances(draw):
    """Instances that have masking noise."""
    family = draw(st.sampled_from(["signsgd-tight", "signsgd-tight-forever"]))
    instance = draw(vector_instances(family))
    assume(instance.batch is not None)
    return instance


@st.composite
def points(draw, instance) -> np.ndarray:
    """Points spread over the region where the profiles bend, joints included."""
    reach = max(
        float(np.max(np.abs(values)))
        for block in instance.blocks
        for name, values in block.parameters.items()
        if name in {"D", "h", "s", "eta", "H"}
    )
    reach = max(reach, instance.level_numbers["eta"])
    entries = st.lists(st.floats(-3.0, 3.0), min_size=instance.d, max_size=instance.d)
    return np.array(draw(entries)) * reach
