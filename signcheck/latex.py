"""``signcheck show --latex``: the same listing as :mod:`signcheck.show`, for papers and the book.

Needs the packages amsmath and amsthm with a ``theorem`` environment, nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from signcheck.kernel import AXIOMS
from signcheck.notation import LATEX
from signcheck.reread import reread
from signcheck.show import CLOSED_BY, Step, steps

if TYPE_CHECKING:
    from signcheck.theory import Theory

__all__ = ["escape", "latex"]

_SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#",
    "%": r"\%", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\ensuremath{<}", ">": r"\ensuremath{>}", "|": r"\textbar{}",
}  # fmt: skip


def escape(text: str) -> str:
    """Plain text for LaTeX."""
    return "".join(_SPECIAL.get(c, c) for c in text)


def latex(theory: Theory) -> str:
    """Statement and proof as LaTeX source.

    Raises
    ------
    ProofError
        If the theorem does not prove.
    """
    return "\n".join([*_theorem(theory), *_proof(theory)])


def _theorem(theory: Theory) -> Iterator[str]:
    yield rf"\begin{{theorem}}[{escape(theory.id)}]"
    if theory.statement.hypotheses:
        yield "Assume"
        yield r"\begin{itemize}"
        for name, formula in theory.statement.hypotheses.items():
            yield rf"\item[{escape(name)}:] ${LATEX(formula)}$"
        yield r"\end{itemize}"
        yield "Then"
    yield rf"\[ {LATEX(theory.statement.conclusion)} \]"
    yield r"\end{theorem}"


def _proof(theory: Theory) -> Iterator[str]:
    yield r"\begin{proof}"
    yield r"\begin{enumerate}"
    for step in steps(theory):
        yield from _step(step)
    yield r"\end{enumerate}"
    axioms = sorted(theory.theorem.axioms)
    if not axioms:
        yield "No axioms are used."
    for name in axioms:
        axiom = AXIOMS[name]
        yield rf"Axiom \emph{{{escape(name)}}}: {escape(axiom.statement)}"
        yield rf"{escape(axiom.reference)}."
    yield r"\end{proof}"


def _step(step: Step) -> Iterator[str]:
    yield rf"\item \emph{{{escape(step.label)}}} (rule {escape(step.rule)})"
    yield rf"\[ {LATEX(step.claim)} \]"
    if step.certificate is None:
        yield f"from {escape(', '.join(step.sources) or CLOSED_BY)}."
        return
    parts = [
        rf"\item ${_math(multiplier)}$ times right minus left of ${LATEX(premise)}$ ({escape(why)})"
        for multiplier, premise, why in step.certificate
    ]
    parts += [rf"\item ${_math(term)}$, which is not negative" for term in step.slack]
    if not parts:
        yield "Both sides are the same."
        return
    yield "Right minus left is the sum of"
    yield r"\begin{itemize}"
    yield from parts
    yield r"\end{itemize}"


def _math(text: str) -> str:
    return LATEX.term(reread(text))
