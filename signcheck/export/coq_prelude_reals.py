"""The part of the prelude about pi, derivatives and sequences."""

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

Ltac example := rewrite ?Rinv_1; repeat rewrite Rpower_1 by lra; first
  [lra | field | nonneg | positive | nra | (roots; lra) | estimates | without_pi; estimates].

(* ---- sequences by recursion ---- *)

Definition along (a : R) (r : Z -> R -> R) (t : Z) : R :=
  nat_rect (fun _ => R) a (fun n x => r (Z.of_nat n) x) (Z.to_nat t).

Lemma along_step (a : R) (r : Z -> R -> R) (t : Z) :
  IZR 0 <= IZR t -> along a r (1 + t) = r t (along a r t).
Proof.
  intro H; apply le_IZR in H; unfold along; replace (Z.to_nat (1 + t)) with (S (Z.to_nat t)) by lia.
  cbn [nat_rect]; rewrite Z2Nat.id by lia; reflexivity.
Qed.

(* ---- functions that increase, by their derivative ---- *)

Lemma grows (f g : R -> R) :
  (forall z, 0 <= z -> derivable_pt_lim f z (g z)) ->
  (forall z, 0 <= z -> 0 <= g z) -> forall z, 0 <= z -> f 0 <= f z.
Proof.
  intros D P z [H|<-]; [|lra].
  destruct (MVT_cor2 f g 0 z H) as [c [E [L U]]]; [intros c [L _]; apply D, L|].
  assert (0 <= g c * (z - 0)) by (apply Rmult_le_pos; [apply P|]; lra). lra.
Qed.

Lemma slope_is (f : R -> R) (x l m : R) : derivable_pt_lim f x l -> l = m -> derivable_pt_lim f x m.
Proof. intros D <-; exact D. Qed.

Lemma slope_inv (f : R -> R) (x l : R) :
  derivable_pt_lim f x l -> f x <> 0 -> derivable_pt_lim (fun z => / f z) x (- l * / (f x) ^ 2).
Proof.
  intros D N. assert (C : derivable_pt_lim (fct_cte 1) x 0) by apply derivable_pt_lim_const.
  apply (slope_is _ _ ((0 * f x - l * 1) / (f x) ^ 2)); [|field; exact N].
  assert (E : (fun z => / f z) = (fct_cte 1 / f)%F).
  { apply functional_extensionality; intro; unfold div_fct, fct_cte, Rdiv; ring. }
  rewrite E, <- Rsqr_pow2. apply (derivable_pt_lim_div _ _ _ _ _ C D N).
Qed.

Lemma slope_of (f g : R -> R) (x l m : R) :
  derivable_pt_lim f x l -> derivable_pt_lim g (f x) m ->
  derivable_pt_lim (fun z => g (f z)) x (m * l).
Proof. intros; apply (derivable_pt_lim_comp f g); assumption. Qed.

(* The derivative of a term in z, by its form; side conditions by the form of the terms. *)
Ltac slope := cbv beta; lazymatch goal with
  | |- derivable_pt_lim (fun _ => ?c) _ _ => apply (derivable_pt_lim_const c)
  | |- derivable_pt_lim (fun z => z) _ _ => apply derivable_pt_lim_id
  | |- derivable_pt_lim (fun z => @?f z + @?g z) _ _ => apply (derivable_pt_lim_plus f g); slope
  | |- derivable_pt_lim (fun z => @?f z * @?g z) _ _ => apply (derivable_pt_lim_mult f g); slope
  | |- derivable_pt_lim (fun z => / @?f z) _ _ => apply (slope_inv f); [slope | cbv beta; nonzero]
  | |- derivable_pt_lim (fun z => @?f z ^ ?n) _ _ =>
      apply (slope_of f (fun y => y ^ n)); [slope | apply derivable_pt_lim_pow]
  | |- derivable_pt_lim (fun z => exp (@?f z)) _ _ =>
      apply (slope_of f exp); [slope | apply derivable_pt_lim_exp]
  | |- derivable_pt_lim (fun z => ln (@?f z)) _ _ =>
      apply (slope_of f ln); [slope | apply derivable_pt_lim_ln; cbv beta; positive]
  | |- derivable_pt_lim (fun z => sqrt (@?f z)) _ _ =>
      apply (slope_of f sqrt); [slope | apply derivable_pt_lim_sqrt; cbv beta; positive]
  end.
Ltac slopes := intros; eapply slope_is; [slope | cbv beta; cbn [INR pred]; same].

(* A bound for every c > 0, continuous in c, holds at c = 0. *)
Lemma vanishes (a : R) (p : R -> R) :
  (exists l, derivable_pt_lim p 0 l) -> (forall c, 0 < c -> a <= p c) -> a <= p 0.
Proof.
  intros [l D] H; destruct (Rle_lt_dec a (p 0)) as [C|C]; [exact C|exfalso].
  assert (K : continuity_pt p 0) by (apply derivable_continuous_pt; exists l; exact D).
  destruct (K (a - p 0)) as [e [E F]]; [lra|].
  assert (N : Rabs (p (e / 2) - p 0) < a - p 0).
  { apply (F (e / 2)); split; [split; [exact Logic.I | lra]|].
    simpl; unfold R_dist; rewrite Rabs_right; lra. }
  apply Rabs_def2 in N; pose proof (H (e / 2)); lra.
Qed.

Ltac at_zero := first
  [ same
  | rewrite ?Rmult_0_r, ?Rmult_0_l, ?Rplus_0_r, ?Rplus_0_l, ?ln_1, ?exp_0, ?sqrt_1, ?sqrt_0; same ].
"""
