"""Rules on expectations, finite laws and independence."""

from __future__ import annotations

from collections.abc import Callable

from signcheck.export.reader.check import Move, Step, rule, sure
from signcheck.export.reader.judge import Judge

OUTCOMES = 4


@sure
def expect_mono(m: Move, thm: Step, given: int) -> int:
    """E on both sides."""
    kind, left, right = m.relation(thm)
    sides = m.t.make("Ex", left, given), m.t.make("Ex", right, given)
    return m.t.make("Eq" if kind == "Eq" else "Le", *sides)


@sure
def expect_linear(m: Move, term: int) -> None:
    """E[X | F] as a mean over outcomes at which only what is known given F stays what it is."""
    kind, left, right = m.t.rows[m.claim]
    op, body, given = m.t.rows[term]
    m.need((kind, left, op) == ("Eq", term, "Ex"), "it is about another term")
    m.j.defined(body)
    m.need(m.j.measurable(right, given), "what stands outside of E is not known")
    mean = _mean(m.j, given)
    left, right = (_spread(m.j, x, given, mean) for x in (mean(body), right))
    m.need(m.t.same(left, right), "the sides differ")


def _mean(j: Judge, given: int) -> Callable[[int], int]:
    t = j.t
    weights = [t.make("pt", f"weight {k}") for k in range(OUTCOMES - 1)]
    weights.append(t.minus(t.one, t.make("Add", *weights)))

    def mean(body: int) -> int:
        at = (_outcome(j, body, given, k) for k in range(OUTCOMES))
        return t.make("Add", *(t.make("Mul", w, x) for w, x in zip(weights, at, strict=True)))

    return mean


def _outcome(j: Judge, x: int, given: int, k: int) -> int:
    """X at one outcome."""
    op, *parts = j.t.rows[x]
    if j.measurable(x, given):
        return x
    if op in ("Add", "Mul"):
        return j.t.make(op, *(_outcome(j, p, given, k) for p in parts))
    power = j.t.number(parts[1]) if op == "Pow" else None
    if power is not None and power.denominator == 1:
        return j.t.make(op, _outcome(j, parts[0], given, k), parts[1])
    if op == "Big" and not any(map(j.t.is_random, parts[2:])):
        return j.t.make(op, _outcome(j.ranging(*parts[1:]), parts[0], given, k), *parts[1:])
    return j.t.make("pt", f"outcome {k}", x)


def _spread(j: Judge, x: int, given: int, mean: Callable[[int], int]) -> int:
    """A term with E[Y | F] as the mean of Y."""
    op, *parts = j.t.rows[x]
    if op == "Ex" and parts[1] == given:
        return mean(parts[0])
    if op in ("Add", "Mul", "Pow"):
        return j.t.make(op, *(_spread(j, p, given, mean) for p in parts))
    if op == "Big" and parts[1] not in j.t.free(given):
        inner = j.ranging(*parts[1:])
        return j.t.make(op, _spread(inner, parts[0], given, _mean(inner, given)), *parts[1:])
    return x


@rule
def tower(m: Move, term: int) -> int:
    """E[E[X | F] | G] = E[X | G] for G that knows less."""
    op, inside, outer = m.t.rows[term]
    again, body, inner = m.t.rows[inside]
    m.need((op, again) == ("Ex", "Ex"), "this is no expectation of one")
    if outer not in (m.t.trivial, inner):
        (one, s), (two, t) = m.t.rows[outer], m.t.rows[inner]
        m.need((one, two) == ("Past", "Past") and m.j.nonneg(m.t.minus(t, s)), "G may know more")
    return m.t.make("Eq", term, m.t.make("Ex", body, outer))


@sure
def expect_equal(m: Move, lhs: int, rhs: int) -> int:
    """E of two terms with equal values."""
    (a, x, f), (b, y, g) = m.t.rows[lhs], m.t.rows[rhs]
    m.need((a, b) == ("Ex", "Ex") and f == g, "other sigma-algebras")
    m.j.defined(x, y)
    m.need(m.t.same(x, y), "the terms differ")
    return m.t.make("Eq", lhs, rhs)


def split_law(m: Move, formula: int) -> tuple[int, int, list[tuple[int, int]]]:
    """A law as (variable, sigma-algebra, [(value, probability)])."""
    op, term, given, *rest = m.t.rows[formula]
    m.need(op == "Law" and len(rest) % 2 == 0, "this is no law")
    half = len(rest) // 2
    return term, given, list(zip(rest[:half], rest[half:], strict=True))


def is_law(m: Move, formula: int, judge: Judge) -> None:
    """Probabilities are not negative, sum to one, and everything is known."""
    _, given, atoms = split_law(m, formula)
    judge.defined(formula)
    for value, p in atoms:
        m.need(judge.nonneg(p), "a probability may be negative")
        m.need(all(judge.measurable(x, given) for x in (value, p)), "the law is not known")
    m.need(m.t.same(m.t.make("Add", *(p for _, p in atoms)), m.t.one), "probabilities sum to one")


@rule
def law(m: Move, hypothesis: int) -> int:
    """{Law} |- Law."""
    is_law(m, hypothesis, m.j)
    m.hyps = frozenset((m.settle(hypothesis),))
    return hypothesis


STOP = ("Big", "Prod", "Ex")


