"""The sections of climate, RothC and GSOCseq: what they read and what they refuse."""

from typing import get_args

import pytest

from edaphon.config.carbon import LandClassName, read_months
from edaphon.config.fields import FieldError
from edaphon.config.reader import config_from_mapping, read_config
from edaphon.config.sections import Config
from edaphon.errors import ConfigError
from edaphon.soil.land_classes import LAND_CLASSES

BASIC = {
    "name": "a",
    "landscape": {"file": "units.gpkg"},
    "features": {"stock": {"column": "c", "unit": "t/ha", "depth": "0-30 cm"}},
    "interventions": {"use": ["cover_crop"]},
    "objectives": {"cost": {"minimize": "cost"}},
}
CLIMATE = {"file": "climate.csv"}
ROTHC = {"clay": "clay_pct", "cover": {"arable": "4-10"}}


def config_of(**more) -> Config:
    return config_from_mapping({**BASIC, **more})


def faults_of(**more) -> str:
    with pytest.raises(ConfigError) as caught:
        config_of(**more)
    return str(caught.value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ([5, 4, 4], (4, 5)),
        ("4-10", (4, 5, 6, 7, 8, 9, 10)),
        ("11 to 2", (1, 2, 11, 12)),
        (7, (7,)),
        ([], ()),
        ("3-3", (3,)),
    ],
)
def test_months_are_read(written, read):
    assert read_months(written, "EUR") == read


@pytest.mark.parametrize("written", ["0-4", "4-13", [0], [13], ["May"], "spring", True, 2.5])
def test_what_is_no_month_is_refused(written):
    with pytest.raises(FieldError, match="no list of months"):
        read_months(written, "EUR")


def test_land_classes_are_those_of_the_model():
    assert get_args(LandClassName) == tuple(LAND_CLASSES)


def test_sections_come_back_as_they_were_written():
    more = {"climate": CLIMATE, "rothc": ROTHC, "gsocseq": {"stock": "stock"}}
    config = config_of(**more)
    again = config_from_mapping(config.as_mapping())
    assert again == config
    assert again.rothc.cover == {"arable": (4, 5, 6, 7, 8, 9, 10)}
    assert [str(one) for one in again.gsocseq.scenarios] == ["5 %", "10 %", "20 %"]
    assert set(config.input_files()) == {"units.gpkg", "climate.csv"}


def test_twelve_rasters_may_share_a_pattern():
    names = {"temperature": "t_{month}.tif", "rain": [f"r{m}" for m in range(1, 13)]}
    climate = config_of(climate={**names, "evaporation": "pet_{month}.tif"}).climate
    assert climate.twelve("temperature")[::11] == ("t_01.tif", "t_12.tif")
    assert climate.twelve("rain")[-1] == "r12"
    assert len(climate.files) == 24, "columns are no files"


def test_rothc_without_climate_says_what_is_missing():
    stock = {**BASIC["features"]["stock"], "model": "rothc"}
    text = faults_of(features={"stock": stock})
    assert "features.stock.model: RothC needs the monthly climate of the units" in text
    assert "Means of a whole year are not enough" in text
    assert "RothC needs clay and land use" in text


def test_gsocseq_without_climate_says_what_is_missing():
    text = faults_of(gsocseq={"stock": "stokc"})
    assert "gsocseq: RothC needs the monthly climate" in text
    assert "gsocseq.stock: there is no feature 'stokc'. Did you mean 'stock'?" in text


def test_a_concentration_is_no_stock_for_rothc():
    soc = {"from": "soc", "model": "rothc"}
    text = faults_of(features={"stock": soc}, climate=CLIMATE, rothc=ROTHC)
    assert "features.stock.model: RothC works on a stock" in text


def test_eleven_months_are_refused():
    names = {"temperature": [f"t{m}" for m in range(11)], "rain": "rain_{month}"}
    text = faults_of(climate=names)
    assert "climate.temperature: 11 names of temperature do not make twelve months" in text
    assert "nothing says where the monthly evaporation stands" in text


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"carbon_input": "1.4 kg"}, "1.4 kg"),
        ({"carbon_rate": "-0.3 t/ha/yr"}, "must not be negative"),
        ({"cover": "9-14"}, "no list of months"),
        ({"carbon_kind": "straw"}, "carbon_kind"),
    ],
)
def test_carbon_of_an_option_is_checked(option, message):
    use = {"use": ["cover_crop"], "options": {"cover_crop": option}}
    assert message in faults_of(interventions=use)


def test_carbon_of_an_option_is_read():
    option = {"carbon_input": "1.4 t C/ha/yr", "cover": [9, 10, 11], "carbon_kind": "manure"}
    config = config_of(interventions={"use": ["cover_crop"], "options": {"cover_crop": option}})
    read = config.interventions.options["cover_crop"]
    assert read.carbon_input.to("kg/ha/yr") == 1400
    assert read.cover == (9, 10, 11)


@pytest.mark.parametrize("asked", ["features.soc_stock.model=rothc", "gsocseq={stock: soc_stock}"])
def test_north_macedonia_is_told_what_its_rasters_lack(root, asked):
    with pytest.raises(ConfigError) as caught:
        read_config(root / "configs" / "north_macedonia.yaml", [asked])
    text = str(caught.value)
    assert "RothC needs the monthly climate of the units, and the config names none" in text
    assert "RothC needs clay and land use of the units" in text
