"""Models that sentence-transformers loads: from the Hugging Face hub or a local folder."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.deferred import defer
from evenband.encoders.given_names import is_folder
from evenband.encoders.local.adapters import revisions_of_bases
from evenband.encoders.local.description import (
    Facts,
    check_dtype,
    describe,
    dimension,
    set_max_tokens,
)
from evenband.encoders.local.engines.parallel import processors
from evenband.encoders.local.failures import damaged_file, one_line, reason_of
from evenband.encoders.local.folders import (
    check_folder,
    digest_folder,
    digest_outside,
    fetch,
    unchanged,
)
from evenband.encoders.local.prompts import PROMPT_OPTIONS, notes_on_roles, resolve_prompts
from evenband.encoders.local.purpose import (
    check_purpose,
    check_reads_text,
    notes_on_inputs,
    notes_on_purpose,
)
from evenband.encoders.references import Reference, Settings
from evenband.errors import MissingExtraError, ModelError
from evenband.types import Encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.local.sentences import VectorEncoder

logger = logging.getLogger(__name__)

LOCAL_OPTIONS = ("dim", "dtype", "max_tokens", *PROMPT_OPTIONS)
"""Options of a local model's reference."""

_OUTSIDE_DIGITS = 12
"""Digits of the digest of what a repository refers to outside of it, behind its commit."""

DTYPES = ("float32", "bfloat16", "float16")


def load(reference: Reference, settings: Settings) -> Encoder:
    """Load the model of a Hugging Face id or a local folder.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it cannot be found, loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    if is_folder(reference.argument):
        return load_folder(Path(reference.argument).expanduser(), reference, settings)
    reference.check_options(LOCAL_OPTIONS, revision=True)
    with quiet():
        folder, commit = fetch(reference.argument, reference.revision)
        outside = digest_outside(folder)
    revision = f"{commit}+{outside[:_OUTSIDE_DIGITS]}" if outside else commit
    return _defer(folder, revision, reference, settings)


def load_folder(folder: Path, reference: Reference, settings: Settings) -> Encoder:
    """Load the model in a folder; the digest of its files is its revision.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it cannot be loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    reference.check_options(LOCAL_OPTIONS)
    check_folder(folder)
    digest = digest_folder(folder)
    return _defer(folder, digest, reference, settings, digest)


def _defer(
    folder: Path, revision: str, reference: Reference, settings: Settings, digest: str | None = None
) -> Encoder:
    """Load the model now only if it was not loaded before.

    Raises:
        ModelError: if it is no embedding model, or an adapter whose base model is not there.
        MissingExtraError: if the model libraries are not installed.
    """
    check_purpose(folder, reference.text)
    bases = revisions_of_bases(folder, reference.text)
    decides = {
        "revision": revision,
        "options": dict(reference.options),
        "bases": bases,
        "settings": asdict(settings),
        "processors": processors(),
    }
    return defer(
        lambda: _load(folder, revision, reference, settings, digest, bases),
        reference.text,
        reference.name,
        decides,
        libraries(*(["peft"] if bases else [])),
    )


def _load(
    folder: Path,
    revision: str,
    reference: Reference,
    settings: Settings,
    digest: str | None,
    bases: Mapping[str, str],
) -> VectorEncoder:
    """Load the model.

    Args:
        folder: with its files.
        revision: what pins its weights.
        reference: how the user called it.
        settings: how to load it.
        digest: of the folder's files, where it is the revision.
        bases: what pins the base models of its adapters, by their names.
    """
    check_folder(folder)
    with quiet():
        with unchanged(folder, digest):
            model = _open(folder, reference, settings)
        with one_line(reference.text, "on sample texts"):
            return _encoder_of(model, folder, revision, reference, settings, bases)


