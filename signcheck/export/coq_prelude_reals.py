"""The part of the prelude about real constants and functions: pi."""

from __future__ import annotations

__all__ = ["REALS"]

REALS = r"""
(* ---- pi, by Machin's formula ---- *)

Lemma pi_above : PI < 355 / 113.
Proof.
  destruct (PI_2_3_7_ineq 3) as [_ H].
  unfold tg_alt, PI_2_3_7_tg, Ratan_seq in H; simpl in H; lra.
Qed.

Lemma pi_below : 333 / 106 < PI.
Proof.
  destruct (PI_2_3_7_ineq 2) as [H _].
  unfold tg_alt, PI_2_3_7_tg, Ratan_seq in H; simpl in H; lra.
Qed.

Lemma folded_mean : 0 <= sqrt 2 * / sqrt PI <= 4 / 5.
Proof.
  pose proof pi_below as B. assert (0 < sqrt PI) by (apply sqrt_lt_R0; lra).
  assert (sqrt 2 <= 4 / 5 * sqrt PI).
  { rewrite <- (sqrt_square (4 / 5)), <- sqrt_mult by lra. apply sqrt_le_1_alt; lra. }
  split; [apply Rmult_le_pos; [apply sqrt_pos | apply Rlt_le, Rinv_0_lt_compat; lra]|].
  apply (Rmult_le_reg_r (sqrt PI)); [lra|]. rewrite Rmult_assoc, Rinv_l; lra.
Qed.

Ltac without_pi := pose proof folded_mean; generalize dependent (sqrt 2 * / sqrt PI); intros.

Ltac example := first
  [lra | field | nonneg | positive | nra | (roots; lra) | estimates | without_pi; estimates].
"""
