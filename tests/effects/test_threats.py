"""Threats to the soil, what practices take off them, and which units need intervention."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.build import build_effects
from edaphon.effects.threats import combine, with_threats
from edaphon.effects.values import BASES
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import catalogue_names, outcomes, read_catalogue
from edaphon.practices.evidence import read_evidence
from edaphon.practices.options import build_options
from edaphon.practices.threats import threat_matrix
from edaphon.problem.from_config import build_problem
from edaphon.surrogates.features import build_state

LAYERS = {"erosion": "washed", "monoculture": "single", "pesticide": "sprayed"}
TABLE = {
    "land_use": ["arable"] * 4,
    "washed": [0.8, 0.0, 0.4, 1.0],
    "single": [0.5, 0.9, 0.0, 1.0],
    "sprayed": [0.0, 0.2, np.nan, 1.0],
}


def landscape_of(latitude=47.0, **columns):
    return Landscape(
        ids=np.array(list("abcd")),
        area_ha=np.array([1.0, 2.0, 5.0, 3.0]),
        attributes=pd.DataFrame({**TABLE, **columns}),
        latitude=np.full(4, latitude),
        longitude=np.full(4, 15.0),
    )


def config_of(use=("cover_crop", "organic"), bundles=(), threats=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "features": {"pressure": {"model": "threats"}},
            "interventions": {"use": list(use), "bundles": [list(one) for one in bundles]},
            "objectives": {"relief": {"maximize": "pressure"}},
            "threats": {"layers": LAYERS, **(threats or {})},
            **more,
        }
    )


def effects_of(config, latitude=47.0):
    landscape = with_threats(config, landscape_of(latitude))
    catalogue = read_catalogue(config)
    state = build_state(config, landscape, {}, {}, outcomes())
    return landscape, catalogue, state, build_effects(config, catalogue, landscape, state)


def test_the_matrix_is_whole():
    for (practice, threat), one in threat_matrix().items():
        assert practice in catalogue_names()
        assert threat in {
            "erosion", "compaction", "pesticide", "salinity", "monoculture", "climate",
        }  # fmt: skip
        assert -1 <= one.mean <= 1
        assert one.sd > 0
        assert one.judged
        assert len(one.source) > len("judgement: ")
    measured = {row.intervention for row in read_evidence() if row.outcome == "erosion"}
    assert not [
        name for name, threat in threat_matrix() if threat == "erosion" and name in measured
    ]


@given(st.lists(st.floats(0, 1), min_size=3, max_size=3), st.floats(0, 1))
def test_combined_threats_lie_between_the_worst_and_the_sum(values, weight):
    layers = {str(k): np.array([value]) for k, value in enumerate(values)}
    weights = {"0": weight}
    worst, product, total = (combine(layers, weights, how)[0] for how in ("max", "product", "sum"))
    assert worst - 1e-12 <= product <= total + 1e-12
    assert worst >= 0
    assert total <= 1
    left = np.prod([1 - weight * values[0], 1 - values[1], 1 - values[2]])
    assert product == pytest.approx(1 - left)


def test_the_landscape_gains_the_combined_threat():
    made = with_threats(config_of(), landscape_of())
    expected = [1 - 0.2 * 0.5, 1 - 0.1 * 0.8, 0.4, 1.0]
    assert made.attributes["threat"].to_numpy() == pytest.approx(expected)
    assert any("no value of sprayed in 1 unit" in f.what for f in made.findings)
    worst = with_threats(config_of(threats={"combine": "max"}), landscape_of())
    assert worst.attributes["threat"].tolist() == [0.8, 0.9, 0.4, 1.0]
    half = {"combine": "sum", "weights": {"erosion": 0.5}}
    total = with_threats(config_of(threats=half), landscape_of())
    assert total.attributes["threat"].to_numpy() == pytest.approx([0.9, 1.0, 0.2, 1.0])


def test_a_threat_that_no_practice_lowers_is_a_warning():
    layers = {"erosio": "washed"}
    (finding,) = with_threats(config_of(threats={"layers": layers}), landscape_of()).findings
    assert finding.severity == "warning"
    assert "no practice is known to lower the threat 'erosio'" in finding.what
    assert finding.hint.startswith("did you mean 'erosion'?")
    own = {"layers": layers, "reductions": {"cover_crop": {"erosio": "10 %"}}}
    assert not with_threats(config_of(threats=own), landscape_of()).findings


def test_practices_lower_each_layer_and_with_them_the_whole():
    config = config_of(threats={"reductions": {"cover_crop": {"erosion": "60 %"}}})
    landscape, catalogue, state, effects = effects_of(config)
    block = effects.block(slice(None))[:, :, 0] / landscape.area_ha[:, None]
    after = [1 - (1 - 0.32) * (1 - 0.5 * 0.7) * 1.0, 1 - 1.0 * (1 - 0.9 * 0.7) * (1 - 0.2 * 0.9)]
    assert block[:2, 1] == pytest.approx(np.array(after) - state.mean[:2, 0])
    organic = 1 - (1 - 0.8) * (1 - 0.5 * 0.8) * 1.0
    assert block[0, 2] == pytest.approx(organic - state.mean[0, 0])
    assert (block[:, 0] == 0).all()
    assert BASES[effects.sizes.basis[0, 1, 0]] == "model"
    shared, local = effects.block_sd(slice(None))
    assert (shared[:2, 1:] > 0).all()
    assert not local[:, 1:].any()
    (warned,) = [f for f in effects.sizes.findings if "rests on judgement" in f.what]
    assert "4 of 6 pairs" in warned.what
    options = build_options(config, catalogue, landscape)
    problem, _ = build_problem(config, landscape, catalogue, state, effects, options)
    assert problem.features[0].better == "lower"
    assert problem.features[0].unit == "point ha"


def test_erosion_follows_the_evidence_of_the_climate():
    config = config_of(["cover_crop", "agroforestry"], threats={"layers": {"erosion": "washed"}})
    landscape, _, _, effects = effects_of(config)
    row = next(
        row
        for row in read_evidence()
        if (row.intervention, row.outcome, row.climate) == ("cover_crop", "erosion", "temperate")
    )
    per_ha = effects.block(slice(None))[:, :, 0] / landscape.area_ha[:, None]
    assert per_ha[:, 1] == pytest.approx(np.array(TABLE["washed"]) * np.expm1(row.lnrr))
    assert not per_ha[:, 2].any()
    shared, _ = effects.block_sd(slice(None))
    assert (shared[0, 1:, 0] > 0).all()  # evidence of other climates: mean 0, and wide
    tropical = effects_of(config, latitude=10.0)[3].block(slice(None))[:, 2, 0]
    assert tropical[0] < 0


def test_parts_of_a_bundle_lower_a_threat_one_after_the_other():
    use = ["diversified_rotation", "organic"]
    layers = {"layers": {"monoculture": "single"}}
    config = config_of(use, [use], threats=layers)
    landscape, _, _, effects = effects_of(config)
    change = effects.block(slice(None))[3, :, 0] / landscape.area_ha[3]
    assert change == pytest.approx([0.0, -0.6, -0.2, -(1 - 0.4 * 0.8)])


@pytest.mark.parametrize(
    ("threats", "said"),
    [
        ({"layers": {"erosion": "wash"}}, "washed"),
        ({"layers": {"erosion": "land_use"}}, "text in the numeric column"),
        ({"weights": {"salt": 0.5}}, "no threat 'salt'"),
        ({"reductions": {"organic": {"salt": "5 %"}}}, "no threat 'salt'"),
    ],
)
def test_faults_of_threats(threats, said):
    with pytest.raises(DataError, match=said):
        with_threats(config_of(threats=threats), landscape_of())


def test_faults_of_reductions_and_names():
    with pytest.raises(DataError, match="has a column 'threat'"):
        with_threats(config_of(), landscape_of(threat=[0.0] * 4))
    for own, said in (({"compost": {"erosion": "5 %"}}, "compost"),
                      ({"organic": {"erosion": "105 %"}}, "105 %")):  # fmt: skip
        with pytest.raises(ConfigError, match=said):
            effects_of(config_of(threats={"reductions": own}))
    plain = config_of()
    with pytest.raises(DataError, match="none are named"):
        build_state(plain, landscape_of(), {}, {}, outcomes())
