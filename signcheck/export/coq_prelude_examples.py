"""The part of the prelude that finds out whether concrete numbers satisfy hypotheses."""

from __future__ import annotations

__all__ = ["EXAMPLES"]

EXAMPLES = r"""
(* ---- numbers: roots that are known, roots that are estimated ---- *)

Ltac roots := repeat match goal with
  | |- context [sqrt ?x] => first
      [ replace x with (1 * 1) by field; rewrite (sqrt_square 1) by lra
      | replace x with (2 * 2) by field; rewrite (sqrt_square 2) by lra
      | replace x with ((1 / 2) * (1 / 2)) by field; rewrite (sqrt_square (1 / 2)) by lra
      | replace x with 0 by field; rewrite sqrt_0 ]
  end.

Lemma sqrt_under (c x : R) : 0 < c -> 0 <= x -> sqrt x <= (c + x * / c) / 2.
Proof.
  intros P H. pose proof (sqrt_sqrt x H). pose proof (Rle_0_sqr (sqrt x - c)).
  apply (Rmult_le_reg_r c); [exact P|]. unfold Rsqr in *.
  replace ((c + x * / c) / 2 * c) with ((c * c + x) / 2) by (field; lra). lra.
Qed.

Ltac bounded x :=
  let q := fresh "q" in let E := fresh "E" in let r := fresh "r" in
  evar (q : R); assert (E : x = q) by (field_simplify; subst q; reflexivity);
  assert (sqrt x <= (1 + q * / 1) / 2) by (rewrite E; subst q; apply sqrt_under; lra);
  assert (sqrt x <= (1 / 2 + q * / (1 / 2)) / 2) by (rewrite E; subst q; apply sqrt_under; lra);
  assert (sqrt x <= (1 / 4 + q * / (1 / 4)) / 2) by (rewrite E; subst q; apply sqrt_under; lra);
  pose proof (sqrt_pos x); clear E; subst q; generalize dependent (sqrt x); intros r.

Ltac estimates := roots; repeat match goal with
  | |- context [sqrt ?x] => first
      [ replace x with (8 * 8) by field; rewrite (sqrt_square 8) by lra
      | bounded x ]
  end; nra.
"""
