"""Available water of the units as a state, and how far it would follow their organic carbon."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from edaphon.config.quantity import parse_depth
from edaphon.data.indicators import unit_factor
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding
from edaphon.soil.stocks import ORGANIC_MATTER_PER_CARBON
from edaphon.soil.water import (
    MAX_CLAY_PERCENT,
    MAX_ORGANIC_MATTER_PERCENT,
    available_water,
    available_water_slope,
    saxton_rawls_moisture,
)
from edaphon.surrogates.soil_inputs import find_soil, missing_soil, soil_values
from edaphon.surrogates.state import Prediction
from edaphon.surrogates.stock import coarse_share, depth_warning

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.surrogates.stock import StateInputs

EQUATION_SD_MM = 4.4
"""Error of available water by Saxton and Rawls, mm per 100 mm of soil: root mean square over 224
soils of UNSODA, 37 publications (`python benchmarks/water.py --part design`)."""

TOPSOIL_CM = 30.0
M3_HA_PER_CM = 100.0
MAX_SOC = MAX_ORGANIC_MATTER_PERCENT / ORGANIC_MATTER_PER_CARBON
_STEP = 0.01


@dataclass(frozen=True)
class Water:
    """Available water of every unit.

    Attributes
    ----------
    amount : Prediction
        m3/ha over the layer: 10 for each mm.
    lever, lever_sd : float64 arrays, shape (n_units,)
        m3/ha that a doubling of organic carbon would bring at today's slope: what relative changes
        of carbon are multiplied by.
    findings : tuple of Finding
    """

    amount: Prediction
    lever: NDArray[np.float64]
    lever_sd: NDArray[np.float64]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class _Soil:
    """Sand, clay and carbon in %, and the m3/ha of fine earth, of every unit."""

    sand: NDArray[np.float64]
    clay: NDArray[np.float64]
    soc: Prediction
    fine_m3_ha: NDArray[np.float64]

    def water(self, soc: NDArray[np.float64]) -> NDArray[np.float64]:
        """Available water at another carbon, m3/ha."""
        percent = np.clip(soc, 0.0, MAX_SOC)
        matter = percent * ORGANIC_MATTER_PER_CARBON
        dry, moist = saxton_rawls_moisture(self.sand, self.clay, matter)
        return available_water(moist, dry, 10.0) / 100.0 * self.fine_m3_ha

    def lever(self, soc: NDArray[np.float64]) -> NDArray[np.float64]:
        """Slope by carbon x carbon, m3/ha."""
        percent = np.clip(soc, 0.0, MAX_SOC)
        slope = available_water_slope(self.sand, self.clay, percent)
        return np.asarray(slope / 100.0 * self.fine_m3_ha * percent)


def available_water_state(inputs: StateInputs, name: str, level: float = 0.9) -> Water:
    """Compute the available water that a feature with ``model: saxton_rawls`` asks for.

    Parameters
    ----------
    inputs : StateInputs
    name : str
        Feature.
    level : float
        Level of the interval.

    Returns
    -------
    Water
        Its spread joins, in quadrature, that of the carbon (first-order, JCGM 100:2008, 5.1.2) and
        the error of the equations. Units outside the range of the equations are taken at its
        border and are not applicable.

    Raises
    ------
    DataError
        With every fault found: a property that nothing holds, values that are missing or
        impossible.

    Notes
    -----
    Saxton & Rawls (2006), by `edaphon.soil.water`. The lever takes the slope at today's carbon,
    never below that measured in clays; the slope's rise with carbon is left out, which would add
    1 % (loam) to 8 % (sand) to what a gain of 0.5 % carbon brings.
    """
    config, landscape = inputs.config, inputs.landscape
    section, key = config.features[name], f"features.{name}"
    findings: list[Finding] = []
    sand, clay, soc = (_property(inputs, name, one, findings) for one in ("sand", "clay", "soc"))
    coarse = _coarse(inputs, name, findings)
    if sand is None or clay is None or soc is None or coarse is None:
        raise DataError(findings)
    findings += _impossible(inputs, key, sand.mean, clay.mean)
    if any(found.severity == "error" for found in findings):
        raise DataError(findings)
    beyond = (clay.mean > MAX_CLAY_PERCENT) | (soc.mean > MAX_SOC)
    if beyond.any():
        some = f"{counted(beyond.sum(), 'unit')} ({name_some(landscape.ids[beyond])})"
        what = (
            f"the equations end at {MAX_CLAY_PERCENT:g} % clay and {MAX_SOC:.3g} % carbon: {some}"
        )
        hint = "They are taken at that border and count as outside the area of applicability."
        findings.append(Finding(config.where(key), what, hint, "warning"))
    top, bottom = parse_depth(section.depth)
    findings += _depths(inputs, name, bottom)
    fine = M3_HA_PER_CM * (bottom - top) * (1.0 - coarse)
    inside = np.minimum(clay.mean, MAX_CLAY_PERCENT)
    soil = _Soil(np.minimum(sand.mean, 100.0 - inside), inside, soc, fine)
    applicable = ~beyond & sand.applicable & clay.applicable & soc.applicable
    amount = _amount(soil, applicable, level)
    lever_sd = np.abs(_slope(soil.lever, soc.mean)) * soc.sd
    return Water(amount, soil.lever(soc.mean), lever_sd, tuple(findings))


def _amount(soil: _Soil, applicable: NDArray[np.bool_], level: float) -> Prediction:
    """Available water with spread and interval."""
    soc = soil.soc
    mean = soil.water(soc.mean)
    error = EQUATION_SD_MM / 100.0 * soil.fine_m3_ha
    sd = np.hypot(_slope(soil.water, soc.mean) * soc.sd, error)
    ends = np.stack([soil.water(soc.lower), soil.water(soc.upper)])
    margin = norm.ppf((1 + level) / 2) * error
    below = np.maximum(mean - ends.min(axis=0), 0.0)
    above = np.maximum(ends.max(axis=0) - mean, 0.0)
    lower = np.maximum(mean - np.hypot(below, margin), 0.0)
    return Prediction(mean, sd, lower, mean + np.hypot(above, margin), applicable, soc.beyond)


def _slope(
    function: Callable[[NDArray[np.float64]], NDArray[np.float64]], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    return (function(at + _STEP) - function(at - _STEP)) / (2 * _STEP)


def _property(
    inputs: StateInputs, name: str, wanted: str, findings: list[Finding]
) -> Prediction | None:
    """Return sand, clay or carbon in %, complete; None with an error among the findings."""
    config, landscape = inputs.config, inputs.landscape
    if wanted == "soc" and config.features[name].source:
        return _from_surrogate(inputs, name, findings)
    told, where = _found(inputs, wanted, findings)
    if told is None:
        if not where:
            place = config.where(f"features.{name}")
            findings.append(missing_soil(config, landscape, wanted, asker=name, where=place))
        return None
    missing = ~np.isfinite(told.mean)
    if missing.any():
        some = f"{counted(missing.sum(), 'unit')} ({name_some(landscape.ids[missing])})"
        hint = "Fill in numbers, or leave these units out of the landscape."
        findings.append(Finding(where, f"no finite number in {some}", hint))
        return None
    return told


def _found(
    inputs: StateInputs, wanted: str, findings: list[Finding]
) -> tuple[Prediction | None, str]:
    """Return a property in the unit of the registry and where it stands; "" = nowhere."""
    try:
        source = find_soil(inputs.config, inputs.landscape, wanted, inputs.units)
    except DataError as error:
        findings += error.findings
        return None, f"soil: {wanted}"
    if source is None:
        return None, ""
    told, faults = soil_values(inputs, source)
    findings += faults
    faulty = any(found.severity == "error" for found in faults)
    return (None if faulty else told), source.where


def _from_surrogate(inputs: StateInputs, name: str, findings: list[Finding]) -> Prediction | None:
    """Return the carbon that the feature's `from` predicts, in %."""
    source = inputs.config.features[name].source
    factor = unit_factor(inputs.units[source], "%")
    if factor is None:
        what = f"{inputs.units[source]} of {source} is no concentration of organic carbon"
        where = inputs.config.where(f"features.{name}.from")
        findings.append(Finding(where, what, "Name a surrogate of organic carbon in % or g/kg."))
        return None
    return inputs.predictions[source].scaled(factor)


