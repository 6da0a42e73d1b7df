"""Which units need intervention."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.need import check_need, need_columns, shortfall_probability
from edaphon.errors import DataError
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.options import build_options
from edaphon.surrogates.state import State

MEAN = np.array([[40.0, 2.0], [60.0, 8.0], [55.0, 5.0], [80.0, 1.0]])


def landscape_of(**columns):
    table = {"land_use": ["arable"] * 4, "soil": ["a", "a", "b", "b"]}
    return Landscape(
        ids=np.array(list("wxyz")),
        area_ha=np.ones(4),
        attributes=pd.DataFrame({**table, **columns}),
        latitude=np.full(4, 47.0),
        longitude=np.full(4, 15.0),
        expected=("need", "need_soc", "need_runoff"),
    )


def state_of(sd=0.1):
    everywhere = np.ones(MEAN.shape, dtype=bool)
    return State(
        features=("soc", "runoff"),
        units=("t/ha", "mm"),
        mean=MEAN,
        sd=sd * MEAN,
        lower=MEAN,
        upper=MEAN,
        applicable=everywhere,
        relative=np.zeros(2, dtype=bool),
        source=("column", "column"),
    )


def config_of(of=None, **need):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "features": {
                "soc": {"column": "c", "unit": "t/ha"},
                "runoff": {"column": "r", "unit": "mm", "better": "lower"},
            },
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"soil": {"maximize": "soc"}},
            "need": {"of": of or {"soc": {"reference": "60 t/ha"}}, **need},
        }
    )


def test_the_probability_is_that_of_a_normal_state():
    assert shortfall_probability(50.0, 5.0, 60.0) == pytest.approx(norm.cdf(2.0))
    lower = shortfall_probability([50.0, 70.0], 5.0, 60.0, lower_is_better=True)
    assert lower == pytest.approx(norm.cdf([-2.0, 2.0]))
    sure = shortfall_probability([50.0, 60.0, 70.0], 0.0, 60.0)
    assert sure.tolist() == [1.0, 0.0, 0.0]
    assert np.isnan(shortfall_probability(1.0, 1.0, np.nan))


def test_columns_of_need():
    of = {"soc": {"reference": "60 t/ha"}, "runoff": {"reference": "limit"}}
    landscape = landscape_of(limit=[4.0, 4.0, np.nan, 4.0])
    made = need_columns(config_of(of), landscape, state_of())
    assert list(made) == ["need_soc", "need_runoff", "need"]
    soc = norm.cdf((60 - MEAN[:, 0]) / (0.1 * MEAN[:, 0]))
    runoff = norm.cdf((MEAN[:, 1] - 4) / (0.1 * MEAN[:, 1]))
    assert made["need_soc"] == pytest.approx(soc)
    assert made["need_runoff"][[0, 1, 3]] == pytest.approx(runoff[[0, 1, 3]])
    assert np.isnan(made["need_runoff"][2])
    runoff[2] = 0.0
    assert made["need"] == pytest.approx(1 - (1 - soc) * (1 - runoff))


def test_the_reference_of_a_stratum_may_be_a_quantile():
    of = {"soc": {"quantile": "50 %"}}
    whole = need_columns(config_of(of), landscape_of(), state_of(0.0))
    assert whole["need"].tolist() == [1.0, 0.0, 1.0, 0.0]
    by_soil = need_columns(config_of(of, stratum="soil"), landscape_of(), state_of(0.0))
    assert by_soil["need"].tolist() == [1.0, 0.0, 1.0, 0.0]
    high = {"soc": {"quantile": "100 %"}}
    by_soil = need_columns(config_of(high, stratum="soil"), landscape_of(), state_of())
    reference = np.array([60.0, 60.0, 80.0, 80.0])
    assert by_soil["need"] == pytest.approx(norm.cdf((reference / MEAN[:, 0] - 1) / 0.1))


def test_units_without_need_keep_the_baseline():
    config = config_of(least="30 %")
    catalogue = read_catalogue(config)
    before = build_options(config, catalogue, landscape_of())
    assert (before.allowed == 0).all()
    landscape = landscape_of()
    columns = need_columns(config, landscape, state_of())
    known = replace(landscape, attributes=landscape.attributes.assign(**columns))
    made = build_options(config, catalogue, known)
    assert (made.allowed[:, 1] == 0).tolist() == [True, True, True, False]
    assert made.reasons[made.allowed[3, 1]].startswith("not needed: ")
    assert any("1 unit keep the baseline" in f.what for f in made.findings)


@pytest.mark.parametrize(
    ("need", "said"),
    [
        ({"of": {"sock": {"reference": "60 t/ha"}}}, "no feature"),
        ({"of": {"soc": {}}}, "no one reference"),
        ({"of": {"soc": {"reference": "6 t/ha", "quantile": "5 %"}}}, "no one reference"),
        ({"of": {"soc": {"reference": "60 EUR"}}}, "60 EUR"),
        ({"of": {"soc": {"reference": "refs"}}}, "no column 'refs'"),
        ({"stratum": "soils"}, "no column 'soils'"),
    ],
)
def test_faults_of_need(need, said):
    with pytest.raises(DataError, match=said):
        need_columns(config_of(**need), landscape_of(), state_of())
    with pytest.raises(DataError, match=said):
        check_need(config_of(**need), landscape_of(), state_of())


def test_a_check_takes_columns_that_models_will_add():
    landscape = replace(landscape_of(), expected=("need", "need_soc", "refs", "soils"))
    config = config_of({"soc": {"reference": "refs"}}, stratum="soils")
    check_need(config, landscape, state_of())
    with pytest.raises(DataError, match="refs"):
        need_columns(config, landscape, state_of())


def test_without_the_section_nothing_is_added():
    config = config_of().model_copy(update={"need": None})
    assert need_columns(config, landscape_of(), state_of()) == {}
