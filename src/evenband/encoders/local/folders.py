"""A model's folder on disk: found or downloaded, safe to read, identified by its content."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from evenband.encoders.local.folder_contents import File, digest_files, files_of, outside_of
from evenband.errors import MissingExtraError, ModelError

PICKLES = ("*.bin", "*.pt", "*.pth", "*.pkl", "*.pickle", "*.ckpt")
OTHER_BACKENDS = (
    "*.h5",
    "*.msgpack",
    "*.ot",
    "*.onnx",
    "*.onnx_data",
    "onnx/*",
    "openvino/*",
    "*.gguf",
    "coreml/*",
)
"""Files that no model is loaded from here, so that they are not downloaded."""

_OUTSIDE_DIGITS = 12
"""Digits of the digest of what a repository refers to outside of it, behind its commit."""


def check_folder(folder: Path, has_own_weights: bool = True) -> None:
    """Refuse a folder without a model, and weights that exist only as pickles, which can run code when read.

    Args:
        folder: of a model.
        has_own_weights: whether its network is read from the folder itself, and not from an ONNX file.

    Raises:
        ModelError: naming the folder and the file.
    """
    if not any((folder / name).is_file() for name in ("modules.json", "config.json", "adapter_config.json")):
        raise ModelError(
            f"{str(folder)!r} is not a model's folder: it has neither modules.json nor config.json; "
            "expected what sentence-transformers, transformers or PEFT saves"
        )
    parts = _module_folders(folder)
    for part in parts if has_own_weights else parts[1:]:
        pickles = sorted(path.name for pattern in PICKLES for path in part.glob(pattern))
        pickles = [name for name in pickles if name != "training_args.bin"]
        if pickles and not any(part.glob("*.safetensors")):
            raise ModelError(
                f"{str(part)!r} has its weights in {pickles[0]!r} only, a pickle, which can run code when "
                "it is read; expected safetensors: have its owner save it again as such"
            )


def _module_folders(folder: Path) -> list[Path]:
    """Return the folder and the subfolders of the model's modules.

    Raises:
        ModelError: if the list of modules cannot be read.
    """
    listing = folder / "modules.json"
    if not listing.is_file():
        return [folder]
    try:
        parts = [folder / str(module.get("path", "")) for module in json.loads(listing.read_text("utf-8"))]
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"cannot read {str(listing)!r}: {error}; expected a list of modules") from error
    return [folder, *(part for part in parts if part.is_dir() and part != folder)]


def digest_folder(folder: Path) -> str:
    """Return 32 hexadecimal digits: a hash of the names and contents of all files that decide the vectors.

    Raises:
        ModelError: if a file cannot be read, or changes while it is read.
    """
    with unchanged(folder) as files:
        return digest_files(files)


def digest_outside(folder: Path) -> str:
    """Return 32 hexadecimal digits of what a folder refers to outside of it; empty if to nothing.

    Raises:
        ModelError: if a file cannot be read.
    """
    files = outside_of(folder)
    return digest_files(files) if files else ""


def revision_of(commit: str, outside: str) -> str:
    """Return what pins a repository: its commit, and the digest of what it refers to outside of it."""
    return f"{commit}+{outside[:_OUTSIDE_DIGITS]}" if outside else commit


@contextlib.contextmanager
def unchanged(folder: Path, digest: str | None = None) -> Iterator[tuple[File, ...]]:
    """Context manager: refuse a folder whose files change within the block.

    Args:
        folder: of a model.
        digest: of its files before; ``None`` if it is not known.

    Raises:
        ModelError: naming the first file that is another than before.
    """
    before = files_of(folder)
    if digest is not None and digest_files(before) != digest:
        raise ModelError(f"{str(folder)!r} has changed since this run began; start it again")
    try:
        yield before
    except Exception as error:  # half a file, perhaps
        _check_unchanged(folder, before, error)
        raise
    _check_unchanged(folder, before)


def _check_unchanged(folder: Path, before: tuple[File, ...], cause: Exception | None = None) -> None:
    """Refuse a folder whose files are others than before.

    Raises:
        ModelError: naming the first such file.
    """
    changed = sorted({file.name for file in set(before) ^ set(files_of(folder))})
    if changed:
        raise ModelError(
            f"{str(folder)!r} changed while it was read ({changed[0]!r}); "
            "wait until it is written, then start again"
        ) from cause


def fetch(repository: str, revision: str | None, files: Sequence[str] = ()) -> tuple[Path, str]:
    """Return the folder of a Hugging Face repository, downloaded if the hub's cache lacks it, and its commit.

    Args:
        repository: its id.
        revision: of it; ``None`` for the newest.
        files: of another format that are downloaded in place of safetensors, such as an ONNX file.

    Raises:
        ModelError: in one line, if there is no such model, no access or no network.
        MissingExtraError: if the model libraries are not installed.
    """
    try:
        import huggingface_hub as hub
    except ImportError:
        raise MissingExtraError("Local models", "local") from None
    # Like sentence-transformers, look for a name without an organisation among its own models first.
    candidates = [repository] if "/" in repository else [f"sentence-transformers/{repository}", repository]
    failure: Exception | None = None
    left_out = [*PICKLES, *OTHER_BACKENDS, *(["model*.safetensors"] if files else [])]
    for candidate in candidates:
        try:
            folder = hub.snapshot_download(candidate, revision=revision, ignore_patterns=left_out)
            if files:
                commit = Path(folder).name
                hub.snapshot_download(candidate, revision=commit, allow_patterns=list(files))
            return Path(folder), Path(folder).name
        except (OSError, ValueError) as error:  # base classes of every error of the hub's client
            failure = failure or error
    raise ModelError(_explain(repository, revision, failure)) from failure


def _explain(repository: str, revision: str | None, failure: Exception | None) -> str:
    """Return one line on why the hub did not give a model."""
    from huggingface_hub import errors

    what = f"model {repository!r}" + (f" at revision {revision!r}" if revision else "")
    if isinstance(failure, errors.GatedRepoError):
        return f"{what} is gated: accept its terms on the hub and log in with `hf auth login`"
    if isinstance(failure, errors.RepositoryNotFoundError):
        return f"{what} is not on the Hugging Face hub (or is private), and is no local folder"
    if isinstance(failure, errors.RevisionNotFoundError):
        return f"{what} does not exist: the model has no such revision"
    if isinstance(failure, errors.HFValidationError):
        return f"{what} is neither an existing folder nor a Hugging Face id such as Qwen/Qwen3-Embedding-0.6B"
    if isinstance(failure, errors.LocalEntryNotFoundError):
        return (
            f"{what} is no local folder, is not in the hub's cache, and the hub cannot be reached; "
            "check the name and the network, or give a folder (the model `minilm` needs no network)"
        )
    reason = str(failure).strip().splitlines()[0] if str(failure).strip() else type(failure).__name__
    return f"{what} could not be downloaded: {reason}"
