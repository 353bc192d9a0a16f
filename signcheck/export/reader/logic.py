"""Rules of logic: hypotheses, quantifiers, cases, induction, definitions by recursion."""

from __future__ import annotations

from typing import Any

from signcheck.export.reader.check import Move, Step, rule, sure
from signcheck.export.reader.judge import FIXED, fits

TWINS = {"real": "random", "vector": "rvector"}


@rule
def assume(m: Move, formula: int) -> int:
    """{phi} |- phi."""
    m.j.defined(formula)
    m.hyps = frozenset((m.settle(formula),))
    return formula


@rule
def suppose(m: Move, relation: int) -> int:
    """phi at the outcome considered."""
    m.need(m.t.rows[relation][0] in ("Le", "Lt"), "only <= and < are cases")
    m.j.defined(relation)
    m.splits = frozenset((m.settle(relation),))
    return relation


@rule
def cut(m: Move, thm: Step, *lemmas: Step) -> int:
    """Discharge hypotheses and cases that lemmas prove."""
    proved = frozenset(m.settle(x.claim) for x in lemmas)
    m.need(proved <= thm.hyps | thm.splits, "a lemma proves no hypothesis")
    if proved & thm.hyps:
        m.surely(*lemmas)
    m.hyps = (thm.hyps - proved).union(*(x.hyps for x in lemmas))
    m.splits = (thm.splits - proved).union(*(x.splits for x in lemmas))
    return thm.claim


def _value(m: Move, value: Any) -> None:
    """What replaces a symbol has a value, the body of a family at all indices."""
    indices, body = value if isinstance(value, tuple) else ((), value)
    m.j.without(*indices).defined(body)


@rule
def specialise(m: Move, thm: Step, mapping: dict[int, Any]) -> int:
    """Replace free symbols everywhere."""
    m.need(all(fact.sure for fact in m.j.facts), "a replacement rests on one case")
    for symbol, value in mapping.items():
        m.need(fits(m.t, symbol, value), "a replacement has another sort")
        _value(m, value)
    m.hyps = frozenset(m.settle(m.t.put(h, mapping)) for h in thm.hyps)
    m.splits = frozenset(m.settle(m.t.put(h, mapping)) for h in thm.splits)
    return m.t.put(thm.claim, mapping)


@rule
def generalise(m: Move, thm: Step, var: int, *guards: int) -> int:
    """For all var with guards, if var is free in no other hypothesis."""
    known = frozenset(map(m.settle, guards))
    m.need(m.t.sort(var).removeprefix("fam:") not in ("random", "rvector", ""), "not for chance")
    m.need(m.t.rows[var][1] not in FIXED, "this symbol is a constant")
    m.need(not any(map(m.t.is_random, guards)), "a guard may not depend on chance")
    m.j.without(var).defined(*(known - thm.hyps))
    m.hyps = thm.hyps - known
    m.need(all(var not in m.t.free(h) for h in m.hyps | thm.splits), "the variable is not free")
    return m.t.make("ForAll", var, thm.claim, *guards)


@rule
def instantiate(m: Move, thm: Step, *values: Any) -> int:
    """A for-all at values; a random one where nothing speaks of chance."""
    claim, every = thm.claim, (thm.claim, *thm.hyps, *thm.splits)
    apart = ("Ex", "Past", "Measurable", "Law", "Independent", "Attained", "Lipschitz", "GapAtMost")
    pointwise = not any(m.t.is_random(f) or m.t.has(f, apart) for f in every)
    for value in values:
        op, *parts = m.t.rows[claim]
        m.need(op == "ForAll", "the premise is no for-all")
        var, sort = parts[0], m.t.sort(parts[0])
        twin = m.t.sym(m.t.rows[var][1], TWINS.get(sort, sort)) if pointwise else var
        m.need(fits(m.t, twin, value), "a value has another sort")
        if not pointwise:
            m.j = m.j.surely()
        _value(m, value)
        for guard in parts[2:]:
            m.need(m.j.holds(m.t.put(guard, {var: value})), "a guard is not shown")
        claim = m.t.put(parts[1], {var: value})
    return claim


