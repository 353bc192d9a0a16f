"""T1's module with one constant changed by hand: the proof fails at a named step, everywhere."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
import sympy as sp

import proofs.upper.signsgd as source
from hardinstances.errors import ProofError
from proofs.upper.signsgd import RIGHT, STATEMENT, T1
from signcheck import cli, kernel, registry
from signcheck.theory import check

ETA, L = kernel.Sym("eta"), kernel.Sym("L")
LEFT = STATEMENT.conclusion.lhs  # type: ignore[attr-defined]
HALF = "sp.Rational(1, 2) * L * ETA"
EDITS = ["sp.Rational(49, 100) * L * ETA", "0.49 * L * ETA", "(0.5 - 1e-9) * L * ETA"]


@pytest.mark.parametrize(
    "constant", [sp.Rational(49, 100), 0.49, sp.Rational(1, 2) - sp.Rational(1, 10**30)], ids=str
)
def test_a_smaller_constant_fails_with_step_and_residual(constant: object) -> None:
    claim = kernel.Le(LEFT, RIGHT - L * ETA / 2 + constant * L * ETA)
    with pytest.raises(ProofError) as caught:
        check("T1", STATEMENT.claiming(claim), T1.prove)
    assert caught.value.step == "divide by eta T"
    assert "divide by eta T" in str(caught.value)
    assert str(claim) in str(caught.value)
    assert "L*eta" in str(caught.value.residual)


@pytest.mark.parametrize("share", [sp.Rational(49, 100), sp.Rational(3, 10)], ids=str)
def test_it_comes_with_numbers_that_break_it(share: sp.Rational) -> None:
    claim = kernel.Le(LEFT, RIGHT - L * ETA / 2 + share * L * ETA)
    with pytest.raises(ProofError) as caught:
        _ = replace(T1, statement=STATEMENT.claiming(claim)).theorem
    numbers = caught.value.counterexample
    assert numbers
    assert {"L", "eta", "T", "Delta"} <= set(numbers)
    average = next(v for name, v in numbers.items() if name.startswith("Big(Ex(N1("))
    noise = next(v for name, v in numbers.items() if name.startswith("Big(Ap(sigma"))
    right = numbers["Delta"] / (numbers["eta"] * numbers["T"])
    right += float(share) * numbers["L"] * numbers["eta"] + noise / numbers["B"] ** 0.5
    assert average / numbers["T"] > right


def test_a_float_is_the_decimal_that_was_written() -> None:
    same = kernel.Le(LEFT, RIGHT - L * ETA / 2 + 0.5 * L * ETA)
    assert same == STATEMENT.conclusion
    assert check("T1", STATEMENT.claiming(same), T1.prove) == T1.theorem


@pytest.mark.parametrize("edit", [*EDITS, HALF], ids=[*EDITS, "not edited"])
def test_verify_names_the_step(
    edit: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = Path(source.__file__).read_text(encoding="utf-8")
    runs = "    runs=experiments.UPPER,\n"
    assert text.count(HALF) == text.count(runs) == 1
    # The runs take seconds and cannot rescue a proof.
    edited = text.replace(HALF, edit).replace(runs, "")
    (tmp_path / "edited_by_hand.py").write_text(edited, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "edited_by_hand", raising=False)
    point = EntryPoint("T1", "edited_by_hand:T1", registry.GROUP)
    monkeypatch.setattr(registry, "_declared", lambda: {"T1": (point,)})
    table = tmp_path / "table.json"
    monkeypatch.setattr(sys, "argv", ["signcheck", "verify", "T1", "--json", str(table)])
    with pytest.raises(SystemExit) as left:
        cli.main()
    monkeypatch.delitem(sys.modules, "edited_by_hand")
    printed = capsys.readouterr()
    assert "Traceback" not in printed.out + printed.err
    (theorem,) = json.loads(table.read_text(encoding="utf-8"))["theorems"]
    if edit == HALF:
        assert left.value.code == 0
        assert theorem["status"] == "proved"
        return
    assert left.value.code == 1
    assert "T1 is not proved: step divide by eta T:" in printed.out
    assert "0 of 1 theorems proved" in printed.out
    assert theorem["status"] == "failed"
