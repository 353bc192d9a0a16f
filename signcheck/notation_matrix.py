"""How the operators on matrices print: |A|_*, |A|_op, polar(A) and entries A[i,j]."""

from __future__ import annotations

from typing import Any

from signcheck.kernel import terms as te

__all__ = ["MatrixLatex", "MatrixText"]

_SIMPLE = (te.Ap, te.Sym, te.Grad)


class MatrixText:
    """For a printer with ``_all``."""

    _all: Any

    def _print_Nuc(self, e: Any) -> str:
        return "|{}|_*".format(*self._all(*e.args))

    def _print_Op(self, e: Any) -> str:
        return "|{}|_op".format(*self._all(*e.args))

    def _print_Pol(self, e: Any) -> str:
        return "polar({})".format(*self._all(*e.args))

    def _print_En(self, e: Any) -> str:
        u, i, j = self._all(*e.args)
        return f"{u}[{i},{j}]" if isinstance(e.args[0], _SIMPLE) else f"({u})[{i},{j}]"


class MatrixLatex:
    """For a printer with ``_all`` and ``_power``."""

    _all: Any
    _power: Any

    def _norm(self, e: Any, mark: str, exp: str | None) -> str:
        (u,) = self._all(*e.args)
        return str(self._power(rf"\left\| {u} \right\|_{{{mark}}}", exp))

    def _print_Nuc(self, e: Any, exp: str | None = None) -> str:
        return self._norm(e, "*", exp)

    def _print_Op(self, e: Any, exp: str | None = None) -> str:
        return self._norm(e, r"\mathrm{op}", exp)

    def _print_Pol(self, e: Any, exp: str | None = None) -> str:
        (u,) = self._all(*e.args)
        return str(self._power(rf"\operatorname{{polar}}\left({u}\right)", exp))

    def _print_En(self, e: Any, exp: str | None = None) -> str:
        u, i, j = self._all(*e.args)
        return str(self._power(rf"\left[{u}\right]_{{{i},{j}}}", exp))
