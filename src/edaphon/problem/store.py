"""A Problem as a file: plain arrays and labels in an npz without pickles, and its hash."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.landscape import Neighbours
from edaphon.effects.expected import expected
from edaphon.effects.values import DenseEffects, EffectSizes, FactoredEffects, Modeled
from edaphon.errors import DataError, Finding
from edaphon.practices.values import Ledger
from edaphon.problem.boundary import Boundary
from edaphon.problem.constraints import (
    AreaLimit,
    Budget,
    ChangeLimit,
    OutsideLimit,
    RegionShare,
    Target,
    UnitLimit,
)
from edaphon.problem.network import Network
from edaphon.problem.values import Feature, Objective, Problem

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.problem.constraints import Constraint

Arrays = dict[str, "NDArray[Any]"]
_FACTORS = ("stock", "stock_sd", "stratum", "state_applicable", "answering", "answering_sd")
"""Arrays of factored effects; the last two may be None."""
_EXPECTED = ("probability", "room_up", "room_down", "odds")
"""Arrays of those that are expected; each may be None."""

_LISTS = ("features", "weights", "ledgers", "shape", "interventions")
FORMAT = 1
_CLOCK = (1980, 1, 1, 0, 0, 0)
_CONSTRAINTS: dict[str, type[Constraint]] = {
    "budget": Budget,
    "target": Target,
    "area": AreaLimit,
    "units": UnitLimit,
    "region_share": RegionShare,
    "outside": OutsideLimit,
    "change": ChangeLimit,
}


def save_problem(path: str | Path, problem: Problem) -> None:
    """Write a problem; the same problem gives the same bytes.

    The file is an npz: one .npy per array, and ``labels.npy`` with one JSON text. It holds no
    pickles and no times.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in sorted(_arrays(problem).items()):
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(array, order="C"), allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy", _CLOCK)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, buffer.getvalue())


