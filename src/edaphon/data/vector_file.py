"""Polygon files: GeoPackage, GeoParquet, GeoJSON, FlatGeobuf, Shapefile."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING, Any

import geopandas
import pandas as pd
import pyogrio

from edaphon.config.suggest import did_you_mean
from edaphon.data.geometry import unknown_crs
from edaphon.data.messages import missing_file, name_some, unreadable_file
from edaphon.errors import DataError, Finding

if TYPE_CHECKING:
    from pathlib import Path

    from edaphon.data.messages import Where

_PARQUET = (".parquet", ".geoparquet")
_PYOGRIO = (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError)
"""Whatever pyogrio raises is one of these."""
_DAMAGED = ("malformed", "sqlite", "corrupt", "truncated", "unexpected end", "unexpected eof")


def read_vector(
    path: Path, layer: str = "", crs: str = "", where: Where | None = None
) -> geopandas.GeoDataFrame:
    """Read a polygon file: GeoPackage, GeoParquet, GeoJSON, FlatGeobuf or Shapefile.

    Names and texts are normalized (Unicode NFC), so that an accent typed in two ways is one.

    Parameters
    ----------
    path : Path
    layer : str
        Layer of a file with several; empty = the only one.
    crs : str
        CRS of a file that does not state one; a file's own CRS wins.
    where : callable, optional
        Turns "file", "layer" and "crs" into a place for findings; default: the file's name.

    Raises
    ------
    DataError
        For a missing or unreadable file, an unknown layer, or no CRS.
    """
    place: Where = where or (lambda key: f"{path.name}: {key}")
    if not path.exists():
        raise DataError(missing_file(place("file"), path))
    try:
        frame = (
            geopandas.read_parquet(path)
            if path.suffix.lower() in _PARQUET
            else geopandas.read_file(path, layer=_layer(path, layer, place), engine="pyogrio")
        )
    except (*_PYOGRIO, OSError, ValueError) as fault:
        raise DataError(_unreadable(place("file"), path, fault)) from fault
    if not isinstance(frame, geopandas.GeoDataFrame):
        hint = "Give a layer of polygons; a table alone cannot be a landscape."
        raise DataError(Finding(place("file"), f"{path.name} holds no geometry", hint))
    return _with_crs(_normalized(frame), crs, path, place)


def _normalized(frame: geopandas.GeoDataFrame) -> geopandas.GeoDataFrame:
    """Return the frame with its names and texts in one spelling of accents (Unicode NFC)."""
    plain = [name for name in frame.columns if name != frame.active_geometry_name]
    for name in plain:
        if pd.api.types.is_object_dtype(frame[name]) or pd.api.types.is_string_dtype(frame[name]):
            frame[name] = frame[name].map(_normal)
    return frame.rename(columns={name: _normal(str(name)) for name in plain})


def _normal(value: Any) -> Any:
    if isinstance(value, str) and not value.isascii():
        return unicodedata.normalize("NFC", value)
    return value


def _unreadable(where: str, path: Path, fault: Exception) -> Finding:
    """Say why a file is no vector file, without the words of the libraries underneath."""
    formats = "a GeoPackage, GeoParquet, GeoJSON, FlatGeobuf or Shapefile"
    hint = f"Give {formats} that QGIS can open."
    if path.is_dir() or not os.access(path, os.R_OK):
        denied = fault if isinstance(fault, OSError) else PermissionError("permission denied")
        return unreadable_file(where, path, denied, formats)
    if not path.stat().st_size:
        return Finding(where, f"{path.name} is empty", hint)
    said = str(fault)
    if any(word in said.casefold() for word in _DAMAGED):
        return Finding(where, f"{path.name} is damaged or cut off", "Copy or export it again.")
    reason = said.splitlines()[0].split(".; ")[0].split(" as being in ")[0].rstrip(".")
    return Finding(where, f"{path.name} cannot be read as a vector file ({reason})", hint)


def _layer(path: Path, layer: str, place: Where) -> str | None:
    listed = pyogrio.list_layers(path)
    names = [str(name) for name, kind in listed if kind is not None]
    if layer and layer not in names:
        what = f"{path.name} has no layer '{layer}'"
        raise DataError(Finding(place("layer"), what, did_you_mean(layer, names)))
    if not layer and len(names) > 1:
        what = f"{path.name} has {len(names)} layers: {name_some(names, 12)}"
        raise DataError(Finding(place("layer"), what, f"Write which one, as layer: {names[0]}"))
    return layer or None


def _with_crs(
    frame: geopandas.GeoDataFrame, crs: str, path: Path, place: Where
) -> geopandas.GeoDataFrame:
    if frame.crs is not None:
        return frame
    if not crs:
        hint = "Write landscape: {crs: EPSG:n} with the file's CRS, or store it in the file."
        raise DataError(Finding(place("file"), f"{path.name} states no CRS", hint))
    unknown = unknown_crs(place("crs"), crs)
    if unknown is not None:
        raise DataError(unknown)
    return frame.set_crs(crs)
