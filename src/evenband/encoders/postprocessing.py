"""Post-processing of finished vectors: truncate, project, normalise, quantise, always in this order.

Quantisation gives the numbers that sentence-transformers' ``quantize_embeddings`` gives. Codes of eight bits
stay as they are, 0 to 255 or -128 to 127; bits become -1 and 1, whose cosine orders texts as the Hamming
distance does.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast
from urllib.parse import urlencode

import numpy as np

from evenband.digests import digest_of
from evenband.encoders.references import POST_OPTIONS, Reference
from evenband.errors import InputError
from evenband.stats.quantization import CODES_BELOW_ZERO, byte_codes, sign_bits
from evenband.types import Vectors

QUANTIZERS = ("int8", "uint8", "binary")
"""Number formats to which vectors are quantised."""

GLOSSES = ("gloss-everyday.csv", "gloss-legal.csv", "gloss-medical.csv")
"""Tables whose definitions are the calibration texts of int8 and uint8."""


@dataclass(frozen=True)
class Projection:
    """A matrix that vectors are multiplied with.

    Attributes:
        matrix: shape (d, k), finite.
        digest: of its numbers and shape.
    """

    matrix: Vectors
    digest: str


@dataclass(frozen=True)
class PostProcessing:
    """What happens to finished vectors; a step that is ``None`` is left out.

    Attributes:
        dim: number of leading components to keep.
        projection: matrix to multiply the remaining ones with.
        normalize: whether vectors are then scaled to length one; false says that they are left as they are.
        quantize: number format of the result.
    """

    dim: int | None = None
    projection: Projection | None = None
    normalize: bool | None = None
    quantize: str | None = None

    @property
    def needs_ranges(self) -> bool:
        """Whether each dimension's range must be known."""
        return self.quantize in ("int8", "uint8")

    def to_floats(self, vectors: Vectors) -> Vectors:
        """Truncate, project and normalise. Shape: (n, d) -> (n, k) float32."""
        if self.dim is not None and self.dim < vectors.shape[1]:
            vectors = np.ascontiguousarray(vectors[:, : self.dim])
        if self.projection is not None:
            vectors = np.asarray(vectors @ self.projection.matrix, dtype=np.float32)
        if self.normalize:
            lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
            vectors = (vectors / np.where(lengths == 0, 1.0, lengths)).astype(np.float32)
        return vectors

    def to_codes(self, vectors: Vectors, ranges: Vectors | None = None) -> Vectors:
        """Quantise what :meth:`to_floats` gave.

        Shape: vectors (n, k), ranges (2, k): least and greatest value of each dimension -> (n, k) float32.
        """
        if self.quantize is None:
            return vectors
        if ranges is None:
            return np.where(sign_bits(vectors), np.float32(1), np.float32(-1))
        codes = byte_codes(vectors, ranges)
        return np.asarray(codes - (CODES_BELOW_ZERO if self.quantize == "int8" else 0), dtype=np.float32)

    def identity(self) -> dict[str, str]:
        """Return the options of a spec that tell the result apart; its length tells that it was truncated."""
        options: dict[str, str] = {}
        if self.projection is not None:
            options["project"] = self.projection.digest
            options |= {} if self.dim is None else {"truncate": str(self.dim)}
        if self.normalize:
            options["normalize"] = "true"
        if self.quantize is not None:
            options["quantize"] = self.quantize
        if self.needs_ranges:
            options["calibration"] = digest_of(list(calibration_texts()))[:16]
        return options


def read_options(reference: Reference, has_dim: bool) -> PostProcessing | None:
    """Return the post-processing that a reference asks for; ``None`` if it asks for none.

    Args:
        reference: of any encoder.
        has_dim: whether ``dim`` means truncation here, and is not the adapter's own option.

    Raises:
        InputError: for a value that is not one of the choices, or a matrix that cannot be read.
    """
    dim = reference.integer("dim") if has_dim else None
    if dim is None and not set(POST_OPTIONS) & set(reference.options):
        return None
    options = reference.options
    path = options.get("project")
    return PostProcessing(
        dim,
        None if path is None else read_projection(reference.text, path),
        None
        if "normalize" not in options
        else reference.choice("normalize", ("true", "false"), "") == "true",
        reference.choice("quantize", QUANTIZERS, "") if "quantize" in options else None,
    )


def read_projection(ref: str, path: str) -> Projection:
    """Read a matrix from an npy file.

    Raises:
        InputError: if the file cannot be read, or holds something else than a finite matrix.
    """
    expected = "expected an .npy file with a matrix of d rows and k columns"
    try:
        array = np.load(Path(path).expanduser(), allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise InputError(f"model {ref!r}: cannot read project={path!r} ({error}); {expected}") from None
    is_array = isinstance(array, np.ndarray)
    if not is_array or array.ndim != 2 or not array.size or array.dtype.kind not in "fiu":
        what = f"{array.dtype} of shape {array.shape}" if is_array else "an archive"
        raise InputError(f"model {ref!r}: project={path!r} holds {what}; {expected}")
    matrix = np.ascontiguousarray(array, dtype=np.float32)
    if not np.isfinite(matrix).all():
        raise InputError(f"model {ref!r}: project={path!r} holds NaN or infinity; expected finite numbers")
    return Projection(matrix, digest_of([list(matrix.shape), matrix.astype("<f4").tobytes().hex()])[:32])


def base_reference(reference: Reference, has_dim: bool) -> Reference:
    """Return the reference without a name and without the options that only change finished vectors."""
    removed = {*POST_OPTIONS, *(["dim"] if has_dim else [])}
    rest: Mapping[str, str] = {key: value for key, value in reference.options.items() if key not in removed}
    if rest == reference.options:
        return reference
    mark = "#" if reference.is_url else "?"
    body = reference.text.partition(mark)[0]
    if reference.label and body.startswith(f"{reference.label}="):
        body = body[len(reference.label) + 1 :]
    text = f"{body}{mark}{urlencode(rest)}" if rest else body
    return Reference(text, reference.scheme, reference.argument, reference.revision, rest)


@cache
def calibration_texts() -> tuple[str, ...]:
    """Return the texts whose vectors give the ranges of int8 and uint8: 700 definitions of words."""
    tables = resources.files("evenband.slots") / "data" / "tables"
    rows = (
        row
        for name in GLOSSES
        for row in csv.DictReader((tables / name).read_text(encoding="utf-8").splitlines())
    )
    return tuple(dict.fromkeys(cast(str, row["gloss"]) for row in rows))
