"""A model's folder on disk: found or downloaded, safe to read, identified by its content."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

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

_UNREAD = {"README.md", "LICENSE", "LICENSE.txt"}
"""Files that change nothing about the vectors."""

_File: TypeAlias = tuple[str, str, int, int]
"""Name within the model's folder, path, size in bytes, time of the last change in nanoseconds."""


def check_folder(folder: Path) -> None:
    """Refuse a folder without a model, and weights that exist only as pickles, which can run code when read.

    Raises:
        ModelError: naming the folder and the file.
    """
    if not any((folder / name).is_file() for name in ("modules.json", "config.json", "adapter_config.json")):
        raise ModelError(
            f"{str(folder)!r} is not a model's folder: it has neither modules.json nor config.json; "
            "expected what sentence-transformers, transformers or PEFT saves"
        )
    for part in _module_folders(folder):
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
    except (ValueError, AttributeError, TypeError) as error:
        raise ModelError(f"cannot read {str(listing)!r}: {error}; expected a list of modules") from error
    return [folder, *(part for part in parts if part.is_dir() and part != folder)]


def digest_folder(folder: Path) -> str:
    """Return 32 hexadecimal digits: a hash of the files' names and contents.

    Hidden files, the readme and licences are left out.
    """
    files: list[_File] = []
    for path in sorted(folder.rglob("*"), key=lambda path: path.relative_to(folder).as_posix()):
        relative = path.relative_to(folder)
        if not path.is_file() or path.name in _UNREAD or any(part.startswith(".") for part in relative.parts):
            continue
        state = path.stat()
        files.append((relative.as_posix(), str(path.absolute()), state.st_size, state.st_mtime_ns))
    return _digest_files(tuple(files))


@lru_cache(maxsize=16)
def _digest_files(files: tuple[_File, ...]) -> str:
    """Hash the files; only once per process while their sizes and times of change stay the same."""
    total = hashlib.blake2b(digest_size=16)
    for relative, path, _, _ in files:
        with Path(path).open("rb") as file:
            content = hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=32)).hexdigest()
        total.update(f"{relative}\0{content}\0".encode())
    return total.hexdigest()


def fetch(repository: str, revision: str | None) -> tuple[Path, str]:
    """Return the folder of a Hugging Face repository, downloaded if the hub's cache lacks it, and its commit.

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
    for candidate in candidates:
        try:
            folder = hub.snapshot_download(
                candidate, revision=revision, ignore_patterns=[*PICKLES, *OTHER_BACKENDS]
            )
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
