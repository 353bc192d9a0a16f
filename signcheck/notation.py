"""How terms and formulas read: one text and one LaTeX notation, for every listing and page.

The kernel's own printing is total and exact but names every operator in full; this one is for
people. Nothing is trusted here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sympy as sp
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

from signcheck import kernel as k
from signcheck.kernel import terms as te
from signcheck.notation_matrix import MatrixLatex, MatrixText

__all__ = ["LATEX", "TEXT", "Notation", "short"]


class _Positive:
    """Sums print their positive terms first: y - x, not -x + y."""

    def _as_ordered_terms(self, expr: Any, order: str | None = None) -> list[Any]:
        terms = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))


class _Text(_Positive, MatrixText, StrPrinter):  # type: ignore[misc]
    """|u|_1, <u, v>, E[X | past t], sum(a, 0 <= i < d)."""

    def _all(self, *args: Any) -> list[str]:
        return [str(self._print(a)) for a in args]

    def _print_Ap(self, e: Any) -> str:
        head, *rest = self._all(*e.args)
        return f"{head}({', '.join(rest)})"

    def _print_Val(self, e: Any) -> str:
        return "{}({})".format(*self._all(*e.args))

    def _print_Grad(self, e: Any) -> str:
        return "grad {}({})".format(*self._all(*e.args))

    def _print_Inner(self, e: Any) -> str:
        return "<{}, {}>".format(*self._all(*e.args))

    def _print_N1(self, e: Any) -> str:
        return f"|{self._print(e.args[0])}|_1"

    def _print_Noo(self, e: Any) -> str:
        return f"|{self._print(e.args[0])}|_oo"

    def _print_Abs(self, e: Any) -> str:
        return f"|{self._print(e.args[0])}|"

    def _print_Sgn(self, e: Any) -> str:
        return f"sign({self._print(e.args[0])})"

    def _print_Co(self, e: Any) -> str:
        u, i = self._all(*e.args)
        return f"{u}[{i}]" if isinstance(e.args[0], te.Ap | te.Sym | te.Grad) else f"({u})[{i}]"

    def _print_Ex(self, e: Any) -> str:
        given = "" if e.args[1] == te.TRIVIAL else f" | {self._print(e.args[1])}"
        return f"E[{self._print(e.args[0])}{given}]"

    def _print_Past(self, e: Any) -> str:
        return f"past {self._print(e.args[0])}"

    def _print_Ind(self, e: Any) -> str:
        return f"1{{{self._print(e.args[0])} >= 0}}"

    def _print_Prof(self, e: Any) -> str:
        name, x, *rest = self._all(*e.args)
        return f"{short(name)}[{', '.join(rest)}]({x})"

    def _print_Big(self, e: Any) -> str:
        return "sum({0}, {2} <= {1} < {3})".format(*self._all(*e.args))

    def _print_Prod(self, e: Any) -> str:
        return "prod({0}, {2} <= {1} < {3})".format(*self._all(*e.args))


class _Latex(_Positive, MatrixLatex, LatexPrinter):  # type: ignore[misc]
    r"""\|u\|_1, \langle u, v\rangle, \mathbb{E}[X \mid \mathcal{F}_t]."""

    def _all(self, *args: Any) -> list[str]:
        return [str(self._print(a)) for a in args]

    @staticmethod
    def _power(base: str, exp: str | None) -> str:
        return base if exp is None else f"{{{base}}}^{{{exp}}}"

    def _print_Ap(self, e: Any, exp: str | None = None) -> str:
        head, *rest = self._all(*e.args)
        return self._power(f"{{{head}}}_{{{','.join(rest)}}}", exp)

    def _print_Val(self, e: Any, exp: str | None = None) -> str:
        return self._power(r"{}\left({}\right)".format(*self._all(*e.args)), exp)

    def _print_Grad(self, e: Any, exp: str | None = None) -> str:
        return self._power(r"\nabla {}\left({}\right)".format(*self._all(*e.args)), exp)

    def _print_Inner(self, e: Any, exp: str | None = None) -> str:
        return self._power(r"\left\langle {}, {}\right\rangle".format(*self._all(*e.args)), exp)

    def _print_N1(self, e: Any, exp: str | None = None) -> str:
        return self._power(rf"\left\| {self._print(e.args[0])} \right\|_1", exp)

    def _print_Noo(self, e: Any, exp: str | None = None) -> str:
        return self._power(rf"\left\| {self._print(e.args[0])} \right\|_\infty", exp)

    def _print_Sgn(self, e: Any, exp: str | None = None) -> str:
        return self._power(rf"\operatorname{{sign}}\left({self._print(e.args[0])}\right)", exp)

    def _print_Co(self, e: Any, exp: str | None = None) -> str:
        u, i = self._all(*e.args)
        return self._power(rf"\left[{u}\right]_{{{i}}}", exp)

    def _print_Ex(self, e: Any, exp: str | None = None) -> str:
        given = "" if e.args[1] == te.TRIVIAL else rf"\mid {self._print(e.args[1])}"
        return self._power(rf"\mathbb{{E}}\left[{self._print(e.args[0])}{given}\right]", exp)

    def _print_Past(self, e: Any, exp: str | None = None) -> str:
        return self._power(rf"\mathcal{{F}}_{{{self._print(e.args[0])}}}", exp)

    def _print_Ind(self, e: Any, exp: str | None = None) -> str:
        return self._power(rf"\mathbf{{1}}\{{{self._print(e.args[0])} \ge 0\}}", exp)

    def _print_Prof(self, e: Any, exp: str | None = None) -> str:
        x, *rest = self._all(*e.args[1:])
        name = rf"\mathrm{{{short(e.args[0].name)}}}_{{{','.join(rest)}}}"
        return self._power(rf"{name}\left({x}\right)", exp)

    def _print_Big(self, e: Any, exp: str | None = None) -> str:
        body, i, lo, hi = self._all(*e.args)
        return self._power(rf"\sum_{{{lo} \le {i} < {hi}}} {self._grouped(e, body)}", exp)

    def _print_Prod(self, e: Any, exp: str | None = None) -> str:
        body, i, lo, hi = self._all(*e.args)
        return self._power(rf"\prod_{{{lo} \le {i} < {hi}}} {self._grouped(e, body)}", exp)

    @staticmethod
    def _grouped(e: Any, body: str) -> str:
        return rf"\left({body}\right)" if isinstance(e.args[0], sp.Add) else body

    def _print_Sym(self, e: Any) -> str:
        if e.name in ("fstar", "cell"):
            return {"fstar": r"f^{\star}", "cell": r"\mathrm{cell}"}[e.name]
        return str(self._print_Symbol(sp.Symbol(short(e.name))))


def short(name: str) -> str:
    """A profile's name without the hash of its definition."""
    return name.partition("#")[0]


