"""Stocks of organic carbon from a predicted concentration, with the spread of both factors."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

from edaphon.config.quantity import parse_depth, parse_quantity
from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import unit_numbers
from edaphon.data.indicators import unit_factor
from edaphon.data.messages import counted, name_some
from edaphon.errors import Finding
from edaphon.soil.stocks import (
    MAX_SOC_PERCENT,
    ORGANIC_SOIL_PERCENT,
    PARTICLE_DENSITY_G_CM3,
    bulk_density_from_soc,
    soc_stock,
)
from edaphon.surrogates.state import Prediction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape

DENSITY_SD_G_CM3 = 0.16
"""Error of a bulk density guessed from organic carbon, g/cm3 (judgement: the middle of what
validations of such functions on measured soils usually find)."""

_STEP = 0.01


@dataclass(frozen=True)
class StateInputs:
    """Everything that a feature may be made of.

    Attributes
    ----------
    config : Config
    landscape : Landscape
    predictions : mapping of str to Prediction
        Of each surrogate, for every unit.
    units : mapping of str to str
        Unit of each surrogate's response.
    outcomes : collection of str
        Outcomes of the catalogue.
    """

    config: Config
    landscape: Landscape
    predictions: Mapping[str, Prediction]
    units: Mapping[str, str]
    outcomes: Collection[str]


@dataclass(frozen=True)
class Layer:
    """A stock, or None with what is wrong; warnings may come with either."""

    stock: Prediction | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Factor:
    """Bulk density or coarse share of every unit.

    Attributes
    ----------
    mean, sd : float64 arrays, shape (n_units,)
    applicable : bool array, shape (n_units,)
    from_carbon : bool
        A bulk density computed from organic carbon: it moves with the carbon.
    """

    mean: NDArray[np.float64]
    sd: NDArray[np.float64]
    applicable: NDArray[np.bool_]
    from_carbon: bool = False


def stock_prediction(
    carbon: Prediction,
    density: Factor,
    thickness_cm: float,
    coarse: NDArray[np.float64],
    level: float = 0.9,
) -> Prediction:
    """Turn carbon in % into a stock in t/ha with spread and interval.

    Parameters
    ----------
    carbon : Prediction
        In %, n units; values beyond 0 to 58 % are clipped.
    density : Factor
        Bulk density in g/cm3.
    thickness_cm : float
    coarse : float64 array, shape (n,)
        Share of the volume, 0 to 1.
    level : float
        Level of the interval of `carbon`.

    Returns
    -------
    Prediction
        In t/ha. sd by the delta method (first-order error propagation, JCGM 100:2008, 5.1.2) with
        carbon and density independent; where density is computed from carbon the slope is that of
        the product, and density adds the error of that function. The interval joins, in
        quadrature, the stocks at the bounds of carbon and the normal interval of density. The
        mean is the stock at both means.
    """

    def stock(percent: NDArray[np.float64]) -> NDArray[np.float64]:
        clipped = np.clip(percent, 0.0, MAX_SOC_PERCENT)
        grams = bulk_density_from_soc(clipped) if density.from_carbon else density.mean
        return soc_stock(clipped, grams, thickness_cm, coarse)

    mean = stock(carbon.mean)
    slope = (stock(carbon.mean + _STEP) - stock(carbon.mean - _STEP)) / (2 * _STEP)
    volume = soc_stock(np.clip(carbon.mean, 0.0, MAX_SOC_PERCENT), 1.0, thickness_cm, coarse)
    by_density = volume * density.sd
    sd = np.hypot(slope * carbon.sd, by_density)
    margin = norm.ppf((1 + level) / 2) * by_density
    below = np.maximum(mean - stock(carbon.lower), 0.0)
    above = np.maximum(stock(carbon.upper) - mean, 0.0)
    return Prediction(
        mean,
        sd,
        np.maximum(mean - np.hypot(below, margin), 0.0),
        mean + np.hypot(above, margin),
        carbon.applicable & density.applicable,
        carbon.beyond,
    )


def stock_layer(inputs: StateInputs, name: str, source: str) -> Layer:
    """Make the stock that a feature with a depth asks for.

    Parameters
    ----------
    inputs : StateInputs
    name, source : str
        Feature, and the surrogate that predicts its concentration.

    Returns
    -------
    Layer
        In t/ha; `stock` is None where a finding says what is wrong.
    """
    config, units = inputs.config, inputs.units
    section = config.features[name]
    key = f"features.{name}"
    findings = []
    factor = unit_factor(units[source], "%")
    if factor is None:
        what = f"{units[source]} of {source} is no concentration, so it makes no stock over a depth"
        hint = "Remove depth, or declare the surrogate's unit as % or g/kg."
        findings.append(Finding(config.where(f"{key}.depth"), what, hint))
    density = _density(inputs, key, section.bulk_density)
    coarse = coarse_share(inputs, key, section.coarse)
    findings += [fault for fault in (density, coarse) if isinstance(fault, Finding)]
    if factor is None or isinstance(density, Finding) or isinstance(coarse, Finding):
        return Layer(None, tuple(findings))
    carbon = inputs.predictions[source].scaled(factor)
    top, bottom = parse_depth(section.depth)
    level = config.surrogates[source].level.to("") if source in config.surrogates else 0.9
    stock = stock_prediction(carbon, density, bottom - top, coarse, level)
    doubts = [
        *depth_warning(config, name, source),
        *_organic_warning(config.where(key), carbon, density),
        *_coarse_warning(inputs, key, section.coarse),
    ]
    return Layer(stock, tuple(doubts))


def _organic_warning(where: str, carbon: Prediction, density: Factor) -> list[Finding]:
    """Warn where bulk density is computed for soils beyond the function's data."""
    organic = carbon.mean > ORGANIC_SOIL_PERCENT
    if not (density.from_carbon and organic.any()):
        return []
    what = (
        f"{counted(organic.sum(), 'unit')} with more than {ORGANIC_SOIL_PERCENT:g} % carbon: "
        "bulk density is computed from carbon, and that holds for mineral soils only"
    )
    return [Finding(where, what, "Give bulk_density, measured there.", "warning")]


