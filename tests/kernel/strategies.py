"""Random terms that can be evaluated without sympy, to compare with what sympy makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import sympy as sp
from hypothesis import reject
from hypothesis import strategies as st

from signcheck import kernel as k

x, y, z, w = (k.Sym(name) for name in "xyzw")
SYMBOLS = (x, y, z, w)
LEAVES = st.sampled_from([*SYMBOLS, *map(sp.Rational, (0, 1, 2, -1, -3, Fraction(1, 2)))])
Value = Fraction | sp.Expr


class UndefinedError(Exception):
    """The term has no value at this point."""


@dataclass(frozen=True)
class Tree:
    """A term as it was written down, before sympy looked at it."""

    name: str
    parts: tuple[Tree | sp.Expr | int, ...]

    def term(self) -> sp.Expr:
        """What the kernel gets to see.

        Raises
        ------
        UndefinedError
            If a number is divided by the number zero.
        """
        args = [p.term() if isinstance(p, Tree) else p for p in self.parts]
        if self.name == "pow" and args[0] == 0 and args[1] < 0:
            raise UndefinedError
        return BUILD[self.name](*args)

    def value(self, point: dict[sp.Expr, Fraction]) -> Fraction:
        """The value at a point in exact rationals.

        Raises
        ------
        UndefinedError
            If something is divided by zero.
        """
        args = [
            p.value(point)
            if isinstance(p, Tree)
            else point.get(p, p if isinstance(p, int) else Fraction(*_pair(p, point)))
            for p in self.parts
        ]
        return EVALUATE[self.name](*args)


def _pair(leaf: sp.Expr, point: dict[sp.Expr, Fraction]) -> tuple[int, int]:
    if leaf in point:
        return point[leaf].numerator, point[leaf].denominator
    return int(leaf.p), int(leaf.q)


def _power(base: Fraction, exponent: int) -> Fraction:
    if base == 0 and exponent < 0:
        raise UndefinedError
    return Fraction(1) if exponent == 0 else base**exponent


def _sign(value: Fraction) -> Fraction:
    return Fraction((value > 0) - (value < 0))


BUILD = {
    "leaf": lambda a: a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "pow": lambda a, n: a**n,
    "abs": sp.Abs,
    "sign": sp.sign,
    "max": sp.Max,
    "min": sp.Min,
}
EVALUATE = {
    "leaf": lambda a: a,
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "pow": _power,
    "abs": abs,
    "sign": _sign,
    "max": max,
    "min": min,
}


def trees(*, piecewise: bool = True, inverse: bool = True) -> st.SearchStrategy[Tree]:
    """Terms over x, y, z, w; ``piecewise`` allows |.|, sign, max, min, ``inverse`` division."""
    leaf = st.builds(lambda a: Tree("leaf", (a,)), LEAVES)
    powers = st.sampled_from([2, 3, -1, -2] if inverse else [2, 3])

    def extend(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        pairs = st.tuples(inner, inner)
        options = [
            st.builds(Tree, st.sampled_from(["add", "sub", "mul"]), pairs),
            st.builds(Tree, st.just("pow"), st.tuples(inner, powers)),
        ]
        if piecewise:
            single = st.tuples(inner)
            options.append(st.builds(Tree, st.sampled_from(["abs", "sign"]), single))
            options.append(st.builds(Tree, st.sampled_from(["max", "min"]), pairs))
        return st.one_of(options)

    return st.recursive(leaf, extend, max_leaves=8)


@st.composite
def points(draw, **signs: str) -> dict[sp.Expr, Fraction]:
    """A rational point; ``x=">"`` asks for 0 < x, ``">="`` for 0 <= x, ``"<"`` for x < 0."""
    out = {}
    for symbol in SYMBOLS:
        size = draw(st.fractions(-4, 4, max_denominator=6))
        wanted = signs.get(symbol.name, "")
        if wanted in {">", "<"}:
            size = abs(size) or Fraction(1, 3)
        elif wanted == ">=":
            size = abs(size)
        out[symbol] = -size if wanted == "<" else size
    return out


def term_of(tree: Tree) -> sp.Expr:
    """The term of a tree; trees that divide by the number zero are passed over."""
    try:
        return tree.term()
    except UndefinedError:
        reject()


def at(term: sp.Expr, point: dict[sp.Expr, Fraction]) -> sp.Expr:
    """A term at a rational point, by sympy."""
    return term.xreplace({s: sp.Rational(v.numerator, v.denominator) for s, v in point.items()})


def same(term: sp.Expr, value: Fraction) -> bool:
    """Whether a sympy number is that rational."""
    return bool(term == sp.Rational(value.numerator, value.denominator))
