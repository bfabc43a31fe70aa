"""A live reranker of sentence-transformers, such as one in training, which stays as it is.

Its identity is a digest of its weights. Training may go on between two calls, so every use of the spec
compares a checksum of the weights with that of the last digest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from evenband.digests import digest_of
from evenband.encoders.local.failures import one_line
from evenband.encoders.local.live import name_of_live, untouched
from evenband.encoders.local.loading import libraries
from evenband.encoders.local.weights import digest_tokenizer, digest_weights, state_fingerprint, structure
from evenband.encoders.references import LIVE_SCHEME, Reference
from evenband.encoders.rerank.pair_contract import Pair
from evenband.encoders.rerank.scorers import ScoringModel, pairs_per_slice, scorer_of, scoring_of
from evenband.types import ModelSpec, Readings, Scores


class LiveReranker:
    """The scores that a live ``CrossEncoder`` or ``MultiVectorEncoder`` gives at the time of the call.

    Attributes:
        libraries: versions that the scores depend on beside the spec.
        slice_size: number of pairs to score at a time.
    """

    def __init__(self, model: Any, name: str | None = None) -> None:
        """Make a reranker of a live model.

        Args:
            model: a ``CrossEncoder`` or ``MultiVectorEncoder``.
            name: for tables and files; by default that of its model card, or ``model``.

        Raises:
            InputError: if the name cannot be a file name.
            ModelError: if the model gives something else than one score for each pair.
        """
        name = name or name_of_live(model)
        self._model = model
        self._reference = Reference(f"{LIVE_SCHEME}:{name}", LIVE_SCHEME, name, label=name)
        self.libraries = libraries()
        self.slice_size = pairs_per_slice(model)
        self._fingerprint = self._look()
        self._scorer = self._read()

    @property
    def spec(self) -> ModelSpec:
        """Everything that changes a score, as of now: weights that changed give another revision."""
        return self._current().spec

    def score(self, pairs: Sequence[Pair]) -> Scores:
        """Score pairs of a query and a document, in input order.

        Shape: n pairs -> (n,) float64.

        Raises:
            ModelError: if the model fails or answers with something other than finite scores.
        """
        with untouched(self._model):
            return self._current().score(pairs)

    def read_pairs(self, pairs: Sequence[Pair]) -> Readings | None:
        """Return what the model reads of each pair; ``None`` if it cannot tell."""
        with untouched(self._model):
            return self._current().read_pairs(pairs)

    def _current(self) -> ScoringModel:
        """Return the reranker of the weights and settings that the model has now."""
        now = self._look()
        if now != self._fingerprint:
            self._scorer = self._read()
            self._fingerprint = now
        return self._scorer

    def _look(self) -> tuple[Any, ...]:
        model = self._model
        settings = (model.max_seq_length, str(model.device), str(model.dtype), model.default_prompt_name)
        scoring = (*sorted(scoring_of(model).items()), *sorted(model.prompts.items()))
        return (*state_fingerprint(model), settings, scoring, structure(model))

    def _read(self) -> ScoringModel:
        model = self._model
        contents = digest_of([structure(model), digest_tokenizer(model)])
        with untouched(model), one_line(self._reference.text, "on sample pairs"):
            return scorer_of(model, self._reference, digest_weights(model), False, structure=contents)
