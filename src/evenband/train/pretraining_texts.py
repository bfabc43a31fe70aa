"""Texts that a language model is pretrained on: read, shuffled, and split into training and held-out text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from pathlib import Path

import numpy as np

from evenband.corpora.corpus_files import PLAIN_SUFFIXES, ROW_NUMBER, Corpus
from evenband.corpora.documents import Document
from evenband.errors import InputError
from evenband.randomness import named_stream

HELD_SHARE = 0.05
"""Share of the characters that is held out."""

MOST_HELD = 100_000
"""Characters that are held out at most, so that measuring the loss stays quick."""

FEWEST_CHARACTERS = 2_000
"""Characters below which there is nothing to learn a language from."""


@dataclass(frozen=True)
class PretrainingTexts:
    """Documents to learn a language from.

    Attributes:
        training: documents, shuffled.
        held: documents whose loss is measured; a document at the border is cut in two.
    """

    training: tuple[str, ...]
    held: tuple[str, ...]

    @property
    def characters(self) -> int:
        """Number of characters of both parts."""
        return sum(map(len, self.training)) + sum(map(len, self.held))

    @cached_property
    def digest(self) -> str:
        """Digest of both parts and of the order: other texts have another one."""
        state = blake2b(digest_size=16)
        for part in (self.training, self.held):
            for text in part:
                state.update(text.encode("utf-8", "surrogatepass") + b"\0")
            state.update(b"\1")
        return state.hexdigest()


def read_texts(path: Path, seed: int = 0) -> PretrainingTexts:
    """Read a folder of texts, one text file, or a corpus with a column of texts.

    Args:
        path: a folder of text files, a text file, or JSON lines, CSV, TSV or Parquet.
        seed: of the order of the documents.

    Raises:
        InputError: if it cannot be read, has rows that are no texts, or has too little text.
    """
    documents = _plain_file(path) if path.suffix in PLAIN_SUFFIXES and path.is_file() else _corpus(path)
    return split(documents, seed, str(path))


def split(documents: Iterable[str], seed: int = 0, source: str = "texts") -> PretrainingTexts:
    """Shuffle documents, equal ones once, and hold the last of their characters out.

    Args:
        documents: texts.
        seed: of the order.
        source: what messages call them.

    Raises:
        InputError: for too little text.
    """
    # Once each: the copy of a held-out text must not be learned from.
    listed = list(dict.fromkeys(text for text in documents if text.strip()))
    total = sum(map(len, listed))
    if total < FEWEST_CHARACTERS:
        raise InputError(
            f"{source}: got {total:,} characters of text, expected {FEWEST_CHARACTERS:,} or more"
        )
    order = named_stream("pretraining texts", str(seed)).permutation(len(listed))
    shuffled = [listed[row] for row in order]
    left = total - min(int(total * HELD_SHARE), MOST_HELD)
    ends = np.cumsum([len(text) for text in shuffled])
    border = int(np.searchsorted(ends, left))
    inside = left - (int(ends[border]) - len(shuffled[border]))
    training = [*shuffled[:border], shuffled[border][:inside]]
    held = [shuffled[border][inside:], *shuffled[border + 1 :]]
    return PretrainingTexts(_filled(training), _filled(held))


def _filled(texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(text for text in texts if text)


def _plain_file(path: Path) -> Iterator[str]:
    try:
        yield path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error


def _corpus(path: Path) -> Iterator[str]:
    for one in Corpus(path, id_column=ROW_NUMBER):
        if not isinstance(one, Document):
            raise InputError(f"{path}: {one}; mend or remove it")
        yield one.text
