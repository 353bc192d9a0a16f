"""Exported proofs are derived again by the reader, and altered ones are rejected."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hardinstances.errors import CertificateError, InputError
from signcheck import cli_check, kernel, registry
from signcheck.export.json import document, write
from signcheck.export.reader import RULES, Verdict, read, read_file
from signcheck.export.reader.check import FORMAT, digest
from tests.helpers.source import modules

IDS = registry.ids()
SMALL = ("L0", "L1-pointwise", "T2b", "T2c")


@cache
def exported(name: str) -> str:
    return json.dumps(document(registry.load(name)))


@cache
def verdict(name: str) -> Verdict:
    return read(json.loads(exported(name)))


def resealed(name: str, path: tuple[Any, ...], value: Any) -> dict[str, Any]:
    """The export with one value replaced and the digest made anew."""
    changed: dict[str, Any] = json.loads(exported(name))
    place: Any = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed | {"digest": digest(changed)}


def leaves(x: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every number and text of a document with the way to it."""
    if isinstance(x, (dict, list)):
        for key, part in x.items() if isinstance(x, dict) else enumerate(x):
            yield from leaves(part, (*at, key))
    else:
        yield at, x


@cache
def places(name: str) -> list[tuple[tuple[Any, ...], Any]]:
    return [p for p in leaves(json.loads(exported(name))) if p[0][0] != "digest"]


def a_name(path: tuple[Any, ...], value: Any) -> bool:
    """Whether an edit may only rename: an operator, a symbol, a sort, or what no rule reads."""
    return path[0] not in ("rows", "steps", "statement") or (
        path[0] == "rows" and isinstance(value, str) and value.isidentifier()
    )


def proved(found: Verdict) -> tuple[Any, ...]:
    return found.conclusion, found.hypotheses, found.axioms


# ---------------------------------------------------------------- what is exported is derived again


@pytest.mark.parametrize("name", IDS)
def test_every_step_of_every_proof_is_derived_again(name: str) -> None:
    found = verdict(name)
    steps = json.loads(exported(name))["steps"]
    assert sum(found.derived.values()) + sum(found.not_rechecked.values()) == len(steps) > 0
    assert set(found.not_rechecked) <= set(kernel.all_rules()) - set(RULES)
    assert set(found.axioms) == registry.load(name).theorem.axioms
    assert len(found.hypotheses) == len(registry.load(name).theorem.hyps)


def test_the_reader_has_no_rule_that_the_kernel_lacks() -> None:
    assert set(RULES) <= set(kernel.all_rules())
    assert len(RULES) >= 55


def test_the_reader_shares_nothing_with_the_kernel() -> None:
    ours = modules("signcheck/export/reader")
    assert len(ours) >= 10
    for source in ours:
        for name in source.imports():
            allowed = ("signcheck.export.reader", "hardinstances.errors")
            assert name.startswith(allowed) or name.partition(".")[0] in (
                *("__future__", "collections", "dataclasses", "fractions", "functools", "hashlib"),
                *("inspect", "json", "pathlib", "re", "time", "typing"),
            ), (source.name, name)


def test_a_verdict_says_what_was_proved_and_how_much_code_it_rests_on() -> None:
    lines = list(verdict("T1").text())
    assert "0 not rechecked" in lines[0]
    assert "eta" in lines[-1]
    assert " <= " in lines[-1]
    assert 300 < verdict("T1").lines() < 1500
    assert json.loads(json.dumps(verdict("T1").plain()))["theorem"] == "T1"


# ---------------------------------------------------------------- what is altered is rejected


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_single_edit_is_seen(data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SMALL))
    path, value = data.draw(st.sampled_from(places(name)))
    other = data.draw(st.one_of(st.none(), st.integers(-3, 300), st.text(max_size=3)))
    changed = resealed(name, path, other)
    changed["digest"] = json.loads(exported(name))["digest"]
    if (other, type(other)) != (value, type(value)):
        with pytest.raises(CertificateError):
            read(changed)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_an_edit_that_was_sealed_again_proves_nothing_else(data: st.DataObject) -> None:
    """It is rejected, or the proof stands as it is: an unused name, a line that is as true."""
    name = data.draw(st.sampled_from(SMALL))
    path, value = data.draw(st.sampled_from([p for p in places(name) if not a_name(*p)]))
    step = data.draw(st.sampled_from((-2, -1, 1, 3)))
    try:
        other: Any = value + step if isinstance(value, int) else str(Fraction(value) + step)
    except (TypeError, ValueError):
        other = data.draw(st.sampled_from(sorted(RULES)))
    try:
        found = read(resealed(name, path, other))
    except CertificateError:
        return
    assert proved(found) == proved(verdict(name)), (path, value, other)
    assert not found.not_rechecked


