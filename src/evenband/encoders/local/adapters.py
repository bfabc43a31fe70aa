"""Adapters of PEFT: a few weights in a folder of their own, on top of a base model that lies elsewhere."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.given_names import is_folder
from evenband.encoders.local.folders import check_folder, digest_folder, fetch
from evenband.errors import MissingExtraError, ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ADAPTER_FILE = "adapter_config.json"


def revisions_of_bases(folder: Path, ref: str) -> dict[str, str]:
    """Return what pins the base models of a folder's adapters, by the base's name; empty without adapters.

    The folder's own digest does not cover a base: a folder elsewhere is digested too, and a Hugging Face id
    is downloaded if the hub's cache lacks it, and pinned by its commit.

    Args:
        folder: with the model's files.
        ref: what the user calls it.

    Raises:
        ModelError: naming the base model, if it is not there or not safe to read.
        MissingExtraError: if PEFT is not installed.
    """
    bases: dict[str, str] = {}
    for path in [folder / ADAPTER_FILE, *sorted(folder.glob(f"*/{ADAPTER_FILE}"))]:
        if not path.is_file():
            continue
        base = _base_of(path)
        if importlib.util.find_spec("peft") is None:
            raise MissingExtraError("Adapters of PEFT", "peft")
        try:
            bases[base] = _revision(base)
        except ModelError as error:
            raise ModelError(f"model {ref!r} is an adapter of {base!r}: {error}") from error
    return bases


def _base_of(path: Path) -> str:
    """Return the name of an adapter's base model.

    Raises:
        ModelError: if the file does not give one.
    """
    try:
        base = json.loads(path.read_text(encoding="utf-8"))["base_model_name_or_path"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(
            f"cannot read {str(path)!r}: {error}; expected an adapter's configuration"
        ) from error
    if not base:
        raise ModelError(f"{str(path)!r} names no base model; expected base_model_name_or_path")
    return str(base)


def _revision(base: str) -> str:
    if not is_folder(base):
        return fetch(base, None)[1]
    folder = Path(base).expanduser()
    check_folder(folder)
    return digest_folder(folder)


def adapter_state(model: SentenceTransformer) -> list[Any]:
    """Return which adapters of a live model are at work, layer by layer, as plain data."""
    if "peft" not in sys.modules:
        return []
    from peft.tuners.tuners_utils import BaseTunerLayer

    return [
        [name, layer.disable_adapters, list(layer.active_adapters), sorted(layer.merged_adapters), str(scale)]
        for name, layer in model.named_modules()
        if isinstance(layer, BaseTunerLayer)
        for scale in [getattr(layer, "scaling", None)]
    ]
