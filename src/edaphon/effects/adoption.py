"""Who takes an intervention up: a survey's probability, else a logistic default."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from edaphon.config.suggest import did_you_mean
from edaphon.data.shares import column_or_quantity, share_column
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.practices.ledgers import present_value
from edaphon.practices.own import intervention_of
from edaphon.practices.values import MIDDLING_EASE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.context import AdoptionSection
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue, Intervention


def adoption(
    config: Config, catalogue: Catalogue, landscape: Landscape
) -> tuple[NDArray[np.float64] | None, tuple[Finding, ...]]:
    """Return the probability that each option, once chosen, is carried out.

    Parameters
    ----------
    config : Config
        Its section `adoption`.
    catalogue : Catalogue
        Costs per ha, net of payments.
    landscape : Landscape

    Returns
    -------
    probability : float64 array, shape (n_units, n_interventions), or None
        1 for the baseline; None without the section. From the survey's columns where they tell,
        else logistic in ease, returns, tenure and use nearby: the drivers that Kuehne et al. 2017
        (Agricultural Systems 156:115-125, ADOPT) put into relative advantage and learnability (from
        memory, not verified); the coefficients are judgements of this package.
    findings : tuple of Finding
        A note with the mean probability of each intervention.

    Raises
    ------
    DataError
        Columns that are not there, or hold text or values outside 0 to 1; interventions that the
        config does not use.
    """
    section = config.adoption
    if section is None:
        return None, ()
    findings: list[Finding] = []
    for name in section.columns:
        if name not in catalogue.names[1:]:
            where = config.where(f"adoption.columns.{name}")
            what = f"{name!r} is not used by this config"
            findings.append(Finding(where, what, did_you_mean(name, catalogue.names[1:])))
    survey = _survey(config, landscape, section, findings)
    common = _log_odds_of_units(config, landscape, section, findings)
    probability = np.ones((landscape.n_units, len(catalogue.names)))
    for a, one in enumerate(catalogue.interventions, start=1):
        names = (one.name,) if one.name in section.columns or not one.parts else one.parts
        told = np.min([survey.get(name, survey[""]) for name in names], axis=0)
        usual = _logistic(config, one, common)
        probability[:, a] = np.where(np.isnan(told), usual, told)
    raise_errors(findings, DataError)
    return probability, (*findings, _told(config, catalogue, probability))


def _survey(
    config: Config, landscape: Landscape, section: AdoptionSection, findings: list[Finding]
) -> dict[str, NDArray[np.float64]]:
    """Return what the survey says of each intervention, and under "" of any; nan = nothing."""
    told = {"": np.full(landscape.n_units, np.nan)}
    if section.column:
        where = config.where("adoption.column")
        told[""] = share_column(landscape, section.column, where, findings)
    for name, column in section.columns.items():
        where = config.where(f"adoption.columns.{name}")
        own = share_column(landscape, column, where, findings)
        told[name] = np.where(np.isnan(own), told[""], own)
    return told


def _log_odds_of_units(
    config: Config, landscape: Landscape, section: AdoptionSection, findings: list[Finding]
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Return the log odds that a unit brings, and its income (None = costs do not count)."""
    rule = section.logistic
    odds = np.full(landscape.n_units, rule.intercept)
    for key, weight, middle in (("owned", rule.tenure, 0.5), ("use_nearby", rule.users, 0.0)):
        column = getattr(rule, key)
        if column:
            where = config.where(f"adoption.logistic.{key}")
            share = share_column(landscape, column, where, findings)
            odds += weight * np.where(np.isnan(share), 0.0, share - middle)
    if not rule.income:
        return odds, None
    unit, where = f"{config.currency}/ha/yr", config.where("adoption.logistic.income")
    income = column_or_quantity(landscape, rule.income, unit, where, findings)
    if (income <= 0).any():
        what = "an income from the land of 0 or below says nothing of costs"
        findings.append(Finding(where, what, "Give incomes above 0; leave unknown ones empty."))
    return odds, income


def _logistic(
    config: Config,
    one: Intervention,
    units: tuple[NDArray[np.float64], NDArray[np.float64] | None],
) -> NDArray[np.float64]:
    """Return the logistic default of one intervention, shape (n_units,)."""
    rule = None if config.adoption is None else config.adoption.logistic
    if rule is None:
        return np.ones(len(units[0]))
    odds, income = units[0].copy(), units[1]
    odds += rule.ease * (_ease(config, one) - MIDDLING_EASE)
    if income is not None:
        horizon, rate = config.horizon.to("yr"), config.discount_rate.to("%") / 100.0
        whole = present_value(one.establishment_per_ha, one.annual_per_ha, horizon, rate)
        yearly = whole / present_value(0.0, 1.0, horizon, rate)
        odds -= rule.returns * np.where(income > 0, yearly / np.where(income > 0, income, 1.0), 0.0)
    return np.asarray(expit(odds))


def _ease(config: Config, one: Intervention) -> float:
    """Return the ease, 1 to 5; of a bundle that of its hardest part; middling where unknown."""
    names = one.parts or (one.name,)
    known = [intervention_of(config, name).ease for name in names]
    return min((float(ease) for ease in known if ease is not None), default=MIDDLING_EASE)


def _told(config: Config, catalogue: Catalogue, probability: NDArray[np.float64]) -> Finding:
    """Say with which probability each intervention counts."""
    means = zip(catalogue.names[1:], probability[:, 1:].mean(axis=0), strict=True)
    said = ", ".join(f"{name} {mean:.0%}" for name, mean in means)
    return Finding(
        where=config.where("adoption"),
        what="effects count by the probability that an intervention is taken up, on average "
        f"{said}; costs count in full",
        severity="note",
    )
