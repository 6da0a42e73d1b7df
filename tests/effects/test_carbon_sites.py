"""Clay, land use and cover of the units as RothC takes them."""

from dataclasses import replace

import carbon_case as case
import numpy as np
import pytest

from edaphon.effects.carbon_sites import WORDS, carbon_sites, topsoil_depth
from edaphon.errors import ConfigError, DataError
from edaphon.soil.land_classes import LAND_CLASSES

LANDSCAPE, CLIMATE = case.landscape(), case.climate()


def sites_of(changes=None, landscape=LANDSCAPE, **rothc):
    config = case.config_of(rothc={"clay": "clay_pct", **rothc})
    return carbon_sites(config, landscape if changes is None else with_columns(changes), CLIMATE)


def with_columns(changes):
    return replace(LANDSCAPE, attributes=LANDSCAPE.attributes.assign(**changes))


def test_every_word_has_a_class_of_the_manual():
    assert set(WORDS.values()) <= set(LAND_CLASSES)


def test_cover_ratio_and_input_follow_the_land_use():
    found = sites_of(cover={"arable": "5-8"}, dpm_rpm={"arable": 1.0})
    arable = (LANDSCAPE.attributes["land_use"] == "arable").to_numpy()
    assert set(found.land_class[arable]) == {"cropland"}
    assert set(found.land_class[~arable]) == {"grassland"}
    assert found.year.covered[arable].sum(axis=1).tolist() == [4] * arable.sum()
    assert found.year.covered[~arable].all()
    assert (found.year.dpm_rpm[arable] == 1.0).all()
    assert (found.year.dpm_rpm[~arable] == 0.67).all()
    np.testing.assert_allclose(found.year.plant.sum(axis=1), 1.0)
    assert (found.year.plant[arable][:, :4] == 0).all()


def test_land_that_is_never_covered_gets_its_input_evenly():
    found = sites_of(cover={"arable": []})
    np.testing.assert_allclose(found.year.plant, 1 / 12)


def test_clay_may_be_one_figure():
    assert (sites_of(clay="23 %").clay_percent == 23).all()


@pytest.mark.parametrize(
    ("changes", "rothc", "message"),
    [
        ({}, {"clay": "cly_pct"}, "has no column 'cly_pct'. Did you mean 'clay_pct'"),
        ({"clay_pct": 120.0}, {}, "no clay between 0 and 100 % in 24 units"),
        ({"clay_pct": np.nan}, {}, "no clay between 0 and 100 % in 24 units"),
        ({}, {"land_use": "use"}, "has no column 'use'"),
        ({"land_use": "moor"}, {}, "no class is known for the land use moor"),
        ({"land_use": ""}, {}, r"no class is known for the land use \(empty\)"),
    ],
)
def test_faults_are_told(changes, rothc, message):
    with pytest.raises(DataError, match=message):
        sites_of(changes, **rothc)


def test_a_class_may_be_named_and_unused_keys_are_told():
    found = sites_of({"land_use": "moor"}, classes={"moor": "peatland"}, cover={"arabel": [5]})
    assert set(found.land_class) == {"peatland"}
    assert sites_of(classes={"arable": "tree_crops"}).land_class[0] == "tree_crops"
    (warning,) = found.findings
    assert "rothc.cover.arabel: no unit has the land use 'arabel'" in str(warning)


def test_clay_as_shares_is_questioned():
    found = sites_of({"clay_pct": 0.3})
    assert "look like shares, not percent" in str(found.findings[0])


def test_depth_of_a_stock():
    assert topsoil_depth(case.config_of(), "soc_stock") == 30.0
    assert topsoil_depth(case.config_of(features={"depth": "0-0.2 m"}), "soc_stock") == 20.0
    assert topsoil_depth(case.config_of(), "yield") == 30.0
    with pytest.raises(ConfigError, match="a stock of 0-150 cm"):
        topsoil_depth(case.config_of(features={"depth": "0-150 cm"}), "soc_stock")
