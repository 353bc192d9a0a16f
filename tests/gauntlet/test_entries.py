"""Every optimizer is found once, and made as it needs to be."""

import sys

import pytest
import torch

from hardinstances.errors import InputError
from signcheck.gauntlet.entries import Entry, entries, find_entry, select


def test_every_torch_optimizer_is_there_once(package):
    names = [entry.name for entry in entries()]
    assert len(set(names)) == len(names)
    expected = {
        f"torch.optim.{name}"
        for name, kind in vars(torch.optim).items()
        if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer)
    } - {"torch.optim.Optimizer"}
    assert len(expected) >= 15
    assert expected <= set(names)


def test_a_class_of_torch_under_another_name_is_no_second_entry(package):
    assert not [e for e in entries() if e.name == "pytorch_optimizer.Adam"]
    assert find_entry("pytorch_optimizer.SignSGD").label == "SignSGD"


def test_variants_stand_beside_the_default(package):
    plain = find_entry("pytorch_optimizer.SignSGD[momentum=0]")
    assert plain.options == {"momentum": 0.0}
    assert find_entry("pytorch_optimizer.SignSGD").options == {}
    assert find_entry("torch.optim.SGD[momentum=0.9]").label == "torch.SGD[momentum=0.9]"


def test_selection_is_by_part_of_the_name(package):
    assert [e.name for e in select(["SIGNsgd["])] == ["pytorch_optimizer.SignSGD[momentum=0]"]
    assert select([]) == entries()
    with pytest.raises(InputError, match="No optimizer's name contains 'nonsense'"):
        select(["adam", "nonsense"])
    with pytest.raises(InputError, match=r"has no optimizer 'torch\.optim\.Adam2'"):
        find_entry("torch.optim.Adam2")


def test_a_missing_package_is_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "pytorch_optimizer", None)
    entries.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'signcheck\[optimizers\]'"):
        entries()


class Recorder:
    def __init__(self, first, **arguments):
        self.first, self.arguments = first, arguments


def made(**settings):
    module = torch.nn.Linear(2, 1, bias=False)
    entry = Entry("x", f"{__name__}:Recorder", **settings)
    sys.modules[__name__] = sys.modules.get(__name__) or type(sys)(__name__)
    sys.modules[__name__].Recorder = Recorder
    return module, entry.make(module, 0.25, 40)


def test_what_an_optimizer_is_given():
    module, plain = made()
    assert plain.first[0] is module.weight
    assert plain.arguments == {"lr": 0.25}
    _, inverse = made(stepsize="1/lips", options={"beta": 3})
    assert inverse.arguments == {"lips": 4.0, "beta": 3}
    _, told = made(horizon="num_iterations")
    assert told.arguments["num_iterations"] == 40
    module, whole = made(model=True)
    assert whole.first is module
    _, grouped = made(group={"use_muon": True})
    assert grouped.first[0]["use_muon"] is True
