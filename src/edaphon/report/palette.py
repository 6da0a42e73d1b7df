"""Colors of the interventions, the same on the page, in the figures and in QGIS."""

from __future__ import annotations

BASELINE_COLOR = "#dcdcd6"

_OKABE_ITO = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442")
_TOL_MUTED = (
    "#332288", "#88ccee", "#44aa99", "#117733", "#999933", "#ddcc77", "#cc6677", "#882255",
    "#aa4499",
)  # fmt: skip


def intervention_colors(n_interventions: int) -> tuple[str, ...]:
    """Return a color for each intervention, a light gray for the baseline first.

    The first seven are those of Okabe and Ito (2008, "Color universal design"), told apart with
    every common kind of color vision; the next nine are Tol's muted scheme (2021, technical note
    SRON/EPS/TN/09-002, 3.2). Beyond sixteen the colors repeat, and names must tell.
    """
    wheel = (*_OKABE_ITO, *_TOL_MUTED)
    others = (wheel[a % len(wheel)] for a in range(n_interventions - 1))
    return (BASELINE_COLOR, *others)
