"""Rules of arithmetic and of finite sums."""

from __future__ import annotations

from fractions import Fraction

from signcheck.export.reader.check import Move, Step, rule

Combination = tuple[tuple[int, Step], ...]


@rule
def identity(m: Move, lhs: int, rhs: int) -> int:
    """Both sides have values, which are equal."""
    m.j.defined(lhs, rhs)
    m.need(m.t.same(lhs, rhs), "the sides differ")
    return m.t.make("Eq", lhs, rhs)


@rule
def sign_fact(m: Move, relation: int) -> int:
    """a <= b or a < b by the form of b - a."""
    m.j.defined(relation)
    m.need(
        m.t.rows[relation][0] in ("Le", "Lt") and m.j.holds(relation), "its form does not say so"
    )
    return relation


@rule
def certificate(m: Move, goal: int, combination: Combination, slack: tuple[int, ...] = ()) -> int:
    """right - left == sum of multiplier * (right - left) + slack; signs; what is strict."""
    kind, left, right = m.t.rows[goal]
    m.need(kind in ("Le", "Lt", "Eq"), "the goal is no relation")
    m.j.defined(left, right, *slack, *(weight for weight, _ in combination))
    strict, total = any(map(m.j.pos, slack)), list(slack)
    for weight, step in combination:
        of, low, high = m.relation(step)
        m.need(not m.t.is_vector(weight), "a multiplier is no number")
        m.need(of == "Eq" or (kind != "Eq" and m.j.nonneg(weight)), "a multiplier may be negative")
        strict = strict or (of == "Lt" and m.j.pos(weight))
        total.append(m.t.make("Mul", weight, m.t.minus(high, low)))
    for term in slack:
        m.need(kind != "Eq" and m.j.nonneg(term), "a slack term may be negative")
    m.need(kind != "Lt" or strict, "nothing in it is strict")
    m.need(m.t.same(m.t.minus(right, left), m.t.make("Add", *total)), "it does not add up")
    return goal


@rule
def function_value(m: Move, term: int) -> None:
    """|x|, sign(x), max, min or an indicator where the sign of its argument is known."""
    kind, left, value = m.t.rows[m.claim]
    m.j.defined(term)
    m.need((kind, left) == ("Eq", term), "it is about another term")
    (op, x, *_), minus = m.t.rows[term], m.t.minus(m.t.zero, m.t.rows[term][1])
    number = m.t.number(value)
    if op == "Abs":
        fine = any(m.t.same(value, y) and m.j.nonneg(y) for y in (x, minus))
    elif op == "sign":
        zero = number == 0 and m.j.nonneg(x) and m.j.nonneg(minus)
        fine = zero or (number == 1 and m.j.pos(x)) or (number == -1 and m.j.pos(minus))
    elif op == "Ind":
        fine = (number == 1 and m.j.nonneg(x)) or (number == 0 and m.j.pos(minus))
    else:
        m.need(op in ("Max", "Min"), "this function has no cases")
        up = 1 if op == "Max" else -1
        gaps = (m.t.minus(value, b) for b in m.t.rows[term][1:])
        fine = value in m.t.rows[term][1:] and all(
            m.j.nonneg(m.t.make("Mul", m.t.num(up), gap)) for gap in gaps
        )
    m.need(fine, "the facts do not settle the case")


@rule
def between(m: Move, term: int) -> int:
    """An indicator is at most 1."""
    m.j.defined(term)
    m.need(m.t.rows[term][0] == "Ind", "this is no indicator")
    return m.t.make("Le", term, m.t.one)


@rule
def min_bound(m: Move, term: int, member: int) -> int:
    """min <= member, member <= max."""
    op, *parts = m.t.rows[term]
    m.need(op in ("Min", "Max") and member in parts, "this is no member")
    m.j.defined(term)
    return m.t.make("Le", *((term, member) if op == "Min" else (member, term)))


