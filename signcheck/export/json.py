"""``signcheck export json``: a proof as data, for a checker that shares nothing with the kernel.

One table of terms and formulas, one list of steps: what each rule was called with, what it claims,
under which hypotheses and open cases. ``signcheck.export.reader`` is such a checker.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sympy as sp

from hardinstances.errors import InputError
from signcheck.export.reader.check import FORMAT, digest
from signcheck.kernel import (
    Attained,
    Dynamics,
    ForAll,
    Formula,
    Independent,
    Law,
    Lipschitz,
    Measurable,
    Noise,
    Relation,
    Theorem,
    profile_symbol,
    sequent,
)
from signcheck.kernel.recheck import steps
from signcheck.kernel.terms import Sym, exact
from signcheck.kernel.theorem import theorems_in
from signcheck.theory import Theory

__all__ = ["document", "write"]

_NAMES = {"exp_polar": "exp"}


class _Writer:
    """The table of one file."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        self._places: dict[Any, int] = {}
        self._steps: dict[int, int] = {}

    def row(self, thing: Any) -> int:
        """The place of a term or formula."""
        if thing not in self._places:
            content = self._formula(thing) if isinstance(thing, Formula | Dynamics) else None
            content = self._term(thing) if content is None else content
            self._places[thing] = len(self.rows)
            self.rows.append(content)
        return self._places[thing]

    def _term(self, term: Any) -> list[Any]:
        if isinstance(term, Sym):
            return ["sym", term.name, term.sort]
        if isinstance(term, sp.Symbol):
            return ["sym", f"parameter {term.name}", "real"]
        if term.is_Rational:
            return ["num", str(term)]
        if term in (sp.oo, -sp.oo):
            return ["oo", "1" if term == sp.oo else "-1"]
        if term == sp.E:
            return ["exp", self.row(sp.Integer(1))]
        if term == sp.pi:
            return ["const", "pi"]
        return [type(term).__name__, *map(self.row, term.args)]

    def _formula(self, formula: Any) -> list[Any]:
        kind = type(formula).__name__
        if isinstance(formula, Relation):
            parts: list[Any] = [formula.lhs, formula.rhs]
        elif isinstance(formula, ForAll):
            parts = [formula.var, formula.body, *formula.guards]
        elif isinstance(formula, Measurable):
            parts = [formula.term, formula.given]
        elif isinstance(formula, Law):
            parts = [formula.term, formula.given, *formula.values, *formula.probabilities]
        elif isinstance(formula, Independent):
            parts = [formula.member, formula.index, formula.count, formula.given]
        elif isinstance(formula, Lipschitz):
            parts = [formula.profile, *formula.parameters, formula.constant]
        elif isinstance(formula, Attained):
            ends = [formula.smoothness, formula.gap, formula.horizon, formula.level]
            places = list(map(self.row, [*ends, formula.dynamics]))
            how = "surely" if formula.sure else "in expectation"
            how += " for matrices" if formula.matrices else ""
            return [kind, *places, how, *map(self.row, formula.noise)]
        elif isinstance(formula, Dynamics):
            batch = self._nothing() if formula.batch is None else self.row(formula.batch)
            parts = [formula.position, formula.slope]
            return [
                kind, formula.name, *map(self.row, parts), batch, *map(self.row, formula.rules)
            ]  # fmt: skip
        else:
            raise InputError(f"{kind} formulas cannot be exported: extend signcheck.export.json.")
        return [kind, *map(self.row, parts)]

    def _nothing(self) -> int:
        if None not in self._places:
            self._places[None] = len(self.rows)
            self.rows.append(["none", ""])
        return self._places[None]

    def argument(self, x: Any) -> Any:
        """What a rule was called with."""
        if x is None or isinstance(x, (str, bool)):
            return x
        if isinstance(x, Theorem):
            return ["step", self._steps[id(x)]]
        if isinstance(x, (Formula, Dynamics, sp.Basic, int, float)):
            return ["row", self.row(x if isinstance(x, (Formula, Dynamics)) else exact(x))]
        if isinstance(x, Mapping):
            return ["map", *([self.argument(k), self.argument(v)] for k, v in x.items())]
        if isinstance(x, (list, tuple)):
            return ["list", *map(self.argument, x)]
        if isinstance(x, Noise):
            return self.argument((x.mean, x.values, x.probabilities, x.batch, x.deviation))
        return self._profile(x)

    def _profile(self, profile: Any) -> Any:
        pieces = [(p.lo, p.hi, p.slope, p.anchor, p.value) for p in profile.pieces]
        fields = (profile_symbol(profile), profile.parameters, pieces, profile.antiperiod)
        return self.argument((*fields, profile.start))

    def step(self, thm: Theorem) -> dict[str, Any]:
        """One step; the facts are the premises that are no arguments."""
        s = sequent(thm)
        arguments, named = s.arguments
        direct = len(theorems_in((*arguments, *named.values())))
        self._steps[id(thm)] = len(self._steps)
        own = s.axioms - frozenset().union(*(p.axioms for p in s.premises))
        return {
            "rule": s.rule,
            "label": s.label,
            "arguments": [self.argument(x) for x in arguments],
            "named": {name: self.argument(x) for name, x in named.items()},
            "facts": sorted({self._steps[id(p)] for p in s.premises[direct:]}),
            "claim": self.row(s.concl),
            "hypotheses": sorted(map(self.row, sorted(s.hyps, key=str))),
            "cases": sorted(map(self.row, sorted(s.splits, key=str))),
            "axioms": sorted(own),
        }


def document(theory: Theory) -> dict[str, Any]:
    """The proof of a theorem as JSON data.

    Raises
    ------
    ProjectError
        If the theorem is not proved, or a step has something that the format cannot hold.
    """
    writer, theorem = _Writer(), theory.theorem
    lines = [writer.step(thm) for thm in steps(theorem)]
    named = theory.statement.hypotheses
    s = sequent(theorem)
    held = {name: writer.row(formula) for name, formula in named.items() if formula in s.hyps}
    out = {
        "format": FORMAT,
        "id": theory.id,
        "statement": {
            "text": str(theorem.concl),
            "conclusion": writer.row(theorem.concl),
            "hypotheses": held,
            "axioms": sorted(s.axioms),
        },
        "rows": writer.rows,
        "steps": lines,
    }
    return out | {"digest": digest(out)}


def write(theories: list[Theory], folder: Path) -> list[Path]:
    """One file a theorem, named after its id.

    Raises
    ------
    InputError
        If the folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        paths = []
        for theory in theories:
            paths.append(folder / f"{theory.id}.json")
            text = json.dumps(document(theory), separators=(",", ":"))
            paths[-1].write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise InputError(f"{folder} cannot be written ({error.strerror}): name another.") from error
    return paths
