"""From measurements to verdicts: intervals, error control over a table, sample sizes."""

from signcheck.stats.exponents import Exponent, fit_exponent
from signcheck.stats.families import Evidence, bonferroni, holm
from signcheck.stats.means import (
    Interval,
    Sample,
    chernoff,
    concentrated,
    empirical_bernstein,
    hoeffding,
    narrowest,
    simultaneous,
)
from signcheck.stats.planning import seeds_for
from signcheck.stats.verdict import (
    MAX_RELATIVE_WIDTH,
    ROUNDING_ALLOWANCE,
    Judgement,
    Sense,
    Verdict,
    errored,
    judge,
)

__all__ = [
    "MAX_RELATIVE_WIDTH",
    "ROUNDING_ALLOWANCE",
    "Evidence",
    "Exponent",
    "Interval",
    "Judgement",
    "Sample",
    "Sense",
    "Verdict",
    "bonferroni",
    "chernoff",
    "concentrated",
    "empirical_bernstein",
    "errored",
    "fit_exponent",
    "hoeffding",
    "holm",
    "judge",
    "narrowest",
    "seeds_for",
    "simultaneous",
]
