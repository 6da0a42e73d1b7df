"""Effects of a landscape: state x area x effect sizes, by climate."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import numpy as np

from edaphon.config.suggest import did_you_mean
from edaphon.effects.adoption import adoption
from edaphon.effects.bounds import rooms
from edaphon.effects.climate import climate_of
from edaphon.effects.expected import expected
from edaphon.effects.rothc import model_effects, modeled_pairs
from edaphon.effects.sizes import effect_sizes
from edaphon.effects.threats import counts_threats, threat_effects, threat_pairs
from edaphon.effects.unit_level import (
    Ground,
    UnitEvidence,
    learned_effects,
    learned_pairs,
    shifted,
)
from edaphon.effects.values import BASES, BLOCK_UNITS, FactoredEffects
from edaphon.effects.water import MOISTURE, followers, follows_carbon, joined, water_effects
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.practices.evidence import CLIMATES
from edaphon.surrogates.state import PROBABILITIES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape
    from edaphon.effects.values import Effects
    from edaphon.practices.values import Catalogue
    from edaphon.surrogates.state import State

GIVEN = "given"
"""Basis of effects that came as arrays."""


class Named(Protocol):
    """Something with a name: a feature of a problem."""

    @property
    def name(self) -> str:
        """Label."""
        ...


class LabelledEffects(Protocol):
    """Effects with the labels of their axes: what a problem holds."""

    @property
    def effects(self) -> Effects:
        """Change against the baseline."""
        ...

    @property
    def unit_ids(self) -> NDArray[np.str_]:
        """Labels of the units, shape (n_units,)."""
        ...

    @property
    def interventions(self) -> tuple[str, ...]:
        """Labels of the interventions, position 0 the baseline."""
        ...

    @property
    def features(self) -> Sequence[Named]:
        """The features, in order."""
        ...


def build_effects(
    config: Config,
    catalogue: Catalogue,
    landscape: Landscape,
    state: State,
    climate: Climate | None = None,
    *,
    known: UnitEvidence | None = None,
) -> FactoredEffects:
    """Return what each intervention would change in each unit.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    state : State
        Of the same units, in the same order.
    climate : Climate, optional
        Needed where a feature says `model: rothc`.
    known : UnitEvidence, optional
        What `edaphon.effects.unit_evidence.judge_evidence` let through.

    Returns
    -------
    FactoredEffects
        ``effect[i, a, f] = state[i, f] x area_ha[i] x (exp(lnRR) - 1)``, in amounts (t), or in
        ha x % for relative features; where a feature says `model: rothc`, what RothC gives
        (`edaphon.effects.rothc`), and where it says `model: saxton_rawls`, what the change of
        carbon brings (`edaphon.effects.water`), and where it is a probability, on the logit scale;
        for that, and with `adoption`, ceilings or floors, see `edaphon.effects.expected`. Strata
        are the climates of the units. The findings of the features' outcomes and of the evidence
        stand in ``sizes.findings``.

    Raises
    ------
    ConfigError
        A feature's `response_of` names no outcome of the catalogue; what RothC refuses.
    DataError
        State and landscape hold different numbers of units, or a unit has no latitude; what RothC
        refuses.
    """
    if len(state.mean) != landscape.n_units:
        what = f"{len(state.mean)} units have a state, the landscape has {landscape.n_units}"
        raise DataError(Finding("state", what, "Predict the state of the same landscape."))
    known = UnitEvidence() if known is None else known
    features, findings = feature_outcomes(config, catalogue, state.features)
    strata, stratum = _climates(landscape)
    places = {name: _place(config, name) for name in catalogue.names}
    following = followers(config, catalogue, strata, state.features, places)
    modeled, noted = modeled_pairs(config, catalogue, features)
    modeled |= following.pairs | threat_pairs(config, catalogue, state.features)
    sizes = effect_sizes(
        catalogue,
        strata,
        features,
        config.horizon.to("yr"),
        findings=(*findings, *noted, *following.findings),
        places=places,
        modeled=modeled | learned_pairs(known),
    )
    told, sizes = model_effects(
        config, catalogue, landscape, state, climate=climate, sizes=sizes, outcomes=features
    )
    water, sizes = water_effects(following, state, landscape.area_ha, stratum, sizes)
    threats, sizes, judged = threat_effects(config, catalogue, landscape, sizes)
    ground = Ground(catalogue, state, landscape.area_ha, stratum, features, config.horizon.to("yr"))
    learned, sizes = learned_effects(known, ground, sizes)
    moderated, sizes = shifted(known, ground, sizes)
    probability, adopted = adoption(config, catalogue, landscape)
    area, odds = landscape.area_ha[:, None], _odds(state)
    answering, answering_sd = _answering(state, odds, area)
    plain = FactoredEffects(
        stock=state.mean * area,
        stock_sd=state.sd * area,
        stratum=stratum,
        sizes=replace(sizes, findings=(*sizes.findings, *judged, *adopted)),
        state_applicable=state.applicable,
        modeled=joined(told, water, threats, learned, moderated),
        answering=answering,
        answering_sd=answering_sd,
    )
    return expected(plain, probability, *rooms(config, landscape, state), odds)


def _climates(landscape: Landscape) -> tuple[tuple[str, ...], NDArray[np.int16]]:
    """Return the climates that occur, and each unit's position among them.

    Raises
    ------
    DataError
        If a unit has no latitude.
    """
    zone = climate_of(landscape.latitude)
    if (zone == "").any():
        what = f"{int((zone == '').sum())} units have no latitude, so no climate"
        raise DataError(Finding(landscape.source, what, "Give every unit a geometry with a CRS."))
    strata = tuple(name for name in CLIMATES if (zone == name).any())
    return strata, np.array([strata.index(name) for name in zone], dtype=np.int16)


def _odds(state: State) -> NDArray[np.float64] | None:
    """Return the probabilities (or suitabilities from 0 to 1) among the states, 0 for the rest.

    Species respond on the log scale as amounts, and on the logit scale as probabilities.
    """
    odds = np.array([unit in PROBABILITIES for unit in state.units], dtype=bool)
    return np.where(odds, state.mean, 0.0) if odds.any() else None


def _answering(
    state: State, odds: NDArray[np.float64] | None, area: NDArray[np.float64]
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
    """Return what relative changes multiply where some features are probabilities, and its sd.

    Of a probability q it is q (1 - q): d q = q (1 - q) d ln(q / (1 - q)).
    """
    if odds is None:
        return None, None
    chances = np.array([unit in PROBABILITIES for unit in state.units], dtype=bool)
    answering = np.where(chances, state.mean * (1.0 - state.mean), state.mean)
    slope = np.where(chances, np.abs(1.0 - 2.0 * state.mean), 1.0)
    return answering * area, slope * state.sd * area


def _place(config: Config, name: str) -> str:
    """Return where the config names an intervention or bundle."""
    section = config.interventions
    bundles = ["+".join(parts) for parts in section.bundles]
    if name in section.use:
        return config.where("interventions.use", section.use.index(name))
    if name in bundles:
        return config.where("interventions.bundles", bundles.index(name))
    return config.where("interventions.use")


def feature_outcomes(
    config: Config, catalogue: Catalogue, features: tuple[str, ...]
) -> tuple[tuple[tuple[str, str], ...], tuple[Finding, ...]]:
    """Return the outcome by which practices change each feature.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    features : tuple of str

    Returns
    -------
    pairs : tuple of (str, str)
        Feature and outcome: its `response_of`, else its own name, else the `response_of`, the name
        or the `indicator` of the surrogate that it comes from; "" where none is an outcome. For
        available water, which follows carbon, what stands in where a practice has no evidence on
        carbon: its `response_of`, else soil_water.
    findings : tuple of Finding
        A warning for each feature without an outcome: it can be kept but not raised.

    Raises
    ------
    ConfigError
        With every `response_of` that names no outcome.
    """
    pairs, findings = [], []
    for feature in features:
        outcome, finding = _outcome_of(config, catalogue, feature)
        pairs.append((feature, outcome))
        if finding is not None:
            findings.append(finding)
    return tuple(pairs), raise_errors(dict.fromkeys(findings), ConfigError)


def _outcome_of(config: Config, catalogue: Catalogue, feature: str) -> tuple[str, Finding | None]:
    """Return the outcome of one feature, and what is to say of it."""
    known = catalogue.outcomes
    section = config.features.get(feature)
    source = feature if section is None else section.source
    surrogate = config.surrogates.get(source)
    feature_key, surrogate_key = f"features.{feature}", f"surrogates.{source}"
    stated = [
        (section.response_of if section else "", f"{feature_key}.response_of"),
        (surrogate.response_of if surrogate else "", f"{surrogate_key}.response_of"),
    ]
    for name, key in stated:
        if name and name not in known:
            what = f"{name!r} is no outcome that practices are known to change"
            return "", Finding(config.where(key), what, did_you_mean(name, known))
    if counts_threats(config, feature):
        return "", None
    if follows_carbon(config, feature):
        return stated[0][0] or (MOISTURE if MOISTURE in known else ""), None
    measured = surrogate.indicator if surrogate else ""
    candidates = (stated[0][0], feature, stated[1][0], source, measured)
    outcome = next((name for name in candidates if name in known), "")
    if outcome:
        return outcome, None
    where = config.where(feature_key if section else surrogate_key)
    return "", Finding(
        where,
        f"no practice is known to change {feature}: it can be kept but not raised",
        f"Give response_of: one of {', '.join(known)}.",
        "warning",
    )


def effects_table(
    problem: LabelledEffects, options: NDArray[np.integer] | None = None
) -> Iterator[pd.DataFrame]:
    """Yield the effects as long tables, 4,096 units at a time: the rows of effects.parquet.

    Parameters
    ----------
    problem : LabelledEffects
        A problem, or anything with its effects and labels.
    options : int array, optional
        Positions of the interventions to list; all if None. The baseline is left out: its effects
        are 0.

    Yields
    ------
    DataFrame
        One row per unit, intervention and feature, in this order: unit_id, intervention, feature,
        mean, sd_shared, sd_local (in the feature's unit), applicable (evidence and state), basis
        ("none", "pooled", "literature", "judgement", "bundle"; "given" for effects that came as
        arrays).
    """
    every = np.arange(len(problem.interventions)) if options is None else np.asarray(options)
    listed = np.unique(every[every > 0])
    for start in range(0, len(problem.unit_ids), BLOCK_UNITS):
        yield _block_table(problem, listed, slice(start, start + BLOCK_UNITS))


def _block_table(
    problem: LabelledEffects, options: NDArray[np.integer], rows: slice
) -> pd.DataFrame:
    """Return the long table of some units."""
    import pandas as pd

    effects, ids = problem.effects, problem.unit_ids[rows]
    mean = effects.block(rows)[:, options]
    shared, local = effects.block_sd(rows)
    applicable, basis = _marks(effects, rows, options, mean.shape)
    n_features = mean.shape[2]
    names = [problem.interventions[a] for a in options]
    features = [feature.name for feature in problem.features]
    return pd.DataFrame(
        {
            "unit_id": np.repeat(ids, len(options) * n_features),
            "intervention": np.tile(np.repeat(names, n_features), len(ids)),
            "feature": np.tile(features, len(ids) * len(options)),
            "mean": mean.ravel(),
            "sd_shared": shared[:, options].ravel(),
            "sd_local": local[:, options].ravel(),
            "applicable": applicable.ravel(),
            "basis": basis.ravel(),
        }
    ).astype(dict.fromkeys(("unit_id", "intervention", "feature", "basis"), "str"))


def _marks(
    effects: Effects, rows: slice, options: NDArray[np.integer], shape: tuple[int, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.str_]]:
    """Return whether each pair is applicable, and its basis."""
    if not isinstance(effects, FactoredEffects):
        return np.ones(shape, dtype=bool), np.full(shape, GIVEN)
    pairs = np.ix_(effects.stratum[rows], options)
    applicable = effects.sizes.applicable[pairs] & effects.state_applicable[rows][:, None, :]
    return applicable, np.array(BASES)[effects.sizes.basis[pairs]]
