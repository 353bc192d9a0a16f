"""Instances as files: the parameters, every number of the blocks, and the exact certificate.

Loading builds the instance again from its parameters, compares every stored number with it, and
verifies the certificate, so a file that was changed anywhere is refused. No pickles.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hardinstances.certificate import Claims
from hardinstances.errors import CertificateError, InputError, ProjectError

if TYPE_CHECKING:
    from hardinstances.instance import Instance

__all__ = ["load", "record", "save"]

FORMAT = "hardinstances/1"
_PARAMETER = "parameter/"


def record(instance: Instance) -> dict[str, Any]:
    """Everything that identifies an instance: name -> numpy array (numbers, or text as unicode)."""
    import numpy as np

    entries: dict[str, Any] = {"format": np.array(FORMAT), "id": np.array(instance.id)}
    for name, value in instance.parameters.items():
        entries[_PARAMETER + name] = np.asarray(value)
    entries |= instance.numbers()
    entries["level"] = np.asarray(instance.level_value)
    for field in fields(Claims):
        claim = getattr(instance.certificate.claims, field.name)
        entries[f"certificate/{field.name}"] = np.array(f"{claim.numerator}/{claim.denominator}")
    entries["digest"] = np.array(_digest(entries))
    return entries


def _digest(entries: dict[str, Any]) -> str:
    """SHA-256 over names, types, shapes and bytes, for changes that are consistent by accident."""
    total = hashlib.sha256()
    for name, value in sorted(entries.items()):
        total.update(f"{name} {value.dtype.str} {value.shape} ".encode())
        total.update(value.tobytes())
    return total.hexdigest()


def save(instance: Instance, path: str | Path) -> None:
    """Write an instance to ``path``, a ``.npz`` or ``.json`` file.

    Raises
    ------
    InputError
        If the name ends otherwise or the file cannot be written.
    """
    import numpy as np

    target = Path(path)
    if target.suffix not in {".npz", ".json"}:
        raise InputError(f"{target} does not end in .npz or .json: name such a file.")
    entries = record(instance)
    try:
        if target.suffix == ".json":
            target.write_text(json.dumps({n: _as_json(v) for n, v in entries.items()}, indent=1))
            return
        with target.open("wb") as file:
            np.savez_compressed(file, **entries)
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror}): choose another."
        ) from error


def _as_json(value: Any) -> Any:
    """Text as text; numbers with their type and shape (JSON keeps every bit of a float64)."""
    if value.dtype.kind == "U":
        return str(value)
    return {"dtype": value.dtype.str, "shape": list(value.shape), "data": value.ravel().tolist()}


def _from_json(value: Any) -> Any:
    import numpy as np

    if isinstance(value, str):
        return np.array(value)
    numbers = np.array(value["data"], dtype=np.dtype(value["dtype"]))
    return numbers.reshape(value["shape"])


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise InputError(f"There is no file {path}: check the name.")
    try:
        if path.suffix == ".json":
            return {name: _from_json(v) for name, v in json.loads(path.read_text()).items()}
        return _read_npz(path)
    except InputError:
        raise
    except _UNREADABLE as error:
        raise InputError(f"{path} cannot be read as an instance file: make it again.") from error


_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,
    zipfile.BadZipFile,
    RuntimeError,  # zipfile: an unknown compression, or a password
)


def _read_npz(path: Path) -> dict[str, Any]:
    import numpy as np

    with path.open("rb") as file, zipfile.ZipFile(file) as members:
        # A damaged member is found here, before any number is read.
        if members.testzip() is not None:
            raise InputError(f"{path} is damaged: make it again.")
        file.seek(0)
        with np.load(file, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}


def load(path: str | Path) -> Instance:
    """Read an instance, build it again and verify it.

    Raises
    ------
    InputError
        If the file is missing or no instance file of this format.
    CertificateError
        If anything in it differs from the instance that its parameters make.
    """
    from hardinstances.catalogue import make

    source = Path(path)
    stored = _read(source)
    if str(stored.get("format")) != FORMAT or "id" not in stored:
        raise InputError(f"{source} is no {FORMAT} file: make it again with this version.")
    parameters = {
        name.removeprefix(_PARAMETER): value if value.ndim else value.item()
        for name, value in stored.items()
        if name.startswith(_PARAMETER)
    }
    try:
        instance = make(str(stored["id"]), **parameters)
    except ProjectError as error:
        raise CertificateError(
            f"{source} was changed, its parameters do not fit: {error}"
        ) from error
    expected = record(instance)
    for name in sorted(expected.keys() | stored.keys()):
        same = name in expected and name in stored and _identical(expected[name], stored[name])
        if not same:
            raise CertificateError(
                f"{source} was changed: entry {name!r} is not what its parameters make; "
                "make the instance again."
            )
    instance.verify()
    return instance


def _identical(first: Any, second: Any) -> bool:
    return bool(
        first.dtype == second.dtype
        and first.shape == second.shape
        and first.tobytes() == second.tobytes()
    )
