import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.errors import DataError
from edaphon.soil.contamination import combined_threat, exceedance

METALS = ("cadmium", "copper", "lead", "zinc")


@pytest.fixture(scope="module")
def meuse(real_data):
    table = pd.read_csv(real_data / "heavy_metals" / "meuse_all.csv")
    return {metal: table[metal].to_numpy(float) for metal in METALS}


@pytest.mark.parametrize(
    ("limits", "each", "any_of_them"),
    [("upper", (51, 0, 13, 82), 82), ("lower", (114, 37, 146, 147), 151)],
)
def test_the_meuse_samples(meuse, limits, each, any_of_them):
    found = exceedance(meuse, limits=limits)
    assert found.ratio.shape == (164, 4)
    assert (found.ratio > 1).sum(axis=0).tolist() == list(each)
    assert (found.count > 0).sum() == (found.worst > 1).sum() == any_of_them
    assert (found.mean_excess > 0).sum() == any_of_them
    said = " ".join(map(str, found.findings))
    assert "no pH in 164 of 164 soils" in said
    assert "sewage sludge" in said


def test_ratio_count_and_excess_by_hand():
    found = exceedance({"Cd": [1.5, 6.0], "Pb": [300.0, 450.0]}, ph=6.5)
    np.testing.assert_allclose(found.ratio, [[0.5, 1.0], [2.0, 1.5]])
    assert found.metals == ("cadmium", "lead")
    np.testing.assert_allclose(found.worst, [1.0, 2.0])
    assert found.count.tolist() == [0, 2]  # at the limit is not above it
    np.testing.assert_allclose(found.mean_excess, [0.0, 0.75])
    assert [finding.severity for finding in found.findings] == ["note"]


def test_copper_nickel_and_zinc_may_be_higher_above_ph_7():
    metals = {"cu": [210.0] * 3, "zn": [450.0] * 3, "cd": [3.0] * 3}
    ph = [7.0, 7.1, np.nan]
    found = exceedance(metals, ph)
    np.testing.assert_allclose(found.ratio, [[1.5, 1.5, 1], [1, 1, 1], [1.5, 1.5, 1]])
    strict = exceedance(metals, ph, raise_above_ph_7=False)
    np.testing.assert_allclose(strict.ratio, np.tile([1.5, 1.5, 1], (3, 1)))


def test_acid_and_unknown_soils_are_findings():
    found = exceedance({"cd": [1.0, 1.0, 1.0]}, [5.0, np.nan, 6.0])
    warned = [finding.what for finding in found.findings if finding.severity == "warning"]
    assert "no pH in 1 of 3 soils" in warned[0]
    assert "pH below 6 in 1 of 3 soils" in warned[1]


def test_limits_of_ones_own_stand_as_they_are():
    found = exceedance({"As": [10.0, 30.0]}, limits={"arsenic": [20.0, 15.0]})
    np.testing.assert_allclose(found.ratio[:, 0], [0.5, 2.0])
    assert found.findings == ()


def test_what_cannot_be_compared_is_refused():
    with pytest.raises(DataError, match="there is no limit for chromium"):
        exceedance({"chromium": [1.0]})
    with pytest.raises(DataError, match="cadmium is given twice"):
        exceedance({"cd": [1.0], "cadmium": [1.0]})
    with pytest.raises(ValueError, match="cadmium: nan"):
        exceedance({"cd": [np.nan]})
    with pytest.raises(ValueError, match="ph: 65"):
        exceedance({"cd": [1.0]}, [65.0])


shares = st.lists(st.floats(0, 1), min_size=1, max_size=5)


@given(shares)
def test_threats_together_lie_between_the_largest_and_their_sum(values):
    together = combined_threat({str(k): value for k, value in enumerate(values)})
    assert max(values) - 1e-12 <= together <= min(1.0, sum(values)) + 1e-12


@given(shares, st.floats(0, 1))
def test_a_growing_threat_never_helps(values, more):
    threats = {str(k): value for k, value in enumerate(values)}
    worse = {**threats, "0": max(values[0], more)}
    assert combined_threat(worse) >= combined_threat(threats) - 1e-12


def test_threats_by_hand():
    threats = {"sealing": [0.5, 0.0], "pesticides": [0.2, 0.2]}
    np.testing.assert_allclose(combined_threat(threats), [0.6, 0.2])
    np.testing.assert_allclose(combined_threat(threats, {"sealing": 0.5}), [0.4, 0.2])
    with pytest.raises(ValueError, match="no threat called typo"):
        combined_threat(threats, {"typo": 0.5})
    with pytest.raises(ValueError, match=r"sealing: 1\.5"):
        combined_threat({"sealing": 1.5})
