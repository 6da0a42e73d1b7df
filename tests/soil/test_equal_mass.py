import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.equal_mass import equal_mass_stock, mass_to_depth, soil_mass
from edaphon.soil.profiles import order_horizons
from edaphon.soil.stocks import soc_stock

EDGES = np.array([0.0, 10.0, 20.0, 30.0, 60.0])


def one_profile(soc, density, edges=EDGES, coarse=0.0, *, mineral=False):
    horizons = order_horizons(["a"] * (len(edges) - 1), edges[:-1], edges[1:])
    return soil_mass(horizons, soc, density, coarse, mineral=mineral)


def test_mass_and_carbon_of_horizons():
    soil = one_profile([2.0, 1.5, 1.0, 0.5], 1.3, coarse=0.1)
    # 1.3 g/cm3 over 10 cm is 1,300 t/ha, less a tenth of stones
    np.testing.assert_allclose(soil.mass, [1170, 1170, 1170, 3510])
    np.testing.assert_allclose(soil.carbon, soc_stock([2, 1.5, 1, 0.5], 1.3, np.diff(EDGES), 0.1))
    np.testing.assert_allclose(mass_to_depth(soil, [0, 15, 30]), [[0, 1755, 3510]])
    assert np.isnan(mass_to_depth(soil, 61)).all()
    mineral = one_profile([2.0, 1.5, 1.0, 0.5], 1.3, mineral=True)
    np.testing.assert_allclose(mineral.mass[0], 1300 * (1 - 0.03448))


@given(
    st.lists(st.just(0.0) | st.floats(0.001, 10), min_size=4, max_size=4),
    st.lists(st.floats(0.8, 1.8), min_size=4, max_size=4),
    st.sampled_from(["spline", "linear"]),
    st.booleans(),
)
def test_at_the_borders_it_is_the_fixed_depth(soc, density, method, mineral):
    soil = one_profile(soc, density, mineral=mineral)
    found = equal_mass_stock(soil, mass_to_depth(soil, EDGES[1:]), method=method)
    np.testing.assert_allclose(found.stock[0], np.cumsum(soil.carbon), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(found.depth[0], EDGES[1:], rtol=1e-9)


@pytest.mark.parametrize("method", ["spline", "linear"])
def test_compaction_alone_gains_nothing(method):
    """Fixed depth credits a soil that settles with carbon; equal mass does not."""
    soc, squeeze = np.array([2.0, 1.5, 1.0, 0.5]), 0.9
    loose = one_profile(soc, 1.2)
    dense = one_profile(soc, 1.2 / squeeze, EDGES * squeeze)
    reference = mass_to_depth(loose, 30.0)
    before = equal_mass_stock(loose, reference, method=method)
    after = equal_mass_stock(dense, reference, method=method)
    np.testing.assert_allclose(after.stock, before.stock, rtol=1e-12)
    np.testing.assert_allclose(after.depth, 27.0, rtol=1e-12)
    fixed = equal_mass_stock(dense, mass_to_depth(dense, 30.0), method=method).stock
    assert fixed[0, 0] > before.stock[0, 0] * 1.02


@given(st.lists(st.floats(0.1, 10), min_size=4, max_size=4))
def test_cumulated_carbon_never_falls(soc):
    soil = one_profile(soc, [1.1, 1.3, 1.5, 1.4])
    stock = equal_mass_stock(soil, np.linspace(1, soil.mass.sum(), 60)).stock[0]
    assert (np.diff(stock) >= -1e-9).all()


def test_profiles_that_cannot_be_cumulated_are_unknown():
    horizons = order_horizons(
        ["gap", "gap", "late", "lacks", "lacks", "short", "whole"],
        [0, 20, 5, 0, 10, 0, 0],
        [10, 30, 30, 10, 30, 10, 40],
    )
    soil = soil_mass(horizons, [1, 1, 1, 1, np.nan, 1, 1], 1.3)
    assert horizons.profiles.tolist() == ["gap", "lacks", "late", "short", "whole"]
    assert soil.whole.tolist() == [False, False, False, True, True]
    stock = equal_mass_stock(soil, [3000.0]).stock[:, 0]
    assert np.isfinite(stock).tolist() == [False, False, False, False, True]


def test_values_and_references_are_checked():
    with pytest.raises(ValueError, match="bulk_density_g_cm3: 1300"):
        one_profile([1, 1, 1, 1], 1300.0)
    soil = one_profile([1, 1, 1, 1], 1.3)
    with pytest.raises(ValueError, match="above 0 t/ha"):
        equal_mass_stock(soil, [0.0])
