"""The proof of a theorem as the book prints it: named steps, certificates, axioms, mutants."""

from __future__ import annotations

import re
from typing import Any

from tools.book_tex import display, escape, inline, prose

__all__ = ["conclusion", "label", "mixed", "mutants", "proof"]

MANY = 12
"""Mutants that are listed before the rest is folded."""


def label(theorem_id: str) -> str:
    """Target of a theorem's page."""
    return f"thm-{theorem_id.lower()}"


def mixed(tex: str) -> str:
    """A formula for a line of text, its words set as words."""
    return " ".join(inline(t) if kind == "math" else t for kind, t in prose(tex))


def conclusion(tex: str) -> list[str]:
    """A claim: words as words, the last formula on lines of its own."""
    parts = prose(tex)
    if len(parts) == 1:
        return [display(tex), ""]
    *before, (_, last) = parts
    horizon, comma, level = last.partition(", ")
    said = [inline(t) if kind == "math" else t for kind, t in before]
    if comma:
        said.append(inline(horizon) + ",")
    return [" ".join(said), "", display(level if comma else last), ""]


def proof(named: list[Any], found: Any) -> list[str]:
    """The section with the named steps."""
    lines = [
        "## Proof",
        "",
        f"{found.steps} kernel steps, of which {found.named} have a name. A certificate writes the",
        "right side minus the left side as a sum of multipliers times known differences.",
        "",
    ]
    for step in named:
        lines += _step(step, label(found.id))
    return [*lines, *_axioms(found)]


def _step(step: Any, target: str) -> list[str]:
    from signcheck.notation import LATEX

    head = f"({target}-step-{step.number})="
    title = f"**{step.number}. {escape(step.label)}**, by `{step.rule}`"
    lines = [head, title, "", *conclusion(LATEX(step.claim))]
    if step.given:
        lines += ["with " + ", ".join(map(_given, step.given)), ""]
    if step.certificate is None:
        return [*lines, f"From {_cited(step.sources, target) or 'its terms and facts'}.", ""]
    parts = [
        f"- {_term(multiplier)} times the difference of {mixed(LATEX(premise))} "
        f"({_cited((why,), target)})"
        for multiplier, premise, why in step.certificate
    ]
    parts += [f"- {_term(term)}, which is not negative" for term in step.slack]
    if not parts:
        return [*lines, "Both sides are the same.", ""]
    count = "one term" if len(parts) == 1 else f"{len(parts)} terms"
    return [
        *lines,
        f":::{{dropdown}} Certificate: the difference is a sum of {count}",
        ":class-container: certificate",
        *parts,
        ":::",
        "",
    ]


def _term(text: str) -> str:
    from signcheck.notation import LATEX
    from signcheck.reread import reread

    return inline(LATEX.term(reread(text)))


def _given(text: str) -> str:
    name, assigned, value = text.rpartition(" := ")
    if not assigned:
        return _term(value)
    return f"{escape(name)} := {_term(value)}"


def _cited(sources: tuple[str, ...], target: str) -> str:
    """Steps and theorems as links, hypotheses by name."""
    said = []
    for source in ", ".join(sources).split(", "):
        step = re.fullmatch(r"\((\d+)\)", source)
        theorem = re.fullmatch(r"theorem (\S+)", source)
        if step:
            said.append(f"{{ref}}`({step.group(1)}) <{target}-step-{step.group(1)}>`")
        elif theorem:
            said.append(f"theorem {{ref}}`{theorem.group(1)} <{label(theorem.group(1))}>`")
        elif source:
            said.append(f"*{escape(source)}*")
    return ", ".join(said)


def _axioms(found: Any) -> list[str]:
    from signcheck.kernel import AXIOMS

    if not found.axioms:
        return ["The proof uses no axiom.", ""]
    lines = []
    for name in found.axioms:
        axiom = AXIOMS[name]
        lines += [f"**Axiom {escape(name)}.** {escape(axiom.statement)}", ""]
        lines += [f"{escape(axiom.reference)}.", ""]
    return lines


def mutants(deaths: Any) -> list[str]:
    """The section with the stronger variants and how each died."""
    lines = [
        "## Stronger variants",
        "",
        "Each variant claims more than the theorem. *Refuted*: false at a member of the class,",
        "in ball arithmetic. *Unproved*: the derivation was run again and failed.",
        "",
    ]
    if not deaths.deaths:
        return [*lines, "No stronger variant of this statement is known to the mutator.", ""]
    rows = [f"- `{d.name}`: *{d.outcome}*, {escape(d.by)}" for d in deaths.deaths]
    shown, folded = rows[:MANY], rows[MANY:]
    lines += [*shown, ""]
    if folded:
        lines += [f":::{{dropdown}} {len(folded)} more", *folded, ":::", ""]
    return lines
