"""The proof kernel: Theorems that only rules can make, checked exactly.

Importing it needs sympy only. See ``audit`` for the list of rules and axioms.
"""

from signcheck.kernel.axioms import AXIOMS, Axiom, hoeffding
from signcheck.kernel.formulas import (
    Attained,
    Dynamics,
    Eq,
    ForAll,
    Formula,
    GapAtMost,
    Independent,
    Law,
    Le,
    Lipschitz,
    Lt,
    Measurable,
    Relation,
)
from signcheck.kernel.rules_arith import (
    antisymmetry,
    between,
    certificate,
    function_value,
    identity,
    min_bound,
    monotone,
    root_power,
    sign_fact,
)
from signcheck.kernel.rules_expect import (
    constant_product,
    expect_equal,
    expect_finite,
    expect_linear,
    expect_mono,
    expect_pair,
    expect_product,
    law,
    law_support,
    tower,
)
from signcheck.kernel.rules_logic import (
    absurd,
    assume,
    cases,
    cut,
    generalise,
    induction,
    instantiate,
    integer_gap,
    known,
    known_equal,
    rewrite,
    specialise,
    suppose,
    vanishing,
)
from signcheck.kernel.rules_profile import (
    antiperiod,
    gap_goals,
    piece_value,
    profile_gap,
    profile_lipschitz,
    profile_symbol,
)
from signcheck.kernel.rules_sum import range_empty, range_step, sum_linear, sum_mono
from signcheck.kernel.rules_vector import (
    by_coordinates,
    coordinate,
    coordinate_below_norm,
    inner_linear,
    norm_from_coordinates,
    segment,
)
from signcheck.kernel.rules_witness import Block, Noise, path_hypotheses, witness
from signcheck.kernel.terms import Sym, Term
from signcheck.kernel.theorem import Theorem, all_rules, seal, sequent

seal()

__all__ = [
    "AXIOMS", "Attained", "Axiom", "Block", "Dynamics", "Eq", "ForAll", "Formula", "GapAtMost",
    "Independent", "Law", "Le", "Lipschitz", "Lt", "Measurable", "Noise", "Relation", "Sym", "Term",
    "Theorem", "absurd", "all_rules", "antiperiod", "antisymmetry", "assume", "between", "by_coordinates", "cases",
    "certificate", "constant_product", "coordinate", "coordinate_below_norm", "cut", "expect_equal",
    "expect_finite", "expect_linear", "expect_mono", "expect_pair", "expect_product", "function_value",
    "gap_goals", "generalise", "hoeffding", "identity", "induction", "inner_linear", "instantiate",
    "integer_gap", "known", "known_equal", "law", "law_support", "min_bound", "monotone", "norm_from_coordinates",
    "path_hypotheses", "piece_value", "profile_gap", "profile_lipschitz", "profile_symbol",
    "range_empty", "range_step", "rewrite", "root_power", "segment", "sequent", "sign_fact",
    "specialise", "sum_linear", "sum_mono", "suppose", "tower", "vanishing", "witness",
]  # fmt: skip
