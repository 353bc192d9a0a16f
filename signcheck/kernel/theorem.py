"""Theorems: sequents that only rules can make.

A ``Theorem`` object holds no data. What it states lives in a table inside a closure, keyed by the
object itself, and only ``mint``, which lives in the closure of the rules, writes there. So a copy,
a pickle, a subclass or an object made by ``object.__new__`` states nothing, and rules refuse it.
(Someone who rewrites the interpreter's closures can still cheat; a Python kernel cannot stop that.
It stops every accident and every honest route.)
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, ParamSpec, cast

import sympy as sp

from hardinstances.errors import ForgeryError, InputError, ProofError
from signcheck.kernel.formulas import Formula

Formulas = frozenset[Formula]
P = ParamSpec("P")


@dataclass(frozen=True)
class Sequent:
    """What a Theorem states and where it comes from.

    ``splits`` are hypotheses that hold at the outcome under consideration, not almost surely;
    they may not pass through an expectation and only ``cases`` and ``cut`` discharge them.
    ``arguments`` are those that the rule was called with, by position and by name: an exported
    step needs them, no rule reads them.
    """

    hyps: Formulas
    splits: Formulas
    concl: Formula
    axioms: frozenset[str]
    rule: str
    label: str
    premises: tuple[Theorem, ...]
    detail: Any
    arguments: tuple[tuple[Any, ...], Mapping[str, Any]] = ((), {})


class Theorem:
    """A proved sequent ``hyps |- concl``. Made by rules only; immutable; compared by statement."""

    __slots__ = ()

    def __new__(cls, *_args: Any, **_kwargs: Any) -> NoReturn:
        raise ForgeryError("a Theorem is made by the rules of signcheck.kernel only: apply a rule.")

    def __init_subclass__(cls) -> NoReturn:
        raise ForgeryError("Theorem cannot be subclassed: wrap it instead.")

    def __setattr__(self, name: str, _value: Any) -> NoReturn:
        raise ForgeryError(f"a Theorem is immutable: {name} cannot be set.")

    def __reduce_ex__(self, _protocol: Any) -> NoReturn:
        raise ForgeryError("a Theorem cannot be copied or pickled: export its proof instead.")

    def __copy__(self) -> NoReturn:
        self.__reduce_ex__(2)

    def __deepcopy__(self, _memo: Any) -> NoReturn:
        self.__reduce_ex__(2)

    def __replace__(self, **_changes: Any) -> NoReturn:
        self.__reduce_ex__(2)

    def __eq__(self, other: object) -> bool:
        if type(other) is not Theorem:
            return NotImplemented
        a, b = sequent(self), sequent(cast("Theorem", other))
        return (a.hyps, a.splits, a.concl) == (b.hyps, b.splits, b.concl)

    def __hash__(self) -> int:
        return hash(sequent(self).concl)

    @property
    def hyps(self) -> Formulas:
        """Hypotheses."""
        return sequent(self).hyps

    @property
    def concl(self) -> Formula:
        """Conclusion."""
        return sequent(self).concl

    @property
    def axioms(self) -> frozenset[str]:
        """Names of all axioms that the proof uses, however deep."""
        return sequent(self).axioms

    def __repr__(self) -> str:
        s = sequent(self)
        return f"{', '.join(sorted(map(str, s.hyps | s.splits)))} |- {s.concl}"


def _vault() -> tuple[Callable[[Sequent], Theorem], Callable[[Theorem], Sequent]]:
    table: dict[int, tuple[Theorem, Sequent, tuple[int, ...]]] = {}

    def stamp(content: Sequent) -> tuple[int, ...]:
        parts = (content.hyps, content.splits, content.axioms)
        return (hash(content.concl), *(sum(map(hash, part)) for part in parts))

    def mint(content: Sequent) -> Theorem:
        thm: Theorem = object.__new__(Theorem)  # type: ignore[arg-type]
        table[id(thm)] = (thm, content, stamp(content))
        return thm

    def read(thm: Theorem) -> Sequent:
        # The entry keeps its Theorem alive, so an id is never reused for a look-alike.
        entry = table.get(id(thm))
        if entry is None or entry[0] is not thm:
            raise ForgeryError("this object was not made by a rule: it is no Theorem.")
        if stamp(entry[1]) != entry[2]:
            raise ForgeryError("this Theorem was altered by force: it states nothing any more.")
        return entry[1]

    return mint, read


@dataclass(frozen=True)
class Draft:
    """What a rule returns: the conclusion, and the hypotheses if they differ from the union."""

    concl: Formula
    hyps: Formulas | None = None
    splits: Formulas | None = None
    axioms: frozenset[str] = frozenset()
    detail: Any = None


def settled(value: Any) -> Any:
    """The argument of a rule with containers copied: nothing changes while the rule looks at it.

    Raises
    ------
    InputError
        If a container is neither a list, a tuple nor a mapping: its Theorems would not be seen.
    """
    if isinstance(value, (Theorem, Formula, sp.Basic, str)):
        return value
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return type(value)(*map(settled, value))
    if isinstance(value, (tuple, list)):
        return (tuple if isinstance(value, tuple) else list)(map(settled, value))
    if isinstance(value, Mapping):
        return dict(value)
    if hasattr(value, "__iter__") or hasattr(value, "__getitem__"):
        raise InputError(f"a rule takes lists and tuples, got {type(value).__name__}: convert it.")
    return value


def theorems_in(values: Iterable[Any]) -> tuple[Theorem, ...]:
    """All Theorems among the values, also inside lists and tuples."""
    out: list[Theorem] = []
    for value in values:
        if isinstance(value, Theorem):
            out.append(value)
        elif isinstance(value, (list, tuple)):
            out.extend(theorems_in(value))
    return tuple(out)


def _kernel() -> tuple[
    Callable[[Theorem], Sequent],
    Callable[[Callable[P, Draft]], Callable[..., Theorem]],
    Callable[[], None],
    Callable[[], dict[str, Callable[..., Theorem]]],
]:
    mint, read = _vault()
    sealed: list[bool] = []
    names: dict[str, Callable[..., Theorem]] = {}

    def rule(function: Callable[P, Draft]) -> Callable[..., Theorem]:
        """Turn a function that returns a Draft into a rule: the only way to a Theorem.

        All Theorems among the arguments are premises; their hypotheses, splits and axioms pass to
        the conclusion unless the Draft names its own. Facts that ``facts`` offers count only when
        the side conditions used them. ``label`` names the step in listings and failures.
        """
        if sealed:
            raise ForgeryError("the kernel is complete: rules cannot be added to it.")

        @functools.wraps(function)
        def apply(*args: Any, facts: Iterable[Theorem] = (), label: str = "", **kw: Any) -> Theorem:
            from signcheck.kernel.judge import Judge

            args, kw = settled(args), {name: settled(value) for name, value in kw.items()}
            premises = theorems_in((*args, *kw.values()))
            contents = [sequent(p) for p in premises]
            judge = Judge(facts)
            try:
                draft = function(judge, *args, **kw)  # type: ignore[arg-type]
            except ProofError as error:
                step = label or error.step or function.__name__
                raise ProofError(
                    f"step {step}: {error}" if not str(error).startswith("step ") else str(error),
                    step=step,
                    residual=error.residual,
                    counterexample=error.counterexample,
                ) from None
            used = [sequent(p) for p in judge.used]
            hyps = frozenset().union(*(c.hyps for c in contents))
            splits = frozenset().union(*(c.splits for c in contents))
            hyps = hyps if draft.hyps is None else draft.hyps
            splits = splits if draft.splits is None else draft.splits
            return mint(
                Sequent(
                    hyps.union(*(c.hyps for c in used)),
                    splits.union(*(c.splits for c in used)),
                    draft.concl,
                    draft.axioms.union(*(c.axioms for c in (*contents, *used))),
                    function.__name__,
                    label,
                    (*premises, *judge.used),
                    draft.detail,
                    (args, kw),
                )
            )

        names[function.__name__] = apply
        return apply

    return read, rule, lambda: sealed.append(True), lambda: dict(names)


sequent, rule, seal, all_rules = _kernel()
