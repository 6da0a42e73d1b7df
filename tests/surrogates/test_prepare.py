from dataclasses import replace

import numpy as np
import pytest

from edaphon.errors import DataError
from edaphon.surrogates.candidates import CANDIDATES
from edaphon.surrogates.prepare import prepare


def ready(ground, **given):
    return prepare(ground[0], block=0.01, **given)


def test_samples_become_columns_with_owners_and_names(ground):
    found = ready(ground, coordinates=True)
    data = found.data
    assert data.names == ("clay", "rain", "cover", "coordinates")
    assert data.matrix.shape == (140, 10)
    np.testing.assert_array_equal(data.owners, [0, 1, 2, 2, 3, 3, 3, 3, 3, 3])
    assert data.offered == {"coordinates": (4, 5, 6, 7, 8, 9)}
    assert (data.transform, data.limits, found.kind) == ("log", (0, 100), "proportion")
    assert data.candidates == CANDIDATES


def test_sets_of_predictors_are_columns_of_the_matrix(ground):
    samples = replace(ground[0], sets={"wet": ("rain",), "land": ("cover", "clay")})
    data = prepare(samples, block=0.01).data
    assert data.offered == {"wet": (1,), "land": (0, 2, 3)}
    assert prepare(samples, block=0.01, use=["clay", "rain"]).data.offered == {
        "wet": (1,),
        "land": (0,),
    }


def test_monotone_binds_columns_and_refuses_what_cannot_honor_it(ground):
    found = ready(ground, monotone={"clay": "increasing", "rain": "decreasing"})
    np.testing.assert_array_equal(found.data.signs, [1, -1, 0, 0])
    assert "gaussian_process" not in found.data.candidates
    assert "cannot be kept" in found.refused["gaussian_process"]
    with pytest.raises(DataError, match="no candidate is left"):
        ready(ground, monotone={"clay": "increasing"}, candidates=["gaussian_process"])
    with pytest.raises(DataError) as caught:
        ready(ground, monotone={"cley": "increasing", "cover": "increasing", "rain": "upward"})
    assert len(caught.value.findings) == 3


def test_copies_of_samples_are_told(ground):
    samples = ground[0]
    assert not prepare(samples, block=0.01).ground.findings
    for rows, severity in ((np.r_[:140, :3], "note"), (np.tile(np.arange(140), 3), "warning")):
        twice = replace(
            samples,
            response=samples.response[rows],
            predictors=samples.predictors.iloc[rows].reset_index(drop=True),
            **{
                name: held[rows]
                for name in ("x", "y", "longitude", "latitude", "group", "weight", "year")
                if (held := getattr(samples, name)) is not None
            },
        )
        (told,) = prepare(twice, block=0.01).ground.findings
        assert told.severity == severity
        assert told.what.startswith(f"{len(rows) - 140} samples of {len(rows)} repeat another one")


def test_a_few_values_at_the_bound_are_moved_off_it(ground):
    samples = ground[0]
    zeros = np.where(np.arange(140) < 3, 0.0, samples.response)
    found = prepare(replace(samples, response=zeros), block=0.01)
    assert found.data.transform == "log"
    assert found.data.response[0] == pytest.approx(zeros[zeros > 0].min() / 2)
    assert any("3 values at the bound" in note for note in found.notes)
    many = np.where(np.arange(140) < 30, 0.0, samples.response)
    assert prepare(replace(samples, response=many), block=0.01).data.transform == "log1p"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"transform": "log"}, "no logarithm"),
        ({"transform": "logit"}, "no shares"),
        ({"transform": "log1p"}, "-1 or below"),
        ({"candidates": ["forest"]}, "no candidate 'forest'"),
        ({"candidates": []}, "there are no candidates"),
    ],
)
def test_what_the_response_cannot_bear_is_told(ground, given, words):
    samples = replace(ground[0], response=ground[0].response - 3)
    with pytest.raises(DataError, match=words):
        prepare(samples, block=0.01, **given)


@pytest.mark.parametrize(
    "given", [{"level": 1.0}, {"kind": "ratio"}, {"transform": "root"}, {"calibration": "best"}]
)
def test_unknown_choices_are_refused(ground, given):
    with pytest.raises(ValueError, match=next(iter(given))):
        ready(ground, **given)


def test_weights_must_lie_above_0(ground):
    samples = replace(ground[0], weight=np.zeros(140))
    with pytest.raises(DataError, match="140 weights not finite or not above 0"):
        prepare(samples, block=0.01)