@pytest.mark.parametrize("name", ["T1", "T2b", "T2c", "L0-tent"])
def test_no_constant_can_be_changed(name: str) -> None:
    rows = json.loads(exported(name))["rows"]
    numbers = [k for k, row in enumerate(rows) if row[0] == "num" and row[1] not in ("0", "1")]
    assert len(numbers) >= 3
    for k in numbers:
        value = Fraction(rows[k][1])
        for other in (value * Fraction(51, 50), value - 1):
            with pytest.raises(CertificateError):
                read(resealed(name, ("rows", k, 1), str(other)))


def test_no_hypothesis_can_be_dropped_and_no_other_conclusion_claimed() -> None:
    data = json.loads(exported("T2b"))
    for name in data["statement"]["hypotheses"]:
        fewer = copy.deepcopy(data)
        del fewer["statement"]["hypotheses"][name]
        with pytest.raises(CertificateError, match="hypotheses"):
            read(fewer | {"digest": digest(fewer)})
    claims = {step["claim"] for step in data["steps"]} - {data["statement"]["conclusion"]}
    for claim in sorted(claims)[::12]:
        with pytest.raises(CertificateError, match="conclusion"):
            read(resealed("T2b", ("statement", "conclusion"), claim))


def test_an_axiom_cannot_be_kept_silent() -> None:
    assert verdict("T2").axioms == ("Hoeffding",)
    with pytest.raises(CertificateError, match="axioms"):
        read(resealed("T2", ("statement", "axioms"), []))


def test_a_rule_that_the_reader_lacks_is_counted() -> None:
    steps = json.loads(exported("L0"))["steps"]
    place = next(k for k, step in enumerate(steps) if step["rule"] == "certificate")
    found = read(resealed("L0", ("steps", place, "rule"), "enclosure of another kernel"))
    assert found.not_rechecked == {"enclosure of another kernel": 1}
    assert "  not rechecked: rule enclosure of another kernel, 1 steps" in list(found.text())


@pytest.mark.parametrize("name", ["2", "0 <= x", "x y", "", "et\N{CYRILLIC SMALL LETTER A}"])
def test_a_symbol_may_not_read_like_something_else(name: str) -> None:
    rows = json.loads(exported("L0"))["rows"]
    place = next(k for k, row in enumerate(rows) if row[0] == "sym")
    changed = resealed("L0", ("rows", place, 1), name)
    with pytest.raises(CertificateError, match="no term"):
        read(changed)


def test_the_command_fails_where_a_rule_is_not_rechecked(tmp_path: Any) -> None:
    steps = json.loads(exported("L0"))["steps"]
    place = next(k for k, step in enumerate(steps) if step["rule"] == "certificate")
    for rule, code in (("certificate", 0), ("enclosure of another kernel", 1)):
        path = tmp_path / f"{code}.json"
        path.write_text(json.dumps(resealed("L0", ("steps", place, "rule"), rule)))
        assert cli_check.recheck([path]) == code


# ---------------------------------------------------------------- files


def test_files_are_written_and_read(tmp_path: Any) -> None:
    (path,) = write([registry.load("L0")], tmp_path / "out")
    assert path.name == "L0.json"
    assert proved(read_file(path)) == proved(verdict("L0"))


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"format": "signcheck proof 1"}', "nan"])
def test_a_file_that_is_no_proof_is_refused_in_a_sentence(content: str, tmp_path: Any) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises((CertificateError, InputError)) as caught:
        read_file(path)
    assert str(caught.value).endswith(".")


def test_a_sealed_file_without_steps_is_refused() -> None:
    empty: dict[str, Any] = {"format": FORMAT, "id": "x", "rows": [], "steps": [], "statement": {}}
    with pytest.raises(CertificateError, match="no exported proof"):
        read(empty | {"digest": digest(empty)})


def test_a_folder_that_cannot_be_written_is_refused(tmp_path: Any) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write([registry.load("L0")], tmp_path / "file")
