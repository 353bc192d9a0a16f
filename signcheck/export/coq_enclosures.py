"""Enclosures for Coq's ``interval`` tactic (coq-interval): Newton-Schulz, the chain, constants.

They stand in files of their own, because ``interval`` computes with machine integers, whose axioms
the theorems do without. Every number is taken from the module that certifies it by ball arithmetic;
the subdivision here is Coq's own.
"""

from __future__ import annotations

import math
from fractions import Fraction

from signcheck.export.coq_syntax import number

__all__ = ["enclosures"]

HEAD = """From Coq Require Import Reals Lra.
From Interval Require Import Tactic.
Open Scope R_scope.
"""
BISECT = "interval with (i_bisect {0}, i_autodiff {0}, i_prec 40)"


def enclosures() -> dict[str, str]:
    """Module names and texts of the files that need coq-interval."""
    return {"enc_T10": _newton_schulz(), "enc_T8": _chain(), "enc_constants": CONSTANTS}


def _q(value: Fraction) -> str:
    return number(value.numerator, value.denominator)


def _cut(value: Fraction, digits: int, up: bool) -> Fraction:
    """The next number with so many decimals, above or below."""
    scaled = value * 10**digits
    return Fraction(math.ceil(scaled) if up else math.floor(scaled), 10**digits)


def _newton_schulz() -> str:
    """T10: 0 <= q <= gamma on [0, 1], and q(s) >= min(level, slope s), for the reference steps."""
    from signcheck.intervals.newton_schulz import REFERENCE, REFERENCE_MINORANT, extreme

    a, b, c = REFERENCE[0]
    top = extreme(REFERENCE, Fraction(0), Fraction(1), 1)
    gamma = _cut(Fraction(str(top.upper().str(20, radius=False))), 4, up=True)
    steps, minorant = len(REFERENCE), REFERENCE_MINORANT
    lines = [
        "(* T10: the polar step of five equal polynomials, on singular values. *)",
        HEAD,
        f"Definition h (s : R) := {_q(a)} + {_q(b)} * s ^ 2 + {_q(c)} * s ^ 4.",
        "Definition p (s : R) := s * h s.",
        f"Definition q (s : R) := {'p (' * steps}s{')' * steps}.",
        _stays(gamma),
        f"Theorem range (s : R) : 0 <= s <= 1 -> 0 <= q s <= {_q(gamma)}.",
        f"Proof. intro H; unfold q; apply {', '.join(['stays'] * steps)}; lra. Qed.",
    ]
    low = _cut(minorant.knee, 6, up=False)
    lines += _plateau(low, gamma, minorant.level, (a, b, c), steps)
    lines += _slope(_cut(minorant.knee, 6, up=True), minorant.slope, (a, b, c), steps)
    return "\n".join([*lines, "Print Assumptions plateau."]) + "\n"


def _stays(gamma: Fraction) -> str:
    return f"""Lemma stays (s : R) : 0 <= s <= {_q(gamma)} -> 0 <= p s <= {_q(gamma)}.
Proof.
  intro H; unfold p; split.
  - apply Rmult_le_pos; [apply H | unfold h; {BISECT.format("s")}].
  - unfold h; {BISECT.format("s")}.
Qed."""


def _plateau(
    low: Fraction, gamma: Fraction, level: Fraction, p: tuple[Fraction, ...], steps: int
) -> list[str]:
    """From the knee to 1, q is at least the level: each step lifts the lower end."""
    a, b, c = p
    lines, uses, start = [], [], low
    for k in range(steps):
        rise = _cut(low * (a + b * low**2 + c * low**4), 6, up=False)
        after = level if k == steps - 1 else min(rise, level)
        lines.append(
            f"Lemma lift{k} (s : R) : {_q(low)} <= s <= {_q(gamma)} -> {_q(after)} <= p s.\n"
            f"Proof. intro H; unfold p, h; {BISECT.format('s')}. Qed."
        )
        uses.append(f"pose proof (lift{k} x{k} ltac:(lra)) as A{k}.")
        uses.append(f"pose proof (stays x{k} ltac:(lra)) as B{k}.")
        uses.append(f"set (x{k + 1} := p x{k}) in *.")
        low = after
    body = "\n  ".join(uses)
    head = f"Theorem plateau (x0 : R) : {_q(start)} <= x0 <= 1 -> {_q(level)} <= q x0."
    return [*lines, f"{head}\nProof.\n  intro H; unfold q.\n  {body}\n  lra.\nQed."]