@rule
def cases(m: Move, low: Step, high: Step, split: int, other: int) -> int:
    """The same from a <= b and from b < a."""
    (one, a, b), (two, c, d) = m.t.rows[split], m.t.rows[other]
    m.need({one, two} == {"Le", "Lt"} and (a, b) == (d, c), "these are not all cases")
    m.need(m.t.equal(low.claim, high.claim), "the cases prove different things")
    m.splits = (low.splits - {m.settle(split)}) | (high.splits - {m.settle(other)})
    return low.claim


@rule
def absurd(m: Move, thm: Step, goal: int) -> int:
    """Anything from a false relation between numbers."""
    kind, *sides = m.relation(thm, "Le", "Lt")
    low, high = map(m.t.number, sides)
    m.need(low is not None and high is not None, "the premise is not about numbers")
    m.need(low > high if kind == "Le" else low >= high, "the premise is true")  # type: ignore[operator]
    return goal


@rule
def integer_gap(m: Move, thm: Step) -> int:
    """m + 1 <= n from m < n."""
    _, low, high = m.relation(thm, "Lt")
    m.need(m.t.is_int(low) and m.t.is_int(high), "these are no integers")
    return m.t.make("Le", m.t.make("Add", low, m.t.one), high)


@rule
def induction(m: Move, base: Step, step: Step, t: int, lo: int, hi: int | None) -> int:
    """phi(lo), and phi(t + 1) from lo <= t, [t + 1 < hi,] phi(t)."""
    m.surely(base, step)
    m.need(m.t.sort(t) == "int" and m.t.is_int(lo), "induction is over integers")
    after = m.t.make("Add", t, m.t.one)
    known = {m.settle(m.t.make("Le", lo, t))}
    ends = m.t.free(lo) | (m.t.free(hi) if hi is not None else frozenset())
    if hi is not None:
        known |= {m.settle(m.t.make("Lt", after, hi))}
    hypothesis = m.t.rows[m.claim][2]
    m.need(m.t.equal(m.t.put(hypothesis, {t: after}), step.claim), "the step leads elsewhere")
    m.need(m.t.equal(m.t.put(hypothesis, {t: lo}), base.claim), "the base is another statement")
    rest = step.hyps - {m.settle(hypothesis)} - known
    every = rest | step.splits | base.hyps | base.splits
    m.need(t not in ends and all(t not in m.t.free(h) for h in every), "the step is for one t only")
    m.hyps = base.hyps | rest
    guards = [m.t.make("Le", lo, t)] + ([] if hi is None else [m.t.make("Lt", t, hi)])
    return m.t.make("ForAll", t, hypothesis, *guards)


@rule
def rewrite(m: Move, thm: Step, *equations: Step) -> int:
    """Replace left sides of equations by right sides."""
    m.surely(*equations)
    claim = thm.claim
    for equation in equations:
        claim = m.t.swap(claim, *m.relation(equation, "Eq")[1:])
    return claim


@sure
def known(m: Move, term: int, given: int) -> int:
    """What is made of known parts is known."""
    m.j.defined(term)
    m.need(m.j.measurable(term, given), "it is not shown to be known")
    return m.t.make("Measurable", term, given)


@sure
def known_equal(m: Move, thm: Step, equation: Step) -> int:
    """Y is known if X is and X == Y."""
    op, term, given = m.t.rows[thm.claim]
    _, *sides = m.relation(equation, "Eq")
    m.need(op == "Measurable" and term in sides, "the equation is about something else")
    return m.t.make("Measurable", sides[sides[0] == term], given)


@rule
def known_later(m: Move, thm: Step, later: int) -> int:
    """What is known given past s is known given past t, s <= t."""
    op, term, given = m.t.rows[thm.claim]
    (one, s), (two, t) = m.t.rows[given], m.t.rows[later]
    m.need((op, one, two) == ("Measurable", "Past", "Past"), "this is about no past")
    m.need(m.j.nonneg(m.t.minus(t, s)), "the other past may come before")
    return m.t.make("Measurable", term, later)


