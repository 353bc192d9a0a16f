"""Rules of logic, of cases and of integers that have a proof of their own in Coq."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from signcheck.export.coq_atoms import expressible
from signcheck.export.coq_define import define
from signcheck.export.coq_leaves import Knowing
from signcheck.export.coq_replacements import instances, replacements
from signcheck.export.coq_rules_terms import TermRules
from signcheck.export.coq_steps import Mapped, _after, _opposite, _replaced, _Step
from signcheck.export.coq_syntax import denominators
from signcheck.kernel import ForAll, Formula, Le, Lt, Relation, Theorem, sequent
from signcheck.kernel.substitution import fresh, subst
from signcheck.kernel.terms import exact, free


class Rules(TermRules):
    """How each rule is proved from the lemmas of its premises; None if it has no scalar form."""

    def _cut(self, step: _Step) -> list[str] | None:
        main, *lemmas = step.premises
        return step.exactly(main, step.to, self._with_lemmas(step, lemmas, step.to, step.env))

    def _with_lemmas(
        self, step: _Step, lemmas: Iterable[Theorem], to: Mapped, env: Mapping[Formula, str]
    ) -> dict[Formula, str]:
        """Proofs at hand, and those of the hypotheses that a cut discharges."""
        env = dict(env)
        for lemma in lemmas:
            stated = self.derive(lemma, to)
            if stated is not None:
                env[stated.concl] = step.use(stated, env)
        return env

    def _generalise(self, step: _Step) -> list[str] | None:
        formula = step.concl
        assert isinstance(formula, ForAll)
        if not expressible(formula):
            return None
        formula = self.atoms.apart(formula)
        source = sequent(step.thm).concl
        assert isinstance(source, ForAll)
        env = dict(step.env)
        for i, guard in enumerate(formula.guards):
            env[guard] = f"G{i}"
        step.introduced.add(formula.var)
        inner = {k: v for k, v in step.to.items() if k != source.var} | {source.var: formula.var}
        lines = step.exactly(step.premises[0], inner, env)
        names = " ".join(
            [self.atoms.name(formula.var), *(f"G{i}" for i in range(len(formula.guards)))]
        )
        return None if lines is None else [f"intros {names}.", *lines]

    def _instantiate(self, step: _Step) -> list[str] | None:
        values = [_replaced(v, step.to) for v in instances(step.thm)]
        source, to, env = step.premises[0], step.to, dict(step.env)
        lines = step.facts(step.premises[1:])
        opened = 0
        while opened < len(values):
            content = sequent(source)
            if content.rule == "specialise":
                source, to = content.premises[0], _after(replacements(source), to)
                continue
            if content.rule == "cut" and not expressible(content.concl):
                source = content.premises[0]
                env = self._with_lemmas(step, content.premises[1:], to, env)
                continue
            if content.rule != "generalise":
                break
            formula = content.concl
            assert isinstance(formula, ForAll)
            held = Knowing([*env, *self.known])
            if not all(map(held.nonzero, denominators([values[opened]]))):
                break  # the lemma is for all numbers, and does not know why this one has a value
            to = {k: v for k, v in to.items() if k != formula.var} | {formula.var: values[opened]}
            for guard in formula.guards:
                here = guard.subst(to)
                if expressible(here) and here not in env and here not in self.known:
                    lines.append(f"assert (G{len(env)} : {self.atoms.formula(here)}) by settle.")
                    env[here] = f"G{len(env)}"
            source, opened = content.premises[0], opened + 1
        stated = self.derive(source, to)
        if stated is None:
            return None
        text = step.use(stated, env)
        formula = stated.concl
        for value in values[opened:]:
            assert isinstance(formula, ForAll)
            if formula.var.sort not in ("int", "real"):
                return None
            shown = (
                self.atoms.integer(value) if formula.var.sort == "int" else self.atoms.real(value)
            )
            text = f"({text} {shown}"
            for guard in formula.guards:
                here = guard.subst({formula.var: value})
                name = f"G{len(lines)}"
                lines.append(f"assert ({name} : {self.atoms.formula(here)}) by settle.")
                text += f" ltac:(carry {name})"
            text += ")"
            formula = formula.body.subst({formula.var: value})
        return [*lines, f"pose proof {text} as Result.", "carry Result."]

    def _cases(self, step: _Step) -> list[str] | None:
        low, high = (sequent(p).splits for p in step.premises[:2])
        own = sequent(step.thm).splits
        pairs = [(s, _opposite(s)) for s in low - own] + [(_opposite(s), s) for s in high - own]
        found = next(((a, b) for a, b in pairs if a is not None and b is not None), None)
        if found is None:
            return step.exactly(step.premises[0], step.to, step.env)
        here = [f.subst(step.to) for f in found]
        strict_first = isinstance(here[0], Lt)
        first = here[1] if strict_first else here[0]
        assert isinstance(first, Relation)
        a, b = map(self.atoms.real, first.terms())
        lines = [f"destruct (Rle_lt_dec {a} {b}) as [C|C]."]
        order = step.premises[1::-1] if strict_first else step.premises[:2]
        for premise, case in zip(order, here[::-1] if strict_first else here, strict=True):
            branch = step.exactly(premise, step.to, {**step.env, case: "C"})
            if branch is None:
                return None
            lines += [f"{{ {' '.join(branch)} }}"]
        return lines

    def _induction(self, step: _Step) -> list[str] | None:
        formula, source = step.concl, sequent(step.thm).concl
        base, grown = step.premises[:2]
        if not (
            isinstance(formula, ForAll) and isinstance(source, ForAll) and expressible(formula)
        ):
            return None
        formula = self.atoms.apart(formula)
        var, lo = formula.var, formula.guards[0].terms()[0]
        step.introduced.add(var)
        inner = {k: v for k, v in step.to.items() if k != source.var} | {source.var: var}
        before, after = self.derive(base, step.to), self.derive(grown, inner)
        if before is None or after is None:
            return None
        index, claim = self.atoms.binder(var), self.atoms.formula(formula.body)
        head = f"(fun {index} => {claim}) {self.atoms.integer(lo)}"
        env = {**step.env, formula.body: "IH", formula.guards[0]: "Low"}
        name = self.atoms.name(var)
        rule, names, opened = "Z_induction", f"{name} Low", " whole_in Low."
        guards = f"(IZR {self.atoms.integer(lo)} <= IZR {name})"
        if len(formula.guards) > 1:
            high = formula.guards[1].terms()[1]
            rule, names, opened = "Z_induction_below", f"{names} High", f"{opened} whole_in High."
            guards += f" -> (IZR {name} < IZR {self.atoms.integer(high)})"
            head += f" {self.atoms.integer(high)}"
            env[Lt(var + 1, high)] = "High"
        lines = [
            f"apply ({rule} {head}).",
            f"{{ pose proof {step.use(before, step.env)} as Base. carry Base. }}",
            f"{{ intros {names} IH.{opened}",
            f"pose proof {step.use(after, env)} as Next. carry Next. }}",
        ]
        # An end may be a sum: then the guards say IZR 1 + IZR n, not IZR (1 + n).
        return [
            f"assert (All : forall {index}, {guards} -> ({claim})).",
            "{",
            *lines,
            "}",
            f"intros {names}. apply All; settle.",
        ]

    def _integer_gap(self, step: _Step) -> list[str] | None:
        before = sequent(step.premises[0]).concl.subst(step.to)
        stated = self.derive(step.premises[0], step.to)
        if stated is None or not expressible(step.concl):
            return None
        low, high = map(self.atoms.integer, before.terms())
        return [
            f"pose proof {step.use(stated, step.env)} as Fact0.",
            f"assert (Z0 : ({low} < {high})%Z) by (apply lt_IZR; whole; lra).",
            f"assert (Z1 : ({low} + 1 <= {high})%Z) by lia.",
            "apply IZR_le in Z1; whole_in Z1; lra.",
        ]

    def _floor(self, step: _Step) -> list[str] | None:
        """The integer part of a number exists: Coq's ``up`` gives it."""
        premise, n, x = sequent(step.thm).arguments[0][:3]
        x = subst(exact(x), step.to)
        taken = self.atoms.fixed.union(free(x), step.concl.free(), *(h.free() for h in step.hyps))
        var = fresh(n, taken) if n in taken else n
        step.introduced.add(var)
        low, high = Le(var, x), Lt(x, var + 1)
        inner = {k: v for k, v in step.to.items() if k != n} | {n: var}
        lines = step.exactly(premise, inner, {**step.env, low: "Low", high: "High"})
        if lines is None:
            return None
        name = self.atoms.name(var)
        return [
            f"destruct (floor_exists {self.atoms.real(x)}) as [{name} [Low Above]].",
            f"assert (High : {self.atoms.formula(high)}) by lra.",
            *lines,
        ]

    def _increasing(self, step: _Step) -> list[str] | None:
        """The derivative is Coq's own: ``slopes`` differentiates the function by its form."""
        formula, stated = step.concl, self.derive(step.premises[0], step.to)
        if stated is None or not isinstance(formula, ForAll):
            return None
        derivative, name = stated.concl, self.atoms.name(formula.var)
        assert isinstance(derivative, ForAll)
        steep = derivative.body.subst({derivative.var: formula.var}).terms()[1]
        start, value = formula.body.terms()
        f, g = (f"(fun {name} : R => {self.atoms.real(t)})" for t in (value, steep))
        return [
            f"intros {name} Start.",
            f"pose proof {step.use(stated, step.env)} as Fact0.",
            f"pose proof (grows {f} {g} ltac:(slopes) Fact0 {name} Start) as Result.",
            f"replace {self.atoms.real(start)} with ({f} 0) by (cbv beta; at_zero).",
            "exact Result.",
        ]

    def _vanishing(self, step: _Step) -> list[str] | None:
        """A bound for all c > 0 that is differentiable at c = 0 holds there."""
        stated = self.derive(step.premises[0], step.to)
        if stated is None or not isinstance(step.concl, Relation):
            return None
        bound = stated.concl
        assert isinstance(bound, ForAll)
        (low, high), (_, start) = bound.body.terms(), step.concl.terms()
        f = f"(fun {self.atoms.binder(bound.var)} => {self.atoms.real(high)})"
        every = "Fact0" if bound.guards else "(fun c _ => Fact0 c)"
        return [
            f"pose proof {step.use(stated, step.env)} as Fact0.",
            f"replace {self.atoms.real(start)} with ({f} 0) by (cbv beta; at_zero).",
            f"refine (vanishes {self.atoms.real(low)} {f} _ {every}). eexists; slope.",
        ]

    def _recursion(self, step: _Step) -> list[str] | None:
        """The sequence is a definition of the file, its equations are lemmas."""
        defined = define(self, step.thm, step.to)  # type: ignore[arg-type]
        return step.exactly(step.premises[0], step.to, step.env) if defined else None

    def _certificate(self, step: _Step) -> list[str] | None:
        return step.by_leaf()

    _identity = _certificate
    _sign_fact = _certificate
