"""Fit and predict what the config asks of each surrogate: states, species, communities."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.data.indicators import better_of
from edaphon.data.landscape import Samples
from edaphon.errors import DataError, Finding, raise_errors
from edaphon.surrogates.asked import (
    UNSEEN,
    expected_layers,
    measured,
    prevalences,
    species_candidates,
    species_options,
    stands_for_others,
    state_options,
    unit_of,
    wanted_species,
)
from edaphon.surrogates.audit_indicator import audit_indicator
from edaphon.surrogates.candidates import CANDIDATES
from edaphon.surrogates.community import (
    CommunitySurrogate,
    complete_sites,
    fit_community,
    predict_community,
)
from edaphon.surrogates.crossed import as_found
from edaphon.surrogates.fit import Surrogate, fit, predict
from edaphon.surrogates.prepare import prepare
from edaphon.surrogates.proxy import Proxy, audit_findings, fit_proxy, predict_proxy
from edaphon.surrogates.species.check import check_observations
from edaphon.surrogates.species.ensemble import KNOWN
from edaphon.surrogates.species.fit import fit_species
from edaphon.surrogates.species.predict import SpeciesSurrogate, combine_species, predict_species
from edaphon.surrogates.state import SUITABLE, Audit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Predictors
    from edaphon.data.observations import Observations
    from edaphon.surrogates.state import Card, Prediction

    Progress = Callable[[str, int, int], None]

Data = Mapping[str, "Samples | Observations"]


@dataclass(frozen=True)
class Trained:
    """One surrogate and what it says of the units.

    Attributes
    ----------
    fitted : Surrogate, SpeciesSurrogate, Proxy or CommunitySurrogate
    prediction : Prediction
        In `unit`, n_units.
    unit : str
    cards : tuple of Card
    findings : tuple of Finding
    layers : dict of str to float64 array, shape (n_units,)
        Columns for row filters (`edaphon.surrogates.asked.expected_layers`); nan where held-out
        ground does not support one.
    """

    fitted: Surrogate | SpeciesSurrogate | Proxy | CommunitySurrogate
    prediction: Prediction
    unit: str
    cards: tuple[Card, ...]
    findings: tuple[Finding, ...]
    layers: dict[str, NDArray[Any]] = field(default_factory=dict)

    def graded(self, name: str, audit: Audit) -> Trained:
        """Return the same with an audit on its cards, and what is to say of it."""
        cards = tuple(replace(card, audit=audit) for card in self.cards)
        fitted = self.fitted
        if isinstance(fitted, SpeciesSurrogate):
            fitted = replace(fitted, cards=cards)
        elif not isinstance(fitted, Proxy):
            fitted = replace(fitted, card=cards[0])
        findings = (*self.findings, *audit_findings(name, audit))
        return replace(self, fitted=fitted, cards=cards, findings=findings)


def check_data(
    config: Config, name: str, data: Samples | Observations, area: Predictors
) -> tuple[Finding, ...]:
    """Say whether a surrogate can be fitted and tested on its data; quick.

    Parameters
    ----------
    config : Config
    name : str
        Key of ``surrogates``.
    data : Samples or Observations
    area : Predictors
        Of the units.

    Returns
    -------
    tuple of Finding
        Warnings and notes.

    Raises
    ------
    DataError
        With everything that keeps it from being fitted.
    """
    section = config.surrogates[name]
    known = CANDIDATES if isinstance(data, Samples) else KNOWN
    raise_errors(
        Finding(
            config.where(f"surrogates.{name}.candidates", position),
            f"there is no candidate {candidate!r}",
            did_you_mean(candidate, known),
        )
        for position, candidate in enumerate(section.candidates)
        if candidate not in known
    )
    if isinstance(data, Samples):
        return _at_keys(config, name, prepare(data, **state_options(config, name)).ground.findings)
    wanted: tuple[str, ...] | None = wanted_species(config, name, data)
    if section.learns == "community":
        data, wanted = as_found(complete_sites(_members(config, name, data), section.order)), None
    checked = check_observations(
        data,
        species=wanted,
        area=area,
        background=section.background or "target_group",
        block=section.block,
        seed=config.seed,
        use=section.predictors,
    )
    return _at_keys(config, name, checked.findings)


def _at_keys(config: Config, name: str, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Name file, line and column of what is said of a key of a surrogate's section."""
    start = f"surrogates: {name}."
    return tuple(
        replace(one, where=config.where(one.where.replace(start, f"surrogates.{name}.", 1)))
        if one.where.startswith(start)
        else one
        for one in findings
    )


