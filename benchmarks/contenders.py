"""One run written four ways: our engine, eager torch, torch.compile, and the paper's loop.

The run: SignSGD on ``seeds`` copies of ``d`` equal noisy coordinates in float32, with |f'| summed
over the coordinates of every copy at every step. Two-point noise: ramps whose sign the noise turns
into a fair coin (T2 at B = 1). Gaussian noise: quadratics (T3).

Eager torch is written as its best user would: state updated in place, buffers made once, the noise
drawn with its final scale, as few passes over memory as the operations allow. The paper's loop
shape is what its experiments do: one seed after the other, new tensors at every step, the norm read
out as a Python number.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

__all__ = ["BYTES", "KINDS", "Problem", "contenders"]

Kind: TypeAlias = Literal["two-point", "gaussian"]
Runner: TypeAlias = Callable[[int], float]
"""Makes that many steps; the last mean of |f'|_1 over the noisy coordinates, where it is known."""

KINDS: tuple[Kind, ...] = ("two-point", "gaussian")

BYTES: dict[str, int] = {"two-point": 36, "gaussian": 40}
"""Bytes that eager torch moves a coordinate-step, four for each pass over a float32 array.

Two-point: clamp 2 passes (one read, one written), sum 1, draw 1, add 3, shift 2. Gaussian: norm 1,
draw 1, add 3, sign 2, step 3.
"""


@dataclass(frozen=True)
class Problem:
    """A size and a kind of noise.

    Parameters
    ----------
    kind
        ``"two-point"`` or ``"gaussian"``.
    d, seeds
        Noisy coordinates and copies; lanes are their product.
    eta
        Stepsize; length.
    """

    kind: Kind
    d: int
    seeds: int
    eta: float = 1e-3

    @property
    def lanes(self) -> int:
        """Coordinates that move."""
        return self.d * self.seeds

    def instance(self) -> Any:
        """The hard instance, certified for 10^4 steps: speed does not depend on that number."""
        from hardinstances import make

        shared = {"L": 1.0, "Delta": 1.0, "eta": self.eta, "T": 10_000, "B": 1}
        if self.kind == "two-point":
            sigma = [0.0, 0.0] + [self.eta / self.d] * self.d
            return make("signsgd-tight", **shared, sigma=sigma, delta=0.1, rho=0.1)
        sigma = [1.0 / math.sqrt(self.d)] * self.d + [0.0]
        return make("sgd-noise-floor", **shared, sigma=sigma, delta=0.1, k=self.d)


def contenders(problem: Problem, device: str, *, compiled: bool = True) -> dict[str, Runner]:
    """Runners by name: ``engine``, ``eager``, ``compile`` and ``paper``.

    Parameters
    ----------
    problem
        What is run.
    device
        ``"cpu"`` or ``"cuda"``.
    compiled
        Whether torch.compile takes part.
    """
    instance = problem.instance()
    found: dict[str, Runner] = {"engine": _engine(problem, instance, device)}
    block = next(block for block in instance.blocks if block.noise is not None)
    numbers = {name: float(values.ravel()[0]) for name, values in block.parameters.items()}
    sigma = float(block.noise.sigma.ravel()[0])
    start = float(block.start()[0])
    found["eager"] = _eager(problem, numbers, sigma, start, device)
    if compiled:
        found["compile"] = _compiled(problem, numbers, sigma, start, device)
    found["paper"] = _paper(problem, numbers, sigma, start, device)
    return found


