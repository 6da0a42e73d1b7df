"""What GSOCseq leaves out."""

import numpy as np
import pytest

from edaphon.soil.land_classes import LAND_CLASSES, masked


def test_every_mask_of_the_manual():
    classes = np.array(["cropland"] * 5 + ["paddy", "wetland", "peatland", "forest", "grassland"])
    soc = np.array([60.0, 200.0, 200.1, 60, 60, 60, 60, 60, 60, 60])
    sand = np.array([50.0, 90.0, 50, 90.1, 50, 50, 50, 50, 50, 50])
    salt = np.array([1.0, 4.0, 1, 1, 4.1, 1, 1, 1, 1, 1])
    expected = [
        "", "", "more than 200 t C/ha", "more than 90 % sand",
        "electrical conductivity above 4 dS/m", "paddy rice", "wetland", "peatland",
        "neither cropland nor grazing land", "",
    ]  # fmt: skip
    assert masked(soc, classes, sand, salt).tolist() == expected


def test_what_is_not_measured_masks_nothing():
    assert masked([60.0], np.array(["cropland"])).tolist() == [""]


def test_default_ratios_are_those_of_the_manual():
    ratios = {name: one.dpm_rpm for name, one in LAND_CLASSES.items()}
    assert (ratios["cropland"], ratios["grassland"], ratios["forest"]) == (1.44, 0.67, 0.25)


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="'arable' is none of cropland, tree_crops"):
        masked([60.0], np.array(["arable"]))
