"""CPU time of RothC's equilibrium and of a 20-year run over that of the plain monthly loop.

The peer is the run month by month (edaphon.soil.rothc.run), which computes every rate factor in
every month. To reach an equilibrium it repeats the year for 500 years, the least that GSOCseq
allows, though many units are not there by then. It runs one block of 4,096 units, and its time is
scaled to all. Prints a table, or with --json one line per bench. Run:
OMP_NUM_THREADS=1 python benchmarks/rothc.py [--json] [--units 100000]
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable

import numpy as np
from threadpoolctl import threadpool_limits

from edaphon.soil.rothc import BLOCK_UNITS, Months, Soils, SoilState, field_capacity, run
from edaphon.soil.rothc_response import advance, equilibrium
from edaphon.soil.rothc_year import periodic_deficit, repeat, year_map

SEED = 0
SPIN_UP_YEARS = 500
YEARS = 20


def random_sites(n_units: int) -> tuple[Soils, Months]:
    """Temperate to subtropical sites with their own cover and input in every month."""
    rng = np.random.default_rng(SEED)
    swing = np.cos(2 * np.pi * (np.arange(12) - 0.5) / 12)
    warmth = rng.uniform(8, 20, (n_units, 1)) - rng.uniform(2, 11, (n_units, 1)) * swing
    rain = rng.uniform(25, 120, (n_units, 1)) * (1 + rng.uniform(-0.7, 0.7, (n_units, 1)) * swing)
    pan = np.clip(20 + 5 * warmth, 5, None) * rng.uniform(0.7, 1.2, (n_units, 1))
    year = Months.of(
        warmth,
        rain,
        pan,
        covered=rng.random((n_units, 12)) < 0.7,
        plant=rng.random((n_units, 12)) * 0.5,
        dpm_rpm=rng.choice([1.44, 0.67, 0.25], (n_units, 1)),
    )
    return Soils.of(rng.uniform(3, 60, n_units), 30.0, rng.uniform(1, 6, n_units)), year


def repeated(year: Months, times: int) -> Months:
    """The same months, year after year."""
    names = ("temperature_c", "rain_mm", "pan_mm", "covered", "plant", "dpm_rpm")
    many = {name: np.tile(getattr(year, name), (1, times)) for name in names}
    weather = [many.pop(name) for name in names[:3]]
    return Months.of(*weather, **many)


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds of one call."""
    start = time.process_time()
    work()
    return time.process_time() - start


def peer_seconds(n_units: int, years: int) -> float:
    """CPU seconds of the plain monthly loop for all units, from those of one block."""
    few = min(n_units, BLOCK_UNITS)
    soils, year = random_sites(few)
    months = repeated(year, YEARS)

    def loop() -> None:
        state = field_capacity(soils)
        for _ in range(years // YEARS):
            state = run(soils, months, state, every=months.n_months).end

    return seconds(loop) * n_units / few


def largest_error() -> float:
    """Largest difference in t C/ha between 20 years by the map and by the months, 200 units."""
    soils, year = random_sites(200)
    whole, plant = year_map(soils, year), year.plant.sum(axis=1)
    start = equilibrium(whole, 0.9 * plant)
    state = SoilState(start, periodic_deficit(soils, year))
    exact = run(soils, repeated(year, YEARS), state, every=12 * YEARS).end.carbon
    return float(np.abs(advance(whole, start, YEARS, plant) - exact).max())


def measure(n_units: int) -> list[dict[str, float | int | str]]:
    """One line per bench."""
    soils, year = random_sites(n_units)
    plant = year.plant.sum(axis=1)
    rested = equilibrium(year_map(soils, year), plant)
    spin_up, forward = (peer_seconds(n_units, years) for years in (SPIN_UP_YEARS, YEARS))
    benches: tuple[tuple[str, Callable[[], object], float, int], ...] = (
        ("rothc_equilibrium", lambda: equilibrium(year_map(soils, year), plant), spin_up, 500),
        (
            "rothc_20_years",
            lambda: advance(year_map(soils, year), rested, YEARS, 1.1 * plant),
            forward,
            YEARS,
        ),
        ("rothc_20_years_by_months", lambda: repeat(soils, year, rested, YEARS), forward, YEARS),
    )
    error = largest_error()
    lines = []
    for name, work, peer, years in benches:
        ours = seconds(work)
        lines.append(
            {
                "bench": name,
                "units": n_units,
                "seed": SEED,
                "seconds": round(ours, 3),
                "peer": f"month by month, {years} years",
                "peer_seconds": round(peer, 2),
                "ratio": round(ours / peer, 5),
                "million_unit_months_per_second": round(12 * years * n_units / ours / 1e6, 1),
                "largest_error_t_ha": error,
            }
        )
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON line per bench")
    parser.add_argument("--units", type=int, default=100_000)
    chosen = parser.parse_args()
    with threadpool_limits(limits=1):
        lines = measure(chosen.units)
    if chosen.json:
        for line in lines:
            print(json.dumps(line), flush=True)
        return
    print(f"{chosen.units:,} units; CPU seconds, peer = RothC month by month\n")
    print(f"{'':26}{'ours':>8}{'peer':>9}{'ratio':>10}{'M unit-months/s':>18}")
    for line in lines:
        rate = line["million_unit_months_per_second"]
        print(
            f"{line['bench']:26}{line['seconds']:>8}{line['peer_seconds']:>9}"
            f"{line['ratio']:>10}{rate:>18}"
        )
    error = lines[0]["largest_error_t_ha"]
    print(f"\nlargest difference to the months after 20 years: {error:.1e} t C/ha")


if __name__ == "__main__":
    main()
