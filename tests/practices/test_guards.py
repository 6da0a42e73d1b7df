"""Guards: each keeps practices off units, and says why."""

from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import box

from edaphon.config.reader import config_from_mapping, read_config
from edaphon.data.landscape import Landscape
from edaphon.errors import ConfigError, DataError
from edaphon.practices.catalogue import read_catalogue, whole_catalogue
from edaphon.practices.options import build_options
from edaphon.practices.shipped import shipped_intervention
from edaphon.practices.values import Guards
from edaphon.workflow import run

ASSESSED = {"risk_assessed": True}


def landscape_of(n=4, **columns):
    return Landscape(
        ids=np.array([f"u{i}" for i in range(n)]),
        area_ha=np.ones(n),
        attributes=pd.DataFrame({"land_use": ["arable"] * n, **columns}),
        latitude=np.full(n, 47.0),
        longitude=np.full(n, 15.0),
    )


def config_of(use, options=None, bundles=(), guards=None, own=None, **more):
    return config_from_mapping(
        {
            "name": "test",
            "landscape": {"file": "units.gpkg"},
            "interventions": {
                "use": list(use),
                "bundles": list(bundles),
                "options": options or {},
                "own": own or {},
            },
            "objectives": {"productivity": {"maximize": "yield"}},
            "guards": guards or {},
            **more,
        }
    )


def options_of(config, landscape):
    return build_options(config, read_catalogue(config), landscape)


def said(made, text):
    """Return the findings and reasons that hold a text."""
    return [f for f in made.findings if text in f.what], [r for r in made.reasons if text in r]


def rows(made, a=1):
    return (made.allowed[:, a] == 0).tolist()


@pytest.mark.parametrize(
    "name", [i.name for i in whole_catalogue().interventions if i.guards.live_release]
)
def test_a_live_release_waits_for_its_risk_assessment(name):
    where = {"where": "land_use == 'arable'"}
    columns = {"contaminated": [True] * 4} if "bio" in name else {}
    made = options_of(config_of([name], {name: where}), landscape_of(**columns))
    assert not any(rows(made))
    (finding,), (reason,) = said(made, "risk has not been assessed")
    assert finding.severity == "warning"
    assert "risk_assessed: true" in finding.hint
    assert reason.startswith("guarded: ")
    allowed = options_of(config_of([name], {name: {**where, **ASSESSED}}), landscape_of(**columns))
    if name in {"mycorrhiza", "microbial_consortia"} or not columns:
        assert said(allowed, "risk has not been assessed") == ([], [])


def test_a_bundle_takes_the_assessment_of_its_part_or_its_own():
    bundle = [["mycorrhiza", "no_till"]]
    for key in ("mycorrhiza", "mycorrhiza+no_till"):
        config = config_of(["no_till"], {key: ASSESSED}, bundle)
        assert all(rows(options_of(config, landscape_of(phosphorus_mg_kg=[5.0] * 4)), 2))
    config = config_of(["no_till"], {"no_till": ASSESSED}, bundle)
    assert not any(rows(options_of(config, landscape_of(phosphorus_mg_kg=[5.0] * 4)), 2))


def test_alien_earthworms_go_nowhere_even_if_assessed():
    options = {"earthworm_release": {**ASSESSED, "origin": "alien"}}
    made = options_of(config_of(["earthworm_release"], options), landscape_of())
    assert not any(rows(made))
    assert said(made, "alien species is forbidden")[0][0].severity == "warning"
    native = {"earthworm_release": {**ASSESSED, "native_where": "region_code == 2"}}
    landscape = landscape_of(region_code=[1, 2, 2, 3])
    made = options_of(config_of(["earthworm_release"], native), landscape)
    assert rows(made) == [False, True, True, False]
    (finding,), _ = said(made, "is not native there")
    assert "kept off 2 units, 2 are left" in finding.what
    assert finding.severity == "note"


