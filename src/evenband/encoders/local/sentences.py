"""An encoder around a loaded sentence-transformers model."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.contract import checked_texts, checked_vectors, no_vectors
from evenband.encoders.local.engines import task_of
from evenband.encoders.local.engines.features import preprocess
from evenband.encoders.local.engines.tokenization import Tokenizer
from evenband.encoders.local.failures import guarded, one_line
from evenband.encoders.local.own_similarity import declared_similarity, own_similarity
from evenband.encoders.local.token_range import TokenRange
from evenband.errors import ModelError
from evenband.picture_files import open_picture
from evenband.types import ModelSpec, Readings, Role, Tokens, Vectors
from evenband.types.picture_texts import any_picture, is_picture
from evenband.types.specs import MODALITIES

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.local.engines import CheckedEngine
    from evenband.types import Inspection


PICTURES_PER_FORWARD = 32
"""Pictures that the network looks at at a time."""


class VectorEncoder:
    """Computes vectors with an engine; the role decides the prompt and the task.

    It shows no tokens: some models, such as a bag of words, have none that can be counted.
    """

    def __init__(
        self,
        model: SentenceTransformer,
        engine: CheckedEngine,
        spec: ModelSpec,
        libraries: Mapping[str, str],
        slice_size: int,
    ) -> None:
        """Make an encoder of a model that is loaded already.

        Args:
            model: with its weights packed if the engine needs that.
            engine: computes the batches.
            spec: everything that changes a vector; its similarity is found here.
            libraries: versions that the vectors depend on beside the spec.
            slice_size: number of texts to encode at a time.
        """
        self._model = model
        self._tokenizer = Tokenizer(model)
        self._range = TokenRange(model)
        self._engine = engine
        self._spec = spec
        self.libraries = dict(libraries)
        self.slice_size = slice_size
        self.declared_similarity = declared_similarity(model)
        self._spec = replace(spec, similarity=own_similarity(model, self.encode, spec.dtype))

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a vector."""
        return self._spec

    def largest_difference(self) -> float | None:
        """Return the engine's largest difference from a text by itself, in a component of a unit vector."""
        return self._engine.difference

    def encode(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the vectors of the texts, in input order.

        Shape: n texts -> (n, d).

        Raises:
            RefusedTextsError: for texts with tokens or positions that the model has no embedding for.
            ModelError: if the model fails or answers with something other than finite vectors.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self._spec)
        if any_picture(texts):
            return self._encode_mixed(texts, role, PICTURES_PER_FORWARD, self.encode)
        self._range.check(self._spec.ref, self._tokenizer, texts, self._prompt(role), task_of(role))
        with one_line(self._spec.ref, f"on {len(texts)} texts"):
            vectors = self._engine.encode(texts, self._prompt(role), task_of(role))
        return checked_vectors(vectors, texts, self._spec)

    def recompute(self, texts: Sequence[str], role: Role = Role.NONE) -> Vectors:
        """Compute the same vectors another way: by the library's own encode.

        In padded batches, or one text at a time where the library's vectors depend on the batch.

        Shape: n texts -> (n, d).

        Raises:
            ModelError: as :meth:`encode`.
        """
        texts = checked_texts(texts)
        if not texts:
            return no_vectors(self._spec)
        if any_picture(texts):
            return self._encode_mixed(texts, role, 1, self.recompute)
        with one_line(self._spec.ref, f"on {len(texts)} texts"):
            vectors = self._engine.recompute(texts, self._prompt(role), task_of(role))
        return checked_vectors(vectors, texts, self._spec)

    def _encode_mixed(
        self, texts: list[str], role: Role, batch: int, encode: Callable[[Sequence[str], Role], Vectors]
    ) -> Vectors:
        """Compute the vectors of texts and pictures, each in the model's own way. Shape: n -> (n, d).

        Raises:
            ModelError: if the model takes no pictures, or fails.
        """
        if MODALITIES not in self._spec.options:
            raise ModelError(f"model {self._spec.ref!r} takes no pictures")
        vectors = np.empty((len(texts), self._spec.dim), dtype=np.float32)
        pictures = [row for row, text in enumerate(texts) if is_picture(text)]
        others = sorted(set(range(len(texts))) - set(pictures))
        with one_line(self._spec.ref, f"on {len(pictures)} pictures"):
            for start in range(0, len(pictures), batch):
                rows = pictures[start : start + batch]
                opened = [open_picture(texts[row]) for row in rows]
                vectors[rows] = self._model.encode(opened, batch_size=batch, show_progress_bar=False)
        if others:
            vectors[others] = encode([texts[row] for row in others], role)
        return checked_vectors(vectors, texts, self._spec)

    def _prompt(self, role: Role) -> str:
        return self._spec.prompts.get(Role(role).value, "")


