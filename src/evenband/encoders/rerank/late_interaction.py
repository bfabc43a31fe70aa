"""Late-interaction models such as ColBERT: a vector for each token, and MaxSim as the score of a pair.

MaxSim adds up, over the tokens of the query, the similarity to the nearest token of the document. Queries and
documents are embedded in different ways, with the model's own prompts, lengths and masks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evenband.encoders.local.failures import one_line
from evenband.encoders.rerank.pair_contract import Pair, checked_pairs, checked_scores, no_scores
from evenband.types import ModelSpec, Readings, Scores

if TYPE_CHECKING:
    from sentence_transformers import MultiVectorEncoder

TEXTS_PER_FORWARD = 32
"""Texts that the network reads at a time, the library's own number."""


class LateInteractionReranker:
    """Scores that ``similarity_pairwise`` gives the token vectors of a query and a document.

    Attributes:
        libraries: versions that the scores depend on beside the spec.
        slice_size: number of pairs to score at a time.
    """

    def __init__(
        self, model: MultiVectorEncoder, spec: ModelSpec, libraries: Mapping[str, str], slice_size: int
    ) -> None:
        """Make a reranker of a model that is loaded already."""
        self._model = model
        self._spec = spec
        self.libraries = dict(libraries)
        self.slice_size = slice_size

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score."""
        return self._spec

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs of a query and a document, in input order; a text that occurs twice is embedded once.

        Shape: n pairs -> (n,) float64.

        Raises:
            ModelError: if the model fails or answers with something other than finite scores.
        """
        pairs = checked_pairs(pairs)
        if not pairs:
            return no_scores()
        with one_line(self._spec.ref, f"on {len(pairs)} pairs"):
            queries = self._embed([query for query, _ in pairs], self._model.encode_query)
            documents = self._embed([document for _, document in pairs], self._model.encode_document)
            scores = self._model.similarity_pairwise(
                [queries[query] for query, _ in pairs], [documents[document] for _, document in pairs]
            )
            array = np.asarray(scores.float().cpu().numpy(), dtype=np.float64)
        return checked_scores(array, pairs, self._spec)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model reads of each pair: the tokens of the query, then those of the document.

        ``None`` if its inputs are no tokens in a row.
        """
        pairs = checked_pairs(pairs)
        try:
            sides = [
                self._tokens(list(dict.fromkeys(pair[side] for pair in pairs)), task)
                for side, task in enumerate(("query", "document"))
            ]
        except Exception:  # another tokenizer, a model of images: it does not tell
            return None
        read = [[*sides[0][query][0], -2, *sides[1][document][0]] for query, document in pairs]
        rests = [[*sides[0][query][1], *sides[1][document][1]] for query, document in pairs]
        return Readings.of_ids(read, rests)

    def _embed(self, texts: Sequence[str], embed: Any) -> dict[str, Any]:
        """Return the token vectors of each different text. Shape: (tokens, d) each."""
        unique = list(dict.fromkeys(texts))
        vectors = embed(unique, batch_size=TEXTS_PER_FORWARD, show_progress_bar=False)
        return dict(zip(unique, vectors, strict=True))

    def _tokens(self, texts: list[str], task: str) -> dict[str, tuple[list[int], list[int]]]:
        """Return the token ids that the model reads of each text, and all of them where it is cut."""
        read = self._ids(texts, task, {}, TEXTS_PER_FORWARD)
        # One at a time: queries that are filled up to a fixed length do not fit into one array without a cut.
        whole = self._ids(texts, task, {"text": {"truncation": False}}, 1)
        return {
            text: (ids, full if len(full) > len(ids) else [])
            for text, ids, full in zip(texts, read, whole, strict=True)
        }

    def _ids(self, texts: list[str], task: str, options: Mapping[str, Any], batch: int) -> list[list[int]]:
        prompt = self._model.prompts.get(task) or None
        ids: list[list[int]] = []
        for start in range(0, len(texts), batch):
            features = self._model.preprocess(
                texts[start : start + batch], prompt=prompt, task=task, processing_kwargs=options
            )
            mask = features["attention_mask"].bool()
            ids += [row[own].tolist() for row, own in zip(features["input_ids"], mask, strict=True)]
        return ids