def test_manure_keeps_its_distance_and_carries_its_flag():
    landscape = landscape_of(well_m=[10.0, 60.0, 200.0, np.nan], brook_m=[500.0, 40.0, 50.0, 90.0])
    guards = {"water_distance": ["well_m", "brook_m"]}
    made = options_of(config_of(["manure", "cover_crop"], guards=guards), landscape)
    assert rows(made) == [False, False, True, False]
    assert all(rows(made, 2))
    assert said(made, "closer than 50 m to wells or water")[1]
    assert "compost" in said(made, "antibiotic resistance")[0][0].hint
    own = {"manure": {"water_distance": "30 m"}}
    assert rows(options_of(config_of(["manure"], own, guards=guards), landscape))[1]
    unknown = options_of(config_of(["manure"]), landscape_of())
    (finding,), _ = said(unknown, "no column says how far")
    assert finding.severity == "warning"
    assert all(rows(unknown))
    found = landscape_of(distance_to_water_m=[10.0, 60.0, 60.0, 60.0])
    assert rows(options_of(config_of(["manure"]), found)) == [False, True, True, True]


def test_contaminated_units_take_remediation_or_what_nobody_eats():
    use = ["biostimulation", "compost", "cover_crop"]
    landscape = landscape_of(contaminated=[True, False, True, False])
    made = options_of(config_of(use), landscape)
    assert rows(made, 1) == [True, False, True, False]
    assert rows(made, 2) == [False, True, False, True]
    assert all(rows(made, 3))
    assert said(made, "the product of compost is eaten")[1]
    many = ["compost", "no_till", "organic", "mulch", "diversified_rotation"]
    (note,) = said(options_of(config_of(many), landscape), "contaminated, and what it brings")[0]
    assert note.severity == "note"
    eaten = [name for name in many if shipped_intervention(name).guards.edible]
    assert note.what.endswith(": " + ", ".join(eaten))
    ratio = landscape_of(zinc_ratio=[1.2, 0.3, 5.0, 0.9])
    guards = {"contaminated": "zinc_ratio > 1"}
    assert np.array_equal(
        made.allowed == 0, options_of(config_of(use, guards=guards), ratio).allowed == 0
    )
    worded = landscape_of(contaminated=["yes", "no", "yes", None])
    assert np.array_equal(made.allowed == 0, options_of(config_of(use), worded).allowed == 0)
    stated = landscape_of(contaminated=[False] * 4, zinc_ratio=[1.2, 0.3, 5.0, 0.9])
    told = options_of(config_of(use, guards=guards), stated)
    assert np.array_equal(made.allowed == 0, told.allowed == 0)
    counted = landscape_of(exceeded=[1.0, 0.0, 2.0, np.nan])
    assert np.array_equal(made.allowed == 0, options_of(config_of(use), counted).allowed == 0)


def test_remediation_without_any_contaminated_unit_says_so():
    made = options_of(config_of(["biostimulation"]), landscape_of())
    assert not any(rows(made))
    assert any("no unit may use biostimulation" in f.what for f in made.findings)
    free = {"biostimulation": {"where": "land_use == 'arable'"}}
    made = options_of(config_of(["biostimulation"], free), landscape_of())
    assert not any(rows(made))
    assert said(made, "is for contaminated units")[1]


def test_trees_are_not_planted_on_native_grassland():
    use = ["agroforestry", "silvopasture"]
    landscape = landscape_of(
        land_use=["grassland", "Native grassland", "grassland", "arable"],
        soil_depth_cm=[90.0] * 4,
        native_grassland=[False, False, True, False],
    )
    free = {name: {"where": "soil_depth_cm > 0"} for name in use}
    made = options_of(config_of(use, free), landscape)
    assert rows(made, 1) == rows(made, 2) == [True, False, False, True]
    assert said(made, "native grassland is protected")[1]
    steppe = {"native_grassland": "habitat == 6210"}
    made = options_of(config_of(use, guards=steppe), landscape_of(habitat=[6210, 1, 1, 1]))
    assert rows(made, 1) == [False, True, True, True]


