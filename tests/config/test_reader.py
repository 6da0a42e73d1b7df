import os
import re
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edaphon.config.quantity import Quantity
from edaphon.config.reader import config_from_mapping, read_config
from edaphon.config.values import AreaValue, KeepValue, TargetValue
from edaphon.errors import ConfigError

WHOLE = """\
edaphon: 1
name: upper-valley
seed: 7
currency: CHF
horizon: 20 years
discount_rate: 3
landscape:
  file: units.gpkg
  id: unit_id
  region: municipality
  neighbour_distance: 0.01 km       # a comment
predictors:
  columns: [clay_pct, slope_pct]
  rasters: {mat_c: climate/mat.tif}
surrogates:
  soc: {samples: soil.csv, response: soc_pct, unit: "%", block: 25 km}
features:
  yield: {column: wheat_t_ha, unit: t/ha}
  soc_stock: {from: soc, depth: 0-30 cm, bulk_density: 1.3, coarse: stones_pct}
interventions:
  use: [cover_crop, no_till, agroforestry]
  bundles: [[cover_crop, no_till]]
  options:
    cover_crop: {annual: 85, establishment: 10 CHF/ha, where: "land_use == 'arable'"}
locks: locks.csv
objectives:
  biodiversity: {maximize: [earthworms, microbial_biomass], benefit: saturating}
  productivity: {maximize: yield}
  cost: {minimize: cost}
constraints:
  budget: 500000
  targets: {earthworms: 30 %, yield: {gain: 3 %}, soc_stock: 1200 t}
  keep: {yield: {min: -2 %, by: region}, soc_stock: 0 %}
  area: {agroforestry: {max: 20 %}, no_till: {min: 50 ha}}
report:
"""

LEAST = {
    "name": "valley",
    "landscape": {"file": "units.gpkg", "region": "municipality"},
    "interventions": {"use": ["cover_crop"]},
    "objectives": {"productivity": {"maximize": "yield"}},
}


def with_key(key, value):
    """The least config with one key changed."""

    def put(mapping, path):
        head, *rest = path
        below = put(mapping.get(head) or {}, rest) if rest else value
        return {**mapping, head: below}

    return put(LEAST, key.split("."))


def faults_of(mapping):
    with pytest.raises(ConfigError) as caught:
        config_from_mapping(mapping)
    return caught.value.findings


def read_text(folder, text, overrides=()):
    file = folder / "valley.yaml"
    file.write_text(text, encoding="utf-8")
    return read_config(file, overrides)


def faults_in(folder, text, overrides=()):
    with pytest.raises(ConfigError) as caught:
        read_text(folder, text, overrides)
    return [str(finding).replace(f"{folder}{os.sep}", "") for finding in caught.value.findings]


@pytest.fixture
def whole(tmp_path):
    return read_text(tmp_path, WHOLE)


def test_values_are_parsed(whole):
    assert whole.horizon.to("yr") == 20
    assert whole.discount_rate == Quantity(3.0, "%")
    assert whole.landscape.neighbour_distance.to("m") == 10
    assert whole.surrogates["soc"].block.to("m") == 25_000
    assert whole.features["soc_stock"].source == "soc"
    assert whole.features["soc_stock"].bulk_density == "1.3 g/cm3"
    assert whole.features["soc_stock"].coarse == "stones_pct"
    assert whole.interventions.bundles == (("cover_crop", "no_till"),)
    assert whole.objectives["productivity"].maximize == ("yield",)
    assert whole.report.shortlist == 5
    constraints = whole.constraints
    assert constraints.targets == {
        "earthworms": TargetValue("share", Quantity(30.0, "%")),
        "yield": TargetValue("gain", Quantity(3.0, "%")),
        "soc_stock": TargetValue("absolute", Quantity(1200.0, "t")),
    }
    assert constraints.keep["yield"] == KeepValue(Quantity(-2.0, "%"), "region")
    assert constraints.area["no_till"] == AreaValue(min=Quantity(50.0, "ha"))


def test_bare_money_is_in_the_currency_of_the_config(whole):
    option = whole.interventions.options["cover_crop"]
    assert option.annual == Quantity(85.0, "CHF/ha/yr")
    assert whole.constraints.budgets == (("cost", Quantity(500_000.0, "CHF")),)


