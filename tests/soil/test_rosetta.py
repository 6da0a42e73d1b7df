import sys

import numpy as np
import pytest

from edaphon.errors import EdaphonError
from edaphon.soil.rosetta import rosetta_retention
from edaphon.soil.water import van_genuchten


def test_without_the_package_it_says_how_to_install_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "rosetta", None)
    with pytest.raises(EdaphonError, match=r'pip install "edaphon\[rosetta\]"'):
        rosetta_retention(40, 20)


def test_the_published_example():
    # README of rosetta-soil 0.3: records [20, 60, 20] and [55, 25, 20, 1.1]
    plain = rosetta_retention([20.0, 20.0], [20.0, 20.0])
    expected = van_genuchten([33.0, 1500.0], 0.0899, 0.4301, 0.0038, 1.4993)
    assert plain.field_capacity.shape == (2,)
    np.testing.assert_allclose(plain.field_capacity, expected[0], atol=2e-3)
    np.testing.assert_allclose(plain.wilting_point, expected[1], atol=1e-3)
    np.testing.assert_allclose(plain.conductivity, 15.8995 * 10 / 24, rtol=1e-4)
    dense = rosetta_retention(55.0, 20.0, 1.1)
    np.testing.assert_allclose(dense.saturation, 0.485, atol=1e-3)
    np.testing.assert_allclose(dense.conductivity, 84.7834 * 10 / 24, rtol=1e-4)
    assert dense.bulk_density == 1.1


def test_soils_of_one_class_share_an_answer():
    found = rosetta_retention([40.1, 39.8, 60.0], [20.2, 19.9, 10.0])
    assert found.wilting_point[0] == found.wilting_point[1] != found.wilting_point[2]
