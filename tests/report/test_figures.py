from dataclasses import replace
from xml.etree import ElementTree

import matplotlib.image
import numpy as np
import pytest
from report_case import make_case

from edaphon.report.figures import write_figures
from edaphon.report.palette import intervention_colors


def pixels(path):
    picture = matplotlib.image.imread(path)[:, :, :3]
    return {tuple(color) for color in np.rint(picture * 255).astype(int).reshape(-1, 3)}


@pytest.fixture(scope="module")
def small():
    case = make_case()
    return replace(case, shortlist=case.shortlist[:1])


def test_the_same_run_gives_the_same_bytes(small, tmp_path):
    for folder in ("one", "two"):
        assert write_figures(tmp_path / folder, **small.files()) == ()
    name = f"map_{small.front.names[small.shortlist[0]]}"
    expected = {f"{stem}.{end}" for stem in ("front", name) for end in ("png", "svg")}
    assert {path.name for path in (tmp_path / "one").iterdir()} == expected
    for file in expected:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_the_map_shows_each_intervention_in_its_color(small, tmp_path):
    write_figures(tmp_path, **small.files())
    row = small.shortlist[0]
    shown = pixels(tmp_path / f"map_{small.front.names[row]}.png")
    colors = intervention_colors(small.problem.interventions)
    for a in np.unique(small.front.portfolios[row]):
        assert tuple(int(colors[a][at : at + 2], 16) for at in (1, 3, 5)) in shown


def test_axes_name_unit_and_better_direction(small, tmp_path):
    write_figures(tmp_path, **small.files())
    root = ElementTree.parse(tmp_path / "front.svg").getroot()
    said = " ".join("".join(node.itertext()) for node in root.iterfind(".//{*}text"))
    assert "Soil life (%)" in said
    assert "Cost (EUR)  ← better" in said
    assert "Productivity (t)  better ↑" in said


def test_cells_and_regions_are_drawn_too(tmp_path):
    case = make_case(grid=True)
    files = {**case.files(), "shortlist": case.shortlist[:1]}
    for anonymous in (False, True):
        folder = tmp_path / str(anonymous)
        assert write_figures(folder, **files, anonymous=anonymous) == ()
        assert len(list(folder.glob("map_*.png"))) == 1


def test_without_geometry_only_the_front_is_drawn(small, tmp_path):
    landscape = replace(small.landscape, geometry=None, region=None)
    (note,) = write_figures(tmp_path, **{**small.files(), "landscape": landscape})
    assert note.severity == "note"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["front.png", "front.svg"]


def test_one_objective_is_drawn_against_the_treated_area(small, tmp_path):
    front = small.front
    one = replace(
        front,
        objectives=front.objectives[:1],
        values=front.values[:, :1],
        ideal=front.ideal[:1],
        nadir=front.nadir[:1],
    )
    write_figures(tmp_path, **{**small.files(), "front": one})
    root = ElementTree.parse(tmp_path / "front.svg").getroot()
    said = " ".join("".join(node.itertext()) for node in root.iterfind(".//{*}text"))
    assert "Treated area (ha)" in said
