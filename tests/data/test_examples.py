"""Examples of `edaphon init`: one source, runnable, never over existing files."""

import pytest

from edaphon.config.reader import read_config
from edaphon.data.examples import CONFIG_FILE, EXAMPLES, example_config, write_example
from edaphon.data.synthetic import FILES
from edaphon.errors import DataError


@pytest.mark.parametrize("name", EXAMPLES)
def test_shipped_configs_equal_the_templates(request, name):
    path = request.config.rootpath / "configs" / f"{name}.yaml"
    assert path.read_text(encoding="utf-8") == example_config(name, "../data_samples/valley")


@pytest.mark.parametrize("name", EXAMPLES)
def test_example_reads_and_finds_its_files(tmp_path, name):
    paths = write_example(tmp_path / "new", name)
    assert [path.name for path in paths] == [CONFIG_FILE, *FILES]
    config = read_config(tmp_path / "new" / CONFIG_FILE)
    assert config.name == name
    for file in (config.landscape.file, config.surrogates["soc"].samples, config.locks):
        assert config.resolve(file).is_file(), file
    saturating = config.objectives["biodiversity"].benefit.kind == "saturating"
    assert saturating == (name == "valley_saturating")


def test_no_file_is_written_over_and_all_in_the_way_are_named(tmp_path):
    (tmp_path / CONFIG_FILE).write_text("mine")
    (tmp_path / "soil.csv").write_text("mine too")
    with pytest.raises(DataError) as caught:
        write_example(tmp_path)
    assert [finding.where for finding in caught.value.findings] == [
        str(tmp_path / CONFIG_FILE),
        str(tmp_path / "soil.csv"),
    ]
    assert (tmp_path / CONFIG_FILE).read_text() == "mine"
    assert not (tmp_path / "units.gpkg").exists()


def test_unknown_example_names_the_known_ones(tmp_path):
    with pytest.raises(DataError, match="valley_saturating"):
        write_example(tmp_path, "vally")
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    path = tmp_path / "taken"
    path.write_text("a file")
    with pytest.raises(DataError, match="is a file"):
        write_example(path)


def test_north_macedonia_reads_and_names_all_rasters(request):
    config = read_config(request.config.rootpath / "configs" / "north_macedonia.yaml")
    assert len(config.predictors.rasters) == 13
    assert config.landscape.cells is not None
    assert config.landscape.cells.classes == (1, 3)
    assert config.surrogates["soc"].unit == "%"
