"""The part of the prelude about finite products."""

from __future__ import annotations

__all__ = ["PRODUCTS"]

PRODUCTS = r"""
(* ---- finite products over lo <= i < hi ---- *)

Fixpoint times (f : nat -> R) (n : nat) : R :=
  match n with 0%nat => 1 | S m => times f m * f m end.

Definition bigprod (f : Z -> R) (lo hi : Z) : R :=
  times (fun n => f (lo + Z.of_nat n)%Z) (Z.to_nat (hi - lo)).

Lemma bigprod_empty (f : Z -> R) (lo : Z) : bigprod f lo lo = 1.
Proof. unfold bigprod; rewrite Z.sub_diag; reflexivity. Qed.

Lemma bigprod_step (f : Z -> R) (lo n hi : Z) :
  hi = (n + 1)%Z -> IZR lo <= IZR n -> bigprod f lo hi = bigprod f lo n * f n.
Proof.
  intros -> H; apply le_IZR in H; unfold bigprod.
  replace (Z.to_nat (n + 1 - lo)) with (S (Z.to_nat (n - lo))) by lia.
  simpl; do 2 f_equal; lia.
Qed.

Lemma bigprod_const (f : Z -> R) (c : R) (n : Z) :
  0 < c -> 0 <= IZR n -> (forall i : Z, IZR 0 <= IZR i -> IZR i < IZR n -> f i = c) ->
  bigprod f 0 n = Rpower c (IZR n).
Proof.
  intros C P H; apply (le_IZR 0) in P; unfold bigprod; rewrite Z.sub_0_r.
  replace (Rpower c (IZR n)) with (c ^ Z.to_nat n).
  2: { rewrite <- Rpower_pow, INR_IZR_INZ, Z2Nat.id by assumption; reflexivity. }
  assert (K : forall m, (m <= Z.to_nat n)%nat -> times (fun k => f (0 + Z.of_nat k)%Z) m = c ^ m).
  { induction m as [|m IH]; intro B; [reflexivity|]. cbn [times pow]. rewrite IH by lia.
    rewrite H; [ring | apply IZR_le; lia | apply IZR_lt; lia]. }
  apply K; lia.
Qed.

Lemma bigprod_pos (f : Z -> R) (lo hi : Z) :
  (forall i : Z, IZR lo <= IZR i -> IZR i < IZR hi -> 0 < f i) -> 0 < bigprod f lo hi.
Proof.
  intro H; unfold bigprod.
  assert (K : forall m, (m <= Z.to_nat (hi - lo))%nat ->
    0 < times (fun k => f (lo + Z.of_nat k)%Z) m).
  { induction m as [|m IH]; intro B; cbn [times]; [lra|].
    apply Rmult_lt_0_compat; [apply IH; lia|apply H; [apply IZR_le|apply IZR_lt]; lia]. }
  apply K; lia.
Qed.

Lemma bigprod_nonneg (f : Z -> R) (lo hi : Z) :
  (forall i : Z, IZR lo <= IZR i -> IZR i < IZR hi -> 0 <= f i) -> 0 <= bigprod f lo hi.
Proof.
  intro H; unfold bigprod.
  assert (K : forall m, (m <= Z.to_nat (hi - lo))%nat ->
    0 <= times (fun k => f (lo + Z.of_nat k)%Z) m).
  { induction m as [|m IH]; intro B; cbn [times]; [lra|].
    apply Rmult_le_pos; [apply IH; lia|apply H; [apply IZR_le|apply IZR_lt]; lia]. }
  apply K; lia.
Qed.

Ltac product_step := match goal with
  | |- bigprod ?f ?lo ?hi = ?product => match product with
    | context [bigprod _ lo ?n] => rewrite (bigprod_step f lo n hi); [equal | |]
    end
  end; [lia | settle].

Ltac by_product := first
  [ apply bigprod_pos; intros; positive
  | apply bigprod_nonneg; intros; first [nonneg | apply Ind_nonneg] ].

Ltac equal_factors H :=
  apply bigprod_const; [first [by_form | positive] | settle | intros; apply H; assumption].
"""
