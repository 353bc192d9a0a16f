"""Piecewise-affine derivatives: what the kernel proves of them, and profiles that are none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
import sympy as sp
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.errors import InputError, ProofError
from hardinstances.profiles import PROFILES, RAMP, WELLS, Piece, Profile
from proofs.lemmas import bricks
from signcheck import kernel as k
from signcheck.kernel.terms import Prof

ZERO, ONE = sp.Integer(0), sp.Integer(1)
oo = sp.oo
p, q = sp.Symbol("p"), sp.Symbol("q")
x, y = k.Sym("x"), k.Sym("y")
PROVED = sorted(bricks.PARAMETERS)


def one_piece(**changes: object) -> Profile:
    """f'(x) = p everywhere, from 0."""
    fields = {
        "name": "flat",
        "parameters": (p,),
        "pieces": (Piece(-oo, oo, ZERO, ZERO, p),),
        "antiperiod": None,
        "start": ZERO,
        "curvature": ZERO,
        "gap": ZERO,
    }
    return Profile(**(fields | changes))


def two_pieces(left: Piece, right: Piece) -> Profile:
    return one_piece(parameters=(), pieces=(left, right))


# ---------------------------------------------------------------- correct uses


@pytest.mark.parametrize("name", PROVED)
def test_a_brick_has_the_curvature_and_gap_that_it_says(name: str) -> None:
    profile = PROFILES[name]
    own = dict(zip(profile.parameters, bricks.PARAMETERS[name], strict=True))
    assert bricks.lipschitz(name).concl.constant == profile.curvature.xreplace(own)
    assert bricks.gap(name).concl.constant == sp.sympify(profile.gap).xreplace(own)


@given(data=st.data(), name=st.sampled_from(PROVED))
def test_pieces_and_antiperiod_say_what_the_simulator_evaluates(data, name: str) -> None:
    """Proved values at rational points equal ``exact_derivative``, the simulator's own."""
    profile = PROFILES[name]
    size = st.fractions(Fraction(1, 8), Fraction(4), max_denominator=12)
    numbers = {s.name: data.draw(size) for s in profile.parameters}
    height, length = {"wells": ("c", "eta"), "meander": ("b", "H")}.get(name, ("", ""))
    if height:
        share = data.draw(st.sampled_from([Fraction(1, 4), Fraction(1, 2)]))
        numbers[height] = numbers["l"] * numbers[length] * share
    values = tuple(sp.Rational(v.numerator, v.denominator) for v in numbers.values())
    where = data.draw(st.fractions(-6, 6, max_denominator=10))
    here = sp.Rational(where.numerator, where.denominator)
    lipschitz = k.profile_lipschitz(profile, values, values[list(numbers).index("l")])
    sign, point = 1, here
    if profile.antiperiod is not None:
        period = numbers[length]
        cells = round(where / period)
        sign = -1 if cells % 2 else 1
        point = here - sp.Rational(cells) * sp.Rational(period.numerator, period.denominator)
    for piece in range(len(profile.pieces)):
        try:
            thm = k.piece_value(lipschitz, profile, values, piece, point)
            break
        except ProofError:
            continue
    expected = profile.exact_derivative(where, numbers)
    assert sign * thm.concl.rhs == sp.Rational(expected.numerator, expected.denominator)


def test_antiperiod_shifts_by_one_cell() -> None:
    thm = k.antiperiod(bricks.lipschitz("wells"), WELLS, bricks.PARAMETERS["wells"], x)
    symbol = k.profile_symbol(WELLS)
    parameters = bricks.PARAMETERS["wells"]
    assert thm.concl == k.Eq(
        Prof(symbol, x + parameters[2], *parameters), -Prof(symbol, x, *parameters)
    )


# ---------------------------------------------------------------- abuses


def test_a_piece_outside_its_interval() -> None:
    parameters = bricks.PARAMETERS["ramp"]
    with pytest.raises(ProofError, match="is not shown"):
        k.piece_value(bricks.lipschitz("ramp"), RAMP, parameters, 2, x)
    with pytest.raises(ProofError, match="is not shown"):
        k.piece_value(bricks.lipschitz("ramp"), RAMP, parameters, 0, ZERO)


def test_a_theorem_about_another_profile_or_other_parameters() -> None:
    parameters = bricks.PARAMETERS["ramp"]
    for profile, values in [(WELLS, parameters), (RAMP, parameters[::-1])]:
        with pytest.raises(ProofError, match="is not about"):
            k.piece_value(bricks.lipschitz("ramp"), profile, values, 2, ZERO)


