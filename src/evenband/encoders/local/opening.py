"""Models read by sentence-transformers, from safetensors or an ONNX file, without the network."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.failures import (
    NO_FAILURES,
    asks_for_trust,
    damaged_file,
    one_line,
    reason_of,
    text_of,
)
from evenband.encoders.local.missing_weights import check_complete, noticing_missing
from evenband.encoders.references import Reference, Settings
from evenband.errors import InputError, MissingExtraError, ModelError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

logger = logging.getLogger(__name__)

DTYPES = ("float32", "bfloat16", "float16")


def open_model(folder: Path, reference: Reference, settings: Settings) -> SentenceTransformer:
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
        with noticing_missing() as missing:
            model: SentenceTransformer = construct(
                SentenceTransformer, folder, getattr(torch, dtype), settings
            )
    except (MemoryError, *NO_FAILURES):
        raise
    except BaseException as error:  # the folder's own code may end the program
        if "Pillow" in text_of(error):
            raise MissingExtraError("Models that read images beside texts", "images") from None
        raise ModelError(_explain(reference, error, folder, settings)) from error
    check_complete(reference.text, missing)
    return model


def construct(library: Any, folder: Path, dtype: object, settings: Settings, **others: Any) -> Any:
    """Make a model of one of the library's classes, from safetensors only and without the network.

    Args:
        library: class of sentence-transformers, such as ``SentenceTransformer`` or ``CrossEncoder``.
        folder: with the model's files.
        dtype: number format of PyTorch.
        settings: device, and whether code that comes with the model may run.
        others: further arguments of the class.

    Raises:
        Exception: whatever the library, or the folder's own code, raises.
    """
    return library(
        str(folder),
        device=settings.device,
        trust_remote_code=settings.trust_remote_code,
        local_files_only=True,
        model_kwargs={"use_safetensors": True, "dtype": dtype},
        **others,
    )


def open_onnx_model(folder: Path, file: str, reference: Reference, settings: Settings) -> SentenceTransformer:
    """Load the model with an ONNX file for its network.

    Raises:
        InputError: for another device than the CPU.
        MissingExtraError: if onnxruntime or the model libraries are not installed.
        ModelError: if it cannot be loaded.
    """
    if settings.device not in (None, "cpu"):
        raise InputError(
            f"model {reference.text!r}: got the device {settings.device}, but ONNX files are computed on "
            "the CPU"
        )
    try:
        from evenband.encoders.local.onnx_network import open_onnx
    except MissingExtraError:
        raise
    except ImportError:
        raise MissingExtraError("ONNX models", "onnx") from None
    with one_line(reference.text, f"while {file} was loaded"):
        return open_onnx(folder, file, reference.text, settings.trust_remote_code)


def warn_of_slow_dtype(model: SentenceTransformer, reference: Reference) -> None:
    """Warn where a short number format is no faster than float32."""
    from evenband.encoders.local.engines import linear

    if model.device.type == "cpu" and model.dtype is not None and (why := linear.drawback(model.dtype)):
        logger.warning("model %r: this processor %s; float32 is exact and no slower", reference.text, why)


def _explain(reference: Reference, error: BaseException, folder: Path, settings: Settings) -> str:
    """Return one line on why the library could not load a model."""
    reason = reason_of(error)
    if asks_for_trust(error, settings):
        return (
            f"model {reference.text!r} brings code of its own, which is not run unless you ask for it; "
            "read that code, then use --trust-remote-code"
        )
    if "pytorch_model.bin" in text_of(error):
        return f"model {reference.text!r} has a module without safetensors; pickles are not read: {reason}"
    return f"model {reference.text!r} could not be loaded: {reason}{damaged_file(folder)}"
