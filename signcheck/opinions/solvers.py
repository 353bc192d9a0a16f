"""z3 and cvc5 behind one function: satisfiable, unsatisfiable, or no opinion."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from functools import cache
from typing import Any, Literal, NamedTuple

from hardinstances.errors import SolverError

__all__ = ["TIMEOUT_MS", "Answer", "ask", "available"]

Verdict = Literal["sat", "unsat", "unknown"]
TIMEOUT_MS = 2000

# cvc5 looks at its own clock too seldom to be trusted with it: it runs in a process that is ended.
_CVC5 = """
import sys, cvc5
solver = cvc5.Solver(cvc5.TermManager())
solver.setLogic("QF_NRA")
parser = cvc5.InputParser(solver)
parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.stdin.read(), "leaf")
while not (command := parser.nextCommand()).isNull():
    command.invoke(solver, parser.getSymbolManager())
print(solver.checkSat())
"""


class Answer(NamedTuple):
    """What a solver says of a script.

    ``model`` holds numbers for the variables where z3 found the script satisfiable.
    """

    verdict: Verdict
    solver: str
    seconds: float
    model: dict[str, str]


def available() -> tuple[str, ...]:
    """The solvers that are installed, in the order in which they are asked."""
    return tuple(s for s in ("z3", "cvc5") if importlib.util.find_spec(s) is not None)


@cache
def ask(script: str, solver: str) -> Answer:
    """The solver's answer, after at most ``TIMEOUT_MS`` milliseconds; none is ``"unknown"``.

    Raises
    ------
    SolverError
        If the solver cannot read the script.
    """
    start = time.perf_counter()
    verdict, model = {"z3": _z3, "cvc5": _cvc5}[solver](script)
    return Answer(verdict, solver, time.perf_counter() - start, model)


def _verdict(text: str) -> Verdict:
    return "sat" if text == "sat" else "unsat" if text == "unsat" else "unknown"


def _unreadable(solver: str, why: object) -> SolverError:
    return SolverError(f"{solver} cannot read an exported leaf ({why}): report this.")


def _z3(script: str) -> tuple[Verdict, dict[str, str]]:
    import z3

    solver = z3.SolverFor("QF_NRA")
    solver.set("timeout", TIMEOUT_MS)
    try:
        solver.from_string(script)
    except z3.Z3Exception as error:
        raise _unreadable("z3", error) from error
    verdict = _verdict(str(solver.check()))
    if verdict != "sat":
        return verdict, {}
    found: Any = solver.model()
    return verdict, {str(name): str(found[name]) for name in found}


def _cvc5(script: str) -> tuple[Verdict, dict[str, str]]:
    # The import takes part of a second, which is no part of the solver's time.
    limit = 1 + TIMEOUT_MS / 1000
    command = [sys.executable, "-I", "-c", _CVC5]
    try:
        done = subprocess.run(
            command, input=script, capture_output=True, text=True, timeout=limit, check=False
        )
    except subprocess.TimeoutExpired:
        return "unknown", {}
    if done.returncode:
        raise _unreadable("cvc5", done.stderr.strip().rpartition("\n")[2])
    return _verdict(done.stdout.strip()), {}
