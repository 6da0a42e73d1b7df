import pytest

from edaphon.data.landscape_reader import read_landscape
from edaphon.data.vector_file import read_vector
from edaphon.errors import DataError


def faults(call, *args, **keys):
    with pytest.raises(DataError) as caught:
        call(*args, **keys)
    return caught.value.findings


def test_missing_crs(units, tmp_path):
    path = tmp_path / "bare.shp"
    with pytest.warns(UserWarning, match="crs"):
        units.set_crs(None, allow_override=True).to_file(path)
    (fault,) = faults(read_vector, path)
    assert "states no CRS" in fault.what
    assert "EPSG:n" in fault.hint
    assert read_vector(path, crs="EPSG:3035").crs.to_epsg() == 3035
    (fault,) = faults(read_vector, path, crs="EPSG:99999999")
    assert "no known CRS" in fault.what


def test_files_that_are_missing_broken_or_empty(saved, units):
    (fault,) = faults(read_vector, saved / "unitz.gpkg")
    assert "does not exist" in fault.what
    assert fault.hint == "did you mean 'units.gpkg'?"
    (fault,) = faults(read_vector, saved / "nowhere" / "units.gpkg")
    assert "no folder" in fault.what
    for name in ("broken.gpkg", "broken.parquet", "broken.geojson"):
        (saved / name).write_text("nothing of the kind")
        (fault,) = faults(read_vector, saved / name)
        assert fault.what.startswith((f"{name} cannot be read as a vector", f"{name} is damaged"))
    for name in ("units.gpkg", "whole.parquet"):
        units.to_parquet(saved / "whole.parquet")
        raw = (saved / name).read_bytes()
        (saved / name).write_bytes(raw[: len(raw) // 2])
        (fault,) = faults(read_vector, saved / name)
        assert fault.what.startswith(f"{name} ")
        assert "sqlite" not in fault.what
        assert fault.hint
    units.iloc[:0].to_file(saved / "empty.gpkg")
    (fault,) = faults(read_landscape, saved / "empty.gpkg")
    assert "holds no planning units" in fault.what


def test_parquet_without_geometry(saved, units):
    units.drop(columns="geometry").to_parquet(saved / "table.parquet")
    (fault,) = faults(read_vector, saved / "table.parquet")
    assert "table.parquet" in fault.what


def test_layers(saved, units):
    units.to_file(saved / "units.gpkg", layer="fields")
    (fault,) = faults(read_vector, saved / "units.gpkg")
    assert "2 layers: units, fields" in fault.what
    (fault,) = faults(read_vector, saved / "units.gpkg", "feilds")
    assert fault.hint == "did you mean 'fields'?"
    assert len(read_vector(saved / "units.gpkg", "fields")) == 12