def _coarse_warning(inputs: StateInputs, key: str, text: str) -> list[Finding]:
    """Warn where a column of percent looks like shares between 0 and 1."""
    if text not in inputs.landscape.attributes.columns:
        return []
    values, _ = unit_numbers(inputs.landscape, text)
    if not 0 < values.max() <= 1:
        return []
    what = f"the values of {text} look like shares, not percent: the largest is {values.max():.3g}"
    hint = "If they are shares, multiply the column by 100; if not, nothing has to be done."
    return [Finding(inputs.config.where(f"{key}.coarse"), what, hint, "warning")]


def depth_warning(config: Config, name: str, source: str) -> tuple[Finding, ...]:
    """Warn where a surrogate's samples describe another depth than a feature's."""
    surrogate, section = config.surrogates.get(source), config.features[name]
    if surrogate is None or not surrogate.depth:
        return ()
    if parse_depth(surrogate.depth) == parse_depth(section.depth):
        return ()
    what = f"{source} describes {surrogate.depth}, but {name} is about {section.depth}"
    hint = "The concentration is taken to be the same; deeper soil usually holds less carbon."
    return (Finding(config.where(f"features.{name}.depth"), what, hint, "warning"),)


def _density(inputs: StateInputs, key: str, text: str) -> Factor | Finding:
    """Bulk density in g/cm3 from a column, a surrogate, a quantity, or organic carbon."""
    n, place = inputs.landscape.n_units, inputs.config.where(f"{key}.bulk_density")
    everywhere = np.ones(n, dtype=bool)
    if not text:
        guess = np.full(n, DENSITY_SD_G_CM3)
        return Factor(np.ones(n), guess, everywhere, from_carbon=True)
    if text in inputs.predictions:
        return _density_surrogate(inputs, text, place)
    if text in inputs.landscape.attributes.columns:
        values = unit_numbers(inputs.landscape, text)[0]
        bad = ~((values > 0) & (values <= PARTICLE_DENSITY_G_CM3))
        if bad.any():
            wanted = "bulk densities in g/cm3, 0 to 2.65"
            found = _outside(place, inputs.landscape, text, bad, wanted)
            heavy = 100 < np.nanmedian(values) <= PARTICLE_DENSITY_G_CM3 * 1000
            hint = "They look like kg/m3: divide the column by 1,000."
            return replace(found, hint=hint) if heavy else found
        return Factor(values, np.zeros(n), everywhere)
    value = _quantity(text, "g/cm3", _names(inputs), place)
    if not isinstance(value, Finding) and not 0 < value <= PARTICLE_DENSITY_G_CM3:
        what = f"a bulk density of {value:g} g/cm3 is impossible"
        value = Finding(place, what, "It lies between 0 and 2.65 g/cm3.")
    if isinstance(value, Finding):
        return value
    return Factor(np.full(n, value), np.zeros(n), everywhere)


