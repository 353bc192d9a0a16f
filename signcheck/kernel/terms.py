"""Terms: sympy expressions over sorted symbols, with binders.

A symbol carries its sort and nothing else: no sympy assumption, so that sympy never simplifies by
a fact which the context does not state. Operators are inert sympy functions. The sorts:

``real``, ``int``       deterministic numbers;
``random``              a square-integrable real random variable;
``vector``, ``rvector`` points of R^d, deterministic and random;
``sigma``               a sigma-algebra;
``function``            a continuously differentiable f on R^d;
``profile``             a piecewise-affine derivative on R (its definition is hashed in the name);
``fam:SORT``            a family indexed by integers whose members have the sort SORT.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

import sympy as sp
from sympy.core.function import Function

from hardinstances.errors import ForgeryError, InputError

Term: TypeAlias = Any  # a sympy expression; sympy ships no types
SORTS = {"real", "int", "random", "vector", "rvector", "sigma", "function", "profile"}


class Sym(sp.Symbol):  # type: ignore[misc]
    """A symbol with a sort. Equal iff name and sort are equal."""

    __slots__ = ("sort",)
    sort: str

    def __new__(cls, name: str, sort: str = "real") -> Sym:
        if sort.removeprefix("fam:") not in SORTS or sort == "fam:profile":
            raise InputError(f"unknown sort {sort!r} of the symbol {name}: use one of {SORTS}.")
        obj: Sym = sp.Symbol.__xnew__(cls, name)
        obj.sort = sort
        return obj

    def _hashable_content(self) -> tuple[Any, ...]:
        return (self.name, self.sort, *super()._hashable_content())

    def __getnewargs_ex__(self) -> tuple[tuple[str, str], dict[str, Any]]:
        return ((self.name, self.sort), {})

    def __init_subclass__(cls) -> NoReturn:
        raise ForgeryError("Sym cannot be subclassed: a symbol has a name and a sort, no more.")

    def __call__(self, *args: Any) -> Term:
        """Member of a family: ``x(t)``."""
        return Ap(self, *args)


class Inert(Function):  # type: ignore[misc]
    """An operator that sympy never evaluates."""

    @classmethod
    def eval(cls, *_args: Any) -> None:
        return None

    def _eval_is_commutative(self) -> bool:
        return True


class Ap(Inert):
    """Member of a family, ``Ap(head, index, ...)``."""


class Val(Inert):
    """``Val(f, x)`` is f(x)."""


class Grad(Inert):
    """``Grad(f, x)`` is the gradient of f at x."""


class Inner(Inert):
    """``Inner(u, v)`` is the inner product."""


class N1(Inert):
    """l1 norm."""


class Noo(Inert):
    """l_oo norm."""


class Sgn(Inert):
    """Coordinatewise sign of a vector, sign(0) = 0."""


class Co(Inert):
    """``Co(u, i)``: coordinate i of u."""


class Nuc(Inert):
    """Nuclear norm of a point read as a matrix: the sum of its singular values."""


class Op(Inert):
    """Spectral norm of a point read as a matrix: its largest singular value."""


class Pol(Inert):
    """Polar factor of a point read as a matrix: every singular value s becomes sign(s)."""


class En(Inert):
    """``En(u, i, j)``: entry of u as a matrix, in fixed orthonormal bases of rows and columns."""


class Ex(Inert):
    """``Ex(X, F)``: conditional expectation of X given the sigma-algebra F."""


class Past(Inert):
    """``Past(t)``: what is known before step t is taken; increasing in t."""


class Ind(Inert):
    """``Ind(y)`` is 1 if y >= 0 and 0 otherwise."""


class Prof(Inert):
    """``Prof(P, x, *parameters)``: value at x of the piecewise-affine derivative P."""


class Big(Inert):
    """``Big(a, i, lo, hi)``: sum of a over integers lo <= i < hi; i is bound in a."""


class Prod(Inert):
    """``Prod(a, i, lo, hi)``: product of a over integers lo <= i < hi; i is bound in a."""


BINDERS = (Big, Prod)
RANDOM_TWIN = {"real": "random", "vector": "rvector"}
TRIVIAL = Sym("trivial", "sigma")
DIM = Sym("d", "int")
# A point of R^d may be read as a matrix: d = rows * columns.
ROWS, COLUMNS = Sym("rows", "int"), Sym("columns", "int")
# Names of one fixed thing: nothing may stand for them and nothing may bind them.
CONSTANTS = frozenset({TRIVIAL, DIM, ROWS, COLUMNS})
# Sorts of the arguments and of the value; "int" must be an integer by form.
_SIGNATURE: dict[type, tuple[tuple[str, ...], str]] = {
    Val: (("function", "vector"), "real"),
    Grad: (("function", "vector"), "vector"),
    Inner: (("vector", "vector"), "real"),
    N1: (("vector",), "real"),
    Noo: (("vector",), "real"),
    Sgn: (("vector",), "vector"),
    Nuc: (("vector",), "real"),
    Op: (("vector",), "real"),
    Pol: (("vector",), "vector"),
    En: (("vector", "int", "int"), "real"),
    Co: (("vector", "int"), "real"),
    Ex: (("real", "sigma"), "real"),
    Past: (("int",), "sigma"),
    Ind: (("real",), "real"),
    Big: (("real", "int", "int", "int"), "real"),
    Prod: (("real", "int", "int", "int"), "real"),
}
_ALGEBRA = (sp.Add, sp.Mul, sp.Pow, sp.Abs, sp.sign, sp.exp, sp.log, sp.erf, sp.Max, sp.Min)


def exact(value: Any) -> Term:
    """Sympify; a float becomes the decimal it prints as, so nothing inexact enters a term."""
    term = sp.sympify(value)
    floats = term.atoms(sp.Float) if isinstance(term, sp.Basic) else ()
    return term.xreplace({f: sp.Rational(str(f)) for f in floats}) if floats else term


def sort_of(term: Term) -> str:
    """Sort of a term without randomness: real, vector, sigma, function, profile or fam:*.

    Raises
    ------
    InputError
        If the term is not well sorted (a vector times a vector, a real used as a point).
    """
    sort = _sort_of_sum_or_power(term) if isinstance(term, _ALGEBRA) else _sort_of_operator(term)
    if not sort:
        raise InputError(f"the term {term} is not well sorted: check the sorts of its symbols.")
    return sort


def _sort_of_sum_or_power(term: Term) -> str:
    kinds = sorted(map(sort_of, term.args))
    if isinstance(term, sp.Mul):
        # A vector may be scaled; it comes last in the alphabet.
        fine = set(kinds) <= {"real", "vector"} and kinds.count("vector") <= 1
    elif isinstance(term, sp.Add):
        fine = set(kinds) in ({"real"}, {"vector"})
    else:
        fine = set(kinds) == {"real"}
    return str(kinds[-1]) if fine else ""


def _sort_of_operator(term: Term) -> str:
    if isinstance(term, Sym):
        return {"int": "real", "random": "real", "rvector": "vector"}.get(term.sort, term.sort)
    if isinstance(term, sp.Rational) or term is sp.pi:
        return "real"
    head = term.args[0] if term.args else None
    kind = head.sort if isinstance(head, Sym) else ""
    if isinstance(term, Ap):
        member = kind.startswith("fam:") and all(map(is_int, term.args[1:]))
        return sort_of(Sym("member", kind.removeprefix("fam:"))) if member else ""
    if isinstance(term, Prof):
        real = kind == "profile" and all(sort_of(a) == "real" for a in term.args[1:])
        return "real" if real else ""
    wanted, value = _SIGNATURE.get(type(term), ((), ""))
    if isinstance(term, BINDERS) and not may_bind(term.args[1], "int"):
        return ""
    pairs = zip(term.args, wanted, strict=False)
    fine = len(term.args) == len(wanted) and all(
        is_int(a) if w == "int" else sort_of(a) == w for a, w in pairs
    )
    return value if fine else ""


def may_bind(symbol: Any, sort: str = "") -> bool:
    """Whether a binder may use the symbol: of the sort, if one is given, and not a constant."""
    return (
        isinstance(symbol, Sym) and symbol not in CONSTANTS and symbol.sort == (sort or symbol.sort)
    )


def free(term: Term) -> frozenset[Sym]:
    """Free symbols; the index of a binder is not free in its body."""
    if isinstance(term, Sym):
        return frozenset({term})
    if isinstance(term, BINDERS):
        body, index, lo, hi = term.args
        return (free(body) - {index}) | free(lo) | free(hi)
    return frozenset().union(*(free(a) for a in term.args))


def is_random(term: Term) -> bool:
    """Whether the value may depend on chance. ``Ex(X, trivial)`` does not."""
    if isinstance(term, Sym):
        return term.sort.removeprefix("fam:") in ("random", "rvector")
    if isinstance(term, Ex):
        return bool(term.args[1] != TRIVIAL)
    return any(is_random(a) for a in term.args)


def is_int(term: Term) -> bool:
    """Integer by form: integer symbols and numbers, their sums, products and natural powers."""
    if isinstance(term, sp.Integer):
        return True
    if isinstance(term, Sym):
        return term.sort == "int"
    if isinstance(term, Ap):
        return bool(term.args[0].sort == "fam:int")
    if isinstance(term, sp.Pow):
        return is_int(term.base) and isinstance(term.exp, sp.Integer) and term.exp >= 0
    return isinstance(term, (sp.Add, sp.Mul)) and all(is_int(a) for a in term.args)
