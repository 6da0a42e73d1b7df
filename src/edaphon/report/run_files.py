"""The files of a run directory that other programs read: tables and JSON, written aside first."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from edaphon.errors import Finding, RunError
from edaphon.problem.values import Front, Problem
from edaphon.surrogates.state import Card, State

P = ParamSpec("P")
T = TypeVar("T")


def write_aside(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file beside `path`, then rename it: readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.stem}.part{path.suffix}")
    try:
        write(part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def reader(read: Callable[Concatenate[Path, P], T]) -> Callable[Concatenate[Path, P], T]:
    """Let a function that reads files of a run say which one is missing or damaged.

    It raises RunError then, whatever the library that could not read it.
    """

    @wraps(read)
    def told(path: Path, /, *args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return read(path, *args, **kwargs)
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"a file of this run is damaged, or another version wrote it: {error}"
            if isinstance(error, FileNotFoundError):
                what = f"{Path(str(error.filename or error)).name} of this run is missing"
            raise RunError(Finding(str(path), what, "Run again into another folder.")) from error

    return told


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it: arrays as lists, numbers that are not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, np.ndarray | list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def write_json(path: Path, value: Any) -> None:
    """Write `value` as indented JSON, UTF-8."""
    text = json.dumps(plain(value), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    write_aside(path, lambda part: part.write_text(text, encoding="utf-8"))


def write_parquet(path: Path, frames: Iterable[pd.DataFrame]) -> int:
    """Write frames of the same columns as row groups of one Parquet file; return the rows."""
    rows = 0

    def write(part: Path) -> None:
        nonlocal rows
        writer: pq.ParquetWriter | None = None
        try:
            for frame in frames:
                table = pa.Table.from_pandas(frame, preserve_index=False)
                writer = writer or pq.ParquetWriter(part, table.schema, compression="zstd")
                writer.write_table(table)
                rows += len(frame)
        finally:
            if writer is not None:
                writer.close()

    write_aside(path, write)
    return rows


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""First characters by which a spreadsheet takes a cell for a formula (OWASP, "CSV injection")."""


def defused(value: Any) -> Any:
    """Return a text that no spreadsheet runs: an apostrophe before what begins like a formula.

    Line ends become spaces, since what follows them may be read as a new row. Other values come
    back as they are.
    """
    if not isinstance(value, str):
        return value
    plain_text = value.replace("\r", " ").replace("\n", " ")
    return f"'{plain_text}" if value.startswith(_FORMULA) else plain_text


def write_csv(path: Path, table: pd.DataFrame) -> None:
    """Write a table for people, UTF-8; texts that begin like a formula are defused."""
    safe = table.rename(columns=defused)
    for name in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[name]):
            safe[name] = safe[name].map(defused)
    write_aside(path, lambda part: safe.to_csv(part, index=False, lineterminator="\n"))


# State ---------------------------------------------------------------------------------------


_LEVERS = ("lever", "lever_sd")


def write_state(path: Path, unit_ids: np.ndarray, state: State) -> None:
    """Write state.parquet: one row per unit and feature, per hectare."""
    n_units, n_features = state.mean.shape
    frame = pd.DataFrame(
        {
            "unit_id": np.repeat(unit_ids, n_features),
            "feature": pd.Categorical.from_codes(
                np.tile(np.arange(n_features), n_units), categories=pd.Index(state.features)
            ),
            "mean": state.mean.ravel(),
            "sd": state.sd.ravel(),
            "lower": state.lower.ravel(),
            "upper": state.upper.ravel(),
            "applicable": state.applicable.ravel(),
        }
    )
    for name in _LEVERS:
        if getattr(state, name) is not None:
            frame[name] = getattr(state, name).ravel()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    about = {
        "features": state.features,
        "units": state.units,
        "relative": state.relative,
        "source": state.source,
    }
    table = table.replace_schema_metadata({"edaphon": json.dumps(plain(about))})
    write_aside(path, lambda part: pq.write_table(table, part, compression="zstd"))


