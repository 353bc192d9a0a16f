"""Sketches show the profile that they name."""

import numpy as np
import pytest

from hardinstances.errors import InputError
from hardinstances.picture import SHAPES, plot_profiles, sketch
from hardinstances.profiles import PROFILES


def test_every_profile_has_a_shape_within_its_requirements():
    assert set(SHAPES) == set(PROFILES)
    for name, profile in PROFILES.items():
        assert {s.name for s in profile.parameters} == set(SHAPES[name])
        for need in profile.requires:
            assert need.subs({s: SHAPES[name][s.name] for s in profile.parameters}) >= 0


@pytest.mark.parametrize("name", PROFILES)
def test_sketch_has_one_mark_a_column_and_one_start(name):
    text = sketch(PROFILES[name], width=50)
    assert text.count("o") == 1
    assert text.count("*") == 49
    lines = text.splitlines()
    rows = [
        next(i for i, line in enumerate(lines) if line[c : c + 1] in "*o" and line[c:])
        for c in range(50)
    ]
    # Adjacent columns are on neighbouring rows where the derivative is continuous and drawn wide.
    assert np.abs(np.diff(rows)).max() <= 2


def test_instances_without_profiles_have_no_picture(tmp_path):
    import hardinstances

    with pytest.raises(InputError, match="profiles"):
        plot_profiles(hardinstances.make("chain", L=1.0, Delta=1.0, K=2), tmp_path / "a.png")
    with pytest.raises(InputError, match="picture"):
        plot_profiles(
            hardinstances.make("lattice-wells", L=1.0, Delta=1.0, eta=1.0), tmp_path / "a.nonsense"
        )
