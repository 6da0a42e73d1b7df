"""Fitted surrogates on disk: arrays and JSON, nothing that executes on load."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from edaphon.errors import Finding, RunError
from edaphon.surrogates.applicability import Applicability
from edaphon.surrogates.encode import Encoder
from edaphon.surrogates.fit import Surrogate
from edaphon.surrogates.intervals import Spread
from edaphon.surrogates.learner import Learner
from edaphon.surrogates.models import AdditiveSplines, Model, Ridge, Trees
from edaphon.surrogates.stack import Stack
from edaphon.surrogates.state import Card

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMAT = 1

Arrays = dict[str, "NDArray[Any]"]


def save_surrogate(surrogate: Surrogate, folder: Path | str) -> None:
    """Write a surrogate to ``folder`` as surrogate.json and arrays.npz.

    Parameters
    ----------
    surrogate : Surrogate
    folder : Path or str
        Made if it does not exist.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    learner, spread = surrogate.learner, surrogate.learner.spread
    arrays: Arrays = {"scores": spread.scores, **_listed("area", surrogate.applicability)}
    for position, model in enumerate(learner.stack.models):
        arrays |= _pack(f"model{position}", model)
    if spread.scale_model is not None:
        arrays |= _pack("scale", spread.scale_model)
    stated = {
        "format": FORMAT,
        "card": surrogate.card.as_dict(),
        "findings": [finding.as_dict() for finding in surrogate.findings],
        "encoder": asdict(surrogate.encoder),
        "stack": {
            "mean": learner.stack.mean,
            "names": learner.stack.names,
            "weights": learner.stack.weights,
            "kinds": [type(model).__name__ for model in learner.stack.models],
        },
        "spread": _numbers(spread, ("level", "typical", "amount", "low", "high")),
        "learner": _numbers(learner, ("transform", "lowest", "highest", "smearing", "positive")),
        "area": _numbers(surrogate.applicability, ("typical", "threshold")),
    }
    np.savez_compressed(folder / "arrays.npz", allow_pickle=False, **arrays)
    text = json.dumps(stated, indent=1, ensure_ascii=False)
    (folder / "surrogate.json").write_text(text + "\n", encoding="utf-8")


def load_surrogate(folder: Path | str) -> Surrogate:
    """Read a surrogate that `save_surrogate` wrote; it predicts the same values.

    Parameters
    ----------
    folder : Path or str

    Returns
    -------
    Surrogate

    Raises
    ------
    RunError
        If a file is missing, damaged, or of another format.
    """
    folder = Path(folder)
    try:
        stated = json.loads((folder / "surrogate.json").read_text(encoding="utf-8"))
        with np.load(folder / "arrays.npz", allow_pickle=False) as stored:
            arrays: Arrays = {name: stored[name] for name in stored.files}
        if stated["format"] != FORMAT:
            raise ValueError(f"format {stated['format']}, this version reads {FORMAT}")
        return _build(stated, arrays)
    except (OSError, ValueError, KeyError, TypeError, EOFError) as error:
        what = f"this fitted surrogate cannot be read ({error})"
        raise RunError(Finding(str(folder), what, "Run again from the stage fit.")) from error


def _build(stated: dict[str, Any], arrays: Arrays) -> Surrogate:
    """Rebuild the value from what the two files hold."""
    kinds = stated["stack"]["kinds"]
    stack = Stack(
        mean=stated["stack"]["mean"],
        names=tuple(stated["stack"]["names"]),
        weights=tuple(stated["stack"]["weights"]),
        models=tuple(_unpack(f"model{i}", kind, arrays) for i, kind in enumerate(kinds)),
    )
    scale = _trees("scale", arrays) if "scale.roots" in arrays else None
    spread = Spread(scale_model=scale, scores=arrays["scores"], **stated["spread"])
    encoder = Encoder(
        tuple(stated["encoder"]["predictors"]),
        {name: tuple(codes) for name, codes in stated["encoder"]["codes"].items()},
        stated["encoder"]["medians"],
    )
    return Surrogate(
        card=Card.from_dict(stated["card"]),
        encoder=encoder,
        learner=Learner(stack=stack, spread=spread, **stated["learner"]),
        applicability=Applicability(**{**_under("area", arrays), **stated["area"]}),
        findings=tuple(Finding(**finding) for finding in stated["findings"]),
    )


def _numbers(value: object, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: getattr(value, name) for name in names}


def _listed(prefix: str, value: object) -> Arrays:
    """Arrays among the fields of a dataclass, named ``prefix.field``."""
    fields = vars(value).items()
    return {f"{prefix}.{name}": held for name, held in fields if isinstance(held, np.ndarray)}


def _under(prefix: str, arrays: Arrays) -> dict[str, Any]:
    """Arrays directly under a prefix, by field."""
    start = f"{prefix}."
    rest = {name.removeprefix(start): a for name, a in arrays.items() if name.startswith(start)}
    return {name: array for name, array in rest.items() if "." not in name}


def _pack(prefix: str, model: Model) -> Arrays:
    """Arrays of a model; the ridge within splines goes one prefix deeper."""
    arrays = _listed(prefix, model)
    if isinstance(model, AdditiveSplines):
        arrays |= _listed(f"{prefix}.ridge", model.ridge)
    return arrays


def _unpack(prefix: str, kind: str, arrays: Arrays) -> Model:
    """Rebuild a model by the name of its kind."""
    if kind == "Ridge":
        return Ridge(**_under(prefix, arrays))
    if kind == "AdditiveSplines":
        ridge = Ridge(**_under(f"{prefix}.ridge", arrays))
        return AdditiveSplines(**_under(prefix, arrays), ridge=ridge)
    if kind == "Trees":
        return _trees(prefix, arrays)
    raise ValueError(f"unknown kind of model {kind!r}")


def _trees(prefix: str, arrays: Arrays) -> Trees:
    return Trees(**_under(prefix, arrays))
