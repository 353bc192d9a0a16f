"""Names for Coq: short, legal, stable, and the same term always has the same name."""

from __future__ import annotations

import re

from signcheck.kernel.terms import Sym, Term

__all__ = ["Names", "legal"]

RESERVED = frozenset(
    {"R", "Z", "N", "E", "S", "O", "I", "PI", "exp", "ln", "sqrt", "sign", "fix", "fun", "forall"}
    | {"as", "at", "cofix", "else", "end", "exists", "for", "if", "in", "let", "match", "mod"}
    | {"return", "then", "using", "where", "with", "Prop", "Set", "Type", "V", "Omega", "w", "nat"}
    | {"Val", "Grad", "Mean", "Past", "trivial", "up", "same", "sides", "Rmax", "Rmin", "Rabs"}
)


def legal(name: str) -> str:
    """A Coq identifier that reads like ``name``."""
    text = re.sub(r"\W", "_", name)
    taken = text in RESERVED or not text[:1].isalpha() or re.fullmatch(r"[DFHNPSZ]\d+", text)
    return f"v_{text}" if taken else text


class Names:
    """Real variables of one lemma: a symbol keeps its name, other opaque terms are numbered."""

    def __init__(self) -> None:
        self.given: dict[Term, str] = {}

    def __call__(self, term: Term) -> str:
        """The variable that stands for an opaque term."""
        if term not in self.given:
            wanted = legal(term.name) if isinstance(term, Sym) else f"x{len(self.given)}"
            while wanted in self.given.values():
                wanted += "_"
            self.given[term] = wanted
        return self.given[term]