@pytest.mark.parametrize(
    ("budget", "budgets"),
    [
        ("500000 EUR", (("cost", Quantity(500_000.0, "EUR")),)),
        ("25000 EUR/yr", (("first_year", Quantity(25_000.0, "EUR/yr")),)),
        ({"annual": "25000 EUR/yr"}, (("annual", Quantity(25_000.0, "EUR/yr")),)),
        (
            {"annual": 9, "cost": 100},
            (("cost", Quantity(100.0, "EUR")), ("annual", Quantity(9.0, "EUR/yr"))),
        ),
        (0, (("cost", Quantity(0.0, "EUR")),)),
        (None, ()),
    ],
)
def test_budgets_say_what_they_bound(budget, budgets):
    config = config_from_mapping(with_key("constraints.budget", budget))
    assert config.constraints.budgets == budgets


def test_keys_have_positions(whole, tmp_path):
    lines = WHOLE.splitlines()
    place = whole.where("interventions.use", 2)
    file, line, column, key = re.fullmatch(r"(.*):(\d+):(\d+): (.*)", place).groups()
    assert Path(file) == tmp_path / "valley.yaml"
    assert lines[int(line) - 1][int(column) - 1 :].startswith("agroforestry")
    assert key == "interventions.use.2"
    assert re.search(r":10:3: landscape\.region$", whole.where("landscape.region"))
    assert re.search(r":7:1: landscape\.policy$", whole.where("landscape.policy"))
    assert whole.where("solve.portfolios") == f"{tmp_path / 'valley.yaml'}: solve.portfolios"


def test_paths_start_from_base(tmp_path):
    (tmp_path / "data").mkdir()
    config = read_text(tmp_path, WHOLE + "base: data\n")
    assert config.resolve("units.gpkg") == tmp_path / "data" / "units.gpkg"
    assert config.resolve(tmp_path / "x") == tmp_path / "x"
    assert list(config.input_files()) == ["units.gpkg", "climate/mat.tif", "soil.csv", "locks.csv"]


def test_base_is_found_however_its_accents_are_stored(tmp_path):
    stored = tmp_path / unicodedata.normalize("NFD", "données/été")
    stored.mkdir(parents=True)
    config = read_text(tmp_path, WHOLE + "base: données/été\n")
    assert config.folder == stored
    assert config.resolve("dé.csv") == stored / "dé.csv"


def test_base_of_an_override_starts_from_the_working_directory(tmp_path, monkeypatch):
    (tmp_path / "configs").mkdir()
    (tmp_path / "data").mkdir()
    monkeypatch.chdir(tmp_path)
    config = read_text(tmp_path / "configs", WHOLE, ["base=data"])
    assert config.resolve("units.gpkg").resolve() == tmp_path / "data" / "units.gpkg"


def test_the_resolved_config_is_the_same_config_elsewhere(whole, tmp_path):
    run = tmp_path / "runs" / "valley"
    run.mkdir(parents=True)
    (run / "config.yaml").write_text(whole.as_yaml(run), encoding="utf-8")
    again = read_config(run / "config.yaml")
    assert again.hash == whole.hash
    assert again.as_mapping() == {**whole.as_mapping(), "base": "../.."}
    assert again.resolve("a").resolve() == whole.resolve("a").resolve()
    assert config_from_mapping(whole.as_mapping(), tmp_path).hash == whole.hash


@settings(deadline=None, max_examples=40)
@given(
    value=st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), min_size=1),
    seed=st.integers(0, 2**31 - 1),
)
def test_any_text_survives_the_run_directory(tmp_path_factory, value, seed):
    folder = tmp_path_factory.mktemp("run")
    mapping = {**with_key("landscape.file", value), "seed": seed, "currency": "NOK"}
    config = config_from_mapping(mapping, folder)
    (folder / "config.yaml").write_text(config.as_yaml(folder), encoding="utf-8")
    assert read_config(folder / "config.yaml").hash == config.hash


