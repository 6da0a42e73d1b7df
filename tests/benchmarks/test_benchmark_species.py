import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

import species


@pytest.fixture
def disdat(real_data, monkeypatch):
    monkeypatch.setattr(species, "DATA", real_data / "disdat")


@pytest.mark.parametrize(
    ("region", "groups", "n_species", "codes"),
    [("AWT", ["bird", "plant"], 20, 0), ("CAN", ["bird"], 20, 1), ("NZ", ["plant"], 52, 2)],
)
def test_regions_are_read_as_presences_alone(disdat, region, groups, n_species, codes):
    read = list(species.read_region(region))
    assert [group for group, *_ in read] == groups
    for _, observations, surveyed, truth in read:
        assert observations.kind == "presence_only"
        assert observations.n_species == n_species
        assert set(observations.species) <= set(truth.columns)
        assert list(surveyed.columns) == list(observations.predictors.columns)
        assert len(surveyed) == len(truth)
        texts = surveyed.dtypes == "category"
        assert texts.sum() == codes
        assert np.nanmin(observations.table) == 1
        assert (observations.table > 0).any(axis=1).all()


def test_degrees_become_meters_of_equal_area():
    x, y = species._meters(np.array([-80.0, -79.0]), np.array([45.0, 45.0]))
    assert np.diff(x)[0] == pytest.approx(78_600, rel=0.01)
    x, y = species._meters(np.array([-80.0, -80.0]), np.array([44.5, 45.5]))
    assert np.diff(y)[0] == pytest.approx(111_195, rel=0.01)
