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
"""
