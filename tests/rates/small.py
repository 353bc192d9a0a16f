"""A plan that runs in a blink: a noisy power law, a floor, a chain."""

from __future__ import annotations

from signcheck.rates.experiments.common import equal_noise, matched_batch, tight_cell
from signcheck.rates.plan import Cell, Check, Curve, Part, Plan, Point
from signcheck.rates.predictions import Bounds

STEPS = (32, 64, 128)


def small_plan(scale: float = 1.0, seed: int = 0, seeds: int = 40) -> Plan:
    bounds = Bounds(scale)
    noisy = [
        tight_cell(
            f"small/T={steps}", bounds, steps=steps, batch=matched_batch(steps, 1.0),
            sigma=equal_noise(2, 1.0), seeds=seeds, rho=0.7,
        )
        for steps in STEPS
    ]  # fmt: skip
    shared = {"L": 1.0, "Delta": 1.0, "eta": 0.1}
    sigma = {"sigma": [(0.0, 2)]}
    floors = {
        "T1": bounds.value("T1", **shared, T=4000, B=1, **sigma),
        "T2b": bounds.value("T2b", **shared),
    }
    wells = Cell(
        "small/wells", "lattice-wells", {**shared, "d": 2}, {"name": "signsgd", "eta": 0.1},
        4000, 1, 1, floors,
    )  # fmt: skip
    points = tuple(Point(float(cell.cost), (cell.name,)) for cell in noisy)
    curve = Curve("noisy", "N", "stationarity", points, "T2", -0.25)
    checks = [bounds.check(wells, "T1", "upper"), bounds.check(wells, "T2b", "lower")]
    checks += [bounds.check(cell, "T1", "upper") for cell in noisy]
    return Plan("small", seed, (Part("s", "Small", (*noisy, wells), (curve,), tuple(checks)),))


def chain_part() -> Part:
    parameters = {"L": 1.0, "Delta": 1.0, "K": 6, "p": 0.3, "rho": 0.5}
    cell = Cell(
        "small/chain", "gated-chain", parameters, {"name": "signsgd", "eta": 50.0}, 60, 1, 100,
        {"T8": 8.0}, measure="progress",
    )  # fmt: skip
    return Part("h", "Chain", (cell,), (), (Check(cell.name, "T8", "lower", 0.5, calls=8.0),))
