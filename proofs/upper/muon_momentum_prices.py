"""Price of the noise in a step of Muon with momentum: L1 at the mean of m, then to the gradient.

Source: theory sheet, section 1 (proof of T1m through V, with nuclear norms).
"""

from __future__ import annotations

import sympy as sp

from proofs.assumptions import SIGMA, B
from proofs.lemmas.basics import ZERO, I, U, V, left, right
from proofs.lemmas.matrix import (
    IN_COLUMNS,
    IN_ROWS,
    across,
    at_entry,
    below_polar,
    dual_pairing,
    in_row,
    summed_across,
)
from proofs.lemmas.matrix import J as COLUMN
from proofs.lemmas.matrix_noise import ALPHA, GAMMA
from proofs.lemmas.moments import BETA
from proofs.upper.momentum_parts import m, now
from proofs.upper.muon import out, price_at, rows_below
from proofs.upper.muon_momentum import HYPOTHESES
from proofs.upper.muon_momentum_parts import (
    ERROR,
    at_step,
    direction_known,
    drift,
    entry,
    entry_of,
    fresh,
    gradient,
    held,
)
from proofs.upper.muon_oracle import gradient_known, mean_of_batch, rows_of_batch
from proofs.upper.oracle import g, t
from signcheck import kernel as k
from signcheck.kernel.terms import Ex, Inner, Nuc, Past, Pol
from signcheck.proof import Premise, Proof


def first_price(p: Proof) -> k.Theorem:
    """alpha |grad|_* - E[<grad, O> | past] <= gamma s at step 0, where m is the batch mean."""
    q = now(p)
    known, mean, rows = (
        at_step(p, thm, ZERO)
        for thm in (gradient_known(q), mean_of_batch(q), rows_below(q, rows_of_batch(q)))
    )
    aligned = p.instantiate(p.fact(HYPOTHESES["alignment"], "alignment"), ZERO)
    aligned = p.rewrite(aligned, held(p, "momentum starts"))
    pair = (gradient(ZERO), g(0))
    return price_at(p, ZERO, pair, SIGMA(I) / sp.sqrt(B), known, mean, rows, aligned)


CENTRE = BETA * m(t) + (1 - BETA) * gradient(t + 1)
"""Mean of m(t+1) given the past."""


def later_price(q: Proof, p: Proof) -> k.Theorem:
    """alpha |C|_* - E[<C, O> | past] <= gamma (1 - beta) s at step t + 1, C the mean of m."""
    s, past = t + 1, Past(t + 1)
    known = [q.instantiate(direction_known(p), t), q.instantiate(held(q, "x known"), s)]
    moved = q.instantiate(held(q, "momentum"), t)
    mean, rows = (at_step(q, f(now(q)), s) for f in (mean_of_batch, rows_of_batch))
    column = q.having(*at_entry(Proof()).facts)
    new, centre = entry_of(column, moved), column.coordinate(entry(CENTRE))
    taken = column.expect_mono(new, past)
    average = column.linear(
        k.Eq(Ex(left(new), past), entry(CENTRE)),
        taken,
        column.having(*known).expect_linear(right(taken)),
        (1 - BETA, column.instantiate(mean, I, COLUMN)),
        centre,
    )
    average = in_row(q).generalise(average, COLUMN, *IN_COLUMNS)
    noise, scaled = left(new) - entry(CENTRE), (1 - BETA) * fresh(s)
    square = column.linear(
        k.Eq(noise**2, scaled**2), (noise + scaled, new), (-(noise + scaled), centre)
    )
    row = in_row(q)
    sums = summed_across(row, square)
    flat = row.linear(
        k.Eq(left(sums), (1 - BETA) ** 2 * across(fresh(s) ** 2)),
        sums,
        row.sum_linear(right(sums)),
        ((1 - BETA) ** 2, row.sum_linear(across(fresh(s) ** 2))),
    )
    spread = (1 - BETA) * SIGMA(I) / sp.sqrt(B)
    moment = row.expect_mono(flat, past)
    variance = row.linear(
        k.Le(left(moment), spread**2),
        moment,
        row.expect_linear(right(moment)),
        ((1 - BETA) ** 2, row.expect_linear(Ex(across(fresh(s) ** 2), past))),
        ((1 - BETA) ** 2, row.instantiate(rows, I)),
    )
    aligned = q.instantiate(q.fact(HYPOTHESES["alignment"], "alignment"), s)
    parts = [
        q.having(*known).known(CENTRE, past),
        q.generalise(average, I, *IN_ROWS),
        q.generalise(variance, I, *IN_ROWS),
        aligned,
    ]
    return price_at(q, s, (CENTRE, m(s)), spread, *parts)


# ---------------------------------------------------------------- from the centre to the gradient


def shifted(q: Proof) -> k.Theorem:
    """alpha |grad|_* - <grad, O> <= alpha |C|_* - <C, O> + (alpha + gamma) beta far at step t + 1.

    ``far`` is |D|_* + |N|_* + |change of the gradient|_*: the way from C to the gradient is beta
    times these three.
    """
    s = t + 1
    here, direction = gradient(s), out(s)
    polar = Pol(here)
    way = (drift(t), ERROR(t), gradient(t) - here)
    small = q.instantiate(held(q, "|O|_op <= gamma"), s)
    output: list[Premise] = [q.inner_linear(Inner(CENTRE, direction))]
    size: list[Premise] = [
        q.polar_pairing(here),
        q.inner_linear(Inner(CENTRE, polar)),
        q.specialise(below_polar(), {U: CENTRE, V: here}),
    ]
    for part in way:
        output += [
            (BETA, q.inner_linear(Inner(part, direction))),
            (BETA, q.specialise(dual_pairing(1), {U: part, V: direction})),
            (BETA * Nuc(part), small),
        ]
        size += [
            (BETA, q.inner_linear(Inner(part, polar))),
            (BETA, q.specialise(dual_pairing(-1), {U: part, V: polar})),
            (BETA * Nuc(part), q.polar_size(here)),
        ]
    far = BETA * sp.Add(*map(Nuc, way))
    gain, centred = Inner(here, direction), Inner(CENTRE, direction)
    through = q.linear(k.Le(-gain, -centred + GAMMA * far), *output, label="through the output")
    norm = q.linear(k.Le(Nuc(here), Nuc(CENTRE) + far), *size, label="from C to the gradient")
    goal = k.Le(ALPHA * Nuc(here) - gain, ALPHA * Nuc(CENTRE) - centred + (ALPHA + GAMMA) * far)
    return q.linear(goal, through, (ALPHA, norm), label="price of the past")
