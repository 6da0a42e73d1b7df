import zlib

import numpy as np
import pandas as pd
import pytest

from edaphon.surrogates.applicability import FALSE_FLAGS, fit_applicability
from edaphon.surrogates.held_out import hold_out
from edaphon.surrogates.learner import Data


def test_dissimilarity_by_hand():
    matrix = np.array([[0.0], [1.0], [3.0], [4.0]])
    area = fit_applicability(matrix, np.ones(1), np.array([0, 0, 1, 1]))
    mean_distance = (1 + 3 + 4 + 2 + 3 + 1) / 6
    # nearest in the other fold: 3, 2, 2, 3
    assert np.isclose(area.threshold, 3 / mean_distance)
    np.testing.assert_allclose(
        area.dissimilarity(np.array([[1.0], [3.5], [14.0]])), np.array([0, 0.5, 10]) / mean_distance
    )
    np.testing.assert_array_equal(area.inside(np.array([[3.5], [14.0]])), [True, False])


def test_only_predictors_that_matter_count():
    rng = np.random.default_rng(0)
    matrix, folds = rng.normal(size=(300, 3)), np.arange(300) % 5
    area = fit_applicability(matrix, np.array([1.0, 0.0, 0.5]), folds)
    far = np.zeros((2, 3))
    far[0, 1], far[1, 0] = 50, 50
    np.testing.assert_array_equal(area.inside(far), [True, False])
    np.testing.assert_array_equal(area.beyond(far), [False, True])
    equal = fit_applicability(matrix, np.zeros(3), folds)
    np.testing.assert_array_equal(equal.inside(far), [False, False])
    np.testing.assert_array_equal(equal.beyond(far), [True, True])


def test_the_scale_of_a_predictor_does_not_matter():
    rng = np.random.default_rng(1)
    matrix, folds = rng.normal(size=(200, 2)), np.arange(200) % 4
    asked = rng.normal(size=(50, 2))
    plain = fit_applicability(matrix, np.ones(2), folds).dissimilarity(asked)
    stretched = fit_applicability(matrix * [1000, 1] + 5, np.ones(2), folds)
    np.testing.assert_allclose(plain, stretched.dissimilarity(asked * [1000, 1] + 5))


def test_samples_themselves_lie_inside_and_columns_may_be_constant():
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=200), np.full(200, 3.0)])
    area = fit_applicability(matrix, np.ones(2), np.arange(200) % 5)
    assert area.inside(matrix).all()
    assert not area.beyond(matrix).any()
    assert np.isfinite(area.threshold)
    nothing = fit_applicability(np.ones((30, 2)), np.ones(2), np.arange(30) % 3)
    assert nothing.inside(np.ones((2, 2))).all()


def test_inside_is_where_the_index_is_under_the_threshold():
    rng = np.random.default_rng(3)
    matrix, asked = rng.normal(size=(400, 4)), 2 * rng.normal(size=(6000, 4))
    area = fit_applicability(matrix, np.array([3.0, 1.0, 0.2, 0.001]), np.arange(400) % 5)
    wanted = area.dissimilarity(asked) <= area.threshold
    np.testing.assert_array_equal(area.inside(asked), wanted)
    assert 0.1 < wanted.mean() < 0.9


def test_a_category_weighs_as_much_as_an_amount_however_many_codes_it_has():
    rng = np.random.default_rng(4)
    amount = rng.normal(size=(600, 1))
    for n_codes in (2, 12):
        code = rng.integers(0, n_codes, 600)
        flags = (code[:, None] == np.arange(n_codes)).astype(float)
        owners = np.r_[0, np.full(n_codes, 1)]
        area = fit_applicability(
            np.hstack([amount, flags]), np.ones(n_codes + 1), np.arange(600) % 5, owners
        )
        points = area.space.points
        apart = ((points[:300] - points[300:]) ** 2) / area.space.stretch[0] ** 2
        assert apart[:, 0].mean() == pytest.approx(2 * amount.var(), rel=0.25)
        assert apart[:, 1:].sum(axis=1).mean() == pytest.approx(2, rel=0.15)


