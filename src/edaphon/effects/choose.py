"""Which evidence speaks for an intervention, an outcome and a climate."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import expm1, hypot, inf, isnan, log1p, sqrt
from typing import TYPE_CHECKING

from edaphon.effects.establishment import established
from edaphon.effects.spread import shared_sd
from edaphon.practices.evidence import ALL, ANY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from edaphon.practices.values import Catalogue, Evidence, Intervention

MIN_STUDIES = 3
"""Pooled studies that the figures of a climate need to stand for it."""
TRUSTED_STUDIES = 10
"""Below this number of studies the spread between them is not taken smaller than over all climates,
nor that smaller than over all practices: a spread estimated from few studies is often 0."""
NO_EVIDENCE_SD = (0.3, 0.3)
"""Least shared and local sd of lnRR where nothing was measured: a change by a third either way."""


@dataclass(frozen=True)
class Size:
    """An effect size on the lnRR scale.

    Attributes
    ----------
    lnrr : float
        Mean; exactly 0 without evidence of the climate.
    deviations : dict of str to float
        Shared sd by the intervention whose deviation it is.
    local : float
        Sd within studies.
    basis, grade, source : str
        `basis` is "none" without any evidence, "bundle" where the parts stand in.
    applicable : bool
        Evidence of the climate exists.
    studies : int
    """

    lnrr: float
    deviations: dict[str, float]
    local: float
    basis: str = "none"
    grade: str = "-"
    source: str = ""
    applicable: bool = False
    studies: int = 0

    @property
    def shared(self) -> float:
        """Shared sd of lnRR, over all deviations."""
        return hypot(*self.deviations.values())


def choose_size(
    catalogue: Catalogue, name: str, outcome: str, climate: str, horizon_yr: float
) -> Size:
    """Return the effect size of one intervention on one outcome in one climate.

    Of the rows that speak for the climate (pooled from at least three studies of it, or a review
    that covers it) the one with the most studies stands. A bundle without such a row takes the
    sum of its parts times its factor, and their deviations; that the factor itself is uncertain is
    a deviation of the bundle's own.

    Parameters
    ----------
    catalogue : Catalogue
    name : str
        Intervention or bundle of the catalogue, or a part of a bundle.
    outcome, climate : str
    horizon_yr : float
        What matures later has its mean effect, ``exp(lnRR) - 1``, scaled by horizon / time to
        effect; its spread stays whole, since the time to effect itself is uncertain. What is
        released counts by the chance that it stays; see `edaphon.effects.establishment`.

    Returns
    -------
    Size
    """
    known = {one.name: one for one in (*catalogue.parts, *catalogue.interventions)}
    intervention = known.get(name)
    rows = [
        e
        for e in catalogue.evidence
        if e.intervention == name and e.outcome == outcome and e.basis != "judgement"
    ]
    spread = _whole_spread(catalogue.evidence, name, outcome)
    best = _best(rows, climate)
    if best is not None:
        size = _own(best, spread)
        share = maturity(intervention, outcome, horizon_yr)
        grown = replace(size, lnrr=log1p(share * expm1(size.lnrr)))
        return established(grown, intervention)
    if intervention is not None and intervention.parts:
        parts = [
            choose_size(catalogue, p, outcome, climate, horizon_yr) for p in intervention.parts
        ]
        size = _sum_of_parts(intervention, outcome, parts)
        if size.applicable or not rows:
            return size
    if rows:
        return _foreign(name, rows, spread)
    return Size(0.0, {name: spread.none_shared}, spread.none_local)


@dataclass(frozen=True)
class Known:
    """What evidence says of a practice's mean in one climate before further studies come in.

    Attributes
    ----------
    lnrr, sd : float
        The mean and how sure it is; without evidence of the climate the whole spread around 0 (for
        a bundle around the sum of its parts).
    tau, sigma : float
        Spread between studies and within.
    studies, pairs : int
        0 without evidence of the climate.
    source : str
    """

    lnrr: float
    sd: float
    tau: float
    sigma: float
    studies: int = 0
    pairs: int = 0
    source: str = ""


def standing(catalogue: Catalogue, name: str, outcome: str, climate: str) -> Known:
    """Return what the evidence that stands for a climate says, whatever the horizon.

    Parameters
    ----------
    catalogue : Catalogue
    name, outcome, climate : str

    Returns
    -------
    Known
    """
    rows = [
        e
        for e in catalogue.evidence
        if e.intervention == name and e.outcome == outcome and e.basis != "judgement"
    ]
    spread = _whole_spread(catalogue.evidence, name, outcome)
    best = _best(rows, climate)
    if best is not None:
        se, tau, local = _filled(best, spread)
        sd = shared_sd(se, 0.0)
        return Known(best.lnrr, sd, tau, local, best.studies, best.pairs, best.source)
    size = choose_size(catalogue, name, outcome, climate, inf)
    return Known(size.lnrr, size.shared, spread.tau, size.local)


def maturity(intervention: Intervention | None, outcome: str, horizon_yr: float) -> float:
    """Return the share of an effect that the horizon sees, ``min(1, horizon / time to effect)``.

    Parameters
    ----------
    intervention : Intervention or None
        None: nothing known, 1.
    outcome : str
    horizon_yr : float

    Returns
    -------
    float
    """
    times = {} if intervention is None else intervention.time_to_effect_yr
    needed = times.get(outcome, times.get("default", 0.0))
    return min(1.0, horizon_yr / needed) if needed > 0.0 else 1.0


@dataclass(frozen=True)
class _Spread:
    """Spread of a practice's (else of any practice's) lnRR over all climates."""

    se: float
    tau: float
    sigma: float
    none_shared: float
    none_local: float


def _whole_spread(evidence: Iterable[Evidence], name: str, outcome: str) -> _Spread:
    """Tau and sigma over all climates: of the practice where pooled, else of any practice."""
    pooled = [
        e for e in evidence if e.basis == "pooled" and e.outcome == outcome and e.climate == ALL
    ]
    least_shared, least_local = NO_EVIDENCE_SD
    anything = _largest(e for e in pooled if e.intervention == ANY)
    if anything is None:
        none_shared, none_local = least_shared, least_local
    else:
        around_zero = hypot(anything.lnrr, shared_sd(anything.se, anything.tau))
        none_shared = max(around_zero, least_shared)
        none_local = max(anything.sigma, least_local)
    row = _largest(e for e in pooled if e.intervention == name) or anything
    if row is None:
        return _Spread(0.0, least_shared, least_local, none_shared, none_local)
    tau = row.tau
    if row.studies < TRUSTED_STUDIES and anything is not None:
        tau = max(tau, anything.tau)
    return _Spread(row.se, tau, row.sigma, none_shared, none_local)


def _best(rows: Sequence[Evidence], climate: str) -> Evidence | None:
    """Return the row with the most studies of those that speak for the climate."""
    own = [e for e in rows if e.climate == climate and e.basis == "pooled"]
    speaking = [e for e in own if e.studies >= MIN_STUDIES]
    speaking += [e for e in rows if e.climate in (climate, ALL) and e.basis == "literature"]
    return _largest(speaking)


def _largest(rows: Iterable[Evidence]) -> Evidence | None:
    """Return the row with the most studies, the first of equals; None without rows."""
    return max(rows, key=lambda e: e.studies, default=None)


def _filled(row: Evidence, spread: _Spread) -> tuple[float, float, float]:
    """Return se, tau and local sd of a row; what its source does not print is filled in.

    The spread between k studies is at most ``se sqrt(k)``, else that of the practice over all
    climates; the standard error is ``tau / sqrt(k)``.
    """
    root = sqrt(max(row.studies, 1))
    tau = row.tau
    if isnan(tau):
        implied = row.se * root if row.studies and not isnan(row.se) else spread.tau
        tau = min(implied, spread.tau)
    if row.studies < TRUSTED_STUDIES:
        tau = max(tau, spread.tau)
    se = tau / root if isnan(row.se) else row.se
    return se, tau, spread.sigma if isnan(row.sigma) else row.sigma


def _own(row: Evidence, spread: _Spread) -> Size:
    """Return the size of one row."""
    se, tau, local = _filled(row, spread)
    deviations = {row.intervention: shared_sd(se, tau)}
    return Size(row.lnrr, deviations, local, row.basis, row.grade, row.source, True, row.studies)


def _foreign(name: str, rows: Sequence[Evidence], spread: _Spread) -> Size:
    """Evidence of other climates only: mean 0 with the practice's whole spread."""
    row = max(rows, key=lambda e: e.studies)
    deviations = {name: shared_sd(spread.se, spread.tau)}
    return Size(0.0, deviations, spread.sigma, row.basis, row.grade, row.source, False, row.studies)


