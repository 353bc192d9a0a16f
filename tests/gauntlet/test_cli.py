"""``signcheck gauntlet`` from the command line."""

import sys

import pytest

from signcheck import cli
from tests.helpers.isolated import run_python


@pytest.fixture
def signcheck(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["signcheck", "gauntlet", *map(str, arguments)])
        with pytest.raises(SystemExit) as done:
            cli.main()
        return done.value.code, capsys.readouterr()

    return call


def test_a_short_run(package, signcheck, tmp_path):
    """The small stand-in has the rows that the wells cover."""
    code, printed = signcheck(
        "--quick", "--only", "SignSGD[", "--instance", "lattice-wells", "--workers", 1,
        "--out", tmp_path / "run",
    )  # fmt: skip
    assert code == 0
    assert "no lattice method beats the wells (T2b)" in printed.out
    assert "consistent" in printed.out
    assert "\x1b" not in printed.out
    assert not printed.err
    assert (tmp_path / "run" / "cells.jsonl").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--only", "nonsense"), "No optimizer's name contains 'nonsense'"),
        (("--instance", "nonsense"), "The gauntlet has no instance 'nonsense'"),
        (("--seed", "-3"), "The seed is an integer"),
        (("--workers", "-1"), "workers must be a positive integer, got -1"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_2(package, signcheck, tmp_path, arguments, message):
    code, printed = signcheck("--quick", "--out", tmp_path / "run", *arguments)
    assert code == 2
    assert message in printed.err
    assert not printed.out
    assert len(printed.err.splitlines()) == 1


def test_the_modules_that_the_command_line_needs_first_are_light():
    code = (
        "import sys, signcheck.gauntlet.command, signcheck.gauntlet.entries\n"
        "print([n for n in ('torch', 'matplotlib', 'numpy') if n in sys.modules])"
    )
    done = run_python(code)
    assert done.stdout.strip() == "[]", done.stderr
