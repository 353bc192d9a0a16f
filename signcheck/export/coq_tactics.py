"""Tactics of the prelude that prove a step from its premises, by the name of its rule."""

from __future__ import annotations

__all__ = ["TACTICS"]

TACTICS = {
    "absurd": "exfalso; lra.",
    "antisymmetry": "apply Rle_antisym; [carry Fact0 | carry Fact1].",
    "between": "unfold Ind; destruct Rle_dec; lra.",
    "constant_product": "equal_factors Fact0.",
    "exp_law": "exp_law.",
    "function_value": "value.",
    "min_bound": "unfold Rmin, Rmax; repeat destruct Rle_dec; lra.",
    "monotone": "by_monotone Fact0.",
    "pi_bound": "first [exact pi_below | exact pi_above].",
    "range_empty": "first [apply bigsum_empty | apply bigprod_empty].",
    "range_step": "first [range_step | product_step].",
    "root_power": "root_power.",
    "sum_mono": "over_range Fact0.",
}
