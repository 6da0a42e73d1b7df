"""The audit from observations to grade."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from community_case import BLOCK, made_up_community, named

from edaphon.data.observations import Observations
from edaphon.errors import DataError
from edaphon.surrogates.audit import audit, audit_basis, stand_in
from edaphon.surrogates.grading import grade_set
from edaphon.surrogates.store import pack, unpack


@pytest.fixture(scope="module")
def observations():
    return made_up_community(n=120, kinds=("true",))


def test_too_few_targets_stay_unaudited(observations):
    few = observations.only([*named(observations, "true"), "target0", "target1"])
    told = audit(few, named(observations, "true"), stands_for="soil fauna")
    assert (told.grade, told.stands_for) == ("unaudited", "soil fauna")
    assert "Only 2 target species" in told.reason
    assert told.sai is None


def test_rare_targets_do_not_count(observations):
    rare = observations.table.copy()
    rare[:, 0] = np.arange(len(rare)) < 9
    told = audit(replace(observations, table=rare), named(observations, "true"))
    assert "Only 9 target species with 10 presences" in told.reason


def test_presence_only_records_stay_unaudited(observations):
    records = replace(
        observations,
        table=np.where(observations.table > 0, 1.0, np.nan),
        kind="presence_only",
    )
    told = audit(records, named(observations, "true"))
    assert told.grade == "unaudited"
    assert "Presence-only" in told.reason


def test_targets_looked_for_elsewhere_stay_unaudited(observations):
    apart = observations.table.copy()
    apart[:60, :10], apart[60:, 10:] = np.nan, np.nan
    told = audit(replace(observations, table=apart), named(observations, "true"))
    assert told.grade == "unaudited"
    assert "target species" in told.reason


def test_sites_where_a_target_was_not_looked_for_are_left_out(observations):
    some = observations.table.copy()
    some[5, 3] = np.nan
    few = replace(observations, table=some)
    basis = audit_basis(
        few.only([*named(few, "target")[:9], "true0", "true1", "true2"]), ("true0",),
        targets=("target3", *named(few, "target")[:3]),
    )  # fmt: skip
    assert "Only 4 target species" in basis


def test_unknown_species_are_named(observations):
    with pytest.raises(DataError, match="target1"):
        audit(observations, ["tarket1"])
    with pytest.raises(ValueError, match="one or more"):
        audit(observations, [])


@pytest.mark.slow
def test_simulated_answers_hold():
    """Surrogates that share the driver of richness, that half do, and that do not."""
    observations = made_up_community(n=300, n_targets=12, seed=4)
    targets = named(observations, "target")
    others = [name for name in observations.species if name not in targets]
    basis = audit_basis(observations, others, targets=targets, block=BLOCK, seed=1)
    grades = {
        kind: grade_set(basis, named(observations, kind), targets, n_random=0).grade
        for kind in ("true", "some", "none")
    }
    assert grades == {"true": "supported", "some": "weak", "none": "not supported"}
    assert grade_set(basis, targets, targets, n_random=0).grade == "supported"
    fit = stand_in(basis, named(observations, "some"), targets)
    arrays: dict[str, np.ndarray] = {}
    again = unpack(pack(fit, arrays), arrays)
    told = np.random.default_rng(0).random((9, 3))
    np.testing.assert_array_equal(again.predict(told), fit.predict(told))


@pytest.mark.slow
def test_abundances_are_read_as_found_and_workers_do_not_matter():
    observations = made_up_community(n=100, kinds=("true",), seed=2)
    counts = observations.table * np.random.default_rng(0).integers(1, 9, observations.table.shape)
    many = Observations.from_frames(
        pd.DataFrame(counts, columns=list(observations.species)), observations.predictors,
        kind="abundance", x=observations.x, y=observations.y, name="made up",
    )  # fmt: skip
    surrogates = named(observations, "true")
    first, second = (
        audit(each, surrogates, block=BLOCK, n_random=3, workers=workers)
        for each, workers in ((observations, 1), (many, 2))
    )
    assert first == second
