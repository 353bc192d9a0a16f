"""The Coq text that every exported file begins with: tactics by form, sums, norms, expectations.

Nothing here is an axiom: ``Reals`` brings the ones that ``Print Assumptions`` shows. What is
assumed of a theorem (expectations, profiles, integrals) stands in its own file as hypotheses.
"""

from __future__ import annotations

from signcheck.export.coq_prelude_examples import EXAMPLES
from signcheck.export.coq_prelude_powers import POWERS
from signcheck.export.coq_prelude_products import PRODUCTS
from signcheck.export.coq_prelude_reals import REALS
from signcheck.export.coq_prelude_sums import SUMS

__all__ = ["FILE_NAME", "PRELUDE"]

FILE_NAME = "SigncheckPrelude"

BASE = r"""(* Written by `signcheck export coq`: signs by recursion on form, sums, norms. *)
From Coq Require Import Reals Lra Lia ZArith FunctionalExtensionality.
Open Scope R_scope.

(* ---- certificates ---- *)

Lemma le_of (a b c : R) : b - a = c -> 0 <= c -> a <= b.
Proof. lra. Qed.

Lemma lt_of (a b c : R) : b - a = c -> 0 < c -> a < b.
Proof. lra. Qed.

Lemma eq_of (a b c : R) : b - a = c -> c = 0 -> a = b.
Proof. lra. Qed.

Lemma times_le (m l r : R) : 0 <= m -> l <= r -> 0 <= m * (r - l).
Proof. intros; apply Rmult_le_pos; lra. Qed.

Lemma times_lt (m l r : R) : 0 < m -> l < r -> 0 < m * (r - l).
Proof. intros; apply Rmult_lt_0_compat; lra. Qed.

Lemma times_eq (m l r : R) : l = r -> m * (r - l) = 0.
Proof. intros ->; ring. Qed.

Lemma times_zero (m x : R) : x = 0 -> m * x = 0.
Proof. intros ->; ring. Qed.

(* ---- signs by recursion on form ---- *)

Lemma pow_even_nonneg (x : R) (n : nat) : Nat.even n = true -> 0 <= x ^ n.
Proof.
  intro H; apply Nat.even_spec in H; destruct H as [k ->].
  rewrite pow_mult; apply pow_le, pow2_ge_0.
Qed.

Lemma pow_even_pos (x : R) (n : nat) : Nat.even n = true -> x <> 0 -> 0 < x ^ n.
Proof.
  intros H N; apply Nat.even_spec in H; destruct H as [k ->].
  rewrite pow_mult; apply pow_lt; rewrite <- Rsqr_pow2; apply Rlt_0_sqr, N.
Qed.

Lemma both_negative (a b : R) : 0 <= - a -> 0 <= - b -> 0 <= a * b.
Proof. intros; replace (a * b) with (- a * - b) by ring; apply Rmult_le_pos; assumption. Qed.

Lemma minus_left (a b : R) : 0 <= - a * b -> 0 <= - (a * b).
Proof. intro; replace (- (a * b)) with (- a * b) by ring; assumption. Qed.

Lemma minus_right (a b : R) : 0 <= a * - b -> 0 <= - (a * b).
Proof. intro; replace (- (a * b)) with (a * - b) by ring; assumption. Qed.

Lemma negatives (a b : R) : 0 < - a -> 0 < - b -> 0 < a * b.
Proof. intros; replace (a * b) with (- a * - b) by ring; apply Rmult_lt_0_compat; assumption. Qed.

Lemma minus_first (a b : R) : 0 < - a * b -> 0 < - (a * b).
Proof. intro; replace (- (a * b)) with (- a * b) by ring; assumption. Qed.

Lemma minus_second (a b : R) : 0 < a * - b -> 0 < - (a * b).
Proof. intro; replace (- (a * b)) with (a * - b) by ring; assumption. Qed.

Lemma sum_pos_left (a b : R) : 0 < a -> 0 <= b -> 0 < a + b.
Proof. lra. Qed.

Lemma sum_pos_right (a b : R) : 0 <= a -> 0 < b -> 0 < a + b.
Proof. lra. Qed.

Lemma sqrt_squared (x : R) : 0 <= x -> sqrt x ^ 2 - x = 0.
Proof. intro H; rewrite pow2_sqrt; lra. Qed.

Lemma under_root (x : R) : 0 < sqrt x -> 0 <= x.
Proof. intro H; destruct (Rle_lt_dec 0 x) as [C|C]; [exact C|]. rewrite sqrt_neg_0 in H; lra. Qed.

Lemma factor_nonzero (a b : R) : 0 < a * b -> b <> 0.
Proof. intros H ->; lra. Qed.

Ltac nonneg := first
  [ assumption
  | apply Rlt_le; assumption
  | apply under_root; assumption
  | lazymatch goal with
    | |- 0 <= _ * _ => first [apply Rmult_le_pos; nonneg | apply both_negative; nonneg]
    | |- 0 <= - (_ * _) => first [apply minus_left; nonneg | apply minus_right; nonneg]
    | |- 0 <= / _ => apply Rlt_le, Rinv_0_lt_compat; positive
    | |- 0 <= sqrt _ => apply sqrt_pos
    | |- 0 <= exp _ => apply Rlt_le, exp_pos
    | |- 0 <= Rpower _ _ => apply Rlt_le, exp_pos
    | |- 0 <= Rmin _ _ => apply Rmin_glb; nonneg
    | |- 0 <= _ ^ _ => first [apply pow_even_nonneg; reflexivity | apply pow_le; nonneg]
    | |- 0 <= _ + _ => apply Rplus_le_le_0_compat; nonneg
    end
  | lra ]
with positive := first
  [ assumption
  | lazymatch goal with
    | |- 0 < _ * _ => first [apply Rmult_lt_0_compat; positive | apply negatives; positive]
    | |- 0 < - (_ * _) => first [apply minus_first; positive | apply minus_second; positive]
    | |- 0 < / _ => apply Rinv_0_lt_compat; positive
    | |- 0 < sqrt _ => apply sqrt_lt_R0; positive
    | |- 0 < exp _ => apply exp_pos
    | |- 0 < Rpower _ _ => apply exp_pos
    | |- 0 < Rmin _ _ => apply Rmin_glb_lt; positive
    | |- 0 < _ ^ _ =>
        first [apply pow_lt; positive | apply pow_even_pos; [reflexivity | nonzero]]
    | |- 0 < _ + _ =>
        first [ apply sum_pos_left; [positive | nonneg]
              | apply sum_pos_right; [nonneg | positive] ]
    end
  | lra ]
with nonzero := first
  [ assumption
  | lazymatch goal with
    | |- _ * _ <> 0 => apply Rmult_integral_contrapositive_currified; nonzero
    | |- / _ <> 0 => apply Rinv_neq_0_compat; nonzero
    | |- _ ^ _ <> 0 => apply pow_nonzero; nonzero
    end
  | apply not_eq_sym, Rlt_not_eq; positive
  | apply Rlt_not_eq; lra
  | match goal with P : 0 < ?a * ?b |- ?b <> 0 => exact (factor_nonzero a b P) end
  | match goal with N : ?a <> 0 |- ?b <> 0 => replace b with a by ring; exact N end
  | match goal with N : ?a <> 0 |- ?b <> 0 => intro Zero; apply N; clear N; lra end ].

Ltac sides := repeat split; nonzero.
Ltac same := first [reflexivity | ring | field; sides].

"""
PRELUDE = BASE + POWERS + SUMS + PRODUCTS + EXAMPLES + REALS
