"""The values of the practices stage: Intervention, Catalogue, Ledger and Options."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.errors import Finding

BASELINE = "baseline"


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
    combination_source : str
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
    combination_source: str = ""


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
    """

    interventions: tuple[Intervention, ...]
    evidence: tuple[Evidence, ...]
    outcomes: dict[str, str]
    findings: tuple[Finding, ...] = ()

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
        undiscounted payments of a year.
    unit : str
        "EUR", "EUR/yr".
    money : bool
        Whether it enters ``minimize: cost``.
    """

    name: str
    unit: str
    money: bool = True


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
