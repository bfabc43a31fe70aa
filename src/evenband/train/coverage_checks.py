"""Domain coverage: does training data speak the language of the user's corpus?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenband import encoders, stages
from evenband.corpora.corpus_files import RENAME_COLUMN, ROW_NUMBER, Corpus
from evenband.corpora.documents import Document
from evenband.errors import InputError
from evenband.probes.embedding import embed
from evenband.train.data_findings import Coverage, Quotation
from evenband.train.text_features import words_of
from evenband.types import Role, Vectors

MOST_DOCUMENTS = 1_000
MOST_TEXTS = 10_000
"""Documents and training texts whose similarity is computed; of more, that many at random."""

MOST_READ = 100_000
"""Documents of a corpus whose words are counted, from its start."""

COMMON_SHARE = 0.1
"""Words in more than this share of the documents say nothing of the domain, and are left out."""

FEWEST_FOR_COMMON = 50
MOST_MISSING = 8
FAR_QUANTILE = 0.05
MOST_FAR_QUOTED = 3

Float = NDArray[np.float64]


def read_corpus(path: Path) -> list[Document]:
    """Return the first documents of a corpus.

    Raises:
        InputError: if it cannot be read or has fewer than two documents.
    """
    documents: list[Document] = []
    for one in Corpus(path, id_column=ROW_NUMBER, advice=RENAME_COLUMN):
        if isinstance(one, Document):
            documents.append(one)
        if len(documents) == MOST_READ:
            break
    if len(documents) < 2:
        raise InputError(f"--corpus {path}: got {len(documents)} documents, expected two or more")
    return documents


def find_coverage(texts: Sequence[str], path: Path, model: str | None, rng: np.random.Generator) -> Coverage:
    """Compare training texts with a corpus: its words, and each document's nearest training text.

    Args:
        texts: different training texts.
        path: of the corpus.
        model: whose similarity is used; tf-idf without one.
        rng: of samples.

    Raises:
        EvenbandError: if the corpus or the model cannot be read.
    """
    stages.enter(f"reading {path.name}")
    documents = read_corpus(path)
    vocabulary, missing = _vocabulary([words_of(one.text) for one in documents], texts)
    chosen = _sample(documents, MOST_DOCUMENTS, rng)
    own = _sample(texts, MOST_TEXTS, rng)
    stages.enter("comparing the corpus with the training data")
    theirs = [one.text for one in chosen]
    if model is None:
        to_data, to_corpus = _lexical(theirs, own)
    else:
        to_data, to_corpus = _embedded(theirs, own, model)
    limit = float(np.quantile(to_corpus, FAR_QUANTILE))
    farthest = np.argsort(to_data, kind="stable")[:MOST_FAR_QUOTED]
    return Coverage(
        path,
        len(chosen),
        vocabulary,
        missing,
        float(np.median(to_data)),
        float(np.median(to_corpus)),
        model or "tf-idf",
        float((to_data < limit - 1e-9).mean()),
        tuple(Quotation(chosen[row].place, (chosen[row].text,)) for row in farthest),
    )


def _sample(values: Sequence[Any], most: int, rng: np.random.Generator) -> list[Any]:
    if len(values) <= most:
        return list(values)
    return [values[row] for row in np.sort(rng.choice(len(values), most, replace=False))]


def _vocabulary(
    documents: Sequence[Sequence[str]], texts: Sequence[str]
) -> tuple[float, tuple[tuple[str, int], ...]]:
    """Return the share of a corpus's running words that the data has, and the most frequent it lacks."""
    known = {word for text in texts for word in words_of(text)}
    counts = Counter(word for document in documents for word in document)
    spread = Counter(word for document in documents for word in set(document))
    if len(documents) >= FEWEST_FOR_COMMON:
        most = COMMON_SHARE * len(documents)
        rare = Counter({word: n for word, n in counts.items() if spread[word] <= most})
        counts = rare or counts
    total = sum(counts.values())
    missing = Counter({word: n for word, n in counts.items() if word not in known})
    share = 1 - sum(missing.values()) / total if total else 1.0
    return share, tuple(sorted(missing.items(), key=lambda item: (-item[1], item[0]))[:MOST_MISSING])


def _lexical(documents: Sequence[str], texts: Sequence[str]) -> tuple[Float, Float]:
    """Return each document's tf-idf cosine to the nearest training text and nearest other document."""
    from scipy import sparse

    rows = [Counter(words_of(text)) for text in (*documents, *texts)]
    columns = {
        word: number for number, word in enumerate(dict.fromkeys(word for row in rows for word in row))
    }
    cells = [(row, columns[word], count) for row, words in enumerate(rows) for word, count in words.items()]
    if not cells:
        return np.zeros(len(documents)), np.zeros(len(documents))
    place, word, count = (np.array(column) for column in zip(*cells, strict=True))
    spread = np.bincount(word, minlength=len(columns))
    weight = (1 + np.log(count)) * (1 + np.log(len(rows) / spread[word]))
    length = np.sqrt(np.bincount(place, weights=weight**2, minlength=len(rows)))
    shape = (len(rows), len(columns))
    scaled = sparse.csr_array((weight / length[place], (place, word)), shape=shape)
    n = len(documents)
    inside = (scaled[:n] @ scaled[:n].T).toarray()
    across = (scaled[:n] @ scaled[n:].T).toarray()
    return across.max(axis=1), _without_itself(inside)


def _embedded(documents: Sequence[str], texts: Sequence[str], model: str) -> tuple[Float, Float]:
    """Return the same by a model's cosine; a text without a vector is like no other."""
    stages.enter(f"loading {encoders.name_of(model)}")
    encoder = encoders.load(model)
    stages.enter("embedding the corpus and the training data")
    embedded = [embed(encoder, list(side), Role.DOCUMENT) for side in (documents, texts)]
    ours, theirs = (_unit(one.vectors) for one in embedded)
    return (ours @ theirs.T).max(axis=1), _without_itself(ours @ ours.T)


def _unit(vectors: Vectors) -> Float:
    """Scale vectors to length one; those of texts without a vector stay zero."""
    lengths = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1.0))


def _without_itself(similarities: Float) -> Float:
    """Return the largest similarity of each row to another row. Shape: (n, n) -> (n,)."""
    cells = np.array(similarities)
    np.fill_diagonal(cells, -np.inf)
    return np.asarray(cells.max(axis=1))