def test_the_hash_knows_the_content_and_not_the_place(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.mkdir()
    second.mkdir()
    one = read_text(first, WHOLE)
    assert one.hash == read_text(second, f"# moved\nbase: ../a\n{WHOLE}").hash
    assert one.hash != read_text(second, WHOLE, ["seed=8"]).hash


def test_overrides_replace_keys_items_and_sections(tmp_path):
    config = read_text(
        tmp_path,
        WHOLE,
        ["interventions.use.0=compost", "solve.portfolios=3", "report={shortlist: 2}", "locks="],
    )
    assert config.interventions.use == ("compost", "no_till", "agroforestry")
    assert (config.solve.portfolios, config.report.shortlist, config.locks) == (3, 2, "")
    assert config.where("report.shortlist") == "--set: report.shortlist"


def test_overrides_may_come_as_a_mapping_or_as_one_text(tmp_path):
    texts = ["seed=12", "interventions.use=[no_till, agroforestry]", "horizon=5 yr"]
    given = {
        "seed": np.int64(12),
        "interventions.use": ["no_till", "agroforestry"],
        "horizon": Quantity(5, "yr"),
    }
    assert read_text(tmp_path, WHOLE, given) == read_text(tmp_path, WHOLE, texts)
    assert read_text(tmp_path, WHOLE, "seed=12").seed == 12


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("nonsense", "--set nonsense: an override needs a key and a value. Write key=value."),
        ("a.b=[", "--set a.b=[: this is not YAML"),
        ("name.x=3", "--set name.x=3: 'name' leads into"),
        ("solve.portfolios=-3", "--set: solve.portfolios: must be at least 1, not -3."),
        ("solve.weights=9", "--set: solve.weights: 9 weights are too few for 91 portfolios."),
        ("sed=3", "--set: sed: this key is not known. Did you mean 'seed'?"),
    ],
)
def test_faulty_overrides_are_named(tmp_path, override, said):
    (found,) = faults_in(tmp_path, WHOLE, [override])
    assert found.replace("'name.x'", "'name'").startswith(said)


def test_all_faults_at_once_in_the_order_of_the_file(tmp_path):
    text = (
        WHOLE.replace("seed: 7", "seed: x")
        .replace("region: m", "regoin: m")
        .replace("{from: soc,", "{from: sok,")
        .replace("500000", "-5")
        .replace("shortlist", "short")
    )
    assert faults_in(tmp_path, text) == [
        "valley.yaml:3:1: seed: must be a whole number, not 'x'.",
        "valley.yaml:10:3: landscape.regoin: this key is not known. Did you mean 'region'?",
        "valley.yaml:19:15: features.soc_stock.from: there is no surrogate 'sok'. "
        "Did you mean 'soc'?",
        "valley.yaml:31:3: constraints.budget: a budget must not be negative, as -5 CHF is. "
        "Write 0 or more.",
        "valley.yaml:33:29: constraints.keep.yield.by: there are no regions to keep it in. "
        "Name the column of regions in landscape.region.",
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "valley.yaml:1:1: the config file is empty. Start from an example"),
        ("# nothing\n", "valley.yaml:1:1: the config file is empty."),
        ("- a\n", "valley.yaml:1:1: a config is made of keys and values"),
        ("a: [1, 2\n", "valley.yaml:2:1: this is not YAML"),
        ("a:\n\tb: 1\n", "valley.yaml:2:1: this is not YAML"),
        ("unit: %\n", "valley.yaml:1:7: this is not YAML"),
        ("a: b: c\n", "valley.yaml:1:5: this is not YAML"),
        ("name: a\nname: b\n", "valley.yaml:2:1: name: this key stands in line 1 already."),
        ("3: a\n", "valley.yaml:1:1: 3: a key must be text. Put it in quotes."),
        ("name: !!python/object a\n", "valley.yaml:1:7: name: the tag"),
        ("name: &x [*x]\n", "valley.yaml:1:7: name.0: an alias refers to the value"),
        ("a: " + "[" * 5000, "valley.yaml:1:1: the values are nested too deeply"),
        ("[" * 60 + "]" * 60, "valley.yaml:1:52: 0.0.0"),
        ("name: a\x00\n", "valley.yaml:1:8: this is not YAML: the sign '\\x00'"),
        ("--- {a: 1}\n--- {b: 2}\n", "valley.yaml:2:1: this is not YAML"),
    ],
)
def test_faults_of_the_text(tmp_path, text, said):
    assert any(found.startswith(said) for found in faults_in(tmp_path, text))


def test_two_duplicate_keys_are_both_reported(tmp_path):
    found = faults_in(tmp_path, WHOLE + "seed: 9\nname: other\n")
    assert [one.split(". ")[0] for one in found] == [
        "valley.yaml:36:1: seed: this key stands in line 3 already",
        "valley.yaml:37:1: name: this key stands in line 2 already",
    ]


