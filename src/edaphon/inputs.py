"""Everything that is read and checked before anything is computed, with all faults at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import numpy as np

from edaphon.data.landscape_reader import read_landscape
from edaphon.data.predictors import read_predictors
from edaphon.data.tables import read_locks, read_samples
from edaphon.effects.build import build_effects
from edaphon.errors import DataError, EdaphonError, Finding, InfeasibleError, raise_errors
from edaphon.practices.catalogue import outcomes, read_catalogue
from edaphon.practices.options import build_options
from edaphon.practices.policy import policy_allocation
from edaphon.problem.check import check_problem
from edaphon.problem.from_config import build_problem
from edaphon.problem.values import Problem, Target
from edaphon.surrogates.features import build_state
from edaphon.surrogates.fit import check_samples
from edaphon.surrogates.state import Prediction, State, certain

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape, Predictors, Samples
    from edaphon.practices.values import Catalogue, Options

Progress = Callable[[str, int, int], None]
P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True)
class Inputs:
    """Everything that is read before anything is computed.

    Attributes
    ----------
    config : Config
    landscape : Landscape
    predictors : Predictors
    samples : dict of str to Samples
        By surrogate.
    catalogue : Catalogue
    options : Options
    policy : uint8 array, shape (n_units,), or None
        Present policy as positions of interventions.
    findings : tuple of Finding
        Warnings and notes; errors were raised.
    """

    config: Config
    landscape: Landscape
    predictors: Predictors
    samples: dict[str, Samples]
    catalogue: Catalogue
    options: Options
    policy: NDArray[np.uint8] | None
    findings: tuple[Finding, ...]


def read_inputs(config: Config, progress: Progress | None = None) -> Inputs:
    """Read and check every input and the structure of the whole problem; compute nothing long.

    Raises
    ------
    EdaphonError
        With every fault of every stage at once: ConfigError or DataError where config or data are
        at fault, InfeasibleError where no portfolio can satisfy the constraints.
    """
    faults = _Faults()
    landscape = faults.call(read_landscape, config)
    sound = not faults.kinds
    _tell(progress, 1)
    catalogue = faults.call(read_catalogue, config)
    predictors = faults.call(read_predictors, config, landscape) if landscape else None
    samples = _read_samples(faults, config, landscape, predictors)
    _tell(progress, 2)
    options = policy = None
    if landscape is not None and catalogue is not None:
        # behind faulty units every lock would be unknown, so locks wait until those are mended
        locks = faults.call(read_locks, config, landscape) if sound else None
        faults.findings += locks[1] if locks is not None else ()
        options = faults.call(
            build_options,
            config,
            catalogue,
            landscape,
            locks[0] if locks is not None else None,
            keep_baseline=_unknown_units(config, predictors),
        )
        where = config.where("landscape.policy")
        policy, noted = policy_allocation(landscape, catalogue.names, where)
        faults.findings += noted
    if landscape is not None and catalogue is not None and options is not None:
        _check_structure(faults, _Structure(config, landscape, catalogue, options), samples)
    _tell(progress, 3)
    if faults.kinds or landscape is None or predictors is None or catalogue is None or not options:
        raise faults.error()
    findings = raise_errors(dict.fromkeys(faults.findings))
    return Inputs(
        config=config,
        landscape=landscape,
        predictors=predictors,
        samples=samples,
        catalogue=catalogue,
        options=options,
        policy=policy,
        findings=findings,
    )


def state_of(config: Config, landscape: Landscape, predictions: Mapping[str, Prediction]) -> State:
    """Return the state of the config's features from the surrogates' predictions."""
    units = {name: section.unit for name, section in config.surrogates.items()}
    return build_state(config, landscape, predictions, units, outcomes())


@dataclass
class _Faults:
    """Gathers the findings of every stage, so that all are reported at once."""

    findings: list[Finding] = field(default_factory=list)
    kinds: list[type[EdaphonError]] = field(default_factory=list)

    def call(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T | None:
        """Return what the function returns; where it raises, what could be read all the same."""
        try:
            value = function(*args, **kwargs)
        except EdaphonError as error:
            self.findings += error.findings
            self.kinds.append(type(error))
            partial: T | None = getattr(error, "partial", None)
            return partial
        self.findings += getattr(value, "findings", ())
        return value

    def error(self) -> EdaphonError:
        """Return one error that carries every finding, each once; faults go before conflicts."""
        faults = [kind for kind in self.kinds if kind is not InfeasibleError]
        kind = (faults or self.kinds or [DataError])[0]
        return kind(dict.fromkeys(self.findings))


@dataclass(frozen=True)
class _Structure:
    """What the structure of the problem is checked with."""

    config: Config
    landscape: Landscape
    catalogue: Catalogue
    options: Options


def _read_samples(
    faults: _Faults,
    config: Config,
    landscape: Landscape | None,
    predictors: Predictors | None,
) -> dict[str, Samples]:
    if landscape is None or predictors is None:
        return {}
    read = {}
    for name, section in config.surrogates.items():
        samples = faults.call(read_samples, config, name, landscape, predictors)
        if samples is not None:
            read[name] = samples
            found = faults.call(check_samples, samples, block=section.block, use=section.predictors)
            faults.findings += found[1].findings if found is not None else ()
    return read


def _unknown_units(config: Config, predictors: Predictors | None) -> NDArray[np.bool_] | None:
    """Return the units that keep the baseline because a predictor is missing."""
    if predictors is None or config.predictors.missing != "baseline":
        return None
    return predictors.table.isna().any(axis=1).to_numpy(dtype=bool)


def _check_structure(faults: _Faults, given: _Structure, samples: Mapping[str, Samples]) -> None:
    """Check objectives and constraints, the samples' mean standing in for each prediction."""
    config, landscape = given.config, given.landscape
    stand_in = {
        name: certain(
            np.full(landscape.n_units, samples[name].response.mean() if name in samples else 1.0)
        )
        for name in config.surrogates
    }
    state = faults.call(state_of, config, landscape, stand_in)
    if state is None:
        return
    effects = faults.call(build_effects, config, given.catalogue, landscape, state)
    if effects is None:
        return
    faults.findings += effects.sizes.findings
    built = faults.call(
        build_problem, config, landscape, given.catalogue, state, effects, given.options
    )
    if built is None:
        return
    faults.findings += built[1]
    if not faults.kinds:
        problem = _without_unknown_amounts(built[0], config)
        faults.findings += faults.call(_feasible, problem) or ()


def _without_unknown_amounts(problem: Problem, config: Config) -> Problem:
    """Leave out targets whose amounts are not known before the surrogates are fitted."""
    learned = {name for name, section in config.features.items() if section.source}
    learned |= {name for name in config.surrogates if name not in config.features}
    known = tuple(
        constraint
        for constraint in problem.constraints
        if not isinstance(constraint, Target)
        or constraint.kind == "share"
        or constraint.feature not in learned
    )
    return replace(problem, constraints=known)


def _feasible(problem: Problem) -> tuple[Finding, ...]:
    """Return the warnings of a problem; raise where nothing can be feasible."""
    return raise_errors(check_problem(problem), InfeasibleError)


def _tell(progress: Progress | None, done: int) -> None:
    if progress is not None:
        progress("read", done, 3)
