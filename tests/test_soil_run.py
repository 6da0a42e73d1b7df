"""From soil columns in a config to filters, features, soil health and the report."""

import json

import numpy as np
import pandas as pd
import pytest

import edaphon
from edaphon.config.reader import read_config
from edaphon.data.examples import write_example
from edaphon.errors import DataError, EdaphonError
from edaphon.inputs.read import read_inputs
from edaphon.soil.derived import derive

QUICK = (
    "surrogates={soc: {samples: soil.csv, response: soc_pct, unit: '%', depth: 0-30 cm, "
    "block: 1 km, candidates: [ridge]}}",
    "predictors.columns=[land_use, clay_pct, sand_pct, slope_pct, twi]",
    "objectives={productivity: {maximize: yield}, cost: {minimize: cost}}",
    "solve.portfolios=10",
)
SOIL = (
    *QUICK,
    "objectives.water={maximize: water}",
    "landscape.derive=[texture_group, awc, soc_clay_class, soc_stock]",
    "features.water={model: saxton_rawls, from: soc, depth: 0-30 cm}",
    "features.stock={column: soc_stock, unit: t/ha, response_of: soc}",
    "soil_health={indicators: {soc: {}, ph: {best: 6.5, width: 0.8}, bulk_density: {}}}",
    "interventions.options.compost.where=soc_clay_class in ('degraded', 'moderate')",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_example(folder)
    return folder


def inputs(project, *overrides):
    return read_inputs(read_config(project / "edaphon.yaml", overrides))


def faults(project, *overrides):
    with pytest.raises(EdaphonError) as caught:
        inputs(project, *overrides)
    return str(caught.value)


def test_check_knows_the_columns_that_wait_for_the_surrogate(project):
    read = inputs(project, *SOIL)
    assert set(read.landscape.expected) == {
        "awc", "soc_clay_class", "soc_stock", "soil_health", "soil_health_soc", "soil_health_ph",
        "soil_health_bulk_density", "soil_health_limiting", "soc_unseen",
    }  # fmt: skip
    assert set(read.landscape.attributes["texture_group"]) <= {"coarse", "medium", "fine"}
    compost = read.catalogue.names.index("compost")
    assert (read.options.allowed[:, compost] == 0).sum() > 500  # it may pass everywhere
    assert not [one for one in read.findings if one.severity == "error"]
    others = [one.what for one in read.findings if "feature rest on" not in one.what]
    assert not [what for what in others if "water" in what or "stock" in what]


def test_targets_on_amounts_that_wait_are_not_judged(project):
    inputs(project, *SOIL, "constraints.targets={water: 10000000 m3, stock: {gain: 900 %}}")


def test_a_derived_column_may_be_a_predictor(project):
    found = "landscape.derive=[texture_class, wilting_point]"
    keys = (
        "predictors.categories=[land_use, texture_class]",
        "soil.columns.soc=bulk_density_g_cm3",
    )
    columns = "predictors.columns=[land_use, texture_class, clay_pct, wilting_point]"
    read = inputs(project, *QUICK, found, *keys, columns)
    assert read.data["soc"].predictors["wilting_point"].notna().all()
    assert read.data["soc"].predictors["texture_class"].dtype == "category"


def test_faults_come_with_their_place_beside_others(project):
    said = faults(
        project,
        *QUICK,
        "surrogates.soc.indicator=none",
        "landscape.derive=[awc, exceedance]",
        "interventions.options.compost.where=awcc < 50",
    )
    assert "landscape.derive.0: awc needs soc (soil organic carbon)" in said
    assert "landscape.derive.1: exceedance needs a column of metals" in said
    assert "there is no column 'awcc'; did you mean 'awc'?" in said


def test_a_stratum_that_could_be_derived_is_told(project):
    said = faults(project, *QUICK, "soil_health={indicators: {soc: {}}, stratum: texture_class}")
    assert "Write landscape: {derive: [texture_class]} to derive it" in said


def test_water_without_carbon_is_told(project):
    water = "features.water={model: saxton_rawls, depth: 0-30 cm}"
    said = faults(project, *QUICK, "surrogates.soc.indicator=none", water)
    assert "water needs soc (soil organic carbon)" in said


def test_contaminated_units_can_be_filtered_out_and_a_missing_ph_is_told(project, tmp_path):
    import geopandas

    units = geopandas.read_file(project / "units.gpkg").drop(columns="ph")
    units["zn_mg_kg"] = np.where(np.arange(len(units)) < 50, 900.0, 80.0)
    units.to_file(tmp_path / "metals.gpkg", driver="GPKG")
    read = inputs(
        project,
        *QUICK,
        f"landscape.file={tmp_path / 'metals.gpkg'}",
        "landscape.derive=[exceedance]",
        "interventions.options.compost.where=exceeded == 0",
        "locks=",
    )
    compost = read.catalogue.names.index("compost")
    assert (read.options.allowed[:50, compost] != 0).all()
    assert (read.options.allowed[50:, compost] == 0).all()
    said = "\n".join(map(str, read.findings))
    assert "no pH in 600 of 600 soils" in said
    assert "they say where no more sludge may be spread" in said
    assert read.landscape.attributes["exceeded_metals"].tolist()[:1] == ["zinc"]


def test_horizons_are_read_by_check_with_faults_in_lines(project):
    table = pd.read_csv(project / "soil.csv")
    upper = table.assign(top=0, bottom=10, soc_pct=table["soc_pct"] * 1.5)
    lower = table.assign(top=10, bottom=30, soc_pct=table["soc_pct"] * 0.75)
    horizons = pd.concat([upper, lower]).sort_values(["sample_id", "top"])
    horizons.to_csv(project / "horizons.csv", index=False)
    keys = [f"surrogates.soc.{key}" for key in (
        "samples=horizons.csv", "profile=sample_id", "top=top", "bottom=bottom",
    )]  # fmt: skip
    read = inputs(project, *QUICK, *keys)
    plain = inputs(project, *QUICK)
    assert read.data["soc"].n_samples == plain.data["soc"].n_samples == len(table)
    order = np.argsort(read.data["soc"].x), np.argsort(plain.data["soc"].x)
    np.testing.assert_allclose(
        read.data["soc"].response[order[0]], plain.data["soc"].response[order[1]]
    )
    horizons["bottom"] = 25
    horizons.to_csv(project / "horizons.csv", index=False)
    with pytest.raises(DataError, match=r"horizons that overlap the one above.*line 3: S001"):
        inputs(project, *QUICK, *keys)


@pytest.mark.slow
def test_a_run_uses_reports_and_restores_soil_columns(project):
    done = edaphon.run(project / "edaphon.yaml", out=project / "soil", overrides=SOIL)
    layers = pd.read_parquet(done.folder / "layers.parquet")
    state = pd.read_parquet(done.folder / "state.parquet").set_index(["feature", "unit_id"])
    units = inputs(project, *SOIL).landscape.attributes
    carbon = layers["awc"].notna().to_numpy()
    assert carbon.all()
    water = state.loc["water"].loc[layers["unit_id"]]
    np.testing.assert_allclose(water["mean"], 10 * layers["awc"], rtol=1e-9)
    problem = done.problem
    compost = problem.interventions.index("compost")
    allowed = problem.allowed[:, compost] == 0
    poor = layers["soc_clay_class"].isin(["degraded", "moderate"]).to_numpy()
    assert not (allowed & ~poor).any()
    f = [feature.name for feature in problem.features].index("water")
    assert problem.features[f].unit == "m3"
    gain = problem.effects.block(slice(None))[:, compost, f]
    np.testing.assert_allclose(
        gain / problem.area_ha,
        water["lever"].to_numpy() * _carbon_gain(problem, compost),
    )
    rows = json.loads((done.folder / "run.json").read_text())["soil_health"]["rows"]
    assert [row["name"] for row in rows] == ["soil_health", "soc", "ph", "bulk_density"]
    page = (done.folder / "report.html").read_text(encoding="utf-8")
    assert "Soil health" in page
    assert np.nanmax(done.front.certified_gap[done.front.on_front]) < 1e-3
    before = (done.folder / "front.csv").read_bytes()
    again = edaphon.run(project / "edaphon.yaml", out=done.folder, overrides=SOIL, start="effects")
    assert (done.folder / "front.csv").read_bytes() == before
    assert again.record["soil_health"]["rows"] == done.record["soil_health"]["rows"]
    given = {"sand": units["sand_pct"], "clay": units["clay_pct"]}
    assert derive("texture_group", given).columns["texture_group"].tolist() == (
        units["texture_group"].tolist()
    )


def _carbon_gain(problem, a):
    """Relative gain of carbon by an intervention, as the feature of the stock has it."""
    f = [feature.name for feature in problem.features].index("stock")
    stock, gain = problem.effects.stock[:, f], problem.effects.block(slice(None))[:, a, f]
    return (gain / stock)[0]