def test_a_profile_symbol_is_no_variable() -> None:
    # held once: facts about the ramp became facts about the wells
    ramp, wells = k.profile_symbol(RAMP), k.profile_symbol(WELLS)
    with pytest.raises(ProofError, match="may not stand for"):
        k.specialise(bricks.ramp_flat(), {ramp: wells})
    with pytest.raises((ProofError, InputError)):
        k.generalise(bricks.ramp_flat(), ramp)


def test_a_definition_changes_the_symbol() -> None:
    steeper = replace(
        RAMP, pieces=(*RAMP.pieces[:2], replace(RAMP.pieces[2], value=2 * RAMP.parameters[0]))
    )
    shifted = replace(RAMP, start=ONE)
    names = {k.profile_symbol(profile) for profile in (RAMP, steeper, shifted, WELLS)}
    assert len(names) == 4


def test_a_profile_may_not_mention_more_than_its_parameters() -> None:
    # held once: a profile with the slope q, no parameter of it, gave f'(x) = x and f'(x) = 2 x
    for loose in (q, k.Sym("q")):
        profile = one_piece(parameters=(), pieces=(Piece(-oo, oo, loose, ZERO, ZERO),))
        with pytest.raises(ProofError, match="mentions"):
            k.profile_symbol(profile)
    for parameters in ((p, p), (k.Sym("p"),), (ONE,)):
        with pytest.raises(ProofError, match="distinct plain symbols"):
            k.profile_symbol(
                one_piece(parameters=parameters, pieces=(Piece(-oo, oo, ZERO, ZERO, ZERO),))
            )


@pytest.mark.parametrize(
    ("left", "right", "why"),
    [
        # held once: both pieces claimed every point, with different values
        (Piece(-oo, -oo, ZERO, ZERO, ZERO), Piece(-oo, oo, ZERO, ZERO, ONE), "runs from"),
        (Piece(-oo, oo, ZERO, ZERO, ZERO), Piece(oo, oo, ZERO, ZERO, ONE), "runs from"),
        (Piece(-oo, ZERO, ZERO, ZERO, ZERO), Piece(ZERO, oo, ZERO, ZERO, ONE), "differ there"),
        (Piece(-oo, ZERO, ZERO, ZERO, ZERO), Piece(ONE, oo, ZERO, ZERO, ZERO), "do not meet"),
        (Piece(-oo, ZERO, ZERO, ZERO, ZERO), Piece(ZERO, ONE, ZERO, ZERO, ZERO), "do not cover"),
        (Piece(ZERO, ONE, ZERO, ZERO, ZERO), Piece(ONE, oo, ZERO, ZERO, ZERO), "do not cover"),
        (Piece(-oo, ZERO, 2 * ONE, ZERO, ZERO), Piece(ZERO, oo, ZERO, ZERO, ZERO), "within"),
        (Piece(-oo, ZERO, -2 * ONE, ZERO, ZERO), Piece(ZERO, oo, ZERO, ZERO, ZERO), "within"),
    ],
)
def test_pieces_that_make_no_function(left: Piece, right: Piece, why: str) -> None:
    with pytest.raises(ProofError, match=why):
        k.profile_lipschitz(two_pieces(left, right), (), ONE)


def test_a_reversed_piece() -> None:
    pieces = (
        Piece(-oo, ONE, ZERO, ZERO, ZERO),
        Piece(ONE, ZERO, ZERO, ZERO, ZERO),
        Piece(ZERO, oo, ZERO, ZERO, ZERO),
    )
    with pytest.raises(ProofError, match="reversed"):
        k.profile_lipschitz(one_piece(parameters=(), pieces=pieces), (), ONE)


@pytest.mark.parametrize("period", [ONE, -2 * ONE, ZERO, 4 * ONE])
def test_a_cell_that_is_not_one_antiperiod_long(period: sp.Expr) -> None:
    cell = one_piece(parameters=(), pieces=(Piece(-ONE, ONE, ONE, ZERO, ZERO),), antiperiod=period)
    with pytest.raises(ProofError, match="cell of"):
        k.profile_lipschitz(cell, (), ONE)


