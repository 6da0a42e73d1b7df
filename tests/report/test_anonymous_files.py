"""`report: {anonymous: true}` holds in every file that is meant to be handed on."""

import sqlite3
from contextlib import closing

import numpy as np
import pandas as pd
import pytest
from report_case import make_case, unpack
from test_brief import read_pdf

from edaphon.report.policy import PolicyOrder
from edaphon.report.write import write_report

KEPT = {"units.parquet", "reasons.parquet"}
"""What the run works from: it names units and stays with whoever made the run."""
HANDED_ON = {
    "report.html", "brief.pdf", "policy.html", "policy_regions.csv", "policy_indicators.csv",
    "carbon.csv", "portfolios.gpkg", "portfolios.geo.parquet", "portfolios.geojson",
    "portfolios.csv",
}  # fmt: skip


@pytest.fixture(scope="module")
def case():
    return make_case()


@pytest.fixture(scope="module")
def folder(case, tmp_path_factory):
    path = tmp_path_factory.mktemp("anonymous")
    write_report(
        path,
        record=case.run,
        landscape=case.landscape,
        problem=case.problem,
        front=case.front,
        chosen=case.shortlist[:1],
        cards=[case.card],
        findings=case.findings,
        policy=PolicyOrder(None, {"soc_stock": "soc"}),
        anonymous=True,
    )
    return path


def told(path):
    """Everything that a file says, as bytes."""
    if path.suffix == ".pdf":
        _, texts, data = read_pdf(path)
        return "\n".join(texts).encode() + data
    if path.suffix == ".html" and path.stem == "report":
        text = path.read_text(encoding="utf-8")
        return text.encode() + unpack(text)[2]
    if path.suffix == ".parquet":
        return pd.read_parquet(path).to_csv().encode() + path.read_bytes()
    if path.suffix == ".gpkg":
        with closing(sqlite3.connect(path)) as base:
            return "\n".join(base.iterdump()).encode(errors="replace")
    return path.read_bytes()


def test_no_file_names_a_unit_or_a_farm(case, folder):
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*.*")}
    assert set(files) > HANDED_ON
    secrets = [name.encode() for name in (*case.landscape.ids, *np.unique(case.landscape.farm))]
    for name, path in files.items():
        if name not in KEPT:
            content = told(path)
            assert not any(secret in content for secret in secrets), name
    assert secrets[0] in told(folder / "units.parquet")


def test_no_file_shows_shapes_finer_than_the_region(case, folder):
    import geopandas

    for name in ("portfolios.gpkg", "portfolios.geojson", "portfolios.geo.parquet"):
        read = geopandas.read_parquet if name.endswith(".parquet") else geopandas.read_file
        frame = read(folder / name)
        assert sorted(frame["region"]) == ["Osterland", "Westerland"]
        assert "unit_id" not in frame
