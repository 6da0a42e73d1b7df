import unicodedata

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edaphon.data.delimited import numeric_column, read_commas, read_table
from edaphon.errors import DataError


def table_of(tmp_path, content, encoding="utf-8"):
    path = tmp_path / "soil.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return read_table(path)


def fault_of(tmp_path, content):
    with pytest.raises(DataError) as caught:
        table_of(tmp_path, content)
    return "\n".join(map(str, caught.value.findings))


@pytest.mark.parametrize(
    "content",
    [
        "site,x,soc\nA,1.5,2\nB,,3.25\n",
        "site;x;soc\r\nA;1,5;2,0\r\nB;NA;3,25\r\n",
        "site\tx\tsoc\nA\t1.5\t2\nB\tnan\t3.25\n",
        "\n\nsite|x|soc\nA|1.5|2\n\nB|-|3.25\n\n",
        'site,x,soc\n"A","1,5","2"\n"B","","3,25"\n',
    ],
)
def test_dialects_give_the_same_table(tmp_path, content):
    table, _ = table_of(tmp_path, content)
    assert table["site"].tolist() == ["A", "B"]
    np.testing.assert_array_equal(table["x"], [1.5, np.nan])
    np.testing.assert_array_equal(table["soc"], [2.0, 3.25])


def test_index_holds_the_lines_of_the_file(tmp_path):
    table, _ = table_of(tmp_path, 'a,b\n1,"two\nlines"\n\n3,x\n')
    assert table.index.tolist() == [3, 5]


@pytest.mark.parametrize(
    ("encoding", "named"),
    [("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("latin-1", "latin-1")],
)
def test_encodings_are_read_and_named(tmp_path, encoding, named):
    table, (note,) = table_of(tmp_path, "ort,soc\nMühlbach,2.5\n", encoding)
    assert table.columns[0] == "ort"
    assert table["ort"].iloc[0] == "Mühlbach"
    assert note.severity == "note"
    assert named in note.what


def test_decimal_commas_and_thousands(tmp_path):
    table, (note,) = table_of(tmp_path, "a;b\n1.234,5;-0,25\n2,0;7\n")
    assert table["a"].tolist() == [1234.5, 2.0]
    assert table["b"].tolist() == [-0.25, 7.0]
    assert "decimal commas were read in a, b" in note.what


def test_broken_files(tmp_path):
    assert "soil.csv is empty" in fault_of(tmp_path, "  \n")
    assert "no row" in fault_of(tmp_path, "a,b\n")
    assert "column 'soc' occurs more than once (columns 2 and 3)" in fault_of(
        tmp_path, "x,soc,soc\n1,2,3\n"
    )
    assert "soil.csv: line 3: not 2 fields in 1 line (3)" in fault_of(tmp_path, "a,b\n1,2\n1,2,3\n")
    assert "no text file" in fault_of(tmp_path, b"PK\x03\x04\x00\x00zip")
    with pytest.raises(DataError, match=r"Did you mean 'soil.csv'"):
        read_table(tmp_path / "soyl.csv")


def test_text_among_numbers_names_line_and_value(tmp_path):
    table, _ = table_of(tmp_path, "a,soc\n1,2.5\n2,<0.1\n3,\n4,n.d.\n")
    values, (fault,) = numeric_column(table, "soc", "soil.csv")
    np.testing.assert_array_equal(values, [2.5, np.nan, np.nan, np.nan])
    assert fault.where == "soil.csv: line 3: soc"
    assert "text among the numbers in 2 of 4 rows (line 3: '<0.1', line 5: 'n.d.')" in fault.what
    assert numeric_column(table, "a", "soil.csv")[1] == ()


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e400"])
def test_infinite_numbers_are_named(tmp_path, value):
    table, _ = table_of(tmp_path, f"soc\n2.5\n{value}\n")
    _, (fault,) = numeric_column(table, "soc", "soil.csv")
    assert fault.where == "soil.csv: line 3: soc"
    assert "an infinite number in 1 of 2 rows" in fault.what


def test_decimal_commas_beside_decimal_points_stay_text(tmp_path):
    table, notes = table_of(tmp_path, "a;soc\n1;1.234\n2;1,5\n")
    assert notes == ()
    _, (fault,) = numeric_column(table, "soc", "soil.csv")
    assert "(line 3: '1,5')" in fault.what


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_both_orders_of_utf_16_are_read(tmp_path, order):
    table, (note,) = table_of(tmp_path, "\ufeffsoc\n2.5\n".encode(order))
    assert table["soc"].tolist() == [2.5]
    assert "byte order mark" in note.what


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=1),
    delimiter=st.sampled_from([",", ";", "\t"]),
    comma=st.booleans(),
)
def test_numbers_survive_the_round_trip(tmp_path_factory, values, delimiter, comma):
    frame = pd.DataFrame({"k": range(len(values)), "v": values})
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    frame.to_csv(
        path, sep=delimiter, decimal="," if comma and delimiter != "," else ".", index=False
    )
    table, _ = read_table(path)
    np.testing.assert_allclose(table["v"], values, rtol=1e-12)


def test_a_text_among_decimal_commas_is_the_only_one_named(tmp_path):
    path = tmp_path / "soil.csv"
    path.write_text("a;b\n1,5;x\n2,5;y\nn.b.;z\n3,25;3,5\n", encoding="utf-8")
    table, _ = read_table(path)
    values, (fault,) = numeric_column(table, "a", "soil.csv")
    assert fault.what == "text among the numbers in 1 of 4 rows (line 4: 'n.b.')"
    assert values[[0, 1, 3]].tolist() == [1.5, 2.5, 3.25]
    assert table["b"].tolist() == ["x", "y", "z", "3,5"]


def test_codes_and_ids_stay_as_they_are_written(tmp_path):
    path = tmp_path / "locks.csv"
    path.write_text(
        "unit_id,code,parcel,share\n12.10,007,276120001234567890,0.50\n12.1,010,1,1.5\n",
        encoding="utf-8",
    )
    table, _ = read_table(path)
    assert table["unit_id"].tolist() == ["12.10", "12.1"]
    assert table["code"].tolist() == ["007", "010"]
    assert table["parcel"].tolist() == ["276120001234567890", "1"]
    assert table["share"].tolist() == [0.5, 1.5]
    path.write_text("unit_id,lock\n7.0,in\n8,in\n", encoding="utf-8")
    assert read_table(path)[0]["unit_id"].tolist() == [7.0, 8.0]


def test_accents_are_one_sign_and_empty_columns_at_the_end_are_left_out(tmp_path):
    path = tmp_path / "soil.csv"
    apart = unicodedata.normalize("NFD", "Höhe")
    path.write_text(f"{apart},a,,\n1,2,,\n3,4,,\n", encoding="utf-8")
    assert list(read_table(path)[0].columns) == ["Höhe", "a"]


def test_decimal_commas_of_a_frame_are_read_and_codes_are_not():
    table = pd.DataFrame(
        {
            "yield": ["6,2", None, "1.005,75"],
            "mixed": ["6,2", "6.5", "7,0"],
            "soil": ["loam", "clay", None],
            "code": ["12", "7", "3"],
            "clay": [12.5, 7.0, np.nan],
        }
    )
    columns, (note,) = read_commas(table, table.columns, "fields.gpkg")
    assert list(columns) == ["yield"]
    np.testing.assert_array_equal(columns["yield"], [6.2, np.nan, 1005.75])
    assert "decimal commas were read in yield" in note.what
    assert read_commas(table, ["soil", "clay"], "fields.gpkg") == ({}, ())
