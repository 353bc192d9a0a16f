"""Checkpoints (safetensors) and small logs, replaced atomically: nobody reads half a file."""

from __future__ import annotations

import csv
import io
import json
import os
from typing import TYPE_CHECKING, Any

from hardinstances.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import torch


def replace(path: Path, content: bytes) -> None:
    """Write ``content`` beside ``path``, flush it to disk, and rename it over ``path``.

    Raises
    ------
    DataError
        If the disk refuses.
    """
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        msg = f"{path} cannot be written: {error}. Free space or choose another directory."
        raise DataError(msg) from error


def write_rows(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Rows with the same keys as CSV."""
    if not rows:
        return
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    replace(path, text.getvalue().encode())


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Rows of a CSV file, numbers as int or float; an absent file has none."""
    if not path.exists():
        return []
    with path.open(newline="") as handle:
        return [{k: _number(v) for k, v in row.items()} for row in csv.DictReader(handle)]


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def write_json_lines(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """One JSON object a line."""
    replace(path, "".join(json.dumps(row) + "\n" for row in rows).encode())


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Objects of a JSON-lines file; an absent file has none."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def save_checkpoint(
    path: Path,
    model: torch.nn.Module,
    optimizers: Sequence[torch.optim.Optimizer],
    state: dict[str, Any],
) -> None:
    """Parameters, optimizer tensors and ``state`` (JSON) in one safetensors file, atomically."""
    from safetensors.torch import save

    tensors = {f"model.{n}": p.detach().contiguous() for n, p in model.named_parameters()}
    for number, optimizer in enumerate(optimizers):
        for index, entries in optimizer.state_dict()["state"].items():
            for key, value in entries.items():
                if value is not None:
                    tensors[f"optimizer.{number}.{index}.{key}"] = value.detach().contiguous()
    replace(path, save(tensors, metadata={"state": json.dumps(state)}))


def load_checkpoint(
    path: Path, model: torch.nn.Module, optimizers: Sequence[torch.optim.Optimizer]
) -> dict[str, Any]:
    """Restore parameters and optimizers in place; returns the JSON state.

    Raises
    ------
    DataError
        If the file is damaged or belongs to another model.
    """
    import torch
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(str(path), framework="pt") as archive:
            state = json.loads(archive.metadata()["state"])
            tensors = {key: archive.get_tensor(key) for key in archive.keys()}  # noqa: SIM118
        with torch.no_grad():
            for name, parameter in model.named_parameters():
                parameter.copy_(tensors[f"model.{name}"])
    except (SafetensorError, KeyError, OSError, RuntimeError) as error:
        msg = f"The checkpoint {path} cannot be used: {error}. Delete it to start the run anew."
        raise DataError(msg) from error
    for number, optimizer in enumerate(optimizers):
        current = optimizer.state_dict()
        entries: dict[int, dict[str, Any]] = {}
        for key, tensor in tensors.items():
            if key.startswith(f"optimizer.{number}."):
                _, _, index, name = key.split(".", 3)
                entries.setdefault(int(index), {})[name] = tensor
        optimizer.load_state_dict({"state": entries, "param_groups": current["param_groups"]})
    return dict(state)
