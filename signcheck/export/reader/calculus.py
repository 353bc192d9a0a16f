"""Rules on derivatives, exp, pi and the normal law."""

from __future__ import annotations

from fractions import Fraction

from signcheck.export.reader.check import Move, Step, rule
from signcheck.export.reader.judge import Fact


def slope(m: Move, x: int, z: int) -> int:
    """The derivative of a term in a symbol, by the rules of calculus."""
    t, make = m.t, m.t.make
    op, *parts = t.rows[x]
    if x == z or z not in t.free(x):
        return t.one if x == z else t.zero
    if op == "Add":
        return make("Add", *(slope(m, p, z) for p in parts))
    if op == "Mul":
        ways = ((slope(m, p, z), *parts[:k], *parts[k + 1 :]) for k, p in enumerate(parts))
        return make("Add", *(make("Mul", *way) for way in ways))
    m.need(op in ("Pow", "exp", "log", "erf"), "this is not differentiated")
    inside, minus = slope(m, parts[0], z), t.num(-1)
    if op == "Pow":
        m.need(z not in t.free(parts[1]), "an exponent moves")
        lower = make("Pow", parts[0], make("Add", parts[1], minus))
        return make("Mul", parts[1], lower, inside)
    if op == "exp":
        return make("Mul", x, inside)
    if op == "log":
        return make("Mul", make("Pow", parts[0], minus), inside)
    bell = make("exp", make("Mul", minus, make("Pow", parts[0], t.num(2))))
    root = make("Pow", make("const", "pi"), t.num(Fraction(-1, 2)))
    return make("Mul", t.num(2), root, bell, inside)


@rule
def increasing(m: Move, thm: Step, function: int) -> int:
    """F(0) <= F(z) for all z >= 0, from 0 <= F'(z) for all z >= 0."""
    op, z, body, *guards = m.t.rows[thm.claim]
    m.need(op == "ForAll" and m.t.sort(z) == "real", "no statement for all numbers")
    kind, low, rate = m.t.rows[body]
    fine = kind == "Le" and low == m.t.zero and guards == [m.t.make("Le", m.t.zero, z)]
    m.need(fine and not m.t.is_random(function), "no derivative that is not negative")
    derivative, inside = slope(m, function, z), m.j.without(z)
    inside.facts.append(Fact(guards[0], sure=True))
    inside.defined(function, derivative)
    m.need(m.t.same(derivative, rate), "this is not the derivative")
    start = m.t.put(function, {z: m.t.zero})
    return m.t.make("ForAll", z, m.t.make("Le", start, function), guards[0])


@rule
def exp_law(m: Move, term: int) -> int:
    """exp of a sum over a range, a whole power or a product of exps, log of a whole power."""
    make, (op, *parts) = m.t.make, m.t.rows[term]
    m.j.defined(term)
    inner = m.t.rows[parts[0]]
    if op == "exp" and inner[0] == "Big":
        return make("Eq", term, make("Prod", make("exp", inner[1]), *inner[2:]))
    if op == "Pow":
        m.need(inner[0] == "exp" and m.t.is_int(parts[1]), "this is no whole power of exp")
        return make("Eq", term, make("exp", make("Mul", parts[1], inner[1])))
    if op == "log":
        fine = inner[0] == "Pow" and m.t.is_int(inner[2]) and m.j.pos(inner[1])
        m.need(fine, "this is no log of a whole power")
        return make("Eq", term, make("Mul", inner[2], make("log", inner[1])))
    rows = [m.t.rows[p] for p in parts]
    m.need(op == "Mul" and all(r[0] == "exp" for r in rows), "this is no product of exps")
    return make("Eq", term, make("exp", make("Add", *(r[1] for r in rows))))


@rule
def pi_bound(m: Move, above: bool) -> int:
    """333/106 < pi < 355/113."""
    pi, ends = m.t.make("const", "pi"), (Fraction(333, 106), Fraction(355, 113))
    low, high = map(m.t.num, ends)
    return m.t.make("Lt", pi, high) if above else m.t.make("Lt", low, pi)


def normal(m: Move, term: int, given: int, mean: int, variance: int) -> int:
    """E[exp(c X) | F] == exp(c mean + c**2 variance/2) for all c."""
    make, c = m.t.make, m.t.fresh(m.t.sym("c", "real"))
    left = make("Ex", make("exp", make("Mul", c, term)), given)
    bend = make("Mul", make("Pow", c, m.t.num(2)), variance, m.t.num(Fraction(1, 2)))
    right = make("exp", make("Add", make("Mul", c, mean), bend))
    return make("ForAll", c, make("Eq", left, right))


@rule
def folded_normal(m: Move, thm: Step, term: int, z: int, scale: int) -> int:
    """The axiom: E|X| of a normal X with mean scale z and variance scale**2."""
    t, make, two = m.t, m.t.make, m.t.num(2)
    law = normal(m, term, t.trivial, make("Mul", scale, z), make("Pow", scale, two))
    m.need(t.equal(thm.claim, law) and not thm.splits, "this is not the normal law")
    m.j.defined(z)
    m.need(m.j.pos(scale) and not t.is_random(scale) and not t.is_random(z), "no positive scale")
    m.axiom = "folded normal"
    half = t.num(Fraction(1, 2))
    inner = make("erf", make("Mul", z, make("Pow", two, make("Mul", t.num(-1), half))))
    bell = make("exp", make("Mul", t.num(-1), half, make("Pow", z, two)))
    floor = make("Pow", make("Mul", two, make("Pow", make("const", "pi"), t.num(-1))), half)
    size = make("Mul", scale, make("Add", make("Mul", z, inner), make("Mul", floor, bell)))
    return make("Eq", make("Ex", make("Abs", term), t.trivial), size)
