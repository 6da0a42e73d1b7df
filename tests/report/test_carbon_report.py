"""Files, map and page of the carbon part."""

import numpy as np
import pandas as pd
import pytest
from report_case import make_case

from edaphon.effects.gsocseq import CarbonRun
from edaphon.report.carbon import by_region, write_carbon
from edaphon.report.page import page_text


def make_run(landscape):
    """A run with one scenario and some units left out."""
    n = landscape.n_units
    gain = np.linspace(1.0, 5.0, n)
    out = np.where(np.arange(n) % 9 == 4, "paddy <rice>", "")
    gain[out != ""] = np.nan
    table = pd.DataFrame(
        {
            "unit_id": landscape.ids,
            "area_ha": landscape.area_ha,
            "land_class": "cropland",
            "left_out": out,
            "soc_t_ha": 60.0,
            "ssm1_relative_t_ha": gain,
        }
    )
    scenario = {
        "name": "SSM1", "increase": 0.2, "input_t_c_yr": 80.0, "relative_t_c": 400.0,
        "lower_t_c": -100.0, "upper_t_c": 900.0, "relative_t_co2e": 1466.7, "rate_t_ha_yr": 0.15,
    }  # fmt: skip
    summary = {
        "feature": "soc_stock", "years": 20, "behavior": "written", "area_ha": 140.0,
        "left_out": {"paddy <rice>": 19.0}, "stock_t_c": 8400.0, "scenarios": [scenario],
        "gain_per_input": {"5": 2.0, "20": 4.4, "50": 6.9},
        "kept_after_stopping": {"5": 0.65, "20": 0.43, "50": 0.28},
    }  # fmt: skip
    return CarbonRun(table, summary)


@pytest.fixture(scope="module")
def case():
    return make_case()


def write(case, folder, **more):
    parts = {"landscape": case.landscape, "problem": case.problem, "front": case.front}
    run = make_run(case.landscape)
    return write_carbon(folder, run, **parts, chosen=case.shortlist, **more)


def test_tables_and_map_are_written_alike_every_time(case, tmp_path):
    for folder in ("one", "two"):
        write(case, tmp_path / folder)
    names = ["carbon.csv", "gsocseq.csv", "figures/gsocseq.png", "figures/gsocseq.svg"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    table = pd.read_csv(tmp_path / "one" / "gsocseq.csv")
    assert table["unit_id"].tolist() == case.landscape.ids.tolist()
    costs = pd.read_csv(tmp_path / "one" / "carbon.csv")
    assert costs["portfolio"].tolist() == list(case.front.names)


def test_the_page_shows_scenarios_map_and_prices(case, tmp_path):
    told = write(case, tmp_path)
    assert told["map"].startswith("data:image/png;base64,")
    names = ["baseline", "policy", *(case.front.names[row] for row in case.shortlist)]
    assert [one["portfolio"] for one in told["portfolios"]] == names
    text = page_text(**case.page(), carbon=told)
    assert "Carbon that the soil could store" in text
    assert "+20&nbsp;% <small>SSM1</small>" in text
    assert told["above_scenarios"] == ("store more than the scenarios above" in text)
    assert "\u2212100 to 900" in text
    assert "paddy &lt;rice&gt;" in text
    assert "paddy <rice>" not in text
    assert told["map"] in text
    assert "28\u00a0% is left 50 years" in text
    assert "Carbon that the soil could store" not in page_text(**case.page())


def test_an_anonymous_run_goes_by_region(case, tmp_path):
    write(case, tmp_path, anonymous=True)
    table = pd.read_csv(tmp_path / "gsocseq.csv")
    assert table["region"].tolist() == ["Osterland", "Westerland"]
    assert "unit_id" not in table
    run = make_run(case.landscape).table
    east = (case.landscape.region == "Osterland") & (run["left_out"] == "").to_numpy()
    mean = np.average(run["ssm1_relative_t_ha"][east], weights=run["area_ha"][east])
    assert table["ssm1_relative_t_ha"][0] == pytest.approx(mean)
    assert (tmp_path / "figures" / "gsocseq.png").exists()


def test_without_regions_an_anonymous_run_has_neither_table_nor_map(tmp_path):
    case = make_case(region=False)
    told = write(case, tmp_path, anonymous=True)
    assert told["map"] == ""
    assert not (tmp_path / "gsocseq.csv").exists()
    assert (tmp_path / "carbon.csv").exists()
    assert by_region(make_run(case.landscape).table, case.landscape) is None


def test_cells_are_drawn_too(tmp_path):
    assert write(make_case(grid=True), tmp_path)["map"]
