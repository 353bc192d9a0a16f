"""A run's logs: CSV and JSON files that are replaced atomically and carry their own provenance."""

from __future__ import annotations

import hashlib
import json
import platform
import time
from contextlib import contextmanager
from dataclasses import asdict
from importlib import metadata
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from gpt2_validation import checkpoint
from gpt2_validation.protocol import protocol_hash
from hardinstances.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import torch

    from gpt2_validation.protocol import Run

FINISHED = ("complete", "diverged")


def versions() -> dict[str, str]:
    """Versions of what computes: Python, torch with its CUDA, transformers, numpy."""
    import torch

    found = {"python": platform.python_version(), "cuda": str(torch.version.cuda)}
    for name in ("torch", "transformers", "numpy", "safetensors"):
        found[name] = metadata.version(name)
    return found


def source_hash() -> str:
    """Checksum of the code that trains and measures."""
    digest = hashlib.sha256()
    for package, pattern in (("gpt2_validation", "*.py"), ("signcheck", "density*.py")):
        folder = files(package)
        for path in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if path.name.endswith(".py") and (pattern == "*.py" or "density" in path.name):
                digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()[:16]


class Log:
    """Rows, evaluations and measurements of one run; only rank 0 writes.

    Raises
    ------
    DataError
        If the directory holds the log of a run with other settings.
    """

    def __init__(
        self, run: Run, out: Path, device: torch.device, world: int, *, compiled: bool
    ) -> None:
        self._run, self._out = run, out
        self._device, self._world, self._compiled = device, world, compiled
        self.rows = checkpoint.read_rows(out / "log.csv")
        self.evaluations = checkpoint.read_rows(out / "evaluations.csv")
        self.measurements = checkpoint.read_json_lines(out / "measurements.jsonl")
        path = out / "run.json"
        self._record: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
        if self._record:
            self.check_same(self._record["run"])
        self._clock = time.perf_counter()
        self._started = time.monotonic()

    @property
    def status(self) -> str:
        """``complete``, ``diverged``, ``paused``, ``running`` or ``new``."""
        return str(self._record.get("status", "new"))

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        return self.status in FINISHED

    def check_same(self, digest: str) -> None:
        """Refuse a log or checkpoint of another run."""
        if digest != self._run.digest:
            msg = (
                f"{self._out} holds a run with settings {digest}, but {self._run.digest} was asked "
                "for. Choose another directory or delete that one."
            )
            raise DataError(msg)

    def rewind(self, step: int) -> None:
        """Forget everything that was logged after the checkpoint at ``step``."""
        self.rows = [row for row in self.rows if row["step"] <= step]
        self.evaluations = [row for row in self.evaluations if row["step"] <= step]
        # A measurement at the checkpoint's own step lacks its second half: it is made again.
        self.measurements = [row for row in self.measurements if row["step"] < step]

    def start(self, command: list[str]) -> None:
        """Write provenance before the first step."""
        import torch

        name = torch.cuda.get_device_name(self._device) if self._device.type == "cuda" else "CPU"
        attempts = [*self._record.get("attempts", [])]
        attempts.append(
            {
                "command": [part.rsplit("/", 1)[-1] for part in command],
                "device": name,
                "processes": self._world,
                "compiled": self._compiled,
                "versions": versions(),
                "source": source_hash(),
                "from_step": self.rows[-1]["step"] if self.rows else 0,
            }
        )
        self._record = {
            "name": self._run.name,
            "run": self._run.digest,
            "protocol": protocol_hash(),
            "status": "running",
            "settings": asdict(self._run),
            "attempts": attempts,
        }
        self._flush()
        self._clock = time.perf_counter()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave what is done inside (measuring, saving) out of the throughput."""
        self._wait()
        start = time.perf_counter()
        yield
        self._wait()
        self._clock += time.perf_counter() - start

    def _wait(self) -> None:
        if self._device.type == "cuda":
            import torch

            torch.cuda.synchronize(self._device)

    def add_row(self, row: dict[str, Any], steps: int) -> dict[str, Any]:
        """Append a row of the training curve, with seconds and tokens per second."""
        now = time.perf_counter()
        seconds = now - self._clock
        self._clock = now
        speed = steps * self._run.tokens_per_step / seconds
        row = row | {"seconds": round(seconds, 4), "tokens_per_second": round(speed)}
        self.rows.append(row)
        self._flush()
        return row

    def add_evaluation(self, row: dict[str, Any]) -> None:
        """Append a validation row."""
        self.evaluations.append(row)

    def add_measurement(self, row: dict[str, Any]) -> None:
        """Append a measurement."""
        self.measurements.append(row)

    def extend_measurement(self, values: dict[str, Any]) -> None:
        """Add what is known only after the update to the last measurement."""
        self.measurements[-1].update(values)

    def measured(self, step: int) -> bool:
        """Whether a measurement at this step is there."""
        return any(row["step"] == step for row in self.measurements)

    def evaluated(self, step: int) -> bool:
        """Whether an evaluation at this step is there."""
        return any(row["step"] == step for row in self.evaluations)

    def close(self, status: str, step: int) -> None:
        """Write the status and what the attempt took."""
        import torch

        attempt = self._record["attempts"][-1]
        attempt["to_step"] = step
        attempt["seconds"] = round(time.monotonic() - self._started, 2)
        if self._device.type == "cuda":
            attempt["peak_bytes"] = torch.cuda.max_memory_allocated(self._device)
        self._record["status"] = status
        self._flush()

    def _flush(self) -> None:
        import torch.distributed as dist

        if dist.is_initialized() and dist.get_rank():
            return
        checkpoint.write_rows(self._out / "log.csv", self.rows)
        checkpoint.write_rows(self._out / "evaluations.csv", self.evaluations)
        checkpoint.write_json_lines(self._out / "measurements.jsonl", self.measurements)
        text = json.dumps(self._record, indent=1) + "\n"
        checkpoint.replace(self._out / "run.json", text.encode())
