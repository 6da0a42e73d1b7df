"""Build a Problem from a config whose effects stand in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.values import DenseEffects
from edaphon.errors import DataError, Finding
from edaphon.practices.unit_rows import read_unit_rows
from edaphon.problem.from_config import pose_problem
from edaphon.problem.values import Feature

if TYPE_CHECKING:
    from edaphon.config.sections import Config
    from edaphon.data.landscape import Landscape
    from edaphon.practices.values import Catalogue, Options
    from edaphon.problem.values import Problem


def problem_from_tables(
    config: Config, landscape: Landscape, catalogue: Catalogue, options: Options
) -> tuple[Problem, tuple[Finding, ...]]:
    """Read the effects that ``tables`` names and pose the config's problem with them.

    Returns
    -------
    problem : Problem
        Its effects have no spread and no stock; features stand in the order of their first rows.
    findings : tuple of Finding

    Raises
    ------
    DataError
        As `edaphon.practices.unit_rows.read_unit_rows`.
    ConfigError
        As `edaphon.problem.from_config.pose_problem`.
    """
    if config.tables is None or not config.has_own_effects:
        what = "names no table of effects"
        raise DataError(Finding(config.where("tables"), what, "Write tables: {effects: FILE}."))
    rows = read_unit_rows(config, "effects", "amount", ("feature",), landscape, catalogue)
    names = tuple(dict.fromkeys(rows.labels["feature"].tolist()))
    position = {name: f for f, name in enumerate(names)}
    feature = np.array([position[name] for name in rows.labels["feature"].tolist()], dtype=np.intp)
    mean = np.zeros((landscape.n_units, len(catalogue.names), len(names)))
    np.add.at(mean, (rows.unit, rows.option, feature), rows.amount)
    features = tuple(
        Feature(name, given.unit, given.better or "higher")
        if (given := config.features.get(name)) is not None
        else Feature(name)
        for name in names
    )
    effects = DenseEffects(mean, np.zeros((landscape.n_units, len(names))))
    problem, found = pose_problem(
        config,
        landscape,
        catalogue.names,
        features=features,
        effects=effects,
        options=options,
        count_forbidden=config.tables.count_forbidden,
    )
    return problem, (*rows.notes, *found)
