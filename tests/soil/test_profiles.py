import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from edaphon.errors import DataError
from edaphon.soil.profiles import harmonize, order_horizons

FOUR = (["a"] * 4, [0, 20, 40, 60], [10, 30, 50, 70], [6.0, 4.0, 3.0, 10.0])


@st.composite
def profiles(draw):
    """Names, tops, bottoms and values of a few profiles, with gaps, in shuffled order."""
    rows = []
    for name in range(draw(st.integers(1, 3))):
        depth = draw(st.floats(0, 5))
        for _ in range(draw(st.integers(1, 5))):
            top = depth + draw(st.sampled_from([0.0, 0.0, 4.0]))
            depth = top + draw(st.floats(1, 40))
            rows.append((f"p{name}", top, depth, draw(st.floats(0, 50))))
    rows = draw(st.permutations(rows))
    name, top, bottom, value = zip(*rows, strict=True)
    return list(name), np.array(top), np.array(bottom), np.array(value)


def spline_means(table, edges, smooth=0.0, lowest=-np.inf):
    horizons = order_horizons(*table[:3])
    return harmonize(
        horizons, table[3], edges, method="spline", smooth=smooth, lowest=lowest
    ).values


@given(profiles())
def test_the_spline_keeps_the_amount_of_every_horizon(table):
    names, top, bottom, value = table
    for k in range(len(names)):
        layers = spline_means(table, [top[k], bottom[k]])
        row = sorted(set(names)).index(names[k])
        assert layers[row, 0] == pytest.approx(value[k], abs=1e-9 * (1 + value.max()))


@given(profiles())
def test_the_mean_keeps_the_amount_of_every_horizon_and_of_the_profile(table):
    names, top, bottom, value = table
    horizons = order_horizons(*table[:3])
    edges = np.arange(0.0, 300.0, 7.0)
    layers = harmonize(horizons, value, edges)
    amount = np.nansum(layers.values * layers.covered * np.diff(edges), axis=1)
    frame = pd.DataFrame({"name": names, "amount": value * (bottom - top)})
    expected = frame.groupby("name").amount.sum()
    np.testing.assert_allclose(amount, expected, atol=1e-9 * (1 + expected.max()))


@given(profiles())
def test_layers_of_a_spline_add_up_to_their_whole(table):
    frame = pd.DataFrame({"name": table[0], "top": table[1], "bottom": table[2]})
    reach = frame.groupby("name").agg({"top": "min", "bottom": "max"}).to_numpy()
    edges = np.linspace(reach[:, 0].max(), reach[:, 1].min(), 5)
    if edges[-1] - edges[0] < 0.1:
        return  # these profiles have no depth in common
    fine, coarse = spline_means(table, edges), spline_means(table, edges[[0, -1]])
    np.testing.assert_allclose(fine.mean(axis=1), coarse[:, 0], atol=1e-7)


def test_without_gaps_it_is_the_slope_of_the_natural_cubic_spline():
    borders, value = np.array([0.0, 8.0, 23.0, 50.0, 90.0]), np.array([4.0, 3.0, 1.0, 0.5])
    cumulated = CubicSpline(
        borders, np.r_[0, np.cumsum(value * np.diff(borders))], bc_type="natural"
    )
    edges = np.array([0.0, 5.0, 15.0, 30.0, 60.0, 90.0])
    expected = np.diff(cumulated(edges)) / np.diff(edges)
    found = spline_means((["a"] * 4, borders[:-1], borders[1:], value), edges)
    np.testing.assert_allclose(found[0], expected, rtol=1e-12)


def test_the_published_example_of_mpspline2():
    """README of the R package mpspline2: values at whole centimeters, averaged by layer."""
    centimeters = np.arange(70)
    step = 1e-6  # the mean over a sliver is the value at its depth
    edges = np.sort(np.r_[centimeters, centimeters + step])
    at = spline_means(FOUR, edges, smooth=0.1)[0, ::2]
    layers = [at[low:high].mean() for low, high in ((0, 5), (5, 15), (15, 30), (30, 60), (60, 70))]
    np.testing.assert_allclose(
        layers, [6.105160, 5.618341, 4.316876, 4.192058, 9.732400], atol=2e-6
    )


def test_more_smoothing_brings_the_layers_together():
    spread = [
        np.ptp(spline_means(FOUR, [0, 10, 20, 40, 70], smooth)) for smooth in (0, 1, 1e3, 1e8)
    ]
    assert spread == sorted(spread, reverse=True)
    assert spread[-1] < 1e-3


