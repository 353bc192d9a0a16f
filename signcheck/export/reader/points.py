"""Rules on points of R^d: coordinates, inner products, norms, segments; points as matrices."""

from __future__ import annotations

from fractions import Fraction

from signcheck.export.reader.check import Move, Step, rule
from signcheck.export.reader.logic import degree


@rule
def coordinate(m: Move, term: int) -> None:
    """A coordinate or entry is linear; of a coordinatewise sign it is the sign."""
    _linear(m, term, ("Co", "En"))


@rule
def inner_linear(m: Move, term: int) -> None:
    """An inner product is linear on both sides."""
    _linear(m, term, ("Inner",))


def _linear(m: Move, term: int, ops: tuple[str, ...]) -> None:
    kind, left, right = m.t.rows[m.claim]
    m.need((kind, left) == ("Eq", term) and m.t.rows[term][0] in ops, "it is about another term")
    m.j.defined(term)
    m.need(m.t.same(left, right), "the sides differ")


@rule
def by_coordinates(m: Move, term: int) -> int:
    """<u, v> and |u|_1 as sums over coordinates."""
    m.j.defined(term)
    i, d = m.t.sym("i", "int"), m.t.sym("d", "int")
    op, *points = m.t.rows[term]
    m.need(op in ("Inner", "N1") and i not in m.t.free(term), "this has no such sum")
    parts = [m.t.make("Co", u, i) for u in points]
    body = m.t.make("Mul", *parts) if op == "Inner" else m.t.make("Abs", *parts)
    return m.t.make("Eq", term, m.t.make("Big", body, i, m.t.zero, d))


@rule
def coordinate_below_norm(m: Move, u: int) -> int:
    """|u_i| <= |u|_oo for all i < d."""
    m.j.defined(u)
    i, d = m.t.sym("i", "int"), m.t.sym("d", "int")
    m.need(i not in m.t.free(u), "the index is taken")
    body = m.t.make("Le", m.t.make("Abs", m.t.make("Co", u, i)), m.t.make("Noo", u))
    guards = m.t.make("Le", m.t.zero, i), m.t.make("Lt", i, d)
    return m.t.make("ForAll", i, body, *guards)


@rule
def norm_from_coordinates(m: Move, thm: Step) -> int:
    """|u|_oo <= c if |u_i| <= c for all i < d and 0 <= c."""
    op, i, body, *guards = m.t.rows[thm.claim]
    kind, left, c = m.t.rows[body]
    m.need((op, kind, m.t.rows[left][0]) == ("ForAll", "Le", "Abs"), "this bounds no coordinates")
    co = m.t.rows[m.t.rows[left][1]]
    m.need(co[0] == "Co" and co[2] == i and i not in m.t.free(co[1]) | m.t.free(c), "other indices")
    all_of = {m.t.make("Le", m.t.zero, i), m.t.make("Lt", i, m.t.sym("d", "int"))}
    m.need(set(guards) <= all_of and m.j.nonneg(c), "not all coordinates, or a negative bound")
    return m.t.make("Le", m.t.make("Noo", co[1]), c)


