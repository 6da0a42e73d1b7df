"""Judge and learn what the section `evidence` asks for: moderators, and learners of samples."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from edaphon.config.suggest import did_you_mean
from edaphon.data.columns import unit_numbers
from edaphon.data.landscape import Samples
from edaphon.data.messages import counted, unknown_column
from edaphon.effects.learners import FEWEST_TREATED, learn_effects, learn_trials, only
from edaphon.effects.moderators import judge_moderators
from edaphon.effects.trials import OWN
from edaphon.effects.unit_level import Shift, UnitEvidence
from edaphon.errors import ConfigError, DataError, Finding, raise_errors
from edaphon.practices.grounds import truth
from edaphon.surrogates.asked import state_options
from edaphon.surrogates.features import feature_places
from edaphon.surrogates.horizons import read_sample_points

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape, Predictors
    from edaphon.data.observations import Observations
    from edaphon.data.trials import Trials
    from edaphon.effects.learners import TrialModel, UnitEffects
    from edaphon.effects.moderators import Moderated
    from edaphon.practices.values import Catalogue

    Data = Mapping[str, Samples | Observations]

STANDS = "The pooled evidence stands."


def check_evidence(
    config: Config,
    catalogue: Catalogue,
    landscape: Landscape,
    predictors: Predictors,
    data: Data,
) -> tuple[Finding, ...]:
    """Say whether what the section `evidence` asks for can be judged at all; quick.

    Parameters
    ----------
    config : Config
    catalogue : Catalogue
    landscape : Landscape
    predictors : Predictors
        Of the units.
    data : mapping of str to Samples or Observations
        By surrogate.

    Returns
    -------
    tuple of Finding
        A warning for each learner that has too few samples of either kind.

    Raises
    ------
    ConfigError
        Moderators without trials or that the units do not have, learners of interventions or
        surrogates that are not there, a column of treatments that the samples do not have.
    """
    section = config.evidence
    faults = []
    if section.moderators and not config.trials:
        what = "moderators are tested on trials, and the config names none"
        faults.append(Finding(config.where("evidence.moderators"), what, "Write trials: FILE."))
    if config.has_own_effects and (section.moderators or section.learners):
        what = "all effects stand in tables, so nothing is left to learn"
        faults.append(Finding(config.where("evidence"), what, "Remove evidence, or tables."))
    if section.moderators:
        _units_table(config, landscape, predictors, faults)
    faults += _learner_faults(config, catalogue, data)
    raise_errors(faults, ConfigError)
    return tuple(
        _refused(config, name, few)
        for name, one in section.learners.items()
        if isinstance(samples := data.get(one.surrogate), Samples)
        and (few := _too_few(_treatment(config, name, samples)[1]))
    )


def judge_evidence(
    config: Config,
    landscape: Landscape,
    predictors: Predictors,
    trials: Trials | None,
    data: Data,
    *,
    workers: int = 1,
) -> UnitEvidence:
    """Judge moderators on held-out studies and learners on held-out ground.

    Parameters
    ----------
    config : Config
        That passed `check_evidence`.
    landscape : Landscape
        With the columns that surrogates added.
    predictors : Predictors
        Of the units.
    trials : Trials or None
    data : mapping of str to Samples or Observations
        By surrogate.
    workers : int
        Processes; the result is the same for any number of them.

    Returns
    -------
    UnitEvidence
        What passed; its findings say what was refused and why.

    Raises
    ------
    DataError
        A moderator of the units is missing or no number.
    """
    shifts: dict[str, Shift] = {}
    findings: list[Finding] = []
    if trials is not None and trials.moderators is not None:
        units = _units_table(config, landscape, predictors, findings)
        raise_errors(findings)
        for outcome in sorted(set(trials.outcome.tolist())):
            shift, found = _judged(config, trials, outcome, units, workers)
            findings.append(found)
            if shift is not None:
                shifts[outcome] = shift
    learned: dict[tuple[str, str], UnitEffects] = {}
    for name, section in config.evidence.learners.items():
        samples = data[section.surrogate]
        if not isinstance(samples, Samples):
            continue
        samples, treated = _treatment(config, name, samples)
        if _too_few(treated):
            continue  # the check has said so
        told, found = _learned(
            config, name, samples, treated, predictors=predictors, workers=workers
        )
        findings.append(found)
        if told is not None:
            for feature in _features(config, section.surrogate):
                learned[name, feature] = told
    return UnitEvidence(shifts, learned, tuple(findings))


def _learned(
    config: Config,
    name: str,
    samples: Samples,
    treated: NDArray[np.bool_],
    *,
    predictors: Predictors,
    workers: int,
) -> tuple[UnitEffects | None, Finding]:
    """Learn the effects of one intervention."""
    section = config.evidence.learners[name]
    options = state_options(config, section.surrogate)
    try:
        told = learn_effects(
            samples, treated, predictors, learner=section.learner, workers=workers, **options
        )
    except DataError as error:
        return None, _refused(config, name, error.findings[0].what)
    reason = told.reason[:1].lower() + told.reason[1:].rstrip(".")
    if not told.used:
        return None, _refused(config, name, reason)
    source = f"{section.learner} learner, {_both(treated)} of {samples.source}"
    what = (
        f"the effects of {name} are learned: {source} ({reason}); in "
        f"{counted(int((~told.applicable).sum()), 'unit')} outside the area of applicability the "
        "pooled evidence stands"
    )
    where = config.where(f"evidence.learners.{name}")
    return replace(told, reason=source), Finding(where, what, severity="note")


def _judged(
    config: Config, trials: Trials, outcome: str, units: pd.DataFrame, workers: int
) -> tuple[Shift | None, Finding]:
    """Judge the moderators of one outcome."""
    rows = trials.outcome == outcome
    table = pd.DataFrame() if trials.moderators is None else trials.moderators[rows]
    practices = tuple(sorted(set(trials.intervention[rows].tolist())))
    given = trials.lnrr[rows], trials.study[rows], trials.intervention[rows], table
    told: Moderated | TrialModel
    if config.evidence.model == "linear":
        told = judge_moderators(*given, seed=config.seed)
    else:
        told = learn_trials(*given, name=outcome, seed=config.seed, workers=workers)
    where, names = config.where("evidence.moderators"), ", ".join(config.evidence.moderators)
    reason = told.reason[:1].lower() + told.reason[1:].rstrip(".")
    if not told.used:
        what = f"effects on {outcome} do not follow {names}: {reason}"
        return None, Finding(where, what, STANDS, "warning")
    inside = units.clip(lower=table.min(), upper=table.max(), axis=1)
    beyond = int((inside != units)[units.notna().all(axis=1)].any(axis=1).sum())
    lnrr = told.shift(inside)
    low, high = 100 * np.expm1([lnrr.min(), lnrr.max()])
    what = (
        f"effects of {', '.join(practices)} on {outcome} follow {names} ({reason}): what they "
        f"leave lies {low:+.0f} to {high:+.0f} % off that of the pooled mean"
    )
    if beyond:
        what += f"; {counted(beyond, 'unit')} beyond what the trials saw count at its edge"
    source = f"moved by {names} as in {OWN} of {trials.source}"
    return Shift(lnrr, practices, source), Finding(where, what, severity="note")


def _units_table(
    config: Config, landscape: Landscape, predictors: Predictors, findings: list[Finding]
) -> pd.DataFrame:
    """Return the moderators of the units: columns of the landscape, else predictors."""
    columns: dict[str, NDArray[np.float64]] = {}
    known = [*map(str, landscape.attributes.columns), *map(str, predictors.table.columns)]
    for name in config.evidence.moderators:
        if name in landscape.attributes.columns:
            columns[name], found = unit_numbers(landscape, name)
            findings.extend(found)
        elif name in predictors.table.columns:
            values = pd.to_numeric(predictors.table[name], errors="coerce")
            columns[name] = values.to_numpy(np.float64)
        elif name not in landscape.expected:
            where = config.where("evidence.moderators")
            findings.append(unknown_column(where, name, known, landscape.source))
    return pd.DataFrame(columns)


def _learner_faults(config: Config, catalogue: Catalogue, data: Data) -> Iterator[Finding]:
    """Find learners of what is not there."""
    for name, section in config.evidence.learners.items():
        key = f"evidence.learners.{name}"
        if name not in catalogue.names[1:]:
            what = f"{name!r} is not used by this config"
            yield Finding(config.where(key), what, did_you_mean(name, catalogue.names[1:]))
        states = [one for one, asked in config.surrogates.items() if asked.learns == "state"]
        if section.surrogate not in states:
            where = config.where(f"{key}.surrogate")
            what = f"there is no surrogate of a state {section.surrogate!r}"
            yield Finding(where, what, did_you_mean(section.surrogate, states))
        elif not _features(config, section.surrogate):
            what = f"no feature that effect sizes change is made of {section.surrogate}"
            hint = (
                f"Write features: {{NAME: {{from: {section.surrogate}}}}}, and an objective of it."
            )
            yield Finding(config.where(f"{key}.surrogate"), what, hint)
        elif section.surrogate in data:
            table = read_sample_points(config, section.surrogate).table
            if section.treated not in table.columns:
                where = config.where(f"{key}.treated")
                source = config.surrogates[section.surrogate].samples
                yield unknown_column(where, section.treated, table.columns, source)


def _treatment(config: Config, name: str, samples: Samples) -> tuple[Samples, NDArray[np.bool_]]:
    """Return the samples of a learner that say whether they were treated, and whether."""
    section = config.evidence.learners[name]
    column = read_sample_points(config, section.surrogate).table[section.treated]
    told = column.reindex(samples.lines)
    known = np.flatnonzero(told.notna().to_numpy())
    return only(samples, known), truth(told)[known]


def _too_few(treated: NDArray[np.bool_]) -> str:
    """Say that too few samples of either kind are there, "" if there are enough."""
    if min(treated.sum(), (~treated).sum()) >= FEWEST_TREATED:
        return ""
    return f"{_both(treated)}, and at least {FEWEST_TREATED} of each are needed"


def _both(treated: NDArray[np.bool_]) -> str:
    return f"{int(treated.sum())} treated and {int((~treated).sum())} untreated samples"


def _refused(config: Config, name: str, reason: str) -> Finding:
    """Say that a learner gives no effects."""
    what = f"the effects of {name} are not learned from samples: {reason}"
    return Finding(config.where(f"evidence.learners.{name}"), what, STANDS, "warning")


def _features(config: Config, surrogate: str) -> list[str]:
    """Return the features that are made of a surrogate, and changed by effect sizes."""
    made = []
    for name in feature_places(config):
        section = config.features.get(name)
        if section is None and name == surrogate:
            made.append(name)
        elif section is not None and section.source == surrogate:
            made += [name] * (section.model == "effect_sizes")
    return made