@rule
def monotone(m: Move, thm: Step, function: str) -> int:
    """exp, sqrt or log of both sides."""
    kind, *sides = m.relation(thm)
    m.need(function != "sqrt" or m.j.nonneg(sides[0]), "a root of what may be negative")
    m.need(function != "log" or m.j.pos(sides[0]), "a logarithm of what may not be positive")
    m.need(function in ("exp", "sqrt", "log"), "this function is not known")
    half = m.t.num(Fraction(1, 2))
    images = (
        m.t.make("Pow", x, half) if function == "sqrt" else m.t.make(function, x) for x in sides
    )
    return m.t.make(kind, *images)


@rule
def root_power(m: Move, base: int, n: int, sign: int | None = None) -> int:
    """(x**(sign/n))**n == x**sign."""
    sign = m.t.one if sign is None else sign
    m.j.defined(base)
    m.need(m.t.number(sign) in (1, -1) and m.t.is_int(n), "this is no root")
    m.need(m.j.pos(base) and m.j.pos(n), "the base or the order may not be positive")
    inverse = m.t.make("Mul", sign, m.t.make("Pow", n, m.t.num(-1)))
    power = m.t.make("Pow", m.t.make("Pow", base, inverse), n)
    return m.t.make("Eq", power, m.t.make("Pow", base, sign))


@rule
def antisymmetry(m: Move, low: Step, high: Step) -> int:
    """a == b from a <= b and b <= a."""
    (_, a, b), (_, c, d) = m.relation(low, "Le"), m.relation(high, "Le")
    m.need((a, b) == (d, c), "these are not two halves of an equation")
    return m.t.make("Eq", a, b)


@rule
def sum_mono(m: Move, thm: Step) -> int:
    """A relation for all lo <= i < hi between the sums."""
    m.need(not any(map(m.t.is_random, thm.splits)), "a sum covers all cases")
    op, i, body, *guards = m.t.rows[thm.claim]
    kind, *sides = m.t.rows[body]
    m.need(op == "ForAll" and m.t.sort(i) == "int" and kind in ("Le", "Lt", "Eq"), "no relation")
    (one, lo, a), (two, b, hi) = sorted(map(m.t.rows.__getitem__, guards))
    m.need((one, a, two, b) == ("Le", i, "Lt", i), "the guards are no range")
    m.need(i not in m.t.free(lo) | m.t.free(hi), "an end depends on the index")
    sums = (m.t.make("Big", side, i, lo, hi) for side in sides)
    return m.t.make("Eq" if kind == "Eq" else "Le", *sums)


@rule
def sum_linear(m: Move, term: int) -> None:
    """A sum is linear; of 1 it is hi - lo if lo <= hi."""
    kind, left, right = m.t.rows[m.claim]
    m.need((kind, left) == ("Eq", term) and m.t.rows[term][0] == "Big", "it is about another term")
    m.j.defined(term)
    lo, hi = m.t.rows[term][3:]
    ordered = [(lo, hi)] if m.j.nonneg(m.t.minus(hi, lo)) else []
    m.need(m.t.same(left, right, *ordered), "the sums differ")


@rule
def range_step(m: Move, term: int) -> int:
    """The last member of a sum or product apart."""
    op, body, index, lo, hi = m.t.rows[term]
    m.j.defined(term)
    n = m.t.minus(hi, m.t.one)
    m.need(m.t.is_int(lo) and m.j.nonneg(m.t.minus(n, lo)), "the range may be empty")
    shorter, last = m.t.make(op, body, index, lo, n), m.t.put(body, {index: n})
    return m.t.make("Eq", term, m.t.make({"Big": "Add", "Prod": "Mul"}[op], shorter, last))


@rule
def range_empty(m: Move, body: int, index: int, lo: int, kind: str) -> int:
    """The empty sum is 0, the empty product 1."""
    op, value = {"sum": ("Big", m.t.zero), "product": ("Prod", m.t.one)}[kind]
    empty = m.t.make(op, body, index, lo, lo)
    m.j.defined(empty)
    return m.t.make("Eq", empty, value)
