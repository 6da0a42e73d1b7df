"""Practices of the planner's own."""

import math

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.choose import choose_size
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.options import build_options

TERRACE = {
    "title": "Stone terraces",
    "where": "slope_pct > 12",
    "establishment": "3000 EUR/ha",
    "annual": "40 EUR/ha/yr",
    "time_to_effect": "5 yr",
    "ease": 2,
    "labor": "60 h/ha/yr",
    "risks": "Fails where nobody mends it.",
    "effects": {
        "soc": {"change": "10 %"},
        "yield": {"change": "20 %", "low": "5 %", "high": "38 %", "studies": 4, "source": "ours"},
    },
}


def config_of(use=("terrace",), own=None, bundles=(), options=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {
                "use": list(use),
                "own": {"terrace": TERRACE} if own is None else own,
                "bundles": list(bundles),
                "options": options or {},
            },
            "objectives": {"productivity": {"maximize": "yield"}},
            **more,
        }
    )


def landscape_of(**columns):
    table = pd.DataFrame(columns)
    n = len(table)
    return Landscape(
        ids=np.arange(n).astype(str),
        area_ha=np.ones(n),
        attributes=table,
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
    )


def test_an_own_practice_is_one_like_those_that_ship():
    catalogue = read_catalogue(config_of(["cover_crop", "terrace"]))
    assert catalogue.names == ("baseline", "cover_crop", "terrace")
    terrace = catalogue.interventions[1]
    assert (terrace.establishment_per_ha, terrace.annual_per_ha) == (3000.0, 40.0)
    assert terrace.labor_h_per_ha_yr == 60.0
    assert terrace.time_to_effect_yr == {"default": 5.0}
    assert not any("cost of terrace" in f.what for f in catalogue.findings)


def test_an_effect_with_a_source_counts_and_a_judgement_does_not():
    catalogue = read_catalogue(config_of())
    measured = choose_size(catalogue, "terrace", "yield", "temperate", 20.0)
    assert math.expm1(measured.lnrr) == pytest.approx(0.2)
    assert (measured.grade, measured.basis) == ("C", "literature")
    row = next(r for r in catalogue.evidence if r.outcome == "yield" and r.source == "ours")
    assert row.se == pytest.approx(math.log(1.38 / 1.05) / 3.29)
    judged = choose_size(catalogue, "terrace", "soc", "temperate", 20.0)
    assert judged.lnrr == 0.0
    assert not judged.applicable


def test_one_without_any_measured_effect_is_a_warning():
    own = {"terrace": {**TERRACE, "effects": {"soc": {"change": "10 %"}}}}
    findings = read_catalogue(config_of(own=own)).findings
    assert any("terrace rests on judgement" in f.what for f in findings)


def test_a_pilot_without_a_limit_is_a_note():
    (finding,) = read_catalogue(config_of()).findings
    assert finding.severity == "note"
    assert "constraints.area: {terrace: {max: 5 %}}" in finding.hint
    limited = config_of(constraints={"area": {"terrace": {"max": "5 %"}}})
    assert read_catalogue(limited).findings == ()


def test_its_filter_is_strict_alone_and_in_a_bundle():
    slopes = landscape_of(land_use=["arable"] * 3, slope_pct=[5.0, 15.0, 20.0])
    config = config_of(["cover_crop", "terrace"], bundles=[["cover_crop", "terrace"]])
    made = build_options(config, read_catalogue(config), slopes)
    assert (made.allowed[:, 2] == 0).tolist() == [False, True, True]
    assert (made.allowed[:, 3] == 0).tolist() == [False, True, True]
    with pytest.raises(DataError) as caught:
        build_options(config, read_catalogue(config), landscape_of(land_use=["arable"]))
    faults = [f for f in caught.value.findings if f.severity == "error"]
    assert "interventions.own.terrace.where" in faults[0].where


def test_options_change_an_own_practice_too():
    config = config_of(options={"terrace": {"annual": "70 EUR/ha/yr"}})
    assert read_catalogue(config).interventions[0].annual_per_ha == 70.0


def test_a_cost_by_volume_takes_its_depth():
    own = {"wash": {"title": "Soil washing", "establishment": "80 EUR/m3", "depth": "0-50 cm"}}
    made = read_catalogue(config_of(["wash"], own)).interventions[0]
    assert made.establishment_per_ha == pytest.approx(80 * 5_000)


def test_every_fault_is_found_at_once():
    own = {
        "compost": {"title": "Compost"},
        "wash": {"title": "Soil washing", "establishment": "80 EUR/m3"},
        "terrace": {
            "title": "Terraces",
            "effects": {
                "yeild": {"change": "5 %"},
                "soc": {"change": "5 %", "low": "1 %"},
                "yield": {"change": "5 %", "low": "6 %", "high": "9 %"},
            },
        },
    }
    with pytest.raises(ConfigError) as caught:
        read_catalogue(config_of(own=own))
    texts = [f.what for f in caught.value.findings if f.severity == "error"]
    assert len(texts) == 5
    assert "already" in texts[0]
    assert "depth is not known" in texts[1]
    assert "'yeild'" in texts[2]
    assert "one is missing" in texts[3]
    assert "does not hold" in texts[4]


def test_a_misspelt_own_practice_is_suggested():
    with pytest.raises(ConfigError) as caught:
        read_catalogue(config_of(["terace"]))
    assert "Did you mean 'terrace'?" in str(caught.value.findings[0])
