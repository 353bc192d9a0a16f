"""(d) Tightness: T2 below, T1 above, the measurement between, over stepsize, batch and steps.

The noise is a third of T1's value at its best stepsize. A stepsize four times smaller makes the
descent term the largest, four times larger the discretisation term. Term by term: T1 is evaluated
without noise and without a gap, and what the noisy coordinates contribute is measured apart.
"""

from __future__ import annotations

from hardinstances.errors import BudgetError
from signcheck.rates.experiments.common import NOISELESS, best_stepsize, tight_cell
from signcheck.rates.plan import FLOOR, QUIET, Cell, Part
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size, walk_seeds

STEPS = {"quick": (1000,), "full": (1000, 10_000, 100_000)}
BATCHES = (1, 16, 64)
FACTORS = (0.25, 1.0, 4.0)
SHARES = (0.5, 0.3, 0.2)
MOST_SEEDS = 20_000
RHO = 0.01
NO_GAP = 1e-300
"""A gap so small that T1's descent term is nothing."""


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells: list[Cell] = []
    for steps in STEPS[size.name]:
        for batch in BATCHES:
            for factor in FACTORS:
                noise = best_stepsize(steps) / 2.0 * batch**0.5
                cells.append(_cell(bounds, steps, batch, factor, noise))
    checks = [bounds.check(cell, "T2", "lower") for cell in cells]
    checks += [bounds.check(cell, "T1", "upper") for cell in cells]
    return Part("d", "Tightness of T1 and T2", tuple(cells), (), tuple(checks))


def _cell(bounds: Bounds, steps: int, batch: int, factor: float, noise: float) -> Cell:
    sigma = ((0.0, 2), *((share * noise, 1) for share in SHARES))
    name = f"d/T={steps}/B={batch}/eta={factor:g}"
    # With long steps a walk that hardly ever leaves its slope costs more than the gap.
    for rho in (RHO, 0.05, 0.2, 0.5):
        try:
            cell = tight_cell(
                name, bounds, steps=steps, batch=batch, sigma=sigma, seeds=1,
                eta=factor * best_stepsize(steps), rho=rho,
            )  # fmt: skip
        except BudgetError:
            continue
        calm = {**cell.parameters, "sigma": NOISELESS}
        predicted = {
            **cell.predicted,
            QUIET: bounds.value("T1", **calm),
            FLOOR: bounds.value("T1", **{**calm, "Delta": NO_GAP}),
        }
        share = noise / batch**0.5 / cell.predicted["T2"]
        seeds = min(walk_seeds(round(share, 3), rho), MOST_SEEDS)
        return Cell(**{**vars(cell), "seeds": seeds, "predicted": predicted})
    raise BudgetError(
        f"The noise of {name} does not fit the gap at any rho: lower the stepsize.",
        budget="gap", excess=0.0, parameter="eta",
    )  # fmt: skip
