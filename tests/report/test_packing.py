import numpy as np
import pytest

from edaphon.report.packing import coded, pack


def test_coded_figures_are_as_near_as_they_say():
    values = np.random.default_rng(1).lognormal(2, 1.5, 5_000)
    values[::9] = 0
    found = coded(values)
    back = np.array(found.steps)[found.codes]
    assert (back[::9] == 0).all()
    some = values > 0
    assert np.abs(back[some] / values[some] - 1).max() <= found.error + 1e-12
    assert found.error == pytest.approx(np.log(values.max() / values[some].min()) / 508, rel=0.02)


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_one_value_stays_exact(value):
    found = coded(np.full(4, value))
    assert np.array(found.steps)[found.codes] == pytest.approx([value] * 4)
    assert found.error == 0


@pytest.mark.parametrize("bad", [-1.0, np.nan, np.inf])
def test_figures_without_a_logarithm_are_left_as_they_are(bad):
    assert coded(np.array([1.0, bad])) is None


def test_codes_are_packed_with_their_steps():
    found = coded(np.array([0.0, 1.0, 2.0]))
    index, _ = pack({"a": found})
    assert index["a"][:3] == ["Uint8", 0, 3]
    assert index["a"][3] == found.steps
