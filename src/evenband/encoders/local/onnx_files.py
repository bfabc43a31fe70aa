"""ONNX files in a model's folder: which one is the model, and what pins it."""

from __future__ import annotations

import mmap
import re
from pathlib import Path, PurePosixPath

from evenband.encoders.local.folder_contents import File, digest_files
from evenband.encoders.local.folders import PICKLES, unchanged
from evenband.encoders.references import Reference
from evenband.errors import InputError, ModelError
from evenband.registry import nearest

FILE_OPTION = "file"
"""Option of a reference that names an ONNX file within the model's folder."""

DEFAULTS = ("model.onnx", "onnx/model.onnx")
"""Where the file is by default: as optimum saves it, and as sentence-transformers does."""

ENDINGS_OF_DATA = ("_data", ".data")
"""What follows the name of an ONNX file in that of the file with its weights, where those are apart."""

_OTHER_WEIGHTS = ("model*.safetensors", "pytorch_model*.bin", "tf_model.h5", "flax_model.msgpack")

_GLOB = re.compile(r"[*?\[\]]")
"""Characters that would make a pattern of a file's name."""


def find_onnx(folder: Path, reference: Reference) -> str | None:
    """Return the ONNX file of a model by its path within the folder; ``None`` if PyTorch computes the model.

    Without the option ``file`` that is so wherever there are other weights.

    Raises:
        InputError: if the reference names a file that is not there, or no ONNX file.
        ModelError: if it names none, and several could be meant.
    """
    there = _onnx_files(folder)
    wanted = reference.options.get(FILE_OPTION)
    if wanted is not None:
        return _chosen(wanted, there, reference.text)
    if not there or any(any(folder.glob(pattern)) for pattern in ("*.safetensors", *PICKLES)):
        return None
    if (folder / "adapter_config.json").is_file() or _has_other_first_module(folder):
        return None
    for name in DEFAULTS:
        if name in there:
            return name
    if len(there) > 1:
        raise ModelError(
            f"model {reference.text!r} has {len(there)} ONNX files ({', '.join(there)}); expected "
            f"{DEFAULTS[0]}, or one that the reference names, such as ?{FILE_OPTION}={there[0]}"
        )
    return there[0]


def digest_onnx(folder: Path, file: str) -> str:
    """Return 32 hexadecimal digits of an ONNX file, of its weights, and of all else but other weights.

    Raises:
        ModelError: if a file cannot be read, or changes while it is read.
    """
    others = [name for name in _onnx_files(folder) if name != file]
    with unchanged(folder) as files:
        foreign = [part for part in files if _is_other(part, others)]
        named = _named_in(folder / file, {PurePosixPath(part.name).name for part in foreign})
        left_out = {part.name for part in foreign if PurePosixPath(part.name).name not in named}
        return digest_files(tuple(part for part in files if part.name not in left_out))


def data_files(file: str) -> list[str]:
    """Return the names under which the weights of an ONNX file may lie beside it."""
    return [f"{file}{ending}" for ending in ENDINGS_OF_DATA]


def files_to_fetch(reference: Reference) -> tuple[str, ...]:
    """Return the files of a repository that a reference's ONNX file may be in; none if it names no such file.

    Raises:
        InputError: if it names another kind of file, or a pattern.
    """
    wanted = reference.options.get(FILE_OPTION)
    if wanted is None:
        return ()
    _check_name(wanted, reference.text)
    return tuple(name for file in (wanted, f"onnx/{wanted}") for name in (file, *data_files(file)))


def _named_in(path: Path, names: set[str]) -> set[str]:
    """Return which files an ONNX file may refer to: their names stand in it, letter by letter.

    Raises:
        ModelError: if it cannot be read.
    """
    try:
        with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
            return {name for name in names if content.find(name.encode("utf-8", "surrogateescape")) >= 0}
    except (OSError, ValueError) as error:  # a ValueError: the file is empty
        raise ModelError(f"cannot read {str(path)!r}: {error}") from error


def _is_other(part: File, others: list[str]) -> bool:
    """Return whether a file belongs to the same model in another format."""
    path = PurePosixPath(part.name)
    if part.name in others or any(part.name in data_files(name) for name in others):
        return True
    return len(path.parts) == 1 and any(path.match(pattern) for pattern in _OTHER_WEIGHTS)


def _has_other_first_module(folder: Path) -> bool:
    """Return whether the weights of the first module lie in a folder of their own."""
    return any(any(part.glob("*.safetensors")) for part in folder.glob("0_*"))


def _onnx_files(folder: Path) -> list[str]:
    """Return the ONNX files of a folder and of its subfolder ``onnx``, sorted."""
    paths = [*folder.glob("*.onnx"), *folder.glob("onnx/*.onnx")]
    return sorted(path.relative_to(folder).as_posix() for path in paths)


def _chosen(wanted: str, there: list[str], ref: str) -> str:
    """Return the file that a reference names.

    Raises:
        InputError: if it is not there.
    """
    _check_name(wanted, ref)
    for name in (wanted, f"onnx/{wanted}"):
        if name in there:
            return name
    raise InputError(
        f"model {ref!r}: there is no {FILE_OPTION}={wanted}{nearest(wanted, there)} (ONNX files in its "
        f"folder: {', '.join(there) or 'none'})"
    )


def _check_name(wanted: str, ref: str) -> None:
    """Refuse what is not the name of one ONNX file.

    Raises:
        InputError: naming it.
    """
    if not wanted.endswith(".onnx") or _GLOB.search(wanted):
        raise InputError(
            f"model {ref!r}: got {FILE_OPTION}={wanted!r}, expected an ONNX file such as {DEFAULTS[1]}"
        )
