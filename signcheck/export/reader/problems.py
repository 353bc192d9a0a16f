"""The rule that builds a hard problem from blocks.

A block is what ``signcheck.kernel.Block`` says, a noise ``(mean, values, probabilities,
batch, deviation)`` whose last entry belongs to a normal law.
"""

from __future__ import annotations

from typing import Any, TypeAlias

from signcheck.export.reader.calculus import normal
from signcheck.export.reader.chance import is_law
from signcheck.export.reader.check import Move, Step, rule
from signcheck.export.reader.judge import FIXED
from signcheck.export.reader.profiles import about, at

Block: TypeAlias = Any


def _granted(m: Move, block: Block, dynamics: tuple[Any, ...]) -> set[int]:
    """What a trajectory may assume: the method, the start, f' = P, the noise."""
    profile, parameters, noise = block[0], block[1], block[6]
    _, position, slope, _, *rules = dynamics
    make, t, k = m.t.make, m.t.sym("t", "int"), m.t.sym("k", "int")
    x, u, past = make("Ap", position, t), make("Ap", slope, t), make("Past", t)
    start = make("Eq", make("Ap", position, m.t.zero), at(m, profile, parameters, profile[4]))
    always = [make("Eq", u, make("Prof", profile[0], x, *parameters))]
    sort = m.t.sort(slope)
    mean = make("Ap", m.t.sym("g", sort if noise is None else "fam:random"), t)
    if noise is None:
        always.append(make("Eq", mean, u))
    else:
        call, batch = make("Ap", m.t.sym("Y", "fam:random"), t, k), noise[3]
        total = make("Big", call, k, m.t.zero, batch)
        guards = make("Le", m.t.zero, k), make("Lt", k, batch)
        always += [
            make("Eq", mean, make("Mul", total, make("Pow", batch, m.t.num(-1)))),
            make("Measurable", x, past),
            make("ForAll", k, _law(m, noise, call, past, u), *guards),
            make("Independent", call, k, batch, past),
        ]
    zero = make("Le", m.t.zero, t)
    every = (*rules, start, *(make("ForAll", t, formula, zero) for formula in always))
    return set(map(m.settle, every))


def _law(m: Move, noise: Any, term: int, given: int, mean: int) -> int:
    if noise[4] is not None:
        return normal(m, term, given, mean, m.t.make("Pow", noise[4], m.t.num(2)))
    parts = (m.t.put(x, {noise[0]: mean}) for x in (*noise[1], *noise[2]))
    return m.t.make("Law", term, given, *parts)


