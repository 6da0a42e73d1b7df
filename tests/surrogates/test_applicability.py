import numpy as np

from edaphon.surrogates.applicability import fit_applicability


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
    equal = fit_applicability(matrix, np.zeros(3), folds)
    np.testing.assert_array_equal(equal.inside(far), [False, False])


def test_the_scale_of_a_predictor_does_not_matter():
    rng = np.random.default_rng(1)
    matrix, folds = rng.normal(size=(200, 2)), np.arange(200) % 4
    asked = rng.normal(size=(50, 2))
    plain = fit_applicability(matrix, np.ones(2), folds).dissimilarity(asked)
    stretched = fit_applicability(matrix * [1000, 1] + 5, np.ones(2), folds)
    np.testing.assert_allclose(plain, stretched.dissimilarity(asked * [1000, 1] + 5))


def test_samples_themselves_lie_mostly_inside_and_columns_may_be_constant():
    rng = np.random.default_rng(2)
    matrix = np.column_stack([rng.normal(size=200), np.full(200, 3.0)])
    area = fit_applicability(matrix, np.ones(2), np.arange(200) % 5)
    assert area.inside(matrix).all()
    assert np.isfinite(area.threshold)