def _density_surrogate(inputs: StateInputs, source: str, place: str) -> Factor | Finding:
    """Bulk density in g/cm3 as another surrogate predicts it."""
    factor = unit_factor(inputs.units[source], "g/cm3")
    if factor is None:
        what = f"{inputs.units[source]} of {source} is no unit of bulk density"
        return Finding(place, what, "Declare the surrogate's unit as g/cm3 or kg/m3.")
    told = inputs.predictions[source]
    mean = np.clip(told.mean * factor, 0.01, PARTICLE_DENSITY_G_CM3)
    return Factor(mean, told.sd * factor, told.applicable)


def coarse_share(inputs: StateInputs, key: str, text: str) -> NDArray[np.float64] | Finding:
    """Share of coarse fragments by volume, from a column in % or a quantity.

    Parameters
    ----------
    inputs : StateInputs
    key : str
        Of the feature, as "features.soc_stock".
    text : str
        What its key `coarse` says; "" = none.

    Returns
    -------
    float64 array, shape (n_units,), or Finding
        0 to 1; what is wrong otherwise.
    """
    landscape, place = inputs.landscape, inputs.config.where(f"{key}.coarse")
    if not text:
        return np.zeros(landscape.n_units)
    if text in landscape.attributes.columns:
        values = unit_numbers(landscape, text)[0]
        bad = ~((values >= 0) & (values <= 100))
        if bad.any():
            return _outside(place, landscape, text, bad, "percent by volume, 0 to 100")
        return values / 100
    share = _quantity(text, "%", _names(inputs), place)
    if isinstance(share, Finding):
        return share
    if not 0 <= share <= 100:
        return Finding(place, f"{share:g} % of coarse fragments are impossible", "0 to 100 %.")
    return np.full(landscape.n_units, share / 100)


def _names(inputs: StateInputs) -> list[str]:
    """Names that a factor of a stock may have."""
    return [*map(str, inputs.landscape.attributes.columns), *inputs.predictions]


def _outside(
    place: str, landscape: Landscape, column: str, bad: NDArray[np.bool_], wanted: str
) -> Finding:
    what = (
        f"the column {column} of {landscape.source} holds something else than {wanted} in "
        f"{counted(bad.sum(), 'unit')} ({name_some(landscape.ids[bad])})"
    )
    return Finding(place, what, "Mend these values, or state one quantity for all units.")


def _quantity(text: str, unit: str, names: Iterable[str], place: str) -> float | Finding:
    """Read a quantity in a unit; a text that starts like no number is a misspelled name."""
    if not (text[:1].isdigit() or text[:1] in "+-."):
        what = f"'{text}' is no column, no surrogate and no quantity"
        return Finding(place, what, did_you_mean(text, names))
    try:
        return parse_quantity(text, unit).to(unit)
    except ValueError as error:
        return Finding(place, str(error))
