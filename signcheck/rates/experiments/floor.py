"""(f) The floor L eta/2 of lattice methods: exponent 1 in the stepsize, whatever batch or momentum.

Prediction: T2b, attained at every step on wells, surely; T1 from above.
"""

from __future__ import annotations

from signcheck.rates.experiments.common import CLASS
from signcheck.rates.plan import Cell, Curve, Part, Point
from signcheck.rates.predictions import Bounds
from signcheck.rates.sizes import Size

STEPSIZES = (0.001, 0.01, 0.1, 1.0)
HORIZON = {"quick": 2e3, "full": 2e4}
"""Steps times eta^2, up to a number of steps that a look can wait for."""

METHODS = ({"name": "signsgd"}, {"name": "signum", "beta": 0.9})


def plan(size: Size, bounds: Bounds) -> Part:
    """See the module."""
    cells, curves, checks = [], [], []
    for method in METHODS:
        mine = []
        for eta in STEPSIZES:
            steps = int(min(HORIZON[size.name] / eta**2, 200 * HORIZON[size.name]))
            parameters = {**CLASS, "eta": eta, "d": 3}
            predicted = {"T2b": bounds.value("T2b", **parameters)}
            if method["name"] == "signsgd":
                numbers = {**parameters, "T": steps, "B": 1, "sigma": [(0.0, 3)]}
                predicted["T1"] = bounds.value("T1", **numbers)
            name = f"f/{method['name']}/eta={eta:g}"
            settings = {**method, "eta": eta}
            mine.append(Cell(name, "lattice-wells", parameters, settings, steps, 1, 1, predicted))
        points = tuple(Point(eta, (cell.name,)) for eta, cell in zip(STEPSIZES, mine, strict=True))
        label = {"signsgd": "SignSGD", "signum": "Signum"}[str(method["name"])]
        curves.append(
            Curve(label, "stepsize [length]", "stationarity [value/length]", points, "T2b", 1.0)
        )
        checks += [bounds.check(cell, "T2b", "lower") for cell in mine]
        checks += [bounds.check(cell, "T1", "upper") for cell in mine if "T1" in cell.predicted]
        cells += mine
    return Part("f", "The floor L eta/2", tuple(cells), tuple(curves), tuple(checks))