class _Run:
    """What one block is checked against: its method, and the symbols of the run."""

    def __init__(self, m: Move, block: Block, method: int) -> None:
        self.m, self.block, self.method = m, block, m.t.rows[method][1:]
        names = (("t", "int"), ("k", "int"), ("z", "real"), ("Y", "fam:random"),
                 ("g", "fam:random"), ("g", "fam:real"), ("y", "random"),
                 ("F", "sigma"))  # fmt: skip
        self.run = {m.t.sym(*name) for name in names} | m.t.private(method)

    def clean(self, thm: Step, granted: set[int]) -> set[int]:
        """Hypotheses that stay: they speak neither of the member nor of the run."""
        index, count = self.block[8:10]
        guards = set()
        if index is not None:
            pairs = ("Le", self.m.t.zero, index), ("Lt", index, count)
            guards = {self.m.settle(self.m.t.make(*pair)) for pair in pairs}
        rest = set(thm.hyps) - granted - guards
        for h in rest:
            fine = not self.m.t.is_random(h) and not self.m.t.free(h) & (self.run | {index})
            self.m.need(fine, "a hypothesis is not granted by the construction")
        self.m.need(not thm.splits, "a premise rests on an open case")
        return rest

    def fixed(self, *terms: int) -> None:
        """Numbers that neither chance nor the run can change."""
        for term in terms:
            fine = not self.m.t.is_random(term) and not self.m.t.free(term) & self.run
            self.m.need(fine, "a number depends on chance or on the run")

    def problem(self) -> None:
        """The block was there before the run."""
        t, (index, count), noise = self.m.t, self.block[8:10], self.block[6]
        self.fixed(*self.block[1], self.block[2], *([] if index is None else [count]))
        if index is not None:
            fine = t.sort(index) == "int" and index not in self.run | t.free(count)
            fine = fine and t.rows[index][1] not in FIXED
            self.m.need(fine and t.is_int(count), "the index of a block has no range")
        if noise is not None:
            unknown = {noise[0]: t.fresh(t.sym("mean", "real"))}
            self.fixed(*(t.put(v, unknown) for v in noise[1]), *noise[2], noise[3])
            self.fixed(*([] if noise[4] is None else [noise[4]]))
            private = t.private(t.make("Dynamics", *self.method))
            self.m.need({t.sort(h) for h in private} <= {"fam:random"}, "a family is not random")

    def level(self, horizon: int) -> tuple[int, set[int]]:
        """The level that the path stays above, for all t < T."""
        t, time = self.m.t, self.m.t.sym("t", "int")
        stays = t.make("Abs", t.make("Ap", self.method[2], time))
        if t.sort(self.method[2]) == "fam:random":
            stays = t.make("Ex", stays, t.trivial)
        path = self.block[5]
        op, var, body, *guards = t.rows[path.claim]
        kind, level, high = t.rows[body]
        wanted = [t.make("Le", t.zero, time), t.make("Lt", time, horizon)]
        fine = (op, kind, var, high, guards) == ("ForAll", "Le", time, stays, wanted)
        self.m.need(fine, "the path is bounded otherwise")
        self.fixed(level)
        return level, self.clean(path, _granted(self.m, self.block, self.method))

    def noise(self) -> set[int]:
        """A2: unbiased, variance <= sigma**2 at every point."""
        m, t, noise = self.m, self.m.t, self.block[6]
        if noise is None:
            return set()
        m.need(noise[3] == self.method[3] and t.is_int(noise[3]), "the batch is another")
        m.need(m.j.nonneg(t.minus(noise[3], t.one)), "the batch may be empty")
        draw, given = t.sym("y", "random"), t.sym("F", "sigma")
        slope = t.make("Prof", self.block[0][0], t.sym("z", "real"), *self.block[1])
        square = t.make("Pow", t.minus(draw, slope), t.num(2))
        sigma = self.block[2]
        wanted = (
            t.make("Eq", t.make("Ex", draw, given), slope),
            t.make("Le", t.make("Ex", square, given), t.make("Pow", sigma, t.num(2))),
            t.make("Le", t.zero, sigma),
        )
        if noise[4] is not None:
            m.need(noise[4] == sigma and len(self.block[7]) == 1, "another normal law")
            m.need(t.equal(self.block[7][0].claim, wanted[2]), "sigma may be negative")
            return self.clean(self.block[7][0], set())
        law = _law(m, noise, draw, given, slope)
        index, count = self.block[8:10]
        judge = m.j if index is None else m.j.ranging(index, t.zero, count)
        is_law(m, law, judge)
        m.need(not any(t.sym("z", "real") in t.free(p) for p in noise[2]), "p depends on the point")
        rest = set[int]()
        for thm, formula in zip(self.block[7], wanted, strict=True):
            m.need(t.equal(thm.claim, formula), "the noise is something else")
            rest |= self.clean(thm, {m.settle(law)})
        return rest


@rule
def witness(m: Move, claim: int, blocks: tuple[Block, ...], totals: tuple[Step, ...],
            sure: int) -> int:  # fmt: skip
    """Curvatures, gaps and levels of the blocks add up to those of the class."""
    t, (_, smoothness, gap, horizon, level, dynamics, how, *noise) = m.t, m.t.rows[claim]
    m.need(how in ("surely", "in expectation"), "the class is another")
    m.need(how != "surely" or not any(b[6] for b in blocks), "it rests on an expectation")
    _same_method(m, dynamics, sure)
    sums, rest, sigmas = [t.zero] * 3, set[int](), []
    for block in blocks:
        run = _Run(m, block, sure if block[6] is None else dynamics)
        run.problem()
        run.fixed(smoothness, gap, horizon, level, *noise)
        curvature = about(m, block[3], "Lipschitz", block[0], block[1])
        depth = about(m, block[4], "GapAtMost", block[0], block[1])
        rest |= run.clean(block[3], set()) | run.clean(block[4], set()) | run.noise()
        height, more = run.level(horizon)
        rest |= more
        index, count = block[8:10]

        def total(x: int, index: int | None = index, count: int = count) -> int:
            return x if index is None else t.make("Big", x, index, t.zero, count)

        added = zip(sums, (curvature, depth, height), strict=True)
        sums = [t.make("Add", s, total(x)) for s, x in added]
        sigmas.append(total(block[2]))
    m.need(sigmas == noise, "the noise of the claim is another")
    pairs = (sums[0], smoothness), (sums[1], gap), (level, sums[2])
    for pair, thm in zip(pairs, totals, strict=True):
        m.need(t.equal(thm.claim, t.make("Le", *pair)), "a total is missing")
        fine = not thm.splits and not any(map(t.is_random, thm.hyps))
        m.need(fine, "a total rests on more than the parameters")
        rest |= thm.hyps
    m.hyps = frozenset(rest)
    return claim


