"""Surrogate species fitted to the community that they stand for, with the audit of that fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.data.messages import counted
from edaphon.data.observations import Observations
from edaphon.errors import Finding, expect
from edaphon.surrogates.audit import audit_basis, stand_in
from edaphon.surrogates.card import coverage_by_region, percent
from edaphon.surrogates.crossed import as_found
from edaphon.surrogates.grading import AuditBasis, grade_set
from edaphon.surrogates.ground import regions_of
from edaphon.surrogates.species.ensemble import CANDIDATES
from edaphon.surrogates.species.fit import fit_species
from edaphon.surrogates.species.predict import SpeciesSurrogate, predict_species
from edaphon.surrogates.stand_in import StandIn, stand_in_layers
from edaphon.surrogates.state import Audit, Prediction
from edaphon.surrogates.store import register

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Predictors

    Progress = Callable[[str, int, int], None]

_GRID = np.linspace(0.0, 1.0, 401)


@register
@dataclass(frozen=True)
class Proxy:
    """Surrogate species, and the species that they stand for fitted on them.

    Attributes
    ----------
    species : SpeciesSurrogate
        Of the surrogate species, as found or not found.
    stand_in : StandIn
    residuals : float64 array, shape (401,)
        Quantiles of the number of target species found less that predicted, on held-out ground.
    level : float
        Of the intervals.
    """

    species: SpeciesSurrogate
    stand_in: StandIn
    residuals: NDArray[np.float64]
    level: float


def fit_proxy(
    observations: Observations,
    surrogate_species: Sequence[str],
    *,
    stands_for: str = "",
    budget: float = 0.3,
    area: Predictors | None = None,
    block: Quantity | float | str = 0.25,
    level: float = 0.9,
    candidates: Sequence[str] = CANDIDATES,
    use: Sequence[str] = (),
    seed: int = 0,
    workers: int = 1,
    progress: Progress | None = None,
) -> tuple[Proxy | None, Audit]:
    """Fit the other observed species on the surrogate species, and audit that.

    Parameters
    ----------
    observations : Observations
        Presences and absences, or abundances, of the surrogates and of the others.
    surrogate_species : sequence of str
    stands_for : str
        What they are used for, in words.
    budget : float
        Share of the sites that the audit may choose.
    area : Predictors, optional
        The planning units, for the shares of them on the cards.
    block : Quantity, float or str
        Side of the blocks held out together.
    level : float
        Of the intervals, between 0.5 and 1.
    candidates : sequence of str
        Models of the surrogate species.
    use : sequence of str
        Predictors to use; all if empty.
    seed : int
    workers : int
        Processes; every result is the same for any number of them.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    proxy : Proxy or None
        None where the observations cannot tell what the surrogates stand for.
    audit : Audit
        Of the fitted proxy; "unaudited" with the reason where there is none.

    Raises
    ------
    DataError
        As `edaphon.surrogates.species.fit.fit_species`.
    """
    expect(observations=(observations, Observations))
    surrogates = tuple(dict.fromkeys(surrogate_species))
    basis = audit_basis(
        observations, surrogates, block=block, use=use, seed=seed, workers=workers,
        progress=progress,
    )  # fmt: skip
    if isinstance(basis, str):
        return None, Audit(stands_for or "other species", "unaudited", budget=budget, reason=basis)
    targets = tuple(name for name in basis.crossed.species if name not in surrogates)
    audit = grade_set(basis, surrogates, targets, budget=budget, stands_for=stands_for)
    fitted = stand_in(basis, surrogates, targets)
    told = stand_in_layers(basis.crossed, surrogates, targets, fitted=True).sum(axis=2)
    found = basis.crossed.found[:, basis.crossed.columns(targets)].sum(axis=1)
    species = fit_species(
        as_found(observations),
        species=surrogates,
        area=area,
        block=block,
        level=level,
        seed=seed,
        workers=workers,
        progress=progress,
        candidates=candidates,
        use=use,
    )
    notes = (
        f"Its prediction is the expected number of {counted(len(targets), 'other species')}, which "
        f"are fitted on the predicted probabilities of {counted(len(surrogates), 'species')}.",
        _coverage(basis, found - told, level),
    )
    cards = tuple(replace(card, audit=audit, notes=(*notes, *card.notes)) for card in species.cards)
    species = replace(
        species, cards=cards, findings=(*species.findings, *audit_findings(species.name, audit))
    )
    return Proxy(species, fitted, np.quantile(found - told, _GRID), level), audit


def _coverage(basis: AuditBasis, away: NDArray[np.float64], level: float) -> str:
    """Say how many held-out numbers of targets lie in their interval.

    Parameters
    ----------
    basis : AuditBasis
    away : float64 array, shape (n_assignments, n_sites)
        Number of targets found less that predicted.
    level : float
    """
    inside = np.zeros(away.shape, dtype=bool)
    for k, folds in enumerate(basis.crossed.folds):
        for fold in np.unique(folds):
            own = folds == fold
            low, high = np.quantile(away[k, ~own], [(1 - level) / 2, (1 + level) / 2])
            inside[k, own] = (away[k, own] >= low) & (away[k, own] <= high)
    regions = regions_of(basis.observations.samples(away[0]))
    each = coverage_by_region(inside, regions).items()
    where = f" ({', '.join(f'{name} {percent(share)}' for name, share in each)})" if each else ""
    return (
        f"Of held-out sites {percent(float(inside.mean()))}{where} held a number of these within "
        f"its {level:.0%} interval, which is as wide everywhere and set by the errors in other "
        "folds. All other figures of coverage here are those of the surrogate species itself."
    )


def audit_findings(name: str, audit: Audit) -> tuple[Finding, ...]:
    """Warn of a surrogate that is not supported in what it is used for.

    Parameters
    ----------
    name : str
        Key of ``surrogates``.
    audit : Audit
    """
    if audit.grade == "supported":
        return ()
    what = f"{audit.grade} as a stand-in for {audit.stands_for}: {audit.reason}"
    hint = "Survey what matters itself, or name other surrogate species."
    return (Finding(f"surrogates: {name}.stands_for", what, hint, "warning"),)


def predict_proxy(proxy: Proxy, predictors: Predictors | pd.DataFrame) -> Prediction:
    """Predict the number of target species.

    Parameters
    ----------
    proxy : Proxy
    predictors : Predictors or DataFrame, n rows

    Returns
    -------
    Prediction
        Arrays of shape (n,), in species; spread and interval are those of the number found at one
        more site, from the errors on held-out ground.

    Raises
    ------
    DataError
        If a predictor is missing altogether.
    """
    expect(proxy=(proxy, Proxy))
    told = predict_species(proxy.species, predictors, proxy.stand_in.surrogates)
    probability = np.column_stack([told[name].mean for name in proxy.stand_in.surrogates])
    mean = proxy.stand_in.predict(probability).sum(axis=1)
    tails = np.interp([(1 - proxy.level) / 2, (1 + proxy.level) / 2], _GRID, proxy.residuals)
    most = len(proxy.stand_in.targets)
    parts = list(told.values())
    return Prediction(
        mean=mean,
        sd=np.full(len(mean), float(proxy.residuals.std())),
        lower=np.clip(mean + tails[0], 0.0, most),
        upper=np.clip(mean + tails[1], 0.0, most),
        applicable=np.all([part.applicable for part in parts], axis=0),
        beyond=np.any([part.beyond for part in parts], axis=0),
    )
