from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from report_case import make_case

from edaphon.errors import DataError
from edaphon.portfolio.policy import WHOLE
from edaphon.report.policy import INDICATORS, PAGE, REGIONS, PolicyOrder, people_of, write_policy

OUTCOMES = {"soc_stock": "soc", "yield": "yield", "earthworms": "earthworm_abundance"}
HOSTILE = '"><script>alert(1)</script>&=cmd()'


class Outline(HTMLParser):
    def __init__(self, text):
        super().__init__()
        self.tags, self.words = [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)

    def handle_data(self, data):
        self.words.append(data)


def write(case, folder, people=None, outcomes=OUTCOMES):
    write_policy(
        folder,
        PolicyOrder(people, outcomes),
        record=case.run,
        landscape=case.landscape,
        problem=case.problem,
        front=case.front,
        chosen=case.shortlist,
        cards=[case.card],
    )
    return (folder / PAGE).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def case():
    return make_case()


def test_tables_and_page_stand_in_the_run(case, tmp_path):
    text = write(case, tmp_path, people=np.full(60, 3.0))
    regions = pd.read_csv(tmp_path / REGIONS)
    assert set(regions["region"]) == {"Osterland", "Westerland", WHOLE}
    assert list(regions["portfolio"].unique())[:2] == ["baseline", "policy"]
    assert (regions.loc[regions["region"] == WHOLE, "people"] == 180).all()
    treated = (case.front.portfolios[case.shortlist[0]] > 0).sum()
    shown = regions[regions["portfolio"] == case.front.names[case.shortlist[0]]]
    assert shown["people_treated"].iloc[-1] == 3 * treated
    indicators = pd.read_csv(tmp_path / INDICATORS)
    assert {"carbon stock", "land productivity", "one out, all out"} <= set(indicators["part"])
    carbon = pd.read_csv(tmp_path / "carbon.csv")
    assert carbon["portfolio"].tolist() == list(case.front.names)
    words = " ".join(" ".join(Outline(text).words).split())
    for said in ("By region", "Carbon", "How to quote", "SDG 15.3.1", "config 0123456789ab"):
        assert said in words
    assert "discounted by 3 % a year" in words
    assert "A study (2020)" in words


def test_it_names_neither_unit_nor_farm(case, tmp_path):
    write(case, tmp_path)
    secrets = [*case.landscape.ids, *np.unique(case.landscape.farm)]
    for file in tmp_path.iterdir():
        content = file.read_bytes()
        assert not any(secret.encode() in content for secret in secrets), file.name


def test_no_table_for_what_nothing_tells(case, tmp_path):
    text = write(case, tmp_path, outcomes={})
    assert pd.read_csv(tmp_path / INDICATORS).empty
    assert not (tmp_path / "carbon.csv").exists()
    words = " ".join(Outline(text).words)
    assert "Sustainable Development Goals" not in words
    assert "of them where something new is done" not in words


def test_the_carbon_of_gsocseq_is_not_written_over(case, tmp_path):
    (tmp_path / "carbon.csv").write_text("as it was")
    write(case, tmp_path)
    assert (tmp_path / "carbon.csv").read_text() == "as it was"


def test_hostile_names_stay_text(case, tmp_path):
    region = np.where(case.landscape.region == "Osterland", HOSTILE, "=1+1")
    interventions = ("baseline", HOSTILE, *case.problem.interventions[2:])
    hostile = replace(
        case,
        landscape=replace(case.landscape, region=region),
        problem=replace(case.problem, interventions=interventions),
        run={**case.run, "name": HOSTILE},
    )
    outline = Outline(write(hostile, tmp_path))
    assert "script" not in outline.tags
    assert HOSTILE in " ".join(outline.words)
    regions = pd.read_csv(tmp_path / REGIONS)
    assert "'=1+1" in set(regions["region"])


def config_of(column):
    return SimpleNamespace(
        report=SimpleNamespace(people=column), where=lambda key: f"valley.yaml:9:3: {key}"
    )


def test_people_come_from_a_column(case):
    table = pd.DataFrame({"residents": [1.0, np.nan] * 30, "words": ["many"] * 60})
    landscape = replace(case.landscape, attributes=table.assign(debt=-1))
    assert people_of(config_of(""), landscape) is None
    np.testing.assert_array_equal(people_of(config_of("residents"), landscape), [1, np.nan] * 30)
    for column, said in (("resident", "residents"), ("words", "text"), ("debt", "below 0")):
        with pytest.raises(DataError, match=said):
            people_of(config_of(column), landscape)
