"""Which optimizers run, and what each needs beyond a stepsize.

Every option but the stepsize keeps the optimizer's own default; the exceptions are in this file.

Sources: torch.optim; pytorch_optimizer (PyPI) through its own registry.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Drive", "Entry", "entries", "find_entry", "select"]

Drive = Literal["gradient", "closure", "gradient and closure", "fused", "sparse"]
"""How a step is made.

``gradient``: a gradient, then ``step()``. ``closure``: ``step(closure)``, which may ask for several
gradients. ``gradient and closure``: both. ``fused``: ``fused_backward(loss, lr)``. ``sparse``: as
``gradient``, stored as a sparse tensor.
"""


@dataclass(frozen=True)
class Entry:
    """An optimizer and how to make it.

    Parameters
    ----------
    name
        Dotted name, with the options that differ from the defaults in brackets.
    path
        ``module:class``.
    options
        Constructor arguments besides the stepsize.
    group
        Entries of its parameter group.
    stepsize
        The argument that takes the stepsize; ``1/lips`` for one that takes its inverse.
    horizon
        The argument that takes the number of steps, if there is one.
    drive
        See :data:`Drive`.
    model
        Whether it takes a module in place of parameters.
    matrix
        Whether it needs a 2-D parameter: a vector is then handed over as a near-square matrix.
    dtype
        Of the point.
    refusal
        Why it is not run, empty if it is.
    """

    name: str
    path: str
    options: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    group: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    stepsize: str = "lr"
    horizon: str | None = None
    drive: Drive = "gradient"
    model: bool = False
    matrix: bool = False
    dtype: Literal["float64", "float32"] = "float64"
    refusal: str = ""

    @property
    def label(self) -> str:
        """The name without the longer package's prefix."""
        return self.name.removeprefix("pytorch_optimizer.").replace("torch.optim.", "torch.")

    def make(self, module: Any, lr: float, steps: int) -> Any:
        """The optimizer of a module's single parameter.

        Parameters
        ----------
        lr
            Stepsize.
        steps
            Number of steps that it is told, if it asks.
        """
        module_name, _, class_name = self.path.partition(":")
        found = getattr(import_module(module_name), class_name)
        arguments = dict(self.options)
        if self.stepsize.startswith("1/"):
            arguments[self.stepsize.removeprefix("1/")] = 1.0 / lr
        else:
            arguments[self.stepsize] = lr
        if self.horizon is not None:
            arguments[self.horizon] = steps
        if self.model:
            return found(module, **arguments)
        parameters: Any = list(module.parameters())
        if self.group:
            parameters = [{"params": parameters, **self.group}]
        return found(parameters, **arguments)


_SECOND_ORDER = "it differentiates the gradient, and a first-order oracle has no second derivatives"
_MUON = {"matrix": True, "group": {"use_muon": True}}

_TORCH: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "LBFGS": {"drive": "closure"},
        "Muon": {"matrix": True},
        "SparseAdam": {"drive": "sparse"},
    }
)

_PYTORCH_OPTIMIZER: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "a2grad": {"stepsize": "1/lips"},
        # Its default ignores the stepsize.
        "adafactor": {"options": {"relative_step": False}},
        "adago": _MUON,
        "adahessian": {"refusal": _SECOND_ORDER},
        "adalomo": {"model": True, "drive": "fused"},
        "adammini": {"model": True},
        "adamuon": _MUON,
        "alig": {"drive": "closure", "stepsize": "max_lr"},
        "bsam": {"drive": "gradient and closure", "horizon": "num_data"},
        "demo": {"refusal": "its update is an exchange between processes of torch.distributed"},
        "distributedmuon": {"refusal": "it needs a process group of torch.distributed"},
        # Its moments are float32 by default and cannot be mixed with a float64 point.
        "fadam": {"dtype": "float32"},
        "lomo": {"model": True, "drive": "fused"},
        "lorarite": {"refusal": "it moves pairs of low-rank factors, and a point is no such pair"},
        "muon": _MUON,
        "muonclip": _MUON,
        "normuon": _MUON,
        "ranger21": {"horizon": "num_iterations"},
        "sophiah": {"refusal": _SECOND_ORDER},
        "spectralsphere": {"matrix": True},
    }
)

_EXACT_MUON = Entry("signcheck.ExactMuon", "signcheck.gauntlet.references:ExactMuon", matrix=True)

_VARIANTS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "torch.optim.SGD": {"momentum": 0.9},
        "pytorch_optimizer.SignSGD": {"momentum": 0.0},
        "pytorch_optimizer.Tiger": {"weight_decay": 0.0},
    }
)
"""A second setting of some optimizers: in the class of a level where the default is outside, or
the other way round."""


def _torch_entries() -> list[Entry]:
    import torch

    base = torch.optim.Optimizer
    names = sorted(
        name
        for name in vars(torch.optim)
        if isinstance(getattr(torch.optim, name), type)
        and issubclass(getattr(torch.optim, name), base)
        and getattr(torch.optim, name) is not base
    )
    return [Entry(f"torch.optim.{n}", f"torch.optim:{n}", **_TORCH.get(n, {})) for n in names]


def _package_entries() -> list[Entry]:
    try:
        package = import_module("pytorch_optimizer")
    except ImportError as error:
        raise InputError(
            "pytorch_optimizer is not installed: pip install 'signcheck[optimizers]'."
        ) from error
    found = []
    for key in package.get_supported_optimizers():
        kind = package.load_optimizer(key)
        if kind.__module__.startswith("torch."):
            continue  # torch's own class under another name
        path = f"{kind.__module__}:{kind.__qualname__}"
        special = _PYTORCH_OPTIMIZER.get(key, {})
        found.append(Entry(f"pytorch_optimizer.{kind.__name__}", path, **special))
    return found


def _variant(entry: Entry, options: Mapping[str, Any]) -> Entry:
    text = ", ".join(f"{name}={value:g}" for name, value in options.items())
    return replace(entry, name=f"{entry.name}[{text}]", options={**entry.options, **options})


def _with_variants(found: list[Entry]) -> list[Entry]:
    """Each entry, followed by its second setting if it has one."""
    both = []
    for entry in found:
        both.append(entry)
        if entry.name in _VARIANTS:
            both.append(_variant(entry, _VARIANTS[entry.name]))
    return both


@cache
def entries() -> tuple[Entry, ...]:
    """Every optimizer: torch's, the package's, and this project's exact Muon.

    Raises
    ------
    InputError
        If pytorch_optimizer is not installed.
    """
    return (*_with_variants(_torch_entries()), *_with_variants(_package_entries()), _EXACT_MUON)


def find_entry(name: str) -> Entry:
    """The entry of that exact name; raises InputError."""
    # torch's own can be had without the other package.
    found = {e.name: e for e in (*_with_variants(_torch_entries()), _EXACT_MUON)}
    if name not in found:
        found = {e.name: e for e in entries()}
    if name not in found:
        raise InputError(
            f"The gauntlet has no optimizer {name!r}: write, for instance, torch.optim.AdamW."
        )
    return found[name]


def select(parts: Sequence[str]) -> tuple[Entry, ...]:
    """The entries whose name contains one of ``parts`` (any case), all if there is none.

    Raises
    ------
    InputError
        If a part is in no name.
    """
    for part in parts:
        if not any(part.lower() in entry.name.lower() for entry in entries()):
            raise InputError(
                f"No optimizer's name contains {part!r}: write, for instance, --only adam."
            )
    wanted = [part.lower() for part in parts]
    return tuple(
        entry
        for entry in entries()
        if not wanted or any(part in entry.name.lower() for part in wanted)
    )
