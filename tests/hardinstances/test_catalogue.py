"""Ids, keys and files."""

import inspect
import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import hardinstances
from hardinstances.catalogue import CATALOGUE, find, load, make, save
from hardinstances.errors import CertificateError, InputError
from hardinstances.rng import Stream
from tests.strategies import vector_instances

TIGHT = {"L": 1, "Delta": 1, "eta": 0.04, "T": 200, "B": 2, "sigma": [0.02, 0, 0.01, 0]}


@pytest.mark.parametrize("family", CATALOGUE.values(), ids=list(CATALOGUE))
def test_keys_are_the_arguments_of_the_builder(family):
    arguments = dict(inspect.signature(family.build).parameters)
    if "parameters" in arguments:
        # A matrix family hands these on to the builder of its separable family.
        del arguments["parameters"]
        vector = family.id.replace("muon", "signsgd").removesuffix("-matrix")
        arguments |= inspect.signature(find(vector).build).parameters
    assert set(arguments) == set(family.keys)
    for name, key in family.keys.items():
        assert key.required == (arguments[name].default is inspect.Parameter.empty)
        assert "[" in key.text


def test_unknown_ids_and_keys_and_missing_ones():
    with pytest.raises(InputError, match="signsgd-tight"):
        make("signsgd")
    with pytest.raises(InputError, match="'lr'"):
        make("lattice-wells", L=1, Delta=1, eta=1, lr=1)
    with pytest.raises(InputError, match="needs Delta, eta"):
        make("lattice-wells", L=1)
    with pytest.raises(AttributeError, match="nothing"):
        _ = hardinstances.nothing
    assert find("lattice-wells").theorem == "T2b"


@given(instance=vector_instances())
def test_parameters_make_the_same_instance_again(instance):
    again = make(instance.id, **instance.parameters)
    assert again.level_value == instance.level_value
    assert again.certificate.claims == instance.certificate.claims


@given(instance=vector_instances(), seed=st.integers(0, 9))
def test_a_file_gives_the_instance_back(tmp_path_factory, instance, seed):
    path = tmp_path_factory.mktemp("instances") / "one.npz"
    save(instance, path)
    again = load(path)
    assert again.id == instance.id
    assert again.certificate.claims == instance.certificate.claims
    batch = instance.batch or 1
    np.testing.assert_array_equal(
        again.oracle(again.x0, batch, Stream(seed)),
        instance.oracle(instance.x0, batch, Stream(seed)),
    )


@pytest.fixture(scope="module")
def entries(tmp_path_factory):
    path = tmp_path_factory.mktemp("stored") / "tight.npz"
    save(make("signsgd-tight", **TIGHT), path)
    with np.load(path) as archive:
        return dict(archive)


def changed(value):
    """The smallest change that the type allows."""
    if value.dtype.kind == "U":
        return np.array(str(value) + "1")
    flat = value.copy().reshape(-1)
    flat[0] = flat[0] + 1 if value.dtype.kind in "iu" else math.nextafter(flat[0], math.inf)
    return flat.reshape(value.shape)


def test_every_entry_of_a_file_is_guarded(entries, tmp_path):
    assert len(entries) > 25
    path = tmp_path / "tampered.npz"
    for name in entries:
        for tampered in (
            {**entries, name: changed(entries[name])},
            {n: v for n, v in entries.items() if n != name},
        ):
            np.savez(path, **tampered)
            with pytest.raises((CertificateError, InputError)):
                load(path)
    np.savez(path, **entries, extra=np.zeros(1))
    with pytest.raises(CertificateError, match="extra"):
        load(path)
    np.savez(path, **entries)
    load(path)


def test_every_entry_of_a_json_file_is_guarded(tmp_path):
    path = tmp_path / "tight.json"
    save(make("signsgd-tight", **TIGHT), path)
    entries = json.loads(path.read_text())
    for name, value in entries.items():
        other = value + "1" if isinstance(value, str) else {**value, "data": [9.5]}
        path.write_text(json.dumps({**entries, name: other}))
        with pytest.raises((CertificateError, InputError)):
            load(path)
    for text in ("", "[]", '{"format": 3}', '{"format": {"dtype": "f8"}}', "nonsense"):
        path.write_text(text)
        with pytest.raises(InputError):
            load(path)
    path.write_text(json.dumps(entries))
    load(path)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_files_that_are_no_archives(tmp_path, content):
    path = tmp_path / "bad.npz"
    path.write_bytes(content)
    with pytest.raises(InputError, match="instance file"):
        load(path)


@pytest.mark.parametrize(
    ("offset", "value"), [(0, 1), (2, 99)], ids=["a password", "an unknown compression"]
)
def test_members_that_the_archive_cannot_open(entries, tmp_path, offset, value):
    path = tmp_path / "locked.npz"
    np.savez(path, **entries)
    content = bytearray(path.read_bytes())
    # Flags and compression stand after the version: at byte 6 of a member's header, 8 of its entry.
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + flags + offset] = value
    path.write_bytes(content)
    with pytest.raises(InputError, match="cannot be read as an instance file"):
        load(path)


def test_files_with_pickles_or_plain_arrays(tmp_path):
    path = tmp_path / "bad.npz"
    np.savez(path, id=np.array([object()], dtype=object))
    with pytest.raises(InputError, match="instance file"):
        load(path)
    with path.open("wb") as file:
        np.save(file, np.zeros(3))
    with pytest.raises(InputError, match="instance file"):
        load(path)
    with pytest.raises(InputError, match="no file"):
        load(tmp_path / "missing.npz")
    with pytest.raises(InputError, match=r"\.npz"):
        save(make("lattice-wells", L=1, Delta=1, eta=1), tmp_path / "one.txt")
