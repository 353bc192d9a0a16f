"""The verify table: what is proved, what was measured, and that a wrong bound would show."""

from __future__ import annotations

import io
import json
import math
import re
from dataclasses import replace

import pytest
import sympy as sp
from rich.console import Console

import proofs.lower.lattice
import proofs.upper.signsgd
from hardinstances.errors import InputError
from proofs.experiments import LatticeWalk
from signcheck import kernel as k
from signcheck import registry, verify
from signcheck.experiment import Evaluation
from signcheck.runs import Table
from signcheck.table import print_report, to_json
from signcheck.theory import Statement
from signcheck.verify import Mutants, Report, TheoremReport, count_steps

ERROR = 1e-3


def runs_of(*ids, seed=0, scale=1.0):
    table = Table(seed, scale)
    for theorem_id in ids:
        theory = registry.load(theorem_id)
        for item in theory.runs:
            table.add(theory, item)
    return table.judge(ERROR)


@pytest.fixture(scope="module")
def measured():
    return runs_of(*registry.ids())


@pytest.fixture
def moved_t1(monkeypatch):
    """T1 with 0.49 in front of L eta, as if edited by hand."""
    theory = proofs.upper.signsgd.T1
    claim = theory.statement.conclusion
    half = sp.Rational(1, 2)
    term = next(
        part for part in claim.rhs.args if part.has(half) and part.as_coeff_Mul()[0] == half
    )
    edited = k.Le(claim.lhs, claim.rhs - term + sp.Rational(49, 50) * term)
    wrong = replace(theory, statement=theory.statement.claiming(edited))
    monkeypatch.setattr(proofs.upper.signsgd, "T1", wrong)


# ---------------------------------------------------------------- the runs of the issue


def test_every_run_is_consistent(measured) -> None:
    assert set(measured) >= {"L0", "L0-gap", "L1", "L1-pointwise", "T1", "T2", "T2b", "T2c"}
    for theorem_id, runs in measured.items():
        for run in runs:
            assert run.judgement.verdict == "consistent", (theorem_id, run.name, run.judgement)
            low, high = run.judgement.ci
            assert high - low <= 0.01 * run.judgement.bound


def test_without_noise_t2_is_attained_and_close_to_t1(measured) -> None:
    (quiet,) = (run for run in measured["T2"] if not any(run.parameters["sigma"]))
    assert quiet.judgement.measured == pytest.approx(quiet.judgement.bound, rel=1e-9)
    name, t1 = quiet.against
    assert name == "T1"
    assert quiet.detail["steps"] == 1000
    assert quiet.parameters["eta"] == math.sqrt(2 / 1000)
    assert quiet.judgement.bound >= 0.97 * t1
    assert quiet.judgement.measured >= 0.97 * t1


@pytest.mark.parametrize(("batch", "share"), [(1, 0.94), (16, 0.89), (64, 0.89)])
def test_with_noise_t2_is_close_to_t1(measured, batch, share) -> None:
    noisy = [
        run
        for run in measured["T2"]
        if run.parameters["B"] == batch and any(run.parameters["sigma"])
    ]
    assert {run.detail["engine"] for run in noisy} == {"exact-law", "reference"}
    for run in noisy:
        sigma = run.parameters["sigma"]
        eta = run.parameters["eta"]
        assert math.fsum(sigma) / math.sqrt(batch) == pytest.approx(eta / 2, rel=1e-12)
        assert list(sorted(sigma)[:2]) == [0, 0]
        assert run.judgement.bound >= share * run.against[1]
        assert run.judgement.measured >= share * run.against[1]
        assert math.fsum(sigma) / math.sqrt(batch) == pytest.approx(run.against[1] / 3, rel=1e-9)


def test_the_bound_is_the_level_that_the_instance_certifies(measured) -> None:
    for theorem_id in ("T2", "T2b", "T2c"):
        for item, run in zip(registry.load(theorem_id).runs, measured[theorem_id], strict=True):
            assert item.name == run.name
            assert run.judgement.bound == pytest.approx(item.instance.level_value, rel=1e-12)


def test_bounds_of_five_percent_more_are_refuted() -> None:
    broken = runs_of("T2", "T2b", "T2c", scale=1.05)
    assert sum(map(len, broken.values())) >= 13
    for runs in broken.values():
        assert {run.judgement.verdict for run in runs} == {"refuted"}