class SentenceEncoder(VectorEncoder):
    """An encoder whose texts become tokens, and whose layers can be looked at."""

    @guarded("while its tokens were counted")
    def count_tokens(self, texts: Sequence[str], role: Role = Role.NONE) -> list[int]:
        """Count the tokens of each text, prompt and special tokens included."""
        texts = checked_texts(texts)
        ids = self._tokenizer.ids(texts, self._prompt(role), task_of(role))
        if ids is not None:
            return [len(tokens) for tokens in ids]
        counts: list[int] = []
        for start in range(0, len(texts), 512):
            features = preprocess(self._model, texts[start : start + 512], self._prompt(role), task_of(role))
            counts += [int(count) for count in self._mask(features).sum(dim=1)]
        return counts

    @guarded("while its tokens were compared")
    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings | None:
        """Return what the model reads of each text; ``None`` if its inputs are no tokens in a row."""
        if any_picture(texts):
            return None
        return self._tokenizer.read(checked_texts(texts), self._prompt(role), task_of(role))

    @guarded("while its tokens were shown")
    def tokens(self, text: str, role: Role = Role.NONE) -> Tokens:
        """Return the exact final text and token ids of one text."""
        features = preprocess(self._model, checked_texts([text]), self._prompt(role), task_of(role))
        kept = self._mask(features)[0].bool()
        ids = [int(token) for token in features["input_ids"][0][kept]]
        plain = features.get("modality", "text") == "text"
        final = self._prompt(role) + text if plain else str(self._model.tokenizer.decode(ids))
        return Tokens(final, tuple(ids), tuple(self._model.tokenizer.convert_ids_to_tokens(ids)))

    def inspect(
        self,
        text_a: str,
        text_b: str,
        role: Role = Role.NONE,
        *,
        passes: int = 256,
        rng: np.random.Generator | None = None,
    ) -> Inspection:
        """Find where inside the model, and because of which tokens, two texts diverge.

        Args:
            text_a: one text.
            text_b: the other.
            role: of both.
            passes: texts that may go through the model to attribute the difference to tokens,
                where pooling takes a single token's state.
            rng: draws orders of tokens there; fixed ones if not given.

        Raises:
            ModelError: if the model is not built of a transformer and a pooling, or fails.
        """
        from evenband.encoders.local import inspection

        pair = checked_texts([text_a, text_b])
        prompt = self._prompt(role)
        try:
            with one_line(self._spec.ref, "while it was looked into", inspection.UnsupportedError):
                return inspection.inspect_pair(
                    inspection.ModelParts(self._model, self._spec.dim),
                    (self.tokens(text_a, role), self.tokens(text_b, role)),
                    (pair[0], pair[1]),
                    (prompt, self.tokens("", role).ids if prompt else ()),
                    task_of(role),
                    passes,
                    np.random.default_rng(0) if rng is None else rng,
                )
        except inspection.UnsupportedError as error:
            raise ModelError(f"model {self._spec.ref!r} cannot be looked into: {error}") from error

    @staticmethod
    def _mask(features: dict[str, Any]) -> Any:
        if "attention_mask" not in features:
            raise ModelError("this model's tokens cannot be counted: its inputs have no attention mask")
        return features["attention_mask"]
