from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from species_case import SIDE, ground, survey

from edaphon.data.observations import Observations
from edaphon.errors import DataError
from edaphon.surrogates.species import check_observations


def observed(columns, n=100):
    table, x, y = ground(n, 0)
    seen = pd.DataFrame({name: np.arange(n) % 100 < share for name, share in columns.items()})
    return Observations.from_frames(
        seen.astype(float), table, kind="presence_absence", x=x, y=y, source="s.csv"
    )


def test_species_that_cannot_be_modeled_are_refused_by_name():
    observations = observed({"good": 40, "none": 0, "few": 4, "all": 100, "nearly": 97})
    checked = check_observations(observations, block=SIDE)
    assert checked.species == ("good",)
    assert checked.refused == {
        "none": "no site holds it",
        "few": "4 presences, and 5 are the least",
        "all": "every site holds it, so nothing sets presences apart",
        "nearly": "3 absences, and 5 are the least",
    }
    assert all(finding.severity == "warning" for finding in checked.findings)
    assert "s.csv: species: few: not modeled: 4 presences" in str(checked.findings[1])


def test_records_of_one_species_alone_need_those_of_others():
    alone = replace(observed({"all": 100}), kind="presence_only")
    with pytest.raises(DataError, match=r"Keep the records of other species .* background: random"):
        check_observations(alone, block=SIDE)


def test_presences_in_one_place_are_refused():
    observations = observed({"good": 40, "local": 0})
    table = observations.table.copy()
    table[:, 1] = (observations.x < 900) & (observations.y < 2900)
    checked = check_observations(replace(observations, table=table), block=SIDE)
    assert "lie in" in checked.refused["local"]


def test_no_species_left_is_an_error():
    with pytest.raises(DataError, match="no site holds it"):
        check_observations(observed({"none": 0, "few": 2}), block=SIDE)
    with pytest.raises(DataError, match="no species is named"):
        check_observations(survey(), species=[], block=SIDE)


def test_a_count_everywhere_can_be_modeled():
    observations = replace(observed({"all": 100}), kind="abundance", unit="per m2")
    assert check_observations(observations, block=SIDE).species == ("all",)


def test_missing_predictors_and_too_few_sites_come_at_once():
    observations = survey(15)
    table = observations.predictors.copy()
    table.loc[3, "warm"] = np.nan
    table["cover"] = table["cover"].astype(object)
    table.loc[4, "cover"] = None
    with pytest.raises(DataError) as caught:
        check_observations(replace(observations, predictors=table), block=SIDE)
    text = str(caught.value)
    assert "only 15 sites" in text
    assert "predictor warm is missing or not finite at 1 site (rows 4)" in text
    assert "predictor cover is missing" in text


def test_unknown_names_are_met_with_a_guess():
    with pytest.raises(DataError, match="id you mean 'beetle'"):
        check_observations(survey(), species=["beetel"], block=SIDE)
    with pytest.raises(DataError, match="id you mean 'warm'"):
        check_observations(survey(), use=["wam"], block=SIDE)
    with pytest.raises(DataError, match="no predictors"):
        check_observations(replace(survey(), predictors=pd.DataFrame(index=range(400))))


def test_only_the_predictors_in_use_have_to_be_complete():
    observations = survey()
    table = observations.predictors.assign(broken=np.nan)
    checked = check_observations(
        replace(observations, predictors=table), use=["warm", "acid"], block=SIDE
    )
    assert checked.ready.matrix.shape == (400, 2)