def test_distance_to_the_sampled_range_by_hand():
    matrix = np.array([[0.0, 5], [1, 5], [3, 5], [4, 5], [2, 6], [2, 4]])
    area = fit_applicability(matrix, np.ones(2), np.arange(6))  # each held out on its own
    sds = matrix.std(axis=0)
    # the ends lie 1 apart from the next sample; the other samples lie between others
    weight = np.sqrt(1.05)
    assert area.reach == pytest.approx(weight / sds[1])
    far = np.array([[2, 7.0], [2, 7.01], [5.0, 5], [9.0, 5], [6, 6.9]])
    away = weight * np.hypot([0, 0, 1, 5, 2] / sds[0], [1, 1.01, 0, 0, 0.9] / sds[1])
    np.testing.assert_allclose(area.space.outside(far), away)
    np.testing.assert_array_equal(area.beyond(far[1:]), away[1:] > area.reach)


def climates(seed, corner):
    """Blocks of ground, each with its own climate, and the rows kept from training."""
    rng = np.random.default_rng(seed)
    block = np.repeat(np.arange(150), 10)
    climate = rng.normal(size=(150, 3))[block] + 0.3 * rng.normal(size=(1500, 3))
    out = climate[:, 0] > 1.5 if corner else rng.random(1500) < 0.1
    folds = rng.integers(0, 5, (3, 150))[:, block[~out]]
    return climate, out, fit_applicability(climate[~out], np.ones(3), folds), folds


def _false_flags(area, folds):
    """Shares of held-out samples that the index and the sampled range flag."""
    apart = np.concatenate([area.space.apart(row) for row in folds]) / area.typical
    outside = np.concatenate([area.space.outside_others(row) for row in folds])
    return (apart > area.threshold).mean(), (outside > area.reach).mean()


def test_a_corner_of_climate_is_flagged_and_random_samples_are_not():
    flagged, beyond = [], []
    for seed in range(4):
        climate, out, area, folds = climates(seed, corner=True)
        assert max(_false_flags(area, folds)) <= FALSE_FLAGS
        flagged.append(1 - area.inside(climate[out]).mean())
        beyond.append(area.beyond(climate[out]).mean())
        climate, out, area, _ = climates(seed, corner=False)
        assert area.inside(climate[out]).mean() > 0.97
        assert area.beyond(climate[out]).mean() < 0.03
    assert np.mean(flagged) > 0.4
    assert min(beyond) == 1


def _only_design(labels):
    """A quarter of the groups is kept for the final scores of the benchmark."""
    return np.array([zlib.crc32(str(label).encode()) % 4 != 0 for label in labels])


def _block_labels(longitude, latitude, side):
    cells = zip(np.floor(longitude / side), np.floor(latitude / side), strict=True)
    return np.array([f"{int(column)}_{int(row)}" for column, row in cells])


def _macedonia(folder):
    table = pd.read_csv(folder / "fao_macedonia_soc" / "MKD_RegMatrix.csv").query("SOC <= 58")
    codes = pd.get_dummies(table["LCEE10"]).to_numpy(float)
    names = [path.stem for path in sorted((folder / "fao_macedonia_soc").glob("*.tif"))]
    names.remove("LCEE10")
    matrix = np.hstack([table[names].to_numpy(float), codes])
    owners = np.r_[np.arange(len(names)), np.full(codes.shape[1], len(names))]
    labels = _block_labels(table["X"], table["Y"], 0.25)
    return matrix, np.log(table["SOC"].to_numpy()), owners, labels, table