@rule
def segment(m: Move, thm: Step, f: int, x: int, y: int) -> int:
    """f(y) - f(x) against the integral of a bound of degree <= 5 in s (Boole's rule is exact)."""
    op, s, body, *guards = m.t.rows[thm.claim]
    m.need(op == "ForAll" and m.t.sort(s) == "real" and m.t.rows[body][0] == "Le", "no bound")
    head = m.t.rows[f][1] if m.t.rows[f][0] == "Ap" else f
    m.need(m.t.sort(head).removeprefix("fam:") == "function", "this is no function")
    m.need(s not in m.t.free(f), "the function depends on s")
    unit = {m.t.make("Le", m.t.zero, s), m.t.make("Le", s, m.t.one)}
    m.need(set(guards) <= unit and s not in m.t.free(x) | m.t.free(y), "not for all s in [0, 1]")
    step = m.t.minus(y, x)
    point = m.t.make("Add", x, m.t.make("Mul", s, step))
    slope = m.t.make("Inner", m.t.make("Grad", f, point), step)
    sides = m.t.rows[body][1:]
    upper = m.t.same(sides[0], slope)
    m.need(upper or m.t.same(sides[1], slope), "this does not bound the slope")
    bound = sides[1] if upper else sides[0]
    m.j.defined(bound, x, y)
    power = degree(m, bound, s)
    m.need(power is not None and power <= 5, "this is no polynomial of degree <= 5")
    nodes = zip((7, 32, 12, 32, 7), range(5), strict=True)
    values = ((w, m.t.put(bound, {s: m.t.num(Fraction(k, 4))})) for w, k in nodes)
    parts = (m.t.make("Mul", m.t.num(Fraction(w, 90)), v) for w, v in values)
    integral = m.t.make("Add", *parts)
    gain = m.t.minus(m.t.make("Val", f, y), m.t.make("Val", f, x))
    return m.t.make("Le", *((gain, integral) if upper else (integral, gain)))


def _entry(m: Move, *points: int) -> tuple[int, int, int, int]:
    """Indices i, j and the numbers of rows and columns; the points mention neither index."""
    i, j, rows, columns = (m.t.sym(n, "int") for n in ("i", "j", "rows", "columns"))
    m.j.defined(*points)
    m.need(not any(m.t.free(u) & {i, j} for u in points), "an index is taken")
    return i, j, rows, columns


@rule
def by_entries(m: Move, u: int, v: int) -> int:
    """<u, v> as a sum over entries."""
    i, j, rows, columns = _entry(m, u, v)
    body = m.t.make("Mul", *(m.t.make("En", x, i, j) for x in (u, v)))
    row = m.t.make("Big", body, j, m.t.zero, columns)
    return m.t.make("Eq", m.t.make("Inner", u, v), m.t.make("Big", row, i, m.t.zero, rows))


@rule
def row_below_norm(m: Move, u: int) -> int:
    """The squares of a row sum to at most |u|_op**2."""
    i, j, rows, columns = _entry(m, u)
    square = m.t.make("Pow", m.t.make("En", u, i, j), m.t.num(2))
    row = m.t.make("Big", square, j, m.t.zero, columns)
    bound = m.t.make("Le", row, m.t.make("Pow", m.t.make("Op", u), m.t.num(2)))
    guards = m.t.make("Le", m.t.zero, i), m.t.make("Lt", i, rows)
    return m.t.make("ForAll", i, bound, *guards)


@rule
def spectral_scale(m: Move, c: int, u: int) -> int:
    """|c u|_op == |c| |u|_op."""
    scaled = m.t.make("Mul", c, u)
    m.j.defined(scaled)
    m.need(not m.t.is_vector(c), "this is no number")
    sizes = m.t.make("Abs", c), m.t.make("Op", u)
    return m.t.make("Eq", m.t.make("Op", scaled), m.t.make("Mul", *sizes))


@rule
def trace_duality(m: Move, u: int, v: int) -> int:
    """The axiom: <u, v> <= |u|_* |v|_op."""
    m.j.defined(u, v)
    m.axiom = "trace duality"
    sizes = m.t.make("Nuc", u), m.t.make("Op", v)
    return m.t.make("Le", m.t.make("Inner", u, v), m.t.make("Mul", *sizes))


@rule
def polar_pairing(m: Move, u: int) -> int:
    """The axiom: <u, polar u> == |u|_*."""
    m.j.defined(u)
    m.axiom = "trace duality"
    return m.t.make("Eq", m.t.make("Inner", u, m.t.make("Pol", u)), m.t.make("Nuc", u))


@rule
def polar_size(m: Move, u: int) -> int:
    """The axiom: |polar u|_op <= 1."""
    m.j.defined(u)
    m.axiom = "trace duality"
    return m.t.make("Le", m.t.make("Op", m.t.make("Pol", u)), m.t.one)