def test_thickness_weighted_mean_by_hand():
    horizons = order_horizons(["b", "b", "a"], [12, 0, 0], [40, 12, 20])
    layers = harmonize(horizons, [1.0, 3.0, 2.0], [0, 30])
    assert horizons.profiles.tolist() == ["a", "b"]
    np.testing.assert_allclose(layers.values[:, 0], [2.0, (3 * 12 + 1 * 18) / 30])
    np.testing.assert_allclose(layers.covered[:, 0], [20 / 30, 1.0])
    assert not layers.plain.any()


def test_missing_values_and_depths_beyond_the_profile():
    horizons = order_horizons(["a", "a", "b"], [0, 10, 0], [10, 20, 10])
    for method in ("mean", "spline"):
        layers = harmonize(horizons, [2.0, np.nan, np.nan], [0, 10, 30], method=method)
        np.testing.assert_allclose(layers.values, [[2.0, np.nan], [np.nan, np.nan]])
        np.testing.assert_allclose(layers.covered, [[1.0, 0.0], [0.0, 0.0]])


def test_a_spline_below_zero_gives_way_to_the_mean():
    steep = (["a"] * 3 + ["b"] * 2, [0, 5, 10, 0, 30], [5, 10, 30, 30, 60], [30, 0, 0, 2, 1])
    horizons = order_horizons(*steep[:3])
    layers = harmonize(horizons, steep[3], [0, 4, 8, 30], method="spline")
    assert layers.plain.tolist() == [True, False]
    np.testing.assert_allclose(layers.values[0], [30, 30 / 4, 0])
    kept = harmonize(horizons, steep[3], [0, 4, 8, 30], method="spline", lowest=-np.inf)
    assert not kept.plain.any()
    assert kept.values[0].min() < 0


def test_every_fault_is_named_with_profile_and_row():
    name = ["a", "a", "a", "b", "b", "c", "d", "e", "e", "e", "f"]
    top = [0, 0, 20, 0, 15, 10, -1, 0, 10, 40, np.nan]
    bottom = [20, 20, 40, 20, 30, 10, 5, 100, 20, 60, 5]
    with pytest.raises(DataError) as caught:
        order_horizons(name, top, bottom, source="horizons.csv")
    said = [str(finding) for finding in caught.value.findings]
    assert [text.split(": ")[1] for text in said] == [
        "depths that are missing or not finite", "depths outside 0 to 2000 cm",
        "a bottom that does not lie below the top", "the same depths twice",
        "horizons that overlap the one above",
    ]  # fmt: skip
    assert "1 row of 1 profile (row 11: f)" in said[0]
    assert "1 row of 1 profile (row 2: a)" in said[3]
    # e: a thin horizon and a deeper one, both within the first
    assert "3 rows of 2 profiles (row 5: b, row 9: e, row 10: e)" in said[4]
    with pytest.raises(DataError, match="no profile is left"):
        order_horizons(name, top, bottom, faulty="drop")
    left = order_horizons([*name, "z"], [*top, 0], [*bottom, 30], faulty="drop")
    assert left.profiles.tolist() == ["z"]
    assert {finding.severity for finding in left.findings} == {"warning"}


def test_shapes_and_edges_are_checked():
    horizons = order_horizons(["a"], [0], [10])
    with pytest.raises(ValueError, match="has 1 rows"):
        harmonize(horizons, [1.0, 2.0], [0, 30])
    for edges in ([0], [30, 0], [-5, 10]):
        with pytest.raises(ValueError, match="edges_cm"):
            harmonize(horizons, [1.0], edges)
    with pytest.raises(ValueError, match="differ in shape"):
        order_horizons(["a"], [0, 1], [10])
    with pytest.raises(DataError, match="there are no horizons"):
        order_horizons([], [], [])


def test_north_macedonia(real_data):
    table = pd.read_csv(real_data / "fao_macedonia_soc" / "horizons.csv")
    with pytest.raises(DataError) as caught:
        order_horizons(table.ProfID, table.top, table.bottom, source="horizons.csv")
    flat, doubled, overlapping = (finding.what for finding in caught.value.findings)
    assert "not lie below the top: 1 row of 1 profile (row 649: P0494)" in flat
    assert "the same depths twice: 378 rows of 45 profiles" in doubled
    assert "horizons that overlap the one above: 20 rows of 19 profiles" in overlapping
    horizons = order_horizons(table.ProfID, table.top, table.bottom, faulty="drop")
    mean = harmonize(horizons, table.SOC, [0, 30])
    spline = harmonize(horizons, table.SOC, [0, 30], method="spline")
    whole = mean.covered[:, 0] > 0.999
    assert 0.3 < whole.mean() < 1
    assert np.corrcoef(mean.values[whole, 0], spline.values[whole, 0])[0, 1] > 0.95