def train_all(
    config: Config,
    data: Data,
    area: Predictors,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> dict[str, Trained]:
    """Fit every surrogate of the config, judge it on held-out ground, and predict the units.

    Parameters
    ----------
    config : Config
    data : mapping of str to Samples or Observations
        By key of ``surrogates``.
    area : Predictors
        Of the units.
    workers : int
        Processes; every result is the same for any number of them.
    progress : callable, optional
        Called with stage, tasks done, tasks in all.

    Returns
    -------
    dict of str to Trained
        In the order of the config. Communities are fitted last, since the hotspots of function
        are made of what others predict.

    Raises
    ------
    DataError
        As `check_data`.
    """
    last = sorted(data, key=lambda name: config.surrogates[name].learns == "community")
    made: dict[str, Trained] = {}
    for name in last:
        told = {other: one.prediction for other, one in made.items()}
        one = train(config, name, data[name], area, told, workers=workers, progress=progress)
        target = config.surrogates[name].stands_for
        if target in data:
            one = one.graded(name, _audit_by(config, name, target, data))
        layers = {**one.layers, f"{name}_{UNSEEN}": one.prediction.unseen.astype(np.float64)}
        made[name] = replace(one, findings=_at_keys(config, name, one.findings), layers=layers)
    return {name: made[name] for name in data}


def train(
    config: Config,
    name: str,
    data: Samples | Observations,
    area: Predictors,
    told: Mapping[str, Prediction] | None = None,
    *,
    workers: int = 1,
    progress: Progress | None = None,
) -> Trained:
    """Fit one surrogate; parameters and errors as `train_all`.

    `told` holds what other surrogates predict of the units, for the hotspots of function.
    """
    section, unit = config.surrogates[name], unit_of(config, name, data)
    options: dict[str, Any] = {"area": area, "workers": workers, "progress": progress}
    if isinstance(data, Samples):
        options |= state_options(config, name)
        surrogate = fit(data, response=section.response, **options)
        mean = predict(surrogate, area)
        return Trained(surrogate, mean, unit, (surrogate.card,), surrogate.findings)
    options |= species_options(config, name)
    if section.learns == "community":
        return _train_community(config, name, data, told or {}, options)
    return _train_species(config, name, data, options)


def _train_species(
    config: Config, name: str, data: Observations, options: dict[str, Any]
) -> Trained:
    """Fit species, or with `stands_for` in words the community that they stand for."""
    section, area = config.surrogates[name], options["area"]
    wanted, unit = wanted_species(config, name, data), unit_of(config, name, data)
    options |= {"candidates": species_candidates(config, name)}
    audit = None
    if stands_for_others(config, name):
        budget = section.budget.to("")
        proxy, audit = fit_proxy(
            data, wanted, stands_for=section.stands_for, budget=budget, **options
        )
        if proxy is not None:
            told = predict_proxy(proxy, area)
            return Trained(proxy, told, unit, proxy.species.cards, proxy.species.findings)
    species = fit_species(
        data,
        species=wanted,
        background=section.background or "target_group",
        combine=section.ensemble or "mean",
        prevalence=prevalences(config, name, data),
        **options,
    )
    together = "mean" if unit == SUITABLE else "sum"
    told = combine_species(predict_species(species, area), together)
    made = Trained(species, told, unit, species.cards, species.findings)
    return made if audit is None else made.graded(name, audit)


def _train_community(
    config: Config,
    name: str,
    data: Observations,
    told: Mapping[str, Prediction],
    options: dict[str, Any],
) -> Trained:
    """Fit a community, and make the layers that row filters may read."""
    area: Predictors = options["area"]
    section = config.surrogates[name]
    fitted = fit_community(_members(config, name, data), order=section.order, **options)
    functions = {other: told[other].mean for other in section.function}
    lower = [other for other in functions if _less_is_better(config, other)]
    found = predict_community(fitted, area, functions or None, lower_is_better=lower)
    missing = np.full(len(area.table), np.nan)
    layers = {
        column: found.layers.get(column.removeprefix(f"{name}_"), missing)
        for column, maker in expected_layers(config).items()
        if maker == name and column != f"{name}_{UNSEEN}"
    }
    unit = unit_of(config, name, data)
    return Trained(fitted, found.richness, unit, (fitted.card,), fitted.findings, layers)


def _members(config: Config, name: str, data: Observations) -> Observations:
    """Return the species of a community."""
    species = config.surrogates[name].species
    return data.only(species) if species else data


def _less_is_better(config: Config, name: str) -> bool:
    """Say whether less of what a surrogate predicts is better: by its features, or the registry."""
    section = config.surrogates[name]
    said = {one.better for one in config.features.values() if one.source == name and one.better}
    if said:
        return said == {"lower"}
    names = (section.indicator,) if section.indicator else (section.response, name)
    return better_of(*names) == "lower"


def _audit_by(config: Config, name: str, target: str, data: Data) -> Audit:
    """Grade a surrogate by what another one measured: whether it ranks that on unseen ground."""
    for other in (name, target):
        if getattr(data[other], "kind", "") == "presence_only":
            reason = f"{other} holds presences alone, which do not say how much there is."
            return Audit(target, "unaudited", reason=reason)
    own, wanted = (_plain(measured(config, other, data[other])) for other in (name, target))
    opposed = _less_is_better(config, name) != _less_is_better(config, target)
    block = config.surrogates[name].block
    try:
        return audit_indicator(
            own, wanted, opposed=opposed, block=block, stands_for=target, seed=config.seed
        )
    except DataError as error:
        return Audit(target, "unaudited", reason=f"It cannot be audited: {error.findings[0].what}.")


def _plain(samples: Samples) -> Samples:
    """Return samples with the predictors that every surrogate has, without optional sets."""
    offered = {column for columns in samples.sets.values() for column in columns}
    kept = [column for column in samples.predictors.columns if column not in offered]
    return replace(samples, predictors=samples.predictors[kept], sets={})
