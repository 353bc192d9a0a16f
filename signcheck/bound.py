"""Bounds: the number of a theorem, read off its conclusion.

Nothing is typed twice. An upper bound's expression is the right side of the proved conclusion; a
lower bound's is the certified level of its hard instance, and building the bound fails unless the
conclusion states exactly that level. Regimes and error sentences come from there, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import sympy as sp

from hardinstances.errors import BudgetError, InputError, ProofError
from hardinstances.level import Condition, Level
from hardinstances.search import best
from signcheck import kernel as k
from signcheck.kernel.terms import Ap, Big, Inert
from signcheck.sigma import KEPT, NORM, POWER, READ_OFF_SIGMA, Numbers, checked_sigma, whole
from signcheck.variant import TEXTS, Key, Value, Variant

if TYPE_CHECKING:
    from signcheck.theory import Statement

__all__ = [
    "Bound",
    "Key",
    "Value",
    "Variant",
    "as_level",
    "condition",
    "lower",
    "upper",
    "variant_of",
]


@dataclass(frozen=True, eq=False)
class Bound:
    """The number of a theorem.

    Parameters
    ----------
    theorem
        Id.
    sense
        ``"upper"`` bounds avg_T from above, ``"lower"`` bounds min_T from below; in a lemma,
        what the lemma is about.
    build
        Makes its formulas, on first use: a statement without a number must fail as a proof, not
        while its module is imported. The best formula that applies counts.
    """

    theorem: str
    sense: Literal["upper", "lower"]
    build: Callable[[], tuple[Variant, ...]]

    @cached_property
    def variants(self) -> tuple[Variant, ...]:
        """The formulas; raises ProofError if the statement has none."""
        return self.build()

    @cached_property
    def keys(self) -> Mapping[str, Key]:
        """Every key of ``signcheck bound``, in order: sigma after the numbers."""
        merged: dict[str, Key] = {}
        for variant in self.variants:
            merged |= {n: key for n, key in variant.keys.items() if n not in merged}
        sigma = {n: merged.pop(n) for n in ("sigma",) if n in merged}
        optional = {n: merged.pop(n) for n in list(merged) if not merged[n].required}
        return MappingProxyType({**merged, **sigma, **optional})

    def on(self, level: Level | None) -> Bound:
        """The bound by the formula that an instance of this level attains, if that is one of them.

        Another formula may be larger at the same numbers: then it is another instance's.
        """
        own = tuple(v for v in self.variants if level is not None and v.level.expr == level.expr)
        return Bound(self.theorem, self.sense, lambda: own) if own else self

    def value(self, **numbers: Any) -> float:
        """The bound at given numbers, value/length; errors as in :meth:`evaluate`."""
        return self.evaluate(**numbers).value

    def evaluate(self, **numbers: Any) -> Value:
        """The bound, the variant that gave it, and the free parameters that were found.

        Raises
        ------
        InputError
            On an unknown or missing key, a value out of range, or numbers outside the regime
            (:class:`~hardinstances.errors.BudgetError` if every formula exceeds a budget).
        """
        for name in numbers:
            if name not in self.keys:
                raise InputError(
                    f"{self.theorem} has no key {name!r}: its keys are {', '.join(self.keys)}."
                )
        missing = [n for n, key in self.keys.items() if key.required and n not in numbers]
        if missing:
            raise InputError(f"{self.theorem} needs {', '.join(missing)}: give a value for each.")
        given = dict(numbers)
        sigma = checked_sigma(given.pop("sigma")) if "sigma" in self.keys else None
        noises = [v.noise(sigma) if v.noise else {} for v in self.variants]
        pairs = list(zip(self.variants, noises, strict=True))
        covered = {n for v, noise in pairs if noise is not None for n in v.level.symbols}
        for variant, noise in pairs:
            if noise is None:  # what no applicable formula reads must make sense all the same
                _check_stated(variant.level, {n: x for n, x in given.items() if n not in covered})
        found = self._applied([(v, noise) for v, noise in pairs if noise is not None], given, sigma)
        return (min if self.sense == "upper" else max)(found, key=lambda v: v.value)

    def _applied(
        self, pairs: Sequence[tuple[Variant, Numbers]], given: Numbers, sigma: Any
    ) -> list[Value]:
        """The formulas whose budgets suffice; the first one's error if there are none."""
        found, failed = [], []
        for variant, noise in pairs:
            point = {**variant.defaults, **given, **noise}
            if variant.choose is not None:
                _check_stated(variant.level, _of(variant.level, point))
                point |= variant.choose(sigma, point)
            try:
                found.append(_at(variant, point))
            except BudgetError as error:  # another formula may spend less
                failed.append(error)
            if variant.check is not None:
                variant.check(sigma, point)
        if not found:
            raise failed[0]
        return found


