"""Models that sentence-transformers loads: from the Hugging Face hub or a local folder."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.deferred import defer
from evenband.encoders.given_names import is_folder
from evenband.encoders.local import static
from evenband.encoders.local.adapters import revisions_of_bases
from evenband.encoders.local.content import Content, check_content, content_of_folder
from evenband.encoders.local.description import (
    Facts,
    check_dtype,
    describe,
    dimension,
    set_max_tokens,
)
from evenband.encoders.local.engines.parallel import processors
from evenband.encoders.local.failures import one_line
from evenband.encoders.local.folders import check_folder, digest_outside, fetch, revision_of, unchanged
from evenband.encoders.local.onnx_files import FILE_OPTION, data_files, files_to_fetch, find_onnx
from evenband.encoders.local.opening import open_model, open_onnx_model, warn_of_slow_dtype
from evenband.encoders.local.own_similarity import notes_on_similarity
from evenband.encoders.local.pooled_states import set_layer, set_pooling
from evenband.encoders.local.prompts import notes_on_roles, resolve_prompts
from evenband.encoders.local.purpose import (
    check_purpose,
    check_reads_text,
    notes_on_inputs,
    notes_on_purpose,
)
from evenband.encoders.references import PROMPT_OPTIONS, Reference, Settings
from evenband.errors import MissingExtraError
from evenband.types import Encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.local.sentences import VectorEncoder

STATIC_OPTIONS = ("dim", "dtype", "max_tokens", *PROMPT_OPTIONS)
"""Options of a static model's reference."""

LOCAL_OPTIONS = (*STATIC_OPTIONS, FILE_OPTION, "layer", "pooling")
"""Options of a local model's reference."""


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
    wanted = files_to_fetch(reference)
    with quiet():
        folder, commit = fetch(reference.argument, reference.revision, wanted)
        revision = revision_of(commit, digest_outside(folder))
    if static.is_static(folder):
        reference.check_options(STATIC_OPTIONS, revision=True)
        return static.load(folder, revision, reference)
    return _defer(folder, Content(revision, find_onnx(folder, reference)), reference, settings)


def load_folder(folder: Path, reference: Reference, settings: Settings) -> Encoder:
    """Load the model in a folder; the digest of its files is its revision.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it cannot be loaded or trusted.
        MissingExtraError: if the model libraries are not installed.
    """
    reference.check_options(LOCAL_OPTIONS)
    content = content_of_folder(folder, reference)
    if static.is_static(folder):
        reference.check_options(STATIC_OPTIONS)
        return static.load(folder, content.revision, reference, is_digest=content.is_digest)
    return _defer(folder, content, reference, settings)


def _defer(folder: Path, content: Content, reference: Reference, settings: Settings) -> Encoder:
    """Load the model now only if it was not loaded before.

    Raises:
        ModelError: if it is no embedding model, or an adapter whose base model is not there.
        MissingExtraError: if the model libraries are not installed.
    """
    check_purpose(folder, reference.text)
    bases = revisions_of_bases(folder, reference.text)
    decides = {
        "revision": content.revision,
        "options": dict(reference.options),
        "bases": bases,
        "settings": asdict(settings),
        "processors": processors(),
    }
    if content.file is not None:
        decides["file"] = content.file
    return defer(
        lambda: _load(folder, content, reference, settings, bases),
        reference.text,
        reference.name,
        decides,
        libraries(*_others(content, bases)),
    )


def _others(content: Content, bases: Mapping[str, str]) -> list[str]:
    """Return the libraries that compute this model's vectors beside the usual ones."""
    return [*(["peft"] if bases else []), *([] if content.file is None else ["onnxruntime"])]


def _load(
    folder: Path, content: Content, reference: Reference, settings: Settings, bases: Mapping[str, str]
) -> VectorEncoder:
    """Load the model.

    Args:
        folder: with its files.
        content: what of them is the model.
        reference: how the user called it.
        settings: how to load it.
        bases: what pins the base models of its adapters, by their names.
    """
    file = content.file
    check_folder(folder, has_own_weights=file is None)
    with quiet():
        if file is None:
            with unchanged(folder, content.revision if content.is_digest else None):
                model = open_model(folder, reference, settings)
        else:
            check_content(folder, content)
            with unchanged(folder):
                model = open_onnx_model(folder, file, reference, settings)
        with one_line(reference.text, "on sample texts"):
            return _encoder_of(model, folder, content, reference, settings, bases)


def _encoder_of(
    model: SentenceTransformer,
    folder: Path,
    content: Content,
    reference: Reference,
    settings: Settings,
    bases: Mapping[str, str],
) -> VectorEncoder:
    """Make an encoder of a model that was just loaded."""
    from evenband.encoders.local import engines
    from evenband.encoders.local.word_readings import encoder_of

    check_reads_text(model, reference.text)
    check_dtype(model, reference)
    warn_of_slow_dtype(model, reference)
    set_max_tokens(model, reference)
    set_pooling(model, reference)
    options = {**({"base": ",".join(bases.values())} if bases else {}), **set_layer(model, reference)}
    options |= {} if content.file is None else {FILE_OPTION: content.file, "runtime": "onnxruntime"}
    prompts, role_notes = resolve_prompts(model, reference), notes_on_roles(model, reference)
    facts = Facts(content.revision, settings.trust_remote_code, prompts, options, role_notes=role_notes)
    engine = engines.choose(model, settings.engine, facts.prompts, dimension(model, reference))
    spec = describe(model, reference, replace(facts, notes=engine.notes), engine.name)
    assumed = None if "pooling" in reference.options else spec.pooling
    own_notes = (
        *notes_on_purpose(folder, spec.pooling, assumed),
        *notes_on_similarity(folder),
        *notes_on_inputs(model, spec.max_tokens),
    )
    spec = replace(spec, notes=(*own_notes, *spec.notes))
    size = slice_size(_parameters(model, folder, content), model.device.type, processors())
    return encoder_of(model, engine, spec, libraries(*_others(content, bases)), size)


def _parameters(model: SentenceTransformer, folder: Path, content: Content) -> int:
    """Return the number of a model's weights; of an ONNX file, about the number."""
    if content.file is None:
        return sum(parameter.numel() for parameter in model.parameters())
    files = (folder / name for name in (content.file, *data_files(content.file)))
    return sum(file.stat().st_size for file in files if file.is_file()) // 4


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


def slice_size_of(model: Any) -> int:
    """Return :func:`slice_size` for a loaded model of sentence-transformers."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return slice_size(parameters, model.device.type, processors())


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
