"""The second half of the prelude: finite sums, |.|, sign, indicators, and terms written anew."""

from __future__ import annotations

__all__ = ["SUMS"]

SUMS = r"""(* ---- finite sums over lo <= i < hi, and functions that split into cases ---- *)

Fixpoint count (f : nat -> R) (n : nat) : R :=
  match n with 0%nat => 0 | S m => count f m + f m end.

Definition bigsum (f : Z -> R) (lo hi : Z) : R :=
  count (fun n => f (lo + Z.of_nat n)%Z) (Z.to_nat (hi - lo)).

Definition sgn (x : R) : R := if Rlt_dec 0 x then 1 else if Rlt_dec x 0 then -1 else 0.
Definition Ind (x : R) : R := if Rle_dec 0 x then 1 else 0.

Lemma Ind_nonneg (x : R) : 0 <= Ind x.
Proof. unfold Ind; destruct Rle_dec; lra. Qed.

Lemma bigsum_mono (f g : Z -> R) (lo hi : Z) :
  (forall i : Z, IZR lo <= IZR i -> IZR i < IZR hi -> f i <= g i) ->
  bigsum f lo hi <= bigsum g lo hi.
Proof.
  intro H; unfold bigsum.
  assert (K : forall n, (n <= Z.to_nat (hi - lo))%nat ->
    count (fun k => f (lo + Z.of_nat k)%Z) n <= count (fun k => g (lo + Z.of_nat k)%Z) n).
  { induction n as [|n IH]; intro B; simpl; [lra|].
    apply Rplus_le_compat; [apply IH; lia|apply H; [apply IZR_le|apply IZR_lt]; lia]. }
  apply K; lia.
Qed.

Lemma bigsum_cong (f g : Z -> R) (lo hi : Z) :
  (forall i : Z, IZR lo <= IZR i -> IZR i < IZR hi -> f i = g i) ->
  bigsum f lo hi = bigsum g lo hi.
Proof.
  intro H; apply Rle_antisym; apply bigsum_mono; intros i A B; rewrite (H i A B); lra.
Qed.

Lemma bigsum_step (f : Z -> R) (lo n hi : Z) :
  hi = (n + 1)%Z -> IZR lo <= IZR n -> bigsum f lo hi = bigsum f lo n + f n.
Proof.
  intros -> H; apply le_IZR in H; unfold bigsum.
  replace (Z.to_nat (n + 1 - lo)) with (S (Z.to_nat (n - lo))) by lia.
  simpl; do 2 f_equal; lia.
Qed.

Lemma bigsum_step_left (f : Z -> R) (lo n hi : Z) :
  hi = (n + 1)%Z -> IZR lo <= IZR n -> bigsum f lo hi = f n + bigsum f lo n.
Proof. intros; rewrite Rplus_comm; apply bigsum_step; assumption. Qed.

Lemma bigsum_empty (f : Z -> R) (lo : Z) : bigsum f lo lo = 0.
Proof. unfold bigsum; rewrite Z.sub_diag; reflexivity. Qed.

Lemma bigsum_nonneg (f : Z -> R) (lo hi : Z) :
  (forall i : Z, IZR lo <= IZR i -> IZR i < IZR hi -> 0 <= f i) -> 0 <= bigsum f lo hi.
Proof.
  intro H; replace 0 with (bigsum (fun _ => 0) lo hi); [apply bigsum_mono, H|].
  unfold bigsum; induction (Z.to_nat (hi - lo)) as [|n IH]; simpl; lra.
Qed.

Lemma range_length (lo hi : Z) : IZR lo <= IZR hi -> IZR hi - IZR lo = INR (Z.to_nat (hi - lo)).
Proof.
  intro H; apply le_IZR in H; rewrite INR_IZR_INZ, Z2Nat.id by lia; rewrite minus_IZR; ring.
Qed.

Lemma Z_induction (P : Z -> Prop) (lo : Z) :
  P lo -> (forall t, IZR lo <= IZR t -> P t -> P (1 + t)%Z) -> forall t, IZR lo <= IZR t -> P t.
Proof.
  intros base step.
  assert (K : forall n : nat, P (lo + Z.of_nat n)%Z).
  { induction n as [|n IH]; [rewrite Z.add_0_r; exact base|].
    replace (lo + Z.of_nat (S n))%Z with (1 + (lo + Z.of_nat n))%Z by lia.
    apply step; [apply IZR_le; lia|exact IH]. }
  intros t H; apply le_IZR in H; replace t with (lo + Z.of_nat (Z.to_nat (t - lo)))%Z by lia.
  apply K.
Qed.

Lemma Z_induction_below (P : Z -> Prop) (lo hi : Z) :
  P lo ->
  (forall t, IZR lo <= IZR t -> IZR (1 + t)%Z < IZR hi -> P t -> P (1 + t)%Z) ->
  forall t, IZR lo <= IZR t -> IZR t < IZR hi -> P t.
Proof.
  intros base step t H K.
  refine (Z_induction (fun s => IZR s < IZR hi -> P s) lo _ _ t H K); [intros _; exact base|].
  intros s A B C; apply step; [exact A|exact C|apply B].
  apply IZR_lt; apply lt_IZR in C; lia.
Qed.

Lemma floor_exists (x : R) : exists n : Z, IZR n <= x /\ x < IZR n + 1.
Proof. exists (up x - 1)%Z; rewrite minus_IZR; destruct (archimed x); split; lra. Qed.

Ltac whole := rewrite ?plus_IZR, ?minus_IZR, ?mult_IZR, ?opp_IZR.
Ltac whole_in H := rewrite ?plus_IZR, ?minus_IZR, ?mult_IZR, ?opp_IZR in H.

Lemma root_is (x y : R) : 0 <= y -> y ^ 2 = x -> sqrt x = y.
Proof. intros H <-; apply sqrt_pow2, H. Qed.

Lemma inv_square (x : R) : x <> 0 -> (/ x) ^ 2 = / x ^ 2.
Proof. intro; field; assumption. Qed.

Ltac squares :=
  rewrite ?Rpow_mult_distr; rewrite ?inv_square by nonzero; rewrite ?pow2_sqrt by nonneg.

Lemma abs_minus (x : R) : Rabs (-1 * x) = Rabs x.
Proof. rewrite Rabs_mult, (Rabs_left1 (-1)) by lra; ring. Qed.

Ltac rooted := field_simplify_eq; [squares; same | sides].

(* An equation that needs the square of one root. *)
Ltac root_field := match goal with
  | |- context [sqrt ?x] => let S := fresh in
      assert (S : sqrt x ^ 2 = x) by (apply pow2_sqrt; nonneg); field [S]; sides
  end.

Lemma abs_scaled (x y c : R) : 0 <= c -> x = c * y \/ x = - c * y -> Rabs x = c * Rabs y.
Proof.
  intros P [-> | ->]; rewrite Rabs_mult, ?Rabs_Ropp, (Rabs_right c) by lra; reflexivity.
Qed.

Lemma sgn_minus (x : R) : sgn (-1 * x) = -1 * sgn x.
Proof.
  unfold sgn; destruct (Rlt_dec 0 (-1 * x)), (Rlt_dec (-1 * x) 0), (Rlt_dec 0 x), (Rlt_dec x 0).
  all: lra.
Qed.

(* Sums of integers that are equal become the same text. *)
Ltac integers := repeat match goal with
  | |- context [(?a + ?b)%Z] => match goal with
    | |- context [(?c + ?d)%Z] => tryif constr_eq (a + b)%Z (c + d)%Z then fail else
        replace (a + b)%Z with (c + d)%Z by lia
    | z : Z |- _ => replace (a + b)%Z with z by lia
    end
  end.

(* f x and f y with x = y become the same text. *)
Ltac alike f := repeat match goal with
  | |- context [f ?x] => match goal with
    | |- context [f ?y] => tryif constr_eq x y then fail else
        replace (f x) with (f y) by (f_equal; same)
    end
  end.

(* Roots of equal polynomials become the same text. *)
Ltac meet := repeat match goal with
  | |- context [sqrt ?x] => match goal with
    | |- context [sqrt ?y] => tryif constr_eq x y then fail else
        replace (sqrt x) with (sqrt y) by (f_equal; ring)
    end
  end.

(* |x| and |y| with y = x or y = - x become the same text, and signs likewise. *)
Ltac equal := first
  [ same
  | lia
  | whole; same
  | progress f_equal; equal
  | apply functional_extensionality; intro; equal
  | powers; same
  | exp_of_zero; same
  | squares; same
  | progress integers; same
  | apply abs_scaled; [lra | first [left; same | right; same]]
  | root_field
  | progress flips; same
  | progress meet; same
  | apply root_is; [nonneg | squares; same]
  | symmetry; apply root_is; [nonneg | squares; same]
  | progress (alike ln; alike exp; alike Ind); same ]
with flips := repeat match goal with
  | |- context [Rabs ?x] => match goal with
    | |- context [Rabs ?y] => tryif constr_eq x y then fail else
        replace (Rabs x) with (Rabs y) by first
          [ f_equal; equal
          | transitivity (Rabs (-1 * y)); [symmetry; apply abs_minus | f_equal; equal]
          | transitivity (Rabs (-1 * x)); [f_equal; equal | apply abs_minus] ]
    end
  | |- context [sgn ?x] => match goal with
    | |- context [sgn ?y] => tryif constr_eq x y then fail else first
        [ replace (sgn x) with (sgn y) by (f_equal; equal)
        | replace (sgn x) with (-1 * sgn y) by (rewrite <- sgn_minus; f_equal; equal) ]
    end
  end.

(* The same statement up to the order in which a term was written. *)
Ltac carry H := first
  [ exact H
  | let K := fresh in pose proof H as K; whole_in K; first
      [ exact K
      | lra
      | match type of K with
        | ?a <= ?b => match goal with |- ?c <= ?d =>
            replace c with a by equal; replace d with b by equal; exact K end
        | ?a < ?b => match goal with |- ?c < ?d =>
            replace c with a by equal; replace d with b by equal; exact K end
        | ?a = ?b => match goal with |- ?c = ?d =>
            replace c with a by equal; replace d with b by equal; exact K end
        end
      | let P := type of K in match goal with |- ?Q => replace Q with P by equal; exact K end ]
  | carry_all H ]
with carry_all H := lazymatch type of H with
  | forall x : R, _ => let y := fresh "y" in intro y; carry (H y)
  | forall x : Z, _ => let y := fresh "y" in intro y; carry (H y)
  | ?A -> ?B => let h := fresh "h" in let a := fresh "a" in
      intro h; assert (a : A) by (carry h); carry (H a)
  end.

Ltac settle := first [assumption | lra | nonneg | positive | (whole; lra)].

Ltac range_step := match goal with
  | |- bigsum ?f ?lo ?hi = bigsum _ _ ?n + _ => refine (bigsum_step f lo n hi _ _)
  | |- bigsum ?f ?lo ?hi = _ + bigsum _ _ ?n => refine (bigsum_step_left f lo n hi _ _)
  | |- bigsum ?f ?lo ?hi = ?sum => match sum with
    | context [bigsum _ lo ?n] => rewrite (bigsum_step f lo n hi); [same | |]
    end
  end; [lia | settle].

Lemma abs_up (x y : R) : 0 <= y -> y = x -> Rabs x = y.
Proof. intros H ->; apply Rabs_right; lra. Qed.

Lemma abs_down (x y : R) : 0 <= y -> y = - x -> Rabs x = y.
Proof. intros H E; rewrite Rabs_left1; lra. Qed.

Lemma sgn_up (x : R) : 0 < x -> sgn x = 1.
Proof. intro H; unfold sgn; destruct (Rlt_dec 0 x); [reflexivity | lra]. Qed.

Lemma sgn_down (x : R) : 0 < - x -> sgn x = -1.
Proof. intro H; unfold sgn; destruct (Rlt_dec 0 x); [lra|destruct (Rlt_dec x 0); lra]. Qed.

Lemma sgn_zero (x : R) : 0 <= x -> 0 <= - x -> sgn x = 0.
Proof. intros H K; unfold sgn; destruct (Rlt_dec 0 x); [lra|destruct (Rlt_dec x 0); lra]. Qed.

Ltac value := first
  [ apply abs_up; [nonneg | equal]
  | apply abs_down; [nonneg | equal]
  | apply sgn_up; positive
  | apply sgn_down; positive
  | apply sgn_zero; nonneg
  | unfold Ind, Rmax, Rmin;
    repeat (destruct Rle_dec); first [same | apply Rle_antisym; assumption | lra | exfalso; lra] ].

Ltac by_form := first
  [ apply Rabs_pos
  | apply Rabs_pos_lt; nonzero
  | apply exp_pos
  | apply Rlt_le, exp_pos
  | apply Ind_nonneg
  | exact PI_RGT_0
  | apply Rpower_pos
  | apply Rlt_le, Rpower_pos
  | apply ln_up; lra
  | unfold Rmin, Rmax; repeat destruct Rle_dec; first [positive | nonneg]
  | apply bigsum_nonneg; intros; first
      [ apply Rabs_pos
      | apply pow_even_nonneg; reflexivity
      | match goal with H : forall _ : Z, _ |- _ => apply H; assumption end ] ].

Ltac by_facts := first
  [ lra
  | positive
  | nonneg
  | apply bigsum_nonneg; intros; repeat match goal with
      | A : 0 <= IZR ?i, B : IZR ?i < IZR ?n, H : forall _ : Z, _ |- _ =>
          pose proof (H i A B); clear H
      end; nonneg ].

Ltac over_range H := first
  [ apply bigsum_mono; intros; apply H; assumption
  | apply bigsum_cong; intros; apply H; assumption
  | apply bigsum_mono; intros; apply Rlt_le; apply H; assumption ].

Ltac by_monotone H := first
  [ apply sqrt_le_1_alt; carry H
  | apply Rlt_le; apply exp_increasing; carry H
  | destruct (Rle_lt_or_eq_dec _ _ H) as [J|J];
    [apply Rlt_le, exp_increasing; exact J | rewrite J; apply Rle_refl]
  | apply sqrt_lt_1_alt; split; [nonneg | carry H]
  | apply ln_increasing; [positive | carry H]
  | apply f_equal; carry H
  | lazymatch type of H with
    | ?a <= ?b => lazymatch goal with |- ?c <= ?d =>
        apply (exp_between a b c d); [exp_form | exact H | exp_form] end
    end ].

Lemma bigsum_one (lo hi : Z) :
  IZR lo <= IZR hi -> bigsum (fun _ => 1) lo hi = IZR hi - IZR lo.
Proof.
  intro H; rewrite (range_length lo hi H); unfold bigsum.
  induction (Z.to_nat (hi - lo)) as [|n IH]; [reflexivity|].
  rewrite S_INR; cbn [count]; rewrite IH; reflexivity.
Qed.

Lemma bigsum_plus (f g : Z -> R) (lo hi : Z) :
  bigsum (fun i => f i + g i) lo hi = bigsum f lo hi + bigsum g lo hi.
Proof. unfold bigsum; induction (Z.to_nat (hi - lo)); cbn [count]; lra. Qed.

Lemma bigsum_scale (c : R) (f : Z -> R) (lo hi : Z) :
  bigsum (fun i => c * f i) lo hi = c * bigsum f lo hi.
Proof. unfold bigsum; induction (Z.to_nat (hi - lo)); cbn [count]; lra. Qed.

Lemma bigsum_zero (lo hi : Z) : bigsum (fun _ => 0) lo hi = 0.
Proof. unfold bigsum; induction (Z.to_nat (hi - lo)); cbn [count]; lra. Qed.

Ltac linear_sum := lazymatch goal with
  | |- bigsum (fun i => @?f i + @?g i) ?lo ?hi = _ + _ =>
      refine (eq_trans (bigsum_plus f g lo hi) (f_equal2 Rplus _ _)); cbv beta; linear_sum
  | |- bigsum (fun i => ?c * @?f i) ?lo ?hi = _ => exact (bigsum_scale c f lo hi)
  | |- _ => apply bigsum_zero
  end.
"""
