"""An encoder over a table of tokens' vectors: look up, and average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.encoders.local.failures import guarded, one_line
from evenband.encoders.local.folders import unchanged
from evenband.encoders.local.own_similarity import named_similarity, notes_on_similarity
from evenband.encoders.local.prompts import notes_on_roles, resolve_prompts
from evenband.encoders.local.static.static_folder import StaticFolder, read_static
from evenband.encoders.local.static.static_tokens import StaticTokenizer, StaticTokens
from evenband.encoders.references import Reference
from evenband.errors import InputError, ModelError
from evenband.types import ModelSpec, Readings, Role, Similarity, Tokens, Vectors

TEXTS_AT_ONCE = 2048
"""Number of texts whose tokens' vectors are in memory at the same time."""


class StaticEncoder:
    """The mean of a text's tokens' vectors.

    A text without a known token has no vector: its mean would be that of nothing, or of the token that
    stands for all unknown ones.
    """

    slice_size = 8192

    def __init__(
        self, spec: ModelSpec, folder: StaticFolder, tokenizer: StaticTokenizer, similarity: Similarity
    ) -> None:
        """Create the encoder of what a folder holds; ``similarity`` is what its configuration names."""
        self._spec = spec
        self._folder = folder
        self._tokenizer = tokenizer
        self.declared_similarity = similarity
        self.libraries: Mapping[str, str] = {"tokenizers": version("tokenizers")}

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    @guarded("while its tokens were looked up")
    def covers(self, texts: Sequence[str], role: Role = Role.NONE) -> NDArray[np.bool_]:
        """Say which texts have a known token and a mean that is not zero. Shape: n texts -> (n,)."""
        means, known = self._means(checked_texts(texts), role)
        return np.asarray(known & (means != 0).any(axis=1), dtype=np.bool_)

    @guarded("while its tokens were looked up")
    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the mean vectors of the texts.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: if a text has no known token.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self._spec)
        means, known = self._means(texts, role)
        lengths = np.linalg.norm(means.astype(np.float64), axis=1, keepdims=True)
        if (missing := ~known | (lengths[:, 0] == 0)).any():
            text = texts[int(np.flatnonzero(missing)[0])]
            raise ModelError(f"model {self._spec.ref!r} has no vector for {text!r}: it has no known token")
        vectors = means / lengths if self._folder.normalize else means
        return checked_vectors(vectors, texts, self._spec)

    @guarded("while its tokens were counted")
    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the tokens of each text whose vectors are averaged, prompt included."""
        return [len(ids) for ids in self._read(checked_texts(texts), role).pooled]

    @guarded("while its tokens were compared")
    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings:
        """Return what the model reads of each text, and what its limit cuts off; order does not count."""
        tokens = self._read(checked_texts(texts), role)
        return Readings.of_ids([sorted(ids) for ids in tokens.pooled], tokens.rests)

    @guarded("while its tokens were shown")
    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the final text and the tokens whose vectors are averaged."""
        (ids,) = self._read(checked_texts([text]), role).pooled
        return Tokens(self._prompt(role) + text, tuple(ids), self._tokenizer.pieces(ids))

    def _prompt(self, role: Role) -> str:
        return self._spec.prompts.get(Role(role).value, "")

    def _read(self, texts: Sequence[str], role: Role) -> StaticTokens:
        prompt = self._prompt(role)
        return self._tokenizer.read([prompt + text for text in texts] if prompt else texts)

    def _means(self, texts: Sequence[str], role: Role) -> tuple[Vectors, NDArray[np.bool_]]:
        """Return the mean of each text's tokens' vectors, and whether the text itself has a known token.

        Texts of the same tokens have equal means, to the last bit, whatever the tokens' order; one without
        tokens has zeros.

        Shape: n texts -> (n, d), (n,).
        """
        means = np.zeros((len(texts), self._spec.dim), dtype=np.float32)
        tokens = self._read(texts, role)
        own = self._tokenizer.read(texts) if self._prompt(role) else tokens
        pooled = tokens.pooled
        for start in range(0, len(texts), TEXTS_AT_ONCE):
            part = pooled[start : start + TEXTS_AT_ONCE]
            rows = start + np.flatnonzero([len(own_ids) > 0 for own_ids in part])
            if not len(rows):
                continue
            counts = np.array([len(pooled[row]) for row in rows])
            ids = np.concatenate([np.sort(np.array(pooled[row], dtype=np.int64)) for row in rows])
            starts = np.cumsum(counts) - counts
            sums = np.add.reduceat(self._folder.table[ids], starts, axis=0, dtype=np.float64)
            means[rows] = sums / counts[:, None]
        if self._folder.dtype == "float16":  # the library rounds the mean to the table's format
            means = means.astype(np.float16).astype(np.float32)
        return means, np.array(own.known, dtype=np.int64) > 0


