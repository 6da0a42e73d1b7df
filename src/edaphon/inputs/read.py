"""Everything that is read and checked before anything is computed, with all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.data.boundaries import with_boundaries
from edaphon.data.climate import read_climate
from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.data.species_reader import read_observations
from edaphon.data.tables import read_locks, read_samples
from edaphon.data.trials import read_trials
from edaphon.effects.carbon_sites import carbon_sites
from edaphon.effects.gsocseq import scenario_masks
from edaphon.effects.threats import with_threats
from edaphon.effects.trials import with_trials
from edaphon.effects.unit_evidence import check_evidence
from edaphon.errors import Faults, Finding, raise_errors
from edaphon.inputs.structure import Parts, check_structure, columns_read, wrong_names
from edaphon.practices.catalogue import read_catalogue
from edaphon.practices.need import need_names
from edaphon.practices.options import build_options
from edaphon.practices.policy import forbidden_policy, policy_allocation
from edaphon.report.policy import people_of
from edaphon.report.sheets import sheet_order
from edaphon.surrogates.asked import UNSEEN, expected_layers
from edaphon.surrogates.horizons import read_sample_points
from edaphon.surrogates.soil_columns import with_soil_columns
from edaphon.surrogates.train import check_data

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.climate import Climate
    from edaphon.data.landscape import Landscape, Predictors, Samples
    from edaphon.data.observations import Observations
    from edaphon.data.trials import Trials
    from edaphon.practices.values import Catalogue, Options

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Inputs:
    """Everything that is read before anything is computed.

    Attributes
    ----------
    config : Config
    landscape : Landscape
    predictors : Predictors
    data : dict of str to Samples or Observations
        What each surrogate learns from.
    catalogue : Catalogue
    options : Options
    policy : uint8 array, shape (n_units,), or None
        Present policy as positions of interventions.
    findings : tuple of Finding
        Warnings and notes; errors were raised.
    climate : Climate or None
        Monthly, where the config names one.
    locks : DataFrame or None
        Of `edaphon.data.tables.read_locks`.
    trials : Trials or None
        The planner's own, where the config names some.
    foreseen : tuple of Finding
        Those of `findings` that tell of effects, before states and evidence are known in full.
    """

    config: Config
    landscape: Landscape
    predictors: Predictors
    data: dict[str, Samples | Observations]
    catalogue: Catalogue
    options: Options
    policy: NDArray[np.uint8] | None
    findings: tuple[Finding, ...]
    climate: Climate | None = None
    locks: pd.DataFrame | None = None
    trials: Trials | None = None
    foreseen: tuple[Finding, ...] = ()

    def with_layers(self, layers: Mapping[str, NDArray[Any]]) -> Inputs:
        """Return the same with columns that surrogates made, and the options that they allow.

        Parameters
        ----------
        layers : mapping of str to array, shape (n_units,)

        Raises
        ------
        EdaphonError
            If the columns leave a locked option forbidden, or a unit without any option.
        """
        if not layers:
            return self
        table = self.landscape.attributes.assign(**layers)
        landscape = replace(self.landscape, attributes=table)
        # nothing but a filter reads a flag, and reading locks and costs again takes long
        flags = {f"{name}_{UNSEEN}" for name in self.config.surrogates}
        if {*layers} <= flags - columns_read(self.config, self.catalogue):
            return replace(self, landscape=landscape)
        options = build_options(
            self.config,
            self.catalogue,
            landscape,
            self.locks,
            keep_baseline=_unknown_units(self.config, self.predictors),
        )
        return replace(self, landscape=landscape, options=options)


def read_inputs(config: Config, progress: Progress | None = None) -> Inputs:
    """Read and check every input and the structure of the whole problem; compute nothing long.

    Raises
    ------
    EdaphonError
        With every fault of every stage at once: ConfigError or DataError where config or data are
        at fault, InfeasibleError where no portfolio can satisfy the constraints.
    """
    faults = Faults()
    landscape = _read_landscape(faults, config)
    sound = not faults.kinds
    _tell(progress, 1)
    catalogue, trials = _read_catalogue(faults, config, landscape)
    if catalogue is not None:
        faults.findings += (faults.call(sheet_order, config, catalogue) or (None, ()))[1]
    if landscape is not None:
        faults.call(people_of, config, landscape)
    predictors = faults.call(read_predictors, config, landscape) if landscape else None
    data = _read_data(faults, config, landscape, predictors)
    # behind faulty units every id of the climate or the locks would be unknown, so they wait
    climate = _read_climate(faults, config, landscape if sound else None)
    _tell(progress, 2)
    options = policy = locks = None
    foreseen: tuple[Finding, ...] = ()
    if landscape is not None and catalogue is not None:
        if predictors is not None:
            found = faults.call(check_evidence, config, catalogue, landscape, predictors, data)
            faults.findings += found or ()
        options, policy, locks = _read_choices(
            faults, config, landscape, catalogue, _unknown_units(config, predictors), sound=sound
        )
        if options is not None:
            given = Parts(config, landscape, catalogue, options, climate)
            foreseen = check_structure(faults, given, data)
    if options is None:
        faults.findings += wrong_names(config, catalogue)
    _tell(progress, 3)
    if faults.kinds or landscape is None or predictors is None or catalogue is None or not options:
        raise faults.error()
    findings = raise_errors(dict.fromkeys(faults.findings))
    return Inputs(
        config=config,
        landscape=landscape,
        predictors=predictors,
        data=data,
        catalogue=catalogue,
        options=options,
        policy=policy,
        findings=findings,
        climate=climate,
        locks=locks,
        trials=trials,
        foreseen=foreseen,
    )


def _read_choices(
    faults: Faults,
    config: Config,
    landscape: Landscape,
    catalogue: Catalogue,
    unknown: NDArray[np.bool_] | None,
    *,
    sound: bool,
) -> tuple[Options | None, NDArray[np.uint8] | None, pd.DataFrame | None]:
    """Read what may be done where: the options, the present policy, the locks."""
    locks, noted = (faults.call(read_locks, config, landscape) if sound else None) or (None, ())
    faults.findings += noted
    options = faults.call(build_options, config, catalogue, landscape, locks, keep_baseline=unknown)
    where = config.where("landscape.policy")
    policy, noted = policy_allocation(landscape, catalogue.names, where)
    faults.findings += noted
    if policy is not None and options is not None:
        faults.findings += forbidden_policy(options, policy, catalogue.names, where)
    return options, policy, locks


def _read_climate(faults: Faults, config: Config, landscape: Landscape | None) -> Climate | None:
    """Read the monthly climate, and check what RothC needs besides where it is asked for."""
    if landscape is None or config.climate is None:
        return None
    climate = faults.call(read_climate, config, landscape)
    if climate is not None and config.rothc is not None:
        faults.call(carbon_sites, config, landscape, climate)
        faults.call(scenario_masks, config, landscape)
    return climate


def _read_landscape(faults: Faults, config: Config) -> Landscape | None:
    """Read the landscape and derive its soil columns; those that surrogates add are expected."""
    landscape = faults.call(read_landscape, config)
    if landscape is None:
        return None
    layers = expected_layers(config)
    for column in need_names(config):
        if column in landscape.attributes.columns:
            what = f"{landscape.source} has a column {column!r}, which the section need adds"
            faults.findings.append(Finding(config.where("need"), what, "Rename the column."))
    for column, name in layers.items():
        if column in landscape.attributes.columns:
            what = f"{landscape.source} has a column {column!r}, which the surrogate adds"
            hint = "Rename the column, or the surrogate."
            faults.findings.append(Finding(config.where(f"surrogates.{name}"), what, hint))
    landscape = replace(landscape, expected=(*layers, *need_names(config)))
    landscape = faults.call(with_boundaries, config, landscape) or landscape
    landscape = faults.call(with_soil_columns, config, landscape)
    return None if landscape is None else faults.call(with_threats, config, landscape)


def _read_catalogue(
    faults: Faults, config: Config, landscape: Landscape | None
) -> tuple[Catalogue | None, Trials | None]:
    """Read the catalogue, and the planner's own trials, which update its evidence."""
    catalogue = faults.call(read_catalogue, config)
    trials = faults.call(read_trials, config)
    if catalogue is None or landscape is None or trials is None:
        return catalogue, trials
    return faults.call(with_trials, config, catalogue, landscape, trials), trials


