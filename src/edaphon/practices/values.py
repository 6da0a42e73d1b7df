"""The values of the practices stage: interventions, evidence, the catalogue, ledgers, options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from edaphon.errors import Finding

BASELINE = "baseline"
MIDDLING_EASE = 3.0
"""The ease, from 1 to 5, that the logistic default of adoption starts from."""


def holding(interventions: Sequence[str], name: str) -> NDArray[np.bool_]:
    """Find the options that a rule on an intervention speaks of.

    Parameters
    ----------
    interventions : sequence of str
        Bundles join the names of their parts with +.
    name : str
        An intervention or a bundle.

    Returns
    -------
    bool array, shape (n_interventions,)
        The intervention and the bundles that hold it (all parts of it, where it is a bundle);
        nothing where the name is unknown.
    """
    parts = set(name.split("+"))
    return np.array([parts <= set(one.split("+")) for one in interventions], dtype=bool)


@dataclass(frozen=True)
class Guards:
    """Rules of safety and law that a practice is bound to.

    Attributes
    ----------
    live_release : bool
        Brings live organisms in.
    needs_risk_assessment : bool
        Their risk has to be assessed before.
    native_only : bool
        Alien species are forbidden.
    water_distance_m : float
        Distance to keep from wells and water; 0 = none.
    antibiotic_resistance : bool
        May spread genes of resistance.
    contaminated_only : bool
        For contaminated units only.
    edible : bool
        Its product is eaten: not on contaminated units.
    excluded_land_uses : tuple of str
        Never there, whatever the row filter says.
    converts_land : bool
        Changes the land use, from which peat and black soil are protected.
    once_per_horizon : bool
        One dose within the horizon.
    jurisdiction : str
        What law asks for in many countries; "" = nothing known.
    """

    live_release: bool = False
    needs_risk_assessment: bool = False
    native_only: bool = False
    water_distance_m: float = 0.0
    antibiotic_resistance: bool = False
    contaminated_only: bool = False
    edible: bool = False
    excluded_land_uses: tuple[str, ...] = ()
    converts_land: bool = False
    once_per_horizon: bool = False
    jurisdiction: str = ""


@dataclass(frozen=True)
class Pair:
    """What practices do to each other.

    Attributes
    ----------
    practices : tuple of str
    kind : str
        "excludes" (not on one unit), "needs" (the first needs one of the others) or "combines".
    why : str
    source : str
        Citation, or "judgement".
    outcome : str
        Of a combination; "default" for all.
    factor : tuple of (float, float), optional
        Lowest and highest factor on the summed lnRR of a combination.
    """

    practices: tuple[str, ...]
    kind: str
    why: str
    source: str
    outcome: str = ""
    factor: tuple[float, float] | None = None


@dataclass(frozen=True)
class Intervention:
    """One row of the catalogue: where a practice may go, what it costs, what it asks for.

    Attributes
    ----------
    name, title : str
        Key in the config, and the name shown to people.
    where : str
        Row filter in the grammar of the config; empty = anywhere.
    establishment_per_ha, annual_per_ha : float
        Cost in `currency` of `currency_year`, per ha, and per ha and year.
    currency : str
    currency_year : int
    cost_source : str
        Citation, or "judgement".
    time_to_effect_yr : dict of str to float
        Years until an outcome has changed in full, by outcome ("default" for the rest).
    risks : str
        Undesired effects, in words.
    parts : tuple of str
        For a bundle, the interventions it joins; empty otherwise.
    combination : dict of str to float
        For a bundle, the factor on the parts' summed lnRR by outcome ("default" for the rest).
    combination_sd : dict of str to float
        Spread of these factors, with the same keys.
    combination_source : str
    carbon_rate : float or None
        Gain in organic carbon that trials measured, t C/ha and year, for RothC; None if unknown.
    carbon_source : str
        Citation of `carbon_rate`.
    establishment_range, annual_range : tuple of (float, float), optional
        Lowest and highest cost, in the unit of the cost (per m3 where paid by volume).
    establishment_per_m3 : float or None
        Of a practice that is paid by treated volume; `establishment_per_ha` follows from it.
    treated_depth_m : float or None
        Depth of that volume.
    ease : int or None
        1 (hard) to 5 (easy); a judgement.
    labor_h_per_ha_yr : float or None
        Work added in an average year; a judgement.
    water_m3_per_ha_yr : float or None
        Water taken in an average year besides rain; None where it is not known.
    needs : tuple of str
        What has to be there first, in words.
    parent : str
        The practice that this one is a kind of, "" if none.
    establishment_probability : tuple of (float, float), optional
        Range of the chance that what is released stays; a judgement.
    greenhouse_to_field : tuple of (float, float), optional
        Where its evidence comes from greenhouses: range of the share of that effect which is left
        in the field; a judgement.
    guards : Guards
    """

    name: str
    title: str
    where: str
    establishment_per_ha: float
    annual_per_ha: float
    currency: str
    currency_year: int
    cost_source: str
    time_to_effect_yr: dict[str, float]
    risks: str = ""
    parts: tuple[str, ...] = ()
    combination: dict[str, float] | None = None
    combination_sd: dict[str, float] | None = None
    combination_source: str = ""
    carbon_rate: float | None = None
    carbon_source: str = ""
    establishment_range: tuple[float, float] | None = None
    annual_range: tuple[float, float] | None = None
    establishment_per_m3: float | None = None
    treated_depth_m: float | None = None
    ease: int | None = None
    labor_h_per_ha_yr: float | None = None
    water_m3_per_ha_yr: float | None = None
    needs: tuple[str, ...] = ()
    parent: str = ""
    establishment_probability: tuple[float, float] | None = None
    greenhouse_to_field: tuple[float, float] | None = None
    guards: Guards = Guards()


@dataclass(frozen=True)
class Evidence:
    """One pooled or published effect size: practice x outcome x climate.

    Attributes
    ----------
    intervention, outcome : str
    climate : str
        "tropical", "subtropical", "temperate", "cold", or "all".
    lnrr, se, tau, sigma : float
        Pooled mean lnRR, its standard error, spread between studies, spread within studies.
    studies, pairs : int
    years : str
        Span of the studies' years, "" if unknown.
    grade : str
        A to D.
    basis : str
        "pooled", "literature" or "judgement".
    source : str
        Citation.
    """

    intervention: str
    outcome: str
    climate: str
    lnrr: float
    se: float
    tau: float
    sigma: float
    studies: int
    pairs: int
    years: str
    grade: str
    basis: str
    source: str


@dataclass(frozen=True)
class Catalogue:
    """The interventions and the evidence that a config uses; position 0 is the baseline.

    Attributes
    ----------
    interventions : tuple of Intervention
        Chosen ones and bundles in the config's order, without the baseline.
    evidence : tuple of Evidence
        All rows of the chosen interventions and their parts.
    outcomes : dict of str to str
        Outcome name to its title.
    findings : tuple of Finding
        Costs that rest on judgement or on another currency.
    parts : tuple of Intervention
        Parts of bundles, alone; some are among the interventions too.
    """

    interventions: tuple[Intervention, ...]
    evidence: tuple[Evidence, ...]
    outcomes: dict[str, str]
    findings: tuple[Finding, ...] = ()
    parts: tuple[Intervention, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Labels of the intervention axis, "baseline" first."""
        return (BASELINE, *(intervention.name for intervention in self.interventions))


