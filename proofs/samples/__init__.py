"""Class members, laws and parameters at which stronger variants of the statements are tried.

Upper bounds are tried on the hard instances, whose levels are proved lower bounds; lower bounds
are tried against T1 and L0-gap, which no member of the class exceeds. All numbers are
exact or balls.
"""

from proofs.samples.first_order import momentum_samples, sgd_l1_samples, sgd_samples
from proofs.samples.lemmas import (
    gap_samples,
    law_samples,
    pointwise_samples,
    quadratic_samples,
    rounding_samples,
    tent_samples,
)
from proofs.samples.sgd_lower import quiet_level_samples, sgd_level_samples, unstable_samples
from proofs.samples.signsgd import (
    best_batch_samples,
    best_stepsize_samples,
    budget_samples,
    lower_samples,
    upper_samples,
)

__all__ = [
    "best_batch_samples",
    "best_stepsize_samples",
    "budget_samples",
    "gap_samples",
    "law_samples",
    "lower_samples",
    "momentum_samples",
    "pointwise_samples",
    "quadratic_samples",
    "quiet_level_samples",
    "rounding_samples",
    "sgd_l1_samples",
    "sgd_level_samples",
    "sgd_samples",
    "tent_samples",
    "unstable_samples",
    "upper_samples",
]