@pytest.mark.parametrize("seed", [1, *(pytest.param(s, marks=pytest.mark.slow) for s in (2, 3))])
def test_other_seeds_tell_the_same(seed) -> None:
    for run in runs_of("T2", seed=seed)["T2"]:
        assert run.judgement.verdict == "consistent"


def test_the_error_is_shared_by_the_sampled_runs(measured) -> None:
    sampled = [
        run.judgement
        for runs in measured.values()
        for run in runs
        if run.judgement.error_probability > 0
    ]
    assert len(sampled) >= 6
    assert sum(j.error_probability for j in sampled) <= ERROR * (1 + 1e-9)


def test_the_lattice_walk_ignores_the_oracle_and_stays_on_the_lattice() -> None:
    import numpy as np

    walk, x, state = LatticeWalk(0.25), np.zeros((1, 200)), None
    seen = set()
    for step in range(5):
        moved, state = walk.step(x, np.full_like(x, math.nan), state)
        cells = (moved - x) / 0.25
        assert set(np.unique(cells)) <= {-1.0, 0.0, 1.0}
        seen.add(cells.tobytes())
        x = moved
        assert float(state) == step + 1
    assert len(seen) == 5


# ---------------------------------------------------------------- evaluations


def test_an_evaluation_that_leaves_an_atom_open_is_refused() -> None:
    a, b = k.Sym("a"), k.Sym("b")
    statement = Statement({}, k.Le(a, b))
    assert Evaluation("x", {}, lambda: {a: 1, b: 2}).sides(statement) == (1.0, 2.0)
    with pytest.raises(InputError, match="gives no value to b"):
        Evaluation("x", {}, lambda: {a: 1}).sides(statement)


def test_a_false_lemma_is_refuted_on_its_members() -> None:
    theory = registry.load("L1")
    claim = theory.statement.conclusion
    wrong = replace(
        theory, statement=theory.statement.claiming(k.Le(claim.lhs, claim.rhs * sp.Rational(9, 10)))
    )
    table = Table(0)
    for item in theory.runs:
        table.add(wrong, item)
    verdicts = [run.judgement.verdict for run in table.judge(ERROR)["L1"]]
    assert verdicts == ["refuted", "consistent"]


def test_the_law_of_l1_has_the_variance_that_it_states() -> None:
    for item in registry.load("L1").runs:
        low, high, q = (sp.Rational(item.parameters[n]) for n in ("low", "high", "q"))
        mean = q * low + (1 - q) * high
        variance = q * (low - mean) ** 2 + (1 - q) * (high - mean) ** 2
        numbers = {str(atom): value for atom, value in item.values().items()}
        assert numbers["a"] == mean
        assert numbers["s"] ** 2 == variance


# ---------------------------------------------------------------- reports


def test_one_theorem_end_to_end() -> None:
    seen = []
    report = verify.verify(["T2b"], progress=lambda *step: seen.append(step))
    (theorem,) = report.theorems
    assert report.ok
    assert theorem.status == "proved"
    assert theorem.steps == count_steps(registry.load("T2b").theorem) > 50
    assert theorem.axioms == ()
    assert len(theorem.runs) == 3
    assert [done for _, done, _ in seen] == [0, 1, 2, 3]
    assert {total for _, _, total in seen} == {4}
    assert {"T2b", "T2b lattice-wells, Signum"} <= {name for name, _, _ in seen}


def test_json_has_the_keys_of_the_issue() -> None:
    content = json.loads(json.dumps(to_json(verify.verify(["T2b", "L0"]))))
    assert set(content) >= {"ok", "seed", "versions", "device", "theorems"}
    assert [t["id"] for t in content["theorems"]] == ["T2b", "L0"]
    for theorem in content["theorems"]:
        assert set(theorem) >= {"id", "status", "steps", "axioms", "mutants", "runs"}
        assert set(theorem["mutants"]) >= {"refuted", "unproved", "killed", "total"}
        assert theorem["mutants"]["killed"] == theorem["mutants"]["total"] > 0
        for run in theorem["runs"]:
            wanted = {"instance", "parameters", "sense", "bound", "measured", "ratio", "ci"}
            assert set(run) >= wanted | {"verdict"}
            assert run["ratio"] == pytest.approx(run["measured"] / run["bound"])
            assert run["sense"] in ("upper", "lower")


