"""Tables about all theorems: verdicts, who checked what, axioms and rules, what is not proved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tools.book_proof import label
from tools.book_tex import escape
from tools.book_theorems import Facts

__all__ = [
    "SHEET",
    "axioms",
    "checkers",
    "closest",
    "links",
    "missing",
    "nearest",
    "runs",
    "theorem_list",
    "trusted",
    "verdicts",
]

SHEET = {
    "T2": "SignSGD's lower bound",
    "T2-skew": "the sharper, non-separable lower bound for batches above 1",
    "T3": "SGD's lower bound with constant stepsize and batch",
    "T4": "the separation R between SGD and SignSGD",
    "T5": "the upper bound of Muon and of inexact Muon",
    "T6": "Muon's lower bound, by reduction to SignSGD",
    "T7": "SGD's lower bound against Muon",
    "T8": "the constants of the chain and the lower bound for zero-respecting methods",
    "T8-flat": "the rotated chain for linear-span methods",
    "T9": "worst cases by convex programming; each certificate is checked on its own",
    "T10": "the range of the Newton-Schulz polynomial",
}
"""Results of the theory sheet that may not be in the registry yet, in words."""


def verdicts(found: Sequence[Facts], runs_of: dict[str, list[Any]]) -> str:
    """The table of ``signcheck verify``: a line a run, a theorem's own columns in the first."""
    lines = [
        "| theorem | proved | mutants killed | run | bound | measured | ratio | verdict |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for theorem in found:
        own = f"{link(theorem)} | {_proved(theorem)} | {_killed(theorem)}"
        rows = [_run(run) for run in runs_of.get(theorem.id, [])] or [" | | | | "]
        for row in rows:
            lines.append(f"| {own} | {row} |")
            own = " | | "
    return "\n".join(lines)


def runs(found: Sequence[Facts], runs_of: dict[str, list[Any]]) -> dict[str, str]:
    """Counts behind the table, as texts for sentences."""
    every = [run for theorem in found for run in runs_of.get(theorem.id, [])]
    consistent = sum(run.judgement.verdict == "consistent" for run in every)
    sampled = sum(run.judgement.error_probability > 0 for run in every)
    proved = sum(theorem.status == "proved" for theorem in found)
    free = sum(theorem.status == "proved" and not theorem.axioms for theorem in found)
    return {
        "theorems": str(len(found)),
        "proved": str(proved),
        "without_axioms": str(free),
        "runs": str(len(every)),
        "consistent": str(consistent),
        "sampled": str(sampled),
        "mutants": str(sum(t.refuted + t.unproved + t.survived for t in found)),
        "killed": str(sum(t.refuted + t.unproved for t in found)),
        "refuted": str(sum(t.refuted for t in found)),
        "steps": str(sum(t.steps for t in found)),
    }


def link(theorem: Facts) -> str:
    """The id, as a link to its page."""
    return f"{{ref}}`{theorem.id} <{label(theorem.id)}>`"


def _proved(theorem: Facts) -> str:
    if theorem.status != "proved":
        return f"**{theorem.status}**"
    return f"{theorem.steps} steps, {', '.join(theorem.axioms) or 'no axiom'}"


def _killed(theorem: Facts) -> str:
    killed = theorem.refuted + theorem.unproved
    return f"{killed}/{killed + theorem.survived}"


def _run(run: Any) -> str:
    j = run.judgement
    verdict = j.verdict.value
    said = verdict if verdict == "consistent" else f"**{verdict}**"
    return f"{escape(run.name)} | {j.bound:.6g} | {j.measured:.6g} | {j.ratio:.6f} | {said}"


def links(found: Sequence[Facts]) -> dict[str, str]:
    """``thm_ID``: a link where the theorem is in the registry, a plain remark where it is not."""
    known = {theorem.id: theorem for theorem in found}
    texts = {}
    for name in {*known, *SHEET}:
        near = nearest(name, known)
        key = "thm_" + name.lower().replace("-", "_")
        texts[key] = link(known[near]) if near else f"{name} (not proved here yet)"
    return texts


def closest(runs_of: dict[str, list[Any]], theorem_id: str) -> str:
    """How far, in percent, the nearest run stays from an upper bound."""
    ratios = [run.judgement.ratio for run in runs_of.get(theorem_id, [])]
    return f"{100 * (1 - max(ratios)):.1f}" if ratios else "(not measured)"


def theorem_list(found: Iterable[Facts]) -> str:
    """Every theorem by kind, with its line."""
    kinds = {"lemma": "Lemmas", "upper": "Upper bounds", "lower": "Lower bounds"}
    lines = []
    by_kind: dict[str, list[Facts]] = {}
    for theorem in found:
        by_kind.setdefault(kinds.get(theorem.kind, "Others"), []).append(theorem)
    for kind in [*kinds.values(), "Others"]:
        if kind in by_kind:
            lines += [f"## {kind}", ""]
            lines += [f"- {link(t)}: `{t.title}`" for t in by_kind[kind]]
            lines.append("")
    return "\n".join(lines)


def checkers(found: Iterable[Facts]) -> str:
    """Who checked which proof."""
    lines = [
        "| theorem | kernel | FLINT | z3 or cvc5 | Coq export | variants killed | runs |",
        "|---|---|---|---|---|---|---|",
    ]
    for t in found:
        cells = [
            link(t),
            _proved(t),
            f"{t.rechecked} equations",
            f"{t.agreed} of {t.leaves}",
            escape(t.coq),
            _killed(t),
            str(t.runs) if t.runs else "none: proved, not measured",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def missing(found: Iterable[Facts]) -> str:
    """What the theory sheet has and the registry has not."""
    known = {theorem.id for theorem in found}
    left = {name: text for name, text in SHEET.items() if nearest(name, known) is None}
    if not left:
        return "Every result of the theory sheet is in the registry."
    return "\n".join(f"- **{name}**, {text}." for name, text in left.items())


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The id itself if it is known, else the first known one that refines it (T6 by T6-x)."""
    ids = list(known)
    return name if name in ids else next((i for i in ids if i.startswith(f"{name}-")), None)


def axioms(found: Iterable[Facts]) -> str:
    """Each axiom with its statement, reference and the theorems that rest on it."""
    from signcheck.kernel import AXIOMS

    used: dict[str, list[str]] = {}
    for theorem in found:
        for name in theorem.axioms:
            used.setdefault(name, []).append(link(theorem))
    lines = []
    for name, axiom in AXIOMS.items():
        users = ", ".join(used.get(name, [])) or "no theorem"
        lines += [f"**{escape(name)}.** {escape(axiom.statement)}", ""]
        lines += [f"Reference: {escape(axiom.reference)}. Used by {users}.", ""]
    return "\n".join(lines) or "The kernel has no axioms."


def trusted() -> tuple[str, dict[str, str]]:
    """Kernel modules and rules with their lines of code, and the sums for sentences."""
    from signcheck.kernel import audit

    modules, rules = audit.trusted_lines(), audit.rules()
    lines = ["| rule | lines | what it does |", "|---|---|---|"]
    lines += [f"| `{r.name}` | {r.lines} | {escape(r.summary)} |" for r in rules]
    sums = {
        "rules": str(len(rules)),
        "rule_lines": str(sum(rule.lines for rule in rules)),
        "kernel_lines": str(sum(modules.values())),
        "kernel_modules": str(len(modules)),
    }
    return "\n".join(lines), sums
