"""The GSOCseq scenarios of a landscape: what every unit could store, and the sums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.columns import unit_numbers
from edaphon.data.indicators import unit_factor
from edaphon.data.messages import counted, name_some, unknown_column
from edaphon.effects.carbon_sites import carbon_sites, needed_climate, topsoil_depth
from edaphon.effects.rothc import LARGEST_SOC_T_HA, whole_years
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.soil.gsocseq import CO2_PER_C, Sequestration, sequester
from edaphon.soil.land_classes import masked
from edaphon.soil.rothc import Soils
from edaphon.soil.rothc_factors import inert_carbon
from edaphon.soil.rothc_response import gain_per_input, share_kept
from edaphon.soil.rothc_year import year_map

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.carbon import GsocseqSection
    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape
    from edaphon.effects.carbon_sites import CarbonSites
    from edaphon.surrogates.state import State

    Floats = NDArray[np.float64]

HORIZONS = (5, 20, 50)
"""Years at which gains and losses are stated."""
NO_CARBON = "no organic carbon"
_MASKS = {"sand": (100.0, "%"), "conductivity": (200.0, "dS/m")}
"""Largest possible value and unit of the columns that leave units out."""


@dataclass(frozen=True)
class CarbonRun:
    """What the scenarios store, unit by unit and in all.

    Attributes
    ----------
    table : DataFrame, n_units rows
        unit_id, area_ha, land_class, left_out (reason; empty = it was run), soc_t_ha,
        carbon_input_t_ha_yr, usual_t_ha (organic carbon at the end of business as usual),
        usual_uncertainty_pct, and for each scenario k from 1 on ``ssm<k>_t_ha``,
        ``ssm<k>_absolute_t_ha``, ``ssm<k>_relative_t_ha``, ``ssm<k>_relative_lower_t_ha``,
        ``ssm<k>_relative_upper_t_ha``, ``ssm<k>_rate_t_ha_yr`` (relative),
        ``ssm<k>_uncertainty_pct``, ``ssm<k>_relative_uncertainty_pct``. nan where left out.
    summary : dict
        feature, years, behavior, area_ha, left_out (reason: ha), stock_t_c, scenarios (list of
        name, increase, input_t_c_yr, relative_t_c, lower_t_c, upper_t_c, relative_t_co2e,
        rate_t_ha_yr), gain_per_input (years: t C/ha per t C/ha/yr) and kept_after_stopping
        (years: share of a gain of 20 years), both averaged over the area that was run.
    findings : tuple of Finding
    """

    table: pd.DataFrame
    summary: dict[str, Any]
    findings: tuple[Finding, ...] = ()


def run_gsocseq(
    config: Config, landscape: Landscape, state: State, climate: Climate | None
) -> CarbonRun | None:
    """Run the scenarios that the config asks for.

    Parameters
    ----------
    config : Config
    landscape : Landscape
    state : State
        Of the same units, with the feature that `gsocseq.stock` names.
    climate : Climate or None

    Returns
    -------
    CarbonRun or None
        None where the config has no `gsocseq`. The range of a sum takes all units at the same end
        of their ranges, as errors of climate data and of the scenario would be shared.

    Raises
    ------
    ConfigError, DataError
        Without climate, for a feature that is no stock in t/ha, for unknown columns, and where
        nothing is left to run.
    """
    section = config.gsocseq
    if section is None:
        return None
    sites = carbon_sites(config, landscape, needed_climate(config, climate, "gsocseq"))
    soc = _stock(config, section, state)
    sand, salt = scenario_masks(config, landscape)
    left_out = masked(np.clip(soc, 0.0, 1000.0), sites.land_class, sand, salt)
    left_out = np.where(
        (soc > 0) & (soc <= LARGEST_SOC_T_HA) | (left_out != ""), left_out, NO_CARBON
    )
    rows = np.flatnonzero(left_out == "")
    if not len(rows):
        what = f"every unit is left out: {', '.join(sorted(set(left_out.tolist())))}"
        raise DataError(Finding(config.where("gsocseq"), what, "Remove gsocseq."))
    depth = topsoil_depth(config, section.stock)
    found = sequester(
        soc[rows],
        sites.clay_percent[rows],
        sites.year.rows(rows),
        scenarios=tuple(one.to("") for one in section.scenarios),
        years=whole_years(section.years.to("yr")),
        depth_cm=depth,
        behavior=section.behavior,
    )
    table = _table(landscape, sites, soc, left_out, found)
    summary = {
        "feature": section.stock,
        "years": found.years,
        "behavior": section.behavior,
        **_sums(landscape.area_ha, left_out, soc, found),
        **_horizons(landscape.area_ha[rows], soc[rows], sites, rows, depth),
    }
    return CarbonRun(table, summary, sites.findings)


def _stock(config: Config, section: GsocseqSection, state: State) -> Floats:
    """Organic carbon in t/ha."""
    where = config.where("gsocseq.stock")
    if section.stock not in state.features:
        what = f"the feature {section.stock} has no state"
        raise ConfigError(Finding(where, what, "Name a stock of organic carbon in t/ha."))
    f = state.features.index(section.stock)
    if state.units[f] != "t/ha":
        what = f"GSOCseq counts t C/ha, and {section.stock} is in {state.units[f]}"
        raise ConfigError(Finding(where, what, "Name a stock of organic carbon in t/ha."))
    return np.asarray(state.mean[:, f])


def scenario_masks(config: Config, landscape: Landscape) -> tuple[Floats | None, Floats | None]:
    """Return what leaves units out of GSOCseq, and check what the section names.

    Parameters
    ----------
    config : Config
        With a section `gsocseq`.
    landscape : Landscape

    Returns
    -------
    sand, conductivity : float64 array, shape (n_units,), or None
        In % and dS/m; nan where unknown, None where the config names no column.

    Raises
    ------
    EdaphonError
        With every fault: a stock that cannot be t/ha or does not begin at the surface, unknown
        columns, text, values that are impossible.
    """
    section = config.gsocseq
    if section is None:
        return None, None
    findings, columns = [], []
    stock = config.features.get(section.stock)
    if stock is not None and stock.column and unit_factor(stock.unit, "t/ha") is None:
        what = f"GSOCseq counts t C/ha, and {section.stock} is in {stock.unit or 'no unit'}"
        hint = "Name a stock of organic carbon in t/ha."
        findings.append(Finding(config.where("gsocseq.stock"), what, hint))
    topsoil_depth(config, section.stock)
    for key, (most, unit) in _MASKS.items():
        name: str = getattr(section, key)
        values, found = _column(config, landscape, name, key) if name else (None, [])
        columns.append(values)
        findings += found
        if values is None or found:
            continue
        wrong = (values < 0) | (values > most)
        if wrong.any():
            some = f"{counted(wrong.sum(), 'unit')} ({name_some(landscape.ids[wrong])})"
            what = f"{name} lies outside 0 to {most:g} {unit} in {some}"
            findings.append(Finding(config.where(f"gsocseq.{key}"), what, f"Give it in {unit}."))
    raise_errors(findings)
    sand, conductivity = columns
    return sand, conductivity


def _column(
    config: Config, landscape: Landscape, name: str, key: str
) -> tuple[Floats | None, list[Finding]]:
    """Values of a column that leaves units out, and what is wrong with it."""
    if name not in landscape.attributes.columns:
        columns = landscape.attributes.columns
        where = config.where(f"gsocseq.{key}")
        return None, [unknown_column(where, name, columns, landscape.source)]
    values, faults = unit_numbers(landscape, name)
    return values, list(faults)


def _table(
    landscape: Landscape,
    sites: CarbonSites,
    soc: Floats,
    left_out: NDArray[np.str_],
    found: Sequestration,
) -> pd.DataFrame:
    """Lay the figures of every unit side by side; those left out are nan."""
    import pandas as pd

    percent = found.uncertainty()
    columns = {
        "carbon_input_t_ha_yr": found.carbon_input,
        "usual_t_ha": found.usual,
        "usual_uncertainty_pct": percent["usual"],
    }
    low, high = found.relative_range
    for k in range(len(found.scenarios)):
        name = f"ssm{k + 1}"
        columns |= {
            f"{name}_t_ha": found.managed[:, k],
            f"{name}_absolute_t_ha": found.absolute[:, k],
            f"{name}_relative_t_ha": found.relative[:, k],
            f"{name}_relative_lower_t_ha": low[:, k],
            f"{name}_relative_upper_t_ha": high[:, k],
            f"{name}_rate_t_ha_yr": found.relative[:, k] / found.years,
            f"{name}_uncertainty_pct": percent["managed"][:, k],
            f"{name}_relative_uncertainty_pct": percent["relative"][:, k],
        }
    whole = {}
    for name, values in columns.items():
        whole[name] = np.full(len(soc), np.nan)
        whole[name][left_out == ""] = values
    return pd.DataFrame(
        {
            "unit_id": landscape.ids,
            "area_ha": landscape.area_ha,
            "land_class": sites.land_class,
            "left_out": left_out,
            "soc_t_ha": soc,
            **whole,
        }
    )


def _sums(
    area: Floats,
    left_out: NDArray[np.str_],
    soc: Floats,
    found: Sequestration,
) -> dict[str, Any]:
    """Add up the units that were run."""
    kept = left_out == ""
    run = area[kept]
    reasons = sorted({reason for reason in left_out.tolist() if reason})
    low, high = found.relative_range
    scenarios = [
        {
            "name": f"SSM{k + 1}",
            "increase": float(share),
            "input_t_c_yr": float(share * (found.carbon_input * run).sum()),
            "relative_t_c": float((found.relative[:, k] * run).sum()),
            "lower_t_c": float((low[:, k] * run).sum()),
            "upper_t_c": float((high[:, k] * run).sum()),
            "relative_t_co2e": float(CO2_PER_C * (found.relative[:, k] * run).sum()),
            "rate_t_ha_yr": float((found.relative[:, k] * run).sum() / run.sum() / found.years),
        }
        for k, share in enumerate(found.scenarios)
    ]
    return {
        "area_ha": float(run.sum()),
        "left_out": {reason: float(area[left_out == reason].sum()) for reason in reasons},
        "stock_t_c": float((soc[kept] * run).sum()),
        "scenarios": scenarios,
    }


def _horizons(
    area: Floats, soc: Floats, sites: CarbonSites, rows: NDArray[np.intp], depth: float
) -> dict[str, Any]:
    """Gain per input at three horizons, and what is left of 20 years' gain after stopping."""
    soils = Soils.of(sites.clay_percent[rows], depth, inert_carbon(soc))
    year = year_map(soils, sites.year.rows(rows))
    share = area / area.sum()
    gains = share @ gain_per_input(year, HORIZONS)
    kept = share @ share_kept(year, 20, HORIZONS)
    return {
        "gain_per_input": dict(zip(map(str, HORIZONS), gains.tolist(), strict=True)),
        "kept_after_stopping": dict(zip(map(str, HORIZONS), kept.tolist(), strict=True)),
    }
