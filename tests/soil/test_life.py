"""Soil life in numbers: known answers, ranges and invariants."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.soil.life import (
    ECO_MORPHOLOGICAL_SCORES,
    mean_enzyme_activity,
    metabolic_quotient,
    microbial_biomass,
    microbial_quotient,
    qbs_ar,
)


def test_qbs_sums_the_best_form_of_each_group():
    found = {
        "Acari": [20, 20, 0],
        "Collembola": [8, 20, 4],
        "Hymenoptera": 5,
        "Symphyla": [0, 20, 0],
    }
    np.testing.assert_array_equal(qbs_ar(found), [33, 65, 9])
    assert qbs_ar({}) == 0


@pytest.mark.parametrize("group", ECO_MORPHOLOGICAL_SCORES)
def test_every_score_lies_between_one_and_twenty(group):
    least, most = ECO_MORPHOLOGICAL_SCORES[group]
    assert 1 <= least <= most <= 20
    assert qbs_ar({group: most}) == most


def test_known_answers():
    # 0.11 g/kg of 10 g/kg organic carbon; 180 mg/kg more extracted at 45 % is 400 mg/kg
    assert microbial_quotient(110.0, 1.0) == pytest.approx(1.1)
    assert microbial_biomass(230.0, 50.0) == pytest.approx(400.0)
    assert metabolic_quotient(0.6, 300.0) == pytest.approx(2.0)
    assert mean_enzyme_activity([2.0, 8.0]) == pytest.approx(4.0)
    np.testing.assert_allclose(mean_enzyme_activity([[1, 10, 100], [5, 0, 5]]), [10, 0])


@given(
    st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=6), st.floats(1e-3, 1e3), st.integers(0, 5)
)
def test_one_enzyme_counts_as_much_as_another(activities, factor, which):
    which %= len(activities)
    more = np.array(activities)
    more[which] *= factor
    ratio = mean_enzyme_activity(more) / mean_enzyme_activity(activities)
    assert ratio == pytest.approx(factor ** (1 / len(activities)), rel=1e-9)
    assert min(activities) * (1 - 1e-9) <= mean_enzyme_activity(activities)
    assert mean_enzyme_activity(activities) <= max(activities) * (1 + 1e-9)


@given(st.floats(1, 2000), st.floats(0.5, 20), st.floats(0, 10))
def test_quotients_are_proportional(mbc, soc, respiration):
    assert microbial_quotient(2 * mbc, 2 * soc) == pytest.approx(
        float(microbial_quotient(mbc, soc))
    )
    doubled = metabolic_quotient(2 * respiration, mbc)
    assert doubled == pytest.approx(2 * float(metabolic_quotient(respiration, mbc)))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: qbs_ar({"Lumbricidae": 10}), "'Lumbricidae' is no group"),
        (lambda: qbs_ar({"Acari": 10}), "scores of Acari: 10 is neither"),
        (lambda: qbs_ar({"Collembola": 21}), "scores of Collembola: 21"),
        (lambda: qbs_ar({"Collembola": 1.5}), "1.5"),
        (lambda: microbial_biomass(10.0, 20.0), "fumigated minus"),
        (lambda: microbial_biomass(10.0, 2.0, 0.0), "efficiency"),
        (lambda: microbial_quotient(200.0, 0.0), "soc_percent: 0"),
        (lambda: microbial_quotient(20_000.0, 1.0), "mbc of soc: 200"),
        (lambda: metabolic_quotient(1.0, 0.0), "mbc_mg_kg: 0"),
        (lambda: metabolic_quotient(-1.0, 100.0), "respiration_mg_kg_h: -1"),
        (lambda: mean_enzyme_activity([1.0, -1.0]), "activities: -1"),
        (lambda: mean_enzyme_activity([]), "one or more"),
    ],
)
def test_values_outside_their_range_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
