"""Models opened to be trained: the library's own objects, found and checked as for an audit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from evenband.digests import digest_of
from evenband.encoders.given_names import is_folder
from evenband.encoders.local.description import set_max_tokens
from evenband.encoders.local.failures import NO_FAILURES, reason_of
from evenband.encoders.local.folders import (
    check_folder,
    digest_folder,
    digest_outside,
    fetch,
    revision_of,
    unchanged,
)
from evenband.encoders.local.loading import quiet
from evenband.encoders.local.opening import construct, open_model
from evenband.encoders.local.purpose import check_purpose
from evenband.encoders.local.weights import digest_tokenizer, digest_weights, structure
from evenband.encoders.minilm import MINILM
from evenband.encoders.mpnet import MPNET
from evenband.encoders.references import Reference, Settings
from evenband.encoders.rerank.rerankers import set_max_tokens_of_pairs
from evenband.errors import EvenbandError, InputError, MissingExtraError, ModelError

EMBEDDED_FOLDERS: Mapping[str, Callable[[], Path]] = {"minilm": MINILM.folder, "mpnet": MPNET.folder}
"""What finds the folder of each embedded model that can be trained."""

TRAINABLE_OPTIONS = ("max_tokens",)
"""Options of a reference whose model is trained."""


class Trainable(NamedTuple):
    """A model to be trained.

    Attributes:
        model: the library's object, on its device.
        revision: what pins the weights that it begins with.
        folder: that it was read from; ``None`` for a live model.
        settings: what decides its vectors beside the weights: options of the reference, or the digest of a
            live model's settings; ``None`` where it is as it was read.
    """

    model: Any
    revision: str
    folder: Path | None
    settings: Mapping[str, str] | str | None = None


def live_trainable(model: Any) -> Trainable:
    """Return a live model as one to be trained.

    Its settings are all that decides a training beside the weights: modules and their settings, prompts,
    tokenizer, limit of tokens, dropout, frozen weights.
    """
    import torch

    limit = getattr(model, "max_seq_length", None)
    dropout = [
        (name, module.p) for name, module in model.named_modules() if isinstance(module, torch.nn.Dropout)
    ]
    frozen = [name for name, weight in model.named_parameters() if not weight.requires_grad]
    settings = [structure(model), digest_tokenizer(model), limit, dropout, frozen]
    return Trainable(model, digest_weights(model), None, digest_of(settings))


def open_trainable(reference: Reference, settings: Settings) -> Trainable:
    """Open an embedding model to be trained: from safetensors only, without code of its own unless allowed.

    Raises:
        InputError: if the reference is not of a model that sentence-transformers loads, or has options that
            a training does not take.
        ModelError: if the model cannot be found, loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    folder, revision = _locate(reference)
    check_purpose(folder, reference.text)
    with quiet(), unchanged(folder):
        model = open_model(folder, reference, settings)
        set_max_tokens(model, reference)
    return Trainable(model, revision, folder, dict(reference.options) or None)


def open_trainable_reranker(reference: Reference, settings: Settings) -> Trainable:
    """Open a cross-encoder to be trained; one without a head for scores gets a random one.

    Raises:
        InputError: as :func:`open_trainable`.
        ModelError: likewise.
        MissingExtraError: likewise.
    """
    folder, revision = _locate(reference)
    try:
        import torch
        from sentence_transformers import CrossEncoder
    except ImportError:
        raise MissingExtraError("Rerankers", "local") from None
    with quiet(), unchanged(folder):
        try:
            model = construct(CrossEncoder, folder, torch.float32, settings, num_labels=1)
            if "max_tokens" in reference.options:
                set_max_tokens_of_pairs(model, reference)
        except (EvenbandError, MemoryError, *NO_FAILURES):
            raise
        except BaseException as error:  # the folder's own code may end the program
            raise ModelError(
                f"reranker {reference.text!r} could not be loaded: {reason_of(error)}"
            ) from error
    return Trainable(model, revision, folder, dict(reference.options) or None)


def _locate(reference: Reference) -> tuple[Path, str]:
    """Return the folder of a model and what pins its weights.

    Raises:
        InputError: if the reference is of no local model, or has options that a training does not take.
        ModelError: if there is no model.
    """
    local = is_folder(reference.argument) and not reference.scheme
    if reference.scheme and reference.scheme not in EMBEDDED_FOLDERS:
        raise InputError(
            f"model {reference.text!r} cannot be trained; expected minilm, mpnet, a folder or a Hugging "
            "Face id of a sentence-transformers model"
        )
    reference.check_options(TRAINABLE_OPTIONS, revision=not (local or reference.scheme), has_vectors=False)
    if reference.scheme or local:
        folder = (
            EMBEDDED_FOLDERS[reference.scheme]()
            if reference.scheme
            else Path(reference.argument).expanduser()
        )
        check_folder(folder)
        return folder, digest_folder(folder)
    with quiet():
        folder, commit = fetch(reference.argument, reference.revision)
    check_folder(folder)
    return folder, revision_of(commit, digest_outside(folder))