def test_merge_keys_and_anchors_work(tmp_path):
    text = WHOLE.replace(
        "yield: {column", "base_: &base {unit: t/ha, column: x}\n  yield: {<<: *base, column"
    )
    config = read_text(tmp_path, text)
    assert config.features["yield"].column == "wheat_t_ha"
    assert config.features["base_"].unit == "t/ha"


def test_aliases_do_not_explode(tmp_path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 12)]
    assert any("unfold" in found for found in faults_in(tmp_path, "\n".join(lines)))


def test_files_that_cannot_be_read(tmp_path):
    (tmp_path / "valley.yaml").write_text(WHOLE, encoding="utf-8")
    (tmp_path / "latin.yaml").write_bytes("name: Tälchen".encode("latin-1"))
    for name, said in [
        ("vally.yaml", "there is no such config file. In its folder: did you mean 'valley.yaml'?"),
        ("latin.yaml", "the file is not UTF-8 (byte 8). Save it as UTF-8"),
        ("", "the config file cannot be read: Is a directory"),
    ]:
        with pytest.raises(ConfigError) as caught:
            read_config(tmp_path / name)
        assert said in str(caught.value)


def test_byte_order_mark_is_no_fault(tmp_path):
    (tmp_path / "bom.yaml").write_text(WHOLE, encoding="utf-8-sig")
    assert read_config(tmp_path / "bom.yaml").name == "upper-valley"


