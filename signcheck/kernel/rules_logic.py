"""Rules of logic: hypotheses, quantifiers over indices and reals, case splits, induction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp

from hardinstances.errors import ProofError
from signcheck.kernel.algebra import coefficients
from signcheck.kernel.formulas import Eq, ForAll, Formula, Le, Lt, Measurable, Relation
from signcheck.kernel.judge import Judge, random_splits
from signcheck.kernel.substitution import fits
from signcheck.kernel.terms import RANDOM_TWIN, Ex, Past, Sym, Term, exact, free, is_int, may_bind
from signcheck.kernel.theorem import Draft, Theorem, rule, sequent


def refuse(why: str, residual: Any = "") -> ProofError:
    """A ProofError without a step: the rule wrapper adds the step."""
    return ProofError(why, residual=str(residual))


def _hold_surely(what: str, *theorems: Theorem) -> None:
    for thm in theorems:
        for split in random_splits(thm):
            raise refuse(f"{what} must not rest on {split}, which holds in one case only.")


@rule
def assume(j: Judge, formula: Formula) -> Draft:
    """{phi} |- phi, for a phi whose terms have values under the facts."""
    if not isinstance(formula, Formula):
        raise refuse(f"{formula} is not a formula.")
    j.makes_sense(formula)
    return Draft(formula, hyps=frozenset({formula}))


@rule
def suppose(j: Judge, relation: Relation) -> Draft:
    """{phi} |- phi as a split: phi holds at the outcome considered. ``cases`` discharges it."""
    if not isinstance(relation, (Le, Lt)):
        raise refuse(f"only <= and < can be split on, got {relation}.")
    for term in relation.terms():
        j.defined(term)
    return Draft(relation, splits=frozenset({relation}))


@rule
def cut(_j: Judge, thm: Theorem, *lemmas: Theorem) -> Draft:
    """Discharge hypotheses (or splits) of ``thm`` that ``lemmas`` prove."""
    main, parts = sequent(thm), [sequent(x) for x in lemmas]
    proved = frozenset(p.concl for p in parts)
    unused = proved - main.hyps - main.splits
    if unused:
        raise refuse(f"no hypothesis to discharge with {', '.join(map(str, unused))}.")
    if proved & main.hyps and any(h.random() for p in parts for h in p.splits):
        raise refuse("a lemma that rests on a random split cannot discharge a global hypothesis.")
    hyps = (main.hyps - proved).union(*(p.hyps for p in parts))
    splits = (main.splits - proved).union(*(p.splits for p in parts))
    return Draft(main.concl, hyps=hyps, splits=splits)


@rule
def specialise(j: Judge, thm: Theorem, mapping: Mapping[Sym, Any]) -> Draft:
    """Replace free symbols by terms that have a value and the sort of the symbol, everywhere."""
    for symbol, value in mapping.items():
        if not fits(symbol, value):
            raise refuse(f"{value} may not stand for {symbol}, which has the sort {symbol.sort}.")
        _has_value(j, value)
    _hold_surely("a replacement", *j.used)
    s = sequent(thm)
    hyps = frozenset(h.subst(mapping) for h in s.hyps)
    splits = frozenset(h.subst(mapping) for h in s.splits)
    detail = {str(k): str(v) for k, v in mapping.items()}
    return Draft(s.concl.subst(mapping), hyps=hyps, splits=splits, detail=detail)


@rule
def generalise(j: Judge, thm: Theorem, var: Sym, *guards: Formula) -> Draft:
    """From Gamma, guards |- phi with ``var`` not free in Gamma: Gamma |- for all var: phi."""
    s = sequent(thm)
    if not may_bind(var) or var.sort in ("random", "rvector"):
        raise refuse(f"{var} is random: a for-all over it would not respect null sets.")
    for guard in frozenset(guards) - s.hyps:
        j.without(var).makes_sense(guard)
    rest = s.hyps - frozenset(guards)
    for h in rest | s.splits:
        if var in h.free():
            raise refuse(f"{var} is free in the hypothesis {h}, which is not one of the guards.", h)
    return Draft(ForAll(var, guards, s.concl), hyps=rest)


@rule
def instantiate(j: Judge, thm: Theorem, *values: Term) -> Draft:
    """From for all var with guards: phi, and guards that hold at the value: phi at the value.

    Several values open several for-alls, the outermost first. A random value may stand for a
    deterministic variable if the statement and all hypotheses are pointwise (no expectation,
    nothing random): then it holds at every outcome, for all values at once.
    """
    s = sequent(thm)
    concl = s.concl
    pointwise = not any(f.random() or _expects(f) for f in (*s.hyps, *s.splits, concl))
    for value in map(_settled, values):
        if not isinstance(concl, ForAll):
            raise refuse(f"{concl} is not a for-all.")
        var = concl.var
        twin = Sym(var.name, RANDOM_TWIN.get(var.sort, var.sort)) if pointwise else var
        if not fits(twin, value):
            raise refuse(f"{value} does not have the sort {var.sort} of {var}.")
        _has_value(j if pointwise else j.surely(), value)
        mapping = {var: value}
        for guard in concl.guards:
            if not j.holds(guard.subst(mapping)):
                raise refuse(f"the condition {guard.subst(mapping)} is not shown.", guard)
        concl = concl.body.subst(mapping)
    return Draft(concl, detail=[str(v) for v in values])


def _settled(value: Any) -> Any:
    """An exact term; a family's replacement, a pair, is taken as it is."""
    return value if isinstance(value, tuple) else exact(value)


