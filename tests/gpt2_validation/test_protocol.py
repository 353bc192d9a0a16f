"""The protocol's runs are resolved, hashed and scheduled as written."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gpt2_validation.protocol import Measure, arm, make_run, protocol, protocol_hash, shape
from hardinstances.errors import InputError


def test_final_runs_are_what_the_issue_asks_for() -> None:
    run = make_run("final", "signsgd", 1e-4, 1, "c")
    assert run.tokens_per_step == 65_536
    assert run.steps >= 2000
    assert run.measure.minibatches == 128
    assert run.measure.sequences == 16
    due = [step for step in range(run.steps + 1) if run.measure.due(step, run.steps)]
    assert due == [*range(0, 1001, 100), 1250, 1500, 1750, 2000]
    paper = make_run("paper", "paper-sgd", 1e-2, 1, "c")
    assert paper.tokens_per_step == 262_144
    assert (paper.arm.momentum, paper.arm.decay, paper.arm.clip) == (0.9, 0.1, 1.0)
    assert not make_run("tuning", "sgd", 0.1, 1001, "c").measure.due(0, 300)


def test_tuning_and_final_seeds_differ_and_every_arm_exists() -> None:
    table = protocol()
    assert all(table["tuning"]["seed"] not in seeds for seeds in table["final"]["seeds"].values())
    for name in (*table["final"]["order"], *table["paper"]["arms"], *table["tuning"]["grid"]):
        assert arm(name).name == name
    assert len(protocol_hash()) == 16


@given(st.integers(1, 3000), st.floats(1e-6, 10))
def test_schedule_warms_up_and_ends_near_zero(steps: int, peak: float) -> None:
    run = make_run("final", "sgd", peak, 1, "c", steps=steps)
    values = [run.stepsize_at(step) for step in range(steps)]
    assert all(0 < value <= peak * (1 + 1e-12) for value in values)
    assert max(values) == pytest.approx(peak)
    warm = math.ceil(0.1 * steps)
    assert values[:warm] == sorted(values[:warm])
    assert values[warm:] == sorted(values[warm:], reverse=True)


def test_digest_sees_every_setting() -> None:
    run = make_run("final", "sgd", 0.1, 1, "c")
    changes = {"seed": 2, "stepsize": 0.2, "corpus": "d", "measure": Measure(), "warmup": 0.2}
    others = {dataclasses.replace(run, **{k: v}).digest for k, v in changes.items()}
    assert len(others | {run.digest}) == len(changes) + 1
    assert dataclasses.replace(run).digest == run.digest


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (("final", "sgd", math.nan, 1, "c"), "positive"),
        (("final", "sgd", -1.0, 1, "c"), "positive"),
        (("final", "lion", 0.1, 1, "c"), "no arm 'lion'"),
        (("endless", "sgd", 0.1, 1, "c"), "no phase"),
    ],
)
def test_bad_runs_are_refused(arguments: tuple, word: str) -> None:
    with pytest.raises(InputError, match=word):
        make_run(*arguments)
    with pytest.raises(InputError, match="no model preset"):
        shape("gpt5")
