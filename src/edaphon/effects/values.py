"""The values of the effects stage: EffectSizes by stratum, and Effects by unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.errors import Finding

BASES = ("none", "pooled", "literature", "judgement", "bundle")
GRADES = ("-", "A", "B", "C", "D")


@dataclass(frozen=True)
class EffectSizes:
    """Log response ratios by stratum, intervention and feature, position 0 = baseline (all 0).

    Attributes
    ----------
    strata, interventions, features : tuple of str
    lnrr : float64 array, shape (n_strata, n_interventions, n_features)
        Pooled mean lnRR, already scaled by horizon / time to effect and combination factors;
        exactly 0 where basis is none or the evidence is not applicable.
    ratio_loading : float64 array, shape (n_strata, n_interventions, n_deviations, n_features)
        Shared standard deviation of ``exp(lnRR) - 1`` that each shared deviation brings; the
        deviations are independent, one per intervention with evidence of its own, so a bundle
        without its own evidence loads on its parts'.
    ratio_sd_local : float64 array, shape (n_strata, n_interventions, n_features)
        Local standard deviation of ``exp(lnRR) - 1`` (own to a unit).
    grade, basis : uint8 arrays, shape (n_strata, n_interventions, n_features)
        Indices into GRADES and BASES.
    applicable : bool array, same shape
        Evidence of the stratum's climate exists.
    source : object array of str, same shape
        Citation, "" where there is none.
    studies : int32 array, same shape
    findings : tuple of Finding
    """

    strata: tuple[str, ...]
    interventions: tuple[str, ...]
    features: tuple[str, ...]
    lnrr: NDArray[np.float64]
    ratio_loading: NDArray[np.float64]
    ratio_sd_local: NDArray[np.float64]
    grade: NDArray[np.uint8]
    basis: NDArray[np.uint8]
    applicable: NDArray[np.bool_]
    source: NDArray[np.object_]
    studies: NDArray[np.int32]
    findings: tuple[Finding, ...] = ()

    @property
    def ratio_sd_shared(self) -> NDArray[np.float64]:
        """Shared sd of ``exp(lnRR) - 1``, shape (n_strata, n_interventions, n_features)."""
        sd: NDArray[np.float64] = np.sqrt((self.ratio_loading**2).sum(axis=2))
        return sd


class Effects(Protocol):
    """Change against the baseline, logically (n_units, n_interventions, n_features).

    Every implementation sums in float64. Positions: unit, intervention, feature.
    """

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_units, n_interventions, n_features)."""
        ...

    @property
    def stock(self) -> NDArray[np.float64]:
        """Today's amount, shape (n_units, n_features); 0 where a feature has no stock."""
        ...

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        ...

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        ...

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        ...

    def total_spread(
        self, allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spread of a portfolio's totals, in closed form.

        Returns
        -------
        shared : float64 array, shape (n_deviations, n_features)
            Signed loading of each total on each shared deviation; the shared variance of
            ``sum_f c_f total_f`` is ``sum over d and f of (c_f shared[d, f]) ** 2``, since
            deviations are independent between features. For the difference of two portfolios
            subtract the loadings first.
        local : float64 array, shape (n_features,)
            Local variance of each total.
        """
        ...

    def applicable(self, allocation: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether state and evidence of the chosen option are applicable, shape (n_units,)."""
        ...


@dataclass(frozen=True)
class FactoredEffects:
    """State x effect sizes x area, by stratum; nothing of size units x interventions is held.

    Attributes
    ----------
    stock, stock_sd : float64 arrays, shape (n_units, n_features)
        Amount today (state per ha x area) and its sd.
    stratum : int16 array, shape (n_units,)
        Position of each unit's stratum in `sizes`.
    sizes : EffectSizes
    state_applicable : bool array, shape (n_units, n_features)
    """

    stock: NDArray[np.float64]
    stock_sd: NDArray[np.float64]
    stratum: NDArray[np.int16]
    sizes: EffectSizes
    state_applicable: NDArray[np.bool_]

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_units, n_interventions, n_features)."""
        return (len(self.stratum), self.sizes.lnrr.shape[1], self.stock.shape[1])

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        ratio = np.expm1(self.sizes.lnrr)[self.stratum[rows]]
        effects: NDArray[np.float64] = self.stock[rows][:, None, :] * ratio
        return effects

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        stratum = self.stratum[rows]
        stock = self.stock[rows][:, None, :]
        shared = np.abs(stock) * self.sizes.ratio_sd_shared[stratum]
        spread = self.sizes.ratio_sd_local[stratum]
        ratio = np.expm1(self.sizes.lnrr)[stratum]
        common = self.sizes.ratio_sd_shared[stratum]
        stock_var = self.stock_sd[rows][:, None, :] ** 2
        local = np.sqrt((stock * spread) ** 2 + stock_var * (ratio**2 + spread**2 + common**2))
        return shared, local

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        ratio: NDArray[np.float64] = np.expm1(self.sizes.lnrr)[self.stratum, allocation]
        return self.stock * ratio

    def total_spread(
        self, allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spread of a portfolio's totals; see `Effects.total_spread`."""
        n_strata, n_options, n_deviations, n_features = self.sizes.ratio_loading.shape
        pair = self.stratum.astype(np.int64) * n_options + allocation
        loading = self.sizes.ratio_loading.reshape(n_strata * n_options, n_deviations, n_features)
        spread = self.sizes.ratio_sd_local[self.stratum, allocation]
        ratio = np.expm1(self.sizes.lnrr)[self.stratum, allocation]
        common = self.sizes.ratio_sd_shared[self.stratum, allocation]
        local = (
            (self.stock * spread) ** 2 + self.stock_sd**2 * (ratio**2 + spread**2 + common**2)
        ).sum(axis=0)
        shared = np.zeros((n_deviations, n_features))
        for f in range(n_features):
            stock = np.bincount(pair, weights=self.stock[:, f], minlength=n_strata * n_options)
            shared[:, f] = stock @ loading[:, :, f]
        return shared, local

    def applicable(self, allocation: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Whether state and evidence of the chosen option are applicable, shape (n_units,).

        A unit is outside where a feature's evidence comes from other climates only, where a used
        state lies outside its surrogate's area of applicability, or where the option has no
        evidence for any feature.
        """
        evidence = self.sizes.basis[self.stratum, allocation] > 0
        foreign = evidence & ~self.sizes.applicable[self.stratum, allocation]
        used = evidence & ~foreign
        outside = foreign | (used & ~self.state_applicable)
        nothing = ~evidence.any(axis=1)
        inside: NDArray[np.bool_] = ~(outside.any(axis=1) | nothing)
        inside[np.asarray(allocation) == 0] = True
        return inside


@dataclass(frozen=True)
class DenseEffects:
    """Effects given as arrays (analysts, unit-level learners, Marxan).

    Attributes
    ----------
    mean : float64 array, shape (n_units, n_interventions, n_features)
    stock : float64 array, shape (n_units, n_features)
        Today's amount; zeros where there is none.
    sd_shared, sd_local : float64 arrays of the shape of `mean`, or None
        Spread, 0 if None. One shared deviation per intervention and feature.
    """

    mean: NDArray[np.float64]
    stock: NDArray[np.float64]
    sd_shared: NDArray[np.float64] | None = None
    sd_local: NDArray[np.float64] | None = None

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_units, n_interventions, n_features)."""
        n_units, n_options, n_features = self.mean.shape
        return (n_units, n_options, n_features)

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        return self.mean[rows]

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        zeros = np.zeros_like(self.mean[rows])
        shared = zeros if self.sd_shared is None else self.sd_shared[rows]
        local = zeros if self.sd_local is None else self.sd_local[rows]
        return shared, local

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        chosen: NDArray[np.float64] = self.mean[np.arange(len(self.mean)), allocation]
        return chosen

    def total_spread(
        self, allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spread of a portfolio's totals; see `Effects.total_spread`."""
        n_units, n_options, n_features = self.mean.shape
        units = np.arange(n_units)
        shared = np.zeros((n_options, n_features))
        local = np.zeros(n_features)
        if self.sd_shared is not None:
            np.add.at(shared, np.asarray(allocation), self.sd_shared[units, allocation])
        if self.sd_local is not None:
            local = (self.sd_local[units, allocation] ** 2).sum(axis=0)
        return shared, local

    def applicable(self, allocation: NDArray[np.integer]) -> NDArray[np.bool_]:
        """All True: arrays come without an area of applicability, shape (n_units,)."""
        return np.ones(len(np.asarray(allocation)), dtype=bool)
