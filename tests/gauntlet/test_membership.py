"""Classes of methods, read off runs: members pass, and a small departure from the rule shows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardinstances.geometry import polar_map
from signcheck.gauntlet.drive import Trace
from signcheck.gauntlet.membership import belongs

CLASSES = ("lattice", "SignSGD", "SGD", "zero-respecting", "linear span", "exact Muon")


def trace_of(points, gradients, calls=None, measured=None):
    points, gradients = np.array(points, dtype=float), np.array(gradients, dtype=float)
    calls = np.arange(len(points)) if calls is None else np.array(calls)
    shown = points if measured is None else np.array(measured, dtype=float)
    return Trace(points, shown, calls, gradients, np.ones(len(gradients)))


def follow(rule, gradients, lr):
    points = [np.zeros(gradients.shape[1:])]
    for gradient in gradients:
        points.append(points[-1] - lr * rule(gradient))
    return trace_of(points, gradients)


seeds = st.integers(0, 2**32 - 1)
stepsizes = st.sampled_from([0.003, 0.1, 3.0])


def drawn(seed, shape=(30, 5)):
    return np.random.default_rng(seed).normal(size=shape)


@given(seeds, stepsizes)
def test_signsgd_is_a_lattice_method_and_no_sgd(seed, lr):
    gradients = drawn(seed)
    gradients[::3, 0] = 0.0
    trace = follow(np.sign, gradients, lr)
    assert belongs(trace, "SignSGD", lr)
    assert belongs(trace, "lattice", lr)
    assert not belongs(trace, "SGD", lr)
    assert not belongs(trace, "SignSGD", lr * 1.001)
    assert not belongs(trace, "lattice", lr * 1.001)


@given(seeds, stepsizes)
def test_sgd_is_sgd_and_stays_in_the_span(seed, lr):
    trace = follow(lambda g: g, drawn(seed, (4, 9)), lr)
    assert belongs(trace, "SGD", lr)
    assert belongs(trace, "linear span", lr)
    assert belongs(trace, "zero-respecting", lr)
    assert not belongs(trace, "SGD", lr * 1.001)
    assert not belongs(trace, "lattice", lr)


@given(seeds, st.integers(1, 30), st.integers(0, 4), st.sampled_from([1e-6, 0.5, 2.0]))
def test_one_wrong_move_is_enough(seed, step, coordinate, size):
    lr = 0.1
    gradients = drawn(seed)
    honest = follow(np.sign, gradients, lr)
    points = honest.points.copy()
    points[step:, coordinate] += size * lr
    for methods in ("SignSGD", "lattice"):
        # A jump of two stepsizes stays on the lattice but is too long, except back onto the path.
        tampered = trace_of(points, gradients)
        moves = np.abs(np.diff(points, axis=0)).max() / lr
        if methods == "lattice" and size == 2.0 and moves <= 1 + 1e-9:
            assert belongs(tampered, methods, lr)
        else:
            assert not belongs(tampered, methods, lr)


def test_a_move_of_two_stepsizes_is_no_lattice_method():
    assert not belongs(trace_of([[0.0], [0.2]], [[1.0]]), "lattice", 0.1)
    assert belongs(trace_of([[0.0], [0.2]], [[1.0]]), "lattice", 0.2)


@given(seeds)
def test_a_move_before_any_gradient_is_not_zero_respecting(seed):
    gradients = np.zeros((6, 6))
    gradients[np.arange(6), np.arange(6)] = drawn(seed, (6,))
    points = np.tril(drawn(seed + 1 if seed < 2**32 - 1 else 0, (7, 6)), -1)
    assert belongs(trace_of(points, gradients), "zero-respecting", 0.1)
    early = points.copy()
    early[3, 3] = 1e-300
    assert not belongs(trace_of(early, gradients), "zero-respecting", 0.1)
    assert not belongs(trace_of(points, gradients, measured=early), "zero-respecting", 0.1)


def test_gradients_of_one_step_count_when_it_is_over():
    """A step with three oracle calls may use all three, at its end."""
    gradients = np.eye(3)
    points = [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]]
    assert belongs(trace_of(points, gradients, calls=[0, 3]), "zero-respecting", 0.1)
    assert belongs(trace_of(points, gradients, calls=[0, 3]), "linear span", 0.1)
    early = trace_of([*points, points[-1]], gradients, calls=[0, 2, 3])
    assert not belongs(early, "zero-respecting", 0.1)
    assert not belongs(early, "linear span", 0.1)
    assert not belongs(trace_of(points, gradients, calls=[0, 3]), "SGD", 0.1)


@given(seeds)
def test_a_part_outside_the_span_shows(seed):
    trace = follow(lambda g: g, drawn(seed, (3, 8)), 0.1)
    outside = np.linalg.svd(trace.gradients)[2][-1]
    points = trace.points.copy()
    points[-1] += 0.01 * outside
    assert not belongs(trace_of(points, trace.gradients), "linear span", 0.1)


def test_far_out_rounding_leaves_the_span():
    """A point so far away that its own rounding is longer than a link, in no allowed direction."""
    gradient = drawn(5, (1, 8))
    far = trace_of([np.zeros(8), (1e15 * gradient[0]).astype(np.float32)], gradient)
    near = trace_of([np.zeros(8), (1e-3 * gradient[0]).astype(np.float32)], gradient)
    assert not belongs(far, "linear span", 0.1)
    assert belongs(near, "linear span", 0.1)


def test_a_wrong_move_beside_a_huge_coordinate_shows():
    gradients = np.array([[1e12, 1.0], [1e12, 1.0]])
    trace = follow(lambda g: g, gradients, 0.1)
    assert belongs(trace, "SGD", 0.1)
    points = trace.points.copy()
    points[1:, 1] += 0.05
    assert not belongs(trace_of(points, gradients), "SGD", 0.1)


@given(seeds)
def test_exact_muon_needs_the_exact_factor(seed):
    gradients = drawn(seed, (5, 4, 3))
    assert belongs(follow(polar_map, gradients, 0.1), "exact Muon", 0.1)
    assert not belongs(follow(lambda g: 0.99 * polar_map(g), gradients, 0.1), "exact Muon", 0.1)
    assert not belongs(follow(np.sign, gradients, 0.1), "exact Muon", 0.1)


def test_a_vector_is_never_exact_muon():
    assert not belongs(follow(np.sign, drawn(1), 0.1), "exact Muon", 0.1)


@pytest.mark.parametrize("methods", ["SGD", "SignSGD"])
def test_an_averaging_method_is_in_no_class_of_update_rules(methods):
    rule = np.sign if methods == "SignSGD" else (lambda g: g)
    trace = follow(rule, drawn(3), 0.1)
    assert belongs(trace, methods, 0.1)
    averaged = np.cumsum(trace.points, axis=0) / np.arange(1, 32)[:, None]
    assert not belongs(trace_of(trace.points, trace.gradients, measured=averaged), methods, 0.1)


@pytest.mark.parametrize("methods", CLASSES)
def test_standing_still(methods):
    """Not moving obeys every definition but the update rules, whose gradients are not 0 here."""
    still = trace_of(np.zeros((4, 2, 2)), np.ones((3, 2, 2)))
    expected = methods in ("lattice", "zero-respecting", "linear span")
    assert belongs(still, methods, 0.1) is expected
