"""The functions behind `signcheck pep` and `signcheck smoothness`."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from hardinstances.errors import CertificateError, InputError
from signcheck.pep.commands import pep_command, recheck_command, smoothness_command
from tests.helpers.isolated import run_python


def test_the_keys_of_the_answer(tmp_path: Path) -> None:
    answer = pep_command(
        {"T": "5", "pattern": "all"},
        certificate=tmp_path / "c.json",
        plot=tmp_path / "p.png",
    )
    assert json.loads(json.dumps(answer)) == answer
    assert answer["T"] == 5
    assert answer["eta"] == pytest.approx((2 / 5) ** 0.5)
    assert answer["optimum"] == pytest.approx(0.57825, abs=1e-5)
    assert answer["pattern"] == "all"
    assert answer["status"] == "optimal"
    assert answer["certificate"]["exact"] is True
    assert answer["lower"] <= answer["upper"] == answer["optimum"]
    # Ties are needed for that value; with sign(0) = 0 the worst case is smaller.
    assert answer["ties"] > 0
    assert answer["reachable"]["optimum"] == pytest.approx(0.57465, abs=1e-5)
    assert recheck_command(tmp_path / "c.json")["exact"] is True
    assert (tmp_path / "p.png").read_bytes()[:4] == b"\x89PNG"


def test_every_way_to_ask() -> None:
    two = pep_command({"T": "4", "pattern": "alternate,constant"})
    assert two["optimum"] == pytest.approx(0.65117, abs=1e-5)
    best = pep_command({"T": "4", "pattern": "reachable", "eta": "best"})
    assert best["optimum"] <= two["optimum"] * (1 + 1e-8)
    several = pep_command({"T": "4", "eta": "0.5,0.4,0.3"})
    assert several["eta"] == pytest.approx([0.5, 0.4, 0.3])
    general = pep_command({"T": "4", "class": "general"})
    assert general["status"] == "upper bound"
    assert general["optimum"] == pytest.approx(0.5**0.5, rel=1e-6)
    momentum = pep_command({"T": "3", "beta": "0.5"})
    assert momentum["method"] == "signum"
    assert pep_command({"T": "3", "L": "2", "Delta": "0.5"})["optimum"] == pytest.approx(
        pep_command({"T": "3"})["optimum"]
    )


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        ({}, "T is missing"),
        ({"T": "0"}, "T >= 1"),
        ({"T": "x"}, "integer"),
        ({"T": "3", "pattern": "+-"}, "2 signs"),
        ({"T": "3", "method": "lion"}, "lion"),
        ({"T": "3", "zeta": "1"}, "zeta"),
        ({"T": "3", "eta": "0"}, "not positive"),
        ({"T": "3", "eta": "best,1"}, "finite"),
        ({"T": "3", "class": "convex"}, "separable or general"),
        ({"T": "3", "class": "general", "pattern": "reachable"}, "pattern=all"),
        ({"T": "3", "class": "general", "eta": "best"}, "eta=best"),
        ({"T": "10", "class": "general"}, "T <= 9"),
        ({"T": "3", "columns": "0"}, "columns"),
    ],
)
def test_bad_input_never_yields_a_number(arguments: dict[str, str], word: str) -> None:
    with pytest.raises(InputError, match=word):
        pep_command(arguments)


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.json"
    pep_command({"T": "3", "pattern": "reachable"}, certificate=path)
    document = json.loads(path.read_text())
    document["bound"] = "1/4"
    path.write_text(json.dumps(document))
    with pytest.raises(CertificateError, match="changed"):
        recheck_command(path)


def test_smoothness_of_matrices(tmp_path: Path) -> None:
    matrix = np.array([[2.0, -1.0], [0.5, 1.0]])
    np.save(tmp_path / "m.npy", matrix)
    inline = smoothness_command({"matrix": "2,-1;0.5,1"})
    assert smoothness_command({"matrix": str(tmp_path / "m.npy")}) == inline
    assert inline["certified"]
    assert inline["exact"]
    assert inline["upper"] == inline["lower"] == 3.5
    assert smoothness_command({"quadratic": "1,4;-4,1"})["upper"] == 2.0
    large = smoothness_command({"matrix": ";".join([",".join(["1"] * 30)] * 30), "seed": "1"})
    assert not large["exact"]
    assert 900 == large["lower"] <= large["upper"] <= 900 * 1.0001


def test_smoothness_of_a_function_is_sampled_or_refused() -> None:
    torch.manual_seed(0)
    arguments = {"function": "torch.nn.functional:softplus", "center": "0"}
    with pytest.raises(InputError, match="sampled lower bound"):
        smoothness_command(arguments)
    found = smoothness_command({**arguments, "mode": "sampled"})
    assert found["kind"] == "sampled lower bound"
    assert not found["certified"]
    assert "upper" not in found
    assert 0.2 < found["lower"] <= 0.25 + 1e-12


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"matrix": "1", "quadratic": "1"},
        {"matrix": "1,2;3"},
        {"matrix": "no-such-file.npy"},
        {"matrix": "nan"},
        {"matrix": "1", "colour": "red"},
        {"function": "nowhere:nothing", "mode": "sampled"},
    ],
)
def test_smoothness_refuses_bad_input(arguments: dict[str, str]) -> None:
    with pytest.raises(InputError):
        smoothness_command(arguments)


@pytest.mark.parametrize(("T", "pattern"), [("8", "all"), ("12", "alternate,constant")])
def test_an_answer_takes_about_a_second(T: str, pattern: str) -> None:
    pep_command({"T": "2"})
    start = time.process_time()
    pep_command({"T": T, "pattern": pattern})
    # The target is one second of solving and modelling; room for certificate and slow machines.
    assert time.process_time() - start < 3.0


@pytest.mark.slow
def test_all_patterns_at_twelve_steps() -> None:
    start = time.process_time()
    answer = pep_command({"T": "12", "pattern": "all"})
    assert time.process_time() - start < 40
    assert answer["status"] == "optimal"
    assert answer["optimum"] == pytest.approx(0.383234, abs=1e-6)


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = (
        "import sys, signcheck.pep, signcheck.pep.commands;"
        "print(sorted({'numpy', 'cvxpy', 'torch', 'scipy', 'matplotlib'} & set(sys.modules)))"
    )
    done = run_python(code)
    assert done.stdout.strip() == "[]", done.stderr
