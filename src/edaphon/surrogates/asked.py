"""What the config asks of each surrogate, known before anything is fitted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.dates import decimal_year
from edaphon.data.landscape import Samples
from edaphon.data.layers import sets_of
from edaphon.soil.diversity import hill_number
from edaphon.surrogates.audit import not_auditable
from edaphon.surrogates.community import DISSIMILARITY, FUNCTION, RICHNESS
from edaphon.surrogates.species.ensemble import CANDIDATES as SPECIES_CANDIDATES
from edaphon.surrogates.state import N_SPECIES, OCCUPIED, SUITABLE

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.observations import Observations
    from edaphon.surrogates.state import Card

UNSEEN = "unseen"
"""Layer of every surrogate: 1 where a unit is not applicable or beyond the sampled range."""


def state_options(config: Config, name: str) -> dict[str, Any]:
    """Return the keywords of `edaphon.surrogates.fit.fit` that a config's section says.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    """
    section, reference = config.surrogates[name], config.predictors.reference
    older = section.older_than
    use = section.predictors
    sets = sets_of(config, use)
    return {
        "block": section.block,
        "level": section.level.to(""),
        "seed": config.seed,
        "kind": section.kind,
        "transform": section.transform,
        "monotone": section.monotone or None,
        "candidates": section.candidates or None,
        "calibration": section.calibration or "pooled",
        "coordinates": config.predictors.coordinates,
        "trend": section.trend,
        "season": section.season,
        "older_than": (older.age.to("yr"), older.weight) if older is not None else None,
        "reference_year": decimal_year(reference) if reference else None,
        "use": (*use, *(column for names in sets.values() for column in names)) if use else (),
    }


def species_options(config: Config, name: str) -> dict[str, Any]:
    """Return the keywords that fits of species and communities share; parameters as above."""
    section = config.surrogates[name]
    return {
        "block": section.block,
        "level": section.level.to(""),
        "seed": config.seed,
        "use": section.predictors,
    }


def species_candidates(config: Config, name: str) -> tuple[str, ...]:
    """Return the models to try for a species surrogate."""
    return config.surrogates[name].candidates or SPECIES_CANDIDATES


def wanted_species(config: Config, name: str, data: Observations) -> tuple[str, ...]:
    """Return the species that are learned; a group goes by the surrogate's name."""
    section = config.surrogates[name]
    return (name,) if section.together else section.species or data.species


def prevalences(config: Config, name: str, data: Observations) -> dict[str, float]:
    """Return the known shares of places that hold each species, of presence-only records.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    data : Observations
    """
    if data.kind != "presence_only":
        return {}
    wanted = wanted_species(config, name, data)
    given = config.surrogates[name].prevalence
    return {one: share.to("") for one, share in given.items() if one in wanted}


def stands_for_others(config: Config, name: str) -> bool:
    """Say whether a surrogate stands for the other species of its own observations."""
    stands_for = config.surrogates[name].stands_for
    return bool(stands_for) and stands_for not in config.surrogates


def unit_of(config: Config, name: str, data: Samples | Observations) -> str:
    """Return the unit per hectare of what a surrogate will say.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    data : Samples or Observations
    """
    section = config.surrogates[name]
    if isinstance(data, Samples):
        return section.unit
    if section.learns == "community":
        return N_SPECIES
    wanted = wanted_species(config, name, data)
    if stands_for_others(config, name) and not not_auditable(data, wanted):
        return N_SPECIES
    if data.kind == "abundance":
        return data.unit
    if data.kind == "presence_only" and len(prevalences(config, name, data)) < len(wanted):
        return SUITABLE
    return OCCUPIED if len(wanted) == 1 else N_SPECIES


def measured(config: Config, name: str, data: Samples | Observations) -> Samples:
    """Return what a surrogate learns as one number per place: for audits, and for checks.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    data : Samples or Observations

    Returns
    -------
    Samples
        Of species the sum of counts or presences where all of them are known; of a community the
        number of species found, or the Hill number of its order.
    """
    if isinstance(data, Samples):
        return data
    section = config.surrogates[name]
    community = section.learns == "community"
    wanted = section.species or data.species if community else wanted_species(config, name, data)
    values = data.only(wanted).table
    if (community and not section.order) or data.kind != "abundance":
        values = np.where(np.isfinite(values), (values > 0).astype(np.float64), np.nan)
    if data.kind == "presence_only":
        values = np.nan_to_num(values)
    known = np.flatnonzero(np.isfinite(values).all(axis=1))
    total = hill_number(values[known], section.order) if community else values[known].sum(axis=1)
    return data.sites(known).samples(total, unit_of(config, name, data), name)


def stand_in(config: Config, name: str, data: Samples | Observations) -> float:
    """Return a value that the surrogate's prediction may have: the mean of what was measured.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    data : Samples or Observations
    """
    if unit_of(config, name, data) == SUITABLE:
        return 0.5
    response = measured(config, name, data).response
    return float(response.mean()) if len(response) else 1.0


def expected_layers(config: Config) -> dict[str, str]:
    """Return the columns that surrogates will add to the landscape.

    Parameters
    ----------
    config : Config

    Returns
    -------
    dict of str to str
        Column to the surrogate that makes it: of communities ranks of the units from 0 to 1
        ("life_richness"), of every surrogate 1 where either flag finds unseen ground, else 0
        ("soc_unseen").
    """
    layers = {
        f"{name}_{layer}": name
        for name, section in config.surrogates.items()
        if section.learns == "community"
        for layer in (RICHNESS, DISSIMILARITY, *((FUNCTION,) if section.function else ()))
    }
    return layers | {f"{name}_{UNSEEN}": name for name in config.surrogates}


def stand_ins(config: Config, cards: Sequence[Card]) -> dict[str, list[dict[str, str]]]:
    """Return the audited surrogates that each objective rests on.

    Parameters
    ----------
    config : Config
    cards : sequence of Card

    Returns
    -------
    dict of str to list of dict
        Objective: surrogate, stands_for and grade of each; objectives without any are left out.
    """
    audits = {card.name: card.audit for card in cards if card.audit is not None}
    found: dict[str, list[dict[str, str]]] = {}
    for objective, section in config.objectives.items():
        for feature in section.maximize:
            named = config.features.get(feature)
            source = named.source if named is not None and named.source else feature
            audit = audits.get(source)
            if audit is not None:
                told = {"surrogate": source, "stands_for": audit.stands_for, "grade": audit.grade}
                found.setdefault(objective, []).append(told)
    return found
