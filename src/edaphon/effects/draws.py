"""Joint draws of effects: the shared part common to all units, the local part each unit's own.

A draw is a handful of numbers, one per shared deviation and feature. Whatever is asked of it, the
total of a portfolio or the effects of a block of units, follows from these numbers and from the
effects' own spread, so nothing of size units x draws is ever held, and two portfolios that are
looked at in the same draw see the same deviations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.spread import NORMAL_95, T4_95
from edaphon.effects.values import BLOCK_UNITS, DenseEffects, FactoredEffects
from edaphon.errors import DataError, wrong_kind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from edaphon.effects.values import Effects

TAIL_DF = 4
"""Degrees of freedom of a shared deviation, as in `edaphon.effects.spread.T4_95`."""


@dataclass(frozen=True)
class Draws:
    """Joint draws of effects.

    Attributes
    ----------
    effects : Effects
    deviations : float64 array, shape (n_draws, n_deviations, n_features)
        What each shared deviation is in each draw: Student's t with 4 degrees of freedom, scaled so
        that 90 % of it lies where 90 % of a normal of sd 1 does.
    seed : int
    """

    effects: Effects
    deviations: NDArray[np.float64]
    seed: int

    @property
    def n_draws(self) -> int:
        """Number of draws."""
        return len(self.deviations)

    def totals(
        self, allocation: NDArray[np.integer], against: NDArray[np.integer] | None = None
    ) -> NDArray[np.float64]:
        """Draw what a portfolio holds in all.

        Parameters
        ----------
        allocation : uint8 array, shape (n_units,)
        against : uint8 array, shape (n_units,), optional
            Another portfolio that is taken off: only units that differ add local spread.

        Returns
        -------
        float64 array, shape (n_draws, n_features)
            In the features' amounts; mean and spread are those of `Effects.total_spread`.
        """
        other = np.zeros_like(allocation) if against is None else against
        same = allocation == other
        n_deviations, n_features = self.deviations.shape[1:]
        mean, local = np.zeros(n_features), np.zeros(n_features)
        shared = np.zeros((n_deviations, n_features))
        for sign, one in ((1.0, allocation), (-1.0, other)):
            changed = np.where(same, 0, one)
            if changed.any():
                loading, variance = self.effects.total_spread(changed)
                mean += sign * self.effects.chosen(changed).sum(axis=0)
                shared += sign * loading
                local += variance
        own = np.random.default_rng([self.seed, 1]).standard_normal((self.n_draws, n_features))
        drawn = np.einsum("sdf,df->sf", self.deviations, shared)
        return np.asarray(mean + drawn + np.sqrt(local) * own)

    def blocks(self, draw: int, *, local: bool = True) -> Iterator[NDArray[np.float64]]:
        """Yield one draw of the effects of all units, block after block.

        Parameters
        ----------
        draw : int
            Position of the draw.
        local : bool
            Whether each unit deviates on its own too.

        Yields
        ------
        float64 array, shape (up to 4,096, n_interventions, n_features)
            The units in their order. The same for the same seed, whichever blocks came before.
        """
        n_units = self.effects.shape[0]
        for number, start in enumerate(range(0, n_units, BLOCK_UNITS)):
            rows = slice(start, min(start + BLOCK_UNITS, n_units))
            shared_sd, local_sd = self.effects.block_sd(rows)
            drawn = self.effects.block(rows) + self._shared(rows, draw, shared_sd)
            if local:
                rng = np.random.default_rng([self.seed, 2, draw, number])
                drawn += local_sd * rng.standard_normal(drawn.shape, dtype=np.float32)
            yield drawn

    def _shared(self, rows: slice, draw: int, sd: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the shared part of some units in a draw; `sd` is its standard deviation."""
        z = self.deviations[draw]
        if not isinstance(self.effects, FactoredEffects):
            return np.asarray(sd * z[None])
        effects = self.effects
        ratio = np.einsum("sadf,df->saf", effects.sizes.ratio_loading, z)
        drawn = effects.moved[rows][:, None, :] * ratio[effects.stratum[rows]]
        if effects.modeled is not None:
            loading = np.einsum("kadf,df->kaf", effects.modeled.loading, z)
            drawn += np.einsum("ik,kaf->iaf", effects.modeled.response[rows], loading)
        if type(effects) is FactoredEffects:
            return np.asarray(drawn)
        whole, _ = FactoredEffects.block_sd(effects, rows)
        return np.asarray(drawn * np.divide(sd, whole, out=np.zeros_like(sd), where=whole > 0))


def draw_effects(effects: Effects, n_draws: int, seed: int = 0) -> Draws:
    """Draw the shared deviations of effects.

    Parameters
    ----------
    effects : Effects
    n_draws : int
    seed : int

    Returns
    -------
    Draws
        The same for the same seed.

    Raises
    ------
    DataError
        If `effects` are something else.
    """
    if not hasattr(effects, "total_spread"):
        raise DataError(wrong_kind("effects", effects, "Effects, as problem.effects"))
    n_units, n_options, n_features = effects.shape
    if isinstance(effects, FactoredEffects):
        n_deviations = effects.sizes.ratio_loading.shape[2]
    elif isinstance(effects, DenseEffects):
        n_deviations = n_options
    else:
        n_deviations = len(effects.total_spread(np.zeros(n_units, dtype=np.uint8))[0])
    rng = np.random.default_rng([seed, 0])
    heavy = rng.standard_t(TAIL_DF, (n_draws, n_deviations, n_features))
    return Draws(effects, heavy * (NORMAL_95 / (T4_95 * np.sqrt(2.0))), seed)