def test_a_statement_changed_by_hand_fails_at_a_named_step(moved_t1) -> None:
    report = verify.verify(["T1"])
    (theorem,) = report.theorems
    assert not report.ok
    assert theorem.status == "failed"
    assert theorem.steps == 0
    assert theorem.failure.step == "divide by eta T"
    assert theorem.failure.residual
    text = printed(report)
    assert "T1 is not proved" in text
    assert "divide by eta T" in text
    assert "failed" in text


def test_a_run_that_breaks_is_an_errored_line(monkeypatch) -> None:
    theory = proofs.lower.lattice.T2B

    class Broken:
        name = "broken"

    impossible = replace(theory.runs[0], parameters={**theory.runs[0].parameters, "L": -1})
    runs = (Broken(), impossible, theory.runs[1])
    monkeypatch.setattr(proofs.lower.lattice, "T2B", replace(theory, runs=runs))
    report = verify.verify(["T2b"])
    (theorem,) = report.theorems
    verdicts = [run.judgement.verdict for run in theorem.runs]
    assert verdicts == ["errored", "errored", "consistent"]
    assert theorem.status == "proved"
    assert not report.ok
    assert "is no Experiment" in printed(report)
    assert to_json(report)["theorems"][0]["runs"][0]["measured"] is None


def test_unknown_ids_and_seeds_are_refused_before_any_work() -> None:
    with pytest.raises(InputError, match="no theorem 'T99'"):
        verify.verify(["T1", "T99"])
    for seed in (-1, 2**32):
        with pytest.raises(InputError, match="seed must be at least 0"):
            verify.verify(["L0"], seed=seed)


def test_a_theorem_asked_for_twice_is_proved_once() -> None:
    assert [t.id for t in verify.verify(["L1", "L1"]).theorems] == ["L1"]


def test_workers_find_what_one_process_finds() -> None:
    alone = to_json(verify.verify(["L0", "L1", "T2b"]))
    shared = to_json(verify.verify(["L0", "L1", "T2b"], workers=2))
    assert alone == shared


# ---------------------------------------------------------------- the printed table


def printed(report, **options) -> str:
    console = Console(file=io.StringIO(), width=240, **options)
    print_report(report, console)
    return console.file.getvalue()


def test_the_table_is_plain_text_off_a_terminal() -> None:
    report = verify.verify(["T2b"])
    text = printed(report, force_terminal=False)
    assert "\x1b" not in text
    header, first, *_ = text.splitlines()
    for name in ("id", "statement", "proved", "mutants", "instance", "bound", "measured", "ratio"):
        assert name in header
    assert first.startswith("T2b")
    assert "no axioms" in first
    assert "consistent" in first
    assert "refuted:" not in text
    assert "No run is sampled" in text
    assert "\x1b" in printed(report, force_terminal=True, color_system="standard")


def test_the_footer_states_the_error_of_the_whole_table(measured) -> None:
    theorems = [TheoremReport(name, name, "proved", runs=runs) for name, runs in measured.items()]
    text = printed(Report(0, {}, "cpu", ERROR, theorems))
    sampled = sum(run.judgement.error_probability > 0 for runs in measured.values() for run in runs)
    assert sampled >= 6
    assert f"{sampled} of the runs are sampled: with probability 0.999 no true bound" in text
    assert "of T2" not in text
    assert re.search(r"T2 .*signsgd-tight, no noise .* 0\.98\d\d T1 +consistent", text)


def test_a_narrow_console_shows_the_same_in_more_lines() -> None:
    report = verify.verify(["T2b"])
    console = Console(file=io.StringIO(), width=100, force_terminal=False)
    print_report(report, console)
    text = console.file.getvalue()
    assert text.startswith(f"T2b  {report.theorems[0].title}\n")
    assert "no axioms, mutants" in text
    for run in report.theorems[0].runs:
        (line,) = (entry for entry in text.splitlines() if run.name in entry)
        assert f"{run.judgement.bound:.6g}" in line
        assert line.rstrip().endswith("consistent")


def test_survivors_and_failures_are_never_hidden() -> None:
    theorem = TheoremReport("X", "title", "proved", 3, ("Hoeffding",))
    theorem.mutants = Mutants(2, 1, ("L -> 2 L",))
    failed = TheoremReport("Y", failure=verify.Failure("broken", "s", "r", {"a": 1.5}))
    report = Report(0, {}, "cpu", 1e-3, [theorem, failed])
    text = printed(report)
    assert "3/4" in text
    assert "X: a mutant survived: L -> 2 L" in text
    assert "3 steps, Hoeffding" in text
    assert "counterexample a = 1.5" in text
    assert not report.ok
