"""Diversity of communities: Hill numbers, and how complete a sample is.

Pure numpy. A community is a vector of species' abundances along the last axis; any number of
leading axes holds further communities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from edaphon.soil.ranges import inside

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

MOST_INDIVIDUALS = 10**7
"""Individuals of one community up to which samples are rarefied (tables of that length)."""

FARTHEST = 2
"""Extrapolation reaches to this multiple of the sample. Chao et al. (2014, Ecological Monographs
84, 45-67) advise against going beyond double the sample for richness; kept here for every order."""

ORDERS = (0, 1, 2)


def hill_number(abundance: ArrayLike, order: float = 0.0) -> NDArray[np.float64]:
    """Return the Hill number: how many equally common species would be as diverse.

    ``qD = (sum p^q)^(1 / (1 - q))``, where p is the share of a species in the community.

    Parameters
    ----------
    abundance : array_like, shape (..., n_species)
        Individuals, cover or biomass, 0 or above; one unit for all species.
    order : float
        q, 0 or above: 0 counts species, 1 weighs them by their share (the exponential of Shannon's
        entropy, the limit for q -> 1), 2 counts common ones (one over Simpson's concentration),
        infinity looks at the commonest alone.

    Returns
    -------
    float64 array, shape (...)
        Effective number of species; 0 for a community without individuals.

    Raises
    ------
    ValueError
        If an abundance is negative or not finite, or `order` is negative.

    Notes
    -----
    Hill (1973), Ecology 54, 427-432; Jost (2006), Oikos 113, 363-375, for the reading
    as effective numbers. It describes the sample, not the ground: samples of unequal completeness
    are compared with `hill_at_coverage`.
    """
    if not order >= 0:
        raise ValueError(f"order: {order:g} lies outside its range, 0 or above")
    amounts = inside("abundance", abundance, 0.0, np.finfo(float).max, "")
    largest = amounts.max(axis=-1, keepdims=True, initial=0.0)
    # Divided by the largest first, so that sums cannot overflow.
    scaled = amounts / np.where(largest > 0, largest, 1.0)
    total = scaled.sum(axis=-1, keepdims=True)
    share = scaled / np.where(total > 0, total, 1.0)
    if order == 0:
        number = (share > 0).sum(axis=-1).astype(np.float64)
    else:
        number = np.exp(_log_hill(share, order))
    return np.asarray(np.where(total[..., 0] > 0, number, 0.0), dtype=np.float64)


def _log_hill(share: NDArray[np.float64], order: float) -> NDArray[np.float64]:
    """Logarithm of the Hill number of an order above 0, (..., n_species) to (...)."""
    present = share > 0
    logs = np.log(np.where(present, share, 1.0))
    top = np.where(present, logs, -np.inf).max(axis=-1, initial=-np.inf)
    top = np.where(present.any(axis=-1), top, 0.0)
    if np.isinf(order):
        return np.asarray(-top, dtype=np.float64)
    if order == 1:
        return np.asarray(-(share * logs).sum(axis=-1), dtype=np.float64)
    if abs(order - 1) < 0.5:
        # log of the mean of p^(q - 1), exact to rounding however near to order 1.
        moments = np.log1p((share * np.expm1((order - 1) * logs)).sum(axis=-1))
    else:
        # Relative to the commonest species, so that high orders do not underflow.
        powers = (present * np.exp(order * np.minimum(logs - top[..., None], 0.0))).sum(axis=-1)
        moments = order * top + np.log(np.where(powers > 0, powers, 1.0))
    return np.asarray(moments / (1 - order), dtype=np.float64)


def sample_coverage(counts: ArrayLike) -> NDArray[np.float64]:
    """Estimate how complete samples are: the share of the community that the found species make up.

    ``C = 1 - f1/n (n-1) f1 / ((n-1) f1 + 2 f2)``, where f1 and f2 are the numbers of species
    found once and twice among n individuals; with f2 = 0, ``(f1 - 1) / ((n-1) (f1-1) + 2)`` stands
    for ``f1 / ((n-1) f1 + 2 f2)``.

    Parameters
    ----------
    counts : array_like, shape (..., n_species)
        Numbers of individuals, whole.

    Returns
    -------
    float64 array, shape (...)
        0 to 1; NaN for a sample without individuals.

    Raises
    ------
    ValueError
        If a count is negative, not whole, or there are more than 10 million individuals.

    Notes
    -----
    Chao & Jost (2012), Ecology 93, 2533-2547, equation 4a.
    """
    return _each(counts, lambda found: _coverage(found, found.sum()))


def coverage_at_size(counts: ArrayLike, size: float) -> NDArray[np.float64]:
    """Estimate how complete samples would be with another number of individuals.

    Parameters
    ----------
    counts : array_like, shape (..., n_species)
        Whole numbers.
    size : float
        Individuals, 1 or above.

    Returns
    -------
    float64 array, shape (...)
        NaN for a sample of fewer than ``size / 2`` individuals.

    Raises
    ------
    ValueError
        As `sample_coverage`, or if `size` is below 1.

    Notes
    -----
    Chao & Jost (2012), Ecology 93, 2533-2547: unbiased for smaller samples, and
    ``1 - f1/n A^(m + 1)`` for m more individuals, with A the fraction in `sample_coverage`.
    Between whole sizes, a straight line.
    """
    inside("size", size, 1.0, FARTHEST * MOST_INDIVIDUALS, "individuals")
    return _each(counts, lambda found: _at_size(found, size, _coverage))


def hill_at_size(counts: ArrayLike, size: float, order: int = 0) -> NDArray[np.float64]:
    """Estimate the Hill number that a sample of another number of individuals would show.

    Parameters
    ----------
    counts : array_like, shape (..., n_species)
        Whole numbers.
    size : float
        Individuals, 1 or above.
    order : {0, 1, 2}

    Returns
    -------
    float64 array, shape (...)
        NaN for a sample of fewer than ``size / 2`` individuals.

    Raises
    ------
    ValueError
        As `sample_coverage`, or if `size` or `order` is outside its range.

    Notes
    -----
    Chao et al. (2014), Ecological Monographs 84, 45-67, table 1. Smaller samples: the exact mean
    over all samples drawn from this one without replacement. Larger ones: toward the asymptote,
    which is Chao1 for order 0, the estimator of Chao, Wang & Jost (2013, Methods in Ecology and
    Evolution 4, 1091-1100) for order 1, and the unbiased one for order 2. The entropy of order 1
    goes there in proportion to 1 / size.
    """
    inside("size", size, 1.0, FARTHEST * MOST_INDIVIDUALS, "individuals")
    _check_order(order)
    return _each(counts, lambda found: _at_size(found, size, _HILL[order]))


def hill_at_coverage(counts: ArrayLike, coverage: float, order: int = 0) -> NDArray[np.float64]:
    """Estimate the Hill number at a stated completeness: the fair comparison between samples.

    Parameters
    ----------
    counts : array_like, shape (..., n_species)
        Whole numbers.
    coverage : float
        Share of the community that the found species make up, above 0 and up to 1.
    order : {0, 1, 2}

    Returns
    -------
    float64 array, shape (...)
        NaN where even twice the individuals would not reach the coverage (`coverage_at_size`), or
        where there is no individual. A coverage below that of one individual is read as that.

    Raises
    ------
    ValueError
        As `sample_coverage`, or if `coverage` or `order` is outside its range.

    Notes
    -----
    The size at which `coverage_at_size` is `coverage`, given to `hill_at_size`: Chao & Jost (2012),
    Ecology 93, 2533-2547, and Chao et al. (2014), Ecological Monographs 84, 45-67.
    """
    inside("coverage", coverage, 0.0, 1.0, "of the community", above=True)
    _check_order(order)

    def one(found: NDArray[np.int64]) -> float:
        return _at_size(found, _size_for(found, coverage), _HILL[order])

    return _each(counts, one)


def _check_order(order: int) -> None:
    if order not in ORDERS:
        raise ValueError(f"order: {order} is none of 0, 1, 2")


def _each(counts: ArrayLike, estimate: Callable[[NDArray[np.int64]], float]) -> NDArray[np.float64]:
    """Estimate from the counts above 0 of every community; NaN where there is none."""
    whole = inside("counts", counts, 0.0, MOST_INDIVIDUALS, "individuals")
    if not (whole == np.round(whole)).all():
        part = float(whole[whole != np.round(whole)].flat[0])
        raise ValueError(f"counts: {part:g} is not a whole number of individuals")
    rows = whole.reshape(-1, whole.shape[-1]).astype(np.int64)
    inside("counts", rows.sum(axis=1), 0.0, MOST_INDIVIDUALS, "individuals in a community")
    estimates = [estimate(row[row > 0]) if row.any() else np.nan for row in rows]
    return np.asarray(estimates, dtype=np.float64).reshape(whole.shape[:-1])


def _at_size(
    found: NDArray[np.int64], size: float, estimate: Callable[[NDArray[np.int64], float], float]
) -> float:
    """Estimate at a size: straight between whole sizes below the sample's, NaN too far above."""
    total = int(found.sum())
    if not size <= FARTHEST * total:
        return np.nan
    if size >= total or size == int(size):
        return estimate(found, size)
    low = int(size)
    return (low + 1 - size) * estimate(found, low) + (size - low) * estimate(found, low + 1)


def _unseen(found: NDArray[np.int64]) -> tuple[int, float, float]:
    """Species found once, and the unseen ones and share A of Chao & Jost 2012, equation 4a."""
    total = int(found.sum())
    once, twice = int((found == 1).sum()), int((found == 2).sum())
    pairs = once**2 / (2 * twice) if twice else once * (once - 1) / 2
    unseen = (total - 1) / total * pairs
    share = total * unseen / (total * unseen + once) if once else 1.0
    return once, unseen, share


def _log_factorials(upto: int) -> NDArray[np.float64]:
    """Logarithms of 0! to upto!."""
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, upto + 1)))])


