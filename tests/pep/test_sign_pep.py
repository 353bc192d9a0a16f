"""The program against the reference optima, against a second encoding, and against T1."""

from __future__ import annotations

import itertools
import math

import cvxpy as cp
import pytest

from hardinstances.errors import InputError, SolverError
from signcheck.pep import sign_pep
from signcheck.pep.patterns import Pattern, layout, parse_patterns, scope_patterns
from signcheck.pep.problem import SignProblem, make_problem
from signcheck.pep.sign_pep import solve

TWO = "alternate,constant"
# Theory sheet, T9: L = Delta = 1, eta = sqrt(2/T).
REFERENCE = [
    (1, TWO, 1.41421), (2, TWO, 1.00000), (3, TWO, 0.73789), (4, TWO, 0.65117), (5, TWO, 0.57358),
    (8, TWO, 0.46000), (12, TWO, 0.37866),
    (2, "constant", 0.87083), (5, "constant", 0.50333), (12, "constant", 0.31378),
    (2, "all", 1.00000), (3, "all", 0.74516), (4, "all", 0.65117), (5, "all", 0.57825),
]  # fmt: skip


def patterns_of(problem: SignProblem, text: str) -> tuple[Pattern, ...]:
    if text in {"all", "reachable"}:
        family = scope_patterns(problem, text, 10_000)
        assert family is not None
        return family
    return parse_patterns(text, problem)


@pytest.mark.parametrize(("T", "text", "expected"), REFERENCE)
def test_the_reference_optima_are_reproduced(T: int, text: str, expected: float) -> None:
    problem = make_problem(T)
    assert solve(problem, patterns_of(problem, text)).value == pytest.approx(expected, abs=1e-5)


def all_pairs(problem: SignProblem, patterns: tuple[Pattern, ...]) -> float:
    """The same worst case written naively: every iterate its own point, every pair its tents."""
    T, h = problem.horizon, math.sqrt(problem.kappa)
    tau, rows, gaps, total = cp.Variable(), [], [], []
    level = [0.0] * T
    for pattern in patterns:
        places = layout(pattern.steps, problem.steps)
        x = [h * float(places.points[k]) for k in places.visits]
        f, g, curve = cp.Variable(T), cp.Variable(T), cp.Variable(nonneg=True)
        gaps.append(f[0])
        total.append(curve)
        for t, sign in enumerate(pattern.steps):
            rows += [sign * g[t] >= 0, f[t] >= cp.quad_over_lin(g[t], curve) / 2]
            level[t] = level[t] + sign * g[t]
        for i, j in itertools.combinations(range(T), 2):
            r = x[j] - x[i]
            if r == 0:
                rows += [f[i] == f[j], g[i] == g[j]]
                continue
            middle = f[j] - f[i] - r * (g[i] + g[j]) / 2
            tent = curve * r**2 / 4 - cp.quad_over_lin(g[i] - g[j], curve) / 4
            rows += [middle <= tent, -middle <= tent]
    rows += [sum(gaps) <= 1, sum(total) <= 1, *(entry >= tau for entry in level)]
    model = cp.Problem(cp.Maximize(tau), rows)
    model.solve(solver=cp.CLARABEL)
    assert model.status == "optimal"
    return float(model.value)


@pytest.mark.parametrize(
    ("T", "eta", "text"),
    [
        (3, None, "all"),
        (4, "0.3", "alternate,constant,+--+"),
        (4, ["0.6", "0.5", "0.35"], "all"),
        (5, "1.5", "constant,++-+-"),
    ],
)
def test_neighbours_are_enough(T: int, eta: str | list[str] | None, text: str) -> None:
    problem = make_problem(T, eta=eta)
    patterns = patterns_of(problem, text)
    assert solve(problem, patterns).value == pytest.approx(all_pairs(problem, patterns), rel=1e-6)


@pytest.mark.parametrize("T", [1, 2, 5, 9])
def test_a_prefix_that_fixes_nothing_is_t1(T: int) -> None:
    problem = make_problem(T)
    root = [Pattern((1,), (1,))]
    assert solve(problem, root).value == pytest.approx(math.sqrt(2 / T), rel=1e-7)


@pytest.mark.parametrize("beta", ["0", "0.5", "0.9"])
def test_a_signum_prefix_is_an_upper_bound_below_t1m(beta: str) -> None:
    problem = make_problem(4, method="signum", beta=beta)
    root = solve(problem, [Pattern((1,), (1,))]).value
    b, eta = float(beta), problem.eta
    assert root <= 1 / (4 * eta) + eta / 2 + 2 * eta * b / (1 - b) + 1e-7
    family = scope_patterns(problem, "all", 100)
    assert family is not None
    assert solve(problem, family).value <= root + 1e-7


def test_momentum_zero_is_signsgd() -> None:
    assert make_problem(4, method="signum", beta=0) == make_problem(4)
    small = make_problem(3, method="signum", beta="1e-6")
    near = solve(small, patterns_of(small, "all")).value
    plain = make_problem(3)
    assert near == pytest.approx(solve(plain, patterns_of(plain, "all")).value, rel=1e-4)


def test_the_value_scales_with_the_class() -> None:
    base = solve(make_problem(3), parse_patterns(TWO, make_problem(3))).value
    scaled = make_problem(3, L=5, Delta="0.2")
    # eta = sqrt(2 Delta/(L T)) again, so only the unit sqrt(L Delta) changes.
    assert solve(scaled, parse_patterns(TWO, scaled)).value == pytest.approx(base, rel=1e-8)


def test_no_pattern_is_refused() -> None:
    with pytest.raises(InputError, match="No sign pattern"):
        solve(make_problem(3), [])


def test_an_inaccurate_status_yields_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sign_pep, "_solve_with", lambda *_: "optimal_inaccurate")
    problem = make_problem(3)
    with pytest.raises(SolverError, match="optimal_inaccurate"):
        solve(problem, parse_patterns(TWO, problem))


def test_a_failing_solver_yields_no_claim(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise cp.error.SolverError("no luck")

    monkeypatch.setattr(cp.Problem, "solve", fail)
    problem = make_problem(3)
    with pytest.raises(SolverError, match="no luck"):
        solve(problem, parse_patterns(TWO, problem))
