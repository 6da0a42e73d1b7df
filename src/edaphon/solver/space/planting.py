"""Better patches, many places at a time: plant blocks, mend what they leave, keep what pays.

Blocks of neighbors are planted all over the landscape, patches that this leaves too small go to
whatever is worth most beside them, and then every part of the landscape that changed is judged on
its own: parts that are worth more stay, the others go back. Parts are cut so that whatever is kept
of them, no patch gets too small (the partition crossover of Whitley, Hains and Howe, 2009,
Proceedings of the 11th GECCO, for patches). To leave a local optimum, values are shaken by noise
for some rounds (the noising method of Charon and Hudry, 1993, Operations Research Letters 14,
133-137; from memory, not verified), then true again, and the same judgment by parts keeps the gains
alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edaphon.solver.space.graph import Graph

TRIED = 0.15
"""Blocks grown in one round, per unit."""
FEWEST = 60
"""The same, in small landscapes."""
_MENDED = 2
_TIRED = 0.25
"""How much less a block counts once it failed, relative to the lead (judgement, like the above)."""


@dataclass(frozen=True)
class Planting:
    """Where blocks are planted.

    Attributes
    ----------
    graph : Graph
    least : int
        Fewest units of a patch.
    best : float64 array, shape (n_groups, n_units)
        What every group is worth in every unit, -inf where forbidden.
    price : float
        Of a meter of boundary between groups.
    near : intp array, shape (n_units + 1, most neighbors)
        Neighbors of every unit, padded with n_units.
    lead : float
        By how much the best group of a unit leads on average; noise is measured by it.
    locked : bool
        Whether units must have a group other than 0.
    """

    graph: Graph
    least: int
    best: NDArray[np.float64]
    price: float
    near: NDArray[np.intp]
    lead: float
    locked: bool

    @classmethod
    def of(cls, graph: Graph, least: int, best: NDArray[np.float64], price: float) -> Planting:
        """Make one from values of the groups."""
        matrix, n_units = graph.matrix, graph.n_units
        counts = np.diff(matrix.indptr)
        width = int(counts.max(initial=1))
        near = np.full((n_units + 1, width), n_units, dtype=np.intp)
        near[:n_units][np.arange(width) < counts[:, None]] = matrix.indices
        ranked = np.sort(best, axis=0)
        leads = ranked[-1] - ranked[-2] if len(best) > 1 else np.zeros(1)
        leads = leads[np.isfinite(leads)]
        lead = float(leads.mean()) if len(leads) else 0.0
        return cls(graph, least, best, price, near, lead, bool(np.isneginf(best[0]).any()))

    def with_values(self, best: NDArray[np.float64]) -> Planting:
        """Return the same with other values."""
        return replace(self, best=best)

    def worth(self, group: NDArray[np.intp]) -> float:
        """Sum of the values less the priced boundary."""
        chosen = self.best[group, np.arange(len(group))].sum()
        return float(chosen - self.price * self.graph.exposed(group))

    def parts(self, group: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Patch of every unit and its size, (n_units,); units of group 0 stand alone."""
        first, second, n_units = self.graph.first, self.graph.second, self.graph.n_units
        same = (group[first] == group[second]) & (group[first] > 0)
        # pairs stand in the order of their first unit, so rows need no sorting
        starts = np.searchsorted(first[same], np.arange(n_units + 1))
        ends = (np.ones(int(same.sum())), second[same], starts)
        joined = csr_array(ends, shape=(n_units, n_units))
        part = connected_components(joined, directed=False)[1].astype(np.intp)
        return part, np.bincount(part)[part].astype(np.intp)

    def mended(self, group: NDArray[np.intp]) -> NDArray[np.intp]:
        """Give patches that are too small to what is worth most: nothing, or a group beside them.

        Of two small patches that touch, one waits. Some may be left where units are locked.
        """
        for k in range(_MENDED + 1):
            part, size = self.parts(group)
            units = np.flatnonzero((size < self.least) & (group > 0))
            if not len(units):
                break
            labels, local = np.unique(part[units], return_inverse=True)
            to, waits = self._taken_by(group, units, local, len(labels), last=k == _MENDED)
            moves = (to[local] >= 0) & ~waits[local]
            group = group.copy()
            group[units[moves]] = to[local[moves]]
        return group

    def _taken_by(
        self,
        group: NDArray[np.intp],
        units: NDArray[np.intp],
        local: NDArray[np.intp],
        count: int,
        *,
        last: bool,
    ) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
        """Best other group of every small patch (-1 for none), and which of them wait."""
        sums = np.stack([np.bincount(local, row[units], count) for row in self.best])
        patch = np.full(self.graph.n_units, -1, dtype=np.intp)
        patch[units] = local
        first = np.concatenate([self.graph.first, self.graph.second])
        second = np.concatenate([self.graph.second, self.graph.first])
        weight = np.concatenate([self.graph.weight, self.graph.weight])
        out = (patch[first] >= 0) & (patch[first] != patch[second])
        inside, beside = patch[first[out]], group[second[out]]
        if self.price > 0:
            np.add.at(sums, (beside, inside), self.price * weight[out])
        open_ = np.zeros(sums.shape, dtype=bool)
        if not last:
            open_[beside, inside] = True
        open_[0] = True
        open_[group[units], local] = False
        sums[~open_] = -np.inf
        to = sums.argmax(axis=0)
        to[np.isneginf(sums.max(axis=0))] = -1
        waits = np.zeros(count, dtype=bool)
        if not last:
            other = patch[second[out]]
            met = other >= 0
            # the smaller number goes first: which one hardly matters, but one has to
            waits[inside[met & (other < inside)]] = True
        return to, waits

    def fused(self, old: NDArray[np.intp], new: NDArray[np.intp]) -> NDArray[np.intp]:
        """Take those changed parts of a labeling that are worth more, and leave the others.

        Parameters
        ----------
        old, new : intp arrays, shape (n_units,)
            Every patch of `old` is large enough.

        Returns
        -------
        intp array, shape (n_units,)
            Every patch is large enough; worth at least as much as `old`.
        """
        changed = old != new
        if not changed.any():
            return old
        n_units = len(old)
        units = np.arange(n_units)
        # what both agree on and is large enough by itself carries whatever hangs on it
        both = self.parts(np.where(changed, 0, old))[1] >= self.least
        one = self.parts(np.where(both, 0, old))[0]
        two = self.parts(np.where(both, 0, new))[0]
        ends = [one], [n_units + two]
        first, second = self.graph.first, self.graph.second
        if self.price > 0:
            beside = changed[first] & changed[second]
            ends[0].append(one[first[beside]])
            ends[1].append(one[second[beside]])
        rows, columns = np.concatenate(ends[0]), np.concatenate(ends[1])
        shape = (2 * n_units, 2 * n_units)
        joined = csr_array((np.ones(len(rows), np.int8), (rows, columns)), shape=shape)
        piece = connected_components(joined, directed=False)[1][one]
        at = units[changed]
        gain = self.best[new[at], at] - self.best[old[at], at]
        total = np.bincount(piece[at], gain, piece.max() + 1)
        if self.price > 0:
            longer = (new[first] != new[second]).astype(float) - (old[first] != old[second])
            moved = np.flatnonzero(longer)
            owner = np.where(changed[first[moved]], first[moved], second[moved])
            paid = self.price * longer[moved] * self.graph.weight[moved]
            total -= np.bincount(piece[owner], paid, len(total))
        if self.locked:
            short = (self.parts(new)[1] < self.least) & (new > 0)
            total[piece[short]] = -np.inf
        pays = total > 1e-12 * max(1e-300, float(np.abs(gain[np.isfinite(gain)]).max(initial=0)))
        return np.where(pays[piece], new, old)

    def planted(
        self, group: NDArray[np.intp], rng: np.random.Generator, rounds: int
    ) -> NDArray[np.intp]:
        """Plant blocks all over, several rounds; worth at least as much as before."""
        tired = np.zeros(self.best.shape)
        for k in range(rounds):
            shake = self.lead * (1.0 - k / rounds)
            to, unit, new = self._sown(group, tired, shake, rng)
            if not len(unit):
                break
            made = self.fused(group, self.mended(new))
            failed = made[unit] != to
            tired[to[failed], unit[failed]] += _TIRED * self.lead
            moved = np.append(made != group, False)
            for _ in range(2):
                moved[:-1] |= moved[self.near[:-1]].any(axis=1)
            tired[:, moved[:-1]] = 0.0
            group = made
        return group

    def _sown(
        self,
        group: NDArray[np.intp],
        tired: NDArray[np.float64],
        shake: float,
        rng: np.random.Generator,
    ) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
        """Change the most promising blocks that do not touch: groups, first units, labeling."""
        n_units = len(group)
        gain = np.full((len(self.best), n_units + 1), -np.inf)
        gain[:, :-1] = self.best - self.best[group, np.arange(n_units)]
        if self.price > 0:
            alike = np.zeros((n_units, len(self.best)))
            alike[np.arange(n_units), group] = 1.0
            touching = (self.graph.matrix @ alike).T
            gain[:, :-1] += self.price * (touching - touching[group, np.arange(n_units)])
        score = gain[:, :-1] + shake * rng.normal(size=self.best.shape) - tired
        score[group, np.arange(n_units)] = -np.inf
        count = min(max(FEWEST, int(TRIED * n_units)), score.size - 1)
        some = np.argpartition(-score, count, axis=None)[:count]
        to, unit = np.divmod(some, n_units)
        block, worth = self._grown(gain, np.append(group, -1), to, unit)
        order = worth + shake * rng.normal(size=len(worth))
        ranked = np.argsort(-order, kind="stable")[: int((order > 0).sum())]
        held = bytearray(n_units + 1)
        taken, kept = np.frombuffer(held, dtype=np.uint8), []
        for k, units in zip(ranked.tolist(), block[ranked].tolist(), strict=True):
            if any(held[one] for one in units):
                continue
            taken[self.near[self.near[units]]] = 1
            taken[units] = 1
            taken[n_units] = 0
            kept.append(k)
        new = np.append(group, -1)
        new[block[kept]] = to[kept, None]
        return to[kept], unit[kept], new[:-1]

    def _grown(
        self,
        gain: NDArray[np.float64],
        group: NDArray[np.intp],
        to: NDArray[np.intp],
        unit: NDArray[np.intp],
    ) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Grow blocks by the best neighbor until they are large enough or meet their group.

        Returns
        -------
        block : intp array, shape (n_blocks, least)
            Padded with n_units.
        worth : float64 array, shape (n_blocks,)
            -inf where a block cannot grow.
        """
        block = np.full((len(unit), self.least), gain.shape[1] - 1, dtype=np.intp)
        block[:, 0] = unit
        worth = gain[to, unit].copy()
        growing = np.flatnonzero(to > 0)
        for size in range(1, self.least):
            if not len(growing):
                break
            around = self.near[block[growing, :size]].reshape(len(growing), -1)
            alone = ~(group[around] == to[growing, None]).any(axis=1)
            growing, around = growing[alone], around[alone]
            more = gain[to[growing, None], around]
            for inside in range(size):
                more[around == block[growing, inside, None]] = -np.inf
            rows, pick = np.arange(len(growing)), more.argmax(axis=1)
            block[growing, size] = around[rows, pick]
            worth[growing] += more[rows, pick]
        return block, worth
