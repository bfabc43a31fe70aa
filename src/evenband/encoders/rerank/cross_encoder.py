"""Cross-encoders of sentence-transformers: one score for a query and a document that are read together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evenband.encoders.local.failures import one_line
from evenband.encoders.rerank.pair_contract import Pair, checked_pairs, checked_scores, no_scores
from evenband.errors import ModelError
from evenband.types import ModelSpec, Readings, Scores

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

PAIRS_PER_FORWARD = 32
"""Pairs that the network reads at a time, the library's own number."""

PAIRS_PER_READING = 1024
"""Pairs whose tokens are in memory at a time; of the others only their digests are."""

_SAMPLES: tuple[Pair, ...] = (
    ("what do landlords owe?", "A landlord keeps the roof tight."),
    ("", "Éclairs, 1,000 of them"),
)
"""Short pairs that show whether the tokenizer alone gives what the library reads."""

_MOST_SAMPLE_WORDS = 8192
"""Words on each side of the long sample at most: some models name no limit, or one that no text reaches."""


class CrossEncoderReranker:
    """Scores that ``CrossEncoder.predict`` gives, with the model's own activation.

    Attributes:
        libraries: versions that the scores depend on beside the spec.
        slice_size: number of pairs to score at a time.
    """

    def __init__(
        self, model: CrossEncoder, spec: ModelSpec, libraries: Mapping[str, str], slice_size: int
    ) -> None:
        """Make a reranker of a model that is loaded already.

        Raises:
            ModelError: if it gives something else than one score for each pair.
        """
        if model.num_labels != 1:
            raise ModelError(
                f"model {spec.ref!r} gives {model.num_labels} numbers for each pair, as a classifier does; "
                "expected a cross-encoder with one label: its score"
            )
        self._model = model
        self._spec = spec
        self.libraries = dict(libraries)
        self.slice_size = slice_size
        self._tells_tokens = self._reads_as_its_tokenizer()

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score."""
        return self._spec

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs of a query and a document, in input order.

        Shape: n pairs -> (n,) float64.

        Raises:
            ModelError: if the model fails or answers with something other than finite scores.
        """
        pairs = checked_pairs(pairs)
        if not pairs:
            return no_scores()
        with one_line(self._spec.ref, f"on {len(pairs)} pairs"):
            scores = self._model.predict(pairs, batch_size=PAIRS_PER_FORWARD, show_progress_bar=False)
        return checked_scores(scores, pairs, self._spec)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model reads of each pair; ``None`` if its inputs are no tokens in a row."""
        pairs = checked_pairs(pairs)
        if not self._tells_tokens:
            return None
        with one_line(self._spec.ref, "while its tokens were compared"):
            starts = range(0, len(pairs), PAIRS_PER_READING)
            return Readings.join([self._read(pairs[start : start + PAIRS_PER_READING]) for start in starts])

    def _read(self, pairs: Sequence[Pair]) -> Readings:
        """Return what the model reads of a few pairs; only those beyond its limit are read twice."""
        whole = self._tokens(pairs, cut=False)
        limit = self._model.max_seq_length or max(map(len, whole))
        long = [row for row, ids in enumerate(whole) if len(ids) > limit]
        cut = self._tokens([pairs[row] for row in long], cut=True) if long else []
        read: list[list[int]] = [*whole]
        rests: list[list[int]] = [[] for _ in whole]
        for row, ids in zip(long, cut, strict=True):
            # What is cut stands in both texts, so that the rest is told by the whole pair.
            read[row], rests[row] = ids, whole[row]
        return Readings.of_ids(read, rests)

    def _tokens(self, pairs: Sequence[Pair], *, cut: bool) -> list[list[int]]:
        """Return the token ids of each pair, as the model reads them or without its limit."""
        limit = self._model.max_seq_length if cut else None
        options: dict[str, Any] = {"truncation": "longest_first", "max_length": limit}
        queries, documents = (list(side) for side in zip(*pairs, strict=True))
        encoded = self._model.tokenizer(
            queries, documents, **(options if limit else {"truncation": False, "verbose": False})
        )
        return [list(map(int, ids)) for ids in encoded["input_ids"]]

    def _reads_as_its_tokenizer(self) -> bool:
        """Return whether the tokenizer alone gives the tokens that the library hands to the network."""
        # Each side just over the limit: a tokenizer keeps every combination of the parts that it cuts off
        # two long texts, which is gigabytes where the limit is small.
        words = min(self._model.max_seq_length or _MOST_SAMPLE_WORDS, _MOST_SAMPLE_WORDS)
        samples = (*_SAMPLES, ("document " * words, "another " * words))
        try:
            features = self._model.preprocess(list(samples), prompt=self._spec.prompts.get("query"))
            mask = features["attention_mask"].bool()
            expected = [row[own].tolist() for row, own in zip(features["input_ids"], mask, strict=True)]
            return self._tokens(samples, cut=True) == expected
        except Exception:  # another tokenizer, a chat template, a model of images: it does not tell
            return False
