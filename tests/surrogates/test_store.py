import json
from dataclasses import dataclass

import numpy as np
import pytest

from edaphon.errors import RunError
from edaphon.surrogates.fit import predict
from edaphon.surrogates.models import fit_boosting, fit_gaussian_process, fit_ridge, fit_splines
from edaphon.surrogates.store import load_surrogate, pack, register, save_surrogate, unpack


@pytest.mark.parametrize("which", ["surrogate", "refused"])
def test_a_stored_surrogate_predicts_the_same_bytes(which, request, tmp_path, ground):
    fitted = request.getfixturevalue(which)
    save_surrogate(fitted, tmp_path / "soc")
    loaded = load_surrogate(tmp_path / "soc")
    assert loaded.card == fitted.card
    assert loaded.findings == fitted.findings
    for field in ("mean", "sd", "lower", "upper", "applicable", "beyond"):
        before = getattr(predict(fitted, ground[1]), field)
        assert before.tobytes() == getattr(predict(loaded, ground[1]), field).tobytes()


def test_files_are_the_same_bytes_twice_and_hold_no_pickle(surrogate, tmp_path):
    for name in ("one", "two"):
        save_surrogate(surrogate, tmp_path / name)
    for file in ("surrogate.json", "arrays.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with np.load(tmp_path / "one" / "arrays.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fiu" for name in stored.files)


def test_every_model_comes_back_as_it_was(tmp_path):
    rng = np.random.default_rng(0)
    matrix = rng.normal(size=(60, 3))
    response, folds = matrix[:, 0] + rng.normal(0, 0.1, 60), np.arange(60) % 5
    models = (
        fit_ridge(matrix, response, folds),
        fit_splines(matrix, response, folds),
        fit_boosting(matrix, response, 0),
        fit_gaussian_process(matrix, response, folds, 0),
    )
    save_surrogate(models, tmp_path)
    for before, after in zip(models, load_surrogate(tmp_path), strict=True):
        np.testing.assert_array_equal(before.predict(matrix), after.predict(matrix))


def test_plain_values_come_back_as_they_were():
    value = {
        "a": (1, 2.5, None, True, "ü", float("inf")),
        "kind": {"array": np.array(["x", "yy"]), "empty": ()},
    }
    arrays = {}
    stated = json.loads(json.dumps(pack(value, arrays), allow_nan=False))
    back = unpack(stated, arrays)
    assert back["a"] == value["a"]
    assert back["kind"]["empty"] == ()
    np.testing.assert_array_equal(back["kind"]["array"], value["kind"]["array"])
    assert np.isnan(unpack(pack(float("nan"), arrays), arrays))
    assert pack(np.float64(2), {}) == 2


def test_only_registered_classes_and_plain_arrays_are_stored():
    @dataclass(frozen=True)
    class Stray:
        x: int = 1

    with pytest.raises(TypeError, match="Stray cannot be stored"):
        pack(Stray(), {})
    with pytest.raises(TypeError, match="arrays of object"):
        pack(np.array([{}]), {})
    with pytest.raises(TypeError, match="no dataclass"):
        register(int)
    with pytest.raises(ValueError, match="another registered class Trees"):
        register(dataclass(frozen=True)(type("Trees", (), {})))
    with pytest.raises(KeyError):
        unpack({"kind": "Stray", "fields": {}}, {})


def test_damaged_files_are_told_not_traced(surrogate, tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        load_surrogate(tmp_path / "nothing")
    save_surrogate(surrogate, tmp_path)
    path = tmp_path / "surrogate.json"
    stated = json.loads(path.read_text())
    damages = (
        json.dumps({**stated, "format": 1}),
        "{",
        "[]",
        json.dumps({**stated, "surrogate": {"kind": "os.system", "fields": {}}}),
        json.dumps({**stated, "surrogate": {"kind": "Surrogate", "fields": {"x": 1}}}),
        json.dumps({**stated, "surrogate": {"kind": "array", "name": "none"}}),
    )
    for damage in damages:
        path.write_text(damage)
        with pytest.raises(RunError, match="cannot be read"):
            load_surrogate(tmp_path)
    path.write_text(json.dumps(stated))
    (tmp_path / "arrays.npz").write_bytes(b"no zip")
    with pytest.raises(RunError):
        load_surrogate(tmp_path)
