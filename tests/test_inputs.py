"""Reading and checking everything before anything is computed."""

import geopandas as gpd
import numpy as np
import pytest

from edaphon.config.reader import read_config
from edaphon.data.examples import write_example
from edaphon.errors import DataError, EdaphonError, InfeasibleError
from edaphon.inputs import read_inputs


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_example(folder)
    return folder


def inputs(project, *overrides):
    return read_inputs(read_config(project / "edaphon.yaml", overrides))


def test_everything_is_read_in_the_order_of_the_units(project):
    read = inputs(project)
    units = gpd.read_file(project / "units.gpkg")
    assert read.landscape.ids.tolist() == units["unit_id"].tolist()
    assert len(read.predictors.table) == len(units) == len(read.policy)
    assert read.options.allowed.shape == (len(units), len(read.catalogue.names))
    assert read.samples["soc"].n_samples == 320
    assert all(found.severity != "error" for found in read.findings)
    assert len(set(read.findings)) == len(read.findings)


def test_units_with_a_missing_predictor_keep_the_baseline_on_request(project, tmp_path):
    units = gpd.read_file(project / "units.gpkg")
    row = int(np.flatnonzero(units["land_use"] == "arable")[0])
    units.loc[row, "clay_pct"] = np.nan
    units.to_file(tmp_path / "holes.gpkg", driver="GPKG")
    change = f"landscape.file={tmp_path / 'holes.gpkg'}"
    with pytest.raises(DataError, match="clay_pct"):
        inputs(project, change)
    read = inputs(project, change, "predictors.missing=baseline", "locks=")
    assert read.options.allowed[row, 0] == 0
    assert (read.options.allowed[row, 1:] != 0).all()


def test_what_no_portfolio_can_reach_is_infeasible(project):
    with pytest.raises(InfeasibleError, match="compost"):
        inputs(project, "constraints.area={compost: {min: 100 %}}")


def test_amounts_are_not_judged_before_the_surrogate_is_fitted(project):
    """The stand-in for the prediction must never prove that a target cannot be met."""
    assert inputs(project, "constraints.targets={soc_stock: 1000000000 t}").samples


def test_what_needs_no_surrogate_is_judged_at_once(project):
    with pytest.raises(InfeasibleError, match="target of yield"):
        inputs(project, "constraints.targets={yield: {gain: 300 %}}")


def test_a_yearly_budget_says_which_year_binds(project):
    read = inputs(project, "constraints.budget=60000 EUR/yr")
    assert any("year 1 binds" in found.what for found in read.findings)
    annual = inputs(project, "constraints.budget={annual: 60000 EUR/yr}")
    assert not any("year 1 binds" in found.what for found in annual.findings)


def test_an_amount_that_is_not_per_land_is_refused(project):
    with pytest.raises(EdaphonError, match="kg is no amount per unit of land"):
        inputs(project, "features.yield.unit=kg")
    inputs(project, "features.yield.unit=kg/ha")


def test_evidence_is_told_where_the_config_names_the_intervention(project):
    (found,) = [f for f in inputs(project).findings if "agroforestry on yield:" in f.what]
    assert "edaphon.yaml:" in found.where
    assert found.where.endswith("interventions.use.2")


def test_locks_wait_until_the_ids_are_right(project):
    with pytest.raises(DataError) as caught:
        inputs(project, "landscape.id=unit")
    assert "unit_id" in str(caught.value)
    assert "locks.csv" not in str(caught.value)


def test_faults_of_several_stages_come_together(project):
    with pytest.raises(DataError) as caught:
        inputs(
            project,
            "landscape.region=municipalty",
            "interventions.use.0=cover_corp",
            "surrogates.soc.response=soc",
        )
    text = str(caught.value)
    for words in ("municipalty", "cover_corp", "soil.csv"):
        assert words in text