@rule
def recursion(m: Move, thm: Step, head: int, start: int, step: int) -> int:
    """Drop D(0, ..) == a and D(t+1, ..) == r(D(t, ..)): such a sequence exists."""
    op, t, body, *guards = m.t.rows[step]
    zero = m.t.make("Le", m.t.zero, t)
    m.need(op == "ForAll" and m.t.sort(t) == "int" and guards == [zero], "not for all t >= 0")
    outer, first = _inside(m, start)
    inner, then = _inside(m, body)
    m.need(outer == inner and all(m.t.sort(v) == "int" for v, _ in outer), "other indices")
    indices = [v for v, _ in outer]
    here = m.t.make("Ap", head, t, *indices)
    left = m.t.make("Ap", head, m.t.zero, *indices), m.t.put(here, {t: m.t.make("Add", t, m.t.one)})
    m.need((first[1], then[1]) == left and t not in indices, "it defines something else")
    rest = m.t.swap(then[2], here, m.t.fresh(m.t.sym("unknown", "real")))
    used = frozenset[int]().union(
        *map(m.t.free, (first[2], rest, *(g for _, x in outer for g in x)))
    )
    m.hyps = thm.hyps - {m.settle(start), m.settle(step)}
    others = used.union(*map(m.t.free, (*m.hyps, *thm.splits, thm.claim)))
    m.need(head not in others, "the family occurs elsewhere")
    chance = m.t.is_random(first[2]) or m.t.is_random(then[2])
    sort = m.t.sort(head).removeprefix("fam:")
    m.need(sort in ("random", "rvector") or (sort in ("real", "vector") and not chance), "chance")
    return thm.claim


def _inside(m: Move, formula: int) -> tuple[list[tuple[int, tuple[int, ...]]], tuple[Any, ...]]:
    """The equation below for-alls, with their variables and guards."""
    indices = []
    while m.t.rows[formula][0] == "ForAll":
        _, var, body, *guards = m.t.rows[formula]
        indices.append((var, tuple(guards)))
        formula = body
    m.need(m.t.rows[formula][0] == "Eq", "this is no equation")
    return indices, m.t.rows[formula]


@rule
def vanishing(m: Move, thm: Step) -> int:
    """a <= p(0) from a <= p(c) for all c > 0, p a polynomial."""
    op, c, body, *guards = m.t.rows[thm.claim]
    m.need(op == "ForAll" and m.t.sort(c) == "real" and m.t.rows[body][0] == "Le", "no bound")
    m.need(set(guards) <= {m.t.make("Lt", m.t.zero, c)}, "it does not hold for all c > 0")
    low, high = m.t.rows[body][1:]
    m.need(c not in m.t.free(low) and degree(m, high, c) is not None, "this is no polynomial")
    return m.t.make("Le", low, m.t.put(high, {c: m.t.zero}))


def degree(m: Move, term: int, s: int) -> int | None:
    """A bound of the degree of a polynomial in s; None if the form shows none."""
    op, *parts = m.t.rows[term]
    if s not in m.t.free(term):
        return 0
    if term == s:
        return 1
    inside = [degree(m, p, s) for p in parts[: 1 if op == "Pow" else None]] if op in (
        "Add", "Mul", "Pow") else [None]  # fmt: skip
    if None in inside:
        return None
    found = [d for d in inside if d is not None]
    if op == "Pow":
        n = m.t.number(parts[1])
        return found[0] * int(n) if n is not None and n.denominator == 1 and n > 0 else None
    return max(found) if op == "Add" else sum(found)


@rule
def floor(m: Move, thm: Step, n: int, x: int) -> int:
    """Drop n <= x and x < n + 1 for an integer n that is free nowhere else."""
    m.need(m.t.sort(n) == "int" and m.t.rows[n][1] not in FIXED, "this is no integer of its own")
    m.need(not m.t.is_vector(x) and not m.t.is_random(x) and n not in m.t.free(x), "no number")
    m.j.defined(x)
    ends = m.t.make("Le", n, x), m.t.make("Lt", x, m.t.make("Add", n, m.t.one))
    m.hyps = thm.hyps - set(map(m.settle, ends))
    others = (*m.hyps, *thm.splits, thm.claim)
    m.need(not any(n in m.t.free(f) for f in others), "the integer is free elsewhere")
    return thm.claim
