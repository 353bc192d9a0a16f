"""The command line: what it prints, what it refuses, and with which exit code."""

import json
import sys

import numpy as np
import pytest

import hardinstances
from hardinstances.catalogue import CATALOGUE
from hardinstances.cli import main
from tests.helpers.isolated import run_command, run_python


@pytest.fixture
def command(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["hardinstances", *arguments])
        with pytest.raises(SystemExit) as caught:
            main()
        captured = capsys.readouterr()
        return caught.value.code, captured.out, captured.err

    return run


def test_list_names_every_family(command):
    code, out, err = command("list")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(CATALOGUE)


@pytest.mark.parametrize("family", CATALOGUE)
def test_show_prints_every_key(command, family):
    code, out, _ = command("show", family)
    assert code == 0
    for name, key in CATALOGUE[family].keys.items():
        assert name in out
        assert key.text in out


def test_make_writes_a_file_that_loads(command, tmp_path):
    path, noise = tmp_path / "one.npz", tmp_path / "sigma.npy"
    np.save(noise, np.array([0.02, 0.0, 0.01, 0.0]))
    code, out, _ = command(
        "make", "signsgd-tight", "L=1", "Delta=1", "eta=0.04", "T=200", f"sigma={noise}",
        "--out", str(path),
    )  # fmt: skip
    assert code == 0
    instance = hardinstances.load(path)
    assert f"{instance.level_value:.12g}" in out
    assert instance.sigma.tolist() == [0.02, 0.0, 0.01, 0.0]


@pytest.mark.parametrize("ending", ["npz", "json"])
def test_matrices_and_chains_are_written_too(command, tmp_path, ending):
    for family, pairs in (
        ("muon-tight", ["eta=0.04", "T=50", "sigma=0,0,0.01", "rows=4", "rotation=3"]),
        ("gated-chain", ["K=5", "p=0.1", "rho=0.2"]),
    ):
        path = tmp_path / f"one.{ending}"
        assert command("make", family, "L=1", "Delta=1", *pairs, "--out", str(path))[0] == 0
        again = hardinstances.load(path)
        assert again.id == family
        assert again.parameters.get("rotation") in (None, 3)


def test_show_draws_an_instance(command, tmp_path):
    path = tmp_path / "wells.png"
    code, _, _ = command("show", "lattice-wells", "L=1", "Delta=1", "eta=1", "--plot", str(path))
    assert code == 0
    assert path.read_bytes().startswith(b"\x89PNG")


RUN = ["run", "lattice-wells", "L=1", "Delta=1", "--lr", "0.1", "--steps", "20", "--seeds", "2"]


def test_run_knows_the_stepsize_and_reports_the_ratio(command, tmp_path):
    path = tmp_path / "curve.png"
    code, out, _ = command(
        *RUN, "--optimizer", "torch.optim.SGD", "--option", "momentum=0.5", "--json",
        "--plot", str(path),
    )  # fmt: skip
    assert code == 0
    result = json.loads(out)
    assert result["level"] == pytest.approx(0.05)
    assert result["ratio"] == pytest.approx(result["best"] / 0.05)
    assert (result["steps"], result["calls"], result["covered"]) == (20, 20, True)
    assert path.read_bytes().startswith(b"\x89PNG")


def test_run_in_words(command):
    code, out, _ = command(*RUN, "--optimizer", "torch.optim.Adam")
    assert code == 0
    assert "level    0.05" in out


def test_run_of_a_diverging_optimizer_fails_without_a_number(command):
    code, out, err = command(
        "run", "stiff-quadratic", "d=3", "--optimizer", "torch.optim.SGD", "--lr", "1e30",
        "--steps", "40", "--seeds", "1",
    )  # fmt: skip
    assert (code, out) == (1, "")
    assert "diverged" in err


