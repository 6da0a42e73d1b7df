import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from edaphon.surrogates.species.thresholds import (
    EQUAL,
    LARGEST_TSS,
    MATCHED,
    MEANING,
    OMISSION,
    thresholds,
)


def rates(told, found, cut):
    return (told[found] >= cut).mean(), (told[~found] < cut).mean()


@settings(max_examples=60, deadline=None)
@given(
    hnp.arrays(float, st.integers(4, 40), elements=st.integers(0, 12).map(lambda k: k / 12)),
    st.integers(0, 2**31),
)
def test_each_is_what_it_says_by_brute_force(told, seed):
    found = np.random.default_rng(seed).random(len(told)) < 0.4
    found[0], found[1] = True, False
    cuts = np.unique(told)
    chosen = thresholds(told, found, np.ones(len(told)), float(found.mean()))
    allowed = [cut for cut in cuts if rates(told, found, cut)[0] >= 0.9]
    assert chosen[OMISSION] == max(allowed)
    tss = [sum(rates(told, found, cut)) for cut in cuts]
    assert sum(rates(told, found, chosen[LARGEST_TSS])) == pytest.approx(max(tss))
    apart = [abs(np.subtract(*rates(told, found, cut))) for cut in cuts]
    assert abs(np.subtract(*rates(told, found, chosen[EQUAL]))) == pytest.approx(min(apart))
    off = [abs((told >= cut).mean() - found.mean()) for cut in cuts]
    assert abs((told >= chosen[MATCHED]).mean() - found.mean()) == pytest.approx(min(off))


def test_a_known_case():
    told = np.array([0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9])
    found = np.array([0, 0, 0, 1, 0, 1, 1, 1], dtype=bool)
    chosen = thresholds(told, found, np.ones(8), None)
    assert chosen == {OMISSION: 0.4, LARGEST_TSS: 0.4, EQUAL: 0.6}
    assert thresholds(told, found, np.ones(8), 0.25)[MATCHED] == 0.8


def test_weights_are_rows():
    rng = np.random.default_rng(2)
    told, found = rng.random(30), rng.random(30) < 0.5
    times = rng.integers(1, 4, 30)
    rows = np.repeat(np.arange(30), times)
    assert thresholds(told, found, times.astype(float), 0.3) == thresholds(
        told[rows], found[rows], np.ones(len(rows)), 0.3
    )


def test_every_threshold_has_a_meaning():
    told = np.linspace(0.05, 0.95, 40)
    found = told > 0.4
    assert thresholds(told, found, np.ones(40), 0.5).keys() == MEANING.keys()
