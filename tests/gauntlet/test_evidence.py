"""Verdicts: true levels survive, raised ones are refuted, failures count for nothing."""

import math
from dataclasses import replace

import numpy as np
import pytest

from signcheck.gauntlet import drive
from signcheck.gauntlet.arenas import arenas, find_arena
from signcheck.gauntlet.cells import make_cell, readings
from signcheck.gauntlet.entries import Entry
from signcheck.gauntlet.evidence import ERROR_PROBABILITY, SENTENCES, judge_claims, noise_proxy
from signcheck.gauntlet.plan import Plan

SGD = Entry("torch.optim.SGD", "torch.optim:SGD")
MUON = Entry("signcheck.ExactMuon", "signcheck.gauntlet.references:ExactMuon", matrix=True)
PLAN = Plan("quick", 40, 16, 2, tuning_seeds=1, final_seeds=4, judged_seeds=100)


@pytest.fixture(scope="module")
def sign():
    from tests.gauntlet.conftest import SignSGD

    class Local(Entry):
        def make(self, module, lr, steps):
            return SignSGD(module.parameters(), lr, momentum=0.0)

    return Local("SignSGD", "")


@pytest.fixture(scope="module")
def covered(sign):
    """One covered cell an instance."""
    who = {"lattice": sign, "SignSGD": sign, "exact Muon": MUON}
    return [make_cell(who.get(a.methods, SGD), a, PLAN) for a in arenas(PLAN)]


def claim(cells, name, **settings):
    found = {c.instance: c for c in judge_claims(cells, arenas(PLAN), **settings)}
    assert set(found) == set(SENTENCES)
    return found[name]


@pytest.mark.parametrize("name", [n for n in SENTENCES if n != "gated-chain"])
def test_what_the_theory_says_happens(covered, name):
    found = claim(covered, name)
    assert found.covered == 1
    assert found.verdict == "consistent", found.judgements
    assert found.least > 0.9


def raised(cells, factor):
    """The same cells against a level that is too high by a factor."""
    return [
        cell
        | {"level": cell["level"] * factor}
        | {"tuning": [r | {"level": r.get("level", 1) * factor} for r in cell["tuning"]]}
        for cell in cells
    ]


@pytest.mark.parametrize("name", ["lattice-wells", "lattice-tight"])
def test_an_exact_level_is_refuted_when_raised_at_all(covered, name):
    assert claim(covered, name).least == pytest.approx(1.0, abs=1e-8)
    assert claim(covered, name).interval is None
    assert claim(raised(covered, 1 + 1e-6), name).verdict == "refuted"


@pytest.mark.parametrize(
    "name", ["signsgd-tight", "muon-tight", "sgd-noise-floor", "sgd-noise-floor-matrix"]
)
def test_a_sampled_level_is_refuted_when_raised_by_its_width(covered, name):
    (judgement,) = claim(covered, name).judgements.values()
    assert 0 < judgement.error_probability < ERROR_PROBABILITY
    low, high = claim(covered, name).interval
    assert low < claim(covered, name).least < high
    factor = 1.001 * judgement.ci[1] / judgement.bound
    assert factor < 1.25
    assert claim(raised(covered, factor), name).verdict == "refuted"


def test_the_gated_chain_is_judged_on_all_runs_together(covered):
    cells = [c | {"optimizer": f"{k}"} for k in range(200) for c in covered
             if c["instance"] == "gated-chain"]  # fmt: skip
    alone, pooled = claim(cells[:1], "gated-chain"), claim(cells, "gated-chain")
    assert alone.verdict == "inconclusive"
    assert pooled.verdict == "consistent"
    assert pooled.runs == 200 * PLAN.final_seeds
    assert list(pooled.judgements) == ["all together"]
    low = [c | {"samples": (0.5 * np.array(c["samples"])).tolist()} for c in cells]
    assert claim(low, "gated-chain").verdict == "refuted"


def test_other_stepsizes_count_where_the_oracle_is_exact(covered):
    cells = [dict(cell) for cell in covered if cell["instance"] == "chain"]
    rows = [dict(row) for row in cells[0]["tuning"]]
    assert claim(cells, "chain").runs == 1 + len(rows)
    rows[0] |= {"reached": 0.9 * rows[0]["level"], "ratio": 0.9}
    assert claim([cells[0] | {"tuning": rows}], "chain").verdict == "refuted"
    rows[0] |= {"covered": False}
    assert claim([cells[0] | {"tuning": rows}], "chain").verdict == "consistent"


@pytest.mark.parametrize("status", ["diverged", "errored", "not run"])
def test_failures_and_other_methods_count_for_nothing(covered, status):
    failed = {"optimizer": "x", "instance": "lattice-wells", "status": status, "reason": "?"}
    outside = next(c for c in covered if c["instance"] == "lattice-wells") | {
        "optimizer": "y",
        "covered": False,
        "reached": 0.0,
        "tuning": [],
    }
    assert claim([*covered, failed, outside], "lattice-wells").verdict == "consistent"
    empty = claim([failed, outside], "lattice-wells")
    assert empty.verdict == "no run"
    assert math.isnan(empty.least)


def test_the_error_is_shared_by_all_sampled_cells(covered):
    one = claim(covered, "sgd-noise-floor").judgements[SGD.name]
    double = [c | {"optimizer": c["optimizer"] + "2"} for c in covered] + covered
    two = claim(double, "sgd-noise-floor").judgements[SGD.name]
    sampled = sum(a.noisy for a in arenas(PLAN))
    assert one.error_probability == pytest.approx(ERROR_PROBABILITY / sampled)
    # The gated chain is one verdict however many cells it pools.
    assert two.error_probability == pytest.approx(ERROR_PROBABILITY / (2 * sampled - 1))
    assert two.ci[1] - two.ci[0] > one.ci[1] - one.ci[0]


def test_the_proxy_is_the_variance_of_one_step_and_falls_with_the_block():
    eta = 1.0
    instance = find_arena(PLAN, "sgd-noise-floor").build(eta)
    (noisy,) = (b for b in instance.blocks if b.noise is not None)
    slope = float(noisy.parameters["l"][0])
    one = eta * slope * 0.25 / (2 - eta * slope)
    assert noise_proxy(instance, 1, eta) == pytest.approx(one, rel=1e-12)
    proxies = [noise_proxy(instance, block, eta) for block in (1, 4, 16, 64)]
    assert proxies == sorted(proxies, reverse=True)
    assert proxies[-1] < 0.2 * one


def test_the_proxy_bounds_the_variance_of_a_reading():
    """The variance of a Lipschitz function of a Gaussian is at most its squared constant."""
    arena = replace(find_arena(PLAN, "sgd-noise-floor"), block=8)
    instance = arena.build(0.3)
    curves = [drive.run(instance, SGD, 0.3, 40, seed).curve for seed in range(300)]
    variances = np.array([readings(c, 8) for c in curves]).var(axis=0, ddof=1)
    # A sample variance of 300 is rarely off by a third; without the noise it would be 0.
    assert np.all(variances <= 1.33 * noise_proxy(instance, 8, 0.3))
    assert np.all(variances > 0.02 * noise_proxy(instance, 8, 0.3))


def test_the_unstable_quadratic_needs_no_sampling():
    arena = replace(find_arena(PLAN, "sgd-noise-floor"), stepsizes=(3.0,))
    cell = make_cell(SGD, arena, PLAN)
    assert cell["covered"]
    (found,) = claim([cell], "sgd-noise-floor").judgements.values()
    assert found.verdict.value == "consistent"
    # It only grows: the reading is the first block's mean.
    assert found.ratio > 1.0
    assert found.error_probability == 0.0
