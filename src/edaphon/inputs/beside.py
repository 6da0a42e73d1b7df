"""What else is wrong where the form of a config is: everything is told in one round."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edaphon.config.reader import read_config
from edaphon.config.sections import Config
from edaphon.config.sound import SoundPart
from edaphon.errors import ConfigError, EdaphonError, Faults, Finding, InfeasibleError
from edaphon.inputs.read import read_inputs
from edaphon.inputs.structure import wrong_names
from edaphon.practices.catalogue import read_catalogue

if TYPE_CHECKING:
    from edaphon.inputs.read import Progress

_PLACES = frozenset({"landscape", "predictors"})
"""Sections that decide which data are read, and no name of a feature or an intervention."""


def as_config(
    config: Config | str | Path | Mapping[str, Any],
    overrides: Sequence[str] | Mapping[str, Any],
    progress: Progress | None = None,
) -> Config:
    """Return the config of a run, read if it has not been.

    Parameters
    ----------
    config : Config, path or mapping
    overrides : sequence of str, or mapping
        Of a config that has not been read.
    progress : callable, optional

    Raises
    ------
    ConfigError
        With every fault of its form, and those of its names and data that do not follow from them.
    """
    if not isinstance(config, Config):
        try:
            return read_config(config, overrides)
        except ConfigError as error:
            raise _with_faults_beside(error, progress) from error
    if overrides:
        hint = "Give them to read_config, or give the path of the file here."
        raise ConfigError(Finding("overrides", "this config has been read already", hint))
    return config


def _with_faults_beside(error: ConfigError, progress: Progress | None) -> ConfigError:
    """Add what is wrong besides, but for what may only follow from the faults that are told."""
    sound = error.partial
    if not isinstance(sound, SoundPart) or sound.lost - _PLACES:
        return error
    found = _names(sound.config) if sound.lost else _everything(sound.config, progress)
    beside = [one for one in found if one.severity == "error" and not sound.follows(one)]
    return ConfigError(dict.fromkeys([*error.findings, *beside]))


def _names(config: Config) -> list[Finding]:
    """Find wrong names of features and interventions."""
    faults = Faults()
    catalogue = faults.call(read_catalogue, config)
    return faults.findings + wrong_names(config, catalogue)


def _everything(config: Config, progress: Progress | None) -> tuple[Finding, ...]:
    """Find all that `read_inputs` does, but for what no portfolio can satisfy."""
    try:
        read_inputs(config, progress)
    except InfeasibleError:
        return ()
    except EdaphonError as error:
        return error.findings
    return ()
