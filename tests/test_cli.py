"""The command line: numbers for good input, one sentence and no number for anything else."""

from __future__ import annotations

import json
import pickle
import re
import sys

import numpy as np
import pytest

import proofs.lower.lattice
from hardinstances.errors import InputError
from signcheck import cli, registry
from signcheck.cli_common import split_pairs
from tests.helpers.isolated import run_command, run_python

POINT = ["L=1", "Delta=1", "eta=0.04472", "T=1000", "B=16"]
NOISE = "sigma=0.05,0.01,0.01,0.01"
HEAVY = ("torch", "scipy", "sympy", "numpy", "numba", "cvxpy", "matplotlib", "z3", "rich", "proofs")


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command line in this process: exit code, standard output, standard error."""

    def called(*arguments):
        monkeypatch.setattr(sys, "argv", ["signcheck", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            cli.main()
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return called


# ---------------------------------------------------------------- bound


def test_the_example_of_the_issue(run) -> None:
    code, out, err = run("bound", "T1", *POINT, NOISE, "--json")
    content = json.loads(out)
    assert (code, err) == (0, "")
    assert content["theorem"] == "T1"
    assert content["value"] == pytest.approx(0.0647213595706619, rel=1e-14)


def test_plain_output_is_the_number_alone(run) -> None:
    code, out, _ = run("bound", "T1", *POINT, NOISE)
    assert code == 0
    assert float(out) == pytest.approx(0.0647213595706619, rel=1e-11)


def test_t2_reports_variant_and_choices(run) -> None:
    _, out, _ = run("bound", "T2", *POINT, NOISE, "--json")
    best = json.loads(out)
    assert best["variant"] == "finite horizon"
    assert 0 < best["delta"] < 0.5
    assert 0 < best["rho"] < 1
    _, out, _ = run("bound", "T2", *POINT, NOISE, "delta=0.05", "rho=0.1", "tau=0.0001", "--json")
    given = json.loads(out)
    assert (given["delta"], given["rho"]) == (0.05, 0.1)
    assert given["value"] < best["value"]


def test_sigma_from_a_file(run, tmp_path) -> None:
    path = tmp_path / "sigma.npy"
    np.save(path, np.array([0.05, 0.01, 0.01, 0.01]))
    from_file = run("bound", "T1", *POINT, f"sigma={path}")
    assert from_file == run("bound", "T1", *POINT, NOISE)


def test_a_pickle_in_disguise_is_not_opened(run, tmp_path) -> None:
    path = tmp_path / "sigma.npy"
    path.write_bytes(pickle.dumps([0.05]))
    code, out, err = run("bound", "T1", *POINT, f"sigma={path}")
    assert (code, out) == (2, "")
    assert "cannot be read as a .npy file" in err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["T1", "L=-1", *POINT[1:], NOISE], "L must be positive"),
        (["T1", "L=0", *POINT[1:], NOISE], "L must be positive"),
        (["T1", "L=nan", *POINT[1:], NOISE], "L must be finite"),
        (["T1", "L=inf", *POINT[1:], NOISE], "L must be finite"),
        (["T1", "L=one", *POINT[1:], NOISE], "L must be a number, got 'one'"),
        (["T1", *POINT[:3], "T=0", "B=16", NOISE], "T must be at least 1"),
        (["T1", *POINT[:3], "T=2.5", "B=16", NOISE], "T must be an integer"),
        (["T1", *POINT, "sigma=nan"], "sigma[0] is nan"),
        (["T1", *POINT, "sigma=0.1,-1"], "sigma[1] is -1.0"),
        (["T1", *POINT, "sigma=0.1,,0.2"], "sigma must be a number"),
        (["T1", *POINT, "sigma=nowhere.npy"], "nowhere.npy cannot be read"),
        (["T1", *POINT], "T1 needs sigma"),
        (["T1", *POINT, NOISE, "beta=0.9"], "no key 'beta': its keys are L, Delta, eta, T, B"),
        (["T1", *POINT, NOISE, "L=1"], "L is given twice"),
        (["T1", *POINT, NOISE, "delta"], "'delta' is not key=value"),
        (["T1", *POINT, NOISE, "delta="], "'delta=' is not key=value"),
        (["T1", *POINT, NOISE, "=1"], "'=1' is not key=value"),
        (["T2", *POINT, "sigma=0.1"], "two coordinates without noise"),
        (["T2", *POINT, NOISE, "delta=0.5"], "delta must lie strictly between 0 and 1/2"),
        (["T2", *POINT, NOISE, "tau=9"], "variance budget sigma is exceeded"),
        (["T2c", "L=1", "Delta=1", "eta=10", "T=9", "delta=0.1"], "gap budget Delta is exceeded"),
        (["T2b", "L=1", "Delta=1", "eta=0.1", "T=9"], "T2b has no key 'T'"),
        (["T99", "L=1"], "no theorem 'T99': the ids are"),
        (["L0", "L=1"], "L0 states no number of its own"),
        ([], "Missing argument 'ID'"),
    ],
)
def test_bad_input_is_one_sentence_without_a_number(run, arguments, words) -> None:
    code, out, err = run("bound", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


# ---------------------------------------------------------------- verify


def test_verify_prints_a_table_and_writes_json(run, tmp_path) -> None:
    path = tmp_path / "table.json"
    code, out, err = run("verify", "T2b", "L1", "--json", path, "--seed", "7")
    assert (code, err) == (0, "")
    assert "\x1b" not in out
    content = json.loads(path.read_text())
    assert content["ok"] is True
    assert content["seed"] == 7
    assert [t["id"] for t in content["theorems"]] == ["T2b", "L1"]
    assert [line.split()[0] for line in out.splitlines() if re.match(r"[LT]\d", line)] == [
        "T2b",
        "L1",
    ]
    for theorem in content["theorems"]:
        for entry in theorem["runs"]:
            assert f"{entry['bound']:.6g}" in out


def test_verify_exits_with_1_if_a_run_is_not_consistent(run, monkeypatch) -> None:
    import signcheck.verify

    true = signcheck.verify.verify
    monkeypatch.setattr(signcheck.verify, "verify", lambda *a, **k: true(*a, **k, scale=1.05))
    code, out, _ = run("verify", "T2b")
    assert code == 1
    assert "refuted" in out


def test_verify_exits_with_1_and_names_the_step_if_a_proof_fails(run, monkeypatch) -> None:
    from dataclasses import replace

    theory = proofs.lower.lattice.T2C
    claim = theory.statement.conclusion
    raised = replace(claim, level=claim.level * 2)
    wrong = replace(theory, statement=theory.statement.claiming(raised))
    monkeypatch.setattr(proofs.lower.lattice, "T2C", wrong)
    code, out, err = run("verify", "T2c")
    assert (code, err) == (1, "")
    assert re.search(r"T2c is not proved: step level: ", out)
    assert re.search(r"^  residual +\S", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["T99"], "no theorem 'T99'"),
        (["T1", "T99"], "no theorem 'T99'"),
        (["--seed", "-1"], "seed must be at least 0"),
        (["--seed", "x"], "--seed"),
        (["--json", "/no/such/folder/x.json"], "cannot be written"),
        (["--bogus"], "No such option"),
    ],
)
def test_bad_usage_of_verify_is_refused_before_any_work(run, arguments, words) -> None:
    code, out, err = run("verify", *arguments)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.strip().splitlines()) == 1


# ---------------------------------------------------------------- the others


def test_show_and_audit(run) -> None:
    code, out, _ = run("show", "L1-pointwise")
    assert code == 0
    assert "No axioms." in out
    code, out, _ = run("show", "L1-pointwise", "--latex")
    assert code == 0
    assert out.startswith(r"\begin{theorem}[L1-pointwise]")
    code, out, _ = run("audit", "L1-pointwise")
    assert code == 0
    assert "135 steps, 0 unchecked; axioms: none" in out
    assert run("show", "T99")[0] == 2


def test_pep_smoothness_and_density(run) -> None:
    code, out, _ = run("pep", "T=2", "--json")
    assert code == 0
    assert json.loads(out)["optimum"] == pytest.approx(1.0, rel=1e-5)
    assert run("pep", "T=0")[0] == 2
    code, out, _ = run("smoothness", "matrix=1,2;3,4", "--json")
    assert code == 0
    assert json.loads(out)["upper"] == pytest.approx(10.0)
    code, out, _ = run("density", "1,0,0,0", "--json")
    assert code == 0
    assert json.loads(out)["phi"] == pytest.approx(0.25)
    assert run("density", "1,nan")[0] == 2


def test_version_and_help(run) -> None:
    from signcheck import __version__

    assert run("--version") == (0, f"{__version__}\n", "")
    code, out, _ = run("--help")
    assert code == 0
    for name in ("verify", "bound", "show", "audit", "pep", "smoothness", "density", "export"):
        assert re.search(rf"^  {name} ", out, re.MULTILINE)
    assert run("bogus")[0] == 2


def test_pairs() -> None:
    assert split_pairs(["a=1", "b=x=y"]) == {"a": "1", "b": "x=y"}
    assert split_pairs(None) == {}
    with pytest.raises(InputError, match="twice"):
        split_pairs(["a=1", "a=1"])


def test_a_bug_is_a_traceback_and_not_a_sentence(monkeypatch) -> None:
    def broken(_name):
        raise ZeroDivisionError

    monkeypatch.setattr(registry, "load", broken)
    monkeypatch.setattr(sys, "argv", ["signcheck", "show", "T1"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


# ---------------------------------------------------------------- fresh interpreters


def test_help_loads_nothing_that_takes_long() -> None:
    code = """
import json
from signcheck.cli import main
sys.argv = ["signcheck", "--help"]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print(json.dumps(sorted(sys.modules)))
"""
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert not set(json.loads(done.stdout.splitlines()[-1])) & set(HEAVY)


@pytest.mark.parametrize(
    "arguments",
    [
        ("bound", "T1", *POINT, NOISE),
        ("show", "L1"),
        ("verify", "L1"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_command_works_without_torch(arguments) -> None:
    done = run_command("signcheck.cli:main", *arguments, without=["torch"])
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()
    assert not done.stderr


def test_a_reader_that_leaves_early_gets_no_traceback() -> None:
    code = """
import subprocess
command = [sys.executable, "-m", "signcheck.cli", "audit"]
child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
child.stdout.readline()
child.stdout.close()
error = child.stderr.read()
child.wait()
print(repr(error))
"""
    done = run_python(code)
    assert done.stdout == "''\n", done.stdout + done.stderr
