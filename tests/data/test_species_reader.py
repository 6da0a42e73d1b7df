"""Observations from long and wide files, and every fault of such tables."""

import numpy as np
import pandas as pd
import pytest

from edaphon.data.geometry import WGS84, transform_points
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.data.species_reader import read_observations
from edaphon.errors import DataError

SIDE, X0, Y0 = 100.0, 4_400_000.0, 2_700_000.0  # of the fixture `units`
SPECIES = ("Aporrectodea rosea", "Eisenia fetida", "Lumbricus terrestris")
COUNTS = np.array([[3, 0, 1], [0, 2, 0], [5, 0, 0], [0, 0, 0]])


def places(n=4):
    k = np.arange(n)
    x, y = X0 + SIDE * (k % 4) + 50, Y0 + SIDE * (k // 4) + 50
    return transform_points(x, y, "EPSG:3035", WGS84)


def long_frame(counts=COUNTS):
    lon, lat = places(len(counts))
    site = np.repeat(np.arange(len(counts)), counts.shape[1])
    return pd.DataFrame(
        {
            "site": [f"P{k}" for k in site],
            "lon": lon[site],
            "lat": lat[site],
            "species": np.tile(SPECIES, len(counts)),
            "count": counts.ravel(),
        }
    )


@pytest.fixture
def observe(saved, make_config):
    def run(frame, **keys):
        frame.to_csv(saved / "worms.csv", index=False)
        section = {"learns": "species", "observations": "worms.csv", "site": "site", **keys}
        section = {key: value for key, value in section.items() if value is not None}
        config = make_config(surrogates={"soc": None, "worms": section})
        landscape = read_landscape(config)
        units = read_predictors(config, landscape)
        return read_observations(config, "worms", landscape, units)

    return run


def faults_of(call):
    with pytest.raises(DataError) as caught:
        call()
    return "\n".join(map(str, caught.value.findings))


def said(found):
    return "\n".join(map(str, found.findings))


def test_a_long_file_of_counts(observe):
    found = observe(long_frame(), effort=None)
    assert found.species == SPECIES
    np.testing.assert_array_equal(found.table, COUNTS)
    assert (found.kind, found.unit, found.n_sites) == ("abundance", "count", 4)
    assert found.predictors["clay_pct"].tolist() == [10, 11, 12, 13]
    assert "read as abundance: values run up to 5" in said(found)


def test_counts_are_divided_by_the_effort(observe):
    frame = long_frame().assign(area=0.25)
    found = observe(frame, effort="area", unit="individuals/m2")
    np.testing.assert_array_equal(found.table, COUNTS * 4)
    assert found.unit == "individuals/m2"
    frame.loc[4, "area"] = 0
    text = faults_of(lambda: observe(frame, effort="area", unit="individuals/m2"))
    assert "worms.csv: line 6: area: the effort must be above 0, and is not in 1 row" in text


def test_without_any_absence_a_missing_row_is_one(observe):
    frame = long_frame()
    found = observe(frame[frame["count"] > 0])
    np.testing.assert_array_equal(found.table, COUNTS[:3])
    assert "a species without a row at a site was not there" in said(found)
    frame.loc[frame["site"] == "P3", "species"] = ""
    empty_site = frame[(frame["count"] > 0) | (frame["species"] == "")].drop_duplicates()
    found = observe(empty_site)
    np.testing.assert_array_equal(found.table, COUNTS)
    assert "visited, with none of the species found" in said(found)


def test_beside_absences_a_missing_row_is_unknown(observe):
    frame = long_frame().drop(index=[1])
    found = observe(frame)
    assert np.isnan(found.table[0, 1])
    assert np.isfinite(found.table).sum() == 11
    assert "1 pair of site and species have no row. They count as unknown" in said(found)


@pytest.mark.parametrize("column", ["count", None])
def test_records_of_presence_only(observe, column):
    frame = long_frame().query("count > 0").assign(count=1)
    found = observe(frame if column else frame.drop(columns="count"))
    assert found.kind == "presence_only"
    assert np.nansum(found.table) == 4
    assert np.isnan(found.table).sum() == 5
    complete = observe(frame, survey="presence_absence")
    np.testing.assert_array_equal(complete.table, COUNTS[:3] > 0)


def test_a_survey_may_be_read_as_less_than_it_is(observe):
    found = observe(long_frame(), survey="presence_absence")
    np.testing.assert_array_equal(found.table, COUNTS > 0)
    found = observe(long_frame(), survey="presence_only")
    np.testing.assert_array_equal(np.isfinite(found.table), COUNTS > 0)
    found_or_not = long_frame((COUNTS > 0).astype(int))
    text = faults_of(lambda: observe(found_or_not, survey="abundance"))
    assert "an abundance has counts or amounts, and every value is 0 or 1" in text
    present = long_frame(np.ones((4, 3), int))
    text = faults_of(lambda: observe(present, survey="presence_absence"))
    assert "nothing is recorded as absent" in text
    text = faults_of(
        lambda: observe(long_frame().assign(a=1), survey="presence_only", effort="a", unit="1/m2")
    )
    assert "presences are not divided by a" in text


def test_several_rows_of_one_pair_are_summed(observe):
    frame = pd.concat([long_frame(), long_frame().head(3)])
    found = observe(frame)
    assert found.table[0].tolist() == [6, 0, 2]
    assert "3 pairs of site and species have several rows. Their values are summed" in said(found)


def test_sites_without_a_column_are_places_and_dates(observe):
    frame = long_frame().drop(columns="site")
    assert observe(frame, site=None).n_sites == 4
    twice = pd.concat([frame.assign(day="2021-05-01"), frame.assign(day="2022-05-01")])
    found = observe(twice, site=None, date="day")
    assert found.n_sites == 8
    np.testing.assert_allclose(np.unique(found.year), [2021.33, 2022.33], atol=0.01)


def test_a_wide_file(observe):
    lon, lat = places()
    frame = pd.DataFrame(COUNTS, columns=list(SPECIES)).assign(
        lon=lon, lat=lat, site=["a", "b", "c", "d"], note="x"
    )
    found = observe(frame)
    assert found.species == SPECIES
    np.testing.assert_array_equal(found.table, COUNTS)
    assert "every column of numbers is read as a species" in said(found)
    found = observe(frame, species=[SPECIES[2]])
    assert found.species == (SPECIES[2],)
    found = observe(frame, species=[SPECIES[2]], stands_for="soil life")
    assert found.species == (SPECIES[2], *SPECIES[:2])
    np.testing.assert_array_equal(found.table, COUNTS[:, [2, 0, 1]])
    assert "Those not named under species are what it stands for" in said(found)
    frame.loc[3, "site"] = "a"
    assert "sites with several rows in a file of a row per site (a)" in faults_of(
        lambda: observe(frame)
    )
    text = faults_of(lambda: observe(frame[["lon", "lat", "site", "note"]]))
    assert "worms.csv has no column of species" in text


def test_other_presences_of_a_wide_file_tell_where_somebody_looked(observe):
    lon, lat = places()
    frame = pd.DataFrame(np.where(COUNTS > 0, 1, np.nan), columns=list(SPECIES)).assign(
        lon=lon,
        lat=lat,
        site=["a", "b", "c", "d"],
        height=[310, 290, 305, 300],
        tilled=[0, 1, 1, 0],
    )
    for keys in ({}, {"survey": "presence_only"}, {"background": "density"}):
        found = observe(frame.drop(columns="tilled"), species=[SPECIES[2]], **keys)
        assert found.species == (SPECIES[2], *SPECIES[:2])
        assert found.kind == "presence_only"
        assert "records of other species tell where somebody looked" in said(found)
    assert observe(frame, species=[SPECIES[2]]).species == (SPECIES[2], *SPECIES[:2])
    alone = observe(frame, species=[SPECIES[2]], background="random")
    assert alone.species == (SPECIES[2],)
    known = frame.fillna(0)  # absences: the others' sites tell nothing more
    assert observe(known, species=[SPECIES[2]]).species == (SPECIES[2],)
    kept = observe(known.drop(columns="tilled"), species=[SPECIES[2]], survey="presence_only")
    assert kept.species == (SPECIES[2], *SPECIES[:2])
    counts = known.drop(columns="tilled").assign(**{SPECIES[0]: [7, 0, 9, 0]})
    found = observe(counts.drop(columns="height"), species=[SPECIES[0]], survey="presence_only")
    assert found.species == SPECIES
    assert np.nanmax(found.table) == 1


def test_all_faults_come_together(observe):
    frame = long_frame().astype({"count": object})
    frame.loc[2, "count"] = -1
    frame.loc[3, "count"] = "many"
    text = faults_of(lambda: observe(frame, species=["Eisenia foetida"]))
    assert "surrogates.worms.species.0: worms.csv holds no species 'Eisenia foetida'" in text
    assert "Did you mean 'Eisenia fetida'?" in text
    assert "worms.csv: line 5: count: text among the numbers in 1 of 12 rows" in text
    assert "worms.csv: line 4: count: 1 value below 0 (line 4: -1)" in text
    text = faults_of(lambda: observe(frame, site="plot", species_column="taxa"))
    assert "surrogates.worms.site: worms.csv has no column 'plot'" in text
    assert "surrogates.worms.species_column: worms.csv has no column 'taxa'" in text


def test_sites_without_place_date_or_predictors_are_left_out(observe):
    frame = long_frame().assign(day="2022-05-01", w=2.0)
    frame.loc[frame["site"] == "P0", "day"] = ""
    frame.loc[frame["site"] == "P1", "lon"] = np.nan
    frame.loc[frame["site"] == "P2", ["lon", "lat"]] = [10.5, 47.5]
    found = observe(frame, date="day", weight="w")
    assert found.n_sites == 1
    assert found.weight.tolist() == [2.0]
    for words in (
        "left out 3 rows without coordinates",
        "left out 1 row without day",
        "left out 1 of 2 rows without a predictor (clay_pct: 1)",
    ):
        assert words in said(found)
    frame[["lon", "lat"]] = [10.5, 47.5]
    assert "no row has all predictors" in faults_of(lambda: observe(frame))


def test_old_sites_count_less(observe):
    frame = long_frame()
    frame["day"] = frame["site"].map({"P0": "1990", "P1": "2005", "P2": "2019", "P3": "2020"})
    found = observe(frame, date="day", older_than="15 yr")
    assert found.weight.tolist() == [0.5, 1.0, 1.0, 1.0]
    found = observe(
        frame.assign(w=3), date="day", weight="w", older_than={"age": 10, "weight": 0.1}
    )
    np.testing.assert_allclose(found.weight, [0.3, 0.3, 3, 3])


def test_groups_of_recorders_and_sites_at_several_places(observe):
    kind = ["worm", "worm", "giant"] * 4
    frame = long_frame().assign(kind=kind, study=["A"] * 6 + ["B"] * 6)
    found = observe(frame, taxon="kind", group="study")
    assert found.taxon_group == ("worm", "worm", "giant")
    assert found.group.tolist() == ["A", "A", "B", "B"]
    frame.loc[0, "kind"] = "giant"
    frame.loc[1, "lon"] += 0.01
    found = observe(frame, taxon="kind")
    assert "several groups for one species, the first counts (Aporrectodea rosea)" in said(found)
    assert "rows of one site lie at several places, in 1 site" in said(found)


def test_species_become_a_group(observe):
    found = observe(long_frame(), together=True, species=list(SPECIES[:2]))
    assert found.species == ("worms", SPECIES[2])
    np.testing.assert_array_equal(found.table[:, 0], COUNTS[:, :2].sum(axis=1))
    np.testing.assert_array_equal(found.table[:, 1], COUNTS[:, 2])
    found = observe(long_frame(), together=True, survey="presence_absence")
    assert found.species == ("worms",)
    np.testing.assert_array_equal(found.table[:, 0], COUNTS.any(axis=1))
    seen = long_frame().assign(count=lambda frame: (frame["count"] > 0).astype(int))
    found = observe(seen, together=True)  # several that are there are no count
    assert found.kind == "presence_absence"
    np.testing.assert_array_equal(found.table[:, 0], COUNTS.any(axis=1))
    found = observe(seen[seen["count"] > 0], together=True, species=list(SPECIES[:2]))
    assert found.kind == "presence_only"
    np.testing.assert_array_equal(found.table, [[1, 1], [1, np.nan], [1, np.nan]])
    unknown = long_frame().query("site != 'P1' or species != 'Eisenia fetida'")
    found = observe(unknown, together=True, species=[SPECIES[1]])
    assert np.isnan(found.table[1, 0])
