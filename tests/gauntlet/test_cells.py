"""Cells: tuned on some seeds, run on others, failures recorded and never a number."""

import warnings
from dataclasses import replace

import numpy as np
import pytest
import torch

from signcheck.gauntlet import cells, drive
from signcheck.gauntlet.arenas import arenas, find_arena
from signcheck.gauntlet.cells import make_cell, readings
from signcheck.gauntlet.entries import Entry

SGD = Entry("torch.optim.SGD", "torch.optim:SGD")
ADAM = Entry("torch.optim.Adam", "torch.optim:Adam")


def test_readings_are_means_of_whole_blocks():
    curve = np.arange(11.0)
    np.testing.assert_array_equal(readings(curve, 3), [1.0, 4.0, 7.0])
    np.testing.assert_array_equal(readings(curve, 1), curve)


@pytest.fixture
def runs(monkeypatch):
    """Every run as (stepsize, seed)."""
    seen = []
    true = drive.run

    def recorded(instance, entry, lr, calls, seed):
        seen.append((lr, seed))
        return true(instance, entry, lr, calls, seed)

    monkeypatch.setattr(drive, "run", recorded)
    return seen


def test_the_best_stepsize_is_run_on_fresh_seeds(plan, runs):
    arena = find_arena(plan, "signsgd-tight")
    cell = make_cell(ADAM, arena, replace(plan, tuning_seeds=2))
    rows = [row for row in cell["tuning"] if row["status"] == "ran"]
    assert [row["lr"] for row in cell["tuning"]] == list(arena.stepsizes)
    assert cell["lr"] == min(rows, key=lambda row: row["reached"])["lr"]
    tuned = {seed for _, seed in runs[: -cell["seeds"]]}
    final = runs[-cell["seeds"] :]
    assert len(tuned) == 2
    assert {lr for lr, _ in final} == {cell["lr"]}
    assert len({seed for _, seed in final}) == cell["seeds"] == plan.final_seeds
    assert not tuned & {seed for _, seed in final}
    assert not cell["covered"]
    assert "samples" not in cell


def test_tuning_and_final_seeds_never_meet(plan):
    def seeds(purpose):
        return {plan.noise_seed(purpose, "o", "i", index) for index in range(2000)}

    assert {seed % 2 for seed in seeds("tuning")} == {0}
    assert {seed % 2 for seed in seeds("final")} == {1}
    assert max(seeds("final")) < 2**32
    assert plan.noise_seed("final", "o", "i", 0) != plan.noise_seed("final", "p", "i", 0)
    other = replace(plan, seed=1)
    assert plan.noise_seed("final", "o", "i", 0) != other.noise_seed("final", "o", "i", 0)


def test_a_covered_cell_is_judged_on_more_seeds(plan):
    cell = make_cell(SGD, find_arena(plan, "sgd-noise-floor"), plan)
    assert cell["covered"]
    assert cell["seeds"] == plan.judged_seeds == len(cell["samples"])
    table = np.array(cell["samples"])
    assert cell["reached"] == pytest.approx(table.mean(axis=0).min(), rel=1e-7)
    assert cell["ratio"] == pytest.approx(cell["reached"] / cell["level"], rel=1e-7)


def test_the_gated_chain_keeps_readings_cut_off_where_the_theorem_holds(plan):
    arena = find_arena(plan, "gated-chain")
    cell = make_cell(SGD, arena, plan)
    top = cells.clip_level(arena, arena.build(cell["lr"]))
    assert top == pytest.approx(cell["level"] / 0.9)
    assert cell["covered"]
    assert np.max(cell["samples"]) <= top * (1 + 1e-8)
    assert cells.clip_level(find_arena(plan, "chain"), arena.build(1.0)) is None


def test_the_instance_knows_the_stepsize_wherever_its_level_depends_on_it(plan):
    for arena in arenas(plan):
        built = [arena.build(lr) for lr in arena.stepsizes[:2]]
        assert arena.depends == (built[0] is not built[1])
        assert built[0].level_value > 0
        for instance, lr in zip(built, arena.stepsizes, strict=False):
            assert instance.parameters.get("eta", lr) == lr
            assert instance.parameters.get("T", arena.steps) == arena.steps
    assert [arena.name for arena in arenas(plan) if not arena.depends] == [
        "chain",
        "gated-chain",
        "flat-chain",
    ]
    assert len(arenas(plan)) >= 8


class Broken(torch.optim.SGD):
    def step(self, closure=None):
        raise RuntimeError("no kernel")


class Loud(torch.optim.SGD):
    def step(self, closure=None):
        warnings.warn("this method\nis old", FutureWarning, stacklevel=1)
        print("hello")  # noqa: T201
        return super().step(closure)


class Explosive(torch.optim.SGD):
    """Fine in the first run, not afterwards: divergence may show in the final runs only."""

    made = 0

    def __init__(self, params, lr):
        type(self).made += 1
        super().__init__(params, lr if self.made <= 3 else 1e300)


@pytest.fixture
def local(monkeypatch):
    def entry(kind):
        monkeypatch.setattr(torch.optim, kind.__name__, kind, raising=False)
        return Entry(f"local.{kind.__name__}", f"torch.optim:{kind.__name__}")

    return entry


def test_failures_are_recorded_with_their_reason(plan, local):
    arena = find_arena(plan, "lattice-tight")
    cell = make_cell(local(Broken), arena, plan)
    assert cell["status"] == "errored"
    assert cell["reason"] == "fails at step 1: RuntimeError: no kernel"
    assert {"reached", "ratio", "level", "covered"}.isdisjoint(cell)


def test_a_run_that_diverges_in_the_end_is_no_result(plan, local):
    arena = find_arena(plan, "sgd-noise-floor")
    assert len(arena.stepsizes) == 3
    cell = make_cell(local(Explosive), arena, plan)
    assert cell["status"] == "diverged"
    assert "not finite" in cell["reason"]
    assert {"reached", "ratio", "covered"}.isdisjoint(cell)
    assert [row["status"] for row in cell["tuning"]] == ["ran"] * 3


def test_a_stepsize_without_a_level_is_no_failure(plan):
    arena = replace(find_arena(plan, "lattice-tight"), stepsizes=(0.1, 1e9))
    cell = make_cell(SGD, arena, plan)
    assert [row["status"] for row in cell["tuning"]] == ["ran", "no level"]
    assert "gap budget" in cell["tuning"][1]["reason"]
    assert cell["status"] == "ran"
    cell = make_cell(SGD, replace(arena, stepsizes=(1e9,)), plan)
    assert cell["status"] == "not run"
    assert cell["reason"] == "no stepsize of the grid has a certified level"


def test_refused_is_not_run(plan, runs):
    entry = Entry("x", "nowhere:X", refusal="it needs a second device")
    cell = make_cell(entry, find_arena(plan, "chain"), plan)
    assert cell["status"] == "not run"
    assert cell["reason"] == "it needs a second device"
    assert not runs


def test_warnings_are_kept_and_nothing_is_printed(plan, local, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cell = make_cell(local(Loud), find_arena(plan, "lattice-wells"), plan)
    assert cell["warnings"] == ["this method is old"]
    assert cell["status"] == "ran"
    assert capfd.readouterr() == ("", "")