@pytest.mark.parametrize("option", ["momentum", "momentum=much more"])
def test_bad_options_are_refused(command, option):
    code, out, err = command(*RUN, "--optimizer", "torch.optim.SGD", "--option", option)
    assert (code, out) == (2, "")
    assert len(err.strip().splitlines()) == 1


BAD = {
    "unknown command": ["makes"],
    "unknown id": ["make", "signsgd"],
    "unknown id to show": ["show", "signsgd"],
    "missing id": ["make"],
    "unknown option": ["list", "--all"],
    "unknown key": ["make", "lattice-wells", "L=1", "Delta=1", "eta=1", "lr=1"],
    "missing key": ["make", "lattice-wells", "L=1"],
    "key twice": ["make", "lattice-wells", "L=1", "L=1", "Delta=1", "eta=1"],
    "no value": ["make", "lattice-wells", "L"],
    "negative": ["make", "lattice-wells", "L=-1", "Delta=1", "eta=1"],
    "nan": ["make", "lattice-wells", "L=nan", "Delta=1", "eta=1"],
    "text": ["make", "lattice-wells", "L=one", "Delta=1", "eta=1"],
    "too small for a float": ["make", "lattice-wells", "L=1e-300", "Delta=1", "eta=1e-300"],
    "fraction": ["make", "lattice-wells", "L=1", "Delta=1", "eta=1", "d=1.5"],
    "zero steps": ["make", "lattice-tight", "L=1", "Delta=1", "eta=1", "T=0"],
    "gap": ["make", "lattice-tight", "L=1", "Delta=1", "eta=9", "T=9", "delta=0.1"],
    "nan in sigma": ["make", "signsgd-tight", "L=1", "Delta=1", "eta=1", "T=9", "sigma=nan,0"],
    "empty sigma": ["make", "signsgd-tight", "L=1", "Delta=1", "eta=1", "T=9", "sigma=,"],
    "no file": ["make", "signsgd-tight", "L=1", "Delta=1", "eta=1", "T=9", "sigma=none.npy"],
    "no folder": ["make", "lattice-wells", "L=1", "Delta=1", "eta=1", "--out", "/no/such/one.npz"],
    "no optimizer": ["run", "lattice-wells", "L=1", "Delta=1"],
    "no dotted name": ["run", "lattice-wells", "L=1", "Delta=1", "--optimizer", "AdamW"],
    "no module": ["run", "lattice-wells", "L=1", "Delta=1", "--optimizer", "no_such.AdamW"],
    "no class": ["run", "lattice-wells", "L=1", "Delta=1", "--optimizer", "torch.optim.Best"],
    "no picture": ["show", "chain", "L=1", "Delta=1", "K=3", "--plot", "one.png"],
    "no npz": ["make", "lattice-wells", "L=1", "Delta=1", "eta=1", "--out", "one.txt"],
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=list(BAD))
def test_bad_input_is_one_sentence_and_exit_2(command, arguments):
    code, out, err = command(*arguments)
    assert code == 2
    assert out == ""
    assert len(err.strip().splitlines()) == 1
    assert "Traceback" not in err


def test_console_script_without_torch():
    done = run_command(
        "hardinstances.cli:main", "make", "lattice-wells", "L=1", "Delta=1", "eta=1",
        without=["torch"],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "certificate verified" in done.stdout


NUMPY_ONLY = """
import sys
import hardinstances
assert "torch" not in sys.modules and "numpy" not in sys.modules and "sympy" not in sys.modules
i = hardinstances.make("signsgd-tight", L=1., Delta=1., eta=.04, T=200, B=2, sigma=[.02, 0, .01, 0])
stream = hardinstances.Stream(1)
x = i.x0 - i.oracle(i.x0, 2, stream) - i.sign_oracle(i.x0, 2, stream)
print(float(i.value(x)), "torch" in sys.modules, "scipy" in sys.modules)
"""


def test_numpy_instances_work_without_torch():
    done = run_python(NUMPY_ONLY, without=["torch"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[1:] == ["False", "False"]
