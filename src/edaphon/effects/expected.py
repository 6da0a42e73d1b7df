"""Effects that are expected: carried out with a probability, bounded, odds that stay odds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from edaphon.effects.values import FactoredEffects, Modeled

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True)
class ExpectedEffects(FactoredEffects):
    """Factored effects that saturate, and that come true with a probability.

    A probability q that a place holds a species answers on the logit scale: its odds change by
    exp(lnRR), so that it becomes ``q k / (1 - q + q k)`` with k = exp(lnRR), and its change is
    ``q (1 - q) (k - 1) / (1 + q (k - 1))``: the effect to the first order over what stands below.

    With E the effect of the evidence, R the room of its unit and feature and p the probability that
    the option is carried out, the mean effect is ``p g(E)``, with ``g(E) = R (1 - exp(-E / R))``
    for gains and the same toward the floor for losses. Its shared deviation is ``p g'(E) s`` (all
    that adopt have it in common), its local variance ``p (g' l)^2 + p (1 - p) (g^2 + (g' s)^2)``:
    the variance of a product with a yes-or-no variable of its own in each unit, to the first order
    in g.

    Attributes
    ----------
    probability : float64 array, shape (n_units, n_interventions), or None
        That an option, once chosen, is carried out; 1 for the baseline. None = certain.
    room_up, room_down : float64 arrays, shape (n_units, n_features), or None
        Most by which the amount can rise and fall, 0 or above, inf where nothing bounds it.
    odds : float64 array, shape (n_units, n_features), or None
        Today's probability of the features that are one, 0 for the others; `answering` is then
        ``q (1 - q) x area``.

    Notes
    -----
    Exponential approach to a ceiling: the asymptotic form of carbon saturation (Stewart et al.
    2007, Biogeochemistry 86:19-31, from memory, not verified); that it holds for the gain against
    the room left is a judgement.
    """

    probability: NDArray[np.float64] | None = None
    room_up: NDArray[np.float64] | None = None
    room_down: NDArray[np.float64] | None = None
    odds: NDArray[np.float64] | None = None

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        bounded, _ = self._bounded(super().block(rows), rows)
        if self.probability is not None:
            bounded = bounded * self.probability[rows][:, :, None]
        return bounded

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        shared, local = super().block_sd(rows)
        bounded, slope = self._bounded(super().block(rows), rows)
        shared, local = shared * slope, local * slope
        if self.probability is None:
            return shared, local
        p = self.probability[rows][:, :, None]
        variance = p * local**2 + p * (1.0 - p) * (bounded**2 + shared**2)
        return p * shared, np.sqrt(variance)

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        bounded, _ = self._bounded_of(super().chosen(allocation), allocation)
        return bounded * self._probability_of(allocation)[:, None]

    def total_spread(
        self, allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spread of a portfolio's totals; see `Effects.total_spread`."""
        bounded, slope = self._bounded_of(super().chosen(allocation), allocation)
        p = self._probability_of(allocation)[:, None]
        shared, _ = self._scaled_spread(allocation, p * slope)
        _, local = self._scaled_spread(allocation, np.sqrt(p) * slope)
        if self.probability is not None:
            common = self._shared_var(allocation) * slope**2
            local = local + (p * (1.0 - p) * (bounded**2 + common)).sum(axis=0)
        return shared, local

    def _probability_of(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Probability of the chosen options, shape (n_units,)."""
        if self.probability is None:
            return np.ones(len(self.stratum))
        chances: NDArray[np.float64] = self.probability[np.arange(len(self.stratum)), allocation]
        return chances

    def _bounded(
        self, effects: NDArray[np.float64], rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bound effects of shape (rows, n_interventions, n_features); return them and the slope."""
        given = (self.room_up, self.room_down, self.odds)
        up, down, odds = (None if one is None else one[rows][:, None, :] for one in given)
        ratio = np.expm1(self.sizes.lnrr)[self.stratum[rows]]
        return _shaped(effects, ratio, odds, up, down)

    def _bounded_of(
        self, effects: NDArray[np.float64], allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Bound effects of the chosen options, (n_units, n_features); with the slope."""
        ratio = np.expm1(self.sizes.lnrr)[self.stratum, allocation]
        return _shaped(effects, ratio, self.odds, self.room_up, self.room_down)

    def _scaled_spread(
        self, allocation: NDArray[np.integer], factor: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the total spread of effects that are multiplied by a factor, (n_units, n_f)."""
        plain = FactoredEffects(
            stock=self.stock,
            stock_sd=self.stock_sd,
            stratum=self.stratum,
            sizes=self.sizes,
            state_applicable=self.state_applicable,
            answering=self.moved * factor,
            answering_sd=self.moved_sd * factor,
        )
        shared, local = plain.total_spread(allocation)
        if self.modeled is None:
            return shared, local
        for f in range(self.shape[2]):
            scaled = _scaled(self.modeled, np.broadcast_to(factor, self.stock.shape)[:, f])
            shared[:, f] += scaled.total_loading(allocation)[:, f]
            local[f] += scaled.total_var_local(allocation)[f]
        return shared, local

    def _shared_var(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Shared variance of the chosen options' effects before any bound, (n_units, n_f)."""
        variance: NDArray[np.float64] = (
            self.moved * self.sizes.ratio_sd_shared[self.stratum, allocation]
        ) ** 2
        if self.modeled is None:
            return variance
        for a in np.unique(allocation):
            rows = np.flatnonzero(allocation == a)
            parts = np.einsum(
                "ik,kdf->idf", self.modeled.response[rows], self.modeled.loading[:, a]
            )
            variance[rows] += (parts**2).sum(axis=1)
        return variance


def saturate(
    effects: NDArray[np.float64],
    room_up: NDArray[np.float64] | None,
    room_down: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Let effects approach the room that is left instead of passing it.

    Parameters
    ----------
    effects : float64 array
    room_up, room_down : float64 arrays that broadcast against it, or None
        Most that a gain and a loss can come to; None or inf = unbounded.

    Returns
    -------
    bounded : float64 array
        ``R (1 - exp(-E / R))`` for gains, ``-R (1 - exp(E / R))`` for losses.
    slope : float64 array
        Its derivative, ``exp(-|E| / R)``; 1 where nothing bounds the effect.
    """
    bounded, slope = effects, np.ones_like(effects)
    for sign, room in ((1.0, room_up), (-1.0, room_down)):
        if room is None:
            continue
        wide = np.broadcast_to(room, effects.shape)
        inside = (sign * effects > 0) & np.isfinite(wide)
        full = inside & (wide <= 1e-12 * np.abs(effects))
        part = np.divide(sign * effects, wide, out=np.zeros_like(effects), where=inside & ~full)
        curved = -np.where(inside, wide, 0.0) * np.expm1(-part)
        curved = sign * np.minimum(curved, np.abs(effects))  # tiny shares of the room are rounded
        bounded = np.where(full, 0.0, np.where(inside, curved, bounded))
        slope = np.where(full, 0.0, np.where(inside, np.exp(-part), slope))
    return bounded, slope


def expected(
    effects: FactoredEffects,
    probability: NDArray[np.float64] | None = None,
    room_up: NDArray[np.float64] | None = None,
    room_down: NDArray[np.float64] | None = None,
    odds: NDArray[np.float64] | None = None,
) -> FactoredEffects:
    """Return effects with a probability of being carried out and bounds, as given if none.

    Parameters
    ----------
    effects : FactoredEffects
    probability, room_up, room_down, odds
        As in `ExpectedEffects`.
    """
    if all(one is None for one in (probability, room_up, room_down, odds)):
        return effects
    return ExpectedEffects(
        stock=effects.stock,
        stock_sd=effects.stock_sd,
        stratum=effects.stratum,
        sizes=effects.sizes,
        state_applicable=effects.state_applicable,
        modeled=effects.modeled,
        answering=effects.answering,
        answering_sd=effects.answering_sd,
        probability=probability,
        room_up=room_up,
        room_down=room_down,
        odds=odds,
    )


def _shaped(
    effects: NDArray[np.float64],
    ratio: NDArray[np.float64],
    odds: NDArray[np.float64] | None,
    room_up: NDArray[np.float64] | None,
    room_down: NDArray[np.float64] | None,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return effects on the logit scale where they are probabilities, bounded; and the slope."""
    if odds is None:
        return saturate(effects, room_up, room_down)
    below = np.maximum(1.0 + odds * ratio, np.finfo(np.float64).tiny)
    bounded, slope = saturate(effects / below, room_up, room_down)
    return bounded, slope / below**2


def _scaled(modeled: Modeled, factor: NDArray[np.float64]) -> Modeled:
    """Return modeled effects whose response is multiplied unit by unit."""
    spread = modeled.response_sd
    return replace(
        modeled,
        response=modeled.response * factor[:, None],
        response_sd=None if spread is None else spread * factor[:, None],
    )