def _read_data(
    faults: Faults,
    config: Config,
    landscape: Landscape | None,
    predictors: Predictors | None,
) -> dict[str, Samples | Observations]:
    """Read and check what each surrogate learns from."""
    if landscape is None or predictors is None:
        return {}
    read: dict[str, Samples | Observations] = {}
    for name, section in config.surrogates.items():
        data: Samples | Observations | None
        if section.learns == "state":
            data = _read_samples(faults, config, name, landscape, predictors)
        else:
            data = faults.call(read_observations, config, name, landscape, predictors)
        if data is not None:
            read[name] = data
            faults.findings += faults.call(check_data, config, name, data, predictors) or ()
    return read


def _read_samples(
    faults: Faults, config: Config, name: str, landscape: Landscape, predictors: Predictors
) -> Samples | None:
    """Read point measurements; horizons are brought to one depth first."""
    points = faults.call(read_sample_points, config, name)
    if points is None:
        return None
    return faults.call(read_samples, config, name, landscape, predictors, points)


def _unknown_units(config: Config, predictors: Predictors | None) -> NDArray[np.bool_] | None:
    """Return the units that keep the baseline because a predictor is missing."""
    if predictors is None or config.predictors.missing != "baseline":
        return None
    return predictors.table.isna().any(axis=1).to_numpy(dtype=bool)


def _tell(progress: Progress | None, done: int) -> None:
    if progress is not None:
        progress("read", done, 3)
