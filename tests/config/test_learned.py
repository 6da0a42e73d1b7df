"""The keys of predictors and surrogates: what goes with what, and how they are read."""

import pytest

from edaphon.config.learned import KEYS_OF, SurrogateSection
from edaphon.config.quantity import Quantity
from edaphon.config.reader import config_from_mapping, read_config
from edaphon.config.values import AgeValue
from edaphon.errors import ConfigError

STATE = {"samples": "soil.csv", "response": "soc", "unit": "%"}
SPECIES = {"learns": "species", "observations": "worms.csv"}


def built(surrogates=None, predictors=None):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "predictors": {"columns": ["clay"], **(predictors or {})},
            "surrogates": surrogates or {},
            "interventions": {"use": ["cover_crop"]},
            "objectives": {"cost": {"minimize": "cost"}},
        }
    )


def faults(surrogates=None, predictors=None):
    with pytest.raises(ConfigError) as caught:
        built(surrogates, predictors)
    return [str(found).removeprefix("config: ") for found in caught.value.findings]


def test_every_key_is_read_and_survives_being_written():
    config = built(
        {
            "soc": {
                **STATE,
                "kind": "proportion",
                "transform": "logit",
                "monotone": {"clay": "increasing"},
                "weight": "w",
                "date": "day",
                "older_than": {"age": "15 yr", "weight": 0.2},
                "trend": True,
                "level": "80 %",
                "calibration": "typical group",
                "stands_for": "worms",
            },
            "worms": {**SPECIES, "species": "Eisenia fetida", "effort": "area", "unit": "1/m2"},
            "orchids": {
                **SPECIES,
                "survey": "presence_only",
                "species": "Orchis militaris",
                "prevalence": {"Orchis militaris": "4 %"},
                "ensemble": "rank",
            },
            "life": {**SPECIES, "learns": "community", "function": ["soc"]},
        },
        {
            "rasters": {"ndvi": {2018: "a.tif", "2022-07": "b.tif"}, "dem": "dem.tif"},
            "focal": [3, "5 km"],
            "terrain": "none",
            "reference": 2024,
        },
    )
    assert config.predictors.focal == (Quantity(3.0), Quantity(5.0, "km"))
    assert config.predictors.rasters["ndvi"] == {"2018": "a.tif", "2022-07": "b.tif"}
    assert config.surrogates["soc"].older_than == AgeValue(Quantity(15.0, "yr"), 0.2)
    assert config.surrogates["worms"].species == ("Eisenia fetida",)
    assert config.surrogates["orchids"].prevalence == {"Orchis militaris": Quantity(4.0, "%")}
    files = ["units.gpkg", "a.tif", "b.tif", "dem.tif", "soil.csv", "worms.csv"]
    assert list(config.input_files()) == files
    again = config_from_mapping(config.as_mapping())
    assert again.hash == config.hash
    assert again.surrogates == config.surrogates


def test_what_is_switched_off_stays_off_in_the_run_directory(tmp_path):
    config = built(predictors={"focal": "none", "coordinates": False})
    (tmp_path / "config.yaml").write_text(config.as_yaml(tmp_path), encoding="utf-8")
    again = read_config(tmp_path / "config.yaml")
    assert again.predictors.focal == ()
    assert not again.predictors.coordinates


def test_dates_are_keys_without_quotes(tmp_path):
    text = """\
name: t
landscape: {file: u}
predictors: {rasters: {ndvi: {2018: a.tif, 2022-07-01: b.tif}}}
interventions: {use: [a]}
objectives: {c: {minimize: cost}}
"""
    (tmp_path / "c.yaml").write_text(text, encoding="utf-8")
    config = read_config(tmp_path / "c.yaml")
    assert config.predictors.rasters["ndvi"] == {"2018": "a.tif", "2022-07-01": "b.tif"}


def test_keys_of_other_surrogates_are_refused():
    found = faults({"w": {**SPECIES, "samples": "x.csv", "trend": True}})
    assert any(
        one.startswith("surrogates.w.samples: this key goes with learns: state,") for one in found
    )
    assert any(one.startswith("surrogates.w.trend: this key goes with") for one in found)
    found = faults({"s": {**STATE, "species": ["a"], "background": "random"}})
    assert [one.split(":")[0] for one in found] == [
        "surrogates.s.species",
        "surrogates.s.background",
    ]
    assert "learns: species or community" in found[0]
    found = faults({"c": {**SPECIES, "learns": "community", "background": "random"}})
    assert "goes with learns: species, and this is learns: community" in found[0]