def _at(variant: Variant, point: Numbers) -> Value:
    level = variant.level
    fixed = _of(level, point)
    _check_stated(level, fixed)
    searched = [name for name in level.free if name not in fixed]
    named = (*level.free, *sorted(variant.chosen))
    chosen = {name: float(fixed[name]) for name in named if name in fixed}
    if not searched:
        return Value(level.value(**fixed), variant.name, chosen)
    found = best(level, fixed, searched)
    return Value(found.value, variant.name, {**chosen, **found.parameters})


def _of(level: Level, point: Numbers) -> Numbers:
    return {name: value for name, value in point.items() if name in level.symbols}


def _check_stated(level: Level, numbers: Numbers) -> None:
    """The conditions that are no budgets, with the numbers that break them in the sentence."""
    known = {name: value for name, value in numbers.items() if name in level.symbols}
    point = {sp.Symbol(name): level.rational(name, value) for name, value in known.items()}
    for entry in level.regime:
        symbols = sorted(entry.expr.free_symbols, key=str)
        if entry.budget is not None or not set(symbols) <= set(point):
            continue
        if not entry.holds(entry.expr.subs(point)):
            got = ", ".join(f"{symbol}={known[symbol.name]}" for symbol in symbols)
            raise InputError(f"{entry.sentence.rstrip('.')}, got {got}.")


# ---------------------------------------------------------------- from conclusions


def as_level(term: Any, names: Mapping[Any, sp.Symbol] | None = None) -> sp.Expr:
    """A kernel term as an expression over plain symbols; ``names`` gives subterms a symbol.

    Raises
    ------
    ProofError
        If something else than parameters is left: the bound would not be a number.
    """
    plain = term.xreplace(dict(names or {}))
    plain = plain.xreplace({s: sp.Symbol(s.name) for s in plain.atoms(k.Sym)})
    if plain.atoms(Inert):
        raise ProofError(f"the conclusion {term} is not a formula in the parameters.")
    return plain


def upper(
    theorem: str, methods: str, statement: Statement, also: tuple[Condition, ...] = ()
) -> Bound:
    """The bound of a theorem that concludes ``quantity <= formula``.

    Sums of sigma(i) over all coordinates become |sigma|_1; the regime is what the statement's
    hypotheses say of the formula's parameters alone, and ``also`` what they imply for them. Its
    formula raises ProofError if the conclusion has another form.
    """
    return Bound(theorem, "upper", lambda: (_right_side(theorem, methods, statement, also),))


def _right_side(
    theorem: str, methods: str, statement: Statement, also: tuple[Condition, ...]
) -> Variant:
    conclusion = statement.conclusion
    if not isinstance(conclusion, k.Le):
        raise ProofError(f"{theorem} does not conclude an upper bound: {conclusion}.")
    expr = as_level(conclusion.rhs, _norms(conclusion.rhs))
    return variant_of(theorem, methods, statement, expr, also)


