import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from edaphon.errors import DataError
from edaphon.soil.health import LessIsBetter, MoreIsBetter, Optimum, Trapezoid, soil_health

FIXED = {"soc": MoreIsBetter(2.0, 0.5), "density": LessIsBetter(1.3, 0.1), "ph": Optimum(6.5, 1.0)}


def test_scores_by_hand():
    found = soil_health({"soc": [2.0, 2.5], "density": [1.4, 1.3], "ph": [6.5, 7.5]}, FIXED)
    np.testing.assert_allclose(found.parts["soc"], [0.5, norm.cdf(1)])
    np.testing.assert_allclose(found.parts["density"], [norm.cdf(-1), 0.5])
    np.testing.assert_allclose(found.parts["ph"], [1.0, np.exp(-0.5)])
    np.testing.assert_allclose(found.score, np.mean(list(found.parts.values()), axis=0))
    assert found.limiting.tolist() == ["density", "density"]


def test_trapezoid():
    curve = Trapezoid(4.0, 6.0, 7.0, 9.0)
    found = soil_health({"ph": [3, 4, 5, 6, 6.5, 7, 8, 9, 10]}, {"ph": curve})
    np.testing.assert_allclose(found.score, [0, 0, 0.5, 1, 1, 1, 0.5, 0, 0])
    step = soil_health({"x": [0.9, 1.0, 2.0]}, {"x": Trapezoid(1, 1, 5, 9)})
    np.testing.assert_allclose(step.score, [0, 1, 1])


@given(st.lists(st.tuples(st.floats(0, 6), st.floats(1, 1.8), st.floats(3, 10)), min_size=1))
def test_minimum_geometric_and_mean_are_in_order(rows):
    columns = dict(zip(FIXED, np.array(rows).T, strict=True))
    low, middle, high = (
        soil_health(columns, FIXED, combine=how).score for how in ("minimum", "geometric", "mean")
    )
    assert (low <= middle + 1e-12).all()
    assert (middle <= high + 1e-12).all()
    assert ((low >= 0) & (high <= 1)).all()


def test_soils_are_compared_within_their_stratum():
    rng = np.random.default_rng(0)
    sand, clay = rng.normal(1.0, 0.2, 200), rng.normal(3.0, 0.5, 200)
    stratum = np.repeat(["coarse", "fine"], 200)
    found = soil_health({"soc": np.r_[sand, clay]}, {"soc": MoreIsBetter()}, stratum=stratum)
    for name, values in (("coarse", sand), ("fine", clay)):
        assert found.score[stratum == name].mean() == pytest.approx(0.5, abs=0.02)
        assert found.reference["soc"][name] == pytest.approx((values.mean(), values.std(ddof=1)))
    apart = soil_health({"soc": np.r_[sand, clay]}, {"soc": MoreIsBetter()})
    assert apart.score[:200].mean() < 0.3


def test_a_small_stratum_borrows_from_all():
    values = np.r_[np.linspace(1, 3, 50), 2.0]
    found = soil_health({"soc": values}, {"soc": MoreIsBetter()}, stratum=["a"] * 50 + ["b"])
    assert found.reference["soc"]["b"] == pytest.approx((values.mean(), values.std(ddof=1)))
    (warning,) = found.findings
    assert "soc: fewer than 20 values, or all the same, in b" in warning.what


def test_a_missing_part_leaves_no_score():
    found = soil_health({"soc": [2.0, np.nan], "density": [1.3, 1.3], "ph": [6.5, 6.5]}, FIXED)
    assert np.isfinite(found.score).tolist() == [True, False]
    assert found.limiting.tolist() == ["soc", ""]
    assert np.isfinite(found.parts["density"]).all()


def test_printing_shows_the_parts():
    found = soil_health({"soc": [1.0, 2.0, 3.0], "ph": [6.5] * 3, "density": [1.3] * 3}, FIXED)
    lines = str(found).splitlines()
    assert "soil health (mean of parts)" in lines[1]
    assert [line.split()[0] for line in lines[2:]] == ["soc", "ph", "density"]
    assert lines[2].split()[2:] == ["0.50", "0.74", "2"]  # the tie of the second soil counts too


@pytest.mark.parametrize(
    ("indicators", "curves", "error", "message"),
    [
        ({"soc": [1.0]}, {"ph": Optimum(6, 1)}, DataError, "differ: ph, soc"),
        ({"soc": [1.0, 1.0]}, {"soc": MoreIsBetter()}, DataError, "soc does not vary"),
        ({"soc": [1.0]}, {"soc": MoreIsBetter(1.0, 0.0)}, ValueError, "sd of a reference"),
        ({"soc": [1.0]}, {"soc": MoreIsBetter(1.0)}, ValueError, "both mean and sd"),
        ({"soc": [1.0]}, {"soc": Optimum(1.0, 0.0)}, ValueError, "width of an optimum"),
        ({"soc": [1.0]}, {"soc": Trapezoid(2, 1, 3, 4)}, ValueError, "corners of a trapezoid"),
        ({"soc": [np.inf]}, {"soc": Optimum(1, 1)}, ValueError, "infinite"),
    ],
)
def test_what_cannot_be_scored_is_refused(indicators, curves, error, message):
    with pytest.raises(error, match=message):
        soil_health(indicators, curves)
