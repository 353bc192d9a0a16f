"""The command line: what it prints, what it refuses, and with which exit code."""

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
