"""Whether species can be learned from observations, said before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.messages import counted, name_some
from edaphon.errors import DataError, Finding, Severity, raise_errors
from edaphon.surrogates.encode import Encoder, encode, fit_encoder
from edaphon.surrogates.ground import Ground, divide_ground
from edaphon.surrogates.species.background import Ready, occurrence_of, read_places
from edaphon.surrogates.species.occurrence import n_sets

if TYPE_CHECKING:
    from edaphon.config.quantity import Quantity
    from edaphon.data.landscape import Predictors
    from edaphon.data.observations import Observations
    from edaphon.surrogates.species.occurrence import Occurrence

FEWEST_SITES = 20

FEWEST_PRESENCES = 5
"""Presences, and absences, below which a species is refused by name: the fewest with which
Hernandez et al. 2006, Ecography 29:773-785, still got useful models (of Maxent)."""

FEW_PRESENCES = 30
"""Presences below which the card warns: no method was reliable below 30 in Wisz et al. 2008,
Diversity and Distributions 14:763-773."""

FEWEST_PLACES = 3
"""Sets of sites held out together in which they must lie, so that some can be held out."""


LARGEST = 1e38
"""Size of a predictor that trees, which compare in single precision, cannot hold."""


@dataclass(frozen=True)
class Checked:
    """Observations that can be learned from.

    Attributes
    ----------
    ready : Ready
    encoder : Encoder
    ground : Ground
    species : tuple of str
        Those that can be modeled.
    refused : dict of str to str
        The others, each with the reason.
    findings : tuple of Finding
    """

    ready: Ready
    encoder: Encoder
    ground: Ground
    species: tuple[str, ...]
    refused: dict[str, str]
    findings: tuple[Finding, ...]

    @property
    def not_modeled(self) -> dict[str, str]:
        """The refused species and the reasons, as cards list them."""
        return {f"the species {name}": reason for name, reason in self.refused.items()}


def check_observations(
    observations: Observations,
    *,
    species: Sequence[str] | None = None,
    area: Predictors | None = None,
    background: str = "target_group",
    block: Quantity | float | str = 0.25,
    seed: int = 0,
    use: Sequence[str] = (),
) -> Checked:
    """Say which species can be fitted and tested on these observations; quick.

    Parameters
    ----------
    observations : Observations
    species : sequence of str, optional
        Those wanted; all if not given.
    area : Predictors, optional
        The planning units, for backgrounds that are drawn from them.
    background : {"target_group", "random", "density"}
    block : Quantity, float or str
        Side of the blocks held out together, as "1 km"; a bare number is in degrees.
    seed : int
        Of the draw of places.
    use : sequence of str
        Predictors to use; all if empty.

    Returns
    -------
    Checked

    Raises
    ------
    DataError
        With every fault found: too few sites or places, missing predictors, an unknown species or
        background, or no species left to model.
    """
    where = f"{observations.source}: {observations.name}"
    known = [str(name) for name in observations.predictors.columns]
    strange = [
        Finding(f"{where}.predictors", f"there is no predictor '{name}'", did_you_mean(name, known))
        for name in use
        if name not in known
    ]
    raise_errors(strange)
    raise_errors(_faults(observations, use or known))
    wanted = tuple(observations.species if species is None else species)
    for name in wanted:
        observations.position(name)
    if use:
        observations = replace(observations, predictors=observations.predictors[list(use)])
    ground = divide_ground(observations.samples(np.zeros(observations.n_sites)), block)
    encoder = fit_encoder(observations.predictors)
    matrix, _ = encode(encoder, observations.predictors)
    places = read_places(observations, area, encoder, background, seed)
    ready = Ready(observations, matrix, ground.together, background, places)
    refused: dict[str, str] = {}
    hints: dict[str, str] = {}
    for name in wanted:
        data = occurrence_of(ready, name)[0]
        reason = _refusal(data, observations.kind)
        if reason:
            refused[name] = reason
            hints[name] = "Gather more observations, or model its group instead."
            if data.presence_only and places is None and data.found.all():
                hints[name] = (
                    "Keep the records of other species in the file, which tell where somebody "
                    "looked, or write background: random."
                )
    kept = tuple(name for name in wanted if name not in refused)
    severity: Severity = "warning" if kept else "error"
    findings = [
        Finding(f"{where}: {name}", f"not modeled: {reason}", hints[name], severity)
        for name, reason in refused.items()
    ]
    if not kept:
        raise DataError(findings or Finding(where, "no species is named", "Name one."))
    return Checked(ready, encoder, ground, kept, refused, (*ground.findings, *findings))


def _faults(observations: Observations, use: Sequence[str]) -> list[Finding]:
    """Everything that keeps all species from being learned."""
    place = f"{observations.source}: {observations.name}"
    findings = []
    if observations.n_sites < FEWEST_SITES:
        what = f"only {counted(observations.n_sites, 'site')}, species need {FEWEST_SITES}"
        hint = "Survey more sites, or give the feature a landscape column instead."
        findings.append(Finding(place, what, hint))
    if not len(use):
        findings.append(Finding(place, "there are no predictors", "Name some under predictors."))
    for name in use:
        column = observations.predictors[name]
        missing = column.isna().to_numpy()
        if pd.api.types.is_numeric_dtype(column):
            missing = ~(np.abs(column.to_numpy(float)) < LARGEST)
        if missing.any():
            rows = name_some(np.flatnonzero(missing) + 1)
            lacking = counted(missing.sum(), "site")
            what = f"predictor {name} is missing or not finite at {lacking} (rows {rows})"
            hint = "Fill it in, remove the rows, or drop the predictor."
            findings.append(Finding(f"{observations.source}: {name}", what, hint))
    return findings


def _refusal(data: Occurrence, kind: str) -> str:
    """Why a species cannot be modeled; empty where it can."""
    n_found, n_other = int(data.found.sum()), int((~data.found).sum())
    places = n_sets(data.together, data.found)
    least = f"and {FEWEST_PRESENCES} are the least"
    reason = ""
    if n_found == 0:
        reason = "no site holds it"
    elif n_found < FEWEST_PRESENCES:
        reason = f"{counted(n_found, 'presence')}, {least}"
    elif places < FEWEST_PLACES:
        reason = (
            f"its presences lie in {counted(places, 'place')}, and {FEWEST_PLACES} are the least "
            "to hold some out"
        )
    elif n_other == 0 and kind != "abundance":
        reason = "every site holds it, so nothing sets presences apart"
    elif n_other < FEWEST_PRESENCES and kind != "abundance":
        sites = "other site" if data.presence_only else "absence"
        reason = f"{counted(n_other, sites)}, {least}"
    return reason
