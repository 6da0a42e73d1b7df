"""Moderators pass only where they predict studies that they have not seen."""

import numpy as np
import pandas as pd
import pytest

from edaphon.effects.moderators import judge_moderators
from edaphon.errors import DataError


def trials(seed, slope, studies=60, pairs=3):
    """Trials of two practices whose effect may rise with clay."""
    rng = np.random.default_rng(seed)
    study = np.repeat(np.arange(studies), pairs)
    clay = rng.uniform(5, 50, studies)[study]
    practice = np.where(study % 3 == 0, "b", "a")
    mean = np.where(practice == "a", 0.1, 0.3) + slope * (clay - 27.5)
    lnrr = mean + rng.normal(0, 0.1, studies)[study] + rng.normal(0, 0.05, len(study))
    table = pd.DataFrame({"clay": clay, "noise": rng.normal(0, 1, studies)[study]})
    return lnrr, study, practice, table


def test_a_moderator_that_matters_is_used():
    found = judge_moderators(*trials(1, slope=0.008))
    assert found.used
    assert found.gain > 0.2
    assert found.reason.startswith("used")
    per_unit = dict(zip(found.names, found.coefficient / found.scale, strict=True))
    assert per_unit["clay"] == pytest.approx(0.008, rel=0.2)
    shift = found.shift(pd.DataFrame({"noise": [0, 0, 0], "clay": [10.0, 40.0, np.nan]}))
    assert shift[1] - shift[0] == pytest.approx(30 * per_unit["clay"])
    assert abs(shift[2] - 0.0) < 0.02  # missing counts as the mean


@pytest.mark.parametrize("seed", [2, 3])
def test_noise_is_refused_and_moves_nothing(seed):
    lnrr, study, practice, table = trials(seed, slope=0.0)
    found = judge_moderators(lnrr, study, practice, table)
    assert not found.used
    assert found.reason.startswith("refused")
    assert (found.shift(table) == 0).all()


def test_few_studies_are_not_judged():
    found = judge_moderators(*trials(1, slope=0.008, studies=19))
    assert not found.used
    assert "too few" in found.reason


@pytest.mark.slow
def test_what_names_the_study_has_no_skill_on_others():
    lnrr, study, practice, table = trials(5, slope=0.0)
    table = pd.get_dummies(pd.Series(study), dtype=float).add_prefix("study")
    assert not judge_moderators(lnrr, study, practice, table).used


@pytest.mark.slow
def test_the_same_seed_gives_the_same_verdict():
    first, again = (judge_moderators(*trials(6, slope=0.003)) for _ in range(2))
    assert (first.gain, first.coefficient.tolist()) == (again.gain, again.coefficient.tolist())


def test_rows_must_fit_the_pairs():
    lnrr, study, practice, table = trials(1, slope=0.0)
    with pytest.raises(DataError, match="rows of moderators"):
        judge_moderators(lnrr, study, practice, table.iloc[:-1])
