"""From the files of Marxan with Zones to a config: zones become interventions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from edaphon.errors import Finding
from edaphon.report.marxan import boundaries_of, drawn, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.data.marxan import MarxanData
    from edaphon.data.marxan_zones import Zones


def write_zones(
    data: MarxanData,
    zones: Zones,
    out: str | Path,
    *,
    name: str = "marxan",
    crs: str = "",
    currency: str = "EUR",
) -> tuple[list[Path], tuple[Finding, ...]]:
    """Write a config and tables that `edaphon run` takes; the first zone is the baseline.

    Amounts and costs are told against the first zone. A target of a zone is one of a feature of its
    own, "10 bird1 in reserve", that only this zone holds.

    Parameters
    ----------
    data, zones : MarxanData, Zones
        What the same folder holds.
    out, name, crs, currency
        As `edaphon.report.marxan.write_import`.

    Returns
    -------
    files : list of Path
        The config first.
    findings : tuple of Finding

    Raises
    ------
    DataError
        For a folder that cannot be written, or that holds a file of these names.
    """
    findings = [*data.findings, *zones.findings]
    amounts, targets = _amounts(data, zones, findings)
    tables = {
        "amounts.csv": amounts,
        "costs.csv": _costs(data, zones, findings),
        "locks.csv": _locks(data, zones),
        "features.csv": pd.DataFrame(
            {"feature": data.features, "target": data.target, "spf": data.penalty}
        ),
    }
    counts = bool(zones.between) and data.boundary_price * zones.factor > 0 and len(data.length) > 0
    inner = data.first != data.second
    if counts:
        # boundary toward the outside costs the same in every zone
        tables |= {"boundaries.csv": boundaries_of(data)["boundaries.csv"][inner]}
    frame = drawn(data, crs, findings)
    config = _config(zones, targets, name, currency, frame.crs.to_string())
    if counts:
        price = f"{data.boundary_price * zones.factor!r} {currency}/m"
        config["objectives"]["cost"]["boundary"] = price
        config["space"] = {"between": zones.between, "boundaries": "boundaries.csv"}
    if len(tables["locks.csv"]):
        config["locks"] = "locks.csv"
    return written(Path(out), config, frame, tables), tuple(findings)


def _amounts(
    data: MarxanData, zones: Zones, findings: list[Finding]
) -> tuple[pd.DataFrame, dict[str, str]]:
    """Amounts by unit, intervention and feature, and the targets in percent."""
    gain = zones.contribution[1:] - zones.contribution[0]
    parts = []
    for z, intervention in enumerate(zones.names[1:]):
        parts.append(_rows(data, intervention, data.features, gain[z, data.feature] * data.amount))
    total = data.total()
    whole = np.maximum(gain.max(axis=0, initial=0.0), 0.0) * total
    open_ = np.where(zones.allowed[data.unit][:, 1:], gain[:, data.feature].T, 0.0)
    best = np.maximum(open_.max(axis=1, initial=0.0), 0.0) * data.amount
    reach = np.bincount(data.feature, best, len(total)).astype(np.float64)
    need = data.target - zones.contribution[0] * total
    targets = dict(_shares(data.features, need, whole, reach, findings))
    for z, f, target in zip(zones.zone, zones.feature, zones.target, strict=True):
        own = f"{data.features[f]} in {zones.names[z]}"
        mine = data.feature == f
        parts.append(_rows(data, zones.names[z], (own,) * len(total), data.amount, mine))
        free = mine & zones.allowed[data.unit, z]
        reach_of = np.array([data.amount[free].sum()])
        found = _shares((own,), np.array([target]), total[[f]], reach_of, findings)
        targets |= dict(found)
    return pd.concat(parts, ignore_index=True), targets


def _rows(
    data: MarxanData,
    intervention: str,
    names: tuple[str, ...],
    amount: NDArray[np.float64],
    some: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Rows of amounts.csv for one intervention; what holds nothing is left out."""
    kept = amount != 0 if some is None else some & (amount != 0)
    return pd.DataFrame(
        {
            "unit_id": data.units[data.unit[kept]],
            "intervention": intervention,
            "feature": np.array(names, dtype=object)[data.feature[kept]],
            "amount": amount[kept],
        }
    )


def _shares(
    names: tuple[str, ...],
    need: NDArray[np.float64],
    whole: NDArray[np.float64],
    reach: NDArray[np.float64],
    findings: list[Finding],
) -> list[tuple[str, str]]:
    """Targets above 0 as shares of the whole amount, lowered to what can be reached."""
    made = []
    for name, asked, all_of_it, most in zip(
        names, need.tolist(), whole.tolist(), reach.tolist(), strict=True
    ):
        if asked <= 0:
            continue
        amount = asked
        if asked > most:
            amount = most
            what = (
                f"the target of {name} asks for {asked:,.6g}, but zones that are allowed hold at "
                f"most {most:,.6g}: it is lowered to that"
            )
            findings.append(Finding("spec.dat", what, "", "warning"))
        if all_of_it > 0 and most > 0:
            made.append((name, f"{100.0 * amount / all_of_it:.17g} %"))
    return made


def _costs(data: MarxanData, zones: Zones, findings: list[Finding]) -> pd.DataFrame:
    """Costs of the interventions against the first zone."""
    first = zones.cost[:, 0]
    if first.any():
        what = (
            f"costs are told against {zones.titles[0]}: add {first.sum():,.6g} for the whole cost"
        )
        findings.append(Finding("zonecost.dat", what, "", "note"))
    parts = [
        pd.DataFrame(
            {"unit_id": data.units, "intervention": name, "cost": zones.cost[:, z] - first}
        )
        for z, name in enumerate(zones.names)
        if z > 0
    ]
    return pd.concat(parts, ignore_index=True)


def _locks(data: MarxanData, zones: Zones) -> pd.DataFrame:
    """Units that may not have every zone: locked in where one is left, else locked out."""
    count = zones.allowed.sum(axis=1)
    unit, zone = np.nonzero(zones.allowed & (count == 1)[:, None])
    shut, barred = np.nonzero(~zones.allowed & (count > 1)[:, None])
    names = np.array(zones.names, dtype=object)
    return pd.DataFrame(
        {
            "unit_id": data.units[np.concatenate([unit, shut])],
            "intervention": names[np.concatenate([zone, barred])],
            "lock": ["in"] * len(unit) + ["out"] * len(shut),
        }
    )


def _config(
    zones: Zones, targets: dict[str, str], name: str, currency: str, crs: str
) -> dict[str, Any]:
    """Return the content of the config file."""
    own = {
        one: {"title": title} for one, title in zip(zones.names[1:], zones.titles[1:], strict=True)
    }
    content: dict[str, Any] = {
        "edaphon": 1,
        "name": name,
        "currency": currency,
        "landscape": {"file": "units.gpkg", "id": "unit_id", "crs": crs},
        "interventions": {"use": list(own), "own": own},
        "tables": {"effects": "amounts.csv", "costs": "costs.csv", "count_forbidden": True},
        "objectives": {"cost": {"minimize": "cost"}},
    }
    if targets:
        content["constraints"] = {"targets": targets}
    return content