class Notation:
    """Prints terms and formulas. ``words`` maps the connectives that differ."""

    def __init__(self, printer: Any, words: Mapping[str, str]) -> None:
        self._printer, self._words = printer, words

    def term(self, term: Any) -> str:
        """A term."""
        return str(self._printer.doprint(term))

    def __call__(self, formula: k.Formula) -> str:
        """A formula; an unknown kind falls back to its own printing."""
        w, term = self._words, self.term
        if isinstance(formula, k.Relation):
            return f"{term(formula.lhs)} {w[formula.sign]} {term(formula.rhs)}"
        if isinstance(formula, k.ForAll):
            return self._quantified(formula)
        if isinstance(formula, k.Measurable):
            return f"{term(formula.term)}{w['known']}{term(formula.given)}"
        if isinstance(formula, k.Law):
            pairs = zip(formula.values, formula.probabilities, strict=True)
            law = ", ".join(f"{term(v)}{w['w.p.']}{term(p)}" for v, p in pairs)
            return f"{term(formula.term)}{w['given']}{term(formula.given)}{w['is']}{law}"
        if isinstance(formula, k.Independent):
            members = f"{term(formula.member)}, {self(_range(formula))}"
            return f"{members}{w['independent']}{term(formula.given)}"
        if isinstance(formula, k.Lipschitz):
            return self._profile(formula)
        if isinstance(formula, k.Attained):
            return self._attained(formula)
        return str(formula)

    def _quantified(self, formula: k.Formula) -> str:
        """Nested for-alls as one, with ``lo <= i < hi`` for an index."""
        ranges = []
        while isinstance(formula, k.ForAll):
            ranges.append(self._range_of(formula))
            formula = formula.body
        return f"{self._words['for all']}{', '.join(ranges)}{self._words[':']}{self(formula)}"

    def _range_of(self, formula: k.ForAll) -> str:
        var, w = formula.var, self._words
        low = [g.lhs for g in formula.guards if isinstance(g, k.Le) and g.rhs == var]
        high = [g.rhs for g in formula.guards if isinstance(g, k.Lt) and g.lhs == var]
        if len(low) + len(high) != len(formula.guards) or len(low) > 1 or len(high) > 1:
            guards = ", ".join(map(self, formula.guards))
            return f"{self.term(var)}{w['with']}{guards}"
        below = "".join(f"{self.term(t)} {w['<=']} " for t in low)
        return below + self.term(var) + "".join(f" {w['<']} {self.term(t)}" for t in high)

    def _profile(self, formula: k.Lipschitz) -> str:
        w = self._words
        given = ", ".join(map(self.term, formula.parameters))
        kind = w["gap"] if isinstance(formula, k.GapAtMost) else w["Lipschitz"]
        name = short(formula.profile.name)
        return f"{w['text'].format(name)}[{given}]{kind}{self.term(formula.constant)}"

    def _attained(self, formula: k.Attained) -> str:
        noise = ", ".join(map(self.term, formula.noise))
        return self._words["attained"].format(
            smoothness=self.term(formula.smoothness),
            gap=self.term(formula.gap),
            noise=noise,
            method=formula.dynamics.name,
            rules=self._rules(formula.dynamics),
            when=self._words["surely" if formula.sure else "mean"],
            horizon=self.term(formula.horizon),
            norm=self._words["nuclear" if formula.matrices else "l1"],
            level=self.term(formula.level),
        )

    def _rules(self, dynamics: k.Dynamics) -> str:
        """The method, as the theorem uses it: its update rule and its calls a step."""
        rules = [self(rule) for rule in dynamics.rules]
        if dynamics.batch is not None:
            rules.append(f"{self.term(dynamics.batch)}{self._words['calls']}")
        return "; ".join(rules)


