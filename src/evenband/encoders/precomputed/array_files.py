"""Readers of arrays whose texts lie in a file beside them: npy and safetensors, memory-mapped."""

from __future__ import annotations

import json
import math
import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.precomputed.vector_columns import TEXT, json_lines, role_name_in, roles_of
from evenband.encoders.precomputed.vector_rows import VectorRows, text_of
from evenband.errors import ModelError
from evenband.types import Role

TEXT_SUFFIXES = (".txt", ".jsonl")
"""Endings of the file with the texts, which is called as that of the array otherwise."""

TENSOR = "vectors"
"""Name of the array of a safetensors file that holds several."""

LARGEST_HEADER = 100_000_000
"""Bytes of a safetensors file's header, at most; the format's own limit."""

_TENSOR_DTYPES = {"F16": "<f2", "F32": "<f4", "F64": "<f8", "BF16": "<u2"}


def texts_file(path: Path) -> Path:
    """Return the file with the texts of an array.

    Raises:
        ModelError: if there is none, or there are two.
    """
    there = [path.with_suffix(suffix) for suffix in TEXT_SUFFIXES if path.with_suffix(suffix).is_file()]
    if len(there) == 1:
        return there[0]
    names = " or ".join(path.with_suffix(suffix).name for suffix in TEXT_SUFFIXES)
    found = "neither" if not there else "both"
    raise ModelError(
        f"{path}: expected its texts beside it, in the same order, in {names} (one a line); found {found}"
    )


def read_npy(path: Path) -> VectorRows:
    """Map a two-dimensional array of floats; objects in it are refused, never unpickled.

    Raises:
        ModelError: if it is no such file.
    """
    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
        vectors: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (ValueError, EOFError, TypeError) as error:
        raise ModelError(f"{path} cannot be read as an npy file of numbers: {error}") from error
    if vectors.dtype.kind != "f" or vectors.dtype.itemsize > 8:
        raise ModelError(f"{path} holds {vectors.dtype}, expected float16, float32 or float64")
    texts, roles = _read_texts(texts_file(path))
    return VectorRows(texts, roles, vectors, "float16" if vectors.dtype.itemsize == 2 else "float32")


def read_safetensors(path: Path) -> VectorRows:
    """Map the only array of a safetensors file, or the one called ``vectors``.

    Raises:
        ModelError: if it is no such file.
    """
    start, header = _read_header(path)
    metadata = header.pop("__metadata__", None) or {}
    name = TENSOR if TENSOR in header or len(header) != 1 else next(iter(header))
    if name not in header:
        there = ", ".join(header) or "none"
        raise ModelError(f"{path}: expected one array, or one called {TENSOR!r}; there are: {there}")
    vectors, dtype = _map_tensor(path, start, header[name], name)
    texts, roles = _read_texts(texts_file(path))
    return VectorRows(texts, roles, vectors, dtype, str(metadata.get("model", "")))


def _read_header(path: Path) -> tuple[int, dict[str, Any]]:
    """Return where the data of a safetensors file begin, and what its header says."""
    try:
        with path.open("rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            if size > min(LARGEST_HEADER, path.stat().st_size):
                raise ValueError("its header is longer than the file")
            header = json.loads(file.read(size).decode("utf-8"))
        if not isinstance(header, dict) or not isinstance(header.get("__metadata__", {}), dict):
            raise ValueError("its header is no object")
    except (ValueError, struct.error) as error:
        raise ModelError(f"{path} cannot be read as safetensors: {error}") from error
    return 8 + size, header


def _map_tensor(path: Path, start: int, entry: Any, name: str) -> tuple[NDArray[Any], str]:
    """Return an array, mapped, and its number format; bfloat16 is widened to float32."""
    try:
        dtype, shape = str(entry["dtype"]), tuple(int(size) for size in entry["shape"])
        begin, end = (int(offset) for offset in entry["data_offsets"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{path} cannot be read as safetensors: what it says of {name!r} is damaged"
        ) from error
    if dtype not in _TENSOR_DTYPES:
        raise ModelError(f"{path}: the array {name!r} holds {dtype}, expected F16, BF16, F32 or F64")
    kind = np.dtype(_TENSOR_DTYPES[dtype])
    size = math.prod(shape) * kind.itemsize
    if begin < 0 or end - begin != size or start + end > path.stat().st_size:
        raise ModelError(f"{path}: the array {name!r} is cut off or its size is wrong; make the file again")
    if not size:
        return np.zeros(shape, np.float32), "float32"
    mapped = np.memmap(path, dtype=kind, mode="r", offset=start + begin, shape=shape)
    if dtype == "BF16":
        return (mapped.astype(np.uint32) << 16).view(np.float32), "bfloat16"
    return mapped, "float16" if dtype == "F16" else "float32"


def _read_texts(path: Path) -> tuple[list[str], list[Role] | None]:
    """Return the texts of a file, one a line, and their roles where JSON lines have some."""
    if path.suffix == ".jsonl":
        lines = [line if isinstance(line, dict) else {TEXT: line} for _, line in json_lines(path)]
        texts = [text_of(line.get(TEXT), path, row) for row, line in enumerate(lines)]
        return texts, roles_of([role_name_in(line) for line in lines], path)
    try:
        content = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError:
        raise ModelError(f"{path} is not UTF-8; save it as UTF-8") from None
    return content.removesuffix("\n").split("\n") if content else [], None