@pytest.mark.parametrize(
    ("key", "value", "where", "said"),
    [
        ("landscape.file", "", "landscape", "nothing says where the planning units are"),
        ("landscape.cells", {"raster": "a.tif"}, "landscape.cells", "not from both"),
        (
            "landscape",
            {"cells": {"raster": "a.tif", "hull_of": "soc"}},
            "landscape.cells.hull_of",
            "there is no surrogate 'soc'",
        ),
        ("landscape.cells", {"raster": ""}, "landscape.cells.raster", "must not be empty"),
        ("landscape", None, "landscape", "this key is missing"),
        ("landscape", "units.gpkg", "landscape", "must hold keys with values"),
        ("landscape.id", 3, "landscape.id", "must be text, not 3"),
        ("landscape.neighbour_distance", "10 kg", "landscape.neighbour_distance", "as a length"),
        ("landscape.neighbour_distance", -1, "landscape.neighbour_distance", "not be negative"),
        ("edaphon", 2, "edaphon", "must be 1, not 2"),
        ("name", "a/b", "name", "cannot be a name"),
        ("currency", "EURO", "currency", "no currency 'EURO' is known"),
        ("horizon", 0, "horizon", "the horizon must be above 0"),
        ("horizon", "20 t", "horizon", "as a time in years"),
        ("discount_rate", "-3 %", "discount_rate", "a rate must not be negative"),
        ("base", "nowhere", "base", "there is no folder 'nowhere'"),
        ("seed", -1, "seed", "must be at least 0"),
        ("predictors.columns", "clay", "predictors.columns", "must be a list, not 'clay'"),
        ("predictors.columns", ["a", "a"], "predictors.columns.1", "'a' stands twice"),
        ("predictors", {"columns": ["a"], "rasters": {"a": "a.tif"}}, "predictors.rasters.a", "as"),
        ("predictors.categories", ["a"], "predictors.categories.0", "there is no predictor 'a'"),
        ("predictors.missing", "drop", "predictors.missing", "must be 'refuse', 'impute'"),
        ("surrogates.soc", {}, "surrogates.soc.samples", "this key is missing"),
        ("surrogates.soc", {"unit": "g/gk"}, "surrogates.soc.unit", "'gk' is no unit"),
        ("surrogates.soc", {"unit": ""}, "surrogates.soc.unit", "must not be empty"),
        ("surrogates.soc.predictors", ["a"], "surrogates.soc.predictors.0", "no predictor 'a'"),
        ("surrogates.soc.depth", "30-0 cm", "surrogates.soc.depth", "does not run downward"),
        ("surrogates.soc.block", "3 kg", "surrogates.soc.block", "as an angle"),
        ("surrogates.a/b", {}, "surrogates.a/b", "cannot be a name"),
        ("features.x", {"column": "a", "from": "b"}, "features.x.from", "not from both"),
        ("features.x.from", "soc", "features.x.from", "there is no surrogate 'soc'"),
        ("features.x.better", "more", "features.x.better", "must be 'higher' or 'lower'"),
        ("features.x.bulk_density", "1.3 t", "features.x.bulk_density", "as a bulk density"),
        ("features.x.unit", "t_ha", "features.x.unit", "'_' has no meaning"),
        ("interventions.use", [], "interventions.use", "no intervention is named"),
        ("interventions.use", ["a", "a"], "interventions.use.1", "'a' stands twice"),
        ("interventions.use", ["baseline"], "interventions.use.0", "always among the options"),
        ("interventions.use", ["a", 3], "interventions.use.1", "must be text, not 3"),
        ("interventions.bundles", [["a"]], "interventions.bundles.0", "two interventions or more"),
        (
            "interventions.options.cover_crop.establishment",
            "-5 EUR/ha",
            "interventions.options.cover_crop.establishment",
            "a cost of establishment must not be negative",
        ),
        (
            "interventions.options.cover_crop.annual",
            "85 USD/ha/yr",
            "interventions.options.cover_crop.annual",
            "is in USD, but the currency of this config is EUR",
        ),
        (
            "interventions.options.cover_crop.where",
            "slope = 3",
            "interventions.options.cover_crop.where",
            "write == to compare (at character 7)",
        ),
        ("objectives", {}, "objectives", "there is no objective"),
        ("objectives.a", {}, "objectives.a", "either maximizes features or minimizes"),
        ("objectives.a", {"maximize": "x", "minimize": "cost"}, "objectives.a", "either"),
        ("objectives.a.maximize", ["x", "x"], "objectives.a.maximize.1", "'x' stands twice"),
        ("objectives.a.maximize", 3, "objectives.a.maximize", "neither a name nor a list"),
        (
            "objectives.productivity.weights",
            {"yield": -1},
            "objectives.productivity.weights.yield",
            "must be at least 0",
        ),
        (
            "objectives.productivity.weights",
            {"yeild": 1},
            "objectives.productivity.weights.yeild",
            "does not maximize 'yeild'. Did you mean 'yield'?",
        ),
        (
            "objectives.productivity.weights",
            {"yield": 0},
            "objectives.productivity.weights",
            "all weights are 0",
        ),
        ("objectives.kind", {"maximize": "x"}, "objectives.kind", "front.csv has a column 'kind'"),
        ("objectives.spent_cost", {"maximize": "x"}, "objectives.spent_cost", "front.csv"),
        (
            "objectives.productivity_lower",
            {"maximize": "x"},
            "objectives.productivity_lower",
            "for the objective 'productivity'",
        ),
        ("constraints.budget", "5 t/ha", "constraints.budget", "as an amount of money"),
        ("constraints.budget", "5 EUR/ha", "constraints.budget", "as an amount of money"),
        ("constraints.budget", "-5 EUR", "constraints.budget", "must not be negative"),
        ("constraints.budget.anual", 3, "constraints.budget.anual", "Did you mean 'annual'?"),
        ("constraints.budget.annual", "3 t", "constraints.budget.annual", "payment per year"),
        ("constraints.targets.x", 30, "constraints.targets.x", "30 has no unit"),
        ("constraints.targets.x", "130 %", "constraints.targets.x", "no portfolio reaches 130 %"),
        ("constraints.targets.x", "-3 t", "constraints.targets.x", "must not be negative"),
        ("constraints.targets.x.gian", "3 %", "constraints.targets.x.gian", "mean 'gain'"),
        ("constraints.targets.x.gain", "3 t", "constraints.targets.x.gain", "as a share"),
        ("constraints.keep.x", "2 %", "constraints.keep.x", "keep bounds a loss, and 2 % is none"),
        ("constraints.keep.x", {"by": "region"}, "constraints.keep.x.min", "nothing as a share"),
        (
            "constraints.keep.x",
            {"min": "-2 %", "by": "farm"},
            "constraints.keep.x.by",
            "keep cannot go by 'farm'",
        ),
        ("constraints.area.x", 20, "constraints.area.x", "does not say whether it is min or max"),
        ("constraints.area.x", {"max": 20}, "constraints.area.x.max", "20 has no unit"),
        ("constraints.area.x", {"max": "120 %"}, "constraints.area.x.max", "no part of the lands"),
        ("constraints.area.x", {"max": "3 t"}, "constraints.area.x.max", "as an area"),
        (
            "constraints.area.x",
            {"min": "3 km2", "max": "200 ha"},
            "constraints.area.x",
            "min (3 km2) lies above max (200 ha)",
        ),
        ("solve.portfolios", 0, "solve.portfolios", "must be at least 1, not 0"),
        ("solve.portfolios", 3.5, "solve.portfolios", "must be a whole number, not 3.5"),
        ("report.anonymous", "maybe", "report.anonymous", "must be true or false"),
        ("report", ["a"], "report", "must hold keys with values, not a list"),
    ],
)
def test_each_fault_has_its_place_and_its_sentence(key, value, where, said):
    found = [one for one in faults_of(with_key(key, value)) if one.where == f"config: {where}"]
    assert any(said in str(one) for one in found), faults_of(with_key(key, value))


