"""Reading and checking everything before anything is computed."""

import geopandas as gpd
import numpy as np
import pytest

from edaphon.config.reader import read_config
from edaphon.data.examples import write_example
from edaphon.errors import DataError, EdaphonError, InfeasibleError
from edaphon.inputs.read import read_inputs
from fauna import write_fauna


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
    assert read.data["soc"].n_samples == 320
    assert all(found.severity != "error" for found in read.findings)
    assert len(set(read.findings)) == len(read.findings)


def test_units_with_a_missing_predictor_keep_the_baseline_on_request(project, tmp_path):
    units = gpd.read_file(project / "units.gpkg")
    row = int(np.flatnonzero(units["land_use"] == "arable")[0])
    units.loc[row, "ph"] = np.nan
    units.to_file(tmp_path / "holes.gpkg", driver="GPKG")
    change = f"landscape.file={tmp_path / 'holes.gpkg'}"
    with pytest.raises(DataError, match="value of ph"):
        inputs(project, change)
    read = inputs(project, change, "predictors.missing=baseline", "locks=")
    assert read.options.allowed[row, 0] == 0
    assert (read.options.allowed[row, 1:] != 0).all()


def test_what_no_portfolio_can_reach_is_infeasible(project):
    with pytest.raises(InfeasibleError, match="compost"):
        inputs(project, "constraints.area={compost: {min: 100 %}}")


def test_amounts_are_not_judged_before_the_surrogate_is_fitted(project):
    """The stand-in for the prediction must never prove that a target cannot be met."""
    assert inputs(project, "constraints.targets={soc_stock: 1000000000 t}").data


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


FAUNA = "learns: {kind}, observations: fauna.csv, site: site, block: 1 km"
LIFE = f"surrogates.life={{{FAUNA.format(kind='community')}}}"
RICH = "interventions.options.compost.where=life_richness > 0.6 and land_use == 'arable'"


@pytest.fixture(scope="module")
def surveyed(project):
    write_fauna(project)
    return project


def test_filters_may_name_columns_that_surrogates_will_add(surveyed):
    read = inputs(surveyed, LIFE, RICH)
    assert read.landscape.expected == (
        "life_richness", "life_dissimilarity", "soc_unseen", "earthworms_unseen", "life_unseen"
    )  # fmt: skip
    a = read.catalogue.names.index("compost")
    arable = (read.landscape.attributes["land_use"] == "arable").to_numpy()
    assert (read.options.allowed[arable, a] == 0).mean() > 0.9  # what may pass, passes
    assert (read.options.allowed[~arable, a] > 0).all()
    rank = np.linspace(0, 1, len(arable))
    after = read.with_layers({"life_richness": rank, "life_dissimilarity": rank})
    assert not ((after.options.allowed[:, a] == 0) & (rank <= 0.6)).any()
    both = arable & (rank > 0.6)
    np.testing.assert_array_equal(after.options.allowed[both], read.options.allowed[both])
    assert after.landscape.attributes["life_richness"].tolist() == rank.tolist()
    assert read.with_layers({}) is read


def test_a_flag_changes_what_is_allowed_only_where_a_filter_reads_it(surveyed):
    read = inputs(surveyed, LIFE)
    unseen = {"soc_unseen": np.ones(read.landscape.n_units)}
    after = read.with_layers(unseen)
    assert after.options is read.options
    assert (after.landscape.attributes["soc_unseen"] == 1).all()
    read = inputs(surveyed, LIFE, "interventions.options.compost.where=soc_unseen == 0")
    a = read.catalogue.names.index("compost")
    assert (read.options.allowed[:, a] == 0).any()
    assert (read.with_layers(unseen).options.allowed[:, a] > 0).all()


def test_a_layer_that_no_surrogate_adds_is_unknown(surveyed):
    with pytest.raises(DataError, match=r"no column 'life_richnes'.*life_richness"):
        inputs(surveyed, LIFE, RICH.replace("richness", "richnes"))
    with pytest.raises(DataError, match="no column 'life_function'"):
        inputs(surveyed, LIFE, RICH.replace("richness", "function"))


def test_a_column_is_not_written_over(surveyed):
    units = gpd.read_file(surveyed / "units.gpkg").assign(life_richness=0.5)
    units.to_file(surveyed / "named.gpkg", layer="units")
    with pytest.raises(DataError, match="has a column 'life_richness', which the surrogate adds"):
        inputs(surveyed, LIFE, "landscape.file=named.gpkg")


def test_faults_of_observations_come_with_all_others(surveyed):
    with pytest.raises(DataError) as caught:
        inputs(
            surveyed,
            f"surrogates.w={{{FAUNA.format(kind='species')}, species: [sp1]}}",
            "surrogates.soc.response=soc",
            "surrogates.earthworms.site=point",
        )
    text = str(caught.value)
    for words in ("no species 'sp1'", "soil.csv has no column 'soc'", "no column 'point'"):
        assert words in text
