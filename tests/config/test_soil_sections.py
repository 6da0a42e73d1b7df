"""Soil properties, derived quantities, horizons and soil health in the config file."""

from typing import get_args

import pandas as pd
import pytest

from edaphon.config.checks_soil import PEAK, PLATEAU
from edaphon.config.derivable import DerivedName, how_to_derive
from edaphon.config.filters import FilterError, parse_filter
from edaphon.config.reader import config_from_mapping, read_config
from edaphon.config.soil import CurveSection
from edaphon.errors import ConfigError
from edaphon.soil.derived import DERIVED

WATER = {"model": "saxton_rawls", "depth": "0-30 cm"}
HORIZONS = {"profile": "id", "top": "top_cm", "bottom": "bottom_cm", "depth": "0-30 cm"}


def built(**sections):
    surrogate = {"samples": "soil.csv", "response": "soc_pct", "unit": "%"}
    landscape = {"file": "units.gpkg", **sections.pop("landscape", {})}
    return config_from_mapping(
        {
            "name": "test",
            "landscape": landscape,
            "predictors": {"columns": ["clay_pct"]},
            "surrogates": {"soc": {**surrogate, **sections.pop("soc", {})}},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
            **sections,
        }
    )


def faults(**sections):
    with pytest.raises(ConfigError) as caught:
        built(**sections)
    return [str(found).removeprefix("config: ") for found in caught.value.findings]


def health(**indicators):
    return {"soil_health": {"indicators": indicators}}


def test_what_can_be_derived_is_what_the_soil_stage_makes():
    assert get_args(DerivedName) == tuple(DERIVED)
    assert {*PEAK, *PLATEAU} < set(CurveSection.model_fields)


@pytest.mark.parametrize(
    ("column", "derive"),
    [("awc", "awc"), ("exceeded", "exceedance"), ("exceedance_zinc", "exceedance"), ("clay", "")],
)
def test_a_filter_says_how_its_column_can_be_derived(column, derive):
    hint = how_to_derive(column)
    assert hint == (f"write landscape: {{derive: [{derive}]}} to derive it" if derive else "")
    with pytest.raises(FilterError) as caught:
        parse_filter(f"{column} < 60").evaluate(pd.DataFrame({"twi": [1.0]}))
    assert hint in str(caught.value)


def test_the_sections_survive_being_written(tmp_path):
    config = built(
        landscape={"derive": ["awc", "exceedance"]},
        soc={**HORIZONS, "profiles": "sites.csv", "faulty_profiles": "drop"},
        features={"water": {**WATER, "from": "soc"}},
        soil={"columns": {"clay": "ton"}, "units": {"clay": "g/kg"}, "limits": "lower"},
        soil_health={
            "indicators": {
                "soc": None,
                "bulk_density": {"mean": 1.3, "sd": 0.1},
                "ph": {"best": 6.5, "width": 0.8},
                "phosphorus": {"low": 5, "good_from": 20, "good_to": 60, "high": 120},
            },
            "stratum": "texture_group",
            "combine": "geometric",
        },
    )
    assert set(config.input_files()) == {"units.gpkg", "soil.csv", "sites.csv"}
    (tmp_path / "config.yaml").write_text(config.as_yaml(tmp_path))
    again = read_config(tmp_path / "config.yaml")
    assert again.hash == config.hash
    assert list(again.soil_health.indicators) == ["soc", "bulk_density", "ph", "phosphorus"]


@pytest.mark.parametrize(
    ("sections", "said"),
    [
        ({"landscape": {"derive": ["awk"]}}, "Did you mean 'awc'?"),
        (
            {"landscape": {"derive": ["awc", "awc"]}},
            "landscape.derive.1: the quantity 'awc' stands twice",
        ),
        ({"features": {"w": {"model": "saxton_rawls"}}}, "features.w.depth: available water"),
        ({"features": {"w": {**WATER, "column": "x", "unit": "t/ha"}}}, "a column gives it too"),
        ({"features": {"w": {**WATER, "unit": "t/ha"}}}, "features.w.unit: saxton_rawls gives"),
        ({"soc": {"top": "top"}}, "surrogates.soc.profile: horizons need a column of profiles"),
        ({"soc": {**HORIZONS, "depth": ""}}, "surrogates.soc.depth: horizons are brought"),
        ({"soc": {"harmonize": "spline"}}, "Name profile, top and bottom"),
        (health(), "soil_health.indicators: a score needs indicators"),
        (health(ph={"best": 6, "better": "lower"}), "belong to different curves"),
        (health(ph={"best": 6}), "indicators.ph.width: this key is missing: it goes with best"),
        (health(soc={"mean": 2}), "indicators.soc.sd: this key is missing"),
        (health(soc={"mean": 2, "sd": 0}), "indicators.soc.sd: must be above 0"),
        (health(p={"low": 5, "good_from": 2, "good_to": 6, "high": 9}), "do not rise"),
        (health(p={"low": 5, "high": 9}), "indicators.p.good_from: this key is missing"),
        ({"soil": {"units": {"clay": "spoons"}}}, "soil.units.clay"),
    ],
)
def test_a_fault_is_told(sections, said):
    assert any(said in text for text in faults(**sections)), faults(**sections)