@reader
def read_state(path: Path) -> State:
    """Read back what `write_state` wrote."""
    table = pq.read_table(path)
    about = json.loads(table.schema.metadata[b"edaphon"])
    count = len(about["features"])
    # of no feature nothing says how many units there are
    shape = (-1, count) if count else (0, 0)

    def column(name: str) -> np.ndarray:
        return np.asarray(table[name].to_numpy()).reshape(shape)

    levers = [column(key) if key in table.column_names else None for key in _LEVERS]
    return State(
        features=tuple(about["features"]),
        units=tuple(about["units"]),
        mean=column("mean"),
        sd=column("sd"),
        lower=column("lower"),
        upper=column("upper"),
        applicable=column("applicable").astype(bool),
        relative=np.array(about["relative"], dtype=bool),
        source=tuple(about["source"]),
        lever=levers[0],
        lever_sd=levers[1],
    )


# Layers --------------------------------------------------------------------------------------


def write_layers(path: Path, ids: np.ndarray, layers: Mapping[str, np.ndarray]) -> None:
    """Write layers.parquet, the columns that surrogates add to the landscape; none, no file."""
    if layers:
        write_parquet(path, [pd.DataFrame({"unit_id": ids, **layers})])


@reader
def read_layers(path: Path) -> dict[str, np.ndarray]:
    """Read back what `write_layers` wrote, in the order of the units; missing words are None."""
    if not path.exists():
        return {}
    table = pd.read_parquet(path).drop(columns="unit_id")
    return {
        str(name): table[name].to_numpy(dtype=float)
        if pd.api.types.is_numeric_dtype(table[name])
        else table[name].astype(object).where(table[name].notna(), None).to_numpy()
        for name in table.columns
    }


# Units ---------------------------------------------------------------------------------------


@reader
def read_groups(folder: Path, problem: Problem) -> dict[str, np.ndarray]:
    """Read region, farm and adviser of the units from units.parquet; {} where it is not there."""
    path = folder / "units.parquet"
    if not path.exists():
        return {}
    table = pd.read_parquet(path).set_index("unit_id").reindex(problem.unit_ids.astype(str))
    return {
        name: table[name].fillna("").astype(str).to_numpy()
        for name in ("region", "farm", "adviser")
        if name in table.columns
    }


# Cards ---------------------------------------------------------------------------------------


def write_cards(path: Path, cards: Iterable[Card]) -> None:
    """Write surrogates.json: the list of cards."""
    write_json(path, [card.as_dict() for card in cards])


@reader
def read_cards(path: Path) -> tuple[Card, ...]:
    """Read back what `write_cards` wrote."""
    return tuple(Card.from_dict(item) for item in json.loads(path.read_text(encoding="utf-8")))


@reader
def read_findings(folder: Path) -> tuple[Finding, ...]:
    """Read findings.json of a run directory."""
    items = json.loads((folder / "findings.json").read_text(encoding="utf-8"))
    return tuple(Finding(**item) for item in items)


# Front ---------------------------------------------------------------------------------------

_FIXED = (
    "feasible",
    "certified_gap",
    "optimality_gap",
    "bound",
    "certified_by",
    "treated_area_ha",
)


def front_table(front: Front, problem: Problem) -> pd.DataFrame:
    """Return front.csv as a table: one row per portfolio, baseline and policy first."""
    columns: dict[str, Any] = {"portfolio": front.names, "kind": front.kinds}
    for m, objective in enumerate(front.objectives):
        columns[objective.name] = front.values[:, m]
        columns[f"{objective.name}_lower"] = front.lower[:, m]
        columns[f"{objective.name}_upper"] = front.upper[:, m]
        columns[f"{objective.name}_weight"] = front.weights[:, m]
    for name in _FIXED:
        columns[name] = getattr(front, name)
    for ledger, spent in zip(problem.ledgers, front.spent.T, strict=True):
        columns[f"spent_{ledger.name}"] = spent
    columns["share_outside_applicability"] = front.share_outside_applicability
    columns["tags"] = front.tags
    return pd.DataFrame(columns)


