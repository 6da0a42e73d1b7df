"""Samples that are horizons: brought to one depth, joined with profiles, faults with lines."""

import zlib

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.errors import DataError
from edaphon.surrogates.horizons import read_sample_points

HORIZONS = pd.DataFrame(
    {
        "id": ["a", "a", "b", "c", "c", "d"],
        "top": [0, 20, 0, 0, 10, 0],
        "bottom": [20, 60, 40, 10, 50, 10],
        "soc_pct": [3.0, 1.5, 2.0, 4.0, np.nan, 5.0],
        "clay_pct": [10.0, 40.0, 20.0, 30.0, 30.0, 30.0],
        "lab": ["x", "y", "x", "x", "x", "x"],
        "lon": [15.0, 15.0, 15.1, 15.2, 15.2, 15.3],
        "lat": [47.0] * 6,
    }
)
PLACES = HORIZONS.drop_duplicates("id")[["id", "lon", "lat"]]


@pytest.fixture
def read(tmp_path):
    def points(table=HORIZONS, profiles=None, **keys):
        table.to_csv(tmp_path / "soil.csv", index=False)
        surrogate = {
            "samples": "soil.csv", "response": "soc_pct", "unit": "%", "depth": "0-30 cm",
            "profile": "id", "top": "top", "bottom": "bottom",
        }  # fmt: skip
        if profiles is not None:
            profiles.to_csv(tmp_path / "sites.csv", index=False)
            surrogate["profiles"] = "sites.csv"
        config = config_from_mapping(
            {
                "name": "test",
                "landscape": {"file": "units.gpkg"},
                "predictors": {"columns": ["clay_pct"]},
                "surrogates": {"soc": {**surrogate, **keys}},
                "interventions": {"use": ["cover_crop"]},
                "objectives": {"cost": {"minimize": "cost"}},
            },
            tmp_path,
        )
        return read_sample_points(config, "soc")

    return points


def faults(read, *given, **keys):
    with pytest.raises(DataError) as caught:
        read(*given, **keys)
    return "\n".join(map(str, caught.value.findings))


def test_horizons_become_one_row_for_each_profile(read):
    points = read()
    table = points.table
    assert table["id"].tolist() == ["a", "b"]
    np.testing.assert_allclose(table["soc_pct"], [(20 * 3.0 + 10 * 1.5) / 30, 2.0])
    np.testing.assert_allclose(table["clay_pct"], [20.0, 20.0])  # a predictor, averaged too
    assert table["lab"].tolist() == ["x", "x"]  # of the uppermost horizon
    np.testing.assert_allclose(points.longitude, [15.0, 15.1])
    assert table.index.tolist() == [2, 4]
    (note,) = points.findings
    assert "left out 2 profiles whose horizons with a value of soc_pct" in note.what
    assert note.severity == "note"


def test_half_of_the_depth_is_enough(read):
    assert read(depth="0-20 cm").table["id"].tolist() == ["a", "b", "c", "d"]


def test_a_spline_keeps_possible_values_and_differs_from_the_mean(read):
    table = HORIZONS.iloc[:3]
    mean, spline = (read(table, harmonize=how).table["soc_pct"] for how in ("mean", "spline"))
    assert mean.iloc[1] == spline.iloc[1]
    assert mean.iloc[0] != spline.iloc[0]
    assert spline.iloc[0] == pytest.approx(mean.iloc[0], rel=0.1)


def test_coordinates_may_stand_in_a_file_of_profiles(read):
    bare = HORIZONS.drop(columns=["lon", "lat"])
    joined = read(bare, PLACES)
    whole = read()
    np.testing.assert_allclose(joined.longitude, whole.longitude)
    pd.testing.assert_frame_equal(joined.table[whole.table.columns], whole.table)
    lost = read(bare, PLACES[PLACES["id"] != "b"])
    assert lost.table["id"].tolist() == ["a"]
    assert any("left out 1 row whose profile has no row in sites.csv (b)" in one.what
               for one in lost.findings)  # fmt: skip
    twice = pd.concat([PLACES, PLACES.iloc[:1]])
    assert "1 profile of sites.csv more than once (line 6: a)" in faults(read, bare, twice)
    others = PLACES.assign(id=["k", "l", "m", "n"])
    assert "no profile of soil.csv stands in sites.csv" in faults(read, bare, others)
    unnamed = PLACES.rename(columns={"id": "ident"})
    assert "sites.csv has no column 'id'" in faults(read, bare, unnamed)


def test_faults_name_lines_and_may_be_left_out(read):
    table = HORIZONS.copy()
    table.loc[1, "top"] = 10  # overlaps
    table = pd.concat([table, table.iloc[[2]]], ignore_index=True)  # twice
    said = faults(read, table)
    assert "horizons that overlap the one above: 1 row of 1 profile (line 3: a)" in said
    assert "the same depths twice: 1 row of 1 profile (line 8: b)" in said
    assert "faulty_profiles: drop" in said
    kept = read(table, faulty_profiles="drop", depth="0-10 cm")
    assert kept.table["id"].tolist() == ["c", "d"]
    assert [one.severity for one in kept.findings] == ["warning", "warning"]


def test_other_faults_are_told(read):
    assert "soil.csv has no column 'tpo'" in faults(read, top="tpo")
    worded = HORIZONS.assign(top=[0, 20, 0, 0, 10, "x"])
    assert "text among the numbers" in faults(read, worded)
    assert "no profile reaches half of 100-200 cm" in faults(read, depth="100-200 cm")
    apart = HORIZONS.assign(lon=[15.0, 15.5, 15.1, 15.2, 15.2, 15.3])
    assert "lie in different places, in 1 profile (a)" in faults(read, apart)


def design(names):
    """Whether a profile belongs to the part that methods may be compared on."""
    return np.array([zlib.crc32(str(name).encode()) % 4 != 0 for name in names])


def test_north_macedonia(read, real_data):
    """Design part: the means over 0 to 30 cm are near those that FAO tabulates for the sites."""
    folder = real_data / "fao_macedonia_soc"
    table = pd.read_csv(folder / "horizons.csv")
    table = table[design(table["ProfID"])].rename(columns={"CLAY": "clay_pct"})
    sites = pd.read_csv(folder / "site-level.csv")[["ProfID", "X", "Y"]].drop_duplicates("ProfID")
    keys = {"profile": "ProfID", "top": "top", "bottom": "bottom", "response": "SOC"}
    said = faults(read, table, sites, **keys)
    assert "the same depths twice" in said
    points = read(table, sites, faulty_profiles="drop", **keys)
    assert len(points.table) > 2000
    assert points.table["ProfID"].is_unique
    given = pd.read_csv(folder / "MKD_RegMatrix.csv").drop_duplicates("id")
    both = points.table.merge(given, left_on="ProfID", right_on="id", suffixes=("", "_fao"))
    assert len(both) > 1000
    ratio = both["SOC"] / both["SOC_fao"]
    assert 0.9 < ratio.median() < 1.1
