"""The command ``hardinstances run``: an optimizer by its dotted name, on an instance by its id."""

from __future__ import annotations

import ast
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hardinstances.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from hardinstances.drive import Curve

__all__ = ["adversary_defaults", "describe", "factory", "find_optimizer"]


def find_optimizer(name: str) -> Any:
    """The class or function of a dotted name such as ``torch.optim.AdamW``; raises InputError."""
    module_name, _, attribute = name.rpartition(".")
    if not module_name:
        raise InputError(f"{name!r} is not a dotted name: write, for instance, torch.optim.AdamW.")
    try:
        module = import_module(module_name)
    except ImportError as error:
        raise InputError(f"{module_name} cannot be imported ({error}): install it.") from error
    found = getattr(module, attribute, None)
    if not callable(found):
        raise InputError(f"{module_name} has no optimizer {attribute!r}: check the name.")
    return found


def factory(name: str, lr: float, options: list[str]) -> Callable[[Any], Any]:
    """What makes the optimizer for given parameters; raises InputError on a bad option."""
    arguments: dict[str, Any] = {"lr": lr}
    for option in options:
        key, equals, text = option.partition("=")
        if not equals:
            raise InputError(f"{option!r} is not name=value: write, for instance, momentum=0.9.")
        try:
            arguments[key] = ast.literal_eval(text)
        except (ValueError, SyntaxError) as error:
            raise InputError(f"{text!r} is no value for {key}: write a number or True.") from error
    found = find_optimizer(name)
    return lambda parameters: found(parameters, **arguments)


def adversary_defaults(family_keys: Any, lr: float, steps: int, batch: int) -> dict[str, Any]:
    """What the adversary knows of the run, for the keys that the family has."""
    known = {"eta": lr, "T": steps, "B": batch}
    return {name: value for name, value in known.items() if name in family_keys}


def describe(curve: Curve, label: str) -> dict[str, Any]:
    """The result of a run as plain data."""
    best = int(curve.mean.argmin())
    level = curve.level
    return {
        "instance": curve.instance.id,
        "optimizer": label,
        "steps": int(curve.mean.size),
        "batch": curve.batch,
        "seeds": list(curve.seeds),
        "calls": curve.calls,
        "start": float(curve.mean[0]),
        "best": float(curve.mean[best]),
        "best_step": best,
        "standard_error": None if len(curve.seeds) == 1 else float(curve.standard_error[best]),
        "level": level if level > 0 else None,
        "ratio": float(curve.mean[best]) / level if level > 0 else None,
        "covered": curve.covered,
    }
