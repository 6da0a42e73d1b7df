import numpy as np
import pandas as pd
import pytest

from edaphon.data.observations import KINDS, Observations, guess_kind
from edaphon.errors import DataError


@pytest.fixture
def seen():
    return pd.DataFrame({"wren": [1.0, 0, np.nan, 1], "owl": [0.0, 0, 1, np.nan]})


@pytest.fixture
def predictors():
    return pd.DataFrame({"rain": [1.0, 2, 3, 4], "soil": list("abab")}, index=[5, 6, 7, 8])


def made(seen, predictors, **options):
    return Observations.from_frames(seen, predictors, x=range(4), y=[0] * 4, **options)


def test_tables_become_observations(seen, predictors):
    found = made(seen, predictors, group=[1, 1, 2, 2], weight=[1, 2, 3, 4], name="birds")
    assert (found.n_sites, found.n_species, found.kind) == (4, 2, "presence_absence")
    assert found.species == ("wren", "owl")
    assert list(found.predictors.index) == [0, 1, 2, 3]
    assert found.group.tolist() == ["1", "1", "2", "2"]
    assert found.x.dtype == np.float64
    assert found.position("owl") == 1


def test_the_kind_is_guessed():
    assert guess_kind(np.array([[1, 0], [np.nan, 1]])) == "presence_absence"
    assert guess_kind(np.array([[1, np.nan], [np.nan, 1]])) == "presence_only"
    assert guess_kind(np.array([[3, 0.0]])) == "abundance"
    assert guess_kind(np.array([[0.5, 0.0]])) == "abundance"


def test_presences_alone_know_no_absence(seen, predictors):
    found = made(seen, predictors, kind="presence_only")
    np.testing.assert_array_equal(found.table[:, 0], [1, np.nan, np.nan, 1])


def test_some_species_and_some_sites(seen, predictors):
    found = made(
        seen, predictors, group=list("aabb"), taxon_group={"wren": "small", "owl": "large"}
    )
    owl = found.only(["owl"])
    assert (owl.species, owl.taxon_group) == (("owl",), ("large",))
    for rows in (np.array([True, False, False, True]), np.array([0, 3])):
        part = found.sites(rows)
        assert part.n_sites == 2
        assert part.predictors.rain.tolist() == [1, 4]
        assert part.group.tolist() == ["a", "b"]
        assert part.longitude is None
        np.testing.assert_array_equal(part.table, found.table[[0, 3]])
    with pytest.raises(DataError, match="id you mean 'owl'"):
        found.only(["owll"])


def test_a_number_per_site_becomes_samples(seen, predictors):
    found = made(seen, predictors, weight=[1, 2, 3, 4], year=[2019, 2020, 2020, 2021])
    samples = found.samples(np.arange(4), unit="species", name="richness")
    assert (samples.name, samples.unit, samples.n_samples) == ("richness", "species", 4)
    assert samples.predictors is found.predictors
    np.testing.assert_array_equal(samples.weight, found.weight)
    np.testing.assert_array_equal(samples.year, found.year)


def test_faults_come_all_at_once(seen, predictors):
    with pytest.raises(DataError) as caught:
        Observations.from_frames(
            seen.assign(owl=[-1, 2, np.inf, 0]),
            predictors.head(3),
            x=[0, 1],
            y=[0] * 4,
            weight=[1, 0, 1, 1],
            kind="presence_absence",
        )
    text = str(caught.value)
    assert "4 sites but 3 rows of predictors" in text
    assert "4 sites but 2 rows of x" in text
    assert "2 values of owl (rows 1, 3) are negative or infinite" in text
    assert "weights must be finite and above 0" in text


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"owl": [0, 2, 1, 0]}, "neither 0 nor 1. Write abundance"),
        ({"owl": list("abcd")}, "text where counts"),
    ],
)
def test_values_that_no_occurrence_has(seen, predictors, change, complaint):
    with pytest.raises(DataError, match=complaint):
        made(seen.assign(**change), predictors, kind="presence_absence")


def test_unknown_kinds_and_species_named_twice(seen, predictors):
    with pytest.raises(DataError, match="id you mean 'abundance'"):
        made(seen, predictors, kind="abundanse")
    twice = pd.concat([seen, seen[["owl"]]], axis=1)
    with pytest.raises(DataError, match="named more than once: owl"):
        made(twice, predictors)
    assert len(KINDS) == 3