def _same_method(m: Move, random: int, sure: int) -> None:
    """The method sees oracle calls only; ``sure`` is the same without chance."""
    t, private = m.t, m.t.private(random)
    _, _, position, slope, batch, *rules = t.rows[random]
    twins = {h: t.sym(t.rows[h][1], t.sort(h).replace("random", "real")) for h in private}
    put = [t.put(r, twins) for r in rules]
    other = t.rows[sure][2:]
    m.need(len(set(twins.values())) == len(twins), "two families become one")
    m.need((twins[position], twins[slope], batch, *put) == other, "the methods differ")
    run = {t.sym("Y", "fam:random"), t.sym("g", "fam:random"), t.sym("g", "fam:real")}
    m.need(len({position, slope} | run) == 5 and t.sort(position) == t.sort(slope), "no positions")
    m.need({t.sort(h) for h in private} <= {"fam:real", "fam:int", "fam:random"}, "other families")
    m.need(not any(slope in t.free(r) for r in rules), "the method reads the derivative")
    taken = {t.sym(*s) for s in (("t", "int"), ("k", "int"), ("z", "real"), ("F", "sigma"))}
    for symbol in t.free(random) - private:
        fine = not t.is_random(symbol) and symbol not in taken | run
        m.need(fine, "a parameter of the method is no number")


def _diagonal(m: Move, x: int) -> int:
    """Entry (i, i) of a matrix, or of an equation for all indices between matrices."""
    t, (op, *parts) = m.t, m.t.rows[x]
    if op == "ForAll":
        return t.make(op, parts[0], _diagonal(m, parts[1]), *parts[2:])
    if op == "Eq":
        m.need(all(map(t.is_vector, parts)), "a rule is no equation between matrices")
        return t.make(op, *(_diagonal(m, p) for p in parts))
    if op == "Ap" and t.sort(parts[0]).startswith("fam:"):
        return t.make(op, t.sym(t.rows[parts[0]][1], "fam:random"), *parts[1:])
    if op == "Pol":
        inner = t.rows[parts[0]]
        m.need(inner[0] == "Ap" and t.rows[inner[1]][1] == "g", "this may leave the diagonal")
        return t.make("sign", _diagonal(m, parts[0]))
    if not t.is_vector(x):
        return x
    m.need(op in ("Add", "Mul"), "a rule is neither linear nor a polar factor")
    return t.make(op, *(_diagonal(m, p) for p in parts))


@rule
def embed(m: Move, thm: Step, method: int) -> int:
    """The same for matrices: f(diag X), the noise on the diagonal, the polar factor as the sign."""
    t = m.t
    op, smoothness, gap, horizon, level, old, how, *noise = t.rows[thm.claim]
    m.need(op == "Attained" and how in ("surely", "in expectation"), "this is not on coordinates")
    spoken = frozenset[int]().union(*map(t.free, (thm.claim, *thm.hyps)))
    m.need(not {t.rows[s][1] for s in spoken} & set(FIXED), "it speaks of d or of another constant")
    m.need({t.sort(h) for h in t.private(method)} == {"fam:rvector"}, "a family is no matrix")
    _, _, position, slope, batch, *rules = t.rows[method]
    heads = (t.sym(t.rows[h][1], "fam:random") for h in (position, slope))
    entries = (*heads, batch, *(_diagonal(m, r) for r in rules))
    m.need(entries == t.rows[old][2:], "on diagonal matrices it is another method")
    parts = smoothness, gap, horizon, level, method, f"{how} for matrices", *noise
    return t.make(op, *parts)
