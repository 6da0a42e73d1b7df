import numpy as np
import pandas as pd
import pytest

from edaphon.data.landscape import Samples
from edaphon.errors import DataError


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "soc": [1.0, 2.0, np.nan, 4.0],
            "clay": [10.0, 20.0, 30.0, 40.0],
            "land": ["a", "b", "a", "b"],
            "code": [1, 2, 1, 3],
            "wet": [0.1, 0.2, 0.3, 0.4],
            "study": ["s1", None, "s2", "s2"],
            "lon": [15.0, 15.1, 15.2, 15.3],
            "lat": [47.0, 47.0, 47.1, 47.1],
            "w": [1.0, 2.0, 1.0, 0.5],
            "when": ["2020-01-01", "2021", "", None],
        }
    )


def test_columns_become_samples(frame):
    samples = Samples.from_frame(
        frame, response="soc", predictors=["clay", "land", "code"], unit="%", group="study",
        longitude="lon", latitude="lat", weight="w", date="when", categories=["code"],
        sets={"water": ["wet"]},
    )  # fmt: skip
    assert samples.n_samples == 3
    assert (samples.name, samples.unit) == ("soc", "%")
    assert list(samples.predictors) == ["clay", "land", "code", "wet"]
    assert isinstance(samples.predictors["code"].dtype, pd.CategoricalDtype)
    assert isinstance(samples.predictors["land"].dtype, pd.CategoricalDtype)
    assert samples.sets == {"water": ("wet",)}
    assert list(samples.group) == ["s1", "row 2", "s2"]
    np.testing.assert_array_equal(samples.weight, [1, 2, 0.5])
    np.testing.assert_allclose(samples.year, [2020 + 0.5 / 366, 2021.5, np.nan])
    assert np.hypot(samples.x[1] - samples.x[0], samples.y[1] - samples.y[0]) == pytest.approx(
        7606, rel=0.01
    )
    assert "left out 1 row without a value of soc" in samples.findings[0].what


def test_groups_alone_are_enough(frame):
    samples = Samples.from_frame(frame, response="soc", predictors=["clay"], group="study")
    assert samples.x is None
    assert samples.longitude is None
    assert samples.weight is None


@pytest.mark.parametrize(
    ("when", "years"),
    [
        (pd.to_datetime(["2021-01-01", None, "2021-12-31", None]), [2021, np.nan, 2022, np.nan]),
        ([2019, 2020, 2021, 2022], [2019.5, 2020.5, 2021.5, 2022.5]),
        ([2019.0, np.nan, 2021, 2022], [2019.5, np.nan, 2021.5, 2022.5]),
        ([2019.25, 2020.5, 12.0, 2022], [2019.25, 2020.5, np.nan, 2022.0]),
        (["spring", "2019", "", None], [np.nan, 2019.5, np.nan, np.nan]),
    ],
)
def test_dates_become_decimal_years(frame, when, years):
    full = frame.assign(when=when, soc=1.0)
    samples = Samples.from_frame(full, response="soc", predictors=["clay"], group="study",
                                 date="when")  # fmt: skip
    np.testing.assert_allclose(samples.year, years, atol=0.002)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"response": "sok"}, "Did you mean|did you mean"),
        ({"predictors": ["clai"]}, "no column 'clai'"),
        ({"group": None}, "nothing can be held out"),
        ({"longitude": "lon"}, "go together"),
        ({"response": "land"}, "text stands here"),
        ({"weight": "clay0"}, "missing or not above 0"),
        ({"x": "gap", "y": "lat"}, "no number in 1 row"),
    ],
)
def test_faults_are_told(frame, given, words):
    frame = frame.assign(clay0=frame.clay - 10, gap=frame.lon.where(frame.lon > 15))
    asked = {"response": "soc", "predictors": ["clay"], "group": "study", **given}
    with pytest.raises(DataError, match=words):
        Samples.from_frame(frame, **asked)
