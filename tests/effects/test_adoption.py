"""Who takes interventions up, and how far amounts can still rise."""

import numpy as np
import pandas as pd
import pytest

from edaphon.config.reader import config_from_mapping
from edaphon.data.landscape import Landscape
from edaphon.effects.adoption import adoption
from edaphon.effects.bounds import rooms
from edaphon.effects.build import build_effects
from edaphon.effects.expected import ExpectedEffects
from edaphon.effects.values import FactoredEffects
from edaphon.errors import DataError
from edaphon.practices.catalogue import outcomes, read_catalogue
from edaphon.practices.options import build_options
from edaphon.problem.evaluate import evaluate
from edaphon.problem.from_config import build_problem
from edaphon.problem.store import load_problem, problem_hash, save_problem
from edaphon.surrogates.features import build_state

WILLING = [0.2, 0.9, np.nan, 0.5]


def landscape_of(**columns):
    table = {"land_use": ["arable"] * 4, "wheat": [4.0, 6.0, 8.0, 5.0], "soc_t": [40.0] * 4}
    return Landscape(
        ids=np.array(list("abcd")),
        area_ha=np.array([1.0, 2.0, 5.0, 3.0]),
        attributes=pd.DataFrame({**table, "willing": WILLING, **columns}),
        latitude=np.full(4, 47.0),
        longitude=np.full(4, 15.0),
    )


def config_of(soc=None, options=None, bundles=(("cover_crop", "organic"),), **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "features": {
                "yield": {"column": "wheat", "unit": "t/ha"},
                "soc": {"column": "soc_t", "unit": "t/ha", **(soc or {})},
            },
            "interventions": {
                "use": ["cover_crop", "organic"],
                "bundles": [list(one) for one in bundles],
                "options": options or {},
            },
            "objectives": {"soil": {"maximize": "soc"}, "money": {"minimize": "cost"}},
            **more,
        }
    )


def effects_of(config, landscape):
    catalogue = read_catalogue(config)
    state = build_state(config, landscape, {}, {}, outcomes())
    return build_effects(config, catalogue, landscape, state), catalogue, state


def test_a_survey_tells_and_the_logistic_default_fills_in():
    config = config_of(adoption={"column": "willing", "columns": {"organic": "green"}})
    landscape = landscape_of(green=[np.nan, 0.1, 0.3, np.nan])
    chance, (note,) = adoption(config, read_catalogue(config), landscape)
    ease = 1 / (1 + np.exp(-0.5 * (np.array([4, 2]) - 3)))
    assert chance[:, 0].tolist() == [1.0] * 4
    assert chance[:, 1] == pytest.approx([0.2, 0.9, ease[0], 0.5])
    assert chance[:, 2] == pytest.approx([0.2, 0.1, 0.3, 0.5])
    assert chance[:, 3] == pytest.approx([0.2, 0.1, ease[1], 0.5])
    assert note.severity == "note"
    assert "costs count in full" in note.what


def test_the_logistic_default_follows_costs_tenure_and_use_nearby():
    rule = {"income": "800 EUR/ha/yr", "owned": "own", "use_nearby": "near", "intercept": 0.3}
    options = {"cover_crop": {"annual": "100 EUR/ha/yr", "payment": "20 EUR/ha/yr"}}
    config = config_of(options=options, adoption={"logistic": rule}, discount_rate="3 %")
    landscape = landscape_of(own=[0.0, 1.0, np.nan, 0.5], near=[0.0, 0.0, 0.0, 1.0])
    chance, _ = adoption(config, read_catalogue(config), landscape)
    odds = 0.3 + 0.5 * 1 - 2.0 * 80 / 800 + np.array([-0.5, 0.5, 0.0, 1.0])
    assert chance[:, 1] == pytest.approx(1 / (1 + np.exp(-odds)))
    cheaper = {"cover_crop": {"annual": "100 EUR/ha/yr", "payment": "90 EUR/ha/yr"}}
    paid = config_of(options=cheaper, adoption={"logistic": rule})
    assert (adoption(paid, read_catalogue(paid), landscape)[0][:, 1] > chance[:, 1]).all()


