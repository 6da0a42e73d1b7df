"""What practices bring together: factors as trials gave them, and what stands in."""

import pytest

from edaphon.practices.catalogue import catalogue_names, outcomes
from edaphon.practices.combinations import factors_of, read_factors
from edaphon.practices.shipped import joined, shipped_intervention


def bundle_of(*parts):
    return joined(parts, {name: shipped_intervention(name) for name in parts})


def test_cover_crop_and_no_till_bring_about_half_of_their_sum_in_carbon():
    factor = factors_of(("no_till", "cover_crop"))["soc"]
    assert 0.35 < factor.mean < 0.65
    assert 0.05 < factor.sd < 0.3
    assert factor.studies >= 20
    assert "SoilHealthDB" in factor.source


def test_every_factor_is_of_known_practices_and_cited():
    for (members, outcome), factor in read_factors().items():
        assert members <= set(catalogue_names())
        assert len(members) >= 2
        assert outcome in outcomes()
        assert factor.sd > 0
        assert len(factor.source) > 30


def test_a_bundle_takes_what_was_measured_of_it_and_else_the_typical_factor():
    both = bundle_of("cover_crop", "no_till")
    typical = factors_of(("cover_crop", "no_till"))["soc"]
    assert both.combination["soc"] == typical.mean
    assert both.combination["default"] == typical.mean
    assert both.combination["yield"] == 1.0  # losses add up
    assert both.combination.keys() == both.combination_sd.keys()
    other = bundle_of("compost", "no_till")
    assert other.combination == {"default": typical.mean}
    assert other.combination_sd == {"default": typical.sd}
    assert "judgement" in other.combination_source
    assert "SoilHealthDB" in both.combination_source


def test_factors_stay_apart_from_other_bundles():
    assert factors_of(("compost", "biochar")).keys() == {"default"}
    with pytest.raises(KeyError):
        factors_of(("compost", "biochar"))["soc"]
