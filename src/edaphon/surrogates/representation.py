"""How well sites chosen on one set of layers represent another: the species accumulation index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import gammaln

if TYPE_CHECKING:
    from numpy.typing import NDArray


def represented(found: NDArray[np.float64], chosen: NDArray[np.int64]) -> float:
    """Return how well chosen sites represent species: the mean root of each one's share in them.

    Parameters
    ----------
    found : float64 array, shape (n_sites, n_species)
        1 and 0; species found nowhere do not count.
    chosen : int64 array, shape (n_chosen,)
        Positions of sites.

    Returns
    -------
    float
        0 to 1; the root makes the first occurrences of a species worth more than the last.
    """
    total = found.sum(axis=0)
    present = total > 0
    share = found[chosen].sum(axis=0)[present] / total[present]
    return float(np.sqrt(share).mean()) if present.any() else 0.0


def represented_by_chance(found: NDArray[np.float64], n_chosen: int) -> float:
    """Return the mean of `represented` over all choices of so many sites.

    Parameters
    ----------
    found : float64 array, shape (n_sites, n_species)
        1 and 0.
    n_chosen : int

    Returns
    -------
    float

    Notes
    -----
    Exact: the occurrences among sites drawn without replacement are hypergeometric.
    """
    n_sites = len(found)
    totals, n_species = np.unique(found.sum(axis=0).astype(np.int64), return_counts=True)
    totals, n_species = totals[totals > 0], n_species[totals > 0]
    if len(totals) == 0:
        return 0.0
    table = gammaln(np.arange(n_sites + 1) + 1.0)
    number = np.arange(min(int(totals.max()), n_chosen) + 1)
    inside, outside = totals[:, None] - number, n_sites - totals[:, None] - (n_chosen - number)
    possible = (inside >= 0) & (outside >= 0)
    inside, outside = np.maximum(inside, 0), np.maximum(outside, 0)
    ways = table[totals][:, None] - table[number] - table[inside]
    ways = ways + (table[n_sites - totals][:, None] - table[n_chosen - number] - table[outside])
    chance = np.exp(ways + table[n_chosen] + table[n_sites - n_chosen] - table[n_sites])
    roots = np.where(possible, chance * np.sqrt(number / totals[:, None]), 0.0).sum(axis=1)
    return float(np.average(roots, weights=n_species))


def choose_sites(
    layers: NDArray[np.float64], n_chosen: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Choose sites that represent layers, one after the other by what each adds.

    Parameters
    ----------
    layers : float64 array, shape (n_sites, n_layers)
        Predicted or observed amounts, 0 or above.
    n_chosen : int
    rng : Generator
        Breaks ties.

    Returns
    -------
    int64 array, shape (n_chosen,)
        Positions in the order of choice.

    Notes
    -----
    Greedy on the sum of roots of shares (`represented`), which is monotone and submodular: within
    1 - 1/e of the best choice (Nemhauser, Wolsey & Fisher 1978, Mathematical Programming 14,
    265-294), in practice nearer. With one layer these are the sites of its largest amounts.
    """
    order = rng.permutation(len(layers))
    total = layers.sum(axis=0)
    shares = layers[:, total > 0][order] / total[total > 0]
    if shares.shape[1] == 0:
        return np.asarray(order[:n_chosen], dtype=np.int64)
    if shares.shape[1] == 1:
        best = np.argsort(-shares[:, 0], kind="stable")[:n_chosen]
        return np.asarray(order[best], dtype=np.int64)
    held = np.zeros(shares.shape[1])
    still_open = np.zeros(len(shares))
    picked = np.empty(n_chosen, dtype=np.int64)
    for step in range(n_chosen):
        gain = np.sqrt(shares + held).sum(axis=1) + still_open
        picked[step] = int(gain.argmax())
        still_open[picked[step]] = -np.inf
        held = held + shares[picked[step]]
    return np.asarray(order[picked], dtype=np.int64)


@dataclass(frozen=True)
class Yardstick:
    """What any choice of sites is measured against.

    Attributes
    ----------
    targets : float64 array, shape (n_sites, n_targets)
        Where each target was found, 1 and 0.
    n_chosen : int
        Sites within the budget.
    by_chance : float
        Mean representation of sites chosen at random, R.
    optimum : float
        Representation of sites chosen on the observations themselves, O.
    """

    targets: NDArray[np.float64]
    n_chosen: int
    by_chance: float
    optimum: float

    def index(self, layers: NDArray[np.float64], rng: np.random.Generator) -> float:
        """Species accumulation index of choosing on layers, (n_sites, n_layers).

        1 = as good as knowing the targets, 0 = as good as chance, below 0 = worse than chance.
        NaN where knowing the targets is no better than chance.
        """
        if not self.optimum > self.by_chance + 1e-12:
            return float("nan")
        reached = represented(self.targets, choose_sites(layers, self.n_chosen, rng))
        return (reached - self.by_chance) / (self.optimum - self.by_chance)


def lay_yardstick(
    targets: NDArray[np.float64], budget: float, rng: np.random.Generator
) -> Yardstick:
    """Measure what chance and full knowledge reach on the observed targets.

    Parameters
    ----------
    targets : float64 array, shape (n_sites, n_targets)
        1 and 0.
    budget : float
        Share of the sites that may be chosen.
    rng : Generator

    Returns
    -------
    Yardstick

    Notes
    -----
    ``SAI = (S - R) / (O - R)``: Rodrigues & Brooks (2007), Annual Review of Ecology, Evolution and
    Systematics 38, 713-737; Grantham et al. (2010), PLoS ONE 5, e11430. They compare areas under
    accumulation curves; here it is read at the one budget that the planner has.
    """
    n_chosen = min(max(1, round(budget * len(targets))), len(targets))
    optimum = represented(targets, choose_sites(targets, n_chosen, rng))
    return Yardstick(targets, n_chosen, represented_by_chance(targets, n_chosen), optimum)


def resampled_blocks(
    together: NDArray[np.int64], n_draws: int, rng: np.random.Generator
) -> list[NDArray[np.int64]]:
    """Draw whole blocks of ground with replacement, again and again.

    Parameters
    ----------
    together : int64 array, shape (n_sites,)
        Label of the block of each site.
    n_draws : int
    rng : Generator

    Returns
    -------
    list of int64 array
        Positions of sites, of as many blocks as there are, some of them several times.

    Notes
    -----
    The bootstrap by clusters: Davison & Hinkley (1997), Bootstrap Methods and their Application,
    section 3.8 (from memory, not verified).
    """
    members = [np.flatnonzero(together == label) for label in np.unique(together)]
    draws = rng.integers(len(members), size=(n_draws, len(members)))
    return [np.concatenate([members[label] for label in drawn]) for drawn in draws]