def test_peat_and_black_soil_are_not_converted():
    landscape = landscape_of(peat=["yes", "", "no", None], wrb=["Histosol", "Chernozem", "x", "y"])
    guards = {"black_soil": "wrb in ('Chernozem', 'Phaeozem')"}
    made = options_of(config_of(["permaculture", "no_till"], guards=guards), landscape)
    assert rows(made, 1) == [False, False, True, True]
    assert all(rows(made, 2))
    assert said(made, "peatland is protected")[1]
    assert said(made, "black soil is protected")[1]


def test_land_that_nothing_tells_of_is_a_note():
    (finding,), _ = said(options_of(config_of(["agroforestry"]), landscape_of()), "nothing says")
    assert finding.severity == "note"
    assert "native grassland, peatland, black soil" in finding.what
    assert "native_grassland" in finding.hint


def test_one_dose_of_biochar_within_the_horizon():
    landscape = landscape_of(years_since_biochar=[3.0, 25.0, np.nan, 20.0], ph=[6.0] * 4)
    made = options_of(config_of(["biochar"]), landscape)
    assert rows(made) == [False, True, True, True]
    assert said(made, "within the last 20 years")[1]
    short = options_of(config_of(["biochar"], horizon="3 yr"), landscape)
    assert all(rows(short))
    named = config_of(["biochar"], {"biochar": {"years_since": "charred"}})
    with pytest.raises(DataError, match="charred"):
        options_of(named, landscape)
    half = {"biochar_half": {"title": "Half", "guards": {"once_per_horizon": True}}}
    twice = config_of(["biochar"], bundles=[["biochar", "biochar_half"]], own=half)
    made = options_of(twice, landscape)
    assert not any(rows(made, 2))
    assert said(made, "are two doses")[1]


def test_parts_that_exclude_each_other_are_no_bundle():
    made = options_of(
        config_of(["no_till"], bundles=[["no_till", "reduced_tillage"]]), landscape_of()
    )
    assert all(rows(made, 1))
    assert not any(rows(made, 2))
    assert said(made, "two levels of the same thing")[0][0].severity == "warning"


def test_a_need_that_no_bundle_meets_is_a_note():
    options = {"mycorrhiza": ASSESSED}
    landscape = landscape_of(phosphorus_mg_kg=[5.0] * 4)
    made = options_of(config_of(["mycorrhiza"], options), landscape)
    assert "reduced_tillage" in said(made, "mycorrhiza needs one of")[0][0].what
    bundled = config_of(["no_till"], options, [["mycorrhiza", "no_till"]])
    assert not said(options_of(bundled, landscape), "needs one of")[0]


def test_law_forbids_by_jurisdiction(tmp_path):
    (tmp_path / "law.csv").write_text(
        "jurisdiction,intervention,why\nA,biochar,fertilizer law\n*,manure,ban\nZ,compost,\n"
    )
    guards = {"law": str(tmp_path / "law.csv"), "jurisdiction": "land"}
    landscape = landscape_of(land=["A", "B", "A", "B"], ph=[6.0] * 4)
    config = config_of(
        ["biochar", "manure", "compost"], guards=guards, bundles=[["biochar", "compost"]]
    )
    made = options_of(config, landscape)
    assert rows(made, 1) == rows(made, 4) == [False, True, False, True]
    assert not any(rows(made, 2))
    assert all(rows(made, 3))
    assert "guarded: law of A forbids biochar (fertilizer law)" in made.reasons
    assert any("no unit lies in 'Z'" in f.what and f.severity == "warning" for f in made.findings)
    assert str(tmp_path / "law.csv") in config.input_files()
    (tmp_path / "law.csv").write_text("jurisdiction,intervention\nA,biocar\n")
    with pytest.raises(DataError, match="unknown intervention 'biocar'"):
        options_of(config, landscape)
    column = {"biochar": {"legal_where": "land == 'B'"}}
    made = options_of(config_of(["biochar"], column), landscape)
    assert rows(made) == [False, True, False, True]