def _engine(problem: Problem, instance: Any, device: str) -> Runner:
    from signcheck.simulate import SignSGD

    method = SignSGD(problem.eta)
    size = {"seeds": problem.seeds, "dtype": "float32"}
    if device == "cuda":
        from signcheck.simulate.gpu import simulate_gpu

        simulate: Any = simulate_gpu
    else:
        from signcheck.simulate.cpu import simulate_cpu

        simulate = simulate_cpu

    # Ramps and oscillators without noise keep their slope in the turns that are timed.
    calm = [block for block in instance.blocks if block.noise is None]
    quiet = sum(float(abs(block.derivative(block.start())).sum()) for block in calm)

    def run(steps: int) -> float:
        found = simulate(
            instance, method, steps=steps, window=max(min(steps // 8, 4096), 1), **size
        )
        return float(found.mean[-1]) - quiet

    return run


def _eager(
    problem: Problem, numbers: dict[str, float], sigma: float, start: float, device: str
) -> Runner:
    import torch

    eta, shape = problem.eta, (problem.seeds, problem.d)
    buffer, bent = torch.empty(shape, device=device), torch.empty(shape, device=device)

    def two_point(x: Any, out: Any) -> None:
        # The slope is linear in the clamped point, so its sum is, too; a fair coin moves x.
        low = -numbers["D"] - numbers["a"] / numbers["l"]
        torch.sum(torch.clamp(x, low, -numbers["D"], out=bent), dim=1, out=out)
        # On a CPU random_(2) takes a fifth of the time of bernoulli_(0.5).
        x.add_(buffer.random_(2), alpha=2.0 * eta).sub_(eta)

    def gaussian(x: Any, out: Any) -> None:
        torch.linalg.vector_norm(x, 1, dim=1, out=out)
        # sign(l x + sigma z) = sign(x + (sigma/l) z)
        x.sub_(buffer.normal_(0.0, sigma / numbers["l"]).add_(x).sign_(), alpha=eta)

    masked = problem.kind == "two-point"
    step = two_point if masked else gaussian
    rest = problem.d * (numbers["a"] + numbers["l"] * numbers["D"]) if masked else 0.0

    def run(steps: int) -> float:
        x = torch.full(shape, start, device=device)
        norms = torch.empty((steps, shape[0]), device=device)
        for t in range(steps):
            step(x, norms[t])
        # Reading a number waits for the device.
        return float(norms.mul_(numbers["l"]).add_(rest)[-1].mean())

    return run


def _compiled(
    problem: Problem, numbers: dict[str, float], sigma: float, start: float, device: str
) -> Runner:
    import torch

    eta = problem.eta

    def two_point(x: Any) -> tuple[Any, Any]:
        slope = (numbers["a"] + numbers["l"] * (x + numbers["D"])).clamp(0.0, numbers["a"])
        coin = torch.where(torch.rand_like(x) < 0.5, eta, -eta)
        return x + coin, slope.sum(dim=1)

    def gaussian(x: Any) -> tuple[Any, Any]:
        slope = numbers["l"] * x
        return x - eta * torch.sign(slope + sigma * torch.randn_like(x)), slope.abs().sum(dim=1)

    step = torch.compile(two_point if problem.kind == "two-point" else gaussian)

    def run(steps: int) -> float:
        x = torch.full((problem.seeds, problem.d), start, device=device)
        norms = torch.empty((steps, problem.seeds), device=device)
        for t in range(steps):
            x, norms[t] = step(x)
        return float(norms[-1].mean())

    return run


def _paper(
    problem: Problem, numbers: dict[str, float], sigma: float, start: float, device: str
) -> Runner:
    """One copy; the others would follow one after the other."""
    import torch

    a, l, D = (numbers.get(name, 0.0) for name in ("a", "l", "D"))

    def gradient(x: Any) -> Any:
        if problem.kind == "gaussian":
            return l * x
        return torch.clamp(a + l * (x + D), 0.0, a)

    def noise(x: Any) -> Any:
        if problem.kind == "gaussian":
            return sigma * torch.randn_like(x)
        return sigma * (2.0 * torch.bernoulli(torch.full_like(x, 0.5)) - 1.0)

    def run(steps: int) -> float:
        norms = []
        x = torch.full((problem.d,), start, device=device)
        for _ in range(steps):
            g = gradient(x)
            norms.append(g.abs().sum().item())
            x = x - problem.eta * torch.sign(g + noise(x))
        return float(norms[-1])

    return run