def write_front(path: Path, front: Front, problem: Problem) -> None:
    """Write front.csv; numbers in full precision, empty where nothing is proven."""
    table = front_table(front, problem)
    write_csv(path, table)


def write_portfolios(path: Path, front: Front, problem: Problem) -> None:
    """Write portfolios.parquet: unit_id and one column per portfolio with the intervention."""
    names = pd.Index(problem.interventions)
    columns: dict[str, Any] = {"unit_id": problem.unit_ids}
    for name, allocation in zip(front.names, front.portfolios, strict=True):
        columns[name] = pd.Categorical.from_codes(allocation, categories=names)
    write_parquet(path, [pd.DataFrame(columns)])


def front_record(front: Front) -> dict[str, Any]:
    """Return what run.json keeps of a front: scales, ranges, hypervolume, certificates."""
    gaps = front.certified_gap[front.on_front]
    known = gaps[np.isfinite(gaps)]
    return {
        "portfolios": int(front.on_front.sum()),
        "objective_scales": dict(zip(_names(front), front.scales, strict=True)),
        "objective_ranges": dict(
            zip(_names(front), np.abs(front.ideal - front.nadir), strict=True)
        ),
        "ideal": dict(zip(_names(front), front.ideal, strict=True)),
        "nadir": dict(zip(_names(front), front.nadir, strict=True)),
        "reference_point": dict(zip(_names(front), front.reference_point, strict=True)),
        "hypervolume": front.hypervolume,
        "sandwich_ratio": front.sandwich_ratio,
        "median_certified_gap": float(np.median(known)) if len(known) else None,
        "largest_certified_gap": float(known.max()) if len(known) else None,
        "certified_by": sorted(set(np.array(front.certified_by)[front.on_front])),
        "complete": front.complete,
        "interval_level": front.level,
    }


def _names(front: Front) -> tuple[str, ...]:
    return tuple(objective.name for objective in front.objectives)


@reader
def read_front(folder: Path, problem: Problem, record: Mapping[str, Any]) -> Front:
    """Read a Front back from front.csv, portfolios.parquet and the front part of run.json."""
    table = pd.read_csv(folder / "front.csv", dtype=object, keep_default_na=False)
    allocations = pd.read_parquet(folder / "portfolios.parquet")
    position = {name: a for a, name in enumerate(problem.interventions)}
    portfolios = np.array(
        [allocations[name].astype(str).map(position) for name in table["portfolio"]],
        dtype=np.uint8,
    )
    names = problem.objective_names

    def numbers(columns: list[str]) -> np.ndarray:
        return table[columns].replace("", np.nan).to_numpy(dtype=float)

    def kept(key: str) -> np.ndarray:
        values = [record[key][name] for name in names]
        return np.array([np.nan if value is None else value for value in values], dtype=float)

    return Front(
        portfolios=portfolios,
        names=tuple(table["portfolio"]),
        kinds=tuple(table["kind"]),
        objectives=problem.objectives,
        values=numbers(list(names)),
        lower=numbers([f"{name}_lower" for name in names]),
        upper=numbers([f"{name}_upper" for name in names]),
        weights=numbers([f"{name}_weight" for name in names]),
        feasible=table["feasible"].eq("True").to_numpy(),
        certified_gap=numbers(["certified_gap"])[:, 0],
        optimality_gap=numbers(["optimality_gap"])[:, 0],
        bound=numbers(["bound"])[:, 0],
        certified_by=tuple(table["certified_by"]),
        treated_area_ha=numbers(["treated_area_ha"])[:, 0],
        spent=numbers([f"spent_{ledger.name}" for ledger in problem.ledgers]),
        share_outside_applicability=numbers(["share_outside_applicability"])[:, 0],
        tags=tuple(table["tags"]),
        scales=kept("objective_scales"),
        ideal=kept("ideal"),
        nadir=kept("nadir"),
        reference_point=kept("reference_point"),
        hypervolume=_number(record["hypervolume"]),
        sandwich_ratio=_number(record["sandwich_ratio"]),
        level=float(record["interval_level"]),
        complete=bool(record.get("complete", False)),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
