"""QGIS itself opens the GeoPackage in the page's colors; run by `make nightly`."""

import json
import os
import subprocess
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from report_case import make_case

from edaphon.report.geopackage import write_geopackage
from edaphon.report.palette import intervention_colors

SCRIPT = Path(__file__).parents[2] / "scripts" / "open_in_qgis.py"
PYTHON = os.environ.get("QGIS_PYTHON", "/usr/bin/python3")


@pytest.fixture(scope="module")
def case():
    if not Path(PYTHON).exists():
        pytest.skip(f"{PYTHON} is not there; name the Python of QGIS in QGIS_PYTHON")
    asked = subprocess.run([PYTHON, "-c", "import qgis.core"], capture_output=True, check=False)
    if asked.returncode:
        pytest.skip("QGIS is not installed (Debian: apt-get install qgis python3-qgis)")
    return make_case()


@pytest.fixture(scope="module")
def seen(case, tmp_path_factory):
    """What QGIS says of the file, and the picture that it draws."""
    folder = tmp_path_factory.mktemp("qgis")
    write_geopackage(folder / "portfolios.gpkg", **case.files())
    done = subprocess.run(
        [PYTHON, str(SCRIPT), str(folder / "portfolios.gpkg"), str(folder / "map.png")],
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "may only be partially supported" not in done.stderr
    picture = matplotlib.image.imread(folder / "map.png")[:, :, :3]
    return json.loads(done.stdout.splitlines()[-1]), np.rint(255 * picture).astype(int)


@pytest.mark.nightly
def test_the_layer_opens_in_the_style_of_the_first_portfolio(case, seen):
    told, _ = seen
    assert told["valid"]
    assert told["features"] == case.problem.n_units
    assert told["crs"] == "EPSG:32633"
    assert told["shown"]["by"] == case.front.names[case.shortlist[0]]
    colors = intervention_colors(case.problem.interventions)
    assert told["shown"]["colors"] == dict(zip(case.problem.interventions, colors, strict=True))
    assert told["shown"]["labels"]["cover_crop+agroforestry"] == "Cover crop + agroforestry"


@pytest.mark.nightly
def test_every_portfolio_has_a_style_that_loads(case, seen):
    styles = seen[0]["styles"]
    names = [case.front.names[row] for row in case.shortlist]
    assert sorted(styles) == sorted(names)
    assert all(styles[name]["by"] == name for name in names)


@pytest.mark.nightly
def test_units_are_drawn_in_the_color_of_their_intervention(case, seen):
    _, picture = seen
    drawn = {tuple(color) for color in picture.reshape(-1, 3)}
    colors = intervention_colors(case.problem.interventions)
    for a in np.unique(case.front.portfolios[case.shortlist[0]]):
        assert tuple(int(colors[a][at : at + 2], 16) for at in (1, 3, 5)) in drawn
