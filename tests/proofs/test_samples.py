"""The members that refute stronger variants are members: laws, wells and regimes recomputed."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sympy as sp

from hardinstances.levels import LATTICE_TIGHT, SIGNSGD_TIGHT
from proofs.assumptions import DELTA, ETA, L, T
from proofs.lemmas.sign_noise import BIAS, L1, A, S
from proofs.lower.signsgd import T2
from proofs.upper.momentum_fresh import T1M
from proofs.upper.signsgd import NOISE, T1, TOTAL
from proofs.upper.signsgd_corollaries import T1A, T1B
from signcheck.intervals import enclose
from signcheck.kernel.terms import Sym
from signcheck.theory import Sample
from tests.proofs.exact import Law, Q, mean, variance
from tests.proofs.model import rational

FAIR = re.compile(r"Y = (\S+) \* \((\S+) or (\S+)\) w.p. 1/2")
LAWS: dict[str, Law] = {
    "Y = 0, s = 1": ((Q(0), Q(1)),),
    "Y = 0, s = -1": ((Q(0), Q(1)),),
    "Y = -0.001": ((Q(-1, 1000), Q(1)),),
    "Y = -1 or 3 w.p. 1/2": ((Q(-1), Q(1, 2)), (Q(3), Q(1, 2))),
}


def law_of(name: str) -> Law:
    """The law that a sample's name describes."""
    found = FAIR.fullmatch(name)
    if not found:
        return LAWS[name]
    scale, low, high = map(Q, found.groups())
    return ((scale * low, Q(1, 2)), (scale * high, Q(1, 2)))


@pytest.mark.parametrize("sample", L1.samples(), ids=lambda sample: sample.name)
def test_a_law_for_l1_has_the_numbers_that_are_used(sample: Sample) -> None:
    law = law_of(sample.name)
    a, bias, s = (sample.values[atom] for atom in (A, BIAS, S))
    assert bias == rational(sum((p * ((v > 0) - (v < 0)) for v, p in law), Q(0)))
    about = sum((p * (rational(v) - a) ** 2 for v, p in law), sp.Integer(0))
    fails = {
        name
        for name, holds in {
            "mean": a == rational(mean(law)),
            "variance": about <= s**2,
            "s >= 0": s >= 0,
        }.items()
        if not holds
    }
    assert fails == ({sample.breaks} if sample.breaks else set())
    if not sample.breaks:
        assert rational(variance(law)) <= s**2


@pytest.mark.parametrize(
    "sample",
    [s for s in T1M.samples() if s.name.startswith("wells")],
    ids=lambda sample: sample.name,
)
def test_wells_under_signum_fit_their_gap(sample: Sample) -> None:
    amplitude = sample.values[TOTAL] / sample.values[T]
    assert amplitude == sample.values[L] * sample.values[ETA] / 2
    assert amplitude**2 / (2 * sample.values[L]) <= sample.values[DELTA]


def in_regime(sample: Sample) -> bool:
    """Whether the hard instance that the sample stands for exists: its level is then proved."""
    plain: dict[Any, Any] = {
        sp.Symbol(s.name): v for s, v in sample.values.items() if isinstance(s, Sym)
    }
    noise = sample.values[NOISE]
    tight = SIGNSGD_TIGHT if sample.name.startswith("signsgd-tight") else LATTICE_TIGHT
    extra = {"S": noise, "n": sp.Integer(1), "tau": noise / 10**9}
    plain |= {sp.Symbol(name): value for name, value in extra.items()}
    return all(enclose(c.expr, plain) >= 0 for c in tight.regime)


@pytest.mark.parametrize("theory", [T1, T1A, T1B, T1M], ids=lambda theory: theory.id)
def test_averages_of_upper_bounds_come_from_levels_inside_their_regime(theory: Any) -> None:
    tried = [s for s in theory.samples() if "-tight at" in s.name]
    assert len(tried) >= 9
    assert all(map(in_regime, tried))


def test_parameters_of_t2_have_at_least_one_noisy_coordinate() -> None:
    samples = T2.samples()
    assert samples
    assert all(set(sample.caps) == {"T1", "L0-gap"} for sample in samples)
    assert all(sample.values[NOISE] > 0 for sample in samples)