def test_an_unknown_currency_does_not_condemn_every_cost():
    mapping = {**with_key("constraints.budget", "5 EUR"), "currency": "EURO"}
    assert len(faults_of(mapping)) == 1


def test_six_objectives_are_enough():
    six = {f"o{k}": {"maximize": f"f{k}"} for k in range(6)}
    assert len(config_from_mapping({**LEAST, "objectives": six}).objectives) == 6
    (found,) = faults_of({**LEAST, "objectives": {**six, "o6": {"maximize": "f6"}}})
    assert "7 objectives are more than a front can show (6)" in found.what


def test_annual_costs_may_be_savings():
    config = config_from_mapping(
        with_key("interventions.options.cover_crop.annual", "-20 EUR/ha/yr")
    )
    assert config.interventions.options["cover_crop"].annual.value == -20


def test_empty_sections_count_as_not_given():
    mapping = {**LEAST, "constraints": None, "features": {"yield": None}, "predictors": {}}
    config = config_from_mapping(mapping)
    assert config.constraints.budgets == ()
    assert config.features["yield"].column == ""


def test_sections_are_frozen():
    config = config_from_mapping(LEAST)
    with pytest.raises(ValueError, match="frozen"):
        config.landscape.file = "other.gpkg"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
KEYS = st.sampled_from(
    [
        *("landscape", "landscape.cells", "predictors", "predictors.rasters", "predictors.columns"),
        *("surrogates", "surrogates.soc", "surrogates.soc.unit", "features", "features.x"),
        *("interventions", "interventions.use", "interventions.bundles", "interventions.options"),
        *("objectives", "objectives.a", "objectives.a.maximize", "objectives.a.weights"),
        *("constraints", "constraints.budget", "constraints.targets", "constraints.targets.x"),
        *("constraints.keep.x", "constraints.area.x", "currency", "base", "horizon", "name"),
    ]
)


@settings(deadline=None, max_examples=300)
@given(KEYS, JUNK)
def test_junk_is_read_or_refused_with_findings(key, junk):
    said = ["fine"]
    try:
        config_from_mapping(with_key(key, junk))
    except ConfigError as error:
        said = [finding.what for finding in error.findings]
    assert said
    assert all(said)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("surrogates.soc.block", 500, "Write 500 m"),
        ("surrogates.soc.block", "500 degrees", "wider than any land"),
        ("surrogates.soc.block", 0, "must be above 0"),
        ("features.soc.depth", 30, "Write it as 0-30 cm"),
    ],
)
def test_a_number_without_the_unit_that_was_meant_is_told(key, value, said):
    found = faults_of({**with_key("predictors.columns", ["clay"]), **sections(key, value)})
    assert any(said in f"{one.what} {one.hint}" for one in found), found


def test_blocks_are_degrees_or_lengths():
    for value in (0.5, "0.5 degrees", "2 km", "500 m"):
        given = sections("surrogates.soc.block", value)
        config = config_from_mapping({**with_key("predictors.columns", ["clay"]), **given})
        assert str(config.surrogates["soc"].block).split()[-1] in {"degrees", "km", "m"}


def sections(key, value):
    """A surrogate and a feature, one key of which has a value."""
    made = {
        "surrogates": {"soc": {"samples": "soil.csv", "response": "soc", "unit": "%"}},
        "features": {"soc": {"from": "soc"}},
    }
    section, name, field = key.split(".")
    made[section][name][field] = value
    return made
