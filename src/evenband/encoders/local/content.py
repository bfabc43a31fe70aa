"""What of a folder is the model that a reference names, and what pins it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evenband.encoders.local.folders import check_folder, digest_folder
from evenband.encoders.local.onnx_files import digest_onnx, find_onnx
from evenband.encoders.references import Reference
from evenband.errors import ModelError


@dataclass(frozen=True)
class Content:
    """What of a folder is the model.

    Attributes:
        revision: what pins its weights.
        file: path of the ONNX file within the folder; ``None`` if PyTorch computes the model.
        is_digest: whether the revision is a digest of the files, which may change.
    """

    revision: str
    file: str | None = None
    is_digest: bool = False


def content_of_folder(folder: Path, reference: Reference) -> Content:
    """Return what of a local folder is the model of a reference, pinned by a digest of its files.

    Raises:
        InputError: if the reference names an ONNX file that is not there.
        ModelError: if the folder holds no model, or one that is not safe to read.
    """
    file = find_onnx(folder, reference)
    check_folder(folder, has_own_weights=file is None)
    return Content(digest_folder(folder) if file is None else digest_onnx(folder, file), file, is_digest=True)


def check_content(folder: Path, content: Content) -> None:
    """Refuse an ONNX model whose files are others than when the run began.

    Raises:
        ModelError: if it is.
    """
    if content.is_digest and digest_onnx(folder, str(content.file)) != content.revision:
        raise ModelError(f"{str(folder)!r} has changed since this run began; start it again")
