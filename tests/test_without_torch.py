"""What has to work where torch is not installed, and what a command may load before it works."""

from __future__ import annotations

import json

import pytest

from tests.helpers.isolated import run_command, run_python

ABSENT = ("torch", "cvxpy", "numba", "matplotlib", "z3", "transformers")
LOADED_LATE = (*ABSENT, "numpy", "scipy", "sympy")

CLIS = ["hardinstances"]
COMMANDS = [
    ("hardinstances", "list"),
    ("hardinstances", "show", "lattice-wells"),
    ("hardinstances", "make", "lattice-wells", "L=1", "Delta=1", "eta=0.1"),
    ("hardinstances", "make", "signsgd-tight", "L=1", "Delta=1", "eta=0.04472", "T=100", "B=4",
     "sigma=0.05,0.01,0,0", "delta=0.05", "rho=0.1", "tau=0.001"),
]  # fmt: skip
REFUSED = [
    ("hardinstances", "show", "no-such-instance"),
    ("hardinstances", "make", "lattice-wells", "L=-1", "Delta=1", "eta=0.1"),
    ("hardinstances", "make", "lattice-wells", "L=nan", "Delta=1", "eta=0.1"),
    ("hardinstances", "make", "lattice-wells", "L=1", "Delta=1", "eta=0.1", "zeta=1"),
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_command_works_without_torch(command: tuple[str, ...]) -> None:
    program, *arguments = command
    done = run_command(f"{program}.cli:main", *arguments, without=ABSENT)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert not done.stderr


@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_bad_input_gives_one_sentence_and_no_number(command: tuple[str, ...]) -> None:
    program, *arguments = command
    done = run_command(f"{program}.cli:main", *arguments, without=ABSENT)
    assert done.returncode == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("program", CLIS)
def test_help_loads_nothing_that_takes_long(program: str) -> None:
    code = f"""
import json
from {program}.cli import main
sys.argv = [{program!r}, "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(json.dumps(sorted(sys.modules)))
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    *text, modules = done.stdout.splitlines()
    assert any(program in line for line in text)
    assert not set(json.loads(modules)) & set(LOADED_LATE)


def test_a_numpy_instance_answers_its_oracle_without_torch() -> None:
    code = """
import numpy, hardinstances
instance = hardinstances.make("lattice-wells", L=1, Delta=1, eta=0.1, d=3)
x = numpy.asarray(instance.x0)
g = instance.oracle(x, 2, numpy.random.default_rng(1))
assert g.shape == instance.grad(x).shape == x.shape
assert numpy.isfinite(instance.value(x))
assert numpy.abs(instance.grad(x)).sum() > 0
print("torch" in sys.modules)
"""
    done = run_python(code, without=ABSENT)
    assert (done.returncode, done.stdout) == (0, "False\n"), done.stderr
