"""The part of the prelude about powers with an exponent that is not a fixed number."""

from __future__ import annotations

__all__ = ["POWERS"]

POWERS = r"""(* ---- powers x^y of a positive x ---- *)

Lemma root_power (x y : R) : 0 < x -> y <> 0 -> Rpower (Rpower x (/ y)) y = x.
Proof. intros H K; rewrite Rpower_mult, Rinv_l by exact K; apply Rpower_1, H. Qed.

Lemma Rpower_inv (x y : R) : 0 < x -> Rpower (/ x) y = / Rpower x y.
Proof.
  intro H; unfold Rpower; rewrite ln_Rinv by exact H.
  replace (y * - ln x) with (- (y * ln x)) by ring; apply exp_Ropp.
Qed.

Lemma root_power_inv (x y : R) : 0 < x -> y <> 0 -> Rpower (/ Rpower x (/ y)) y = / x.
Proof.
  intros H K; rewrite Rpower_inv by apply exp_pos; rewrite root_power by assumption; reflexivity.
Qed.

Ltac root_power :=
  first [apply root_power | apply root_power_inv | rewrite root_power_inv; [same | |]];
  [positive | nonzero].

Lemma Rpower_pos (x y : R) : 0 < Rpower x y.
Proof. apply exp_pos. Qed.

Lemma ln_up (x : R) : 1 < x -> 0 < ln x.
Proof. intro H; rewrite <- ln_1; apply ln_increasing; lra. Qed.

Lemma exp_power (x y : R) : Rpower (exp x) y = exp (y * x).
Proof. unfold Rpower; rewrite ln_exp; reflexivity. Qed.

Ltac exp_law := first
  [ unfold Rpower; rewrite ln_exp; same
  | apply exp_power
  | symmetry; apply exp_plus ].

Lemma exp_increasing_le (x y : R) : x <= y -> exp x <= exp y.
Proof. intros [H | ->]; [apply Rlt_le, exp_increasing, H | apply Rle_refl]. Qed.

Lemma exp_between (a b c d : R) : exp a = c -> a <= b -> exp b = d -> c <= d.
Proof. intros <- H <-; apply exp_increasing_le, H. Qed.

Lemma Rpower_minus_one (x : R) : 0 < x -> Rpower x (-1) = / x.
Proof. intro H; replace (-1) with (- (1)) by ring; rewrite Rpower_Ropp, Rpower_1; trivial. Qed.

Lemma exp_minus_log (x : R) : 0 < x -> exp (-1 * ln x) = / x.
Proof. intro; replace (-1 * ln x) with (- ln x) by ring; rewrite exp_Ropp, exp_ln; trivial. Qed.

Lemma exp_minus_log_inv (x : R) : 0 < x -> exp (-1 * ln (/ x)) = x.
Proof. intro; rewrite exp_minus_log; [apply Rinv_inv | apply Rinv_0_lt_compat; assumption]. Qed.

Ltac exp_of_log := first
  [ apply exp_ln; positive
  | apply exp_minus_log_inv; positive
  | apply exp_minus_log; positive ].

Ltac exp_form := first
  [ reflexivity
  | exp_of_log
  | rewrite ?exp_plus; rewrite ?exp_ln by positive; rewrite ?exp_minus_log_inv by positive; same ].

Ltac exp_of_zero := match goal with
  | |- context [exp ?x] => replace x with 0 by ring; rewrite exp_0
  end.

Ltac powers := match goal with
  | |- context [Rpower] =>
      rewrite ?plus_IZR, ?Rpower_plus;
      repeat rewrite Rpower_1 by positive; repeat rewrite Rpower_O by positive;
      repeat rewrite Rpower_minus_one by positive
  end.

"""
