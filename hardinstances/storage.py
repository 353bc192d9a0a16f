"""Instances as files: the parameters, every number of the blocks, and the exact certificate.

Loading builds the instance again from its parameters, compares every stored number with it, and
verifies the certificate, so a file that was changed anywhere is refused. No pickles.
"""

from __future__ import annotations

import hashlib
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
    """Write an instance to ``path``, a ``.npz`` file.

    Raises
    ------
    InputError
        If the name does not end in ``.npz`` or the file cannot be written.
    """
    import numpy as np

    target = Path(path)
    if target.suffix != ".npz":
        raise InputError(f"{target} does not end in .npz: name a .npz file.")
    try:
        with target.open("wb") as file:
            np.savez_compressed(file, **record(instance))
    except OSError as error:
        raise InputError(
            f"{target} cannot be written ({error.strerror}): choose another."
        ) from error


def _read(path: Path) -> dict[str, Any]:
    import numpy as np

    if not path.is_file():
        raise InputError(f"There is no file {path}: check the name.")
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as members:
            # A damaged member is found here, with its name, before any number is read.
            if members.testzip() is not None:
                raise InputError(f"{path} is damaged: make it again.")
            file.seek(0)
            with np.load(file, allow_pickle=False) as archive:
                return {name: archive[name] for name in archive.files}
    except InputError:
        raise
    except (
        OSError,
        ValueError,
        EOFError,
        KeyError,
        zipfile.BadZipFile,
        NotImplementedError,
    ) as error:
        raise InputError(f"{path} cannot be read as an instance file: make it again.") from error


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