def _encoder_of(
    model: SentenceTransformer,
    folder: Path,
    revision: str,
    reference: Reference,
    settings: Settings,
    bases: Mapping[str, str],
) -> VectorEncoder:
    """Make an encoder of a model that was just loaded."""
    from evenband.encoders.local import engines
    from evenband.encoders.local.sentences import encoder_of

    check_reads_text(model, reference.text)
    check_dtype(model, reference)
    _warn_of_slow_dtype(model, reference)
    set_max_tokens(model, reference)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    prompts, role_notes = resolve_prompts(model, reference), notes_on_roles(model, reference)
    options = {"base": ",".join(bases.values())} if bases else {}
    facts = Facts(revision, settings.trust_remote_code, prompts, options, role_notes=role_notes)
    engine = engines.choose(model, settings.engine, facts.prompts, dimension(model, reference))
    spec = describe(model, reference, replace(facts, notes=engine.notes), engine.name)
    own_notes = (
        *notes_on_purpose(folder, spec.pooling),
        *notes_on_similarity(model),
        *notes_on_inputs(model, spec.max_tokens),
    )
    spec = replace(spec, notes=(*own_notes, *spec.notes))
    size = slice_size(parameters, model.device.type, processors())
    return encoder_of(model, engine, spec, libraries(*(["peft"] if bases else [])), size)


def slice_size(parameters: int, device: str, threads: int) -> int:
    """Return how many texts to encode at a time: fewer for a larger model, so that a killed run loses less.

    A CPU with more threads takes more texts in the same time. With CUDA many more are needed: too
    few would leave the GPU idle.
    """
    least, most, work = {
        "cuda": (2048, 16_384, 5e12),
        "cpu": (256, 2048, 2.5e10 * threads),
    }.get(device, (256, 2048, 5e10))
    return int(min(most, max(least, work / max(parameters, 1))))


def _open(folder: Path, reference: Reference, settings: Settings) -> SentenceTransformer:
    """Load the model with the library, from safetensors only and without the network."""
    dtype = reference.choice("dtype", DTYPES, "float32")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # oneDNN and PyTorch's layer over it each keep what they prepared for the last 1,024 shapes:
    # more than a gigabyte over a suite's batches.
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "16")
    os.environ.setdefault("LRU_CACHE_CAPACITY", "16")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError:
        raise MissingExtraError("Local models", "local") from None
    try:
        return SentenceTransformer(
            str(folder),
            device=settings.device,
            trust_remote_code=settings.trust_remote_code,
            local_files_only=True,
            model_kwargs={"use_safetensors": True, "dtype": getattr(torch, dtype)},
        )
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # the folder's own code may end the program
        if "Pillow" in str(error):
            raise MissingExtraError("Models that read images beside texts", "images") from None
        raise ModelError(_explain(reference, error, folder)) from error


def _warn_of_slow_dtype(model: SentenceTransformer, reference: Reference) -> None:
    """Warn where a short number format is no faster than float32."""
    from evenband.encoders.local.engines import linear

    if model.device.type == "cpu" and model.dtype is not None and (why := linear.drawback(model.dtype)):
        logger.warning("model %r: this processor %s; float32 is exact and no slower", reference.text, why)


def _explain(reference: Reference, error: BaseException, folder: Path) -> str:
    """Return one line on why the library could not load a model."""
    reason = reason_of(error)
    if "trust_remote_code" in str(error):
        return (
            f"model {reference.text!r} brings code of its own, which is not run unless you ask for it; "
            "read that code, then use --trust-remote-code"
        )
    if "pytorch_model.bin" in str(error):
        return f"model {reference.text!r} has a module without safetensors; pickles are not read: {reason}"
    return f"model {reference.text!r} could not be loaded: {reason}{damaged_file(folder)}"


def libraries(*others: str) -> dict[str, str]:
    """Return the versions of the libraries that compute the vectors; part of the cache key.

    Args:
        others: names of libraries that compute this model's vectors beside the usual ones.
    """
    versions = {}
    for name in ("torch", "transformers", "sentence-transformers", "tokenizers", *others):
        with contextlib.suppress(PackageNotFoundError):
            versions[name] = version(name)
    return versions


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silence progress bars and log lines of the model libraries, and restore their settings afterwards."""
    try:
        hub: Any = importlib.import_module("huggingface_hub.utils")
        logging: Any = importlib.import_module("transformers.utils.logging")
    except ImportError:
        raise MissingExtraError("Local models", "local") from None
    hub_was_quiet = hub.are_progress_bars_disabled()
    bar_was_on = logging.is_progress_bar_enabled()
    verbosity = logging.get_verbosity()
    hub.disable_progress_bars()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if bar_was_on:
            logging.enable_progress_bar()
        if not hub_was_quiet:
            hub.enable_progress_bars()
