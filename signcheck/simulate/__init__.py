"""From instance and method to statistics: engines, update rules, and tables of checks."""

from signcheck.simulate.engine import simulate
from signcheck.simulate.law import exact_law
from signcheck.simulate.methods import SGD, Method, MomentumSGD, SignSGD, Signum
from signcheck.simulate.muon import Muon, NewtonSchulzMuon
from signcheck.simulate.summary import Summary
from signcheck.simulate.table import FAMILY_ERROR, Check, Row, check, run_table

__all__ = [
    "FAMILY_ERROR",
    "SGD",
    "Check",
    "Method",
    "MomentumSGD",
    "Muon",
    "NewtonSchulzMuon",
    "Row",
    "SignSGD",
    "Signum",
    "Summary",
    "check",
    "exact_law",
    "run_table",
    "simulate",
]
