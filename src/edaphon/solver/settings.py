"""How the search for a front is asked for, and what it tells on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from edaphon.errors import Finding

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Settings:
    """How `solve` is asked to search; its parameters of the same names."""

    portfolios: int
    weights: int | None
    seed: int
    workers: int
    progress: Progress | None
    generations: int
    time_limit: float
    whole: bool
    search_time: float

    @property
    def total(self) -> int:
        """Weights to ask; `portfolios` where they are not counted."""
        return self.portfolios if self.weights is None else self.weights

    def counted(self, n_objectives: int) -> Settings:
        """Count weights where they are not: those of one objective alone only prove."""
        if self.weights is not None or n_objectives == 1:
            return self
        return replace(self, weights=self.portfolios + n_objectives)

    def faults(self) -> list[Finding]:
        """Say which numbers are none, or too small."""
        whole = {"portfolios": 1, "seed": 0, "workers": 1, "generations": 0}
        whole |= {} if self.weights is None else {"weights": 1}
        found = []
        for name, least in {**whole, "time_limit": 0, "search_time": 0}.items():
            given = getattr(self, name)
            kinds = (int, np.integer) if name in whole else (int, float, np.number)
            if not isinstance(given, kinds) or not given >= least:
                kind = "a whole number" if name in whole else "a number of seconds"
                found.append(Finding(name, f"must be {kind}, {least} or more, not {given!r}"))
        if not found and self.total < self.portfolios:
            what = f"{self.total} weights are too few for {self.portfolios} portfolios"
            found.append(Finding("weights", what, "Ask for at least as many weights."))
        return found

    def begin(self, n_objectives: int) -> None:
        """Tell that the search begins."""
        if self.progress is not None:
            self.progress("solve", 0, self.total if n_objectives > 1 else 1)

    def tell_payoff(self, asked: int) -> None:
        """Tell how many searches of single objectives were made, before there is a gap."""
        self.tell(asked, np.inf, "sandwich", ended=False)

    def tell(self, asked: int, gap: float, kind: str, *, ended: bool) -> None:
        """Tell how many weights were asked, and the gap of this kind that they leave."""
        if self.progress is not None:
            stage = f"solve ({kind} gap {gap:.2%})" if np.isfinite(gap) else "solve"
            self.progress(stage, asked, asked if ended else self.total)

    def why_ended(self, asked: int, *, interrupted: bool, late: bool) -> tuple[Finding, ...]:
        """Tell of a search that ended before all weights were asked."""
        rest = (
            f"with {asked} of {self.total} weights asked: the portfolios are feasible and their "
            "bounds hold, but another run may find others"
        )
        if interrupted:
            what = f"the search was interrupted {rest}"
            hint = "Run from solve again to ask for the others."
            return (Finding("solve", what, hint, "warning"),)
        if late and asked < self.total:
            what = f"the search ended after {self.search_time:g} s {rest}"
            return (Finding("solve.search_time", what, "Raise solve.search_time.", "warning"),)
        return ()