def _coverage(found: NDArray[np.int64], size: float) -> float:
    """Coverage at a size that is whole, or the sample's or above."""
    total = int(found.sum())
    if size >= total:
        once, _, share = _unseen(found)
        return float(1 - once / total * share ** (size - total + 1))
    size = int(size)
    fits = found[found <= total - size]
    table = _log_factorials(total)
    missed = table[total - fits] - table[total - fits - size] - table[total - 1]
    return float(1 - (fits / total * np.exp(missed + table[total - 1 - size])).sum())


def _richness(found: NDArray[np.int64], size: float) -> float:
    """Order 0 at a size."""
    total = int(found.sum())
    if size >= total:
        once, unseen, _ = _unseen(found)
        if unseen == 0:
            return float(len(found))
        seen = -np.expm1((size - total) * np.log1p(-once / (total * unseen + once)))
        return float(len(found) + unseen * seen)
    size = int(size)
    fits = found[found <= total - size]
    table = _log_factorials(total)
    missed = table[total - fits] - table[total - fits - size] - table[total]
    return float(len(found) - np.exp(missed + table[total - size]).sum())


def _shannon(found: NDArray[np.int64], size: float) -> float:
    """Order 1 at a size: the exponential of an entropy."""
    total = int(found.sum())
    share = found / total
    if size >= total:
        known = float(-(share * np.log(share)).sum())
        weight = total / size
        return float(np.exp(weight * known + (1 - weight) * _entropy_in_all(found)))
    size = int(size)
    table = _log_factorials(total)
    whole = table[size] + table[total - size] - table[total]
    entropy = 0.0
    for amount, species in zip(*np.unique(found, return_counts=True), strict=True):
        k = np.arange(max(1, size - (total - amount)), min(amount, size) + 1)
        chosen = table[amount] - table[k] - table[amount - k]
        others = table[total - amount] - table[size - k] - table[total - amount - size + k]
        terms = np.exp(chosen + others + whole) * (k / size) * np.log(k / size)
        entropy -= species * float(terms.sum())
    return float(np.exp(entropy))