def test_ends_of_a_cell_that_do_not_mirror() -> None:
    cell = one_piece(parameters=(), pieces=(Piece(-ONE, ONE, ZERO, ZERO, ONE),), antiperiod=2 * ONE)
    with pytest.raises(ProofError, match="differ there"):
        k.profile_lipschitz(cell, (), ONE)
    with pytest.raises(ProofError, match="no antiperiod"):
        k.antiperiod(bricks.lipschitz("ramp"), RAMP, bricks.PARAMETERS["ramp"], x)


def test_the_point_may_not_be_a_parameter() -> None:
    # held once: with h = y the gap goal of the oscillator was about its own start
    own = bricks.PARAMETERS["oscillator"]
    captured = (own[0], y)
    moved = k.specialise(bricks.lipschitz("oscillator"), {own[1]: y})
    with pytest.raises(ProofError, match="stands for the point"):
        k.profile_gap(moved, PROFILES["oscillator"], captured, ZERO, 0, [])
    with pytest.raises(ProofError, match="stands for the point"):
        k.profile_gap(bricks.lipschitz("oscillator"), PROFILES["oscillator"], own, y, 0, [])
    with pytest.raises(ProofError, match="stands for the point"):
        k.profile_lipschitz(PROFILES["oscillator"], captured, own[0])


def test_a_gap_needs_every_piece_and_a_start_on_its_piece() -> None:
    parameters = bricks.PARAMETERS["ramp"]
    with pytest.raises(ProofError, match="no bound proves"):
        k.profile_gap(
            bricks.lipschitz("ramp"),
            RAMP,
            parameters,
            ZERO,
            2,
            [],
            facts=bricks._start("ramp").facts,
        )
    for piece in (-1, 3, 17):
        with pytest.raises(ProofError, match="has no piece"):
            k.profile_gap(bricks.lipschitz("ramp"), RAMP, parameters, ZERO, piece, [])
    with pytest.raises(ProofError, match="is not shown"):
        k.profile_gap(bricks.lipschitz("ramp"), RAMP, parameters, ZERO, 0, [])


def test_a_profile_is_read_once() -> None:
    """A profile whose pieces change between two looks cannot be two functions of one name."""

    class Shifty:
        name, parameters, antiperiod, start = "shifty", (), None, ZERO

        def __init__(self) -> None:
            self.looks = 0

        @property
        def pieces(self) -> tuple[Piece, ...]:
            self.looks += 1
            return (Piece(-oo, oo, ZERO, ZERO, sp.Integer(self.looks)),)

    shifty = Shifty()
    lipschitz = k.profile_lipschitz(shifty, (), ONE)
    with pytest.raises(ProofError, match="is not about"):
        k.piece_value(lipschitz, shifty, (), 0, ZERO)


@given(st.integers(0, 4), st.fractions(Fraction(1, 2), Fraction(49, 50), max_denominator=50))
def test_a_smaller_gap_or_curvature_is_refused(which: int, factor: Fraction) -> None:
    """No brick's gap can be claimed smaller, no curvature flatter: at rational parameters."""
    name = PROVED[which % len(PROVED)]
    profile = PROFILES[name]
    values = {
        "oscillator": (2, 1),
        "quadratic": (2, 1),
        "meander": (1, 2, 3),
        "ramp": (1, 2, 3),
        "wells": (1, 2, 1),
    }[name]
    values = tuple(map(sp.Integer, values))
    own = dict(zip(profile.parameters, values, strict=True))
    scale = sp.Rational(factor.numerator, factor.denominator)
    curvature = profile.curvature.xreplace(own)
    with pytest.raises(ProofError, match="within"):
        k.profile_lipschitz(profile, values, scale * curvature)
    lipschitz = k.profile_lipschitz(profile, values, curvature)
    gap = scale * sp.sympify(profile.gap).xreplace(own)
    goals = k.gap_goals(profile, values, gap, bricks.START_PIECE[name])
    point = k.Sym("y")
    # On some piece the claim is false at a point of it: nothing could have proved it.
    broken = []
    for goal in goals:
        ends = [g.lhs if g.rhs == point else g.rhs for g in goal.guards] or [ZERO]
        middle = sp.Add(*ends) / len(ends)
        for at in (*ends, middle):
            low, high = (side.xreplace({point: at}) for side in goal.body.terms())
            broken.append(low > high)
    assert any(broken)
    proof, start = bricks._start(name), bricks.START_PIECE[name]

    def prove() -> k.Theorem:
        bounds = [bricks._gap_piece(proof, goal, gap, name) for goal in goals]
        return k.profile_gap(lipschitz, profile, values, gap, start, bounds)

    with pytest.raises(ProofError):
        prove()
