"""Interrupted, spread out, killed: the numbers stay the same."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from hardinstances.errors import DataError, InputError
from signcheck.rates import campaign
from signcheck.rates.campaign import cluster, open_records, processes, run_plan
from signcheck.rates.command import run_and_judge
from tests.rates.small import small_plan

HEADER = {"plan": "x", "versions": {}, "device": "cpu"}
FILES = ("points.csv", "checks.csv", "report.json", "manifest.json")


def whole(out: Path, **options: Any) -> dict[str, bytes]:
    """All files of a run that do not depend on the order of its cells."""
    out.mkdir(exist_ok=True)
    run_and_judge(small_plan(), out, device="cpu", line="test", **options)
    return {name: (out / name).read_bytes() for name in FILES}


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return whole(tmp_path_factory.mktemp("alone"))


@pytest.mark.parametrize("cut", [0, 1, 3])
def test_a_killed_run_goes_on_and_ends_the_same(
    tmp_path: Path, expected: dict[str, bytes], cut: int
) -> None:
    whole(tmp_path)
    lines = (tmp_path / "cells.jsonl").read_bytes().splitlines(keepends=True)
    # A header, some cells, and half a line: what a kill leaves behind.
    (tmp_path / "cells.jsonl").write_bytes(b"".join(lines[: 1 + cut]) + lines[-1][:40])
    assert whole(tmp_path, resume=True) == expected
    assert len((tmp_path / "cells.jsonl").read_bytes().splitlines()) == len(lines)


def test_a_finished_folder_is_not_run_over(tmp_path: Path) -> None:
    whole(tmp_path)
    with pytest.raises(InputError, match="continue with --resume"):
        whole(tmp_path)


@pytest.mark.parametrize("name", HEADER)
def test_records_of_something_else_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "cells.jsonl"
    open_records(path, HEADER, resume=False)
    with pytest.raises(InputError, match=f"made with other {name}"):
        open_records(path, {**HEADER, name: "y"}, resume=True)
    path.write_bytes(b'{"plan": "x"\n{}\n')
    with pytest.raises(DataError, match="is damaged"):
        open_records(path, HEADER, resume=True)


def test_any_executor_will_do(tmp_path: Path, expected: dict[str, bytes]) -> None:
    assert whole(tmp_path, pool=lambda: ThreadPoolExecutor(2)) == expected


def kill_once(flag: str, work: Callable[[Any], Any], content: dict[str, Any]) -> Any:
    """Runs in a worker: the first to come takes the flag and dies in the middle of its cell."""
    try:
        os.unlink(flag)  # noqa: PTH108 - atomic, and all that is wanted
    except FileNotFoundError:
        return work(content)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


class Deadly(Executor):
    """An executor whose first cell kills the worker that runs it."""

    def __init__(self, inner: Executor, flag: Path) -> None:
        self.inner, self.flag = inner, str(flag)

    def submit(self, work: Any, /, *args: Any, **kwargs: Any) -> Any:
        return self.inner.submit(kill_once, self.flag, work, *args)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self.inner.shutdown(wait)


@pytest.mark.slow
def test_a_killed_process_loses_nothing(tmp_path: Path, expected: dict[str, bytes]) -> None:
    flag = tmp_path / "flag"
    flag.touch()
    pool = processes(2)
    assert whole(tmp_path / "out", pool=lambda: Deadly(pool(), flag)) == expected
    assert not flag.exists()


def test_workers_that_keep_dying_are_given_up(tmp_path: Path) -> None:
    from concurrent.futures import BrokenExecutor

    class Broken(Executor):
        def submit(self, *_args: Any, **_kwargs: Any) -> Any:
            raise BrokenExecutor

    records = open_records(tmp_path / "cells.jsonl", HEADER, resume=False)
    with pytest.raises(InputError, match=f"died {campaign.MAX_RESTARTS + 1} times"):
        run_plan(small_plan(), records, pool=Broken)


@pytest.mark.slow
def test_a_dask_cluster_loses_a_worker_and_nothing_else(
    tmp_path: Path, expected: dict[str, bytes]
) -> None:
    from distributed import LocalCluster

    flag = tmp_path / "flag"
    flag.touch()
    with (
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as local,
        cluster(local.scheduler_address) as pool,
    ):
        assert whole(tmp_path / "out", pool=lambda: Deadly(pool(), flag)) == expected
    assert not flag.exists()


def test_a_cluster_that_is_not_there_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaign, "CONNECT", "200ms")
    with (
        pytest.raises(InputError, match="No Dask scheduler answers"),
        cluster("tcp://127.0.0.1:9"),
    ):
        pass


@pytest.mark.parametrize("workers", [0, -1, True, 1.5])
def test_workers_are_counted_in_positive_integers(workers: Any) -> None:
    with pytest.raises(InputError, match="workers must be a positive integer"):
        processes(workers)