def test_faults_of_what_guards_go_by_are_told_at_once():
    guards = {"contaminated": "zinc > 1", "water_distance": ["brook"], "jurisdiction": "state"}
    options = {"compost": {"legal_where": "nowhere == 1"}}
    with pytest.raises(DataError) as caught:
        options_of(config_of(["manure"], guards=guards), landscape_of())
    assert len([f for f in caught.value.findings if f.severity == "error"]) == 3
    with pytest.raises(DataError, match=r"options\.compost\.legal_where"):
        options_of(config_of(["compost"], options), landscape_of())
    with pytest.raises(ConfigError, match="guards"):
        config_of(["manure"], guards={"contaminated": "zinc >"})


def test_a_layer_of_a_surrogate_is_waited_for():
    from dataclasses import replace

    config = config_of(["biostimulation", "compost"], guards={"contaminated": "zn_ratio > 1"})
    waiting = replace(landscape_of(), expected=("zn_ratio",))
    made = options_of(config, waiting)
    assert (made.allowed == 0).all()
    known = replace(waiting, attributes=waiting.attributes.assign(zn_ratio=[2.0, 0.1, 0.2, 3.0]))
    made = options_of(config, known)
    assert rows(made, 1) == [True, False, False, True]
    assert rows(made, 2) == [False, True, True, False]


def test_more_reasons_than_codes_share_the_last(tmp_path):
    lines = [f"J{k},biochar,rule {k}\n" for k in range(300)]
    (tmp_path / "law.csv").write_text("jurisdiction,intervention,why\n" + "".join(lines))
    guards = {"law": str(tmp_path / "law.csv"), "jurisdiction": "land"}
    landscape = landscape_of(
        300, land_use=["arable"] * 300, ph=[6.0] * 300, land=[f"J{k}" for k in range(300)]
    )
    made = options_of(config_of(["biochar"], guards=guards), landscape)
    assert not any(rows(made))
    assert len(made.reasons) <= 255
    assert made.reasons[made.allowed[299, 1]] == "forbidden by another rule"


def test_the_guards_of_an_own_practice():
    own = {
        "worms": {"title": "Worms from the shop", "guards": {"live_release": True}},
        "reed": {"title": "Reed for fuel", "guards": {"edible": False}},
        "garden": {"title": "Garden"},
    }
    landscape = landscape_of(contaminated=[True, False, False, False])
    made = options_of(config_of(list(own), own=own), landscape)
    assert [sum(rows(made, a)) for a in (1, 2, 3)] == [0, 4, 3]
    alien = {"worms": {**ASSESSED, "origin": "alien"}}
    made = options_of(config_of(list(own), alien, own=own), landscape)
    assert not any(rows(made))


