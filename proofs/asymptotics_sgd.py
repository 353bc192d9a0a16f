"""T3u-rate: how many calls suffice for SGD in l1, at every eps.

With eta = eps**2/(d L |sigma|_2**2) and single calls, T >= 2 d**2 L Delta |sigma|_2**2/eps**4 times
1/(1 - eps**2/(d |sigma|_2**2)) steps give avg_T <= eps. The gap to T3, which has d - k in place of
d**2, is open.

Source: theory sheet, section 1.
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import DELTA, ETA, B, L, T
from proofs.lemmas.basics import ZERO, claimed
from proofs.lemmas.roots import below
from proofs.samples.rates import squares_samples
from proofs.upper.sgd import MEAN_SQUARE, POWER, STATEMENT, T3U
from proofs.upper.signsgd import AVERAGE, TOTAL
from proofs.upper.signsgd_corollaries import EPS
from signcheck import kernel as k
from signcheck.kernel.terms import DIM
from signcheck.theory import Statement, Theory

PACE = EPS**2 / (DIM * L * POWER)
"""The stepsize."""
AT = {ETA: PACE, B: sp.Integer(1)}
STEPS = 2 * DIM**2 * L * DELTA * POWER / EPS**4 / (1 - EPS**2 / (DIM * POWER))
_FIRST = ("L > 0", "Delta > 0", "d >= 1")
_GIVEN = ("eta > 0", "B >= 1", "L eta < 2")


def _hypotheses() -> dict[str, k.Formula]:
    first = {name: STATEMENT.hypotheses[name] for name in _FIRST}
    new = {
        "|sigma|_2 > 0": k.Lt(ZERO, POWER),
        "eps > 0": k.Lt(ZERO, EPS),
        "small eps": k.Lt(EPS**2 / (DIM * POWER), 1),
    }
    rest = {
        name: formula.subst(AT)
        for name, formula in STATEMENT.hypotheses.items()
        if name not in (*_FIRST, *_GIVEN)
    }
    return {**first, **new, **rest, "enough steps": k.Le(STEPS, T)}


RATE = Statement(hypotheses=_hypotheses(), conclusion=k.Le(AVERAGE, EPS))


def prove(statement: Statement) -> k.Theorem:
    """T3u at this stepsize: its mean square is at most eps**2/d."""
    p = statement.proof()[0]
    many = p.fact(RATE.hypotheses["enough steps"], "enough steps")
    small = p.fact(RATE.hypotheses["small eps"], "small eps")
    share = EPS**2 / (DIM * POWER)
    p = p.having(p.linear(k.Lt(ZERO, 1 - share), small))
    p = p.having(p.linear(k.Lt(ZERO, 1 - share / 2), small, slack=[share / 2]))
    general = p.specialise(T3U.theorem, AT)
    slow = p.linear(STATEMENT.hypotheses["L eta < 2"].subst(AT), small, slack=[sp.Integer(1)])  # type: ignore[arg-type]
    signs = [p.sign_fact(STATEMENT.hypotheses[n].subst(AT)) for n in ("eta > 0", "B >= 1")]
    have = [*signs, slow, *p.facts]
    bound = k.cut(general, *{f.concl: f for f in have if f.concl in general.hyps}.values())
    mean = MEAN_SQUARE.xreplace(AT)
    factor = EPS**2 * (1 - share) / (2 * T * (1 - share / 2))
    square = p.linear(k.Le(DIM * mean, EPS**2), (factor, many), label="mean square")
    root = below(p, sp.sqrt(DIM * mean), EPS, square)
    return p.linear(claimed(statement), bound, root, label="T3u-rate")


T3U_RATE = Theory(
    id="T3u-rate",
    title="SGD: eps^4 N >= 2 d^2 L Delta |sigma|_2^2 (1 + O(eps^2)) suffices for avg_T <= eps",
    kind="lemma",
    statement=RATE,
    prove=prove,
    samples=lambda: squares_samples(TOTAL, POWER, EPS),
    notes={"slack": "T3u is not tight: no member is known that needs all of eps"},
)
