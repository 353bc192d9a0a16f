"""A method that moves only where it has seen a gradient shows one link of a chain a step.

If the links from t on are hidden at step t whenever the links from s on were hidden at every
earlier step s, then they are hidden at every step. What "whenever" takes is the method's part; that
a hidden link has no derivative is the chain's. Source: theory sheet, section 5.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from proofs.assumptions import F, T
from proofs.lemmas.basics import ZERO
from proofs.lemmas.chain_bounds import brought
from proofs.lemmas.chain_function import ONE, range_of, zero_chain
from signcheck import kernel as k
from signcheck.kernel.terms import DIM, Co, Grad
from signcheck.proof import Proof

t, S, LINK = (k.Sym(name, "int") for name in "tsk")
NOW = (k.Le(ZERO, t),)
IN_CHAIN = range_of(ZERO, DIM, LINK)


def hidden_so_far(point: k.Sym, n: sp.Expr) -> k.Formula:
    """At step s < n all links from s on are hidden."""
    links = k.ForAll(LINK, range_of(S, DIM, LINK), k.Eq(Co(point(S), LINK), ZERO))
    return k.ForAll(S, range_of(ZERO, n, S), links)


def no_slope(p: Proof, point: k.Sym, before: k.Theorem, late: k.Theorem) -> k.Theorem:
    """Derivative k of a step s < t is 0, for ``late`` t <= k: links k-1 and k were hidden then.

    The facts of ``p`` end with s < t and hold 0 <= s and k < d.
    """
    early = p.integer_gap(p.facts[-1])
    bounds = [
        p.linear(k.Le(S, LINK - 1), early, late),
        p.linear(k.Lt(LINK - 1, DIM), p.fact(k.Lt(LINK, DIM), "k < d"), slack=[ONE]),
        p.linear(k.Le(S, LINK), early, late, slack=[ONE]),
        p.linear(k.Le(ONE, LINK), early, late, p.fact(k.Le(ZERO, S), "s >= 0")),
    ]
    q = p.having(*bounds)
    zeros = [q.instantiate(before, S, i) for i in (LINK - 1, LINK)]
    return q.having(*zeros).instantiate(brought(q, zero_chain()), LINK, point(S))


def slope(point: k.Sym, s: sp.Expr) -> sp.Expr:
    """Derivative k at the point of step s."""
    return Co(Grad(F, point(s)), LINK)


def one_link_a_step(
    p: Proof, point: k.Sym, now_hidden: Callable[[Proof, k.Theorem], k.Theorem]
) -> k.Theorem:
    """For all t >= 0, t <= k < d: x(t)_k == 0.

    ``now_hidden`` proves it for the free t from what was hidden before t.
    """
    none = p.assume(k.Le(ZERO, S)), p.assume(k.Lt(S, ZERO))
    false = p.certificate(k.Lt(ZERO, ZERO), [(1, f) for f in none])
    goal = hidden_so_far(point, ZERO)
    assert isinstance(goal, k.ForAll)
    base = p.generalise(p.absurd(false, goal.body), S, *goal.guards)
    before = p.assume(hidden_so_far(point, t))
    q = p.having(p.assume(NOW[0]))
    here = now_hidden(q, before)
    inside = range_of(S, DIM, LINK)
    known = [q.assume(f) for f in (k.Le(ZERO, S), k.Lt(S, t + 1), *inside)]
    r = q.having(*known)

    def case(u: Proof, side: k.Theorem) -> k.Theorem:
        if isinstance(side.concl, k.Lt):
            return u.instantiate(before, S, LINK)
        last = u.integer_gap(known[1])
        now = u.antisymmetry(side, u.linear(k.Le(S, t), last))
        late = u.linear(k.Le(t, LINK), side, known[2])
        return u.rewrite(u.having(late).instantiate(here, LINK), now)

    both = r.split(k.Le(t, S), k.Lt(S, t), case)
    links = q.generalise(both, LINK, *inside)
    step = q.generalise(links, S, *range_of(ZERO, t + 1, S))
    every = p.induction(base, step, t, ZERO, None, label="one link a step")
    later = p.having(p.assume(NOW[0]))
    found = now_hidden(later, k.cut(later.instantiate(every, t)))
    return p.generalise(found, t, *NOW)


def last_link(p: Proof, early: k.Theorem, progress: k.Theorem) -> k.Theorem:
    """The last link is hidden at step T, for ``early`` T < d."""
    ends = [
        p.linear(k.Le(T, DIM - 1), p.integer_gap(early)),
        p.linear(k.Lt(DIM - 1, DIM), slack=[ONE]),
    ]
    return p.having(*ends).instantiate(brought(p, progress), T, DIM - 1)
