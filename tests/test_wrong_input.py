"""Wrong input of many kinds: each ends in findings that say where, what and how, never a traceback.

One small landscape is spoiled in one way after the other and checked in this process;
tests/test_faults.py runs the command itself.
"""

import copy
import shutil
import unicodedata
from itertools import islice

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from ruamel.yaml import YAML

from edaphon.config.reader import read_config
from edaphon.errors import ConfigError, EdaphonError
from edaphon.workflow import check

N_UNITS = 24
CONFIG = """\
edaphon: 1
name: small
seed: 3
landscape: {file: units.gpkg, id: id, region: town}
predictors:
  columns: [clay_pct, slope]
surrogates:
  soc:
    samples: soil.csv
    response: soc_pct
    unit: "%"
    crs: EPSG:3035
    block: 100 m
features:
  yield: {column: wheat, unit: t/ha}
interventions:
  use: [cover_crop, compost]
  options:
    cover_crop: {annual: 85 EUR/ha/yr, where: land_use == 'arable'}
    compost: {annual: 180 EUR/ha/yr, where: slope < 15}
locks: locks.csv
objectives:
  soc: {maximize: soc}
  yield: {maximize: yield}
  cost: {minimize: cost}
constraints:
  budget: 100000 EUR
"""


def units():
    """24 squares of 3.6 ha in two towns, in ETRS89 / LAEA Europe."""
    row, column = np.divmod(np.arange(N_UNITS), 6)
    x, y = 4_400_000.0 + 200 * column, 2_800_000.0 + 200 * row
    return gpd.GeoDataFrame(
        {
            "id": [f"u{i:02d}" for i in range(N_UNITS)],
            "town": np.where(column < 3, "Süd", "Nord"),
            "clay_pct": 8.0 + np.arange(N_UNITS) * 7 % 31,
            "land_use": np.where(np.arange(N_UNITS) % 4 == 0, "grassland", "arable"),
            "wheat": 4.0 + np.arange(N_UNITS) * 5 % 13 / 4,
            "slope": np.arange(N_UNITS) * 11 % 17 * 1.25,
        },
        geometry=shapely.box(x, y, x + 190, y + 190),
        crs="EPSG:3035",
    )


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sound")
    fields = units()
    fields.to_file(folder / "units.gpkg", driver="GPKG")
    at = np.arange(48) % N_UNITS
    center = fields.geometry.centroid
    pd.DataFrame(
        {
            "x": center.x.to_numpy()[at] + at % 5,
            "y": center.y.to_numpy()[at] - at % 7,
            "soc_pct": 0.5 + 0.05 * fields["clay_pct"].to_numpy()[at] + np.arange(48) % 9 / 40,
        }
    ).to_csv(folder / "soil.csv", index=False)
    (folder / "locks.csv").write_text("unit_id,intervention,lock\nu01,cover_crop,out\n")
    (folder / "c.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


@pytest.fixture
def folder(sound, tmp_path, monkeypatch):
    """A copy that a test may spoil, as the working directory."""
    shutil.copytree(sound, tmp_path / "job")
    monkeypatch.chdir(tmp_path / "job")
    return tmp_path / "job"


def says(old, new):
    """Replace a text of the config."""

    def spoil(folder):
        text = (folder / "c.yaml").read_text(encoding="utf-8")
        assert old in text
        (folder / "c.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")

    return spoil


def holds(name, content):
    """Put bytes into a file."""
    return lambda folder: (folder / name).write_bytes(content)


def changes(name, change):
    """Change the bytes of a file."""
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def draws(change):
    """Change the units."""

    def spoil(folder):
        (folder / "units.gpkg").unlink()
        change(units()).to_file(folder / "units.gpkg", driver="GPKG")

    return spoil


def cell(text):
    """Write a text into the response of the fourth sample."""

    def change(raw):
        lines = raw.decode().split("\n")
        lines[4] = f"{lines[4].rsplit(',', 1)[0]},{text}"
        return "\n".join(lines).encode()

    return changes("soil.csv", change)


def folder_at(name):
    def spoil(folder):
        (folder / name).unlink()
        (folder / name).mkdir()

    return spoil


def link_to_itself(name):
    def spoil(folder):
        (folder / name).unlink()
        (folder / name).symlink_to(name)

    return spoil


def reshaped(row, make):
    """Give one unit another geometry, made from its own."""

    def change(frame):
        geometry = frame.geometry.to_list()
        geometry[row] = make(geometry[row])
        return frame.set_geometry(gpd.GeoSeries(geometry, crs=frame.crs))

    return draws(change)


def moved(**by):
    return draws(lambda frame: frame.set_geometry(frame.geometry.translate(**by)))


FILES = [
    (changes("units.gpkg", lambda raw: raw[: len(raw) // 2]), "c.yaml:4:13: .* is damaged or cut"),
    (changes("units.gpkg", lambda raw: raw[:100]), "is damaged or cut off. Copy or export it"),
    (holds("units.gpkg", b""), "units.gpkg is empty. Give a GeoPackage"),
    (holds("units.gpkg", b"\x89PNG\r\n\x1a\n"), "cannot be read as a vector file .*not recognized"),
    (folder_at("units.gpkg"), "units.gpkg is a folder. Name a GeoPackage"),
    (folder_at("soil.csv"), "c.yaml:9:5: surrogates.soc.samples: soil.csv is a folder"),
    (folder_at("locks.csv"), "locks: locks.csv is a folder. Name a CSV file in it"),
    (folder_at("c.yaml"), "c.yaml: the config file cannot be read: Is a directory"),
    (link_to_itself("units.gpkg"), "is a link that leads to no file"),
    (link_to_itself("soil.csv"), "is a link that leads to no file"),
    (link_to_itself("c.yaml"), "cannot be read: Too many levels"),
    (says("units.gpkg", "'https://example.org/u.gpkg'"), "is an address on the web"),
    (says("soil.csv", '"so\\0il.csv"'), "does not exist"),
    (says("samples: soil.csv", "samples: ''"), "samples: must not be empty"),
    (holds("soil.csv", b"\n \n\t\n"), "soil.csv is empty"),
    (holds("soil.csv", b"\xef\xbb\xbf\n"), "soil.csv holds no text"),
    (holds("soil.csv", "\u00a0\n".encode()), "soil.csv holds no text"),
    (holds("soil.csv", b"\xff\xfe"), "soil.csv holds no text"),
    (holds("soil.csv", b";;;\n;;;\n"), "soil.csv holds no text"),
    (holds("soil.csv", b'x,y\n1,"' + b"2" * 200_000), "line 2: cannot be read as a table"),
    (holds("soil.csv", b"PK\x03\x04\x00\x00"), "is no text file. Save it as CSV"),
    (holds("soil.csv", b"<html>\n404\n</html>\n"), "no column that we know as longitude .*<html>"),
    (changes("soil.csv", lambda raw: raw.decode().encode("utf-32")), "soil.csv"),
    (changes("soil.csv", lambda raw: raw.replace(b"\n", b"\nm,m,%\n", 1)), "line 2: x: text"),
    (changes("soil.csv", lambda raw: raw.replace(b"x,y", b"y,x", 1)), "are x and y swapped"),
    (changes("soil.csv", lambda raw: b"\n".join(raw.split(b"\n")[:5])), "a surrogate needs 20"),
    (cell("n.b."), "line 5: soc_pct: text among the numbers in 1 of 48 rows .*'n.b.'"),
    (cell("<0.5"), "in 1 of 48 rows .*'<0.5'"),
    (cell("1e400"), "an infinite number in 1 of 48"),
    (holds("locks.csv", b"unit,practice,lock\nu01,compost,in\n"), "header: .*no column 'unit_id'"),
    (holds("locks.csv", b"unit_id;intervention;lock\nu99;compost;in\n"), "no such unit"),
    (holds("locks.csv", b"unit_id,intervention,lock\n"), "a header but no row"),
]
GROUND = [
    (says("crs: EPSG:3035", "crs: 3035"), "must be text, not 3035. Write EPSG:3035"),
    (says("crs: EPSG:3035", "crs: EPGS:3035"), "'EPGS:3035' is no known CRS"),
    (says("crs: EPSG:3035", "crs: EPSG:4978"), "WGS 84.* has no longitude or easting"),
    (says("crs: EPSG:3035", "crs: EPSG:5773"), "EGM96 height.* has no longitude"),
    (says("crs: EPSG:3035", "crs: EPSG:4326"), "are no degrees"),
    (lambda folder: units().to_file(folder / "units.gpkg", layer="other"), "has 2 layers"),
    (says("units.gpkg,", "units.gpkg, layer: Units,"), "no layer 'Units'. Did you mean 'units'"),
    (draws(lambda frame: frame.iloc[:0]), "holds no planning units"),
    (draws(lambda frame: frame.set_geometry(frame.boundary)), "LineString instead of polygons"),
    (reshaped(2, lambda one: shapely.GeometryCollection([one])), "GeometryCollection instead"),
    (reshaped(3, lambda one: shapely.Polygon()), r"no geometry in 1 unit \(u03\)"),
    (reshaped(4, lambda one: shapely.transform(one, lambda c: c * [1, 0])), "invalid geometry"),
    (reshaped(5, lambda one: shapely.transform(one, lambda c: c * np.inf)), "Invalid Coordinate"),
    (moved(xoff=1e12), "coordinates that EPSG:3035 cannot hold in 24 units"),
    (
        draws(lambda frame: frame.to_crs(4326).set_crs(3035, allow_override=True)),
        "cannot hold in 24 units",
    ),
    (
        draws(lambda frame: frame.set_crs(4326, allow_override=True)),
        "coordinates that EPSG:4326 cannot hold",
    ),
    (
        draws(
            lambda frame: frame.to_crs(4326).set_geometry(
                [shapely.box(-179.9, 47, 179.9, 48), *frame.to_crs(4326).geometry[1:]], crs=4326
            )
        ),
        r"more than half the globe wide: 1 unit \(u00\)",
    ),
    (draws(lambda frame: frame.assign(slope=np.nan)), "no finite value of slope in 24 units"),
    (draws(lambda frame: frame.assign(wheat=-1.0)), "wheat"),
    (draws(lambda frame: frame.assign(slope="17,9 %")), "with decimal points"),
    (draws(lambda frame: frame.assign(slope=True)), "cannot compare the column 'slope'"),
]
WORDS = [
    (holds("c.yaml", CONFIG.encode("utf-16")), r"not UTF-8 \(byte 1\)"),
    (holds("c.yaml", CONFIG.replace("town", "größe").encode("latin1")), "not UTF-8"),
    (holds("c.yaml", b"#" * 3_000_000), "a file of 3 MB is no config"),
    (holds("c.yaml", b"- a\n"), "a config is made of keys and values"),
    (says("seed: 3", "seed: 3\x07"), r"c.yaml:3:8: .*'\\x07' cannot stand in a text"),
    (says("  columns:", "\tcolumns:"), "with blanks, not with tabs"),
    (says("seed: 3", "seed: 3\n---\na: 1"), "found another document"),
    (says("seed: 3", "seed: 3\n<<: [1, 2]"), "<< takes over keys"),
    (says("seed: 3", "seed: 3\n<<: *nope"), "undefined alias 'nope'"),
    (says("seed: 3", "seed: &a [*a]"), "an alias refers to the value that it is part of. Write"),
    (says("seed: 3", "seed: .nan"), "must be a finite number"),
    (says("seed: 3", "seed: 1e400"), "must be a finite number"),
    (says("seed: 3", "seed: 99999999999999999999"), "must be at most 2147483647"),
    (says("seed: 3", "seed: no"), "must be a whole number, not 'no'"),
    (says("seed: 3", "seed: !!python/object:os.system ls"), "has no meaning here"),
    (says("samples: soil.csv", "samples: soil.csv\n    learns: {a: b}"), "learns: must be 'state'"),
    (says("name: small", "name: ../x"), "'../x' cannot be a name"),
    (says("name: small", "name: Ähre"), "Start with a letter from a to z or a digit"),
    (says("name: small", "name: 2024"), "must be text, not 2024"),
    (says("name: small", "name: " + "x" * 200), "cannot be a name"),
    (says("seed: 3", "discount_rate: 0.02"), "0.02 may mean 2 % or 0.02 %"),
    (says("seed: 3", "discount_rate: -5 %"), "must not be negative"),
    (says("seed: 3", "horizon: 0 yr"), "must be above 0"),
    (says("seed: 3", "base: soil.csv"), "there is no folder 'soil.csv'"),
    (says("100000 EUR", "100.000 EUR"), "may mean 100000 or 100. Write 100000 EUR or 100 EUR"),
    (says("100000 EUR", "0x10 EUR"), "cannot read the number in '0x10 EUR'"),
    (says("100000 EUR", "1/2 EUR"), "cannot read the number in '1/2 EUR'"),
    (says("100000 EUR", "100000 USD"), "is in USD"),
    (says("100000 EUR", "{cost: 5 EUR, Cost: 6 EUR}"), "cannot bound 'Cost'"),
    (says("unit: t/ha", "unit: T/ha"), "did you mean 't'"),
    (says("unit: t/ha", "unit: t"), "no amount per unit of land"),
    (says("    crs:", "    depth: 0-30\n    crs:"), "cannot read '0-30' as a depth. Write it as"),
    (says("slope < 15", "in < 15"), "'in' stands where a column"),
    (says("slope < 15", "slope < 'steep'"), "cannot compare .* Mend the filter or the column"),
    (says("slope < 15", "(" * 500 + "slope < 15" + ")" * 500), "nested too deeply"),
    (
        says("minimize: cost", "minimize: kosten"),
        "no ledger is called 'kosten'. Did you",
    ),
    (says("[cover_crop, compost]", "[baseline, compost]"), "baseline is always among the options"),
    (says("  soc: {maximize: soc}", "  feasible: {maximize: soc}"), "a column 'feasible'"),
]


@pytest.mark.parametrize(("spoil", "said"), [*FILES, *GROUND, *WORDS])
def test_a_fault_is_told_with_place_and_remedy(folder, spoil, said):
    spoil(folder)
    before = sorted(path.name for path in folder.iterdir())
    with pytest.raises(EdaphonError, match=said) as caught:
        check("c.yaml")
    assert caught.value.exit_code in (2, 3)
    for found in caught.value.findings:
        assert found.where
        assert found.what
        assert "sqlite" not in str(found).casefold()
    assert sorted(path.name for path in folder.iterdir()) == before


def spelled_apart(folder):
    """Accents as two signs in columns, values and names of files, as one in the config."""
    (folder / "units.gpkg").unlink()
    apart = units().rename(columns={"slope": unicodedata.normalize("NFD", "Höhe")})
    apart["town"] = apart["town"].map(lambda town: unicodedata.normalize("NFD", town))
    path = folder / unicodedata.normalize("NFD", "für/Schläge.gpkg")
    path.parent.mkdir()
    apart.to_file(path, driver="GPKG")
    says("units.gpkg", "für/Schläge.gpkg")(folder)
    says("slope]", "Höhe]")(folder)
    says("slope < 15", "Höhe < 15 and town == 'Süd'")(folder)


def named_like_keywords(folder):
    draws(lambda frame: frame.rename(columns={"slope": "in", "clay_pct": "class"}))(folder)
    says("[clay_pct, slope]", "[class, in]")(folder)
    says("where: slope < 15", 'where: "`in` < 15 and class > 3"')(folder)


def with_ids(make):
    """Name the units anew; the lock names the eleventh."""

    def spoil(folder):
        ids = [make(i) for i in range(N_UNITS)]
        draws(lambda frame: frame.assign(id=ids))(folder)
        (folder / "locks.csv").write_text(f"unit_id,intervention,lock\n{ids[10]},cover_crop,out\n")

    return spoil


@pytest.mark.parametrize(
    "spoil",
    [
        spelled_apart,
        named_like_keywords,
        with_ids(lambda i: f"{i:03d}"),
        with_ids(lambda i: f"27612000012345{i:04d}"),
        with_ids(lambda i: f"12.{i:02d}"),
        draws(lambda frame: frame.set_geometry(shapely.force_3d(frame.geometry.to_numpy(), 100.0))),
        draws(lambda frame: frame.set_geometry(frame.geometry.map(lambda g: g.union(g)))),
        draws(lambda frame: frame.to_crs(4326)),
        changes("soil.csv", lambda raw: raw.replace(b"\n", b"\r")),
        changes("soil.csv", lambda raw: raw.replace(b"\n", b",,,\n")),
        changes("c.yaml", lambda raw: raw.replace(b"\n", b"\r\n")),
        cell("n/a"),
        says("100000 EUR", "100000EUR"),
        says("seed: 3", "seed: 0o17"),
    ],
)
def test_odd_but_sound_input_is_read(folder, spoil):
    spoil(folder)
    assert all(found.severity != "error" for found in check("c.yaml"))


def test_faults_of_form_names_and_data_come_in_one_round(folder):
    says("column: wheat, unit: t/ha", "column: wheat, unit: t/ha, depth: 30")(folder)
    says("maximize: soc", "maximize: sooc")(folder)
    says("cover_crop: {annual: 85", "cover_crop: {anual: 85")(folder)
    says("slope < 15", "slop < 15")(folder)
    holds("locks.csv", b"unit_id,intervention,lock\nu99,compost,in\n")(folder)
    with pytest.raises(ConfigError) as caught:
        check("c.yaml")
    told = "\n".join(str(found) for found in caught.value.findings)
    assert len(caught.value.findings) == 5, told
    for words in (
        "c.yaml:15:38: features.yield.depth: 30 is not a depth",
        "interventions.options.cover_crop.anual: this key is not known. Did you mean 'annual'",
        "'slop'",
        "u99",
        "'sooc' is no feature, no surrogate and no outcome. Did you mean 'soc'",
    ):
        assert words in told, (words, told)


def test_names_are_told_where_the_landscape_cannot_be_read(folder):
    says("file: units.gpkg", "fle: units.gpkg")(folder)
    says("maximize: soc", "maximize: sooc")(folder)
    with pytest.raises(ConfigError) as caught:
        check("c.yaml")
    places = [found.where.rpartition(": ")[2] for found in caught.value.findings]
    assert places == ["landscape", "landscape.fle", "objectives.soc.maximize.0"]


def parts_of(node, path=()):
    """Every part of a config: where its keys and positions lead."""
    if path:
        yield path
    inner = node if isinstance(node, dict) else {}
    inner = dict(enumerate(node)) if isinstance(node, list) else inner
    for key, value in inner.items():
        yield from parts_of(value, (*path, key))


WRONG = (3, "nonsense here", ["x", 3], {"odd": 1}, None)
"""Values that hardly any part may have; with None its key is left out."""


def faults_of(verb, config):
    """What a verb refuses a config for."""
    try:
        verb(config)
    except ConfigError as error:
        return error.findings
    return ()


def test_nothing_is_told_that_only_follows_from_a_wrong_form(folder):
    sound = YAML(typ="safe").load(CONFIG)
    faults = 0
    for k, path in enumerate(islice(parts_of(sound), 0, None, 2)):
        spoiled = copy.deepcopy(sound)
        holder = spoiled
        for one in path[:-1]:
            holder = holder[one]
        wrong = WRONG[k % len(WRONG)]
        if wrong is None:
            del holder[path[-1]]
        else:
            holder[path[-1]] = wrong
        first = faults_of(read_config, spoiled)
        if first:
            faults += 1
            assert faults_of(check, spoiled) == first, path
    assert faults > 10


def test_a_budget_that_pays_for_nothing_is_a_warning(folder):
    says("100000 EUR", "200 EUR")(folder)
    (found,) = [one for one in check("c.yaml") if "pays for no unit at all" in one.what]
    assert found.severity == "warning"
    assert found.where.startswith("c.yaml:27:3")
