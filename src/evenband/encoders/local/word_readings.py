"""What a model with a table of words reads of texts, which its limit cuts as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenband.encoders.contract import checked_texts
from evenband.encoders.local.failures import guarded
from evenband.encoders.local.sentences import SentenceEncoder, VectorEncoder
from evenband.errors import ModelError
from evenband.types import ModelSpec, Readings, Role

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from evenband.encoders.local.engines import CheckedEngine


class WordsEncoder(VectorEncoder):
    """An encoder that looks words up in a table: it counts no tokens, and tells what it reads."""

    @guarded("while its words were compared")
    def read(self, texts: Sequence[str], role: Role = Role.NONE) -> Readings:
        """Return what the model reads of each text, and what its limit cuts off."""
        return read_words(self._model, checked_texts(texts), self._prompt(role))


def reads_words(model: SentenceTransformer) -> bool:
    """Return whether a model begins with the library's own table of words or tokens."""
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding, WordEmbeddings

    return type(model[0]) in (StaticEmbedding, WordEmbeddings)


def read_words(model: SentenceTransformer, texts: Sequence[str], prompt: str) -> Readings:
    """Return what a model that :func:`reads_words` reads of each text, and what its limit cuts off.

    Words that the table lacks are no part of it, nor is the order of tokens that are averaged at once.
    """
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding

    first: Any = model[0]
    inputs = [prompt + text for text in texts]
    if isinstance(first, StaticEmbedding):
        encodings = first.tokenizer.encode_batch(inputs, add_special_tokens=False)
        rests = [[token for part in encoding.overflowing for token in part.ids] for encoding in encodings]
        return Readings.of_ids([sorted(encoding.ids) for encoding in encodings], rests)
    ids = [list(first.tokenizer.tokenize(text)) for text in inputs]
    limit = first.max_seq_length
    return Readings.of_ids([own[:limit] for own in ids], [own[limit:] for own in ids])


def encoder_of(
    model: SentenceTransformer,
    engine: CheckedEngine,
    spec: ModelSpec,
    libraries: Mapping[str, str],
    slice_size: int,
) -> VectorEncoder:
    """Make an encoder of a loaded model, which shows and reads tokens as far as the model has them.

    Args:
        model: with its weights packed if the engine needs that.
        engine: computes the batches.
        spec: everything that changes a vector.
        libraries: versions that the vectors depend on beside the spec.
        slice_size: number of texts to encode at a time.
    """
    encoder = SentenceEncoder(model, engine, spec, libraries, slice_size)
    try:
        encoder.count_tokens(["a"])
        encoder.tokens("a")
    except ModelError:
        kind = WordsEncoder if reads_words(model) else VectorEncoder
        return kind(model, engine, spec, libraries, slice_size)
    return encoder