def load_problem(path: str | Path) -> Problem:
    """Read a problem that `save_problem` wrote.

    Raises
    ------
    DataError
        If the file is missing, damaged or of another format.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            arrays = {name: archive[name] for name in archive.files}
        labels = json.loads(str(arrays.pop("labels")))
        if labels["format"] == FORMAT:
            return _problem(arrays, labels)
    except (OSError, KeyError, ValueError, TypeError, zipfile.BadZipFile, EOFError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        finding = Finding(str(path), f"cannot be read as a problem: {told}", "Run again.")
        raise DataError(finding) from error
    what = f"has format {labels['format']}, not {FORMAT}"
    raise DataError(Finding(str(path), what, "Run again with this version."))


def problem_hash(problem: Problem) -> str:
    """Return the SHA-256 of a problem's content, as 64 hexadecimal digits.

    Over names, types, shapes and bytes of all arrays and the labels; findings and the places of
    constraints in the config are left out, so the hash does not depend on where the config lies.
    """
    rules = tuple(replace(rule, where="") for rule in problem.constraints)
    bare = replace(problem, constraints=rules)
    if isinstance(bare.effects, FactoredEffects):
        sizes = replace(bare.effects.sizes, findings=())
        bare = replace(bare, effects=replace(bare.effects, sizes=sizes))
    digest = hashlib.sha256()
    for name, array in sorted(_arrays(bare).items()):
        plain = np.asarray(array, order="C")
        digest.update(f"{name} {plain.dtype.str} {plain.shape};".encode())
        digest.update(plain.tobytes())
    return digest.hexdigest()


def _arrays(problem: Problem) -> Arrays:
    """Everything a problem holds, as arrays without objects."""
    labels: dict[str, Any] = {
        "format": FORMAT,
        "interventions": problem.interventions,
        "features": [asdict(feature) for feature in problem.features],
        "ledgers": [asdict(ledger) for ledger in problem.ledgers],
        "reasons": problem.reasons,
        "objectives": [asdict(objective) for objective in problem.objectives],
        "constraints": [_constraint(one) for one in problem.constraints],
        "total_counts_forbidden": problem.total_counts_forbidden,
    }
    arrays: Arrays = {
        "unit_ids": problem.unit_ids,
        "cost": problem.cost,
        "allowed": problem.allowed,
        "area_ha": problem.area_ha,
    }
    if problem.region is not None:
        arrays["region"] = problem.region
    if problem.earlier is not None:
        arrays["earlier"] = problem.earlier
    if problem.farm is not None:
        arrays["farm"] = problem.farm
    if problem.boundary is not None:
        labels["between"] = problem.boundary.between
        labels["least_patch"] = problem.boundary.least_patch
        if problem.boundary.outer_m is not None:
            arrays["outer_m"] = problem.boundary.outer_m
    if problem.neighbours is not None:
        labels["distance_m"] = problem.neighbours.distance_m
        for name in ("first", "second", "length_m"):
            arrays[f"neighbours_{name}"] = getattr(problem.neighbours, name)
    if problem.network is not None:
        labels["connectivity"] = problem.network.index
        for name in ("first", "second", "probability"):
            arrays[f"network_{name}"] = getattr(problem.network, name)
    if problem.apart:
        labels["apart"] = problem.apart
    _add_effects(problem, arrays, labels)
    text = json.dumps(labels, sort_keys=True, ensure_ascii=False)
    return {**arrays, "labels": np.array(text)}


def _constraint(one: Constraint) -> dict[str, Any]:
    kind = next(name for name, made in _CONSTRAINTS.items() if isinstance(one, made))
    return {"kind_of_rule": kind, **asdict(one)}


def _add_effects(problem: Problem, arrays: Arrays, labels: dict[str, Any]) -> None:
    """Add the arrays of factored or dense effects; any other kind is written dense."""
    effects = problem.effects
    if isinstance(effects, FactoredEffects):
        labels["effects"] = "factored"
        for name in (*_FACTORS, *_EXPECTED):
            if getattr(effects, name, None) is not None:
                arrays[f"effects_{name}"] = getattr(effects, name)
        sizes = effects.sizes
        labels["sizes"] = {k: getattr(sizes, k) for k in ("strata", "interventions", "features")}
        for field in fields(EffectSizes):
            value = getattr(sizes, field.name)
            if isinstance(value, np.ndarray) and value.dtype != object:
                arrays[f"sizes_{field.name}"] = value
        if effects.modeled is not None:
            for name in ("response", "brought", "loading", "local", "response_sd"):
                if getattr(effects.modeled, name) is not None:
                    arrays[f"modeled_{name}"] = getattr(effects.modeled, name)
        texts, codes = np.unique(sizes.source.astype(str), return_inverse=True)
        labels["sources"] = texts.tolist()
        arrays["sizes_source"] = codes.reshape(sizes.source.shape).astype(np.int32)
        labels["findings"] = [finding.as_dict() for finding in sizes.findings]
        return
    labels["effects"] = "dense"
    everything = slice(None)
    shared, local = effects.block_sd(everything)
    arrays["effects_mean"] = effects.block(everything)
    arrays["effects_stock"] = effects.stock
    if shared.any():
        arrays["effects_sd_shared"] = shared
    if local.any():
        arrays["effects_sd_local"] = local


def _effects(arrays: Arrays, labels: dict[str, Any]) -> FactoredEffects | DenseEffects:
    parts = {k.removeprefix("effects_"): v for k, v in arrays.items() if k.startswith("effects_")}
    if labels["effects"] == "dense":
        return DenseEffects(**parts)
    sizes: dict[str, Any] = {
        k.removeprefix("sizes_"): v for k, v in arrays.items() if k.startswith("sizes_")
    }
    sizes["source"] = np.array(labels["sources"], dtype=object)[sizes["source"]]
    sizes |= {key: tuple(value) for key, value in labels["sizes"].items()}
    findings = tuple(Finding(**finding) for finding in labels["findings"])
    terms = {k.removeprefix("modeled_"): v for k, v in arrays.items() if k.startswith("modeled_")}
    modeled = Modeled(**terms) if terms else None
    bounds = {name: parts.pop(name) for name in _EXPECTED if name in parts}
    whole = EffectSizes(**sizes, findings=findings)
    return expected(FactoredEffects(**parts, sizes=whole, modeled=modeled), **bounds)


def _objective(words: dict[str, Any]) -> Objective:
    lists = {key: tuple(words.get(key, ())) for key in _LISTS}
    return Objective(**{**words, **lists})


def _ledger(words: dict[str, Any]) -> Ledger:
    spread = tuple((name, tuple(sds)) for name, sds in words.get("spread", ()))
    return Ledger(**{**words, "spread": spread, "prices": tuple(words.get("prices", ()))})


def _problem(arrays: Arrays, labels: dict[str, Any]) -> Problem:
    neighbours = None
    if "neighbours_first" in arrays:
        parts = {name: arrays[f"neighbours_{name}"] for name in ("first", "second", "length_m")}
        neighbours = Neighbours(**parts, distance_m=labels["distance_m"])
    network = None
    if "connectivity" in labels:
        ways = {name: arrays[f"network_{name}"] for name in ("first", "second", "probability")}
        network = Network(labels["connectivity"], **ways)
    rules = [dict(words) for words in labels["constraints"]]
    return Problem(
        unit_ids=arrays["unit_ids"],
        interventions=tuple(labels["interventions"]),
        features=tuple(Feature(**words) for words in labels["features"]),
        effects=_effects(arrays, labels),
        cost=arrays["cost"],
        ledgers=tuple(_ledger(words) for words in labels["ledgers"]),
        allowed=arrays["allowed"],
        reasons=tuple(labels["reasons"]),
        objectives=tuple(_objective(words) for words in labels["objectives"]),
        constraints=tuple(_CONSTRAINTS[words.pop("kind_of_rule")](**words) for words in rules),
        area_ha=arrays["area_ha"],
        region=arrays.get("region"),
        neighbours=neighbours,
        boundary=Boundary(labels["between"], arrays.get("outer_m"), labels.get("least_patch", 1))
        if "between" in labels
        else None,
        total_counts_forbidden=labels["total_counts_forbidden"],
        earlier=arrays.get("earlier"),
        farm=arrays.get("farm"),
        network=network,
        apart=tuple((one, other) for one, other in labels.get("apart", ())),
    )
