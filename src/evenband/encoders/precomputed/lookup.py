"""An encoder that looks vectors up in a file, and has none for any other text."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.encoders.precomputed.array_files import read_npy, read_safetensors, texts_file
from evenband.encoders.precomputed.vector_columns import read_json_lines, read_parquet
from evenband.encoders.precomputed.vector_rows import VectorRows, VectorTable, build_table
from evenband.encoders.redaction import redact
from evenband.encoders.references import Reference, Settings
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Role, Vectors

VECTOR_READERS: Mapping[str, Callable[[Path], VectorRows]] = {
    ".parquet": read_parquet,
    ".jsonl": read_json_lines,
    ".npy": read_npy,
    ".safetensors": read_safetensors,
}
"""Reader of a file by the ending of its name."""

LONGEST_MODEL_NAME = 120
"""Characters of the model's name that a file may state."""


class PrecomputedEncoder:
    """Vectors of a file. If the file has roles a text is looked up in its role, otherwise in any."""

    def __init__(self, spec: ModelSpec, table: VectorTable, path: Path) -> None:
        """Create the encoder of a table that was read from ``path``."""
        self._spec = spec
        self._table = table
        self._path = path

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def stored_in(self) -> str:
        """Return the file."""
        return str(self._path)

    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts the file has, in that role if it has roles. Shape: n texts -> (n,)."""
        rows = self._table.of_role(Role(role))
        return np.array([text in rows for text in checked_texts(texts)], dtype=np.bool_)

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Return the vectors of the texts.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if the file lacks a text.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self._spec)
        rows = self._table.of_role(Role(role))
        try:
            found = [rows[text] for text in texts]
        except KeyError as error:
            raise ModelError(f"model {self._spec.ref!r} has no vector for {error.args[0]!r}") from None
        return checked_vectors(self._table.vectors[found], texts, self._spec)


def load(reference: Reference, settings: Settings) -> PrecomputedEncoder:
    """Vectors that you computed elsewhere: vectors:FILE; Parquet, JSON lines, npy or safetensors.

    Raises:
        InputError: if no file is named, or for options.
        ModelError: if the file cannot be read, or does not hold texts with one vector each.
    """
    del settings
    path = _path_of(reference)
    reference.check_options((), revision=True)  # an "@" is part of the file's name
    try:
        table = build_table(VECTOR_READERS[path.suffix.lower()](path), path)
        revision = content_digest(reference)
    except OSError as error:
        raise ModelError(f"cannot read the vectors {path}: {error.strerror or error}") from error
    spec = ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="vectors",
        revision=revision,
        dtype=table.dtype,
        dim=int(table.vectors.shape[1]),
        notes=(_note(path, table.model),),
    )
    return PrecomputedEncoder(spec, table, path)


def content_digest(reference: Reference) -> str:
    """Return a digest of everything in a file of vectors, and of the texts beside it.

    Raises:
        InputError: if the reference names no file, or none of a known kind.
        ModelError: if a file cannot be read.
    """
    path = _path_of(reference)
    digest = hashlib.blake2b(digest_size=16)
    has_texts = path.suffix.lower() in (".npy", ".safetensors")
    try:
        for part in [path, texts_file(path)] if has_texts else [path]:
            with part.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    except OSError as error:
        raise ModelError(f"cannot read the vectors {path}: {error.strerror or error}") from error
    return digest.hexdigest()


def _path_of(reference: Reference) -> Path:
    """Return the file that a reference names; an ``@`` may be part of its name."""
    if not reference.argument:
        raise InputError(f"model {reference.text!r} names no file; expected such as vectors:mine.parquet")
    whole = reference.argument + ("" if reference.revision is None else f"@{reference.revision}")
    path = Path(whole).expanduser()
    if path.suffix.lower() not in VECTOR_READERS:
        raise InputError(
            f"model {reference.text!r}: got a file that ends in {path.suffix!r}, expected one of "
            f"{', '.join(VECTOR_READERS)}"
        )
    if not path.is_file():
        problem = "is a folder, expected a file" if path.is_dir() else "there is no such file"
        raise ModelError(f"cannot read the vectors {path}: {problem}")
    return path


def _note(path: Path, model: str) -> str:
    """Return what a reader must know of the vectors: their file, and their model if the file names it."""
    name = " ".join(str(redact(model)).split())[:LONGEST_MODEL_NAME]
    maker = f", made with {name}" if name else ""
    return f"precomputed: the vectors are those of {path.name}{maker}; nothing was embedded here"
