"""The synthetic valley: the same every time, sound geometry, a known truth that can be learned."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

from edaphon.data.synthetic import CRS, FILES, main, valley, write_valley
from edaphon.data.synthetic_surveys import SPECIES
from edaphon.data.synthetic_truth import BUNDLE_FACTOR, INTERVENTIONS, MEAN_LNRR, PRACTICES


@pytest.fixture(scope="module")
def made():
    return valley()


@pytest.fixture(scope="module")
def shipped(request):
    return request.config.rootpath / "data_samples" / "valley"


def test_shipped_files_are_regenerated_value_for_value(tmp_path, shipped):
    main([str(tmp_path / "again")])
    for name in FILES:
        ours, theirs = tmp_path / "again" / name, shipped / name
        if name.endswith(".csv"):
            pd.testing.assert_frame_equal(pd.read_csv(ours), pd.read_csv(theirs), check_exact=True)
        elif name.endswith(".md"):
            assert ours.read_text() == theirs.read_text()
    ours, theirs = (gpd.read_file(f / "units.gpkg") for f in (tmp_path / "again", shipped))
    pd.testing.assert_frame_equal(
        ours.drop(columns="geometry"), theirs.drop(columns="geometry"), check_exact=True
    )
    assert ours.crs == theirs.crs == CRS
    assert shapely.equals_exact(ours.geometry.values, theirs.geometry.values, 0.0).all()


def test_shipped_folder_is_small(shipped):
    assert sum(path.stat().st_size for path in shipped.iterdir()) < 1.5e6


def test_another_seed_gives_another_valley():
    first, second = valley(60, seed=1), valley(60, seed=2)
    assert not first.units["clay_pct"].equals(second.units["clay_pct"])
    assert not np.allclose(first.truth.lnrr, second.truth.lnrr)


@pytest.mark.parametrize("n_units", [20, 60, 150, 600])
def test_parcels_are_whole_and_apart(n_units):
    units = valley(n_units, seed=3).units
    geometry = units.geometry.values
    area_ha = shapely.area(geometry) / 1e4
    assert len(units) == n_units
    assert units["unit_id"].is_unique
    assert shapely.is_valid(geometry).all()
    assert (shapely.get_type_id(geometry) == 3).all()
    assert (area_ha >= 1.0).all()
    assert (area_ha <= 10.0).all()
    first, second = shapely.STRtree(geometry).query(geometry, predicate="intersects")
    pairs = first < second
    shared = shapely.intersection(geometry[first[pairs]], geometry[second[pairs]])
    assert shapely.area(shared).max() < 2.0  # m2: crumbs of rounding to the centimeter


def test_too_few_parcels_are_refused():
    with pytest.raises(ValueError, match="n_units: 5 is below 20"):
        valley(5)


def test_parcels_touch_within_blocks_and_lanes_part_blocks(made):
    geometry = made.units.geometry.values
    tree = shapely.STRtree(geometry)
    touching = tree.query(geometry, predicate="dwithin", distance=0.05).shape[1]
    across_lanes = tree.query(geometry, predicate="dwithin", distance=10.0).shape[1]
    assert touching > 2 * len(geometry)
    assert across_lanes > 1.3 * touching
    assert not shapely.intersects(geometry, made.river).any()


def test_soils_are_plausible_and_texture_adds_up(made):
    units = made.units
    assert (units["clay_pct"] + units["sand_pct"]).max() < 95
    for column, low, high in [
        ("clay_pct", 5, 50),
        ("ph", 4.5, 8),
        ("bulk_density_g_cm3", 0.8, 1.7),
        ("coarse_pct", 0, 40),
        ("slope_pct", 0, 45),
        ("map_mm", 700, 1000),
        ("yield_t_ha", 0.9, 12),
    ]:
        assert units[column].between(low, high).all(), column
    assert not units.drop(columns="geometry").isna().any().any()
    assert units["municipality"].nunique() == 3
    assert set(units["land_use"]) == {"arable", "grassland", "vineyard", "orchard"}
    assert 3 <= len(units) / units["farm_id"].nunique() <= 12


@pytest.mark.parametrize("column", ["clay_pct", "ph", "twi", "yield_t_ha"])
def test_soils_are_autocorrelated(made, column):
    """Neighbors resemble each other: Moran's I over touching parcels."""
    geometry = made.units.geometry.values
    first, second = shapely.STRtree(geometry).query(geometry, predicate="dwithin", distance=10.0)
    apart = first != second
    value = made.units[column].to_numpy()
    z = (value - value.mean()) / value.std()
    assert (z[first[apart]] * z[second[apart]]).mean() > 0.4


def test_valley_lies_in_temperate_europe(made):
    left, low, right, high = made.units.to_crs("EPSG:4326").total_bounds
    assert 46 < low < high < 48
    assert 15 < left < right < 17


def test_samples_lie_in_units_and_follow_the_truth(made):
    points = gpd.GeoDataFrame(
        made.samples,
        geometry=gpd.points_from_xy(made.samples["longitude"], made.samples["latitude"]),
        crs="EPSG:4326",
    ).to_crs(CRS)
    joined = points.sjoin(made.units[["unit_id", "farm_id", "geometry"]], how="left")
    assert len(joined) == len(made.samples) == 320
    assert (joined["provider"] == joined["farm_id"]).all()
    true = pd.Series(made.truth.soc_percent, index=made.units["unit_id"])[joined["unit_id"]]
    error = np.log(joined["soc_pct"].to_numpy() / true.to_numpy())
    assert 0.07 < error.std() < 0.14
    assert abs(error.mean()) < 0.02
    assert joined["unit_id"].duplicated().sum() > 60