@pytest.mark.parametrize(
    ("section", "said"),
    [
        ({"column": "wiling"}, "did you mean 'willing'|Did you mean 'willing'"),
        ({"column": "wheat"}, "outside 0 to 1"),
        ({"columns": {"compost": "willing"}}, "'compost' is not used"),
        ({"logistic": {"income": "0 EUR/ha/yr"}}, "says nothing of costs"),
        ({"logistic": {"income": "-3 cows"}}, "-3 cows"),
    ],
)
def test_faults_of_adoption(section, said):
    config = config_of(adoption=section)
    with pytest.raises(DataError, match=said):
        adoption(config, read_catalogue(config), landscape_of())


def test_effects_count_by_the_probability_and_costs_in_full():
    landscape = landscape_of()
    plain_config = config_of()
    plain, _, _ = effects_of(plain_config, landscape)
    assert type(plain) is FactoredEffects
    config = config_of(adoption={"column": "willing"})
    made, catalogue, state = effects_of(config, landscape)
    assert isinstance(made, ExpectedEffects)
    assert any("taken up" in f.what for f in made.sizes.findings)
    block = made.block(slice(None))
    assert block[:2] == pytest.approx(
        plain.block(slice(None))[:2] * np.array([0.2, 0.9])[:, None, None]
    )
    options = build_options(config, catalogue, landscape)
    assert np.array_equal(options.cost, build_options(plain_config, catalogue, landscape).cost)
    problem, _ = build_problem(config, landscape, catalogue, state, made, options)
    value = evaluate(problem, np.array([1, 1, 0, 0]))
    f = state.features.index("soc")
    assert value.values[0] == pytest.approx(block[[0, 1], 1, f].sum())


def test_a_problem_with_probability_and_bounds_is_read_back(tmp_path):
    config = config_of({"ceiling": "50 t/ha", "floor": "30 t/ha"}, adoption={"column": "willing"})
    landscape = landscape_of()
    made, catalogue, state = effects_of(config, landscape)
    options = build_options(config, catalogue, landscape)
    problem, _ = build_problem(config, landscape, catalogue, state, made, options)
    save_problem(tmp_path / "problem.npz", problem)
    again = load_problem(tmp_path / "problem.npz")
    assert problem_hash(again) == problem_hash(problem)
    assert isinstance(again.effects, ExpectedEffects)
    assert np.array_equal(again.effects.block(slice(None)), made.block(slice(None)))


def test_gains_approach_the_ceiling_and_never_pass_it():
    landscape = landscape_of(soc_t=[10.0, 40.0, 59.0, 70.0], saturated=[60.0, 60.0, 60.0, np.nan])
    plain, _, state = effects_of(config_of(), landscape)
    made, _, _ = effects_of(config_of({"ceiling": "saturated"}), landscape)
    f = state.features.index("soc")
    gain = made.block(slice(None))[:, 1, f] / landscape.area_ha
    free = plain.block(slice(None))[:, 1, f] / landscape.area_ha
    room = np.array([50.0, 20.0, 1.0])
    assert gain[:3] == pytest.approx(room * (1 - np.exp(-free[:3] / room)))
    assert gain[3] == pytest.approx(free[3])
    above, _, _ = effects_of(config_of({"ceiling": "35 t/ha"}), landscape)
    assert (above.block(slice(None))[1:, 1, f] == 0).all()
    assert np.array_equal(
        made.block(slice(None))[:, :, 1 - f], plain.block(slice(None))[:, :, 1 - f]
    )


def test_losses_stop_at_the_floor():
    landscape = landscape_of()
    config = config_of()
    _, _, state = effects_of(config, landscape)
    bounded = config_of(
        features={
            "yield": {"column": "wheat", "unit": "t/ha", "floor": "3900 kg/ha"},
            "soc": {"column": "soc_t", "unit": "t/ha"},
        }
    )
    up, down = rooms(bounded, landscape, state)
    f = state.features.index("yield")
    assert up is None
    assert down[:, f] == pytest.approx(np.array([0.1, 2.1, 4.1, 1.1]) * landscape.area_ha)
    assert np.isinf(down[:, 1 - f]).all()
    made, _, _ = effects_of(bounded, landscape)
    organic = made.block(slice(None))[:, 2, f]
    assert organic[0] < 0
    assert (organic >= -down[:, f]).all()
    crossed = config_of({"ceiling": "50 t/ha", "floor": "60 t/ha"})
    with pytest.raises(DataError, match="above its ceiling"):
        rooms(crossed, landscape, state)
    with pytest.raises(DataError, match="saturatd"):
        rooms(config_of({"ceiling": "saturatd"}), landscape, state)
