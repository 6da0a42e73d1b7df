"""The values of the effects stage: EffectSizes by stratum, and Effects by unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.errors import Finding

BASES = ("none", "pooled", "literature", "judgement", "bundle", "model")
GRADES = ("-", "A", "B", "C", "D")
BLOCK_UNITS = 4096
"""Units that are worked on together; sums run over blocks in their order."""


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
class Modeled:
    """Effects that a process model gives: what a unit answers x what an intervention brings.

    The model is linear in what is brought, so the effect of option a on feature f in unit i is
    ``sum over k of response[i, k] x brought[k, a, f]``, exactly. For RothC a term k is the gain
    per tonne of carbon and year under one plant cover, or the change of that cover itself.

    Attributes
    ----------
    response : float64 array, shape (n_units, n_terms)
        Amount (t) that one unit of each term changes in the whole planning unit.
    brought : float64 array, shape (n_terms, n_interventions, n_features)
    loading : float64 array, shape (n_terms, n_interventions, n_deviations, n_features)
        Standard deviation of `brought` by shared deviation, the same deviations as the effect
        sizes'; 0 where the effect sizes hold the spread.
    local : float64 array, shape (n_terms, n_interventions, n_features), or None
        Local standard deviation of `brought`; None = 0, or held by the effect sizes.
    response_sd : float64 array, shape (n_units, n_terms), or None
        Standard deviation of `response`, own to each unit; None = 0.
    """

    response: NDArray[np.float64]
    brought: NDArray[np.float64]
    loading: NDArray[np.float64]
    local: NDArray[np.float64] | None = None
    response_sd: NDArray[np.float64] | None = None

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        return np.asarray(np.einsum("ik,kaf->iaf", self.response[rows], self.brought))

    def block_sd_shared(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Shared sd of some units, shape (len(rows), n_interventions, n_features)."""
        parts = np.einsum("ik,kadf->iadf", self.response[rows], self.loading)
        return np.asarray(np.sqrt((parts**2).sum(axis=2)))

    def block_var_local(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Local variance of some units, shape (len(rows), n_interventions, n_features)."""
        own, of_response = self._local_parts()
        variance = np.einsum("ik,kaf->iaf", self.response[rows] ** 2, own)
        if self.response_sd is not None:
            variance += np.einsum("ik,kaf->iaf", self.response_sd[rows] ** 2, of_response)
        return np.asarray(variance)

    def _local_parts(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what squares of the response, and of its sd, are multiplied by: (k, a, f) each."""
        own = np.zeros_like(self.brought) if self.local is None else self.local**2
        return own, self.brought**2 + own + (self.loading**2).sum(axis=2)

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        brought = np.moveaxis(self.brought, 1, 0)[allocation]
        return np.asarray(np.einsum("ik,ikf->if", self.response, brought))

    def total_loading(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return how a portfolio's totals load, shape (n_deviations, n_features)."""
        totals = self._by_option(self.response, allocation)
        return np.asarray(np.einsum("ka,kadf->df", totals, self.loading))

    def total_var_local(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the local variance of a portfolio's totals, shape (n_features,)."""
        own, of_response = self._local_parts()
        totals = self._by_option(self.response**2, allocation)
        variance = np.einsum("ka,kaf->f", totals, own)
        if self.response_sd is not None:
            totals = self._by_option(self.response_sd**2, allocation)
            variance += np.einsum("ka,kaf->f", totals, of_response)
        return np.asarray(variance)

    def _by_option(
        self, amounts: NDArray[np.float64], allocation: NDArray[np.integer]
    ) -> NDArray[np.float64]:
        """Sum amounts of units and terms over the units of each option: (n_terms, n_options)."""
        n = self.brought.shape[1]
        return np.stack([np.bincount(allocation, weights=one, minlength=n) for one in amounts.T])


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
    modeled : Modeled or None
        Effects that a process model gives besides; their pairs have lnRR 0 and basis "model".
    answering : float64 array, shape (n_units, n_features), or None
        What the relative changes multiply, the stock if None. Of a probability p that a place
        holds a species it is p (1 - p) x area: the change of p where its odds change by the ratio
        exp(lnRR), to the first order; `edaphon.effects.expected` has the whole.
    answering_sd : float64 array, shape (n_units, n_features), or None
    """

    stock: NDArray[np.float64]
    stock_sd: NDArray[np.float64]
    stratum: NDArray[np.int16]
    sizes: EffectSizes
    state_applicable: NDArray[np.bool_]
    modeled: Modeled | None = None
    answering: NDArray[np.float64] | None = None
    answering_sd: NDArray[np.float64] | None = None

    @property
    def moved(self) -> NDArray[np.float64]:
        """What the relative changes multiply, shape (n_units, n_features)."""
        return self.stock if self.answering is None else self.answering

    @property
    def moved_sd(self) -> NDArray[np.float64]:
        """Sd of `moved`, shape (n_units, n_features)."""
        return self.stock_sd if self.answering_sd is None else self.answering_sd

    @property
    def shape(self) -> tuple[int, int, int]:
        """(n_units, n_interventions, n_features)."""
        return (len(self.stratum), self.sizes.lnrr.shape[1], self.stock.shape[1])

    def block(self, rows: slice | NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of some units, shape (len(rows), n_interventions, n_features)."""
        ratio = np.expm1(self.sizes.lnrr)[self.stratum[rows]]
        effects: NDArray[np.float64] = self.moved[rows][:, None, :] * ratio
        return effects if self.modeled is None else effects + self.modeled.block(rows)

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        stratum = self.stratum[rows]
        stock = self.moved[rows][:, None, :]
        shared = np.abs(stock) * self.sizes.ratio_sd_shared[stratum]
        if self.modeled is not None:
            shared = np.hypot(shared, self.modeled.block_sd_shared(rows))
        spread = self.sizes.ratio_sd_local[stratum]
        ratio = np.expm1(self.sizes.lnrr)[stratum]
        common = self.sizes.ratio_sd_shared[stratum]
        stock_var = self.moved_sd[rows][:, None, :] ** 2
        variance = (stock * spread) ** 2 + stock_var * (ratio**2 + spread**2 + common**2)
        if self.modeled is not None:
            variance += self.modeled.block_var_local(rows)
        return shared, np.sqrt(variance)

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        ratio: NDArray[np.float64] = np.expm1(self.sizes.lnrr)[self.stratum, allocation]
        effects = self.moved * ratio
        return effects if self.modeled is None else effects + self.modeled.chosen(allocation)

    def total_spread(
        self, allocation: NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Spread of a portfolio's totals; see `Effects.total_spread`."""
        n_strata, n_options, _, n_features = self.sizes.ratio_loading.shape
        ratios = np.expm1(self.sizes.lnrr)
        known = ratios**2 + self.sizes.ratio_sd_local**2 + self.sizes.ratio_sd_shared**2
        stock, local = np.zeros((n_strata * n_options, n_features)), np.zeros(n_features)
        for start in range(0, len(self.stratum), BLOCK_UNITS):  # so that memory stays flat
            rows = slice(start, start + BLOCK_UNITS)
            at = self.stratum[rows], allocation[rows]
            moved = self.moved[rows]
            own = (moved * self.sizes.ratio_sd_local[at]) ** 2
            local += (own + self.moved_sd[rows] ** 2 * known[at]).sum(axis=0)
            pair = at[0].astype(np.int64) * n_options + at[1]
            for f in range(n_features):
                stock[:, f] += np.bincount(pair, weights=moved[:, f], minlength=len(stock))
        loading = self.sizes.ratio_loading.reshape(len(stock), -1, n_features)
        shared: NDArray[np.float64] = np.einsum("pf,pdf->df", stock, loading)
        if self.modeled is not None:
            shared += self.modeled.total_loading(allocation)
            local += self.modeled.total_var_local(allocation)
        return shared, local

    def mean_ratio(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Relative change of each pair, averaged over the stock of each stratum.

        Returns
        -------
        mean, sd_shared : float64 arrays, shape (n_strata, n_interventions, n_features)
            exp(lnRR) - 1 and its shared sd, with what a process model gives besides; the latter is
            left out where a stratum has no stock.
        """
        mean, shared = np.expm1(self.sizes.lnrr), self.sizes.ratio_sd_shared
        if self.modeled is None:
            return mean, shared
        added, spread = np.zeros_like(mean), np.zeros_like(mean)
        for s in range(len(mean)):
            rows = np.flatnonzero(self.stratum == s)
            stock = self.stock[rows].sum(axis=0)
            answer = self.modeled.response[rows].sum(axis=0)
            total = np.einsum("k,kaf->af", answer, self.modeled.brought)
            parts = np.einsum("k,kadf->adf", answer, self.modeled.loading)
            sd = np.sqrt((parts**2).sum(axis=1))
            np.divide(total, stock, out=added[s], where=np.broadcast_to(stock > 0, total.shape))
            np.divide(sd, stock, out=spread[s], where=np.broadcast_to(stock > 0, sd.shape))
        return mean + added, np.hypot(shared, spread)

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
    mean : float64 or float32 array, shape (n_units, n_interventions, n_features)
        In single precision it takes half the memory; whatever is taken out of it is float64.
    stock : float64 array, shape (n_units, n_features)
        Today's amount; zeros where there is none.
    sd_shared, sd_local : float64 arrays of the shape of `mean`, or None
        Spread, 0 if None. One shared deviation per intervention and feature.
    """

    mean: NDArray[np.float64] | NDArray[np.float32]
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
        return self.mean[rows].astype(np.float64, copy=False)

    def block_sd(
        self, rows: slice | NDArray[np.integer]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Shared and local sd of some units, each (len(rows), n_interventions, n_features)."""
        zeros = np.zeros_like(self.mean[rows], dtype=np.float64)
        shared = zeros if self.sd_shared is None else self.sd_shared[rows]
        local = zeros if self.sd_local is None else self.sd_local[rows]
        return shared, local

    def chosen(self, allocation: NDArray[np.integer]) -> NDArray[np.float64]:
        """Mean effects of the chosen options, shape (n_units, n_features)."""
        chosen = self.mean[np.arange(len(self.mean)), allocation]
        return np.asarray(chosen, dtype=np.float64)

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
