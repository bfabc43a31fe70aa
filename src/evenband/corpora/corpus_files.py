"""Corpora: files and folders of documents, read row by row in bounded memory.

A corpus is JSON lines (BEIR's ``corpus.jsonl``, also packed by gzip), Parquet, CSV, TSV, a folder of text
files or of pictures, of Parquet files or with a ``corpus.jsonl``, or a folder that Hugging Face's
``save_to_disk`` wrote.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from evenband.corpora.corpus_rows import Row, reader_of, rows_of
from evenband.corpora.documents import Document, Fault, document_of
from evenband.errors import InputError
from evenband.picture_files import SUFFIXES, shelve
from evenband.registry import nearest
from evenband.wording import counted

logger = logging.getLogger(__name__)

ID_NAMES = ("_id", "id", "doc_id", "docid", "document_id", "corpus-id")
TEXT_COLUMNS = ("text", "contents", "content", "body")
TITLE_NAME = "title"
RENAME_COLUMN = "rename the column of the texts"
"""Advice of a command that has no option for the column."""

ROW_NUMBER = "row"
"""Name that stands for the number of the row, where a corpus has no ids."""

PLAIN_SUFFIXES = (".txt", ".md", ".rst", ".text")

MOST_UNREAD_NAMED = 5
"""Files of a folder that are named where they are not read."""

_SPLIT = re.compile(r"(train|test|validation|valid|val|dev)(?:[-_.].*)?", re.IGNORECASE)


@dataclass(frozen=True)
class Corpus:
    """Documents of a file or folder; each iteration reads them anew.

    Attributes:
        path: as the user gave it.
        id_column: where ids stand; found by name if not given; ``row`` for the numbers of the rows.
        text_columns: whose texts are joined; title and text, found by name, if not given.
        advice: for a corpus without such a column.
    """

    path: Path
    id_column: str | None = None
    text_columns: tuple[str, ...] = ()
    advice: str = "name the column of the texts with --text"

    @property
    def pictures(self) -> Path | None:
        """The folder, if the documents are pictures."""
        return self.path if is_picture_folder(self.path) else None

    def __iter__(self) -> Iterator[Document | Fault]:
        """Yield each document, or what is wrong with its row.

        Raises:
            InputError: if the corpus cannot be read, or lacks a column.
        """
        try:
            if is_text_folder(self.path):
                yield from _text_files(self.path)
                return
            if self.pictures is not None:
                yield from _pictures(self.path)
                return
            rows = chain.from_iterable(rows_of(file) for file in _files(self.path))
            yield from self._documents(rows)
        except OSError as error:
            raise InputError(f"{self.path}: cannot be read: {error.strerror or error}") from error

    def _documents(self, rows: Iterator[tuple[str, Row]]) -> Iterator[Document | Fault]:
        columns: tuple[str | None, tuple[str, ...]] | None = None
        for number, (place, row) in enumerate(rows, start=1):
            if isinstance(row, Fault):
                yield row
                continue
            cells = row[1]
            columns = columns or self._columns(list(cells))
            yield document_of(cells, place, *columns, number)

    def _columns(self, names: Sequence[str]) -> tuple[str | None, tuple[str, ...]]:
        """Return the columns of id and text, given the names of all."""
        for name in (*([self.id_column] if self.id_column else []), *self.text_columns):
            if name not in names and name != ROW_NUMBER:
                raise InputError(
                    f"{self.path}: no column is called {name!r}{nearest(name, names)} "
                    f"(there are: {', '.join(names)})"
                )
        texts = self.text_columns or _first(TEXT_COLUMNS, names)
        if not texts:
            raise InputError(
                f"{self.path}: got the columns {', '.join(names)}, expected one called text; {self.advice}"
            )
        if not self.text_columns:
            texts = (TITLE_NAME, *texts)  # the first row need not have one
        if self.id_column == ROW_NUMBER:
            return None, texts
        ids = (self.id_column,) if self.id_column else _first(ID_NAMES, names)
        if not ids:
            raise InputError(
                f"{self.path}: got the columns {', '.join(names)}, expected one called _id or id; name the "
                "column of the ids with --id, or use the numbers of the rows: --id row"
            )
        return ids[0], texts


def _first(choices: Sequence[str], names: Sequence[str]) -> tuple[str, ...]:
    return next(((name,) for name in choices if name in names), ())


def is_text_folder(path: Path) -> bool:
    """Return whether a path is a folder with text files, and with no file that has rows."""
    return path.is_dir() and not _row_files(path) and any(_text_paths(path))


def is_picture_folder(path: Path) -> bool:
    """Return whether a path is a folder with pictures, and with no texts and no file that has rows."""
    return path.is_dir() and not _row_files(path) and not any(_text_paths(path)) and any(_picture_paths(path))


def _picture_paths(folder: Path) -> Iterator[Path]:
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in SUFFIXES)
    return (path for path in paths if path.is_file())


def _pictures(folder: Path) -> Iterator[Document | Fault]:
    """Yield each picture as a document, whose id is its path within the folder."""
    for path in _picture_paths(folder):
        place = path.relative_to(folder).as_posix()
        try:
            text = shelve(path, place)
        except InputError as error:
            yield Fault(place, f"is {error}")
            continue
        yield document_of({"id": place, "text": text}, place, "id", ("text",), 1)


def _text_paths(folder: Path) -> Iterator[Path]:
    paths = (path for path in sorted(folder.rglob("*")) if path.suffix.lower() in PLAIN_SUFFIXES)
    return (path for path in paths if path.is_file())


def _text_files(folder: Path) -> Iterator[Document | Fault]:
    """Yield each file as a document, whose id is its path within the folder.

    Raises:
        InputError: if the folder also holds files with rows, which would be left out.
    """
    _warn_of_unread(folder)
    for path in _text_paths(folder):
        place = path.relative_to(folder).as_posix()
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except UnicodeDecodeError as error:
            yield Fault(place, f"is not UTF-8: byte {error.start} is {error.object[error.start]:#04x}")
            continue
        yield document_of({"id": place, "text": text}, place, "id", ("text",), 1)


def _warn_of_unread(folder: Path) -> None:
    """Say which files of a text folder are not read; hidden ones and those in hidden folders do not count.

    Raises:
        InputError: if some of them hold rows: which of the two the corpus is must be said.
    """
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    seen = [path for path in paths if not any(part.startswith(".") for part in path.parts)]
    if with_rows := [path.as_posix() for path in seen if reader_of(path) is not None]:
        raise InputError(
            f"{folder} holds texts ({', '.join(PLAIN_SUFFIXES)}) and files with rows ({_some(with_rows)}); "
            "give one of these files, or a folder that holds only one of the two"
        )
    unread = [path.as_posix() for path in seen if path.suffix.lower() not in PLAIN_SUFFIXES]
    if unread:
        logger.warning(
            "%s: its texts are read, and %s not: %s", folder, counted(len(unread), "file"), _some(unread)
        )


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_UNREAD_NAMED:,} more" if len(names) > MOST_UNREAD_NAMED else ""
    return ", ".join(names[:MOST_UNREAD_NAMED]) + more


def _files(path: Path) -> list[Path]:
    """Return the files with the rows of a corpus.

    Raises:
        InputError: if there is no such path, or nothing in it that can be read.
    """
    if not path.exists():
        raise InputError(f"{path}: no such file or folder; expected a corpus")
    files = _row_files(path) if path.is_dir() else [path]
    if not files or any(reader_of(file) is None for file in files):
        raise InputError(
            f"{path}: expected a corpus as .jsonl, .parquet, .csv or .tsv, a folder of texts "
            f"({', '.join(PLAIN_SUFFIXES)}) or of pictures, or a folder that save_to_disk wrote"
        )
    return files


def _row_files(folder: Path) -> list[Path]:
    """Return the files with rows in a folder, in order; none where it is a folder of another kind.

    Raises:
        InputError: if it holds several splits of a data set.
    """
    if (folder / "dataset_dict.json").exists():
        splits = sorted(path.parent.name for path in folder.glob("*/state.json"))
        raise InputError(
            f"{folder} has several splits; give one of them: {folder / (splits or ['train'])[0]}"
        )
    state = folder / "state.json"
    if state.exists():
        try:
            names = [
                entry["filename"] for entry in json.loads(state.read_text(encoding="utf-8"))["_data_files"]
            ]
        except (ValueError, KeyError, TypeError):
            raise InputError(f"{state}: expected what save_to_disk writes, with a list _data_files") from None
        return [folder / name for name in names]
    lines = [path for path in (folder / "corpus.jsonl", folder / "corpus.jsonl.gz") if path.exists()]
    return lines[:1] or _of_one_split(
        sorted(folder.glob("*.parquet")) or sorted(folder.glob("data/*.parquet"))
    )


def _of_one_split(files: list[Path]) -> list[Path]:
    """Return Parquet files, which must not be of several splits of one data set."""
    splits = {found[1].lower(): file for file in files if (found := _SPLIT.fullmatch(file.stem))}
    if len(splits) > 1:
        raise InputError(
            f"{files[0].parent} has several splits ({', '.join(sorted(splits))}); give the file of one, such "
            f"as {next(iter(splits.values()))}, or a folder with one of them"
        )
    return files
