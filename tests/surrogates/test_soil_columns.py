"""Soil columns of a landscape: found by name, in any unit, waiting for surrogates, scored."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.filters import parse_filter
from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.errors import DataError
from edaphon.soil.derived import derive
from edaphon.soil.health import MoreIsBetter, Optimum, soil_health
from edaphon.surrogates.soil_columns import soil_columns, with_soil_columns
from edaphon.surrogates.soil_health import health_record
from edaphon.surrogates.soil_inputs import find_soil
from edaphon.surrogates.state import certain

N = 60
SOC = np.linspace(0.5, 4.0, N)


def ground(**columns):
    rng = np.random.default_rng(3)
    clay = rng.uniform(8, 40, N)
    table = {"clay_pct": clay, "SAND": 90 - clay, "soc": SOC, "ph": rng.uniform(5, 7.5, N)}
    table = {key: column for key, column in {**table, **columns}.items() if column is not None}
    return Landscape(
        ids=np.array([f"u{i:02d}" for i in range(N)]),
        area_ha=np.full(N, 2.0),
        attributes=pd.DataFrame(table),
        latitude=np.full(N, 47.0),
        longitude=np.full(N, 15.0),
        source="units.gpkg",
    )


def job(derive=(), surrogates=None, **sections):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg", "derive": list(derive)},
            "predictors": {"columns": sections.pop("predictors", ["clay_pct"])},
            "surrogates": surrogates or {},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
            **sections,
        }
    )


def learned(**more):
    return {"carbon": {"samples": "a.csv", "response": "soc_g_kg", "unit": "g/kg", **more}}


def faults(config, landscape):
    with pytest.raises(DataError) as caught:
        with_soil_columns(config, landscape)
    return "\n".join(map(str, caught.value.findings)), caught.value.partial


def test_columns_are_found_by_name_and_computed_by_the_soil_stage():
    units = ground()
    table = with_soil_columns(job(["awc", "soc_clay_class", "texture_group"]), units).attributes
    given = {"sand": units.attributes["SAND"], "clay": units.attributes["clay_pct"], "soc": SOC}
    np.testing.assert_allclose(table["awc"], derive("awc", given).values)
    words = derive("soc_clay_class", given).columns["soc_clay_class"]
    assert table["soc_clay_class"].tolist() == words.tolist()
    assert set(table["texture_group"]) <= {"coarse", "medium", "fine"}
    assert parse_filter("soc_clay_class == 'degraded' and awc > 0").evaluate(table).any()


def test_units_come_from_the_name_or_the_config():
    plain = with_soil_columns(job(["awc"]), ground()).attributes["awc"]
    tenfold = ground(clay_pct=None, clay_g_kg=10 * ground().attributes["clay_pct"])
    found = with_soil_columns(job(["awc"]), tenfold)
    np.testing.assert_allclose(found.attributes["awc"], plain)
    assert not found.findings
    mute = ground(clay_pct=None, ton=10 * ground().attributes["clay_pct"])
    soil = {"columns": {"clay": "ton"}, "units": {"clay": "g/kg"}}
    np.testing.assert_allclose(
        with_soil_columns(job(["awc"], soil=soil), mute).attributes["awc"], plain
    )


def test_values_in_another_unit_are_doubted_once():
    units = ground(soc=10 * SOC)
    found = with_soil_columns(job(["soc_clay_ratio", "soc_clay_class"]), units).findings
    (doubt,) = [one for one in found if "look tenfold too high" in one.what]
    assert doubt.severity == "warning"
    assert "soil: {units: {soc:" in doubt.hint
    stated = job(["soc_clay_ratio"], soil={"units": {"soc": "%"}})
    assert not with_soil_columns(stated, units).findings


def test_depth_and_limits_are_those_of_the_config():
    thick = with_soil_columns(job(["awc"], soil={"depth": "0-60 cm"}), ground()).attributes
    thin = with_soil_columns(job(["awc"]), ground()).attributes
    np.testing.assert_allclose(thick["awc"], 2 * thin["awc"])
    units = ground(zinc=np.full(N, 200.0), ph=np.full(N, 6.5))
    upper = with_soil_columns(job(["exceedance"]), units).attributes
    lower = with_soil_columns(job(["exceedance"], soil={"limits": "lower"}), units).attributes
    assert upper["exceeded"].max() == 0
    assert lower["exceeded"].min() == 1
    assert set(lower["exceeded_metals"]) == {"zinc"}


def test_contamination_is_a_column_to_filter_by_and_unknown_metals_do_not_pass():
    zinc = np.where(np.arange(N) < 10, 500.0, 100.0)
    zinc[59] = np.nan
    found = with_soil_columns(job(["exceedance"]), ground(zn_mg_kg=zinc))
    clean = parse_filter("exceeded == 0").evaluate(found.attributes)
    assert clean.tolist() == [False] * 10 + [True] * 49 + [False]
    said = "\n".join(map(str, found.findings))
    assert "sewage sludge" in said
    assert "exceedance is unknown in 1 row: zinc is missing (u59)" in said


def test_a_missing_ph_reaches_the_planner():
    found = with_soil_columns(job(["exceedance"]), ground(zinc=np.full(N, 90.0), ph=None))
    (said,) = [one for one in found.findings if "no pH in 60 of 60 soils" in one.what]
    assert said.severity == "warning"
    assert said.where.startswith("config: landscape.derive.0")


def test_what_is_missing_is_named_with_a_suggestion():
    said, partial = faults(job(["awc", "carbon_deficit"]), ground(clay_pct=None, clai=SOC))
    assert "config: landscape.derive.0: awc needs clay (clay)" in said
    assert "no column of units.gpkg and no surrogate is known to hold it" in said
    assert "did you mean 'clai'?" in said
    assert "landscape.derive.1: carbon_deficit needs fine" in said
    assert {"awc", "carbon_deficit"} <= set(partial.expected)


@pytest.mark.parametrize(
    ("sections", "columns", "said"),
    [
        ({}, {"clay": SOC}, "clay stands in several columns of units.gpkg (clay_pct, clay)"),
        ({"soil": {"columns": {"clay": "clay_pc"}}}, {}, "'clay_pc' is no column"),
        ({"soil": {"columns": {"clai": "clay_pct"}}}, {}, "Did you mean 'clay'?"),
        ({"soil": {"units": {"clay": "t/ha"}}}, {}, "t/ha is no unit of clay. Write one of %"),
        ({}, {"awc": SOC}, "units.gpkg has a column 'awc' already"),
        ({}, {"SAND": ["x"] * N}, "text in the numeric column SAND"),
        ({}, {"soc": np.full(N, np.nan)}, "awc cannot be computed in any of 60 rows"),
    ],
)
def test_faults_of_columns_are_told(sections, columns, said):
    text, _ = faults(job(["awc"], **sections), ground(**columns))
    assert said in text


def test_metals_are_needed_for_exceedance():
    assert (
        "exceedance needs a column of metals (cadmium" in faults(job(["exceedance"]), ground())[0]
    )


def test_columns_wait_for_a_surrogate_and_come_with_its_prediction():
    config = job(["awc", "texture_group", "soc_clay_class"], learned())
    units = with_soil_columns(config, ground(soc=None))
    assert units.expected == ("awc", "soc_clay_class")
    assert "texture_group" in units.attributes
    told = {"carbon": certain(10 * SOC)}
    made = soil_columns(config, units, told, {"carbon": "g/kg"})
    assert set(made.columns) == {"awc", "soc_clay_class"}
    whole = with_soil_columns(job(["awc"]), ground()).attributes["awc"]
    np.testing.assert_allclose(made.columns["awc"], whole)


def test_a_column_goes_before_a_surrogate_unless_told():
    config = job(surrogates=learned())
    assert find_soil(config, ground(), "soc", {}).column == "soc"
    told = job(surrogates=learned(), soil={"columns": {"soc": "carbon"}})
    assert find_soil(told, ground(), "soc", {}).surrogate == "carbon"
    mute = job(surrogates=learned(indicator="none"))
    assert find_soil(mute, ground(soc=None), "soc", {}) is None


def test_no_surrogate_learns_from_what_a_surrogate_predicts():
    config = job(["awc"], learned(), predictors=["awc"])
    said, _ = faults(config, ground(soc=None))
    assert "predictors.columns.0: awc is made of what a surrogate predicts" in said


def scored(**changes):
    indicators = {"soc": {}, "ph": {"best": 6.5, "width": 0.8}, "soc_clay_ratio": {}}
    section = {"indicators": indicators, "stratum": "texture_group", **changes}
    return job(["texture_group", "soc_clay_ratio"], soil_health=section)


def test_soil_health_comes_with_its_parts():
    units = with_soil_columns(scored(), ground())
    table = units.attributes
    given = {"soc": SOC, "ph": table["ph"], "soc_clay_ratio": table["soc_clay_ratio"]}
    curves = {"soc": MoreIsBetter(), "ph": Optimum(6.5, 0.8), "soc_clay_ratio": MoreIsBetter()}
    score = soil_health(given, curves, stratum=table["texture_group"])
    np.testing.assert_allclose(table["soil_health"], score.score)
    for name, part in score.parts.items():
        np.testing.assert_allclose(table[f"soil_health_{name}"], part)
    assert table["soil_health_limiting"].tolist() == score.limiting.tolist()
    record = health_record(scored().soil_health, units)
    assert [row["name"] for row in record["rows"]] == ["soil_health", *given]
    assert record["rows"][0]["median"] == pytest.approx(float(table["soil_health"].median()))
    assert sum(row["limiting_ha"] for row in record["rows"][1:]) == pytest.approx(2.0 * N)
    assert health_record(None, units) == {}


def test_the_way_of_combining_and_the_direction_are_those_of_the_config():
    lowest = with_soil_columns(scored(combine="minimum"), ground()).attributes
    parts = lowest[[f"soil_health_{name}" for name in ("soc", "ph", "soc_clay_ratio")]]
    np.testing.assert_allclose(lowest["soil_health"], parts.min(axis=1))
    against = {"soc": {"better": "lower", "mean": 2.0, "sd": 1.0}}
    table = with_soil_columns(scored(indicators=against), ground()).attributes
    assert (np.diff(table["soil_health_soc"]) < 0).all()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"indicators": {"ph": {}}}, "of ph neither more nor less is known to be better"),
        ({"indicators": {"som": {}}}, "soil health needs som (soil organic matter)"),
        ({"indicators": {"worms": {}}}, "'worms' is no column of units.gpkg and no indicator"),
        ({"stratum": "texture"}, "did you mean 'texture_group'?"),
    ],
)
def test_faults_of_soil_health_are_told(changes, said):
    assert said.casefold() in faults(scored(**changes), ground())[0].casefold()


def test_soil_health_waits_for_a_surrogate():
    section = {"indicators": {"soc": {}, "ph": {"best": 6.5, "width": 1}}}
    config = job([], learned(), soil_health=section)
    units = with_soil_columns(config, ground(soc=None))
    names = ("soil_health", "soil_health_soc", "soil_health_ph", "soil_health_limiting")
    assert units.expected == names
    made = soil_columns(config, units, {"carbon": certain(10 * SOC)}, {"carbon": "g/kg"})
    assert tuple(made.columns) == names
    assert health_record(config.soil_health, units) == {}