def test_soil_carbon_can_be_learned_but_not_fully(made):
    """A linear model of the columns explains part of log SOC, never all of it."""
    units = made.units
    use = pd.get_dummies(units["land_use"]).to_numpy(float)[:, 1:]
    columns = units[["clay_pct", "sand_pct", "ph", "slope_pct", "twi", "elevation_m"]].to_numpy()
    x = np.c_[np.ones(len(units)), use, (columns - columns.mean(0)) / columns.std(0)]
    y = np.log(made.truth.soc_percent)
    residual = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    assert 0.4 < 1 - residual.var() / y.var() < 0.95


def test_observations_hold_presences_and_absences_by_species(made):
    table = made.observations
    assert (table.groupby("point_id").size() == len(SPECIES)).all()
    assert set(table["species"]) == set(SPECIES)
    assert (table["count"] == 0).any()
    assert (table["count"] > 0).mean() > 0.4
    total = table.groupby("point_id")["count"].sum().mean() / 0.25
    assert total == pytest.approx(made.truth.state[:, 0].mean(), rel=0.2)


def test_true_effects_vary_around_published_means(made):
    truth = made.truth
    assert truth.interventions == INTERVENTIONS
    assert truth.lnrr.shape == (600, len(INTERVENTIONS), len(truth.features))
    assert (truth.lnrr[:, 0] == 0).all()
    mean = np.array([MEAN_LNRR[name] for name in PRACTICES])
    drawn = truth.lnrr[:, 1:-1].mean(axis=0)
    assert np.corrcoef(mean.ravel(), drawn.ravel())[0, 1] > 0.9
    assert (truth.lnrr[:, 1:].std(axis=0) > 0.02).all()


def test_bundle_is_less_than_the_sum_of_its_parts(made):
    lnrr = made.truth.lnrr
    parts = lnrr[:, INTERVENTIONS.index("cover_crop")] + lnrr[:, INTERVENTIONS.index("no_till")]
    slope = (lnrr[:, -1] * parts).sum(axis=0) / (parts**2).sum(axis=0)
    np.testing.assert_allclose(slope, BUNDLE_FACTOR, atol=0.05)


def test_totals_sum_the_effects_of_the_chosen_options(made):
    truth = made.truth
    allocation = np.arange(600) % len(INTERVENTIONS)
    expected = np.zeros(len(truth.features))
    state = truth.state.copy()
    state[:, :2] = 100.0  # earthworms and microbes count in hectares x percent
    for i, a in enumerate(allocation):
        expected += state[i] * truth.area_ha[i] * (np.exp(truth.lnrr[i, a]) - 1)
    np.testing.assert_allclose(truth.totals(allocation), expected, rtol=1e-12)
    assert (truth.totals(np.zeros(600, dtype=int)) == 0).all()


def test_stock_is_carbon_of_the_fine_earth(made):
    units, truth = made.units, made.truth
    fine = 1 - units["coarse_pct"] / 100
    stock = truth.soc_percent * units["bulk_density_g_cm3"] * 30 * fine
    np.testing.assert_allclose(truth.state[:, truth.features.index("soc_stock")], stock)


def test_true_effects_trade_off(made):
    """No practice is best in everything, so there is something to decide."""
    effects = made.truth.effects()
    arable = (made.units["land_use"] == "arable").to_numpy()
    best = effects[arable].sum(axis=0).argmax(axis=0)
    assert len(set(best)) >= 3
    worst_yield = effects[arable][:, :, 2].sum(axis=0)
    assert worst_yield.min() < 0 < worst_yield.max()


def test_policy_and_locks_name_known_practices_on_arable_land(made):
    units = made.units.set_index("unit_id")
    planned = units[units["planned_practice"] != ""]
    assert 0.1 < len(planned) / len(units) < 0.4
    assert set(planned["planned_practice"]) <= set(PRACTICES)
    assert (planned["land_use"] == "arable").all()
    assert set(made.locks["lock"]) == {"in", "out"}
    assert set(made.locks["intervention"]) <= set(INTERVENTIONS)
    assert not made.locks.duplicated(["unit_id", "intervention"]).any()
    locked_in = made.locks[made.locks["lock"] == "in"]
    assert locked_in["unit_id"].is_unique
    assert (units.loc[made.locks["unit_id"], "land_use"] == "arable").all()


def test_written_files_say_what_they_are(tmp_path):
    paths = write_valley(tmp_path, n_units=40, seed=5)
    assert [path.name for path in paths] == list(FILES)
    text = (tmp_path / "README.md").read_text()
    assert "40 farm parcels" in text
    assert "{" not in text
    for column in gpd.read_file(tmp_path / "units.gpkg").columns.drop("geometry"):
        assert column in text, column


def test_command_line_wants_one_folder():
    with pytest.raises(SystemExit, match="usage"):
        main([])


def test_present_policy_obeys_the_locks(made):
    locks = made.locks.merge(made.units[["unit_id", "planned_practice"]], on="unit_id")
    same = locks["planned_practice"] == locks["intervention"]
    assert same[locks["lock"] == "in"].all()
    assert not same[locks["lock"] == "out"].any()
