"""What a first reading of a corpus finds."""

from __future__ import annotations

from evenband.corpora.documents import Document
from evenband.encoders.remote.remote_encoder import estimate_tokens
from evenband.running.corpus_census import Known, take_census


def test_tokens_are_estimated_as_for_any_other_run() -> None:
    """A Chinese corpus has more tokens than a quarter of its characters, and wants the same consent."""
    texts = ["数据" * 50, "an English text"]
    documents = [Document(str(number), text, "{}", f"line {number}") for number, text in enumerate(texts)]
    census = take_census(documents, Known())
    assert census.tokens == sum(map(estimate_tokens, texts))
    assert census.tokens > census.characters / 2
