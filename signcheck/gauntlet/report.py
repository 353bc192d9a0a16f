"""The gauntlet as a table and as claims, for a terminal, a page (Markdown) or a program (JSON)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from signcheck.gauntlet.evidence import ERROR_PROBABILITY, MAX_WIDTH, judge_claims

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from signcheck.gauntlet.arenas import Arena
    from signcheck.gauntlet.cells import Cell
    from signcheck.gauntlet.entries import Entry
    from signcheck.gauntlet.evidence import Claim

__all__ = ["COVERED", "Report", "cell_text", "interval_text"]

COVERED = "*"
"""Mark of a cell whose every run is in the class that the level covers."""

_SHORT = {"diverged": "div", "errored": "err", "not run": "-"}


def cell_text(cell: Cell | None) -> str:
    """A cell in at most six characters: ratio, with a star where the level covers it."""
    if cell is None:
        return ""
    if cell["status"] != "ran":
        return _SHORT[cell["status"]]
    ratio = cell["ratio"]
    text = f"{ratio:.2f}" if ratio < 100 else f"{ratio:.0e}".replace("e+0", "e").replace("e+", "e")
    return text + (COVERED if cell["covered"] else "")


class Report:
    """Everything that is printed, from the finished cells.

    Parameters
    ----------
    header
        First line of the records.
    entries, arenas
        Rows and columns.
    cells
        Finished cells by optimizer and instance; others are ignored.
    """

    def __init__(
        self,
        header: Mapping[str, Any],
        entries: Sequence[Entry],
        arenas: Sequence[Arena],
        cells: Mapping[tuple[str, str], Cell],
    ) -> None:
        self.header, self.entries, self.arenas = header, tuple(entries), tuple(arenas)
        wanted = [(entry.name, arena.name) for entry in entries for arena in arenas]
        self.cells = {key: cells[key] for key in wanted if key in cells}
        self.claims: list[Claim] = judge_claims(list(self.cells.values()), arenas)

    @property
    def ok(self) -> bool:
        """Whether nothing that the theory says was refuted."""
        return all(claim.verdict != "refuted" for claim in self.claims)

    def counts(self) -> dict[str, int]:
        """Number of cells by status, and of those that a level covers."""
        found = dict.fromkeys(("ran", "diverged", "errored", "not run"), 0)
        for cell in self.cells.values():
            found[cell["status"]] += 1
        return found | {"covered": sum(bool(c.get("covered")) for c in self.cells.values())}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Label and one text an instance, for every optimizer."""
        for entry in self.entries:
            texts = (cell_text(self.cells.get((entry.name, a.name))) for a in self.arenas)
            yield (entry.label, *texts)

    def problems(self) -> Iterator[str]:
        """Why cells have no number, one line an optimizer and reason."""
        reasons: dict[tuple[str, str, str], list[str]] = {}
        for (optimizer, instance), cell in self.cells.items():
            if cell["status"] != "ran":
                key = (optimizer, cell["status"], cell["reason"])
                reasons.setdefault(key, []).append(instance)
        for (optimizer, status, reason), where in reasons.items():
            place = "everywhere" if len(where) == len(self.arenas) else f"on {', '.join(where)}"
            yield f"{optimizer} {place}: {status}: {reason}"

    def ends(self) -> dict[str, tuple[int, int]]:
        """Instance -> number of cells whose best stepsize is the smallest, the largest of the grid.

        Equally good stepsizes count as the smallest of them.
        """
        found = {}
        for arena in self.arenas:
            best = [
                cell["lr"]
                for (_, instance), cell in self.cells.items()
                if instance == arena.name and cell["status"] == "ran"
            ]
            found[arena.name] = (best.count(arena.stepsizes[0]), best.count(arena.stepsizes[-1]))
        return found

    def markdown(self) -> Iterator[str]:
        """The page, line by line."""
        plan, counts = self.header["plan"], self.counts()
        yield "# Gauntlet: reached stationarity over the certified level\n"
        yield f"Made by `{self.header['command']}`; versions and settings: "
        versions = ", ".join(f"{n} {v}" for n, v in self.header["versions"].items())
        yield f"{versions}, Python {self.header['python']}, {self.header['device']}, "
        calls = ", ".join(f"{arena.name} {arena.steps}" for arena in self.arenas)
        yield f"seed {plan['seed']}, batch 1. Oracle calls of a run: {calls}.\n"
        yield from _LEGEND
        yield "\n## What the theory says must happen\n"
        yield "| claim | cells covered | runs | least ratio | interval | verdict |"
        yield "|---|---|---|---|---|---|"
        for claim in self.claims:
            yield (
                f"| {claim.sentence} | {claim.covered} | {claim.runs} | {_ratio(claim.least)} | "
                f"{interval_text(claim)} | {claim.verdict} |"
            )
        yield f"\n{self.error_sentence()}\n"
        yield "## All cells\n"
        yield "| optimizer | " + " | ".join(arena.name for arena in self.arenas) + " |"
        yield "|---" * (len(self.arenas) + 1) + "|"
        for row in self.rows():
            yield "| " + " | ".join(row).replace("*", "\\*") + " |"
        yield (
            f"\n{counts['ran']} cells ran ({counts['covered']} of them covered), "
            f"{counts['diverged']} diverged, {counts['errored']} errored, "
            f"{counts['not run']} were not run.\n"
        )
        ends = ", ".join(f"{name} {low} and {high}" for name, (low, high) in self.ends().items())
        yield f"Best stepsize at the lower and at the upper end of the grid: {ends}.\n"
        yield "## Without a number\n"
        yield from (f"- {line}" for line in self.problems())

    def error_sentence(self) -> str:
        """How the error probability is shared."""
        sampled = [j for c in self.claims for j in c.judgements.values() if j.error_probability > 0]
        return (
            f"{len(sampled)} verdicts are sampled; with probability at least "
            f"{1 - ERROR_PROBABILITY:g} no true level among them is refuted (Bonferroni), and "
            f"they count as consistent with an interval of at most {MAX_WIDTH:.0%} of the level. "
            "The others have no sampling error."
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values: claims with their judgements, and every cell in short.

        Tuning and samples of a cell are in the records.
        """
        return {
            "ok": self.ok,
            "header": dict(self.header),
            "error_probability": ERROR_PROBABILITY,
            "counts": self.counts(),
            "stepsize_at_an_end": {name: list(pair) for name, pair in self.ends().items()},
            "claims": [
                {
                    "instance": claim.instance,
                    "claim": claim.sentence,
                    "verdict": claim.verdict,
                    "covered": claim.covered,
                    "runs": claim.runs,
                    "least_ratio": None if math.isnan(claim.least) else claim.least,
                    "interval": None if claim.interval is None else list(claim.interval),
                    "judgements": {n: j.to_json() for n, j in claim.judgements.items()},
                }
                for claim in self.claims
            ],
            "cells": [
                {name: value for name, value in cell.items() if name not in ("samples", "tuning")}
                for cell in self.cells.values()
            ],
        }


def interval_text(claim: Claim) -> str:
    """The interval of the least ratio, "exact" where nothing is sampled, "" without a run."""
    if claim.interval is not None:
        return "{:.3f} to {:.3f}".format(*claim.interval)
    return "exact" if claim.judgements else ""


def _ratio(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.6f}"


_LEGEND = (
    """\
Each number is the least stationarity that the optimizer reached (with noise: mean over seeds of the
mean over a block of steps), divided by the level that the theorem certifies for the instance that
was made for its stepsize. The stepsize is the best of the instance's grid, chosen on other seeds;
all else is the optimizer's default.
""",
    f"""\
`{COVERED}`: every run obeyed the definition of the class of methods that the level covers, so a
ratio below 1 would refute the theorem. Without it the level does not bind: the ratio only says how
the optimizer compares, and below 1 it escapes by being another kind of method. `div`: diverged,
`err`: raised an error, `-`: not run; none of them counts for or against a level.""",
)