@sure
def expect_finite(m: Move, thm: Step, term: int) -> int:
    """E[g(Y) | F] = sum of p g(v)."""
    variable, given, atoms = split_law(m, thm.claim)
    op, body, sigma = m.t.rows[term]
    m.need(op == "Ex" and sigma == given, "another sigma-algebra")
    parts = []
    for value, p in atoms:
        g = m.t.swap(body, variable, value, stop=STOP)
        m.j.defined(g)
        m.need(m.j.measurable(g, given) and m.j.measurable(p, given), "it depends on more")
        parts.append(m.t.make("Mul", p, g))
    return m.t.make("Eq", term, m.t.make("Add", *parts))


@rule
def law_support(m: Move, thm: Step, polynomial: int) -> int:
    """What vanishes at every value of a law vanishes."""
    variable, _, atoms = split_law(m, thm.claim)
    m.j.defined(polynomial)
    for value, _ in atoms:
        zero = m.t.swap(polynomial, variable, value, stop=STOP)
        m.j.defined(zero)
        m.need(m.t.same(zero, m.t.zero), "it does not vanish at a value")
    return m.t.make("Eq", polynomial, m.t.zero)


def _alone(m: Move, judge: Judge, body: int, member: int, given: int) -> None:
    """Apart from one member everything in a term is known."""
    probe = m.t.swap(body, member, m.t.fresh(m.t.sym("probe", "real")), stop=STOP)
    m.need(judge.measurable(probe, given), "it depends on more than one member")


@sure
def expect_product(m: Move, thm: Step, body: int, upper: int) -> int:
    """E of a product over independent members is the product of E."""
    op, member, index, count, given = m.t.rows[thm.claim]
    m.need(op == "Independent" and index not in m.t.free(given), "nothing is independent")
    m.need(m.j.nonneg(upper) and m.j.nonneg(m.t.minus(count, upper)), "the range is too long")
    inside = m.j.ranging(index, m.t.zero, upper)
    inside.defined(body)
    _alone(m, inside, body, member, given)
    left = m.t.make("Ex", m.t.make("Prod", body, index, m.t.zero, upper), given)
    right = m.t.make("Prod", m.t.make("Ex", body, given), index, m.t.zero, upper)
    return m.t.make("Eq", left, right)


@sure
def expect_pair(m: Move, thm: Step, first: int, second: int, k: int, n: int) -> int:
    """E[g(Y_k) h(Y_n)] = E g(Y_k) E h(Y_n) for 0 <= k < n < count."""
    op, member, index, count, given = m.t.rows[thm.claim]
    m.need(op == "Independent", "nothing is independent")
    chain = (m.t.make("Le", m.t.zero, k), m.t.make("Lt", k, n), m.t.make("Lt", n, count))
    m.need(all(map(m.j.holds, chain)), "0 <= k < n < count is not shown")
    for part, place in ((first, k), (second, n)):
        m.j.defined(part)
        _alone(m, m.j, part, m.t.put(member, {index: place}), given)
    left = m.t.make("Ex", m.t.make("Mul", first, second), given)
    parts = m.t.make("Ex", first, given), m.t.make("Ex", second, given)
    return m.t.make("Eq", left, m.t.make("Mul", *parts))


@rule
def constant_product(m: Move, thm: Step) -> int:
    """A product of n factors c is c**n."""
    op, i, body, *guards = m.t.rows[thm.claim]
    m.need(op == "ForAll" and m.t.rows[body][0] == "Eq" and len(guards) == 2, "no equation")
    (_, a, c), (low, high) = m.t.rows[body], map(m.t.rows.__getitem__, guards)
    m.need(low == ("Le", m.t.zero, i) and high[:2] == ("Lt", i), "the guards are no range")
    m.need(i not in m.t.free(c) | m.t.free(high[2]), "the factor depends on the index")
    m.need(m.j.pos(c) and m.j.pos(high[2]), "the factor or the length may not be positive")
    product = m.t.make("Prod", a, i, m.t.zero, high[2])
    return m.t.make("Eq", product, m.t.make("Pow", c, high[2]))


@rule
def hoeffding(m: Move, start: Step, step: Step, square: Step, fair: Step, adapted: Step,
              walk: int, increment: int, n: int, tail: int) -> int:  # fmt: skip
    """The axiom: P(S(n) >= m) <= exp(-m**2/(2 n)) for a fair walk of +-1."""
    t, make = m.t.sym("t", "int"), m.t.make
    two, later = m.t.num(2), make("Add", t, m.t.one)
    at = {name: make("Ap", walk, x) for name, x in (("0", m.t.zero), ("t", t), ("later", later))}
    xi = make("Ap", increment, t)
    wanted = [
        make("Eq", at["later"], make("Add", at["t"], xi)),
        make("Eq", make("Pow", xi, two), m.t.one),
        make("Eq", make("Ex", xi, make("Past", t)), m.t.zero),
        make("Measurable", at["t"], make("Past", t)),
    ]
    formulas = [make("Eq", at["0"], m.t.zero)]
    formulas += [make("ForAll", t, w, make("Le", m.t.zero, t)) for w in wanted]
    for thm, formula in zip((start, step, square, fair, adapted), formulas, strict=True):
        m.need(m.t.equal(thm.claim, formula) and not thm.splits, "this is no fair walk")
    m.j.defined(tail)
    fine = m.t.is_int(n) and m.j.nonneg(m.t.minus(n, m.t.one)) and m.j.nonneg(tail)
    m.need(fine and not m.t.is_random(tail), "n >= 1 and m >= 0 is not shown")
    m.axiom = "Hoeffding"
    half = make("Mul", make("Pow", make("Mul", two, n), m.t.num(-1)), m.t.num(-1))
    bound = make("exp", make("Mul", half, make("Pow", tail, two)))
    end = m.t.minus(make("Ap", walk, n), tail)
    return make("Le", make("Ex", make("Ind", end), m.t.trivial), bound)
