from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import gaussian_kde
from species_case import SIDE, area, survey

from edaphon.errors import DataError
from edaphon.surrogates.species.background import occurrence_of, record_density, recorded
from edaphon.surrogates.species.check import check_observations


def ready(kind="target_group", places=None, **changes):
    observations = replace(survey(kind="presence_only"), **changes)
    checked = check_observations(
        observations, species=["beetle"], area=places, background=kind, block=SIDE, seed=1
    )
    return checked.ready


def test_target_group_sites_hold_any_species_of_the_group():
    given = ready()
    data, sites = occurrence_of(given, "beetle")
    table = given.observations.table
    expected = np.flatnonzero((table > 0).any(axis=1))
    np.testing.assert_array_equal(sites, expected)
    np.testing.assert_array_equal(data.found, table[expected, 0] > 0)
    np.testing.assert_array_equal(data.background, 1)
    assert data.presence_only


def test_species_of_other_groups_do_not_count():
    observations = survey(kind="presence_only")
    grouped = replace(observations, taxon_group=("insect", "plant", "insect"))
    expected = (grouped.table[:, [0, 2]] > 0).any(axis=1)
    np.testing.assert_array_equal(recorded(grouped, 0), expected)
    np.testing.assert_array_equal(recorded(grouped, 1), grouped.table[:, 1] > 0)


def test_random_background_is_drawn_from_the_area():
    given = ready("random", area())
    data, sites = occurrence_of(given, "beetle")
    assert len(sites) == data.found.sum()
    assert (data.background > 0).sum() == 300
    assert not (data.found & (data.background > 0)).any()
    assert set(data.together) <= set(given.together)


def test_places_are_held_out_with_the_nearest_site():
    given = ready("random", area())
    data, sites = occurrence_of(given, "beetle")
    observations = given.observations
    place = given.places.xy[0]
    apart = np.hypot(observations.x - place[0], observations.y - place[1])
    assert data.together[len(sites)] == given.together[apart.argmin()]


def test_density_weighs_places_by_the_records_around_them():
    given = ready("density", area())
    data, sites = occurrence_of(given, "beetle")
    weight = data.background[len(sites) :]
    observations = given.observations
    rows = recorded(observations, 0)
    kernel = gaussian_kde(np.vstack([observations.x[rows], observations.y[rows]]))
    density = kernel(given.places.xy.T)
    np.testing.assert_allclose(weight, density / density.mean())
    np.testing.assert_array_equal(weight, record_density(observations, rows, given.places))


def test_the_observations_own_background_comes_first():
    own = area(50, seed=4)
    table = own.table.assign(x=own.x, y=own.y)
    given = ready("random", area(), background=table)
    assert len(given.places.matrix) == 50
    np.testing.assert_array_equal(given.places.xy[:, 0], own.x)


def test_absences_need_no_background():
    observations = survey()
    checked = check_observations(observations, block=SIDE, background="random")
    data, sites = occurrence_of(checked.ready, "beetle")
    assert checked.ready.places is None
    assert not data.presence_only
    np.testing.assert_array_equal(data.background, observations.table[:, 0] == 0)
    np.testing.assert_array_equal(sites, np.arange(400))


def test_sites_where_nobody_looked_are_left_out():
    observations = survey()
    table = observations.table.copy()
    table[:40, 0] = np.nan
    observations = replace(observations, table=table)
    checked = check_observations(observations, block=SIDE)
    _, sites = occurrence_of(checked.ready, "beetle")
    np.testing.assert_array_equal(sites, np.arange(40, 400))


def test_weights_have_a_mean_of_one():
    observations = survey()
    effort = np.linspace(1, 9, 400)
    observations = replace(observations, weight=effort)
    data, _ = occurrence_of(check_observations(observations, block=SIDE).ready, "beetle")
    np.testing.assert_allclose(data.presence + data.background, effort / 5)


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [("randm", "Did you mean|did you mean"), ("random", "needs an area"), ("density", "an area")],
)
def test_backgrounds_that_cannot_be(kind, complaint):
    with pytest.raises(DataError, match=complaint):
        ready(kind)


def test_density_needs_coordinates():
    table = area(50).table
    with pytest.raises(DataError, match="coordinates of both"):
        ready("density", background=table)


def test_places_without_predictors_are_left_out():
    table = area(30).table
    table.loc[:10, "warm"] = np.nan
    given = ready("random", background=table)
    assert len(given.places.matrix) == 19
    with pytest.raises(DataError, match="no place"):
        ready("random", background=pd.DataFrame(table.assign(warm=np.nan)))
