"""A certificate that says anything else than the truth does not verify."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

import hardinstances
from hardinstances.certificate import derive
from hardinstances.errors import CertificateError
from hardinstances.noise import MaskingNoise
from hardinstances.profiles import MEANDER


@pytest.fixture(scope="module")
def instance():
    return hardinstances.make(
        "signsgd-tight", L=1.0, Delta=1.0, eta=0.04, T=500, B=4, sigma=[0.03, 0.0, 0.02, 0.0, 0.0]
    )


def with_block(certificate, index, **changes):
    blocks = list(certificate.blocks)
    blocks[index] = replace(blocks[index], **changes, _moved={})
    return replace(certificate, blocks=tuple(blocks))


def with_parameter(certificate, index, name, factor):
    parameters = dict(certificate.blocks[index].parameters)
    parameters[name] = parameters[name] * factor
    return with_block(certificate, index, parameters=parameters)


def test_the_untouched_certificate_verifies(instance):
    instance.verify()
    assert instance.certificate.f_star == 0


@pytest.mark.parametrize("claim", ["L", "Delta", "f_star", "level"])
@pytest.mark.parametrize("change", [Fraction(1, 10**40), Fraction(-1, 10**40)])
def test_a_claim_off_by_less_than_any_float_is_refused(instance, claim, change):
    certificate = instance.certificate
    claims = replace(certificate.claims, **{claim: getattr(certificate.claims, claim) + change})
    with pytest.raises(CertificateError, match=claim):
        replace(certificate, claims=claims).verify()


@pytest.mark.parametrize(("index", "name"), [(0, "l"), (0, "h"), (1, "a"), (1, "D"), (2, "l")])
@pytest.mark.parametrize("factor", [1 + 2.0**-52, 1 - 2.0**-52])
def test_a_parameter_moved_by_one_unit_in_the_last_place_is_refused(instance, index, name, factor):
    with pytest.raises(CertificateError):
        with_parameter(instance.certificate, index, name, factor).verify()


def test_larger_slopes_break_the_variance(instance):
    changed = with_parameter(instance.certificate, 2, "a", 1.001)
    with pytest.raises(CertificateError, match="variance"):
        derive(changed.blocks, changed.d)


def test_claims_beyond_the_budgets_are_refused(instance):
    certificate = instance.certificate
    with pytest.raises(CertificateError, match="curvature budget"):
        replace(certificate, curvature_budget=certificate.L - Fraction(1, 10**30)).verify()
    with pytest.raises(CertificateError, match="gap budget"):
        replace(certificate, gap_budget=certificate.Delta - Fraction(1, 10**30)).verify()


def test_a_level_that_the_parameters_do_not_carry_is_refused(instance):
    with pytest.raises(CertificateError, match="level"):
        replace(instance.certificate, level_value=instance.level_value * (1 + 1e-9)).verify()


def test_more_noise_than_the_class_allows_is_refused(instance):
    certificate = instance.certificate
    with pytest.raises(CertificateError, match="sigma"):
        replace(certificate, sigma=certificate.sigma * 0.999).verify()


def test_overlapping_blocks_are_refused(instance):
    twice = with_block(instance.certificate, 1, coordinates=np.array([1]))
    with pytest.raises(CertificateError, match="overlap"):
        twice.verify()


def test_negative_and_disordered_parameters_are_refused(instance):
    with pytest.raises(CertificateError, match="negative"):
        with_parameter(instance.certificate, 1, "D", -1.0).verify()
    block = instance.blocks[0]
    narrow = replace(
        block,
        profile=MEANDER,
        parameters={"b": np.array([1.0]), "l": np.array([1.0]), "H": np.array([1.0])},
        _moved={},
    )
    with pytest.raises(CertificateError, match=">= 0"):
        derive((narrow,), 5)


def test_masking_noise_needs_a_bounded_slope(instance):
    noise = MaskingNoise(np.ones(1), 0.1, 1)
    with pytest.raises(CertificateError, match="variance"):
        with_block(instance.certificate, 0, noise=noise).verify()


def test_zero_curvature_divides_by_nothing(instance):
    with pytest.raises(CertificateError):
        with_parameter(instance.certificate, 1, "l", 0.0).verify()
