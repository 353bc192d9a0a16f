"""The mutation report: counts, slack with its reason, holes; perturbed certificates are refused."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
import sympy as sp

from proofs.upper.signsgd import T1
from signcheck import kernel as k
from signcheck import mutate_certificates, mutate_report, registry
from signcheck.mutate import Death, Report
from signcheck.mutate_certificates import perturb
from signcheck.mutate_report import Line, examine, text
from tests.helpers.isolated import run_command

X, Y, A = k.Sym("x"), k.Sym("y"), k.Sym("a")


def report_of(monkeypatch: pytest.MonkeyPatch, *deaths: Death) -> None:
    monkeypatch.setattr(mutate_report, "report", lambda theory: Report(theory.id, deaths))


CONSTANT = Death("right: 1/2 -> 49/100", "unproved", "step a fails")
DROPPED = Death("without L > 0", "unproved", "step b fails")
SURVIVOR = Death("flipped", "survived", "the derivation passes")


def test_constants_that_are_only_unproved_are_slack_where_the_theory_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report_of(monkeypatch, CONSTANT, DROPPED)
    plain = examine(T1)
    assert (plain.unproved, plain.slack) == ((CONSTANT, DROPPED), ())
    told = examine(replace(T1, notes={"slack": "nobody knows"}))
    assert (told.unproved, told.slack) == ((DROPPED,), ((CONSTANT, "nobody knows"),))
    assert told.ok
    assert any("slack in T1 (1 mutants): nobody knows" in row for row in text([told]))


def test_a_survivor_is_a_hole_unless_it_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    report_of(monkeypatch, SURVIVOR)
    hole = examine(T1)
    assert not hole.ok
    assert hole.counts()["holes"] == 1
    assert any(row.startswith("HOLE in T1: flipped") for row in text([hole]))
    listed = examine(replace(T1, notes={"flipped": "an equation"}))
    assert listed.ok
    assert listed.plain()["mutants"][0]["reason"] == "an equation"


@pytest.mark.parametrize("name", ["L0", "L1", "T1", "T2b", "T3u"])
def test_no_perturbed_certificate_is_accepted(name: str) -> None:
    found = perturb(registry.load(name).theorem)
    assert found.certificates > 5
    assert found.refused > found.certificates
    assert not found.survived


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", registry.ids())
def test_no_theorem_has_a_hole(name: str) -> None:
    assert examine(registry.load(name)).ok


def test_a_premise_that_says_nothing_makes_an_equivalent_variant() -> None:
    empty = k.identity((X + Y) ** 2, X**2 + 2 * X * Y + Y**2)
    premise = k.assume(k.Le(X, Y))
    found = perturb(k.certificate(k.Le(X, Y), [(sp.Integer(1), premise), (A, empty)]))
    assert (found.refused, found.equivalent, found.survived) == (2, 2, ())


def test_slack_that_is_not_needed_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    thm = k.certificate(k.Le(X, X + Y**2), [], [Y**2], label="square")
    assert perturb(thm).survived == ()
    monkeypatch.setattr(mutate_certificates, "NUDGE", sp.Integer(1))
    assert perturb(thm).survived == ("square",)


def test_json_and_text_tell_the_same() -> None:
    line = examine(registry.load("L0-gap"))
    plain = json.loads(json.dumps(line.plain()))
    assert plain["counts"] == line.counts()
    assert len(plain["mutants"]) == sum(line.counts().values())
    assert {m["checker"] for m in plain["mutants"]} <= {"ball arithmetic", "kernel"}
    assert list(text([line]))[-1].startswith(f"1 theorems: {line.counts()['refuted']} refuted")
    assert isinstance(line, Line)


def test_the_command_prints_counts() -> None:
    done = run_command("signcheck.cli:main", "mutate", "L0-gap", "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)
    assert (found["theorem"], found["ok"]) == ("L0-gap", True)
