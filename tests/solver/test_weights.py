import numpy as np
import pytest

from edaphon.solver.weights import FLOOR, floored, lattice, payoff_scales


@pytest.mark.parametrize(
    ("n_objectives", "count", "size"),
    [(1, 91, 1), (2, 91, 91), (3, 91, 91), (4, 91, 84), (5, 91, 70), (6, 91, 56), (3, 1, 3)],
)
def test_nearest_lattice(n_objectives, count, size):
    weights = lattice(n_objectives, count)
    assert weights.shape == (size, n_objectives)
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert (weights >= 0).all()
    assert len(np.unique(weights.round(9), axis=0)) == size


def test_lattice_holds_the_corners():
    weights = lattice(3, 91)
    for corner in np.eye(3):
        assert (np.abs(weights - corner).sum(axis=1) < 1e-12).any()


def test_floor():
    weights = floored(np.array([[1.0, 0.0, 0.0], [0.2, 0.3, 0.5]]))
    assert weights.sum(axis=1) == pytest.approx(1.0)
    assert weights.min() >= FLOOR / (1 + 3 * FLOOR)
    assert weights[1] == pytest.approx([0.2, 0.3, 0.5])


def test_scales_are_payoff_ranges_and_one_where_flat():
    payoff = np.array([[3.0, 7.0, -10.0], [1.0, 7.0, 0.0]])
    assert payoff_scales(payoff).tolist() == [2.0, 1.0, 10.0]