def _nematodes(folder):
    path = folder / "nematodes" / "nematode_aggregated_wCovariateData.csv"
    table = pd.read_csv(path).select_dtypes("number")
    groups = ("vores", "Predators", "Unidentified", "Total_Number", "Pixel_", "WWF_Biome")
    names = [name for name in table if not any(part in name for part in groups)]
    matrix = table[names].fillna(table[names].median()).to_numpy(float)
    labels = _block_labels(table["Pixel_Long"], table["Pixel_Lat"], 5.0)
    logs = np.log1p(table["Total_Number"].to_numpy(float))
    return matrix, logs, np.arange(len(names)), labels, table


def _flags(matrix, response, owners, labels, out):
    """Train without some rows; shares that the index, the range, either flag, and false ones."""
    together = np.unique(labels[~out], return_inverse=True)[1]
    data = Data(
        matrix[~out], owners, response[~out], together, "none", 0.9, 0,
        candidates=("extra_trees",),
    )  # fmt: skip
    held = hold_out(data, assignments=2, peer=False)
    area = fit_applicability(data.matrix, np.maximum(held.gain, 0)[owners], held.folds, owners)
    asked = matrix[out]
    seen = ~area.inside(asked), area.beyond(asked)
    return (
        tuple(one.mean() for one in seen),
        (seen[0] | seen[1]).mean(),
        _false_flags(area, held.folds),
    )


def _flags_of_design(real_data, read, corner):
    """Plant a corner, a function from the design rows of the table to their places in it."""
    matrix, response, owners, labels, table = read(real_data)
    known = _only_design(labels)
    out = np.asarray(corner(table[known]))
    return _flags(matrix[known], response[known], owners, labels[known], out)


def _largest(values):
    return values > np.quantile(values, 0.95)


INDEX, RANGE = 0, 1
CORNERS = {
    "mountains": (_macedonia, lambda table: table["DEMENV5"] > 1400, {INDEX, RANGE}),
    "wettest in Macedonia": (
        _macedonia, lambda table: _largest(table["B13CHE3"]), {INDEX, RANGE}
    ),
    "hottest in Macedonia": (_macedonia, lambda table: _largest(table["TMDMOD3"]), {RANGE}),
    "wettest": (
        _nematodes,
        lambda table: _largest(table["WorldClim2_Annual_Precipitation"]),
        {INDEX, RANGE},
    ),
    "coldest": (
        _nematodes,
        lambda table: _largest(-table["WorldClim2_Annual_Mean_Temperature"]),
        {RANGE},
    ),
    "tropics": (_nematodes, lambda table: table["Pixel_Lat"].abs() < 15, {INDEX}),
}  # fmt: skip
"""What is left out, and which of the two flags sees it: the tropics are new by combinations, the
ends of a gradient by one predictor."""


@pytest.mark.slow
@pytest.mark.parametrize("name", CORNERS)
def test_planted_unseen_ground_is_flagged_on_real_data(real_data, name):
    read, corner, seen_by = CORNERS[name]
    flagged, either, false_flags = _flags_of_design(real_data, read, corner)
    assert {which for which in (INDEX, RANGE) if flagged[which] >= 0.6} == seen_by
    assert either >= 0.6
    assert max(false_flags) <= 0.05


@pytest.mark.slow
@pytest.mark.parametrize("read", [_macedonia, _nematodes])
def test_random_samples_of_real_data_are_not_flagged(real_data, read):
    def tenth(table):
        return np.random.default_rng(0).random(len(table)) < 0.1

    _, either, _ = _flags_of_design(real_data, read, tenth)
    assert either <= 0.05


def test_several_assignments_pool_their_distances():
    rng = np.random.default_rng(5)
    matrix = rng.normal(size=(100, 2))
    one, two = np.arange(100) % 5, np.arange(100) // 20
    both = fit_applicability(matrix, np.ones(2), np.stack([one, two]))
    apart = np.concatenate([both.space.apart(row) for row in (one, two)]) / both.typical
    assert both.threshold == pytest.approx(np.quantile(apart, 0.95, method="higher"))
