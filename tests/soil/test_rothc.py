"""RothC against the authors' results, month by month and year by year."""

import numpy as np
import pandas as pd
import pytest

from edaphon.soil.rothc import POOLS, Months, Soils, SoilState, field_capacity, run, spin_up

COLUMNS = [
    "year",
    "month",
    "modern",
    "warmth",
    "rain",
    "pan",
    "plant",
    "manure",
    "covered",
    "ratio",
]
CARBON = [f"{pool}_t_C_ha" for pool in POOLS]


def months_of(table):
    """One site's months from a table with the columns of RothC_input.dat."""
    row = {name: table[name].to_numpy()[None] for name in COLUMNS}
    return Months.of(
        row["warmth"],
        row["rain"],
        row["pan"],
        covered=row["covered"] == 1,
        plant=row["plant"],
        manure=row["manure"],
        dpm_rpm=row["ratio"],
        modern=row["modern"] / 100,
    )


@pytest.fixture(scope="module")
def reference(real_data):
    """Input and results of the authors' code: soils, months, results by month and by year."""
    folder = real_data / "rothc"
    months = pd.read_csv(
        folder / "RothC_input.dat", skiprows=6, sep=r"\s+", names=COLUMNS, header=0
    )
    results = [pd.read_csv(folder / f"{name}_results.csv") for name in ("month", "year")]
    return Soils.of(13.0, 25.0, 3.0041), months, *results


@pytest.fixture(scope="module")
def rested(reference):
    soils, months, _, _ = reference
    return spin_up(soils, months_of(months[:12]), radiocarbon=True)


def test_spin_up_stops_where_the_reference_does(reference, rested):
    first = reference[3].iloc[0]
    state, taken = rested
    assert taken.tolist() == [first["Month"]]
    np.testing.assert_allclose(state.carbon[0], first[CARBON].to_numpy(float), rtol=0, atol=1e-9)


def test_every_month_of_the_reference_is_reproduced(reference, rested):
    soils, months, by_month, _ = reference
    course = run(soils, months_of(months[12:]), rested[0])
    np.testing.assert_allclose(course.carbon[0], by_month[CARBON], rtol=0, atol=1e-9)
    soc = course.carbon[0].sum(axis=1)
    np.testing.assert_allclose(soc, by_month["SOC_t_C_ha"], rtol=0, atol=1e-9)
    np.testing.assert_allclose(course.delta14c[0], by_month["deltaC"], rtol=0, atol=1e-8)


def test_every_year_of_the_reference_is_reproduced(reference, rested):
    soils, months, _, by_year = reference
    course = run(soils, months_of(months[12:]), rested[0], every=12)
    after = by_year.iloc[1:]
    np.testing.assert_allclose(course.carbon[0], after[CARBON], rtol=0, atol=1e-9)
    np.testing.assert_allclose(course.delta14c[0], after["deltaC"], rtol=0, atol=1e-8)


def test_radiocarbon_of_the_spin_up(reference, rested):
    """The first row of the year file: one more look at the state from which the months start."""
    activity, carbon = rested[0].activity[0].sum(), rested[0].carbon[0].sum()
    age = -np.log(activity / carbon) * 5568 / np.log(2)
    delta = 1000 * np.exp(-age / 8035) - 1000
    assert delta == pytest.approx(reference[3]["deltaC"].iloc[0], abs=1e-8)


def test_worked_example_of_the_model_description():
    """Coleman, Prout & Milne 2024, part 2.2: January 1852 on Hoosfield, a b c = 0.3561."""
    warmth = 106.06 / np.log(47.91 / 0.3561 - 1.0) - 18.27
    january = Months.of(np.full((1, 1), warmth), 74.0, 8.0, covered=False, modern=1.0)
    carbon = np.array([[0.1533, 4.4852, 0.6671, 25.8576, 2.7]])
    age = np.array([[0.10, 6.70, 21.69, 116.88, 50_000.0]])
    start = SoilState(carbon, np.zeros(1), carbon * np.exp(-np.log(2) / 5568 * age))
    course = run(Soils.of(23.4, 23.0, 2.7), january, start)
    expected = [0.1140, 4.4455, 0.6651, 25.8551, 2.7]
    # one in the last printed digit: the printed start and rate are rounded too
    np.testing.assert_allclose(course.end.carbon[0], expected, atol=1e-4)
    ages = -np.log(course.end.activity / course.end.carbon) * 5568 / np.log(2)
    np.testing.assert_allclose(ages[0, :4], [0.19, 6.78, 21.78, 116.91], atol=0.01)


def test_units_of_many_blocks_are_those_of_one(reference):
    """4,097 units at once, the last in a block of its own, are the same as one alone."""
    months = months_of(reference[1][12:36])
    clay = np.linspace(5, 60, 4097)
    together = run(Soils.of(clay, 25.0, 3.0), months, field_capacity(Soils.of(clay, 25.0, 3.0)))
    alone = Soils.of(clay[-1:], 25.0, 3.0)
    single = run(alone, months, field_capacity(alone))
    assert (together.carbon[-1] == single.carbon[0]).all()


def test_the_deficit_is_carried_on(reference):
    """Two runs of a year each are one run of two years."""
    soils, table = reference[0], reference[1]
    months = [months_of(table[a:b]) for a, b in ((12, 36), (12, 24), (24, 36))]
    whole = run(soils, months[0], field_capacity(soils)).end
    half = run(soils, months[1], field_capacity(soils)).end
    end = run(soils, months[2], half).end
    assert half.deficit_mm[0] <= 0
    assert (end.carbon == whole.carbon).all()
    assert (end.deficit_mm == whole.deficit_mm).all()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("temperature_c", 288.0, "temperature_c: 288 lies outside its range, from -60 to 60"),
        ("rain_mm", -1.0, "rain_mm: -1 lies outside its range"),
        ("pan_mm", np.nan, "pan_mm: nan lies outside"),
        ("plant", -0.1, "plant: -0.1 lies outside"),
        ("dpm_rpm", -1.0, "dpm_rpm: -1 lies outside"),
        ("modern", 107.0, "modern: 107 lies outside"),
    ],
)
def test_months_out_of_range_are_refused(name, value, message):
    given = {"temperature_c": 10.0, "rain_mm": 60.0, "pan_mm": 50.0, name: value}
    with pytest.raises(ValueError, match=message):
        Months.of(**given)


def test_soils_out_of_range_are_refused():
    with pytest.raises(ValueError, match="clay_percent: 101"):
        Soils.of(101.0, 30.0, 3.0)
    with pytest.raises(ValueError, match="depth_cm: 0 lies outside its range, above 0"):
        Soils.of(20.0, 0.0, 3.0)


def test_parts_of_different_length_are_refused():
    months = Months.of(np.full((3, 12), 10.0), 60.0, 50.0)
    with pytest.raises(ValueError, match="2 soils, 3 rows of months and 2 states"):
        run(Soils.of([20.0, 30.0], 30.0, 3.0), months, field_capacity(Soils.of([20, 30], 30, 3)))
    soils = Soils.of([20.0, 30.0, 4.0], 30.0, 3.0)
    with pytest.raises(ValueError, match="every: 5 does not divide 12 months"):
        run(soils, months, field_capacity(soils), every=5)
