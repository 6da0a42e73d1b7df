"""RothC and GSOCseq in the whole job, on a small valley whose carbon is known."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.synthetic import valley, write_valley
from edaphon.effects.values import DenseEffects
from edaphon.errors import DataError, EdaphonError
from edaphon.problem.values import Problem
from edaphon.solver.front import solve
from edaphon.workflow import check, read_run, run

CONFIG = {
    "name": "carbon",
    "seed": 7,
    "landscape": {"file": "units.gpkg", "id": "unit_id", "region": "municipality"},
    "features": {
        "soc_stock": {
            "column": "soc_t_ha",
            "unit": "t/ha",
            "better": "higher",
            "depth": "0-30 cm",
            "response_of": "soc",
            "model": "rothc",
        },
        "yield": {"column": "yield_t_ha", "unit": "t/ha", "better": "higher"},
    },
    "climate": {"file": "climate.csv"},
    "rothc": {"clay": "clay_pct", "cover": {"arable": "4-10"}},
    "gsocseq": {"stock": "soc_stock", "sand": "sand_pct"},
    "interventions": {
        "use": ["cover_crop", "no_till", "compost"],
        "options": {"compost": {"carbon_input": "1.5 t/ha/yr", "carbon_kind": "manure"}},
    },
    "objectives": {
        "soil_carbon": {"maximize": "soc_stock"},
        "productivity": {"maximize": "yield"},
        "cost": {"minimize": "cost"},
    },
    "constraints": {"budget": "500000 EUR"},
    "solve": {"portfolios": 15},
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("valley")
    write_valley(folder, n_units=120)
    units = gpd.read_file(folder / "units.gpkg")
    units["soc_t_ha"] = valley(120).truth.state[:, 3]
    units.to_file(folder / "units.gpkg", layer="units")
    return folder


def config_of(project, **more):
    return config_from_mapping({**CONFIG, **more}, project)


@pytest.fixture(scope="module")
def done(project):
    return run(config_of(project), out=project / "out")


def test_check_reads_the_climate_and_says_what_has_no_input(project):
    found = [str(one) for one in check(config_of(project))]
    (warning,) = [text for text in found if "RothC knows no carbon input" in text]
    assert "carbon input of no_till: for soc_stock" in warning, "cover crops: from the catalogue"


def test_kelvin_in_the_climate_stops_the_check(project):
    table = pd.read_csv(project / "climate.csv")
    table["temperature_c"] += 273.15
    table.to_csv(project / "kelvin.csv", index=False)
    with pytest.raises(DataError, match="They look like kelvin"):
        check(config_of(project, climate={"file": "kelvin.csv"}))


def test_check_sees_what_gsocseq_would_stumble_over(project):
    wrong = {"stock": "yield", "sand": "sandy", "conductivity": "soc_t_ha"}
    features = {**CONFIG["features"], "yield": {"column": "yield_t_ha", "unit": "EUR/ha"}}
    config = config_of(project, gsocseq=wrong, features=features)
    with pytest.raises(EdaphonError) as caught:
        check(config)
    said = str(caught.value)
    assert "GSOCseq counts t C/ha, and yield is in EUR/ha" in said
    assert "gsocseq.sand: units.gpkg has no column 'sandy'" in said
    units = gpd.read_file(project / "units.gpkg")
    units["sand_g_kg"] = 10 * units["sand_pct"]
    units.to_file(project / "grams.gpkg", layer="units")
    landscape = {**CONFIG["landscape"], "file": "grams.gpkg"}
    grams = {"stock": "soc_stock", "sand": "sand_g_kg"}
    config = config_of(project, landscape=landscape, gsocseq=grams)
    with pytest.raises(EdaphonError, match=r"sand_g_kg lies outside 0 to 100 % in \d+ units"):
        check(config)


def test_the_front_by_rothc_is_that_of_the_same_effects_as_plain_arrays(done):
    """The solver sees no difference, so it certifies both alike."""
    factored, costs = done.problem.effects, done.problem.cost[:, :, 0]
    assert factored.modeled is not None
    dense = DenseEffects(factored.block(slice(None)), factored.stock)
    found = [
        solve(
            Problem.from_arrays(
                effects,
                costs,
                done.problem.allowed == 0,
                {"carbon": {"maximize": "soc_stock"}, "yield": {"maximize": "yield"}},
                {"budget": 500_000.0},
                features=["soc_stock", "yield"],
            ),
            portfolios=5,
            seed=1,
        )
        for effects in (factored, dense)
    ]
    np.testing.assert_array_equal(found[0].portfolios, found[1].portfolios)
    np.testing.assert_allclose(found[0].values, found[1].values, rtol=1e-12)
    gaps = [front.certified_gap[front.on_front] for front in found]
    np.testing.assert_allclose(gaps[0], gaps[1], atol=1e-9)
    assert gaps[0].max() < 1e-2


def test_the_files_hold_scenarios_and_prices(project, done):
    out = project / "out"
    scenarios = json.loads((out / "run.json").read_text())["gsocseq"]["scenarios"]
    assert [one["increase"] for one in scenarios] == [0.05, 0.1, 0.2]
    table = pd.read_csv(out / "gsocseq.csv")
    total = (table["ssm3_relative_t_ha"] * table["area_ha"]).sum()
    assert scenarios[2]["relative_t_c"] == pytest.approx(total)
    assert (out / "figures" / "gsocseq.svg").exists()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "Carbon that the soil could store" in page
    assert "What a tonne costs" in page
    costs = pd.read_csv(out / "carbon.csv")
    front = pd.read_csv(out / "front.csv")
    assert costs["portfolio"].tolist() == front["portfolio"].tolist()
    np.testing.assert_allclose(costs["gain_t_c"], front["soil_carbon"], rtol=1e-9)
    np.testing.assert_allclose(costs["gain_lower_t_c"], front["soil_carbon_lower"], rtol=1e-6)
    effects = pd.read_parquet(out / "effects.parquet")
    carbon = effects[effects["feature"] == "soc_stock"].groupby("intervention")["basis"].first()
    assert carbon["cover_crop"] == carbon["compost"] == "model"
    assert carbon["no_till"] != "model"


@pytest.mark.slow
def test_a_report_made_again_has_the_same_bytes(project, done):
    out = project / "out"
    names = ("gsocseq.csv", "carbon.csv", "figures/gsocseq.png", "figures/gsocseq.svg")
    before = {name: (out / name).read_bytes() for name in names}
    run(config_of(project), out=out, start="report")
    assert {name: (out / name).read_bytes() for name in names} == before
    again = read_run(out).problem.effects.modeled
    np.testing.assert_array_equal(again.response, done.problem.effects.modeled.response)


@pytest.mark.slow
def test_an_anonymous_report_names_no_unit(project, done):
    out = project / "anonymous"
    run(config_of(project, report={"anonymous": True}), out=out)
    table = pd.read_csv(out / "gsocseq.csv")
    assert "unit_id" not in table
    assert len(table) == len(np.unique(done.problem.region))
