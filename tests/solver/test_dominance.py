import numpy as np
import pytest

from edaphon.solver.dominance import (
    certified_gaps,
    hypervolume,
    nondominated,
    optimality_gaps,
    sandwich_ratio,
)


def test_duplicates_and_dominated_rows_drop_out():
    values = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0], [0.5, 0.5], [0.4, 0.5], [1.0, -1.0]])
    assert nondominated(values).tolist() == [0, 1, 3]
    assert nondominated(np.zeros((0, 2))).tolist() == []
    assert nondominated(np.array([[1.0], [3.0], [3.0]])).tolist() == [1]


def test_hypervolume_by_hand():
    values = np.array([[1.0, 5.0], [2.0, 0.0]])
    reference, ideal = np.array([0.0, 0.0]), np.array([2.0, 5.0])
    assert hypervolume(values, reference, ideal) == pytest.approx(0.5)
    assert hypervolume(values[:1], reference, ideal) == pytest.approx(0.5)


def test_objectives_without_range_are_left_out():
    values = np.array([[1.0, 7.0, 5.0], [2.0, 7.0, 0.0]])
    reference, ideal = np.array([0.0, 7.0, 0.0]), np.array([2.0, 7.0, 5.0])
    assert hypervolume(values, reference, ideal) == pytest.approx(0.5)
    flat = np.array([7.0])
    assert np.isnan(hypervolume(np.array([[7.0]]), flat, flat))


def test_certified_gap_by_hand():
    values = np.array([[0.5, 0.5], [1.0, 0.0]])
    weights = np.array([[0.5, 0.5], [1.0, 0.0]])
    gaps = certified_gaps(values, weights, np.array([0.6, 1.0]), np.array([1.0, 2.0]))
    assert gaps == pytest.approx([min(0.1 / 1.5, 0.5), 0.0])


def test_certified_gap_is_empty_without_proof_or_with_one_objective():
    one = certified_gaps(np.ones((2, 1)), np.ones((1, 1)), np.ones(1), np.ones(1))
    assert np.isnan(one).all()
    unproven = certified_gaps(np.ones((2, 2)), np.ones((1, 2)), np.array([np.inf]), np.ones(2))
    assert np.isnan(unproven).all()
    flat = certified_gaps(np.ones((2, 2)), np.array([[1.0, 0.0]]), np.ones(1), np.array([0.0, 1.0]))
    assert np.isnan(flat).all()


def test_optimality_gap_is_zero_where_both_are_zero():
    gaps = optimality_gaps(np.array([0.0, 9.0]), np.array([0.0, 10.0]), np.array([0.0, 20.0]))
    assert gaps == pytest.approx([0.0, 0.05])


def test_optimality_gap_is_empty_without_a_bound():
    value, bound, reach = np.array([1.0, 0.0]), np.array([np.nan, 1e-15]), np.array([np.nan, 0.0])
    gaps = optimality_gaps(value, bound, reach, np.array([0.0, 1e-15]))
    assert np.isnan(gaps[0])
    assert gaps[1] == 0.0  # a bound of 0 that was rounded outward is 0 still


@pytest.mark.parametrize("dimension", [2, 3, 4])
def test_sandwich_of_a_simplex(dimension):
    # points at the corners, bound exactly on their hull: nothing between the two volumes
    corners = np.eye(dimension)
    wall = np.full((1, dimension), 1.0)
    reference, ideal = np.zeros(dimension), np.ones(dimension)
    tight = sandwich_ratio(corners, wall, np.array([1.0]), reference, ideal)
    assert tight == pytest.approx(1.0, abs=2e-3)
    loose = sandwich_ratio(corners, wall, np.array([2.0]), reference, ideal)
    assert loose == pytest.approx(0.5**dimension, rel=1e-2)


def test_sandwich_of_a_box():
    wall = np.eye(2)
    ratio = sandwich_ratio(np.array([[1.0, 1.0]]), wall, np.ones(2), np.zeros(2), np.ones(2))
    assert ratio == pytest.approx(1.0, abs=2e-3)


def test_sandwich_is_empty_where_nothing_is_proven():
    values = np.eye(2)
    unproven = np.array([np.inf])
    assert np.isnan(sandwich_ratio(values, np.ones((1, 2)), unproven, np.zeros(2), np.ones(2)))