def test_each_kind_names_what_it_needs():
    assert [one.split(": ")[0] for one in faults({"s": {}})] == [
        "surrogates.s.samples", "surrogates.s.response", "surrogates.s.unit",
    ]  # fmt: skip
    (found,) = faults({"w": {"learns": "species"}})
    assert found.startswith("surrogates.w.observations: this key is missing. It holds: (species,")
    assert "must not be empty" in faults({"s": {**STATE, "unit": ""}})[0]


def test_keys_that_are_listed_exist():
    keys = {key for keys in KEYS_OF.values() for key in keys}
    assert keys <= set(SurrogateSection.model_fields)


@pytest.mark.parametrize(
    ("surrogate", "said"),
    [
        ({**STATE, "learns": "stat"}, "surrogates.s.learns: must be 'state', 'species' or"),
        ({**STATE, "trend": True}, "surrogates.s.trend: it needs dates. Name their column"),
        ({**STATE, "older_than": "15 yr"}, "surrogates.s.older_than: it needs dates"),
        ({**STATE, "monotone": {"clya": "increasing"}}, "Did you mean 'clay'?"),
        ({**STATE, "monotone": {"clay": "up"}}, "surrogates.s.monotone.clay: must be 'increasing'"),
        ({**STATE, "level": 0.9}, "0.9 may mean 90 % or 0.9 %. Write 90 % or 0.9 %."),
        ({**STATE, "level": "30 %"}, "a level lies from 50 %"),
        ({**STATE, "budget": "200 %"}, "the budget of the audit lies from 1 %"),
        ({**STATE, "date": "d", "older_than": "3 kg"}, "cannot read '3 kg' as a time in years"),
        ({**STATE, "date": "d", "older_than": {"ag": 3}}, "Did you mean 'age'?"),
        ({**STATE, "date": "d", "older_than": {"age": 3, "weight": 2}}, "a weight lies above 0"),
        ({**STATE, "stands_for": "s"}, "a surrogate cannot stand for itself"),
        ({**STATE, "stands_for": "worms"}, "there is no surrogate 'worms'"),
        ({**SPECIES, "species": ["a", "a"]}, "s.species.1: the species 'a' stands twice"),
        ({**SPECIES, "effort": "m2"}, "nothing says in which unit counts divided by the effort"),
        ({**SPECIES, "survey": "abundance", "background": "random"}, "only presence-only records"),
        ({**SPECIES, "survey": "census"}, "must be 'presence_absence', 'presence_only' or"),
        ({**SPECIES, "learns": "community", "function": ["soc"]}, "no state surrogate 'soc'"),
    ],
)  # fmt: skip
def test_faults_of_a_surrogate(surrogate, said):
    assert any(said in one for one in faults({"s": surrogate})), faults({"s": surrogate})


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({"prevalence": {"a": "0 %"}}, "prevalence.a: a prevalence lies from 0.01 % to below 100"),
        ({"species": ["ant"], "prevalence": {"ent": "4 %"}}, "this surrogate learns no species"),
        ({"survey": "abundance", "prevalence": {"a": "4 %"}}, "follows from the records"),
        ({"ensemble": "rank", "stands_for": "soil life"}, "averages what the candidates say"),
        ({"ensemble": "best"}, "ensemble"),
    ],
)
def test_faults_of_prevalence_and_ensemble(keys, said):
    found = faults({"worms": {**SPECIES, **keys}})
    assert any(said in one for one in found), found


@pytest.mark.parametrize(
    ("predictors", "said"),
    [
        ({"focal": "5 kg"}, "predictors.focal: cannot read '5 kg' as a length"),
        ({"focal": [2, 0]}, "predictors.focal.1: a radius counts whole cells, and 0 does not"),
        ({"focal": 2.5}, "predictors.focal: a radius counts whole cells"),
        ({"focal": {"a": 1}}, "predictors.focal: cannot read {'a': 1} as a radius"),
        ({"terrain": "clay"}, "'clay' is a column. Name a raster, or write terrain: none."),
        ({"rasters": {"dem": "a"}, "terrain": "dme"}, "there is no raster 'dme'. Did you mean"),
        (
            {"rasters": {"lc": "a"}, "categories": ["lc"], "terrain": "lc"},
            "predictors.terrain: the terrain is computed from heights, and 'lc' holds codes",
        ),
        ({"rasters": {"a": {"then": "a.tif"}}}, "predictors.rasters.a.then: 'then' is no date"),
        ({"rasters": {"a": {2018: ""}}}, "predictors.rasters.a.2018: '' is no file"),
        ({"rasters": {"a": {}}}, "predictors.rasters.a: {} is neither a file nor files by date"),
        ({"reference": "soon"}, "predictors.reference: 'soon' is no date"),
    ],
)
def test_faults_of_predictors(predictors, said):
    assert any(said in one for one in faults(None, predictors)), faults(None, predictors)
