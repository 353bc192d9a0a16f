"""Turns, medians and calibration, by a clock that the test winds."""

from __future__ import annotations

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
    work = {"a": clock.work("a", 0.0, 1e-3), "b": clock.work("b", 0.0, 1e-5)}
    found = alternate(work, seconds=2.0, rounds=3, clock=clock)
    assert clock.calls[-6:] == ["a", "b"] * 3
    for name, step in (("a", 1e-3), ("b", 1e-5)):
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


def test_compiling_for_a_number_of_steps_is_not_timed() -> None:
    clock = Clock()
    seen: set[int] = set()
    plain = clock.work("a", 0.0, 1e-6)

    def work(steps: int) -> None:
        if steps not in seen:
            seen.add(steps)
            clock.now += 3.0
        plain(steps)

    found = alternate({"a": work}, seconds=1.0, rounds=3, clock=clock)
    assert max(found["a"].seconds) <= 1.1
    assert abs(found["a"].rate(1) * 1e-6 - 1) < 1e-6


def test_a_slow_moment_while_calibrating_shortens_no_turn() -> None:
    clock = Clock()
    plain = clock.work("a", 0.0, 1e-6)
    calls = iter(range(10**6))

    def work(steps: int) -> None:
        clock.now += 0.4 if next(calls) == 3 else 0.0
        plain(steps)

    found = alternate({"a": work}, seconds=1.0, rounds=3, clock=clock)
    assert 0.5 <= min(found["a"].seconds) <= 2.0
