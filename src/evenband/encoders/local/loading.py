"""Models that sentence-transformers loads: from the Hugging Face hub or a local folder."""

from __future__ import annotations

import contextlib
import importlib
import logging
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.deferred import defer
from evenband.encoders.local.engines.parallel import processors
from evenband.encoders.local.folders import check_folder, digest_folder, fetch
from evenband.encoders.local.prompts import resolve_prompts
from evenband.encoders.references import Reference, Settings, is_folder
from evenband.errors import InputError, MissingExtraError, ModelError
from evenband.types import Encoder, ModelSpec

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.local.sentences import SentenceEncoder

logger = logging.getLogger(__name__)

OPTIONS = ("dim", "dtype", "max_tokens", "prompt")
DTYPES = ("float32", "bfloat16", "float16")


def load(reference: Reference, settings: Settings) -> Encoder:
    """A Hugging Face id or a local folder.

    Raises:
        ModelError: if it cannot be found, loaded or trusted.
    """
    if is_folder(reference.argument):
        return load_folder(Path(reference.argument).expanduser(), reference, settings)
    reference.check_options(OPTIONS, revision=True)
    with quiet():
        folder, commit = fetch(reference.argument, reference.revision)
    return _defer(folder, commit, reference, settings)


def load_folder(folder: Path, reference: Reference, settings: Settings) -> Encoder:
    """A model in a folder, whose files' digest is its revision.

    Raises:
        ModelError: if it cannot be loaded or trusted.
    """
    reference.check_options(OPTIONS)
    check_folder(folder)
    return _defer(folder, digest_folder(folder), reference, settings)


def _defer(folder: Path, revision: str, reference: Reference, settings: Settings) -> Encoder:
    """The model, loaded now only if nothing is known of it yet."""
    decides = {
        "revision": revision,
        "options": dict(reference.options),
        "settings": asdict(settings),
        "processors": processors(),
    }
    return defer(
        lambda: _load(folder, revision, reference, settings),
        reference.text,
        reference.name,
        decides,
        libraries(),
    )


def _load(folder: Path, revision: str, reference: Reference, settings: Settings) -> SentenceEncoder:
    check_folder(folder)
    with quiet():
        model = _open(folder, reference, settings)
        _check_speed(model, reference)
        _set_max_tokens(model, reference)
        from evenband.encoders.local import engines
        from evenband.encoders.local.sentences import SentenceEncoder

        parameters = sum(parameter.numel() for parameter in model.parameters())
        prompts = resolve_prompts(model, reference)
        dim = _dim(model, reference)
        engine = engines.choose(model, settings.engine, prompts, dim)
        spec = _describe(model, revision, reference, settings, prompts, dim, engine.name)
        size = slice_size(parameters, model.device.type, processors())
        return SentenceEncoder(model, engine, spec, libraries(), size)


def slice_size(parameters: int, device: str, threads: int) -> int:
    """Texts worth encoding at a time: fewer for a larger model, so that a killed run loses less.

    On more threads of a CPU more take as long, and with CUDA many more: too few would leave it idle.
    """
    least, most, work = {
        "cuda": (2048, 16_384, 5e12),
        "cpu": (256, 2048, 2.5e10 * threads),
    }.get(device, (256, 2048, 5e10))
    return int(min(most, max(least, work / max(parameters, 1))))


def _open(folder: Path, reference: Reference, settings: Settings) -> SentenceTransformer:
    dtype = reference.choice("dtype", DTYPES, "float32")
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    # oneDNN and PyTorch's layer over it each keep what they prepared for the last 1,024 shapes that they met:
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
    except Exception as error:
        raise ModelError(_explain(reference, error)) from error


def _check_speed(model: SentenceTransformer, reference: Reference) -> None:
    """Say so where a short number format is no faster than float32."""
    from evenband.encoders.local.engines import linear

    if model.device.type == "cpu" and model.dtype is not None and (why := linear.drawback(model.dtype)):
        logger.warning("model %r: this processor %s; float32 is exact and no slower", reference.text, why)


def _explain(reference: Reference, error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = lines[0][:300] if lines else type(error).__name__
    if "trust_remote_code" in str(error):
        return (
            f"model {reference.text!r} brings code of its own, which is not run unless you ask for it; "
            "read that code, then use --trust-remote-code"
        )
    if "pytorch_model.bin" in str(error):
        return f"model {reference.text!r} has a module without safetensors; pickles are not read: {reason}"
    return f"model {reference.text!r} could not be loaded: {reason}"


def _set_max_tokens(model: SentenceTransformer, reference: Reference) -> None:
    wanted = reference.integer("max_tokens")
    if wanted is None:
        return
    limit = _max_tokens(model)
    if limit is not None and wanted > limit:
        raise InputError(f"model {reference.text!r}: got max_tokens={wanted}, expected {limit} or less")
    model.max_seq_length = wanted


def _max_tokens(model: SentenceTransformer) -> int | None:
    """The length at which texts are cut; tokenizers without one say some 10^30."""
    limit = model.get_max_seq_length()
    return int(limit) if limit is not None and limit < 10**9 else None


def _dim(model: SentenceTransformer, reference: Reference) -> int:
    ask = getattr(model, "get_embedding_dimension", None) or model.get_sentence_embedding_dimension
    full = ask()
    if full is None:
        raise ModelError(f"model {reference.text!r} does not say how long its vectors are")
    wanted = reference.integer("dim")
    if wanted is not None and wanted > full:
        raise InputError(f"model {reference.text!r}: got dim={wanted}, expected {full} or less")
    return wanted or int(full)


def _describe(
    model: SentenceTransformer,
    revision: str,
    reference: Reference,
    settings: Settings,
    prompts: Mapping[str, str],
    dim: int,
    engine: str,
) -> ModelSpec:
    pooling = _find(model, "Pooling")
    mode = getattr(pooling, "pooling_mode", None) or getattr(pooling, "get_pooling_mode_str", lambda: None)()
    options = {"engine": engine, "device": model.device.type}
    if pooling is not None and not getattr(pooling, "include_prompt", True):
        options["include_prompt"] = "false"
    config = getattr(getattr(model[0], "auto_model", None), "config", None)
    if attention := getattr(config, "_attn_implementation", None):
        options["attention"] = str(attention)
    return ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="sentence-transformers",
        revision=revision,
        dtype=str(model.dtype).removeprefix("torch."),
        dim=dim,
        max_tokens=_max_tokens(model),
        pooling="+".join(mode) if isinstance(mode, tuple) else mode,
        normalize=_find(model, "Normalize") is not None,
        prompts={role: prompt for role, prompt in prompts.items() if prompt},
        trust_remote_code=settings.trust_remote_code,
        options=options,
    )


def _find(model: SentenceTransformer, kind: str) -> Any:
    return next((module for module in model if type(module).__name__ == kind), None)


def libraries() -> dict[str, str]:
    """The versions of the libraries that compute the vectors; a cached vector is theirs."""
    found = {}
    for name in ("torch", "transformers", "sentence-transformers", "tokenizers"):
        with contextlib.suppress(PackageNotFoundError):
            found[name] = version(name)
    return found


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """No progress bars and no chatter from the model libraries; as they were afterwards."""
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