@dataclass(frozen=True)
class Ledger:
    """One kind of spending that can be bounded.

    Attributes
    ----------
    name : str
        "cost" for money (present value over the horizon), "annual" and "first_year" for the
        undiscounted payments of a year, "labor" and "water" over the horizon, "net_cost" for the
        cost less what yields earn.
    unit : str
        "EUR", "EUR/yr", "h", "m3".
    money : bool
        Whether it enters ``minimize: cost``.
    spread : tuple of (str, tuple of float)
        How sure costs are: for each practice whose cost has a range, the standard deviation that
        it brings to a hectare of every intervention (bundles hold their parts'). A deviation is the
        same in all units; those of different practices are independent.
    prices : tuple of float
        What a unit of each feature's change takes off the ledger, empty if nothing.
    """

    name: str
    unit: str
    money: bool = True
    spread: tuple[tuple[str, tuple[float, ...]], ...] = ()
    prices: tuple[float, ...] = ()


@dataclass(frozen=True)
class Options:
    """What may be done where, and what it costs.

    Attributes
    ----------
    cost : float64 array, shape (n_units, n_interventions, n_ledgers)
        Column 0 (baseline) is 0.
    ledgers : tuple of Ledger
        Ledger 0 is "cost"; a ledger that does not enter ``minimize: cost`` has money False.
    allowed : uint8 array, shape (n_units, n_interventions)
        0 = allowed, otherwise an index into `reasons`.
    reasons : tuple of str
        ``reasons[0]`` is "allowed"; the others say why a pair is not.
    findings : tuple of Finding
    """

    cost: NDArray[np.float64]
    ledgers: tuple[Ledger, ...]
    allowed: NDArray[np.uint8]
    reasons: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
