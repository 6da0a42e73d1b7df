"""Marxan's files in every dialect that is about give one problem."""

import numpy as np
import pytest

from edaphon.data.marxan import read_marxan
from edaphon.errors import DataError

PU = "id,cost,status,xloc,yloc\n1,10,0,0,0\n2,20.5,2,1,0\n3,5,3,2,0\n4,7,1,3,0\n"
SPEC = "id,prop,target,spf,name\n10,0.5,0,2,bird\n11,0,3,1,\n"
TALL = "species,pu,amount\n10,1,4\n10,3,6\n11,2,1\n11,4,2.5\n"
WIDE = "pu,10,11\n1,4,0\n2,0,1\n3,6,0\n4,0,2.5\n"
BOUND = "id1,id2,boundary\n1,2,100\n2,3,50\n4,4,70\n"
INPUT = "Input file for Annealing program.\n\nBLM 2.5\nINPUTDIR input\nPUNAME pu.dat\n"


@pytest.fixture
def folder(tmp_path):
    def write(settings=INPUT, **tables):
        files = {"pu": PU, "spec": SPEC, "puvspr": TALL, "bound": BOUND} | tables
        (tmp_path / "input").mkdir()
        if settings is not None:
            (tmp_path / "input.dat").write_text(settings, encoding="utf-8")
        for name, text in files.items():
            if text is not None:
                (tmp_path / "input" / f"{name}.dat").write_bytes(text.encode("cp1252"))
        return tmp_path

    return write


def test_the_plain_dialect(folder):
    data = read_marxan(folder())
    assert data.units.tolist() == ["1", "2", "3", "4"]
    assert data.cost.tolist() == [10.0, 20.5, 5.0, 7.0]
    assert data.status.tolist() == [0, 2, 3, 1]
    assert data.features == ("10 bird", "11")
    assert data.target.tolist() == [5.0, 3.0]
    assert data.penalty.tolist() == [2.0, 1.0]
    assert data.total().tolist() == [10.0, 3.5]
    assert data.reachable().tolist() == [4.0, 3.5]
    assert data.boundary_price == 2.5
    assert data.findings == ()


def _same(one, two):
    for name in ("units", "cost", "status", "target", "unit", "feature", "amount", "length"):
        a, b = getattr(one, name), getattr(two, name)
        if name in ("unit", "feature", "amount"):
            order = [np.lexsort((x.feature, x.unit)) for x in (one, two)]
            a, b = a[order[0]], b[order[1]]
        np.testing.assert_array_equal(a, b, err_msg=name)
    assert one.features == two.features


def _spaced(text):
    return text.replace(",", "   ")


@pytest.mark.parametrize(
    "tables",
    [
        {"puvspr": WIDE},
        {name: text.replace(",", "\t") for name, text in (("pu", PU), ("spec", SPEC))},
        {"pu": PU.replace(",", ";"), "bound": BOUND.replace(",", "\t").replace("\n", "\r\n")},
        {"pu": _spaced(PU), "puvspr": _spaced(TALL), "bound": _spaced(BOUND)},
        {"pu": PU.replace("id,cost,status", '"ID","Cost","STATUS"')},
        {"puvspr": TALL.replace("10,", '"10",'), "spec": SPEC.replace("bird", '"bird"')},
        {"pu": "\ufeff".encode("utf-8").decode("cp1252") + PU},
        {"bound": BOUND.replace("1,2,100", "2,1,100")},
        {"bound": BOUND.replace("1,2,100", "1,2,100\n2,1,100")},
        {"pu": PU.replace("\n", "\n\n")},
        {"puvspr": TALL.replace("10,1,4", "10,1.0,4.0")},
    ],
)
def test_dialects_give_the_same_problem(folder, tmp_path_factory, tables):
    plain = tmp_path_factory.mktemp("plain")
    for name, text in {"pu": PU, "spec": SPEC, "puvspr": TALL, "bound": BOUND}.items():
        (plain / f"{name}.dat").write_text(text, encoding="utf-8")
    _same(read_marxan(folder(**tables)), read_marxan(plain))


def test_names_in_input_dat_and_their_case(folder):
    path = folder("PUNAME Units.csv\r\nINPUTDIR input\\\r\nBLM 1e-2\r\n", pu=None)
    (path / "input" / "units.csv").write_text(PU, encoding="utf-8")
    data = read_marxan(path)
    assert len(data.units) == 4
    assert data.boundary_price == 0.01


def test_costs_and_status_have_defaults(folder):
    data = read_marxan(folder(pu="id\n1\n2\n3\n4\n", bound=None))
    assert data.cost.tolist() == [1.0] * 4
    assert data.status.tolist() == [0] * 4
    assert data.x is None
    assert "no bound.dat" in str(data.findings[0])


def test_rules_without_a_counterpart_are_told(folder):
    spec = "id,prop,target,sepnum,target2\n10,0.5,2,3,0\n11,0.1,0,0,1\n"
    data = read_marxan(folder("COSTTHRESH 100\nBLM 1\n", spec=spec))
    said = " ".join(map(str, data.findings))
    for word in ("sepnum", "target2", "cost threshold", "both prop and target"):
        assert word in said
    assert data.target.tolist() == pytest.approx([5.0, 0.35])


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ({"pu": None}, r"no pu\.dat"),
        ({"pu": ""}, "is empty"),
        ({"pu": "cost\n1\n"}, "no column id"),
        ({"pu": PU.replace("2,20.5", "1,20.5")}, "line 3: id 1 stands twice"),
        ({"pu": PU.replace("20.5", "dear")}, "line 3: cost is 'dear'"),
        ({"pu": PU.replace("20.5,2", "20.5,7")}, "line 3: status is 7"),
        ({"puvspr": TALL.replace("11,4", "12,4")}, "line 5: no feature has id 12"),
        ({"puvspr": TALL.replace("11,4", "11,9")}, "line 5: no planning unit has id 9"),
        ({"puvspr": WIDE.replace("pu,10", "pu,99")}, "neither a column amount"),
        ({"bound": BOUND.replace("2,3", "2,8")}, "line 3: no planning unit has id 8"),
        ({"pu": PU.replace("4,7,1,3,0", "4,7")}, "line 5: has 2 values for 5 columns"),
    ],
)
def test_faults_are_told_with_their_line(folder, tables, complaint):
    with pytest.raises(DataError, match=complaint):
        read_marxan(folder(**tables))


def test_a_quote_that_is_never_closed_ends_with_its_line(folder):
    data = read_marxan(folder(spec='id,prop,target,spf,name\n10,0.5,0,2,"bird\n11,0,3,1,frog\n'))
    assert data.features == ("10 bird", "11 frog")
    assert data.target.tolist() == [5.0, 3.0]


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match="is not a folder"):
        read_marxan(tmp_path / "nothing")
