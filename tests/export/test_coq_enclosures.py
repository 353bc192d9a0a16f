"""The files for coq-interval: their numbers are those of the ball arithmetic; coqc takes them."""

import re
import shutil
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest

from hardinstances.chain_bounds import GAP, SLOPE, SMOOTHNESS
from signcheck.export.coq_enclosures import enclosures
from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT


def rationals(text):
    return {Fraction(int(p), int(q)) for p, q in re.findall(r"\((-?\d+) / (\d+)\)", text)}


def test_the_constants_are_those_that_are_certified_elsewhere():
    files = enclosures()
    assert {GAP, SLOPE} <= rationals(files["enc_T8"])
    assert f"<= {SMOOTHNESS}." in files["enc_T8"]
    assert REFERENCE_MINORANT.level in rationals(files["enc_T10"])
    assert f"{REFERENCE_MINORANT.slope} * x0 <= q x0" in files["enc_T10"]
    assert {REFERENCE[0][0], REFERENCE[0][2]} <= rationals(files["enc_T10"])


def test_the_two_lower_bounds_of_the_polar_step_meet():
    text = enclosures()["enc_T10"]
    start = re.search(r"Theorem plateau .*: \((\d+) / (\d+)\) <= x0", text)
    end = re.search(r"Theorem rise .*x0 <= \((\d+) / (\d+)\)", text)
    assert Fraction(*map(int, start.groups())) < Fraction(*map(int, end.groups()))


@pytest.mark.coq
def test_coqc_takes_the_polar_step_and_not_a_level_that_is_too_high(tmp_path):
    where = subprocess.run(["coqc", "-where"], capture_output=True, text=True, check=True)
    if not (Path(where.stdout.strip()) / "user-contrib" / "Interval").exists():
        return  # the tactic is not installed: `make coq-interval` says so
    text = enclosures()["enc_T10"]
    level = f"({REFERENCE_MINORANT.level.numerator} / {REFERENCE_MINORANT.level.denominator})"
    higher = "(69 / 100)"

    def takes(name, content):
        (tmp_path / f"{name}.v").write_text(content)
        command = [shutil.which("coqc"), "-w", "none", f"{name}.v"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False, timeout=200)
        return done.returncode == 0

    assert takes("right", text)
    assert not takes("wrong", text.replace(level, higher))
