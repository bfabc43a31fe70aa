"""What an embedding of a corpus cannot take, said before anything is read."""

from __future__ import annotations

from evenband.corpora.corpus_files import Corpus
from evenband.corpora.document_store import is_store
from evenband.errors import InputError
from evenband.index.bm25 import is_bm25
from evenband.running.embedding_engines import ENGINE_NAMES
from evenband.types import Encoder


def check_embedding(corpus: Corpus, model: str | Encoder | None, engine: str) -> None:
    """Refuse what can be no corpus, model or engine of an embedding.

    Raises:
        InputError: naming it.
    """
    if isinstance(model, str) and is_bm25(model):
        raise InputError(
            f"{model} compares words and has no vectors to store; name an embedding model, and search with "
            "--hybrid to use words as well"
        )
    if engine not in ENGINE_NAMES:
        raise InputError(f"got engine={engine!r}, expected one of {', '.join(ENGINE_NAMES)}")
    if is_store(corpus.path):
        raise InputError(
            f"{corpus.path} is a store, whose documents are embedded; expected a corpus, or --repair DIR to "
            "map its vectors"
        )