def _slope(high: Fraction, slope: Fraction, p: tuple[Fraction, ...], steps: int) -> list[str]:
    """Below the knee every step multiplies by at least its own factor."""
    a, b, _ = p
    top = _cut(a, 3, up=True) + Fraction(1, 1000)  # the tactic needs room above h(0)
    lines, uses, knee = [], [], _q(high)
    for k in range(steps):
        factor = _cut(a + b * high**2, 4, up=False)
        after = _cut(top * high, 6, up=True)
        lines.append(
            f"Lemma grow{k} (s : R) : 0 <= s <= {_q(high)} -> {_q(factor)} <= h s <= {_q(top)}.\n"
            f"Proof. intro H; unfold h; split; {BISECT.format('s')}. Qed."
        )
        uses.append(f"pose proof (grow{k} x{k} ltac:(lra)) as A{k}.")
        uses.append(f"assert (B{k} : {_q(factor)} * x{k} <= p x{k} <= {_q(top)} * x{k})")
        uses.append(f"  by (unfold p; split; rewrite (Rmult_comm x{k});")
        uses.append("      apply Rmult_le_compat_r; lra).")
        uses.append(f"set (x{k + 1} := p x{k}) in *.")
        high = after
    body = "\n  ".join(uses)
    head = f"Theorem rise (x0 : R) : 0 <= x0 <= {knee} -> {_q(slope)} * x0 <= q x0."
    return [*lines, f"{head}\nProof.\n  intro H; unfold q.\n  {body}\n  lra.\nQed."]


def _chain() -> str:
    """T8: the constants of the chain on 0.5625 <= x <= 10.5, with u = 1/(2 x - 1)."""
    from hardinstances.chain_bounds import GAP, SLOPE, SMOOTHNESS

    prove = f"unfold dPsi, ddPsi, x; {BISECT.format('u')}"
    return f"""(* T8: the gap constant; and, with u = 1/(2 x - 1) in [1/20, 8], the bounds on a
   gradient entry and on a row of the Hessian. Further out the curves are below their ends, which
   the ball arithmetic of signcheck.intervals.chain treats. *)
{HEAD}
Definition x (u : R) := (1 + / u) / 2.
Definition dPsi (u : R) := 4 * u ^ 3 * exp (1 - u ^ 2).
Definition ddPsi (u : R) := (16 * u ^ 6 - 24 * u ^ 4) * exp (1 - u ^ 2).
Definition dPhi (u : R) := exp (1 / 2 - x u ^ 2 / 2).
Definition Phi_sup := sqrt (2 * PI * exp 1).

Theorem gap : exp 1 * Phi_sup <= {_q(GAP)}.
Proof. unfold Phi_sup; interval. Qed.

Theorem entry (u : R) : 1 / 20 <= u <= 8 ->
  exp 1 * dPhi u + Phi_sup * dPsi u <= {_q(SLOPE)}.
Proof. intro H; unfold Phi_sup, dPhi; {prove}. Qed.

Theorem row (s u : R) : s = 1 \\/ s = -1 -> 1 / 20 <= u <= 8 ->
  exp 1 * (x u * dPhi u) + Phi_sup * (s * ddPsi u) + sqrt (54 / exp 1) * dPhi u
  + exp (1 / 2) * dPsi u <= {_q(SMOOTHNESS)}.
Proof. intros [-> | ->] H; unfold Phi_sup, dPhi; {prove}. Qed.
Print Assumptions row.
"""


CONSTANTS = f"""(* Constants of the corollaries: kappa_B for every B > 0, factors of T2 to T7. *)
{HEAD}
Theorem kappa (B : R) : 0 < B -> ln 2 <= B * (exp (ln 2 / B) - 1).
Proof.
  intro H; pose proof (exp_ineq1_le (ln 2 / B)).
  replace (ln 2) with (B * (ln 2 / B)) at 1 by (field; lra).
  apply Rmult_le_compat_l; lra.
Qed.

Theorem kappa_limit : 83255 / 100000 <= sqrt (ln 2) <= 83256 / 100000.
Proof. split; interval. Qed.

Theorem noise_factor : / ln 2 <= 1443 / 1000 /\\ 2218 / 100 <= 32 * ln 2 <= 2219 / 100.
Proof. repeat split; interval. Qed.

Theorem from_eight : (7 - 1) / (2 * PI) < 1 < (8 - 1) / (2 * PI).
Proof. split; interval. Qed.

Theorem support : 1373 / 10000 <= / (1 + 2 * PI) <= 13731 / 100000.
Proof. split; interval. Qed.
Print Assumptions support.
"""