def _range(formula: k.Independent) -> k.Formula:
    return k.Lt(formula.index, formula.count)


_WORDS = {"<=": "<=", "<": "<", "==": "=", "with": " with ", "for all": "for all ", ":": ": "}
TEXT = Notation(
    _Text(),
    {
        **_WORDS,
        "known": " is known given ",
        "w.p.": " w.p. ",
        "given": " given ",
        "is": " is ",
        "independent": ", are independent given ",
        "gap": " has a gap of at most ",
        "Lipschitz": " has the Lipschitz constant ",
        "text": "{}",
        "surely": "on every path",
        "mean": "in expectation",
        "calls": " oracle calls a step",
        "l1": "|grad f(x_t)|_1",
        "nuclear": "|grad f(x_t)|_*",
        "attained": (
            "there is a problem with smoothness {smoothness}, gap {gap} and noise ({noise}) on "
            "which every run of {method} ({rules}) has, {when} and for all t < {horizon}, "
            "{norm} >= {level}"
        ),
    },
)
"""For terminals."""

LATEX = Notation(
    _Latex(),
    {
        "<=": r"\le",
        "<": "<",
        "==": "=",
        "with": r",\ ",
        "for all": r"\forall ",
        ":": r":\ ",
        "known": r"\text{ is known given }",
        "w.p.": r"\text{ w.p. }",
        "given": r"\text{ given }",
        "is": r"\text{ is }",
        "independent": r"\text{ are independent given }",
        "gap": r"\text{ has a gap of at most }",
        "Lipschitz": r"\text{ has the Lipschitz constant }",
        "text": r"\mathrm{{{}}}",
        "surely": "on every path",
        "mean": "in expectation",
        "calls": r"\text{ oracle calls a step}",
        "l1": r"\left\| \nabla f(x_t) \right\|_1",
        "nuclear": r"\left\| \nabla f(x_t) \right\|_*",
        "attained": (
            r"\text{{there is a problem with smoothness }} {smoothness}, \text{{ gap }} {gap} "
            r"\text{{ and noise }} ({noise}) \text{{ on which every run of {method} }} ({rules}) "
            r"\text{{ has, {when} and for all }} t < {horizon}, "
            r"{norm} \ge {level}"
        ),
    },
)
"""For papers and the book, without dollar signs."""
