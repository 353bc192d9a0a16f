"""Theorems come from rules alone: every other way to one has to fail."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import pytest
import sympy as sp

from hardinstances.errors import ForgeryError, InputError, ProofError
from signcheck import kernel as k
from signcheck.kernel import theorem as module
from signcheck.kernel.theorem import Draft, Sequent, rule

ZERO, ONE = sp.Integer(0), sp.Integer(1)
x = k.Sym("x")
FALSE = k.Lt(ONE, ZERO)
NOTHING: frozenset[k.Formula] = frozenset()
FORGED = Sequent(NOTHING, NOTHING, FALSE, frozenset(), "forged", "", (), None)


@pytest.fixture
def honest() -> k.Theorem:
    return k.sign_fact(k.Le(ZERO, ONE))


@pytest.mark.parametrize(
    "forge",
    [
        lambda _: k.Theorem(),
        lambda _: k.Theorem(FORGED),
        lambda _: k.Theorem.__new__(k.Theorem),
        lambda _: type("Loose", (k.Theorem,), {}),
        copy.copy,
        copy.deepcopy,
        lambda thm: copy.deepcopy([thm]),
        lambda thm: thm.__replace__(concl=FALSE),
        pickle.dumps,
        lambda thm: pickle.dumps({"inside": thm}, protocol=5),
        lambda thm: setattr(thm, "concl", FALSE),
        lambda thm: setattr(thm, "anything", FALSE),
        lambda _: rule(lambda _j: Draft(FALSE)),
        lambda _: type("Wide", (k.Le,), {}),
        lambda _: type("Wider", (k.Formula,), {}),
        lambda _: type("Renamed", (k.Sym,), {}),
    ],
)
def test_a_forgery_is_refused(forge, honest: k.Theorem) -> None:
    with pytest.raises(ForgeryError):
        forge(honest)


def test_copy_replace_is_refused(honest: k.Theorem) -> None:
    # copy.replace came with Python 3.13 and calls this.
    replace = getattr(copy, "replace", lambda thm, **to: type(thm).__replace__(thm, **to))
    with pytest.raises(ForgeryError):
        replace(honest, concl=FALSE)


def test_a_theorem_is_no_dataclass(honest: k.Theorem) -> None:
    with pytest.raises(TypeError):
        dataclasses.replace(honest, concl=FALSE)


def test_an_object_without_a_rule_states_nothing(honest: k.Theorem) -> None:
    rebuild, arguments = honest.__reduce__()[:2]
    for bare in (object.__new__(k.Theorem), rebuild(*arguments)):
        _states_nothing(bare, honest)


def _states_nothing(bare: k.Theorem, honest: k.Theorem) -> None:
    for use in (
        k.sequent,
        repr,
        hash,
        lambda thm: thm.concl,
        lambda thm: thm.hyps,
        lambda thm: thm == honest,
        lambda thm: honest == thm,
        k.cut,
        lambda thm: k.certificate(FALSE, [(1, thm)]),
        lambda thm: k.sign_fact(k.Le(ZERO, ONE), facts=[thm]),
    ):
        with pytest.raises(ForgeryError):
            use(bare)


def test_what_sequent_returns_is_a_reading_not_a_theorem(honest: k.Theorem) -> None:
    content = dataclasses.replace(k.sequent(honest), concl=FALSE)
    assert k.sequent(honest).concl == k.Le(ZERO, ONE)
    with pytest.raises((ForgeryError, AttributeError, ProofError)):
        k.certificate(FALSE, [(1, content)])


def test_attributes_of_a_reading_are_frozen(honest: k.Theorem) -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        k.sequent(honest).concl = FALSE
    with pytest.raises(dataclasses.FrozenInstanceError):
        honest.concl.rhs = -ONE
    with pytest.raises(AttributeError):
        object.__setattr__(honest, "concl", FALSE)


@pytest.mark.parametrize(
    "tamper",
    [
        lambda thm: object.__setattr__(thm.concl, "rhs", -ONE),
        lambda thm: object.__setattr__(thm.concl, "__class__", k.Lt),
        lambda thm: object.__setattr__(k.sequent(thm), "concl", FALSE),
        lambda thm: object.__setattr__(k.sequent(thm), "hyps", NOTHING),
        lambda thm: object.__setattr__(k.sequent(thm), "axioms", frozenset({"none"})),
        lambda thm: object.__setattr__(next(iter(thm.hyps)), "lhs", ONE),
    ],
)
def test_a_theorem_that_was_altered_by_force_states_nothing(tamper) -> None:
    thm = k.certificate(k.Le(ZERO, 2 * x), [(2, k.assume(k.Le(ZERO, x)))])
    tamper(thm)
    for use in (k.sequent, lambda t: t.concl, k.cut, lambda t: k.certificate(FALSE, [(1, t)])):
        with pytest.raises(ForgeryError, match="altered by force"):
            use(thm)


def test_no_name_in_the_module_makes_a_theorem() -> None:
    for name, value in vars(module).items():
        if not callable(value) or name in ("Any", "NoReturn", "P") or isinstance(value, type):
            continue
        try:
            made = value(FORGED)
        except Exception:  # noqa: BLE001 - anything but a Theorem will do
            continue
        assert not isinstance(made, k.Theorem), name
        for part in made if isinstance(made, tuple) else ():
            assert not isinstance(part, k.Theorem), name


def test_a_vault_of_ones_own_is_not_the_kernels() -> None:
    mint, _ = module._vault()
    with pytest.raises(ForgeryError):
        k.sequent(mint(FORGED))


def test_the_function_inside_a_rule_only_drafts() -> None:
    from signcheck.kernel.judge import Judge

    inside = k.assume.__wrapped__
    assert not isinstance(inside(Judge(), k.Le(ZERO, ONE)), k.Theorem)


def test_the_list_of_rules_cannot_be_changed_from_outside() -> None:
    k.all_rules()["assume"] = lambda *_a, **_k: None
    assert k.all_rules()["assume"] is k.assume


def test_every_rule_that_is_exported_is_sealed_in() -> None:
    rules = k.all_rules()
    assert {name for name in rules if name in k.__all__} == set(rules)


# ---------------------------------------------------------------- what a step records


def test_hypotheses_axioms_and_splits_travel() -> None:
    low, case = k.assume(k.Le(ZERO, x)), k.suppose(k.Le(x, ONE))
    sum_ = k.certificate(k.Le(ZERO, ONE), [(1, low), (1, case)])
    content = k.sequent(sum_)
    assert content.hyps == {low.concl}
    assert content.splits == {case.concl}
    assert content.premises == (low, case)


def test_only_facts_that_were_needed_count() -> None:
    needed, idle = k.assume(k.Lt(ZERO, x)), k.assume(k.Le(x, ONE))
    thm = k.identity(1 / x + 1, (x + 1) / x, facts=[idle, needed])
    assert thm.hyps == {needed.concl}


def test_a_failed_step_is_named_and_shows_its_residual() -> None:
    with pytest.raises(ProofError) as caught:
        k.certificate(k.Le(x, x - 1), [], label="impossible")
    assert caught.value.step == "impossible"
    assert sp.sympify(caught.value.residual) == -1
    assert "impossible" in str(caught.value)


def test_equality_is_by_statement() -> None:
    one = k.certificate(k.Le(ZERO, ONE), [], [ONE])
    other = k.sign_fact(k.Le(ZERO, ONE))
    assert one == other
    assert hash(one) == hash(other)
    assert one != k.assume(k.Le(ZERO, ONE))
    assert one != k.Le(ZERO, ONE)


def test_a_list_cannot_change_while_a_rule_reads_it() -> None:
    class Shifty(list):
        """Shows its contents to the kernel's bookkeeping, and nothing afterwards."""

        def __init__(self, items):
            super().__init__(items)
            self.looks = 0

        def __iter__(self):
            self.looks += 1
            return iter([(1, hidden)] if self.looks > 1 else [])

    hidden = k.assume(FALSE)
    try:
        thm = k.certificate(FALSE, Shifty([]))
    except ProofError:
        return
    assert thm.hyps == {FALSE}


def test_formulas_do_not_keep_a_list_that_can_change() -> None:
    guards = [k.Le(ZERO, x)]
    formula = k.ForAll(x, guards, k.Le(ZERO, x))
    guards.append(FALSE)
    assert formula.guards == (k.Le(ZERO, x),)


def test_a_hypothesis_has_to_be_a_formula() -> None:
    for nonsense in ("False", None, sp.false, 3):
        with pytest.raises((ProofError, InputError)):
            k.assume(nonsense)