def _has_value(j: Judge, value: Any) -> None:
    """A term that replaces a symbol is defined, a family's body for all its indices."""
    indices, body = value if isinstance(value, tuple) else ((), value)
    j.without(*indices).defined(exact(body))


def _expects(formula: Formula) -> bool:
    """Whether a formula speaks of expectations or of what is known, which is not pointwise."""
    if isinstance(formula, ForAll):
        return any(_expects(f) for f in (*formula.guards, formula.body))
    return not isinstance(formula, Relation) or any(t.has(Ex, Past) for t in formula.terms())


def _opposite(one: Formula, other: Formula) -> bool:
    pair = {type(one), type(other)}
    same = isinstance(one, Relation) and isinstance(other, Relation)
    return same and pair == {Le, Lt} and (one.lhs, one.rhs) == (other.rhs, other.lhs)  # type: ignore[attr-defined]


@rule
def cases(_j: Judge, low: Theorem, high: Theorem, split: Relation, other: Relation) -> Draft:
    """From split |- phi and its negation |- phi: phi. The pair must be a <= b and b < a."""
    a, b = sequent(low), sequent(high)
    if not _opposite(split, other):
        raise refuse(f"{split} and {other} do not exhaust all cases.")
    if a.concl != b.concl:
        raise refuse("the two branches prove different things.", f"{a.concl} / {b.concl}")
    splits = (a.splits - {split}) | (b.splits - {other})
    return Draft(a.concl, splits=splits)


@rule
def absurd(_j: Judge, thm: Theorem, goal: Formula) -> Draft:
    """From a relation between numbers that is false: anything."""
    c = sequent(thm).concl
    if not isinstance(c, (Le, Lt)) or not (c.lhs.is_Rational and c.rhs.is_Rational):
        raise refuse(f"{c} is not a relation between numbers.")
    if (isinstance(c, Le) and c.lhs <= c.rhs) or (isinstance(c, Lt) and c.lhs < c.rhs):
        raise refuse(f"{c} is true: nothing follows from it.")
    return Draft(goal)


@rule
def integer_gap(_j: Judge, thm: Theorem) -> Draft:
    """From m < n with integers: m + 1 <= n."""
    c = sequent(thm).concl
    if not isinstance(c, Lt) or not (is_int(c.lhs) and is_int(c.rhs)):
        raise refuse(f"{c} is not a strict relation between integers.")
    return Draft(Le(c.lhs + 1, c.rhs))