def write_project(folder: Path) -> Path:
    """Write 24 fields, a third of them over the limit of zinc."""
    zinc = np.where(np.arange(24) % 3 == 0, 900.0, 60.0)
    squares = [box(k % 6, k // 6, k % 6 + 1, k // 6 + 1) for k in range(24)]
    shapes = gpd.GeoSeries(squares, crs=32633).affine_transform([100, 0, 0, 100, 5e5, 5.2e6])
    units = {"unit_id": [f"f{k}" for k in range(24)], "land_use": "arable", "ph": 6.5}
    columns = {"zn_mg_kg": zinc, "wheat_t_ha": np.linspace(3.0, 7.0, 24), "clay_pct": 20.0}
    gpd.GeoDataFrame({**units, **columns}, geometry=shapes).to_file(folder / "units.gpkg")
    (folder / "edaphon.yaml").write_text(
        """
edaphon: 1
name: spill
landscape: {file: units.gpkg, id: unit_id, derive: [exceedance]}
predictors: {columns: [clay_pct]}
features:
  yield: {column: wheat_t_ha, unit: t/ha}
interventions:
  use: [bioremediation, biostimulation, compost, organic, diversified_rotation]
  options: {bioremediation: {risk_assessed: true}}
objectives:
  clean: {maximize: contaminant_removal}
  productivity: {maximize: yield}
  cost: {minimize: cost}
constraints:
  budget: 5000000 EUR
solve: {portfolios: 9}
report: {shortlist: 2}
""",
        encoding="utf-8",
    )
    return folder / "edaphon.yaml"


def test_contaminated_land_gets_remediation_and_nothing_edible(tmp_path):
    done = run(read_config(write_project(tmp_path)), out=tmp_path / "out", until="solve")
    problem, front = done.problem, done.front
    contaminated = np.arange(24) % 3 == 0
    chosen = front.portfolios[front.on_front]
    names = np.array(problem.interventions)
    assert set(names[np.unique(chosen[:, contaminated])]) == {"baseline", "bioremediation"}
    assert not set(names[np.unique(chosen[:, ~contaminated])]) & {
        "bioremediation",
        "biostimulation",
    }
    assert "diversified_rotation" in names[np.unique(chosen[:, ~contaminated])]
    text = (tmp_path / "out" / "findings.json").read_text(encoding="utf-8")
    assert "the product of compost is eaten" in text


@pytest.mark.slow
def test_the_report_says_resistance_adoption_and_what_the_effects_rest_on(tmp_path):
    config = write_project(tmp_path)
    overrides = [
        "interventions.use=[manure, organic]",
        "interventions.options={}",
        "objectives.clean={maximize: soc}",
        "adoption={logistic: {intercept: 1}}",
        "solve.portfolios=3",
    ]
    done = run(config, out=tmp_path / "out", overrides=overrides)
    page = " ".join((done.folder / "report.html").read_text(encoding="utf-8").split())
    assert "may spread genes of antibiotic resistance" in page
    assert "stored or composted manure" in page
    # logistic: 1 / (1 + exp(-(1 + 0.5 (ease - 3))))
    assert "Effects count by the probability that an intervention is taken up" in page
    assert "rest on published figures" in page
    assert "What 4 pairs of intervention and feature rest on" in page
    table = pd.read_csv(done.folder / "front.csv")
    treated = table[table["treated_area_ha"] > 0]
    assert len(treated) > 0
    assert (treated["cost_upper"] > treated["cost"]).all()
    assert (treated["cost_lower"] < treated["cost"]).all()


FIRES = {
    "live_release": ("earthworm_release", {}, {}, "risk has not been assessed"),
    "needs_risk_assessment": ("rhizobia", {"ph": 6.5}, {}, "risk has not been assessed"),
    "native_only": ("earthworm_release", {}, {**ASSESSED, "origin": "alien"}, "alien species"),
    "water_distance_m": ("manure", {"well_distance_m": 20.0}, {}, "closer than 50 m"),
    "contaminated_only": (
        "biostimulation",
        {},
        {"where": "land_use == 'arable'"},
        "for contaminated units",
    ),
    "edible": ("compost", {"contaminated": True}, {}, "is eaten"),
    "excluded_land_uses": ("agroforestry", {"native_grassland": True}, {}, "native grassland"),
    "converts_land": ("agroforestry", {"black_soil": True}, {}, "black soil is protected"),
    "once_per_horizon": ("biochar", {"ph": 6.0, "years_since_biochar": 4.0}, {}, "one dose"),
}


@pytest.mark.parametrize("guard", FIRES)
def test_every_guard_of_the_catalogue_fires_and_says_why(guard):
    name, columns, option, why = FIRES[guard]
    one = next(i for i in whole_catalogue().interventions if i.name == name)
    assert getattr(one.guards, guard), "the practice is bound to it"
    landscape = landscape_of(**{column: [value] * 4 for column, value in columns.items()})
    made = options_of(config_of([name], {name: option} if option else {}), landscape)
    assert not any(rows(made))
    code = made.allowed[0, 1]
    assert why in made.reasons[code]
    assert made.reasons[code].startswith("guarded: ")
    finding = next(f for f in made.findings if why in f.what)
    assert f"{name} is kept off 4 units, 0 are left" in finding.what
    assert finding.severity == "warning"
    assert finding.hint


def test_no_guard_of_the_catalogue_is_left_untested():
    bound = {
        field.name
        for one in whole_catalogue().interventions
        for field in fields(Guards)
        if getattr(one.guards, field.name)
    }
    # a note, and words about the law; both have tests of their own above
    assert bound - set(FIRES) == {"antibiotic_resistance", "jurisdiction"}
