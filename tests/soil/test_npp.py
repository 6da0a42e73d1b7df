"""The MIAMI model: known values, limits, ranges."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.npp import miami_npp


def test_the_smaller_of_warmth_and_rain():
    # 3000 / (1 + exp(1.315 - 1.785)) = 1846.2 and 3000 (1 - exp(-0.664)) = 1455.7 g DM/m2
    assert miami_npp(15.0, 1000.0) == pytest.approx(1455.7 * 0.0048, rel=1e-4)
    assert miami_npp(15.0, 3000.0) == pytest.approx(1846.2 * 0.0048, rel=1e-4)
    assert miami_npp(15.0, 1000.0, 0.5) == pytest.approx(1455.7 * 0.005, rel=1e-4)


def test_limits():
    assert miami_npp(20.0, 0.0) == 0.0
    assert miami_npp(60.0, 20_000.0) == pytest.approx(14.4, rel=0.01)
    assert miami_npp([[0.0], [10.0]], [200.0, 400.0]).shape == (2, 2)


@given(st.floats(-40, 40), st.floats(0, 8000), st.floats(0, 10), st.floats(0, 1000))
def test_more_warmth_and_rain_never_make_less(warmth, rain, warmer, wetter):
    assert miami_npp(warmth + warmer, rain + wetter) >= miami_npp(warmth, rain) * (1 - 1e-12)


def test_kelvin_is_refused():
    with pytest.raises(ValueError, match="temperature_c: 283 lies outside"):
        miami_npp(np.array([283.0]), 700.0)
