"""The page of a mutation run: every number on it is counted from the reports."""

from __future__ import annotations

from dataclasses import replace

from signcheck.mutate import Death
from signcheck.mutate_certificates import Perturbed
from signcheck.mutate_readme import readme
from signcheck.mutate_report import Line

REFUTED = Death("right: 1/2 -> 49/100", "refuted", "B=1: 1 exceeds 0 (0)")
DROPPED = Death("without L > 0", "unproved", "step b fails")
CONSTANT = Death("right: Delta * 49/50", "unproved", "step a fails")
PROVED = Death("left: 3 -> 4", "survived", "the derivation passes")
FOLD = "<details><summary>the mutants</summary>\n\n"
SETTINGS = {"versions": {"python": "3"}, "countermodel_points": 7, "seed": 5}
LINE = Line(
    "X1", (REFUTED, REFUTED), (DROPPED,), ((CONSTANT, "not tight"),), (), Perturbed(2, 8, 1, ()), 4
)


def page(*lines: Line) -> str:
    return readme(lines, "signcheck mutate --out somewhere", SETTINGS, 90.0)


def test_counts_and_the_command_are_on_the_page() -> None:
    text = page(LINE, replace(LINE, id="X2"))
    assert "    signcheck mutate --out somewhere\n" in text
    assert "over 2 theorems, in 1.5 minutes of processor time; python 3." in text
    assert "(7 points, seed 5)" in text
    assert "| refuted | 4 | 0 | ball arithmetic (python-flint) |" in text
    assert "| unproved | 0 | 2 | kernel |" in text
    assert "| slack | 2 | 0 | kernel: unproved 2, proved 0 |" in text
    assert "| holes | 0 | 0 | none |" in text
    assert "8 more variants" in text
    assert "16 perturbed" in text
    assert "| X1 | 2 | 1 | 1 | 0 | 2 | 8 | 1 |" in text
    assert text.endswith("## Holes\n\nNone.\n")


def test_slack_is_listed_with_its_reason_mutant_by_mutant() -> None:
    twice = replace(LINE, slack=((CONSTANT, "not tight"), (PROVED, "known"), (DROPPED, "known")))
    text = page(twice)
    assert f"**X1** (1): not tight.\n\n{FOLD}    right: Delta * 49/50\n\n</details>" in text
    assert f"**X1** (2): known.\n\n{FOLD}    left: 3 -> 4\n    without L > 0\n" in text
    assert "| slack | 2 | 1 | kernel: unproved 2, proved 1 |" in text
    assert "## Slack\n\nNone." in page(replace(LINE, slack=()))


def test_constants_that_are_unproved_for_no_reason_are_named() -> None:
    assert "without a listed reason" not in page(LINE)
    text = page(replace(LINE, unproved=(DROPPED, CONSTANT), slack=()))
    assert f"without a listed reason\n\n**X1** (1)\n\n{FOLD}    right: Delta * 49/50\n" in text


def test_holes_are_named() -> None:
    text = page(replace(LINE, holes=(PROVED,), certificates=Perturbed(2, 8, 1, ("a <= b",))))
    assert "| holes | 1 | 0 | none |" in text
    assert "- X1: `left: 3 -> 4`: the derivation passes\n- X1: certificate of a <= b\n" in text