def _coarse(inputs: StateInputs, name: str, findings: list[Finding]) -> NDArray[np.float64] | None:
    """Return the share of coarse fragments: as the feature says, else as found by name, else 0."""
    stated = inputs.config.features[name].coarse
    if stated:
        share = coarse_share(inputs, f"features.{name}", stated)
        findings += [share] if isinstance(share, Finding) else []
        return None if isinstance(share, Finding) else share
    told, where = _found(inputs, "coarse", findings)
    if told is None:
        return None if where else np.zeros(inputs.landscape.n_units)
    bad = ~((told.mean >= 0) & (told.mean <= 100))
    if bad.any():
        some = f"{counted(bad.sum(), 'unit')} ({name_some(inputs.landscape.ids[bad])})"
        what = f"no coarse fragments from 0 to 100 % in {some}"
        hint = f"Mend these values, or write coarse: 0 % under features.{name}."
        findings.append(Finding(where, what, hint))
        return None
    return told.mean / 100.0


def _impossible(
    inputs: StateInputs, key: str, sand: NDArray[np.float64], clay: NDArray[np.float64]
) -> list[Finding]:
    """Return an error where sand and clay make no texture."""
    bad = (sand < 0) | (clay < 0) | (sand + clay > 100 + 1e-9)
    if not bad.any():
        return []
    ids = inputs.landscape.ids[bad]
    what = f"sand and clay are negative or exceed 100 % in {counted(bad.sum(), 'unit')}"
    hint = "Mend these values, or state their unit under soil: {units: {clay: g/kg}}."
    return [Finding(inputs.config.where(key), f"{what} ({name_some(ids)})", hint)]


def _depths(inputs: StateInputs, name: str, bottom: float) -> list[Finding]:
    """Warn where the layer goes deeper than what is known of its carbon."""
    section = inputs.config.features[name]
    findings = list(depth_warning(inputs.config, name, section.source))
    if bottom > TOPSOIL_CM:
        what = f"{name} reaches down to {bottom:g} cm, trials of carbon mostly to {TOPSOIL_CM:g} cm"
        hint = "The relative change of carbon is taken to be the same below; it is less there."
        where = inputs.config.where(f"features.{name}.depth")
        findings.append(Finding(where, what, hint, "warning"))
    return findings
