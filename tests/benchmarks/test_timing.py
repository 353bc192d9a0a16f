"""Turns, medians and calibration, by a clock that the test winds."""

from __future__ import annotations

import pytest

from benchmarks.timing import MOST_STEPS, Timing, alternate


class Clock:
    """A clock that moves when work is done."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calls: list[str] = []

    def __call__(self) -> float:
        return self.now

    def work(self, name: str, setup: float, step: float):
        def run(steps: int) -> None:
            self.calls.append(name)
            self.now += setup + step * steps

        return run


def test_contenders_take_turns_of_the_length_asked_for() -> None:
    clock = Clock()
    costs = {"a": 1e-3, "b": 1e-5, "c": 1e-4}
    work = {name: clock.work(name, 0.0, step) for name, step in costs.items()}
    found = alternate(work, seconds=2.0, rounds=4, clock=clock)
    assert "".join(clock.calls[-12:]) == "abc" + "bca" + "cab" + "abc"
    for name, step in costs.items():
        assert len(found[name].seconds) == 4
        assert abs(found[name].seconds[0] / (step * found[name].steps) - 1) < 1e-9
        assert 1.9 <= found[name].seconds[0] <= 2.1
        assert abs(found[name].rate(100) * step / 100 - 1) < 1e-9


def test_what_a_call_costs_before_its_first_step_shortens_no_turn() -> None:
    clock = Clock()
    found = alternate({"a": clock.work("a", 5.0, 1e-3)}, seconds=1.0, rounds=1, clock=clock)
    assert 950 <= found["a"].steps <= 1050


def test_work_that_takes_no_time_ends() -> None:
    clock = Clock()
    found = alternate({"a": clock.work("a", 0.0, 0.0)}, seconds=1.0, rounds=1, clock=clock)
    assert found["a"].steps == MOST_STEPS


def test_the_median_counts() -> None:
    timing = Timing(10, (1.0, 100.0, 2.0))
    assert timing.rate(2) == 10.0
    assert timing.spread(2) == (0.2, 20.0)


def test_a_disturbance_of_the_period_of_a_turn_does_not_always_find_the_same() -> None:
    """Of three contenders every third call is slow; each is hit once in three turns."""
    clock = Clock()
    left = iter([False] * 10**4)

    def disturbed(name: str):
        plain = clock.work(name, 0.0, 1e-3)

        def run(steps: int) -> None:
            plain(steps)
            clock.now += 10.0 if next(left) else 0.0

        return run

    work = {name: disturbed(name) for name in "abc"}
    alternate(work, seconds=1.0, rounds=3, clock=clock)
    before = len(clock.calls) - 9
    clock.calls.clear()
    left = iter([False] * before + [True, False, False] * 3)
    found = alternate(work, seconds=1.0, rounds=3, clock=clock)
    assert [sum(took > 5.0 for took in found[name].seconds) for name in "abc"] == [1, 1, 1]
    assert all(abs(found[name].rate(1) * 1e-3 - 1) < 1e-9 for name in "abc")


@pytest.mark.parametrize("step", [1e-6, 2e-7])
def test_compiling_for_a_number_of_steps_is_not_timed(step: float) -> None:
    """Every new number costs a compilation, each longer than the last.

    The shorter step asks for the most steps of a turn: a number that calibration never runs.
    """
    clock = Clock()
    seen: set[int] = set()
    plain = clock.work("a", 0.0, step)

    def work(steps: int) -> None:
        if steps not in seen:
            seen.add(steps)
            clock.now += 3.0 + len(seen)
        plain(steps)

    found = alternate({"a": work}, seconds=1.0, rounds=3, clock=clock)
    assert min(found["a"].seconds) >= 0.5
    assert max(found["a"].seconds) <= 1.1
    assert abs(found["a"].rate(1) * step - 1) < 1e-6


def test_a_slow_moment_while_calibrating_shortens_no_turn() -> None:
    clock = Clock()
    plain = clock.work("a", 0.0, 1e-6)
    calls = iter(range(10**6))

    def work(steps: int) -> None:
        clock.now += 0.4 if next(calls) == 3 else 0.0
        plain(steps)

    found = alternate({"a": work}, seconds=1.0, rounds=3, clock=clock)
    assert 0.5 <= min(found["a"].seconds) <= 2.0
