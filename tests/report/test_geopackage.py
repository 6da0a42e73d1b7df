import sqlite3
from contextlib import closing
from dataclasses import replace
from xml.etree import ElementTree

import geopandas
import numpy as np
import pytest
from report_case import make_case

from edaphon.portfolio.shortlist import names_of
from edaphon.portfolio.tables import selection_frequency
from edaphon.report.geopackage import LAYER, write_geopackage
from edaphon.report.palette import intervention_colors


@pytest.fixture(scope="module")
def case():
    return make_case()


def rows(path, query):
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


def test_the_layer_holds_the_shortlist(case, tmp_path):
    path = tmp_path / "portfolios.gpkg"
    assert write_geopackage(path, **case.files()) == ()
    frame = geopandas.read_file(path, layer=LAYER)
    assert frame.crs == "EPSG:32633"
    assert list(frame["unit_id"]) == list(case.landscape.ids)
    assert frame.geometry.area.to_numpy() == pytest.approx(
        geopandas.GeoSeries(case.landscape.geometry).area.to_numpy()
    )
    names = np.array(case.problem.interventions)
    for row in case.shortlist:
        assert (frame[case.front.names[row]] == names[case.front.portfolios[row]]).all()
    assert frame["selection_frequency"].to_numpy() == pytest.approx(selection_frequency(case.front))


def test_qgis_finds_a_style_for_every_portfolio(case, tmp_path):
    path = tmp_path / "portfolios.gpkg"
    write_geopackage(path, **case.files())
    query = "SELECT f_table_name, f_geometry_column, styleName, styleQML, useAsDefault"
    styles = rows(path, f"{query} FROM layer_styles ORDER BY id")
    assert [style[2] for style in styles] == [case.front.names[row] for row in case.shortlist]
    assert [style[4] for style in styles] == [1, *[0] * (len(styles) - 1)]
    told = rows(path, "SELECT description FROM layer_styles ORDER BY id")
    what = names_of(case.problem, case.front, case.shortlist)
    assert [text.split(": ")[1] for (text,) in told] == list(what)
    ((geometry,),) = rows(path, "SELECT column_name FROM gpkg_geometry_columns")
    assert all(style[:2] == (LAYER, geometry) for style in styles)
    root = ElementTree.fromstring(styles[0][3])
    renderer = root.find("renderer-v2")
    assert renderer.get("attr") == styles[0][2]
    colors = intervention_colors(case.problem.interventions)
    for category in renderer.iter("category"):
        a = case.problem.interventions.index(category.get("value"))
        symbol = renderer.find(f"symbols/symbol[@name='{category.get('symbol')}']")
        color = symbol.find("layer/Option/Option[@name='color']").get("value")
        expected = [int(colors[a][at : at + 2], 16) for at in (1, 3, 5)]
        assert color == ",".join(map(str, [*expected, 255]))
    assert len(list(renderer.iter("category"))) == case.problem.n_interventions


def test_cells_get_their_squares(tmp_path):
    case = make_case(grid=True)
    path = tmp_path / "portfolios.gpkg"
    write_geopackage(path, **case.files())
    frame = geopandas.read_file(path, layer=LAYER)
    assert frame.total_bounds == pytest.approx([20.0, 41.94, 20.1, 42.0])
    assert frame.geometry[0].bounds == pytest.approx((20.0, 41.99, 20.01, 42.0))


def test_an_anonymous_file_holds_regions_alone(case, tmp_path):
    path = tmp_path / "portfolios.gpkg"
    write_geopackage(path, **case.files(), anonymous=True)
    content = path.read_bytes()
    for secret in (*case.landscape.ids, *np.unique(case.landscape.farm)):
        assert secret.encode() not in content
    frame = geopandas.read_file(path, layer=LAYER)
    assert list(frame["region"]) == ["Osterland", "Westerland"]
    treated = frame[f"{case.front.names[case.shortlist[0]]}_treated_share"]
    assert treated.between(0, 1).all()


def test_without_geometry_nothing_is_written(case, tmp_path):
    path = tmp_path / "portfolios.gpkg"
    files = {**case.files(), "landscape": replace(case.landscape, geometry=None, region=None)}
    for anonymous in (False, True):
        (note,) = write_geopackage(path, **files, anonymous=anonymous)
        assert note.severity == "note"
        assert not path.exists()
