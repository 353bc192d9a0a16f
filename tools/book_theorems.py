"""A page for each theorem of the registry, written from the object that was proved.

Statement, who checked it, numbers, a live experiment, the named steps with their certificates, and
how every stronger variant died. Nothing here is typed: a new entry point gets its page by itself.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tools.book_proof import conclusion, label, mixed, mutants, proof
from tools.book_tex import escape

__all__ = ["Facts", "facts", "short_title"]


@dataclass(frozen=True)
class Facts:
    """What the book says about one theorem; plain values, so that processes can exchange them."""

    id: str
    title: str
    kind: str
    source: str
    status: str
    page: str
    steps: int = 0
    named: int = 0
    axioms: tuple[str, ...] = ()
    rechecked: int = 0
    leaves: int = 0
    agreed: int = 0
    refuted: int = 0
    unproved: int = 0
    survived: int = 0
    coq: str = ""
    bound: bool = False
    runs: int = 0
    rules: dict[str, int] = field(default_factory=dict)


def short_title(theorem_id: str, title: str) -> str:
    """For the navigation: the id and, where the title begins with words, these."""
    words = re.match(r"([A-Za-z][A-Za-z ,'-]{2,60}):", title)
    return f"{theorem_id} ({words.group(1)})" if words else theorem_id


def facts(theorem_id: str) -> Facts:
    """Prove a theorem, ask every checker, kill its mutants, write its page."""
    from signcheck import registry
    from signcheck.verify import Failure

    try:
        theory = registry.load(theorem_id)
        return _proved(theory)
    except Exception as error:  # noqa: BLE001 - one broken theorem must not stop the others
        text = f"{type(error).__name__}: {Failure.of(error).message}"
        page = f"({label(theorem_id)})=\n# {theorem_id}\n\nNot proved: {escape(text)}\n"
        return Facts(theorem_id, theorem_id, "", "", "failed", page)


def _proved(theory: Any) -> Facts:
    from signcheck import mutate
    from signcheck.kernel.recheck import recheck, steps
    from signcheck.kernel.theorem import sequent
    from signcheck.opinions import summary, table
    from signcheck.show import steps as named_steps

    theorem = theory.theorem
    rules = Counter(sequent(step).rule for step in steps(theorem))
    opinions = summary(table(theory.id))
    deaths = mutate.report(theory)
    named = named_steps(theory)
    found = Facts(
        id=theory.id,
        title=theory.title,
        kind=theory.kind,
        source=theory.source,
        status="proved",
        page="",
        steps=sum(rules.values()),
        named=len(named),
        axioms=tuple(sorted(theorem.axioms)),
        rechecked=len(recheck(theorem)),
        leaves=opinions.leaves,
        agreed=opinions.agreed,
        refuted=len(deaths.refuted),
        unproved=len(deaths.unproved),
        survived=len(deaths.survived),
        coq=_coq(theory),
        bound=theory.bound is not None,
        runs=len(theory.runs),
        rules=dict(rules),
    )
    page = _page(theory, found, named, deaths)
    return Facts(**{**found.__dict__, "page": page})


def _coq(theory: Any) -> str:
    """What the Coq export of the theorem holds, or why there is none, as one sentence."""
    from hardinstances.errors import ProjectError
    from signcheck.export import coq

    try:
        file = coq.coq_file(theory)
    except ProjectError as error:
        return f"not exported: {str(error).rstrip('.')}"
    parts = [f"{file.leaves} leaves"]
    if "\nTheorem theorem :" not in file.text:
        return f"{parts[0]} only: that they give the statement is not derived there"
    trusted = sum(file.trusted.values())
    parts.append(f"{file.lemmas} steps")
    parts.append(f"{trusted} steps assumed as hypotheses" if trusted else "nothing assumed")
    return ", ".join(parts)


# ---------------------------------------------------------------- page


def _page(theory: Any, found: Facts, named: list[Any], deaths: Any) -> str:
    lines = [
        f"({label(theory.id)})=",
        f"# {short_title(theory.id, theory.title)}",
        "",
        *_words(theory),
        *_statement(theory),
        *_checked(found),
        *_number(theory),
        *_experiment(theory),
        *proof(named, found),
        *mutants(deaths),
        "",
        f"Source: {escape(theory.source)}.",
    ]
    return "\n".join(lines) + "\n"


def _words(theory: Any) -> list[str]:
    """The first paragraph of the module that holds the proof, if it says more than the title."""
    module = importlib.import_module(theory.prove.__module__)
    text = (inspect.getdoc(module) or "").split("\n\n")
    told = [p for p in text[1:] if not p.startswith("Source")]
    told = [p.split(" Source:")[0] for p in told]
    return ["```text", theory.title, "```", "", *map(_paragraph, told), ""]


def _paragraph(text: str) -> str:
    """A paragraph of a docstring; what it sets as code stays code."""
    parts = re.split(r"``([^`]+)``", " ".join(text.split()))
    return "".join(f"`{part}`" if place % 2 else escape(part) for place, part in enumerate(parts))


def _statement(theory: Any) -> list[str]:
    from signcheck.notation import LATEX

    lines = [f"````{{prf:theorem}} {escape(theory.id)}", f":label: {label(theory.id)}-statement"]
    lines += [":nonumber:", ""]
    if theory.statement.hypotheses:
        lines += ["Assume", ""]
        for name, formula in theory.statement.hypotheses.items():
            lines.append(f"- *{escape(name)}*: {mixed(LATEX(formula))}")
        lines += ["", "Then", ""]
    return [*lines, *conclusion(LATEX(theory.statement.conclusion)), "````", ""]


def _checked(found: Facts) -> list[str]:
    axioms = ", ".join(found.axioms) or "none"
    killed = found.refuted + found.unproved
    total = killed + found.survived
    rows = [
        ("Kernel", f"{found.steps} steps, {found.named} of them named below"),
        ("Axioms", axioms),
        ("FLINT, on its own polynomials", f"{found.rechecked} equations confirmed"),
        ("z3 or cvc5", f"{found.agreed} of {found.leaves} inequalities confirmed"),
        ("Coq export", found.coq),
        (
            "Stronger variants",
            f"{killed} of {total} killed: {found.refuted} refuted, {found.unproved} unproved",
        ),
    ]
    body = [f"| {name} | {escape(text)} |" for name, text in rows]
    return ["## Who checked it", "", "| checker | finding |", "|---|---|", *body, ""]


def _number(theory: Any) -> list[str]:
    if theory.bound is None:
        return []
    keys = theory.bound.keys
    lines = ["## Its number", "", f"`signcheck bound {theory.id}` evaluates it; the keys are", ""]
    lines += ["| key | meaning | |", "|---|---|---|"]
    for name, key in keys.items():
        optional = "" if key.required else "may be left out"
        lines.append(f"| `{name}` | {escape(key.text)} | {optional} |")
    return [*lines, ""]


def _experiment(theory: Any) -> list[str]:
    if not theory.runs:
        return _samples(theory)
    return [
        "## Live experiment",
        "",
        "The runs of this theorem, carried out when this page was built. The verdict is that of",
        f"`signcheck verify {theory.id}`.",
        "",
        "```{code-cell} ipython3",
        "from signcheck import registry",
        "from signcheck.runs import Table",
        "from signcheck.simulate import FAMILY_ERROR",
        "",
        f'theory = registry.load("{theory.id}")',
        "table = Table(seed=0)",
        "for experiment in theory.runs:",
        "    table.add(theory, experiment)",
        "print(f\"{'run':<33} bound     measured  ratio    verdict\")",
        "for run in table.judge(FAMILY_ERROR)[theory.id]:",
        "    j = run.judgement",
        '    numbers = f"{j.bound:<9.5g} {j.measured:<9.5g} {j.ratio:<8.5f}"',
        '    print(f"{run.name:<33} {numbers} {j.verdict.value}")',
        "```",
        "",
        *_curves(theory),
    ]


def _curves(theory: Any) -> list[str]:
    """The figure of the theorem's runs; evaluations at exact numbers have no curve."""
    if not any(hasattr(item, "family") for item in theory.runs):
        return []
    what = {"lower": "the proved lower bound", "upper": "the proved upper bound"}
    line = what.get(theory.kind, "the bound")
    return [
        "```{code-cell} ipython3",
        "---",
        "tags: [remove-input]",
        "mystnb:",
        "  image:",
        f"    alt: Stationarity along the runs of {theory.id} against {line}.",
        "  figure:",
        f"    name: fig-{theory.id.lower()}-runs",
        "    caption: |",
        f"      Expected stationarity at each step of every distinct run above (solid), and {line}",
        "      at the same parameters (dashed, same colour). Exact law where one is known, else",
        "      the mean of the sampled copies; values above a million bounds are cut off.",
        "---",
        "import figures",
        "",
        "figures.experiments(theory)",
        "```",
        "",
    ]


def _samples(theory: Any) -> list[str]:
    lines = ["## Live experiment", ""]
    if not theory.samples():
        return [*lines, "No run meets this statement: it is proved and not measured.", ""]
    return [
        *lines,
        "No optimizer meets this statement. It is evaluated instead, in ball arithmetic, at the",
        "class members and laws that also refute its stronger variants: left side minus right side",
        "(for an existence claim, the level).",
        "",
        "```{code-cell} ipython3",
        "from hardinstances.errors import ProjectError",
        "from signcheck import registry",
        "from signcheck.intervals import enclose",
        "from signcheck.mutate import demand",
        "",
        f'theory = registry.load("{theory.id}")',
        "for sample in theory.samples():",
        "    try:",
        "        difference = enclose(demand(theory.statement.conclusion), sample.values).str(8)",
        "    except (ProjectError, AssertionError):",
        '        difference = "no number there"',
        '    note = f"   (violates {sample.breaks})" if sample.breaks else ""',
        '    print(f"{sample.name[:60]:<60} {difference}{note}")',
        "```",
        "",
    ]