def load(folder: Path, revision: str, reference: Reference, *, is_digest: bool = False) -> StaticEncoder:
    """Load the static model in a folder.

    Args:
        folder: with the model's files, for which :func:`is_static` holds.
        revision: what pins them.
        reference: how the user called it.
        is_digest: whether that is a digest of the files, which may change.

    Raises:
        InputError: for options that the model does not have.
        ModelError: if it cannot be read, or changes while it is read.
        MissingExtraError: if a library that reads it is not installed.
    """
    with one_line(reference.text, "while it was loaded"):
        with unchanged(folder, revision if is_digest else None):
            content = read_static(folder, reference.text)
        return _encoder_of(content, revision, reference, notes_on_similarity(folder))


def _encoder_of(
    content: StaticFolder, revision: str, reference: Reference, notes: tuple[str, ...]
) -> StaticEncoder:
    """Make an encoder of what was read, with further notes.

    Raises:
        InputError: for options that the model does not have.
    """
    dtype = reference.options.get("dtype", content.dtype)
    if dtype != content.dtype:
        raise InputError(
            f"model {reference.text!r}: dtype={dtype} has no effect, since this model's weights stay in "
            f"{content.dtype}; leave it out"
        )
    tokenizer = StaticTokenizer(content, _max_tokens(content, reference))
    named: Any = content  # what the functions on prompts need of a model
    similarity = named_similarity(content.similarity)
    spec = ModelSpec(
        ref=reference.text,
        name=reference.name,
        source="static",
        revision=revision,
        dtype=content.dtype,
        dim=content.table.shape[1],
        max_tokens=tokenizer.max_tokens,
        pooling="mean",
        normalize=content.normalize,
        prompts={role: text for role, text in resolve_prompts(named, reference).items() if text},
        options={"tokens": "known"} if content.is_model2vec else {},
        notes=(*notes, *_notes(content, tokenizer)),
        role_notes=notes_on_roles(named, reference),
        similarity="cosine" if content.normalize and similarity != "manhattan" else similarity,
    )
    return StaticEncoder(spec, content, tokenizer, similarity)


def _max_tokens(content: StaticFolder, reference: Reference) -> int | None:
    """Return where texts are cut.

    Raises:
        InputError: if the reference asks for more than the model's limit, or the model has none.
    """
    wanted, limit = reference.integer("max_tokens"), content.max_tokens
    if wanted is None:
        return limit
    if limit is None:
        raise InputError(
            f"model {reference.text!r}: max_tokens={wanted} has no effect, since this model has no limit on "
            "the length of a text; leave it out"
        )
    if wanted > limit:
        raise InputError(f"model {reference.text!r}: got max_tokens={wanted}, expected {limit} or less")
    return wanted


def _notes(content: StaticFolder, tokenizer: StaticTokenizer) -> tuple[str, ...]:
    """Return the note on a model that two libraries read in two ways."""
    if not content.is_model2vec or tokenizer.unknown is None:
        return ()
    cut = f" and cuts texts at {tokenizer.max_tokens} tokens" if tokenizer.max_tokens else ""
    return (
        f"static: read as the library model2vec reads it, which leaves out unknown tokens{cut}; "
        "sentence-transformers does not, so its vectors of such texts differ",
    )