def factor_of(bundle: Intervention, outcome: str) -> tuple[float, float]:
    """Return the factor on the summed lnRR of a bundle's parts, and its standard deviation.

    Parameters
    ----------
    bundle : Intervention
    outcome : str

    Returns
    -------
    factor, sd : float
        1 and 0 where nothing is said of it.
    """
    factors, spreads = bundle.combination or {}, bundle.combination_sd or {}
    return (
        factors.get(outcome, factors.get("default", 1.0)),
        spreads.get(outcome, spreads.get("default", 0.0)),
    )


def _sum_of_parts(bundle: Intervention, outcome: str, parts: Sequence[Size]) -> Size:
    """Factor times the sum of the parts; mean 0 where a part's evidence is of other climates."""
    factor, spread = factor_of(bundle, outcome)
    known = [part for part in parts if part.basis != "none"]
    applicable = bool(known) and all(part.applicable for part in known)
    sources = [*dict.fromkeys(part.source for part in known), bundle.combination_source]
    total = sum(part.lnrr for part in known)
    deviations = {name: factor * sd for part in parts for name, sd in part.deviations.items()}
    if applicable and spread * total:
        deviations[bundle.name] = abs(spread * total)
    return Size(
        lnrr=factor * total if applicable else 0.0,
        deviations=deviations,
        local=factor * hypot(*(part.local for part in parts)),
        basis="bundle" if known else "none",
        grade=max((part.grade for part in known), default="-"),
        source="; ".join(sources) if known else "",
        applicable=applicable,
        studies=min((part.studies for part in known), default=0),
    )