@rule
def induction(_j: Judge, base: Theorem, step: Theorem, t: Sym, lo: Term, hi: Term | None) -> Draft:
    """From phi(lo) and lo <= t, [t + 1 < hi,] phi(t) |- phi(t+1): phi for all lo <= t [< hi].

    ``t`` must be an integer that is free nowhere else.
    """
    b, s, lo = sequent(base), sequent(step), exact(lo)
    if not may_bind(t, "int") or not is_int(lo) or t in free(lo):
        raise refuse(f"induction needs an integer index, got {t} from {lo}.")
    # The hypothesis of a step holds almost surely; at one outcome it could not be passed on.
    _hold_surely("an induction", base, step)
    candidates = [h for h in s.hyps if h.subst({t: t + 1}) == s.concl]
    hypothesis = next((h for h in candidates if h.subst({t: lo}) == b.concl), None)
    known = {Le(lo, t)} | ({Lt(t + 1, hi)} if hi is not None else set())
    if hypothesis is None and t in s.concl.free():
        shifted = s.concl.subst({t: t - 1})
        hypothesis = shifted if shifted.subst({t: lo}) == b.concl else None
    if hypothesis is None:
        raise refuse(f"the step does not lead from the base {b.concl}.", s.concl)
    rest = s.hyps - {hypothesis} - known
    bounds = frozenset() if hi is None else free(sp.sympify(hi))
    if any(t in h.free() for h in rest | s.splits | b.hyps | b.splits) or t in bounds:
        raise refuse(f"{t} is free in another hypothesis: the step is not for every {t}.")
    guards = (Le(lo, t),) if hi is None else (Le(lo, t), Lt(t, hi))
    return Draft(ForAll(t, guards, hypothesis), hyps=b.hyps | rest)


@rule
def rewrite(_j: Judge, thm: Theorem, *equations: Theorem) -> Draft:
    """Replace left sides of proved equations by right sides in the conclusion.

    Equations that rest on a random split are refused: below an expectation they would have to
    hold almost surely.
    """
    concl = sequent(thm).concl
    for equation in equations:
        e = sequent(equation)
        if not isinstance(e.concl, Eq):
            raise refuse(f"{e.concl} is not an equation.")
        if any(h.random() for h in e.splits):
            raise refuse(f"the equation {e.concl} holds in one case only.")
        concl = concl.replace(e.concl.lhs, e.concl.rhs)
    return Draft(concl)


@rule
def known(j: Judge, term: Term, given: Term) -> Draft:
    """A term made of known parts is known."""
    j.defined(term)
    if not j.measurable(term, given):
        raise refuse(f"{term} is not shown to be known given {given}.")
    _hold_surely("what is known", *j.used)
    return Draft(Measurable(term, given))


@rule
def vanishing(_j: Judge, thm: Theorem) -> Draft:
    """From for all c > 0: a <= p(c), p a polynomial in c, c not in a: a <= p(0)."""
    f = sequent(thm).concl
    if not (isinstance(f, ForAll) and isinstance(f.body, Le) and f.var.sort == "real"):
        raise refuse(f"{f} is not a bound for all real c.")
    if f.guards not in ((), (Lt(sp.Integer(0), f.var),)) or f.var in free(f.body.lhs):
        raise refuse(f"{f} must hold for all c > 0 with c on the right only.")
    try:
        parts, den = coefficients(f.body.rhs, lambda g: f.var in free(g))
    except ValueError as error:
        raise refuse(f"{error} of {f.body.rhs}.") from None
    if any(m and (len(m) > 1 or m[0][0] != f.var) for m in parts):
        raise refuse(f"{f.body.rhs} is not a polynomial in {f.var}.")
    return Draft(Le(f.body.lhs, parts.get((), sp.Integer(0)) / den))


@rule
def known_equal(_j: Judge, thm: Theorem, equation: Theorem) -> Draft:
    """From X known given F and Y == X (or X == Y), both almost surely: Y known given F."""
    m, e = sequent(thm).concl, sequent(equation).concl
    if not (isinstance(m, Measurable) and isinstance(e, Eq) and m.term in e.terms()):
        raise refuse(f"{e} does not identify the term of {m}.")
    _hold_surely("what is known", thm, equation)
    return Draft(Measurable(e.lhs if m.term == e.rhs else e.rhs, m.given))
