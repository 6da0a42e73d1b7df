import json

import numpy as np
import pytest

from edaphon.errors import RunError
from edaphon.surrogates.fit import predict
from edaphon.surrogates.store import load_surrogate, save_surrogate


@pytest.mark.parametrize("which", ["surrogate", "refused"])
def test_a_stored_surrogate_predicts_the_same_bytes(which, request, tmp_path, ground):
    fitted = request.getfixturevalue(which)
    save_surrogate(fitted, tmp_path / "soc")
    loaded = load_surrogate(tmp_path / "soc")
    assert loaded.card == fitted.card
    assert loaded.findings == fitted.findings
    for field in ("mean", "sd", "lower", "upper", "applicable"):
        before = getattr(predict(fitted, ground[1]), field)
        assert before.tobytes() == getattr(predict(loaded, ground[1]), field).tobytes()


def test_files_are_the_same_bytes_twice_and_hold_no_pickle(surrogate, tmp_path):
    for name in ("one", "two"):
        save_surrogate(surrogate, tmp_path / name)
    for file in ("surrogate.json", "arrays.npz"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    with np.load(tmp_path / "one" / "arrays.npz", allow_pickle=False) as stored:
        assert all(stored[name].dtype.kind in "fiu" for name in stored.files)


def test_damaged_files_are_told_not_traced(surrogate, tmp_path):
    with pytest.raises(RunError, match="cannot be read"):
        load_surrogate(tmp_path / "nothing")
    save_surrogate(surrogate, tmp_path)
    path = tmp_path / "surrogate.json"
    stated = json.loads(path.read_text())
    path.write_text(json.dumps({**stated, "format": 99}))
    with pytest.raises(RunError, match="format 99"):
        load_surrogate(tmp_path)
    path.write_text("{")
    with pytest.raises(RunError):
        load_surrogate(tmp_path)
    path.write_text(json.dumps({**stated, "format": 1}))
    (tmp_path / "arrays.npz").write_bytes(b"no zip")
    with pytest.raises(RunError):
        load_surrogate(tmp_path)
