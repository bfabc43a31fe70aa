"""Loading rerankers: from a folder, from the Hugging Face hub, or a live object of sentence-transformers."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from evenband.encoders.given_names import is_folder
from evenband.encoders.local.description import max_tokens
from evenband.encoders.local.failures import (
    NO_FAILURES,
    asks_for_trust,
    damaged_file,
    one_line,
    reason_of,
)
from evenband.encoders.local.folders import (
    check_folder,
    digest_folder,
    digest_outside,
    fetch,
    revision_of,
    unchanged,
)
from evenband.encoders.local.loading import libraries, quiet
from evenband.encoders.local.missing_weights import check_complete, noticing_missing
from evenband.encoders.local.opening import DTYPES, construct
from evenband.encoders.local.purpose import LATE, Purpose, architecture_of, purpose_of, refusal_as_reranker
from evenband.encoders.references import Reference, Settings
from evenband.encoders.rerank.deferred_reranker import defer_reranker
from evenband.encoders.rerank.scorers import ScoringModel, scorer_of
from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.types import Reranker

RERANKER_OPTIONS = ("dtype", "max_tokens")
"""Options of a reranker's reference."""


def load(reference: Reference, settings: Settings) -> Reranker:
    """Load the reranker of a Hugging Face id or a local folder, now only if it was not loaded before.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it is no reranker, or cannot be found, loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    _check_engine(reference, settings)
    folder, revision, digest = _locate(reference)
    purpose = purpose_of(folder)
    if purpose is None or not purpose.scores_pairs:
        raise refusal_as_reranker(reference.text, purpose)
    if purpose.kind == LATE:
        _check_projection(folder, reference.text)

    def open_now() -> ScoringModel:
        with quiet():
            with unchanged(folder, digest):
                model = _open(folder, purpose, reference, settings)
            with one_line(reference.text, "on sample pairs"):
                set_max_tokens_of_pairs(model, reference)
                return scorer_of(model, reference, revision, settings.trust_remote_code)

    decides = {
        "revision": revision,
        "options": dict(reference.options),
        "settings": asdict(settings),
    }
    return defer_reranker(open_now, reference.text, reference.name, decides, libraries())


def _locate(reference: Reference) -> tuple[Path, str, str | None]:
    """Return the model's folder, what pins its weights, and the folder's digest where it is a local one."""
    is_local = is_folder(reference.argument)
    reference.check_options(RERANKER_OPTIONS, revision=not is_local, has_vectors=False)
    if is_local:
        folder = Path(reference.argument).expanduser()
        check_folder(folder)
        digest = digest_folder(folder)
        return folder, digest, digest
    with quiet():
        folder, commit = fetch(reference.argument, reference.revision)
        check_folder(folder)
        return folder, revision_of(commit, digest_outside(folder)), None


def _check_engine(reference: Reference, settings: Settings) -> None:
    """Refuse an engine that computes vectors: a reranker has its library's way only.

    Raises:
        InputError: naming the engine.
    """
    if settings.engine not in ("auto", "plain"):
        raise InputError(
            f"model {reference.text!r} is a reranker, which has no engine {settings.engine!r}; "
            "expected auto or plain"
        )


def _open(folder: Path, purpose: Purpose, reference: Reference, settings: Settings) -> Any:
    """Load the model with the library, from safetensors only and without the network."""
    dtype = reference.choice("dtype", DTYPES, "float32")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    try:
        import torch
        from sentence_transformers import CrossEncoder, MultiVectorEncoder
    except ImportError:
        raise MissingExtraError("Rerankers", "local") from None
    library: Any = MultiVectorEncoder if purpose.kind == LATE else CrossEncoder
    try:
        with noticing_missing() as missing:
            model = construct(library, folder, getattr(torch, dtype), settings)
    except (MemoryError, *NO_FAILURES):
        raise
    except BaseException as error:  # the folder's own code may end the program
        raise ModelError(_explain(reference, error, folder, settings)) from error
    check_complete(reference.text, missing)
    return model


def _check_projection(folder: Path, ref: str) -> None:
    """Refuse a checkpoint on top of which the library would put a projection of random weights.

    Raises:
        ModelError: if nothing in the folder says what the token vectors are made by.
    """
    if not (folder / "modules.json").is_file() and architecture_of(folder) != "HF_ColBERT":
        raise ModelError(
            f"model {ref!r} is a late-interaction model without its projection ({architecture_of(folder)}): "
            "sentence-transformers would put random weights in its place; expected a folder with "
            "modules.json or the architecture HF_ColBERT"
        )


def _explain(reference: Reference, error: BaseException, folder: Path, settings: Settings) -> str:
    """Return one line on why the library could not load a reranker."""
    if asks_for_trust(error, settings):
        return (
            f"model {reference.text!r} brings code of its own, which is not run unless you ask for it; "
            "read that code, then use --trust-remote-code"
        )
    return f"reranker {reference.text!r} could not be loaded: {reason_of(error)}{damaged_file(folder)}"


def set_max_tokens_of_pairs(model: Any, reference: Reference) -> None:
    """Cut pairs at the length that the reference asks for, if it does.

    Raises:
        InputError: if it is longer than the model's own limit, or leaves no room for a word of each text.
    """
    wanted, limit = reference.integer("max_tokens"), max_tokens(model)
    if wanted is None:
        return
    if limit is not None and wanted > limit:
        raise InputError(f"model {reference.text!r}: got max_tokens={wanted}, expected {limit} or less")
    marks = int(model.preprocess([("", "")])["input_ids"].shape[1])
    if wanted < marks + 2:
        raise InputError(
            f"model {reference.text!r}: got max_tokens={wanted}, expected {marks + 2} or more: {marks} "
            "tokens are the model's own marks, and each text needs one"
        )
    model.max_seq_length = wanted