def _entropy_in_all(found: NDArray[np.int64]) -> float:
    """Entropy of the whole community: Chao, Wang & Jost 2013."""
    total = int(found.sum())
    harmonic = np.concatenate([[0.0], np.cumsum(1.0 / np.arange(1, total + 1))])
    entropy = float((found / total * (harmonic[total - 1] - harmonic[found - 1])).sum())
    once, _, share = _unseen(found)
    rest = 1.0 - share
    if once == 0 or rest <= 0 or rest >= 1:
        return entropy
    # The series of -log(rest) from its n-th term on, over share^(n - 1): what is left after the
    # first terms where they are not nearly all of it, else the next ones until they vanish.
    if rest * total < 5:
        first = np.arange(1, total)
        tail = (-np.log(rest) - (share**first / first).sum()) / share ** (total - 1)
    else:
        later = np.arange(total, total + int(np.ceil(40 / rest)) + 1)
        tail = (share ** (later - total + 1.0) / later).sum()
    return entropy + once / total * float(tail)


def _simpson(found: NDArray[np.int64], size: float) -> float:
    """Order 2 at a size; one formula for smaller and larger samples."""
    total = int(found.sum())
    if total == 1:
        return 1.0
    pairs = float((found / total * (found - 1) / (total - 1)).sum())
    return float(1 / (1 / size + (1 - 1 / size) * pairs))


_HILL = (_richness, _shannon, _simpson)


def _size_for(found: NDArray[np.int64], coverage: float) -> float:
    """Individuals that reach a coverage; infinite where none do."""
    total = int(found.sum())
    once, _, share = _unseen(found)
    reached = _coverage(found, total)
    if coverage > reached:
        if once == 0 or share >= 1 or coverage >= 1:
            return np.inf
        return float(total + np.log((1 - coverage) * total / once) / np.log(share) - 1)
    low, high = 1, total
    if coverage <= _coverage(found, 1):
        return 1.0
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _coverage(found, middle) < coverage else (low, middle)
    below, above = _coverage(found, low), _coverage(found, high)
    return float(low + (coverage - below) / (above - below)) if high > low else float(low)