def variant_of(
    theorem: str,
    methods: str,
    statement: Statement,
    expr: sp.Expr,
    also: tuple[Condition, ...] = (),
) -> Variant:
    """A number that the conclusion states, ``expr`` from :func:`as_level`, with its regime.

    The regime is what the statement's hypotheses say of the parameters of ``expr`` alone, and
    ``also``.
    """
    used = _names(expr)
    integers = {s.name for s in statement.conclusion.free() if s.sort == "int"}
    level = Level(
        name=theorem,
        theorem=theorem,
        methods=methods,
        expr=expr,
        symbols=MappingProxyType({name: text for name, text in TEXTS.items() if name in used}),
        integers=frozenset(integers & used),
        free=MappingProxyType({}),
        regime=(*_regime(theorem, statement, used), *also),
    )
    return Variant("", level, noise=whole if used & READ_OFF_SIGMA else None)


def _norms(term: Any) -> dict[Any, sp.Symbol]:
    """Sums of sigma(i) and of sigma(i)**2, with the symbols that stand for them."""
    found = {}
    for total in term.atoms(Big):
        body = total.args[0]
        if isinstance(body, Ap):
            found[total] = NORM
        elif isinstance(body, sp.Pow) and isinstance(body.base, Ap) and body.exp == 2:
            found[total] = POWER
    return found


def _regime(theorem: str, statement: Statement, used: set[str]) -> tuple[Condition, ...]:
    """What the hypotheses say of the parameters alone, and the class's own."""
    found = [condition(sp.Symbol(name), least=0) for name in ("L", "Delta") if name in used]
    for formula in statement.hypotheses.values():
        if not isinstance(formula, (k.Le, k.Lt)):
            continue
        names = {**_norms(formula.lhs), **_norms(formula.rhs)}
        low, high = (t.xreplace(names) for t in formula.terms())
        if (low - high).atoms(Inert) or not _names(low - high) <= used:
            continue
        least = {(k.Lt, 0): 0, (k.Le, 1): 1}.get((type(formula), low))
        if isinstance(high, sp.Symbol) and least is not None:
            found.append(condition(sp.Symbol(high.name), least))
        else:
            sentence = f"{theorem} holds for {low} {formula.sign} {high} only."
            name, gap = f"{low} {formula.sign} {high}", as_level(high - low)
            found.append(Condition(name, gap, isinstance(formula, k.Lt), sentence))
    return tuple({entry.name: entry for entry in found}.values())


def _names(term: Any) -> set[str]:
    return {s.name for s in term.free_symbols}


def condition(symbol: sp.Symbol, least: int) -> Condition:
    """``symbol > 0`` (``least`` 0) or ``symbol >= 1``, with its sentence."""
    relation, words = ("> 0", "positive") if least == 0 else (">= 1", "at least 1")
    sentence = f"{symbol} must be {words}: it is the {TEXTS[symbol.name]}."
    return Condition(f"{symbol} {relation}", symbol - least, strict=least == 0, sentence=sentence)


def lower(
    statement: Statement,
    level: Level,
    name: str = "",
    noise: Callable[[Any], Numbers | None] | None = None,
    defaults: Mapping[str, float] | None = None,
    check: Callable[[Any, Numbers], None] | None = None,
    names: Mapping[Any, sp.Symbol] | None = None,
    choose: Callable[[Any, Numbers], Numbers] | None = None,
    chosen: frozenset[str] = frozenset(),
) -> Variant:
    """A variant of a lower bound: the certified ``level``, if the conclusion states exactly it.

    ``names`` maps symbols of the conclusion to those of the level where the names differ.

    Raises
    ------
    ProofError
        If the theorem proves another level than the instance certifies.
    """
    conclusion = statement.conclusion
    if not isinstance(conclusion, k.Attained):
        raise ProofError(f"{level.theorem} does not conclude that a level is attained.")
    known = dict.fromkeys(_norms(conclusion.level), KEPT)
    proved = as_level(conclusion.level, {**known, **(names or {})})
    if proved != level.expr:
        raise ProofError(
            f"{level.theorem} proves another level than the instance {level.name} certifies.",
            step="level",
            residual=str(proved - level.expr),
        )
    return Variant(name, level, noise, defaults or {}, check, choose, chosen)
